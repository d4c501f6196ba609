//! Secrets in the query of an address, where every server on the way writes them down.

use crate::finding::Severity;
use crate::rule::Shape;

use super::phrase::Marks;
use super::{Found, View};

/// Names that carry a secret in a query whoever is asked.
const SURE: [&str; 12] = [
    "access_token",
    "api_key",
    "apikey",
    "api-key",
    "auth_token",
    "client_secret",
    "password",
    "private_token",
    "refresh_token",
    "secret",
    "secret_key",
    "subscription-key",
];
/// Names that carry a ticket for one use as often.
const OFTEN: [&str; 2] = ["token", "sessiontoken"];
/// How a value is put into text, in one language or another.
const PUTS: [&[u8]; 9] = [b"${", b"{", b"#{", b"%s", b"%v", b"$", b"<%", b"\\(", b"@"];

/// Adds the secrets that changed lines put into the query of an address.
pub(super) fn find(view: &View<'_>, marks: &Marks, out: &mut Vec<Found>) {
    let Some(rule) = view.flows.rules().iter().position(|rule| rule.shape == Some(Shape::Query)) else { return };
    let code = view.code();
    for &at in &marks.queries {
        let start = name_start(code, at);
        let Some(sign) = code[at..].iter().position(|b| *b == b'=').map(|n| at + n) else { continue };
        let leads = start.checked_sub(1).map(|before| code[before]);
        let name = String::from_utf8_lossy(&code[start..sign]).to_ascii_lowercase();
        let severity = match leads {
            Some(b'?' | b'&') if SURE.contains(&name.as_str()) => view.severity(rule),
            Some(b'?' | b'&') if OFTEN.contains(&name.as_str()) => Severity::Low,
            _ => continue,
        };
        let is_told = || out.iter().any(|other| other.span.start <= start && sign < other.span.end);
        if is_put_in(&code[sign + 1..]) && !is_told() {
            let said = format!("The address carries a value for `{name}` in its query.");
            out.push(Found { rule, severity, span: start..sign + 1, key: name, said });
        }
    }
}

/// Where the name begins whose end is near `at`.
fn name_start(code: &[u8], at: usize) -> usize {
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"_-".contains(b);
    at - code[..at].iter().rev().take_while(|b| is_name(b)).count()
}

/// True if a value is put in behind the `=`, and no example stands there.
fn is_put_in(rest: &[u8]) -> bool {
    let is_joined = || {
        let [b'"' | b'\'' | b'`', behind @ ..] = rest else { return false };
        matches!(behind.iter().find(|b| !b.is_ascii_whitespace()), Some(b'+' | b'.' | b'<' | b'$'))
    };
    PUTS.iter().any(|put| rest.starts_with(put)) || is_joined()
}
