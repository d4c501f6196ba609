//! Where a saved report is not of the format, in words that name keys of the format and never what stands there.

use std::fmt;

use serde_json::error::Category;

/// The keys of the format.
const KEYS: &str = "
    access added_lines after allows anchor answer area base before by bytes capability check column complete
    confidence coverage critical decoded depends_on deselected digest docs dropped end evidence excerpt expired
    expires fail_on failing file files findings fingerprint fits gap head hidden high index kind length line listing
    low marked medium message name notices of owners path placeholder policy probability reason redacted remedy
    review root roots rule rules_digest schema secret severity shard side skipped source stale start subject summary
    suppressed surface switched_off title tool unlisted value verdict version weight what where whole";

/// Where a report could not be read, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    line: usize,
    column: usize,
    why: String,
}

impl Fault {
    /// Tells what `error` says of `bytes`. The message of a parser may quote what it met, so that only names in it count.
    pub(super) fn of(bytes: &[u8], error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let why = match error.classify() {
            // No number of the format is as large.
            Category::Syntax if error.to_string().starts_with("number out of range") => {
                let key = key_before(&bytes[..offset(bytes, error)]);
                key.map_or(": a number is too large".to_owned(), |key| format!(": what `{key}` holds is too large"))
            }
            Category::Eof => ": it ends too early".to_owned(),
            Category::Syntax | Category::Io => ": it is no JSON".to_owned(),
            Category::Data => data(bytes, error).map_or(String::new(), |why| format!(": {why}")),
        };
        Self { line, column, why }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}{}", self.line, self.column, self.why)
    }
}

fn data(bytes: &[u8], error: &serde_json::Error) -> Option<String> {
    let message = error.to_string();
    let named = |before: &str| known(message.strip_prefix(before)?.split('`').next()?);
    if let Some(key) = named("missing field `") {
        return Some(format!("`{key}` is missing"));
    }
    if let Some(key) = named("duplicate field `") {
        return Some(format!("`{key}` stands twice"));
    }
    let key = key_before(&bytes[..offset(bytes, error)])?;
    Some(format!("what `{key}` holds is not of its type"))
}

fn known(word: &str) -> Option<&'static str> {
    KEYS.split_whitespace().find(|key| *key == word)
}

/// The place of the error in `bytes`.
fn offset(bytes: &[u8], error: &serde_json::Error) -> usize {
    let before: usize =
        bytes.split_inclusive(|b| *b == b'\n').take(error.line().saturating_sub(1)).map(<[u8]>::len).sum();
    bytes.len().min(before + error.column())
}

/// The key whose value ends `text`. Behind an object nobody can tell which of its keys is meant.
fn key_before(text: &[u8]) -> Option<&'static str> {
    let text = text.trim_ascii_end();
    if text.ends_with(b"}") {
        return None;
    }
    let key = (0..text.len())
        .rev()
        .filter(|at| text[*at] == b':')
        .find_map(|at| text[..at].trim_ascii_end().strip_suffix(b"\""))?;
    let begin = key.iter().rposition(|b| *b == b'"')? + 1;
    known(std::str::from_utf8(&key[begin..]).ok()?)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::super::{json, sample};
    use super::*;

    /// Every key in `value` and below.
    fn keys(value: &Value, all: &mut Vec<String>) {
        match value {
            Value::Object(map) => map.iter().for_each(|(key, value)| {
                all.push(key.clone());
                keys(value, all);
            }),
            Value::Array(list) => list.iter().for_each(|value| keys(value, all)),
            _ => {}
        }
    }

    #[test]
    fn every_key_of_the_format_can_be_named() {
        let schema: Value = serde_json::from_str(include_str!("../../../docs/report.schema.json")).unwrap();
        let mut out = Vec::new();
        json::write_json(&sample(), &mut out).unwrap();
        let mut all = Vec::new();
        keys(&serde_json::from_slice(&out).unwrap(), &mut all);
        for part in schema["$defs"].as_object().unwrap().values().chain([&schema]) {
            all.extend(part["properties"].as_object().into_iter().flatten().map(|(key, _)| key.clone()));
        }
        all.retain(|key| known(key).is_none() && key != "type");
        assert_eq!(all, Vec::<String>::new());
    }

    #[test]
    fn a_key_is_found_before_its_value() {
        assert_eq!(key_before(br#"{"rule": "a", "line": "x""#), Some("line"));
        assert_eq!(key_before(br#"{"rule" : [1"#), Some("rule"));
        assert_eq!(key_before(br#"{"rule": {"a": 1}"#), None);
        assert_eq!(key_before(br#"{"hush": 1"#), None);
        assert_eq!(key_before(b"[1"), None);
    }
}
