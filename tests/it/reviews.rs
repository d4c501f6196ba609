//! Reviews: a touched area is open until somebody who answers for it has approved what is about to be merged.

use crate::support::{Dir, text};

const POLICY: &str = "version = 1\n[[area]]\nname = \"payments\"\npaths = [\"pay/**\"]\nowners = [\"@acme/pay\"]\n\
                      [[team]]\nname = \"@acme/pay\"\nmembers = [\"alice\"]\n\
                      [[area]]\nname = \"notes\"\npaths = [\"notes/**\"]\nreview = \"optional\"\n";

/// A repository in which a commit changes `path`; gives the ids of both sides.
fn change(path: &str) -> (Dir, String, String) {
    let dir = Dir::repository();
    dir.write("ringfence.toml", POLICY);
    dir.write("CODEOWNERS", "/src/login/ @acme/login\n");
    dir.write(path, "one\n");
    let base = dir.commit("base");
    dir.write(path, "two\n");
    let head = dir.commit("change");
    (dir, base, head)
}

fn approval(who: &str, state: &str, commit: &str) -> String {
    format!(
        r#"[{{"user":{{"login":"{who}","type":"User"}},"state":"{state}","commit_id":"{commit}","submitted_at":"2026-01-01T00:00:00Z"}}]"#
    )
}

#[test]
fn an_area_of_the_policy_is_told_with_its_owners() {
    let (dir, base, head) = change("pay/a.py");
    let report = dir.report(&["diff", &format!("{base}..{head}")]);
    let finding = &report.value["findings"][0];
    assert_eq!((text(&finding["rule"]), text(&finding["severity"])), ("area-own", "medium"));
    assert_eq!(finding["area"]["name"], "payments");
    assert_eq!(finding["area"]["owners"][0], "@acme/pay");
    assert_eq!(finding["area"]["review"], "required");
    let (dir, base, head) = change("notes/a.txt");
    let report = dir.report(&["diff", &format!("{base}..{head}")]);
    assert_eq!(report.value["findings"][0]["severity"], "low");
    assert_eq!(report.value["findings"][0]["area"]["review"], "optional");
}

#[test]
fn a_required_review_fails_the_run_until_an_owner_approves_the_head() {
    let (dir, base, head) = change("pay/a.py");
    let range = format!("{base}..{head}");
    let reviews = dir.beside("reviews.json");
    let file = reviews.to_str().unwrap();
    let with = |content: &str| {
        std::fs::write(&reviews, content).unwrap();
        let run = dir.ringfence(&["diff", &range, "--reviews", file, "--require-reviews"]).ends();
        (run.code, run.stdout())
    };
    let (code, said) = with(&approval("alice", "APPROVED", &head));
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("review: approved by alice"), "{said}");
    for (content, why) in [
        (approval("alice", "APPROVED", &base), "alice approved an earlier commit"),
        (approval("alice", "CHANGES_REQUESTED", &head), "alice does not approve"),
        (approval("bob", "APPROVED", &head), "no owner has approved"),
        ("[]".to_owned(), "no owner has approved"),
    ] {
        let (code, said) = with(&content);
        assert_eq!(code, 1, "{said}");
        assert!(said.contains(why), "{why}: {said}");
    }
    assert_eq!(dir.ringfence(&["diff", &range, "--reviews", file]).ends().code, 0, "told, and not asked for");
    assert_eq!(dir.ringfence(&["diff", &range, "--require-reviews"]).ends().code, 1, "without a file, too");
}

#[test]
fn every_format_tells_what_became_of_a_review() {
    let (dir, base, head) = change("pay/a.py");
    let (range, reviews) = (format!("{base}..{head}"), dir.beside("reviews.json"));
    std::fs::write(&reviews, approval("alice", "APPROVED", &base)).unwrap();
    let scan = ["diff", &range, "--reviews", reviews.to_str().unwrap(), "--require-reviews", "--format"];
    let json = dir.ringfence(&[&scan[..], &["json"]].concat()).ends().stdout();
    crate::report::keeps_to_the_schema(&serde_json::from_str(&json).unwrap());
    assert!(json.contains("\"review\": \"missing\""), "{json}");
    // GitLab's report is for secrets.
    for format in crate::formats::FORMATS.into_iter().filter(|format| *format != "gitlab") {
        let direct = dir.ringfence(&[&scan[..], &[format]].concat()).ends();
        assert!(direct.stdout().contains("alice approved an earlier commit"), "{format}: {}", direct.stdout());
        let saved = dir.ringfence(&["report", "-", "--format", format]).input(json.as_str()).ends();
        assert_eq!((saved.code, saved.stdout()), (1, direct.stdout()), "{format}");
    }
}

#[test]
fn who_wrote_a_change_cannot_approve_it() {
    let (dir, base, _) = change("pay/a.py");
    dir.write("pay/a.py", "three\n");
    dir.git(&["add", "--all"]);
    dir.git(&["commit", "--quiet", "--message", "more", "--author", "A <7+Alice@users.noreply.github.com>"]);
    let head = dir.git(&["rev-parse", "HEAD"]).trim().to_owned();
    let reviews = dir.beside("reviews.json");
    std::fs::write(&reviews, approval("alice", "APPROVED", &head)).unwrap();
    let arguments = ["diff", &format!("{base}..{head}"), "--reviews", reviews.to_str().unwrap(), "--require-reviews"];
    let run = dir.ringfence(&arguments).ends();
    assert_eq!(run.code, 1);
    assert!(run.stdout().contains("alice approved, and wrote some of it"), "{}", run.stdout());
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_scanned() {
    let (dir, base, head) = change("pay/a.py");
    let range = format!("{base}..{head}");
    let broken = dir.beside("broken.json");
    std::fs::write(&broken, "{\"a\": 1}").unwrap();
    let broken = broken.to_str().unwrap();
    for (arguments, why) in [
        (vec!["diff", &range, "--reviews", broken], "its form is not known"),
        (vec!["diff", &range, "--reviews", "missing.json"], "cannot read reviews from `missing.json`"),
        (vec!["diff", &range, "--require-reviews", "--skip", "area"], "needs the kind `area`"),
        (vec!["diff", &range, "--require-reviews", "--only", "secret"], "needs the kind `area`"),
        (vec!["diff", "--require-reviews"], "required"),
    ] {
        let run = dir.ringfence(&arguments).ends();
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.stderr().contains(why), "{arguments:?}: {}", run.stderr());
    }
}
