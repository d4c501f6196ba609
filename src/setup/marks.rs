//! Comments with which other scanners are told to leave a line alone.

use super::{Aim, Claim, Which};

/// What each comment has in it. Whatever a language's comments look like, these words stand in them.
const GITLEAKS: &str = "gitleaks:allow";
const PRAGMA: &str = "pragma:";

/// The comments in a file.
pub fn claims(path: &str, content: &[u8]) -> Vec<Claim> {
    let find = |word: &str| memchr::memmem::find(content, word.as_bytes()).is_some();
    if !find(GITLEAKS) && !find(PRAGMA) {
        return Vec::new();
    }
    let mut out = Vec::new();
    for (number, line) in (1..).zip(content.split(|byte| *byte == b'\n')) {
        let Some(ahead) = mark(&String::from_utf8_lossy(line)) else { continue };
        let aim = Aim::Line { path: path.to_owned(), line: number + ahead, which: Which::Every };
        out.push(Claim { file: path.to_owned(), line: number, note: None, aim });
    }
    out
}

/// How many lines below a mark the line is that it means; `None` where there is no mark.
fn mark(line: &str) -> Option<usize> {
    if line.contains(GITLEAKS) {
        return Some(0);
    }
    line.match_indices(PRAGMA).find_map(|(at, _)| {
        let mut words = line[at + PRAGMA.len()..].split([' ', '\t', '-']).filter(|word| !word.is_empty());
        let is_allow = matches!(words.next(), Some("allowlist" | "whitelist"));
        let first = words.next().filter(|_| is_allow)?;
        let is_secret =
            |word: &str| word.strip_prefix("secret").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric));
        match first {
            "nextline" => words.next().filter(|word| is_secret(word)).map(|_| 1),
            word => is_secret(word).then_some(0),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_known_and_what_only_resembles_them_is_not() {
        for (line, expected) in [
            ("x = 1 # gitleaks:allow", Some(0)),
            ("x = 1 // pragma: allowlist secret", Some(0)),
            ("x = 1 /* pragma: whitelist secret*/", Some(0)),
            ("<!-- pragma:allowlist-secret -->", Some(0)),
            ("# pragma: allowlist nextline secret", Some(1)),
            ("# pragma: once", None),
            ("# pragma: allowlist secrets", None),
            ("# pragma: allowlist", None),
            ("pragma: allowlist nextline", None),
        ] {
            assert_eq!(mark(line), expected, "{line}");
        }
    }
}
