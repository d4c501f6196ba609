//! `diff A..B` and `diff A...B` compare two commits, or what a merge would bring.

use crate::support::{Dir, made, token};

/// `main` took the token out of `old` after `side` had branched off; `side` adds one to `new`.
fn forked() -> (Dir, [String; 3]) {
    let repo = Dir::repository();
    repo.write("old", format!("x\n{}\n", token(1)));
    let fork = repo.commit("fork");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("new", format!("k={}\n", token(2)));
    let side = repo.commit("side");
    repo.git(&["checkout", "--quiet", "main"]);
    repo.write("old", "x\n");
    let main = repo.commit("main");
    (repo, [fork, side, main])
}

#[test]
fn two_dots_compare_commits_and_three_what_a_merge_brings() {
    let (repo, [fork, side, main]) = forked();
    let two = repo.report(&["diff", "main..side"]);
    two.finds(&["new:1:3", "old:2:1"]);
    assert_eq!(two.value["source"]["kind"], "range");
    assert_eq!(two.value["source"]["base"], main);
    assert_eq!(two.value["source"]["head"], side);
    let three = repo.report(&["diff", "main...side"]);
    three.finds(&["new:1:3"]);
    assert_eq!(three.value["source"]["base"], fork);
    assert_eq!(three.value["source"]["head"], side);
    assert_eq!(three.value["coverage"]["added_lines"], 1);
    repo.report(&["diff", "side..main"]).finds(&[]);
}

#[test]
fn revisions_are_written_as_for_git() {
    let (repo, [fork, side, _]) = forked();
    repo.git(&["tag", "-a", "v1", "-m", "v1", &fork]);
    repo.git(&["branch", "feature/x", "side"]);
    for range in ["v1..feature/x", "side~1..side", "refs/heads/side^..refs/heads/side", "v1...side"] {
        repo.report(&["diff", range]).finds(&["new:1:3"]);
    }
    repo.report(&["diff", &format!("{}..{}", &fork[..12], &side[..12])]).finds(&["new:1:3"]);
    repo.git(&["checkout", "--quiet", "side"]);
    for range in ["v1..", "main...", "HEAD~1..HEAD", "@~..@"] {
        repo.report(&["diff", range]).finds(&["new:1:3"]);
    }
    repo.git(&["checkout", "--quiet", "main"]);
    repo.report(&["diff", "...side"]).finds(&["new:1:3"]);
}

#[test]
fn neither_the_index_nor_the_working_tree_counts() {
    let (repo, _) = forked();
    repo.write("staged", token(3));
    repo.git(&["add", "--all"]);
    repo.write("old", token(4));
    repo.report(&["diff", "main...side"]).finds(&["new:1:3"]);
    repo.report(&["diff", "main..main"]).finds(&[]);
}

#[test]
fn a_bare_repository_has_ranges() {
    let (repo, _) = forked();
    let bare = repo.beside("bare").to_string_lossy().into_owned();
    repo.git(&["clone", "--quiet", "--bare", ".", &bare]);
    repo.ringfence(&["diff", "main...side"]).within(&bare).report().finds(&["new:1:3"]);
}

#[test]
fn what_came_and_went_inside_the_range_is_not_in_it() {
    let repo = Dir::repository();
    repo.write("file", "x\n");
    let base = repo.commit("base");
    repo.write("file", token(1));
    repo.commit("in");
    repo.write("file", "x\n");
    repo.commit("out");
    repo.report(&["diff", &format!("{base}..HEAD")]).finds(&[]);
}

#[test]
fn an_evil_merge_is_seen() {
    let (repo, _) = forked();
    repo.git(&["merge", "--quiet", "--no-commit", "side"]);
    repo.write("evil", format!("\n\n  {}", token(3)));
    repo.git(&["add", "--all"]);
    repo.git(&["commit", "--quiet", "-m", "merge"]);
    repo.report(&["diff", "HEAD^1..HEAD"]).finds(&["evil:3:3", "new:1:3"]);
    repo.report(&["diff", "HEAD^2..HEAD"]).finds(&["evil:3:3"]);
}

#[test]
fn renames_are_paired_and_only_their_added_lines_count() {
    let repo = Dir::repository();
    let body = "a line of text that makes the two files alike\n".repeat(20);
    repo.write("pure", format!("pure\n{body}{}\n", token(1)));
    repo.write("mixed", format!("mixed\n{body}{}\n", token(2)));
    repo.commit("base");
    repo.git(&["mv", "pure", "moved-pure"]);
    repo.git(&["mv", "mixed", "moved-mixed"]);
    repo.write("moved-mixed", format!("{}\nmixed\n{body}{}\n", token(3), token(2)));
    repo.commit("moved");
    repo.report(&["diff", "HEAD~..HEAD"]).finds(&["moved-mixed:1:1"]);
}

#[test]
fn a_secret_in_a_new_name_is_found_and_masked() {
    let repo = Dir::repository();
    repo.write("file", "x\n");
    repo.commit("base");
    repo.git(&["mv", "file", &format!("to-{}", token(1))]);
    repo.commit("moved");
    let report = repo.report(&["diff", "HEAD~..HEAD"]);
    report.finds(&["to-ghp_[36 hidden]:1:4"]);
}

#[test]
fn every_kind_of_entry_is_compared() {
    let repo = Dir::repository();
    for name in ["gone", "mode", "became-link", "became-folder"] {
        repo.write(name, format!("{}\n", token(1)));
    }
    repo.commit("base");
    repo.git(&["rm", "--quiet", "gone", "became-link", "became-folder"]);
    repo.script("mode", &format!("{}\n", token(1)));
    repo.link(format!("x/{}", token(2)), "became-link");
    repo.write("became-folder/file", format!("\n{}", token(3)));
    repo.commit("changed");
    repo.report(&["diff", "HEAD~..HEAD"]).finds(&["became-folder/file:2:1", "became-link:1:3"]);
}

#[test]
fn a_submodule_is_a_pointer() {
    let repo = Dir::repository();
    repo.commit("base");
    let cache = format!("160000,{},sub", "1".repeat(40));
    repo.git(&["update-index", "--add", "--cacheinfo", &cache]);
    repo.git(&["commit", "--quiet", "-m", "pointer"]);
    let report = repo.report(&["diff", "HEAD~..HEAD"]);
    assert_eq!(report.found(), ["sub:1:1 scope-new-submodule"]);
    assert_eq!(report.skipped(), ["sub: submodule: its content is another repository"]);
}

#[test]
fn a_private_key_counts_when_any_of_its_lines_is_added() {
    let repo = Dir::repository();
    let key = made("{pem:EC PRIVATE KEY}", 5);
    let (begin, rest) = key.split_once('\n').unwrap();
    repo.write("key.pem", format!("{begin}\n"));
    repo.commit("begin");
    repo.write("key.pem", format!("{begin}\n{rest}"));
    repo.commit("body");
    let report = repo.report(&["diff", "HEAD~..HEAD"]);
    report.finds(&["key.pem:1:1 private-key-ec"]);
    report.outcome.hides(&rest[..40]);
    // A change beside it is none of the key.
    repo.write("key.pem", format!("{begin}\n{rest}\ntext\n"));
    repo.commit("beside");
    repo.write("key.pem", format!("# text\n{begin}\n{rest}\ntext\n"));
    repo.commit("above");
    repo.report(&["diff", "HEAD~..HEAD"]).finds(&[]);
}

/// The object store as it looks after years: packs, several of them, their index, and objects of another repository.
#[test]
fn every_kind_of_object_store_is_read() {
    let (repo, [fork, ..]) = forked();
    repo.git(&["gc", "--quiet"]);
    repo.git(&["pack-refs", "--all"]);
    repo.report(&["diff", "main...side"]).finds(&["new:1:3"]);
    repo.write("more", token(3));
    repo.commit("more");
    repo.git(&["repack", "--quiet", "-d"]);
    repo.git(&["multi-pack-index", "write"]);
    repo.git(&["commit-graph", "write", "--reachable"]);
    repo.report(&["diff", "side...main"]).finds(&["more:1:1"]);
    let shared = repo.beside("shared").to_string_lossy().into_owned();
    repo.git(&["clone", "--quiet", "--shared", ".", &shared]);
    repo.ringfence(&["diff", &format!("{fork}..HEAD")]).within(&shared).report().finds(&["more:1:1"]);
}

/// A local replacement shows git's user other content than what would be merged.
#[test]
fn a_replaced_object_hides_nothing() {
    let (repo, _) = forked();
    repo.write("clean", "nothing\n");
    let clean = repo.git(&["hash-object", "-w", "clean"]);
    let dirty = repo.git(&["rev-parse", "side:new"]);
    repo.git(&["replace", &dirty, &clean]);
    assert_eq!(repo.git(&["show", "side:new"]), "nothing");
    repo.report(&["diff", "main...side"]).finds(&["new:1:3"]);
}

#[test]
fn what_stops_being_binary_is_new() {
    let repo = Dir::repository();
    let line = made("db = postgres://admin:{alnum:20}@db.acme.dev/app\n", 1);
    repo.write("file", [b"\0\x01\n".to_vec(), line.clone().into_bytes()].concat());
    repo.commit("binary");
    repo.write("file", line);
    repo.commit("text");
    assert_eq!(repo.report(&["diff", "HEAD~..HEAD"]).found().len(), 1);
}
