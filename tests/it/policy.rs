//! The policy file: it rules, a change is judged by that of its base, and every mistake in it is told.

use serde_json::Value;

use crate::support::{Dir, GITHUB, token};

/// A policy that sets aside what stands in `docs/`, by the shape of its value.
fn allowing(path: &str) -> String {
    format!(
        "version = 1\n[[allow]]\nrule = \"{GITHUB}\"\npath = \"{path}\"\nvalue = \"ghp_*\"\nreason = \"an example\"\n"
    )
}

fn notices(value: &Value) -> String {
    value["policy"]["notices"].to_string()
}

#[test]
fn an_entry_sets_aside_what_it_names_and_nothing_else() {
    let repo = Dir::repository();
    repo.write("docs/a", token(1));
    repo.write("src/a", token(2));
    repo.write("ringfence.toml", allowing("docs/**"));
    let report = repo.report(&["scan"]);
    report.finds(&["src/a:1:1"]);
    let aside = &report.value["suppressed"][0];
    assert_eq!(aside["path"], "docs/a");
    assert_eq!(aside["by"]["reason"], "an example");
    assert_eq!(aside["by"]["line"], 2);
    assert_eq!(report.value["summary"]["suppressed"], 1);
    assert_eq!(report.value["policy"]["source"], "tree");
    let human = repo.ringfence(&["scan"]).ends();
    assert!(human.stdout().contains("1 finding set aside:\n"), "{}", human.stdout());
}

#[test]
fn an_entry_by_fingerprint_follows_the_value() {
    let repo = Dir::repository();
    repo.write("a", token(1));
    let fingerprint = repo.report(&["scan"]).value["findings"][0]["fingerprint"].clone();
    let entry = |path: &str| {
        format!(
            "version = 1\n[[allow]]\nrule = \"{GITHUB}\"\npath = \"{path}\"\nfingerprint = {fingerprint}\nreason = \"x\"\n"
        )
    };
    repo.write("ringfence.toml", entry("a"));
    repo.report(&["scan"]).finds(&[]);
    repo.write("a", token(2));
    repo.report(&["scan"]).finds(&["a:1:1"]);
    repo.write("a", token(1));
    repo.write("ringfence.toml", entry("b"));
    repo.report(&["scan"]).finds(&["a:1:1"]);
}

#[test]
fn a_change_is_judged_by_the_policy_of_its_base() {
    let repo = Dir::repository();
    repo.write("a", "x");
    let base = repo.commit("base");
    repo.write("docs/a", token(1));
    repo.write("ringfence.toml", allowing("docs/**"));
    let head = repo.commit("head");
    let range = format!("{base}..{head}");
    let report = repo.report(&["diff", &range, "--only", "secret"]);
    report.finds(&["docs/a:1:1"]);
    assert_eq!(report.value["policy"]["source"], "default");
    assert!(notices(&report.value).contains("not in the base"), "{}", report.value["policy"]);
    let own = repo.report(&["diff", &range, "--only", "secret", "--policy-from", "head"]);
    own.finds(&[]);
    assert_eq!(own.value["policy"]["source"], "head");
    assert!(notices(&own.value).contains("judged by the policy of the change itself"));
    repo.write("docs/b", token(2));
    repo.git(&["add", "--all"]);
    for args in [&["diff", "--staged"][..], &["diff"]] {
        let report = repo.report(args);
        report.finds(&[]);
        assert_eq!(report.value["policy"]["source"], "base");
        assert_eq!(report.value["summary"]["suppressed"], 1);
    }
}

#[test]
fn a_policy_that_is_named_and_comes_with_the_change_is_refused() {
    let repo = Dir::repository();
    repo.write("a", "x");
    repo.commit("base");
    repo.write("other.toml", allowing("**"));
    repo.write("b", token(1));
    repo.git(&["add", "--all"]);
    let refused = repo.ringfence(&["diff", "--staged", "--policy", "other.toml"]).ends();
    assert_eq!(refused.code, 2, "{}", refused.stderr());
    assert!(refused.stderr().contains("is not in the base of this change"), "{}", refused.stderr());
    let outside = repo.beside("policy.toml");
    std::fs::write(&outside, allowing("**")).unwrap();
    let report = repo.report(&["diff", "--staged", "--policy", outside.to_str().unwrap(), "--only", "secret"]);
    report.finds(&[]);
    assert_eq!(report.value["policy"]["source"], "file");
}

#[test]
fn a_policy_file_that_is_a_link_is_refused() {
    let repo = Dir::repository();
    repo.write("else.toml", allowing("**"));
    repo.link("else.toml", "ringfence.toml");
    let refused = repo.ringfence(&["scan"]).ends();
    assert_eq!(refused.code, 2);
    assert!(refused.stderr().contains("ringfence takes plain files only"), "{}", refused.stderr());
    repo.commit("base");
    repo.write("a", token(1));
    repo.git(&["add", "--all"]);
    assert_eq!(repo.ringfence(&["diff", "--staged"]).ends().code, 2);
}

#[test]
fn what_is_excluded_is_not_read_and_said() {
    let repo = Dir::repository();
    repo.write("third_party/a", token(1));
    repo.write("a", token(2));
    repo.write("ringfence.toml", "version = 1\n[scan]\nexclude = [\"third_party/\"]\n");
    repo.commit("base");
    let report = repo.report(&["scan"]);
    report.finds(&["a:1:1"]);
    let skipped = &report.value["coverage"]["skipped"][0];
    assert_eq!((&skipped["path"], &skipped["reason"]), (&"third_party/a".into(), &"excluded by the policy".into()));
    repo.write("third_party/b", token(3));
    repo.write("b", token(4));
    repo.report(&["diff"]).finds(&["b:1:1"]);
    repo.git(&["add", "--all"]);
    repo.report(&["diff", "--staged"]).finds(&["b:1:1"]);
}

#[test]
fn the_threshold_of_the_command_line_outweighs_that_of_the_policy() {
    let repo = Dir::repository();
    repo.write("a", token(1));
    repo.write("ringfence.toml", "version = 1\nfail-on = \"never\"\n");
    assert_eq!(repo.ringfence(&["scan"]).ends().code, 0);
    assert_eq!(repo.ringfence(&["scan", "--fail-on", "high"]).ends().code, 1);
}

#[test]
fn moving_a_file_out_of_what_is_excluded_counts() {
    let repo = Dir::repository();
    repo.write("third_party/a", format!("{}\nx\n", token(1)));
    repo.write("ringfence.toml", "version = 1\n[scan]\nexclude = [\"third_party/**\"]\n");
    repo.commit("base");
    repo.git(&["mv", "third_party/a", "a"]);
    repo.write("a", format!("{}\n{}\n", token(1), token(2)));
    repo.git(&["add", "--all"]);
    // Nothing of it was judged where it stood.
    repo.report(&["diff", "--staged"]).finds(&["a:1:1", "a:2:1"]);
}

#[test]
fn rules_are_tuned() {
    let repo = Dir::repository();
    repo.write("a", token(1));
    repo.write("ringfence.toml", format!("version = 1\n[[rule]]\nid = \"{GITHUB}\"\nseverity = \"low\"\n"));
    let report = repo.report(&["scan"]);
    assert_eq!(report.value["findings"][0]["severity"], "low");
    repo.write("ringfence.toml", format!("version = 1\n[[rule]]\nid = \"{GITHUB}\"\nseverity = \"off\"\n"));
    repo.report(&["scan"]).finds(&[]);
    assert!(repo.ringfence(&["scan"]).ends().stdout().contains("1 finding of rules that the policy switches off"));
}

#[test]
fn entries_expire_and_those_that_fit_nothing_are_named() {
    let repo = Dir::repository();
    repo.write("a", token(1));
    repo.write("ringfence.toml", allowing("a") + "expires = 2001-01-01\n");
    let report = repo.report(&["scan"]);
    report.finds(&["a:1:1"]);
    assert!(notices(&report.value).contains("ringfence.toml:2: this entry has expired"));
    repo.write("ringfence.toml", allowing("./a") + "expires = \"9001-01-01\"\n");
    let told = ["`./a` is no path from the root", "`expires` is a day like 2027-06-30, without quotes"];
    repo.ringfence(&["scan"]).ends().fails(2, &told);
    repo.write("ringfence.toml", allowing("a") + "expires = 9001-01-01\n");
    let report = repo.report(&["scan"]);
    report.finds(&[]);
    assert_eq!(report.value["suppressed"][0]["by"]["expires"], "9001-01-01");
    repo.write("a", "x");
    let report = repo.report(&["scan"]);
    assert!(notices(&report.value).contains("ringfence.toml:2: this entry sets nothing aside"));
}

#[test]
fn every_mistake_is_told_with_its_line_and_the_nearest_word() {
    let repo = Dir::repository();
    repo.write(
        "ringfence.toml",
        "version = 1\nfail_on = \"high\"\n[scan]\nexclude = [\"/a\"]\n[[rule]]\nid = \"github-pat-clasic\"\nseverity = \"none\"\n\
         [[allow]]\nrule = \"github-pat-classic\"\npath = \"a\"\nvalue = \"*\"\nreason = \" \"\nexpires = 2027-06-30T10:00:00\n",
    );
    let refused = repo.ringfence(&["scan"]).ends();
    assert_eq!(refused.code, 2);
    for said in [
        "ringfence.toml:2: unknown key `fail_on`; did you mean `fail-on`?",
        "ringfence.toml:4: `exclude`: `/a` is no path from the root",
        "ringfence.toml:6: there is no rule `github-pat-clasic`; did you mean `github-pat-classic`?",
        "ringfence.toml:7: `severity`: unknown variant `none`",
        "ringfence.toml:11: `value` would fit almost everything",
        "ringfence.toml:12: `reason` is empty",
        "ringfence.toml:13: `expires` is a day like 2027-06-30",
    ] {
        assert!(refused.stderr().contains(said), "{said}\n{}", refused.stderr());
    }
    for (content, said) in [
        ("", "ringfence.toml:1: a policy file needs `version = 1`"),
        ("version = 2\n", "ringfence.toml:1: `version` is 2"),
        ("version = 1\nallow = 3\n", "ringfence.toml:2: `allow` must be a list of tables"),
        ("version = [\n", "ringfence.toml:"),
    ] {
        repo.write("ringfence.toml", content);
        let refused = repo.ringfence(&["scan"]).ends();
        assert_eq!((refused.code, refused.stderr().contains(said)), (2, true), "{content:?}: {}", refused.stderr());
    }
}

#[test]
fn each_mistake_stands_on_its_line() {
    let dir = Dir::repository();
    dir.write("ringfence.toml", "version = 1\nfail_on = \"high\"\n[scan]\nexcluded = []\n");
    let said = dir.ringfence(&["scan"]).ends().stderr();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert_eq!(lines[0], "ringfence: mistakes in the policy file:");
    assert!(lines[1].starts_with("  ringfence.toml:2: unknown key `fail_on`"), "{said}");
    assert!(lines[2].starts_with("  ringfence.toml:4: unknown key `excluded`"), "{said}");
}

#[test]
fn a_scan_says_that_its_policy_is_nobody_elses() {
    let dir = Dir::repository();
    dir.write("ringfence.toml", "version = 1\n");
    dir.write("ringfence.baseline.jsonl", "{\"baseline\":\"ringfence/1\"}\n");
    let notices = |dir: &Dir| dir.report(&["scan"]).value["policy"]["notices"].to_string();
    for name in ["ringfence.toml", "ringfence.baseline.jsonl"] {
        assert!(notices(&dir).contains(&format!("`{name}` is not tracked by git")), "{}", notices(&dir));
    }
    dir.git(&["add", "--all"]);
    assert!(!notices(&dir).contains("is not tracked"), "{}", notices(&dir));
    let plain = Dir::plain();
    plain.write("ringfence.toml", "version = 1\n");
    assert!(!notices(&plain).contains("is not tracked"), "there is nothing that could track it");
}

/// An entry for what only a change shows has its use where no scan of all files can see it.
#[test]
fn an_entry_for_what_only_a_change_shows_is_not_called_useless() {
    let dir = Dir::repository();
    let with = "@login_required\ndef a():  # ringfence:allow area-authentication -- agreed\n    return 1\n";
    let without = with.replace("@login_required\n", "");
    dir.write("src/auth/login.py", with);
    dir.commit("base");
    dir.write("src/auth/login.py", &without);
    let print =
        dir.report(&["diff", "--only", "area"]).value["findings"][0]["fingerprint"].as_str().unwrap().to_owned();
    let entry = |rule: &str, print: &str| {
        format!("[[allow]]\nrule = \"{rule}\"\npath = \"**\"\nfingerprint = \"{print}\"\nreason = \"agreed\"\n")
    };
    let other = "a".repeat(32);
    let rules = ["workflow-token", "check-removed", "scope-new-submodule", "logging-secret", "policy-allow"];
    let entries: String = rules.iter().map(|rule| entry(rule, &other)).collect();
    dir.write("ringfence.toml", format!("version = 1\n{}{entries}", entry("area-authentication", &print)));
    dir.write("src/auth/login.py", with);
    let written = dir.ringfence(&["baseline", "write"]).ends();
    assert_eq!(written.code, 0, "{}", written.stderr());
    let name = "ringfence.baseline.jsonl";
    let key = r#"{"path":"src/auth/login.py","rule":"area-authentication","fingerprint":"KEY"}"#;
    let head = std::fs::read_to_string(dir.at(name)).unwrap();
    dir.write(name, head + &key.replace("KEY", &other) + "\n");
    dir.commit("policy");
    let notices = || dir.report(&["scan"]).value["policy"]["notices"].to_string();
    let doctor = dir.ringfence(&["doctor"]).ends().stdout();
    for said in [notices(), doctor] {
        assert!(!said.contains("sets nothing aside") && !said.contains("nothing fits"), "{said}");
    }
    // What a scan of all files would show is still named.
    dir.write("ringfence.toml", format!("version = 1\n{}", entry("github-pat-classic", &other)));
    assert!(notices().contains("ringfence.toml:2: this entry sets nothing aside"), "{}", notices());
    dir.git(&["checkout", "--quiet", "--", "ringfence.toml"]);
    dir.write("src/auth/login.py", &without);
    let report = dir.report(&["diff", "--only", "area"]);
    assert_eq!(report.value["suppressed"][0]["rule"], "area-authentication", "{:?}", report.found());
}
