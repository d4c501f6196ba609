//! The growth of the baseline within a change: what it would accept from then on, renames apart.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use crate::detect::accepted::{Grown, findings};
use crate::detect::name;
use crate::finding::Finding;
use crate::policy::baseline::{Accepted, Baseline, NAME};
use crate::rule::RuleSet;
use crate::unit::Unit;

/// What the new side's baseline has and the base's has not.
#[derive(Default)]
pub(super) struct Growth {
    base: Baseline,
    /// The whole file of the new side.
    content: Vec<u8>,
    added: Vec<(Accepted, usize)>,
    /// Where files stood, by where they stand, both as reports show them.
    renamed: Mutex<HashMap<String, String>>,
}

impl Growth {
    /// Compares two baselines, the new one with its content.
    pub(super) fn between(base: Baseline, head: &Baseline, content: Vec<u8>) -> Self {
        let added = head.entries().filter(|(accepted, _)| !base.has(accepted));
        let added = added.map(|(accepted, line)| (accepted.clone(), line)).collect();
        Self { base, content, added, renamed: Mutex::default() }
    }

    /// Notes where a file of the change stood before.
    pub(super) fn see(&self, rules: &RuleSet, unit: &Unit<'_>) {
        if let Some(old) = unit.old_path.as_ref().filter(|_| !self.added.is_empty()) {
            let (new, old) = (name::shown(rules, &unit.path), name::shown(rules, old));
            self.renamed.lock().unwrap_or_else(PoisonError::into_inner).insert(new, old);
        }
    }

    /// One finding for each rule of which more is accepted.
    pub(super) fn findings(&self, rules: &RuleSet) -> Vec<Finding> {
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
        findings(rules, NAME, &self.content, &grown)
    }
}
