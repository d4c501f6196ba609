//! What a run in continuous integration is about: from the variables and the event of a forge to the commits to compare.
//!
//! Pure: whoever calls reads the environment. A forge names commits that a clone may not hold, so there are several
//! answers, the best first; none leaves out something that came.

use std::collections::BTreeMap;
use std::fmt;

use crate::source::git::Range;

mod github;
mod gitlab;
mod others;

/// What an old side is called where there is none.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// The variables of the environment.
pub type Variables = BTreeMap<String, String>;

/// What a run knows about itself.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// The variables of the environment.
    pub variables: Variables,
    /// What stands in the file that the forge wrote about the event.
    pub event: Option<Vec<u8>>,
    /// What to compare a push with whose old side the system does not tell.
    pub base: Option<String>,
}

/// A system that runs jobs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// GitHub Actions, and forges that speak like it.
    Github,
    /// GitLab CI/CD.
    Gitlab,
    /// Azure Pipelines.
    Azure,
    /// CircleCI.
    Circle,
    /// Bitbucket Pipelines.
    Bitbucket,
    /// Buildkite.
    Buildkite,
    /// Jenkins.
    Jenkins,
}

/// What to scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Span {
    /// What came between two commits.
    Range(Range),
    /// Every file on disk.
    Everything,
}

/// One answer, and why it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What to scan.
    pub span: Span,
    /// Why, in words that continue "because".
    pub why: String,
}

/// Everything that was found out.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// Who runs the job.
    pub system: System,
    /// Answers, the best first. The next one counts where a clone with its whole history does not hold the commits.
    pub answers: Vec<Answer>,
    /// How to bring commits that are missing.
    pub cure: String,
}

/// Why nothing was found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiError(String);

impl fmt::Display for CiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CiError {}

/// Finds out what a run is about.
///
/// # Errors
/// No system is known by its variables, or they do not say what they should.
pub fn propose(around: &Surroundings) -> Result<Proposal, CiError> {
    let system = System::of(&around.variables).ok_or_else(|| {
        CiError(
            "`--ci` knows no CI system by these variables; name the commits, as in `ringfence diff origin/main...HEAD`"
                .into(),
        )
    })?;
    let answers = match system {
        System::Github => github::answers(around)?,
        System::Gitlab => gitlab::answers(around)?,
        System::Azure => others::azure(around)?,
        System::Circle => others::circle(around)?,
        System::Bitbucket => others::bitbucket(around)?,
        System::Buildkite => others::buildkite(around)?,
        System::Jenkins => others::jenkins(around)?,
    };
    let cure = match system {
        System::Github => github::cure(around),
        _ => system.cure().to_owned(),
    };
    Ok(Proposal { system, answers, cure })
}

impl System {
    /// The system that sets these variables. Jenkins is last: it runs beside others on one machine.
    pub fn of(variables: &Variables) -> Option<Self> {
        let is_true = |name: &str| variables.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
        let is_set = |name: &str| variables.get(name).is_some_and(|value| !value.is_empty());
        let known = [
            (is_true("GITHUB_ACTIONS"), Self::Github),
            (is_true("GITLAB_CI"), Self::Gitlab),
            (is_true("TF_BUILD"), Self::Azure),
            (is_true("CIRCLECI"), Self::Circle),
            (is_set("BITBUCKET_BUILD_NUMBER"), Self::Bitbucket),
            (is_true("BUILDKITE"), Self::Buildkite),
            (is_set("JENKINS_URL"), Self::Jenkins),
        ];
        known.into_iter().find_map(|(is_it, system)| is_it.then_some(system))
    }

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Github => "GitHub",
            Self::Gitlab => "GitLab",
            Self::Azure => "Azure Pipelines",
            Self::Circle => "CircleCI",
            Self::Bitbucket => "Bitbucket",
            Self::Buildkite => "Buildkite",
            Self::Jenkins => "Jenkins",
        }
    }

    /// How a job comes by the whole history.
    fn cure(self) -> &'static str {
        match self {
            Self::Github => "give the step with `actions/checkout` the input `fetch-depth: 0`",
            Self::Gitlab => "give the job the variable `GIT_DEPTH: \"0\"`",
            Self::Azure => "give the step `checkout: self` the input `fetchDepth: 0`",
            Self::Circle => "give the step `checkout` the input `method: full`",
            Self::Bitbucket => "give the step `clone: { depth: full }`",
            Self::Buildkite => "take `--depth` and `--single-branch` out of BUILDKITE_GIT_CLONE_FLAGS",
            Self::Jenkins => "switch shallow clone off, and let the checkout fetch the branch that is built against",
        }
    }
}

impl Surroundings {
    /// A variable that is set to something.
    fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A variable that must be set.
    fn need(&self, name: &str) -> Result<&str, CiError> {
        self.get(name).ok_or_else(|| CiError(format!("the variable {name} is not set, which tells what is built")))
    }

    /// The commit that a variable names.
    fn commit(&self, name: &str) -> Result<Option<String>, CiError> {
        self.get(name).map(|value| commit(name, value)).transpose()
    }

    /// What to do for a push to `head` whose old side nobody tells.
    fn without_base(&self, head: &str, why: &str) -> Result<Vec<Answer>, CiError> {
        let base = self.base.as_deref().filter(|base| !base.is_empty() && !is_nothing(base));
        let mut answers = Vec::new();
        if let Some(base) = base {
            answers.push(between(base, head, "`--base` names the old side".to_owned())?);
        }
        answers.push(everything(why));
        Ok(answers)
    }
}

/// True for the zeros that stand for no commit.
fn is_nothing(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|byte| byte == b'0')
}

/// A commit id as a forge writes it.
///
/// # Errors
/// It is something else, which git could take for a branch of that name.
fn commit(what: &str, value: &str) -> Result<String, CiError> {
    let is_id = matches!(value.len(), 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { Ok(value.to_owned()) } else { Err(CiError(format!("{what} is no commit id"))) }
}

/// A branch of the forge, as a clone calls it.
///
/// # Errors
/// No branch can be called that.
fn branch(what: &str, value: &str) -> Result<String, CiError> {
    let name = value.strip_prefix("refs/heads/").unwrap_or(value);
    let is_bad = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    if name.is_empty()
        || name.starts_with(['-', '/'])
        || name.contains(is_bad)
        || ["..", "@{", "//"].iter().any(|part| name.contains(part))
    {
        return Err(CiError(format!("{what} is no name of a branch")));
    }
    Ok(format!("refs/remotes/origin/{name}"))
}

/// What came to `head` since it left `base`.
fn between(base: &str, head: &str, why: String) -> Result<Answer, CiError> {
    range(&format!("{base}...{head}"), why)
}

/// All that `head` holds, as if it came now.
fn all_of(head: &str, why: &str) -> Result<Answer, CiError> {
    range(&format!("{NOTHING}..{head}"), why.to_owned())
}

/// Nothing at all.
fn nothing(why: &str) -> Result<Answer, CiError> {
    range("HEAD..HEAD", why.to_owned())
}

fn range(text: &str, why: String) -> Result<Answer, CiError> {
    let range = text.parse().map_err(|error| CiError(format!("{error}")))?;
    Ok(Answer { span: Span::Range(range), why })
}

fn everything(why: &str) -> Answer {
    Answer { span: Span::Everything, why: why.to_owned() }
}

/// A push to a branch that was somewhere else before, or nowhere: what it is compared with, the best first.
///
/// `default` is the forge's main branch. Where nothing else is left, all of `head` counts as new: too much is told rather
/// than too little.
fn moved(before: Option<&str>, head: &str, name: &str, default: Option<&str>) -> Result<Vec<Answer>, CiError> {
    let mut answers = Vec::new();
    if let Some(before) = before {
        answers.push(between(before, head, format!("it is what the push brings to `{name}`"))?);
    }
    let is_default = default == Some(name);
    if let Some(default) = default.filter(|_| !is_default) {
        let since = if before.is_some() { "the commit before a forced push is gone" } else { "the branch is new" };
        let base = branch("the default branch", default)?;
        answers.push(between(&base, head, format!("{since}, so it is compared with `{default}`"))?);
    }
    let why = if is_default && before.is_none() {
        "it is the first push, and everything is new"
    } else {
        "nothing that it came from is in this clone, so everything counts as new"
    };
    answers.push(all_of(head, why)?);
    Ok(answers)
}

/// A tag: what it holds that the default branch does not.
fn tag(name: &str, head: &str, default: Option<&str>) -> Result<Vec<Answer>, CiError> {
    let Some(default) = default else {
        return Ok(vec![everything("nothing tells what a tag is to be compared with")]);
    };
    let base = branch("the default branch", default)?;
    let why = format!("it is what the tag `{name}` holds and `{default}` does not");
    Ok(vec![between(&base, head, why)?])
}
