//! `merge --roots`: one report on many roots, each judged by its own policy, in every format.

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::formats::FORMATS;
use crate::report::keeps_to_the_schema;
use crate::support::{Dir, Outcome, Report, made, text, token};

/// Three repositories side by side: one with a policy that is stricter, one that is clean, one with a gap.
fn organisation() -> Dir {
    let dir = Dir::plain();
    for name in ["shop", "till", "clean", "gap"] {
        dir.write(format!("{name}/readme"), "hello\n");
    }
    dir.write("shop/deploy/é.env", format!("{}\n", token(1)));
    dir.write("shop/docs/a.md", format!("{}\n", token(2)));
    let allow = "version = 1\n[[allow]]\nrule = \"github-pat-classic\"\npath = \"docs/**\"\nvalue = \"ghp_*\"\nreason = \"example\"\n\
                 [[allow]]\nrule = \"github-pat-classic\"\npath = \"none/**\"\nvalue = \"ghp_*\"\nreason = \"nothing\"\n";
    dir.write("shop/ringfence.toml", allow);
    dir.write("till/ringfence.toml", "version = 1\nfail-on = \"medium\"\n");
    dir.write("till/a.py", format!("password = \"{}\"\n", made("correct-horse-{alnum:14}", 3)));
    dir.write("clean/ringfence.toml", "version = 1\nfail-on = \"critical\"\n");
    dir.link("/etc", "gap/out");
    for name in ["shop", "till", "clean"] {
        dir.git(&["-C", name, "init", "--quiet"]);
    }
    dir.git(&["-C", "gap", "init", "--quiet"]);
    fs::create_dir(dir.at("reports")).unwrap();
    dir
}

fn scan(dir: &Dir, name: &str, more: &[&str]) -> Outcome {
    let output = format!("json={}", dir.at("reports").join(format!("{name}.json")).display());
    let run = dir.ringfence(&[&["scan", "--quiet", "--output", &output], more].concat()).within(dir.at(name));
    run.ends()
}

fn merged(dir: &Dir, arguments: &[&str]) -> Outcome {
    dir.ringfence(&[&["merge", "--roots"], arguments].concat()).within(dir.at("reports")).ends()
}

#[test]
fn many_roots_are_one_report() {
    let dir = organisation();
    let codes: Vec<i32> = ["shop", "till", "clean"].iter().map(|name| scan(&dir, name, &[]).code).collect();
    assert_eq!(codes, [1, 1, 0]);
    let report = Report::of(merged(&dir, &["till.json", "acme/shop=shop.json", "clean.json", "--format", "json"]));
    keeps_to_the_schema(&report.value);
    assert_eq!(report.outcome.code, 1);
    let found = report.found();
    assert!(found[0].starts_with("acme/shop/deploy/é.env:1:1") && found[1].starts_with("till/a.py:1:"), "{found:?}");
    let value = &report.value;
    assert_eq!(value["source"]["kind"], "many");
    assert_eq!(value["policy"]["source"], "many");
    let roots = value["source"]["roots"].as_array().unwrap();
    let names: Vec<&str> = roots.iter().map(|root| text(&root["name"])).collect();
    assert_eq!(names, ["acme/shop", "clean", "till"]);
    assert_eq!(roots[0]["policy"]["fail_on"], "high");
    assert_eq!(roots[1]["coverage"]["complete"], true);
    assert_eq!((&roots[2]["summary"]["failing"], &roots[2]["policy"]["fail_on"]), (&1.into(), &"medium".into()));
    assert_eq!(value["summary"]["failing"], 2);
    let files: u64 = roots.iter().map(|root| root["coverage"]["files"].as_u64().unwrap()).sum();
    assert_eq!(report.files(), files);
    assert_eq!(value["suppressed"][0]["by"]["where"], "acme/shop/ringfence.toml:2");
    let mut notices = value["policy"]["notices"].as_array().unwrap().iter().map(text);
    assert!(notices.any(|notice| notice.starts_with("acme/shop: ringfence.toml:7: ")), "{}", value["policy"]);
    // The order in which they are named says nothing.
    let again = merged(&dir, &["clean.json", "till.json", "acme/shop=shop.json", "--format", "json"]);
    assert_eq!(again.stdout(), report.outcome.stdout());
}

#[test]
fn every_format_tells_the_roots_and_their_verdicts() {
    let dir = organisation();
    for name in ["shop", "till", "clean"] {
        scan(&dir, name, &[]);
    }
    let all = ["shop.json", "till.json", "clean.json"];
    let saved = merged(&dir, &[&all[..], &["--format", "json"]].concat()).stdout;
    for format in FORMATS {
        let direct = merged(&dir, &[&all[..], &["--format", format]].concat());
        let later = dir.ringfence(&["report", "-", "--format", format]).input(saved.clone()).ends();
        assert_eq!((direct.code, later.code), (1, 1), "{format}");
        assert_eq!(direct.stdout(), later.stdout(), "{format}");
        let place = if format == "gitlab" { "shop/deploy/" } else { "till/a.py" };
        assert!(direct.stdout().contains(place), "{format}: {}", direct.stdout());
    }
    let human = merged(&dir, &all).stdout();
    assert!(
        human.contains(
            "2 of 3 roots to look at, the worst first:\n    shop: 1 critical · 1 fails the run\n    till: 1 "
        ),
        "{human}"
    );
    assert!(human.contains(" read in 3 roots · complete"), "{human}");
    // A finding of medium severity fails the root whose policy says so.
    assert!(!human.lines().any(|line| line.contains("medium") && line.contains("warning")), "{human}");
    let github = merged(&dir, &[&all[..], &["--format", "github"]].concat()).stdout();
    assert!(github.lines().any(|line| line.starts_with("::error file=till/a.py")), "{github}");
}

#[test]
fn the_worst_root_decides_the_exit_code() {
    let dir = organisation();
    scan(&dir, "clean", &[]);
    assert_eq!(merged(&dir, &["clean.json"]).code, 0);
    scan(&dir, "till", &[]);
    assert_eq!(merged(&dir, &["clean.json", "till.json"]).code, 1);
    assert_eq!(scan(&dir, "gap", &[".", "out"]).code, 3);
    let all = merged(&dir, &["clean.json", "till.json", "gap.json"]);
    assert_eq!(all.code, 3);
    let said = all.stdout();
    assert!(said.contains("    gap: 1 medium · incomplete") && said.contains("    gap/out: a link"), "{said}");
}

#[test]
fn groups_of_roots_join_further() {
    let dir = organisation();
    for name in ["shop", "till", "clean"] {
        scan(&dir, name, &[]);
    }
    merged(&dir, &["shop.json", "till.json", "--format", "json", "--output", "group.json"]);
    let nested = Report::of(merged(&dir, &["a/b=group.json", "clean.json", "--format", "json"]));
    keeps_to_the_schema(&nested.value);
    let flat = ["a/b/shop=shop.json", "a/b/till=till.json", "clean.json", "--format", "json"];
    let flat = Report::of(merged(&dir, &flat));
    let strip = |mut value: Value| {
        // Notices keep the way that they came.
        value["policy"]["notices"] = Value::Null;
        value
    };
    assert_eq!(strip(nested.value), strip(flat.value));
}

#[test]
fn what_does_not_belong_together_is_refused_with_the_reason() {
    let dir = organisation();
    scan(&dir, "shop", &[]);
    scan(&dir, "till", &["--shard", "1/2"]);
    let refused = |arguments: &[&str], words: &[&str]| {
        let outcome = merged(&dir, arguments);
        outcome.fails(2, words);
        assert!(outcome.stdout.is_empty());
    };
    refused(&["shop.json", "till.json"], &["`till` is shard 1 of 2", "without `--roots`"]);
    refused(&["shop.json", "shop.json"], &["two roots are called `shop`"]);
    refused(&["a=shop.json", "a/b=shop.json"], &["`a` and `a/b`", "among those of the other"]);
    for name in ["", "/a", "a/", "a//b", ".", "../a"] {
        refused(&[&format!("{name}=shop.json")], &["no name for a root"]);
    }
    refused(&["-"], &["-"]);
    refused(&["shop.json", "none.json"], &["cannot read the report `none.json`"]);
    let saved = fs::read_to_string(dir.at("reports/shop.json")).unwrap();
    let change = |name: &str, from: &str, to: &str| {
        let changed = saved.replacen(from, to, 1);
        assert_ne!(changed, saved);
        fs::write(dir.at("reports").join(name), changed).unwrap();
    };
    change("old.json", &format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION")), "\"version\": \"0.0.9\"");
    refused(&["old.json", "shop.json"], &["`old` and `shop`", "different versions"]);
    change("rules.json", "\"rules_digest\": \"", "\"rules_digest\": \"0");
    refused(&["rules.json", "shop.json"], &["`rules` and `shop`", "different rules"]);
    change("newer.json", "ringfence.report/1", "ringfence.report/2");
    refused(&["newer.json", "shop.json"], &["`ringfence.report/2`"]);
    // Without the flag they are shards or nothing.
    dir.ringfence(&["merge", "reports/shop.json"]).ends().fails(2, &["report of a whole scan", "--roots"]);
}

/// Time and memory grow with the reports, not with their square.
#[test]
fn a_thousand_roots_are_one_report() {
    let dir = organisation();
    scan(&dir, "shop", &[]);
    let saved = fs::read(dir.at("reports/shop.json")).unwrap();
    let mut names = Vec::new();
    for number in 0..1_000 {
        let name = format!("r{number:04}.json");
        fs::write(dir.at("reports").join(&name), &saved).unwrap();
        names.push(name);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let outcome = merged(
        &dir,
        &[&names[..], &["--format", "json", "--output", "html=all.html", "--output", "sarif=all.sarif"]].concat(),
    );
    let (took, peak) = (outcome.took, outcome.peak);
    let report = Report::of(outcome);
    assert_eq!(report.outcome.code, 1);
    assert_eq!(report.found().len(), 1_000);
    assert_eq!(report.value["source"]["roots"].as_array().unwrap().len(), 1_000);
    assert!(took < Duration::from_secs(20), "took {took:?}");
    assert!(peak < 200 << 10, "held {} MiB", peak >> 10);
}
