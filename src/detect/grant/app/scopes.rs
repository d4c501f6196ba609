//! Scopes that an app asks other services for.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{Document, Node};
use crate::finding::Severity;

/// Manifests of apps for GitHub, Slack, Entra, Google Apps Script, Shopify and Teams.
///
/// Source: the manifest reference of each service.
pub(in crate::detect::grant) static SCOPES: Surface = Surface {
    files: &[
        "**/*manifest*.{json,yml,yaml}",
        "**/{app,github-app,slack}*.{json,yml,yaml}",
        "**/appsscript.json",
        "**/shopify.app*.toml",
    ],
    marks: &[
        "default_permissions",
        "oauth_config",
        "requiredResourceAccess",
        "oauthScopes",
        "access_scopes",
        "resourceSpecific",
    ],
    needs: None,
    grants: scopes,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "app-scope";
use Severity::{High, Low, Medium};

fn scopes(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document: &Document = if input.path.ends_with("toml") { input.toml() } else { input.data() };
    let Some(root) = document.root() else { return Vec::new() };
    let mut grants = github(root);
    for kind in ["bot", "user", "bot_optional", "user_optional"] {
        for scope in root.path(&["oauth_config", "scopes", kind]).into_iter().flat_map(Node::items) {
            grants.extend(scope.text().map(|text| allow(&format!("{text} as {kind}"), weight(text), scope.span())));
        }
    }
    for scope in root.get("oauthScopes").into_iter().flat_map(Node::items) {
        let text = scope.text().unwrap_or_default();
        let is_whole = text.ends_with(".readonly") || text.ends_with("drive.file");
        let severity = if is_whole { Low } else { weight(text).max(Medium) };
        grants.push(allow(text.trim_start_matches("https://www.googleapis.com/auth/"), severity, scope.span()));
    }
    for list in ["scopes", "optional_scopes"] {
        let scopes = root.path(&["access_scopes", list]);
        for scope in scopes.into_iter().flat_map(Node::texts).flat_map(|text| text.split(',')) {
            let span = scopes.map_or(0..0, Node::span);
            grants.push(allow(scope.trim(), weight(scope), span));
        }
    }
    grants.extend(entra(root));
    for right in root.path(&["authorization", "permissions", "resourceSpecific"]).into_iter().flat_map(Node::items) {
        let name = right.get("name").and_then(Node::text);
        grants.extend(name.map(|name| allow(name, weight(name), right.span())));
    }
    grants
}

fn allow(what: &str, severity: Severity, span: Range<usize>) -> Grant {
    Grant::allow(RULE, Subject::new("the app", ""), Reach::one(what.replace(['*', '?'], "+")), severity)
        .level(1, "asked for")
        .at(span)
}

fn weight(scope: &str) -> Severity {
    let scope = scope.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| scope.contains(word));
    match () {
        () if has(&["admin", "all", "delete", "owner", "mail.google.com", "full_access"]) => High,
        () if has(&["write", "manage", "history", "files", "send", "impersonat"]) => Medium,
        () => Low,
    }
}

/// Permissions of a GitHub App: read, write, admin.
fn github(root: Node<'_>) -> Vec<Grant> {
    let strong = [
        "administration",
        "contents",
        "workflows",
        "secrets",
        "actions",
        "members",
        "organization_administration",
        "packages",
    ];
    let one = |(key, value): (Node<'_>, Node<'_>)| {
        let name = key.text().unwrap_or_default();
        let rank = match value.text() {
            Some("read") => 1,
            Some("write") => 2,
            Some("admin") => 3,
            _ => 0,
        };
        let severity = match (rank, strong.contains(&name)) {
            (2.., true) => High,
            (2.., false) => Medium,
            _ => Low,
        };
        let grant = allow(name, severity, key.span().start..value.span().end);
        grant.level(rank, value.text().unwrap_or("none"))
    };
    root.get("default_permissions")
        .filter(|node| node.is_map())
        .map(Node::entries)
        .unwrap_or_default()
        .into_iter()
        .map(one)
        .collect()
}

/// What an Entra application asks of others: by id, delegated or of its own.
fn entra(root: Node<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    for api in root.get("requiredResourceAccess").into_iter().flat_map(Node::items) {
        let id = api.get("resourceAppId").and_then(Node::text).unwrap_or_default();
        for right in api.get("resourceAccess").into_iter().flat_map(Node::items) {
            let own = |key| right.get(key).and_then(Node::text).unwrap_or_default();
            let (kind, severity) = match own("type") {
                "Role" => ("application permission", High),
                _ => ("delegated permission", Medium),
            };
            grants.push(
                allow(&format!("{kind} {}", own("id")), severity, right.span()).on(Reach::one(format!("API {id}"))),
            );
        }
    }
    grants
}
