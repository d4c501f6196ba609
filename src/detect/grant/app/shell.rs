//! Desktop shells around web pages: what the page may do to the machine.

use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{Document, Node};
use crate::finding::Severity;

/// Tauri: the allow list of version 1, the capabilities of version 2.
///
/// Source: "Capabilities" and "Configuration" in Tauri's documentation.
pub(in crate::detect::grant) static TAURI: Surface = Surface {
    files: &["**/tauri*.conf.{json,json5}", "**/Tauri.toml", "**/capabilities/**/*.{json,toml}"],
    marks: &["allowlist", "security", "permissions", "tauri", "dangerous"],
    needs: None,
    grants: tauri,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

/// Capacitor: traffic in the clear, pages that the shell may go to.
///
/// Source: "Capacitor Configuration" in Capacitor's documentation.
pub(in crate::detect::grant) static CAPACITOR: Surface = Surface {
    files: &["**/capacitor.config.json"],
    marks: &[],
    needs: None,
    grants: capacitor,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "desktop-shell";
use Severity::{High, Low, Medium};

const CAPACITOR_SETTINGS: [(&[&str], Setting); 4] = [
    (&["server", "cleartext"], Setting::opens("server.cleartext", "traffic in the clear", Medium)),
    (&["android", "allowMixedContent"], Setting::opens("android.allowMixedContent", "content in the clear", Medium)),
    (
        &["android", "webContentsDebuggingEnabled"],
        Setting::opens("android.webContentsDebuggingEnabled", "debugging of its pages", High),
    ),
    (
        &["ios", "webContentsDebuggingEnabled"],
        Setting::opens("ios.webContentsDebuggingEnabled", "debugging of its pages", High),
    ),
];

fn tauri(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document: &Document = if input.path.ends_with("toml") { input.toml() } else { input.json() };
    let Some(root) = document.root() else { return Vec::new() };
    let mut grants = Vec::new();
    for capability in root.get("capabilities").into_iter().flat_map(Node::items).chain([root]) {
        if capability.has("permissions") && capability.has("identifier") {
            grants.extend(permissions(capability));
        }
    }
    if let Some(list) = root.path(&["tauri", "allowlist"]) {
        grants.extend(allowlist(list));
    }
    let security = root.path(&["app", "security"]).or(root.path(&["tauri", "security"]));
    for (key, value) in security.map(Node::entries).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        let is_on = value.is_true() || value.is_map() || (value.is_list() && value.items().next().is_some());
        if name.starts_with("dangerous") && is_on {
            grants.push(allow("the app", "", name, High).level(1, "set").at(key.span().start..value.span().end));
        }
        if name == "csp" {
            let has_policy = value.text().is_none_or(|text| !text.is_empty());
            let grant = allow("the app", "", "code from anywhere", High).at(key.span().start..value.span().end);
            grants.push(grant.level(u32::from(!has_policy), if has_policy { "a csp" } else { "csp null" }));
        }
    }
    if let (Some(security), false) = (security, security.is_some_and(|node| node.has("csp"))) {
        grants.push(allow("the app", "", "code from anywhere", High).level(1, "no csp").at(security.span()));
    }
    grants
}

fn allow(kind: &'static str, name: &str, what: &str, severity: Severity) -> Grant {
    Grant::allow(RULE, Subject::new(kind, name), Reach::one(what), severity).level(1, "allowed")
}

fn weight(permission: &str) -> Severity {
    let has = |words: &[&str]| words.iter().any(|word| permission.contains(word));
    match () {
        () if has(&["shell:", "shell.", "process:", "fs:allow-write", "fs:write"]) => High,
        () if has(&["fs:", "fs.", "http:", "http.", "clipboard", "global-shortcut"]) => Medium,
        () => Low,
    }
}

/// The permissions of one capability, for its windows and the remote pages that it names.
fn permissions(capability: Node<'_>) -> Vec<Grant> {
    let name = capability.get("identifier").and_then(Node::text).unwrap_or_default();
    let mut grants = Vec::new();
    for item in capability.get("permissions").into_iter().flat_map(Node::items) {
        let Some(what) = item.text().or(item.get("identifier").and_then(Node::text)) else { continue };
        let scope: Vec<String> = item.get("allow").into_iter().flat_map(Node::items).map(|one| scoped(one)).collect();
        let grant = allow("capability", name, what, weight(what)).at(item.span());
        grants.push(if scope.is_empty() { grant } else { grant.on(Reach::of(scope)) });
        for denied in item.get("deny").into_iter().flat_map(Node::items) {
            let subject = Subject::new("capability", name);
            let what = Reach::one(format!("the denial of {what}"));
            grants.push(Grant::deny(RULE, subject, what, Medium).on(Reach::one(scoped(denied))).at(denied.span()));
        }
    }
    for (key, severity) in [("windows", Medium), ("webviews", Medium)] {
        for window in capability.get(key).into_iter().flat_map(Node::items) {
            let Some(text) = window.text() else { continue };
            grants.push(allow("capability", name, "use by a window", severity).on(Reach::one(text)).at(window.span()));
        }
    }
    for url in capability.path(&["remote", "urls"]).into_iter().flat_map(Node::items) {
        let Some(text) = url.text() else { continue };
        grants.push(allow("capability", name, "use by remote pages", High).on(Reach::one(text)).at(url.span()));
    }
    grants
}

/// A path or URL as a pattern; anything else as it stands.
fn scoped(node: Node<'_>) -> String {
    let text = node.text().or(node.get("path").and_then(Node::text)).or(node.get("url").and_then(Node::text));
    text.map_or_else(|| node.canonical().replace('*', "+"), |text| text.replace("**", "*"))
}

/// Switches by module; `all` of a module, or of the list, is every one of them.
fn allowlist(list: Node<'_>) -> Vec<Grant> {
    let mut grants = Vec::new();
    if let Some((key, value)) = list.entry("all").filter(|(_, value)| value.is_true()) {
        grants.push(allow("the app", "", "api *", High).at(key.span().start..value.span().end));
    }
    for (module, switches) in list.entries() {
        let module = module.text().unwrap_or_default();
        for (key, value) in switches.entries() {
            let name = key.text().unwrap_or_default();
            let span = key.span().start..value.span().end;
            if name == "scope" {
                let paths = value.texts().map(|path| path.replace("**", "*")).collect::<Vec<_>>();
                let grant = allow("the app", "", &format!("scope of {module}"), Medium).on(Reach::of(paths));
                grants.push(grant.at(span));
            } else if value.is_true() {
                let switch = if name == "all" { "*" } else { name };
                let what = format!("api {module}.{switch}");
                grants.push(allow("the app", "", &what, weight(&format!("{module}."))).at(span));
            }
        }
    }
    grants
}

fn capacitor(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.json();
    let Some(root) = document.root() else { return Vec::new() };
    let app = Subject::new("the app", "");
    let mut grants = Vec::new();
    for (path, setting) in &CAPACITOR_SETTINGS {
        let value = root.path(path).and_then(|node| Some((node.text()?, node.span())));
        grants.push(setting.grant(RULE, &app, value, root.span()));
    }
    for host in root.path(&["server", "allowNavigation"]).into_iter().flat_map(Node::items) {
        let Some(text) = host.text() else { continue };
        grants.push(allow("the app", "", "pages of other hosts", Medium).on(Reach::one(text)).at(host.span()));
    }
    grants
}
