//! Scope: every case of every table says what a change reaches for, and the real program holds changes in their fences.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use ringfence::finding::Kind;
use ringfence::rule::RuleSet;
use ringfence::text::Text;
use ringfence::unit::Change;

use crate::changes::{are_enough, cases, found, hold};
use crate::support::{Dir, text};

#[test]
fn every_case_is_told_as_its_table_says() {
    hold("scope", Kind::Scope);
}

#[test]
fn the_tables_are_large() {
    are_enough("scope");
}

#[test]
fn a_file_without_a_past_reaches_for_nothing() {
    let set = RuleSet::builtin().unwrap();
    for case in cases("scope") {
        let Some(after) = &case.after else { continue };
        let snapshot = Change::Snapshot(Text::new(after.as_bytes()));
        assert!(found(&set, &case.path, snapshot, Kind::Scope).is_empty(), "{}", case.name);
    }
}

/// A repository with a file in each of three places.
fn repository(policy: &str) -> Dir {
    let dir = Dir::repository();
    dir.write("src/a.rs", "fn a() {}\n");
    dir.write("ops/b.sh", "#!/bin/sh\necho b\n");
    dir.write("c.txt", "one\ntwo\nthree\nfour\nfive\nsix\n");
    if !policy.is_empty() {
        dir.write("ringfence.toml", policy);
    }
    dir.commit("base");
    dir
}

const WRITABLE: &str = "version = 1\n\n[workspace]\nwritable = [\"src/**\"]\n";

/// What `diff` says of the fence: `path: what`.
fn crossed(dir: &Dir, args: &[&str]) -> Vec<String> {
    let args = [&["diff", "--only", "scope"], args].concat();
    let report = dir.report(&args);
    let findings = report.value["findings"].as_array().unwrap();
    let said = |finding: &serde_json::Value| {
        let message = text(&finding["message"]);
        format!("{}: {}", text(&finding["path"]), message.split(", and ").next().unwrap())
    };
    assert_eq!(report.outcome.code, i32::from(!findings.is_empty()), "{}", report.outcome.stderr());
    findings.iter().map(said).collect()
}

#[test]
fn a_change_stays_in_what_the_policy_lets_it_write() {
    let dir = repository(WRITABLE);
    dir.write("src/a.rs", "fn a() { b() }\n");
    dir.write("src/new.rs", "fn b() {}\n");
    assert_eq!(crossed(&dir, &[]), [""; 0]);
    dir.write("c.txt", "one\n2\nthree\nfour\nfive\nsix\n");
    dir.write("new.txt", "n\n");
    fs::remove_file(dir.at("ops/b.sh")).unwrap();
    let expected = ["c.txt: `c.txt` is changed", "new.txt: `new.txt` is new", "ops/b.sh: `ops/b.sh` is deleted"];
    assert_eq!(crossed(&dir, &[]), expected);
    dir.git(&["add", "--all"]);
    assert_eq!(crossed(&dir, &["--staged"]), expected);
    dir.commit("change");
    assert_eq!(crossed(&dir, &["HEAD~1..HEAD"]), expected);
}

#[test]
fn both_names_of_what_moves_count_and_so_does_a_mode() {
    let dir = repository(WRITABLE);
    dir.git(&["mv", "c.txt", "src/c.txt"]);
    assert_eq!(crossed(&dir, &["--staged"]), ["src/c.txt: `c.txt` is moved away"]);
    dir.git(&["mv", "src/c.txt", "c.txt"]);
    dir.git(&["mv", "src/a.rs", "ops/a.rs"]);
    assert_eq!(crossed(&dir, &["--staged"]), ["ops/a.rs: `ops/a.rs` is where a file is moved to"]);
    dir.git(&["mv", "ops/a.rs", "src/a.rs"]);
    fs::set_permissions(dir.at("ops/b.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(crossed(&dir, &[]), ["ops/b.sh: `ops/b.sh` has another mode"]);
}

#[test]
fn the_command_line_draws_a_fence_of_its_own() {
    let dir = repository("");
    dir.write("src/a.rs", "fn a() { b() }\n");
    dir.write("c.txt", "1\n");
    assert_eq!(crossed(&dir, &[]), [""; 0]);
    assert_eq!(crossed(&dir, &["--scope", "src/**"]), ["c.txt: `c.txt` is changed"]);
    assert_eq!(crossed(&dir, &["--scope", "./src", "--scope", "*.txt"]), [""; 0]);
    assert_eq!(crossed(&dir, &["--scope", "ops/"]).len(), 2);
    // Both fences hold.
    let dir = repository(WRITABLE);
    dir.write("c.txt", "1\n");
    assert_eq!(crossed(&dir, &["--scope", "*.txt"]), ["c.txt: `c.txt` is changed"]);
    dir.ringfence(&["diff", "--scope", "/etc"]).ends().fails(2, &["--scope", "`/etc` is no path from the root"]);
}

#[test]
fn a_change_cannot_move_its_own_fence() {
    let dir = repository(WRITABLE);
    dir.write("ringfence.toml", WRITABLE.replace("src/**", "**"));
    dir.write("c.txt", "1\n");
    let expected = ["c.txt: `c.txt` is changed", "ringfence.toml: `ringfence.toml` is changed"];
    assert_eq!(crossed(&dir, &[]), expected);
    assert_eq!(crossed(&dir, &["--policy-from", "head"]), [""; 0]);
    let report = dir.report(&["diff", "--only", "policy"]);
    assert!(!report.value["findings"].as_array().unwrap().is_empty());
}

#[test]
fn binary_and_odd_files_are_held_too() {
    let dir = repository(WRITABLE);
    dir.write("a.bin", [0_u8, 159, 146, 150, 0, 1, 2]);
    dir.write("bad.txt", b"\xff\xfe\x00d\xd8\n");
    dir.write("empty", "");
    dir.link("src", "link");
    dir.git(&["add", "--all"]);
    let told = crossed(&dir, &["--staged"]);
    assert_eq!(told.len(), 4, "{told:?}");
}

#[test]
fn a_pointer_to_another_repository_is_told_once() {
    let dir = repository(WRITABLE);
    let other = dir.at("src/dep");
    fs::create_dir_all(&other).unwrap();
    let inside = |args: &[&str]| {
        let all = [&["-C", "src/dep"], args].concat();
        dir.git(&all)
    };
    inside(&["init", "--quiet", "--initial-branch=main"]);
    inside(&["commit", "--quiet", "--allow-empty", "-m", "one"]);
    dir.git(&["add", "src/dep"]);
    let said = |args: &[&str]| {
        let args = [&["diff", "--only", "scope"], args].concat();
        let report = dir.report(&args);
        let findings = report.value["findings"].as_array().unwrap().clone();
        findings.iter().map(|f| format!("{}: {}", text(&f["path"]), text(&f["rule"]))).collect::<Vec<_>>()
    };
    assert_eq!(said(&["--staged"]), ["src/dep: scope-new-submodule"]);
    assert_eq!(said(&[]), ["src/dep: scope-new-submodule"]);
    dir.git(&["commit", "--quiet", "-m", "pointer"]);
    assert_eq!(said(&["HEAD~1..HEAD"]), ["src/dep: scope-new-submodule"]);
    inside(&["commit", "--quiet", "--allow-empty", "-m", "two"]);
    assert_eq!(said(&[]), ["src/dep: scope-moved-submodule"]);
    assert_eq!(said(&["--scope", "ops"]), ["src/dep: scope-moved-submodule", "src/dep: scope-outside-workspace"]);
    dir.git(&["rm", "--quiet", "--cached", "src/dep"]);
    assert_eq!(said(&["--staged"]), [""; 0]);
    assert_eq!(said(&["--staged", "--scope", "ops"]), ["src/dep: scope-outside-workspace"]);
}

#[test]
fn a_long_run_of_places_costs_little() {
    let set = RuleSet::builtin().unwrap();
    for piece in [".netrc/", "~/.ssh/id_rsa ", "/etc/shadow", "/proc/", "\"a\", ", "login data/", "~/.ssh/id_", "\\"] {
        for end in ["", "\n"] {
            let text = format!("{piece}{end}").repeat(200_000 / piece.len());
            for path in ["a.py", "a.sh", "AGENTS.md"] {
                let began = std::time::Instant::now();
                let unit = ringfence::unit::Unit {
                    path: ringfence::unit::RepoPath::new(path),
                    old_path: None,
                    mode: Some(ringfence::unit::Mode::File),
                    old_mode: None,
                    change: Change::Added(Text::new(text.as_bytes())),
                };
                ringfence::detect::scope::scan(&set, &unit, &mut |_| ());
                assert!(began.elapsed().as_secs() < 10, "{piece:?} in {path}: {:?}", began.elapsed());
            }
        }
    }
}
