//! What was typed and what was meant: the nearest word is told, and the reason in words for people.

use crate::support::Dir;

fn told(dir: &Dir, words: &[&str]) -> String {
    let outcome = dir.ringfence(words).ends();
    assert_eq!(outcome.code, 2, "{words:?}: {}", outcome.stderr());
    outcome.stderr()
}

#[test]
fn options_of_other_programs_lead_to_those_that_are_here() {
    let dir = Dir::plain();
    for (words, advice) in [
        (&["scan", "--json"][..], "tip: write `--format json`"),
        (&["diff", "--html"], "tip: write `--format html`"),
        (&["rules", "list", "--json"], "tip: write `--format jsonl`"),
        (&["scan", "--no-color"], "tip: write `--color never`"),
        (&["scan", "--version"], "tip: `ringfence --version` says it"),
    ] {
        let said = told(&dir, words);
        assert!(said.contains(advice) && !said.contains("-- --") && !said.contains("--verbose"), "{words:?}: {said}");
    }
    // Nothing is proposed that is not there.
    for words in [&["man", "--json"][..], &["rules", "show", "x", "--no-color"], &["scan", "--frobnicate"]] {
        let said = told(&dir, words);
        assert!(!said.contains("write `"), "{words:?}: {said}");
    }
}

#[test]
fn words_of_closed_sets_are_taken_in_any_case() {
    let dir = Dir::plain();
    for words in [["--fail-on", "HIGH"], ["--format", "JSON"], ["--color", "Never"], ["--policy-from", "HEAD"]] {
        assert_eq!(dir.ringfence(&[&["scan"][..], &words].concat()).ends().code, 0, "{words:?}");
    }
}

#[test]
fn the_nearest_file_and_the_nearest_revision_are_told() {
    let dir = Dir::repository();
    dir.write("sources/configuration.py", "x\n");
    dir.commit("base");
    dir.git(&["tag", "release-1"]);
    for (typed, meant) in [
        ("sources/configuratoin.py", "did you mean `sources/configuration.py`?"),
        ("soruces/configuration.py", "did you mean `sources/configuration.py`?"),
        ("./soruces", "did you mean `./sources`?"),
        ("sources/unlike", "no such file or directory; check the spelling"),
    ] {
        let said = told(&dir, &["scan", typed]);
        assert!(said.contains(meant), "{typed}: {said}");
    }
    for (typed, meant) in [
        ("mian...HEAD", "did you mean `main`?"),
        ("relaese-1~0..HEAD", "did you mean `release-1~0`?"),
        ("unlike..HEAD", "check the name, or fetch it"),
    ] {
        let said = told(&dir, &["diff", typed]);
        assert!(said.contains("unknown revision") && said.contains(meant), "{typed}: {said}");
    }
}

#[test]
fn reasons_are_words_for_people() {
    let dir = Dir::repository();
    for words in [
        &["scan", "--policy", "nowhere.toml"][..],
        &["scan", "--rules", "nowhere.toml"],
        &["report", "nowhere.json"],
        &["evidence", "verify", "nowhere.json"],
        &["scan", "--output", "nowhere/report"],
        &["man", "nowhere"],
    ] {
        let said = told(&dir, words);
        let is_plain = said.contains("no such file or directory; check the spelling") && !said.contains("os error");
        assert!(is_plain, "{words:?}: {said}");
    }
    assert!(told(&dir, &["scan", "--threads", "many"]).contains("it is no whole number; write one such as `4`"));
}
