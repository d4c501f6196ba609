//! SSH: who may log in and how, which hosts are believed, whose keys open the door.

use std::ops::Range;

use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, IniEntry};
use crate::finding::Severity;

/// sshd_config: of equal keys the first counts; a `Match` block overrides for those it fits.
///
/// Source: sshd_config(5).
pub(in crate::detect::grant) static SERVER: Surface = Surface {
    files: &["**/sshd_config", "**/sshd_config.d/*", "**/sshd_config.*", "**/*sshd*.conf"],
    marks: &[],
    needs: None,
    grants: server,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// ssh_config and `~/.ssh/config`.
///
/// Source: ssh_config(5).
pub(in crate::detect::grant) static CLIENT: Surface = Surface {
    files: &["**/ssh_config", "**/ssh_config.d/*", "**/{.ssh,ssh,dot_ssh}/config"],
    marks: &["host", "stricthostkeychecking", "userknownhostsfile"],
    needs: None,
    grants: client,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// authorized_keys.
///
/// Source: "AUTHORIZED_KEYS FILE FORMAT" in sshd(8).
pub(in crate::detect::grant) static KEYS: Surface = Surface {
    files: &["**/authorized_keys", "**/authorized_keys.d/*", "**/authorized_keys2", "**/*.authorized_keys"],
    marks: &["ssh-", "ecdsa-", "sk-"],
    needs: None,
    grants: keys,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE_SERVER: &str = "sshd-setting";
const RULE_CLIENT: &str = "ssh-host-check";
const RULE_KEY: &str = "ssh-authorized-key";
use Severity::{Critical, High, Low, Medium};

const SERVER_SETTINGS: [Setting; 15] = [
    Setting::opens("PermitRootLogin", "logins as root", High)
        .ranks(
            &[("no", 0), ("forced-commands-only", 1), ("prohibit-password", 2), ("without-password", 2), ("yes", 3)],
            2,
        )
        .absent(2, "prohibit-password by default")
        .alone(3, Low),
    Setting::opens("PasswordAuthentication", "logins with a password", Medium).absent(1, "yes by default"),
    Setting::opens("PermitEmptyPasswords", "logins with an empty password", Critical).alone(1, High),
    Setting::opens("KbdInteractiveAuthentication", "logins by question and answer", Low).absent(1, "yes by default"),
    Setting::opens("HostbasedAuthentication", "logins because of the host", High),
    Setting::closes("IgnoreRhosts", "trust in users' .rhosts", High),
    Setting::closes("StrictModes", "keys that others may write", High),
    Setting::opens("PermitUserEnvironment", "environments that users choose", High).ranks(&[("no", 0), ("yes", 2)], 1),
    Setting::opens("PermitTunnel", "tunnels through the machine", Medium).ranks(&[("no", 0)], 1),
    Setting::opens("GatewayPorts", "forwarded ports for other machines", Medium)
        .ranks(&[("no", 0), ("clientspecified", 1)], 2),
    Setting::opens("AllowTcpForwarding", "forwarding of connections", Low)
        .ranks(&[("no", 0), ("local", 1), ("remote", 1)], 2)
        .absent(2, "yes by default"),
    Setting::opens("AllowAgentForwarding", "forwarding of agents", Low).absent(1, "yes by default"),
    Setting::opens("X11Forwarding", "forwarding of X11", Low),
    Setting::opens("AuthenticationMethods", "logins by any one method", High)
        .ranks(&[("any", 1)], 0)
        .absent(1, "any by default"),
    Setting::opens("ForceCommand", "any command", High).ranks(&[("none", 1), ("", 1)], 0).absent(1, "none by default"),
];

const CLIENT_SETTINGS: [Setting; 3] = [
    Setting::opens("StrictHostKeyChecking", "connections to hosts nobody knows", Medium)
        .ranks(&[("yes", 0), ("ask", 1), ("accept-new", 2), ("no", 3), ("off", 3)], 1)
        .absent(1, "ask by default"),
    Setting::opens("UserKnownHostsFile", "connections to hosts that changed their key", Medium)
        .ranks(&[("/dev/null", 1), ("none", 1)], 0),
    Setting::opens("ForwardAgent", "use of the agent by the host", Medium),
];

/// The entries of one block, with what is said of everyone.
struct Block<'e> {
    name: String,
    entries: Vec<&'e IniEntry<'e>>,
    home: Range<usize>,
}

/// Cut at the lines that begin a block.
fn blocks<'e>(entries: &'e [IniEntry<'e>], words: &[&str]) -> Vec<Block<'e>> {
    let mut out = vec![Block { name: String::new(), entries: Vec::new(), home: 0..0 }];
    for entry in entries {
        if words.iter().any(|word| entry.key.eq_ignore_ascii_case(word)) {
            let name = entry.bare().split_whitespace().collect::<Vec<_>>().join(" ");
            out.push(Block { name, entries: Vec::new(), home: entry.span.clone() });
        } else if let Some(last) = out.last_mut() {
            last.entries.push(entry);
        }
    }
    out
}

impl Block<'_> {
    fn first(&self, key: &str) -> Option<(&str, Range<usize>)> {
        let found = self.entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key))?;
        Some((found.bare().split(" #").next().unwrap_or_default().trim(), found.span.clone()))
    }
}

fn server(input: &Input<'_>, _: World) -> Vec<Grant> {
    let entries = document::ini(input.text);
    let blocks = blocks(&entries, &["match"]);
    let Some(common) = blocks.first() else { return Vec::new() };
    let mut grants = Vec::new();
    for block in blocks.iter().filter(|block| !block.entries.is_empty() || !block.name.is_empty()) {
        let is_common = block.name.is_empty();
        let subject = Subject::new("sshd", if is_common { String::new() } else { format!("for {}", block.name) });
        for setting in &SERVER_SETTINGS {
            let value = block.first(setting.key).or_else(|| common.first(setting.key));
            grants.push(setting.grant(RULE_SERVER, &subject, value, block.home.clone()));
        }
        grants.extend(people(block, common, &subject));
    }
    grants
}

/// Lists of who may log in, and who may not.
fn people(block: &Block<'_>, common: &Block<'_>, subject: &Subject) -> Vec<Grant> {
    let names = |key: &str| -> Vec<(String, Range<usize>)> {
        let block = if block.first(key).is_some() { block } else { common };
        let lines = block.entries.iter().filter(|entry| entry.key.eq_ignore_ascii_case(key));
        lines.flat_map(|line| line.value.split_whitespace().map(|name| (name.to_owned(), line.span.clone()))).collect()
    };
    let mut grants = Vec::new();
    for (key, kind) in [("allowusers", "users"), ("allowgroups", "groups")] {
        let (listed, what) = (names(key), format!("logins of {kind}"));
        let grant = Grant::allow(RULE_SERVER, subject.clone(), Reach::one(what), High);
        grants.push(match listed.first() {
            None => grant.level(1, "allowed").at(block.home.clone()),
            Some((_, span)) => {
                let span = span.clone();
                grant.on(Reach::of(listed.into_iter().map(|(name, _)| name))).level(1, "allowed").at(span)
            }
        });
    }
    for (key, kind) in [("denyusers", "user"), ("denygroups", "group")] {
        for (name, span) in names(key) {
            let what = Reach::one(format!("the denial of {kind} {name}"));
            grants.push(Grant::deny(RULE_SERVER, subject.clone(), what, High).level(1, "denied").at(span));
        }
    }
    grants
}

fn client(input: &Input<'_>, _: World) -> Vec<Grant> {
    let entries = document::ini(input.text);
    let mut grants = Vec::new();
    for block in blocks(&entries, &["host", "match"]).iter().filter(|block| !block.entries.is_empty()) {
        let subject =
            Subject::new("ssh", if block.name.is_empty() { String::new() } else { format!("to {}", block.name) });
        for setting in &CLIENT_SETTINGS {
            grants.push(setting.grant(RULE_CLIENT, &subject, block.first(setting.key), block.home.clone()));
        }
    }
    grants
}

fn keys(input: &Input<'_>, _: World) -> Vec<Grant> {
    let subject = Subject::new("the account", "");
    let mut grants = vec![Grant::allow(RULE_KEY, subject.clone(), Reach::one("nothing"), Low).level(0, "none")];
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let fields = fields(line.trim());
        let is_kind = |word: &String| word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-");
        let Some(kind) = fields.iter().position(is_kind).filter(|_| !line.trim_start().starts_with('#')) else {
            continue;
        };
        let Some(key) = fields.get(kind + 1) else { continue };
        let what = Reach::one(format!("logins with the key {}", end_of(key)));
        let mut grant = Grant::allow(RULE_KEY, subject.clone(), what, Critical).level(1, "allowed").alone(Low).at(span);
        for option in fields.iter().take(kind).flat_map(|options| options_of(options)) {
            let (name, value) = option.split_once('=').unwrap_or((&option, ""));
            let value = value.trim_matches('"');
            grant = match name {
                "from" => grant.only_if("the address is", Reach::of(value.split(','))),
                "command" => grant.only_if("the command is", Reach::one(value)),
                "restrict" | "no-port-forwarding" | "no-pty" | "no-agent-forwarding" | "no-X11-forwarding" => {
                    grant.only_if(name, Reach::one("set"))
                }
                _ => grant,
            };
        }
        grants.push(grant);
    }
    grants
}

/// Which key it is: by its end, or by all of it where it is none and could be a secret.
fn end_of(key: &str) -> String {
    let is_key = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'='));
    match key.char_indices().rev().nth(11).filter(|_| is_key) {
        Some((at, _)) => format!("that ends in {}", &key[at..]),
        None => key.to_owned(),
    }
}

/// Words, of which quotes hold some together.
fn fields(line: &str) -> Vec<String> {
    cut(line, char::is_whitespace)
}

fn options_of(options: &str) -> Vec<String> {
    cut(options, |c| c == ',')
}

fn cut(text: &str, is_end: impl Fn(char) -> bool) -> Vec<String> {
    let (mut out, mut current, mut is_quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        is_quoted ^= c == '"';
        if is_end(c) && !is_quoted {
            out.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    out.push(current);
    out.retain(|word| !word.is_empty());
    out
}
