//! Mandatory access control: AppArmor profiles, SELinux, seccomp filters.

use std::ops::Range;

use crate::detect::grant::logic::Parts;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// AppArmor: what no rule of a profile allows is denied, unless the profile only complains.
///
/// Source: apparmor.d(5).
pub(in crate::detect::grant) static APPARMOR: Surface = Surface {
    files: &["**/apparmor.d/**", "**/apparmor/**", "**/*.apparmor"],
    marks: &["profile", "#include", "abi <", "flags=", "/**", "capability"],
    needs: None,
    grants: apparmor,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

/// SELinux: the mode of the machine, and the rules of a policy module.
///
/// Source: selinux(8), selinux_config(5), "The SELinux Notebook".
pub(in crate::detect::grant) static SELINUX: Surface = Surface {
    files: &["**/selinux/config", "**/sysconfig/selinux", "**/*.te"],
    marks: &["selinux=", "allow ", "permissive "],
    needs: None,
    grants: selinux,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// seccomp filters as container engines read them.
///
/// Source: "Seccomp" in the OCI runtime specification.
pub(in crate::detect::grant) static SECCOMP: Surface = Surface {
    files: &["**/*seccomp*.json", "**/seccomp/**/*.json"],
    marks: &["defaultAction"],
    needs: None,
    grants: seccomp,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE_APPARMOR: &str = "apparmor-profile";
const RULE_SELINUX: &str = "selinux-policy";
const RULE_SECCOMP: &str = "seccomp-filter";
use Severity::{Critical, High, Low, Medium};

/// System calls that reach out of a sandbox.
const STRONG_CALLS: [&str; 24] = [
    "add_key",
    "bpf",
    "clone3",
    "delete_module",
    "finit_module",
    "init_module",
    "iopl",
    "kexec_file_load",
    "kexec_load",
    "keyctl",
    "mount",
    "move_mount",
    "open_by_handle_at",
    "perf_event_open",
    "pivot_root",
    "process_vm_readv",
    "process_vm_writev",
    "ptrace",
    "reboot",
    "request_key",
    "setns",
    "umount2",
    "unshare",
    "userfaultfd",
];

fn apparmor(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut grants = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let (mut at, mut pending) = (0, String::new());
    let mut start = 0;
    for line in input.text.split_inclusive('\n') {
        if pending.trim().is_empty() {
            start = at + (line.len() - line.trim_start().len());
        }
        at += line.len();
        let content = line.split(" #").next().unwrap_or_default().trim();
        if content.starts_with('#') || content.starts_with("include") || content.starts_with("abi") {
            continue;
        }
        pending = format!("{pending} {content}");
        let span = start..at.saturating_sub(1).max(start);
        if content.ends_with('{') {
            let head = std::mem::take(&mut pending);
            names.push(profile(head.trim().trim_end_matches('{'), span, &mut grants));
        } else if content.starts_with('}') {
            names.pop();
            pending.clear();
        } else if content.ends_with(',') {
            let rule = std::mem::take(&mut pending);
            if let Some(name) = names.last() {
                grants.extend(rules(name, rule.trim().trim_end_matches(','), &span));
            }
        }
    }
    grants
}

/// The name of a profile; its mode becomes a grant.
fn profile(head: &str, span: Range<usize>, grants: &mut Vec<Grant>) -> String {
    let words: Vec<&str> = head.split_whitespace().collect();
    let name = words.iter().find(|word| !matches!(**word, "profile" | "hat") && !word.contains("flags")).copied();
    let name = name.unwrap_or_default().trim_matches('"').to_owned();
    let (rank, mode) = match head {
        head if head.contains("unconfined)") || head.contains("unconfined,") => (2, "unconfined"),
        head if head.contains("complain") => (1, "complain"),
        _ => (0, "enforce"),
    };
    let what = Reach::one("everything that no rule allows");
    let grant = Grant::allow(RULE_APPARMOR, Subject::new("profile", &*name), what, High);
    grants.push(grant.level(rank, mode).at(span));
    name
}

fn rules(name: &str, rule: &str, span: &Range<usize>) -> Vec<Grant> {
    let mut words: Vec<&str> = rule.split_whitespace().collect();
    let is_denied = words.contains(&"deny");
    words.retain(|word| !matches!(*word, "audit" | "deny" | "allow" | "quiet"));
    let is_owner = words.first() == Some(&"owner");
    words.retain(|word| *word != "owner" && *word != "file");
    let subject = Subject::new("profile", name);
    let make = |what: String, on: Reach, severity| {
        let grant = Grant::allow(RULE_APPARMOR, subject.clone(), Reach::one(&what), severity).level(1, "allowed");
        let grant =
            if is_owner { grant.only_if("the file's owner is", Reach::one("the process's user")) } else { grant };
        let deny = Grant::deny(RULE_APPARMOR, subject.clone(), Reach::one(what), Medium).level(1, "denied");
        if is_denied { deny.on(on).at(span.clone()) } else { grant.on(on).at(span.clone()) }
    };
    match words.as_slice() {
        ["capability", names @ ..] => {
            let names: Vec<&str> = if names.is_empty() { vec!["*"] } else { names.to_vec() };
            let strong = |name: &str| {
                matches!(name, "*" | "sys_admin" | "sys_ptrace" | "sys_module" | "dac_override" | "sys_rawio")
            };
            let one = |name: &&str| {
                make(format!("capability {name}"), Reach::all(), if strong(name) { High } else { Medium })
            };
            names.iter().map(one).collect()
        }
        [path, access] | [access, path] if path.starts_with(['/', '@', '"']) && !access.starts_with('/') => {
            paths(path, access).into_iter().map(|(what, on, severity)| make(what, on, severity)).collect()
        }
        [path, access, "->", ..] if path.starts_with(['/', '@']) => {
            paths(path, access).into_iter().map(|(what, on, severity)| make(what, on, severity)).collect()
        }
        [
            kind @ ("network" | "mount" | "umount" | "ptrace" | "signal" | "dbus" | "unix" | "userns" | "pivot_root"
            | "change_profile"),
            rest @ ..,
        ] => {
            let what = if rest.is_empty() { format!("{kind} *") } else { format!("{kind} {}", rest.join(" ")) };
            vec![make(what, Reach::all(), Medium)]
        }
        _ => Vec::new(),
    }
}

/// Each letter of a path rule by itself. A star that stops at slashes is taken for one that does not.
fn paths(path: &str, access: &str) -> Vec<(String, Reach, Severity)> {
    let path = path.trim_matches('"').replace("**", "*");
    let is_exec = access.contains('x');
    let letters = access.chars().filter(|c| "rwamkl".contains(*c)).map(|letter| match letter {
        'w' => ("write", Medium),
        'a' => ("append", Low),
        'm' => ("map", Low),
        'k' => ("lock", Low),
        'l' => ("link", Low),
        _ => ("read", Low),
    });
    let mut out: Vec<(String, Reach, Severity)> =
        letters.map(|(what, severity)| (what.to_owned(), Reach::one(&path), severity)).collect();
    if is_exec {
        let is_free = access.to_ascii_lowercase().contains("ux");
        let what = if is_free { "unconfined execution" } else { "execution" };
        out.push((what.to_owned(), Reach::one(&path), if is_free { High } else { Medium }));
    }
    out
}

fn selinux(input: &Input<'_>, _: World) -> Vec<Grant> {
    if !input.path.ends_with(".te") {
        let entries = document::ini(input.text);
        let mode = entries.iter().rev().find(|entry| entry.key == "SELINUX");
        return mode
            .into_iter()
            .map(|entry| {
                let rank = match entry.bare() {
                    "permissive" => 1,
                    "disabled" => 2,
                    _ => 0,
                };
                let grant = Grant::allow(
                    RULE_SELINUX,
                    Subject::new("SELinux", ""),
                    Reach::one("what no policy allows"),
                    Critical,
                );
                let grant = grant.level(rank, entry.bare()).at(entry.span.clone());
                if rank > 0 { grant.alone(Medium) } else { grant }
            })
            .collect();
    }
    let (mut grants, mut at) = (Vec::new(), 0);
    for statement in input.text.split_inclusive([';', '\n']) {
        let start = at + (statement.len() - statement.trim_start().len());
        at += statement.len();
        let span = start..at.max(start);
        let content = statement.split('#').next().unwrap_or_default().trim().trim_end_matches(';');
        let words: Vec<&str> =
            content.split(|c: char| c.is_whitespace() || c == ':').filter(|w| !w.is_empty()).collect();
        match words.as_slice() {
            ["permissive", domain, ..] => {
                let subject = Subject::new("domain", *domain);
                let grant = Grant::allow(RULE_SELINUX, subject, Reach::one("what no policy allows"), High);
                grants.push(grant.level(1, "permissive").at(span));
            }
            ["allow", domain, target, class, rest @ ..] => {
                let subject = Subject::new("domain", *domain);
                let rights = rest.iter().map(|word| word.trim_matches(['{', '}'])).filter(|word| !word.is_empty());
                let grant = Grant::allow(RULE_SELINUX, subject, Reach::of(rights), Medium);
                grants.push(grant.on(Reach::one(format!("{target}:{class}"))).level(1, "allowed").at(span));
            }
            _ => {}
        }
    }
    grants
}

fn seccomp(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.json();
    let Some(root) = document.root() else { return Vec::new() };
    let allows = |node: Option<Node<'_>>| {
        matches!(node.and_then(Node::text), Some("SCMP_ACT_ALLOW" | "SCMP_ACT_LOG" | "SCMP_ACT_TRACE"))
    };
    let is_open = allows(root.get("defaultAction"));
    let subject = Subject::new("the filter", "");
    let calls: Vec<Node<'_>> = root.get("syscalls").into_iter().flat_map(Node::items).collect();
    let names = |rule: &Node<'_>| -> Vec<String> {
        rule.get("names").or(rule.get("name")).into_iter().flat_map(Node::texts).map(str::to_owned).collect()
    };
    let home = root.entry("defaultAction").map_or(0..0, |(key, value)| key.span().start..value.span().end);
    let mut grants = Vec::new();
    if is_open {
        let denied = calls.iter().filter(|rule| !allows(rule.get("action")) && !rule.has("args"));
        let scope = Reach::AllBut(denied.flat_map(&names).collect());
        let grant = Grant::allow(RULE_SECCOMP, subject.clone(), Reach::one("system calls"), High);
        grants.push(grant.on(scope).level(1, "allowed").at(home.clone()));
    }
    grants
        .push(Grant::allow(RULE_SECCOMP, subject.clone(), Reach::one("system calls"), Low).level(0, "denied").at(home));
    for rule in calls.iter().filter(|rule| allows(rule.get("action"))) {
        for name in names(rule) {
            let severity = if STRONG_CALLS.contains(&name.as_str()) { High } else { Medium };
            let grant = Grant::allow(RULE_SECCOMP, subject.clone(), Reach::one("system calls"), severity);
            let mut grant = grant.on(Reach::one(name)).level(1, "allowed").at(rule.span());
            for (test, values) in tests(*rule) {
                grant = grant.only_if(test, values);
            }
            grants.push(grant);
        }
    }
    grants
}

fn tests(rule: Node<'_>) -> Vec<(&'static str, Reach)> {
    let mut out = Vec::new();
    if let Some(caps) = rule.path(&["includes", "caps"]).filter(|caps| caps.items().next().is_some()) {
        out.push(("a capability is", Reach::of(caps.texts())));
    }
    let arguments: Parts =
        rule.get("args").into_iter().flat_map(Node::items).map(|one| vec![one.canonical()]).collect();
    if !arguments.is_empty() {
        out.push(("the arguments pass", Reach::Passing(arguments)));
    }
    out
}
