//! Claude Code: what it may do without asking, its sandbox, and what its hooks run.

use super::table::{self, Ladder, List, ListSide, OPENS, PROTECTS, literal};
use super::tool;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// Settings of a project.
///
/// Deny beats ask beats allow; what no rule names is asked for. Without a file nothing is allowed, denied, hooked or
/// sandboxed. Source: "Claude Code settings", "Identity and access management" and the schema of its settings.
pub(in crate::detect::grant) static SETTINGS: Surface = Surface {
    files: &["**/.claude/settings.json", "**/.claude/settings.*.json"],
    marks: &[],
    needs: None,
    grants: settings,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some("{}"),
    has_fixtures: true,
};

/// Front matter of commands, skills and agents, which can bring tools along.
pub(in crate::detect::grant) static FRONT_MATTER: Surface = Surface {
    files: &["**/.claude/{commands,agents,skills}/**/*.md", "**/SKILL.md"],
    marks: &["allowed-tools", "tools:"],
    needs: None,
    grants: front_matter,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const PERMISSION: &str = "agent-permission";
const DENIAL: &str = "agent-denial";
const SANDBOX: &str = "agent-sandbox";
const HOOK: &str = "agent-hook";
const GUARD: &str = "agent-guard-hook";
const APPROVAL: &str = "agent-mcp-approval";

const LADDERS: &[Ladder] = &[
    Ladder {
        path: &["permissions", "defaultMode"],
        steps: &["plan", "default", "acceptEdits", "auto", "bypassPermissions"],
        absent: 1,
        what: "its mode of asking",
        rule: PERMISSION,
        severity: Severity::High,
        dangerous: Some(4),
    },
    switch(
        &["permissions", "disableBypassPermissionsMode"],
        &["disable", "absent"],
        1,
        "the mode that asks nothing",
        DENIAL,
    ),
    switch(&["skipDangerousModePermissionPrompt"], OPENS, 0, "the mode that asks nothing, unwarned", PERMISSION),
    switch(&["sandbox", "enabled"], PROTECTS, 1, "commands outside a sandbox", SANDBOX),
    switch(&["sandbox", "allowUnsandboxedCommands"], OPENS, 1, "commands that leave the sandbox", SANDBOX),
    switch(&["sandbox", "enableWeakerNestedSandbox"], OPENS, 0, "a weaker sandbox", SANDBOX),
    switch(&["sandbox", "enableWeakerNetworkIsolation"], OPENS, 0, "a weaker wall to the network", SANDBOX),
    switch(&["sandbox", "network", "allowAllUnixSockets"], OPENS, 0, "every Unix socket", SANDBOX),
    switch(&["sandbox", "network", "allowLocalBinding"], OPENS, 0, "ports of its own", SANDBOX),
    switch(&["disableAllHooks"], OPENS, 0, "a run without hooks", GUARD),
    switch(&["enableAllProjectMcpServers"], OPENS, 0, "every MCP server of the project", APPROVAL),
];

const fn switch(
    path: &'static [&'static str],
    steps: &'static [&'static str],
    absent: usize,
    what: &'static str,
    rule: &'static str,
) -> Ladder {
    Ladder { path, steps, absent, what, rule, severity: Severity::High, dangerous: None }
}

const LISTS: &[List] = &[
    list(&["permissions", "additionalDirectories"], "folder", PERMISSION, Severity::Medium, ListSide::Opens),
    list(&["sandbox", "excludedCommands"], "unsandboxed command", SANDBOX, Severity::High, ListSide::Opens),
    list(&["sandbox", "filesystem", "allowWrite"], "writing to", SANDBOX, Severity::Medium, ListSide::Opens),
    list(&["sandbox", "filesystem", "allowRead"], "reading of", SANDBOX, Severity::Medium, ListSide::Opens),
    list(&["sandbox", "filesystem", "denyRead"], "reading of", SANDBOX, Severity::High, ListSide::Protects),
    list(&["sandbox", "filesystem", "denyWrite"], "writing to", SANDBOX, Severity::High, ListSide::Protects),
    list(&["sandbox", "network", "allowedDomains"], "network access to", SANDBOX, Severity::Medium, ListSide::Opens),
    list(&["sandbox", "network", "deniedDomains"], "network access to", SANDBOX, Severity::High, ListSide::Protects),
    list(&["sandbox", "network", "allowUnixSockets"], "socket", SANDBOX, Severity::High, ListSide::Opens),
    list(&["enabledMcpjsonServers"], "MCP server", APPROVAL, Severity::Medium, ListSide::Opens),
    list(&["disabledMcpjsonServers"], "MCP server", APPROVAL, Severity::Medium, ListSide::Protects),
    list(&["enabledPlugins"], "plugin", APPROVAL, Severity::Medium, ListSide::Opens),
    list(&["extraKnownMarketplaces"], "marketplace", APPROVAL, Severity::Medium, ListSide::Opens),
];

const fn list(
    path: &'static [&'static str],
    what: &'static str,
    rule: &'static str,
    severity: Severity,
    side: ListSide,
) -> List {
    List { path, what, rule, severity, side }
}

/// Programs that the settings start by themselves.
const HELPERS: [&str; 5] = ["apiKeyHelper", "awsAuthRefresh", "awsCredentialExport", "otelHeadersHelper", "statusLine"];
/// Events at which a hook can stop what comes next.
const GUARDED: [&str; 5] = ["PreToolUse", "PermissionRequest", "UserPromptSubmit", "Stop", "ConfigChange"];

fn settings(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    let claude = Subject::new("Claude Code", "");
    let mut out = table::read(root, &claude, LADDERS, LISTS);
    for rule in texts(root, "allow") {
        out.push(allowed(&claude, rule));
    }
    for (key, rank, name, severity) in
        [("deny", 2, "denied", Severity::High), ("ask", 1, "asked for", Severity::Medium)]
    {
        out.extend(texts(root, key).map(|(node, text)| {
            let what = Reach::one(tool::pattern(text));
            Grant::guard(DENIAL, claude.clone(), what, severity).level(rank, name).at(node.span())
        }));
    }
    hooks(root, &mut out);
    out
}

fn texts<'d>(root: Node<'d>, key: &str) -> impl Iterator<Item = (Node<'d>, &'d str)> {
    let listed = root.path(&["permissions", key]).into_iter().flat_map(Node::items);
    listed.filter_map(|node| Some((node, node.text()?)))
}

fn allowed(subject: &Subject, (node, text): (Node<'_>, &str)) -> Grant {
    let what = tool::pattern(text);
    let severity = tool::severity(&what);
    let grant = Grant::allow(PERMISSION, subject.clone(), Reach::one(what), severity);
    let grant = grant.level(1, "without asking").at(node.span());
    if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant }
}

fn hooks(root: Node<'_>, out: &mut Vec<Grant>) {
    let user = Subject::new("whoever works in the project", "");
    for (event, matchers) in root.get("hooks").map(Node::entries).unwrap_or_default() {
        let event_name = event.text().unwrap_or_default();
        for matcher in matchers.items() {
            let on = matcher.get("matcher").and_then(Node::text).filter(|on| !on.is_empty()).unwrap_or("*");
            let on = Reach::of(on.split('|').map(str::trim));
            let own = matcher.get("hooks").into_iter().flat_map(Node::items);
            let runs: Vec<(Node<'_>, &str)> = own
                .filter_map(|hook| hook.get("command").or_else(|| hook.get("url")))
                .filter_map(|n| Some((n, n.text()?)))
                .collect();
            out.extend(runs.iter().map(|(node, command)| {
                let what = Reach::one(format!("{} on {event_name}", literal(command)));
                let is_remote = command.starts_with("http");
                let grant = Grant::allow(HOOK, user.clone(), what, Severity::High).on(on.clone());
                let grant = grant.level(1, if is_remote { "sends what happens" } else { "runs it" });
                grant.alone(Severity::Low).at(node.span())
            }));
            if GUARDED.contains(&event_name) && !runs.is_empty() {
                let what = Reach::one(format!("the check on {event_name}"));
                let grant = Grant::guard(GUARD, Subject::new("Claude Code", ""), what, Severity::High).on(on);
                out.push(grant.level(1, "in force").at(matcher.span()));
            }
        }
    }
    for (key, value) in HELPERS.iter().filter_map(|helper| root.entry(helper)) {
        let command = value.text().or_else(|| value.get("command")?.text()).unwrap_or_default();
        let what = Reach::one(format!("{} as {}", literal(command), key.text().unwrap_or_default()));
        let grant = Grant::allow(HOOK, user.clone(), what, Severity::High).level(1, "runs it");
        out.push(grant.alone(Severity::Low).at(key.span().start..value.span().end));
    }
}

/// `allowed-tools` between the two lines of dashes.
fn front_matter(input: &Input<'_>, _: World) -> Vec<Grant> {
    let text = input.text.trim_start_matches('\u{feff}');
    let skipped = input.text.len() - text.len();
    let Some(head) = text.strip_prefix("---").and_then(|rest| rest.split("\n---").next()) else { return Vec::new() };
    let offset = skipped + 3;
    let document = document::yaml(head);
    let subject = Subject::new("whoever runs it", "");
    let nothing = Grant::allow(PERMISSION, subject.clone(), Reach::one("-"), Severity::Low).level(0, "asked for");
    let mut out = vec![nothing];
    let Some(root) = document.root() else { return out };
    for node in ["allowed-tools", "tools"].iter().filter_map(|key| root.get(key)) {
        for text in node.texts().flat_map(split_tools) {
            let mut grant = allowed(&subject, (node, &text));
            grant.span = grant.span.start + offset..grant.span.end + offset;
            out.push(grant);
        }
    }
    out
}

/// `Read, Bash(git add:*)` at the commas outside brackets.
fn split_tools(text: &str) -> Vec<String> {
    let mut depth = 0i32;
    let pieces = text.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        c == ',' && depth <= 0
    });
    pieces.map(|piece| piece.trim().to_owned()).filter(|piece| !piece.is_empty()).collect()
}
