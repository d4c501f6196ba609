//! Which policy judges: that of the base for a change, that on disk for files, so that no change judges itself.

use std::fs;
use std::path::Path;

use super::Failure;
use crate::config::{Author, ConfigError, Plan};
use crate::policy::file::{NAME, PolicyFile};
use crate::report::{Origin, PolicySource};
use crate::source::SourceError;
use crate::source::git::Sides;

/// A policy file as it was found.
struct Found {
    /// What messages and reports call it.
    name: String,
    source: PolicySource,
    content: Vec<u8>,
}

/// Makes the policy of files on disk part of the plan: the one that was named, else that at the top of `root`.
pub(super) fn of_files(plan: &mut Plan, root: Option<&Path>) -> Result<(), Failure> {
    let found = match (&plan.authority.file, root) {
        (Some(named), _) => Some(named_file(named)?),
        (None, Some(root)) => on_disk(root)?,
        (None, None) => None,
    };
    adopt(plan, found)
}

/// Makes the policy of a change part of the plan: that of its base, unless the head was asked for.
pub(super) fn of_change(plan: &mut Plan, sides: &Sides<'_>) -> Result<(), Failure> {
    let author = plan.authority.author;
    let found = match (&plan.authority.file, author) {
        (Some(named), Author::Head) => Some(named_file(named)?),
        (Some(named), Author::Base) => Some(named_for_change(plan, named, sides)?),
        (None, Author::Base) => of_side(sides.base_file(NAME), PolicySource::Base).map_err(masked(plan))?,
        (None, Author::Head) => match sides.top_if_uncommitted() {
            Some(top) => on_disk(top)?,
            None => of_side(sides.head_file(NAME), PolicySource::Head).map_err(masked(plan))?,
        },
    };
    if author == Author::Head {
        plan.origin.notices.push(
            "judged by the policy of the change itself (--policy-from head): what it allows, it allows itself".into(),
        );
    } else if found.is_none() && brings_its_own(sides) {
        plan.origin.notices.push(format!(
            "`{NAME}` is not in the base of this change, so the built-in policy judges it; once committed it rules what \
             comes after"
        ));
    }
    adopt(plan, found)
}

/// True if the new side has a policy file.
fn brings_its_own(sides: &Sides<'_>) -> bool {
    match sides.top_if_uncommitted() {
        Some(top) => fs::symlink_metadata(top.join(NAME)).is_ok(),
        None => !matches!(sides.head_file(NAME), Ok(None)),
    }
}

fn of_side(content: Result<Option<Vec<u8>>, SourceError>, source: PolicySource) -> Result<Option<Found>, SourceError> {
    Ok(content?.map(|content| Found { name: NAME.to_owned(), source, content }))
}

fn masked(plan: &Plan) -> impl Fn(SourceError) -> Failure + '_ {
    |error| Failure::Source(error.map(|message| crate::detect::name::masked(&plan.rules, &message)))
}

/// The file at the top of a working tree; a link there is refused, because what rules must not move.
fn on_disk(root: &Path) -> Result<Option<Found>, Failure> {
    let path = root.join(NAME);
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Ok(metadata) if !metadata.is_file() => {
            let message = format!("`{NAME}` is a link or a folder; a policy is a plain file");
            return Err(Failure::Config(ConfigError::new(message)));
        }
        Ok(_) | Err(_) => {}
    }
    let content = fs::read(&path).map_err(|error| unreadable(NAME, &error))?;
    Ok(Some(Found { name: NAME.to_owned(), source: PolicySource::Tree, content }))
}

fn named_file(path: &Path) -> Result<Found, Failure> {
    let name = path.display().to_string();
    let content = fs::read(path).map_err(|error| unreadable(&name, &error))?;
    Ok(Found { name, source: PolicySource::File, content })
}

/// A named file that lies in the repository is read as the base has it: the change could have written any other.
fn named_for_change(plan: &Plan, path: &Path, sides: &Sides<'_>) -> Result<Found, Failure> {
    let inside = fs::canonicalize(path).ok().and_then(|path| sides.inside(&path));
    let Some(inside) = inside else { return named_file(path) };
    let content = sides.base_file(&inside).map_err(masked(plan))?.ok_or_else(|| {
        Failure::Config(ConfigError::new(format!(
            "`{inside}` is not in the base of this change, and a change is not judged by a policy that it brings; commit \
             it first, name a file outside the repository, or say `--policy-from head`"
        )))
    })?;
    Ok(Found { name: inside, source: PolicySource::Base, content })
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::Config(ConfigError::new(format!("cannot read policy file `{name}`: {error}")))
}

fn adopt(plan: &mut Plan, found: Option<Found>) -> Result<(), Failure> {
    let Some(Found { name, source, content }) = found else { return Ok(()) };
    let fail = |message: String| Failure::Config(ConfigError::new(message));
    let text = String::from_utf8(content).map_err(|_| fail(format!("policy file `{name}` is no UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let file = PolicyFile::parse(&name, text, &plan.rules).map_err(|mistakes| {
        let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        fail(format!("mistakes in the policy file:\n  {}", said.join("\n  ")))
    })?;
    if let (None, Some(threshold)) = (plan.authority.threshold, file.fail_on) {
        plan.policy.threshold = threshold;
    }
    plan.rules
        .look_for_shapes(file.allows.iter().filter_map(|entry| Some((entry.rule.as_str(), entry.value.as_deref()?))));
    plan.policy.file = file;
    plan.origin = Origin { source, file: Some(name), content: text.to_owned(), ..std::mem::take(&mut plan.origin) };
    Ok(())
}
