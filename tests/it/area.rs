//! Areas: every case of every table says which area a change touches and how bad that is, through the real program.

use std::collections::BTreeSet;

use ringfence::finding::{Finding, Kind};
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};
use serde::Deserialize;

use crate::support::{Dir, text};

/// The tables of changes that are told and of those that are not.
const TABLES: [&str; 2] = [include_str!("../corpus/diffs/area-reported.toml"), include_str!("../corpus/diffs/area-silent.toml")];
/// What either table must show at the least.
const FEWEST_CASES: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    name: String,
    path: String,
    /// The file before; left out where it is new.
    before: Option<String>,
    /// The file after; left out where it is deleted.
    after: Option<String>,
    /// `rule severity` of each finding, sorted.
    reports: Vec<String>,
}

fn tables() -> [Table; 2] {
    TABLES.map(|table| toml::from_str(table).unwrap())
}

/// Lines of `text` that the other side does not have.
fn lines(text: &str, other: &str) -> LineSet {
    let known: BTreeSet<&str> = other.lines().collect();
    let ranges = text.lines().enumerate().filter(|(_, line)| !known.contains(line)).map(|(at, _)| at + 1..at + 2);
    LineSet::from_ranges(ranges)
}

fn change<'a>(case: &'a Case) -> Change<'a> {
    let text = |content: &'a String| Text::new(content.as_bytes());
    match (&case.before, &case.after) {
        (None, Some(after)) => Change::Added(text(after)),
        (Some(before), None) => Change::Deleted(text(before)),
        (Some(before), Some(after)) => Change::Modified {
            before: text(before),
            after: text(after),
            added: lines(after, before),
            removed: lines(before, after),
        },
        (None, None) => panic!("a case has a side"),
    }
}

fn found(set: &RuleSet, path: &str, change: Change<'_>) -> Vec<Finding> {
    let mode = Some(Mode::File);
    let unit = Unit { path: RepoPath::new(path), old_path: None, mode, old_mode: mode, change };
    let mut findings = scan(set, &unit);
    findings.retain(|finding| finding.kind == Kind::Area);
    findings
}

#[test]
fn every_case_is_told_as_its_table_says() {
    let set = RuleSet::builtin().unwrap();
    let mut wrong = String::new();
    for case in tables().iter().flat_map(|table| &table.case) {
        let found = found(&set, &case.path, change(case));
        let mut told: Vec<String> =
            found.iter().map(|f| format!("{} {:?}", f.rule, f.severity).to_lowercase()).collect();
        told.sort();
        if told != case.reports {
            let why: Vec<&str> = found.iter().map(|finding| finding.message.as_str()).collect();
            wrong += &format!("\n{}\n  expected {:?}\n  told {told:?} {why:#?}", case.name, case.reports);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn both_tables_are_large() {
    let [reported, silent] = tables();
    assert!(reported.case.len() >= FEWEST_CASES && reported.case.iter().all(|case| !case.reports.is_empty()));
    assert!(silent.case.len() >= FEWEST_CASES && silent.case.iter().all(|case| case.reports.is_empty()));
}

#[test]
fn a_file_without_a_past_touches_nothing() {
    let set = RuleSet::builtin().unwrap();
    for case in tables().iter().flat_map(|table| &table.case) {
        let Some(after) = &case.after else { continue };
        assert!(found(&set, &case.path, Change::Snapshot(Text::new(after.as_bytes()))).is_empty(), "{}", case.name);
    }
}

#[test]
fn a_finding_names_the_area_its_evidence_and_the_owners_of_the_base() {
    let dir = Dir::git();
    dir.write("CODEOWNERS", "* @acme/all\n/src/auth/ @acme/security\n");
    dir.write("src/auth/login.py", "@login_required\ndef a():\n    return 1\n");
    dir.commit_all("base");
    // What the change says about its own owners does not count.
    dir.write("CODEOWNERS", "* @mallory\n");
    dir.write("src/auth/login.py", "def a():\n    return 1\n");
    let report = dir.report(&["diff", "--only", "area-authentication"]);
    let finding = &report.findings()[0];
    assert_eq!(text(&finding["severity"]), "high");
    assert_eq!(text(&finding["area"]["name"]), "authentication");
    assert_eq!(text(&finding["area"]["review"]), "required");
    assert_eq!(finding["area"]["owners"], serde_json::json!(["@acme/security"]));
    assert_eq!(finding["area"]["evidence"][0], "`login_required` on a removed line");
    assert_eq!(report.outcome.code, 1);
}

#[test]
fn a_file_that_only_moves_is_told_as_that() {
    let dir = Dir::git();
    dir.write("src/auth/login.py", "def a():\n    return 1\n");
    dir.commit_all("base");
    dir.git(&["mv", "src/auth/login.py", "src/auth/signin.py"]);
    let report = dir.report(&["diff", "--staged", "--only", "area"]);
    assert_eq!(text(&report.findings()[0]["severity"]), "low");
    assert!(text(&report.findings()[0]["message"]).contains("Only its name changes."));
}
