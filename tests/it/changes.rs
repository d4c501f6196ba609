//! Labelled changes: tables of files before and after with what the scan must say about them, shared by the kinds that
//! judge changes.

use std::path::PathBuf;

use ringfence::finding::{Finding, Kind};
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};
use serde::Deserialize;

/// Where the tables stand; a kind's begin with its name.
const TABLES: &str = "tests/corpus/diffs";
/// Changes of each sort that a kind must show at the least.
const FEWEST: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    case: Vec<Case>,
}

/// One change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What the case shows.
    pub(crate) name: String,
    pub(crate) path: String,
    /// The file before; left out where it is new.
    pub(crate) before: Option<String>,
    /// The file after; left out where it is deleted.
    pub(crate) after: Option<String>,
    /// `rule severity` of each finding, sorted; empty for a silent change.
    pub(crate) reports: Vec<String>,
}

/// The cases of every table whose file name begins with `prefix`.
pub(crate) fn cases(prefix: &str) -> Vec<Case> {
    let all = std::fs::read_dir(TABLES).unwrap().map(|entry| entry.unwrap().path());
    let is_own = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with(prefix);
    let mut paths: Vec<PathBuf> = all.filter(is_own).collect();
    paths.sort();
    let read = |path: PathBuf| match toml::from_str::<Table>(&std::fs::read_to_string(&path).unwrap()) {
        Ok(table) => table.case,
        Err(error) => panic!("{}: {error}", path.display()),
    };
    paths.into_iter().flat_map(read).collect()
}

impl Case {
    /// What the scan says of this kind.
    pub(crate) fn findings(&self, set: &RuleSet, kind: Kind) -> Vec<Finding> {
        let text = |content: &String| Text::new(content.as_bytes().to_vec());
        let change = match (&self.before, &self.after) {
            (None, Some(after)) => Change::Added(text(after)),
            (Some(before), None) => Change::Deleted(text(before)),
            (Some(before), Some(after)) => {
                let (removed, added) = differing(before, after);
                Change::Modified { before: text(before), after: text(after), added, removed }
            }
            (None, None) => panic!("{}: a case has a side", self.name),
        };
        found(set, &self.path, change, kind)
    }
}

/// What the scan of one file says of this kind.
pub(crate) fn found(set: &RuleSet, path: &str, change: Change<'_>, kind: Kind) -> Vec<Finding> {
    let is_there = |is: bool| is.then_some(Mode::File);
    let (mode, old_mode) = (
        is_there(!matches!(change, Change::Deleted(_))),
        is_there(matches!(change, Change::Deleted(_) | Change::Modified { .. })),
    );
    let unit = Unit { path: RepoPath::new(path), old_path: None, mode, old_mode, change };
    let mut findings = scan(set, &unit);
    findings.retain(|finding| finding.kind == kind);
    findings
}

/// Lines of either side that the other does not have, in order.
fn differing(before: &str, after: &str) -> (LineSet, LineSet) {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            let skip = common[a + 1][b].max(common[a][b + 1]);
            common[a][b] = if old[a] == new[b] { common[a + 1][b + 1] + 1 } else { skip };
        }
    }
    let (mut a, mut b, mut gone, mut come) = (0, 0, Vec::new(), Vec::new());
    while a < old.len() || b < new.len() {
        if a < old.len() && b < new.len() && old[a] == new[b] {
            (a, b) = (a + 1, b + 1);
        } else if b == new.len() || (a < old.len() && common[a + 1][b] >= common[a][b + 1]) {
            gone.push(a + 1..a + 2);
            a += 1;
        } else {
            come.push(b + 1..b + 2);
            b += 1;
        }
    }
    (LineSet::from_ranges(gone), LineSet::from_ranges(come))
}

/// Fails with every case that is not told as its table says.
pub(crate) fn hold(prefix: &str, kind: Kind) {
    let set = RuleSet::builtin().unwrap();
    let mut wrong = String::new();
    for case in cases(prefix) {
        let found = case.findings(&set, kind);
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

/// Fails unless the tables show enough changes that are told, and enough that are not.
pub(crate) fn are_enough(prefix: &str) {
    let (silent, told): (Vec<Case>, Vec<Case>) = cases(prefix).into_iter().partition(|case| case.reports.is_empty());
    assert!(told.len() >= FEWEST, "{} told", told.len());
    assert!(silent.len() >= FEWEST, "{} silent", silent.len());
}
