//! The page that says which credentials are known keeps up with the rules.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Dir, text};

const PAGE: &str = include_str!("../../docs/coverage.md");

/// What stands in backticks in the tables: rule ids, and nothing else.
fn named() -> BTreeSet<String> {
    let rows = PAGE.lines().filter(|line| line.starts_with('|'));
    rows.flat_map(|row| row.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

fn secret_rules() -> BTreeSet<String> {
    let outcome = Dir::plain().ringfence(&["rules", "list", "--format", "jsonl"]).ends();
    let rules = outcome.stdout();
    let rules = rules.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    rules.filter(|rule| rule["kind"] == "secret").map(|rule| text(&rule["id"]).to_owned()).collect()
}

#[test]
fn the_coverage_page_names_every_rule_and_no_other() {
    let (named, rules) = (named(), secret_rules());
    let missing: Vec<_> = rules.difference(&named).collect();
    assert!(missing.is_empty(), "docs/coverage.md lacks {missing:?}; add a row for each");
    let gone: Vec<_> = named.difference(&rules).collect();
    assert!(gone.is_empty(), "docs/coverage.md names {gone:?}, which are no rules");
}

#[test]
fn every_credential_has_a_rule_or_a_stated_reason() {
    let explained = PAGE.lines().skip_while(|line| !line.starts_with("| reason")).skip(2);
    let explained = explained.take_while(|line| line.starts_with('|')).filter_map(|line| line.split('|').nth(1));
    let reasons: BTreeSet<&str> = explained.map(str::trim).collect();
    let table = PAGE.lines().skip_while(|line| !line.starts_with("| provider")).skip(2);
    let mut rows = 0;
    for row in table.take_while(|line| line.starts_with('|')) {
        let answer = row.trim_end_matches('|').rsplit('|').next().unwrap().trim();
        assert!(answer.starts_with('`') || reasons.contains(answer), "{row}");
        rows += 1;
    }
    assert!(rows >= 1100, "{rows} kinds of credential");
}
