//! Attempts that need more than one step, or more than files: merges, several commits, flags of the index.

use super::{Told, append, edit, ground, leak, missing};
use crate::support::{Dir, token};

const SECRET: &str = "github-pat-classic src/leak.py";

fn tells(dir: &Dir, args: &[&str], findings: &[&str]) {
    let report = dir.report(args);
    assert_ne!(report.outcome.code, 0, "{:?}", report.found());
    assert_eq!(missing(&report, findings), None);
}

#[test]
fn what_a_merge_brings_that_neither_side_has_is_seen() {
    let dir = ground();
    let base = dir.commit("base");
    dir.git(&["checkout", "--quiet", "-b", "side"]);
    dir.write("src/side.py", "x = 1\n");
    dir.commit("side");
    dir.git(&["checkout", "--quiet", "main"]);
    dir.write("src/main.py", "x = 1\n");
    dir.commit("main");
    dir.git(&["merge", "--quiet", "--no-commit", "side"]);
    leak(&dir);
    dir.git(&["add", "--all"]);
    tells(&dir, &["diff", "--staged"], &[SECRET]);
    dir.git(&["commit", "--quiet", "--no-verify", "-m", "merge"]);
    tells(&dir, &["diff", &format!("{base}..HEAD")], &[SECRET]);
    tells(&dir, &["diff", "HEAD^1..HEAD"], &[SECRET]);
}

#[test]
fn splitting_an_attempt_over_commits_helps_nobody() {
    let dir = ground();
    let base = dir.commit("base");
    edit(&dir, "ringfence.toml", "exclude = [", "exclude = [\"src/**\", ");
    dir.commit("open");
    leak(&dir);
    dir.commit("use");
    edit(&dir, "ringfence.toml", "\"src/**\", ", "");
    append(
        &dir,
        "ringfence.toml",
        "\n[[allow]]\nrule = \"github-pat-classic\"\npath = \"src/leak.py\"\nvalue = \"ghp_*\"\nreason = \"x\"\n",
    );
    dir.commit("close");
    tells(&dir, &["diff", &format!("{base}..HEAD")], &[SECRET, "policy-allow ringfence.toml"]);
    // Each by itself: what opens is told, and what uses it is judged by what was merged.
    tells(&dir, &["diff", &format!("{base}..HEAD~2"), "--fail-on", "high"], &["policy-exclude ringfence.toml"]);
}

#[test]
fn deleting_and_adding_again_helps_nobody() {
    let dir = ground();
    let base = dir.commit("base");
    std::fs::remove_file(dir.at("src/app.py")).unwrap();
    dir.commit("delete");
    dir.write("src/app.py", format!("def main():\n    return '{}'\n", token(7)));
    dir.commit("add");
    tells(&dir, &["diff", &format!("{base}..HEAD")], &["github-pat-classic src/app.py"]);
}

#[test]
fn files_that_git_is_told_not_to_look_at_are_seen_on_disk() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let dir = ground();
        dir.commit("base");
        dir.git(&["update-index", flag, "src/app.py"]);
        dir.write("src/app.py", format!("T = '{}'\n", token(7)));
        assert_eq!(dir.git(&["status", "--short"]), "", "git does not see it");
        tells(&dir, &["diff"], &["github-pat-classic src/app.py"]);
        tells(&dir, &["scan"], &["github-pat-classic src/app.py"]);
    }
}

#[test]
fn what_is_outside_of_a_sparse_checkout_is_seen() {
    let dir = ground();
    dir.write("far/a.py", "x = 1\n");
    let base = dir.commit("base");
    dir.write("far/a.py", format!("T = '{}'\n", token(7)));
    dir.commit("change");
    dir.git(&["sparse-checkout", "set", "src"]);
    assert!(!dir.at("far/a.py").exists());
    tells(&dir, &["diff", &format!("{base}..HEAD")], &["github-pat-classic far/a.py"]);
}

#[test]
fn what_only_the_index_has_is_seen() {
    let dir = ground();
    dir.commit("base");
    leak(&dir);
    dir.git(&["add", "--all"]);
    dir.write("src/leak.py", "T = read()\n");
    tells(&dir, &["diff", "--staged"], &[SECRET]);
    tells(&dir, &["diff"], &[SECRET]);
}

#[test]
fn a_policy_that_nobody_else_sees_judges_no_change() {
    let dir = ground();
    std::fs::remove_file(dir.at("ringfence.toml")).unwrap();
    dir.commit("base");
    leak(&dir);
    dir.git(&["add", "--all"]);
    dir.write("ringfence.toml", "version = 1\nfail-on = \"never\"\n");
    tells(&dir, &["diff", "--staged"], &[SECRET]);
    let refused = dir.ringfence(&["diff", "--policy-from", "head"]).ends();
    refused.fails(2, &["`ringfence.toml` is not tracked by git"]);
    // What is staged is judged by what is staged.
    assert_eq!(dir.ringfence(&["diff", "--staged", "--policy-from", "head"]).ends().code, 1);
    dir.git(&["add", "--all"]);
    let own = dir.ringfence(&["diff", "--staged", "--policy-from", "head"]).ends();
    assert_eq!(own.code, 0, "{}", own.stdout());
    assert!(own.stderr().contains("warning: judged by the policy of the change itself"), "{}", own.stderr());
}

#[test]
fn every_format_says_that_the_change_judged_itself() {
    let dir = ground();
    dir.commit("base");
    leak(&dir);
    dir.git(&["add", "--all"]);
    for format in
        ["human", "json", "jsonl", "sarif", "github", "gitlab", "codeclimate", "junit", "rdjson", "markdown", "html"]
    {
        let says = |more: &[&str]| {
            let args = [&["diff", "--staged", "--format", format], more].concat();
            let said = dir.ringfence(&args).ends().stdout();
            said.contains("judged by the policy of the change itself")
        };
        assert!(says(&["--policy-from", "head"]), "{format}");
        assert!(!says(&[]), "{format}");
    }
}

#[test]
fn a_broken_base_is_refused_with_its_line() {
    let told = Told::Refused("ringfence.toml:2");
    let Told::Refused(words) = told else { return };
    let dir = ground();
    dir.write("ringfence.toml", "version = 1\nfail_on = \"high\"\n");
    dir.write("ringfence.baseline.jsonl", "{\"baseline\":\"ringfence/1\"}\nx\n");
    dir.commit("base");
    leak(&dir);
    dir.git(&["add", "--all"]);
    dir.ringfence(&["diff", "--staged"]).ends().fails(2, &[words]);
    dir.write("ringfence.toml", "version = 1\n");
    dir.commit("base");
    dir.ringfence(&["diff", "HEAD^..HEAD"]).ends().fails(2, &[words]);
    dir.write("b", "x");
    dir.git(&["add", "--all"]);
    dir.ringfence(&["diff", "--staged"]).ends().fails(2, &["ringfence.baseline.jsonl (base):2: an entry is"]);
    dir.ringfence(&["scan"]).ends().fails(2, &["ringfence.baseline.jsonl:2: an entry is"]);
}
