//! Browser extensions: which pages they reach and which powers of the browser they use.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// manifest.json of an extension.
///
/// Source: "Declare permissions" and "Match patterns" in Chrome's documentation for extensions.
pub(in crate::detect::grant) static EXTENSION: Surface = Surface {
    files: &["**/manifest*.json"],
    marks: &["manifest_version"],
    needs: None,
    grants: extension,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "extension-permission";
use Severity::{High, Low, Medium};

/// Powers over the browser, its data, or the machine.
const STRONG: [&str; 16] = [
    "debugger",
    "nativeMessaging",
    "webRequestBlocking",
    "webRequest",
    "declarativeNetRequestWithHostAccess",
    "management",
    "proxy",
    "cookies",
    "history",
    "privacy",
    "pageCapture",
    "tabCapture",
    "desktopCapture",
    "contentSettings",
    "vpnProvider",
    "userScripts",
];
/// Powers that few users think of.
const MIDDLE: [&str; 12] = [
    "tabs",
    "scripting",
    "bookmarks",
    "downloads",
    "clipboardRead",
    "geolocation",
    "identity",
    "sessions",
    "topSites",
    "webNavigation",
    "browsingData",
    "declarativeNetRequest",
];

struct Manifest<'d> {
    root: Node<'d>,
    grants: Vec<Grant>,
}

fn extension(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.json();
    let Some(root) = document.root().filter(|root| root.has("manifest_version")) else { return Vec::new() };
    let mut manifest = Manifest { root, grants: Vec::new() };
    for (key, rank) in
        [("permissions", 2), ("host_permissions", 2), ("optional_permissions", 1), ("optional_host_permissions", 1)]
    {
        for item in root.get(key).into_iter().flat_map(Node::items) {
            manifest.asked(item, rank);
        }
    }
    for script in root.get("content_scripts").into_iter().flat_map(Node::items) {
        manifest.pages(script.get("matches"), "scripts in pages", High);
    }
    manifest.pages(root.path(&["externally_connectable", "matches"]), "messages from pages", Medium);
    for resource in root.get("web_accessible_resources").into_iter().flat_map(Node::items) {
        manifest.pages(resource.get("matches"), "its files read by pages", Low);
    }
    manifest.policy();
    manifest.grants
}

impl Manifest<'_> {
    fn allow(&mut self, what: &str, on: Reach, severity: Severity, rank: u32, span: Range<usize>) {
        let name = if rank == 1 { "if the user agrees" } else { "allowed" };
        let grant = Grant::allow(RULE, Subject::new("the extension", ""), Reach::one(what), severity);
        self.grants.push(grant.on(on).level(rank, name).at(span));
    }

    fn asked(&mut self, item: Node<'_>, rank: u32) {
        let Some(text) = item.text() else { return };
        if is_pattern(text) {
            let severity = if is_every_page(text) { High } else { Medium };
            return self.allow("access to pages", pages(text), severity, rank, item.span());
        }
        let severity = match text {
            text if STRONG.contains(&text) => High,
            text if MIDDLE.contains(&text) => Medium,
            _ => Low,
        };
        self.allow(text, Reach::all(), severity, rank, item.span());
    }

    fn pages(&mut self, list: Option<Node<'_>>, what: &str, severity: Severity) {
        for item in list.into_iter().flat_map(Node::items) {
            let Some(text) = item.text() else { continue };
            let severity = if is_every_page(text) { severity } else { severity.min(Medium) };
            self.allow(what, pages(text), severity, 2, item.span());
        }
    }

    /// Code that a page of the extension may run beyond its own.
    fn policy(&mut self) {
        let Some(policy) = self.root.get("content_security_policy") else { return };
        for text in policy.texts().chain(policy.entries().into_iter().filter_map(|(_, value)| value.text())) {
            let scripts = |name: &str| text.split(';').map(str::trim).find_map(|part| part.strip_prefix(name));
            let Some(sources) = scripts("script-src ").or_else(|| scripts("default-src ")) else { continue };
            for source in sources.split_whitespace().map(|source| source.trim_matches('\'')) {
                let severity = match source {
                    "unsafe-eval" | "unsafe-inline" | "*" => High,
                    "wasm-unsafe-eval" => Low,
                    source if source.contains("://") || source.ends_with(':') || source.contains('.') => High,
                    _ => continue,
                };
                self.allow(&format!("code from {source}"), Reach::all(), severity, 2, policy.span());
            }
        }
    }
}

fn is_pattern(text: &str) -> bool {
    text == "<all_urls>" || text.contains("://")
}

fn is_every_page(text: &str) -> bool {
    matches!(text, "<all_urls>" | "*://*/*" | "https://*/*" | "http://*/*" | "https://*/" | "http://*/" | "*://*/")
}

/// A match pattern over URLs; a bare star for the scheme is http and https.
fn pages(text: &str) -> Reach {
    if text == "<all_urls>" {
        return Reach::all();
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("*", text));
    // What stands behind the host is of no account for permissions.
    let host = rest.split('/').next().unwrap_or_default();
    let schemes: &[&str] = if scheme == "*" { &["http", "https"] } else { &[scheme] };
    let urls = schemes.iter().flat_map(|scheme| match host.strip_prefix("*.") {
        Some(domain) => vec![format!("{scheme}://{domain}"), format!("{scheme}://*.{domain}")],
        None => vec![format!("{scheme}://{host}")],
    });
    Reach::of(urls)
}
