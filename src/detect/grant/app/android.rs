//! Android: permissions of an app, components that others may call, traffic in the clear.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Xml, XmlElement};
use crate::finding::Severity;

/// AndroidManifest.xml.
///
/// A component with an intent filter was exported by default up to Android 11, and must say so since. Source: "App manifest
/// file" and "Permissions on Android" in Android's documentation.
pub(in crate::detect::grant) static MANIFEST: Surface = Surface {
    files: &["**/AndroidManifest*.xml"],
    marks: &["<manifest"],
    needs: None,
    grants: manifest,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Network security configuration.
///
/// Source: "Network security configuration" in Android's documentation.
pub(in crate::detect::grant) static NETWORK: Surface = Surface {
    files: &["**/res/xml*/*.xml"],
    marks: &["<network-security-config"],
    needs: None,
    grants: network,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "android-permission";
const RULE_OPEN: &str = "android-exported";
const RULE_APP: &str = "android-app-flag";
use Severity::{High, Low, Medium};

/// A rank above any API level.
const EVERY_VERSION: u32 = 10_000;
/// Permissions that users are asked for, or that stand above those.
const DANGEROUS: [&str; 58] = [
    "ACCEPT_HANDOVER",
    "ACCESS_BACKGROUND_LOCATION",
    "ACCESS_COARSE_LOCATION",
    "ACCESS_FINE_LOCATION",
    "ACCESS_MEDIA_LOCATION",
    "ACTIVITY_RECOGNITION",
    "ADD_VOICEMAIL",
    "ANSWER_PHONE_CALLS",
    "BIND_ACCESSIBILITY_SERVICE",
    "BIND_DEVICE_ADMIN",
    "BIND_NOTIFICATION_LISTENER_SERVICE",
    "BIND_VPN_SERVICE",
    "BLUETOOTH_ADVERTISE",
    "BLUETOOTH_CONNECT",
    "BLUETOOTH_SCAN",
    "BODY_SENSORS",
    "BODY_SENSORS_BACKGROUND",
    "CALL_PHONE",
    "CAMERA",
    "CAPTURE_AUDIO_OUTPUT",
    "DELETE_PACKAGES",
    "DUMP",
    "GET_ACCOUNTS",
    "INSTALL_PACKAGES",
    "MANAGE_EXTERNAL_STORAGE",
    "NEARBY_WIFI_DEVICES",
    "PACKAGE_USAGE_STATS",
    "PROCESS_OUTGOING_CALLS",
    "QUERY_ALL_PACKAGES",
    "READ_CALENDAR",
    "READ_CALL_LOG",
    "READ_CONTACTS",
    "READ_EXTERNAL_STORAGE",
    "READ_LOGS",
    "READ_MEDIA_AUDIO",
    "READ_MEDIA_IMAGES",
    "READ_MEDIA_VIDEO",
    "READ_PHONE_NUMBERS",
    "READ_PHONE_STATE",
    "READ_SMS",
    "RECEIVE_MMS",
    "RECEIVE_SMS",
    "RECEIVE_WAP_PUSH",
    "RECORD_AUDIO",
    "REQUEST_INSTALL_PACKAGES",
    "SCHEDULE_EXACT_ALARM",
    "SEND_SMS",
    "SYSTEM_ALERT_WINDOW",
    "USE_SIP",
    "UWB_RANGING",
    "WRITE_CALENDAR",
    "WRITE_CALL_LOG",
    "WRITE_CONTACTS",
    "WRITE_EXTERNAL_STORAGE",
    "WRITE_SECURE_SETTINGS",
    "WRITE_SETTINGS",
    "MANAGE_MEDIA",
    "READ_MEDIA_VISUAL_USER_SELECTED",
];

fn manifest(input: &Input<'_>, _: World) -> Vec<Grant> {
    let xml = read(input);
    let app = Subject::new("the app", "");
    let mut grants = vec![Grant::allow(RULE, app.clone(), Reach::one("nothing"), Low).level(0, "none")];
    for (at, element) in xml.elements.iter().enumerate() {
        let name = element.get("android:name").unwrap_or_default();
        match element.name.as_str() {
            "uses-permission" | "uses-permission-sdk-23" if element.get("tools:node") != Some("remove") => {
                let short = name.strip_prefix("android.permission.").unwrap_or(name);
                let severity = if DANGEROUS.contains(&short) { High } else { Low };
                let grant = Grant::allow(RULE, app.clone(), Reach::one(short), severity).at(element.tag.clone());
                let last = element.get("android:maxSdkVersion").and_then(|version| version.parse::<u32>().ok());
                // The later the last version, the more devices.
                grants.push(match last {
                    Some(last) => {
                        grant.level(last.clamp(1, EVERY_VERSION - 1), format!("asked for up to API level {last}"))
                    }
                    None => grant.level(EVERY_VERSION, "asked for"),
                });
            }
            "application" => grants.extend(flags(element, &app)),
            "permission" => grants.push(defined(element, name)),
            "activity" | "activity-alias" | "service" | "receiver" | "provider" => {
                grants.push(component(&xml, at, element, name));
            }
            _ => {}
        }
    }
    grants
}

fn read(input: &Input<'_>) -> Xml {
    let xml = document::xml(input.text);
    if let Some(gap) = &xml.gap {
        input.note(gap.at, gap.why.clone());
    }
    xml
}

fn flags(element: &XmlElement, app: &Subject) -> Vec<Grant> {
    let flag = |name: &str, what: &str, severity, absent: u32| {
        let grant = Grant::allow(RULE_APP, app.clone(), Reach::one(what), severity);
        let attribute = format!("android:{name}");
        match element.get(&attribute) {
            Some(value) => {
                let span = element.place(&attribute).unwrap_or(element.tag.clone());
                grant.level(u32::from(value == "true"), format!("{name}={value}")).at(span)
            }
            None => grant.level(absent, format!("no {name}")).at(element.tag.clone()),
        }
    };
    let debug = flag("debuggable", "debugging by anyone who holds the device", High, 0).alone(Medium);
    vec![
        debug,
        flag("usesCleartextTraffic", "traffic in the clear", Medium, 0),
        flag("allowBackup", "backups of its data", Low, 1),
        flag("requestLegacyExternalStorage", "the shared storage as of old", Low, 0),
    ]
}

/// A permission of the app's own: who is given it.
fn defined(element: &XmlElement, name: &str) -> Grant {
    let value = element.get("android:protectionLevel").unwrap_or("normal");
    let rank = match value {
        value if value.contains("signature") => 0,
        value if value.contains("dangerous") => 1,
        _ => 2,
    };
    let grant = Grant::allow(RULE_OPEN, Subject::new("any other app", ""), Reach::one(name), High);
    grant.level(rank, format!("protectionLevel {value}")).at(element.tag.clone())
}

fn component(xml: &Xml, at: usize, element: &XmlElement, name: &str) -> Grant {
    let kind = match element.name.as_str() {
        "service" => "service",
        "receiver" => "receiver",
        "provider" => "provider",
        _ => "activity",
    };
    let has_filter = xml.children(at).any(|(_, child)| child.name == "intent-filter");
    let severity = if kind == "activity" { Medium } else { High };
    let grant = Grant::allow(RULE_OPEN, Subject::new(kind, name), Reach::one("calls from other apps"), severity);
    let place: Range<usize> = element.place("android:exported").unwrap_or(element.tag.clone());
    let grant = match element.get("android:exported") {
        Some("true") => grant.level(1, "exported").at(place),
        Some(_) => grant.level(0, "not exported").at(place),
        None if has_filter && kind != "provider" => grant.level(1, "exported by its intent filter").at(place),
        None => grant.level(0, "not exported").at(place),
    };
    match element.get("android:permission") {
        Some(permission) if !permission.is_empty() => grant.only_if("the caller holds", Reach::one(permission)),
        _ => grant,
    }
}

fn network(input: &Input<'_>, _: World) -> Vec<Grant> {
    let xml = read(input);
    let mut grants = Vec::new();
    for (at, element) in xml.elements.iter().enumerate() {
        let is_base = element.name == "base-config";
        if !is_base && element.name != "domain-config" {
            continue;
        }
        let domains: Vec<String> = xml
            .children(at)
            .filter(|(_, child)| child.name == "domain")
            .map(|(_, child)| child.text.trim().to_owned())
            .collect();
        let scope = if is_base { Reach::all() } else { Reach::of(domains) };
        let subject = Subject::new("the app", "");
        let clear = Grant::allow(RULE_APP, subject.clone(), Reach::one("traffic in the clear"), Medium);
        let value = element.get("cleartextTrafficPermitted").unwrap_or("false");
        let clear = clear.level(u32::from(value == "true"), format!("cleartextTrafficPermitted={value}"));
        grants.push(clear.on(scope.clone()).at(element.tag.clone()));
        for certificates in xml.elements.iter().filter(|inner| {
            inner.name == "certificates" && element.span.start < inner.span.start && inner.span.end <= element.span.end
        }) {
            let user = Grant::allow(RULE_APP, subject.clone(), Reach::one("trust in authorities that users add"), High);
            let is_user = certificates.get("src") == Some("user");
            let level = if is_user { "src=user" } else { "src=system" };
            grants.push(user.level(u32::from(is_user), level).on(scope.clone()).at(certificates.tag.clone()));
        }
    }
    grants
}
