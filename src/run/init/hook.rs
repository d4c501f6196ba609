//! Installs the pre-commit hook where git looks for it, and nowhere where somebody else decides.

use std::fs;
use std::path::Path;

use super::{create, fail, named};
use crate::run::Failure;
use crate::setup::hook::{COMMAND, Manager, SCRIPT, SIGNS, Says, says};
use crate::source::git::{Chosen, Hooks, Repository};

/// Installs the hook. Says what was done.
pub(super) fn install(repository: &Repository) -> Result<String, Failure> {
    if let Some((sign, manager)) = repository.top().and_then(manager) {
        return Err(managed(sign, manager));
    }
    let hooks = repository.hooks().map_err(Failure::Source)?;
    let place = hooks.folder.join("pre-commit");
    match fs::symlink_metadata(&place) {
        Ok(metadata) if metadata.is_dir() => Err(fail(format!("{} is a folder; git runs a file", named(&place)))),
        Ok(_) => present(&place),
        Err(_) => write(repository, &hooks, &place),
    }
}

/// Who manages the hooks, if anybody does, and by which file that is told.
pub(in crate::run) fn manager(top: &Path) -> Option<(&'static str, Manager)> {
    SIGNS.into_iter().find(|(sign, _)| fs::symlink_metadata(top.join(sign)).is_ok())
}

fn managed(sign: &'static str, manager: Manager) -> Failure {
    let (name, file, entry) = (manager.name(), manager.file(sign), manager.entry());
    fail(format!(
        "the hook was not installed: `{sign}` says that {name} manages the hooks here; add this to `{file}`, and run \
         `ringfence doctor --run-hook` then:\n{entry}"
    ))
}

fn present(place: &Path) -> Result<String, Failure> {
    let name = named(place);
    let text = fs::read(place).map_err(|error| fail(format!("cannot read the hook {name}: {error}")))?;
    match says(&text) {
        Says::Ours => Ok(format!("left alone: the hook {name} is there already")),
        Says::Mentions => Ok(format!("left alone: the hook {name} runs ringfence already")),
        Says::Nothing => Err(fail(format!(
            "the hook was not installed: {name} is there already, and `init` overwrites nothing; add this line to it, before \
             any `exec` or `exit`:\n{COMMAND} || exit 1"
        ))),
    }
}

fn write(repository: &Repository, hooks: &Hooks, place: &Path) -> Result<String, Failure> {
    if hooks.chosen == Chosen::Everywhere || !repository.owns(&hooks.folder) {
        let folder = hooks.folder.display();
        let whose = match hooks.chosen {
            Chosen::Everywhere => "your own configuration of git, so every repository of yours uses it",
            Chosen::Repository | Chosen::Nobody => "a place outside of this repository, which others may use",
        };
        return Err(fail(format!(
            "the hook was not installed: `core.hooksPath` leads to `{folder}`, by {whose}; write `{}` yourself with the \
             line:\n{COMMAND} || exit 1",
            place.display()
        )));
    }
    fs::create_dir_all(&hooks.folder)
        .map_err(|error| fail(format!("cannot create {}: {error}", named(&hooks.folder))))?;
    create(place, SCRIPT.as_bytes())?;
    executable(place).map_err(|error| fail(format!("cannot make {} executable: {error}", named(place))))?;
    let shared = match hooks.chosen {
        Chosen::Repository => "; commit it if the folder is part of the repository",
        Chosen::Nobody | Chosen::Everywhere => "",
    };
    Ok(format!("wrote the hook {}{shared}", named(place)))
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
