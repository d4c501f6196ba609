//! No content makes a scan take more than its share: what a file has too much of is counted, and what a rule had to leave
//! is said.

use crate::support::{Dir, Report, contains, made, token};

/// A rule that anything can be made to match.
const ACME: &str = r#"
[[rule]]
id = "acme-note"
kind = "secret"
title = "Acme note"
severity = "medium"
literals = ["acme_"]
pattern = 'acme_(?P<secret>[0-9a-f]{8})\b'
remedy = "Remove it."
why = "It is only a note."
bad = ["acme_{hex:8}"]
good = ["acme_{hex:7}"]
"#;

/// Begins a private key in base64 again and again; each beginning matches to the end of the text, and none is a key.
fn beginnings() -> String {
    ["LS0tLS1", "CRUdJTi"].concat().repeat(5000)
}

fn tokens(seeds: std::ops::Range<u64>) -> String {
    seeds.map(|seed| token(seed) + "\n").collect()
}

fn notes(number: u64) -> String {
    (0..number).map(|seed| made("acme_{hex:8}\n", seed)).collect()
}

fn unlisted(report: &Report) -> String {
    report.value["summary"]["unlisted"].to_string()
}

#[test]
fn findings_beyond_the_first_thousand_of_a_file_are_counted() {
    let dir = Dir::plain();
    // More than a window lies between the two halves.
    let filler = "nothing to see\n".repeat((9 << 20) / 15);
    dir.write("big.txt", [tokens(0..1200), filler, tokens(1200..2400)].concat());
    dir.write("small.txt", token(1));
    let report = dir.report(&["scan"]);
    assert_eq!(report.outcome.code, 1);
    let found = report.found();
    assert_eq!(found.len(), 1001);
    assert_eq!((&*found[999], &*found[1000]), ("big.txt:1000:1", "small.txt:1:1"));
    let summary = &report.value["summary"];
    assert_eq!((summary["critical"].as_u64(), summary["failing"].as_u64()), (Some(2401), Some(2401)));
    let expected = r#"[{"critical":1400,"failing":1400,"high":0,"low":0,"medium":0,"path":"big.txt","side":"new"}]"#;
    assert_eq!(unlisted(&report), expected);
    let human = dir.ringfence(&["scan"]).ends().stdout();
    assert!(human.contains("\n  … and 1,400 more findings in big.txt: the 1,000 worst are shown\n"), "{human}");
    assert!(human.contains("\n2,401 critical in 2 files · 2,401 fail the run · "), "{human}");
    let lines = dir.ringfence(&["scan", "--format", "jsonl"]).ends().stdout();
    assert!(lines.lines().last().unwrap().contains(r#""unlisted":[{"path":"big.txt","side":"new","critical":1400"#));
}

#[test]
fn the_worst_are_listed_wherever_they_stand() {
    let dir = Dir::plain();
    dir.write("../acme.toml", ACME);
    dir.write("flood", notes(1500) + &token(1));
    let report = dir.report(&["scan", "--rules", "../acme.toml"]);
    assert_eq!(report.outcome.code, 1);
    assert_eq!(report.found().last().unwrap(), "flood:1501:1");
    let summary = &report.value["summary"];
    assert_eq!((summary["medium"].as_u64(), summary["failing"].as_u64()), (Some(1500), Some(1)));
    assert!(unlisted(&report).contains(r#""medium":501"#), "{}", unlisted(&report));
}

#[test]
fn what_is_not_asked_for_takes_no_place_in_the_list() {
    let dir = Dir::plain();
    dir.write("../acme.toml", ACME.replace("severity", "confidence = \"low\"\nseverity").replace("medium", "critical"));
    dir.write("flood", notes(1500) + &token(1));
    let report = dir.report(&["scan", "--rules", "../acme.toml"]);
    report.finds(&["flood:1501:1"]);
    assert_eq!(report.value["summary"]["hidden"], 1500);
    assert_eq!(unlisted(&report), "[]");
    let report = dir.report(&["scan", "--rules", "../acme.toml", "--all", "--skip", "acme-note"]);
    report.finds(&["flood:1501:1"]);
    assert_eq!(report.value["summary"]["deselected"], 1500);
    // Low confidence never fails a run, however severe and however many.
    let report = dir.report(&["scan", "--rules", "../acme.toml", "--all", "--only", "acme-note"]);
    assert_eq!((report.outcome.code, report.found().len()), (0, 1000));
    assert_eq!(report.value["summary"]["failing"], 0);
}

#[test]
fn a_report_with_unlisted_findings_is_the_same_on_any_number_of_threads() {
    let dir = Dir::repository();
    dir.commit("nothing");
    for file in 0..6 {
        dir.write(format!("f{file}"), tokens(0..1100));
    }
    dir.git(&["add", "--all"]);
    for file in 0..6 {
        dir.write(format!("f{file}"), tokens(50..1200));
    }
    let reports = ["1", "2", "4"].map(|n| dir.ringfence(&["diff", "--format", "json", "--threads", n]).ends().stdout);
    assert!(contains(&reports[0], b"\"unlisted\": [\n"));
    assert!(reports[0] == reports[1] && reports[1] == reports[2]);
}

#[test]
fn memory_does_not_grow_with_the_number_of_findings() {
    let dir = Dir::plain();
    dir.write("few", "nothing to see here, and nothing there\n".repeat(50_000));
    let few = dir.report(&["scan"]).outcome.peak;
    dir.write("few", tokens(0..50_000));
    let many = dir.report(&["scan"]).outcome.peak;
    assert!(many < few + (32 << 10), "{} MiB for few, {} MiB for many", few >> 10, many >> 10);
}

#[test]
fn a_rule_that_has_to_stop_is_a_gap_and_hides_nothing_else() {
    let dir = Dir::plain();
    dir.write("trap", format!("{}\n{}\n{}", token(1), beginnings(), token(2)));
    let report = dir.report(&["scan"]);
    report.misses(&["trap:1:1", "trap:3:1"], "trap: rule `private-key-base64-pem` stopped before its end");
    // What was not looked at is not printed either.
    assert!(!report.outcome.stdout().contains(&beginnings()[..30]));
}

#[test]
fn a_change_beside_the_trap_is_complete_and_one_after_it_is_not() {
    let dir = Dir::repository();
    dir.write("trap", format!("one\n{}\ntwo\n", beginnings()));
    dir.commit("the trap");
    dir.write("trap", format!("{}\n{}\ntwo\n", token(1), beginnings()));
    dir.report(&["diff"]).finds(&["trap:1:1"]);
    dir.write("trap", format!("one\n{}\n{}\n", beginnings(), token(1)));
    dir.report(&["diff"]).misses(&["trap:3:1"], "stopped before its end");
}

#[test]
fn what_is_dropped_is_counted_on_changed_lines() {
    let dir = Dir::repository();
    let mut broken = token(1);
    broken.replace_range(10..11, if &broken[10..11] == "a" { "b" } else { "a" });
    let stand_in = ["gl", "pat-", &"x".repeat(20)].concat();
    // Two rules look at it.
    let postgres = "postgres://admin:changeme@db.acme.dev/app";
    let content = format!("{broken}\n{postgres}\n{stand_in}\n");
    dir.write("old", &content);
    let scan = dir.ringfence(&["scan", "-v", "--format", "json"]).ends();
    assert!(
        scan.stderr().contains("dropped 3 matches that failed their check, 1 that stand in for a secret"),
        "{}",
        scan.stderr()
    );
    assert_eq!(Report::of(scan).value["summary"]["dropped"].to_string(), r#"{"check":3,"placeholder":1}"#);
    dir.commit("old");
    dir.write("old", format!("{content}new\n"));
    dir.write("new", format!("{broken}\n"));
    let report = dir.report(&["diff"]);
    report.finds(&[]);
    assert_eq!(report.value["summary"]["dropped"].to_string(), r#"{"check":1,"placeholder":0}"#);
}

#[test]
fn what_fails_and_what_warns_is_told_apart() {
    let dir = Dir::plain();
    dir.write("../acme.toml", ACME);
    dir.write("a", notes(2));
    let warned = dir.ringfence(&["scan", "--rules", "../acme.toml"]).ends();
    assert_eq!(warned.code, 0);
    assert!(warned.stdout().contains("acme-note · warning\n"), "{}", warned.stdout());
    assert!(warned.stdout().contains("\n2 medium in 1 file · warnings only · "), "{}", warned.stdout());
    dir.write("b", token(1));
    let failed = dir.ringfence(&["scan", "--rules", "../acme.toml"]).ends();
    assert_eq!(failed.code, 1);
    assert!(failed.stdout().contains("\n1 critical, 2 medium in 2 files · 1 fails the run, 2 warn · "));
    let strict = dir.ringfence(&["scan", "--rules", "../acme.toml", "--fail-on", "medium"]).ends();
    assert!(!strict.stdout().contains("warning") && strict.stdout().contains(" · 3 fail the run · "));
}

#[test]
fn redact_replaces_what_no_rule_could_read() {
    let dir = Dir::plain();
    let outcome = dir.ringfence(&["redact"]).input(format!("before\n{}\nafter {}\n", beginnings(), token(1))).ends();
    let said = outcome.stdout();
    assert!(said.starts_with("before\n"), "{said}");
    assert!(!said.contains("after"), "{said}");
    let kept = said.matches("CRUdJTi").count();
    assert!(kept < 20, "{kept} beginnings were passed on unread");
}
