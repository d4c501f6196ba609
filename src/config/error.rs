//! What is wrong with a request, in words for the one who made it.

use std::fmt;

/// A mistake in what the user asked for. Exit code 2.
#[derive(Debug)]
pub struct ConfigError {
    message: String,
    below: Option<&'static str>,
}

impl ConfigError {
    /// Says what is wrong and what to do.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), below: None }
    }

    /// Shows `text` below the message, as it is: lines to copy, which the program itself brings.
    #[must_use]
    pub fn above(self, text: &'static str) -> Self {
        Self { below: Some(text), ..self }
    }

    /// What is shown below the message.
    pub fn below(&self) -> Option<&'static str> {
        self.below
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ConfigError {}
