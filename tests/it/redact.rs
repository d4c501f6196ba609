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

#[test]
fn a_key_written_line_by_line_and_utf16_do_not_slip_through() {
    let dir = Dir::plain();
    let utf16: Vec<u8> = format!("t={}\n", token(1)).encode_utf16().flat_map(u16::to_le_bytes).collect();
    dir.ringfence(&["redact"]).input(utf16).ends().fails(3, &["UTF-16"]);
}
