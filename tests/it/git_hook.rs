//! A real pre-commit hook that runs `ringfence diff --staged` lets pass and refuses what it should.

use crate::support::{Dir, GITHUB, Outcome, token};

/// A repository with a commit of `file` and a hook.
fn guarded() -> Dir {
    let repo = Dir::repository();
    repo.write("file", "one\n");
    repo.commit("base");
    let hook = format!("#!/bin/sh\nexec '{}' diff --staged\n", env!("CARGO_BIN_EXE_ringfence"));
    repo.script(".git/hooks/pre-commit", &hook);
    repo
}

fn commit(repo: &Dir, args: &[&str]) -> Outcome {
    let before = repo.git(&["rev-parse", "HEAD"]);
    let outcome = repo.try_git(&[&["commit", "-m", "message"], args].concat());
    let moved = before != repo.git(&["rev-parse", "HEAD"]);
    assert_eq!(moved, outcome.code == 0, "git says {}, HEAD moved: {moved}", outcome.code);
    outcome
}

fn refused(outcome: &Outcome, path: &str) {
    let said = format!("{}{}", outcome.stdout(), outcome.stderr());
    assert_ne!(outcome.code, 0, "the commit went through: {said}");
    assert!(said.contains(GITHUB) && said.contains(path), "{said}");
    assert!(!said.contains(&token(1)[4..]), "the token was printed");
}

#[test]
fn a_clean_commit_passes_and_a_token_is_refused() {
    let repo = guarded();
    repo.write("file", "one\ntwo\n");
    repo.git(&["add", "file"]);
    assert_eq!(commit(&repo, &[]).code, 0);
    repo.write("new", token(1));
    repo.git(&["add", "new"]);
    refused(&commit(&repo, &[]), "new");
    // The token left the working tree and not the index, which is what would be committed.
    repo.write("new", "clean\n");
    refused(&commit(&repo, &[]), "new");
}

#[test]
fn commit_all_is_judged_by_what_it_takes_along() {
    let repo = guarded();
    repo.write("file", token(1));
    refused(&commit(&repo, &["-a"]), "file");
    repo.write("file", "two\n");
    repo.write("untracked", token(1));
    assert_eq!(commit(&repo, &["-a"]).code, 0);
}

#[test]
fn commit_of_a_path_is_judged_by_that_path() {
    let repo = guarded();
    repo.write("staged", token(1));
    repo.git(&["add", "staged"]);
    repo.write("file", "two\n");
    assert_eq!(commit(&repo, &["file"]).code, 0, "the path alone is clean");
    repo.git(&["reset", "--quiet"]);
    repo.write("file", token(1));
    refused(&commit(&repo, &["file"]), "file");
    repo.write("deep/file", "x\n");
    repo.git(&["add", "deep"]);
    repo.write("deep/file", token(1));
    refused(&repo.try_git(&["-C", "deep", "commit", "-m", "message", "file"]), "deep/file");
}

#[test]
fn amending_is_judged_by_what_it_adds() {
    let repo = guarded();
    repo.write("file", format!("{}\n", token(1)));
    repo.git(&["add", "file"]);
    refused(&commit(&repo, &["--amend"]), "file");
    repo.write("file", "clean\n");
    repo.git(&["add", "file"]);
    assert_eq!(commit(&repo, &["--amend"]).code, 0);
}

#[test]
fn a_commit_from_a_subdirectory_or_a_linked_worktree_is_judged_too() {
    let repo = guarded();
    repo.write("deep/new", token(1));
    repo.git(&["add", "deep/new"]);
    refused(&repo.try_git(&["-C", "deep", "commit", "-m", "message"]), "deep/new");
    let linked = repo.beside("linked").to_string_lossy().into_owned();
    repo.git(&["worktree", "add", "--quiet", &linked]);
    std::fs::write(repo.beside("linked/other"), token(1)).unwrap();
    repo.git(&["-C", &linked, "add", "other"]);
    refused(&repo.try_git(&["-C", &linked, "commit", "-m", "message"]), "other");
}

#[test]
fn a_first_commit_is_judged_too() {
    let repo = guarded();
    repo.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    repo.write("new", token(1));
    repo.git(&["add", "new"]);
    refused(&repo.try_git(&["commit", "-m", "message"]), "new");
}

#[test]
fn a_merge_is_judged_by_what_it_brings() {
    let repo = guarded();
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("side", token(1));
    repo.commit("side");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("main", "x\n");
    repo.commit("main");
    repo.git(&["merge", "--quiet", "--no-commit", "side"]);
    refused(&repo.try_git(&["commit", "-m", "message"]), "side");
}

#[test]
fn a_commit_that_mends_a_broken_policy_is_told_the_way_in() {
    let repo = guarded();
    repo.write("ringfence.toml", "version = 7\n");
    repo.commit("broken");
    repo.write("ringfence.toml", "version = 1\n");
    repo.git(&["add", "ringfence.toml"]);
    let outcome = commit(&repo, &[]);
    let said = outcome.stderr();
    assert!(outcome.code != 0 && said.contains("ringfence.toml:1: `version` is 7"), "{said}");
    assert!(said.contains("--policy FILE") && said.contains("git commit --no-verify"), "{said}");
    std::fs::write(repo.beside("mended.toml"), "version = 1\n").unwrap();
    let mended = repo.beside("mended.toml").to_string_lossy().into_owned();
    assert_eq!(repo.ringfence(&["diff", "--staged", "--policy", &mended]).ends().code, 0);
}
