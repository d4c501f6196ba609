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

/// What a clone calls the main branch of the forge that it was made from, where that is not told otherwise.
const MAIN: &str = "refs/remotes/origin/HEAD";

/// Why an old side is one that `--base` names.
pub const BY_BASE: &str = "`--base` names the old side";

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
    /// Every file of the commit that is checked out.
    Everything,
}

/// Where an answer counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counts {
    /// Everywhere. Where a shallow clone lacks its commits, the run ends.
    Always,
    /// Where the head brings something to the base.
    WithNews,
    /// The same, and only in a clone that has the base.
    IfThere,
    /// The same, and only if the base is no older than this commit: a clone that was used before may hold an old branch.
    IfFresh(String),
}

/// One answer, and why it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What to scan.
    pub span: Span,
    /// Where it counts.
    pub counts: Counts,
    /// Why, in words that continue "because".
    pub why: String,
}

impl Answer {
    fn counting(self, counts: Counts) -> Self {
        Self { counts, ..self }
    }
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

    /// What to do for a push whose old side nobody tells, unless `--base` does.
    ///
    /// A commit is where the branch stood before, as a system hands it on; a name is what somebody chose.
    fn without_base(&self, built: &Built<'_>, why: &str) -> Result<Vec<Answer>, CiError> {
        let base = self.base.as_deref().filter(|base| !base.is_empty() && !is_nothing(base));
        let named = base.map(|base| between(base, built.head, BY_BASE.to_owned())).transpose()?;
        let named = named.map(|answer| answer.counting(Counts::WithNews));
        let mut answers = Vec::new();
        if base.is_none_or(|base| commit("`--base`", base).is_ok()) {
            answers.extend(built.beside_main(why)?);
        }
        answers.extend(named);
        answers.push(everything(why));
        Ok(answers)
    }
}

/// What is built, as far as it is told.
struct Built<'a> {
    head: &'a str,
    /// Its branch.
    branch: Option<&'a str>,
    /// The main branch of the forge.
    main: Option<&'a str>,
}

impl<'a> Built<'a> {
    /// A commit of which no more is told. The main branch, if it is built, brings nothing to itself.
    fn of(head: &'a str) -> Self {
        Self { head, branch: None, main: None }
    }

    /// What it holds that the main branch does not, if that is another branch and in the clone.
    fn beside_main(&self, why: &str) -> Result<Option<Answer>, CiError> {
        if self.main.is_some() && self.main == self.branch {
            return Ok(None);
        }
        let base = self.main.map_or_else(|| Ok(MAIN.to_owned()), |main| branch("the default branch", main))?;
        let name = self.main.map_or_else(|| "the default branch".to_owned(), |main| format!("`{main}`"));
        let why = format!("{why}, so it is compared with {name}");
        Ok(Some(between(&base, self.head, why)?.counting(Counts::IfThere)))
    }

    /// What to do where nothing was brought: nobody judges themselves if there is another way.
    fn whole(&self, why: &str) -> Result<Vec<Answer>, CiError> {
        Ok(self.beside_main(why)?.into_iter().chain([everything(why)]).collect())
    }

    /// A push to a branch that was at `before`, or nowhere: what it is compared with, the best first.
    ///
    /// A push before it may have failed, so a branch is compared with the main one as long as it brings something. Where
    /// nothing else is left, all of it counts as new: too much is told rather than too little.
    fn moved(&self, before: Option<&str>, name: &str) -> Result<Vec<Answer>, CiError> {
        let is_main = self.main == Some(name);
        let counts = if before.is_some() { Counts::IfThere } else { Counts::Always };
        let mut answers = Vec::new();
        if let Some(main) = self.main.filter(|_| !is_main) {
            let base = branch("the default branch", main)?;
            let why = format!("it is what `{name}` holds and `{main}` does not");
            answers.push(between(&base, self.head, why)?.counting(counts));
        }
        if let Some(before) = before {
            answers.push(between(before, self.head, format!("it is what the push brings to `{name}`"))?);
        }
        let why = if is_main && before.is_none() {
            "it is the first push, and everything is new"
        } else {
            "nothing that it came from is in this clone, so everything counts as new"
        };
        answers.push(all_of(self.head, why)?);
        Ok(answers)
    }

    /// A tag: what it holds that the main branch does not.
    fn tag(&self, name: &str) -> Result<Vec<Answer>, CiError> {
        let Some(main) = self.main else { return self.whole("nothing tells what a tag is to be compared with") };
        let base = branch("the default branch", main)?;
        let why = format!("it is what the tag `{name}` holds and `{main}` does not");
        let rest = format!("`{main}` is not in this clone, so everything that the tag `{name}` holds counts as new");
        Ok(vec![between(&base, self.head, why)?, all_of(self.head, &rest)?])
    }
}

/// What a request to merge would bring to `target`, the branch that it is for. `known` is where that branch was when the forge
/// said so: it may have gone on, and what it holds by now judges.
fn request(target: &str, known: Option<&str>, head: &str, why: &str) -> Result<Vec<Answer>, CiError> {
    let fresh = between(target, head, why.to_owned())?;
    let Some(known) = known else { return Ok(vec![fresh]) };
    let told = between(known, head, why.to_owned())?;
    Ok(vec![fresh.counting(Counts::IfFresh(known.to_owned())), told])
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
    // `HEAD` leads to another branch.
    if name.is_empty()
        || name == "HEAD"
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
    Ok(Answer { span: Span::Range(range), counts: Counts::Always, why })
}

fn everything(why: &str) -> Answer {
    Answer { span: Span::Everything, counts: Counts::Always, why: why.to_owned() }
}
