//! The base of a change is chosen, moved or hidden behind another name.

use super::{append, edit, ground, leak, missing, policy};
use crate::support::{Dir, token};

const FILE: &str = "ringfence.toml";
const SECRET: &str = "github-pat-classic src/leak.py";
const LAX: &str = "version = 1\nfail-on = \"never\"\n\n[scan]\nexclude = [\"src/**\"]\n";

/// Fails unless the run ends with 1 by the threshold that its policy has, and tells of the leak.
fn caught(dir: &Dir, args: &[&str]) -> Vec<String> {
    let report = dir.report(args);
    assert_eq!(report.outcome.code, 1, "{args:?}: {:?}, skipped {:?}", report.found(), report.skipped());
    assert_eq!(missing(&report, &[SECRET]), None);
    let notices = report.value["policy"]["notices"].as_array().cloned().unwrap_or_default();
    notices.iter().filter_map(|notice| notice.as_str().map(str::to_owned)).collect()
}

/// A branch `side` with a leak that leaves `main` at `start`.
fn side(dir: &Dir, start: &str) {
    dir.git(&["checkout", "--quiet", "-b", "side", start]);
    leak(dir);
    dir.commit("leak");
}

#[test]
fn a_policy_that_main_has_left_behind_judges_no_branch() {
    let dir = ground();
    dir.commit("strict");
    // One change tries it and takes it back: its ends are the same.
    dir.write(FILE, LAX);
    let tried = dir.commit("lax");
    dir.write(FILE, policy(&dir));
    dir.commit("strict again");
    side(&dir, &tried);
    let notices = caught(&dir, &["diff", "main...side"]);
    assert!(notices.iter().any(|said| said.contains("the stricter of both judges")), "{notices:?}");
    caught(&dir, &["diff", "main..side"]);
    // Named on the command line it is no other one.
    caught(&dir, &["diff", "main...side", "--policy", FILE]);
}

#[test]
fn a_policy_that_came_after_the_branch_left_counts() {
    let dir = ground();
    std::fs::remove_file(dir.at(FILE)).unwrap();
    let before = dir.commit("none");
    dir.write(FILE, "version = 1\nfail-on = \"low\"\n\n[workspace]\nwritable = [\"docs/**\"]\n");
    dir.commit("strict");
    dir.git(&["checkout", "--quiet", "-b", "side", &before]);
    dir.write("src/new.py", "x = 1\n");
    dir.commit("outside");
    let report = dir.report(&["diff", "main...side", "--fail-on", "low"]);
    assert_eq!(missing(&report, &["scope-outside-workspace src/new.py"]), None);
}

#[test]
fn what_main_has_opened_since_judges_no_branch_either() {
    let dir = ground();
    let strict = dir.commit("strict");
    dir.write(FILE, LAX);
    dir.commit("lax");
    side(&dir, &strict);
    caught(&dir, &["diff", "main...side"]);
}

#[test]
fn of_two_policies_each_is_kept() {
    let entry = |path: &str| {
        format!("\n[[allow]]\nrule = \"github-pat-classic\"\npath = \"{path}\"\nvalue = \"ghp_*\"\nreason = \"x\"\n")
    };
    let rule = |level: &str| format!("\n[[rule]]\nid = \"github-pat-classic\"\nseverity = \"{level}\"\n");
    let head = "version = 1\n";
    for (one, other) in [
        (format!("{head}fail-on = \"never\"\n"), format!("{head}{}", entry("src/leak.py"))),
        (format!("{head}{}", rule("off")), format!("{head}fail-on = \"never\"\n")),
        (format!("{head}[scan]\nexclude = [\"src/**\"]\n"), format!("{head}[scan]\nexclude = [\"**/*.py\"]\n")),
        (format!("{head}{}", rule("low")), format!("{head}{}", entry("src/*"))),
        (format!("{head}{}", entry("src/*")), format!("{head}{}expires = 2001-01-01\n", entry("src/*"))),
    ] {
        for (base, tip) in [(&one, &other), (&other, &one)] {
            let dir = ground();
            dir.write(FILE, base);
            let start = dir.commit("merge base");
            dir.write(FILE, tip);
            dir.commit("base today");
            side(&dir, &start);
            caught(&dir, &["diff", "main...side"]);
        }
    }
    // What both say holds.
    let dir = ground();
    dir.write(FILE, format!("{head}{}", entry("src/*")));
    let start = dir.commit("merge base");
    dir.write(FILE, format!("{head}fail-on = \"medium\"\n{}", entry("src/*")));
    dir.commit("base today");
    side(&dir, &start);
    assert_eq!(dir.report(&["diff", "main...side"]).outcome.code, 0);
}

#[test]
fn what_main_has_dropped_from_the_baseline_is_accepted_no_more() {
    let dir = ground();
    dir.write("src/leak.py", format!("TOKEN = '{}'\n", token(7)));
    let accept = || assert_eq!(dir.ringfence(&["baseline", "write"]).ends().code, 0);
    accept();
    let accepted = dir.commit("accepted");
    dir.write("src/leak.py", "TOKEN = read()\n");
    accept();
    dir.commit("mended");
    dir.git(&["checkout", "--quiet", "-b", "side", &accepted]);
    dir.write("src/leak.py", format!("    TOKEN = '{}'\n", token(7)));
    dir.commit("moved");
    let notices = caught(&dir, &["diff", "main...side"]);
    assert!(notices.iter().any(|said| said.contains("dropped from `ringfence.baseline.jsonl`")), "{notices:?}");
}

#[test]
fn of_several_merge_bases_none_can_be_chosen_for_its_policy() {
    let dir = ground();
    let base = dir.commit("base");
    dir.git(&["checkout", "--quiet", "-b", "side"]);
    dir.write(FILE, LAX);
    let lax = dir.commit("lax");
    dir.git(&["checkout", "--quiet", "main"]);
    dir.write("m", "1");
    let main = dir.commit("main");
    dir.git(&["merge", "--quiet", "--no-edit", "--strategy", "ours", &lax]);
    dir.git(&["checkout", "--quiet", "side"]);
    dir.git(&["merge", "--quiet", "--no-edit", "--strategy", "ours", &main]);
    leak(&dir);
    dir.commit("leak");
    assert_eq!(dir.git(&["merge-base", "--all", "main", "side"]).lines().count(), 2);
    caught(&dir, &["diff", "main...side"]);
    caught(&dir, &["diff", &format!("{base}..side")]);
}

#[test]
fn a_tag_cannot_stand_in_front_of_the_base() {
    let dir = ground();
    let base = dir.commit("base");
    leak(&dir);
    let head = dir.commit("leak");
    dir.git(&["update-ref", "refs/remotes/origin/main", &base]);
    caught(&dir, &["diff", "origin/main...HEAD"]);
    for front in ["refs/tags/origin/main", "refs/heads/origin/main"] {
        dir.git(&["update-ref", front, &head]);
        for dots in ["..", "..."] {
            let refused = dir.ringfence(&["diff", &format!("origin/main{dots}HEAD")]).ends();
            refused.fails(2, &["`origin/main` means", front, "name the one that is meant in full"]);
            refused.fails(2, &["refs/remotes/origin/main"]);
            dir.ringfence(&["diff", &format!("origin/main^0{dots}HEAD")]).ends().fails(2, &["means"]);
            caught(&dir, &["diff", &format!("refs/remotes/origin/main{dots}HEAD")]);
        }
        dir.git(&["update-ref", "-d", front]);
    }
    // Two names for one commit are no question, and an id is what it is, whatever is called by it.
    dir.git(&["update-ref", "refs/tags/origin/main", &base]);
    caught(&dir, &["diff", "origin/main...HEAD"]);
    dir.git(&["update-ref", &format!("refs/tags/{base}"), &head]);
    caught(&dir, &["diff", &format!("{base}...HEAD")]);
    let short = &base[..10];
    dir.git(&["update-ref", &format!("refs/heads/{short}"), &head]);
    dir.ringfence(&["diff", &format!("{short}...HEAD")]).ends().fails(2, &["means"]);
}

#[test]
fn objects_that_git_is_told_to_replace_are_read_as_they_are() {
    let dir = ground();
    let base = dir.commit("base");
    leak(&dir);
    let head = dir.commit("leak");
    let blob = dir.git(&["rev-parse", "HEAD:src/leak.py"]);
    let plain = dir.git(&["rev-parse", "HEAD:src/app.py"]);
    dir.git(&["checkout", "--quiet", "--detach", &base]);
    dir.write(FILE, LAX);
    let lax = dir.commit("lax");
    dir.git(&["checkout", "--quiet", "main"]);
    for (replaced, by) in [(&base, &lax), (&blob, &plain), (&head, &base)] {
        dir.git(&["replace", "--force", replaced, by]);
        caught(&dir, &["diff", &format!("{base}..{head}")]);
        caught(&dir, &["diff", &format!("{base}...{head}")]);
        dir.git(&["replace", "--delete", replaced]);
    }
    dir.write(".git/info/grafts", format!("{head}\n"));
    caught(&dir, &["diff", &format!("{base}..{head}")]);
    dir.ringfence(&["diff", &format!("{base}...{head}")]).ends().fails(2, &["no commit in common"]);
}

#[test]
fn a_base_that_is_no_commit_is_refused() {
    let dir = ground();
    let base = dir.commit("base");
    leak(&dir);
    dir.commit("leak");
    dir.git(&["tag", "tree", &format!("{base}^{{tree}}")]);
    dir.git(&["tag", "blob", &format!("{base}:{FILE}")]);
    for name in ["tree", "blob", "4b825dc642cb6eb9a060e54bf8d69288fbee4904", &"deadbeef".repeat(5)] {
        for dots in ["..", "..."] {
            dir.ringfence(&["diff", &format!("{name}{dots}HEAD")]).ends().fails(2, &["unknown revision"]);
        }
    }
    // The first push of a branch has no base: everything is new.
    caught(&dir, &["diff", &format!("{}..HEAD", "0".repeat(40))]);
}

#[test]
fn a_merge_with_a_policy_of_its_own_is_seen_from_both_sides() {
    let dir = ground();
    dir.commit("base");
    dir.git(&["checkout", "--quiet", "-b", "side"]);
    dir.write("s", "1");
    dir.commit("side");
    dir.git(&["checkout", "--quiet", "main"]);
    dir.write("m", "1");
    dir.commit("main");
    dir.git(&["merge", "--quiet", "--no-commit", "side"]);
    dir.write(FILE, LAX);
    leak(&dir);
    dir.git(&["add", "--all"]);
    caught(&dir, &["diff", "--staged"]);
    dir.git(&["commit", "--quiet", "--no-verify", "-m", "merge"]);
    for range in ["HEAD^1..HEAD", "HEAD^2..HEAD", "HEAD^1...HEAD", "side...HEAD"] {
        caught(&dir, &["diff", range]);
    }
}

#[test]
fn a_policy_that_is_only_promised_is_not_there_yet() {
    let dir = ground();
    std::fs::remove_file(dir.at(FILE)).unwrap();
    dir.commit("base");
    leak(&dir);
    dir.git(&["add", "--all"]);
    dir.write(FILE, LAX);
    dir.git(&["add", "--intent-to-add", FILE]);
    caught(&dir, &["diff", "--staged"]);
    caught(&dir, &["diff"]);
    // No more than the policy: a promise has no content to commit.
    caught(&dir, &["diff", "--staged", "--policy-from", "head"]);
}

#[test]
fn what_git_does_not_look_at_is_judged_by_the_base() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let dir = ground();
        dir.commit("base");
        dir.git(&["update-index", flag, FILE]);
        dir.write(FILE, LAX);
        leak(&dir);
        dir.git(&["add", "src/leak.py"]);
        caught(&dir, &["diff", "--staged"]);
        caught(&dir, &["diff", "--staged", "--policy-from", "head"]);
        let report = dir.report(&["diff"]);
        assert_eq!(missing(&report, &[SECRET, "policy-threshold ringfence.toml"]), None);
    }
}

#[test]
fn a_pointer_of_lfs_is_named_as_not_read() {
    let dir = ground();
    let base = dir.commit("base");
    let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{}\nsize 12\n", "0".repeat(64));
    dir.write("model.bin", &pointer);
    append(&dir, "src/app.py", &pointer);
    dir.commit("pointer");
    for args in [&["diff", &format!("{base}..HEAD")][..], &["scan"]] {
        let report = dir.report(args);
        let named = "model.bin: a pointer of Git LFS: its content is kept elsewhere";
        assert_eq!(report.skipped(), [named], "{args:?}");
    }
}

#[test]
fn a_team_that_main_has_made_smaller_stays_so() {
    let dir = ground();
    edit(&dir, FILE, "members = [\"ann\"]", "members = [\"ann\", \"mallory\"]");
    let tried = dir.commit("tried");
    dir.write(FILE, policy(&dir));
    dir.commit("taken back");
    side(&dir, &tried);
    let notices = caught(&dir, &["diff", "main...side"]);
    assert!(notices.iter().any(|said| said.contains("the stricter of both judges")), "{notices:?}");
}
