//! Encoded secrets: found through each layer, reported once, where their encoding stands, and never printed.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::support::{Dir, GITHUB, Report, made, token};

fn base64(text: &str) -> String {
    STANDARD.encode(text)
}

/// Every byte of `text` with `before` in front, as two hex digits.
fn digits(text: &str, before: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        write!(out, "{before}{byte:02x}").unwrap();
        out
    })
}

/// What the findings say about their encoding.
fn layers(report: &Report) -> Vec<String> {
    let findings = report.value["findings"].as_array().unwrap();
    findings.iter().map(|f| f["secret"]["decoded"].to_string()).collect()
}

/// Scans `content`, in which the encoding `hidden` stands at its first place, and expects one finding over all of it.
fn is_found(content: &str, hidden: &str, expected: &[&str]) {
    let dir = Dir::plain();
    dir.write("a.txt", content);
    let report = dir.report(&["scan"]);
    let at = content.find(hidden).unwrap();
    let line = content[..at].matches('\n').count() + 1;
    let column = at - content[..at].rfind('\n').map_or(0, |i| i + 1) + 1;
    report.finds(&[&format!("a.txt:{line}:{column}")]);
    let finding = &report.value["findings"][0];
    assert_eq!(layers(&report), [serde_json::to_string(expected).unwrap()], "{content}");
    assert_eq!(finding["secret"]["redacted"], format!("[{} hidden]", hidden.len()));
    assert_eq!(finding["secret"]["length"], hidden.len());
    report.outcome.hides(hidden);
    let redacted = dir.ringfence(&["redact"]).input(content).ends();
    assert_eq!(redacted.stdout(), content.replace(hidden, &format!("[redacted:{GITHUB}]")));
    dir.ringfence(&["scan"]).ends().hides(&hidden[hidden.len() / 4..hidden.len() / 2]);
}

#[test]
fn each_layer_is_undone() {
    for seed in 1..6 {
        let token = token(seed);
        let plain = format!("token={token}");
        for hidden in [base64(&plain), URL_SAFE_NO_PAD.encode(format!("t: {token}"))] {
            is_found(&format!("one\ntwo: \"{hidden}\"\n"), &hidden, &["base64"]);
            is_found(&format!("https://acme.dev/hook/{hidden}"), &hidden, &["base64"]);
        }
        let hidden = digits(&token, "");
        is_found(&format!("x = {hidden};"), &hidden, &["hex"]);
        let hidden = digits(&token, "%");
        is_found(&format!("<{hidden}>"), &hidden, &["percent"]);
        for before in ["\\x", "\\u00", "\\U000000"] {
            let hidden = digits(&token, before);
            is_found(&format!("\n  t = '{hidden}'\n"), &hidden, &["escape"]);
        }
    }
}

#[test]
fn a_single_escape_hides_nothing() {
    let token = token(7);
    let escaped = format!("{}%{:02X}{}", &token[..20], token.as_bytes()[20], &token[21..]);
    is_found(&format!("/callback%3Ftoken%3D{escaped}"), &escaped, &["percent"]);
    let escaped = format!("{}\\x{:02x}{}", &token[..20], token.as_bytes()[20], &token[21..]);
    is_found(&format!("t = \"{escaped}\""), &escaped, &["escape"]);
}

#[test]
fn two_layers_are_undone() {
    let token = token(3);
    let twice = base64(&format!("inner: {}\n", base64(&token)));
    is_found(&format!("k: {twice}\n"), &twice, &["base64", "base64"]);
    let hex = base64(&format!("inner: {}\n", digits(&token, "")));
    is_found(&format!("k: {hex}\n"), &hex, &["base64", "hex"]);
    let hidden = base64(&token);
    let (left, right) = hidden.split_at(21);
    let joined = format!("{left}\" + \"{right}");
    is_found(&format!("k = \"{joined}\"\n"), &joined, &["concatenation", "base64"]);
    let thrice = base64(&base64(&hidden));
    let dir = Dir::plain();
    dir.write("a.txt", format!("{thrice}\n"));
    dir.report(&["scan"]).finds(&[]);
}

#[test]
fn literals_side_by_side_are_joined() {
    let token = token(4);
    let (left, right) = token.split_at(17);
    for seam in
        ["\" + \"", "\" . \"", "\" .. \"", "\" & \"", "\" << \"", "\" \"", "\" \\\n  \"", "\" +\n\t\t\"", "\"\n  \""]
    {
        let hidden = format!("{left}{seam}{right}");
        is_found(&format!("a = \"b\"\nt = \"{hidden}\";\n"), &hidden, &["concatenation"]);
    }
    let (left, middle) = left.split_at(5);
    let hidden = format!("{left}' + '{middle}' + '{right}");
    is_found(&format!("t = '{hidden}'"), &hidden, &["concatenation"]);
    let dir = Dir::plain();
    dir.write("apart.txt", format!("[\"{left}\", \"{middle}{right}\"]\n\"{left}\"\n\n\n\"{middle}{right}\""));
    dir.report(&["scan"]).finds(&[]);
}

#[test]
fn wrapped_base64_is_one() {
    let hidden = base64(&format!("{}token {} and more\n", "some words first. ".repeat(2), token(5)));
    let lines: Vec<&str> = (0..hidden.len()).step_by(76).map(|at| &hidden[at..hidden.len().min(at + 76)]).collect();
    let dir = Dir::plain();
    dir.write("a.yml", format!("key: |\n  {}\n", lines.join("\n  ")));
    let report = dir.report(&["scan"]);
    report.finds(&["a.yml:2:3"]);
    assert_eq!(layers(&report), ["[\"base64\"]"]);
}

#[test]
fn a_secret_is_reported_once() {
    let dir = Dir::plain();
    let (jwt, token) = (made("{jwt:HS256}", 1), token(6));
    dir.write("plain.txt", format!("t = {token}\nurl = https://a.dev/%20/{token}\n"));
    dir.write("jwt.txt", format!("Authorization: Bearer {jwt}\n"));
    dir.write("twice.txt", format!("{} \"{}\"\n", digits(&token, "%"), base64(&token)));
    let report = dir.report(&["scan"]);
    report.finds(&["jwt.txt:1:23 jwt", "plain.txt:1:5", "plain.txt:2:25", "twice.txt:1:1", "twice.txt:1:123"]);
    assert_eq!(layers(&report), ["null", "null", "null", "[\"percent\"]", "[\"base64\"]"]);
}

#[test]
fn only_a_changed_line_counts() {
    let dir = Dir::repository();
    let old = format!("a: {}\n", base64(&token(8)));
    dir.write("a.yml", &old);
    dir.commit("first");
    dir.write("a.yml", format!("{old}b: {}\n", base64(&token(9))));
    dir.report(&["diff"]).finds(&["a.yml:2:4"]);
}

#[test]
fn a_huge_run_stays_bounded() {
    let dir = Dir::plain();
    let filler = base64(&"abcdefghijkl mnopqrstuvw ".repeat(300_000));
    dir.write("a.txt", format!("{filler}{}", base64(&format!(" token={} ", token(2)))));
    let report = dir.report(&["scan"]);
    assert_eq!(report.found().len(), 1);
    assert!(report.outcome.peak < 200 << 10, "{} KiB", report.outcome.peak);
}
