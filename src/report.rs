//! The report: everything a renderer may say, and the exit code, which depends on nothing else.

use serde::Serialize;

use crate::policy::Verdict;
use crate::source::Coverage;

pub mod escape;
pub mod human;
pub mod json;

/// What was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// Files on disk.
    Tree,
    /// The working tree against HEAD.
    Worktree,
    /// The index against HEAD.
    Staged,
    /// One commit against another.
    Range,
    /// Standard input.
    Stdin,
}

/// Identity of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// What was scanned.
    pub kind: SourceKind,
    /// The root as it was given, never made absolute.
    pub root: String,
    /// The old side of a change, a full commit id.
    pub base: Option<String>,
    /// The new side of a range, a full commit id.
    pub head: Option<String>,
}

/// One finished scan.
#[derive(Clone, Debug)]
pub struct Report {
    /// Digest of the rules that judged.
    pub rules_digest: String,
    /// What was scanned.
    pub source: SourceInfo,
    /// What was read and what was not.
    pub coverage: Coverage,
    /// The classified findings.
    pub verdict: Verdict,
}

/// The exit codes; they never change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Everything in scope was read; nothing at or above the threshold.
    Clean = 0,
    /// Findings at or above the threshold.
    Findings = 1,
    /// Usage, policy file or rule file is wrong; nothing was scanned.
    Usage = 2,
    /// Something in scope could not be read; findings, if any, are in the report too.
    Incomplete = 3,
}

impl Report {
    /// What the program ends with.
    pub fn exit_status(&self) -> ExitStatus {
        if !self.coverage.complete() {
            ExitStatus::Incomplete
        } else if self.verdict.fails {
            ExitStatus::Findings
        } else {
            ExitStatus::Clean
        }
    }
}
