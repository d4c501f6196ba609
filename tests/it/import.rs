//! `init --import`: what other scanners were told is carried over finding by finding, and what cannot be is named.

use std::fs;

use sha1::{Digest, Sha1};

use crate::support::{Dir, Outcome, made, token};

fn import(repo: &Dir) -> Outcome {
    let outcome = repo.ringfence(&["init", "--import"]).ends();
    assert_eq!(outcome.code, 0, "{}{}", outcome.stdout(), outcome.stderr());
    outcome
}

fn says(outcome: &Outcome, words: &[&str]) {
    for word in words {
        assert!(outcome.stdout().contains(word), "`{word}` is not in: {}", outcome.stdout());
    }
}

fn entries(repo: &Dir) -> usize {
    let policy = fs::read_to_string(repo.at("ringfence.toml")).unwrap();
    policy.lines().filter(|line| *line == "[[allow]]").count()
}

/// Two tokens in two files, so that one is left to be reported.
fn repository() -> Dir {
    let repo = Dir::repository();
    repo.write("docs/a.md", format!("# one\n\ntoken {}\n", token(1)));
    repo.write("src/b", format!("{}\n", token(2)));
    repo
}

#[test]
fn fingerprints_are_carried_over() {
    let repo = repository();
    let old = repo.commit("old");
    repo.write("docs/a.md", format!("moved\n# one\n\ntoken {}\n", token(1)));
    repo.write("src/c", format!("{}\n", token(3)));
    repo.write(
        ".gitleaksignore",
        format!(
            "# known\n{old}:docs/a.md:github-pat:3\nsrc/c:github-pat:1\nsrc/c:github-pat:2\ngone:github-pat:1\n{}:src/b:github-pat:1\n\
             src/b:aws-access-token:1\n{old}:src/b:github-pat:9\n",
            "a".repeat(40)
        ),
    );
    repo.git(&["add", "--all"]);
    let outcome = import(&repo);
    says(
        &outcome,
        &[
            "carried over: 2",
            ".gitleaksignore:2 → docs/a.md:4",
            ".gitleaksignore:3 → src/c:1",
            "not carried over: 5",
            ".gitleaksignore:4: no finding stands there now",
            ".gitleaksignore:5: no finding stands there now",
            ".gitleaksignore:6: its commit is not in this clone",
            ".gitleaksignore:7: what stands there is `github-pat-classic`",
            ".gitleaksignore:8: in its commit, no finding",
        ],
    );
    let report = repo.report(&["scan"]);
    report.finds(&["src/b:1:1"]);
    assert_eq!(report.value["suppressed"][0]["by"]["reason"], "imported from .gitleaksignore:2");
}

#[test]
fn what_a_commit_had_and_is_no_more_is_past() {
    let repo = repository();
    let old = repo.commit("old");
    repo.write("src/b", format!("{}\n", token(9)));
    repo.write(".gitleaksignore", format!("{old}:src/b:github-pat:1\n"));
    repo.git(&["add", "--all"]);
    says(&import(&repo), &["carried over: 0", ".gitleaksignore:1: its commit is past"]);
    repo.report(&["scan"]).finds(&["docs/a.md:3:7", "src/b:1:1"]);
}

#[test]
fn allowlists_are_carried_over_by_their_paths() {
    let repo = repository();
    repo.write(
        ".gitleaks.toml",
        "title = 'x'\n[allowlist]\ndescription = 'written for  people'\npaths = ['''(?i)DOCS/''', '''nowhere''']\nregexes = ['abc']\ncommits = ['def']\nstopwords = ['ghi']\n\
         [[rules]]\nid = 'own'\nregex = 'x'\n",
    );
    repo.git(&["add", "--all"]);
    let outcome = import(&repo);
    says(
        &outcome,
        &[
            "carried over: 1\n  .gitleaks.toml:4 → docs/a.md:3",
            ".gitleaks.toml:4: no finding stands there now",
            ".gitleaks.toml:5: names no path",
            ".gitleaks.toml:6: names a commit",
            ".gitleaks.toml:7: names no path",
            ".gitleaks.toml:8: rules of its own (1)",
        ],
    );
    repo.report(&["scan"]).finds(&["src/b:1:1"]);
    let policy = fs::read_to_string(repo.at("ringfence.toml")).unwrap();
    assert!(policy.contains("imported from .gitleaks.toml:4: written for people"), "{policy}");
    // What comes to such a path later was never set aside.
    repo.write("docs/new.md", token(4));
    repo.report(&["scan"]).finds(&["docs/new.md:1:1", "src/b:1:1"]);
}

#[test]
fn criteria_that_must_all_hold_are_held_against_the_value() {
    let repo = repository();
    let (one, two) = (&token(1)[..12], &token(2)[..12]);
    repo.write(
        ".gitleaks.toml",
        format!(
            "[[allowlists]]\ncondition = 'AND'\npaths = ['^docs/', '^src/']\nregexes = ['^{one}']\n\
             [[allowlists]]\ncondition = 'AND'\ntargetRules = ['aws-access-token']\npaths = ['^src/']\nstopwords = ['{two}']\n\
             [[allowlists]]\ncondition = 'AND'\npaths = ['^src/']\nregexes = ['x']\nregexTarget = 'match'\n"
        ),
    );
    repo.git(&["add", "--all"]);
    let outcome = import(&repo);
    says(
        &outcome,
        &["carried over: 1", "docs/a.md:3", ".gitleaks.toml:8: no finding", ".gitleaks.toml:10: is held against"],
    );
    outcome.hides(one);
    repo.report(&["scan"]).finds(&["src/b:1:1"]);
}

fn sha1(value: &str) -> String {
    Sha1::digest(value).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_baseline_of_values_is_held_against_the_values() {
    let repo = repository();
    let key = made("{pem:RSA PRIVATE KEY}", 1);
    repo.write("key.pem", &key);
    repo.write("src/swapped", format!("{}\n", token(5)));
    let entry = |kind: &str, value: &str, line: u32, more: &str| {
        format!(
            "{{\"type\": \"{kind}\", \"hashed_secret\": \"{}\", \"is_verified\": false, \"line_number\": {line}{more}}}",
            sha1(value)
        )
    };
    repo.write(
        ".secrets.baseline",
        format!(
            "{{\"version\": \"1.5.0\", \"filters_used\": [\n{{\"path\": \"detect_secrets.filters.regex.should_exclude_file\", \"pattern\": [\"x\"]}}],\n\
             \"results\": {{\n\"docs/a.md\": [\n{}],\n\"src/b\": [\n{}],\n\"src/swapped\": [\n{}],\n\"key.pem\": [\n{}]}}}}\n",
            entry("GitHub Token", &token(1), 77, ", \"is_secret\": false"),
            entry("GitHub Token", &token(2), 1, ", \"is_secret\": true"),
            entry("GitHub Token", &token(6), 1, ""),
            entry("Private Key", "BEGIN RSA PRIVATE KEY", 1, ""),
        ),
    );
    repo.git(&["add", "--all"]);
    let outcome = import(&repo);
    says(
        &outcome,
        &[
            "carried over: 1\n  .secrets.baseline:5 → docs/a.md:3",
            "not carried over: 4",
            ".secrets.baseline:7: it was audited there as a real secret",
            ".secrets.baseline:9: no finding of this file has the value",
            ".secrets.baseline:11: it holds the first line of a private key only",
            ".secrets.baseline:2: files are left out by a pattern",
        ],
    );
    let policy = fs::read_to_string(repo.at("ringfence.toml")).unwrap();
    assert!(policy.contains("imported from .secrets.baseline:5: audited there as no secret"), "{policy}");
    assert_eq!(entries(&repo), 1);
}

#[test]
fn comments_are_carried_over() {
    let repo = Dir::repository();
    let mark = ["gitleaks", "allow"].join(":");
    repo.write("a", format!("x = '{}' # {mark}\ny = '{}'\n", token(1), token(2)));
    repo.write(
        "b",
        format!("# pragma: allowlist nextline secret\n{}\n{}  # pragma: allowlist secret\n", token(3), token(4)),
    );
    repo.write("c", format!("nothing # {mark}\n"));
    repo.git(&["add", "--all"]);
    repo.write("untracked", format!("{} # {mark}\n", token(5)));
    let outcome = import(&repo);
    says(
        &outcome,
        &["carried over: 3", "a:1 → a:1", "b:1 → b:2", "b:3 → b:3", "not carried over: 1\n  c:1: no finding"],
    );
    repo.report(&["scan"]).finds(&["a:2:6", "untracked:1:1"]);
    // The entries do not allow themselves: whoever commits them is told.
    repo.git(&["add", "ringfence.toml"]);
    let staged = repo.report(&["diff", "--staged", "--only", "policy"]);
    assert_eq!(staged.value["findings"].as_array().unwrap().len(), 3);
    says(&outcome, &["let somebody else approve them"]);
}

#[test]
fn broken_files_are_named_with_their_line_and_nothing_is_written() {
    for (name, content, place) in [
        (".gitleaks.toml", "title = 'x'\n[allowlist\n", ".gitleaks.toml:2"),
        (".gitleaks.toml", "[allowlist]\npaths = 'x'\n", ".gitleaks.toml:2: `paths` is a list of texts"),
        (".gitleaks.toml", "[allowlist]\nx = 1\n[[allowlists]]\ncondition = 'XOR'\n", ".gitleaks.toml:3: `condition`"),
        (".gitleaksignore", "# a\nnot a fingerprint\n", ".gitleaksignore:2: is no fingerprint"),
        (".gitleaksignore", "# a\n\u{0}:\n", ".gitleaksignore:2"),
        (".secrets.baseline", "{\"results\": {\n\"a\": [{]}}\n", ".secrets.baseline:2"),
        (".secrets.baseline", "{}\n", ".secrets.baseline:1: has no `results`"),
        (
            ".secrets.baseline",
            "{\"results\": {\n\"a\": [{\"hashed_secret\": \"12\"}]}}\n",
            ".secrets.baseline:2: an entry needs",
        ),
    ] {
        let repo = repository();
        repo.write(name, content);
        repo.ringfence(&["init", "--import"]).ends().fails(2, &[place, "nothing was written"]);
        assert!(!repo.at("ringfence.toml").exists());
    }
    let repo = repository();
    repo.write(".gitleaksignore", b"a\n\xff\n");
    repo.ringfence(&["init", "--import"]).ends().fails(2, &[".gitleaksignore:2: is no UTF-8"]);
    let repo = repository();
    repo.link("/etc/passwd", ".gitleaksignore");
    repo.ringfence(&["init", "--import"]).ends().fails(2, &["`.gitleaksignore` is a link"]);
}

#[test]
fn odd_names_and_secrets_in_foreign_files_do_no_harm() {
    let repo = Dir::repository();
    repo.write("we[i]rd *{name}.txt", token(1));
    repo.write("weird name.txt", token(2));
    repo.write(".gitleaksignore", format!("we[i]rd *{{name}}.txt:github-pat:1\n{}:github-pat:1\n", token(7)));
    repo.write(
        ".gitleaks.toml",
        format!("[allowlist]\ndescription = 'for {}'\npaths = ['weird name']\nregexes = ['{}']\n", token(8), token(8)),
    );
    repo.git(&["add", "--all"]);
    let outcome = import(&repo);
    says(&outcome, &["carried over: 2"]);
    let policy = fs::read_to_string(repo.at("ringfence.toml")).unwrap();
    assert!(!policy.contains(&token(8)) && policy.contains("imported from .gitleaks.toml:3: for"), "{policy}");
    assert_eq!(repo.report(&["scan", "--only", "github-pat-classic"]).value["summary"]["suppressed"], 2);
}

#[test]
fn without_anything_to_import_it_says_so() {
    let repo = repository();
    says(&import(&repo), &["nothing to import"]);
    assert_eq!(entries(&repo), 0);
}
