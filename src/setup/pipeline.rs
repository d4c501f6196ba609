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
    /// It never runs.
    Never,
    /// It runs by the clock or by hand alone.
    NoChange,
    /// It asks for what the system does not tell.
    NoSystem,
    /// The file could not be read, so nothing is known.
    Unread,
}

impl Says {
    /// What is wrong and what to do; `None` where nothing is.
    pub fn advice(self, system: System) -> Option<String> {
        let deep = match system {
            System::GitHub => "give the checkout step `fetch-depth: 0`",
            System::GitLab => "set the variable `GIT_DEPTH: \"0\"`",
            System::Other | System::Unknown => "fetch the whole history",
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
            Self::Never => Some("never runs: take its condition away, or let a job take it in".into()),
            Self::NoChange => Some(
                "runs by the clock or by hand alone, so no change waits for it: let requests to merge and pushes start it, too".into(),
            ),
            Self::NoSystem => Some(
                "asks for `--ci`, which does not know this system and ends with exit code 2: name the commits, as in \
                 `ringfence diff origin/main...HEAD`"
                    .into(),
            ),
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
    /// Any other that `--ci` knows; its lines are read, and what may fail.
    Other,
    /// One that `--ci` does not know; read in the same way.
    Unknown,
}

/// Files of other systems.
const OTHERS: [(&str, System); 17] = [
    (".circleci/config.yml", System::Other),
    (".circleci/config.yaml", System::Other),
    ("azure-pipelines.yml", System::Other),
    ("azure-pipelines.yaml", System::Other),
    ("bitbucket-pipelines.yml", System::Other),
    ("Jenkinsfile", System::Other),
    (".buildkite/pipeline.yml", System::Other),
    (".buildkite/pipeline.yaml", System::Other),
    (".travis.yml", System::Unknown),
    (".drone.yml", System::Unknown),
    (".drone.yaml", System::Unknown),
    (".woodpecker.yml", System::Unknown),
    (".woodpecker.yaml", System::Unknown),
    ("appveyor.yml", System::Unknown),
    (".appveyor.yml", System::Unknown),
    ("appveyor.yaml", System::Unknown),
    (".appveyor.yaml", System::Unknown),
];

/// Folders of workflows that are written as GitHub's are.
const WORKFLOWS: [&str; 3] = [".github/workflows/", ".forgejo/workflows/", ".gitea/workflows/"];

/// Keys by which a step of another system may fail.
const MAY_FAIL: [&str; 3] = ["continueOnError", "soft_fail", "failure"];

/// Whose file `path` is; `None` for one that is no pipeline's.
pub fn system(path: &str) -> Option<System> {
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    match WORKFLOWS.iter().find_map(|folder| path.strip_prefix(folder)) {
        Some(name) => (is_yaml && !name.contains('/')).then_some(System::GitHub),
        None if path.ends_with(".gitlab-ci.yml") || path.starts_with(".gitlab/ci/") && is_yaml => Some(System::GitLab),
        None if path.starts_with(".woodpecker/") && is_yaml => Some(System::Unknown),
        None => OTHERS.into_iter().find_map(|(name, system)| (name == path).then_some(system)),
    }
}

/// What the file says about ringfence; nothing where it does not call it.
pub fn remarks(system: System, text: &str) -> Vec<Remark> {
    // Most files have nothing to do with it.
    if !text.contains("ringfence") {
        return Vec::new();
    }
    let page = Page { text, system };
    let mut out = match system {
        System::Other | System::Unknown => page.others(),
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
        System::Other | System::Unknown => Vec::new(),
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
    system: System,
}

impl Page<'_> {
    fn remark(&self, at: usize, says: Says) -> Remark {
        Remark { line: line_of(self.text, at), says }
    }

    fn workflow(&self, root: Node<'_>) -> Vec<Remark> {
        let jobs = root.get("jobs").map(Node::entries).unwrap_or_default();
        let mut out: Vec<Remark> = jobs.into_iter().flat_map(|(_, job)| self.job(job)).collect();
        let is_idle = |name: &str| matches!(name, "schedule" | "workflow_dispatch");
        if let Some(on) = root.get("on").filter(|on| triggers(*on).all(is_idle))
            && triggers(on).next().is_some()
        {
            out.iter_mut().filter(|remark| remark.says == Says::Sound).for_each(|remark| remark.says = Says::NoChange);
        }
        out
    }

    /// Lines, and steps that may fail.
    fn others(&self) -> Vec<Remark> {
        let mut out = self.lines(self.text, 0, Depth::Full);
        let document = document::yaml(self.text);
        let steps = document.root().into_iter().filter(|_| document.gaps().is_empty()).flat_map(Node::walk);
        let may_fail = |step: &Node<'_>| {
            let set =
                |key: &str| step.get(key).is_some_and(|word| word.is_true() || word.is_list() || word.is("ignore"));
            step.is_map() && MAY_FAIL.into_iter().any(set)
        };
        for step in steps.filter(may_fail) {
            let texts = step.walk().filter_map(Node::text);
            let calls = texts.flat_map(str::lines).filter_map(|line| call(line, self.system, Depth::Full)).count();
            out.extend((calls > 0).then(|| self.remark(step.span().start, Says::Ignored)));
        }
        out
    }

    fn job(&self, job: Node<'_>) -> Vec<Remark> {
        let mut depth = Depth::Full;
        let mut out = Vec::new();
        for step in job.get("steps").into_iter().flat_map(Node::items) {
            let uses = step.get("uses").and_then(Node::text).unwrap_or_default();
            if is_checkout(uses) {
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
            let is_soft = step.path(&["with", "fail-on"]).is_some_and(|word| word.is("never"));
            if !found.is_empty() && (may_fail(step) || may_fail(job) || is_action(uses) && is_soft) {
                found.push(self.remark(step.span().start, Says::Ignored));
            }
            if !found.is_empty() && (is_off(step) || is_off(job)) {
                found = vec![self.remark(step.span().start, Says::Never)];
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
        for (name, job) in root.entries() {
            let depth = if deep(job).unwrap_or(everywhere) { Depth::Full } else { Depth::Shallow };
            let scripts = ["before_script", "script", "after_script"].into_iter().filter_map(|key| job.get(key));
            let lines = scripts.flat_map(Node::walk).filter_map(|node| Some((node.text()?, node.span().start)));
            let mut found: Vec<Remark> = lines.flat_map(|(text, at)| self.lines(text, at, depth)).collect();
            if !found.is_empty() && job.get("allow_failure").is_some_and(|word| !word.is_false()) {
                found.push(self.remark(job.span().start, Says::Ignored));
            }
            if !found.is_empty() && self.is_template(root, name.text().unwrap_or_default()) {
                found = vec![self.remark(name.span().start, Says::Never)];
            }
            out.extend(found);
        }
        out
    }

    /// True for a hidden job of GitLab that no other takes in.
    fn is_template(&self, root: Node<'_>, name: &str) -> bool {
        let jobs = root.entries();
        let mut taken = jobs.iter().filter_map(|(_, job)| job.get("extends")).flat_map(|names| names.one_or_many());
        let is_taken = taken.any(|taken| taken.is(name));
        // By an anchor or a reference, too, and those are not followed here.
        let is_plain = !["<<:", "!reference"].iter().any(|sign| self.text.contains(sign));
        name.starts_with('.') && is_plain && !is_taken
    }

    /// The calls in lines of shell that stand at `at`.
    fn lines(&self, script: &str, at: usize, depth: Depth) -> Vec<Remark> {
        let mut out = Vec::new();
        let first = line_of(self.text, at);
        for (line, whole) in commands(script) {
            let Some(said) = call(&whole, self.system, depth) else { continue };
            // A block begins below its key, and its lines stand there as they are.
            let below = self.text.lines().enumerate().skip(first - 1).find(|(_, own)| own.contains(line.trim()));
            let line = below.map_or(first, |(number, _)| number + 1);
            out.extend(said.into_iter().map(|says| Remark { line, says }));
        }
        out
    }
}

/// Commands as they begin in their line, and whole where they go on in the next ones.
fn commands(script: &str) -> Vec<(&str, String)> {
    let mut out: Vec<(&str, String)> = Vec::new();
    let mut goes_on = false;
    for line in script.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let (text, more) = line.trim_end().strip_suffix('\\').map_or((line, false), |text| (text, true));
        match out.last_mut().filter(|_| goes_on) {
            Some((_, whole)) => whole.push_str(text),
            None => out.push((line, text.to_owned())),
        }
        goes_on = more;
    }
    out
}

/// The names of what starts a workflow.
fn triggers(on: Node<'_>) -> impl Iterator<Item = &str> {
    let keys = on.entries().into_iter().filter_map(|(key, _)| key.text());
    keys.chain(on.one_or_many().filter_map(Node::text))
}

/// True for the checkout of GitHub, however it is written; forges that speak alike take addresses.
fn is_checkout(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default().to_ascii_lowercase();
    name == "actions/checkout" || name.contains("://") && name.ends_with("/actions/checkout")
}

/// True where the condition of a job or a step is never met.
fn is_off(node: Node<'_>) -> bool {
    let text = |condition: Node<'_>| condition.text().map(|text| text.replace(' ', "")).unwrap_or_default();
    node.get("if").is_some_and(|condition| condition.is_false() || text(condition) == "${{false}}")
}

fn is_action(uses: &str) -> bool {
    let name = uses.split('@').next().unwrap_or_default();
    name.split('/').any(|part| part == "ringfence" || part == "ringfence-action")
}

/// What a line of shell does with ringfence, if it calls it.
fn call(line: &str, system: System, depth: Depth) -> Option<Vec<Says>> {
    let mut words = line.split(|c: char| c.is_whitespace() || "\"';&|()".contains(c)).filter(|word| !word.is_empty());
    words.by_ref().find(|word| word.rsplit('/').next() == Some("ringfence"))?;
    let rest: Vec<&str> = words.collect();
    let says = match rest.first() {
        Some(&"diff") if rest.contains(&"--ci") && system == System::Unknown => Says::NoSystem,
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
        || rest.contains(&"--fail-on=never")
        || rest.windows(2).any(|pair| pair == ["--fail-on", "never"]);
    Some(if is_lost { vec![says, Says::Ignored] } else { vec![says] })
}

#[cfg(test)]
mod tests;
