//! `evidence` says what is wrong with a request before it works, and ends with the right exit code.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::evidence::{beside, changed, create, key, lines, statement, verify};
use crate::support::Dir;

#[test]
fn a_target_that_cannot_be_written_is_told_before_the_work() {
    let repo = changed();
    let run = format!("touch {}", beside(&repo, "was-run"));
    create(&repo, "no/folder", &["--run", &run]).fails(2, &["cannot write", "no/folder"]);
    create(&repo, "", &["--run", &run]).fails(2, &["cannot write"]);
    assert!(!repo.beside("was-run").exists());
}

#[test]
fn a_request_that_makes_no_sense_leaves_no_file() {
    let repo = changed();
    let missing = beside(&repo, "missing");
    fs::write(repo.beside("text"), "some text\n").unwrap();
    let text = beside(&repo, "text");
    let run = format!("touch {}", beside(&repo, "was-run"));
    for (more, words) in [
        (&["--run", "echo 'open"][..], &["quote"][..]),
        (&["--run", ""], &["needs a command"]),
        (&["--sign", &missing], &["cannot read the key"]),
        (&["--sign", &text], &["private key"]),
        (&["--previous", &missing], &["cannot read the previous record"]),
        (&["--previous", &text], &["text", "no json"]),
        (&["--reviews", &missing], &["cannot read reviews from"]),
        (&["--policy", &missing], &["cannot read policy file"]),
        (&["--rules", &missing], &["cannot read rules"]),
        (&["--run", "no-such-program-here"], &["cannot run `no-such-program-here`"]),
        (&["--keep-output"], &["--run"]),
    ] {
        let more = if more[0] == "--keep-output" { more.to_vec() } else { [more, &["--run", &run]].concat() };
        create(&repo, "record", &more).fails(2, words);
        assert!(!repo.beside("record").exists(), "{more:?}");
        assert!(!repo.beside("was-run").exists(), "{more:?}");
    }
    let file = beside(&repo, "record");
    let of = |range: &str| repo.ringfence(&["evidence", "create", range, "-o", &file]).ends();
    of("main").fails(2, &["no range"]);
    of("main...nowhere").fails(2, &["unknown revision"]);
    assert!(!Path::new(&file).exists());
    let plain = Dir::plain();
    plain.ringfence(&["evidence", "create", "a..b", "-o", "r"]).ends().fails(2, &["not inside a git repository"]);
}

#[test]
fn an_existing_file_stays_as_it_is_if_nothing_comes_of_it() {
    let repo = changed();
    fs::write(repo.beside("record"), "mine\n").unwrap();
    create(&repo, "record", &["--run", "no-such-program-here"]).fails(2, &[]);
    assert_eq!(fs::read_to_string(repo.beside("record")).unwrap(), "mine\n");
    create(&repo, "one", &[]).fails(1, &[]);
    let one = fs::read(repo.beside("one")).unwrap();
    create(&repo, "one", &["--previous", &beside(&repo, "one")]).fails(2, &["previous record"]);
    assert_eq!(fs::read(repo.beside("one")).unwrap(), one);
}

#[test]
fn keys_that_cannot_sign_are_told_apart() {
    let repo = changed();
    let (_, public, _) = key(&repo, 1);
    create(&repo, "record", &["--sign", &public]).fails(2, &["public key", "private one"]);
    fs::write(repo.beside("locked"), encrypted()).unwrap();
    create(&repo, "record", &["--sign", &beside(&repo, "locked")]).fails(2, &["passphrase"]);
    assert!(!repo.beside("record").exists());
}

/// A private key as OpenSSH writes it under a passphrase; what is encrypted in it is of no account.
fn encrypted() -> String {
    let string = |bytes: &[u8]| [&u32::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    let public = ssh_key::PrivateKey::from(ssh_key::private::Ed25519Keypair::from_seed(&[3; 32]));
    let public = public.public_key().to_bytes().unwrap();
    let options = [string(&[7; 16]), 16u32.to_be_bytes().to_vec()].concat();
    let parts = [
        b"openssh-key-v1\0".to_vec(),
        string(b"aes256-ctr"),
        string(b"bcrypt"),
        string(&options),
        1u32.to_be_bytes().to_vec(),
        string(&public),
        string(&[5; 144]),
    ];
    let text = STANDARD.encode(parts.concat());
    let lines: Vec<_> = text.as_bytes().chunks(70).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
    let name = ["OPENSSH", "PRIVATE KEY"].join(" ");
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----\n", lines.join("\n"))
}

#[test]
fn a_file_that_is_no_record_is_told_so() {
    let repo = changed();
    let told = |content: &str, words: &[&str]| {
        fs::write(repo.beside("file"), content).unwrap();
        verify(&repo, "file", &[]).fails(2, words);
    };
    told("", &["no json"]);
    told("some text", &["no json"]);
    told("{}", &["no record of ringfence"]);
    told("[1, 2]", &["no record of ringfence"]);
    told("{\"payloadType\": 1}", &["no envelope"]);
    let envelope = |kind: &str, payload: &str, signatures: Value| {
        json!({"payloadType": kind, "payload": payload, "signatures": signatures}).to_string()
    };
    let ours = "application/vnd.in-toto+json";
    told(&envelope("text/plain", "", json!([])), &["another type"]);
    told(&envelope(ours, "e30=", json!([])), &["0 signatures"]);
    let one = json!([{"keyid": "a", "sig": "AAAA"}]);
    told(&envelope(ours, "%", one.clone()), &["payload is no base64"]);
    told(&envelope(ours, "e30=", one), &["no record of ringfence"]);
    verify(&repo, "missing", &[]).fails(2, &["cannot read the record"]);
}

#[test]
fn a_record_of_a_newer_version_is_told_so() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let whole = statement(&repo, "record");
    let told = |record: &Value, code: i32, words: &[&str]| {
        fs::write(repo.beside("file"), record.to_string()).unwrap();
        let answer = verify(&repo, "file", &[]);
        answer.fails(code, words);
    };
    let mut newer = whole.clone();
    newer["predicateType"] = json!("https://ringfence.dev/change/v2");
    told(&newer, 2, &["version 2", "reads version 1"]);
    let mut newer = whole.clone();
    newer["predicate"]["novelty"] = json!(1);
    newer["predicate"]["verification"]["tool"]["version"] = json!("99.0.0");
    told(&newer, 2, &["ringfence 99.0.0 wrote it"]);
    let mut broken = whole;
    broken["predicate"].as_object_mut().unwrap().remove("change");
    told(&broken, 2, &["no complete record", "change"]);
}

#[test]
fn a_chain_goes_on_from_whole_records_only() {
    let repo = changed();
    create(&repo, "one", &[]).fails(1, &[]);
    let altered = fs::read_to_string(repo.beside("one")).unwrap().replace("\"files\": ", "\"files\": 1");
    fs::write(repo.beside("altered"), altered).unwrap();
    create(&repo, "two", &["--previous", &beside(&repo, "altered")]).fails(2, &["altered after it was written"]);
    create(&repo, "two", &["--previous", &beside(&repo, "one")]).fails(1, &[]);
    let text = beside(&repo, "text");
    fs::write(&text, "text").unwrap();
    verify(&repo, "two", &["--previous", &text]).fails(2, &["no json"]);
}

#[test]
fn a_shallow_clone_tells_what_it_lacks() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let url = format!("file://{}", repo.path().display());
    let clone = repo.beside("shallow").to_string_lossy().into_owned();
    repo.git(&["clone", "--quiet", "--depth=1", "--branch=side", &url, &clone]);
    let base = repo.git(&["rev-parse", "main"]);
    let file = beside(&repo, "other");
    let range = format!("{base}...HEAD");
    let create = repo.ringfence(&["evidence", "create", &range, "-o", &file]).within(&clone).ends();
    create.fails(3, &["shallow clone", "git fetch"]);
    assert!(!Path::new(&file).exists());
    let answer = repo.ringfence(&["evidence", "verify", &beside(&repo, "record")]).within(&clone).ends();
    assert!(answer.stdout().contains("shallow clone"), "{}", answer.stdout());
    answer.fails(3, &[]);
}

#[test]
fn outside_a_repository_the_file_alone_is_checked() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let plain = Dir::plain();
    let answer = plain.ringfence(&["evidence", "verify", &beside(&repo, "record")]).ends();
    assert_eq!(lines(&answer, "holds"), ["form", "link 1"]);
    assert_eq!(lines(&answer, "cannot be checked here"), ["day", "change"]);
    answer.fails(3, &[]);
}

fn remove(repo: &Dir, revision: &str) {
    let id = repo.git(&["rev-parse", revision]);
    fs::remove_file(repo.at(format!(".git/objects/{}/{}", &id[..2], &id[2..]))).unwrap();
}

#[test]
fn a_missing_blob_is_a_gap_and_a_missing_tree_is_no_record() {
    let repo = changed();
    create(&repo, "whole", &[]).fails(1, &[]);
    remove(&repo, "side:folder.txt");
    create(&repo, "gap", &[]).fails(3, &[]);
    let predicate = statement(&repo, "gap")["predicate"].clone();
    assert_eq!(predicate["verification"]["coverage"]["complete"], false);
    assert_eq!(predicate["change"], statement(&repo, "whole")["predicate"]["change"]);
    assert_eq!(lines(&verify(&repo, "whole", &[]), "differs"), ["coverage"]);
    remove(&repo, "side:src/auth");
    create(&repo, "none", &[]).fails(3, &["cannot list the change", "src/auth"]);
    assert!(!repo.beside("none").exists());
    let answer = verify(&repo, "whole", &[]);
    assert_eq!(lines(&answer, "cannot be checked here"), ["day", "change"]);
    answer.fails(3, &[]);
}

#[test]
fn a_forged_record_cannot_draw_on_the_terminal() {
    let repo = changed();
    create(&repo, "record", &["--task", "a\u{1b}[2Jb\u{202e}c"]).fails(1, &[]);
    let answer = verify(&repo, "record", &[]);
    assert!(!answer.stdout.contains(&0x1b), "{}", answer.stdout());
    assert!(!answer.stdout().contains('\u{202e}'));
}

#[test]
fn the_help_teaches() {
    let dir = Dir::plain();
    for (command, words) in [
        ("create", &["Examples:", "--run", "Exit codes", "in-toto"][..]),
        ("verify", &["Examples:", "--key", "Exit codes"]),
    ] {
        let help = dir.ringfence(&["evidence", command, "--help"]).ends();
        help.fails(0, &[]);
        for word in words {
            assert!(help.stdout().contains(word), "{word}: {}", help.stdout());
        }
    }
}
