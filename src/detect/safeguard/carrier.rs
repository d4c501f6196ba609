//! Whether what a check protected is still there: a check that goes with its function protects nothing any more.

use super::reading::{Half, indent};

/// Lines that are looked at in search of what holds or follows a check.
const MOST: usize = 200;
/// Words that begin a branch or a loop.
const BRANCHES: [&str; 16] = [
    "if", "for", "while", "switch", "catch", "else", "try", "with", "match", "unless", "elif", "except", "when",
    "case", "until", "rescue",
];
/// Words in front of a bracket that name no function.
const CONTROL: [&str; 16] = [
    "if", "for", "while", "switch", "catch", "else", "try", "with", "match", "return", "unless", "elif", "except",
    "function", "func", "async",
];

/// True if the function, class or route that the old `line` protects still stands in `new`.
pub(super) fn survives(old: &Half<'_>, new: &Half<'_>, line: usize) -> bool {
    let own = old.line(line).trim_ascii();
    if is_mark(own) {
        let mut below = (line + 1..line + MOST).map(|line| old.line(line).trim_ascii());
        let carried = below.find(|code| !is_mark(code) && begins(code));
        return carried.and_then(|code| name(code).or_else(|| field(code))).is_some_and(|name| new.names(name));
    }
    let mut depth = indent(old.line(line));
    for above in (1..line).rev().take(MOST) {
        let code = old.line(above);
        if code.trim_ascii().is_empty() || indent(code) >= depth {
            continue;
        }
        depth = indent(code);
        if is_branch(code.trim_ascii()) {
            continue;
        }
        if let Some(name) = name(code.trim_ascii()) {
            return new.names(name);
        }
    }
    true
}

/// True for a line that begins a branch or a loop within a function.
pub(super) fn is_branch(code: &[u8]) -> bool {
    let code = code.trim_ascii_start();
    let code = code.strip_prefix(b"} ").unwrap_or(code);
    let word = code.split(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
    BRANCHES.iter().any(|branch| branch.as_bytes() == word)
}

/// The field that a line declares, in front of its type or behind it.
fn field(code: &[u8]) -> Option<&[u8]> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let end = code.iter().position(|b| b";=:{?!".contains(b)).unwrap_or(code.len());
    code[..end].split(|b| !is_part(b)).rfind(|word| !word.is_empty())
}

/// The text in quotes by which a test is called.
fn title(code: &[u8]) -> Option<&[u8]> {
    let is_called = ["test ", "it ", "describe ", "context ", "specify ", "scenario "]
        .iter()
        .any(|word| code.starts_with(word.as_bytes()));
    let open = code.iter().position(|b| b"\"'".contains(b)).filter(|_| is_called)?;
    code[open + 1..].split(|b| *b == code[open]).next().filter(|title| !title.is_empty())
}

/// A decorator, an annotation or an attribute on a line of its own.
fn is_mark(code: &[u8]) -> bool {
    let first = code.first();
    (first == Some(&b'@') || code.starts_with(b"#[") || (first == Some(&b'[') && code.ends_with(b"]")))
        && !code.ends_with(b"{")
}

/// True unless the line only closes or goes on what began above.
fn begins(code: &[u8]) -> bool {
    code.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
}

/// The name of the function or class that a line begins.
fn name(code: &[u8]) -> Option<&[u8]> {
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    for key in [&b"class "[..], b"module ", b"struct ", b"interface ", b"def "] {
        if let Some(at) = memchr::memmem::find(code, key) {
            let rest = &code[at + key.len()..];
            let end = rest.iter().position(|b| !is_part(b) && *b != b':').unwrap_or(rest.len());
            return Some(&rest[..end]).filter(|name| !name.is_empty());
        }
    }
    if let Some(title) = title(code) {
        return Some(title);
    }
    let opens = code.iter().position(|b| *b == b'(')?;
    let head = code[..opens].trim_ascii_end();
    let start = head.iter().rposition(|b| !is_part(b)).map_or(0, |at| at + 1);
    let name = &head[start..];
    let is_control = CONTROL.iter().any(|word| word.as_bytes() == name);
    if !name.is_empty() && !is_control {
        return Some(name);
    }
    // `const list = async (` and `func (s *Server) List(`
    let behind = code[opens..].iter().position(|b| *b == b')').map(|at| &code[opens + at + 1..]);
    match head.iter().position(|b| *b == b'=') {
        Some(equals) => head[..equals].split(|b| !is_part(b)).rfind(|word| !word.is_empty()),
        None => behind.filter(|rest| rest.contains(&b'(')).and_then(self::name),
    }
}
