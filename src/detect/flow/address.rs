//! Addresses on changed lines: hosts that rules name, public machines by number, and hosts that the policy does not name.

use std::net::Ipv4Addr;
use std::ops::Range;

use crate::rule::{Language, Shape};

use super::phrase::Marks;
use super::{Found, View};

/// Bytes before a host that may belong to its address.
const LONGEST_LEAD: usize = 256;
/// Words of a line that compares addresses or lists them, and connects to none.
const LISTS: [&str; 24] = [
    "allow",
    "block",
    "deny",
    "forbid",
    "startswith",
    "endswith",
    "starts_with",
    "ends_with",
    "hasprefix",
    "hassuffix",
    "includes(",
    "contains(",
    "match",
    "regex",
    "regexp",
    "re.compile",
    "===",
    "!==",
    "==",
    "content-security",
    "connect-src",
    "script-src",
    "whitelist",
    "blacklist",
];
/// Words of a line that connects, beside an address in quotes.
const CONNECTS: [&str; 16] = [
    "connect",
    "socket",
    "dial",
    "resolve",
    "lookup",
    "gethostbyname",
    "request",
    "fetch(",
    "post(",
    "curl",
    "wget",
    "nc ",
    "ncat ",
    "ssh ",
    "scp ",
    "telnet",
];
/// Public resolvers, by which one sees whether there is a network.
const RESOLVERS: [[u8; 4]; 8] = [
    [1, 1, 1, 1],
    [1, 0, 0, 1],
    [8, 8, 8, 8],
    [8, 8, 4, 4],
    [9, 9, 9, 9],
    [208, 67, 222, 222],
    [208, 67, 220, 220],
    [114, 114, 114, 114],
];
/// Names under which nobody can be reached.
const NOWHERE: [&str; 12] = [
    "example",
    "example.com",
    "example.org",
    "example.net",
    "test",
    "invalid",
    "local",
    "localhost",
    "internal",
    "localdomain",
    "w3.org",
    "schema.org",
];
/// Keys of lines that only point somewhere.
const POINTERS: [&str; 14] = [
    "homepage",
    "repository",
    "bugs",
    "license",
    "$schema",
    "xmlns",
    "documentation",
    "docs_url",
    "docs",
    "readme",
    "changelog",
    "help",
    "url:",
    "see",
];

/// Adds the addresses of changed lines that somebody should look at.
pub(super) fn find(view: &View<'_>, marks: &Marks, out: &mut Vec<Found>) {
    for &(rule, host, at) in &marks.hosts {
        named(view, rule, host, at, out);
    }
    let shape = |shape: Shape| view.flows.rules().iter().position(|rule| rule.shape == Some(shape));
    let (raw, new) = (shape(Shape::RawAddress), shape(Shape::NewHost));
    for changed in view.changed.iter().filter(|_| marks.has_address) {
        for at in memchr::memmem::find_iter(&view.text.bytes()[changed.clone()], b"://") {
            let at = changed.start + at + 3;
            if let Some(rule) = raw {
                by_number(view, rule, at, out);
            }
            if let (Some(rule), Some(approved)) = (new, view.set.approved_hosts()) {
                unapproved(view, rule, approved, at, out);
            }
        }
    }
}

fn is_host_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-'
}

/// The host round `at`, and whether an address begins with it.
fn host_at(code: &[u8], at: usize) -> (Range<usize>, bool) {
    let before = code[at.saturating_sub(LONGEST_LEAD)..at].iter().rev().take_while(|b| is_host_byte(**b)).count();
    let after = code[at..].iter().take_while(|b| is_host_byte(**b)).count();
    let span = at - before..at + after;
    let lead = &code[span.start.saturating_sub(LONGEST_LEAD)..span.start];
    // What a program puts together before the host is part of it.
    let line = lead.iter().rposition(|b| b"\n\"'` ".contains(b)).map_or(0, |at| at + 1);
    let is_address = lead.ends_with(b"//")
        || memchr::memmem::find(&lead[line..], b"://").is_some_and(|at| {
            let rest = &lead[line + at + 3..];
            !rest.contains(&b'/')
        });
    (span, is_address)
}

fn named(view: &View<'_>, rule: usize, host: usize, at: usize, out: &mut Vec<Found>) {
    let Some(host) = view.rule(rule).and_then(|rule| rule.hosts.get(host)) else { return };
    let code = view.prose_free();
    if !code[at..].get(..host.name.len()).is_some_and(|text| text.eq_ignore_ascii_case(host.name.as_bytes())) {
        return;
    }
    let (span, is_address) = host_at(code, at);
    let text = String::from_utf8_lossy(&code[span.clone()]).to_ascii_lowercase();
    let is_below = text.strip_suffix(&host.name).is_some_and(|rest| rest.ends_with('.'));
    let is_host = is_below || (!host.below && text == host.name);
    let rest = &code[span.end..];
    let port = if rest.starts_with(b":") { 1 + rest[1..].iter().take_while(|b| b.is_ascii_digit()).count() } else { 0 };
    let path = &rest[port..];
    let has_path =
        host.path.is_empty() || path.strip_prefix(b"/").is_some_and(|path| path.starts_with(host.path.as_bytes()));
    if !is_host || !has_path || is_listed(view, at) || !(is_address || connects(view, at)) {
        return;
    }
    // The hook itself is what tells, not the service whose address a check begins with.
    let goes_on =
        host.path.is_empty() || path.len() > host.path.len() + 1 && !b"\"'` )".contains(&path[host.path.len() + 1]);
    if goes_on {
        let severity = view.severity(rule);
        out.push(Found { rule, severity, span, said: format!("`{text}` is addressed."), key: text });
    }
}

fn lower_line(view: &View<'_>, at: usize) -> String {
    String::from_utf8_lossy(&view.code()[view.line(at)]).to_ascii_lowercase()
}

fn is_listed(view: &View<'_>, at: usize) -> bool {
    let line = lower_line(view, at);
    let is_shell = matches!(view.language, Language::Shell | Language::Yaml);
    LISTS.iter().any(|word| line.contains(word) && !(is_shell && *word == "=="))
}

fn connects(view: &View<'_>, at: usize) -> bool {
    let line = lower_line(view, at);
    CONNECTS.iter().any(|word| line.contains(word))
}

fn by_number(view: &View<'_>, rule: usize, at: usize, out: &mut Vec<Found>) {
    let code = view.prose_free();
    let length = code[at..].iter().take_while(|b| is_host_byte(**b)).count();
    let Some(address) = std::str::from_utf8(&code[at..at + length]).ok().and_then(|text| text.parse::<Ipv4Addr>().ok())
    else {
        return;
    };
    if is_public(address) && !is_listed(view, at) {
        let span = at..at + length;
        let severity = view.severity(rule);
        out.push(Found {
            rule,
            severity,
            span,
            key: address.to_string(),
            said: format!("`{address}` is addressed by its number."),
        });
    }
}

/// True for machines that anybody may run.
pub(super) fn is_public(address: Ipv4Addr) -> bool {
    let [a, b, ..] = address.octets();
    let is_shared = a == 100 && (64..128).contains(&b);
    let is_bench = a == 198 && (18..20).contains(&b);
    // A version with four parts begins low.
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || address.is_broadcast()
        || address.is_unspecified();
    !(is_special
        || is_shared
        || is_bench
        || a == 0
        || a >= 240
        || RESOLVERS.contains(&address.octets())
        || address.octets() == [1, 2, 3, 4])
}

fn unapproved(view: &View<'_>, rule: usize, approved: &crate::rule::ApprovedHosts, at: usize, out: &mut Vec<Found>) {
    let code = view.prose_free();
    let length = code[at..].iter().take_while(|b| is_host_byte(**b)).count();
    let host = String::from_utf8_lossy(&code[at..at + length]).to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    let is_name = host.rsplit_once('.').is_some_and(|(rest, last)| {
        !rest.is_empty() && last.len() > 1 && last.bytes().all(|b| b.is_ascii_alphabetic())
    });
    let is_nowhere =
        NOWHERE.iter().any(|name| host == *name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')));
    let line = lower_line(view, at);
    let points = POINTERS
        .iter()
        .any(|word| line.trim_start().trim_start_matches(['"', '\'', '-', ' ']).starts_with(word) && *word != "url:");
    if !is_name || is_nowhere || points || approved.names(host) || view.knows(host) {
        return;
    }
    let severity = view.severity(rule);
    out.push(Found {
        rule,
        severity,
        span: at..at + length,
        key: host.to_owned(),
        said: format!("`{host}` is new and not approved."),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_machines_that_anybody_may_run_are_public() {
        for (text, expected) in [
            ("45.33.32.156", true),
            ("10.0.0.1", false),
            ("192.168.1.1", false),
            ("203.0.113.9", false),
            ("127.0.0.1", false),
            ("8.8.8.8", false),
            ("169.254.169.254", false),
            ("100.64.0.1", false),
        ] {
            assert_eq!(is_public(text.parse().unwrap()), expected, "{text}");
        }
    }
}
