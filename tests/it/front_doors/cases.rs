//! The real pre-commit, with the hook that we publish: what it lets pass and what it refuses.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

use super::{Door, block, packages, passed, read, refused, refused_by, said, served, url};
use crate::support::{Dir, GITHUB, token};

/// A folder of the templates, as a repository that somebody can clone.
fn sample() -> Dir {
    let dir = Dir::repository();
    let template = super::root().join("examples/sample/.");
    assert_eq!(dir.program("cp", &[OsStr::new("-a"), template.as_os_str(), OsStr::new(".")]).ends().code, 0);
    dir.commit("sample");
    dir
}

/// What a reader runs as long as ringfence is on no forge and in no index.
#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn the_sample_can_be_tried_before_a_release() {
    let door = Door::new("unused", "");
    let script = super::root().join("examples/try-sample");
    let outcome = door.run(&script.to_string_lossy(), &[packages()]).ends();
    assert_eq!(outcome.code, 0, "{}", said(&outcome));
    for part in ["ringfence....", "Failed", "private-key-openssh", "contents: read → write"] {
        assert!(said(&outcome).contains(part), "{part}: {}", said(&outcome));
    }
    // The sample is no place to commit in as long as it is a folder of this repository.
    let here = super::root().join("examples/sample");
    let outcome = door.run("./bad-commit", &[""; 0]).within(here).ends();
    assert!(outcome.code == 2 && said(&outcome).contains("copy it elsewhere"), "{}", said(&outcome));
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn two_commands_of_the_readme_lead_from_a_clone_to_a_refused_commit() {
    let commands = block("README.md", "## How to use it", "sh").lines().count();
    assert!(commands > 2, "the first block is another one");
    let readme = read("README.md");
    let (_, below) = readme.split_once("examples/sample](examples/sample)").unwrap();
    let lines: Vec<&str> = below.split("```").nth(1).unwrap().trim_start_matches("sh").trim().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let own = block("examples/sample/README.md", "# A repository with a fence", "sh");
    let bare = |line: &str| line.split('#').next().unwrap().trim().to_owned();
    assert_eq!(lines.iter().map(|line| bare(line)).collect::<Vec<_>>(), own.lines().map(bare).collect::<Vec<_>>());
    // The guide and the sample name the same repository and version.
    let guide = block("docs/hooks.md", "## pre-commit", "yaml");
    assert_eq!(read("examples/sample/.pre-commit-config.yaml"), guide);
    assert!(guide.contains(concat!("rev: v", env!("CARGO_PKG_VERSION"))));

    let origin = sample();
    let door = Door::new("unused", "");
    door.dir.git(&["clone", "--quiet", &origin.path().to_string_lossy(), "clone"]);
    let fresh = door.dir.beside("fresh");
    let (began, head) = (Instant::now(), door.dir.git(&["-C", "clone", "rev-parse", "HEAD"]));
    let run = |line: &str| {
        let run = door.run("sh", &["-c", line]).within(door.dir.at("clone"));
        run.env("PRE_COMMIT_HOME", &fresh).ends()
    };
    let first = run(lines[0]);
    assert_eq!(first.code, 0, "{}", said(&first));
    let second = run(lines[1]);
    let took = began.elapsed();
    refused_by(&second, "private-key-openssh", "deploy_key");
    refused_by(&second, "workflow-token", ".github/workflows/ci.yml");
    assert!(said(&second).contains("job test gains contents: read → write"), "{}", said(&second));
    assert_eq!(door.dir.git(&["-C", "clone", "rev-parse", "HEAD"]), head, "a commit was made");
    assert!(took < Duration::from_secs(60), "{took:?}");
    // The same commands let a harmless commit pass.
    let harmless = "git reset --quiet --hard && echo fine > fine && git add fine && git commit -m fine";
    passed(&run(harmless));
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn additions_changes_renames_and_deletions_are_judged() {
    let door = Door::of_pre_commit();
    door.stage("new", "fine\n");
    passed(&door.commit());
    door.stage("new", token(1));
    refused(&door.commit(), "new");
    door.stage("new", "fine\n");
    door.stage("other", token(1));
    refused(&door.commit(), "other");
    // It left the working tree and not the index, which is what would be committed.
    door.dir.write("other", "clean\n");
    refused(&door.commit(), "other");
    door.dir.git(&["rm", "--quiet", "--force", "other"]);
    door.dir.git(&["mv", "file", "renamed"]);
    passed(&door.commit());
    door.dir.git(&["mv", "renamed", "again"]);
    door.stage("again", format!("one\n{}\n", token(1)));
    refused(&door.commit(), "again");
    door.stage("again", "one\n");
    passed(&door.commit());
    // Nothing but deletions, for which pre-commit has no names to hand on.
    door.dir.git(&["rm", "--quiet", "again"]);
    passed(&door.commit());
    door.dir.write(".github/CODEOWNERS", "* @acme/core\n");
    door.dir.commit("owners");
    door.dir.git(&["rm", "--quiet", ".github/CODEOWNERS"]);
    refused_by(&door.commit(), "codeowners", ".github/CODEOWNERS");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn the_half_that_is_staged_is_judged_and_the_other_stays() {
    let door = Door::of_pre_commit();
    let secret = format!("one\n{}\n", token(1));
    door.stage("file", "one\ntwo\n");
    door.dir.write("file", &secret);
    passed(&door.commit());
    assert_eq!(std::fs::read_to_string(door.dir.at("file")).unwrap(), secret);
    door.stage("file", &secret);
    door.dir.write("file", "one\nthree\n");
    refused(&door.commit(), "file");
    assert_eq!(std::fs::read_to_string(door.dir.at("file")).unwrap(), "one\nthree\n");
    // What is not tracked is not committed, and not judged.
    door.stage("file", "one\nthree\n");
    door.dir.write("untracked", token(1));
    passed(&door.commit());
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn all_and_some_paths_are_judged_by_what_they_take_along() {
    let door = Door::of_pre_commit();
    door.dir.write("file", token(1));
    refused(&door.git(&["commit", "-a", "-m", "all"]), "file");
    door.dir.write("file", "two\n");
    passed(&door.git(&["commit", "-a", "-m", "all"]));
    door.stage("staged", token(1));
    door.dir.write("file", "three\n");
    passed(&door.git(&["commit", "-m", "one path", "file"]));
    refused(&door.commit(), "staged");
    door.dir.git(&["reset", "--quiet"]);
    door.dir.write("file", token(1));
    refused(&door.git(&["commit", "-m", "one path", "file"]), "file");
    door.stage("file", format!("three\n{}\n", token(1)));
    refused(&door.git(&["commit", "--amend", "--no-edit"]), "file");
}

/// A branch `side` that adds `content`, and a commit on `main` since.
fn forked(door: &Door, path: &str, content: &str) {
    door.dir.git(&["checkout", "--quiet", "-b", "side"]);
    door.dir.write(path, content);
    door.dir.commit("side");
    door.dir.git(&["checkout", "--quiet", "main"]);
    door.dir.write("main", "x\n");
    door.dir.commit("main");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn merges_are_judged_by_what_they_bring() {
    let door = Door::of_pre_commit();
    door.well("pre-commit", &["install", "--hook-type", "pre-merge-commit"]);
    forked(&door, "brought", &token(1));
    refused(&door.git(&["merge", "--no-edit", "side"]), "brought");
    door.dir.git(&["merge", "--abort"]);
    door.dir.git(&["checkout", "--quiet", "side"]);
    door.dir.write("brought", "clean\n");
    door.dir.git(&["commit", "--quiet", "--all", "--amend", "--no-edit", "--no-verify"]);
    door.dir.git(&["checkout", "--quiet", "main"]);
    passed(&door.git(&["merge", "--no-edit", "side"]));

    // With a conflict, git asks the other hook, of the commit that ends it.
    let door = Door::of_pre_commit();
    forked(&door, "main", &token(1));
    assert_ne!(door.git(&["merge", "--no-edit", "side"]).code, 0);
    door.stage("main", token(1));
    refused(&door.commit(), "main");
    door.stage("main", "settled\n");
    passed(&door.commit());
}

/// Names that a shell, a terminal or an option parser could take for something else.
pub(super) const NAMES: [&[u8]; 5] =
    [b"-n", b"--help", b"new\nline", b"quo\"te ' $(touch owned) `touch owned`", b"tab\t\x1b[31m"];
/// A name that is no UTF-8.
pub(super) const BYTES: &[u8] = b"no \xff\xfe text";

/// Stages a file with one of those names.
pub(super) fn stage(door: &Door, name: &[u8], content: &str) {
    let name = OsStr::from_bytes(name);
    door.dir.write(name, content);
    door.dir.git(&[OsStr::new("add"), OsStr::new("--"), name]);
}

/// Holds that a name makes no difference to what passes and what does not.
pub(super) fn is_a_name_like_others(door: &Door, name: &[u8]) {
    stage(door, name, &format!("clean since {}\n", &door.dir.git(&["rev-parse", "HEAD"])[..7]));
    passed(&door.commit());
    stage(door, name, &format!("{}\n", token(1)));
    let outcome = door.commit();
    refused(&outcome, GITHUB);
    assert!(!said(&outcome).contains("\x1b[31m"), "a control character of the name was printed");
    door.dir.git(&["reset", "--quiet", "--hard"]);
    assert!(!door.dir.at("owned").exists());
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn names_from_hell_are_names_like_others() {
    let door = Door::of_pre_commit();
    NAMES.iter().for_each(|name| is_a_name_like_others(&door, name));
    // This one pre-commit itself cannot read, so that nothing is committed.
    stage(&door, BYTES, "clean\n");
    refused_by(&door.commit(), "UnicodeDecodeError", "");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn a_commit_cannot_allow_itself_anything() {
    let door = Door::of_pre_commit();
    let allow = format!(
        "version = 1\nfail-on = \"never\"\n[[allow]]\nrule = \"{GITHUB}\"\npath = \"new\"\nvalue = \"ghp_*\"\nreason = \"x\"\n"
    );
    door.stage("new", token(1));
    door.stage("ringfence.toml", &allow);
    let outcome = door.commit();
    refused(&outcome, "new");
    refused_by(&outcome, "policy-", "ringfence.toml");
    // Alone it is refused as well: somebody has to look.
    door.dir.git(&["rm", "--quiet", "--cached", "new"]);
    refused_by(&door.commit(), "policy-", "ringfence.toml");
    // A policy that cannot be read stops everything, and says where.
    door.stage("ringfence.toml", "version = 7\n");
    door.dir.git(&["commit", "--quiet", "--no-verify", "-m", "broken"]);
    door.stage("other", "fine\n");
    refused_by(&door.commit(), "exit code: 2", "ringfence.toml:1");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn other_states_of_a_repository_are_no_way_around() {
    let door = Door::of_pre_commit();
    door.dir.git(&["checkout", "--quiet", "--detach"]);
    door.stage("new", token(1));
    refused(&door.commit(), "new");
    door.dir.git(&["reset", "--quiet", "--hard"]);
    // The first commit of a history.
    door.dir.git(&["checkout", "--quiet", "--orphan", "fresh"]);
    door.stage("new", token(1));
    refused(&door.commit(), "new");
    door.stage("new", "fine\n");
    passed(&door.commit());
    // A linked working tree, and a folder inside.
    let linked = door.dir.beside("linked").to_string_lossy().into_owned();
    door.dir.git(&["worktree", "add", "--quiet", &linked]);
    std::fs::create_dir(door.dir.beside("linked/deep")).unwrap();
    std::fs::write(door.dir.beside("linked/deep/new"), token(1)).unwrap();
    door.dir.git(&["-C", &linked, "add", "deep"]);
    refused(&door.git(&["-C", &format!("{linked}/deep"), "commit", "-m", "x"]), "deep/new");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn whoever_commits_can_skip_it_and_a_run_without_a_commit_says_that_it_read_nothing() {
    let door = Door::of_pre_commit();
    door.stage("new", token(1));
    refused(&door.commit(), "new");
    let skipped = door.run("git", &["commit", "-m", "x"]).env("SKIP", "ringfence").ends();
    assert_eq!(skipped.code, 0, "{}", said(&skipped));
    assert!(said(&skipped).contains("Skipped"), "{}", said(&skipped));
    // What is committed is not staged any more. The last line shows it, because the hook speaks where it passes.
    let all = door.well("pre-commit", &["run", "--all-files"]);
    assert!(said(&all).contains("· 0 files, 0 added lines read"), "{}", said(&all));
    // Warnings are shown where nothing fails.
    door.stage(".github/workflows/ci.yml", "on: push\njobs: {}\n");
    let warned = door.commit();
    passed(&warned);
    assert!(said(&warned).contains("area-ci · warning"), "{}", said(&warned));
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn both_hooks_that_we_publish_do_the_same() {
    let config = block("docs/hooks.md", "## pre-commit", "yaml").replace("id: ringfence", "id: ringfence-system");
    let door = Door::new(".pre-commit-config.yaml", &config);
    door.well("pre-commit", &["install"]);
    door.stage("new", token(1));
    // Without the program nothing is committed.
    refused_by(&door.commit(), "ringfence", "not found");
    let door = door.with_ringfence();
    refused(&door.commit(), "new");
    door.stage("new", "fine\n");
    passed(&door.commit());

    let valid =
        door.well("pre-commit", &["validate-manifest", &served().join(".pre-commit-hooks.yaml").to_string_lossy()]);
    assert_eq!(said(&valid), "");
    // What is installed is a wheel of ours, and nothing that compiles.
    assert!(packages().is_dir() && url(&config).starts_with("https://"));
    let manifest = read(".pre-commit-hooks.yaml");
    assert!(!manifest.contains("language: rust") && read("pyproject.toml").contains("setuptools.build_meta"));
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn a_hook_written_out_needs_no_repository_of_ours() {
    let text = read("docs/hooks.md");
    let local = text.split("```yaml\n").find(|piece| piece.contains("repo: local")).unwrap();
    let door = Door::new(".pre-commit-config.yaml", local.split("```").next().unwrap()).with_ringfence();
    door.well("pre-commit", &["install"]);
    door.stage("new", token(1));
    refused(&door.commit(), "new");
}
