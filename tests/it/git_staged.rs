//! `diff --staged` reads what is about to be committed: the index against HEAD, whatever the working tree says.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Dir, Report, everything, made, text, token};

fn staged(repo: &Dir) -> Report {
    repo.report(&["diff", "--staged"])
}

/// A repository with one commit of `file`.
fn with(file: &str, content: &str) -> Dir {
    let repo = Dir::repository();
    repo.write(file, content);
    repo.commit("base");
    repo
}

#[test]
fn the_index_counts_and_the_working_tree_does_not() {
    let repo = with("file", "one\n");
    repo.write("file", format!("one\ntwo {}\n", token(1)));
    repo.git(&["add", "file"]);
    repo.write("file", format!("one\n\n\nelsewhere {}\n", token(2)));
    repo.write("untracked", token(3));
    let report = staged(&repo);
    report.finds(&["file:2:5"]);
    assert_eq!(report.value["source"]["kind"], "staged");
    assert_eq!(report.value["source"]["base"], repo.git(&["rev-parse", "HEAD"]));
    assert_eq!(report.value["coverage"]["added_lines"], 1);
    repo.git(&["reset", "--quiet"]);
    staged(&repo).finds(&[]);
}

#[test]
fn a_first_commit_has_no_past() {
    let repo = Dir::repository();
    repo.write("a/file", format!("x\n{}\n", token(1)));
    repo.git(&["add", "--all"]);
    let report = staged(&repo);
    report.finds(&["a/file:2:1"]);
    assert_eq!(report.value["source"].get("base"), None);
}

#[test]
fn a_repository_without_anything_is_clean() {
    let report = staged(&Dir::repository());
    report.finds(&[]);
    assert_eq!(report.files(), 0);
}

#[test]
fn it_means_the_whole_repository_from_any_directory() {
    let repo = with("deep/er/file", "x\n");
    repo.write("top", token(1));
    repo.git(&["add", "--all"]);
    repo.ringfence(&["diff", "--cached"]).within(repo.at("deep/er")).report().finds(&["top:1:1"]);
}

#[test]
fn intent_to_add_is_not_about_to_be_committed() {
    let repo = with("file", "x\n");
    repo.write("new", token(1));
    repo.git(&["add", "--intent-to-add", "new"]);
    staged(&repo).finds(&[]);
    repo.report(&["diff"]).finds(&["new:1:1"]);
}

#[test]
fn only_added_lines_count() {
    let repo = with("file", &format!("{}\nold\n", token(1)));
    repo.write("file", format!("first\n{}\nnew\n", token(1)));
    repo.git(&["add", "--all"]);
    let report = staged(&repo);
    report.finds(&[]);
    assert_eq!(report.value["coverage"]["added_lines"], 2);
}

#[test]
fn a_renamed_file_is_compared_with_what_it_was() {
    let body = "a line of text that makes the two files alike\n".repeat(20);
    let repo = with("old", &format!("{body}{}\n", token(1)));
    repo.git(&["mv", "old", "new"]);
    staged(&repo).finds(&[]);
    repo.write("new", format!("{body}{}\n{}\n", token(1), token(2)));
    repo.git(&["add", "--all"]);
    staged(&repo).finds(&["new:22:1"]);
}

#[test]
fn a_mode_alone_adds_nothing() {
    let repo = with("file", &token(1));
    repo.git(&["update-index", "--chmod=+x", "file"]);
    let report = staged(&repo);
    report.finds(&[]);
    assert_eq!(report.value["coverage"]["added_lines"], 0);
}

#[test]
fn a_link_is_the_text_of_its_target() {
    let repo = with("file", "x\n");
    fs::remove_file(repo.at("file")).unwrap();
    repo.link(format!("/srv/{}", token(1)), "file");
    repo.link(format!("../{}", token(2)), "new");
    repo.git(&["add", "--all"]);
    // They lead out of the repository, besides.
    staged(&repo).finds(&["file:1:1 link-out-of-tree", "file:1:6", "new:1:1 link-out-of-tree", "new:1:4"]);
}

#[test]
fn a_submodule_is_told_and_not_entered() {
    let other = with("file", &token(1));
    let repo = with("file", "x\n");
    let url = other.path().to_string_lossy().into_owned();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "sub"]);
    let report = staged(&repo);
    // Whose code it is, is told, and that dependencies change.
    report.finds(&[
        ".gitmodules:1:1 area-dependencies",
        ".gitmodules:3:1 submodule-source",
        "sub:1:1 scope-new-submodule",
    ]);
    assert_eq!(report.skipped(), ["sub: submodule: its content is another repository"]);
}

#[test]
fn a_deletion_adds_nothing() {
    let repo = with("file", &token(1));
    repo.git(&["rm", "--quiet", "file"]);
    staged(&repo).finds(&[]);
}

#[test]
fn both_sides_of_a_conflict_are_read() {
    let repo = with("file", "base\n");
    repo.git(&["checkout", "--quiet", "-b", "theirs"]);
    repo.write("file", format!("theirs {}\n", token(1)));
    repo.commit("theirs");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("file", "ours\n");
    repo.commit("ours");
    assert_ne!(repo.try_git(&["merge", "theirs"]).code, 0);
    assert!(repo.git(&["ls-files", "--unmerged"]).lines().count() == 3);
    staged(&repo).finds(&["file:1:8"]);
    // On disk it stands between git's marks: <<<<<<<, ours, =======, theirs. The index still has it, too.
    repo.report(&["diff"]).finds(&["file:1:8", "file:4:8"]);
}

#[test]
fn a_linked_worktree_has_an_index_of_its_own() {
    let repo = with("file", "x\n");
    let linked = repo.beside("linked");
    repo.git(&["worktree", "add", "--quiet", &linked.to_string_lossy()]);
    fs::write(linked.join("new"), token(1)).unwrap();
    repo.git(&["-C", &linked.to_string_lossy(), "add", "new"]);
    staged(&repo).finds(&[]);
    repo.ringfence(&["diff", "--staged"]).within(&linked).report().finds(&["new:1:1"]);
    repo.ringfence(&["diff"]).within(&linked).report().finds(&["new:1:1"]);
    repo.ringfence(&["scan"]).within(&linked).report().finds(&["new:1:1"]);
}

/// `git sparse-checkout set` with the given kind of index, then a change inside.
fn sparse(kind: &str) {
    let repo = Dir::repository();
    for folder in ["in", "out/a", "out/b"] {
        repo.write(format!("{folder}/file"), format!("x\n{}\n", token(1)));
    }
    repo.commit("base");
    repo.git(&["sparse-checkout", "set", "--cone", kind, "in"]);
    assert!(!repo.at("out").exists());
    repo.write("in/new", token(2));
    repo.git(&["add", "--all"]);
    staged(&repo).finds(&["in/new:1:1"]);
    repo.report(&["diff"]).finds(&["in/new:1:1"]);
    repo.report(&["scan"]).finds(&["in/file:2:1", "in/new:1:1"]);
}

#[test]
fn a_sparse_checkout_is_no_deletion() {
    sparse("--no-sparse-index");
}

#[test]
fn a_sparse_index_is_understood() {
    sparse("--sparse-index");
}

#[test]
fn a_split_index_is_understood() {
    let repo = with("file", "x\n");
    repo.write("first", token(1));
    repo.git(&["add", "--all"]);
    repo.git(&["update-index", "--split-index"]);
    repo.write("second", token(2));
    repo.git(&["add", "second"]);
    staged(&repo).finds(&["first:1:1", "second:1:1"]);
}

#[test]
fn every_version_of_the_index_is_understood() {
    for version in ["2", "3", "4"] {
        let repo = with("file", "x\n");
        repo.write("folder/new", token(1));
        repo.git(&["add", "--all"]);
        repo.git(&["update-index", "--index-version", version]);
        staged(&repo).finds(&["folder/new:1:1"]);
    }
}

#[test]
fn a_read_only_repository_can_be_scanned() {
    let repo = with("file", "x\n");
    repo.write("new", token(1));
    repo.git(&["add", "--all"]);
    repo.give_to_nobody();
    let git = everything(&repo.at(".git"));
    for path in &git {
        let mode = if path.is_dir() { 0o555 } else { 0o444 };
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    for args in [&["diff", "--staged"][..], &["diff"], &["scan"]] {
        repo.as_nobody(args).report().finds(&["new:1:1"]);
    }
    for path in git.iter().filter(|p| p.is_dir()) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[test]
fn a_private_key_counts_when_any_of_its_lines_is_added() {
    let key = made("{pem:RSA PRIVATE KEY}", 5);
    let (begin, rest) = key.split_once('\n').unwrap();
    let repo = with("key.pem", &format!("# a key\n{begin}\nto follow\n"));
    repo.write("key.pem", format!("# a key\n{begin}\n{rest}\n"));
    repo.git(&["add", "--all"]);
    let report = staged(&repo);
    report.finds(&["key.pem:2:1 private-key-rsa"]);
    report.outcome.hides(&rest[..40]);
}

#[test]
fn binary_and_large_blobs_are_read() {
    let repo = with("file", "x\n");
    repo.write("binary", [b"\x7fELF\0\0\x01\0", token(1).as_bytes(), b"\0"].concat());
    let mut large = b"a line of text\n".repeat(20 << 16);
    large.extend(token(2).bytes());
    repo.write("large", &large);
    repo.git(&["add", "--all"]);
    staged(&repo).finds(&["binary:1:9", &format!("large:{}:1", (20 << 16) + 1)]);
    repo.report(&["diff"]).finds(&["binary:1:9", &format!("large:{}:1", (20 << 16) + 1)]);
}

#[test]
fn a_large_file_is_compared_line_by_line() {
    let mut content = format!("{}\n", token(1));
    content.push_str(&"a line of text\n".repeat(12 << 16));
    let repo = with("large", &content);
    content.push_str(&format!("k {}\n", token(2)));
    repo.write("large", &content);
    repo.git(&["add", "--all"]);
    let expected = format!("large:{}:3", (12 << 16) + 2);
    staged(&repo).finds(&[&expected]);
    repo.report(&["diff"]).finds(&[&expected]);
}

#[test]
fn a_lock_of_the_index_does_not_matter() {
    let repo = with("file", "x\n");
    repo.write("new", token(1));
    repo.git(&["add", "--all"]);
    repo.write(".git/index.lock", "");
    staged(&repo).finds(&["new:1:1"]);
    repo.report(&["diff"]).finds(&["new:1:1"]);
    assert!(repo.at(".git/index.lock").exists());
}

#[test]
fn odd_names_are_staged_too() {
    let repo = with("file", "x\n");
    let name = "new\nline \x1b[31m \u{202e} \"quoted\"";
    repo.write(name, token(1));
    repo.git(&["add", "--all"]);
    let report = staged(&repo);
    report.finds(&[&format!("{name}:1:1"), &format!("{name}:2:12 text-bidi-control")]);
    assert_eq!(text(&report.value["findings"][0]["path"]), name);
}

#[test]
fn staged_and_a_range_exclude_each_other() {
    let repo = with("file", "x\n");
    repo.ringfence(&["diff", "--staged", "HEAD..HEAD"]).ends().fails(2, &["--staged"]);
}

#[test]
fn objects_that_git_keeps_apart_are_read() {
    let dir = Dir::repository();
    dir.write("file", token(1));
    dir.git(&["add", "file"]);
    let id = dir.git(&["rev-parse", ":file"]).trim().to_owned();
    let object = format!("{}/{}", &id[..2], &id[2..]);
    let apart = dir.beside("apart");
    fs::create_dir_all(apart.join(&id[..2])).unwrap();
    fs::rename(dir.at(".git/objects").join(&object), apart.join(&object)).unwrap();
    dir.report(&["diff", "--staged"]).misses(&[], "file");
    let run = dir.ringfence(&["diff", "--staged"]).env("GIT_OBJECT_DIRECTORY", &apart);
    run.report().finds(&["file:1:1"]);
}
