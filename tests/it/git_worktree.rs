//! `diff` reads the working tree against HEAD: staged, unstaged, and untracked files that are not ignored.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::support::{Dir, token};

/// A repository with one commit of `file`.
fn with(file: &str, content: &str) -> Dir {
    let repo = Dir::repository();
    repo.write(file, content);
    repo.commit("base");
    repo
}

#[test]
fn staged_unstaged_and_untracked_count_and_ignored_does_not() {
    let repo = with("file", &format!("{}\nold\n", token(1)));
    repo.write(".gitignore", "*.log\n");
    repo.write("file", format!("{}\nnew {}\n", token(1), token(2)));
    repo.write("staged", token(3));
    repo.git(&["add", "staged"]);
    repo.write("deep/untracked", token(4));
    repo.write("ignored.log", token(5));
    let report = repo.report(&["diff"]);
    report.finds(&["deep/untracked:1:1", "file:2:5", "staged:1:1"]);
    assert_eq!(report.value["source"]["kind"], "worktree");
    assert_eq!(report.value["source"]["base"], repo.git(&["rev-parse", "HEAD"]));
    assert_eq!(report.value["source"].get("head"), None);
    repo.ringfence(&["diff"]).within(repo.at("deep")).report().finds(&["deep/untracked:1:1", "file:2:5", "staged:1:1"]);
}

#[test]
fn no_change_is_nothing_to_read() {
    let repo = with("file", &token(1));
    let report = repo.report(&["diff"]);
    report.finds(&[]);
    assert_eq!((report.files(), &report.value["coverage"]["added_lines"]), (0, &0.into()));
}

#[test]
fn a_tracked_file_that_is_ignored_counts() {
    let repo = with("file.log", "x\n");
    repo.write(".gitignore", "*.log\n");
    repo.write("file.log", token(1));
    repo.report(&["diff"]).finds(&["file.log:1:1"]);
}

#[test]
fn the_working_tree_counts_and_not_the_index() {
    let repo = with("file", "x\n");
    repo.write("file", "x\ny\n");
    repo.git(&["add", "file"]);
    repo.write("file", format!("x\ny\n{}\n", token(1)));
    repo.report(&["diff"]).finds(&["file:3:1"]);
    repo.report(&["diff", "--staged"]).finds(&[]);
}

/// Same size, same modification time: only the content differs.
#[test]
fn a_change_that_hides_its_time_is_seen() {
    let repo = Dir::repository();
    let token = token(1);
    repo.write("file", "x".repeat(token.len()));
    repo.commit("base");
    let modified = fs::metadata(repo.at("file")).unwrap().modified().unwrap();
    let file = fs::OpenOptions::new().write(true).open(repo.at("file")).unwrap();
    std::io::Write::write_all(&mut &file, token.as_bytes()).unwrap();
    file.set_modified(modified).unwrap();
    repo.report(&["diff"]).finds(&["file:1:1"]);
}

#[test]
fn an_unborn_head_makes_everything_new() {
    let repo = Dir::repository();
    repo.write("staged", token(1));
    repo.git(&["add", "--all"]);
    repo.write("untracked", token(2));
    let report = repo.report(&["diff"]);
    report.finds(&["staged:1:1", "untracked:1:1"]);
    assert_eq!(report.value["source"].get("base"), None);
}

#[test]
fn deletions_modes_and_links() {
    let repo = Dir::repository();
    for name in ["gone", "mode", "became-link"] {
        repo.write(name, format!("{}\n", token(1)));
    }
    repo.commit("base");
    fs::remove_file(repo.at("gone")).unwrap();
    fs::set_permissions(repo.at("mode"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::remove_file(repo.at("became-link")).unwrap();
    repo.link(format!("x/{}", token(2)), "became-link");
    repo.link(format!("xy/{}", token(3)), "new-link");
    repo.report(&["diff"]).finds(&["became-link:1:3", "new-link:1:4"]);
}

#[test]
fn a_directory_that_became_a_link_is_not_followed() {
    let repo = with("folder/file", "text\n");
    fs::rename(repo.at("folder"), repo.beside("folder")).unwrap();
    fs::write(repo.beside("folder/file"), token(1)).unwrap();
    repo.link(repo.beside("folder"), "folder");
    repo.report(&["diff"]).finds(&["folder:1:1 link-out-of-tree"]);
}

#[test]
fn a_file_that_became_a_directory_is_read() {
    let repo = with("name", "text\n");
    fs::remove_file(repo.at("name")).unwrap();
    repo.write("name/file", token(1));
    repo.report(&["diff"]).finds(&["name/file:1:1"]);
}

#[test]
fn special_files_are_listed_and_do_not_block() {
    let repo = with("tracked", "x\n");
    fs::remove_file(repo.at("tracked")).unwrap();
    for name in ["tracked", "untracked"] {
        assert!(Command::new("mkfifo").arg(repo.at(name)).status().unwrap().success());
    }
    let report = repo.report(&["diff"]);
    report.finds(&[]);
    let what = "a special file, not a regular file";
    assert_eq!(report.skipped(), [format!("tracked: {what}"), format!("untracked: {what}")]);
}

#[test]
fn a_changed_submodule_is_told() {
    let other = with("file", "x\n");
    let repo = with("file", "x\n");
    let url = other.path().to_string_lossy().into_owned();
    repo.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", &url, "sub"]);
    repo.commit("sub");
    repo.report(&["diff"]).finds(&[]);
    repo.write("sub/new", token(1));
    repo.git(&["-C", "sub", "add", "new"]);
    repo.git(&["-C", "sub", "commit", "--quiet", "-m", "new"]);
    let report = repo.report(&["diff"]);
    assert_eq!(report.found(), ["sub:1:1 scope-moved-submodule"]);
    assert_eq!(report.skipped(), ["sub: submodule: its content is another repository"]);
}

#[test]
fn what_cannot_be_read_is_a_gap_and_the_rest_is_reported() {
    let repo = with("closed", "x\n");
    repo.write("closed", "changed\n");
    repo.write("open", token(1));
    repo.give_to_nobody();
    fs::set_permissions(repo.at("closed"), fs::Permissions::from_mode(0o000)).unwrap();
    repo.as_nobody(&["diff"]).report().misses(&["open:1:1"], "closed: unreadable: ");
}

/// Git turns line ends round on the way in and out; a line that only differs there is not new.
#[test]
fn converted_line_ends_do_not_make_lines_new() {
    let repo = Dir::repository();
    repo.write("file", format!("{}\nold\n", token(1)));
    repo.commit("base");
    repo.git(&["config", "core.autocrlf", "true"]);
    repo.write("file", format!("{}\r\nold\r\nnew {}\r\n", token(1), token(2)));
    repo.report(&["diff"]).finds(&["file:3:5"]);
}

#[test]
fn a_file_that_is_moved_and_edited_before_it_is_staged_is_a_rename() {
    let dir = Dir::repository();
    dir.write("old.py", format!("OLD = '{}'\n{}", token(3), "x = 1\n".repeat(20)));
    assert_eq!(dir.ringfence(&["baseline", "write"]).ends().code, 0);
    dir.commit("base");
    let objects = crate::support::everything(&dir.at(".git/objects"));
    std::fs::rename(dir.at("old.py"), dir.at("new.py")).unwrap();
    let text = std::fs::read_to_string(dir.at("new.py")).unwrap();
    dir.write("new.py", format!("{text}y = 2\n"));
    dir.report(&["diff"]).finds(&[]);
    dir.write("new.py", format!("{text}NEW = '{}'\n", token(4)));
    dir.report(&["diff"]).finds(&["new.py:22:8"]);
    // What has little in common with it is new.
    dir.write("new.py", format!("OLD = '{}'\n{}", token(3), "y = 2\n".repeat(40)));
    dir.report(&["diff"]).finds(&["new.py:1:8"]);
    assert_eq!(crate::support::everything(&dir.at(".git/objects")), objects, "nothing was written");
}
