//! Saved reports: what contradicts itself is refused, by `report` and by `merge`, with what is wrong and never with content.

use std::fs;

use serde_json::{Value, json};

use crate::formats::snapshot;
use crate::support::{Dir, token};

/// A folder with the shared report after `change`, as `report.json`.
fn changed(change: impl Fn(&mut Value)) -> Dir {
    let dir = Dir::plain();
    let mut value = serde_json::from_str(&fs::read_to_string(snapshot("json")).unwrap()).unwrap();
    change(&mut value);
    dir.write("report.json", value.to_string());
    dir
}

fn set(pointer: &str, to: Value) -> Dir {
    changed(|value| *value.pointer_mut(pointer).unwrap() = to.clone())
}

#[test]
fn a_report_that_contradicts_itself_passes_no_gate() {
    for (pointer, to, why) in [
        ("/summary/failing", json!(0), "`summary.failing` is 0"),
        ("/findings", json!([]), "`summary.critical` is 5002"),
        ("/summary/suppressed", json!(0), "`summary.suppressed` is 0"),
        ("/coverage/complete", json!(true), "`coverage.complete` is true"),
        ("/coverage/skipped", json!([]), "`coverage.complete` is false"),
        ("/summary/unlisted/0/medium", json!(u64::MAX - 1), "`summary.unlisted[0]`"),
        ("/findings/0/start/line", json!(0), "`start.line` is 0"),
        ("/findings/0/rule", json!(""), "`rule` is empty"),
        ("/findings/0/fingerprint", json!("::error::hush"), "`fingerprint`"),
        ("/findings/0/severity", json!("hush"), "what `severity` holds"),
    ] {
        let dir = set(pointer, to);
        for command in [&["report", "report.json"][..], &["merge", "--roots", "report.json"]] {
            let outcome = dir.ringfence(command).ends();
            outcome.fails(2, &["report.json", why]);
            assert!(!outcome.stderr().contains("hush"), "{}", outcome.stderr());
        }
    }
    let dir = changed(|value| drop(value["findings"][0].as_object_mut().unwrap().remove("fingerprint")));
    dir.ringfence(&["report", "report.json"]).ends().fails(2, &["line 1, column", "`fingerprint` is missing"]);
}

#[test]
fn a_root_that_contradicts_its_findings_is_refused() {
    let dir = Dir::plain();
    dir.write("src/a", token(1));
    for name in ["one.json", "two.json"] {
        dir.ringfence(&["scan", "src", "--format", "json", "--output", name]).ends();
    }
    let merged = dir.ringfence(&["merge", "--roots", "one.json", "two.json", "--format", "json"]).ends();
    assert_eq!(merged.code, 1);
    let value: Value = serde_json::from_slice(&merged.stdout).unwrap();
    dir.write("all.json", value.to_string());
    assert_eq!(dir.ringfence(&["report", "all.json", "--format", "json"]).ends().stdout, merged.stdout);
    for (pointer, to, why) in [
        ("/source/roots/1/summary/failing", json!(0), "`source.roots[1].summary.failing` is 0"),
        ("/source/roots/0/summary/low", json!(3), "`source.roots[0].summary`"),
        ("/source/roots/1/name", json!("one"), "`source.roots[1]` stands twice"),
        ("/source/roots/1/name", json!("zero"), "is of none of the `source.roots`"),
        ("/source/roots/0/coverage/complete", json!(false), "`coverage.complete` is true"),
        ("/source/roots", json!([]), "`source.kind` is `many`"),
    ] {
        let mut value = value.clone();
        *value.pointer_mut(pointer).unwrap() = to;
        dir.write("bad.json", value.to_string());
        dir.ringfence(&["report", "bad.json"]).ends().fails(2, &["bad.json", why]);
    }
}

#[test]
fn a_shard_that_cannot_be_is_refused() {
    let dir = Dir::plain();
    dir.write("a", token(1));
    dir.ringfence(&["scan", "a", "--shard", "1/2", "--format", "json", "--output", "../home/one.json"]).ends();
    let one = dir.home().join("one.json");
    let text = fs::read_to_string(&one).unwrap();
    for (index, of) in [(9, 2), (0, 2), (0, 0), (1, 20_000)] {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        (value["source"]["shard"]["index"], value["source"]["shard"]["of"]) = (index.into(), of.into());
        fs::write(dir.home().join("bad.json"), value.to_string()).unwrap();
        let bad = dir.home().join("bad.json").to_string_lossy().into_owned();
        let outcome = dir.ringfence(&["merge", &one.to_string_lossy(), &bad]).ends();
        outcome.fails(2, &["bad.json", &format!("`source.shard` is {index} of {of}")]);
        assert!(!outcome.stderr().contains("18446744073709551615"), "{}", outcome.stderr());
    }
    dir.ringfence(&["merge", &one.to_string_lossy()]).ends().fails(2, &["of 2 shards, these are missing: 2"]);
}
