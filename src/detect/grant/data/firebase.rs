//! Firebase: who may read and write which documents, files and nodes.

use super::rules::{self, tokens};
use crate::detect::grant::logic::{self, Parts, SIGNS};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;
use crate::order;

/// Rules of Firestore and of Storage: nothing is allowed but what some match allows.
///
/// Source: "Structuring Cloud Firestore Security Rules" and "Basic Security Rules" in Firebase's documentation.
pub(in crate::detect::grant) static RULES: Surface = Surface {
    files: &["**/*.rules"],
    marks: &["service cloud.firestore", "service firebase.storage"],
    needs: None,
    grants: documents,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Rules of the Realtime Database: what a node allows, everything below it allows.
///
/// Source: "Understand Firebase Realtime Database Security Rules" in Firebase's documentation.
pub(in crate::detect::grant) static REALTIME: Surface = Surface {
    files: &["**/*rules*.json", "**/*rules*.bolt.json"],
    marks: &["\".read\"", "\".write\""],
    needs: None,
    grants: nodes,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "firebase-rules";
const RULE_VALIDATE: &str = "firebase-validation";
/// What anyone with an account passes.
const SIGNED_IN: &str = "the user is signed in";
/// Levels of nodes that are read.
const MOST_LEVELS: usize = 64;

fn documents(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut grants = Vec::new();
    for allow in rules::allows(input.text) {
        let mut path = allow.path.as_str();
        for root in ["/databases/*/documents", "/b/*/o"] {
            path = path.strip_prefix(root).unwrap_or(path);
        }
        let tests = tested(&allow.test);
        for method in allow.methods.iter().flat_map(|method| methods(method)) {
            grants.push(allowed(path, method, tests.clone()).at(allow.span.clone()));
        }
    }
    grants
}

fn methods(word: &str) -> &'static [&'static str] {
    match word {
        "read" => &["get", "list"],
        "write" => &["create", "update", "delete"],
        "get" => &["get"],
        "list" => &["list"],
        "create" => &["create"],
        "update" => &["update"],
        "delete" => &["delete"],
        _ => &[],
    }
}

/// The parts of a test; whoever is compared by id is signed in.
fn tested(words: &[String]) -> Parts {
    let mut parts = logic::parts(words, SIGNS);
    let is_signed_in = |atom: &str| {
        let atom = atom.strip_prefix("request . ").unwrap_or(atom);
        matches!(atom.replace("!==", "!=").as_str(), "auth != null" | "auth . uid != null" | "null != auth")
    };
    let names_user =
        |part: &Vec<String>| matches!(part.as_slice(), [atom] if atom.contains("auth . ") || is_signed_in(atom));
    if parts.iter().any(names_user) {
        parts.retain(|part| !matches!(part.as_slice(), [atom] if is_signed_in(atom)));
        parts.push(vec![SIGNED_IN.into()]);
    }
    for atom in parts.iter_mut().flatten() {
        *atom = atom.replace(" . ", ".").replace(" ( ", "(").replace(" )", ")");
    }
    order::sort(&mut parts);
    parts.dedup();
    parts
}

/// A date is no protection for those who come before it.
fn is_date(atom: &str) -> bool {
    atom.starts_with("request.time <") || atom.starts_with("now <")
}

fn allowed(path: &str, method: &'static str, tests: Parts) -> Grant {
    let is_write = !matches!(method, "get" | "list" | "read");
    let is_open = tests.iter().flatten().all(|atom| is_date(atom));
    let is_signed_in = !is_open && tests.iter().flatten().all(|atom| atom == SIGNED_IN || is_date(atom));
    let (severity, alone) = match (is_open, is_signed_in, is_write) {
        (true, _, true) => (Severity::Critical, Some(Severity::High)),
        (true, _, false) => (Severity::High, Some(Severity::Medium)),
        (_, true, true) => (Severity::High, path.ends_with("**").then_some(Severity::Medium)),
        (_, true, false) => (Severity::Medium, None),
        (_, _, true) => (Severity::High, None),
        _ => (Severity::Medium, None),
    };
    let path = if path.is_empty() { "/" } else { path };
    let grant = Grant::allow(RULE, Subject::new("path", path), Reach::one(method), severity);
    if logic::is_never(&tests) {
        return grant.level(0, "never");
    }
    let grant = Grant { alone, ..grant.level(1, "allowed") };
    if tests.is_empty() { grant } else { grant.only_if("it holds that", Reach::Passing(tests)) }
}

fn nodes(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.json();
    let mut grants = Vec::new();
    let Some(rules) = document.root().and_then(|root| root.get("rules")) else { return grants };
    let mut todo = vec![(String::new(), rules, 0)];
    while let Some((path, node, level)) = todo.pop() {
        for (key, value) in node.entries() {
            let name = key.text().unwrap_or_default();
            let span = key.span().start..value.span().end;
            match name {
                ".read" | ".write" => {
                    let words: Vec<String> =
                        tokens(value.text().unwrap_or("false")).into_iter().map(|(text, _)| text).collect();
                    let method = if name == ".read" { "read" } else { "write" };
                    grants.push(allowed(&path, method, tested(&words)).at(span));
                }
                ".validate" => grants.extend(validated(&path).map(|grant| grant.at(span.clone()))),
                _ if name.starts_with('.') || level >= MOST_LEVELS => {}
                _ => {
                    let segment = if name.starts_with('$') { "*" } else { name };
                    todo.push((format!("{path}/{segment}"), value, level + 1));
                }
            }
        }
    }
    grants
}

/// A check of what is written, as long as the node is there.
fn validated(path: &str) -> [Grant; 1] {
    let subject = Subject::new("path", if path.is_empty() { "/" } else { path });
    let deny = Grant::deny(RULE_VALIDATE, subject, Reach::one("the validation of what is written"), Severity::Medium);
    [deny.level(1, ".validate")]
}
