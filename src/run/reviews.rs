//! Who approved a change: what was given on the command line is read, and every touched area is held against it.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::{Failure, masked_error, named};
use crate::config::{Asked, ConfigError, Plan};
use crate::detect::name;
use crate::finding::{Finding, Review};
use crate::order;
use crate::policy::review::{Outcome, Reviews};
use crate::policy::signers::Signers;
use crate::source::git::Sides;
use crate::source::why;

/// Largest file of reviews, in bytes.
const LARGEST: u64 = 64 << 20;
/// Largest list of allowed signers, in bytes.
const LARGEST_LIST: u64 = 4 << 20;

/// What was read, and from what.
pub(super) struct Known {
    pub(super) reviews: Reviews,
    /// The content of each file of reviews, in an order of their own.
    pub(super) files: Vec<Vec<u8>>,
    /// The list of allowed signers.
    pub(super) signers: Option<Vec<u8>>,
}

impl Known {
    /// What was read, for the identity of the policy: who approved what can change a verdict.
    pub(super) fn identity(&self) -> Vec<String> {
        let digest = |what: &str, content: &[u8]| {
            let digest = Sha256::digest(content);
            format!("{what}={}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        };
        let files = self.files.iter().map(|content| digest("reviews", content));
        files.chain(self.signers.as_deref().map(|content| digest("signers", content))).collect()
    }
}

/// Reads what the plan names; `None` if it asks for nothing.
///
/// # Errors
/// A file cannot be read or is of no known form, or the commits cannot be read.
pub(super) fn read(plan: &Plan, sides: &Sides<'_>) -> Result<Option<Known>, Failure> {
    let asked = &plan.reviewing;
    if !asked.is_asked_for() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for path in &asked.files {
        files.push((path.display().to_string(), file(path)?));
    }
    // What they say does not depend on the order in which they were named.
    order::sort_by(&mut files, |(_, one), (_, other)| one.cmp(other));
    let authorship = sides.authorship().map_err(|error| masked_error(plan, error))?;
    let mut reviews = Reviews::read(&files, &authorship).map_err(|error| wrong(error.to_string()))?;
    let list = asked.signers.as_deref().map(|path| signers(plan, path, sides)).transpose()?;
    let signers = match list {
        None => None,
        Some((content, list)) => {
            reviews.add_signed(&sides.vouches().map_err(|error| masked_error(plan, error))?, &list);
            Some(content)
        }
    };
    let files = files.into_iter().map(|(_, content)| content).collect();
    Ok(Some(Known { reviews, files, signers }))
}

fn wrong(message: String) -> Failure {
    Failure::Config(ConfigError::new(message))
}

/// Reads a file of reviews.
pub(super) fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let name = path.display();
    let fail = |why: String| wrong(format!("cannot read reviews from `{name}`: {why}"));
    let size = fs::metadata(path).map_err(|error| fail(why(&error)))?.len();
    if size > LARGEST {
        return Err(fail(format!("it has {size} bytes, more than the {LARGEST} that are read")));
    }
    fs::read(path).map_err(|error| fail(why(&error)))
}

/// The list of allowed signers: its bytes and what it says.
fn signers(plan: &Plan, path: &Path, sides: &Sides<'_>) -> Result<(Vec<u8>, Signers), Failure> {
    let name = path.display();
    let fail = |why: String| wrong(format!("cannot use the allowed signers of `{name}`: {why}"));
    let read = || {
        let size = fs::metadata(path).map_err(|error| fail(why(&error)))?.len();
        if size > LARGEST_LIST {
            return Err(fail(format!("it has {size} bytes, more than the {LARGEST_LIST} that are read")));
        }
        fs::read(path).map_err(|error| fail(why(&error)))
    };
    let content = match named::of_base(path, sides).map_err(|error| masked_error(plan, error))? {
        named::Named::Outside => read()?,
        // Whom the base has dropped since vouches for nothing.
        named::Named::Base(inside) => {
            sides.tip_file(&inside).map_err(|error| masked_error(plan, error))?.unwrap_or_default()
        }
        named::Named::Brought => {
            let why = "the base of this change does not have it, and a change does not bring its own reviewers; commit it \
                       first, or name a file outside the repository";
            return Err(fail(why.into()));
        }
    };
    let text = std::str::from_utf8(&content).map_err(|_| fail("it is no UTF-8".into()))?;
    let list = Signers::parse(text).map_err(fail)?;
    Ok((content, list))
}

/// Says of an area whether its review is there.
pub(super) fn settle(plan: &Plan, reviews: &Reviews, finding: &mut Finding) {
    let Some(area) = finding.area.as_mut().filter(|area| area.review == Review::Required) else { return };
    let (review, answer) = match reviews.of(&area.owners, &plan.policy.file.teams) {
        Outcome::Satisfied(who) => (Review::Satisfied, format!("approved by {who}")),
        Outcome::Open(why) if plan.reviewing.asked == Asked::Required => (Review::Missing, why),
        Outcome::Open(why) => (Review::Required, why),
    };
    // Names come from files and messages of others.
    (area.review, area.answer) = (review, Some(name::masked(&plan.rules, &answer)));
}
