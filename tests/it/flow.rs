//! Flows: every case of every table says what a change lets out, into output or to other machines.

use ringfence::finding::Kind;
use ringfence::rule::{ApprovedHosts, RuleSet};
use ringfence::text::Text;
use ringfence::unit::{Change, Mode, RepoPath, Unit};

use crate::changes::{are_enough, cases, found, hold};

#[test]
fn every_case_of_output_is_told_as_its_table_says() {
    hold("logging", Kind::Logging);
}

#[test]
fn every_case_of_sending_is_told_as_its_table_says() {
    hold("egress", Kind::Egress);
}

#[test]
fn the_tables_are_large() {
    are_enough("logging");
    are_enough("egress");
}

#[test]
fn nothing_flows_in_a_file_without_a_past() {
    let set = RuleSet::builtin().unwrap();
    for (prefix, kind) in [("logging", Kind::Logging), ("egress", Kind::Egress)] {
        for case in cases(prefix) {
            let Some(after) = &case.after else { continue };
            let snapshot = Change::Snapshot(Text::new(after.as_bytes()));
            assert!(found(&set, &case.path, snapshot, kind).is_empty(), "{}", case.name);
        }
    }
}

#[test]
fn a_change_back_is_told_only_if_it_lets_something_else_out() {
    let set = RuleSet::builtin().unwrap();
    for (prefix, kind) in [("logging", Kind::Logging), ("egress", Kind::Egress)] {
        for mut case in cases(prefix) {
            if case.reports.is_empty()
                || case.reports.iter().any(|rule| rule.contains("removed") || rule.contains("opened"))
            {
                continue;
            }
            std::mem::swap(&mut case.before, &mut case.after);
            let said: Vec<String> = case.findings(&set, kind).into_iter().map(|finding| finding.message).collect();
            assert!(said.is_empty(), "{}: {said:?}", case.name);
        }
    }
}

#[test]
fn a_host_is_new_where_the_policy_names_others() {
    let approved = ["api.acme.dev", "*.internal.acme.dev"].map(str::to_owned);
    let mut set = RuleSet::builtin().unwrap();
    set.approve(ApprovedHosts::new(approved));
    let told = |line: &str| {
        let found = found(&set, "src/a.py", Change::Added(Text::new(line.as_bytes().to_vec())), Kind::Egress);
        found.into_iter().map(|finding| finding.rule.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(told("get(\"https://api.stripe.com/v1\")\n"), ["egress-new-host"]);
    for line in [
        "get(\"https://api.acme.dev/v1\")",
        "get(\"https://a.internal.acme.dev/v1\")",
        "get(\"http://localhost:80\", \"http://db:5432\", \"https://example.com\")",
        "# https://api.stripe.com",
        "homepage = \"https://acme.io\"",
        "say(\"Look at https://acme.io for help\")",
    ] {
        assert_eq!(told(line), [""; 0], "{line}");
    }
}

/// Pieces that upset readers of code.
const HOSTILE: [&str; 18] = [
    "$(", "${", "${{", "`", "\"", "'", "\\", "(", ")", "{", "}", "<<<", "://", "\n", "\u{202e}", "\"\"\"", "f\"{", "| ",
];
const PATHS: [&str; 12] = [
    "a.py",
    "a.js",
    "a.go",
    "a.rs",
    "a.kt",
    "a.cs",
    "a.rb",
    "a.php",
    "a.cpp",
    "a.sh",
    ".github/workflows/a.yml",
    "Makefile",
];

#[test]
fn no_edit_of_a_case_upsets_its_reader() {
    let set = RuleSet::builtin().unwrap();
    let mut state = 7_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    for case in cases("logging").into_iter().chain(cases("egress")) {
        let Some(after) = case.after else { continue };
        for _ in 0..12 {
            let mut bytes = after.clone().into_bytes();
            for _ in 0..3 {
                let at = next(bytes.len());
                let piece = HOSTILE[next(HOSTILE.len())].bytes();
                bytes.splice(at..(at + next(9)).min(bytes.len()), piece);
            }
            let path = PATHS[next(PATHS.len())];
            for kind in [Kind::Logging, Kind::Egress] {
                found(&set, path, Change::Added(Text::new(bytes.clone())), kind);
            }
        }
    }
}

/// The rules that had to stop early in a new file.
fn stopped(set: &RuleSet, path: &str, text: &str) -> usize {
    let unit = Unit {
        path: RepoPath::new(path),
        old_path: None,
        mode: Some(Mode::File),
        old_mode: None,
        change: Change::Added(Text::new(text.as_bytes())),
    };
    ringfence::detect::flow::scan(set, &unit, &mut |_| ()).len()
}

#[test]
fn calls_in_calls_are_bounded_and_what_is_left_out_is_said() {
    let set = RuleSet::builtin().unwrap();
    let nested = |calls: usize| format!("{}password{}\n", "print(".repeat(calls), ")".repeat(calls));
    assert_ne!(stopped(&set, "a.py", &nested(100_000)), 0);
    assert_eq!(stopped(&set, "a.py", &nested(20)), 0);
    assert_eq!(stopped(&set, "a.py", &"print(\"{}: {}\".format(password, len(rows)))\n".repeat(20_000)), 0);
}
