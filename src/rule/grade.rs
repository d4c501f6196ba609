//! How bad and how sure a finding is, and on which lines of a change it is looked for.

use serde::{Deserialize, Serialize};

/// How bad a finding is if it is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Hygiene.
    Low,
    /// Needs a human look.
    Medium,
    /// Opens something likely.
    High,
    /// Opens something now.
    Critical,
}

/// How surely a finding is true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Shape only; shown with `--all`.
    Low,
    /// Format and context.
    #[default]
    Medium,
    /// Structure or checksum proves it.
    High,
}

/// Which lines of a change a rule looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lines {
    /// Lines that the change adds; in a snapshot every line.
    #[default]
    Added,
    /// Lines that the change removes.
    Removed,
    /// Both.
    Any,
}
