//! `init`: a policy that changes nothing, and a hook that blocks; nothing is ever overwritten.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::{Dir, GITHUB, Outcome, token};

/// A repository with one commit.
fn repository() -> Dir {
    let repo = Dir::repository();
    repo.write("file", "one\n");
    repo.commit("base");
    repo
}

fn done(outcome: &Outcome, words: &[&str]) {
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout(), outcome.stderr());
    for word in words {
        assert!(outcome.stdout().contains(word), "`{word}` is not in: {}", outcome.stdout());
    }
}

fn blocked(repo: &Dir, outcome: &Outcome) {
    let said = format!("{}{}", outcome.stdout(), outcome.stderr());
    assert_ne!(outcome.code, 0, "the commit went through: {said}");
    assert!(said.contains(GITHUB), "{said}");
    assert_eq!(repo.git(&["log", "--oneline"]).lines().count(), 1, "a commit was made");
}

#[test]
fn a_refused_commit_says_so_and_why() {
    let repo = repository();
    done(&repo.ringfence(&["init"]).ends(), &["wrote the hook"]);
    let commit = |content: &str| {
        repo.write("new", content);
        repo.git(&["add", "new"]);
        repo.guarded_git(&["commit", "-m", "x"])
    };
    let outcome = commit(&token(1));
    let said = "pre-commit: the commit was refused; `ringfence explain FINGERPRINT` says why a finding is there.\n";
    assert!(outcome.code != 0 && outcome.stderr().ends_with(said), "{}", outcome.stderr());
    let outcome = commit("fine\n");
    assert!(outcome.code == 0 && !outcome.stderr().contains("pre-commit:"), "{}", outcome.stderr());
    repo.write("ringfence.toml", "version = 7\n");
    repo.commit("broken");
    let outcome = commit("fine, too\n");
    assert!(outcome.code != 0 && outcome.stderr().contains("the check could not be made"), "{}", outcome.stderr());
}

#[test]
fn two_commands_lead_to_a_blocked_commit() {
    let repo = repository();
    done(&repo.ringfence(&["init"]).ends(), &["wrote `ringfence.toml`", "wrote the hook", "ringfence doctor"]);
    repo.write("new", token(1));
    repo.git(&["add", "new"]);
    blocked(&repo, &repo.guarded_git(&["commit", "-m", "bad"]));
    repo.write("new", "fine\n");
    repo.git(&["add", "new", "ringfence.toml"]);
    let fine = repo.guarded_git(&["commit", "-m", "good"]);
    assert_eq!(fine.code, 0, "{}{}", fine.stdout(), fine.stderr());
}

#[test]
fn a_hook_without_the_program_blocks_and_says_why() {
    let repo = repository();
    done(&repo.ringfence(&["init", "--hook"]).ends(), &[]);
    repo.write("new", "fine\n");
    repo.git(&["add", "new"]);
    let outcome = repo.try_git(&["commit", "-m", "x"]);
    assert_ne!(outcome.code, 0);
    assert!(outcome.stderr().contains("ringfence was not found in PATH"), "{}", outcome.stderr());
}

#[test]
fn the_draft_judges_as_no_policy() {
    let repo = repository();
    repo.write("a", token(1));
    let before = repo.report(&["scan"]);
    done(&repo.ringfence(&["init", "--no-hook"]).ends(), &["wrote `ringfence.toml`"]);
    assert!(!repo.at(".git/hooks/pre-commit").exists());
    let after = repo.report(&["scan"]);
    assert_eq!(after.value["policy"]["source"], "tree");
    for key in ["findings", "suppressed", "summary"] {
        assert_eq!(before.value[key], after.value[key]);
    }
    repo.git(&["rm", "--quiet", "--cached", "file"]);
    repo.git(&["add", "ringfence.toml"]);
    // That a policy comes is for a person to see, and nothing in it is a grant.
    let staged = repo.report(&["diff", "--staged"]);
    assert_eq!((staged.found(), staged.outcome.code), (vec!["ringfence.toml:7:1 area-policy".to_owned()], 0));
}

#[test]
fn a_policy_is_never_overwritten() {
    let repo = repository();
    repo.write("ringfence.toml", "version = 1\n");
    for args in [&["init", "--no-hook"][..], &["init", "--output", "ringfence.toml"]] {
        repo.ringfence(args).ends().fails(2, &["is there already", "--output", "`ringfence init`"]);
    }
    let refused = repo.ringfence(&["init", "--import"]).ends();
    refused.fails(2, &["is there already", "nothing was imported", "init --import --output FILE", "[[allow]]"]);
    assert!(!repo.at(".git/hooks/pre-commit").exists());
    // Somebody who cloned a repository with a policy needs the hook alone, and may ask twice.
    done(&repo.ringfence(&["init"]).ends(), &["left alone: ringfence.toml", "wrote the hook"]);
    done(&repo.ringfence(&["init"]).ends(), &["left alone: ringfence.toml", "left alone: the hook"]);
    assert_eq!(fs::read_to_string(repo.at("ringfence.toml")).unwrap(), "version = 1\n");
    fs::remove_file(repo.at("ringfence.toml")).unwrap();
    symlink("elsewhere", repo.at("ringfence.toml")).unwrap();
    repo.ringfence(&["init", "--no-hook"]).ends().fails(2, &["is there already"]);
    done(&repo.ringfence(&["init"]).ends(), &["left alone: ringfence.toml"]);
    assert!(!repo.at("elsewhere").exists());
    fs::remove_file(repo.at(".git/hooks/pre-commit")).unwrap();
    done(
        &repo.ringfence(&["init", "--output", "other.toml"]).ends(),
        &["wrote `other.toml`", "`other.toml` rules nothing by its name: copy what you want of it into ringfence.toml"],
    );
    assert!(!repo.at(".git/hooks/pre-commit").exists(), "a draft brings no hook");
}

#[test]
fn it_writes_to_the_top_from_anywhere_and_works_without_a_repository() {
    let repo = repository();
    repo.write("deep/er/file", "x");
    done(&repo.ringfence(&["init"]).within(repo.at("deep/er")).ends(), &["ringfence.toml"]);
    assert!(repo.at("ringfence.toml").exists());
    let plain = Dir::plain();
    done(&plain.ringfence(&["init"]).ends(), &["wrote `ringfence.toml`"]);
    plain.ringfence(&["init", "--hook"]).ends().fails(2, &["not inside a git repository"]);
    let bare = Dir::plain();
    bare.git(&["init", "--quiet", "--bare"]);
    bare.ringfence(&["init"]).ends().fails(2, &["bare repository"]);
}

#[test]
fn an_existing_hook_is_left_alone_and_told_what_to_add() {
    let repo = repository();
    let other = "#!/bin/sh\nmake lint\n";
    repo.script(".git/hooks/pre-commit", other);
    let outcome = repo.ringfence(&["init", "--hook"]).ends();
    outcome.fails(2, &["the hook was not installed", "`exit`:\nringfence diff --staged || exit 1\n"]);
    assert!(outcome.stdout().contains("wrote `ringfence.toml`"), "the policy is written all the same");
    done(&repo.ringfence(&["init"]).ends(), &["the hook was not installed", "ringfence diff --staged || exit 1"]);
    assert_eq!(fs::read_to_string(repo.at(".git/hooks/pre-commit")).unwrap(), other);
    repo.script(".git/hooks/pre-commit", &format!("{other}ringfence diff --staged || exit 1\n"));
    done(&repo.ringfence(&["init", "--hook"]).ends(), &["runs ringfence already"]);
    fs::remove_file(repo.at(".git/hooks/pre-commit")).unwrap();
    done(&repo.ringfence(&["init", "--hook"]).ends(), &["wrote the hook"]);
    done(&repo.ringfence(&["init", "--hook"]).ends(), &["is there already"]);
}

#[test]
fn the_hook_goes_where_git_looks_for_it() {
    let repo = repository();
    repo.git(&["config", "core.hooksPath", ".githooks"]);
    done(&repo.ringfence(&["init", "--hook"]).ends(), &[".githooks/pre-commit", "commit it"]);
    repo.write("new", token(1));
    repo.git(&["add", "new"]);
    blocked(&repo, &repo.guarded_git(&["commit", "-m", "bad"]));
    let mode = fs::metadata(repo.at(".githooks/pre-commit")).unwrap().permissions().mode();
    assert_eq!(mode & 0o111, 0o111);

    let linked = repository();
    linked.git(&["worktree", "add", "--quiet", "../linked"]);
    done(&linked.ringfence(&["init", "--hook"]).within(linked.beside("linked")).ends(), &["wrote the hook"]);
    assert!(linked.at(".git/hooks/pre-commit").exists(), "hooks of a linked worktree belong to all");
    assert!(linked.beside("linked/ringfence.toml").exists() && !linked.at("ringfence.toml").exists());
    fs::write(linked.beside("linked/new"), token(1)).unwrap();
    linked.git(&["-C", "../linked", "add", "new"]);
    blocked(&linked, &linked.guarded_git(&["-C", "../linked", "commit", "-m", "bad"]));
}

#[test]
fn hooks_that_others_share_are_not_written() {
    let repo = repository();
    let outside = repo.beside("hooks");
    repo.git(&["config", "core.hooksPath", outside.to_str().unwrap()]);
    repo.ringfence(&["init", "--hook"])
        .ends()
        .fails(2, &["core.hookspath", "outside of this repository", "line:\nringfence diff --staged || exit 1\n"]);
    repo.git(&["config", "--unset", "core.hooksPath"]);
    fs::write(repo.home().join(".gitconfig"), "[core]\n\thooksPath = .shared\n").unwrap();
    repo.ringfence(&["init", "--hook"]).ends().fails(2, &["core.hookspath", "every repository of yours"]);
    done(&repo.ringfence(&["init"]).ends(), &["core.hooksPath", "every repository of yours"]);
    assert!(!outside.exists() && !repo.at(".shared").exists());
    fs::remove_file(repo.home().join(".gitconfig")).unwrap();
    repo.git(&["config", "core.hooksPath", ""]);
    repo.ringfence(&["init", "--hook"]).ends().fails(2, &["git runs no hook", "git config --unset core.hooksPath"]);
    assert!(!repo.at("pre-commit").exists() && !repo.at(".git/hooks/pre-commit").exists());
}

#[test]
fn where_hooks_are_managed_the_manager_is_told() {
    for (sign, content, words) in [
        (".pre-commit-config.yaml", "repos: []\n", &["pre-commit manages", "- repo: local", "always_run: true"][..]),
        (".husky/pre-commit", "npm test\n", &["husky manages", "`.husky/pre-commit`", "ringfence diff --staged"]),
        ("prek.toml", "repos = []\n", &["prek manages", "`prek install`", "repo = \"local\""]),
        ("lefthook.yml", "pre-commit: {}\n", &["lefthook manages", "run: ringfence diff --staged"]),
    ] {
        let repo = repository();
        repo.write(sign, content);
        repo.ringfence(&["init", "--hook"]).ends().fails(2, words);
        done(&repo.ringfence(&["init"]).ends(), &["the hook was not installed", words[words.len() - 1]]);
        assert!(!repo.at(".git/hooks/pre-commit").exists(), "{sign}");
        assert_eq!(fs::read_to_string(repo.at(sign)).unwrap(), content);
        // A comment is no call.
        repo.write(sign, format!("{content}# ringfence\n"));
        repo.ringfence(&["init", "--hook"]).ends().fails(2, words);
        repo.write(sign, format!("{content}  ringfence diff --staged\n"));
        let told = ["left alone", "names ringfence already", "is not installed in this clone: run `"];
        repo.ringfence(&["init", "--hook"]).ends().fails(2, &told);
        done(&repo.ringfence(&["init"]).ends(), &told);
        assert!(!repo.at(".git/hooks/pre-commit").exists(), "{sign}");
        // What a manager installs names it.
        let name = words[0].split(' ').next().unwrap();
        repo.script(".git/hooks/pre-commit", &format!("#!/bin/sh\nexec {name} run\n"));
        done(&repo.ringfence(&["init", "--hook"]).ends(), &["left alone", "names ringfence already"]);
    }
}
