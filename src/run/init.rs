//! The command `init`: writes a policy and the hook, never over anything, and says what it did.

use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::output::to_stdout;
use super::{Failure, masked};
use crate::cli::init::Init;
use crate::config::ConfigError;
use crate::policy::file::NAME;
use crate::policy::{draft, schema};
use crate::report::ExitStatus;
use crate::report::escape::terminal;
use crate::source::git::{Environment, Repository};

mod hook;
mod import;

use hook::Gate;
pub(super) use hook::{manager, off};

/// What the command line wants of the hook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wish {
    /// Nothing.
    Nothing,
    /// To be installed where nobody else decides about hooks.
    WhereFree,
    /// To be installed, or it is a failure.
    Must,
}

impl Wish {
    fn of(args: &Init) -> Self {
        // A policy that goes elsewhere is a draft.
        let is_draft = args.output.is_some();
        match (args.hook, args.no_hook || is_draft) {
            (true, _) => Self::Must,
            (false, true) => Self::Nothing,
            (false, false) => Self::WhereFree,
        }
    }
}

pub(super) fn run(args: &Init) -> Result<ExitStatus, Failure> {
    if args.schema {
        to_stdout(schema::text().as_bytes())?;
        return Ok(ExitStatus::Clean);
    }
    let repository = Repository::discover(Path::new("."), Environment::Honoured).map_err(Failure::Source)?;
    let top = match &repository {
        Some(repository) => repository.top().ok_or_else(|| {
            fail(
                "this is a bare repository: a policy is a file of a commit, so run this in a clone with a working tree",
            )
        })?,
        None if args.hook || args.import => {
            return Err(fail("not inside a git repository: there is no hook to install and nothing to import from"));
        }
        None => Path::new("."),
    };
    let wish = if repository.is_some() { Wish::of(args) } else { Wish::Nothing };
    let target = args.output.clone().unwrap_or_else(|| top.join(NAME));
    let is_there = fs::symlink_metadata(&target).is_ok();
    if is_there && (args.import || wish == Wish::Nothing || args.output.is_some()) {
        return Err(taken(&target, args.import));
    }
    let mut said = String::new();
    let wrote = if is_there {
        let _ = writeln!(said, "left alone: {NAME} is there already");
        None
    } else {
        Some(policy(args, repository.as_ref(), &target, &mut said)?)
    };
    let gate = match &repository {
        Some(repository) if wish != Wish::Nothing => Some(hook::install(repository)),
        _ => None,
    };
    let gate = match gate.transpose() {
        Ok(Some(Gate::Elsewhere { why, add })) if wish == Wish::Must => {
            let error = ConfigError::new(why);
            Err(Failure::Config(match add {
                Some(add) => error.above(add),
                None => error,
            }))
        }
        gate => gate,
    };
    let beside = target.file_name().is_none_or(|name| name != NAME).then_some(target.as_path());
    finish(said, wrote, beside, gate)
}

/// Prints what was done, and what comes next. `beside` is where the policy was written if it rules nothing there; `wrote`
/// is how many entries the new policy has. A hook that had to be installed and could not is told last, as a failure: the
/// gate is not there.
fn finish(
    mut said: String,
    wrote: Option<usize>,
    beside: Option<&Path>,
    gate: Result<Option<Gate>, Failure>,
) -> Result<ExitStatus, Failure> {
    if let Ok(Some(Gate::Stands(told) | Gate::Elsewhere { why: told, .. })) = &gate {
        let _ = writeln!(said, "{told}");
    }
    if let Ok(Some(Gate::Elsewhere { add: Some(add), .. })) = &gate {
        let _ = writeln!(said, "{add}");
    }
    said.push_str("next:\n");
    if let Some(beside) = beside {
        let name = named(beside);
        let _ =
            writeln!(said, "  {name} rules nothing by its name: copy what you want of it into {NAME}, and commit that");
    } else if wrote.is_some() {
        let _ = writeln!(said, "  read {NAME} and commit it: a policy rules what comes after its commit");
    }
    if wrote.is_some_and(|entries| entries > 0) {
        said.push_str(
            "  its entries open something, so the check of that one commit reports them: let somebody else approve them, and \
             commit with `git commit --no-verify`\n",
        );
    }
    match &gate {
        Ok(Some(Gate::Stands(_))) => said.push_str("  `ringfence doctor` shows that the hook fires\n"),
        Ok(Some(Gate::Elsewhere { .. })) => {
            said.push_str("  `ringfence doctor --run-hook` shows whether the hook fires then\n")
        }
        Ok(None) => {
            said.push_str("  `ringfence init` in a git repository also installs the hook that checks what you commit\n")
        }
        Err(_) => {}
    }
    said.push_str("  `ringfence scan` shows what is there today\n");
    to_stdout(shown(&said).as_bytes())?;
    gate.map(|_| ExitStatus::Clean)
}

/// Lines for a terminal, without a secret that a name or a foreign file holds.
pub(super) fn shown(text: &str) -> String {
    let lines = masked(text);
    lines.lines().map(|line| terminal(line).into_owned() + "\n").collect()
}

/// Writes the policy. Gives the number of its entries.
fn policy(args: &Init, repository: Option<&Repository>, target: &Path, said: &mut String) -> Result<usize, Failure> {
    let carried = match repository {
        Some(repository) if args.import => Some(import::carry(repository)?),
        _ => None,
    };
    let entries = carried.as_ref().map(|carried| carried.entries.as_slice()).unwrap_or_default();
    create(target, draft::text(entries).as_bytes())?;
    let _ = writeln!(said, "wrote {}", named(target));
    if let Some(carried) = &carried {
        carried.tell(said);
    }
    Ok(entries.len())
}

/// Writes a file that is not there yet; a link is no way around that.
fn create(path: &Path, content: &[u8]) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(content)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => taken(path, false),
        _ => fail(format!("cannot write {}: {error}", named(path))),
    })
}

fn taken(path: &Path, is_import: bool) -> Failure {
    let name = named(path);
    if is_import {
        return fail(format!(
            "{name} is there already, and `init` overwrites nothing: nothing was imported. `ringfence init --import --output \
             FILE` writes a fresh policy with the entries beside it; copy its `[[allow]]` entries into {name}"
        ));
    }
    fail(format!(
        "{name} is there already, and `init` overwrites nothing: edit it (docs/policy.md has every key), write a fresh one \
         beside it with `--output FILE`, or install the hook alone with `ringfence init`"
    ))
}

/// A path as messages show it: relative to here where that is possible.
fn named(path: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize).unwrap_or_default();
    let parent = path.parent().and_then(|parent| fs::canonicalize(parent).ok());
    let whole = parent.map_or_else(|| path.to_owned(), |parent| parent.join(path.file_name().unwrap_or_default()));
    let short: PathBuf = whole.strip_prefix(&here).map(Path::to_owned).unwrap_or(whole);
    format!("`{}`", short.display())
}

fn fail(message: impl Into<String>) -> Failure {
    Failure::Config(ConfigError::new(message))
}
