//! Whatever a repository says about itself: nothing in it is executed, nothing is written to it, and nothing is hidden.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::support::{Dir, everything, token};

/// Every command that reads a repository.
const COMMANDS: [&[&str]; 4] = [&["scan"], &["diff"], &["diff", "--staged"], &["diff", "HEAD~..HEAD"]];

/// A repository with a token in every place that these commands read.
fn full() -> Dir {
    let repo = Dir::repository();
    repo.write("file", "x\n");
    repo.commit("base");
    repo.write("committed", format!("{}\n", token(1)));
    repo.commit("second");
    repo.write("staged", format!("{}\n", token(2)));
    repo.git(&["add", "staged"]);
    repo.write("untracked", format!("{}\n", token(3)));
    repo
}

fn expected(command: &[&str]) -> &'static [&'static str] {
    match command {
        ["scan"] => &["committed:1:1", "staged:1:1", "untracked:1:1"],
        ["diff"] => &["staged:1:1", "untracked:1:1"],
        ["diff", "--staged"] => &["staged:1:1"],
        _ => &["committed:1:1"],
    }
}

#[test]
fn attributes_and_settings_hide_nothing_and_run_nothing() {
    let repo = full();
    let marker = repo.beside("executed");
    let evil = format!("#!/bin/sh\necho \"$0\" >> '{}'\nexit 0\n", marker.display());
    for hook in ["pre-commit", "post-index-change", "post-checkout", "reference-transaction", "fsmonitor-watchman"] {
        repo.script(format!(".git/hooks/{hook}"), &evil);
    }
    let program = repo.script(".git/evil", &evil).to_string_lossy().into_owned();
    for key in [
        "diff.external",
        "diff.evil.command",
        "diff.evil.textconv",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
        "core.editor",
        "credential.helper",
        "core.alternateRefsCommand",
        "gpg.program",
        "interactive.diffFilter",
    ] {
        repo.git(&["config", key, &program]);
    }
    repo.git(&["config", "filter.evil.required", "true"]);
    repo.git(&["config", "diff.evil.binary", "true"]);
    repo.git(&["config", "diff.ignoreSubmodules", "all"]);
    // Not in the working tree, where git itself would run the filters while the test still sets up.
    repo.write(".git/info/attributes", "* -diff -text binary diff=evil filter=evil export-ignore linguist-generated\n");
    let _ = fs::remove_file(&marker);
    for command in COMMANDS {
        repo.report(command).finds(expected(command));
        assert!(!marker.exists(), "{command:?} ran {}", fs::read_to_string(&marker).unwrap_or_default());
    }
    // The trap works: git itself steps into it.
    repo.try_git(&["diff", "HEAD~..HEAD"]);
    repo.try_git(&["status"]);
    assert!(fs::read_to_string(&marker).unwrap().lines().count() > 1);
}

#[test]
fn attributes_in_the_change_itself_hide_nothing() {
    let repo = Dir::repository();
    repo.write("file", "x\n");
    repo.commit("base");
    repo.write(".gitattributes", "* -diff\n*.txt binary\n");
    repo.write("a.txt", token(1));
    repo.git(&["add", "--all"]);
    repo.report(&["diff", "--staged"]).finds(&[".gitattributes:1:1 attribute-hides-changes", "a.txt:1:1"]);
    repo.commit("second");
    repo.report(&["diff", "HEAD~..HEAD"]).finds(&[".gitattributes:1:1 attribute-hides-changes", "a.txt:1:1"]);
}

/// Size, time and place of everything in `.git`.
fn state(repo: &Dir) -> BTreeMap<PathBuf, (u64, SystemTime)> {
    let of = |path: &PathBuf| {
        let metadata = fs::symlink_metadata(path).unwrap();
        (path.clone(), (metadata.len(), metadata.modified().unwrap()))
    };
    everything(&repo.at(".git")).iter().map(of).collect()
}

#[test]
fn nothing_is_written() {
    let repo = full();
    // A stale index is one that git would write afresh.
    repo.write("committed", format!("{}\n", token(1)));
    let before = state(&repo);
    for command in COMMANDS {
        repo.report(command).finds(expected(command));
        assert_eq!(state(&repo), before, "{command:?} wrote into .git");
    }
}

#[test]
fn variables_of_a_caller_are_honoured_by_diff_and_not_by_scan() {
    let repo = full();
    let other = Dir::repository();
    other.write("other", token(4));
    other.git(&["add", "--all"]);
    // What git sets for its hooks names the repository and the index that count.
    let git_dir = other.at(".git");
    let staged = repo.ringfence(&["diff", "--staged"]).env("GIT_DIR", &git_dir).env("GIT_WORK_TREE", other.path());
    staged.report().finds(&["other:1:1"]);
    let index = repo.ringfence(&["diff", "--staged"]).env("GIT_INDEX_FILE", repo.at(".git/none"));
    index.report().finds(&[]);
    // A scan of given paths means these paths, whoever calls.
    let scan = repo.ringfence(&["scan"]).env("GIT_DIR", &git_dir).env("GIT_INDEX_FILE", git_dir.join("index"));
    scan.report().finds(expected(&["scan"]));
}
