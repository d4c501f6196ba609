//! Content of every encoding and size is read: what is in it is found, once, at its place, in bounded memory.

use std::fs::File;
use std::io::{BufWriter, Write};

use crate::support::{Dir, GITHUB, contains, made, text, token};

/// A window of the reader; what lies across its edges must be found once.
const WINDOW: usize = ringfence::source::read::WINDOW;
const MARGIN: usize = ringfence::source::read::MARGIN;

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_byte_order_mark_takes_no_column() {
    let dir = Dir::plain();
    dir.write("bom", format!("\u{feff}{}\nk: {}\n", token(1), token(2)));
    dir.report(&["scan"]).finds(&["bom:1:1", "bom:2:4"]);
}

#[test]
fn utf16_is_read_with_and_without_a_mark() {
    let dir = Dir::plain();
    let plain = format!("# a file of settings\r\ntoken = {}\r\n", token(1));
    let marked = format!("\u{feff}{plain}");
    dir.write("be", utf16(&plain, u16::to_be_bytes));
    dir.write("be-marked", utf16(&marked, u16::to_be_bytes));
    dir.write("le", utf16(&plain, u16::to_le_bytes));
    dir.write("le-marked", utf16(&marked, u16::to_le_bytes));
    let report = dir.report(&["scan"]);
    report.finds(&["be:2:9", "be-marked:2:9", "le:2:9", "le-marked:2:9"]);
    // A masked excerpt in the reader's own encoding, not every second byte of it.
    assert_eq!(report.value["findings"][0]["excerpt"], "token = ghp_[36 hidden]");
}

#[test]
fn other_encodings_are_read_as_bytes() {
    let dir = Dir::plain();
    let mut latin = b"cl\xe9 priv\xe9e = ".to_vec();
    latin.extend(token(1).bytes());
    dir.write("latin-1", latin);
    dir.write("broken-utf-8", [b"\xff\xc3(\n \xe2\x82".as_slice(), token(2).as_bytes()].concat());
    dir.report(&["scan"]).finds(&["broken-utf-8:2:4", "latin-1:1:14"]);
}

#[test]
fn binary_content_is_searched_by_rules_that_prove_themselves() {
    let dir = Dir::plain();
    let unproven = made("AIza{[0-9A-Za-z_-]:35}", 7);
    dir.write("text", format!("{unproven}\n{}\n", token(1)));
    let mut binary = b"\x7fELF\x02\x01\x01\0\0\0\0\x03".to_vec();
    binary.extend(format!("\n{unproven}\0{}\0", token(1)).bytes());
    dir.write("binary", binary);
    let report = dir.report(&["scan"]);
    report.finds(&["binary:2:41", "text:1:1 google-api-key", "text:2:1"]);
    report.outcome.hides(&unproven[8..]);
}

#[test]
fn a_checksum_decides_what_is_a_token() {
    let dir = Dir::plain();
    let live = token(1);
    let last = if live.ends_with('a') { "b" } else { "a" };
    dir.write("wrong-sum", format!("{}{last}", &live[..live.len() - 1]));
    dir.write("live", &live);
    let report = dir.report(&["scan", "--all"]);
    report.finds(&["live:1:1"]);
    let finding = &report.value["findings"][0];
    assert_eq!(finding["rule"], GITHUB);
    assert_eq!(finding["secret"]["check"], "checksum");
    assert_eq!(finding["secret"]["length"], 40);
    assert_eq!(finding["end"]["column"], 41);
}

#[test]
fn line_ends_of_every_kind_count() {
    let dir = Dir::plain();
    dir.write("crlf", format!("a\r\nb\r\nk={}\r\n", token(1)));
    dir.write("lf", format!("a\nb\nk={}", token(1)));
    let report = dir.report(&["scan"]);
    report.finds(&["crlf:3:3", "lf:3:3"]);
    let excerpt = |n: usize| text(&report.value["findings"][n]["excerpt"]).to_owned();
    assert_eq!(excerpt(0), excerpt(1), "no line end belongs to an excerpt");
}

/// Offsets of tokens round both edges of each window and of its margins.
fn edges(size: usize) -> Vec<usize> {
    let mut at = vec![10, size - 50];
    for edge in (1..=size / WINDOW).flat_map(|n| [n * WINDOW, n * WINDOW + MARGIN, n * WINDOW - MARGIN]) {
        at.extend([edge - 120, edge - 60, edge - 20, edge + 40]);
    }
    at.sort_unstable();
    at.retain(|at| at + 41 < size);
    at.dedup_by(|a, b| *a < *b + 45);
    at
}

#[test]
fn tokens_across_the_edges_of_windows_are_found_once_in_their_place() {
    let dir = Dir::plain();
    let size = 20 << 20;
    let places = edges(size);
    assert!(places.len() > 15);
    let mut one_line = vec![b'.'; size];
    let mut lines: Vec<u8> = b"0123456789abcde\n".iter().copied().cycle().take(size).collect();
    let (mut in_line, mut in_lines) = (Vec::new(), Vec::new());
    for (seed, &at) in places.iter().enumerate() {
        let token = token(seed as u64);
        one_line[at..at + 40].copy_from_slice(token.as_bytes());
        in_line.push(format!("one-line:1:{}", at + 1));
        // What stands before it must end a word.
        lines[at - 1] = b' ';
        lines[at..at + 40].copy_from_slice(token.as_bytes());
        lines[at + 40] = b' ';
    }
    for &at in &places {
        let before = &lines[..at];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let column = at - before.iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1) + 1;
        in_lines.push(format!("lines:{line}:{column}"));
    }
    dir.write("lines", &lines);
    dir.write("one-line", &one_line);
    let expected: Vec<&str> = in_lines.iter().chain(&in_line).map(String::as_str).collect();
    let report = dir.report(&["scan"]);
    report.finds(&expected);
    assert_eq!(report.files(), 2);
    assert_eq!(report.value["coverage"]["bytes"], 2 * size);
}

#[test]
fn a_private_key_across_an_edge_is_found_once() {
    let dir = Dir::plain();
    let key = made("{pem:RSA PRIVATE KEY}", 3);
    let mut content = "text\n".repeat((WINDOW - key.len() / 2) / 5);
    let line = content.len() / 5 + 1;
    content.push_str(&key);
    content.push_str(&"\ntext".repeat(WINDOW / 5));
    dir.write("file", content);
    let report = dir.report(&["scan"]);
    report.finds(&[&format!("file:{line}:1 private-key-rsa")]);
    report.outcome.hides(&key[40..100]);
}

#[test]
fn the_last_bytes_count_whatever_the_size() {
    let dir = Dir::plain();
    let mut expected = Vec::new();
    for base in [WINDOW, WINDOW + MARGIN, 2 * WINDOW] {
        for size in [base - 1, base, base + 1] {
            let mut content = vec![b'.'; size];
            content[size - 40..].copy_from_slice(token(size as u64).as_bytes());
            dir.write(format!("{size}"), content);
            expected.push(format!("{size}:1:{}", size - 39));
        }
    }
    expected.sort();
    dir.report(&["scan"]).finds(&expected.iter().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_large_utf16_file_and_standard_input_are_read_in_windows_too() {
    let line = "a line of text\n";
    let lines = 20_000_000 / 2 / line.len();
    let plain = format!("{}k={}\n{}x={}", line.repeat(lines), token(1), line.repeat(1000), token(2));
    let dir = Dir::plain();
    dir.write("utf-16", utf16(&format!("\u{feff}{plain}"), u16::to_le_bytes));
    let (first, second) = (lines + 1, lines + 1002);
    dir.report(&["scan"]).finds(&[&format!("utf-16:{first}:3"), &format!("utf-16:{second}:3")]);
    let marked = format!("\u{feff}{} {}", token(3), plain);
    let report = dir.ringfence(&["scan", "-"]).input(marked).report();
    report.finds(&["-:1:1", &format!("-:{first}:3"), &format!("-:{second}:3")]);
}

/// 300 MB stand for a gigabyte here: more than thirty windows, and the memory must not grow with them.
#[test]
fn a_huge_single_line_is_read_in_bounded_memory() {
    let dir = Dir::plain();
    let mut file = BufWriter::new(File::create(dir.at("huge")).unwrap());
    let chunk = [b'.'; 1 << 20];
    for _ in 0..300 {
        file.write_all(&chunk).unwrap();
    }
    file.write_all(token(1).as_bytes()).unwrap();
    file.flush().unwrap();
    let report = dir.report(&["scan"]);
    report.finds(&[&format!("huge:1:{}", (300 << 20) + 1)]);
    assert!(report.outcome.peak > 1 << 10, "memory was not measured");
    assert!(report.outcome.peak < 200 << 10, "held {} MiB", report.outcome.peak >> 10);
    assert!(text(&report.value["findings"][0]["excerpt"]).len() < 1000, "an excerpt is cut to a readable length");
}

#[test]
fn a_long_line_of_tokens_shows_none_of_them() {
    let dir = Dir::plain();
    let tokens: Vec<String> = (0..50).map(token).collect();
    dir.write("line", tokens.join(","));
    let report = dir.report(&["scan"]);
    assert_eq!(report.found().len(), 50);
    for token in &tokens {
        assert!(!contains(&report.outcome.stdout, &token.as_bytes()[4..14]), "a part of a token was printed");
    }
}

#[test]
fn plain_bytes_behind_a_mark_of_utf16_are_seen() {
    let dir = Dir::plain();
    dir.write("file", [b"\xFF\xFE t=".to_vec(), token(1).into_bytes(), b"\n".to_vec()].concat());
    let report = dir.report(&["scan"]);
    assert_eq!(report.found().len(), 1, "{:?}", report.found());
}
