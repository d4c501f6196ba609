//! What stands around a scan in a repository: the hook, the files of pipelines, and what other scanners were told to
//! leave alone. Texts in, words out: nothing is read or written here.

pub mod gitleaks;
pub mod gitleaksignore;
pub mod hook;
pub mod marks;
pub mod pattern;
pub mod pipeline;
pub mod secrets_baseline;

use crate::document::Document;
use crate::keyed::Mistake;
use pattern::Pattern;

/// One thing that another scanner was told to leave alone.
#[derive(Debug)]
pub struct Claim {
    /// The file that says so.
    pub file: String,
    /// Its line, from 1.
    pub line: usize,
    /// What it says about it, if anything.
    pub note: Option<String>,
    /// What it means.
    pub aim: Aim,
}

/// What a claim means.
#[derive(Debug)]
pub enum Aim {
    /// What stands on a line of a file.
    Line {
        /// The file, from the top of the repository.
        path: String,
        /// The line, from 1.
        line: usize,
        /// Which of the findings there.
        which: Which,
    },
    /// What stood on a line of a file as a commit has it.
    Committed {
        /// The commit, in full.
        commit: String,
        /// The file, from the top of the repository.
        path: String,
        /// The line, from 1.
        line: usize,
        /// The other scanner's rule.
        rule: String,
    },
    /// A value in a file, wherever it stands there.
    Hashed {
        /// The file, from the top of the repository.
        path: String,
        /// SHA-1 of the value.
        sha1: [u8; 20],
    },
    /// What stands in files of some name.
    Files {
        /// Fits the path.
        path: Pattern,
        /// The other scanner's rules; empty for all.
        rules: Vec<String>,
        /// What the value or its line has to look like, too.
        value: Option<ValueTest>,
    },
    /// It cannot be said in a policy; this is why.
    Lost(String),
}

/// Which of the findings on a line.
#[derive(Debug)]
pub enum Which {
    /// All of them.
    Every,
    /// That of a rule of the other scanner.
    Of(String),
}

/// What a value has to look like: one of each list that is not empty.
#[derive(Debug, Default)]
pub struct ValueTest {
    /// Patterns, and what they are held against.
    pub patterns: Vec<Pattern>,
    /// What the patterns are held against.
    pub against: Against,
    /// Words, in any case.
    pub words: Vec<String>,
}

/// What a pattern is held against.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Against {
    /// The value.
    #[default]
    Value,
    /// The line on which it stands.
    Line,
}

impl ValueTest {
    /// True for a value on a line that it means.
    pub fn fits(&self, value: &[u8], line: &[u8]) -> bool {
        let target = match self.against {
            Against::Value => value,
            Against::Line => line,
        };
        let has = |word: &String| {
            let lower = value.to_ascii_lowercase();
            memchr::memmem::find(&lower, word.to_ascii_lowercase().as_bytes()).is_some()
        };
        (self.patterns.is_empty() || self.patterns.iter().any(|pattern| pattern.fits(target)))
            && (self.words.is_empty() || self.words.iter().any(has))
    }
}

/// True if a finding of our rule can be what another scanner's rule told: rules begin with the name of a provider. What is
/// `generic` here is the least that can be told.
pub fn means_the_same(theirs: &str, ours: &str) -> bool {
    fn provider(id: &str) -> &str {
        match id.split(['-', '_']).next().unwrap_or_default() {
            "gcp" => "google",
            "curl" | "hashicorp" => "generic",
            word => word,
        }
    }
    provider(ours) == "generic" || provider(theirs) == provider(ours)
}

/// The line of `text` on which `at` stands, from 1.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count()
}

fn mistake(file: &str, text: &str, at: usize, message: impl Into<String>) -> Mistake {
    Mistake { file: file.to_owned(), line: line_of(text, at), message: message.into() }
}

/// The first thing in a document that could not be read, as a mistake.
fn sound(file: &str, text: &str, document: &Document) -> Result<(), Mistake> {
    match document.gaps().iter().min_by_key(|gap| gap.at) {
        // The reader's words may quote the file.
        Some(gap) => Err(mistake(file, text, gap.at, format!("cannot be read: {}", gap.why))),
        None => Ok(()),
    }
}
