//! `evidence verify` notices every change of a record and of what it is about.

use std::fs;

use ringfence::evidence::{Form, Statement, Trusted, Worth, read, write};
use serde_json::{Value, json};

use crate::evidence::{beside, changed, create, key, lines, statement, verify};
use crate::support::{Dir, everything};

/// A small record and its repository.
fn small() -> Dir {
    let repo = Dir::repository();
    repo.write("a", "x\n");
    repo.commit("base");
    repo.git(&["checkout", "--quiet", "-b", "side"]);
    repo.write("a", "x\ny\n");
    repo.commit("side");
    repo
}

/// Every byte of `record`, changed in several ways.
fn mutations(record: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..record.len()).flat_map(move |at| {
        let byte = record[at];
        let others = [byte ^ 1, byte ^ 0x20, byte ^ 0x80, b' ', b'0', b'A', b'"', b'\n', 0];
        others.into_iter().filter(move |other| *other != byte).map(move |other| {
            let mut altered = record.to_vec();
            altered[at] = other;
            altered
        })
    })
}

#[test]
fn no_byte_of_an_unsigned_record_changes_unnoticed() {
    let repo = small();
    create(&repo, "record", &["--task", "a task", "--run", "echo x", "--keep-output"]).fails(0, &[]);
    let record = fs::read(repo.beside("record")).unwrap();
    let mut tried = 0;
    for altered in mutations(&record) {
        tried += 1;
        let is_whole = read(&altered).is_ok_and(|record| record.form == Form::Canonical);
        assert!(!is_whole, "{}", String::from_utf8_lossy(&altered));
    }
    for cut in 0..record.len() {
        assert!(!read(&record[..cut]).is_ok_and(|record| record.form == Form::Canonical));
    }
    assert!(tried > 8000, "{tried}");
}

#[test]
fn no_byte_of_a_signed_record_changes_unnoticed() {
    let repo = small();
    let (private, public, _) = key(&repo, 1);
    create(&repo, "record", &["--sign", &private]).fails(0, &[]);
    let trusted = Trusted::read(&fs::read_to_string(public).unwrap()).unwrap();
    let record = fs::read(repo.beside("record")).unwrap();
    let holds = |bytes: &[u8]| {
        let Some(record) = read(bytes).ok().filter(|record| record.form == Form::Canonical) else { return false };
        matches!(record.signature.map(|signature| signature.worth(Some(&trusted))), Some(Worth::Trusted(_)))
    };
    assert!(holds(&record));
    for altered in mutations(&record) {
        assert!(!holds(&altered), "{}", String::from_utf8_lossy(&altered));
    }
}

#[test]
fn the_program_notices_what_the_library_notices() {
    let repo = small();
    let (private, public, _) = key(&repo, 1);
    create(&repo, "unsigned", &[]).fails(0, &[]);
    create(&repo, "signed", &["--sign", &private]).fails(0, &[]);
    for (name, more) in [("unsigned", &[][..]), ("signed", &["--key", &public])] {
        verify(&repo, name, more).fails(0, &[]);
        let record = fs::read(repo.beside(name)).unwrap();
        for altered in mutations(&record).step_by(997) {
            fs::write(repo.beside("altered"), &altered).unwrap();
            let code = verify(&repo, "altered", more).code;
            assert!(code == 1 || code == 2, "exit {code}: {}", String::from_utf8_lossy(&altered));
        }
    }
}

/// The places of all values in `value` that are no containers.
pub(crate) fn leaves(value: &Value, at: &str, out: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| leaves(value, &format!("{at}/{key}"), out)),
        Value::Array(list) => list.iter().enumerate().for_each(|(n, value)| leaves(value, &format!("{at}/{n}"), out)),
        _ => out.push(at.to_owned()),
    }
}

/// Another value of the same kind.
pub(crate) fn other(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() >= 16 => {
            let (first, rest) = text.split_at(1);
            json!(format!("{}{rest}", if first == "0" { "1" } else { "0" }))
        }
        Value::String(text) => json!(format!("{text}x")),
        Value::Number(number) => json!(number.as_u64().unwrap() + 1),
        Value::Bool(is) => json!(!is),
        _ => json!(0),
    }
}

/// Whoever changes a record can put a new seal on it. What was recomputed tells all the same.
#[test]
fn no_value_of_a_resealed_record_changes_unnoticed() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let whole = statement(&repo, "record");
    let mut places = Vec::new();
    leaves(&whole, "", &mut places);
    assert!(places.len() > 80, "{}", places.len());
    for place in places.iter().filter(|place| *place != "/predicate/seal") {
        let mut forged = whole.clone();
        let value = forged.pointer_mut(place).unwrap();
        *value = other(value);
        let answer = forged_answer(&repo, forged);
        // Another version or another commit may be told of; then nothing here says that it is wrong.
        let is_told_of = place.ends_with("/tool/version")
            || place.ends_with("/tool/name")
            || (place.starts_with("/predicate/change") && place.ends_with("/commit"))
            || place.ends_with("/policy/file");
        let noticed = answer.code == 1 || answer.code == 2 || (answer.code == 3 && is_told_of);
        assert!(noticed, "{place}: exit {}, {}", answer.code, answer.stdout());
    }
}

/// What the program says of a forged statement with a seal that fits, apart from what it never knows.
fn forged_answer(repo: &Dir, forged: Value) -> crate::support::Outcome {
    let bytes = match serde_json::from_value::<Statement>(forged.clone()) {
        Ok(statement) => write(&statement, None).unwrap(),
        Err(_) => forged.to_string().into_bytes(),
    };
    fs::write(repo.beside("forged"), bytes).unwrap();
    verify(repo, "forged", &[])
}

#[test]
fn what_is_left_out_or_added_is_noticed() {
    let repo = changed();
    create(&repo, "record", &[]).fails(1, &[]);
    let whole = statement(&repo, "record");
    for (place, what) in [
        ("/predicate/verification/findings", "findings"),
        ("/predicate/verification/set_aside", "set aside"),
        ("/predicate/change/paths", "paths"),
        ("/predicate/change/areas", "areas"),
        ("/subject", "subject"),
    ] {
        let mut less = whole.clone();
        let gone = less.pointer_mut(place).unwrap().as_array_mut().unwrap().pop().unwrap();
        let answer = forged_answer(&repo, less);
        assert_eq!(lines(&answer, "differs"), [what]);
        let mut more = whole.clone();
        more.pointer_mut(place).unwrap().as_array_mut().unwrap().push(gone);
        assert_eq!(lines(&forged_answer(&repo, more), "differs"), [what]);
    }
    let mut later = whole.clone();
    *later.pointer_mut("/predicate/verification/policy/judged_on").unwrap() = json!("2198-01-01");
    assert_eq!(lines(&forged_answer(&repo, later), "differs"), ["day"]);
    let mut unjudged = whole;
    unjudged.pointer_mut("/predicate/verification/policy").unwrap().as_object_mut().unwrap().remove("judged_on");
    assert_eq!(lines(&forged_answer(&repo, unjudged), "differs"), ["policy"]);
}

#[test]
fn a_kept_output_that_was_altered_is_noticed() {
    let repo = small();
    create(&repo, "record", &["--run", "echo x", "--keep-output"]).fails(0, &[]);
    let mut forged = statement(&repo, "record");
    *forged.pointer_mut("/predicate/runs/0/stdout/text").unwrap() = json!("y\n");
    assert_eq!(lines(&forged_answer(&repo, forged), "differs"), ["run 1"]);
}

/// Objects of git name themselves by their content; one that no longer fits its name is noticed.
#[test]
fn no_byte_of_an_object_changes_unnoticed() {
    let repo = small();
    create(&repo, "record", &[]).fails(0, &[]);
    let objects = everything(&repo.at(".git/objects")).into_iter().filter(|path| path.is_file());
    let (mut tried, mut noticed) = (0, 0);
    for object in objects {
        let whole = fs::read(&object).unwrap();
        let id: String =
            object.iter().rev().take(2).collect::<Vec<_>>().into_iter().rev().map(|p| p.to_string_lossy()).collect();
        let content = repo.try_git(&["cat-file", "-p", &id]).stdout;
        fs::remove_file(&object).unwrap();
        // The beginning tells how the rest is packed, and the end holds its checksum, so these are tried byte by byte.
        let is_edge = |at: usize| at < 4 || at + 6 > whole.len();
        for at in (0..whole.len()).filter(|at| is_edge(*at) || at % 7 == 0) {
            let mut altered = whole.clone();
            altered[at] ^= 1 << (at % 8);
            fs::write(&object, &altered).unwrap();
            tried += 1;
            if verify(&repo, "record", &[]).code == 0 {
                // Some bits of a compressed file say nothing.
                let now = repo.try_git(&["cat-file", "-p", &id]);
                assert!(now.stdout == content, "{} at {at}", object.display());
            } else {
                noticed += 1;
            }
        }
        fs::write(&object, &whole).unwrap();
    }
    // Two blobs, two trees and two commits; nearly every bit of them says something.
    assert!(tried > 90 && noticed * 20 > tried * 19, "{noticed} of {tried}");
    verify(&repo, "record", &[]).fails(0, &[]);
}

#[test]
fn another_history_is_another_change() {
    let repo = small();
    create(&repo, "record", &[]).fails(0, &[]);
    repo.git(&["commit", "--quiet", "--amend", "-m", "said otherwise"]);
    // The old commit is still there, and the record is about that one.
    verify(&repo, "record", &[]).fails(0, &[]);
    let answer = verify(&repo, "record", &["main...side"]);
    assert_eq!(lines(&answer, "differs"), ["range"]);
    answer.fails(1, &[]);
    let file = beside(&repo, "record");
    let empty = Dir::repository();
    empty.commit("nothing");
    let elsewhere = empty.ringfence(&["evidence", "verify", &file]).ends();
    assert_eq!(lines(&elsewhere, "cannot be checked here"), ["change"]);
    elsewhere.fails(3, &[]);
}
