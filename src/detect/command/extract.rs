//! Which files run commands, and the scripts in them.

mod code;
mod lines;
mod recipes;
mod yaml;

use super::script::{Script, Syntax};
use crate::rule::command::Place;

/// A kind of file that runs commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Shell(Syntax),
    Yaml(Place),
    Dockerfile,
    Makefile,
    Justfile,
    Package,
    Procfile,
    Crontab,
    Unit,
    Code(code::Language),
    Agent,
}

const SHELL: [&str; 8] = ["sh", "bash", "zsh", "ksh", "dash", "ash", "bats", "command"];
const SHELL_NAMES: [&str; 8] =
    [".bashrc", ".bash_profile", ".profile", ".zshrc", ".envrc", ".bash_logout", ".zprofile", "PKGBUILD"];
const WORKFLOWS: [&str; 14] = [
    "action.yml",
    "action.yaml",
    ".gitlab-ci.yml",
    ".gitlab-ci.yaml",
    "azure-pipelines.yml",
    "azure-pipelines.yaml",
    "bitbucket-pipelines.yml",
    ".travis.yml",
    ".drone.yml",
    "cloudbuild.yaml",
    "cloudbuild.yml",
    ".cirrus.yml",
    "appveyor.yml",
    ".appveyor.yml",
];
const WORKFLOW_FOLDERS: [&str; 8] = [
    ".github/workflows/",
    ".circleci/",
    ".azure-pipelines/",
    ".buildkite/",
    ".gitlab/",
    ".woodpecker/",
    ".github/actions/",
    ".tekton/",
];
const SERVICE_FOLDERS: [&str; 4] = ["tasks/", "handlers/", "playbooks/", "roles/"];
const AGENT_NAMES: [&str; 8] = [
    "AGENTS.md",
    "AGENT.md",
    "CLAUDE.md",
    "GEMINI.md",
    "SKILL.md",
    ".cursorrules",
    ".windsurfrules",
    "copilot-instructions.md",
];
const AGENT_FOLDERS: [&str; 5] =
    [".claude/commands/", ".claude/agents/", ".claude/skills/", ".cursor/rules/", ".github/instructions/"];

impl Source {
    /// What kind of file this is; `None` for those that run nothing.
    pub(super) fn of(path: &str, head: &[u8]) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        let starts = |at: usize| at == 0 || path.as_bytes()[at - 1] == b'/';
        let is_in = |folders: &[&str]| folders.iter().any(|f| path.match_indices(f).any(|(at, _)| starts(at)));
        if SHELL.contains(&ending) || SHELL_NAMES.contains(&name) || is_in(&[".husky/", ".githooks/"]) {
            return Some(Self::Shell(Syntax::Posix));
        }
        if let Some(language) = code::Language::of(ending) {
            return Some(Self::Code(language));
        }
        match ending {
            "ps1" | "psm1" | "bat" | "cmd" => return Some(Self::Shell(Syntax::Windows)),
            "yml" | "yaml" => return yaml_place(name, &is_in).map(Self::Yaml),
            "mk" | "mak" => return Some(Self::Makefile),
            "dockerfile" | "Dockerfile" | "containerfile" => return Some(Self::Dockerfile),
            "service" => return Some(Self::Unit),
            "just" => return Some(Self::Justfile),
            "md" | "mdc" => {
                return (AGENT_NAMES.contains(&name) || is_in(&AGENT_FOLDERS)).then_some(Self::Agent);
            }
            _ => {}
        }
        Self::of_name(name, path, head)
    }

    fn of_name(name: &str, path: &str, head: &[u8]) -> Option<Self> {
        match name {
            "Jenkinsfile" => Some(Self::Code(code::Language::Pipeline)),
            _ if name.starts_with("Jenkinsfile.") || ending_of(name) == "jenkinsfile" => {
                Some(Self::Code(code::Language::Pipeline))
            }
            "Makefile" | "makefile" | "GNUmakefile" | "BSDmakefile" => Some(Self::Makefile),
            "Justfile" | "justfile" | ".justfile" => Some(Self::Justfile),
            "package.json" | "composer.json" | "deno.json" => Some(Self::Package),
            "Procfile" => Some(Self::Procfile),
            "crontab" => Some(Self::Crontab),
            _ if AGENT_NAMES.contains(&name) => Some(Self::Agent),
            _ if name.ends_with(".cron") || path.contains("cron.d/") => Some(Self::Crontab),
            _ if name.starts_with("Dockerfile") || name.starts_with("Containerfile") => Some(Self::Dockerfile),
            _ => is_shell_script(head).then_some(Self::Shell(Syntax::Posix)),
        }
    }

    /// Where the commands of such a file stand.
    pub(super) fn place(self) -> Place {
        match self {
            Self::Shell(_) => Place::Script,
            Self::Yaml(place) => place,
            Self::Dockerfile => Place::Image,
            Self::Makefile | Self::Justfile | Self::Package => Place::Build,
            Self::Procfile | Self::Crontab | Self::Unit => Place::Service,
            Self::Code(code::Language::Pipeline) => Place::Workflow,
            Self::Code(_) => Place::Code,
            Self::Agent => Place::Agent,
        }
    }

    /// False if a look at the bytes is enough to tell that nothing is run.
    pub(super) fn may_run(self, text: &[u8]) -> bool {
        match self {
            Self::Code(language) => language.may_run(text),
            _ => true,
        }
    }

    /// Every script of the file.
    pub(super) fn scripts(self, text: &str) -> Vec<Script> {
        match self {
            Self::Shell(syntax) => vec![Script::of(text, 0).read_by(syntax)],
            Self::Yaml(_) => yaml::scripts(text),
            Self::Dockerfile => recipes::dockerfile(text),
            Self::Makefile => recipes::makefile(text),
            Self::Justfile => recipes::justfile(text),
            Self::Package => lines::package(text),
            Self::Procfile => lines::procfile(text),
            Self::Crontab => lines::crontab(text),
            Self::Unit => lines::unit(text),
            Self::Agent => lines::agent(text),
            Self::Code(language) => code::scripts(text, language),
        }
    }
}

fn ending_of(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

fn yaml_place(name: &str, is_in: &dyn Fn(&[&str]) -> bool) -> Option<Place> {
    if WORKFLOWS.contains(&name) || name.ends_with(".gitlab-ci.yml") || is_in(&WORKFLOW_FOLDERS) {
        return Some(Place::Workflow);
    }
    if name.starts_with("Taskfile") || name.starts_with("lefthook") || name.starts_with(".pre-commit") {
        return Some(Place::Build);
    }
    let is_service = name.contains("compose") || name.contains("playbook") || is_in(&SERVICE_FOLDERS);
    is_service.then_some(Place::Service)
}

fn is_shell_script(head: &[u8]) -> bool {
    let Some(rest) = head.strip_prefix(b"#!") else { return false };
    let line = rest.split(|b| *b == b'\n').next().unwrap_or_default();
    let words = line.split(|b| b" /\t\r".contains(b));
    words.into_iter().any(|word| super::wrap::is_shell(std::str::from_utf8(word).unwrap_or_default()))
}

/// Lines of a text with their offsets, without line ends.
pub(super) fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split_inclusive('\n').map(move |line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    })
}

/// The same text, in which a template's expressions are letters: what they stand for is decided elsewhere.
pub(super) fn blanked(text: &str, marks: &[(&str, &str)]) -> String {
    let mut out = text.to_owned();
    for (open, close) in marks {
        let mut from = 0;
        while let Some(start) = out.get(from..).and_then(|rest| rest.find(open)).map(|at| from + at) {
            let Some(end) = out[start..].find(close).map(|at| start + at + close.len()) else { break };
            if out[start..end].contains('\n') {
                from = start + open.len();
                continue;
            }
            out.replace_range(start..end, &"x".repeat(end - start));
            from = end;
        }
    }
    out
}

/// Words as a line that a shell reads as just these words.
pub(super) fn quoted(script: &mut Script, word: &str, at: usize) {
    if !script.text.is_empty() {
        script.push(" ", at);
    }
    script.push("'", at);
    script.push(&word.replace('\'', "\"").replace('\n', " "), at);
    script.push("'", at + word.len());
}
