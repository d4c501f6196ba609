//! What `explain` looks at: what a scan or a comparison was about, without a report.

use std::path::{Component, PathBuf};

use super::{ConfigError, Plan, Source, files, root};
use crate::cli::explain::Explain;
use crate::source::git::Comparing;
use crate::source::tree::Ignored;

impl Plan {
    /// The plans of `ringfence explain`, in the order in which they are tried.
    ///
    /// # Errors
    /// A range that is none, or anything wrong in the options.
    pub fn explain(args: &Explain) -> Result<Vec<Self>, ConfigError> {
        let change = |comparing| Self::new(Source::Change(comparing), ".".into(), &args.judging);
        if args.staged {
            return Ok(vec![change(Comparing::Staged)?]);
        }
        if let Some(range) = range(&args.paths) {
            return Ok(vec![change(Comparing::Range(range.parse().map_err(|e| ConfigError::new(format!("{e}")))?))?]);
        }
        let ignored = if args.no_ignore { Ignored::Scanned } else { Ignored::LeftOut };
        let here = [PathBuf::from(".")];
        let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
        let tree = Self::new(files(paths, ignored, args.judging.threads)?, root(paths), &args.judging)?;
        Ok(if args.paths.is_empty() { vec![tree, change(Comparing::Worktree)?] } else { vec![tree] })
    }
}

/// The only word, if it is a range and not the name of a file.
fn range(paths: &[PathBuf]) -> Option<&str> {
    let [path] = paths else { return None };
    let word = path.to_str().filter(|word| word.contains(".."))?;
    let is_path = path.components().any(|part| part == Component::ParentDir) || path.exists();
    (!is_path).then_some(word)
}
