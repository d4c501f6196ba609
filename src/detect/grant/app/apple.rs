//! Apple: entitlements, and what Info.plist opens.

use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Document, Node};
use crate::finding::Severity;

/// Entitlements of an app: each one that is there gives something, but for the sandbox, which takes.
///
/// Source: "Entitlements" in Apple's documentation.
pub(in crate::detect::grant) static ENTITLEMENTS: Surface = Surface {
    files: &["**/*.entitlements", "**/*ntitlements*.plist"],
    marks: &["<dict"],
    needs: None,
    grants: entitlements,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// Info.plist: transport security, privacy, what others may open.
///
/// Source: "Information Property List" in Apple's documentation.
pub(in crate::detect::grant) static INFO: Surface = Surface {
    files: &["**/*Info*.plist"],
    marks: &["NSAppTransportSecurity", "UsageDescription", "UIFileSharingEnabled", "CFBundle"],
    needs: None,
    grants: info,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE_ENTITLEMENT: &str = "apple-entitlement";
const RULE_INFO: &str = "apple-info";
const SANDBOX: &str = "com.apple.security.app-sandbox";
use Severity::{High, Low, Medium};

/// Entitlements that let other code in, or lead out of the sandbox.
const STRONG: [&str; 11] = [
    "get-task-allow",
    "cs.disable-library-validation",
    "cs.allow-unsigned-executable-memory",
    "cs.allow-dyld-environment-variables",
    "cs.disable-executable-page-protection",
    "cs.debugger",
    "temporary-exception",
    "files.all",
    "private.",
    "automation.apple-events",
    "keychain-access-groups",
];

const TRANSPORT: [Setting; 4] = [
    Setting::opens("NSAllowsArbitraryLoads", "connections in the clear to any host", High),
    Setting::opens("NSAllowsArbitraryLoadsInWebContent", "web content in the clear", Medium),
    Setting::opens("NSAllowsArbitraryLoadsForMedia", "media in the clear", Low),
    Setting::opens("NSAllowsLocalNetworking", "local connections in the clear", Low),
];

fn read(input: &Input<'_>) -> Document {
    let document = document::plist(input.text);
    document.gaps().iter().for_each(|gap| input.note(gap.at, gap.why.clone()));
    document
}

fn short(key: &str) -> &str {
    key.strip_prefix("com.apple.security.").or(key.strip_prefix("com.apple.developer.")).unwrap_or(key)
}

fn entitlements(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = read(input);
    let Some(root) = document.root() else { return Vec::new() };
    let app = Subject::new("the app", "");
    let mut grants = Vec::new();
    for (key, value) in root.entries() {
        let Some(name) = key.text().filter(|name| *name != SANDBOX) else { continue };
        let span = key.span().start..value.span().end;
        let severity = if STRONG.iter().any(|strong| name.contains(strong)) { High } else { Medium };
        let grant = |what: String, on| {
            Grant::allow(RULE_ENTITLEMENT, app.clone(), Reach::one(what), severity)
                .on(on)
                .level(1, "entitled")
                .at(span.clone())
        };
        match value.truth() {
            Some(true) => grants.push(grant(short(name).into(), Reach::all())),
            Some(false) => {}
            None if value.is_map() => grants.push(grant(short(name).into(), Reach::all())),
            None => grants.extend(value.texts().map(|item| grant(short(name).into(), Reach::one(item)))),
        }
    }
    let outside = Grant::allow(RULE_ENTITLEMENT, app, Reach::one("life outside the sandbox"), High);
    grants.push(match root.entry(SANDBOX).filter(|(_, value)| value.is_true()) {
        Some((key, value)) => outside.level(0, "app-sandbox").at(key.span().start..value.span().end),
        None => outside.level(1, "no app-sandbox").at(root.span()),
    });
    grants
}

fn info(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = read(input);
    let Some(root) = document.root() else { return Vec::new() };
    let app = Subject::new("the app", "");
    let mut grants = Vec::new();
    let transport = root.get("NSAppTransportSecurity");
    for setting in &TRANSPORT {
        let entry = transport.and_then(|node| node.entry(setting.key));
        let value = entry.and_then(|(key, value)| Some((value.text()?, key.span().start..value.span().end)));
        grants.push(setting.grant(RULE_INFO, &app, value, root.span()));
    }
    for (host, exception) in
        transport.and_then(|node| node.get("NSExceptionDomains")).map(Node::entries).unwrap_or_default()
    {
        let is_clear = ["NSExceptionAllowsInsecureHTTPLoads", "NSTemporaryExceptionAllowsInsecureHTTPLoads"]
            .iter()
            .any(|key| exception.get(key).is_some_and(Node::is_true));
        if let (true, Some(host)) = (is_clear, host.text()) {
            let grant = Grant::allow(RULE_INFO, app.clone(), Reach::one("connections in the clear"), Medium);
            grants.push(grant.on(Reach::one(host)).level(1, "exception").at(exception.span()));
        }
    }
    for (key, value) in root.entries() {
        let Some(name) = key.text() else { continue };
        let span = key.span().start..value.span().end;
        let what = name.strip_prefix("NS").and_then(|rest| rest.strip_suffix("UsageDescription"));
        if let Some(what) = what {
            let grant =
                Grant::allow(RULE_INFO, app.clone(), Reach::one(format!("the right to ask for {what}")), Medium);
            grants.push(grant.level(1, "asked for").at(span));
        } else if matches!(name, "UIFileSharingEnabled" | "LSSupportsOpeningDocumentsInPlace") && value.is_true() {
            let grant =
                Grant::allow(RULE_INFO, app.clone(), Reach::one("its files open to the user's computer"), Medium);
            grants.push(grant.level(1, name).at(span));
        } else if name == "UIBackgroundModes" {
            let mode =
                |mode| Grant::allow(RULE_INFO, app.clone(), Reach::one(format!("work in the background: {mode}")), Low);
            grants.extend(value.texts().map(|text| mode(text).level(1, "asked for").at(span.clone())));
        }
    }
    grants
}
