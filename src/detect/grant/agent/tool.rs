//! Permission rules of agents, such as `Bash(npm test:*)`: which tool, on what, and how much that is.

use crate::finding::Severity;

/// Programs that run whatever they are given: to allow them is to allow everything.
const RUNNERS: [&str; 26] = [
    "npx", "bunx", "pnpm dlx", "yarn dlx", "uvx", "pipx", "python", "python3", "node", "deno", "bun", "ruby", "perl",
    "php", "bash", "sh", "zsh", "eval", "xargs", "env", "sudo", "ssh", "docker", "curl", "wget", "find",
];
/// Tools that only look.
const READERS: [&str; 8] = ["Read", "Glob", "Grep", "LS", "WebSearch", "TodoWrite", "NotebookRead", "Skill"];

/// A rule as `tool: pattern`: `Bash`, `Bash(*)` and `Bash(:*)` are all of it, `mcp__server__tool` is a tool of a server.
pub(super) fn pattern(rule: &str) -> String {
    let rule = rule.trim();
    if let Some(rest) = rule.strip_prefix("mcp__") {
        let (server, tool) = rest.split_once("__").unwrap_or((rest, "*"));
        return format!("tools of MCP server {server}: {tool}");
    }
    match rule.split_once('(') {
        Some((tool, rest)) => {
            let inner = rest.strip_suffix(')').unwrap_or(rest).replace(":*", "*").replace("**", "*");
            format!("{tool}: {}", if inner.is_empty() { "*" } else { &inner })
        }
        None if rule == "*" => "*".to_owned(),
        None => format!("{rule}: *"),
    }
}

/// How bad it is to allow what `pattern` says.
pub(super) fn severity(pattern: &str) -> Severity {
    let Some((tool, inner)) = pattern.split_once(": ") else { return Severity::Critical };
    let is_all = inner == "*";
    match tool {
        "Bash" | "PowerShell" | "Shell" | "shell" | "run_shell_command" if is_all => Severity::Critical,
        "Bash" | "PowerShell" | "Shell" | "shell" | "run_shell_command" => command(inner),
        _ if READERS.contains(&tool) => Severity::Low,
        _ if is_all => Severity::Medium,
        _ => Severity::Low,
    }
}

/// How bad it is to allow commands of this form.
fn command(inner: &str) -> Severity {
    let Some(open) = inner.strip_suffix('*') else { return Severity::Low };
    let open = open.trim_end();
    let runs = |runner: &&str| open.strip_suffix(*runner).is_some_and(|path| path.is_empty() || path.ends_with('/'));
    if RUNNERS.iter().any(runs) {
        Severity::High
    } else if open.contains(' ') {
        Severity::Low
    } else {
        Severity::Medium
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_become_patterns() {
        for (rule, expected) in [
            ("Bash", "Bash: *"),
            ("Bash(*)", "Bash: *"),
            ("Bash(npm test:*)", "Bash: npm test*"),
            ("Read(./src/**)", "Read: ./src/*"),
            ("mcp__github", "tools of MCP server github: *"),
            ("mcp__github__get_issue", "tools of MCP server github: get_issue"),
            ("WebFetch(domain:acme.dev)", "WebFetch: domain:acme.dev"),
        ] {
            assert_eq!(pattern(rule), expected);
        }
    }

    #[test]
    fn a_runner_is_as_bad_as_everything() {
        assert_eq!(severity("Bash: *"), Severity::Critical);
        assert_eq!(severity("Bash: npx *"), Severity::High);
        assert_eq!(severity("Bash: npm*"), Severity::Medium);
        assert_eq!(severity("Bash: npm test*"), Severity::Low);
        assert_eq!(severity("Read: *"), Severity::Low);
        assert_eq!(severity("Edit: *"), Severity::Medium);
    }
}
