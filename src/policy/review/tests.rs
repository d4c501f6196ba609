//! Reviews of every form that forges print.

use super::*;

const HEAD: &str = "1111111111111111111111111111111111111111";
const OLD: &str = "2222222222222222222222222222222222222222";

fn reviews(files: &[&str]) -> Reviews {
    let files: Vec<(String, Vec<u8>)> = files.iter().map(|text| ("r.json".into(), text.as_bytes().to_vec())).collect();
    let authorship = Authorship { head: HEAD.into(), authors: BTreeSet::from(["mallory".into()]) };
    Reviews::read(&files, &authorship).unwrap()
}

fn outcome(files: &[&str], owner: &str) -> String {
    let teams = [TeamEntry { name: "@acme/payments".into(), members: vec!["@Alice".into(), "mallory".into()] }];
    match reviews(files).of(&[owner.to_owned()], &teams) {
        Outcome::Satisfied(who) => format!("by {who}"),
        Outcome::Open(why) => why,
    }
}

fn rest(login: &str, state: &str, commit: &str, at: u8) -> String {
    format!(
        r#"{{"id":1,"user":{{"login":"{login}","type":"User"}},"state":"{state}","commit_id":"{commit}","submitted_at":"2026-01-0{at}T00:00:00Z"}}"#
    )
}

#[test]
fn only_an_owners_approval_of_the_head_counts() {
    for (login, state, commit, owner, expected) in [
        ("alice", "APPROVED", HEAD, "@alice", "by alice"),
        ("Alice", "APPROVED", HEAD, "@acme/payments", "by alice"),
        ("alice", "APPROVED", OLD, "@alice", "alice approved an earlier commit"),
        ("alice", "COMMENTED", HEAD, "@alice", "no owner has approved"),
        ("alice", "CHANGES_REQUESTED", HEAD, "@alice", "alice does not approve"),
        ("bob", "APPROVED", HEAD, "@alice", "no owner has approved"),
        ("mallory", "APPROVED", HEAD, "@acme/payments", "mallory approved, and wrote some of it"),
        ("alice[bot]", "APPROVED", HEAD, "@alice[bot]", "no owner has approved"),
    ] {
        let file = format!("[{}]", rest(login, state, commit, 1));
        assert_eq!(outcome(&[&file], owner), expected, "{login} {state} {owner}");
    }
}

#[test]
fn the_last_word_of_a_person_counts() {
    let (yes, no) = (rest("alice", "APPROVED", HEAD, 1), rest("alice", "DISMISSED", HEAD, 2));
    assert_eq!(outcome(&[&format!("[{yes},{no}]")], "@alice"), "alice does not approve");
    // A list in pages, the later page first.
    let (yes, no) = (rest("alice", "APPROVED", HEAD, 3), rest("alice", "CHANGES_REQUESTED", OLD, 2));
    assert_eq!(outcome(&[&format!("[{yes}]\n[{no}]")], "@alice"), "by alice");
}

#[test]
fn every_form_is_read() {
    let view = format!(
        r#"{{"author":{{"login":"mallory"}},"reviews":[{{"author":{{"login":"alice"}},"state":"APPROVED","submittedAt":"2026-01-01T00:00:00Z","commit":{{"oid":"{HEAD}"}}}}]}}"#
    );
    assert_eq!(outcome(&[&view], "@alice"), "by alice");
    let answer = format!(
        r#"{{"data":{{"repository":{{"pullRequest":{{"author":null,"reviews":{{"nodes":[{{"author":{{"__typename":"User","login":"carol"}},"state":"APPROVED","commit":{{"oid":"{HEAD}"}},"onBehalfOf":{{"nodes":[{{"combinedSlug":"acme/payments"}}]}}}}]}}}}}}}}}}"#
    );
    assert_eq!(outcome(&[&answer], "@acme/payments"), "by carol");
    let opened = format!(r#"{{"number":1,"user":{{"login":"alice"}},"head":{{"sha":"{HEAD}"}}}}"#);
    let list = format!("[{}]", rest("alice", "APPROVED", HEAD, 1));
    assert_eq!(outcome(&[&opened, &list], "@alice"), "alice approved, and wrote some of it");
}

#[test]
fn an_approval_of_gitlab_is_of_what_was_pushed_before_it() {
    let approvals = r#"{"approved_by":[{"user":{"username":"alice"},"approved_at":"2026-01-02T00:00:00Z"}]}"#;
    let version =
        |sha: &str, day: u8| format!(r#"{{"head_commit_sha":"{sha}","created_at":"2026-01-0{day}T00:00:00Z"}}"#);
    let unsaid = "nothing says for which commit alice approved";
    assert_eq!(outcome(&[approvals], "@alice"), unsaid);
    assert_eq!(outcome(&[approvals, &format!("[{}]", version(HEAD, 1))], "@alice"), "by alice");
    assert_eq!(outcome(&[approvals, &format!("[{}]", version(HEAD, 3))], "@alice"), "alice approved an earlier commit");
    // The head that is looked at is not the last.
    assert_eq!(outcome(&[approvals, &format!("[{},{}]", version(HEAD, 1), version(OLD, 2))], "@alice"), unsaid);
    let request = r#"{"iid":4,"author":{"username":"alice"},"sha":"1"}"#;
    let whole = [approvals, &format!("[{}]", version(HEAD, 1)), request];
    assert_eq!(outcome(&whole, "@alice"), "alice approved, and wrote some of it");
}

#[test]
fn what_is_no_review_is_refused() {
    let authorship = Authorship::default();
    for (content, expected) in [
        ("", "reviews in `r`: it is empty"),
        ("{", "reviews in `r`: it is no JSON"),
        ("{\"a\":1}", "reviews in `r`: its form is not known"),
        ("[[1]]", "reviews in `r`: its form is not known"),
        ("null", "reviews in `r`: its form is not known"),
    ] {
        let error = Reviews::read(&[("r".into(), content.into())], &authorship).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{content}: {error}");
    }
}

#[test]
fn an_area_without_an_owner_stays_open() {
    let list = format!("[{}]", rest("alice", "APPROVED", HEAD, 1));
    assert!(matches!(reviews(&[&list]).of(&[], &[]), Outcome::Open(why) if why.starts_with("nobody is named")));
}
