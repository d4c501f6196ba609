//! The scan: from one unit to its findings, pure. The same bytes give the same findings on any number of threads.

use crate::detect::{area, command, flow, grant, hidden, pattern, safeguard, scope};
use crate::finding::{Account, Finding};
use crate::rule::RuleSet;
use crate::unit::{Mode, Unit};

mod anchor;

pub use anchor::anchor;

/// Hands everything the rules find in `unit` to `each`, in no particular order: a hostile unit holds more findings than
/// anybody wants to keep.
pub fn scan_each(rules: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) -> Account {
    // Another repository is nothing but a path here.
    if unit.mode.or(unit.old_mode) == Some(Mode::Submodule) {
        scope::scan(rules, unit, each);
        return Account::default();
    }
    grant::scan(rules, unit, each);
    area::scan(rules, unit, each);
    safeguard::scan(rules, unit, each);
    command::scan(rules, unit, each);
    hidden::scan(rules, unit, each);
    scope::scan(rules, unit, each);
    let stopped = flow::scan(rules, unit, each);
    let mut account = pattern::scan(rules, unit, each);
    account.stopped.extend(stopped);
    account
}

/// Everything the rules find in `unit`, in no particular order, for units of which little is expected.
pub fn scan(rules: &RuleSet, unit: &Unit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    scan_each(rules, unit, &mut |finding| findings.push(finding));
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::fill;
    use crate::text::Text;
    use crate::unit::{Change, LineSet, RepoPath};
    use proptest::collection::vec;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    fn unit<'a>(path: &[u8], change: Change<'a>) -> Unit<'a> {
        Unit { path: RepoPath::new(path), old_path: None, mode: Some(Mode::File), old_mode: None, change }
    }

    static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

    fn findings(path: &[u8], content: &[u8]) -> Vec<Finding> {
        scan(&RULES, &unit(path, Change::Snapshot(Text::new(content))))
    }

    /// Pieces that are likely to upset a scanner, tokens among them.
    fn piece() -> impl Strategy<Value = Vec<u8>> {
        let hostile = ["\u{202e}", "\u{1b}[31m", "\0", "\r", "\n", "\u{feff}", "ghp_", "-----BEGIN", "eyJ", "://", "'"];
        prop_oneof![
            vec(any::<u8>(), 0..40),
            proptest::sample::select(hostile.to_vec()).prop_map(|s| s.as_bytes().to_vec()),
            (0u64..50).prop_map(|seed| fill("{github:ghp_}", seed).unwrap().into_bytes()),
            (0u64..9).prop_map(|seed| fill("{pem:RSA PRIVATE KEY}", seed).unwrap().into_bytes()),
        ]
    }

    proptest! {
        #[test]
        fn no_input_panics_and_no_finding_quotes_a_token(
            content in vec(piece(), 0..12).prop_map(|pieces| pieces.concat()),
            path in vec(piece(), 0..3).prop_map(|pieces| pieces.join(&b'/')),
        ) {
            for finding in findings(&path, &content) {
                let said = format!("{finding:?}");
                for seed in 0..50 {
                    let token = fill("{github:ghp_}", seed).unwrap();
                    prop_assert!(!said.contains(&token[6..]), "{said}");
                }
            }
        }
    }

    #[test]
    fn a_finding_counts_only_on_a_changed_line() {
        let content = format!("one\n{}\nthree\n", fill("{github:ghp_}", 1).unwrap());
        for (line, expected) in [(1, 0), (2, 1), (3, 0)] {
            let added = LineSet::from_ranges(std::iter::once(line..line + 1));
            let change = Change::Modified {
                before: Text::new(&b""[..]),
                after: Text::new(content.as_bytes()),
                added,
                removed: LineSet::default(),
            };
            assert_eq!(scan(&RULES, &unit(b"a", change)).len(), expected, "line {line}");
        }
    }

    #[test]
    fn every_secret_on_a_printed_line_is_masked() {
        let (one, two) = (fill("{github:ghp_}", 1).unwrap(), fill("{github:ghp_}", 2).unwrap());
        let found = findings(b"a", format!("a = {one} # {two}").as_bytes());
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].excerpt.text(), "a = ghp_[36 hidden] # ghp_[36 hidden]");
        assert_eq!(found[0].excerpt.text(), found[1].excerpt.text());
        assert_ne!(found[0].excerpt.caret(), found[1].excerpt.caret());
    }
}
