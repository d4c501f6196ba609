//! Areas: which parts that a person must review a change touches, by its paths and by what its lines say.
//!
//! Evidence is weighed for each run of changed lines, never for a whole file: a known file counts 3, a telling word of
//! the path, a telling phrase or a changed import 2, a common word, an import of the file or the name of the enclosing
//! function 1. Two make an area, comments do not count, and a path alone is enough where its rule says so.

mod case;
mod evidence;
mod gather;
mod own;
mod reading;
mod tell;

use crate::finding::{Finding, Severity};
use crate::rule::{Bumps, PathSign, RuleSet};
use crate::unit::{Change, Mode, Unit};

use super::code::hunk::{groups, hunks};
use super::grant::owners_of;
use super::name;
use super::shown::Shown;
pub use gather::gather;

use case::Case;
use evidence::{Evidence, Spot, Weighed};
use reading::{Reading, Substance};
use tell::Touch;

/// Most bytes of a side that are read; larger files are no code that anyone wrote.
const LONGEST: usize = 2 << 20;

/// Says who answers for the file that touches an area: whom the policy names, else the code owners of the base.
pub fn name_owners(set: &RuleSet, finding: &mut Finding, code_owners: &str) {
    let Some(area) = finding.area.as_mut().filter(|area| area.owners.is_empty()) else { return };
    let ward = set.wards().iter().find(|ward| ward.name == area.name && !ward.owners.is_empty());
    let owners = ward.map_or_else(|| owners_of(code_owners, &finding.path), |ward| ward.owners.clone());
    area.owners = name::owners(set, &owners);
}

/// Looks for the areas that `unit` touches; a file without a past touches none.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    if matches!(unit.change, Change::Snapshot(_)) || set.areas().all().is_empty() {
        return;
    }
    let shown = Shown::of(set, unit);
    own::find(set, unit, &shown, each);
    let is_file = |mode| !matches!(mode, Some(Mode::Link | Mode::Submodule));
    if !is_file(unit.mode) || !is_file(unit.old_mode) {
        return;
    }
    let case = Case::of(set, unit);
    if !case.is_live() {
        return;
    }
    for touch in case.touches() {
        if case.area(touch.area).is_some_and(|area| own::tells(set, unit, &area.name)) {
            continue;
        }
        if let Some(finding) = tell::finding(&case, &shown, &touch) {
            each(finding);
        }
    }
}

impl<'a> Case<'a> {
    /// Every area that the change touches.
    fn touches(&self) -> Vec<Touch<'a>> {
        let all = hunks(&self.unit.change);
        let by_path = |sign: &PathSign| matches!(sign, PathSign::Strong(_) | PathSign::File);
        if all.is_empty() {
            let is_moved = self.unit.old_path.is_some();
            return self.signs.iter().filter(|(_, sign)| is_moved && by_path(sign)).map(|s| self.moved(s)).collect();
        }
        let is_readable = |text: &crate::text::Text<'_>| {
            text.is_whole() && text.bytes().len() <= LONGEST && text.encoding() != crate::text::Encoding::Binary
        };
        if !self.sides().all(is_readable) {
            return Vec::new();
        }
        let is_told = self.signs.iter().any(|(_, sign)| by_path(sign));
        if !is_told && (!self.has_phrases() || !Reading::may_speak(self.unit, &all, self.areas)) {
            return Vec::new();
        }
        let reading = Reading::of(self.unit, &all, self.areas, &self.extension);
        let mut out: Vec<Touch<'a>> = Vec::new();
        for group in groups(&all) {
            for weighed in evidence::weigh(self, &reading, group) {
                self.join(&mut out, &reading, weighed);
            }
        }
        out
    }

    /// A file that only got another name.
    fn moved(&self, (area, sign): &(usize, PathSign)) -> Touch<'a> {
        Touch {
            area: *area,
            severity: Severity::Low,
            evidence: vec![Evidence::Path(sign.clone())],
            note: "Only its name changes.",
            place: Spot::start(self.unit),
            identity: self.path.clone().into_bytes(),
        }
    }

    /// Adds what one run of lines shows to what others of the file have shown.
    fn join(&self, out: &mut Vec<Touch<'a>>, reading: &Reading<'_>, weighed: Weighed<'a>) {
        let Some((severity, note)) = self.severity(reading, &weighed) else { return };
        let Weighed { area, evidence, place, identity, .. } = weighed;
        match out.iter_mut().find(|touch| touch.area == area) {
            None => out.push(Touch { area, severity, evidence, note, place, identity }),
            Some(known) => {
                known.identity.extend(identity);
                if severity > known.severity {
                    (known.severity, known.note, known.place) = (severity, note, place);
                }
                let more: Vec<Evidence<'a>> = evidence.into_iter().filter(|e| !known.evidence.contains(e)).collect();
                known.evidence.extend(more);
            }
        }
    }

    /// How bad it is, with what is to be said about that; `None` if it is not told.
    fn severity(&self, reading: &Reading<'_>, weighed: &Weighed<'a>) -> Option<(Severity, &'static str)> {
        let (rule, area) = (self.rule(weighed.area)?.rule(), self.area(weighed.area)?);
        match weighed.substance {
            Substance::Nothing => return Some((Severity::Low, "Only comments or the layout change.")),
            Substance::Imports if weighed.score < 4 => return Some((Severity::Low, "Only imports change.")),
            Substance::Bump if area.bumps == Bumps::Silent => return None,
            // A number that speaks of nothing, where the path alone speaks of the area: the package's own version.
            Substance::Bump if area.bumps == Bumps::Low || !weighed.has_content => {
                return Some((Severity::Low, "Only versions change."));
            }
            Substance::Imports | Substance::Bump | Substance::Code => {}
        }
        if weighed.score >= 4 && reading.loses_guard(weighed.area) {
            return Some((Severity::High.max(rule.severity), "A check goes and does not come back."));
        }
        Some((if weighed.has_content { rule.severity } else { area.by_path.unwrap_or(rule.severity) }, ""))
    }
}
