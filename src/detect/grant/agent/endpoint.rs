//! Where an agent sends what it is told: the host of the model, of a proxy, of telemetry.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Addresses in the settings of a project.
///
/// Whole prompts go to the model's host, the key with them. Without a word the vendor's own host is called. Source: the
/// references of the agents' environment variables and settings.
pub(in crate::detect::grant) static ENDPOINT: Surface = Surface {
    files: &[
        "**/.claude/settings*.json",
        "**/.codex/config.toml",
        "**/.gemini/settings.json",
        "**/.gemini/.env",
        "**/.vscode/settings.json",
        "**/{opencode,.opencode}.{json,jsonc}",
    ],
    marks: &["url", "proxy", "endpoint", "extra_ca"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some("{}"),
    has_fixtures: true,
};

const RULE: &str = "agent-endpoint";
/// Hosts of the vendors themselves.
const VENDORS: [&str; 6] = [
    "api.anthropic.com",
    "api.openai.com",
    "generativelanguage.googleapis.com",
    "chatgpt.com",
    "openrouter.ai",
    "api.github.com",
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let agent = Subject::new("the agent's traffic", "");
    let mut out = vec![Grant::allow(RULE, agent.clone(), Reach::all(), Severity::Low).level(0, "the vendor's host")];
    let mut add = |name: &str, value: &str, span: std::ops::Range<usize>| {
        out.extend(destination(name, value).map(|host| {
            let what = Reach::one(format!("{host} by {name}"));
            let severity = if is_local(&host) { Severity::Medium } else { Severity::High };
            Grant::allow(RULE, agent.clone(), what, severity).level(1, "goes there").at(span)
        }));
    };
    if input.path.ends_with(".env") {
        let mut at = 0;
        for line in input.text.split_inclusive('\n') {
            let span = at..at + line.trim_end().len();
            at += line.len();
            if let Some((name, value)) = line.trim().split_once('=') {
                add(name, value.trim_matches(['"', '\'']), span);
            }
        }
        return out;
    }
    let document = if input.path.ends_with(".toml") { input.toml() } else { input.json() };
    let maps = document.root().into_iter().flat_map(Node::walk).filter(|node| node.is_map());
    for (key, value) in maps.flat_map(Node::entries) {
        if let (Some(name), Some(text)) = (key.text(), value.text()) {
            add(name, text, key.span().start..value.span().end);
        }
    }
    out
}

/// The host, if the name says that traffic goes there and it is not the vendor's.
fn destination(name: &str, value: &str) -> Option<String> {
    let upper = name.to_ascii_uppercase();
    let is_model = upper.ends_with("BASE_URL") || upper.ends_with("BASEURL") || upper.ends_with("API_BASE");
    let is_other =
        ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "HTTP.PROXY", "OTEL_EXPORTER_OTLP_ENDPOINT", "NODE_EXTRA_CA_CERTS"]
            .contains(&upper.as_str());
    if !is_model && !is_other {
        return None;
    }
    let host = value.split("//").nth(1).unwrap_or(value).split(['/', '?']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or(host).replace(['*', '?'], "·");
    (!host.is_empty() && !host.starts_with('$') && !VENDORS.contains(&host.as_str())).then_some(host)
}

fn is_local(host: &str) -> bool {
    ["localhost", "127.0.0.1", "[::1]", "host.docker.internal"].iter().any(|local| host.starts_with(local))
}
