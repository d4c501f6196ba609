//! `.secrets.baseline` of detect-secrets: values that were there, by file and by SHA-1.

use super::{Aim, Claim, line_of, mistake, sound};
use crate::document::{self, Node};
use crate::keyed::Mistake;

/// Its name, at the top of the repository.
pub const NAME: &str = ".secrets.baseline";

/// What the file says.
///
/// # Errors
/// It is no JSON, or no baseline.
pub fn claims(file: &str, text: &str) -> Result<Vec<Claim>, Mistake> {
    let document = document::json(text);
    sound(file, text, &document)?;
    let fail = |node: Option<Node<'_>>, message: &str| mistake(file, text, node.map_or(0, |n| n.span().start), message);
    let root = document.root();
    let results = root.and_then(|root| root.get("results")).filter(|results| results.is_map());
    let results = results.ok_or_else(|| fail(root, "has no `results`, so it is no baseline of detect-secrets"))?;
    let mut out = Vec::new();
    let mut add = |node: Node<'_>, aim, note| {
        out.push(Claim { file: file.to_owned(), line: line_of(text, node.span().start), note, aim });
    };
    for (path, entries) in results.entries() {
        if !entries.is_list() {
            return Err(fail(Some(entries), "a file in `results` has a list of entries"));
        }
        for entry in entries.items() {
            let message = "an entry needs `hashed_secret`, 40 digits of hexadecimal";
            let sha1 = entry.get("hashed_secret").and_then(Node::text).and_then(digest);
            let sha1 = sha1.ok_or_else(|| fail(Some(entry), message))?;
            let path = path.text().unwrap_or_default().replace('\\', "/");
            let path = path.strip_prefix("./").unwrap_or(&path).to_owned();
            let (aim, note) = entry_aim(entry, path, sha1);
            add(entry, aim, note);
        }
    }
    for (node, why) in root.map(lost).unwrap_or_default() {
        add(node, Aim::Lost(why), None);
    }
    Ok(out)
}

fn entry_aim(entry: Node<'_>, path: String, sha1: [u8; 20]) -> (Aim, Option<String>) {
    if entry.get("is_secret").is_some_and(Node::is_true) {
        return (Aim::Lost("it was audited there as a real secret; revoke it".into()), None);
    }
    if entry.get("type").is_some_and(|kind| kind.is("Private Key")) {
        let why = "it holds the first line of a private key only, and that is the same for every key";
        return (Aim::Lost(why.into()), None);
    }
    let audited = entry.get("is_secret").is_some_and(Node::is_false);
    let note = if audited { "audited there as no secret" } else { "not audited there" };
    (Aim::Hashed { path, sha1 }, Some(note.into()))
}

/// What the file leaves out beside its entries.
fn lost(root: Node<'_>) -> Vec<(Node<'_>, String)> {
    const FILTERS: [(&str, &str); 4] = [
        ("regex.should_exclude_file", "files are left out by a pattern; `[scan] exclude` leaves out what a glob names"),
        ("regex.should_exclude_line", "lines are left out by a pattern, and an entry names a finding"),
        (
            "regex.should_exclude_secret",
            "values are left out by a pattern without a path, and an entry names its place",
        ),
        ("wordlist.should_exclude_secret", "values are left out by a list of words, and an entry names its place"),
    ];
    let mut out = Vec::new();
    for filter in root.get("filters_used").into_iter().flat_map(Node::items) {
        let name = filter.get("path").and_then(Node::text).unwrap_or_default();
        let known = FILTERS.iter().find(|(suffix, _)| name.ends_with(suffix));
        if let Some((_, why)) = known {
            out.push((filter, (*why).to_owned()));
        } else if !name.starts_with("detect_secrets.") && !name.is_empty() {
            out.push((filter, "a filter that is a program of its own is not run".to_owned()));
        }
    }
    for (key, why) in [("files", FILTERS[0].1), ("lines", FILTERS[1].1)] {
        let pattern = root.path(&["exclude", key]).filter(|node| node.text().is_some_and(|text| !text.is_empty()));
        out.extend(pattern.map(|node| (node, why.to_owned())));
    }
    out
}

fn digest(hex: &str) -> Option<[u8; 20]> {
    let mut out = [0; 20];
    if hex.len() != 40 || !hex.is_ascii() {
        return None;
    }
    for (byte, at) in out.iter_mut().zip((0..40).step_by(2)) {
        *byte = u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()?;
    }
    Some(out)
}
