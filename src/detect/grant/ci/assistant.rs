//! Coding agents in workflows: what they may do without being asked, and who may ask them.

use super::workflow::{self, Job, all_steps, is_risky, jobs};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Agents that run in workflows.
///
/// Each of these switches takes away a question or a wall. Source: the references of the command lines of Claude Code,
/// Codex and Gemini, and the inputs of their actions.
pub(in crate::detect::grant) static ASSISTANT: Surface = Surface {
    files: workflow::FILES_WITH_STEPS,
    marks: &[
        "claude",
        "codex",
        "gemini",
        "copilot",
        "--yolo",
        "allowed_non_write_users",
        "allowed-tools",
        "allowed_tools",
        "prompt",
        "instructions",
    ],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "workflow-agent";

/// Options that let an agent act without asking.
const UNASKED: [&str; 8] = [
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--allow-dangerously-skip-permissions",
    "--permission-mode bypassPermissions",
    "--permission-mode=bypassPermissions",
    "--approval-mode=yolo",
    "--approval-mode yolo",
    "--yolo",
];
/// Options that take the sandbox away.
const UNBOUND: [&str; 3] = ["danger-full-access", "--no-sandbox", "drop-sudo: false"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let is_open = is_risky(root) || workflow::has_trigger(root, "issues");
    let severity = if is_open { Severity::Critical } else { Severity::High };
    let agent = Subject::new("the agent", "");
    let mut out = vec![Grant::allow(RULE, agent.clone(), Reach::one("-"), Severity::Low).level(0, "no")];
    for step in all_steps(root) {
        for (node, text) in step.walk().filter_map(|node| Some((node, node.text()?))) {
            for (options, what) in
                [(&UNASKED[..], "every tool without being asked"), (&UNBOUND[..], "the machine outside its sandbox")]
            {
                if options.iter().any(|option| holds_word(text, option)) {
                    let grant = Grant::allow(RULE, agent.clone(), Reach::one(what), severity);
                    out.push(grant.alone(Severity::Medium).at(node.span()));
                }
            }
        }
        inputs(step, severity, &mut out);
    }
    out.extend(jobs(root).into_iter().filter_map(|job| told_by_strangers(root, job)));
    out
}

/// A job with power whose agent is told what strangers write.
fn told_by_strangers(root: Node<'_>, job: Job<'_>) -> Option<Grant> {
    let is_open = is_risky(root) || ["issues", "discussion"].iter().any(|event| workflow::has_trigger(root, event));
    if !is_open || !job.may_write(root) && job.secrets().next().is_none() {
        return None;
    }
    let is_theirs = |text: &str| THEIRS.iter().any(|words| text.contains(words));
    let node = job.steps().find_map(|step| {
        let with = step.get("with").map(Node::entries).unwrap_or_default();
        let input = with.into_iter().find(|(key, value)| {
            key.text().is_some_and(|name| PROMPTS.contains(&name.replace('-', "_").as_str()))
                && value.text().is_some_and(is_theirs)
        });
        let run = step.get("run").filter(|run| {
            run.text().is_some_and(|text| is_theirs(text) && AGENTS.iter().any(|agent| holds_word(text, agent)))
        });
        input.map(|(_, value)| value).or(run)
    })?;
    let who = Subject::new("whoever writes to the project", "");
    let grant = Grant::allow(RULE, who, Reach::one("the agent's instructions"), Severity::High);
    Some(grant.level(1, "part of its prompt").alone(Severity::Medium).at(node.span()))
}

/// Inputs by which actions tell their agent what to do.
const PROMPTS: [&str; 6] =
    ["prompt", "direct_prompt", "custom_instructions", "instructions", "message", "override_prompt"];
/// Command lines that begin with such words.
const AGENTS: [&str; 5] = ["claude -p", "claude --print", "codex exec", "gemini -p", "gemini --prompt"];
/// Texts of events that strangers write.
const THEIRS: [&str; 11] = [
    "github.event.issue.title",
    "github.event.issue.body",
    "github.event.comment.body",
    "github.event.pull_request.title",
    "github.event.pull_request.body",
    "github.event.discussion.title",
    "github.event.discussion.body",
    "github.event.review.body",
    "github.event.pull_request.head.ref",
    "github.event.workflow_run.head_branch",
    "github.head_ref",
];

/// Inputs of the agents' actions.
fn inputs(step: Node<'_>, severity: Severity, out: &mut Vec<Grant>) {
    for (key, value) in step.get("with").map(Node::entries).unwrap_or_default() {
        let (Some(name), Some(text)) = (key.text(), value.text()) else { continue };
        let names = || text.split([',', '\n', ' ']).map(str::trim).filter(|name| !name.is_empty());
        let span = key.span().start..value.span().end;
        match name.replace('-', "_").as_str() {
            "allowed_tools" => out.extend(tools(text).into_iter().map(|tool| {
                let severity = if tool == "tool Bash: *" { severity } else { Severity::Medium };
                Grant::allow(RULE, Subject::new("the agent", ""), Reach::one(tool), severity).at(span.clone())
            })),
            "allowed_non_write_users" | "allowed_bots" | "allow_users" | "allow_bots" => {
                out.extend(names().map(|user| {
                    let severity = if user == "*" { Severity::High } else { Severity::Medium };
                    let who = Subject::new("people without write access", "");
                    Grant::allow(RULE, who, Reach::one(user), severity).level(1, "command the agent").at(span.clone())
                }))
            }
            _ => {}
        }
    }
}

/// `Edit,Bash(npm test:*)` as patterns of tools: a tool without brackets is all of it.
fn tools(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut depth = 0;
    for part in text.split(|c: char| {
        depth += i32::from(c == '(') - i32::from(c == ')');
        (c == ',' || c == '\n') && depth <= 0
    }) {
        let part = part.trim().trim_matches(['"', '\'']);
        match part.split_once('(') {
            Some((tool, rest)) => out.push(format!("tool {tool}: {}", rest.trim_end_matches(')').replace(":*", "*"))),
            None if !part.is_empty() => out.push(format!("tool {part}: *")),
            None => {}
        }
    }
    out
}

/// True if `option` stands in `text` as words of its own.
fn holds_word(text: &str, option: &str) -> bool {
    text.match_indices(option).any(|(at, _)| {
        let next = text[at + option.len()..].bytes().next();
        let last = text[..at].bytes().next_back();
        let is_edge = |byte: Option<u8>| byte.is_none_or(|b| !b.is_ascii_alphanumeric() && b != b'-' && b != b'_');
        is_edge(next) && is_edge(last)
    })
}
