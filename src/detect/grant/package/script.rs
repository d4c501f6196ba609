//! Lifecycle scripts: commands that run by themselves when a project is installed, and checks that check nothing.

use std::ops::Range;

use super::address::plain;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Scripts of `package.json` that nobody has to call.
///
/// A project's own scripts run on every install in its checkout; `preinstall`, `install` and `postinstall` also wherever
/// the package is a dependency, unless the installer blocks them. Source: "scripts" in npm's documentation.
pub(in crate::detect::grant) static NPM: Surface = Surface {
    files: &["**/package.json"],
    marks: &["install\"", "prepare\"", "prepublish", "pack\"", "publish\"", "dependencies\"", "installdependencies"],
    grants: npm,
    ..PLAIN
};

/// The scripts that pipelines call to check a change. Source: the same.
pub(in crate::detect::grant) static CHECKS: Surface = Surface {
    files: &["**/package.json"],
    marks: &["exit 0", "true", "echo", "\":\"", "\" \"", "\"\""],
    grants: checks,
    newcomers: Newcomers::Known,
    ..PLAIN
};

/// Scripts of `composer.json`: they run for the project itself, never for its dependencies. Source: "Scripts" in
/// Composer's documentation.
pub(in crate::detect::grant) static COMPOSER: Surface =
    Surface { files: &["**/composer.json"], marks: &["scripts"], grants: composer, ..PLAIN };

/// `binding.gyp`: npm builds what it describes on every install, and its `<!(…)` run as it is read. Source: "install" in
/// npm's documentation, "Input Format Reference" of GYP.
pub(in crate::detect::grant) static GYP: Surface =
    Surface { files: &["**/*.gyp", "**/*.gypi"], grants: gyp, absent: Some(""), ..PLAIN };

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: npm,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RUN: &str = "install-command";
const CHECK: &str = "check-script";

/// What runs when, and for whom: 3 wherever it is installed, 2 in a checkout, 1 when it is published.
const EVENTS: [(&str, u32); 14] = [
    ("preinstall", 3),
    ("install", 3),
    ("postinstall", 3),
    ("prepublish", 2),
    ("preprepare", 2),
    ("prepare", 2),
    ("postprepare", 2),
    ("dependencies", 2),
    ("pnpm:devPreinstall", 2),
    ("prepublishOnly", 1),
    ("prepack", 1),
    ("postpack", 1),
    ("publish", 1),
    ("postpublish", 1),
];

fn npm(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    let Some(scripts) = root.get("scripts") else { return Vec::new() };
    let is_private = root.get("private").is_some_and(Node::is_true);
    let mut out = Vec::new();
    for (event, rank) in EVENTS {
        let Some((key, value)) = scripts.entry(event) else { continue };
        let rank = if is_private { rank.min(2) } else { rank };
        let span = key.span().start..value.span().end;
        let Some(command) = value.text() else { continue };
        for part in parts(command) {
            // Whoever publishes chooses when, and builds before.
            if rank > 1 || danger(part).is_some() {
                out.push(run(part, event, rank, span.clone()));
            }
            // What the named script does counts where it is out of the ordinary.
            let named = called(part).and_then(|name| scripts.get(name)?.text());
            for inner in named.into_iter().flat_map(parts).filter(|inner| danger(inner).is_some()) {
                out.push(run(inner, event, rank, span.clone()));
            }
        }
    }
    out
}

fn run(command: &str, event: &str, rank: u32, span: Range<usize>) -> Grant {
    let when = match rank {
        3 => format!("by {event}, wherever it is installed"),
        2 => format!("by {event}, in each checkout"),
        _ => format!("by {event}, with the publisher's rights"),
    };
    let severity = match (danger(command), is_tool(command)) {
        (Some(_), _) => Severity::High,
        (None, true) => Severity::Low,
        (None, false) => Severity::Medium,
    };
    let what = danger(command).map_or_else(|| reduced(command), |what| format!("{what}: {}", plain(command)));
    let grant = Grant::allow(RUN, Subject::new("the install", ""), Reach::one(format!("a run of {what}")), severity);
    let grant = grant.level(rank, when).at(span);
    if severity == Severity::High { grant.alone(Severity::Medium) } else { grant }
}

/// The commands of a line, pipes kept whole.
fn parts(command: &str) -> impl Iterator<Item = &str> {
    let pieces = command.split("&&").flat_map(|part| part.split("||")).flat_map(|part| part.split([';', '\n']));
    pieces
        .map(|part| part.trim().trim_start_matches('(').trim_end_matches(')').trim())
        .filter(|part| !part.is_empty() && !part.starts_with("cd "))
}

/// The script that a command calls by name.
fn called(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace();
    let runner = words.next().filter(|word| matches!(*word, "npm" | "yarn" | "pnpm" | "bun"))?;
    let next = words.next()?;
    if matches!(next, "run" | "run-script") { words.next() } else { Some(next).filter(|_| runner != "npm") }
}

/// What makes a command out of the ordinary: code that comes from elsewhere or is hidden.
fn danger(command: &str) -> Option<&'static str> {
    let has = |words: &[&str]| {
        let is_word = |part: &str| words.contains(&part.rsplit('/').next().unwrap_or(part));
        command.split([' ', '|', '(', '$', '`', '"', '\'', ';']).any(is_word)
    };
    let fetches = has(&["curl", "wget", "iwr", "Invoke-WebRequest", "Invoke-RestMethod"]);
    let shells =
        has(&["sh", "bash", "zsh", "node", "python", "python3", "iex", "perl"]) && command.contains(['|', '$', '`']);
    if fetches && shells {
        return Some("fetched code");
    }
    if fetches || has(&["nc", "ncat", "socat"]) {
        return Some("a command that talks to the network");
    }
    if has(&["base64", "eval", "atob", "-EncodedCommand", "-enc"])
        || command.contains("atob(")
        || command.contains("eval(")
    {
        return Some("hidden code");
    }
    let is_inline = has(&["-e", "--eval", "-c"]) && has(&["node", "python", "python3", "perl", "ruby", "bun", "deno"]);
    let reaches = ["http", "child_process", "exec", "Buffer.from", "fetch("].iter().any(|word| command.contains(word));
    (is_inline && reaches).then_some("code in the command")
}

/// Words before the command itself.
fn program(command: &str) -> impl Iterator<Item = &str> {
    let is_prefix = |word: &&str| {
        matches!(*word, "npx" | "cross-env" | "--yes" | "-y" | "exec" | "dlx" | "--no-install" | "--no")
            || word.contains('=')
    };
    command.split_whitespace().skip_while(is_prefix)
}

/// Tools that a project has as a dependency anyway.
fn is_tool(command: &str) -> bool {
    const OWN: [&str; 18] = [
        "php", "ruby", "go", "cargo", "java", "pwsh", "node", "sh", "bash", "python", "python3", "ts-node", "tsx",
        "zx", "deno", "make", "cmake", "perl",
    ];
    let word = program(command).next().unwrap_or_default();
    !(OWN.contains(&word)
        || word.contains('/')
        || word.contains('\\')
        || word.starts_with('.')
        || word.ends_with(".js"))
}

/// Without options: another option is no other program.
fn reduced(command: &str) -> String {
    let words: Vec<&str> = program(command).collect();
    let is_option = |word: &&&str| word.starts_with('-');
    let plainly: Vec<&str> = words.iter().filter(|word| !is_option(word)).copied().collect();
    let kept = match (is_tool(command), plainly.len()) {
        (true, _) => plainly.into_iter().take(1).collect(),
        (false, 0 | 1) => words,
        (false, _) => plainly.into_iter().take(2).collect::<Vec<_>>(),
    };
    plain(&kept.join(" "))
}

/// Names of scripts that stand for a check.
const NAMES: [&str; 12] = [
    "test",
    "lint",
    "check",
    "typecheck",
    "type-check",
    "test:unit",
    "test:ci",
    "audit",
    "security",
    "pretest",
    "test:e2e",
    "verify",
];

fn checks(input: &Input<'_>, _: World) -> Vec<Grant> {
    let scripts = input.json().root().and_then(|root| root.get("scripts")).map(Node::entries).unwrap_or_default();
    let is_check = |key: &Node<'_>| key.text().is_some_and(|name| NAMES.contains(&name));
    let of = |(key, value): (Node<'_>, Node<'_>)| {
        let name = key.text()?;
        let is_empty = parts(value.text()?).all(|part| {
            let word = part.split_whitespace().next().unwrap_or_default();
            matches!(word, "echo" | "true" | ":" | "printf") || part == "exit 0"
        });
        let level = if is_empty { (1, "always passes") } else { (0, "runs something") };
        let grant =
            Grant::allow(CHECK, Subject::new("script", name), Reach::one("success without a check"), Severity::Medium);
        Some(grant.level(level.0, level.1).at(key.span().start..value.span().end))
    };
    scripts.into_iter().filter(|(key, _)| is_check(key)).filter_map(of).collect()
}

fn composer(input: &Input<'_>, _: World) -> Vec<Grant> {
    let scripts = input.json().root().and_then(|root| root.get("scripts"));
    let mut out = Vec::new();
    for (key, value) in scripts.map(Node::entries).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        // What has another name is called by hand, or by one of these.
        let is_event = ["pre-", "post-"].iter().any(|sign| name.starts_with(sign)) || name == "command";
        for command in value.one_or_many().filter(|_| is_event) {
            let text = command.text().unwrap_or_default();
            for part in parts(text) {
                out.push(composer_run(part, name, key.span().start..command.span().end));
            }
        }
    }
    out
}

fn composer_run(command: &str, event: &str, span: Range<usize>) -> Grant {
    let grant = run(command, event, 2, span);
    // A framework's own commands.
    let is_usual =
        command.starts_with("@php artisan") || command.starts_with("Illuminate\\") || command.starts_with('@');
    if is_usual && danger(command).is_none() { Grant { severity: Severity::Low, ..grant } } else { grant }
}

fn gyp(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let who = || Subject::new("the install", "");
    if input.path.ends_with("binding.gyp") {
        let what = Reach::one("a build of native code");
        out.push(Grant::allow(RUN, who(), what, Severity::Medium).level(3, "wherever it is installed").at(0..0));
    }
    for (at, sign) in input.text.match_indices("<!") {
        let rest = input.text.get(at + sign.len()..).unwrap_or_default();
        let rest = rest.strip_prefix('@').unwrap_or(rest);
        let Some(command) = rest.strip_prefix('(').and_then(|rest| rest.lines().next()) else { continue };
        let command = command.rsplit_once(')').map_or(command, |(command, _)| command);
        out.push(run(command, "binding.gyp", 3, at..at + 2 + command.len()));
    }
    out
}
