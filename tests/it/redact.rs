//! `redact` copies a stream without its secrets, and without changing anything else.

use crate::support::{Dir, made, token};

#[test]
fn a_stream_keeps_everything_but_its_secrets() {
    let dir = Dir::plain();
    let key = made("{pem:RSA PRIVATE KEY}", 3);
    let input = [b"\xFF\x00 a\r\n".to_vec(), format!("t={}\n{key}\nend {}", token(1), token(2)).into_bytes()].concat();
    let outcome = dir.ringfence(&["redact"]).input(input).ends();
    let expected =
        b"\xFF\x00 a\r\nt=[redacted:github-pat-classic]\n[redacted:private-key-rsa]\nend [redacted:github-pat-classic]";
    assert_eq!(outcome.code, 0);
    assert_eq!(outcome.stdout, expected);
    outcome.hides(&key[40..80]);
}

#[test]
fn nothing_in_nothing_out() {
    let outcome = Dir::plain().ringfence(&["redact"]).ends();
    assert_eq!((outcome.code, outcome.stdout().as_str()), (0, ""));
}
