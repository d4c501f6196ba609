//! Where git looks for hooks, and an index with one file more than HEAD, for trying one.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use git2::{ConfigLevel, IndexEntry, IndexTime, Oid};

use super::{Environment, Repository, head};
use crate::source::SourceError;

/// The folder of the hooks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hooks {
    /// Where it is; `None` where the setting is empty, and git runs no hook.
    pub folder: Option<PathBuf>,
    /// Who says so.
    pub chosen: Chosen,
}

impl Hooks {
    /// True unless other repositories look there, too.
    pub fn is_for_one(&self) -> bool {
        matches!(self.chosen, Chosen::Nobody | Chosen::Repository)
    }
}

/// Who says where the hooks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// Nobody: it is the folder that belongs to the repository.
    Nobody,
    /// `core.hooksPath` of the repository.
    Repository,
    /// `core.hooksPath` of the user or the machine, which holds for every repository.
    Everywhere,
    /// `core.hooksPath` in a variable of the environment, which holds for this process and its children.
    Environment,
}

/// The setting, in small letters as libgit2 has it.
const KEY: &str = "core.hookspath";

/// More settings than this nobody hands on.
const MOST: usize = 4096;

/// An index with a file that HEAD has not, and where its content is kept. Nothing of it lies in the repository.
#[derive(Clone, Debug)]
pub struct Tried {
    /// For `GIT_INDEX_FILE`.
    pub index: PathBuf,
    /// For `GIT_OBJECT_DIRECTORY`.
    pub objects: PathBuf,
    /// For `GIT_ALTERNATE_OBJECT_DIRECTORIES`: what the repository itself has.
    pub alternate: PathBuf,
}

impl Repository {
    /// Where git looks for hooks.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub fn hooks(&self) -> Result<Hooks, SourceError> {
        let (path, chosen) = match self.hooks_path()? {
            Some(setting) => setting,
            None => {
                return Ok(Hooks { folder: Some(self.git.commondir().join("hooks")), chosen: Chosen::Nobody });
            }
        };
        // Git runs hooks at the top, so that is what a relative path is relative to.
        let folder = (!path.as_os_str().is_empty()).then(|| self.top().unwrap_or(self.git.path()).join(path));
        Ok(Hooks { folder, chosen })
    }

    /// The setting, and who made it. libgit2 does not read the variables in which git takes settings.
    fn hooks_path(&self) -> Result<Option<(PathBuf, Chosen)>, SourceError> {
        let variable = |name: &str| env::var(name).ok();
        let given = (self.environment == Environment::Honoured).then(|| of_variables(&variable)).flatten();
        if let Some(path) = given {
            return Ok(Some((path.into(), Chosen::Environment)));
        }
        let fail = |error: git2::Error| {
            SourceError::unreadable(format!(
                "cannot read git's configuration: {}; `git config --list` may tell more",
                error.message()
            ))
        };
        let mut config = self.git.config().map_err(fail)?;
        let config = config.snapshot().map_err(fail)?;
        let Ok(entry) = config.get_entry(KEY) else { return Ok(None) };
        let shared = [ConfigLevel::ProgramData, ConfigLevel::System, ConfigLevel::XDG, ConfigLevel::Global];
        let chosen = if shared.contains(&entry.level()) { Chosen::Everywhere } else { Chosen::Repository };
        // What is empty is no path to libgit2.
        let is_empty = !entry.has_value() || entry.value_bytes().is_empty();
        let path = if is_empty { PathBuf::new() } else { config.get_path(KEY).map_err(fail)? };
        Ok(Some((path, chosen)))
    }

    /// True if `path` lies in the working tree or among what git keeps for this repository.
    pub fn owns(&self, path: &Path) -> bool {
        let real = |path: &Path| path.ancestors().find_map(|part| fs::canonicalize(part).ok());
        let own = self.top().into_iter().chain([self.git.commondir()]).filter_map(|own| fs::canonicalize(own).ok());
        real(path).is_some_and(|path| own.into_iter().any(|own| path.starts_with(own)))
    }

    /// Stages `content` at `path` in an index of its own below `folder`, which is empty: the index holds what HEAD has and
    /// that file.
    ///
    /// # Errors
    /// HEAD cannot be read, or `folder` cannot be written.
    pub fn staged_apart(&self, path: &str, content: &[u8], folder: &Path) -> Result<Tried, SourceError> {
        let fail = |error: git2::Error| {
            SourceError::unreadable(format!("cannot build an index in `{}`: {}", folder.display(), error.message()))
        };
        let apart = git2::Repository::init_bare(folder.join("apart")).map_err(fail)?;
        let id = apart.blob(content).map_err(fail)?;
        let place = folder.join("index");
        let mut index = git2::Index::open(&place).map_err(fail)?;
        if let Some(commit) = head::head(self)? {
            index.read_tree(&commit.tree().map_err(fail)?).map_err(fail)?;
        }
        index.add(&entry(path, id)).map_err(fail)?;
        index.write().map_err(fail)?;
        Ok(Tried {
            index: place,
            objects: apart.path().join("objects"),
            alternate: self.git.commondir().join("objects"),
        })
    }
}

/// What the variables say, in which git takes settings: numbered ones, and those of `-c`, which outweigh them.
fn of_variables(get: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let count = get("GIT_CONFIG_COUNT").and_then(|count| count.parse().ok()).unwrap_or(0).min(MOST);
    let numbered = (0..count).filter_map(|number| {
        Some((get(&format!("GIT_CONFIG_KEY_{number}"))?, get(&format!("GIT_CONFIG_VALUE_{number}"))?))
    });
    let typed = words(&get("GIT_CONFIG_PARAMETERS").unwrap_or_default());
    let typed = typed.into_iter().filter_map(|word| {
        let (key, value) = word.split_once('=')?;
        Some((key.to_owned(), value.to_owned()))
    });
    let ours = numbered.chain(typed).filter(|(key, _)| key.eq_ignore_ascii_case(KEY));
    ours.last().map(|(_, value)| value)
}

/// Words as git quotes them for a shell: `'key'='value'`, and `'key=value'` as older ones do.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut is_quoted) = (vec![String::new()], false);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        let word = words.last_mut();
        match (letter, word) {
            ('\'', _) => is_quoted = !is_quoted,
            (' ', _) if !is_quoted => words.push(String::new()),
            ('\\', Some(word)) if !is_quoted => word.extend(letters.next()),
            (letter, Some(word)) => word.push(letter),
            (_, None) => {}
        }
    }
    words
}

pub(super) fn entry(path: &str, id: Oid) -> IndexEntry {
    let zero = IndexTime::new(0, 0);
    IndexEntry {
        ctime: zero,
        mtime: zero,
        dev: 0,
        ino: 0,
        mode: 0o100_644,
        uid: 0,
        gid: 0,
        file_size: 0,
        id,
        flags: 0,
        flags_extended: 0,
        path: path.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_in_variables_are_read_as_git_reads_them() {
        let of = |set: &[(&str, &str)]| {
            let set: Vec<(String, String)> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
            of_variables(&|name| set.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone()))
        };
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("GIT_CONFIG_PARAMETERS", "'core.bare'= 'core.hooksPath'='it'\\''s x'")]).unwrap(), "it's x");
        assert_eq!(of(&[("GIT_CONFIG_PARAMETERS", "'core.hookspath=a=b' 'user.name=x'")]).unwrap(), "a=b");
        let numbered = [
            ("GIT_CONFIG_COUNT", "2"),
            ("GIT_CONFIG_KEY_0", "core.hooksPath"),
            ("GIT_CONFIG_VALUE_0", "a"),
            ("GIT_CONFIG_KEY_1", "core.hooksPath"),
            ("GIT_CONFIG_VALUE_1", ""),
        ];
        assert_eq!(of(&numbered).unwrap(), "");
        assert_eq!(of(&[&numbered[..], &[("GIT_CONFIG_PARAMETERS", "'core.hooksPath'='b'")]].concat()).unwrap(), "b");
        assert_eq!(of(&[("GIT_CONFIG_COUNT", "99999999999999999999"), ("GIT_CONFIG_KEY_0", "core.hooksPath")]), None);
    }
}
