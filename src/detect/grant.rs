//! Grants: what a permission file allows, and what a change to it opens.
//!
//! Each surface is one function from text to grants. One comparison serves them all: what the new side allows and the
//! old did not, and what held on the old side and is gone.

mod agent;
mod app;
mod base;
mod ci;
mod cloud;
mod compare;
mod container;
mod data;
mod file;
mod files;
mod host;
mod kube;
mod logic;
mod package;
mod reach;
mod repo;
mod settings;
mod tell;
mod wide;

use std::cell::{OnceCell, RefCell};
use std::ops::Range;
use std::sync::LazyLock;

pub use reach::{Reach, Span};
pub(in crate::detect) use repo::owners_of;

use crate::document::{self, Document};
use crate::finding::{Finding, Severity};
use crate::rule::RuleSet;
use crate::unit::{Mode, Unit};

/// Every surface, by group. To add one: a function and its `Surface` in a group, its rules in `rules/grant/`, its cases in
/// `tests/corpus/grant/`.
static SURFACES: LazyLock<Vec<&'static Surface>> = LazyLock::new(|| {
    [
        ci::SURFACES,
        cloud::SURFACES,
        kube::SURFACES,
        container::SURFACES,
        host::SURFACES,
        agent::SURFACES,
        app::SURFACES,
        data::SURFACES,
        package::SURFACES,
        repo::SURFACES,
    ]
    .concat()
});

/// One kind of permission file.
#[derive(Debug)]
pub(crate) struct Surface {
    /// Globs of the files it looks at; `*` stops at `/`.
    pub(crate) files: &'static [&'static str],
    /// A file counts only if one of these stands in it; empty means that the path is enough. Any case.
    pub(crate) marks: &'static [&'static str],
    /// A file counts only if this stands in it, too.
    pub(crate) needs: Option<&'static str>,
    /// What the file allows, in a world where settings outside the repository have this extreme.
    pub(crate) grants: fn(&Input<'_>, World) -> Vec<Grant>,
    /// The setting outside the repository on which absent keys depend, in words, if there is one.
    pub(crate) setting: Option<&'static str>,
    /// Against what a subject is measured that the old side did not have.
    pub(crate) newcomers: Newcomers,
    /// What a file stands for that is not there, as a text, where the platform then takes its defaults. `None` where
    /// nothing is meant by it.
    pub(crate) absent: Option<&'static str>,
    /// True where tests, examples and documentation hold such files that nothing runs: findings there are low.
    pub(crate) has_fixtures: bool,
}

/// One side of a file, with its path.
#[derive(Debug)]
pub(crate) struct Input<'a> {
    /// Path relative to the root.
    pub(crate) path: &'a str,
    /// What the file is on this side.
    pub(crate) mode: Mode,
    /// The content; what is no UTF-8 is replaced byte for byte.
    pub(crate) text: &'a str,
    /// The other side's content, for files so long that only what differs is worth a grant; empty if there is none.
    pub(crate) other: &'a str,
    /// The rules that judge, for what is said of them.
    pub(crate) rules: Option<&'a RuleSet>,
    /// What could not be read, said by whoever read it.
    gaps: RefCell<Vec<document::Gap>>,
    /// The text read once, however many surfaces ask.
    read: [OnceCell<Document>; 4],
}

impl<'a> Input<'a> {
    fn new(path: &'a str, mode: Mode, text: &'a str) -> Self {
        Self { path, mode, text, other: "", rules: None, gaps: RefCell::default(), read: Default::default() }
    }

    fn beside(self, other: &'a str) -> Self {
        Self { other, ..self }
    }

    fn under(self, rules: &'a RuleSet) -> Self {
        Self { rules: Some(rules), ..self }
    }

    /// The text as YAML.
    pub(crate) fn yaml(&self) -> &Document {
        self.read[0].get_or_init(|| self.noted(document::yaml(self.text)))
    }

    /// The text as JSON.
    pub(crate) fn json(&self) -> &Document {
        self.read[1].get_or_init(|| self.noted(document::json(self.text)))
    }

    /// The text as TOML.
    pub(crate) fn toml(&self) -> &Document {
        self.read[2].get_or_init(|| self.noted(document::toml(self.text)))
    }

    /// The text as HCL.
    pub(crate) fn hcl(&self) -> &Document {
        self.read[3].get_or_init(|| self.noted(document::hcl(self.text)))
    }

    /// The text as JSON, HCL or YAML, as the file's name has it.
    pub(crate) fn data(&self) -> &Document {
        match self.path.rsplit('.').next() {
            Some("json") => self.json(),
            Some("tf" | "tofu" | "hcl") => self.hcl(),
            _ => self.yaml(),
        }
    }

    fn noted(&self, document: Document) -> Document {
        document.gaps().iter().for_each(|gap| self.note(gap.at, gap.why.clone()));
        document
    }

    /// Says that what stands at `at` could not be read.
    pub(crate) fn note(&self, at: usize, why: String) {
        self.gaps.borrow_mut().push(document::Gap { at, why });
    }

    /// The first place that could not be read.
    fn gap(&self) -> Option<document::Gap> {
        self.gaps.borrow().iter().min_by_key(|gap| gap.at).cloned()
    }
}

/// The two extremes of a setting outside the repository. Surfaces without one ignore it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum World {
    /// The setting gives as little as it can.
    Strict,
    /// It gives as much as it can.
    Lenient,
}

/// Against what a subject is measured that the old side did not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Newcomers {
    /// Against all that the old file allowed to anyone of its kind: a new job with no more power than others is silent.
    WholeFile,
    /// Against what those had that are gone, which makes a rename silent; more than that is new power.
    Vanished,
    /// The same, but someone without a past is judged like a new file: by the dangerous line alone.
    DangerousLine,
    /// Against nothing: who was not there before, or is not there now, is judged by the dangerous line alone.
    Known,
}

/// Whether a grant gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Effect {
    /// It allows.
    Allow,
    /// It forbids to a subject what might otherwise be allowed; losing it widens, as long as the subject is there.
    Deny,
    /// It protects by being there; losing it widens, whatever becomes of its subject.
    Guard,
    /// Nothing here says how much: whatever the other side has, neither gains nor loses.
    Unknown,
}

/// Who holds power: a kind of thing and its name. Kind and name together are the identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Subject {
    /// Such as `job` or `container`.
    pub(crate) kind: &'static str,
    /// Its name; may be empty where there is only one.
    pub(crate) name: String,
}

impl Subject {
    /// A subject of this kind and name.
    pub(crate) fn new(kind: &'static str, name: impl Into<String>) -> Self {
        Self { kind, name: name.into() }
    }
}

/// How much of a capability: levels of one capability compare by rank, 0 is nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    /// More is wider (for a guard: stronger).
    pub(crate) rank: u32,
    /// What the file's language calls it.
    pub(crate) name: String,
}

impl Level {
    /// A level with its name.
    pub(crate) fn new(rank: u32, name: impl Into<String>) -> Self {
        Self { rank, name: name.into() }
    }
}

/// Something that must hold for a grant to count. More conditions, or fewer values in one, allow less.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Condition {
    /// What is tested, and how.
    pub(crate) test: String,
    /// The values that pass.
    pub(crate) values: Reach,
    /// What reports call it, where that is not the test and its values; empty to leave it out.
    pub(crate) shown: Option<String>,
}

/// One thing that a file allows, forbids or protects.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Id of the rule that speaks if it is gained (or, if it forbids or protects, lost).
    pub(crate) rule: &'static str,
    /// Who.
    pub(crate) subject: Subject,
    /// What.
    pub(crate) capability: Reach,
    /// On what.
    pub(crate) scope: Reach,
    /// How much.
    pub(crate) level: Level,
    /// Only if.
    pub(crate) conditions: Vec<Condition>,
    /// Whether it gives or takes.
    pub(crate) effect: Effect,
    /// How bad it is to gain it (or to lose it).
    pub(crate) severity: Severity,
    /// How bad it is on its own: in a snapshot, in a new file. `None` below the dangerous line.
    pub(crate) alone: Option<Severity>,
    /// Where it stands.
    pub(crate) span: Range<usize>,
}

impl Grant {
    /// An unconditional permission, on everything, of the lowest level above nothing, below the dangerous line.
    pub(crate) fn allow(rule: &'static str, subject: Subject, capability: Reach, severity: Severity) -> Self {
        Self {
            rule,
            subject,
            capability,
            scope: Reach::all(),
            level: Level::new(1, "allowed"),
            conditions: Vec::new(),
            effect: Effect::Allow,
            severity,
            alone: None,
            span: 0..0,
        }
    }

    /// A denial.
    pub(crate) fn deny(rule: &'static str, subject: Subject, capability: Reach, severity: Severity) -> Self {
        let allow = Self::allow(rule, subject, capability, severity);
        Self { effect: Effect::Deny, level: Level::new(1, "denied"), ..allow }
    }

    /// A protection.
    pub(crate) fn guard(rule: &'static str, subject: Subject, capability: Reach, severity: Severity) -> Self {
        let allow = Self::allow(rule, subject, capability, severity);
        Self { effect: Effect::Guard, level: Level::new(1, "there"), ..allow }
    }

    /// What only values from elsewhere decide.
    pub(crate) fn unknown(rule: &'static str, subject: Subject, capability: Reach) -> Self {
        let allow = Self::allow(rule, subject, capability, Severity::Low);
        Self { effect: Effect::Unknown, level: Level::new(u32::MAX, "decided elsewhere"), ..allow }
    }

    /// The same at another level.
    pub(crate) fn level(self, rank: u32, name: impl Into<String>) -> Self {
        Self { level: Level::new(rank, name), ..self }
    }

    /// The same on a narrower scope.
    pub(crate) fn on(self, scope: Reach) -> Self {
        Self { scope, ..self }
    }

    /// The same under one more condition.
    pub(crate) fn only_if(mut self, test: impl Into<String>, values: Reach) -> Self {
        self.conditions.push(Condition { test: test.into(), values, shown: None });
        self
    }

    /// The same, beyond the dangerous line.
    pub(crate) fn alone(self, severity: Severity) -> Self {
        Self { alone: Some(severity), ..self }
    }

    /// The same, standing here.
    pub(crate) fn at(self, span: Range<usize>) -> Self {
        Self { span, ..self }
    }
}

/// Compares every permission file that `unit` is, and hands what got wider to `each`.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) {
    let Some(sides) = file::Sides::of(unit) else { return };
    let inputs = sides.inputs(set);
    for surface in SURFACES.iter() {
        sides.judge(set, surface, &inputs, each);
    }
}
