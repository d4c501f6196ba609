//! The two sides of one permission file, and the judgement of a surface on them.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::compare::{Gain, gains};
use super::files::wanted;
use super::tell::{Told, Voice};
use super::{Input, SURFACES, Surface, World};
use crate::finding::{Finding, Side, Verdict};
use crate::rule::RuleSet;
use crate::text::{Encoding, Text};
use crate::unit::{Change, Mode, RepoPath, Unit};

/// Longest text that is read as a permission file, in bytes.
const LONGEST: usize = 4 << 20;

/// One side of the unit: its path, its text, and the surfaces that look at such a path.
struct Half<'a> {
    mode: Mode,
    path: Cow<'a, str>,
    text: &'a Text<'a>,
    content: Cow<'a, str>,
    wanted: Vec<usize>,
    /// The marks that stand in it, looked for once.
    marks: OnceCell<BTreeSet<usize>>,
}

/// The marks of all surfaces, looked for in one pass, because many surfaces look at one kind of file.
struct Marks {
    places: HashMap<&'static str, usize>,
    automaton: Option<AhoCorasick>,
}

/// Constant data, built once.
static MARKS: LazyLock<Marks> = LazyLock::new(|| {
    let mut places = HashMap::new();
    let mut all = Vec::new();
    for mark in SURFACES.iter().flat_map(|surface| surface.marks.iter().chain(&surface.needs)) {
        places.entry(*mark).or_insert_with(|| {
            all.push(*mark);
            all.len() - 1
        });
    }
    // Some dozens of words are far from every limit; without them each surface reads what it could read.
    Marks { places, automaton: AhoCorasick::builder().ascii_case_insensitive(true).build(all).ok() }
});

/// The two sides as surfaces read them.
pub(super) struct Inputs<'a> {
    old: Option<Input<'a>>,
    new: Option<Input<'a>>,
}

/// A unit that some surface looks at.
pub(super) struct Sides<'a> {
    unit: &'a Unit<'a>,
    old: Option<Half<'a>>,
    new: Option<Half<'a>>,
    /// True once it was said that something could not be compared.
    has_told_gap: Cell<bool>,
}

impl<'a> Sides<'a> {
    /// `None` if no surface looks at such a file.
    pub(super) fn of(unit: &'a Unit<'a>) -> Option<Self> {
        let (old, new) = match &unit.change {
            Change::Snapshot(text) | Change::Added(text) => (None, Some(text)),
            Change::Modified { before, after, .. } => (Some(before), Some(after)),
            Change::Deleted(text) => (Some(text), None),
        };
        let wanted_now = wanted(&unit.path, unit.mode);
        let wanted_before = match (&unit.old_path, unit.old_mode == unit.mode) {
            (None, true) => wanted_now.clone(),
            (old_path, _) => wanted(old_path.as_ref().unwrap_or(&unit.path), unit.old_mode.or(unit.mode)),
        };
        if wanted_now.is_empty() && wanted_before.is_empty() {
            return None;
        }
        let is_same = matches!((old, new), (Some(old), Some(new)) if old.bytes() == new.bytes());
        if is_same && wanted_now == wanted_before {
            return None;
        }
        let old_path = unit.old_path.as_ref().unwrap_or(&unit.path);
        // What says nothing has no past: its first words are judged like those of a new file.
        let is_yaml = |path: &RepoPath| path.as_bytes().ends_with(b".yml") || path.as_bytes().ends_with(b".yaml");
        let old = old.filter(|text| !(is_yaml(old_path) && is_empty(text.bytes())));
        let old = old.and_then(|text| Half::of(old_path, unit.old_mode, text, wanted_before));
        let new = new.and_then(|text| Half::of(&unit.path, unit.mode, text, wanted_now));
        Some(Self { unit, old, new, has_told_gap: Cell::new(false) })
    }

    /// The two sides as surfaces read them.
    pub(super) fn inputs<'s>(&'s self, set: &'s RuleSet) -> Inputs<'s> {
        let (before, after) = (self.old.as_ref(), self.new.as_ref());
        Inputs {
            old: before.map(|half| half.input().under(set).beside(after.map_or("", |other| &other.content))),
            new: after.map(|half| half.input().under(set).beside(before.map_or("", |other| &other.content))),
        }
    }

    /// Compares what `surface` reads from the two sides, and hands on what got wider.
    pub(super) fn judge(
        &self,
        set: &RuleSet,
        surface: &'static Surface,
        inputs: &Inputs<'_>,
        each: &mut dyn FnMut(Finding),
    ) {
        let wanted = |half: &Option<Half<'a>>| half.as_ref().is_some_and(|half| half.is_for(surface));
        let marked =
            |half: &Option<Half<'a>>| half.as_ref().is_some_and(|half| half.is_for(surface) && half.has_mark(surface));
        if !marked(&self.old) && !marked(&self.new) {
            return;
        }
        // A side without a mark is read too: that nothing stands there is what the other side is compared with.
        let old = inputs.old.as_ref().filter(|_| wanted(&self.old));
        let new = inputs.new.as_ref().filter(|_| wanted(&self.new));
        // Where a missing file means the defaults, they are one side of the comparison.
        let absent = surface.absent.filter(|_| !matches!(self.unit.change, Change::Snapshot(_)));
        let other = self.new.as_ref().or(self.old.as_ref()).map_or("", |half| &half.content);
        let absent = absent.map(|text| Input::new("", Mode::File, text).under(set).beside(other));
        let (old, new) = (old.or(absent.as_ref()), new.or(absent.as_ref()));
        let worlds = if surface.setting.is_some() { &[World::Lenient, World::Strict][..] } else { &[World::Lenient] };
        let told: Vec<Told> = worlds.iter().flat_map(|&world| self.compared(surface, old, new, world)).collect();
        let (before, after) = (self.text(Side::Old), self.text(Side::New));
        let voice = Voice { set, surface, unit: self.unit, new: after, old: before, known: Default::default() };
        let (old_gap, new_gap) = (old.and_then(Input::gap), new.and_then(Input::gap));
        voice.speak(told, old_gap.is_none() && new_gap.is_none(), each);
        let was_whole = old.is_some() && old_gap.is_none();
        let gap = new_gap.map(|gap| (gap, Side::New)).or(old_gap.map(|gap| (gap, Side::Old)));
        if let Some((gap, side)) = gap.filter(|_| !self.has_told_gap.replace(true)) {
            voice.not_compared(&gap, side, was_whole, each);
        }
    }

    /// What got wider in one world.
    fn compared(
        &self,
        surface: &'static Surface,
        old: Option<&Input<'_>>,
        new: Option<&Input<'_>>,
        world: World,
    ) -> Vec<Told> {
        let read = |input: Option<&Input<'_>>| input.map(|input| (surface.grants)(input, world));
        let (old, new) = (read(old), read(new).unwrap_or_default());
        let found = gains(old.as_deref(), &new, surface.newcomers);
        let narrows = |old: &Vec<_>| !gains(Some(&new), old, surface.newcomers).is_empty();
        let verdict =
            if !found.is_empty() && old.as_ref().is_some_and(narrows) { Verdict::Both } else { Verdict::Wider };
        found.iter().map(|gain| self.told(gain, world, verdict)).collect()
    }

    fn text(&self, side: Side) -> Option<&'a Text<'a>> {
        let half = if side == Side::New { &self.new } else { &self.old };
        half.as_ref().map(|half| half.text)
    }

    /// What is kept of a gain, with the place that shows it best.
    fn told(&self, gain: &Gain<'_>, world: World, verdict: Verdict) -> Told {
        let (side, span) = self.place(gain);
        Told::new(gain, world, verdict, side, span)
    }

    /// Where to look: at what is new on a changed line, else at what held before and is gone, else at the nearest change.
    fn place(&self, gain: &Gain<'_>) -> (Side, std::ops::Range<usize>) {
        let own = gain.grant.span.clone();
        if self.text(Side::New).is_none() {
            let held = gain.nearest.map_or(0..0, |before| before.span.clone());
            return (Side::Old, if gain.grant.effect == super::Effect::Allow { held } else { own });
        }
        if gain.grant.effect != super::Effect::Allow {
            return (Side::Old, own);
        }
        let (Change::Modified { added, removed, .. }, Some(new)) = (&self.unit.change, self.text(Side::New)) else {
            return (Side::New, own);
        };
        let touches = |text: &Text<'_>, lines: &crate::unit::LineSet, span: &std::ops::Range<usize>| {
            lines.touches(text.position(span.start).line, text.position(span.end.max(span.start + 1) - 1).line)
        };
        if touches(new, added, &own) {
            return (Side::New, own);
        }
        let held = gain.nearest.zip(self.text(Side::Old)).filter(|(before, old)| touches(old, removed, &before.span));
        if let Some((before, _)) = held {
            return (Side::Old, before.span.clone());
        }
        let line = new.position(own.start).line;
        let on_line = |text: &Text<'_>, line| text.offset_of_line(line).map(|start| text.line_span(start));
        if let Some(span) = added.nearest(line).and_then(|line| on_line(new, line)) {
            return (Side::New, span);
        }
        let old = self.text(Side::Old).and_then(|old| on_line(old, removed.nearest(line)?));
        old.map_or((Side::New, own), |span| (Side::Old, span))
    }
}

impl<'a> Half<'a> {
    /// `None` for what is no whole text of a size that permission files have.
    fn of(path: &'a RepoPath, mode: Option<Mode>, text: &'a Text<'a>, wanted: Vec<usize>) -> Option<Self> {
        let bytes = text.bytes();
        if wanted.is_empty() || !text.is_whole() || bytes.len() > LONGEST || text.encoding() == Encoding::Binary {
            return None;
        }
        let path = String::from_utf8_lossy(path.as_bytes());
        let (mode, content) = (mode.unwrap_or(Mode::File), as_text(bytes));
        Some(Self { path, mode, text, content, wanted, marks: OnceCell::new() })
    }

    fn input(&self) -> Input<'_> {
        Input::new(&self.path, self.mode, &self.content)
    }

    /// True if the surface looks at files of this path.
    fn is_for(&self, surface: &'static Surface) -> bool {
        self.wanted.iter().any(|&at| std::ptr::eq(SURFACES[at], surface))
    }

    /// True if something stands here that the surface could read.
    fn has_mark(&self, surface: &'static Surface) -> bool {
        let has = |mark: &&'static str| {
            let Some(automaton) = &MARKS.automaton else { return true };
            let find = || automaton.find_overlapping_iter(&*self.content).map(|found| found.pattern().as_usize());
            MARKS.places.get(mark).is_some_and(|place| self.marks.get_or_init(|| find().collect()).contains(place))
        };
        surface.needs.iter().all(has) && (surface.marks.is_empty() || surface.marks.iter().any(has))
    }
}

/// True if every line is empty or a comment.
fn is_empty(bytes: &[u8]) -> bool {
    bytes.split(|b| *b == b'\n').map(|line| line.trim_ascii()).all(|line| line.is_empty() || line.starts_with(b"#"))
}

/// As text, every byte in its place: each one that is no UTF-8 becomes a `?`.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(
            bytes
                .utf8_chunks()
                .flat_map(|chunk| [chunk.valid().to_owned(), "?".repeat(chunk.invalid().len())])
                .collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_keep_their_places() {
        assert_eq!(as_text(b"a\xffb\xc3"), "a?b?");
    }

    #[test]
    fn the_marks_of_all_surfaces_make_one_search() {
        assert!(MARKS.automaton.is_some());
    }
}
