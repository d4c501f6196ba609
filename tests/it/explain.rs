//! `explain` says why a finding is reported or is not, and never what the secret is.

use std::collections::BTreeMap;

use crate::support::{Dir, GITHUB, Outcome, made, text, token};

/// A rule whose findings are of low confidence.
const LOW: &str = r#"
[[rule]]
id = "acme-key"
kind = "secret"
title = "Acme key"
severity = "critical"
confidence = "low"
literals = ["acme_"]
pattern = '\b(?P<secret>acme_[0-9a-f]{16})\b'
remedy = "Ask for another one."
why = "It opens the warehouse."
bad = ["key = acme_{hex:16}"]
good = ["key = acme_{hex:15}"]
"#;

/// The fingerprint of the only finding of `scan` with `args`.
fn fingerprint(dir: &Dir, args: &[&str]) -> String {
    let report = dir.report(&[&["scan", "--all"], args].concat());
    assert_eq!(report.found().len(), 1, "{:?}", report.found());
    text(&report.value["findings"][0]["fingerprint"]).to_owned()
}

/// What is said of it, every run of white space as one blank.
fn explained(dir: &Dir, args: &[&str]) -> (String, Outcome) {
    let outcome = dir.ringfence(&[&["explain"], args].concat()).ends();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr());
    (outcome.stdout().split_whitespace().collect::<Vec<_>>().join(" "), outcome)
}

fn says(said: &str, words: &[&str]) {
    for word in words {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
}

#[test]
fn a_password_is_explained_by_what_moved_the_model() {
    let dir = Dir::plain();
    let password = made("{alnum:14}", 3);
    dir.write("app.py", format!("x = 1\npassword = \"{password}\"\n"));
    let full = fingerprint(&dir, &[]);
    for typed in [&full, &full[..6], &full[..9].to_uppercase()] {
        let (said, outcome) = explained(&dir, &[typed]);
        outcome.hides(&password);
        says(&said, &[&full, "app.py medium 2:13 Password generic-password", "password = \"[14 hidden]\""]);
        says(&said, &["it only warns", "below `--fail-on high`; `--fail-on medium` makes it fail"]);
        says(&said, &["with a probability of 0.", "From 0.50 on", "+ for a secret, - against one"]);
        let reasons = outcome.stdout().lines().filter(|l| l.starts_with("      +") || l.starts_with("      -")).count();
        assert!((3..=6).contains(&reasons), "{}", outcome.stdout());
        says(&said, &["a small model judges", "fix: Change the password", "rules show generic-password"]);
    }
    let (said, _) = explained(&dir, &[&full, "--fail-on", "medium"]);
    says(&said, &["it fails the run (exit code 1)", "at or above `--fail-on medium`"]);
}

#[test]
fn what_the_model_says_stands_in_the_data_and_with_v_in_the_report() {
    let dir = Dir::plain();
    dir.write("app.py", format!("password = \"{}\"\n", made("{alnum:14}", 3)));
    let report = dir.report(&["scan"]);
    let secret = &report.value["findings"][0]["secret"];
    assert!((0.6..=1.0).contains(&secret["probability"].as_f64().unwrap()), "{secret}");
    let evidence = secret["evidence"].as_array().unwrap();
    assert!(!evidence.is_empty() && evidence.iter().all(|e| e["weight"].as_f64().unwrap() != 0.0), "{secret}");
    let weight = |n: usize| evidence[n]["weight"].as_f64().unwrap().abs();
    assert!((1..evidence.len()).all(|n| weight(n) <= weight(n - 1)), "the strongest come first: {secret}");
    let usual = dir.ringfence(&["scan"]).ends().stdout();
    let verbose = dir.ringfence(&["scan", "-v"]).ends().stdout();
    assert!(!usual.contains("model: ") && verbose.matches("    model: 0.").count() == 1, "{verbose}");
}

#[test]
fn a_token_is_explained_by_its_checksum_at_every_place() {
    let dir = Dir::plain();
    dir.write("b/two", format!("\n\ntoken: {}\n", token(1)));
    let full = fingerprint(&dir, &[]);
    dir.write("a/one", format!("token: {}\n", token(1)));
    let (said, _) = explained(&dir, &[&full[..8]]);
    says(&said, &["in 2 places", "a/one critical 1:8", "b/two critical 3:8", "ghp_[36 hidden]"]);
    says(&said, &["it fails the run (exit code 1): its severity, critical, is at or above `--fail-on high`"]);
    says(&said, &["high; the checksum in it holds (`github-crc32`)", "see: https://", GITHUB]);
    let (said, _) = explained(&dir, &[&full, "a"]);
    says(&said, &["in 1 place ", "one critical 1:8"]);
    let (said, _) = explained(&dir, &[&full, "--fail-on", "never"]);
    says(&said, &["with `--fail-on never` no finding fails the run"]);
    let (said, _) = explained(&dir, &[&full, "--skip", GITHUB]);
    says(&said, &["it is left out: `--skip` names its rule or its kind"]);
    let (said, _) = explained(&dir, &[&full, "--only", "text"]);
    says(&said, &["it is left out: `--only` names neither"]);
    let (said, _) = explained_from_stdin(&dir, &full);
    says(&said, &["in 1 place ", "ghp_[36 hidden]"]);
}

fn explained_from_stdin(dir: &Dir, fingerprint: &str) -> (String, Outcome) {
    let outcome = dir.ringfence(&["explain", fingerprint, "-"]).input(token(1)).ends();
    assert_eq!(outcome.code, 0, "{}", outcome.stderr());
    (outcome.stdout().split_whitespace().collect::<Vec<_>>().join(" "), outcome)
}

#[test]
fn what_is_hidden_is_explained_too() {
    let dir = Dir::plain();
    dir.write("rules.toml", LOW);
    let key = made("acme_{hex:16}", 5);
    dir.write("in/file", &key);
    let full = fingerprint(&dir, &["in", "--rules", "rules.toml"]);
    let (said, outcome) = explained(&dir, &[&full, "in", "--rules", "rules.toml"]);
    outcome.hides(&key[5..]);
    says(&said, &["it is hidden, because its confidence is low; `--all` shows it", "low; nothing but its shape"]);
    let (said, _) = explained(&dir, &[&full, "in", "--rules", "rules.toml", "--all", "--fail-on", "low"]);
    says(&said, &["it only warns: what is of low confidence fails no run"]);
    dir.ringfence(&["explain", &full, "in"]).ends().fails(2, &["no finding in 1 file "]);
}

#[test]
fn what_is_counted_and_not_listed_is_explained_too() {
    let dir = Dir::plain();
    let lines: String = (0..1001).map(|seed| format!("{}\n", token(seed))).collect();
    dir.write("many", lines);
    dir.write("last", token(1000));
    let full = fingerprint(&dir, &["last"]);
    let (said, _) = explained(&dir, &[&full, "many"]);
    says(&said, &["many critical 1001:1", "It is counted and not listed, because its file has too many findings"]);
}

#[test]
fn a_fingerprint_that_nothing_has_is_told() {
    let dir = Dir::repository();
    dir.write(".gitignore", "ignored\n");
    dir.write("ignored", token(1));
    let full = fingerprint(&dir, &["--no-ignore"]);
    dir.ringfence(&["explain", &full]).ends().fails(2, &["no finding in", "--no-ignore", "scan --all"]);
    explained(&dir, &[&full, "--no-ignore"]);
    for wrong in ["12345", "ghijkl", "0123456789abcdef0123456789abcdef0", ""] {
        dir.ringfence(&["explain", wrong]).ends().fails(2, &["no fingerprint", "6 to 32"]);
    }
    dir.ringfence(&["explain", &full, "absent"]).ends().fails(2, &["absent"]);
    dir.ringfence(&["explain", &full, "--only", "nonsense"]).ends().fails(2, &["nonsense"]);
}

#[test]
fn digits_that_fit_two_findings_are_told_with_both() {
    let dir = Dir::plain();
    // As many that two of them begin alike; no file holds more than are listed.
    for part in 0..12 {
        let lines: String = (0..1000).map(|n| format!("{}\n", token(part * 1000 + n))).collect();
        dir.write(format!("{part}"), lines);
    }
    let mut by_start: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for finding in dir.report(&["scan"]).value["findings"].as_array().unwrap() {
        let full = text(&finding["fingerprint"]);
        by_start.entry(full[..6].to_owned()).or_default().push(full.to_owned());
    }
    let (start, both) = by_start.iter().find(|(_, all)| all.len() > 1).expect("two that begin alike");
    let outcome = dir.ringfence(&["explain", start]).ends();
    outcome.fails(2, &["more than one finding", "type more digits", GITHUB, &both[0][..7], &both[1][..7]]);
    explained(&dir, &[&both[0]]);
}

#[test]
fn an_incomplete_scan_says_so_and_not_that_there_is_nothing() {
    let dir = Dir::plain();
    dir.write("open", token(1));
    dir.write("behind", token(2));
    let [one, two] = ["open", "behind"].map(|path| fingerprint(&dir, &[path]));
    dir.link("behind", "link");
    dir.ringfence(&["explain", &two, "open", "link"]).ends().fails(3, &["1 thing", "could not be read"]);
    let (said, _) = explained(&dir, &[&one, "open", "link"]);
    says(&said, &["it fails the run", "incomplete: 1 thing in scope could not be read; it may stand there, too"]);
}

/// A repository whose branch `change` takes a check away; gives the fingerprint that the range says.
fn changed() -> (Dir, String) {
    let dir = Dir::repository();
    dir.write("src/auth/login.py", "@login_required\ndef a():\n    return 1\n");
    dir.commit("base");
    dir.git(&["checkout", "--quiet", "-b", "change"]);
    dir.write("src/auth/login.py", "def a():\n    return 1\n");
    let report = dir.report(&["diff", "--only", "area"]);
    let full = text(&report.value["findings"][0]["fingerprint"]).to_owned();
    (dir, full)
}

#[test]
fn a_finding_of_a_change_is_explained_where_the_change_stands() {
    let (dir, full) = changed();
    let words = ["login.py high", "A change to authentication"];
    says(&explained(&dir, &[&full]).0, &words);
    dir.git(&["add", "--all"]);
    says(&explained(&dir, &[&full, "--staged"]).0, &words);
    dir.commit("change");
    for range in ["main...change", "main..change", "main.."] {
        says(&explained(&dir, &[&full[..8], range]).0, &words);
    }
    let outcome = dir.ringfence(&["explain", &full]).ends();
    outcome.fails(2, &["in `.`", "the change of the working tree", "its range or `--staged`"]);
    dir.ringfence(&["explain", &full, "--staged"]).ends().fails(2, &["what is staged", "name the range"]);
    dir.ringfence(&["explain", &full, "main..none"]).ends().fails(2, &["none"]);
    dir.ringfence(&["explain", &full, "..", "--staged"]).ends().fails(2, &["--staged"]);
    dir.write("src/a..b/c", token(1));
    let full = fingerprint(&dir, &["src/a..b"]);
    explained(&dir, &[&full, "src/a..b"]);
}
