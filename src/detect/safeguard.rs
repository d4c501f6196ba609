//! Safeguards: checks that a change switches off, takes away or lowers, told where that stands.
//!
//! Only what a change does is told, never what stands there already: a sign counts if it stands more often in the file
//! than before, or, where its disappearance is the sign, less often. So moved lines and comments are silent.

mod balance;
mod carrier;
mod limit;
mod list;
mod reading;
mod sign;
mod tell;
mod tests;

use crate::finding::{Finding, Severity, Side};
use crate::rule::{InTests, RuleSet, Tongue};
use crate::unit::{Change, Mode, Unit};

use super::code::hunk::hunks;
use super::code::place::{Place, says_generated};
use super::shown::{Shown, sides};
pub use balance::Balance;
use reading::Reading;

/// Most bytes of a side that are read; larger files are no code that anyone wrote.
const LONGEST: usize = 2 << 20;

/// Files that tell coding agents what to do.
const AGENTS: [&str; 6] =
    ["agents.md", "claude.md", "gemini.md", "copilot-instructions.md", "skill.md", ".cursorrules"];

/// Something that a change weakens.
struct Loss {
    /// The rule, by its place in the set.
    rule: usize,
    side: Side,
    line: usize,
    severity: Severity,
    /// What has happened, in words.
    says: String,
}

/// One file of a change, as safeguards see it.
struct Case<'a> {
    set: &'a RuleSet,
    unit: &'a Unit<'a>,
    tongues: Vec<Tongue>,
    place: Place,
    /// In lower case.
    path: String,
}

/// Looks for safeguards that `unit` weakens; a file without a past weakens none.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    if !is_file_of_change(unit) {
        return;
    }
    let case = Case::of(set, unit);
    if !case.is_live() {
        return;
    }
    let shown = Shown::of(set, unit);
    for told in tell::joined(case.losses()) {
        if let Some(finding) = tell::finding(&case, &shown, &told) {
            each(finding);
        }
    }
}

/// True for an ordinary file that has a past, or whose past is that there was none.
fn is_file_of_change(unit: &Unit<'_>) -> bool {
    let is_file = |mode| !matches!(mode, Some(Mode::Link | Mode::Submodule));
    !matches!(unit.change, Change::Snapshot(_)) && is_file(unit.mode) && is_file(unit.old_mode)
}

/// True for prose by its ending that is none: lists of packages, build files, pages, what agents are told.
fn is_read_by_machines(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_list =
        name.ends_with(".txt") && ["requirements", "constraints", "cmakelists"].iter().any(|w| name.contains(w));
    is_list || [".html", ".htm"].iter().any(|end| name.ends_with(end)) || AGENTS.contains(&name)
}

impl<'a> Case<'a> {
    fn of(set: &'a RuleSet, unit: &'a Unit<'a>) -> Self {
        let path = String::from_utf8_lossy(unit.path.as_bytes()).to_ascii_lowercase();
        Self { set, unit, tongues: Tongue::of(&path), place: Place::of(&path), path }
    }

    /// True for what people write and machines run.
    fn is_live(&self) -> bool {
        let is_known = self.tongues.contains(&Tongue::Ci) || is_read_by_machines(&self.path);
        let is_readable = |text: &crate::text::Text<'_>| {
            text.is_whole() && text.bytes().len() <= LONGEST && text.encoding() != crate::text::Encoding::Binary
        };
        let (old, new) = sides(&self.unit.change);
        let mut all = old.into_iter().chain(new);
        !self.tongues.is_empty()
            && ((is_known && self.place != Place::Vendored) || matches!(self.place, Place::Live | Place::Test))
            && all.all(|text| is_readable(text) && !says_generated(text.bytes()))
    }

    fn losses(&self) -> Vec<Loss> {
        let all = hunks(&self.unit.change);
        let (clues, tests) = (sign::may_speak(self, &all), tests::may_speak(self, &all));
        if !clues && !tests {
            return Vec::new();
        }
        let reading = Reading::of(self.unit, all, &self.path);
        let mut out = Vec::new();
        if clues && matches!(self.unit.change, Change::Deleted(_)) {
            out.extend(sign::deleted(self, &reading));
        } else if clues {
            out.extend(sign::losses(self, &reading));
            out.extend(limit::losses(self, &reading));
            out.extend(list::losses(self, &reading));
        }
        if tests {
            out.extend(tests::losses(self, &reading));
        }
        out
    }

    /// How bad it is in this file; `None` if it is nothing.
    fn severity(&self, rule: usize, severity: Severity, is_test: bool) -> Option<Severity> {
        let own = self.set.rules().get(rule)?.rule().safeguard.as_ref()?;
        match (own.in_tests, is_test) {
            (InTests::Silent, true) | (InTests::Only, false) => None,
            (InTests::Low, true) => Some(Severity::Low),
            _ => Some(severity),
        }
    }

    /// The same for a rule that speaks of the file as a whole, with a severity of its own if it has one.
    fn own_severity(&self, rule: usize, own: Option<Severity>) -> Option<Severity> {
        let severity = own.or_else(|| Some(self.set.rules().get(rule)?.rule().severity))?;
        self.severity(rule, severity, self.is_test())
    }

    fn is_test(&self) -> bool {
        self.place == Place::Test && !self.tongues.contains(&Tongue::Ci)
    }
}
