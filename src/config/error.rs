//! What is wrong with a request, in words for the one who made it.

use std::fmt;

/// A mistake in what the user asked for. Exit code 2.
#[derive(Debug)]
pub struct ConfigError(String);

impl ConfigError {
    /// Says what is wrong and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ConfigError {}
