//! Areas: every case of every table says which area a change touches and how bad that is, through the real program.

use ringfence::finding::Kind;
use ringfence::rule::RuleSet;
use ringfence::text::Text;
use ringfence::unit::Change;

use crate::changes::{are_enough, cases, found, hold};
use crate::support::{Dir, text};

#[test]
fn every_case_is_told_as_its_table_says() {
    hold("area", Kind::Area);
}

#[test]
fn the_tables_are_large() {
    are_enough("area");
}

#[test]
fn a_file_without_a_past_touches_nothing() {
    let set = RuleSet::builtin().unwrap();
    for case in cases("area") {
        let Some(after) = &case.after else { continue };
        let snapshot = Change::Snapshot(Text::new(after.as_bytes()));
        assert!(found(&set, &case.path, snapshot, Kind::Area).is_empty(), "{}", case.name);
    }
}

#[test]
fn a_finding_names_the_area_its_evidence_and_the_owners_of_the_base() {
    let dir = Dir::repository();
    dir.write("CODEOWNERS", "* @acme/all\n/src/auth/ @acme/security\n");
    dir.write("src/auth/login.py", "@login_required\ndef a():\n    return 1\n");
    dir.commit("base");
    // What the change says about its own owners does not count.
    dir.write("CODEOWNERS", "* @mallory\n");
    dir.write("src/auth/login.py", "def a():\n    return 1\n");
    let report = dir.report(&["diff", "--only", "area-authentication"]);
    let finding = &report.value["findings"][0];
    assert_eq!(text(&finding["severity"]), "high");
    assert_eq!(text(&finding["area"]["name"]), "authentication");
    assert_eq!(text(&finding["area"]["review"]), "required");
    assert_eq!(finding["area"]["owners"], serde_json::json!(["@acme/security"]));
    assert_eq!(finding["area"]["evidence"][0], "`login_required` on a removed line");
    assert_eq!(report.outcome.code, 1);
}

#[test]
fn a_file_that_only_moves_is_told_as_that() {
    let dir = Dir::repository();
    dir.write("src/auth/login.py", "def a():\n    return 1\n");
    dir.commit("base");
    dir.git(&["mv", "src/auth/login.py", "src/auth/signin.py"]);
    let report = dir.report(&["diff", "--staged", "--only", "area"]);
    assert_eq!(text(&report.value["findings"][0]["severity"]), "low");
    assert!(text(&report.value["findings"][0]["message"]).contains("Only its name changes."));
}

#[test]
fn one_review_is_asked_for_however_many_files_a_change_touches() {
    let dir = Dir::repository();
    dir.write("CODEOWNERS", "/src/ @acme/app\n/admin/ @acme/admin\n");
    let files = ["src/auth/login.py", "src/auth/session.py", "src/auth/password.py", "admin/auth/login.py"];
    files.iter().for_each(|file| dir.write(file, "def a():\n    return 1\n"));
    dir.commit("base");
    files.iter().for_each(|file| dir.write(file, "def a():\n    return login(user, password)\n"));
    dir.git(&["add", "--all"]);
    let found = |args: &[&str]| {
        let report = dir.report(args);
        let all = report.value["findings"].as_array().unwrap();
        let told = all.iter().map(|finding| (text(&finding["path"]).to_owned(), text(&finding["severity"]).to_owned()));
        told.collect::<Vec<_>>()
    };
    for args in [&["diff", "--staged", "--only", "area"][..], &["diff", "--only", "area"]] {
        let all = found(args);
        assert_eq!(all.len(), 4, "{all:?}");
        // One for each group of owners.
        for (folder, number) in [("admin/", 1), ("src/", 1)] {
            let warned = all.iter().filter(|(path, severity)| path.starts_with(folder) && severity == "medium");
            assert_eq!(warned.count(), number, "{all:?}");
        }
    }
    // Reviews are of commits.
    dir.commit("change");
    let required = found(&["diff", "HEAD~1..HEAD", "--only", "area", "--require-reviews"]);
    assert_eq!(required.iter().filter(|(_, severity)| severity == "medium").count(), 4, "{required:?}");
}
