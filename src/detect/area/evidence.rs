//! What speaks for an area in one run of changed lines, and how much it weighs.

use super::case::Case;
use super::reading::{Reading, Said, Substance};
use crate::detect::code::hunk::Hunk;
use crate::finding::Side;
use crate::order;
use crate::rule::words::words;
use crate::rule::{PathSign, Weight};
use crate::unit::{Change, Unit};

/// What is enough for an area; a new file that only uses it must say more.
const ENOUGH: u32 = 2;
const ENOUGH_IF_NEW: u32 = 4;

/// One reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Evidence<'a> {
    /// The path tells.
    Path(PathSign),
    /// A phrase on a changed line, on this side.
    Phrase(&'a str, Side),
    /// The file imports a package.
    Import(String),
    /// The import of a package comes or goes.
    ChangedImport(String, Side),
    /// The function or class round the change is named so.
    Inside(String),
}

/// A line of one side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) side: Side,
    pub(super) line: usize,
}

impl Spot {
    /// The first line of the side that is there.
    pub(super) fn start(unit: &Unit<'_>) -> Self {
        let side = if matches!(unit.change, Change::Deleted(_)) { Side::Old } else { Side::New };
        Self { side, line: 1 }
    }
}

/// What one run of changed lines says about one area.
pub(super) struct Weighed<'a> {
    pub(super) area: usize,
    pub(super) score: u32,
    /// True if the lines themselves say something, not the path alone.
    pub(super) has_content: bool,
    pub(super) substance: Substance,
    pub(super) evidence: Vec<Evidence<'a>>,
    pub(super) place: Spot,
    pub(super) identity: Vec<u8>,
}

/// The areas that this run of lines touches.
pub(super) fn weigh<'a>(case: &Case<'a>, reading: &Reading<'a>, group: &[Hunk]) -> Vec<Weighed<'a>> {
    let substance = reading.substance(group);
    let said: Vec<Said<'a>> =
        reading.said.iter().filter(|said| stands_in(group, said.side, said.line)).copied().collect();
    let header = group.first().and_then(|hunk| reading.header(hunk)).unwrap_or_default();
    let all = 0..case.areas.all().len();
    let lines = Lines { group, said, header, substance };
    all.filter_map(|area| lines.weigh(case, reading, area)).collect()
}

struct Lines<'g, 'a> {
    group: &'g [Hunk],
    said: Vec<Said<'a>>,
    header: String,
    substance: Substance,
}

impl<'a> Lines<'_, 'a> {
    fn weigh(&self, case: &Case<'a>, reading: &Reading<'a>, area: usize) -> Option<Weighed<'a>> {
        let sign = case.sign(area);
        let is_path = matches!(sign, Some(PathSign::Strong(_) | PathSign::File));
        let own = case.area(area)?;
        // Where only some files count, their phrases mean something else in others.
        if sign.is_none() && (own.paths.is_empty() || !own.extensions.is_empty()) {
            return None;
        }
        if self.substance == Substance::Nothing && !is_path {
            return None;
        }
        let mut sum = Sum::default();
        let is_vetoed = !is_path && case.areas.is_vetoed(&case.path, area);
        if self.substance != Substance::Nothing && (is_path || case.has_phrases()) && !is_vetoed {
            self.content(case, reading, area, &mut sum);
        }
        // Common words do not make more of what the path tells.
        let has_content = sum.content > 0 && sum.is_telling;
        if let Some(sign) = sign {
            let (PathSign::Weak(word) | PathSign::Strong(word)) = sign else {
                sum.add(3, Evidence::Path(sign.clone()));
                return self.weighed(reading, area, sum, has_content);
            };
            let is_same = !is_path
                && sum.evidence.iter().any(|e| matches!(e, Evidence::Phrase(said, _) if said.contains(word.as_str())));
            sum.add(if is_path { 2 } else { u32::from(!is_same) }, Evidence::Path(sign.clone()));
        }
        let is_new = !matches!(case.unit.change, Change::Modified { .. });
        let enough = if is_new { ENOUGH_IF_NEW } else { ENOUGH };
        // Two common words are no more than chance.
        let is_more = sum.is_telling && sum.content > 0;
        (is_path || (sum.score >= enough && is_more)).then(|| self.weighed(reading, area, sum, has_content)).flatten()
    }

    /// What the lines say, and what stands round them.
    fn content(&self, case: &Case<'a>, reading: &Reading<'a>, area: usize, sum: &mut Sum<'a>) {
        let mut said: Vec<Said<'a>> = self.said.iter().filter(|said| said.phrase.area == area).copied().collect();
        if case.area(area).is_some_and(|own| own.paths.is_empty()) {
            let count =
                |phrase: &str, side| self.said.iter().filter(|s| s.phrase.shown == phrase && s.side == side).count();
            said.retain(|s| count(&s.phrase.shown, Side::Old) != count(&s.phrase.shown, Side::New));
        }
        order::sort_by_key(&mut said, |said| std::cmp::Reverse(said.phrase.weight));
        let evidence = |said: &Said<'a>| Evidence::Phrase(&said.phrase.shown, said.side);
        let mut names: Vec<&str> =
            said.iter().filter(|s| s.phrase.weight > Weight::Weak).map(|s| s.phrase.shown.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if let Some(first) = said.first() {
            sum.content += 1;
            if first.phrase.weight == Weight::Weak {
                sum.add(1, evidence(first));
            } else {
                // Two different ones weigh more than one.
                sum.add(if names.len() > 1 { 3 } else { 2 }, evidence(first));
                sum.is_telling = true;
                said.iter().filter(|s| s.phrase.weight > Weight::Weak).for_each(|said| sum.add(0, evidence(said)));
            }
        }
        for (_, package, side, line) in reading.changed_imports.iter().filter(|import| import.0 == area) {
            if stands_in(self.group, *side, *line) {
                sum.add(2, Evidence::ChangedImport(package.clone(), *side));
                (sum.content, sum.is_telling) = (sum.content + 1, true);
                break;
            }
        }
        if let Some((_, package)) = reading.imports.iter().find(|(at, _)| *at == area) {
            sum.add(1, Evidence::Import(package.clone()));
            sum.is_telling = true;
        }
        self.around(case, area, sum);
    }

    /// The name of the function or class that holds the lines.
    fn around(&self, case: &Case<'a>, area: usize, sum: &mut Sum<'a>) {
        let all = words(self.header.as_bytes());
        let phrase = case.areas.phrases(self.header.as_bytes(), &all);
        let strongest = phrase
            .into_iter()
            .filter(|phrase| phrase.area == area && phrase.weight > Weight::Weak)
            .max_by_key(|p| p.weight);
        if let Some(phrase) = strongest {
            sum.add(2, Evidence::Inside(phrase.shown.clone()));
            (sum.content, sum.is_telling) = (sum.content + 1, true);
            return;
        }
        let Some(own) = case.area(area).filter(|own| own.extensions.is_empty()) else { return };
        if let Some(word) = all.iter().find(|word| own.paths.contains(&word.text)) {
            sum.add(1, Evidence::Inside(word.text.clone()));
            (sum.content, sum.is_telling) = (sum.content + 1, true);
        }
    }

    fn weighed(&self, reading: &Reading<'_>, area: usize, sum: Sum<'a>, has_content: bool) -> Option<Weighed<'a>> {
        let shows = |said: &&Said<'a>| said.phrase.area == area && said.phrase.weight > Weight::Weak;
        let said = self.said.iter().filter(shows).min_by_key(|said| (std::cmp::Reverse(said.side), said.line));
        let first = self.group.iter().find_map(|hunk| reading.first_line(hunk));
        let hunk = self.group.first()?;
        let anywhere = if hunk.new.is_empty() { (Side::Old, hunk.old.start) } else { (Side::New, hunk.new.start) };
        let (side, line) = said.map(|said| (said.side, said.line)).or(first).unwrap_or(anywhere);
        let code = self.group.iter().flat_map(|h| [reading.code(Side::Old, h), reading.code(Side::New, h)]).flatten();
        let identity = code.map(|line| line.trim().to_owned() + "\n").collect::<String>().into_bytes();
        let place = Spot { side, line };
        let Sum { score, evidence, .. } = sum;
        Some(Weighed { area, score, has_content, substance: self.substance, evidence, place, identity })
    }
}

#[derive(Default)]
struct Sum<'a> {
    score: u32,
    /// How many signs stand on the lines or round them.
    content: u32,
    /// True if one of the signs is more than a common word.
    is_telling: bool,
    evidence: Vec<Evidence<'a>>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, score: u32, evidence: Evidence<'a>) {
        self.score += score;
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }
}

fn stands_in(group: &[Hunk], side: Side, line: usize) -> bool {
    group.iter().any(|hunk| if side == Side::New { hunk.new.contains(&line) } else { hunk.old.contains(&line) })
}
