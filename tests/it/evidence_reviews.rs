//! A record names who approved what at which commit, and verifying it takes that from the same files again.

use std::fs;

use ringfence::evidence::{Statement, sha256, write};
use serde_json::{Value, json};

use crate::evidence::lines;
use crate::signed_reviews::{ALICE, Case};
use crate::support::Outcome;

/// Writes the record of the whole change with `more`.
fn create(case: &Case, more: &[&str]) -> Outcome {
    let (range, file) = (format!("{}...HEAD", case.base), case.beside("record"));
    case.dir.ringfence(&[&["evidence", "create", &range, "-o", &file], more].concat()).ends()
}

fn verify(case: &Case, more: &[&str]) -> Outcome {
    case.dir.ringfence(&[&["evidence", "verify", &case.beside("record")], more].concat()).ends()
}

fn record(case: &Case) -> Value {
    serde_json::from_slice(&fs::read(case.beside("record")).unwrap()).unwrap()
}

/// A file of one review at a forge; gives its path.
fn forge(case: &Case, name: &str, who: &str, commit: &str) -> String {
    let review = format!(
        r#"[{{"user":{{"login":"{who}","type":"User"}},"state":"APPROVED","commit_id":"{commit}","submitted_at":"2026-01-01T00:00:00Z"}}]"#
    );
    fs::write(case.dir.beside(name), review).unwrap();
    case.beside(name)
}

#[test]
fn a_record_names_who_approved_what_at_which_commit() {
    let Some(case) = Case::new() else { return };
    let old = case.dir.git(&["rev-parse", "HEAD"]);
    let head = case.signed("alice", ALICE);
    let (signers, file) = (case.beside("signers"), forge(&case, "reviews", "carol", &old));
    create(&case, &["--reviews", &file, "--allowed-signers", &signers]).fails(0, &[]);
    let digest = |path: &str| {
        let bytes = fs::read(path).unwrap();
        json!({"bytes": bytes.len(), "sha256": sha256(&bytes)})
    };
    let area = json!({
        "answer": "approved by alice@example.com", "name": "payments", "owners": ["@acme/pay"], "paths": ["pay/a.py"],
        "review": "satisfied",
    });
    let said = json!([
        {"commit": head, "proof": "commit", "what": "approved", "who": "alice@example.com"},
        {"commit": old, "proof": "forge", "what": "approved an earlier commit", "who": "carol"},
    ]);
    let reviews = json!({
        "areas": [area], "files": [digest(&file)], "required": false, "said": said, "signers": digest(&signers),
    });
    assert_eq!(record(&case)["predicate"]["reviews"], reviews);
    let answer = verify(&case, &["--reviews", &file, "--allowed-signers", &signers]);
    answer.fails(0, &[]);
    assert!(answer.stdout().contains("2 words of reviewers; 1 area approved, 0 open"), "{}", answer.stdout());
    for part in [&[][..], &["--reviews", &file], &["--allowed-signers", &signers]] {
        let answer = verify(&case, part);
        assert_eq!(lines(&answer, "cannot be checked here"), ["reviews"], "{}", answer.stdout());
        answer.fails(3, &[]);
    }
}

#[test]
fn what_lacks_a_review_fails_and_stays_open_in_the_record() {
    let Some(case) = Case::new() else { return };
    let signers = case.beside("signers");
    create(&case, &["--require-reviews", "--allowed-signers", &signers]).fails(1, &[]);
    let whole = record(&case);
    let area = &whole["predicate"]["reviews"]["areas"][0];
    assert_eq!((&area["review"], &area["answer"]), (&json!("open"), &json!("no owner has approved")));
    assert_eq!(whole["predicate"]["verification"]["summary"]["failing"], 1);
    verify(&case, &["--allowed-signers", &signers]).fails(0, &[]);
    assert_eq!(lines(&verify(&case, &[]), "cannot be checked here"), ["reviews", "failing"]);
    // Without any file everything can be told again.
    create(&case, &["--require-reviews"]).fails(1, &[]);
    verify(&case, &[]).fails(0, &[]);
    // A list by which nobody is known is not the same list.
    create(&case, &["--allowed-signers", &signers]).fails(0, &[]);
    case.key("eve", "ed25519", &[]);
    case.list(&[("alice@example.com", "eve")]);
    assert_eq!(lines(&verify(&case, &["--allowed-signers", &signers]), "differs"), ["reviews"]);
}

#[test]
fn other_files_are_noticed() {
    let Some(case) = Case::new() else { return };
    let head = case.dir.git(&["rev-parse", "HEAD"]);
    let (one, two) = (forge(&case, "one", "alice@example.com", &head), forge(&case, "two", "bob@example.com", &head));
    create(&case, &[]).fails(0, &[]);
    assert_eq!(record(&case)["predicate"].get("reviews"), None);
    assert_eq!(lines(&verify(&case, &["--reviews", &one]), "differs"), ["reviews"]);
    create(&case, &["--reviews", &one, "--reviews", &two]).fails(0, &[]);
    let first = fs::read(case.beside("record")).unwrap();
    create(&case, &["--reviews", &two, "--reviews", &one]).fails(0, &[]);
    assert_eq!(first, fs::read(case.beside("record")).unwrap(), "the order in which files are named does not matter");
    verify(&case, &["--reviews", &two, "--reviews", &one]).fails(0, &[]);
    for wrong in [&["--reviews", &one][..], &["--reviews", &one, "--reviews", &one]] {
        assert_eq!(lines(&verify(&case, wrong), "differs"), ["reviews"]);
    }
    let signers = case.beside("signers");
    let answer = verify(&case, &["--reviews", &one, "--reviews", &two, "--allowed-signers", &signers]);
    assert_eq!(lines(&answer, "differs"), ["reviews"]);
    verify(&case, &["--reviews", "gone"]).fails(2, &["cannot read reviews from `gone`"]);
    fs::write(&one, "{").unwrap();
    create(&case, &["--reviews", &one]).fails(2, &["it is no JSON"]);
}

/// Every value in the reviews of a record, changed and sealed anew, is noticed where the files are given.
#[test]
fn no_value_of_resealed_reviews_changes_unnoticed() {
    let Some(case) = Case::new() else { return };
    let head = case.signed("alice", ALICE);
    let (signers, file) = (case.beside("signers"), forge(&case, "reviews", "carol", &head));
    let given = ["--reviews", &file, "--allowed-signers", &signers];
    create(&case, &given).fails(0, &[]);
    let whole = record(&case);
    let mut places = Vec::new();
    crate::evidence_tamper::leaves(&whole["predicate"]["reviews"], "/predicate/reviews", &mut places);
    assert!(places.len() > 12, "{places:?}");
    // Whether missing reviews were to fail is part of the request; it can be asked for again, and changes nothing here.
    for place in places.iter().filter(|place| !place.ends_with("/required")) {
        let mut forged = whole.clone();
        let value = forged.pointer_mut(place).unwrap();
        *value = crate::evidence_tamper::other(value);
        let bytes = match serde_json::from_value::<Statement>(forged.clone()) {
            Ok(statement) => write(&statement, None).unwrap(),
            Err(_) => forged.to_string().into_bytes(),
        };
        fs::write(case.beside("record"), bytes).unwrap();
        let code = verify(&case, &given).code;
        assert!(code == 1 || code == 2, "{place}: exit {code}");
    }
}

#[test]
fn a_clone_without_the_commits_cannot_tell() {
    let Some(case) = Case::new() else { return };
    case.signed("alice", ALICE);
    let signers = case.beside("signers");
    create(&case, &["--allowed-signers", &signers]).fails(0, &[]);
    let clone = case.beside("clone");
    case.dir.git(&["clone", "--quiet", "--depth=1", &format!("file://{}", case.dir.path().display()), &clone]);
    let arguments = ["evidence", "verify", &case.beside("record"), "--allowed-signers", &signers];
    let answer = case.dir.ringfence(&arguments).within(&clone).ends();
    assert_eq!(lines(&answer, "cannot be checked here"), ["change", "reviews"], "{}", answer.stdout());
    answer.fails(3, &[]);
}
