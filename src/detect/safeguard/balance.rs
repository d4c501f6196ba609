//! What a change does to code and tests in all: a test that goes with its code, or to another file, is no weakened check.

use std::ops::AddAssign;

use super::case::{Case, is_file_of_change};
use super::reading::Reading;
use super::sign::{PIPELINE, checks};
use super::tests::count;
use crate::detect::code::hunk::hunks;
use crate::detect::code::place::Place;
use crate::finding::{Finding, Severity};
use crate::rule::{RuleSet, Tongue};
use crate::unit::Unit;

/// Lines of code by which a change must shrink before its tests may.
const SHRINKS: usize = 10;
/// The rules that this is about.
const TESTS: [&str; 2] = ["test-lost", "assertion-lost"];

/// Lines of code and tests that come and go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    lines: Flow,
    tests: Flow,
    test_lines: Flow,
    /// Checks of pipelines.
    checks: Flow,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Flow {
    come: usize,
    gone: usize,
}

impl AddAssign for Balance {
    fn add_assign(&mut self, other: Self) {
        let lines = (&mut self.lines, other.lines);
        let tests = [(&mut self.tests, other.tests), (&mut self.test_lines, other.test_lines)];
        for (own, other) in tests.into_iter().chain([lines, (&mut self.checks, other.checks)]) {
            own.come += other.come;
            own.gone += other.gone;
        }
    }
}

impl Balance {
    /// What one file adds to it.
    pub fn of(set: &RuleSet, unit: &Unit<'_>) -> Self {
        if !is_file_of_change(unit) {
            return Self::default();
        }
        let case = Case::of(set, unit);
        if !case.tongues.iter().any(|tongue| matches!(tongue, Tongue::Code | Tongue::Ci)) || !case.is_live() {
            return Self::default();
        }
        let all = hunks(&unit.change);
        let mut out = Self::default();
        if case.tongues.contains(&Tongue::Ci) {
            let (come, gone) = checks(&case, &Reading::of(unit, all, &case.path));
            return Self { checks: Flow { come, gone }, ..out };
        }
        let lines = Flow {
            come: all.iter().map(|hunk| hunk.new.len()).sum(),
            gone: all.iter().map(|hunk| hunk.old.len()).sum(),
        };
        *(if case.place == Place::Test { &mut out.test_lines } else { &mut out.lines }) = lines;
        if case.place == Place::Test || case.tongues.contains(&Tongue::Rust) {
            let reading = Reading::of(unit, all, &case.path);
            let (before, after) = (count(&case, reading.old.as_ref()), count(&case, reading.new.as_ref()));
            out.tests = Flow { come: after.saturating_sub(before), gone: before.saturating_sub(after) };
        }
        out
    }

    /// Takes back what only looks like a loss, now that the whole change is known.
    pub fn weigh(&self, finding: &mut Finding) {
        if finding.severity != Severity::Medium {
            return;
        }
        if &*finding.rule == PIPELINE && self.checks.come >= self.checks.gone && self.checks.come > 0 {
            finding.severity = Severity::Low;
            finding.message = format!("{} Pipelines of the change gain as many checks.", finding.message);
        }
        if !TESTS.contains(&&*finding.rule) {
            return;
        }
        let is_written_anew = self.tests.come > 0 && self.test_lines.come * 2 >= self.test_lines.gone;
        let note = if is_written_anew && self.tests.come < self.tests.gone {
            "Other files of the change gain tests that are about as long."
        } else if self.tests.come >= self.tests.gone && self.tests.come > 0 {
            "Other files of the change gain as many tests."
        } else if self.lines.gone >= self.lines.come + SHRINKS {
            "The change takes away more code than it brings."
        } else {
            return;
        };
        finding.severity = Severity::Low;
        finding.message = format!("{} {note}", finding.message);
    }
}
