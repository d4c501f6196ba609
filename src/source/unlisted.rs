//! What a walk of folders could not list, and why.

use std::io;
use std::path::Path;

use super::coverage::{Reason, is_absent};

/// What a walk could not list, and why.
pub(super) fn parts(error: &ignore::Error) -> (Option<&Path>, Reason) {
    let vanished = error.io_error().is_some_and(is_absent);
    (path_of(error), if vanished { Reason::Vanished } else { Reason::Unreadable(plain(error)) })
}

fn path_of(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => path_of(err),
        _ => None,
    }
}

/// The system's message alone: the path is reported beside it, and must not be printed absolute.
fn plain(error: &ignore::Error) -> String {
    error.io_error().map_or_else(|| "the directory could not be listed".to_owned(), io::Error::to_string)
}
