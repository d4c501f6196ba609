//! What a scan says: a finding that can be printed anywhere, because nothing raw is left in it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::rule::{Confidence, Kind, Severity};
pub use crate::text::Position;

/// Which side of a change a finding stands on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// The content before the change.
    Old,
    /// The content after it, or the only content.
    New,
}

/// One thing that ringfence found. Owned and redacted by construction: raw matched bytes never get in.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Id of the rule that matched.
    pub rule: Arc<str>,
    /// What kind of thing it is.
    pub kind: Kind,
    /// How bad it is if it is true.
    pub severity: Severity,
    /// How surely it is true.
    pub confidence: Confidence,
    /// The rule's title.
    pub title: Arc<str>,
    /// One sentence on this very finding.
    pub message: String,
    /// Path relative to the root, encoded for reports.
    pub path: Arc<str>,
    /// Side of the change.
    pub side: Side,
    /// First byte of the match.
    pub start: Position,
    /// One past the last byte of the match.
    pub end: Position,
    /// The line it stands on, every match masked.
    pub excerpt: Excerpt,
    /// Identity across runs.
    pub fingerprint: Fingerprint,
    /// What to do about it.
    pub remedy: Arc<str>,
    /// Where to read more.
    pub docs: Option<Arc<str>>,
    /// More about the secret, for kind `secret`.
    pub secret: Option<SecretDetail>,
    /// Who gained what, for what a comparison of permissions found.
    pub access: Option<AccessDetail>,
    /// Which area was touched, for kind `area`.
    pub area: Option<AreaDetail>,
    /// The value shapes of the policy that its value has; empty for what is no value.
    pub shapes: Vec<String>,
    /// Where the new side shows it, if that is not `start` and `end`.
    pub anchor: Option<Anchor>,
}

/// Where tools show a finding that know the new side of a change only, and that count columns in UTF-16 code units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    /// First code unit.
    pub start: Position,
    /// One past the last code unit; `start` if only the line is known.
    pub end: Position,
}

impl Finding {
    /// The order of every report: path, position, rule. The fingerprint settles what is left.
    pub fn sort_key(&self) -> (&str, Side, Position, Position, &str, &str) {
        (&self.path, self.side, self.start, self.end, &self.rule, &self.fingerprint.0)
    }
}

/// What the scan of a unit says beside its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// What looked like a finding and was none.
    pub dropped: Dropped,
    /// Rules that had to stop before the end of the text, by id: what they would have found is not known.
    pub stopped: BTreeSet<Arc<str>>,
}

/// How many matches were dropped, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Their checksum or their structure is wrong.
    pub check: usize,
    /// They stand in for a secret, or are too plain to be one.
    pub placeholder: usize,
}

impl std::ops::AddAssign for Dropped {
    fn add_assign(&mut self, other: Self) {
        self.check += other.check;
        self.placeholder += other.placeholder;
    }
}

/// What may be said about a secret.
#[derive(Clone, Debug, PartialEq)]
pub struct SecretDetail {
    /// Its public prefix and its length, nothing more.
    pub redacted: String,
    /// Its length in bytes.
    pub length: usize,
    /// What was proven offline.
    pub check: Proof,
    /// What the model made of it; `None` where a format told.
    pub judgement: Option<Judgement>,
    /// How it is encoded, outermost layer first; empty where it stands as it is.
    pub decoded: Vec<Layer>,
}

/// A widening: who, what, from where to where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessDetail {
    /// The kind of permission file.
    pub surface: Arc<str>,
    /// Who gained it.
    pub subject: String,
    /// What was gained; of a protection, what was lost.
    pub capability: String,
    /// How far it went before.
    pub before: String,
    /// How far it goes now.
    pub after: String,
    /// Whether the change only widens.
    pub verdict: Verdict,
    /// The setting outside the repository on which the answer depends, in words.
    pub depends_on: Option<Cow<'static, str>>,
}

/// A part that a person must review, and who.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaDetail {
    /// What the area is called.
    pub name: String,
    /// What tells that it is touched, in words.
    pub evidence: Vec<String>,
    /// Who answers for the file, as the base of the change has it; empty where nobody is named.
    pub owners: Vec<String>,
    /// What becomes of the review.
    pub review: Review,
    /// Who reviewed it, or why that is still open; `None` where no reviews were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
}

/// What becomes of the review of an area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Review {
    /// A person must look at it.
    Required,
    /// Somebody who answers for it approved it.
    Satisfied,
    /// As `Required`, and the run was asked to fail without it.
    Missing,
    /// The policy asks for none.
    Optional,
}

/// Whether a change only widens. What only narrows is no finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// It widens.
    Wider,
    /// It widens here and narrows there.
    Both,
}

/// What the model makes of a value. Its numbers are rounded: exact ones would confirm a guess at the value.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// How likely the value is a secret, two digits, rounded down: what reads as the threshold has reached it.
    pub probability: f32,
    /// Why, the strongest reason first.
    pub evidence: Vec<Evidence>,
}

/// One way in which a secret is written so that it cannot be read as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// Base64 of either alphabet.
    Base64,
    /// Two hex digits for each byte.
    Hex,
    /// Percent signs, as in URLs.
    Percent,
    /// Backslashes, as in strings.
    Escape,
    /// Adjacent literals that a program puts together.
    Concatenation,
}

impl Layer {
    /// What it is called in a sentence that begins with "It is".
    pub fn words(self) -> &'static str {
        match self {
            Self::Base64 => "encoded in base64",
            Self::Hex => "encoded in hex digits",
            Self::Percent => "escaped with percent signs",
            Self::Escape => "escaped with backslashes",
            Self::Concatenation => "put together from several literals",
        }
    }
}

/// One reason why the model takes a value for a secret, or against it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The feature, in words.
    pub what: Cow<'static, str>,
    /// Its value here: 1 and 0 for yes and no, or a count, or a share; rounded to two digits below 1, to one above.
    pub value: f32,
    /// By how much it moved the logarithm of the odds, one digit after the point: above 0 towards a secret.
    pub weight: f32,
}

/// What an offline check proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// A checksum inside the value holds.
    Checksum,
    /// The value decodes to the structure that its kind must have.
    Structure,
    /// Nothing was proven.
    None,
}

/// A printed line whose matches are masked. Only `detect` makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    text: String,
    caret: std::ops::Range<usize>,
}

impl Excerpt {
    /// Takes text that holds no matched bytes any more, and the byte range of the finding within it.
    pub(crate) fn new(text: String, caret: std::ops::Range<usize>) -> Self {
        Self { text, caret }
    }

    /// The masked line, cut to a readable length. Not escaped: every renderer escapes for its own target.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where in [`text`](Self::text) the finding stands.
    pub fn caret(&self) -> std::ops::Range<usize> {
        self.caret.clone()
    }
}

/// Identity of a finding: stable when lines move, files are renamed or commits are squashed; different when the
/// secret changes. See `detect::fingerprint` for what goes in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Wraps a finished digest.
    pub(crate) fn new(hex: String) -> Self {
        Self(hex)
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True for digits as reports write them.
    pub fn is_written_like(text: &str) -> bool {
        text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    }

    /// True if it begins with what was typed.
    pub fn begins_with(&self, prefix: &Prefix) -> bool {
        self.0.starts_with(&prefix.0)
    }
}

/// The beginning of a fingerprint, as a person types it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix(String);

impl Prefix {
    /// The fewest digits of which one is made: fewer fit too much.
    pub const LEAST: usize = 6;
    /// As many digits as a fingerprint has.
    pub const MOST: usize = 32;

    /// Takes hexadecimal digits in either case. `None` for anything else, or for too few or too many of them.
    pub fn parse(typed: &str) -> Option<Self> {
        let is_hex = typed.bytes().all(|b| b.is_ascii_hexdigit());
        (is_hex && (Self::LEAST..=Self::MOST).contains(&typed.len())).then(|| Self(typed.to_ascii_lowercase()))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
