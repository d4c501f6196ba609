//! Where units come from: each source lists what is in scope, reads it, and accounts for what it could not read.

use std::fmt;

use crate::unit::Unit;

pub mod coverage;
mod folders;
pub mod git;
pub mod read;
pub mod stdin;
pub mod tree;

pub use coverage::{Coverage, Ledger, Reason, Skip};

/// What is done with each unit; called from many threads at once.
pub type Visit<'a> = &'a (dyn Fn(&Unit<'_>) + Sync);

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
