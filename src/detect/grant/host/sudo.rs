//! sudoers and doas.conf: who may run what as whom, and whether a password is asked for.

use std::collections::HashMap;
use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// User specifications and defaults of sudoers.
///
/// Source: sudoers(5).
pub(in crate::detect::grant) static SUDOERS: Surface = Surface {
    files: &["**/sudoers", "**/sudoers.d/*", "**/*.sudoers", "**/sudoers*.{j2,erb,tmpl,tpl,template}", "**/*sudoers"],
    marks: &["=", "defaults"],
    needs: None,
    grants: sudoers,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

/// Rules of doas.conf.
///
/// Source: doas.conf(5).
pub(in crate::detect::grant) static DOAS: Surface = Surface {
    files: &["**/doas.conf", "**/doas.d/*.conf"],
    marks: &["permit"],
    needs: None,
    grants: doas,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "sudo-rule";
const RULE_DEFAULT: &str = "sudo-default";
/// Groups that administer a machine anyway.
const ADMINS: [&str; 6] = ["root", "%wheel", "%sudo", "%admin", ":wheel", "%root"];
/// Programs that run any other, or write any file.
const SHELLS: [&str; 36] = [
    "sh", "bash", "zsh", "dash", "ksh", "fish", "su", "sudo", "env", "vi", "vim", "nano", "emacs", "less", "more",
    "man", "find", "awk", "sed", "perl", "python", "python3", "ruby", "node", "php", "lua", "tar", "zip", "rsync",
    "cp", "mv", "tee", "dd", "docker", "chmod", "chown",
];
/// Aliases in aliases that are opened.
const MOST_ALIASES: usize = 8;

/// One line, continued ones joined, with its place.
fn lines(text: &str) -> Vec<(String, Range<usize>)> {
    let (mut out, mut current, mut start, mut at) = (Vec::new(), String::new(), 0, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim_end();
        if current.is_empty() {
            start = at + (line.len() - line.trim_start().len());
        }
        at += line.len();
        if let Some(head) = trimmed.strip_suffix('\\') {
            current += head;
            current.push(' ');
            continue;
        }
        current += trimmed;
        let whole = std::mem::take(&mut current);
        if !whole.trim().is_empty() {
            out.push((whole.trim().to_owned(), start..start.max(at - (line.len() - trimmed.len()))));
        }
    }
    out
}

fn sudoers(input: &Input<'_>, _: World) -> Vec<Grant> {
    let lines = lines(input.text);
    let mut aliases: HashMap<&str, Vec<&str>> = HashMap::new();
    let mut grants = Vec::new();
    for (line, _) in &lines {
        let known =
            ["User_Alias", "Runas_Alias", "Cmnd_Alias", "Cmd_Alias"].iter().find_map(|word| line.strip_prefix(word));
        for definition in known.into_iter().flat_map(|rest| rest.split(" : ")) {
            if let Some((name, list)) = definition.split_once('=') {
                aliases.insert(name.trim(), list.split(',').map(str::trim).collect());
            }
        }
    }
    for (line, span) in &lines {
        let is_number = line.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if (line.starts_with('#') && !is_number) || line.starts_with('@') || line.contains("_Alias") {
            continue;
        }
        match line.strip_prefix("Defaults") {
            Some(rest) => grants.extend(default(rest, span)),
            None => grants.extend(specified(line, span, &aliases)),
        }
    }
    grants
}

/// Aliases opened, names kept.
fn opened<'a>(name: &'a str, aliases: &HashMap<&'a str, Vec<&'a str>>) -> Vec<&'a str> {
    let (mut out, mut todo) = (Vec::new(), vec![(name, 0)]);
    while let Some((name, level)) = todo.pop() {
        match aliases.get(name).filter(|_| level < MOST_ALIASES && out.len() < 1_000) {
            Some(list) => todo.extend(list.iter().rev().map(|&one| (one, level + 1))),
            None => out.push(name),
        }
    }
    out
}

/// `user host = (runas) TAG: command, command`.
fn specified<'a>(line: &'a str, span: &Range<usize>, aliases: &HashMap<&'a str, Vec<&'a str>>) -> Vec<Grant> {
    let Some((head, mut rest)) = line.split_once('=') else { return Vec::new() };
    let Some((users, _host)) = head.trim().rsplit_once(char::is_whitespace) else { return Vec::new() };
    let users: Vec<&str> = users.split(',').flat_map(|user| opened(user.trim(), aliases)).collect();
    let (mut runas, mut is_free, mut sets_env) = ("root", false, false);
    let mut grants = Vec::new();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        if let Some((inner, after)) = rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
            (runas, rest) = (inner.trim(), after);
            continue;
        }
        let tag = rest.split_once(':').filter(|(tag, _)| {
            let tag = tag.trim_end();
            !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        });
        if let Some((tag, after)) = tag {
            match tag.trim_end() {
                "NOPASSWD" => is_free = true,
                "PASSWD" => is_free = false,
                "SETENV" => sets_env = true,
                "NOSETENV" => sets_env = false,
                _ => {}
            }
            rest = after;
            continue;
        }
        let (command, after) = rest.split_once(',').unwrap_or((rest, ""));
        rest = after;
        for command in opened(command.trim(), aliases) {
            for user in &users {
                let of = Allowed { user, command, runas, is_free };
                grants.extend(of.grant().map(|grant| grant.at(span.clone())));
                if sets_env && command != "ALL" {
                    let what = format!("the environment of {command}");
                    let grant = Grant::allow(RULE, Subject::new("user", *user), Reach::one(what), Severity::Medium);
                    grants.push(grant.level(1, "SETENV").at(span.clone()));
                }
            }
        }
    }
    grants
}

struct Allowed<'a> {
    user: &'a str,
    command: &'a str,
    runas: &'a str,
    is_free: bool,
}

impl Allowed<'_> {
    fn grant(&self) -> Option<Grant> {
        let (is_denied, command) =
            self.command.strip_prefix('!').map_or((false, self.command), |rest| (true, rest.trim()));
        if command.is_empty() {
            return None;
        }
        let star = |word: &str| if word == "ALL" { "*".to_owned() } else { word.to_owned() };
        let runas = self.runas.split(':').next().unwrap_or_default().trim();
        let runas = if runas.is_empty() { "root" } else { runas };
        let runas = runas.split(',').map(|user| format!("running {} as {}", star(command), star(user.trim())));
        let (subject, what) = (Subject::new("user", self.user), Reach::of(runas));
        if is_denied {
            return Some(Grant::deny(RULE, subject, what, Severity::High).level(1, "denied"));
        }
        let is_all = command == "ALL";
        let program = command.split_whitespace().next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let is_shell = is_all || SHELLS.contains(&program) || command.starts_with('*');
        let is_admin = ADMINS.contains(&self.user);
        let (severity, alone) = match (self.is_free, is_shell, is_admin) {
            (true, true, _) if self.user != "root" => {
                (Severity::Critical, Some(if is_all { Severity::High } else { Severity::Medium }))
            }
            (true, false, _) => (Severity::High, None),
            (_, _, true) => (Severity::Low, None),
            (_, true, false) => (Severity::High, None),
            _ => (Severity::Medium, None),
        };
        let level = if self.is_free { (2, "without a password") } else { (1, "with a password") };
        Some(Grant { alone, ..Grant::allow(RULE, subject, what, severity).level(level.0, level.1) })
    }
}

/// A line of defaults, for everyone or for some.
fn default(rest: &str, span: &Range<usize>) -> Vec<Grant> {
    let (who, settings) = match rest.chars().next() {
        Some('@' | ':' | '!' | '>') => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        _ => ("", rest),
    };
    let mut grants = Vec::new();
    for setting in settings.split(',') {
        let setting = setting.trim();
        let subject = Subject::new("sudo", who.trim_start_matches(['@', ':', '!', '>']));
        let opens = |what: &str, severity| {
            Grant::allow(RULE_DEFAULT, subject.clone(), Reach::one(what), severity).level(1, setting).at(span.clone())
        };
        let name = setting.split(['=', '+', ' ']).next().unwrap_or_default();
        match name {
            "!authenticate" => {
                grants.push(opens("any rule without a password", Severity::Critical).alone(Severity::High))
            }
            "!env_reset" => grants.push(opens("the caller's whole environment", Severity::High)),
            "env_keep" => {
                let kept = setting.split_once('=').map_or("", |(_, list)| list).trim().trim_matches('"');
                let kept = kept.split_whitespace();
                grants.extend(kept.map(|name| opens(&format!("{name} from the caller's environment"), weight(name))));
            }
            "secure_path" | "use_pty" | "requiretty" | "env_reset" => {
                let deny = Grant::deny(RULE_DEFAULT, subject.clone(), Reach::one(name), Severity::Medium);
                grants.push(deny.level(1, "set").at(span.clone()));
            }
            _ => {}
        }
        grants.push(Grant::allow(RULE_DEFAULT, subject, Reach::one("nothing"), Severity::Low).level(0, "none"));
    }
    grants
}

/// Variables that make a program load or run what their holder wants.
fn weight(variable: &str) -> Severity {
    let loads = ["LD_", "PYTHON", "PERL", "RUBY", "BASH_", "PATH", "NODE_", "SHELL", "EDITOR", "*"];
    if loads.iter().any(|start| variable.starts_with(start)) { Severity::High } else { Severity::Low }
}

fn doas(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (line, span) in lines(input.text) {
        let words: Vec<&str> = line.split('#').next().unwrap_or_default().split_whitespace().collect();
        let is_denied = words.first() == Some(&"deny");
        if !is_denied && words.first() != Some(&"permit") {
            continue;
        }
        let is_option = |word: &&&str| matches!(**word, "nopass" | "persist" | "keepenv" | "nolog" | "nobell");
        let mut at = 1 + words.iter().skip(1).take_while(is_option).count();
        if words.get(at) == Some(&"setenv") {
            at += words.iter().skip(at).position(|word| word.ends_with('}')).map_or(1, |n| n + 1);
        }
        let Some(user) = words.get(at) else { continue };
        let behind = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1)).copied();
        let command = behind("cmd").unwrap_or("ALL");
        let command = if is_denied { format!("!{command}") } else { command.to_owned() };
        let runas = behind("as").unwrap_or("ALL");
        let of = Allowed { user, command: &command, runas, is_free: words.contains(&"nopass") };
        grants.extend(of.grant().map(|grant| grant.at(span.clone())));
    }
    grants
}
