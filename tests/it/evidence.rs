//! `evidence` writes records of changes that anyone can recompute: the same bytes in every clone, nothing secret, and
//! claims that hold by a signature alone.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ringfence::evidence::sha256;
use serde_json::{Value, json};
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};

use crate::support::{Dir, Outcome, contains, made, token};

/// Records stand beside the repository, so that they are no part of it.
pub(crate) fn beside(repo: &Dir, name: &str) -> String {
    repo.beside(name).to_string_lossy().into_owned()
}

/// A repository with a change from `main` to `side` that touches every kind of entry, and has findings.
pub(crate) fn changed() -> Dir {
    let repo = Dir::repository();
    repo.write("ringfence.toml", POLICY);
    repo.write("src/auth/login.rs", "fn login() {}\n");
    repo.write("gone", "x\n");
    repo.write("swapped", "a file\n");
    repo.write("folder/inside", "x\n");
    repo.link("gone", "link");
    repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("src/auth/login.rs", "fn login() {}\nfn verify_password() { session(); }\n");
    fs::remove_file(repo.at("gone")).unwrap();
    fs::remove_file(repo.at("swapped")).unwrap();
    fs::remove_dir_all(repo.at("folder")).unwrap();
    repo.link("a", "swapped");
    repo.write("folder", "a file now\n");
    repo.write("docs/example", format!("{}\n", token(1)));
    repo.write("new/\u{e4}\tb", format!("k = {}\n", token(2)));
    repo.write("folder.txt", "between\n");
    repo.commit("side");
    repo
}

const POLICY: &str = "version = 1\n[[allow]]\nrule = \"github-pat-classic\"\npath = \"docs/**\"\nvalue = \"ghp_*\"\n\
                      reason = \"an example\"\nexpires = 2199-01-01\n";

/// The record of `main...side`, written with `more`.
pub(crate) fn create(repo: &Dir, name: &str, more: &[&str]) -> Outcome {
    let file = beside(repo, name);
    let args = [&["evidence", "create", "main...side", "-o", &file], more].concat();
    repo.ringfence(&args).ends()
}

pub(crate) fn verify(repo: &Dir, name: &str, more: &[&str]) -> Outcome {
    let file = beside(repo, name);
    repo.ringfence(&[&["evidence", "verify", &file], more].concat()).ends()
}

/// What the record says, out of its envelope if it has one.
pub(crate) fn statement(repo: &Dir, name: &str) -> Value {
    let value: Value = serde_json::from_slice(&fs::read(repo.beside(name)).unwrap()).unwrap();
    match value["payload"].as_str() {
        Some(payload) => serde_json::from_slice(&STANDARD.decode(payload).unwrap()).unwrap(),
        None => value,
    }
}

/// Writes a key pair beside the repository; gives the paths of both and the key's name.
pub(crate) fn key(repo: &Dir, seed: u8) -> (String, String, String) {
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[seed; 32]));
    let (private, public) = (beside(repo, &format!("key{seed}")), beside(repo, &format!("key{seed}.pub")));
    fs::write(&private, key.to_openssh(LineEnding::LF).unwrap().as_bytes()).unwrap();
    fs::write(&public, key.public_key().to_openssh().unwrap() + "\n").unwrap();
    (private, public, key.fingerprint(HashAlg::Sha256).to_string())
}

/// The lines of an answer that begin with `outcome`, as the words that follow.
pub(crate) fn lines(answer: &Outcome, outcome: &str) -> Vec<String> {
    let lines = answer.stdout();
    let rest = lines.lines().filter_map(|line| line.strip_prefix(outcome)?.strip_prefix(' ').map(str::trim));
    rest.map(|line| line.split("  ").next().unwrap().trim().to_owned()).collect()
}

#[test]
fn a_record_says_of_the_change_what_git_says() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let statement = statement(&repo, "record");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://ringfence.dev/change/v1");
    let change = &statement["predicate"]["change"];
    let id = |revision: &str| {
        let tree = repo.git(&["rev-parse", &format!("{revision}^{{tree}}")]);
        json!({"commit": repo.git(&["rev-parse", revision]), "tree": tree})
    };
    assert_eq!(change["head"], id("side"));
    assert_eq!(change["base"], id("main"));
    assert_eq!(change["merge_base"], id("main"));
    let digest = &statement["subject"][0]["digest"];
    assert_eq!((&digest["gitCommit"], &digest["gitTree"]), (&change["head"]["commit"], &change["head"]["tree"]));
    let raw = repo.try_git(&["diff-tree", "-r", "-z", "--no-renames", "main", "side"]).stdout;
    assert_eq!(change["diff_sha256"], sha256(&raw));
    let plain =
        repo.git(&["-c", "core.quotePath=false", "diff-tree", "-r", "--no-renames", "--name-only", "main", "side"]);
    let paths: Vec<_> = change["paths"].as_array().unwrap().iter().map(|p| p["path"].as_str().unwrap()).collect();
    assert_eq!(paths.len(), plain.lines().count());
    assert_eq!(paths[..5], ["docs/example", "folder", "folder.txt", "folder/inside", "gone"]);
    let swapped = change["paths"].as_array().unwrap().iter().find(|p| p["path"] == "swapped").unwrap();
    assert_eq!((&swapped["before"]["mode"], &swapped["after"]["mode"]), (&json!("100644"), &json!("120000")));
    assert_eq!(swapped["before"]["blob"], repo.git(&["rev-parse", "main:swapped"]));
    assert_eq!(change["counts"], json!({"added": 4, "deleted": 2, "modified": 2}));
    assert_eq!(change["areas"], json!([{"name": "authentication", "paths": 1}]));
}

#[test]
fn a_record_says_how_the_change_was_checked() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let report = repo.report(&["diff", "main...side"]).value;
    let checked = &statement(&repo, "record")["predicate"]["verification"];
    assert_eq!(checked["tool"]["rules_sha256"], report["tool"]["rules_digest"]);
    assert_eq!(checked["tool"]["version"], env!("CARGO_PKG_VERSION"));
    for key in ["digest", "source", "file", "fail_on"] {
        assert_eq!(checked["policy"][key], report["policy"][key], "{key}");
    }
    assert_eq!(checked["policy"]["source"], "base");
    for key in ["added_lines", "bytes", "complete", "files", "skipped"] {
        assert_eq!(checked["coverage"][key], report["coverage"][key], "{key}");
    }
    let found = checked["findings"].as_array().unwrap();
    assert_eq!(found.len(), report["findings"].as_array().unwrap().len());
    for (recorded, reported) in found.iter().zip(report["findings"].as_array().unwrap()) {
        for key in ["fingerprint", "rule", "severity", "confidence", "path", "side"] {
            assert_eq!(recorded[key], reported[key], "{key}");
        }
        assert_eq!(recorded["line"], reported["start"]["line"]);
    }
    assert_eq!(checked["set_aside"][0]["reason"], "an example");
    assert_eq!(checked["set_aside"][0]["finding"]["path"], "docs/example");
    assert_eq!(checked["summary"]["failing"], report["summary"]["failing"]);
}

#[test]
fn every_clone_gives_the_same_bytes() {
    let repo = changed();
    create(&repo, "one", &["--threads", "1"]).fails(1, &[]);
    let other = Dir::named("a longer name");
    other.git(&["clone", "--quiet", "--no-local", &repo.path().to_string_lossy(), "deep/clone"]);
    let within = other.at("deep/clone");
    let file = beside(&other, "two");
    let args = ["evidence", "create", "origin/main...origin/side", "-o", &file, "--threads", "4"];
    other.ringfence(&args).within(&within).ends().fails(1, &[]);
    let (one, two) = (fs::read(repo.beside("one")).unwrap(), fs::read(&file).unwrap());
    assert_eq!(String::from_utf8(one.clone()).unwrap(), String::from_utf8(two).unwrap());
    // Keys are sorted: a map that sorts them writes the same.
    let sorted = serde_json::to_string_pretty(&statement(&repo, "one")).unwrap() + "\n";
    assert_eq!(String::from_utf8(one).unwrap(), sorted);
    // And the other clone can check it.
    let answer = other.ringfence(&["evidence", "verify", &beside(&repo, "one")]).within(&within).ends();
    assert_eq!(lines(&answer, "cannot be checked here"), ["day"], "{}", answer.stdout());
    answer.fails(3, &[]);
}

#[test]
fn a_record_without_claims_holds_by_itself() {
    let repo = Dir::repository();
    repo.write("a", "x\n");
    repo.commit("base");
    repo.git(&["branch", "side"]);
    repo.git(&["checkout", "--quiet", "side"]);
    repo.write("b", "y\n");
    repo.commit("side");
    create(&repo, "record", &[]).fails(0, &[]);
    let answer = verify(&repo, "record", &["main...side"]);
    answer.fails(0, &[]);
    assert!(answer.stdout().lines().all(|line| line.starts_with("holds ")), "{}", answer.stdout());
    verify(&repo, "record", &["main..main"]).fails(1, &[]);
    // From the very first commit.
    let file = beside(&repo, "all");
    let zeros = format!("{}..side", "0".repeat(40));
    repo.ringfence(&["evidence", "create", &zeros, "-o", &file]).ends().fails(0, &[]);
    assert_eq!(statement(&repo, "all")["predicate"]["change"]["base"], Value::Null);
    verify(&repo, "all", &[&zeros]).fails(0, &[]);
}

#[test]
fn what_was_run_is_recorded_and_nothing_else_runs() {
    let repo = changed();
    let runs = [
        "--run",
        "echo 'a  b' $HOME ; ls | cat",
        "--run",
        "sh -c 'echo oops >&2; exit 7'",
        "--run",
        "sh -c 'kill -9 $$'",
    ];
    let done = create(&repo, "record", &runs);
    done.fails(1, &[]);
    let runs = statement(&repo, "record")["predicate"]["runs"].clone();
    assert_eq!(runs[0]["argv"], json!(["echo", "a  b", "$HOME", ";", "ls", "|", "cat"]));
    assert_eq!(runs[0]["stdout"]["sha256"], sha256(b"a  b $HOME ; ls | cat\n"));
    assert_eq!(runs[0]["stdout"]["bytes"], 22);
    assert_eq!(runs[0]["stdout"].get("text"), None);
    assert_eq!((&runs[1]["exit_code"], &runs[2]["exit_code"]), (&json!(7), &Value::Null));
    assert_eq!(runs[1]["stderr"]["sha256"], sha256(b"oops\n"));
    assert_eq!(runs[0]["worktree"], "head");
    let answer = verify(&repo, "record", &[]);
    assert_eq!(lines(&answer, "cannot be checked here"), ["day", "run 1", "run 2", "run 3"]);
    answer.fails(3, &[]);
    create(&repo, "kept", &["--keep-output", "--run", "printf 'one\\ntwo'"]).fails(1, &[]);
    assert_eq!(statement(&repo, "kept")["predicate"]["runs"][0]["stdout"]["text"], "one\ntwo");
}

#[test]
fn a_failed_command_fails_the_run_of_a_clean_change() {
    let repo = Dir::repository();
    repo.write("a", "x\n");
    repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.commit("empty");
    create(&repo, "good", &["--run", "true"]).fails(0, &[]);
    create(&repo, "bad", &["--run", "true", "--run", "false"]).fails(1, &[]);
}

#[test]
fn commands_see_the_head_or_something_else() {
    let repo = changed();
    let state = |name: &str| {
        create(&repo, name, &["--run", "true"]).fails(1, &[]);
        statement(&repo, name)["predicate"]["runs"][0]["worktree"].clone()
    };
    assert_eq!(state("a"), "head");
    repo.write("untracked", "x\n");
    assert_eq!(state("b"), "other");
    fs::remove_file(repo.at("untracked")).unwrap();
    repo.git(&["checkout", "--quiet", "main"]);
    assert_eq!(state("c"), "other");
    repo.git(&["checkout", "--quiet", "side"]);
    // What a command writes counts; the record itself does not.
    create(&repo, "d", &["--run", "touch made"]).fails(1, &[]);
    assert_eq!(statement(&repo, "d")["predicate"]["runs"][0]["worktree"], "other");
    fs::remove_file(repo.at("made")).unwrap();
    let inside = ["evidence", "create", "main...side", "-o", "record.json", "--run", "true"];
    repo.ringfence(&inside).ends().fails(1, &[]);
    assert!(fs::read_to_string(repo.at("record.json")).unwrap().contains("\"worktree\": \"head\""));
}

#[test]
fn a_trusted_signature_vouches_for_what_cannot_be_recomputed() {
    let repo = changed();
    let ((private, public, name), (_, other, _)) = (key(&repo, 1), key(&repo, 2));
    fs::write(repo.beside("reviews"), "[]").unwrap();
    let reviews = beside(&repo, "reviews");
    let told = ["--task", "rotate the keys", "--run", "true", "--reviews", &reviews, "--sign", &private];
    create(&repo, "record", &told).fails(1, &[]);
    let again = fs::read(repo.beside("record")).unwrap();
    assert!(contains(&again, name.as_bytes()));
    let answer = verify(&repo, "record", &["--key", &public]);
    answer.fails(0, &[]);
    assert_eq!(lines(&answer, "holds")[..6], ["form", "signature", "task", "day", "run 1", "reviews"]);
    verify(&repo, "record", &["--key", &public, "--reviews", &reviews]).fails(0, &[]);
    verify(&repo, "record", &["--key", &public, "--reviews", &public]).fails(1, &[]);
    let unasked = verify(&repo, "record", &[]);
    assert_eq!(lines(&unasked, "cannot be checked here"), ["signature", "task", "day", "run 1", "reviews"]);
    unasked.fails(3, &[]);
    let stranger = verify(&repo, "record", &["--key", &other]);
    assert_eq!(lines(&stranger, "differs"), ["signature"]);
    stranger.fails(1, &[]);
    create(&repo, "unsigned", &[]).fails(1, &[]);
    assert_eq!(lines(&verify(&repo, "unsigned", &["--key", &public]), "differs"), ["signature"]);
}

#[test]
fn allowed_signers_are_read_as_ssh_keygen_reads_them() {
    let repo = changed();
    let (private, public, _) = key(&repo, 1);
    create(&repo, "record", &["--sign", &private]).fails(1, &[]);
    let public = fs::read_to_string(public).unwrap();
    let public = public.trim();
    let signers = beside(&repo, "signers");
    for (line, code) in [
        (format!("# who may\n\nann@example.com {public} a comment\n"), 0),
        (format!("ann@example.com namespaces=\"git,ringfence.evidence\" {public}"), 0),
        (format!("ann@example.com namespaces=\"git\" {public}"), 1),
        (format!("ann@example.com valid-before=\"20300101\" {public}"), 3),
        (format!("*@example.com cert-authority {public}"), 3),
        (format!("ann@example.com valid-before=\"20300101\" {public}\nann@example.com {public}"), 0),
        ("nobody".to_owned(), 2),
        ("# none\n".to_owned(), 2),
    ] {
        fs::write(&signers, &line).unwrap();
        verify(&repo, "record", &["--key", &signers]).fails(code, &[]);
    }
    fs::write(&signers, format!("ann@example.com {public}")).unwrap();
    assert!(verify(&repo, "record", &["--key", &signers]).stdout().contains("ann@example.com signed for it"));
}

/// Where OpenSSH is installed, it reads these signatures, too.
#[test]
fn ssh_keygen_verifies_what_was_signed() {
    let repo = changed();
    let (private, public, _) = key(&repo, 1);
    create(&repo, "record", &["--sign", &private]).fails(1, &[]);
    let Some(tool) = program("ssh-keygen") else { return };
    let envelope: Value = serde_json::from_slice(&fs::read(repo.beside("record")).unwrap()).unwrap();
    let decoded = |value: &Value| STANDARD.decode(value.as_str().unwrap()).unwrap();
    let payload = decoded(&envelope["payload"]);
    let kind = envelope["payloadType"].as_str().unwrap();
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    fs::write(repo.beside("signed"), [head.as_bytes(), &payload].concat()).unwrap();
    fs::write(repo.beside("signature"), decoded(&envelope["signatures"][0]["sig"])).unwrap();
    fs::write(repo.beside("signers"), format!("ann {}", fs::read_to_string(public).unwrap())).unwrap();
    let (signers, signature) = (beside(&repo, "signers"), beside(&repo, "signature"));
    let verified = std::process::Command::new(tool)
        .args(["-Y", "verify", "-f", &signers, "-I", "ann", "-n", "ringfence.evidence", "-s", &signature])
        .stdin(fs::File::open(repo.beside("signed")).unwrap())
        .output()
        .unwrap();
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}

fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[test]
fn no_secret_gets_into_a_record() {
    let repo = changed();
    let secret = token(5);
    let password = format!("postgres://app:{}@db.acme.dev/x", made("{alnum:24}", 5));
    repo.write(format!("named-{secret}"), "x\n");
    repo.write("diff", format!("t = \"{secret}\"\nurl = {password}\n"));
    repo.commit("more");
    fs::write(repo.beside("task"), format!("use {secret} and {password}\n")).unwrap();
    let (private, ..) = key(&repo, 1);
    let echo = format!("echo token={secret} {password}");
    let mixed = format!("sh -c 'cat diff; cat diff >&2' {secret}");
    let tasks = [beside(&repo, "task"), format!("please use {secret}")];
    for task in &tasks {
        for more in [&[][..], &["--sign", &private]] {
            let told = [&["--task", task, "--keep-output", "--run", &echo, "--run", &mixed], more].concat();
            create(&repo, "record", &told).fails(1, &[]);
            let said = statement(&repo, "record").to_string();
            for hidden in [&secret, &password] {
                assert!(!said.contains(&hidden[hidden.len() - 20..]), "a secret is in {said}");
            }
            assert!(said.contains("[redacted:github-pat-classic]"));
            verify(&repo, "record", &[]).hides(&secret);
        }
    }
    // The digest is that of the output without its secrets: that of the secrets would confirm a guess.
    let runs = &statement(&repo, "record")["predicate"]["runs"];
    assert_eq!(runs[0]["stdout"]["sha256"], sha256(runs[0]["stdout"]["text"].as_str().unwrap().as_bytes()));
}

#[test]
fn the_task_is_a_text_or_a_file() {
    let repo = changed();
    create(&repo, "text", &["--task", "fix the login"]).fails(1, &[]);
    assert_eq!(statement(&repo, "text")["predicate"]["task"], "fix the login");
    fs::write(repo.beside("task.md"), "# Fix it\n").unwrap();
    create(&repo, "file", &["--task", &beside(&repo, "task.md")]).fails(1, &[]);
    assert_eq!(statement(&repo, "file")["predicate"]["task"], "# Fix it\n");
    create(&repo, "none", &["--task", &repo.path().to_string_lossy()]).fails(2, &["folder"]);
    assert!(!Path::new(&beside(&repo, "none")).exists());
}

#[test]
fn records_make_a_chain() {
    let repo = changed();
    let names = ["one", "two", "three"].map(|name| beside(&repo, name));
    create(&repo, "one", &[]).fails(1, &[]);
    create(&repo, "two", &["--previous", &names[0]]).fails(1, &[]);
    create(&repo, "three", &["--previous", &names[1]]).fails(1, &[]);
    let predicate = statement(&repo, "three")["predicate"].clone();
    assert_eq!(predicate["sequence"], 3);
    assert_eq!(predicate["previous"], json!({"sequence": 2, "sha256": sha256(&fs::read(&names[1]).unwrap())}));
    let links = |more: &[&str]| {
        let answer = verify(&repo, "three", more);
        let said = |outcome| lines(&answer, outcome).into_iter().filter(|l| l.starts_with("link") || l == "chain");
        let said =
            ["holds", "differs", "cannot be checked here"].map(|outcome| said(outcome).collect::<Vec<_>>().join(" "));
        (said, answer.code)
    };
    let whole = links(&["--previous", &names[0], "--previous", &names[1]]);
    assert_eq!(whole, (["link 3 link 2 link 1".into(), String::new(), String::new()], 3));
    assert_eq!(links(&["--previous", &names[1]]), (["link 3".into(), String::new(), "link 2".into()], 3));
    assert_eq!(links(&[]), ([String::new(), String::new(), "link 3".into()], 3));
    assert_eq!(links(&["--previous", &names[0]]).1, 1);
    assert_eq!(links(&["--previous", &names[2]]).1, 1);
}

#[test]
fn the_policy_of_the_record_judges_again() {
    let repo = changed();
    fs::write(repo.beside("own.toml"), "version = 1\nfail-on = \"critical\"\n").unwrap();
    let own = beside(&repo, "own.toml");
    create(&repo, "own", &["--policy", &own]).fails(1, &[]);
    let answer = verify(&repo, "own", &[]);
    assert_eq!(lines(&answer, "cannot be checked here"), ["policy"]);
    verify(&repo, "own", &["--policy", &own]).fails(0, &[]);
    verify(&repo, "own", &["--policy", &beside(&repo, "none")]).fails(2, &["cannot read"]);
    create(&repo, "head", &["--policy-from", "head", "--fail-on", "never"]).fails(0, &[]);
    let policy = statement(&repo, "head")["predicate"]["verification"]["policy"].clone();
    assert_eq!((&policy["from"], &policy["fail_on"]), (&json!("head"), &json!("never")));
    assert_eq!(lines(&verify(&repo, "head", &[]), "differs"), Vec::<String>::new());
    repo.write(
        "rules/own.toml",
        "[[rule]]\nid = \"own-mark\"\nkind = \"secret\"\ntitle = \"Mark\"\nseverity = \"high\"\n\
        literals = [\"MARK_\"]\npattern = '''MARK_(?P<secret>[0-9]{8})'''\nremedy = \"Remove it.\"\nwhy = \"A mark.\"\n\
        bad = [\"MARK_12345678\"]\ngood = [\"MARK_x\"]\n",
    );
    create(&repo, "added", &["--rules", "rules"]).fails(1, &[]);
    assert_eq!(lines(&verify(&repo, "added", &[]), "differs"), ["rules"]);
    assert_eq!(lines(&verify(&repo, "added", &["--rules", "rules"]), "differs"), Vec::<String>::new());
}
