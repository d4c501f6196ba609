//! Globs over paths, as people write them in a policy and on the command line.

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};

/// A glob over whole paths from the root: `*` and `?` stop at `/`, `**` does not, and a folder with a `/` at its end is all
/// that stands in it. Letters count as they are.
#[derive(Clone, Debug)]
pub struct PathGlob {
    text: String,
    matcher: GlobMatcher,
}

impl PathGlob {
    /// Reads a glob.
    ///
    /// # Errors
    /// In words: it is no glob, or no path from the root.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() || text.starts_with('/') || text.split('/').any(|part| matches!(part, "." | "..")) {
            return Err(format!("`{text}` is no path from the root; write it like `src/**` or `docs/`"));
        }
        let whole = if text.ends_with('/') { format!("{text}**") } else { text.to_owned() };
        match GlobBuilder::new(&whole).literal_separator(true).build() {
            Ok(glob) => Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher() }),
            Err(error) => Err(format!("`{text}` is no glob: {}", error.kind())),
        }
    }

    /// True for a path that it means.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<'de> Deserialize<'de> for PathGlob {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
