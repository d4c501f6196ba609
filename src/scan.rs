//! The scan: from one unit to its findings, pure. The same bytes give the same findings on any number of threads.

use crate::detect::pattern;
use crate::finding::Finding;
use crate::rule::RuleSet;
use crate::unit::Unit;

/// Everything the rules find in `unit`, in no particular order.
pub fn scan(rules: &RuleSet, unit: &Unit<'_>) -> Vec<Finding> {
    pattern::scan(rules, unit)
}
