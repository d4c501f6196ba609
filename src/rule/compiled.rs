//! One rule that is ready to match: its words shared, its pattern compiled when first needed.

use std::sync::{Arc, OnceLock};

use globset::{Glob, GlobSet, GlobSetBuilder};
use regex_automata::meta::{self, Regex};
use regex_automata::util::syntax;

use super::model::Rule;
use super::plan::Prepared;
use super::walk::{Walk, Walker};

/// A rule that is ready to match.
#[derive(Debug)]
pub struct CompiledRule {
    /// The rule and its search plan.
    pub prepared: Prepared,
    /// What its findings say; shared by all of them.
    pub words: Words,
    regex: OnceLock<Option<Regex>>,
    walker: OnceLock<Option<Walker>>,
    paths: Option<GlobSet>,
}

/// What every finding of a rule says alike.
#[derive(Debug)]
pub struct Words {
    /// The rule's id.
    pub id: Arc<str>,
    /// The rule's title.
    pub title: Arc<str>,
    /// What to do.
    pub remedy: Arc<str>,
    /// Where to read more.
    pub docs: Option<Arc<str>>,
}

impl CompiledRule {
    pub(super) fn new(prepared: Prepared) -> Self {
        let Rule { id, title, remedy, docs, paths, .. } = &prepared.rule;
        let words = Words {
            id: id.as_str().into(),
            title: title.as_str().into(),
            remedy: remedy.as_str().into(),
            docs: docs.as_deref().map(Into::into),
        };
        let paths = globs(paths);
        Self { prepared, words, regex: OnceLock::new(), walker: OnceLock::new(), paths }
    }

    /// The rule as its file states it.
    pub fn rule(&self) -> &Rule {
        &self.prepared.rule
    }

    /// The compiled pattern, compiled on first use. `None` only if it is too large, which building the rules excludes.
    pub fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| compile(&self.prepared.rule.pattern).ok()).as_ref()
    }

    /// The pattern as an automaton that counts its steps, made on first use; for texts in which it is tried often.
    pub fn walk(&self) -> Option<Walk<'_>> {
        self.walker.get_or_init(|| Walker::new(&self.prepared.rule.pattern)).as_ref().map(Walker::walk)
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
pub(super) fn compile(pattern: &str) -> Result<Regex, Box<meta::BuildError>> {
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
