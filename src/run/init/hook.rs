//! Installs the pre-commit hook where git looks for it, and nowhere where somebody else decides.

use std::fs;
use std::path::Path;

use super::{create, fail, named};
use crate::run::Failure;
use crate::setup::hook::{Manager, SCRIPT, SIGNS, Says, is_named, says};
use crate::source::git::{Chosen, Hooks, Repository};

/// What became of the hook, in words for a person.
pub(super) enum Gate {
    /// It is there, or something runs ringfence already.
    Stands(String),
    /// Somebody else decides about hooks here; what to do is said, and what to add.
    Elsewhere {
        /// Why nothing was written, and what to do.
        why: String,
        /// What to add, line by line.
        add: Option<&'static str>,
    },
}

/// The line for a hook of somebody's own.
const LINE: &str = "ringfence diff --staged || exit 1";

/// Installs the hook where nobody else decides.
pub(super) fn install(repository: &Repository) -> Result<Gate, Failure> {
    let hooks = repository.hooks().map_err(Failure::Source)?;
    let Some(folder) = &hooks.folder else {
        return Ok(Gate::Elsewhere { why: format!("the hook was not installed: {}", off(hooks.chosen)), add: None });
    };
    let place = folder.join("pre-commit");
    if let Some(top) = repository.top()
        && let Some((sign, manager)) = manager(top)
    {
        return Ok(managed(&place, top, sign, manager));
    }
    match fs::symlink_metadata(&place) {
        Ok(metadata) if metadata.is_dir() => Err(fail(format!("{} is a folder; git runs a file", named(&place)))),
        Ok(_) => present(&place),
        Err(_) => write(repository, &hooks, folder, &place),
    }
}

/// What is said where git runs no hook at all.
pub(in crate::run) fn off(chosen: Chosen) -> String {
    let cure = match chosen {
        Chosen::Repository => "`git config --unset core.hooksPath` brings them back",
        Chosen::Everywhere => {
            "`git config --show-origin core.hooksPath` names the file that says so; take the setting out there"
        }
        Chosen::Environment | Chosen::Nobody => {
            "GIT_CONFIG_COUNT or GIT_CONFIG_PARAMETERS say so in this environment; take the setting out there"
        }
    };
    format!("`core.hooksPath` is empty, so git runs no hook; {cure}")
}

/// Who manages the hooks, if anybody does, and by which file that is told.
pub(in crate::run) fn manager(top: &Path) -> Option<(&'static str, Manager)> {
    SIGNS.into_iter().find(|(sign, _)| fs::symlink_metadata(top.join(sign)).is_ok())
}

fn managed(place: &Path, top: &Path, sign: &'static str, manager: Manager) -> Gate {
    let (name, file) = (manager.name(), manager.file(sign));
    if fs::read_to_string(top.join(file)).is_ok_and(|text| is_named(&text)) {
        let install = manager.install();
        let said = format!("left alone: {name} manages the hooks here, and `{file}` names ringfence already");
        return match runs(place, manager) {
            true => Gate::Stands(format!("{said}; a clone needs `{install}` once")),
            false => {
                let why = format!("{said}, but its hook is not installed in this clone: run `{install}`");
                Gate::Elsewhere { why, add: None }
            }
        };
    }
    let why = format!(
        "the hook was not installed: `{sign}` says that {name} manages the hooks here; add this to `{file}`, and run `{}`:",
        manager.install(),
    );
    Gate::Elsewhere { why, add: Some(manager.entry()) }
}

/// True if the hook at `place` calls `manager`, or ringfence itself.
fn runs(place: &Path, manager: Manager) -> bool {
    let Ok(text) = fs::read(place) else { return false };
    let words = String::from_utf8_lossy(&text);
    let is_called = match manager {
        // prek reads the same file.
        Manager::PreCommit => words.contains("pre-commit") || words.contains("prek"),
        Manager::Prek | Manager::Lefthook => words.contains(manager.name()),
        // Its hooks name what lies beside them.
        Manager::Husky => place.components().any(|part| part.as_os_str() == ".husky") || words.contains("husky"),
    };
    is_called || says(&text) != Says::Nothing
}

fn present(place: &Path) -> Result<Gate, Failure> {
    let name = named(place);
    let text = fs::read(place).map_err(|error| fail(format!("cannot read the hook {name}: {error}")))?;
    Ok(match says(&text) {
        Says::Ours => Gate::Stands(format!("left alone: the hook {name} is there already")),
        Says::Mentions => Gate::Stands(format!("left alone: the hook {name} runs ringfence already")),
        Says::Nothing => Gate::Elsewhere {
            why: format!(
                "the hook was not installed: {name} is there already, and `init` overwrites nothing; add this line to it, \
                 before any `exec` or `exit`:"
            ),
            add: Some(LINE),
        },
    })
}

fn write(repository: &Repository, hooks: &Hooks, folder: &Path, place: &Path) -> Result<Gate, Failure> {
    if !hooks.is_for_one() || !repository.owns(folder) {
        let folder = folder.display();
        let whose = match hooks.chosen {
            Chosen::Everywhere => "your own configuration of git, so every repository of yours uses it",
            Chosen::Environment => "a variable of the environment, so it holds for this shell",
            Chosen::Repository | Chosen::Nobody => "a place outside of this repository, which others may use",
        };
        let why = format!(
            "the hook was not installed: `core.hooksPath` leads to `{folder}`, by {whose}; write `{}` yourself with the line:",
            place.display()
        );
        return Ok(Gate::Elsewhere { why, add: Some(LINE) });
    }
    fs::create_dir_all(folder).map_err(|error| fail(format!("cannot create {}: {error}", named(folder))))?;
    create(place, SCRIPT.as_bytes())?;
    executable(place).map_err(|error| fail(format!("cannot make {} executable: {error}", named(place))))?;
    let shared = match hooks.chosen {
        Chosen::Repository => "; commit it if the folder is part of the repository",
        Chosen::Nobody | Chosen::Everywhere | Chosen::Environment => "",
    };
    Ok(Gate::Stands(format!("wrote the hook {}{shared}", named(place))))
}

#[cfg(unix)]
fn executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// Elsewhere git asks for no such right.
#[cfg(not(unix))]
fn executable(_: &Path) -> std::io::Result<()> {
    Ok(())
}
