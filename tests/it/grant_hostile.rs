//! Permission files made to break their readers: each is read in bounded time, or is said not to be compared.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};

use crate::grant::{Given, given};
use crate::support::{Dir, Report};

/// Far deeper than any stack allows.
const DEEP: usize = 100_000;
const WORKFLOW: &str = ".github/workflows/ci.yml";

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());
/// Every text of every table, with the path it stands at.
static TEXTS: LazyLock<Vec<Given>> = LazyLock::new(given);

/// What upsets readers of one format or another.
const PIECES: [&str; 40] = [
    "\t",
    "\r\n",
    "\u{feff}",
    "\0",
    "{",
    "}",
    "[",
    "]",
    "${{",
    "{{",
    "{%",
    "&a ",
    "*a",
    "<<: *a\n",
    "---\n",
    "...\n",
    "? ",
    ": ",
    "- ",
    "!!binary ",
    "|\n",
    ">\n",
    "\"",
    "'",
    "`",
    "$(",
    "<!--",
    "<![CDATA[",
    "&lt;",
    "/*",
    "--",
    "$$",
    "\\",
    "1e999",
    "NaN",
    "\u{202e}",
    "é",
    "0.0.0.0/0",
    "*",
    "-1",
];

#[derive(Clone, Debug)]
enum Edit {
    Insert(Index, &'static str, usize),
    Delete(Index, usize),
    Repeat(Index, usize, usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<Index>(), select(PIECES.to_vec()), 1..4usize)
            .prop_map(|(at, piece, times)| Edit::Insert(at, piece, times)),
        (any::<Index>(), 1..40usize).prop_map(|(at, length)| Edit::Delete(at, length)),
        (any::<Index>(), 1..80usize, 1..6usize).prop_map(|(at, length, times)| Edit::Repeat(at, length, times)),
    ]
}

fn edited(text: &str, edits: &[Edit]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for edit in edits {
        let place = |at: &Index| at.index(bytes.len() + 1);
        match edit {
            Edit::Insert(at, piece, times) => {
                let at = place(at);
                bytes.splice(at..at, piece.repeat(*times).into_bytes());
            }
            Edit::Delete(at, length) => {
                let at = place(at);
                bytes.drain(at..(at + length).min(bytes.len()));
            }
            Edit::Repeat(at, length, times) => {
                let at = place(at);
                let part = bytes[at..(at + length).min(bytes.len())].repeat(*times);
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

/// How many findings the change from `before` to `after` gives.
fn findings(path: &str, before: &[u8], after: &[u8]) -> usize {
    let change = Change::Modified {
        before: Text::new(before),
        after: Text::new(after),
        added: LineSet::all(),
        removed: LineSet::all(),
    };
    let mode = Some(Mode::File);
    let unit = Unit { path: RepoPath::new(path), old_path: None, mode, old_mode: mode, change };
    let of_grants = |finding: &&ringfence::finding::Finding| finding.access.is_some();
    scan(&RULES, &unit).iter().filter(of_grants).count()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]
    #[test]
    fn no_edit_of_a_permission_file_upsets_its_reader(
        at in any::<Index>(),
        edits in proptest::collection::vec(edit(), 1..6),
    ) {
        let Given { path, text } = at.get(&TEXTS);
        let broken = edited(text, &edits);
        findings(path, text.as_bytes(), &broken);
        findings(path, &broken, text.as_bytes());
        let moved = [&broken[..], b"\n"].concat();
        let shown = String::from_utf8_lossy(&broken);
        prop_assert_eq!(findings(path, &broken, &moved), 0, "the same power, found wider in {}:\n{}", path, shown);
    }
}

/// A mistake is one with and without the end of its line.
#[test]
fn a_line_end_more_is_no_more_power() {
    for text in ["deploy:\n  script: ./deploy\n  rules:\n$CI_COMMIT_BRAN", "deploy:\n  script: |\n    ./deploy"] {
        assert_eq!(findings(".gitlab-ci.yml", text.as_bytes(), format!("{text}\n").as_bytes()), 0, "{text}");
    }
}

/// The report of a change to one file.
fn report(path: &str, before: &str, after: &str) -> Report {
    let dir = Dir::repository();
    dir.write(path, before);
    dir.commit("before");
    dir.write(path, after);
    dir.report(&["diff", "--fail-on", "medium", "--only", "access"])
}

#[test]
fn what_nests_too_deeply_is_said_not_to_be_compared() {
    let plain = "on: push\npermissions: {}\n";
    let deep = [
        (WORKFLOW, plain.to_owned(), format!("on: push\njobs: {}", "[".repeat(DEEP))),
        (WORKFLOW, plain.to_owned(), format!("on: push\njobs: {}", "{a: ".repeat(DEEP))),
        (".mcp.json", "{}".to_owned(), format!("{{\"mcpServers\": {}", "[".repeat(DEEP))),
        (".codex/config.toml", "a = 1\n".to_owned(), format!("a = {}", "[".repeat(DEEP))),
        (
            "main.tf",
            "a = 1\n".to_owned(),
            format!("resource \"aws_iam_policy\" \"a\" {{ policy = {{ Statement = {}", "[".repeat(DEEP)),
        ),
    ];
    for (path, before, after) in deep {
        let report = report(path, &before, &after);
        let said = report.found();
        assert!(said.iter().any(|found| found.ends_with("access-not-compared")), "{path}: {said:?}");
    }
}

#[test]
fn aliases_that_multiply_do_not() {
    let mut laughs = String::from("on: push\nx-0: &a0 {contents: write}\n");
    for i in 1..40 {
        laughs += &format!("x-{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","));
    }
    let before = format!("{laughs}permissions: read-all\njobs:\n  a: {{runs-on: x}}\n");
    let after = before.replace("read-all", "write-all");
    let said = report(WORKFLOW, &before, &after).found();
    assert!(!said.is_empty(), "a widening beside what multiplies is lost");
}

#[test]
fn a_widening_is_seen_through_marks_line_ends_and_odd_keys() {
    let before = "on: push\npermissions: read-all\njobs:\n  a:\n    runs-on: x\n    1: 2\n    ? [b, c]\n    : d\n";
    let after = before.replace("read-all", "write-all");
    let crlf = |text: &str| text.replace('\n', "\r\n");
    let bom = |text: &str| format!("\u{feff}{text}");
    for (old, new) in [(before.to_owned(), after.clone()), (crlf(before), crlf(&after)), (bom(before), bom(&after))] {
        report(WORKFLOW, &old, &new).finds(&[".github/workflows/ci.yml:2:1 workflow-token"]);
    }
    // Nothing but its form changes.
    report(WORKFLOW, before, &bom(&crlf(before))).finds(&[]);
}

#[test]
fn ten_thousand_jobs_are_compared() {
    let jobs: String =
        (0..10_000).map(|i| format!("  j{i}:\n    runs-on: x\n    permissions: {{contents: read}}\n")).collect();
    let before = format!("on: push\njobs:\n{jobs}");
    let after = before.replace(
        "  j7777:\n    runs-on: x\n    permissions: {contents: read}",
        "  j7777:\n    runs-on: x\n    permissions: {contents: write}",
    );
    let found = report(WORKFLOW, &before, &after).found();
    assert_eq!(found.len(), 1, "{found:?}");
    let all = before.replace("read}", "write}");
    assert!(!report(WORKFLOW, &before, &all).found().is_empty());
}

#[test]
fn a_file_that_stops_to_be_readable_is_said() {
    let cases = [
        (WORKFLOW, "on: push\npermissions: {}\n", "on: push\npermissions: {}\n\tjobs: [\n"),
        (
            "iam.tf",
            "resource \"aws_iam_policy\" \"a\" {\n  policy = \"{\\\"Statement\\\": 1}\"\n}\n",
            "resource \"aws_iam_policy\" \"a\" {\n  policy = Statement(\n",
        ),
        (".claude/settings.json", "{\"permissions\": {}}\n", "{\"permissions\": {\n"),
        (".codex/config.toml", "sandbox_mode = \"read-only\"\n", "sandbox_mode = \n"),
    ];
    for (path, before, after) in cases {
        let said = report(path, before, after).found();
        assert!(said.iter().any(|found| found.ends_with("access-not-compared")), "{path}: {said:?}");
    }
}
