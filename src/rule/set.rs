//! The compiled set: all rules behind one prefilter, regexes compiled when first needed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;
use sha2::{Digest, Sha256};

use super::beside::Beside;
use super::builtin::{self, BuiltinError};
use super::entry::Needle;
use super::model::{Lines, Rule};
use super::plan::{Anchor, Prepared};
use super::prefilter::Prefilter;

/// A rule that is ready to match.
#[derive(Debug)]
pub struct CompiledRule {
    /// The rule and its search plan.
    pub prepared: Prepared,
    regex: OnceLock<Option<Regex>>,
    paths: Option<GlobSet>,
}

/// A place where a rule may match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hit {
    /// Index into [`RuleSet::rules`].
    pub rule: usize,
    /// Offset of the literal, or of the `near` word.
    pub at: usize,
}

/// All rules behind one prefilter.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<CompiledRule>,
    prefilter: Prefilter,
    /// Rules by needle.
    users: Vec<Vec<usize>>,
    digest: String,
}

/// Rules that cannot stand together.
#[derive(Debug)]
pub enum SetError {
    /// The program's own rules are broken.
    Builtin(BuiltinError),
    /// Two rules have one id.
    Duplicate(String),
    /// A pattern is too large to compile.
    Pattern(String, Box<meta::BuildError>),
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(error) => error.fmt(f),
            Self::Duplicate(id) => write!(f, "rule id `{id}` is taken by another rule; rename yours"),
            Self::Pattern(id, error) => write!(f, "rule `{id}`: `pattern` does not compile: {error}"),
        }
    }
}

impl std::error::Error for SetError {}

impl CompiledRule {
    fn new(prepared: Prepared) -> Self {
        let paths = globs(&prepared.rule.paths);
        Self { prepared, regex: OnceLock::new(), paths }
    }

    /// The rule as its file states it.
    pub fn rule(&self) -> &Rule {
        &self.prepared.rule
    }

    /// The compiled pattern, compiled on first use. `None` only if it is too large, which building the rules excludes.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.prepared.rule.pattern).ok()).as_ref()
    }

    /// True if the rule looks at files of this path.
    pub fn covers(&self, path: &[u8]) -> bool {
        match &self.paths {
            Some(globs) => globs.is_match(String::from_utf8_lossy(path).as_ref()),
            None => true,
        }
    }
}

/// Regexes run on a few hundred bytes round a literal, so engines with large tables would cost more than they save.
fn compile(pattern: &str) -> Result<Regex, Box<meta::BuildError>> {
    let syntax = syntax::Config::new().unicode(false).utf8(false);
    let config = Regex::config().utf8_empty(false).hybrid(false).dfa(false);
    Regex::builder().syntax(syntax).configure(config).build(pattern).map_err(Box::new)
}

fn globs(patterns: &[String]) -> Option<GlobSet> {
    let mut builder = GlobSetBuilder::new();
    for glob in patterns.iter().filter_map(|p| Glob::new(p).ok()) {
        builder.add(glob);
    }
    builder.build().ok().filter(|set| !set.is_empty())
}

impl RuleSet {
    /// The rules that ringfence ships.
    ///
    /// # Errors
    /// The program was built wrongly.
    pub fn builtin() -> Result<Self, SetError> {
        Self::with(Vec::new())
    }

    /// The rules that ringfence ships and `more`, whose patterns are compiled at once so that a bad one is told early.
    ///
    /// # Errors
    /// Two rules share an id, or a pattern does not compile.
    pub fn with(more: Vec<Prepared>) -> Result<Self, SetError> {
        for prepared in &more {
            compile(&prepared.rule.pattern).map_err(|e| SetError::Pattern(prepared.rule.id.clone(), e))?;
        }
        let digest = digest(&more);
        let mut all = builtin::rules().map_err(SetError::Builtin)?;
        all.extend(more);
        Self::new(all, digest)
    }

    fn new(all: Vec<Prepared>, digest: String) -> Result<Self, SetError> {
        let mut ids = BTreeSet::new();
        if let Some(twice) = all.iter().find(|p| !ids.insert(p.rule.id.as_str())) {
            return Err(SetError::Duplicate(twice.rule.id.clone()));
        }
        let mut users: BTreeMap<Needle, Vec<usize>> = BTreeMap::new();
        for (at, prepared) in all.iter().enumerate() {
            for needle in needles(prepared) {
                users.entry(needle).or_default().push(at);
            }
        }
        let (needles, users) = users.into_iter().unzip();
        let rules = all.into_iter().map(CompiledRule::new).collect();
        Ok(Self { rules, prefilter: Prefilter::new(needles), users, digest })
    }

    /// Every rule; the built-in ones first, sorted by id.
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// The rule with this id.
    pub fn get(&self, id: &str) -> Option<&CompiledRule> {
        self.rules.iter().find(|r| r.rule().id == id)
    }

    /// True if any rule looks at lines of this kind.
    pub fn looks_at(&self, side: Lines) -> bool {
        self.rules.iter().any(|r| r.rule().side == side || r.rule().side == Lines::Any)
    }

    /// SHA-256 over all rules, in hex: the identity of what judged.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every place in `bytes` where a rule may match, sorted by rule, then place.
    pub fn hits(&self, bytes: &[u8]) -> Vec<Hit> {
        let mut hits = Vec::new();
        self.prefilter.scan(bytes, |needle, at| {
            hits.extend(self.users[needle].iter().map(|&rule| Hit { rule, at }));
        });
        hits.sort_unstable();
        hits
    }
}

fn needles(prepared: &Prepared) -> Vec<Needle> {
    let (words, fold, beside) = match prepared.anchor {
        Anchor::Literal { fold, beside, .. } => (&prepared.rule.literals, fold, beside),
        Anchor::Near => (&prepared.rule.near, true, Beside::ANYTHING),
    };
    words.iter().map(|word| Needle { bytes: word.clone().into_bytes(), fold, beside }).collect()
}

fn digest(more: &[Prepared]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(builtin::packed());
    // Packing plain data into memory cannot fail; an empty addition would only make the digest less telling.
    hasher.update(postcard::to_allocvec(more).unwrap_or_default());
    hasher.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
