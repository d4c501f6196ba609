//! The growth of the baseline within a change: what it would accept from then on, renames apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::detect::accepted::{Grown, findings};
use crate::detect::name;
use crate::finding::Finding;
use crate::order;
use crate::policy::baseline::{Accepted, Baseline, NAME};
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::{Change, Unit};

/// What the new side's baseline has and the base's has not.
#[derive(Default)]
pub(super) struct Growth {
    base: Baseline,
    /// The whole file of the new side.
    content: Vec<u8>,
    added: Vec<(Accepted, usize)>,
    /// Where files stood, by where they stand, both as reports show them.
    renamed: Mutex<HashMap<String, String>>,
    /// The same for files whose names are the baseline's in other letters: some systems do not tell them apart.
    others: Mutex<Vec<(String, Self)>>,
}

impl Growth {
    /// Compares two baselines, the new one with its content.
    pub(super) fn between(base: Baseline, head: &Baseline, content: Vec<u8>) -> Self {
        let added = head.entries().filter(|(accepted, _)| !base.has(accepted));
        let added = order::gathered(added.map(|(accepted, line)| (accepted.clone(), line)));
        Self { base, content, added, ..Self::default() }
    }

    /// What the file at `unit` adds, if its name is that of the baseline in other letters.
    fn of_namesake(rules: &RuleSet, unit: &Unit<'_>) -> Option<(String, Self)> {
        let path = unit.path.as_bytes();
        let is_namesake = path.eq_ignore_ascii_case(NAME.as_bytes()) && path != NAME.as_bytes();
        if !is_namesake || matches!(unit.change, Change::Snapshot(_)) {
            return None;
        }
        let read = |text: &Text<'_>| Baseline::parse(NAME, text.bytes()).ok();
        let base = match &unit.change {
            Change::Modified { before, .. } => read(before).unwrap_or_default(),
            _ => Baseline::default(),
        };
        let text = unit.text()?;
        Some((name::shown(rules, &unit.path), Self::between(base, &read(text)?, text.bytes().to_vec())))
    }

    /// Notes where a file of the change stood before.
    pub(super) fn see(&self, rules: &RuleSet, unit: &Unit<'_>) {
        if let Some(other) = Self::of_namesake(rules, unit) {
            self.others.lock().unwrap_or_else(PoisonError::into_inner).push(other);
        }
        if let Some(old) = unit.old_path.as_ref().filter(|_| !self.added.is_empty()) {
            let (new, old) = (name::shown(rules, &unit.path), name::shown(rules, old));
            self.renamed.lock().unwrap_or_else(PoisonError::into_inner).insert(new, old);
        }
    }

    /// One finding for each rule of which more is accepted.
    pub(super) fn findings(&self, rules: &RuleSet) -> Vec<Finding> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let others = others.iter().flat_map(|(path, other)| other.findings_at(rules, path));
        self.findings_at(rules, NAME).into_iter().chain(others).collect()
    }

    fn findings_at(&self, rules: &RuleSet, path: &str) -> Vec<Finding> {
        let renamed = self.renamed.lock().unwrap_or_else(PoisonError::into_inner);
        let has_moved = |accepted: &Accepted| {
            let old = renamed.get(&accepted.path);
            old.is_some_and(|old| self.base.has(&Accepted { path: old.clone(), ..accepted.clone() }))
        };
        let mut grown: BTreeMap<&str, Vec<Grown<'_>>> = BTreeMap::new();
        for (accepted, line) in self.added.iter().filter(|(accepted, _)| !has_moved(accepted)) {
            let Accepted { path, fingerprint, .. } = accepted;
            grown.entry(&accepted.rule).or_default().push(Grown { path, fingerprint, line: *line });
        }
        findings(rules, path, &self.content, &grown)
    }
}
