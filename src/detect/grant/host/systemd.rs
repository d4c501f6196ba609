//! systemd units: as whom a service runs, and what it is kept from.

use std::ops::Range;

use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, IniEntry};
use crate::finding::Severity;

/// Units and drop-ins.
///
/// Nearly every directive that hardens is off where it is absent, and a service without a user is root's; `DynamicUser`
/// implies some. Source: systemd.exec(5), systemd.service(5), systemd.socket(5).
pub(in crate::detect::grant) static UNITS: Surface = Surface {
    files: &[
        "**/*.{service,socket,mount,swap}",
        "**/*.{service,socket}.{j2,in,tmpl,tpl,erb,template}",
        "**/*.{service,socket,mount,swap}.d/*.conf",
    ],
    marks: &["[service]", "[socket]", "[mount]", "[swap]"],
    needs: None,
    grants: units,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "systemd-unit";
use Severity::{High, Low, Medium};

const fn hardens(key: &'static str, gives: &'static str, severity: Severity) -> Setting {
    Setting::closes(key, gives, severity).absent(1, "off by default")
}

const SETTINGS: [Setting; 22] = [
    hardens("NoNewPrivileges", "new privileges through setuid programs", Medium),
    hardens("PrivateTmp", "the common /tmp", Low)
        .ranks(&[("yes", 0), ("true", 0), ("on", 0), ("1", 0), ("disconnected", 0)], 1),
    hardens("PrivateDevices", "the machine's devices", Medium),
    hardens("PrivateNetwork", "the network", Medium),
    hardens("PrivateUsers", "the machine's users", Medium).ranks(&[("no", 1), ("false", 1), ("off", 1), ("0", 1)], 0),
    hardens("ProtectKernelTunables", "kernel variables", Medium),
    hardens("ProtectKernelModules", "the loading of kernel modules", Medium),
    hardens("ProtectKernelLogs", "the kernel's log", Low),
    hardens("ProtectControlGroups", "control groups", Medium)
        .ranks(&[("no", 1), ("false", 1), ("off", 1), ("0", 1)], 0),
    hardens("ProtectClock", "the clock", Low),
    hardens("ProtectHostname", "the host's name", Low).ranks(&[("no", 1), ("false", 1), ("off", 1), ("0", 1)], 0),
    hardens("RestrictSUIDSGID", "the making of setuid files", Medium),
    hardens("RestrictRealtime", "real-time scheduling", Low),
    hardens("LockPersonality", "other execution domains", Low),
    hardens("MemoryDenyWriteExecute", "memory that is writable and executable", Medium),
    hardens("RestrictNamespaces", "new namespaces", Medium).ranks(&[("no", 1), ("false", 1), ("off", 1), ("0", 1)], 0),
    hardens("ProtectSystem", "writes to the system's files", Medium)
        .absent(3, "off by default")
        .ranks(&[("strict", 0), ("full", 1), ("yes", 2), ("true", 2), ("on", 2), ("1", 2)], 3),
    hardens("ProtectHome", "the users' homes", Medium)
        .absent(2, "off by default")
        .ranks(&[("yes", 0), ("true", 0), ("on", 0), ("1", 0), ("tmpfs", 0), ("read-only", 1)], 2),
    hardens("ProtectProc", "other users' processes", Low)
        .absent(2, "default")
        .ranks(&[("invisible", 0), ("ptraceable", 0), ("noaccess", 1)], 2),
    hardens("IPAddressDeny", "traffic with any address", Medium).ranks(&[("any", 0)], 1),
    hardens("DevicePolicy", "devices that are not listed", Medium)
        .absent(2, "auto by default")
        .ranks(&[("strict", 0), ("closed", 1)], 2),
    Setting::opens("Delegate", "control over its own control group", Low)
        .ranks(&[("no", 0), ("false", 0), ("off", 0), ("0", 0)], 1),
];

/// Lists, what absence of one means, and how bad it is to gain an item.
const LISTS: [(&str, &str, bool, Severity); 7] = [
    ("capabilityboundingset", "capabilities", true, Medium),
    ("ambientcapabilities", "capabilities that its programs start with", false, High),
    ("systemcallfilter", "system calls", true, Medium),
    ("restrictaddressfamilies", "address families", true, Medium),
    ("readwritepaths", "writes to paths", false, Medium),
    ("bindpaths", "writes to what is bound in from outside", false, Medium),
    ("supplementarygroups", "membership of groups", false, Medium),
];

/// What `DynamicUser` implies.
const IMPLIED: [&str; 5] = ["NoNewPrivileges", "PrivateTmp", "RestrictSUIDSGID", "ProtectSystem", "ProtectHome"];

fn units(input: &Input<'_>, _: World) -> Vec<Grant> {
    let entries: Vec<IniEntry<'_>> = document::ini(input.text)
        .into_iter()
        .filter(|entry| matches!(entry.section, "Service" | "Socket" | "Mount" | "Swap"))
        .collect();
    let Some(first) = entries.first() else { return Vec::new() };
    let home = first.span.start..first.span.start + 1;
    let unit = Unit { subject: Subject::new("unit", name(input.path)), entries: &entries, home };
    let is_user = input.path.contains("/user/") || input.path.contains(".config/systemd");
    let mut grants = Vec::new();
    match first.section {
        "Socket" => grants.extend(unit.socket()),
        "Service" if !is_user => grants.push(unit.user()),
        _ => {}
    }
    if first.section == "Service" {
        grants.extend(unit.commands());
        grants.extend(SETTINGS.iter().map(|setting| unit.setting(setting)));
        grants.extend(LISTS.iter().filter_map(|list| unit.list(list)));
    }
    grants
}

/// The name of the unit: of a drop-in that of its folder.
fn name(path: &str) -> &str {
    let mut parts = path.rsplit('/');
    let file = parts.next().unwrap_or_default();
    parts.next().and_then(|folder| folder.strip_suffix(".d")).unwrap_or(file)
}

struct Unit<'e> {
    subject: Subject,
    entries: &'e [IniEntry<'e>],
    home: Range<usize>,
}

impl Unit<'_> {
    fn last(&self, key: &str) -> Option<(&str, Range<usize>)> {
        let is_key = |entry: &&IniEntry<'_>| entry.key.eq_ignore_ascii_case(key);
        let last = self.entries.iter().rev().find(is_key)?;
        Some((last.bare(), last.span.clone()))
    }

    fn is_dynamic(&self) -> bool {
        self.last("dynamicuser").is_some_and(|(value, _)| matches!(value, "yes" | "true" | "on" | "1"))
    }

    fn user(&self) -> Grant {
        let grant = Grant::allow(RULE, self.subject.clone(), Reach::one("root's rights"), High);
        if self.is_dynamic() {
            return grant.level(0, "DynamicUser").at(self.home.clone());
        }
        match self.last("user") {
            None | Some(("", _)) => grant.level(1, "no User=, so root").at(self.home.clone()),
            Some((user @ ("root" | "0"), span)) => grant.level(1, format!("User={user}")).at(span),
            Some((user, span)) => grant.level(0, format!("User={user}")).at(span),
        }
    }

    fn setting(&self, setting: &Setting) -> Grant {
        let value = self.last(setting.key).filter(|(value, _)| !value.is_empty());
        let is_implied = value.is_none() && IMPLIED.contains(&setting.key) && self.is_dynamic();
        let grant = setting.grant(RULE, &self.subject, value, self.home.clone());
        // The strongest of two is what DynamicUser asks for.
        if is_implied { grant.level(u32::from(setting.key == "ProtectHome"), "implied by DynamicUser") } else { grant }
    }

    /// Lines of one list add up; an empty one starts anew; `~` lists what is not allowed.
    fn list(&self, &(key, gives, is_all, severity): &(&'static str, &'static str, bool, Severity)) -> Option<Grant> {
        let lines: Vec<&IniEntry<'_>> =
            self.entries.iter().filter(|entry| entry.key.eq_ignore_ascii_case(key)).collect();
        let grant = Grant::allow(RULE, self.subject.clone(), Reach::one(gives), severity);
        let Some(last) = lines.last() else {
            return is_all.then(|| grant.level(1, "all by default").at(self.home.clone()));
        };
        let from = lines.iter().rposition(|line| line.bare().is_empty()).map_or(0, |at| at + 1);
        let mut items: Vec<String> = Vec::new();
        let mut is_but = false;
        for line in lines.iter().skip(from) {
            let (denies, words) = line.bare().strip_prefix('~').map_or((false, line.bare()), |rest| (true, rest));
            let words = words.split_whitespace().map(|word| word.trim_start_matches(['-', '+']).to_owned());
            match (items.is_empty(), denies == is_but) {
                (true, _) => (is_but, items) = (denies, words.collect()),
                (false, true) => items.extend(words),
                // A line of the other kind takes away.
                (false, false) => items.retain(|item| !line.bare().contains(item.as_str())),
            }
        }
        let scope = if is_but { Reach::AllBut(items) } else { Reach::Only(items) };
        Some(grant.on(scope).level(1, format!("{}=", last.key)).at(last.span.clone()))
    }

    /// Commands that no restriction binds.
    fn commands(&self) -> Vec<Grant> {
        let mut grants = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.key.to_ascii_lowercase().starts_with("exec")) {
            let command = entry.value.trim_start();
            let prefix: &str = &command[..command.find(|c| !"@-:+!|".contains(c)).unwrap_or(command.len())];
            if prefix.contains(['+', '!']) {
                let what = format!("full rights for {}=", entry.key);
                let grant = Grant::allow(RULE, self.subject.clone(), Reach::one(what), High);
                grants.push(grant.level(1, format!("prefix {prefix}")).at(entry.span.clone()));
            }
        }
        grants
    }

    fn socket(&self) -> Option<Grant> {
        let grant = Grant::allow(RULE, self.subject.clone(), Reach::one("connections from any user"), Medium);
        // Only sockets in the file system have a mode.
        let is_file =
            |entry: &IniEntry<'_>| entry.key.to_ascii_lowercase().starts_with("listen") && entry.value.starts_with('/');
        self.entries.iter().any(is_file).then(|| match self.last("socketmode") {
            None => grant.level(1, "SocketMode=0666 by default").at(self.home.clone()),
            Some((mode, span)) => {
                let is_open = u32::from_str_radix(mode, 8).is_ok_and(|bits| bits & 0o002 != 0);
                grant.level(u32::from(is_open), format!("SocketMode={mode}")).at(span)
            }
        })
    }
}
