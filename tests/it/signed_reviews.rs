//! Signed reviews: a `Reviewed-by:` line of the change's own commits counts if the reviewer's own key signed the commit.

use std::fs;

use crate::support::{Dir, text};

const POLICY: &str = "version = 1\n[[area]]\nname = \"payments\"\npaths = [\"pay/**\"]\nowners = [\"@acme/pay\"]\n\
                      [[team]]\nname = \"@acme/pay\"\nmembers = [\"alice@example.com\", \"bob@example.com\"]\n";

/// A change to an area, and keys that `ssh-keygen` made; none where that is not installed.
pub(crate) struct Case {
    pub(crate) dir: Dir,
    pub(crate) base: String,
}

impl Case {
    pub(crate) fn new() -> Option<Self> {
        let dir = Dir::repository();
        dir.try_run("ssh-keygen", &["-?"])?;
        dir.write("ringfence.toml", POLICY);
        dir.write("pay/a.py", "one\n");
        let base = dir.commit("base");
        let case = Self { dir, base };
        case.key("alice", "ed25519", &[]);
        case.list(&[("alice@example.com", "alice")]);
        case.change("two\n");
        Some(case)
    }

    /// Makes a key and gives its public half.
    pub(crate) fn key(&self, name: &str, kind: &str, more: &[&str]) -> String {
        let file = self.beside(name);
        let arguments = [&["-q", "-t", kind, "-N", "", "-C", "", "-f", &file], more].concat();
        assert_eq!(self.dir.try_run("ssh-keygen", &arguments).unwrap().code, 0);
        self.public(name)
    }

    fn public(&self, name: &str) -> String {
        fs::read_to_string(self.dir.beside(&format!("{name}.pub"))).unwrap().trim().to_owned()
    }

    pub(crate) fn beside(&self, name: &str) -> String {
        self.dir.beside(name).to_string_lossy().into_owned()
    }

    /// Writes a list of allowed signers: what stands before each key, and the key's name.
    pub(crate) fn list(&self, entries: &[(&str, &str)]) {
        let lines: Vec<String> = entries.iter().map(|(who, key)| format!("{who} {}\n", self.public(key))).collect();
        fs::write(self.dir.beside("signers"), lines.concat()).unwrap();
    }

    pub(crate) fn change(&self, content: &str) -> String {
        self.dir.write("pay/a.py", content);
        self.dir.commit("change")
    }

    /// An empty commit, or one of all that is there, signed with `key`, by somebody else than the tester.
    pub(crate) fn signed(&self, key: &str, message: &str) -> String {
        self.signed_by(key, "someone@example.com", message)
    }

    fn signed_by(&self, key: &str, committer: &str, message: &str) -> String {
        let (key, committer) =
            (format!("user.signingkey={}", self.beside(key)), format!("committer.email={committer}"));
        let settings = ["-c", "gpg.format=ssh", "-c", &key, "-c", &committer, "-c", "committer.name=S"];
        let author = committer.replace("committer.email=", "--author=S <") + ">";
        let commit = ["commit", "--quiet", "--allow-empty", "--all", "-S", &author, "-m", message];
        self.dir.git(&[&settings[..], &commit].concat());
        self.dir.git(&["rev-parse", "HEAD"])
    }

    /// The exit code with `--require-reviews`, and the answer to the area's review.
    fn answer(&self) -> (i32, String) {
        self.answer_with(&[])
    }

    fn answer_with(&self, more: &[&str]) -> (i32, String) {
        let (range, signers) = (format!("{}...HEAD", self.base), self.beside("signers"));
        let arguments = ["diff", &range, "--require-reviews", "--allowed-signers", &signers];
        let report = self.dir.report(&[&arguments[..], more].concat());
        let findings = report.value["findings"].as_array().unwrap();
        let area = findings.iter().find(|finding| finding["rule"] == "area-own").unwrap();
        (report.outcome.code, text(&area["area"]["answer"]).to_owned())
    }

    fn is_open(&self, why: &str) {
        let (code, said) = self.answer();
        assert!(code == 1 && said.contains(why), "exit {code}; `{why}` is not in: {said}");
    }
}

pub(crate) const ALICE: &str = "Reviewed\n\nReviewed-by: Alice <alice@example.com>";

#[test]
fn an_owners_signed_review_of_the_head_satisfies() {
    let Some(case) = Case::new() else { return };
    case.is_open("no owner has approved");
    case.signed("alice", ALICE);
    assert_eq!(case.answer(), (0, "approved by alice@example.com".into()));
    // Another empty commit changes nothing.
    case.dir.commit("nothing");
    assert_eq!(case.answer().0, 0);
    // A change does, even one that is taken back.
    case.change("three\n");
    case.is_open("alice@example.com approved an earlier commit (commit ");
    case.change("two\n");
    case.is_open("approved an earlier commit");
    case.signed("alice", ALICE);
    assert_eq!(case.answer().0, 0);
}

#[test]
fn the_head_itself_may_carry_the_review() {
    let Some(case) = Case::new() else { return };
    case.dir.write("pay/a.py", "three\n");
    case.signed("alice", ALICE);
    assert_eq!(case.answer(), (0, "approved by alice@example.com".into()));
}

#[test]
fn every_usual_kind_of_key_is_checked() {
    let Some(case) = Case::new() else { return };
    for (name, kind, more) in
        [("p256", "ecdsa", &["-b", "256"][..]), ("p384", "ecdsa", &["-b", "384"]), ("rsa", "rsa", &["-b", "3072"])]
    {
        case.key(name, kind, more);
        case.list(&[("alice@example.com", name)]);
        case.dir.git(&["reset", "--quiet", "--soft", "HEAD"]);
        case.signed(name, ALICE);
        assert_eq!(case.answer().0, 0, "{name}");
    }
    case.key("p521", "ecdsa", &["-b", "521"]);
    case.list(&[("alice@example.com", "p521")]);
    case.signed("p521", ALICE);
    case.is_open("its key is of the kind ecdsa-sha2-nistp521, which is not checked");
}

#[test]
fn who_wrote_or_committed_the_change_cannot_sign_for_it() {
    let Some(case) = Case::new() else { return };
    case.dir.write("pay/a.py", "three\n");
    case.signed_by("alice", "alice@example.com", ALICE);
    case.is_open("alice@example.com approved, and wrote, committed or signed some of it");
    case.signed("alice", ALICE);
    case.is_open("approved, and wrote");
    // Under another name, by the key.
    let Some(case) = Case::new() else { return };
    case.dir.write("pay/a.py", "three\n");
    case.signed("alice", "more");
    case.signed("alice", ALICE);
    case.is_open("approved, and wrote");
    // By another name that the list gives to the key.
    let Some(case) = Case::new() else { return };
    case.list(&[("tester@example.com,alice@example.com", "alice")]);
    case.signed("alice", ALICE);
    case.is_open("approved, and wrote");
}

#[test]
fn what_proves_nothing_is_said() {
    let Some(case) = Case::new() else { return };
    case.dir.commit(ALICE);
    case.is_open("alice@example.com is named as reviewer, which does not count: it is not signed (commit ");
    case.key("eve", "ed25519", &[]);
    case.signed("eve", ALICE);
    case.is_open("is not among the allowed signers");
    case.list(&[("eve@example.com", "eve")]);
    case.is_open("the allowed signers give its key to somebody else");
    case.signed("eve", "Reviewed\n\nReviewed-by: Eve <eve@example.com>");
    case.is_open("eve@example.com approved (commit ");
    case.is_open("and is no owner of it");
    for (before, why) in [
        ("*@example.com", "name the owner of its key by a pattern only"),
        ("alice@example.com cert-authority", "authority for certificates, which are not supported"),
        ("alice@example.com namespaces=\"file\"", "do not allow its key for git"),
        ("alice@example.com valid-before=\"20260101\"", "was not valid when the commit was made"),
        ("alice@example.com valid-after=\"20260103\"", "was not valid when the commit was made"),
    ] {
        case.list(&[(before, "eve")]);
        case.is_open(why);
    }
    case.list(&[(
        "ALICE@example.com namespaces=\"git,file\",valid-after=\"20260102Z\",valid-before=\"20260103\"",
        "eve",
    )]);
    assert_eq!(case.answer().0, 0);
}

/// A commit whose signature is of other bytes, and one signed by OpenPGP.
#[test]
fn altered_and_foreign_signatures_do_not_count() {
    let Some(case) = Case::new() else { return };
    let head = case.signed("alice", ALICE);
    let whole = case.dir.git(&["cat-file", "commit", &head]);
    let write = |content: &str| {
        fs::write(case.dir.beside("commit"), content.to_owned() + "\n").unwrap();
        let id = case.dir.git(&["hash-object", "-t", "commit", "-w", &case.beside("commit")]);
        case.dir.git(&["reset", "--quiet", "--hard", &id]);
    };
    write(&whole);
    assert_eq!(case.answer().0, 0);
    write(&whole.replace("Reviewed\n", "Read\n"));
    case.is_open("its signature is not one of this commit");
    write(&whole.replace(" U1NIU0lH", " U1NIU0lI"));
    case.is_open("its signature cannot be read");
    write(&whole.replace("SSH SIGNATURE", "PGP SIGNATURE"));
    case.is_open("its signature is of OpenPGP, and only those of SSH keys are checked");
    write(&whole.replace("SSH SIGNATURE", "SIGNED MESSAGE"));
    case.is_open("its signature is of X.509");
    // A signature of a file is none of a commit.
    let unsigned: Vec<&str> = whole.lines().collect();
    let is_seal = |line: &&&str| line.starts_with("gpgsig ") || line.starts_with(' ');
    let message = unsigned.iter().filter(|line| !is_seal(line)).map(|line| format!("{line}\n")).collect::<String>();
    fs::write(case.dir.beside("message"), &message).unwrap();
    let sign = ["-q", "-Y", "sign", "-n", "file", "-f", &case.beside("alice"), &case.beside("message")];
    assert_eq!(case.dir.try_run("ssh-keygen", &sign).unwrap().code, 0);
    let seal = fs::read_to_string(case.dir.beside("message.sig")).unwrap().trim().replace('\n', "\n ");
    write(message.replacen("\n\n", &format!("\ngpgsig {seal}\n\n"), 1).trim_end());
    case.is_open("its signature is not one of this commit");
}

#[test]
fn every_reviewer_signs_a_commit_of_their_own() {
    let Some(case) = Case::new() else { return };
    case.key("bob", "ed25519", &[]);
    case.list(&[("alice@example.com", "alice"), ("bob@example.com", "bob")]);
    case.signed("alice", "Reviewed\n\nReviewed-by: Bob <bob@example.com>");
    case.is_open(
        "bob@example.com is named as reviewer, which does not count: the allowed signers give its key to somebody",
    );
    case.signed("alice", &format!("{ALICE}\nReviewed-by: Bob <bob@example.com>"));
    assert_eq!(case.answer().1, "approved by alice@example.com");
    case.list(&[("bob@example.com", "bob")]);
    case.signed("bob", "Reviewed\n\nReviewed-by: Bob <bob@example.com>");
    assert_eq!(case.answer().1, "approved by bob@example.com");
}

#[test]
fn a_merge_that_drops_a_side_is_no_review() {
    let Some(case) = Case::new() else { return };
    case.dir.git(&["checkout", "--quiet", "-b", "other", &case.base]);
    case.dir.write("pay/b.py", "fix\n");
    case.dir.commit("fix");
    case.dir.git(&["checkout", "--quiet", "main"]);
    case.signed("alice", ALICE);
    case.dir.git(&["merge", "--quiet", "--no-edit", "-s", "ours", "other"]);
    case.is_open("approved an earlier commit");
    // One that brings nothing of its own carries the words of who merges.
    let Some(case) = Case::new() else { return };
    case.dir.git(&["checkout", "--quiet", "-b", "target", &case.base]);
    case.dir.git(&["merge", "--quiet", "--no-ff", "--no-commit", "main"]);
    case.signed("alice", ALICE);
    assert_eq!(case.answer().1, "approved by alice@example.com");
}

#[test]
fn the_list_is_that_of_the_base() {
    let Some(case) = Case::new() else { return };
    case.key("eve", "ed25519", &[]);
    let entry = |key: &str| format!("alice@example.com {}\n", case.public(key));
    case.dir.git(&["reset", "--quiet", "--hard", &case.base]);
    case.dir.write("keys/allowed", entry("alice"));
    let base = case.dir.commit("list");
    case.change("two\n");
    case.dir.write("keys/allowed", entry("eve"));
    case.dir.commit("list");
    case.signed("eve", ALICE);
    let run = |list: &str| {
        case.dir.ringfence(&["diff", &format!("{base}...HEAD"), "--require-reviews", "--allowed-signers", list]).ends()
    };
    for list in ["keys/allowed", "./keys/../keys/allowed", &case.dir.at("keys/allowed").to_string_lossy()] {
        let ended = run(list);
        assert!(ended.code == 1 && ended.stdout().contains("is not among the allowed signers"), "{}", ended.stdout());
    }
    // A link in its place leads nowhere else, and a list that the change brings is none.
    fs::remove_file(case.dir.at("keys/allowed")).unwrap();
    case.list(&[("alice@example.com", "eve")]);
    case.dir.link(case.dir.beside("signers"), "keys/allowed");
    case.dir.write("keys/more", entry("eve"));
    case.dir.link(case.dir.beside("signers"), "keys/linked");
    case.dir.commit("links");
    case.signed("eve", ALICE);
    let ended = run("keys/allowed");
    assert!(ended.code == 1 && ended.stdout().contains("is not among the allowed signers"), "{}", ended.stdout());
    run("keys/more").fails(2, &["a change does not bring its own reviewers"]);
    run("keys/linked").fails(2, &["a change does not bring its own reviewers"]);
    // One that nobody tracks is the user's.
    case.dir.write("untracked", entry("eve"));
    assert!(run("untracked").stdout().contains("review: approved by alice@example.com"));
}

#[test]
fn a_list_that_is_none_is_refused() {
    let Some(case) = Case::new() else { return };
    for (content, why) in [("", "no key in it"), ("alice@example.com\n", "line 1"), ("a never ssh-ed25519 x", "line 1")]
    {
        fs::write(case.dir.beside("signers"), content).unwrap();
        let run = case.dir.ringfence(&["diff", "HEAD~1..HEAD", "--allowed-signers", &case.beside("signers")]).ends();
        run.fails(2, &["cannot use the allowed signers of", why]);
    }
    case.dir.ringfence(&["diff", "HEAD~1..HEAD", "--allowed-signers", "gone"]).ends().fails(2, &["gone"]);
    case.dir.ringfence(&["diff", "--allowed-signers", "gone"]).ends().fails(2, &["required"]);
}

#[test]
fn hostile_names_reach_no_terminal() {
    let Some(case) = Case::new() else { return };
    case.dir.commit("x\n\nReviewed-by: \u{1b}[31mA <alice@example.com>\nReviewed-by: <\u{1b}[2Jb\u{202e}@example.com>");
    let range = format!("{}...HEAD", case.base);
    let run = case.dir.ringfence(&["diff", &range, "--allowed-signers", &case.beside("signers")]).ends();
    assert!(!run.stdout().contains(['\u{1b}', '\u{202e}']), "{}", run.stdout());
    assert!(run.stdout().contains("is no owner of it"), "{}", run.stdout());
}
