//! `doctor`: tries the hook without touching anything, and says line by line what is to be done.

use std::fs;

use crate::support::{Dir, GITHUB, Outcome, contains, everything, path_with_program, token};

fn repository() -> Dir {
    let repo = Dir::repository();
    repo.write("file", "one\n");
    repo.commit("base");
    repo
}

fn doctor(repo: &Dir, args: &[&str]) -> Outcome {
    let args: Vec<&str> = ["doctor"].iter().chain(args).copied().collect();
    repo.ringfence(&args).env("PATH", path_with_program()).ends()
}

/// Fails unless it ends with `code` and says every one of `lines`.
fn says(outcome: &Outcome, code: i32, lines: &[&str]) {
    assert_eq!(outcome.code, code, "{}{}", outcome.stdout(), outcome.stderr());
    for line in lines {
        assert!(outcome.stdout().contains(line), "`{line}` is not in: {}", outcome.stdout());
    }
}

/// A repository in which all is well.
fn sound() -> Dir {
    let repo = repository();
    repo.write(
        ".github/workflows/ci.yml",
        "on: pull_request\njobs:\n  fence:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n        with:\n          \
         fetch-depth: 0\n      - run: ringfence diff \"$BASE...$HEAD\"\n",
    );
    assert_eq!(repo.ringfence(&["init", "--hook"]).ends().code, 0);
    repo.commit("gate");
    repo
}

#[test]
fn a_sound_gate_is_told_and_nothing_is_touched() {
    let repo = sound();
    repo.write("staged", "x\n");
    repo.git(&["add", "staged"]);
    let before = state(&repo);
    let outcome = doctor(&repo, &[]);
    says(
        &outcome,
        0,
        &[
            "ok     version: ringfence",
            "ok     policy: ringfence.toml of HEAD",
            "ok     hook: .git/hooks/pre-commit fires",
            "ok     pipeline: .github/workflows/ci.yml:9 checks the range",
            "all is well",
        ],
    );
    assert!(before == state(&repo), "something was written");
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    let outcome = repo.ringfence(&["doctor"]).env("PATH", path_with_program()).within(&linked).ends();
    says(&outcome, 0, &["pre-commit fires"]);
}

#[test]
fn a_hook_that_does_not_fire_is_told() {
    let repo = repository();
    says(&doctor(&repo, &[]), 1, &["to do  hook: there is none", "`ringfence init` installs one"]);
    let repo = sound();
    // A policy that lets everything pass.
    repo.write("ringfence.toml", "version = 1\nfail-on = \"never\"\n");
    repo.commit("soft");
    says(&doctor(&repo, &[]), 1, &["to do  hook: .git/hooks/pre-commit let a canary pass"]);
    let repo = sound();
    let outcome = repo.ringfence(&["doctor"]).ends();
    says(&outcome, 1, &["fails before it looks", "ringfence was not found in PATH"]);
    let repo = sound();
    repo.git(&["config", "core.hooksPath", "elsewhere"]);
    says(&doctor(&repo, &[]), 1, &["to do  hook: there is none"]);
    // Where the setting is empty, git runs none.
    let repo = sound();
    repo.git(&["config", "core.hooksPath", ""]);
    let empty = "to do  hook: `core.hooksPath` is empty, so git runs no hook; `git config --unset core.hooksPath`";
    says(&doctor(&repo, &[]), 1, &[empty]);
    let repo = sound();
    let run = |name: &str, value: &str| {
        let run = repo.ringfence(&["doctor"]).env("PATH", path_with_program());
        run.env("GIT_CONFIG_COUNT", "1").env("GIT_CONFIG_KEY_0", "core.hooksPath").env(name, value).ends()
    };
    says(&run("GIT_CONFIG_VALUE_0", ""), 1, &["git runs no hook; GIT_CONFIG_COUNT"]);
    says(&run("GIT_CONFIG_VALUE_0", ".git/hooks"), 0, &["hook: .git/hooks/pre-commit fires"]);
    says(
        &run("GIT_CONFIG_VALUE_0", "/nowhere"),
        1,
        &["leads to /nowhere/pre-commit", "ringfence diff --staged || exit 1"],
    );
    // No advice that `init` would turn down.
    let repo = sound();
    let outside = repo.beside("hooks").to_string_lossy().into_owned();
    repo.git(&["config", "core.hooksPath", &outside]);
    let outcome = doctor(&repo, &[]);
    says(&outcome, 1, &["which others may use: write it yourself", "ringfence diff --staged || exit 1"]);
    assert!(!outcome.stdout().contains("`ringfence init` installs"), "{}", outcome.stdout());
    let repo = sound();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(repo.at(".git/hooks/pre-commit"), mode).unwrap();
    says(&doctor(&repo, &[]), 1, &["to do  hook: .git/hooks/pre-commit is not executable"]);
}

#[test]
fn a_hook_of_others_is_read_and_run_only_if_asked() {
    let repo = sound();
    let ran = repo.beside("ran");
    let hook = |text: &str| {
        repo.script(".git/hooks/pre-commit", &format!("#!/bin/sh\ntouch '{}'\n{text}\n", ran.display()));
    };
    hook("ringfence diff --staged || exit 1");
    says(&doctor(&repo, &[]), 0, &["note   hook: .git/hooks/pre-commit runs ringfence by its text", "--run-hook"]);
    assert!(!ran.exists());
    says(&doctor(&repo, &["--run-hook"]), 0, &["ok     hook: .git/hooks/pre-commit fires"]);
    assert!(ran.exists());
    hook("ringfence diff --staged || true");
    says(&doctor(&repo, &["--run-hook"]), 1, &["let a canary pass", "`|| exit 1` is missing"]);
    hook("seq 30; echo lint is broken; exit 3");
    says(&doctor(&repo, &[]), 1, &["does not run ringfence; add the line"]);
    let outcome = doctor(&repo, &["--run-hook"]);
    says(&outcome, 1, &["fails before it looks", "could not be tried", "lint is broken"]);
    assert!(!outcome.stdout().contains("\n       1\n"), "the end is shown, where the reason stands");
    assert!(!contains(&outcome.stdout, b"ghp_"), "the canary is not shown");
}

/// Every file of a repository with its content.
fn state(repo: &Dir) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    let files = everything(repo.path()).into_iter().filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

#[test]
fn a_hook_that_puts_work_aside_finds_none_of_the_users() {
    let repo = sound();
    repo.write(".gitignore", "node_modules/\n");
    repo.write("a.txt", "one\n");
    repo.commit("a");
    repo.write("a.txt", "one\nnot staged\n");
    repo.write("staged", "x\n");
    repo.git(&["add", "staged"]);
    repo.write("node_modules/tool", "echo the tool ran\n");
    // What pre-commit and lefthook do, and worse: the hook ends in the middle of it.
    let hook = "#!/bin/sh\n[ -n \"$(git status --porcelain | grep -v canary)\" ] && echo the checkout is not clean\n\
         sh node_modules/tool && cd \"$(git rev-parse --show-toplevel)\" && echo more >> a.txt && git stash --include-untracked && git tag mine\n\
         cd \"$(dirname \"$0\")/../..\" && echo more >> a.txt && git checkout -- . && git config x.y z && git clean -fdxq\n\
         git branch; kill -9 $$\n";
    repo.script(".git/hooks/pre-commit", hook);
    let before = state(&repo);
    let outcome = doctor(&repo, &["--run-hook"]);
    says(&outcome, 1, &["fails before it looks", "could not be tried", "* main"]);
    assert!(!outcome.stdout().contains("not clean"), "{}", outcome.stdout());
    assert!(before == state(&repo), "something was written");
    // The same way to the canary.
    let hook = hook.replace("kill -9 $$", "git stash pop -q; ringfence diff --staged || exit 1");
    repo.script(".git/hooks/pre-commit", &hook.replace("git stash --include-untracked", "git stash"));
    let before = state(&repo);
    doctor(&repo, &["--run-hook"]);
    assert!(before == state(&repo), "something was written");
    // One that insists is told.
    let insists = format!("#!/bin/sh\ncd '{}'; echo more >> a.txt\nringfence diff --staged", repo.path().display());
    repo.script(".git/hooks/pre-commit", &insists);
    says(&doctor(&repo, &["--run-hook"]), 1, &["`a.txt` changed in your working tree"]);
}

#[test]
fn hooks_in_the_tree_are_tried_as_they_stand_on_disk() {
    let repo = sound();
    repo.git(&["config", "core.hooksPath", ".husky/_"]);
    repo.write(".husky/pre-commit", "exit 0\n");
    repo.write(".husky/_/.gitignore", "*\n");
    repo.write("link", "x");
    repo.link("file", "other");
    repo.commit("husky");
    repo.script(".husky/_/pre-commit", "#!/bin/sh\nexec sh -e \"$(dirname \"$(dirname \"$0\")\")/pre-commit\"\n");
    says(&doctor(&repo, &["--run-hook"]), 1, &["let a canary pass"]);
    // What git would run is what is on disk.
    repo.write(".husky/pre-commit", "git diff --exit-code\nringfence diff --staged\n");
    says(&doctor(&repo, &["--run-hook"]), 0, &["ok     hook: .husky/_/pre-commit fires"]);
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", linked.to_str().unwrap()]);
    repo.git(&["config", "core.hooksPath", repo.at(".husky/_").to_str().unwrap()]);
    let outcome = repo.ringfence(&["doctor", "--run-hook"]).env("PATH", path_with_program()).within(&linked).ends();
    says(&outcome, 0, &["pre-commit fires"]);
}

#[test]
fn managers_of_hooks_are_known() {
    let repo = sound();
    repo.script(".git/hooks/pre-commit", "#!/bin/sh\nexec pre-commit hook-impl\n");
    repo.write(".pre-commit-config.yaml", "repos: []\n");
    says(&doctor(&repo, &[]), 1, &["to do  hook: .pre-commit-config.yaml does not run ringfence", "- repo: local"]);
    repo.write(
        ".pre-commit-config.yaml",
        "repos:\n- repo: local\n  hooks:\n  - id: ringfence\n    entry: ringfence diff --staged\n",
    );
    says(&doctor(&repo, &[]), 0, &["note   hook: pre-commit runs ringfence by the text"]);
    fs::remove_file(repo.at(".git/hooks/pre-commit")).unwrap();
    says(&doctor(&repo, &[]), 1, &["run `pre-commit install`"]);
}

#[test]
fn the_policy_that_rules_is_told() {
    let repo = repository();
    says(&doctor(&repo, &[]), 1, &["note   policy: the built-in one judges changes"]);
    repo.write("ringfence.toml", "version = 1\n");
    says(&doctor(&repo, &[]), 1, &["to do  policy: ringfence.toml is not committed"]);
    repo.commit("policy");
    repo.write("ringfence.toml", "version = 1\nfail-on = \"low\"\n");
    says(
        &doctor(&repo, &[]),
        1,
        &["ok     policy: ringfence.toml of HEAD", "to do  policy: ringfence.toml on disk differs"],
    );
    repo.write("ringfence.toml", "version = 7\n");
    repo.commit("broken");
    says(&doctor(&repo, &[]), 1, &["is broken", "ringfence.toml:1: `version` is 7"]);
}

#[test]
fn entries_without_use_are_told() {
    let repo = sound();
    repo.write("a", token(1));
    let entry = |path: &str, more: &str| {
        format!("[[allow]]\nrule = \"{GITHUB}\"\npath = \"{path}\"\nvalue = \"ghp_*\"\nreason = \"x\"\n{more}")
    };
    repo.write("ringfence.toml", format!("version = 1\n{}", entry("a", "")));
    repo.commit("one");
    says(&doctor(&repo, &[]), 0, &["ok     entries: 1 entry in the policy, all of use"]);
    repo.write("ringfence.toml", format!("version = 1\n{}{}", entry("b", ""), entry("a", "expires = 2001-01-01\n")));
    repo.commit("two");
    let outcome = repo.ringfence(&["doctor"]).env("PATH", path_with_program()).within(repo.at(".github")).ends();
    says(
        &outcome,
        1,
        &[
            "ringfence.toml:2: this entry sets nothing aside",
            "ringfence.toml:7: this entry has expired",
            "2 things to do",
        ],
    );
}

#[test]
fn pipelines_are_held_to_range_and_depth() {
    let repo = sound();
    let workflow = ".github/workflows/ci.yml";
    let text = fs::read_to_string(repo.at(workflow)).unwrap();
    for (from, to, said) in [
        ("fetch-depth: 0", "fetch-depth: 2", "fetch-depth: 0"),
        ("diff \"$BASE...$HEAD\"", "diff --staged", "`ringfence diff --ci` finds out"),
        ("diff \"$BASE...$HEAD\"", "scan", "judged by their own policy"),
        ("$HEAD\"", "$HEAD\" || true", "throws the result away"),
        ("on: pull_request", "on: schedule", "no change waits for it"),
        ("    runs-on", "    if: false\n    runs-on", "never runs"),
        ("ringfence", "make", "no pipeline calls ringfence"),
    ] {
        repo.write(workflow, text.replace(from, to));
        says(&doctor(&repo, &[]), 1, &["to do  pipeline:", said]);
    }
    repo.write(".woodpecker/a.yaml", "steps:\n  a:\n    commands:\n      - ringfence diff --ci\n");
    repo.git(&["add", ".woodpecker"]);
    says(&doctor(&repo, &[]), 1, &["to do  pipeline: .woodpecker/a.yaml:4 asks for `--ci`", "name the commits"]);
    repo.git(&["rm", "--quiet", "-rf", ".woodpecker"]);
    repo.git(&["rm", "--quiet", "-f", workflow]);
    says(&doctor(&repo, &[]), 0, &["note   pipeline: no file of a pipeline"]);
}

#[test]
fn where_there_is_no_gate_it_says_so() {
    Dir::plain().ringfence(&["doctor"]).ends().fails(2, &["not inside a git repository"]);
    let bare = Dir::plain();
    bare.git(&["init", "--quiet", "--bare"]);
    bare.ringfence(&["doctor"]).ends().fails(2, &["bare repository"]);
    let unborn = Dir::repository();
    assert_eq!(unborn.ringfence(&["init", "--hook"]).ends().code, 0);
    says(&doctor(&unborn, &[]), 1, &["pre-commit fires", "ringfence.toml is not committed"]);
}

#[test]
fn what_pipelines_take_in_from_elsewhere_is_named_as_not_read() {
    let repo = sound();
    let call = "on: pull_request\njobs:\n  gate:\n    uses: acme/ci/.github/workflows/gate.yml@v1\n";
    repo.write(".github/workflows/ci.yml", call);
    repo.write(".gitlab-ci.yml", "include:\n  - project: acme/ci\n    file: gate.yml\n");
    repo.commit("elsewhere");
    let lines = [
        "note   pipeline: .github/workflows/ci.yml:4 takes in acme/ci/.github/workflows/gate.yml@v1, which is not read",
        "note   pipeline: .gitlab-ci.yml:2 takes in acme/ci, which is not read",
        "note   pipeline: no pipeline that is read here calls ringfence",
        "all is well",
    ];
    says(&doctor(&repo, &[]), 0, &lines);
}

#[test]
fn a_comment_without_use_is_a_note() {
    let repo = sound();
    repo.write("a.py", format!("# ringfence:allow {GITHUB} -- revoked\nA = read()\n"));
    repo.commit("comment");
    let line = format!("note   entries: a.py:1: `ringfence:allow {GITHUB}` sets nothing aside; remove it");
    says(&doctor(&repo, &[]), 0, &[&line, "all is well"]);
}

#[test]
fn of_very_many_entries_only_the_first_are_named() {
    let repo = sound();
    let entry =
        |n: usize| format!("[[allow]]\nrule = \"{GITHUB}\"\npath = \"f{n}\"\nvalue = \"ghp_*\"\nreason = \"x\"\n");
    repo.write("ringfence.toml", "version = 1\n".to_owned() + &(0..10_000).map(entry).collect::<String>());
    repo.commit("many");
    let outcome = doctor(&repo, &[]);
    says(&outcome, 1, &["ringfence.toml:2: this entry sets nothing aside", "more entries set nothing aside"]);
    assert!(outcome.stdout().lines().count() < 60, "{}", outcome.stdout().lines().count());
}
