//! Where units come from: each source lists what is in scope, reads it, and accounts for what it could not read.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use crate::keyed::nearest;
use crate::order;
use crate::unit::Unit;

pub mod coverage;
mod folders;
pub mod git;
pub mod read;
pub mod share;
pub mod stdin;
pub mod tree;
mod unlisted;
mod utf16;

pub use coverage::{Coverage, Ledger, Reason, Skip};

/// What is done with each unit; called from many threads at once.
pub type Visit<'a> = &'a (dyn Fn(&Unit<'_>) + Sync);

/// Who wrote a change, and which commit it is.
#[derive(Clone, Debug, Default)]
pub struct Authorship {
    /// The commit that would be merged, in hex.
    pub head: String,
    /// Names and addresses of all that wrote some of it, in lower case.
    pub authors: BTreeSet<String>,
}

/// What the commits of a change say of who reviewed it, proven or not.
#[derive(Clone, Debug, Default)]
pub struct Vouches {
    /// Every commit that names reviewers, the newest first.
    pub all: Vec<Vouch>,
    /// The signatures of those that bring something, with the commit's id.
    pub content: Vec<(String, Seal)>,
    /// Who committed those: addresses, and names that forges have for them, in lower case.
    pub committers: BTreeSet<String>,
}

/// A commit that names reviewers.
#[derive(Clone, Debug)]
pub struct Vouch {
    /// Its id.
    pub commit: String,
    /// Addresses of those that its `Reviewed-by:` lines name, in lower case.
    pub named: Vec<String>,
    /// Its signature, if it has one.
    pub seal: Option<Seal>,
    /// When it says that it was made, in seconds since 1970.
    pub seconds: i64,
    /// True if nothing was changed since.
    pub is_current: bool,
}

/// A signature over a commit, not yet checked.
#[derive(Clone, Debug)]
pub struct Seal {
    /// As the commit has it.
    pub armor: Vec<u8>,
    /// What it is a signature of.
    pub message: Vec<u8>,
}

/// Where GitHub and GitLab forward mail of people who show no address: `1234+name@…`.
const FORWARDED: [&str; 2] = ["users.noreply.github.com", "users.noreply.gitlab.com"];

/// Adds an address in lower case, and the name that a forge has for it, if the address tells.
pub fn add_names(names: &mut BTreeSet<String>, address: &str) {
    let address = address.trim().to_lowercase();
    if let Some((name, host)) = address.split_once('@')
        && FORWARDED.contains(&host)
    {
        names.insert(name.rsplit('+').next().unwrap_or(name).to_owned());
    }
    names.insert(address);
}

/// What the system says of a failure, in words for people: without its number.
pub fn why(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::NotFound {
        return "no such file or directory; check the spelling".to_owned();
    }
    let said = error.to_string();
    let said = said.split(" (os error").next().unwrap_or_default();
    let mut chars = said.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

/// The same of a path that was typed, with the one that was meant, if one is near.
fn why_not(path: &Path, error: &io::Error) -> String {
    match near(path).filter(|_| error.kind() == io::ErrorKind::NotFound) {
        Some(near) => format!("no such file or directory; did you mean `{}`?", near.display()),
        None => why(error),
    }
}

/// What is there and is called nearly so: the last name of the path, or one of the folders before it.
fn near(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?;
    let above = path.parent()?;
    let folder = if above.as_os_str().is_empty() { Path::new(".") } else { above };
    if !folder.is_dir() {
        return near(folder).map(|folder| folder.join(name)).filter(|path| path.exists());
    }
    let entries = fs::read_dir(folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = entries.collect();
    order::sort(&mut names);
    Some(above.join(nearest(name.to_str()?, names.iter().map(String::as_str))?))
}

/// Why a source could not be listed at all.
#[derive(Debug)]
pub struct SourceError {
    fault: Fault,
    message: String,
}

/// Whose fault it is, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request makes no sense here: no such path, no repository, unknown revision. Exit 2.
    Usage,
    /// The request is fine and its content cannot be read: corrupt, missing, not owned. Exit 3.
    Unreadable,
}

impl SourceError {
    /// A request that makes no sense here. The message says what failed, where, and what to do.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { fault: Fault::Usage, message: message.into() }
    }

    /// Content that is in scope and cannot be read. The message says what failed, where, and what to do.
    pub fn unreadable(message: impl Into<String>) -> Self {
        Self { fault: Fault::Unreadable, message: message.into() }
    }

    /// The same with another message.
    #[must_use]
    pub fn map(self, message: impl FnOnce(String) -> String) -> Self {
        Self { message: message(self.message), ..self }
    }

    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        self.fault
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for SourceError {}
