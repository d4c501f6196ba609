//! Safeguards: every case of every table says which checks a change weakens, and a lost test is weighed by the whole change.

use ringfence::detect::safeguard;
use ringfence::finding::Kind;
use ringfence::rule::RuleSet;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};

use crate::changes::{are_enough, cases, found, hold};
use crate::support::{Dir, text};

#[test]
fn every_case_is_told_as_its_table_says() {
    hold("safeguard", Kind::Safeguard);
}

#[test]
fn the_tables_are_large() {
    are_enough("safeguard");
}

#[test]
fn a_file_without_a_past_weakens_nothing_and_neither_does_what_stays() {
    let set = RuleSet::builtin().unwrap();
    for case in cases("safeguard") {
        let Some(after) = &case.after else { continue };
        let snapshot = Change::Snapshot(Text::new(after.as_bytes()));
        assert!(found(&set, &case.path, snapshot, Kind::Safeguard).is_empty(), "{}", case.name);
    }
}

const TEST: &str = "def test_a():\n    assert a() == 1\n\n\ndef test_b():\n    assert b() == 2\n";
const LESS: &str = "def test_a():\n    assert a() == 1\n";

/// What is said of a change that loses a test and, beside that, turns `before` into `after` at `path`.
fn severity(path: &str, before: &str, after: &str) -> String {
    let dir = Dir::repository();
    dir.write("tests/test_x.py", TEST);
    dir.write(path, before);
    dir.commit("base");
    dir.write("tests/test_x.py", LESS);
    dir.write(path, after);
    let report = dir.report(&["diff", "--only", "test-lost"]);
    text(&report.value["findings"][0]["severity"]).to_owned()
}

#[test]
fn a_test_that_goes_with_its_code_or_to_another_file_is_told_as_that() {
    let code = "def b():\n    return 2\n".repeat(9);
    assert_eq!(severity("src/x.py", "def b():\n    return 2\n", "def b():\n    return 3\n"), "medium");
    assert_eq!(severity("src/x.py", &code, "\n"), "low");
    assert_eq!(severity("tests/test_y.py", "\n", "def test_c():\n    assert b() == 2\n"), "low");
}

/// Texts that nobody wrote: each is read to its end, and tells no more than one finding for each rule and side.
#[test]
fn hostile_changes_are_read_to_their_end() {
    let set = RuleSet::builtin().unwrap();
    let many = |line: &str| line.repeat(50_000);
    let nested: String = (0..300).map(|n| format!("{}def test_{n}():\n", " ".repeat(n))).collect();
    let texts: Vec<Vec<u8>> = vec![
        many("r = requests.get(url, verify=False)\n").into_bytes(),
        many("@login_required\ndef a(request):\n").into_bytes(),
        "def test_a():\n    assert a() == 1\n".repeat(5_000).into_bytes(),
        (0..5_000).map(|n| format!("def test_{n}():\n    assert a() == {n}\n")).collect::<String>().into_bytes(),
        "verify=False;if(!isAdmin){throw 403};paths:[a,b];".repeat(2_000).into_bytes(),
        "paths: [".repeat(5_000).into_bytes(),
        "paths:\n".repeat(5_000).into_bytes(),
        "- continue-on-error: true\n".repeat(5_000).into_bytes(),
        nested.into_bytes(),
        b"\xff\xfe\x80verify=False\n\xc3\x28@login_required\n".repeat(2_000),
        b"\0\0\x01verify=False\n".repeat(2_000),
        b"'\"`((([[[{{{".repeat(5_000),
    ];
    let paths = [
        "src/a.py",
        "shop/views.py",
        "tests/test_a.py",
        "tests/test_a.py",
        "src/a.ts",
        ".github/workflows/a.yml",
        ".github/workflows/a.yml",
        ".github/workflows/a.yml",
        "tests/test_a.py",
        "src/a.py",
        "src/a.py",
        "src/a.test.ts",
    ];
    for (text, path) in texts.iter().zip(paths) {
        let half = &text[..text.len() / 2];
        for (before, after) in [(&text[..], half), (half, &text[..])] {
            let (before, after) = (Text::new(before), Text::new(after));
            let change = Change::Modified { before, after, added: LineSet::all(), removed: LineSet::all() };
            let file = Some(Mode::File);
            let unit = Unit { path: RepoPath::new(path), old_path: None, mode: file, old_mode: file, change };
            let mut count = 0;
            safeguard::scan(&set, &unit, &mut |_| count += 1);
            assert!(count <= 2 * set.rules().len(), "{path}: {count} findings");
        }
    }
}
