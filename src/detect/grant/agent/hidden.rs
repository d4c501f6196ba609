//! Ignore files of agents: what they may not read.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// One pattern a line, as in `.gitignore`. Without the file everything may be read. Source: the documentation of each
/// agent.
pub(in crate::detect::grant) static IGNORE: Surface = Surface {
    files: &[
        "**/.cursorignore",
        "**/.geminiignore",
        "**/.aiexclude",
        "**/.codeiumignore",
        "**/.aiderignore",
        "**/.rooignore",
        "**/.clineignore",
        "**/.aiignore",
    ],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: true,
};

const RULE: &str = "agent-ignore";
/// Words of patterns that hide secrets.
const SECRETS: [&str; 8] = [".env", "secret", "credential", ".pem", ".key", "id_rsa", "token", "password"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let agent = || Subject::new("the agent", "");
    let mut out = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let pattern = line.trim();
        if pattern.is_empty() || pattern.starts_with('#') {
            continue;
        }
        let lower = pattern.to_ascii_lowercase();
        let severity = if SECRETS.iter().any(|word| lower.contains(word)) { Severity::High } else { Severity::Medium };
        let plain = pattern.trim_start_matches('!').trim_start_matches('/').replace("**/", "").replace("**", "*");
        let grant = match pattern.starts_with('!') {
            true => Grant::allow(RULE, agent(), Reach::one(format!("sight of {plain}")), severity).level(1, "open"),
            false => Grant::guard(RULE, agent(), Reach::one(format!("the wall before {plain}")), severity),
        };
        out.push(grant.at(start..start + line.trim_end().len()));
    }
    out
}
