//! Settings of npm, pnpm, Yarn and Bun: registries, checks, and whose install scripts run.

use super::registry::{Asked, Tool};
use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// `.npmrc`, which pnpm reads too. Source: "config" in npm's documentation, "Settings" in pnpm's.
pub(in crate::detect::grant) static RC: Surface =
    Surface { files: &["**/.npmrc", "**/npmrc", "**/.yarnrc"], grants: rc, absent: Some(""), ..PLAIN };

/// `.yarnrc.yml`. Source: "Yarnrc configuration" in Yarn's documentation.
pub(in crate::detect::grant) static YARN: Surface =
    Surface { files: &["**/.yarnrc.yml"], grants: yarn, absent: Some("{}"), ..PLAIN };

/// `pnpm-workspace.yaml`. Source: "Settings (pnpm-workspace.yaml)" in pnpm's documentation.
pub(in crate::detect::grant) static PNPM: Surface =
    Surface { files: &["**/pnpm-workspace.yaml"], grants: pnpm, ..PLAIN };

/// `bunfig.toml`. Source: "bunfig.toml" in Bun's documentation.
pub(in crate::detect::grant) static BUN: Surface =
    Surface { files: &["**/bunfig.toml"], grants: bun, absent: Some(""), ..PLAIN };

/// What `package.json` says to the package managers.
///
/// Since pnpm 10 and in Bun, scripts of dependencies run only where they are listed.
pub(in crate::detect::grant) static MANIFEST: Surface = Surface {
    files: &["**/package.json"],
    marks: &["BuiltDependencies", "AllowAllBuilds", "allowScripts", "trustedDependencies", "\"built\"", "allowBuilds"],
    grants: manifest,
    ..PLAIN
};

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: rc,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const USUAL: &str = "registry.npmjs.org";
const TLS: Setting = Setting::closes("strict-ssl", "packages from servers that prove nothing", Severity::High);
const LOCK: Setting = Setting::closes("package-lock", "versions that no lock file pins", Severity::Medium);
const AUDIT: Setting = Setting::closes("audit", "packages with known holes, unmentioned", Severity::Low);
const IGNORED: Setting =
    Setting::closes("ignore-scripts", "install scripts of every package", Severity::Medium).absent(1, "off by default");
const STORE: Setting = Setting::closes("verify-store-integrity", "content that nothing checks", Severity::Medium);

/// Keys that put something else in the way, with what that is.
const DETOURS: [(&str, &str); 6] = [
    ("script-shell", "a run of another shell for every script"),
    ("node-options", "options for every script's Node"),
    ("onload-script", "a run of a module at every start"),
    ("git", "a run of another git"),
    ("https-proxy", "packages through a proxy"),
    ("proxy", "packages through a proxy"),
];

fn rc(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("npm", USUAL);
    let entries = document::ini(input.text);
    let find = |key: &str| {
        let found = entries.iter().rev().find(|entry| entry.key.eq_ignore_ascii_case(key));
        found.map(|entry| (entry.bare(), entry.span.clone()))
    };
    match find("registry") {
        Some((url, span)) => tool.asks(url, Asked::Always, span),
        None => tool.asks_the_usual(),
    }
    for entry in &entries {
        let scope = entry.key.strip_suffix(":registry").or(entry.key.starts_with('@').then_some(entry.key));
        if let Some(scope) = scope {
            // The reader cuts a key at its colon.
            let url = entry.bare().trim_start_matches("registry").trim_start_matches(['=', ' ', ':', '"']);
            tool.asks(url.trim_matches('"'), Asked::ByName, entry.span.clone());
            tool.keeps_apart(scope, entry.span.clone());
        }
    }
    for setting in [TLS, LOCK, AUDIT, IGNORED, STORE] {
        tool.checks(setting, find(setting.key));
    }
    for (key, unit) in [("min-release-age", "days"), ("minimum-release-age", "minutes")] {
        find(key).into_iter().for_each(|(age, span)| tool.waits(age, unit, span));
    }
    for (key, what) in DETOURS {
        let set = find(key).filter(|(value, _)| !value.is_empty() && !["null", "false"].contains(value));
        set.into_iter().for_each(|(value, span)| {
            tool.lets(&format!("{what}: {}", super::address::plain(value)), Severity::Medium, span);
        });
    }
    tool.out
}

const YARN_TLS: Setting = Setting { key: "enableStrictSsl", ..TLS };
const YARN_SCRIPTS: Setting =
    Setting::opens("enableScripts", "install scripts of every package", Severity::Medium).absent(1, "on by default");
const YARN_LOCK: Setting = Setting { key: "enableImmutableInstalls", ..LOCK };
const YARN_SUMS: Setting = Setting {
    key: "checksumBehavior",
    gives: "content other than the lock file's",
    ranks: &[("throw", 0), ("reset", 1), ("update", 2), ("ignore", 3)],
    other: (0, None),
    absent: (0, "throw by default"),
    severity: Severity::High,
    alone: None,
};

fn yarn(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Yarn", USUAL);
    let document = input.yaml();
    let Some(root) = document.root() else { return tool.out };
    match root.entry("npmRegistryServer") {
        Some((key, url)) => tool.asks(url.text().unwrap_or_default(), Asked::Always, key.span().start..url.span().end),
        None => tool.asks_the_usual(),
    }
    for (scope, body) in root.get("npmScopes").map(Node::entries).unwrap_or_default() {
        if let (Some(scope), Some(url)) = (scope.text(), body.get("npmRegistryServer")) {
            tool.asks(url.text().unwrap_or_default(), Asked::ByName, url.span());
            tool.keeps_apart(scope, url.span());
        }
    }
    for setting in [YARN_TLS, YARN_SCRIPTS, YARN_LOCK, YARN_SUMS] {
        tool.checks_key(setting, root);
    }
    for host in root.get("unsafeHttpWhitelist").into_iter().flat_map(Node::items) {
        let host_name = host.text().unwrap_or_default();
        tool.lets(&format!("packages from {host_name} in the clear"), Severity::High, host.span());
    }
    for plugin in root.get("plugins").into_iter().flat_map(Node::items) {
        let name = plugin.text().or_else(|| plugin.get("spec").or(plugin.get("path"))?.text()).unwrap_or_default();
        tool.lets(&format!("a run of the plugin {}", super::address::plain(name)), Severity::Medium, plugin.span());
    }
    for name in root.get("npmPreapprovedPackages").into_iter().flat_map(Node::items) {
        tool.lets(&format!("releases of {} at once", name.text().unwrap_or_default()), Severity::Low, name.span());
    }
    if let Some((key, age)) = root.entry("npmMinimalAgeGate") {
        tool.waits(age.text().unwrap_or_default(), "minutes", key.span().start..age.span().end);
    }
    tool.out
}

const ALL_BUILDS: Setting =
    Setting::opens("dangerouslyAllowAllBuilds", "install scripts of every package", Severity::High);
const TRUST: Setting = Setting {
    key: "trustPolicy",
    gives: "releases with less proof than those before",
    ranks: &[("no-downgrade", 0), ("off", 1)],
    other: (1, None),
    absent: (1, "off by default"),
    severity: Severity::Medium,
    alone: None,
};
const EXOTIC: Setting = Setting {
    key: "blockExoticSubdeps",
    ..Setting::closes("", "packages of packages from repositories and addresses", Severity::Medium)
}
.absent(1, "off by default");

fn pnpm(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("pnpm", USUAL);
    let Some(root) = input.yaml().root() else { return tool.out };
    builds(root, &mut tool);
    for setting in
        [TRUST, EXOTIC, Setting { key: "verifyStoreIntegrity", ..STORE }, Setting { key: "strictSsl", ..TLS }]
    {
        tool.checks_key(setting, root);
    }
    if let Some((key, age)) = root.entry("minimumReleaseAge") {
        tool.waits(age.text().unwrap_or_default(), "minutes", key.span().start..age.span().end);
    }
    for (list, what) in [("minimumReleaseAgeExclude", "at once"), ("trustPolicyExclude", "with less proof")] {
        // One version is what its reviewer saw; a name is whatever comes.
        let is_open =
            |name: &Node<'_>| name.text().is_some_and(|name| !name.get(1..).unwrap_or_default().contains('@'));
        for name in root.get(list).into_iter().flat_map(Node::items).filter(is_open) {
            tool.lets(&format!("releases of {} {what}", name.text().unwrap_or_default()), Severity::Low, name.span());
        }
    }
    if let Some((key, url)) = root.entry("registry") {
        tool.asks(url.text().unwrap_or_default(), Asked::Always, key.span().start..url.span().end);
    }
    for (scope, url) in root.get("registries").map(Node::entries).unwrap_or_default() {
        let asked = if scope.is("default") { Asked::Always } else { Asked::ByName };
        tool.asks(url.text().unwrap_or_default(), asked, scope.span().start..url.span().end);
    }
    tool.out
}

/// Keys that say whose scripts run; the map is that of pnpm or holds it.
fn builds(map: Node<'_>, tool: &mut Tool) {
    tool.checks_key(ALL_BUILDS, map);
    for list in ["onlyBuiltDependencies", "allowBuilds", "allowScripts", "trustedDependencies"] {
        map.get(list).into_iter().for_each(|list| tool.runs_each(list));
    }
    for name in map.get("neverBuiltDependencies").into_iter().flat_map(Node::items) {
        name.text().into_iter().for_each(|text| tool.never_runs(text, name.span()));
    }
}

fn manifest(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("the install", USUAL);
    let Some(root) = input.json().root() else { return tool.out };
    builds(root, &mut tool);
    root.get("pnpm").into_iter().for_each(|map| builds(map, &mut tool));
    root.path(&["lavamoat", "allowScripts"]).into_iter().for_each(|list| tool.runs_each(list));
    for (key, meta) in root.get("dependenciesMeta").map(Node::entries).unwrap_or_default() {
        if let (Some(name), Some(built)) = (key.text(), meta.get("built")) {
            let span = key.span().start..built.span().end;
            match built.truth() {
                Some(true) => tool.runs(name, span),
                _ => tool.never_runs(name, span),
            }
        }
    }
    tool.out
}

fn bun(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Bun", USUAL);
    let Some(root) = input.toml().root() else { return tool.out };
    let install = root.get("install");
    let url = |node: Node<'_>| node.text().or_else(|| node.get("url")?.text()).unwrap_or_default().to_owned();
    match install.and_then(|install| install.get("registry")) {
        Some(node) => tool.asks(&url(node), Asked::Always, node.span()),
        None => tool.asks_the_usual(),
    }
    for (scope, body) in install.and_then(|install| install.get("scopes")).map(Node::entries).unwrap_or_default() {
        tool.asks(&url(body), Asked::ByName, body.span());
        tool.keeps_apart(scope.text().unwrap_or_default(), body.span());
    }
    if let Some((key, age)) = install.and_then(|install| install.entry("minimumReleaseAge")) {
        tool.waits(age.text().unwrap_or_default(), "seconds", key.span().start..age.span().end);
    }
    let preloads = [root.get("preload"), root.path(&["test", "preload"])];
    for module in preloads.into_iter().flatten().flat_map(Node::one_or_many) {
        let name = module.text().unwrap_or_default();
        tool.lets(&format!("a run of {name} before everything"), Severity::Medium, module.span());
    }
    tool.out
}
