//! Sandboxes of runtimes: flags of Deno, holes of Flatpak, plugs of snaps.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Tasks in deno.json: a program has no rights but those of its flags.
///
/// Source: "Security and permissions" in Deno's documentation.
pub(in crate::detect::grant) static DENO: Surface = Surface {
    files: &["**/deno.{json,jsonc}"],
    marks: &["deno "],
    needs: None,
    grants: deno,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// `finish-args` of a Flatpak manifest.
///
/// Source: "Sandbox Permissions" in Flatpak's documentation.
pub(in crate::detect::grant) static FLATPAK: Surface = Surface {
    files: &["**/*.*.*.{yml,yaml,json}", "**/flatpak/**/*.{yml,yaml,json}", "**/*flatpak*.{yml,yaml,json}"],
    marks: &["finish-args"],
    needs: None,
    grants: flatpak,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// snapcraft.yaml: confinement and plugs.
///
/// Source: "Snapcraft YAML reference" in Snapcraft's documentation.
pub(in crate::detect::grant) static SNAP: Surface = Surface {
    files: &["**/snapcraft.{yaml,yml}", "**/snap.{yaml,yml}"],
    marks: &["confinement", "plugs"],
    needs: None,
    grants: snap,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "runtime-sandbox";
use Severity::{High, Low, Medium};

const DENO_RIGHTS: [(&str, char, Severity); 8] = [
    ("run", ' ', High),
    ("ffi", ' ', High),
    ("write", 'W', Medium),
    ("read", 'R', Medium),
    ("net", 'N', Medium),
    ("env", 'E', Medium),
    ("sys", 'S', Low),
    ("import", 'I', Low),
];

fn deno(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.json();
    let Some(root) = document.root() else { return Vec::new() };
    let mut grants = Vec::new();
    for (key, value) in root.get("tasks").map(Node::entries).unwrap_or_default() {
        let command = value.text().or(value.get("command").and_then(Node::text)).unwrap_or_default();
        let subject = Subject::new("task", key.text().unwrap_or_default());
        let span = key.span().start..value.span().end;
        if command.contains("deno ") {
            let nothing = Grant::allow(RULE, subject.clone(), Reach::one("nothing"), Low).level(0, "none");
            grants.push(nothing.at(span.clone()));
        }
        for word in command.split_whitespace() {
            grants.extend(flag(word, &subject, &span));
        }
    }
    grants
}

fn flag(word: &str, subject: &Subject, span: &Range<usize>) -> Vec<Grant> {
    let grant = |right: &str, on: Reach, severity| {
        Grant::allow(RULE, subject.clone(), Reach::one(right), severity).on(on).level(1, "allowed").at(span.clone())
    };
    if word == "-A" || word == "--allow-all" {
        return vec![grant("*", Reach::all(), High)];
    }
    let (name, values) = word.split_once('=').map_or((word, None), |(name, values)| (name, Some(values)));
    let scope = values.map_or_else(Reach::all, |list| Reach::of(list.split(',')));
    for (right, letter, severity) in DENO_RIGHTS {
        let is_short = name.starts_with('-') && !name.starts_with("--") && name.len() == 2 && name.ends_with(letter);
        if name == format!("--allow-{right}") || is_short {
            return vec![grant(right, scope, severity)];
        }
        if name == format!("--deny-{right}") {
            let what = Reach::one(format!("the denial of {right}"));
            return vec![
                Grant::deny(RULE, subject.clone(), what, Medium).on(scope).level(1, "denied").at(span.clone()),
            ];
        }
    }
    Vec::new()
}

fn flatpak(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.data();
    let mut grants = Vec::new();
    for item in document.root().and_then(|root| root.get("finish-args")).into_iter().flat_map(Node::items) {
        let Some((name, value)) = item.text().and_then(|text| text.strip_prefix("--")?.split_once('=')) else {
            continue;
        };
        let app = Subject::new("the app", "");
        let (what, level, severity) = match (name, value) {
            ("filesystem", path) => {
                let (path, rank, mode) = match path.rsplit_once(':') {
                    Some((path, "ro")) => (path, 1, "read"),
                    Some((path, _)) => (path, 2, "read and write"),
                    None => (path, 2, "read and write"),
                };
                let is_wide = matches!(path, "host" | "home" | "/" | "host-os" | "host-etc" | "~");
                let scope = if path == "host" || path == "/" { Reach::all() } else { Reach::one(path) };
                let grant = Grant::allow(RULE, app, Reach::one("files"), if is_wide { High } else { Medium });
                grants.push(grant.on(scope).level(rank, mode).at(item.span()));
                continue;
            }
            ("socket", "session-bus" | "system-bus") | ("device", "all") | ("talk-name", "org.freedesktop.Flatpak") => {
                (format!("{name} {value}"), 1, High)
            }
            ("socket", "wayland" | "fallback-x11" | "pulseaudio") | ("device", "dri") | ("share", "ipc") => {
                (format!("{name} {value}"), 1, Low)
            }
            ("talk-name" | "system-talk-name", _) => (format!("{name} {value}"), 1, Medium),
            ("own-name" | "system-own-name", _) => (format!("{name} {value}"), 1, Medium),
            ("socket" | "device" | "share" | "allow" | "add-policy", _) => (format!("{name} {value}"), 1, Medium),
            _ => continue,
        };
        grants.push(Grant::allow(RULE, app, Reach::one(what), severity).level(level, "allowed").at(item.span()));
    }
    grants
}

/// Interfaces that lead out of a snap's confinement.
const STRONG_PLUGS: [&str; 12] = [
    "docker",
    "docker-support",
    "system-files",
    "personal-files",
    "snapd-control",
    "system-observe",
    "block-devices",
    "raw-usb",
    "kernel-module-control",
    "lxd",
    "process-control",
    "mount-control",
];

fn snap(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.yaml();
    let Some(root) = document.root() else { return Vec::new() };
    let mut grants = Vec::new();
    let outside = Grant::allow(RULE, Subject::new("the snap", ""), Reach::one("life outside its confinement"), High);
    grants.push(
        match root
            .entry("confinement")
            .and_then(|(key, value)| Some((value.text()?, key.span().start..value.span().end)))
        {
            Some((word, span)) => {
                let rank = match word {
                    "classic" => 2,
                    "devmode" => 1,
                    _ => 0,
                };
                outside.level(rank, word).at(span)
            }
            None => outside.level(0, "strict by default").at(root.span()),
        },
    );
    for (name, app) in root.get("apps").map(Node::entries).unwrap_or_default() {
        let subject = Subject::new("app", name.text().unwrap_or_default());
        grants.push(Grant::allow(RULE, subject.clone(), Reach::one("nothing"), Low).level(0, "none").at(name.span()));
        for plug in app.get("plugs").into_iter().flat_map(Node::items) {
            let Some(what) = plug.text() else { continue };
            let severity = if STRONG_PLUGS.contains(&what) { High } else { Low };
            let grant = Grant::allow(RULE, subject.clone(), Reach::one(format!("plug {what}")), severity);
            grants.push(grant.level(1, "asked for").at(plug.span()));
        }
    }
    grants
}
