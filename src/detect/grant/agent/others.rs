//! Codex, Gemini, Cursor, VS Code and opencode: what they may do without asking, and their sandboxes.

use super::table::{self, Ladder, List, ListSide, OPENS, PROTECTS};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

const PERMISSION: &str = "agent-permission";
const DENIAL: &str = "agent-denial";
const SANDBOX: &str = "agent-sandbox";
const HOOK: &str = "agent-hook";

const fn surface(files: &'static [&'static str], grants: fn(&Input<'_>, World) -> Vec<Grant>) -> Surface {
    Surface {
        files,
        marks: &[],
        needs: None,
        grants,
        setting: None,
        newcomers: Newcomers::WholeFile,
        absent: Some("{}"),
        has_fixtures: true,
    }
}

/// Codex. Source: "Codex configuration reference": without a file it works in a sandbox and asks on request.
pub(in crate::detect::grant) static CODEX: Surface =
    Surface { absent: Some(""), ..surface(&["**/.codex/config.toml", "**/.codex/requirements.toml"], codex) };
/// Gemini CLI. Source: its configuration reference.
pub(in crate::detect::grant) static GEMINI: Surface = surface(&["**/.gemini/settings.json"], gemini);
/// Cursor. Source: its documentation of permissions and of the sandbox.
pub(in crate::detect::grant) static CURSOR: Surface =
    surface(&["**/.cursor/{permissions,sandbox,cli,hooks}.json"], cursor);
/// VS Code and Copilot. Source: the reference of VS Code's settings for agents, and of tasks.
pub(in crate::detect::grant) static VSCODE: Surface =
    surface(&["**/.vscode/{settings,tasks}.json", "**/*.code-workspace"], vscode);
/// opencode. Source: its documentation of permissions.
pub(in crate::detect::grant) static OPENCODE: Surface = surface(&["**/{opencode,.opencode}.{json,jsonc}"], opencode);

const fn ladder(
    path: &'static [&'static str],
    steps: &'static [&'static str],
    absent: usize,
    what: &'static str,
    rule: &'static str,
    dangerous: Option<usize>,
) -> Ladder {
    Ladder { path, steps, absent, what, rule, severity: Severity::High, dangerous }
}

const fn list(path: &'static [&'static str], what: &'static str, rule: &'static str, side: ListSide) -> List {
    List { path, what, rule, severity: Severity::Medium, side }
}

fn codex(input: &Input<'_>, _: World) -> Vec<Grant> {
    const MODES: &[&str] = &["read-only", "workspace-write", "danger-full-access"];
    const ASKING: &[&str] = &["untrusted", "on-request", "on-failure", "never"];
    let ladders = [
        ladder(&["sandbox_mode"], MODES, 1, "its sandbox", SANDBOX, Some(2)),
        ladder(&["sandbox_workspace_write", "network_access"], OPENS, 0, "the network", SANDBOX, None),
        ladder(&["approval_policy"], ASKING, 1, "its way of asking", PERMISSION, Some(3)),
        ladder(&["sandbox_workspace_write", "exclude_slash_tmp"], PROTECTS, 1, "writing to /tmp", SANDBOX, None),
        ladder(&["approvals_reviewer"], &["user", "auto_review"], 0, "who approves", PERMISSION, None),
        ladder(
            &["shell_environment_policy", "ignore_default_excludes"],
            OPENS,
            0,
            "variables that look like secrets",
            SANDBOX,
            None,
        ),
    ];
    let lists = [
        list(&["sandbox_workspace_write", "writable_roots"], "writing to", SANDBOX, ListSide::Opens),
        list(&["allowed_approval_policies"], "way of asking", DENIAL, ListSide::Opens),
        list(&["allowed_sandbox_modes"], "sandbox", DENIAL, ListSide::Opens),
    ];
    tabled(input.toml().root(), "Codex", &ladders, &lists)
}

fn tabled(root: Option<Node<'_>>, agent: &str, ladders: &[Ladder], lists: &[List]) -> Vec<Grant> {
    root.map(|root| table::read(root, &Subject::new("", agent), ladders, lists)).unwrap_or_default()
}

fn gemini(input: &Input<'_>, _: World) -> Vec<Grant> {
    const MODES: &[&str] = &["plan", "default", "auto_edit", "yolo"];
    let ladders = [
        ladder(&["general", "defaultApprovalMode"], MODES, 1, "its way of asking", PERMISSION, Some(3)),
        ladder(&["tools", "sandboxNetworkAccess"], OPENS, 0, "the network", SANDBOX, None),
        ladder(&["tools", "autoAccept"], OPENS, 0, "tools without being asked", PERMISSION, None),
        ladder(&["security", "disableYoloMode"], PROTECTS, 1, "the mode that asks nothing", DENIAL, None),
        ladder(&["security", "folderTrust", "enabled"], PROTECTS, 1, "work in folders nobody trusted", DENIAL, None),
        ladder(
            &["security", "environmentVariableRedaction", "enabled"],
            PROTECTS,
            1,
            "variables that look like secrets",
            SANDBOX,
            None,
        ),
    ];
    let lists = [
        list(&["tools", "allowed"], "unasked:", PERMISSION, ListSide::Opens),
        list(&["tools", "sandboxAllowedPaths"], "path", SANDBOX, ListSide::Opens),
        list(&["tools", "exclude"], "tool", DENIAL, ListSide::Protects),
        list(&["tools", "confirmationRequired"], "question before", DENIAL, ListSide::Protects),
        list(&["mcp", "allowed"], "MCP server", PERMISSION, ListSide::Opens),
        list(&["mcp", "excluded"], "MCP server", DENIAL, ListSide::Protects),
    ];
    let root = input.json().root();
    let mut out = tabled(root, "Gemini CLI", &ladders, &lists);
    // A sandbox is switched on by true or by the name of one.
    let sandbox = root.and_then(|root| root.path(&["tools", "sandbox"]));
    let is_on = sandbox.is_some_and(|value| !value.is_false() && value.text().is_some_and(|text| !text.is_empty()));
    let (rank, name) = if is_on { (0, "in a sandbox") } else { (1, "outside a sandbox") };
    let grant =
        Grant::allow(SANDBOX, Subject::new("", "Gemini CLI"), Reach::one("where its tools run"), Severity::High);
    out.push(grant.level(rank, name).at(sandbox.map_or(0..0, Node::span)));
    out
}

fn cursor(input: &Input<'_>, _: World) -> Vec<Grant> {
    const TYPES: &[&str] = &["workspace_readonly", "workspace_readwrite", "insecure_none"];
    let ladders = [
        ladder(&["type"], TYPES, 1, "its sandbox", SANDBOX, Some(2)),
        ladder(&["networkPolicy", "default"], &["deny", "allow"], 0, "the network", SANDBOX, None),
    ];
    let lists = [
        list(&["additionalReadwritePaths"], "writing to", SANDBOX, ListSide::Opens),
        list(&["additionalReadonlyPaths"], "reading of", SANDBOX, ListSide::Opens),
        list(&["networkPolicy", "allow"], "network access to", SANDBOX, ListSide::Opens),
        list(&["networkPolicy", "deny"], "network access to", SANDBOX, ListSide::Protects),
        list(&["mcpAllowlist"], "MCP tool", PERMISSION, ListSide::Opens),
        list(&["terminalAllowlist"], "command", PERMISSION, ListSide::Opens),
        list(&["permissions", "allow"], "unasked:", PERMISSION, ListSide::Opens),
        list(&["permissions", "deny"], "denied:", DENIAL, ListSide::Protects),
    ];
    let root = input.json().root();
    let mut out = tabled(root, "Cursor", &ladders, &lists);
    for (event, hooks) in root.and_then(|root| root.get("hooks")).map(Node::entries).unwrap_or_default() {
        for (node, command) in hooks.items().filter_map(|hook| hook.get("command")).filter_map(|n| Some((n, n.text()?)))
        {
            out.push(runs(&format!("{} on {}", command, event.text().unwrap_or_default()), node));
        }
    }
    out
}

/// A command that starts by itself.
fn runs(command: &str, node: Node<'_>) -> Grant {
    let who = Subject::new("whoever works in the project", "");
    let grant = Grant::allow(HOOK, who, Reach::one(table::literal(command)), Severity::High);
    grant.level(1, "runs it").alone(Severity::Low).at(node.span())
}

fn vscode(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    let settings = root.get("settings").unwrap_or(root);
    let ladders = [
        ladder(&["chat.tools.global.autoApprove"], OPENS, 0, "every tool without being asked", PERMISSION, Some(1)),
        ladder(&["chat.tools.autoApprove"], OPENS, 0, "every tool, unasked", PERMISSION, Some(1)),
        ladder(&["chat.tools.terminal.sandbox.enabled"], PROTECTS, 1, "commands outside a sandbox", SANDBOX, None),
        ladder(&["task.allowAutomaticTasks"], &["off", "auto", "on"], 1, "tasks that start by themselves", HOOK, None),
        ladder(&["security.workspace.trust.enabled"], PROTECTS, 0, "work in folders nobody trusted", DENIAL, None),
        ladder(&["http.proxyStrictSSL"], PROTECTS, 0, "connections that nobody verified", DENIAL, None),
    ];
    let mut out = table::read(settings, &Subject::new("", "VS Code"), &ladders, &[]);
    for (setting, what) in [
        ("chat.tools.terminal.autoApprove", "command"),
        ("chat.tools.edits.autoApprove", "edits of"),
        ("chat.tools.urls.autoApprove", "address"),
    ] {
        for (key, value) in settings.get(setting).map(Node::entries).unwrap_or_default() {
            let name = Reach::one(format!("{what} {}", key.text().unwrap_or_default().replace("**", "*")));
            let agent = Subject::new("", "VS Code");
            let is_open = value.is_true()
                || value.get("approve").is_some_and(Node::is_true)
                || value.get("approveRequest").is_some_and(Node::is_true);
            let grant = if is_open {
                Grant::allow(PERMISSION, agent, name, Severity::High).level(1, "without asking")
            } else {
                Grant::guard(DENIAL, agent, name, Severity::High).level(1, "asked for")
            };
            out.push(grant.at(key.span().start..value.span().end));
        }
    }
    for task in root.get("tasks").or_else(|| root.path(&["tasks", "tasks"])).into_iter().flat_map(Node::items) {
        if task.path(&["runOptions", "runOn"]).is_some_and(|on| on.is("folderOpen")) {
            let words = ["command", "args", "script"].iter().filter_map(|key| task.get(key)).flat_map(Node::texts);
            out.push(runs(&format!("{} when the folder opens", words.collect::<Vec<_>>().join(" ")), task));
        }
    }
    out
}

fn opencode(input: &Input<'_>, _: World) -> Vec<Grant> {
    const ANSWERS: &[&str] = &["deny", "ask", "allow"];
    let Some(root) = input.json().root() else { return Vec::new() };
    let agent = Subject::new("", "opencode");
    let mut out = Vec::new();
    // Without a word everything is allowed.
    for tool in ["edit", "bash", "webfetch"] {
        let entry = root.path(&["permission", tool]);
        let mut rules: Vec<(String, Node<'_>)> = entry
            .map(Node::entries)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(key, value)| Some((key.text()?.to_owned(), value)))
            .collect();
        rules.extend(entry.filter(|entry| entry.text().is_some()).map(|entry| ("*".to_owned(), entry)));
        if entry.is_none() {
            let all = Grant::allow(PERMISSION, agent.clone(), Reach::one(format!("{tool}: *")), Severity::High);
            out.push(all.level(2, "allow, the default").at(root.span().start..root.span().start));
        }
        for (pattern, value) in rules {
            let rank = ANSWERS.iter().position(|answer| value.is(answer)).unwrap_or(1);
            let what = Reach::one(format!("{tool}: {pattern}"));
            let level = u32::try_from(rank).unwrap_or_default();
            let grant =
                Grant::allow(PERMISSION, agent.clone(), what, Severity::High).level(level, ANSWERS[rank.min(2)]);
            out.push(grant.at(value.span()));
        }
    }
    out
}
