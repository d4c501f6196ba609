//! `scan` reads the files that are there: what counts, what is left out, and what cannot be read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crate::support::{Dir, Report, token};

#[test]
fn what_gitignore_matches_is_left_out_unless_it_is_tracked() {
    let repo = Dir::repository();
    repo.write(".gitignore", "*.log\n/build/\n");
    repo.write("tracked.log", token(1));
    repo.write("build/tracked.txt", token(2));
    repo.git(&["add", "--force", "tracked.log", "build/tracked.txt"]);
    repo.write("untracked.log", token(3));
    repo.write("build/untracked.txt", token(4));
    repo.write("untracked.txt", token(5));
    repo.report(&["scan"]).finds(&["build/tracked.txt:1:1", "tracked.log:1:1", "untracked.txt:1:1"]);
    let all = [
        "build/tracked.txt:1:1",
        "build/untracked.txt:1:1",
        "tracked.log:1:1",
        "untracked.log:1:1",
        "untracked.txt:1:1",
    ];
    repo.report(&["scan", "--no-ignore"]).finds(&all);
}

#[test]
fn a_file_counts_once_however_it_is_reached() {
    let repo = Dir::repository();
    repo.write("a/tracked", token(1));
    repo.commit("one");
    repo.write("a/untracked", token(2));
    let report = repo.report(&["scan", ".", "a", "a/tracked", "./a"]);
    report.finds(&["a/tracked:1:1", "a/untracked:1:1"]);
    assert_eq!(report.files(), 2);
}

#[test]
fn hidden_files_are_scanned() {
    let repo = Dir::repository();
    repo.write(".env", format!("TOKEN={}\n", token(1)));
    repo.write(".github/workflows/ci.yml", format!("env:\n  TOKEN: {}\n", token(2)));
    repo.report(&["scan"]).finds(&[".env:1:7", ".github/workflows/ci.yml:2:10"]);
}

#[test]
fn only_the_repositorys_own_gitignore_counts() {
    let outer = Dir::plain();
    outer.write(".gitignore", "*\n");
    outer.write(".ignore", "*\n");
    outer.write("repo/.ignore", "*\n");
    outer.write("repo/.rgignore", "*\n");
    outer.write("repo/found.txt", token(1));
    outer.git(&["init", "--quiet", "repo"]);
    fs::write(outer.home().join("excludes"), "*\n").unwrap();
    let excludes = format!("[core]\n\texcludesFile = {}\n", outer.home().join("excludes").display());
    fs::write(outer.home().join(".gitconfig"), excludes).unwrap();
    fs::create_dir_all(outer.home().join(".config/git")).unwrap();
    fs::write(outer.home().join(".config/git/ignore"), "*\n").unwrap();
    outer.ringfence(&["scan"]).within(outer.at("repo")).report().finds(&["found.txt:1:1"]);
    outer.report(&["scan", "repo"]).finds(&["found.txt:1:1"]);
}

#[test]
fn outside_a_repository_the_ignore_files_below_count_and_those_above_do_not() {
    let dir = Dir::plain();
    dir.write(".gitignore", "*\n");
    dir.write("below/.gitignore", "left-out\n");
    dir.write("below/left-out", token(1));
    dir.write("below/found", token(2));
    dir.report(&["scan", "below"]).finds(&["found:1:1"]);
}

#[test]
fn a_subdirectory_honours_the_gitignore_above_it() {
    let repo = Dir::repository();
    repo.write(".gitignore", "*.log\n");
    repo.write("a/b/left-out.log", token(1));
    repo.write("a/b/found.txt", token(2));
    repo.write("beside.txt", token(3));
    repo.report(&["scan", "a"]).finds(&["a/b/found.txt:1:1"]);
    repo.ringfence(&["scan"]).within(repo.at("a/b")).report().finds(&["a/b/found.txt:1:1"]);
}

#[test]
fn the_git_directory_is_never_entered() {
    let repo = Dir::repository();
    repo.git(&["config", "remote.origin.url", &format!("https://{}@example.com/x", token(1))]);
    repo.write(".git/hooks/pre-commit", token(2));
    repo.git(&["init", "--quiet", "nested"]);
    repo.write("nested/.git/description", token(3));
    repo.write("seen", token(4));
    repo.report(&["scan"]).finds(&["seen:1:1"]);
    repo.report(&["scan", "--no-ignore"]).finds(&["seen:1:1"]);
}

#[test]
fn links_are_text_and_are_never_followed() {
    let repo = Dir::repository();
    fs::write(repo.beside("outside"), token(1)).unwrap();
    fs::create_dir(repo.beside("elsewhere")).unwrap();
    fs::write(repo.beside("elsewhere/file"), token(2)).unwrap();
    repo.link(repo.beside("outside"), "to-file");
    repo.link(repo.beside("elsewhere"), "to-directory");
    repo.link("loop", "loop");
    repo.link("..", "up/up");
    repo.link(format!("/srv/{}", token(3)), "tracked");
    repo.git(&["add", "tracked"]);
    repo.link(format!("/srv/{}", token(4)), "untracked");
    repo.report(&["scan"]).finds(&[
        "to-directory:1:1 link-out-of-tree",
        "to-file:1:1 link-out-of-tree",
        "tracked:1:1 link-out-of-tree",
        "tracked:1:6",
        "untracked:1:1 link-out-of-tree",
        "untracked:1:6",
    ]);
}

#[test]
fn a_tracked_directory_that_became_a_link_is_not_followed() {
    let repo = Dir::repository();
    repo.write("folder/file", "text\n");
    repo.commit("one");
    fs::rename(repo.at("folder"), repo.beside("folder")).unwrap();
    fs::write(repo.beside("folder/file"), token(1)).unwrap();
    repo.link(repo.beside("folder"), "folder");
    repo.report(&["scan", "--fail-on", "medium"]).finds(&["folder:1:1 link-out-of-tree"]);
}

#[test]
fn a_link_that_is_named_is_a_gap() {
    let dir = Dir::plain();
    dir.write("target", token(1));
    dir.link("target", "named");
    dir.report(&["scan", "named"]).misses(&[], "named: a link");
}

#[test]
fn special_files_are_listed_and_do_not_block() {
    let dir = Dir::plain();
    dir.write("file", token(1));
    assert!(Command::new("mkfifo").arg(dir.at("fifo")).status().unwrap().success());
    let _socket = UnixListener::bind(dir.at("socket")).unwrap();
    let mknod = Command::new("mknod").arg(dir.at("device")).args(["c", "1", "5"]).output();
    let mut expected = vec!["fifo: a FIFO, not a regular file", "socket: a socket, not a regular file"];
    if mknod.is_ok_and(|o| o.status.success()) {
        expected.insert(0, "device: a device, not a regular file");
    }
    let report = dir.report(&["scan"]);
    report.finds(&["file:1:1"]);
    assert_eq!(report.skipped(), expected);
    dir.report(&["scan", "fifo"]).misses(&[], "fifo: unreadable: a FIFO");
}

#[test]
fn a_tracked_file_that_became_a_fifo_does_not_block() {
    let repo = Dir::repository();
    repo.write("file", "text\n");
    repo.commit("one");
    fs::remove_file(repo.at("file")).unwrap();
    assert!(Command::new("mkfifo").arg(repo.at("file")).status().unwrap().success());
    let report = repo.report(&["scan"]);
    report.finds(&[]);
    assert_eq!(report.skipped(), ["file: a FIFO, not a regular file"]);
}

#[test]
fn paths_are_scanned_as_given() {
    let dir = Dir::plain();
    dir.write("a/one", token(1));
    dir.write("b/two", token(2));
    dir.write("c/three", token(3));
    dir.report(&["scan", "a/one"]).finds(&["one:1:1"]);
    // Two roots at once: below the paths as they were given.
    dir.report(&["scan", "a/one", "b"]).finds(&["a/one:1:1", "b/two:1:1"]);
}

#[test]
fn a_path_that_does_not_exist_is_a_mistake_and_nothing_is_scanned() {
    let dir = Dir::plain();
    dir.write("here", token(1));
    let outcome = dir.ringfence(&["scan", "here", "not-here"]).ends();
    outcome.fails(2, &["not-here", "no such file"]);
    assert_eq!(outcome.stdout(), "");
}

#[test]
fn what_cannot_be_read_is_a_gap_and_the_rest_is_reported() {
    let dir = Dir::plain();
    dir.write("closed/inside", token(1));
    dir.write("closed-file", token(2));
    dir.write("open", token(3));
    for name in ["closed", "closed-file"] {
        fs::set_permissions(dir.at(name), fs::Permissions::from_mode(0o000)).unwrap();
    }
    let report = dir.as_nobody(&["scan"]).report();
    report.misses(&["open:1:1"], "closed-file: unreadable: Permission denied");
    report.misses(&["open:1:1"], "closed: unreadable: Permission denied");
    let human = dir.as_nobody(&["scan"]).ends();
    assert_eq!(human.code, 3);
    assert!(human.stdout().contains("incomplete: 2 things in scope could not be read"), "{}", human.stdout());
    fs::set_permissions(dir.at("closed"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn odd_names_are_read_and_told() {
    let repo = Dir::repository();
    let names: [&[u8]; 6] =
        [b"-rf", b"esc\x1b[31m/file", b"new\nline", "rtl\u{202e}txt".as_bytes(), b"raw\xff.txt", b"percent%41"];
    for (seed, name) in names.iter().enumerate() {
        repo.write(OsStr::from_bytes(name), token(seed as u64));
    }
    let expected = [
        "-rf:1:1",
        "esc\x1b[31m/file:1:1",
        "new\nline:1:1",
        "percent%2541:1:1",
        "raw%FF.txt:1:1",
        "rtl\u{202e}txt:1:1",
        "rtl\u{202e}txt:1:4 text-bidi-control",
    ];
    repo.report(&["scan"]).finds(&expected);
    repo.git(&["add", "--all"]);
    repo.report(&["scan"]).finds(&expected);
    let dash = repo.ringfence(&["scan", "--format=json", "--", "-rf"]).ends();
    Report::of(dash).finds(&["-rf:1:1"]);
}

#[test]
fn nothing_to_read_is_clean() {
    let dir = Dir::plain();
    let report = dir.report(&["scan"]);
    report.finds(&[]);
    assert_eq!(report.files(), 0);
    Dir::repository().report(&["scan"]).finds(&[]);
}

#[test]
fn standard_input_is_scanned() {
    let dir = Dir::plain();
    dir.write("file", token(1));
    let report = dir.ringfence(&["scan", "-"]).input(format!("x\n  {}", token(2))).report();
    report.finds(&["-:2:3"]);
    assert_eq!(report.value["source"]["kind"], "stdin");
    dir.ringfence(&["scan", "-"]).report().finds(&[]);
    dir.ringfence(&["scan", "-", "file"]).ends().fails(2, &["standard input"]);
}

#[test]
fn a_tracked_file_that_is_gone_is_no_part_of_the_tree() {
    let repo = Dir::repository();
    repo.write("gone", token(1));
    repo.write("here", token(2));
    repo.commit("one");
    fs::remove_file(repo.at("gone")).unwrap();
    repo.report(&["scan"]).finds(&["here:1:1"]);
}

#[test]
fn a_file_that_grows_comes_to_an_end() {
    let dir = Dir::plain();
    dir.write("growing", format!("{}\n", token(1)));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::OpenOptions::new().append(true).open(dir.at("growing")).unwrap();
            let line = [b'x'; 4096];
            for _ in 0..20_000 {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                std::io::Write::write_all(&mut file, &line).unwrap();
            }
        });
        dir.report(&["scan"]).finds(&["growing:1:1"]);
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn files_that_come_and_go_do_not_end_a_scan() {
    let dir = Dir::plain();
    dir.write("stays", token(1));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                for n in 0..50 {
                    dir.write(format!("d{n}/f"), "x");
                }
                for n in 0..50 {
                    fs::remove_dir_all(dir.at(format!("d{n}"))).unwrap();
                }
            }
        });
        for _ in 0..10 {
            dir.report(&["scan"]).finds(&["stays:1:1"]);
        }
        done.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_repository_that_somebody_else_owns_is_told() {
    let repo = Dir::repository();
    repo.write("file", token(1));
    repo.commit("one");
    if !repo.is_root() {
        return; // only root can give files away
    }
    repo.as_nobody(&["scan"]).report().misses(&["file:1:1"], "safe.directory");
}

#[test]
fn a_named_path_is_read_even_where_another_walk_ignores_it() {
    let repo = Dir::repository();
    repo.write(".gitignore", "build/\n");
    repo.write("build/s.env", token(1));
    repo.report(&["scan", "."]).finds(&[]);
    repo.report(&["scan", ".", "build"]).finds(&["build/s.env:1:1"]);
    repo.report(&["scan", "build/s.env", "."]).finds(&["build/s.env:1:1"]);
}

#[test]
fn what_only_looks_like_a_repository_hides_nothing() {
    let dir = Dir::plain();
    dir.write("fake/.git/info/exclude", "*\n");
    dir.write("fake/file", token(1));
    dir.report(&["scan"]).finds(&["fake/file:1:1"]);
    dir.report(&["scan", "fake"]).finds(&["file:1:1"]);
}
