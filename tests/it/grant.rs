//! Permission files: every case of every table says what got wider, and what stays silent.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ringfence::finding::{Finding, Kind, Verdict};
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};
use serde::Deserialize;

/// The tables: one file for each surface, named like it.
const TABLES: &str = "tests/corpus/grant";
/// What a surface must show at the least.
const FEWEST_CASES: usize = 12;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    /// Where the files of the table stand, unless a case says otherwise.
    path: String,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    name: String,
    path: Option<String>,
    /// Where the file stood before, if the change renames it.
    old_path: Option<String>,
    /// The file before; left out where it is new.
    before: Option<String>,
    /// The file after; left out where it is deleted.
    after: Option<String>,
    /// What the file is on the old side and on the new.
    #[serde(default = "files")]
    modes: [As; 2],
    /// `rule severity: subject: capability: before → after`, sorted; empty for a silent change.
    reports: Vec<String>,
    /// True where the change narrows too, so that the way back is not silent.
    #[serde(default)]
    both: bool,
}

/// What a file is.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum As {
    File,
    Executable,
    Link,
}

fn files() -> [As; 2] {
    [As::File; 2]
}

impl Case {
    fn modes(&self) -> [Mode; 2] {
        self.modes.map(|mode| match mode {
            As::File => Mode::File,
            As::Executable => Mode::Executable,
            As::Link => Mode::Link,
        })
    }
}

/// A text of a table, and the path it stands at.
pub(crate) struct Given {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every text of every table.
pub(crate) fn given() -> Vec<Given> {
    let of_case = |path: &str, case: Case| {
        let path = case.path.unwrap_or_else(|| path.to_owned());
        [case.before, case.after].into_iter().flatten().map(move |text| Given { path: path.clone(), text })
    };
    let of_table = |table: Table| {
        let path = table.path;
        table.case.into_iter().flat_map(move |case| of_case(&path, case).collect::<Vec<_>>())
    };
    tables().into_iter().flat_map(|(_, table)| of_table(table).collect::<Vec<_>>()).collect()
}

fn tables() -> Vec<(PathBuf, Table)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(TABLES).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| match toml::from_str(&std::fs::read_to_string(path).unwrap()) {
        Ok(table) => table,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    paths.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// Lines of `text` that the other side does not have; enough to place a finding.
fn lines(text: &str, other: &str) -> LineSet {
    let known: BTreeSet<&str> = other.lines().collect();
    let ranges = text.lines().enumerate().filter(|(_, line)| !known.contains(line)).map(|(at, _)| at + 1..at + 2);
    LineSet::from_ranges(ranges)
}

struct Sides<'a> {
    modes: [Mode; 2],
    path: &'a str,
    old_path: Option<&'a str>,
    before: Option<&'a str>,
    after: Option<&'a str>,
}

impl Sides<'_> {
    /// What the scan says about permissions.
    fn findings(&self, set: &RuleSet) -> Vec<Finding> {
        let text = |content: &'_ str| Text::new(content.as_bytes().to_vec());
        let change = match (self.before, self.after) {
            (None, Some(after)) => Change::Added(text(after)),
            (Some(before), None) => Change::Deleted(text(before)),
            (Some(before), Some(after)) => Change::Modified {
                before: text(before),
                after: text(after),
                added: lines(after, before),
                removed: lines(before, after),
            },
            (None, None) => panic!("a case has a side"),
        };
        let unit = Unit {
            path: RepoPath::new(self.path),
            old_path: self.old_path.map(RepoPath::new),
            mode: self.after.map(|_| self.modes[1]),
            old_mode: self.before.map(|_| self.modes[0]),
            change,
        };
        let kinds = [Kind::Access, Kind::Policy, Kind::Safeguard];
        let mut findings = scan(set, &unit);
        findings.retain(|finding| kinds.contains(&finding.kind) && (finding.access.is_some() || is_gap(finding)));
        findings
    }
}

fn is_gap(finding: &Finding) -> bool {
    &*finding.rule == "access-not-compared"
}

fn told(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| match &finding.access {
        None => format!("{} {:?}", finding.rule, finding.severity).to_lowercase(),
        Some(access) => format!(
            "{} {}: {}: {}: {} → {}",
            finding.rule,
            format!("{:?}", finding.severity).to_lowercase(),
            access.subject,
            access.capability,
            access.before,
            access.after
        ),
    };
    let mut told: Vec<String> = findings.iter().map(line).collect();
    told.sort();
    told
}

#[test]
fn every_case_is_told_as_its_table_says() {
    let set = RuleSet::builtin().unwrap();
    let mut wrong = String::new();
    for (file, table) in tables() {
        for case in &table.case {
            let path = case.path.as_deref().unwrap_or(&table.path);
            let sides = Sides {
                modes: case.modes(),
                path,
                old_path: case.old_path.as_deref(),
                before: case.before.as_deref(),
                after: case.after.as_deref(),
            };
            let told = told(&sides.findings(&set));
            if told != case.reports {
                wrong +=
                    &format!("\n{}: {}\n  expected {:#?}\n  told {told:#?}\n", file.display(), case.name, case.reports);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn nothing_is_wider_than_itself_and_a_plain_widening_is_silent_on_the_way_back() {
    let set = RuleSet::builtin().unwrap();
    for (file, table) in tables() {
        for case in &table.case {
            let path = case.path.as_deref().unwrap_or(&table.path);
            for (side, mode) in [&case.before, &case.after].into_iter().zip(case.modes()) {
                let Some(side) = side else { continue };
                let touched = format!("{side}\n");
                let modes = [mode; 2];
                let sides = Sides { modes, path, old_path: None, before: Some(side), after: Some(&touched) };
                let said: Vec<String> =
                    told(&sides.findings(&set)).into_iter().filter(|t| !t.starts_with("access-not")).collect();
                assert_eq!(said, [""; 0], "{}: {} against itself", file.display(), case.name);
            }
            let (Some(before), Some(after)) = (&case.before, &case.after) else { continue };
            let is_gap = case.reports.iter().any(|told| told.starts_with("access-not-compared"));
            if case.old_path.is_none() && !case.reports.is_empty() && !case.both && !is_gap {
                let [old, new] = case.modes();
                let sides = Sides { modes: [new, old], path, old_path: None, before: Some(after), after: Some(before) };
                assert_eq!(told(&sides.findings(&set)), [""; 0], "{}: {} on the way back", file.display(), case.name);
            }
        }
    }
}

#[test]
fn a_change_that_does_both_says_so() {
    let set = RuleSet::builtin().unwrap();
    for (file, table) in tables() {
        for case in table.case.iter().filter(|case| case.old_path.is_none()) {
            let path = case.path.as_deref().unwrap_or(&table.path);
            let sides = Sides {
                modes: case.modes(),
                path,
                old_path: None,
                before: case.before.as_deref(),
                after: case.after.as_deref(),
            };
            let does_both = |finding: &Finding| finding.access.as_ref().is_some_and(|a| a.verdict == Verdict::Both);
            let said = sides.findings(&set).iter().any(does_both);
            assert!(case.both || !said, "{}: {}", file.display(), case.name);
        }
    }
}

/// What `rules show` gives as an example is a change of a table, and nearly every rule has one.
#[test]
fn every_example_of_a_rule_stands_in_a_table() {
    let mut told = BTreeSet::new();
    for (_, table) in tables() {
        for case in table.case {
            let path = case.path.unwrap_or_else(|| table.path.clone());
            told.extend(case.reports.into_iter().map(|told| (path.clone(), told)));
        }
    }
    let compares = |rule: &&ringfence::rule::Rule| rule.surface.is_some();
    let set = RuleSet::builtin().unwrap();
    let mut without = Vec::new();
    for rule in set.rules().iter().map(|r| r.rule()).filter(compares) {
        let Some((path, words)) = ringfence::rule::change(&rule.id) else {
            without.push(rule.id.as_str());
            continue;
        };
        let is_told = |(at, line): &(String, String)| {
            *at == path && line.split(' ').next() == Some(&rule.id) && line.ends_with(&format!(": {words}"))
        };
        assert!(told.iter().any(is_told), "{}: no case of a table reports `{words}` in {path}", rule.id);
    }
    // What has no before, and what other tests stand for.
    assert!(without.len() <= 5, "rules/grant/changes.txt lacks {without:?}");
}

#[test]
fn every_table_shows_as_many_silent_changes_as_reported_ones() {
    for (file, table) in tables() {
        let silent = table.case.iter().filter(|case| case.reports.is_empty()).count();
        assert!(table.case.len() >= FEWEST_CASES, "{} has {} cases", file.display(), table.case.len());
        assert!(silent * 2 + 1 >= table.case.len(), "{}: {silent} of {} are silent", file.display(), table.case.len());
    }
}
