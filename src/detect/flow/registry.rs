//! Where packages are fetched from, and through which proxy, when a command or a variable says so.

use crate::rule::Shape;

use super::phrase::Marks;
use super::send::is_foreign;
use super::{Found, View};

/// Bytes between the option or variable and the address.
const LONGEST_GAP: usize = 24;
/// Hosts that packages come from anyway.
const USUAL: [&str; 14] = [
    "pypi.org",
    "files.pythonhosted.org",
    "test.pypi.org",
    "download.pytorch.org",
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "npm.pkg.github.com",
    "rubygems.org",
    "rubygems.pkg.github.com",
    "proxy.golang.org",
    "goproxy.io",
    "repo.maven.apache.org",
    "repo1.maven.org",
    "index.crates.io",
];

/// Adds the registries and proxies that changed lines name.
pub(super) fn find(view: &View<'_>, marks: &Marks, out: &mut Vec<Found>) {
    let Some(rule) = view.flows.rules().iter().position(|rule| rule.shape == Some(Shape::Registry)) else { return };
    let code = view.code();
    for &at in &marks.registries {
        let line = view.line(at);
        let rest = &code[at..line.end];
        // The address is the next word, and nothing but an assignment stands between.
        let Some(scheme) = memchr::memmem::find(rest, b"://") else { continue };
        let start = rest[..scheme].iter().rposition(|b| !b.is_ascii_alphanumeric()).map_or(0, |n| n + 1);
        let name = name_length(rest);
        if start < name || start - name > LONGEST_GAP || !rest[name..start].iter().all(|b| is_between(*b)) {
            continue;
        }
        let end =
            start + rest[start..].iter().take_while(|b| !b.is_ascii_whitespace() && !b"\"',;`)".contains(b)).count();
        let address = &rest[start..end];
        let host = host(address);
        if !is_foreign(address) || USUAL.contains(&host.as_str()) || view.knows(&host) {
            continue;
        }
        let named = String::from_utf8_lossy(&rest[..name]).into_owned();
        let said = format!("`{named}` names `{host}`.");
        out.push(Found { rule, severity: view.severity(rule), span: at..at + end, key: host, said });
    }
}

/// Length of the option or variable that `rest` begins with; `config set registry` is two words.
fn name_length(rest: &[u8]) -> usize {
    let lead = if rest.get(..4).is_some_and(|head| head.eq_ignore_ascii_case(b"set ")) { 4 } else { 0 };
    lead + rest[lead..].iter().take_while(|b| b.is_ascii_alphanumeric() || b"_-".contains(b)).count()
}

/// What may stand between a name and its value.
fn is_between(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"=:\"'`(,>".contains(&byte)
}

/// The host of an address, in lower case, without who signs in.
fn host(address: &[u8]) -> String {
    let text = String::from_utf8_lossy(address).to_ascii_lowercase();
    let behind = text.split_once("://").map_or("", |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    host.split(':').next().unwrap_or_default().to_owned()
}
