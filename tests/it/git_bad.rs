//! A repository that cannot be read as asked is told plainly: 2 for a wrong request, 3 for content that is not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::support::{Dir, everything, token};

/// Three commits, each adding to `file`; the last one adds a token.
fn grown() -> (Dir, [String; 3]) {
    let repo = Dir::repository();
    let commits = ["one\n", "one\ntwo\n", &format!("one\ntwo\n{}\n", token(1))].map(|content| {
        repo.write("file", content);
        repo.commit(content.lines().last().unwrap().get(..3).unwrap())
    });
    (repo, commits)
}

#[test]
fn outside_a_repository_there_is_no_change() {
    let dir = Dir::plain();
    for args in [&["diff"][..], &["diff", "--staged"], &["diff", "main..HEAD"]] {
        let outcome = dir.ringfence(args).ends();
        outcome.fails(2, &["not inside a git repository"]);
        assert_eq!(outcome.stdout(), "");
    }
}

#[test]
fn a_bare_repository_has_no_working_tree_and_no_index() {
    let (repo, _) = grown();
    let bare = repo.beside("bare").to_string_lossy().into_owned();
    repo.git(&["clone", "--quiet", "--bare", ".", &bare]);
    for args in [&["diff"][..], &["diff", "--staged"]] {
        repo.ringfence(args).within(&bare).ends().fails(2, &["bare"]);
    }
    repo.ringfence(&["scan"]).within(&bare).ends().fails(2, &["bare"]);
    repo.ringfence(&["diff", "HEAD~..HEAD"]).within(&bare).report().finds(&["file:3:1"]);
}

#[test]
fn refs_in_a_reftable_are_told() {
    let repo = Dir::plain();
    repo.git(&["init", "--quiet", "--ref-format=reftable"]);
    repo.write("file", token(1));
    repo.commit("one");
    for args in [&["diff"][..], &["diff", "--staged"], &["diff", "HEAD..HEAD"]] {
        repo.ringfence(args).ends().fails(3, &["reftable"]);
    }
    repo.report(&["scan"]).misses(&["file:1:1"], "reftable");
}

#[test]
fn unknown_revisions_are_named() {
    let (repo, _) = grown();
    for range in ["nowhere..HEAD", "HEAD..nowhere", "nowhere...HEAD", "HEAD...nowhere"] {
        repo.ringfence(&["diff", range]).ends().fails(2, &["nowhere"]);
    }
    let absent = "f".repeat(40);
    repo.ringfence(&["diff", &format!("{absent}..HEAD")]).ends().fails(2, &[&absent]);
    repo.ringfence(&["diff", "HEAD~99..HEAD"]).ends().fails(2, &["HEAD~99"]);
}

#[test]
fn what_is_no_range_is_told() {
    let (repo, _) = grown();
    repo.ringfence(&["diff", "HEAD"]).ends().fails(2, &["HEAD"]);
    repo.ringfence(&["diff", "--output=x"]).ends(); // an option, never a revision
    repo.ringfence(&["diff", "-x..HEAD"]).ends().fails(2, &["-x"]);
    repo.ringfence(&["diff", "--", "-x..HEAD"]).ends().fails(2, &["-x"]);
    repo.ringfence(&["diff", "HEAD:file..HEAD"]).ends().fails(2, &["HEAD:file"]);
}

#[test]
fn a_hostile_revision_is_printed_inert() {
    let (repo, _) = grown();
    let outcome = repo.ringfence(&["diff", "\x1b[31m\u{202e}..HEAD"]).ends();
    outcome.fails(2, &["\\x1b[31m"]);
    assert!(!outcome.stderr().contains(['\x1b', '\u{202e}']));
}

#[test]
fn an_unborn_head_has_no_range() {
    let repo = Dir::repository();
    repo.ringfence(&["diff", "HEAD..main"]).ends().fails(2, &["unknown revision"]);
    repo.ringfence(&["diff", "main.."]).ends().fails(2, &["unknown revision", "HEAD"]);
}

#[test]
fn histories_that_never_met_have_no_merge_base() {
    let (repo, _) = grown();
    repo.git(&["checkout", "--quiet", "--orphan", "other"]);
    repo.commit("other");
    repo.ringfence(&["diff", "main...other"]).ends().fails(2, &["no commit in common", "`main` and `other`"]);
    repo.report(&["diff", "main..other"]).finds(&[]);
}

#[test]
fn a_shallow_clone_names_the_fetch_that_is_needed() {
    let (repo, [first, ..]) = grown();
    repo.git(&["branch", "base", "HEAD~1"]);
    let shallow = repo.beside("shallow").to_string_lossy().into_owned();
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--depth=1", "--no-single-branch", &url, &shallow]);
    for range in
        [format!("{first}..HEAD"), format!("{first}...HEAD"), "origin/base...HEAD".into(), "HEAD~1..HEAD".into()]
    {
        repo.ringfence(&["diff", &range]).within(&shallow).ends().fails(3, &["shallow", "git fetch"]);
    }
    // Two commits that are there can be compared, and what is staged does not need the past.
    repo.ringfence(&["diff", "origin/base..HEAD"]).within(&shallow).report().finds(&["file:3:1"]);
    repo.ringfence(&["diff", "--staged"]).within(&shallow).report().finds(&[]);
    // A name that is not here may be one that was not fetched.
    repo.ringfence(&["diff", "nowhere..HEAD"]).within(&shallow).ends().fails(3, &["nowhere", "git fetch"]);
}

#[test]
fn the_fetch_that_is_named_is_one_that_helps() {
    let (repo, [first, ..]) = grown();
    repo.git(&["branch", "base", "HEAD~1"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let shallow = repo.beside("shallow").to_string_lossy().into_owned();
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--depth=1", &url, &shallow]);
    let said = |range: &str| repo.ringfence(&["diff", range]).within(&shallow).ends().stderr();
    for revision in ["origin/base", &first] {
        let told = said(&format!("{revision}..HEAD"));
        let fetch = told.split("that commit with `git ").nth(1).and_then(|rest| rest.split('`').next()).expect(&told);
        repo.git(&[&["-C", &shallow], &fetch.split(' ').collect::<Vec<_>>()[..]].concat());
        let outcome = repo.ringfence(&["diff", &format!("{revision}..HEAD")]).within(&shallow).ends();
        assert!(outcome.code < 2, "{fetch}: {}", outcome.stderr());
    }
    for revision in ["HEAD~2", "origin/HEAD^^", "$(x)"] {
        let told = said(&format!("{revision}..HEAD"));
        assert!(told.contains("--unshallow") && !told.contains("--depth=1"), "{told}");
    }
}

#[test]
fn a_sha256_repository_is_told() {
    let repo = Dir::plain();
    repo.git(&["init", "--quiet", "--object-format=sha256"]);
    repo.write("file", token(1));
    repo.commit("one");
    for args in [&["diff"][..], &["diff", "--staged"], &["diff", "HEAD..HEAD"]] {
        repo.ringfence(args).ends().fails(3, &["SHA-256"]);
    }
    repo.report(&["scan"]).misses(&["file:1:1"], "SHA-256");
}

/// Replaces the object at `revision` by `content`.
fn spoil(repo: &Dir, revision: &str, content: &[u8]) {
    let id = repo.git(&["rev-parse", revision]);
    let path = repo.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn a_corrupt_blob_is_a_gap_and_the_rest_is_reported() {
    let (repo, _) = grown();
    repo.write("other", token(2));
    repo.commit("other");
    spoil(&repo, "HEAD:file", b"no object");
    repo.report(&["diff", "HEAD~2..HEAD"]).misses(&["other:1:1"], "file: unreadable");
    spoil(&repo, "HEAD:file", b"");
    repo.report(&["diff", "HEAD~2..HEAD"]).misses(&["other:1:1"], "file: unreadable");
}

#[test]
fn a_corrupt_tree_or_commit_is_incomplete() {
    for revision in ["HEAD^{tree}", "HEAD"] {
        let (repo, [_, _, head]) = grown();
        // An untouched index proves itself equal to HEAD's tree without reading that.
        repo.write("new", "x\n");
        repo.git(&["add", "new"]);
        spoil(&repo, revision, b"no object");
        let range = format!("HEAD~1..{head}");
        for args in [&["diff", range.as_str()][..], &["diff", "--staged"], &["diff"]] {
            let outcome = repo.ringfence(args).ends();
            assert_eq!(outcome.code, 3, "{revision}, {args:?}: {}{}", outcome.stdout(), outcome.stderr());
        }
    }
}

#[test]
fn a_broken_index_is_incomplete() {
    let (repo, _) = grown();
    repo.write("new", token(2));
    let index = fs::read(repo.at(".git/index")).unwrap();
    for broken in [&index[..index.len() / 2], &index[..5], b"DIRC\0\0\0\x09\xff\xff\xff\xff", b"no index"] {
        repo.write(".git/index", broken);
        for args in [&["diff"][..], &["diff", "--staged"]] {
            repo.ringfence(args).ends().fails(3, &["index"]);
        }
        repo.report(&["scan"]).misses(&["file:3:1", "new:1:1"], "index");
    }
}

#[test]
fn an_object_that_a_partial_clone_left_out_is_a_gap_and_is_not_fetched() {
    let (repo, _) = grown();
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    repo.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let partial = repo.beside("partial").to_string_lossy().into_owned();
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "--quiet", "--no-checkout", "--filter=blob:none", &url, &partial]);
    let objects = || everything(&repo.beside("partial/.git/objects")).len();
    let before = objects();
    let report = repo.ringfence(&["diff", "HEAD~1..HEAD"]).within(&partial).report();
    report.misses(&[], "file: unreadable");
    assert!(
        report.skipped()[0].contains("git fetch") || report.skipped()[0].contains("partial"),
        "{:?}",
        report.skipped()
    );
    assert_eq!(objects(), before, "something was fetched");
}

#[test]
fn a_repository_that_somebody_else_owns_is_not_trusted() {
    let (repo, _) = grown();
    if !repo.is_root() {
        return; // only root can give a repository away
    }
    for args in [&["diff"][..], &["diff", "--staged"], &["diff", "HEAD~..HEAD"]] {
        repo.as_nobody(args).ends().fails(3, &["safe.directory"]);
    }
    assert!(repo.give_to_nobody());
    repo.as_nobody(&["diff", "HEAD~..HEAD"]).report().finds(&["file:3:1"]);
}

#[test]
fn a_git_directory_that_is_none_is_told() {
    let dir = Dir::plain();
    dir.write(".git", "gitdir: /nowhere\n");
    dir.write("file", token(1));
    let outcome = dir.ringfence(&["diff"]).ends();
    assert!([2, 3].contains(&outcome.code), "{}{}", outcome.stdout(), outcome.stderr());
    assert!(!outcome.stderr().is_empty());
    let scan = dir.report(&["scan"]);
    assert_eq!(scan.found(), ["file:1:1"]);
}

/// A full disk leaves the beginning of an object.
#[test]
fn an_object_that_was_cut_off_is_a_gap_and_nobody_waits_for_its_end() {
    let repo = Dir::repository();
    repo.write("folder/a", "x\n".repeat(300));
    repo.commit("base");
    repo.write("folder/a", "y\n".repeat(300));
    repo.commit("middle");
    repo.write("folder/a", "z\n".repeat(300));
    repo.write("folder/b", "x\n".repeat(300));
    repo.commit("head");
    for name in ["HEAD~2", "HEAD~1", "HEAD", "HEAD~2:folder", "HEAD:folder", "HEAD:folder/a", "HEAD~2:folder/a"] {
        let id = repo.git(&["rev-parse", name]);
        let file = repo.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]));
        let whole = fs::read(&file).unwrap();
        for length in [whole.len() / 2, whole.len() - 5] {
            fs::remove_file(&file).unwrap();
            fs::write(&file, &whole[..length]).unwrap();
            let range = repo.ringfence(&["diff", "HEAD~2...HEAD"]).ends();
            assert_eq!(range.code, 3, "{name}, {length} bytes: {}{}", range.stdout(), range.stderr());
            for other in [&["diff", "--staged"][..], &["diff"], &["scan"]] {
                let code = repo.ringfence(other).ends().code;
                assert!(code == 0 || code == 3, "{name}, {length} bytes, {other:?}: exit {code}");
            }
        }
        fs::remove_file(&file).unwrap();
        fs::write(&file, &whole).unwrap();
    }
    repo.ringfence(&["diff", "HEAD~2...HEAD"]).ends().fails(0, &[]);
}
