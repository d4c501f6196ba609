//! MCP servers: which programs and hosts an agent is connected to, and what they may do without asking.

use super::table::literal;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Lists of servers, as the agents keep them in a project.
///
/// A server is a program that is started, or an address that is called. Source: the Model Context Protocol's
/// documentation and those of the agents.
pub(in crate::detect::grant) static SERVERS: Surface = Surface {
    files: &[
        "**/.mcp.json",
        "**/mcp.json",
        "**/.{cursor,vscode,roo,kiro,amazonq,windsurf,zed}/**/mcp.json",
        "**/.gemini/settings.json",
        "**/.codex/config.toml",
        "**/claude_desktop_config.json",
        "**/{opencode,.opencode}.{json,jsonc}",
    ],
    marks: &["mcp", "servers"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: Some("{}"),
    has_fixtures: true,
};

const SERVER: &str = "agent-mcp-server";
const APPROVAL: &str = "agent-mcp-approval";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = if input.path.ends_with(".toml") { input.toml() } else { input.json() };
    let Some(root) = document.root() else { return Vec::new() };
    let lists = ["mcpServers", "mcp_servers", "servers", "mcp"].iter().filter_map(|key| root.get(key));
    // VS Code and opencode keep the servers one level deeper.
    let servers = lists.flat_map(|list| list.get("servers").unwrap_or(list).entries());
    servers.filter(|(_, body)| body.is_map()).flat_map(|(name, body)| of_server(name, body)).collect()
}

fn of_server(key: Node<'_>, body: Node<'_>) -> Vec<Grant> {
    let Some(name) = key.text() else { return Vec::new() };
    let subject = Subject::new("MCP server", name);
    let mut out = Vec::new();
    let text = |key: &str| body.get(key).and_then(Node::text);
    if let Some(url) = text("url").or_else(|| text("httpUrl")).or_else(|| text("serverUrl")) {
        let host = url.split("//").nth(1).unwrap_or(url).split(['/', '?']).next().unwrap_or_default();
        out.push(connected(&subject, format!("calls to {}", literal(host)), key));
    }
    let words: Vec<&str> = ["command", "args"].iter().filter_map(|k| body.get(k)).flat_map(Node::texts).collect();
    if !words.is_empty() {
        let plain: Vec<String> = words.iter().map(|word| literal(unversioned(word))).collect();
        out.push(connected(&subject, format!("a run of {}", plain.join(" ")), key));
        let fetches = ["npx", "bunx", "uvx", "pipx", "docker"].iter().any(|runner| words[0].ends_with(runner));
        let is_pinned = words.iter().any(|word| *word != unversioned(word) && !word.ends_with("@latest"));
        let (rank, level) =
            if fetches && !is_pinned { (1, "decided by its publisher") } else { (0, "fixed by its version") };
        let code = Grant::allow(SERVER, subject.clone(), Reach::one("the code that is run"), Severity::Medium);
        out.push(code.level(rank, level).at(key.span()));
    }
    if body.get("trust").is_some_and(Node::is_true) {
        out.push(approved(&subject, "*", key));
    }
    for list in ["alwaysAllow", "autoApprove", "autoAllow"].iter().filter_map(|list| body.get(list)) {
        out.extend(list.items().filter_map(|tool| Some(approved(&subject, tool.text()?, tool))));
    }
    for tool in body.get("excludeTools").into_iter().flat_map(Node::items) {
        let what = Reach::one(format!("tool {}", tool.text().unwrap_or_default()));
        out.push(Grant::deny(APPROVAL, subject.clone(), what, Severity::Medium).level(1, "shut").at(tool.span()));
    }
    out
}

fn connected(subject: &Subject, what: String, key: Node<'_>) -> Grant {
    let grant = Grant::allow(SERVER, subject.clone(), Reach::one(what), Severity::High);
    grant.level(1, "part of the agent").alone(Severity::Low).at(key.span())
}

fn approved(subject: &Subject, tool: &str, at: Node<'_>) -> Grant {
    let severity = if tool == "*" { Severity::High } else { Severity::Medium };
    let grant = Grant::allow(APPROVAL, subject.clone(), Reach::one(format!("tool {tool}")), severity);
    grant.level(1, "without asking").at(at.span())
}

/// A package without its version: a new version of the same is no new server.
fn unversioned(word: &str) -> &str {
    let is_option = word.starts_with('-') || word.contains("://");
    let cut =
        word.rfind(['@', '=']).filter(|&at| at > 0 && !is_option).map_or(word, |at| word[..at].trim_end_matches('='));
    match cut.rsplit_once(':') {
        Some((image, tag)) if !is_option && image.contains('/') && !tag.contains('/') && cut == word => image,
        _ => cut,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_cut_off() {
        for (word, expected) in [
            ("@acme/server@1.2.3", "@acme/server"),
            ("@acme/server", "@acme/server"),
            ("server==1.2", "server"),
            ("ghcr.io/acme/mcp:1.0", "ghcr.io/acme/mcp"),
            ("ghcr.io/acme/mcp@sha256:00", "ghcr.io/acme/mcp"),
            ("--port=1", "--port=1"),
            ("postgresql://u@h/d", "postgresql://u@h/d"),
            ("", ""),
        ] {
            assert_eq!(unversioned(word), expected);
        }
    }
}
