//! What the files of pipelines do with ringfence: which range they name, how deep they fetch, and whether it counts.

use super::line_of;
use crate::document::{self, Node};
use crate::order;

/// One thing that a pipeline does wrong, or does right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The line, from 1.
    pub line: usize,
    /// What it is.
    pub says: Says,
}

/// What a remark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It calls ringfence, and nothing is wrong with that.
    Sound,
    /// It compares what is staged or changed, of which a pipeline has nothing.
    NoRange,
    /// It scans the files, which are then judged by their own policy.
    OwnPolicy,
    /// It names a range and fetches too little to have it.
    Shallow,
    /// Its result does not count.
    Ignored,
    /// The file could not be read, so nothing is known.
    Unread,
}

impl Says {
    /// What is wrong and what to do; `None` where nothing is.
    pub fn advice(self, system: System) -> Option<String> {
        let deep = match system {
            System::GitHub => "give the checkout step `fetch-depth: 0`",
            System::GitLab => "set the variable `GIT_DEPTH: \"0\"`",
            System::Other => "fetch the whole history",
        };
        match self {
            Self::Sound => None,
            Self::NoRange => Some(
                "compares the index or the working tree, and in a pipeline nothing is changed there: `ringfence diff --ci` \
                 finds out what the job is about"
                    .into(),
            ),
            Self::OwnPolicy => Some(
                "scans files, and those are judged by their own policy: a change can allow itself what it brings; compare \
                 with the base, as `ringfence diff --ci` does"
                .into(),
            ),
            Self::Shallow => Some(format!("names a range, and a shallow clone may lack its base: {deep}")),
            Self::Ignored => Some("throws the result away: let the step fail (no `|| true`, no leave to fail)".into()),
            Self::Unread => Some("cannot be read, so nothing is known about it: mend the file".into()),
        }
    }
}

/// Whose file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// A workflow of GitHub.
    GitHub,
    /// A pipeline of GitLab.
    GitLab,
    /// Any other; only its lines are read.
    Other,
}

/// Files of other systems.
const OTHERS: [&str; 9] = [
    ".circleci/config.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    "Jenkinsfile",
    ".buildkite/pipeline.yml",
    ".travis.yml",
    ".drone.yml",
    ".woodpecker.yml",
    "appveyor.yml",
];

/// Whose file `path` is; `None` for one that is no pipeline's.
pub fn system(path: &str) -> Option<System> {
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    match path.strip_prefix(".github/workflows/").or_else(|| path.strip_prefix(".forgejo/workflows/")) {
        Some(name) => (is_yaml && !name.contains('/')).then_some(System::GitHub),
        None if path.ends_with(".gitlab-ci.yml") || path.starts_with(".gitlab/ci/") && is_yaml => Some(System::GitLab),
        None => OTHERS.contains(&path).then_some(System::Other),
    }
}

/// What the file says about ringfence; nothing where it does not call it.
pub fn remarks(system: System, text: &str) -> Vec<Remark> {
    // Most files have nothing to do with it.
    if !text.contains("ringfence") {
        return Vec::new();
    }
    let page = Page { text };
    let mut out = match system {
        System::Other => page.lines(text, 0, Depth::Full),
        System::GitHub | System::GitLab => {
            let document = document::yaml(text);
            match (document.gaps().first(), document.root()) {
                (Some(gap), _) => vec![page.remark(gap.at, Says::Unread)],
                (None, Some(root)) if system == System::GitHub => page.workflow(root),
                (None, Some(root)) => page.pipeline(root),
                (None, None) => Vec::new(),
            }
        }
    };
    order::sort_by_key(&mut out, |remark| remark.line);
    out.dedup();
    out
}

/// The lines at which a file takes in what stands elsewhere, and what that is: jobs and steps that nobody reads here.
pub fn elsewhere(system: System, text: &str) -> Vec<(usize, String)> {
    let document = document::yaml(text);
    let Some(root) = document.root().filter(|_| document.gaps().is_empty()) else { return Vec::new() };
    let place = |node: Node<'_>, what: &str| (line_of(text, node.span().start), what.to_owned());
    match system {
        System::GitHub => {
            let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
            let called = jobs.into_iter().filter_map(|(_, job)| job.get("uses"));
            // One of its own folder is read like any other workflow.
            let called = called.filter_map(|node| Some((node, node.text().filter(|name| !name.starts_with("./"))?)));
            called.map(|(node, name)| place(node, name)).collect()
        }
        System::GitLab => {
            let included = root.get("include").into_iter().flat_map(Node::one_or_many);
            let named = |node: Node<'_>| {
                let kinds = ["local", "project", "remote", "template", "component"];
                let name = node.text().or_else(|| kinds.iter().find_map(|kind| node.get(kind)).and_then(Node::text));
                let name = name.unwrap_or("what `include` names");
                (!is_action(name) && self::system(name.trim_start_matches('/')).is_none()).then(|| place(node, name))
            };
            included.filter_map(named).collect()
        }
        System::Other => Vec::new(),
    }
}

/// How much of the history there is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    Full,
    Shallow,
}

struct Page<'t> {
    text: &'t str,
}

impl Page<'_> {
    fn remark(&self, at: usize, says: Says) -> Remark {
        Remark { line: line_of(self.text, at), says }
    }

    fn workflow(&self, root: Node<'_>) -> Vec<Remark> {
        let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
        jobs.into_iter().flat_map(|(_, job)| self.job(job)).collect()
    }

    fn job(&self, job: Node<'_>) -> Vec<Remark> {
        let mut depth = Depth::Full;
        let mut out = Vec::new();
        for step in job.get("steps").into_iter().flat_map(Node::items) {
            let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
            if uses.starts_with("actions/checkout@") {
                let is_full = step.path(&["with", "fetch-depth"]).is_some_and(|depth| depth.is("0"));
                depth = if is_full { Depth::Full } else { Depth::Shallow };
            }
            let mut found = match step.get("run") {
                Some(run) => self.lines(run.text().unwrap_or_default(), run.span().start, depth),
                None if is_action(uses) && depth == Depth::Shallow => {
                    vec![self.remark(step.span().start, Says::Shallow)]
                }
                None if is_action(uses) => vec![self.remark(step.span().start, Says::Sound)],
                None => Vec::new(),
            };
            let may_fail = |node: Node<'_>| node.get("continue-on-error").is_some_and(|word| !word.is_false());
            if !found.is_empty() && (may_fail(step) || may_fail(job)) {
                found.push(self.remark(step.span().start, Says::Ignored));
            }
            out.extend(found);
        }
        out
    }

    fn pipeline(&self, root: Node<'_>) -> Vec<Remark> {
        let is_ours = |node: &Node<'_>| node.get("project").and_then(Node::text).is_some_and(is_action);
        // The job that comes with ringfence fetches what it needs.
        let ours = root.get("include").into_iter().flat_map(Node::one_or_many).filter(is_ours);
        let mut out: Vec<Remark> = ours.map(|node| self.remark(node.span().start, Says::Sound)).collect();
        let deep = |node: Node<'_>| node.path(&["variables", "GIT_DEPTH"]).map(|depth| depth.is("0"));
        let everywhere = deep(root).unwrap_or(false);
        for (_, job) in root.entries() {
            let depth = if deep(job).unwrap_or(everywhere) { Depth::Full } else { Depth::Shallow };
            let scripts = ["before_script", "script", "after_script"].into_iter().filter_map(|key| job.get(key));
            let lines = scripts.flat_map(Node::walk).filter_map(|node| Some((node.text()?, node.span().start)));
            let mut found: Vec<Remark> = lines.flat_map(|(text, at)| self.lines(text, at, depth)).collect();
            if !found.is_empty() && job.get("allow_failure").is_some_and(|word| !word.is_false()) {
                found.push(self.remark(job.span().start, Says::Ignored));
            }
            out.extend(found);
        }
        out
    }

    /// The calls in lines of shell that stand at `at`.
    fn lines(&self, script: &str, at: usize, depth: Depth) -> Vec<Remark> {
        let mut out = Vec::new();
        let first = line_of(self.text, at);
        for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
            let Some(said) = call(line, depth) else { continue };
            // A block begins below its key, and its lines stand there as they are.
            let below = self.text.lines().enumerate().skip(first - 1).find(|(_, own)| own.contains(line.trim()));
            let line = below.map_or(first, |(number, _)| number + 1);
            out.extend(said.into_iter().map(|says| Remark { line, says }));
        }
        out
    }
}

fn is_action(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default();
    name.split('/').any(|part| part == "ringfence" || part == "ringfence-action")
}

/// What a line of shell does with ringfence, if it calls it.
fn call(line: &str, depth: Depth) -> Option<Vec<Says>> {
    let mut words = line.split(|c: char| c.is_whitespace() || "\"';&|()".contains(c)).filter(|word| !word.is_empty());
    words.by_ref().find(|word| word.rsplit('/').next() == Some("ringfence"))?;
    let rest: Vec<&str> = words.collect();
    let says = match rest.first() {
        Some(&"diff") if rest.contains(&"--ci") || rest.iter().skip(1).any(|word| word.contains("..")) => match depth {
            Depth::Full => Says::Sound,
            Depth::Shallow => Says::Shallow,
        },
        Some(&"diff") => Says::NoRange,
        Some(&"scan") => Says::OwnPolicy,
        // Other commands judge nothing.
        _ => return None,
    };
    let is_lost = line.split("||").nth(1).is_some_and(|or| matches!(or.trim(), "true" | ":" | "exit 0"))
        || rest.windows(2).any(|pair| pair == ["--fail-on", "never"]);
    Some(if is_lost { vec![says, Says::Ignored] } else { vec![says] })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(path: &str, text: &str) -> Vec<(usize, Says)> {
        remarks(system(path).unwrap(), text).into_iter().map(|remark| (remark.line, remark.says)).collect()
    }

    fn workflow(depth: &str, extra: &str, run: &str) -> Vec<(usize, Says)> {
        let text = format!(
            "on: pull_request\njobs:\n  a:\n    steps:\n      - uses: actions/checkout@v4\n{depth}      - run: |\n          make\n          {run}\n{extra}"
        );
        said(".github/workflows/ci.yml", &text)
    }

    #[test]
    fn workflows_are_read() {
        let deep = "        with:\n          fetch-depth: 0\n";
        let range = "ringfence diff \"$BASE...$HEAD\"";
        assert_eq!(workflow(deep, "", range), [(10, Says::Sound)]);
        assert_eq!(workflow("", "", range), [(8, Says::Shallow)]);
        assert_eq!(workflow(deep, "", "ringfence diff --staged"), [(10, Says::NoRange)]);
        assert_eq!(workflow(deep, "", "ringfence scan"), [(10, Says::OwnPolicy)]);
        assert_eq!(workflow(deep, "", &format!("{range} || true")), [(10, Says::Sound), (10, Says::Ignored)]);
        let may = "        continue-on-error: true\n";
        assert_eq!(workflow(deep, may, range), [(8, Says::Ignored), (10, Says::Sound)]);
        assert_eq!(workflow(deep, "", "ringfence diff --ci --format github"), [(10, Says::Sound)]);
        let action = |with: &str| {
            format!(
                "jobs:\n  a:\n    steps:\n      - uses: actions/checkout@v7\n{with}      - uses: acme/ringfence@v1\n"
            )
        };
        assert_eq!(said(".github/workflows/a.yml", &action("")), [(5, Says::Shallow)]);
        assert_eq!(said(".github/workflows/a.yml", &action(deep)), [(7, Says::Sound)]);
        assert_eq!(workflow("", "", "echo ringfence"), []);
        assert_eq!(workflow("", "", "ringfence rules list"), []);
        assert_eq!(said(".github/workflows/a.yaml", "a: [ringfence"), [(1, Says::Unread)]);
    }

    #[test]
    fn pipelines_are_read() {
        let job = "check:\n  script:\n    - ringfence diff \"$A..$B\"\n";
        assert_eq!(said(".gitlab-ci.yml", job), [(3, Says::Shallow)]);
        let deep = format!("variables:\n  GIT_DEPTH: \"0\"\n{job}");
        assert_eq!(said(".gitlab-ci.yml", &deep), [(5, Says::Sound)]);
        let may = format!("{deep}  allow_failure: true\n");
        assert!(said(".gitlab-ci.yml", &may).iter().any(|(_, says)| *says == Says::Ignored));
        let ours = "include:\n  - local: a.yml\n  - project: acme/ringfence\n    file: ci/gitlab.yml\n";
        assert_eq!(said(".gitlab-ci.yml", ours), [(3, Says::Sound)]);
        assert_eq!(said("Jenkinsfile", "sh 'ringfence diff origin/main...HEAD'\n"), [(1, Says::Sound)]);
        assert_eq!(said("Jenkinsfile", "\nsh 'ringfence diff'\n"), [(2, Says::NoRange)]);
        assert_eq!(system("src/main.rs"), None);
    }

    #[test]
    fn what_stands_elsewhere_is_named() {
        let call =
            "jobs:\n  a:\n    uses: ./.github/workflows/b.yml\n  c:\n    uses: acme/ci/.github/workflows/d.yml@v1\n";
        assert_eq!(elsewhere(System::GitHub, call), [(5, "acme/ci/.github/workflows/d.yml@v1".to_owned())]);
        let include = "include:\n  - local: .gitlab/ci/a.yml\n  - local: ci/b.yml\n  - project: acme/ringfence\n  - template: C.yml\n";
        assert_eq!(elsewhere(System::GitLab, include), [(3, "ci/b.yml".to_owned()), (5, "C.yml".to_owned())]);
        assert_eq!(elsewhere(System::GitLab, "include: https://example.com/a.yml\n").len(), 1);
        assert_eq!(elsewhere(System::Other, include), []);
    }
}
