//! Tests before and after, by their names: those that are gone or empty, and those that assert less.

mod claim;
mod shape;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::case::{Case, Loss};
use super::reading::{Half, Reading};
use crate::detect::code::hunk::Hunk;
use crate::detect::code::place::Place;
use crate::finding::{Severity, Side};
use crate::order;
use crate::rule::Tongue;
use crate::unit::Change;
use claim::{Claim, asserts};
use shape::{Shape, Test, tests_of};

/// Rules that only code can tell.
const LOST: &str = "test-lost";
const LESS: &str = "assertion-lost";
const OTHER: &str = "expectation-changed";
/// Of the lines of a lost test, the share that must stand in a new one of another name for the two to be one.
const SAME: f32 = 0.5;
/// Tests of other names that are compared, and lines of each.
const MOST_COMPARED: usize = 200;
const MOST_LINES: usize = 500;

/// True if the change can take something from a test.
pub(super) fn may_speak(case: &Case<'_>, hunks: &[Hunk]) -> bool {
    let loses = hunks.iter().any(|hunk| !hunk.old.is_empty());
    loses && (case.place == Place::Test || case.tongues.contains(&Tongue::Rust)) && Shape::of(&case.tongues).is_some()
}

pub(super) fn losses(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let (Some(old), Some(shape)) = (&reading.old, Shape::of(&case.tongues)) else { return Vec::new() };
    let before = tests_of(shape, old);
    if before.is_empty() {
        return Vec::new();
    }
    if matches!(case.unit.change, Change::Deleted(_)) {
        let says = format!("a file with {} is deleted", counted(before.len(), "test"));
        let line = before.first().map_or(1, |test| test.line);
        return told(case, LOST, Side::Old, line, Severity::Medium, says).into_iter().collect();
    }
    let Some(new) = &reading.new else { return Vec::new() };
    let pair = Pair { case, old, new, after: tests_of(shape, new), before };
    let mut out = pair.lost();
    out.extend(pair.weaker());
    out
}

/// How many tests one side has.
pub(super) fn count(case: &Case<'_>, half: Option<&Half<'_>>) -> usize {
    half.zip(Shape::of(&case.tongues)).map_or(0, |(half, shape)| tests_of(shape, half).len())
}

struct Pair<'c, 'a> {
    case: &'c Case<'a>,
    old: &'c Half<'a>,
    new: &'c Half<'a>,
    before: Vec<Test>,
    after: Vec<Test>,
}

impl Pair<'_, '_> {
    /// Tests that are gone, beyond those that others came for.
    fn lost(&self) -> Vec<Loss> {
        let names = |tests: &[Test]| tests.iter().map(|test| test.name.clone()).collect::<BTreeSet<_>>();
        let (before, after) = (names(&self.before), names(&self.after));
        let come = self.after.iter().filter(|test| !before.contains(&test.name)).take(MOST_COMPARED);
        let come: Vec<HashSet<&[u8]>> = come.map(|test| lines(self.new, test).collect()).collect();
        let gone = self.before.iter().filter(|test| !after.contains(&test.name)).take(MOST_COMPARED);
        let mut lost: Vec<&Test> = gone.filter(|test| !come.iter().any(|new| self.is_same(test, new))).collect();
        order::sort_by_key(&mut lost, |test| test.line);
        // As many others came; who wrote them anew says more than a name.
        if self.after.len() >= self.before.len() {
            lost.clear();
        }
        let mut out: Vec<Loss> = Vec::new();
        // What it tested may be gone with it, where both stand in one file.
        let severity =
            if self.case.place != Place::Test && self.loses_code() { Severity::Low } else { Severity::Medium };
        for test in lost {
            let says = format!("the test `{}` is gone", test.name);
            out.extend(told(self.case, LOST, Side::Old, test.line, severity, says));
        }
        for (was, is) in self.kept() {
            if was.body > 0 && is.body == 0 {
                let says = format!("the test `{}` is empty now", is.name);
                out.extend(told(self.case, LOST, Side::New, is.line, Severity::Medium, says));
            }
        }
        out
    }

    /// Tests of one name, before and after, where the name is used once.
    fn kept(&self) -> impl Iterator<Item = (&Test, &Test)> {
        let (before, after) = (by_name(&self.before), by_name(&self.after));
        self.before.iter().filter_map(move |was| match (&before.get(&*was.name)?[..], &after.get(&*was.name)?[..]) {
            ([was], [is]) => Some((*was, *is)),
            _ => None,
        })
    }

    /// True if enough lines of the lost test stand in the new one.
    fn is_same(&self, was: &Test, is: &HashSet<&[u8]>) -> bool {
        let was: Vec<&[u8]> = lines(self.old, was).collect();
        let both = was.iter().filter(|line| is.contains(*line)).count();
        !was.is_empty() && both as f32 >= was.len() as f32 * SAME
    }

    /// True if functions outside of the tests are gone from the file.
    fn loses_code(&self) -> bool {
        let names = |half: &Half<'_>| {
            let text = String::from_utf8_lossy(&half.code).into_owned();
            text.lines()
                .filter_map(|line| Some(line.trim().split_once("fn ")?.1.split(['(', '<']).next()?.to_owned()))
                .collect::<BTreeSet<_>>()
        };
        let (old, new) = (names(self.old), names(self.new));
        let is_test = |name: &String| self.before.iter().any(|test| test.name == *name);
        old.iter().any(|name| !new.contains(name) && !is_test(name))
    }

    /// Tests that are there still and assert less, and those that expect something else.
    fn weaker(&self) -> Vec<Loss> {
        let (old, new) = (asserts(self.old, None), asserts(self.new, None));
        let mut out = Vec::new();
        for (was, is) in self.kept() {
            let (before, after) = (asserts(self.old, Some(was)), asserts(self.new, Some(is)));
            let is_less = after.len() < before.len() && new.len() < old.len() && is.body > 0;
            if is_less {
                let severity = if after.is_empty() || (after.len() * 2 <= before.len() && before.len() > 2) {
                    Severity::Medium
                } else {
                    Severity::Low
                };
                let count = if after.is_empty() { "nothing".to_owned() } else { counted(after.len(), "thing") };
                let says = format!("`{}` asserts {count} in place of {}", is.name, before.len());
                let line = first_gone(&before, &after).unwrap_or(was.line);
                out.extend(told(self.case, LESS, Side::Old, line, severity, says));
            } else if let Some(line) = says_less(&before, &after) {
                let says = format!("`{}` asserts only that there is something", is.name);
                out.extend(told(self.case, LESS, Side::New, line, Severity::Low, says));
            } else if let Some(line) = expects_other(&before, &after) {
                let says = format!("`{}` expects something else", is.name);
                out.extend(told(self.case, OTHER, Side::New, line, Severity::Low, says));
            }
        }
        out
    }
}

/// Lines of a test that say something.
fn lines<'h>(half: &'h Half<'_>, test: &Test) -> impl Iterator<Item = &'h [u8]> {
    let all = test.lines.clone().take(MOST_LINES).map(|line| half.line(line).trim_ascii());
    all.filter(|line| line.len() > 2)
}

fn by_name(tests: &[Test]) -> BTreeMap<&str, Vec<&Test>> {
    let mut out: BTreeMap<&str, Vec<&Test>> = BTreeMap::new();
    tests.iter().for_each(|test| out.entry(&test.name).or_default().push(test));
    out
}

/// The line of the first assertion that is not there any more.
fn first_gone(before: &[Claim], after: &[Claim]) -> Option<usize> {
    let kept: BTreeSet<&str> = after.iter().map(|claim| &claim.text[..]).collect();
    before.iter().find(|claim| !kept.contains(&claim.text[..])).map(|claim| claim.line)
}

/// The first new assertion that says little, where there are fewer that say more.
fn says_less(before: &[Claim], after: &[Claim]) -> Option<usize> {
    let telling = |all: &[Claim]| all.iter().filter(|claim| !claim.is_vague()).count();
    let known: BTreeSet<&str> = before.iter().map(|claim| &claim.text[..]).collect();
    let is_new = |claim: &&Claim| claim.is_vague() && !known.contains(&claim.text[..]);
    after.iter().find(is_new).filter(|_| telling(after) < telling(before)).map(|claim| claim.line)
}

/// The new line of an assertion of which only the literals differ.
fn expects_other(before: &[Claim], after: &[Claim]) -> Option<usize> {
    let without = |all: &[Claim], others: &[Claim]| -> Vec<Claim> {
        let known: BTreeSet<&str> = others.iter().map(|claim| &claim.text[..]).collect();
        all.iter().filter(|claim| !known.contains(&claim.text[..])).cloned().collect()
    };
    let (gone, come) = (without(before, after), without(after, before));
    let mut frames: BTreeMap<&str, usize> = BTreeMap::new();
    gone.iter().for_each(|claim| *frames.entry(&claim.frame).or_default() += 1);
    come.iter().find(|claim| frames.contains_key(&claim.frame[..]) && claim.frame != claim.text).map(|claim| claim.line)
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn told(case: &Case<'_>, rule: &str, side: Side, line: usize, severity: Severity, says: String) -> Option<Loss> {
    let at = case.set.rules().iter().position(|known| &*known.words.id == rule)?;
    let severity = case.severity(at, severity, true)?;
    Some(Loss { rule: at, side, line, severity, says })
}
