//! Policies on dependencies: known holes that are let through, and audits that are taken on trust.

use std::ops::Range;

use super::address::{self, plain};
use super::registry::Tool;
use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Lists of advisories that scanners pass over.
///
/// Source: the documentation of cargo-audit, OSV-Scanner, Trivy, Grype, Snyk, audit-ci, Safety and bundler-audit.
pub(in crate::detect::grant) static IGNORED: Surface = Surface {
    files: &[
        "**/{.nsprc,.snyk,.trivyignore,.trivyignore.yaml,.trivyignore.yml,.grype.yaml,.grype.yml,.osv-scanner.toml}",
        "**/{osv-scanner.toml,audit.toml,audit-ci.json,audit-ci.jsonc,.auditrc,.auditrc.json,.bundler-audit.yml}",
        "**/{.safety-policy.yml,.pip-audit.toml,.iyarc,trivy.yaml,dependency-review-config.yml}",
        "**/*suppression*.xml",
    ],
    grants: ignored,
    ..PLAIN
};

/// The same in files that say much else.
pub(in crate::detect::grant) static MANIFESTS: Surface = Surface {
    files: &["**/{package.json,composer.json,pnpm-workspace.yaml,.yarnrc.yml}"],
    marks: &["ignoreCves", "ignoreGhsas", "npmAuditIgnore", "npmAuditExclude", "\"audit\"", "blockAbandoned"],
    grants: manifests,
    ..PLAIN
};

/// `deny.toml`. Source: the documentation of cargo-deny.
pub(in crate::detect::grant) static DENY: Surface =
    Surface { files: &["**/{deny,.deny}.toml", "**/.cargo/deny.toml"], grants: deny, ..PLAIN };

/// `supply-chain/config.toml` and `audits.toml`. Source: the book of cargo-vet.
pub(in crate::detect::grant) static VET: Surface =
    Surface { files: &["**/supply-chain/{config,audits}.toml"], grants: vet, ..PLAIN };

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: ignored,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: true,
};

const RULE: &str = "dependency-policy";
/// How ids of advisories begin.
const IDS: [&str; 11] =
    ["CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "SNYK-", "OSV-", "GO-", "GMS-", "MAL-", "TEMP-", "DSA-"];

/// One hole that is let through.
fn pass(id: &str, span: Range<usize>) -> Grant {
    let what = Reach::one(format!("dependencies with {}", plain(id)));
    Grant::allow(RULE, Subject::new("the build", ""), what, Severity::Medium).level(1, "let through").at(span)
}

fn is_id(word: &str) -> bool {
    let upper = word.get(..word.len().min(8)).unwrap_or_default().to_ascii_uppercase();
    IDS.iter().any(|sign| upper.starts_with(sign)) && word.bytes().any(|b| b.is_ascii_digit())
}

fn ignored(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut at = 0;
    for whole in input.text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.split(['#', ';']).next().unwrap_or_default();
        if line.trim_start().starts_with("//") {
            continue;
        }
        // Numbers are ids only where a list holds nothing else.
        let is_list = input.path.ends_with("ignore") || input.path.ends_with(".iyarc");
        for word in line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':'))) {
            let first = is_list && word == line.trim() && word.len() > 2;
            if is_id(word) || first {
                out.push(pass(word, start..start + whole.trim_end().len()));
            }
        }
    }
    out
}

fn manifests(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = if input.path.ends_with(".json") { input.json() } else { input.yaml() };
    let Some(root) = document.root() else { return Vec::new() };
    let paths: [&[&str]; 7] = [
        &["pnpm", "auditConfig", "ignoreCves"],
        &["pnpm", "auditConfig", "ignoreGhsas"],
        &["auditConfig", "ignoreCves"],
        &["auditConfig", "ignoreGhsas"],
        &["npmAuditIgnoreAdvisories"],
        &["npmAuditExcludePackages"],
        &["config", "audit", "ignore"],
    ];
    let lists = paths.into_iter().filter_map(|path| root.path(path));
    let keys =
        lists.flat_map(|list| list.items().chain(list.entries().into_iter().map(|(key, _)| key)).collect::<Vec<_>>());
    keys.filter_map(|id| Some(pass(id.text()?, id.span()))).collect()
}

const LINTS: [(&str, u32); 3] = [("deny", 0), ("warn", 1), ("allow", 2)];

/// A lint of cargo-deny.
const fn lint(key: &'static str, gives: &'static str, absent: (u32, &'static str)) -> Setting {
    Setting { key, gives, ranks: &LINTS, other: (0, None), absent, severity: Severity::Medium, alone: None }
}

fn deny(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("the build", "");
    let Some(root) = input.toml().root() else { return tool.out };
    if root.entries().is_empty() {
        return tool.out;
    }
    let section = |name: &str| root.get(name);
    let settings = [
        ("sources", lint("unknown-git", "crates from any repository", (1, "warn by default"))),
        ("sources", lint("unknown-registry", "crates from any registry", (1, "warn by default"))),
        ("bans", lint("wildcards", "crates of any version", (2, "allow by default"))),
        ("advisories", lint("yanked", "crates that were withdrawn", (1, "warn by default"))),
    ];
    for (name, setting) in settings {
        let value = section(name).and_then(|map| map.entry(setting.key));
        let value = value.and_then(|(key, value)| Some((value.text()?, key.span().start..value.span().end)));
        tool.out.push(setting.grant(RULE, &tool.subject(), value, 0..0));
    }
    let id = |node: Node<'_>| {
        node.text().or_else(|| ["id", "crate", "name"].iter().find_map(|key| node.get(key)?.text())).map(str::to_owned)
    };
    for item in section("advisories").and_then(|map| map.get("ignore")).into_iter().flat_map(Node::items) {
        tool.out.extend(id(item).map(|id| pass(&id, item.span())));
    }
    for key in ["allow-git", "allow-registry"] {
        for url in section("sources").and_then(|map| map.get(key)).into_iter().flat_map(Node::items) {
            let Some(origin) = url.text().and_then(address::Origin::of) else { continue };
            let what = Reach::one(format!("crates from {}", origin.name()));
            let severity = origin.severity().min(Severity::Medium);
            tool.out.push(Grant::allow(RULE, tool.subject(), what, severity).level(1, "let through").at(url.span()));
        }
    }
    for item in section("bans").and_then(|map| map.get("deny")).into_iter().flat_map(Node::items) {
        let Some(name) = id(item) else { continue };
        let what = Reach::one(format!("a ban of {}", plain(&name)));
        tool.out.push(Grant::guard(RULE, tool.subject(), what, Severity::Low).at(item.span()));
    }
    tool.out
}

fn vet(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let Some(root) = input.toml().root() else { return out };
    let allow = |what: String, severity, span| {
        Grant::allow(RULE, Subject::new("the build", ""), Reach::one(what), severity)
            .level(1, "taken on trust")
            .at(span)
    };
    for (name, body) in root.get("imports").map(Node::entries).unwrap_or_default() {
        let what = format!("the audits of {}", plain(name.text().unwrap_or_default()));
        out.push(allow(what, Severity::Medium, body.span()));
    }
    for (name, _) in root.get("exemptions").map(Node::entries).unwrap_or_default() {
        let what = format!("versions of {} that nobody audited", plain(name.text().unwrap_or_default()));
        out.push(allow(what, Severity::Low, name.span()));
    }
    for (name, list) in root.get("trusted").map(Node::entries).unwrap_or_default() {
        for item in list.items() {
            let who = item.get("user-login").or(item.get("user-id")).and_then(Node::text).unwrap_or_default();
            let what = format!("whatever {who} publishes of {}", plain(name.text().unwrap_or_default()));
            out.push(allow(what, Severity::Medium, name.span()));
        }
    }
    for (name, policy) in root.get("policy").map(Node::entries).unwrap_or_default() {
        if policy.get("criteria").is_some_and(|criteria| criteria.is_list() && criteria.items().next().is_none()) {
            let what = format!("{} without any audit", plain(name.text().unwrap_or_default()));
            out.push(allow(what, Severity::Medium, policy.span()));
        }
    }
    out
}
