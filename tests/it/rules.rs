//! Rules are data: the built-in ones prove themselves, a user's are added, and a broken file is told in full.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Dir, GITHUB, text};

const GOOD: &str = r#"
[[rule]]
id = "acme-key"
kind = "secret"
title = "Acme key"
severity = "high"
literals = ["acme_"]
pattern = '\b(?P<secret>acme_[0-9a-f]{16})\b'
remedy = "Ask for another one."
why = "It opens the warehouse."
bad = ["key = acme_{hex:16}"]
good = ["key = acme_{hex:15}"]
"#;

/// Fifteen digits after the prefix, in no order that a placeholder has.
const ACME: &str = "acme_3f9c27d18b60e45a";

fn builtin(dir: &Dir) -> Vec<Value> {
    let outcome = dir.ringfence(&["rules", "list", "--format", "jsonl"]).ends();
    assert_eq!(outcome.code, 0);
    outcome.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_built_in_set_is_large_and_complete() {
    let dir = Dir::plain();
    let rules = builtin(&dir);
    let secrets = rules.iter().filter(|rule| rule["kind"] == "secret").count();
    assert!(secrets >= 80, "{secrets} kinds of secrets");
    let ids: BTreeSet<&str> = rules.iter().map(|rule| text(&rule["id"])).collect();
    assert_eq!(ids.len(), rules.len(), "ids are unique");
    for rule in &rules {
        for key in ["title", "remedy", "why"] {
            assert!(!text(&rule[key]).trim().is_empty(), "{}: `{key}` is empty", rule["id"]);
        }
    }
    let human = dir.ringfence(&["rules", "list"]).ends().stdout();
    assert_eq!(human.lines().count(), rules.len());
    assert!(human.lines().any(|line| line.starts_with(GITHUB)));
}

#[test]
fn the_page_about_the_rules_is_what_the_program_says() {
    let page = Dir::plain().ringfence(&["rules", "list", "--format", "markdown"]).ends();
    assert_eq!(page.code, 0);
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let is_same = std::fs::read_to_string(file).is_ok_and(|text| text == page.stdout());
    assert!(
        is_same,
        "docs/rules.md is not up to date: `cargo run --release -- rules list --format markdown > docs/rules.md`"
    );
}

#[test]
fn the_page_shows_every_rule_with_its_proof_and_no_rule_that_is_gone() {
    let dir = Dir::plain();
    dir.write("acme.toml", GOOD.replace("title = \"Acme key\"", "title = \"Acme | key\""));
    let page = dir.ringfence(&["rules", "list", "--format", "markdown", "--rules", "acme.toml"]).ends().stdout();
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    assert_eq!(rows.len(), builtin(&dir).len() + 1);
    let row = |id: &str| *rows.iter().find(|row| row.starts_with(&format!("| `{id}` |"))).unwrap();
    assert_eq!(row("acme-key"), "| `acme-key` | Acme \\| key | high | medium | none |  |  | new |  |  |");
    assert!(row(GITHUB).contains("| `github-crc32` |"), "{}", row(GITHUB));
    assert!(row("generic-password").contains("| `model` |") && row("generic-password").contains(" cv |"));
    let measured: Value = serde_json::from_str(include_str!("../../rules/measured.json")).unwrap();
    for id in measured["rules"].as_object().unwrap().keys() {
        assert!(rows.iter().any(|row| row.starts_with(&format!("| `{id}` |"))), "rules/measured.json: no rule `{id}`");
    }
}

#[test]
fn every_example_of_every_rule_holds() {
    let outcome = Dir::plain().ringfence(&["rules", "test"]).ends();
    assert_eq!(outcome.code, 0, "{}", outcome.stdout());
    assert!(outcome.stdout().trim_end().ends_with(" 0 failed"), "{}", outcome.stdout());
}

#[test]
fn a_rule_is_shown_with_all_it_says() {
    let dir = Dir::plain();
    let outcome = dir.ringfence(&["rules", "show", GITHUB]).ends();
    assert_eq!(outcome.code, 0);
    for word in [
        GITHUB,
        "critical",
        "github-crc32",
        "ghp_[36 characters that pass the check]",
        "ghp_[36 letters and digits]",
        "why it matters",
        "what to do",
        "not reported",
        "[[allow]]",
    ] {
        assert!(outcome.stdout().contains(word), "no `{word}` in {}", outcome.stdout());
    }
    dir.ringfence(&["rules", "show", "no-such-rule"]).ends().fails(2, &["no-such-rule", "rules list"]);
    dir.ringfence(&["rules", "show", "github-pat-clasic"]).ends().fails(2, &["did you mean `github-pat-classic`?"]);
    dir.ringfence(&["scan", "--skip", "github-pat-clasic"]).ends().fails(2, &["did you mean `github-pat-classic`?"]);
    assert!(!outcome.stdout().contains("{{") && !outcome.stdout().contains("{github"), "{}", outcome.stdout());
    let access = dir.ringfence(&["rules", "show", "agent-mcp-server"]).ends().stdout();
    assert!(
        access.contains("In a file such as .mcp.json: MCP server b: ") && access.contains("none → part"),
        "{access}"
    );
}

#[test]
fn a_rule_is_found_by_a_part_of_its_name_and_in_any_case() {
    let dir = Dir::plain();
    assert!(dir.ringfence(&["rules", "show", "GITHUB-PAT-CLASSIC"]).ends().stdout().starts_with(GITHUB));
    let begun = dir.ringfence(&["rules", "show", "workflow"]).ends();
    begun.fails(2, &["these begin so", "\n  workflow-token\n", "\n  workflow-trigger\n"]);
    dir.ringfence(&["rules", "show", "a"]).ends().fails(2, &["\n  … and ", "`ringfence rules list a`"]);
    // One of the same family is nearer than one that is spelt alike.
    dir.ringfence(&["rules", "show", "workflow-permissions"]).ends().fails(2, &["did you mean `workflow-"]);
}

#[test]
fn the_list_is_of_what_the_words_fit() {
    let dir = Dir::plain();
    let listed = |words: &[&str]| dir.ringfence(&[&["rules", "list"], words].concat()).ends().stdout();
    let all = builtin(&dir);
    let count = |key: &str, value: &str| all.iter().filter(|rule| rule[key] == value).count();
    assert_eq!(listed(&["access"]).lines().count(), count("kind", "access"));
    assert_eq!(listed(&["LOW"]).lines().count(), count("severity", "low"));
    let both = listed(&["secret", "github"]);
    assert!(both.lines().count() > 3 && both.lines().all(|line| line.to_lowercase().contains("github")), "{both}");
    assert_eq!(listed(&["github", "--format", "jsonl", "secret"]).lines().count(), both.lines().count());
    dir.ringfence(&["rules", "list", "githb"]).ends().fails(2, &["no rule fits `githb`; did you mean `github`?"]);
    dir.ringfence(&["rules", "list", "acess"]).ends().fails(2, &["did you mean `access`?"]);
    dir.ringfence(&["rules", "list", "access", "github-pat"]).ends().fails(2, &["all of `access github-pat`"]);
    dir.ringfence(&["rules", "list", "access", "--format", "markdown"]).ends().fails(2, &["leave the words out"]);
}

#[test]
fn a_users_rules_are_added_from_files_and_directories() {
    let dir = Dir::plain();
    dir.write("in/file", format!("one\nx = {ACME}\n"));
    dir.write("rules/deep/acme.toml", GOOD);
    dir.write("rules/notes.txt", "no rule");
    dir.report(&["scan", "in"]).finds(&[]);
    for path in ["rules", "rules/deep/acme.toml"] {
        let report = dir.report(&["scan", "in", "--rules", path]);
        report.finds(&["file:2:5 acme-key"]);
        report.outcome.hides(&ACME[5..]);
        assert_eq!(report.value["findings"][0]["severity"], "high");
        assert_eq!(report.value["findings"][0]["secret"]["redacted"], "acme_[16 hidden]");
    }
    let digest = |args: &[&str]| dir.report(args).value["tool"]["rules_digest"].clone();
    assert_ne!(digest(&["scan", "in"]), digest(&["scan", "in", "--rules", "rules"]));
    let tested = dir.ringfence(&["rules", "test", "--rules", "rules"]).ends();
    assert_eq!(tested.code, 0);
    assert!(tested.stdout().starts_with("rules: 1 rule, 2 examples, 0 failed\n"), "{}", tested.stdout());
    assert!(dir.ringfence(&["rules", "show", "acme-key", "--rules", "rules"]).ends().stdout().contains("warehouse"));
}

#[test]
fn an_example_that_does_not_hold_fails_the_test_command() {
    let dir = Dir::plain();
    dir.write("rules.toml", GOOD.replace("hex:15", "hex:16"));
    let outcome = dir.ringfence(&["rules", "test", "--rules", "rules.toml"]).ends();
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout().contains("acme-key: a good example matches"), "{}", outcome.stdout());
    dir.write("rules.toml", GOOD.replace("hex:16}\"", "hex:14}\""));
    let outcome = dir.ringfence(&["rules", "test", "--rules", "rules.toml"]).ends();
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout().contains("acme-key: a bad example does not match"), "{}", outcome.stdout());
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once_with_their_lines() {
    let dir = Dir::plain();
    let broken = "surprise = 1\n".to_owned()
        + &GOOD.replace("severity = \"high\"", "severity = \"huge\"")
        + "colour = \"red\"\n"
        + &GOOD.replace("acme-key", "Acme Key")
        + &GOOD.replace("acme-key", "other").replace("[0-9a-f]{16}", "[0-9a-f");
    dir.write("broken.toml", &broken);
    dir.write("file", ACME);
    let outcome = dir.ringfence(&["scan", "--rules", "broken.toml"]).ends();
    let line = |part: &str| format!("broken.toml:{}:", 1 + broken[..broken.find(part).unwrap()].matches('\n').count());
    outcome.fails(2, &["surprise", "huge", "colour", "Acme Key", "other"]);
    let id = |id: &str| broken[..broken.find(&format!("id = \"{id}\"")).unwrap()].rfind("[[rule]]").unwrap();
    let line_of = |at: usize| format!("broken.toml:{}:", 1 + broken[..at].matches('\n').count());
    outcome.fails(2, &[&line("surprise"), &line("severity = \"huge\""), &line("colour")]);
    let pattern = broken.rfind("pattern = ").unwrap();
    outcome.fails(2, &[&line_of(id("Acme Key")), &line_of(pattern), "unclosed character class at byte"]);
    assert_eq!(outcome.stdout(), "", "nothing was scanned");
}

#[test]
fn a_file_that_is_no_toml_or_no_file_is_told() {
    let dir = Dir::plain();
    dir.write("no.toml", "[[rule]\nid = \n");
    dir.ringfence(&["scan", "--rules", "no.toml"]).ends().fails(2, &["no.toml:1:"]);
    dir.ringfence(&["scan", "--rules", "absent.toml"]).ends().fails(2, &["absent.toml"]);
    dir.write("bytes.toml", b"\xff\xfe\xff");
    dir.ringfence(&["scan", "--rules", "bytes.toml"]).ends().fails(2, &["bytes.toml"]);
}

#[test]
fn an_id_stands_for_one_rule() {
    let dir = Dir::plain();
    dir.write("twice.toml", GOOD.to_owned() + GOOD);
    dir.ringfence(&["scan", "--rules", "twice.toml"]).ends().fails(2, &["acme-key", "twice"]);
    dir.write("builtin.toml", GOOD.replace("acme-key", GITHUB));
    dir.ringfence(&["scan", "--rules", "builtin.toml"])
        .ends()
        .fails(2, &["builtin.toml:3: ", GITHUB, "a built-in rule"]);
    dir.write("one.toml", GOOD);
    dir.write("two.toml", GOOD);
    dir.ringfence(&["scan", "--rules", "one.toml", "--rules", "two.toml"])
        .ends()
        .fails(2, &["two.toml:3: rule id `acme-key` is taken by one.toml:3"]);
}

#[test]
fn a_rule_may_keep_to_some_paths() {
    let dir = Dir::plain();
    dir.write("rules.toml", GOOD.replace("remedy", "paths = [\"**/*.env\"]\nremedy"));
    dir.write("in/deep/a.env", ACME);
    dir.write("in/a.txt", ACME);
    dir.report(&["scan", "in", "--rules", "rules.toml"]).finds(&["deep/a.env:1:1 acme-key"]);
}

#[test]
fn low_confidence_is_shown_when_asked_for_and_never_fails() {
    let dir = Dir::plain();
    dir.write("rules.toml", GOOD.replace("literals", "confidence = \"low\"\nliterals"));
    dir.write("in/file", ACME);
    let hidden = dir.report(&["scan", "in", "--rules", "rules.toml"]);
    hidden.finds(&[]);
    let shown = dir.report(&["scan", "in", "--rules", "rules.toml", "--all", "--fail-on", "low"]);
    assert_eq!(shown.found(), ["file:1:1 acme-key"]);
    assert_eq!(shown.outcome.code, 0);
}

#[test]
fn the_page_about_permissions_names_every_rule_that_compares() {
    let page = include_str!("../../docs/access.md");
    let outcome = Dir::plain().ringfence(&["rules", "list", "--format", "jsonl"]).ends();
    let rules = outcome.stdout();
    let rules = rules.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let compared = rules.filter(|rule| !rule["surface"].is_null());
    let missing: Vec<String> =
        compared.map(|rule| format!("`{}`", rule["id"].as_str().unwrap())).filter(|id| !page.contains(id)).collect();
    assert!(missing.is_empty(), "docs/access.md lacks {missing:?}; add a row for each");
}
