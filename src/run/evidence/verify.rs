//! Checks a record: its form and its signer, its chain, and everything that this repository can tell again.

use std::fmt::Write;

use clap::ValueEnum;
use jiff::civil::Date;

use super::{Failure, examined, file, link, no_record, wrong};
use crate::cli::evidence::Verify;
use crate::cli::{FailOn, PolicyFrom};
use crate::config::{Asked, Plan, Reviewing};
use crate::detect::name;
use crate::evidence::record::{Author, Commit, FileDigest};
use crate::evidence::{self, Claims, Line, Outcome, Statement, Trusted, compare, follow, read, standing};
use crate::order;
use crate::policy::file::NAME;
use crate::report::ExitStatus;
use crate::report::escape::terminal;
use crate::rule::RuleSet;
use crate::run::output::to_stdout;
use crate::run::{repository, reviews};
use crate::source::git::{Comparing, Range};

/// The name of the empty tree's commit in a range.
const NO_COMMIT: &str = "0000000000000000000000000000000000000000";

pub(super) fn run(args: &Verify) -> Result<ExitStatus, Failure> {
    let content = file("the record", &args.file)?;
    let record = read(&content).map_err(|why| no_record(&args.file, &why))?;
    let trusted = match &args.key {
        Some(path) => Some(trusted(path)?),
        None => None,
    };
    let again = again(&record.statement, args)?;
    let links = args.previous.iter().map(link).collect::<Result<Vec<_>, _>>()?;
    let asked = args.range.as_deref().map(str::parse::<Range>).transpose().map_err(Failure::Source)?;
    let mut lines = standing(&record, trusted.as_ref(), again.told());
    lines.extend(follow(&record.statement, &links));
    if let Some(asked) = asked {
        lines.push(about(&record.statement, asked)?);
    }
    lines.extend(recomputed(&record.statement, args, again)?);
    let rules = crate::config::rules(&args.judged.rules).map_err(Failure::Config)?;
    to_stdout(page(&lines, &rules).as_bytes())?;
    Ok(status(&lines))
}

fn trusted(path: &std::path::Path) -> Result<Trusted, Failure> {
    let fail = |why: String| wrong(format!("cannot use the keys of `{}`: {why}", path.display()));
    let text = String::from_utf8(file("the keys", path)?).map_err(|_| fail("it is no text".into()))?;
    Trusted::read(&text).map_err(|why| fail(why.to_string()))
}

/// A difference outweighs what is not known.
fn status(lines: &[Line]) -> ExitStatus {
    let has = |outcome| lines.iter().any(|line| line.outcome == outcome);
    match (has(Outcome::Differs), has(Outcome::Unchecked)) {
        (true, _) => ExitStatus::Findings,
        (false, true) => ExitStatus::Incomplete,
        (false, false) => ExitStatus::Clean,
    }
}

/// What a record says is text of others: nothing in it reaches a terminal raw, and no secret that was forged into it.
fn page(lines: &[Line], rules: &RuleSet) -> String {
    let wide = lines.iter().map(|line| line.outcome.words().len()).max().unwrap_or(0);
    let column = lines.iter().map(|line| line.what.len()).max().unwrap_or(0);
    let mut page = String::new();
    for Line { outcome, what, why } in lines {
        let why = name::masked(rules, why);
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{:wide$}  {what:column$}  {}", outcome.words(), terminal(&why));
    }
    page
}

/// Whether the record is about the change that was asked for.
fn about(statement: &Statement, asked: Range) -> Result<Line, Failure> {
    let repository = repository().map_err(Failure::Source)?;
    let sides = repository.sides(&Comparing::Range(asked)).map_err(Failure::Source)?;
    let change = &statement.predicate.change;
    let old = change.merge_base.as_ref().or(change.base.as_ref());
    let is_equal = sides.head_id().is_some_and(|head| head.commit == change.head.commit)
        && sides.base_id().map(|base| base.commit).as_ref() == old.map(|old| &old.commit);
    let ends = |id: Option<crate::source::git::CommitId>| id.map_or("nothing".into(), |id| id.commit);
    let said = format!("from {} to {}", ends(sides.base_id()), ends(sides.head_id()));
    Ok(match is_equal {
        true => Line::new(Outcome::Holds, "range", said),
        false => Line::new(Outcome::Differs, "range", format!("the change {said} is another one")),
    })
}

/// Scans again what the record is about.
fn recomputed(statement: &Statement, args: &Verify, again: Again) -> Result<Vec<Line>, Failure> {
    let is_given = args.judged.policy.is_some() || args.allowed_signers.is_some() || !args.reviews.is_empty();
    let line = |what: &str, why: String| Line::new(Outcome::Unchecked, what, why);
    let is_again = matches!(again, Again::From(_));
    let unchecked = |why: String| {
        let reviews = is_again.then(|| line("reviews", "what they are about cannot be read here".into()));
        Ok(std::iter::once(line("change", why)).chain(reviews).collect())
    };
    let mut plan = match replayed(statement, args)? {
        Ok(plan) => plan,
        Err(line) => return Ok(vec![line]),
    };
    if let Again::From(reviewing) = again {
        plan.reviewing = reviewing;
    }
    let judged_on = statement.predicate.verification.policy.judged_on.as_deref().map(str::parse::<Date>);
    match judged_on {
        Some(Ok(day)) if day <= plan.policy.today => plan.policy.today = day,
        Some(_) => return Ok(vec![Line::new(Outcome::Differs, "day", "it is none on which anything was judged")]),
        None => {}
    }
    match examined(plan) {
        Ok((plan, examined)) => Ok(compare(statement, &examined.statement(&plan, Claims::default()))),
        Err(failure @ Failure::Threads(_)) => Err(failure),
        // A file that the user names has to be readable; what stands in the repository need not be here.
        Err(failure @ Failure::Config(_)) if is_given => Err(failure),
        // Whatever the repository lacks was there when the record was written.
        Err(failure) => unchecked(failure.to_string()),
    }
}

/// Whether the reviews of a record can be taken from their files again.
enum Again {
    /// They are not given, or there are none.
    No,
    /// From these.
    From(Reviewing),
    /// What was given is something else.
    Other(&'static str),
}

impl Again {
    fn told(&self) -> evidence::Reviewing {
        match self {
            Self::No => evidence::Reviewing::Told,
            Self::From(_) => evidence::Reviewing::Recomputed,
            Self::Other(why) => evidence::Reviewing::Other(why),
        }
    }
}

fn again(statement: &Statement, args: &Verify) -> Result<Again, Failure> {
    let (files, signers) = (args.reviews.clone(), args.allowed_signers.clone());
    let is_given = !files.is_empty() || signers.is_some();
    let Some(then) = &statement.predicate.reviews else {
        return Ok(if is_given { Again::Other("the record names none") } else { Again::No });
    };
    let mut given = files.iter().map(|path| reviews::file(path)).collect::<Result<Vec<_>, _>>()?;
    order::sort(&mut given);
    let is_same = given.iter().map(|content| FileDigest::of(content)).eq(then.files.iter().cloned());
    Ok(match (is_same, signers.is_some() == then.signers.is_some()) {
        (true, true) => {
            let asked = if then.required { Asked::Required } else { Asked::Told };
            Again::From(Reviewing { files, signers, asked })
        }
        _ if signers.is_some() && then.signers.is_none() => Again::Other("the record names no allowed signers"),
        (false, _) if !files.is_empty() => Again::Other("the record names other files"),
        _ => Again::No,
    })
}

/// The plan by which the record was made, or why there is none here.
fn replayed(statement: &Statement, args: &Verify) -> Result<Result<Plan, Line>, Failure> {
    let change = &statement.predicate.change;
    let policy = &statement.predicate.verification.policy;
    let Some(range) = range(change.base.as_ref(), &change.head, change.merge_base.is_some()) else {
        return Ok(Err(Line::new(Outcome::Differs, "change", "its commits are not named by their full ids")));
    };
    let Ok(fail_on) = FailOn::from_str(&policy.fail_on, false) else {
        return Ok(Err(Line::new(Outcome::Differs, "policy", "no ringfence judges like this")));
    };
    let from = match policy.from {
        Author::Base => PolicyFrom::Base,
        Author::Head => PolicyFrom::Head,
    };
    let needs_file = policy.source == "file" || policy.file.as_deref().is_some_and(|file| file != NAME);
    if needs_file && args.judged.policy.is_none() {
        let why = "it was named on the command line; name it again with `--policy`";
        return Ok(Err(Line::new(Outcome::Unchecked, "policy", why)));
    }
    Plan::record(range, &args.judged, Some(fail_on), from).map(Ok).map_err(Failure::Config)
}

fn range(base: Option<&Commit>, head: &Commit, is_from_merge_base: bool) -> Option<Range> {
    let base = base.map_or(NO_COMMIT, |base| &base.commit);
    let is_id = |id: &str| id.len() == NO_COMMIT.len() && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    let dots = if is_from_merge_base { "..." } else { ".." };
    (is_id(base) && is_id(&head.commit)).then(|| format!("{base}{dots}{}", head.commit).parse().ok()).flatten()
}
