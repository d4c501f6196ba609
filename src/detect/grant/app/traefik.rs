//! Traefik: what stands before a router, and what its own entry points and dashboard let in.

use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{Document, Node};
use crate::finding::Severity;

/// Static and dynamic configuration in files.
///
/// Source: "API & Dashboard", "EntryPoints", "Middlewares" in Traefik's documentation.
pub(in crate::detect::grant) static TRAEFIK: Surface = Surface {
    files: &["**/*traefik*.{yml,yaml,toml}", "**/traefik/**/*.{yml,yaml,toml}"],
    marks: &["routers", "entrypoints", "insecure", "api"],
    needs: None,
    grants: traefik,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "proxy-access";
const RULE_TLS: &str = "proxy-tls";
use Severity::{High, Low, Medium};

/// Words in the names of middlewares that ask who someone is, or let only some in.
const CHECKS: [&str; 12] = [
    "auth",
    "oauth",
    "whitelist",
    "allowlist",
    "ipallow",
    "forward",
    "sso",
    "login",
    "authelia",
    "authentik",
    "jwt",
    "secure",
];

const SETTINGS: [(&[&str], &str, Setting); 2] = [
    (
        &["api", "insecure"],
        RULE,
        Setting::opens("api.insecure", "the dashboard without signing in", High).alone(1, Medium),
    ),
    (
        &["serversTransport", "insecureSkipVerify"],
        RULE_TLS,
        Setting::opens("serversTransport.insecureSkipVerify", "answers from a server with any certificate", Medium),
    ),
];

fn traefik(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document: &Document = if input.path.ends_with("toml") { input.toml() } else { input.yaml() };
    let Some(root) = document.root() else { return Vec::new() };
    let itself = Subject::new("Traefik", "");
    let mut grants = Vec::new();
    for (path, rule, setting) in &SETTINGS {
        let value = root.path(path).and_then(|node| Some((node.text()?, node.span())));
        grants.push(setting.grant(rule, &itself, value, root.span()));
    }
    for (name, point) in root.get("entryPoints").map(Node::entries).unwrap_or_default() {
        let subject = Subject::new("entry point", name.text().unwrap_or_default());
        for (key, what) in [
            ("forwardedHeaders", "addresses that senders make up"),
            ("proxyProtocol", "addresses that proxies make up"),
        ] {
            let insecure = point.path(&[key, "insecure"]);
            let grant = Grant::allow(RULE, subject.clone(), Reach::one(what), High);
            grants.push(match insecure.filter(|node| node.is_true()) {
                Some(node) => grant.level(1, format!("{key}.insecure")).at(node.span()),
                None => grant.level(0, "off").at(name.span()),
            });
        }
    }
    for (name, router) in root.path(&["http", "routers"]).map(Node::entries).unwrap_or_default() {
        grants.extend(routed(name, router));
    }
    grants
}

/// Checks that stand before a router; losing one widens as long as the router is there.
fn routed(name: Node<'_>, router: Node<'_>) -> Vec<Grant> {
    let subject = Subject::new("router", name.text().unwrap_or_default());
    let mut grants =
        vec![Grant::allow(RULE, subject.clone(), Reach::one("nothing"), Low).level(0, "none").at(name.span())];
    for one in router.get("middlewares").into_iter().flat_map(Node::items) {
        let text = one.text().unwrap_or_default();
        let folded = text.to_ascii_lowercase();
        if CHECKS.iter().any(|word| folded.contains(word)) {
            let what = Reach::one(format!("the middleware {}", text.split('@').next().unwrap_or(text)));
            grants.push(Grant::deny(RULE, subject.clone(), what, High).level(1, "in front").at(one.span()));
        }
    }
    grants
}
