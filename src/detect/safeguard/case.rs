//! One file of a change, as safeguards see it, and what is lost in it.

use crate::detect::code::place::{Place, says_generated};
use crate::detect::shown::sides;
use crate::finding::{Severity, Side};
use crate::rule::{InTests, RuleSet, Tongue};
use crate::unit::{Change, Mode, Unit};

/// Most bytes of a side that are read; larger files are no code that anyone wrote.
const LONGEST: usize = 2 << 20;

/// Files that tell coding agents what to do.
const AGENTS: [&str; 6] =
    ["agents.md", "claude.md", "gemini.md", "copilot-instructions.md", "skill.md", ".cursorrules"];

/// Something that a change weakens.
pub(super) struct Loss {
    /// The rule, by its place in the set.
    pub(super) rule: usize,
    pub(super) side: Side,
    pub(super) line: usize,
    pub(super) severity: Severity,
    /// What has happened, in words.
    pub(super) says: String,
}

/// One file of a change, as safeguards see it.
pub(super) struct Case<'a> {
    pub(super) set: &'a RuleSet,
    pub(super) unit: &'a Unit<'a>,
    pub(super) tongues: Vec<Tongue>,
    pub(super) place: Place,
    /// In lower case.
    pub(super) path: String,
}

/// True for an ordinary file that has a past, or whose past is that there was none.
pub(super) fn is_file_of_change(unit: &Unit<'_>) -> bool {
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
    pub(super) fn of(set: &'a RuleSet, unit: &'a Unit<'a>) -> Self {
        let path = String::from_utf8_lossy(unit.path.as_bytes()).to_ascii_lowercase();
        Self { set, unit, tongues: Tongue::of(&path), place: Place::of(&path), path }
    }

    /// True for what people write and machines run.
    pub(super) fn is_live(&self) -> bool {
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

    /// How bad it is in this file; `None` if it is nothing.
    pub(super) fn severity(&self, rule: usize, severity: Severity, is_test: bool) -> Option<Severity> {
        let own = self.set.rules().get(rule)?.rule().safeguard.as_ref()?;
        match (own.in_tests, is_test) {
            (InTests::Silent, true) | (InTests::Only, false) => None,
            (InTests::Low, true) => Some(Severity::Low),
            _ => Some(severity),
        }
    }

    /// The same for a rule that speaks of the file as a whole, with a severity of its own if it has one.
    pub(super) fn own_severity(&self, rule: usize, own: Option<Severity>) -> Option<Severity> {
        let severity = own.or_else(|| Some(self.set.rules().get(rule)?.rule().severity))?;
        self.severity(rule, severity, self.is_test())
    }

    pub(super) fn is_test(&self) -> bool {
        self.place == Place::Test && !self.tongues.contains(&Tongue::Ci)
    }
}
