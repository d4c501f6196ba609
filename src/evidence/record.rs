//! What a record says: an in-toto statement about one change. Fields stand in the order of their names, because that is the
//! order in which they are written.

use serde::{Deserialize, Serialize};

/// The format of the statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The format of what it says, and its version.
pub const PREDICATE: &str = "https://ringfence.dev/change/v1";
/// The same without the version.
pub(super) const PREDICATE_NAME: &str = "https://ringfence.dev/change/v";

/// The whole record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// [`STATEMENT`].
    #[serde(rename = "_type")]
    pub kind: String,
    /// What is said.
    pub predicate: Predicate,
    /// [`PREDICATE`].
    #[serde(rename = "predicateType")]
    pub predicate_type: String,
    /// What it is said about: the commit that the change leads to.
    pub subject: Vec<Subject>,
}

/// What a record is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// By object id.
    pub digest: GitDigest,
    /// What it is called here.
    pub name: String,
}

/// A commit and its tree, under the names that in-toto gives them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GitDigest {
    /// The commit.
    #[serde(rename = "gitCommit")]
    pub commit: String,
    /// Its tree.
    #[serde(rename = "gitTree")]
    pub tree: String,
}

/// What is said about the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Predicate {
    /// What was changed.
    pub change: Change,
    /// The record before this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Who reviewed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviews: Option<Reviews>,
    /// What was run, in order.
    pub runs: Vec<Run>,
    /// SHA-256 of the whole statement while this field is empty, so that no byte of it changes unnoticed.
    pub seal: String,
    /// Its place in the chain, from 1.
    pub sequence: u64,
    /// What was asked for, without secrets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    /// How it was verified.
    pub verification: Verification,
}

/// What was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The sensitive areas it touches, sorted by name.
    pub areas: Vec<AreaCount>,
    /// The commit that was named first; `None` for the empty tree.
    pub base: Option<Commit>,
    /// How many paths.
    pub counts: PathCounts,
    /// SHA-256 of what `git diff-tree -r -z --no-renames` prints between the old and the new side.
    pub diff_sha256: String,
    /// The new side.
    pub head: Commit,
    /// The old side, where it is the merge base of both and not `base` itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merge_base: Option<Commit>,
    /// Every path that differs, in the order of git. A rename is a path that goes and one that comes.
    pub paths: Vec<Path>,
}

/// A commit and its tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// Its id.
    pub commit: String,
    /// Its tree's id.
    pub tree: String,
}

/// How many paths an area has in the change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaCount {
    /// The area.
    pub name: String,
    /// How many.
    pub paths: u64,
}

/// How many paths a change has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathCounts {
    /// That came.
    pub added: u64,
    /// That went.
    pub deleted: u64,
    /// That stayed and differ.
    pub modified: u64,
}

/// One path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Path {
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Entry>,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Entry>,
    /// The path as reports show it.
    pub path: String,
}

/// One side of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its id; of a submodule, that of its commit.
    pub blob: String,
    /// Its mode as git writes it.
    pub mode: String,
}

/// The record before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Previous {
    /// Its place in the chain.
    pub sequence: u64,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// Who reviewed, and what became of the areas that ask for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reviews {
    /// What became of each area's review, sorted.
    pub areas: Vec<AreaReview>,
    /// The files that say so.
    pub files: Vec<FileDigest>,
    /// True if what lacks a review was to fail.
    pub required: bool,
    /// What was said, sorted.
    pub said: Vec<Said>,
    /// The list that says whose key is whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signers: Option<FileDigest>,
}

/// What became of the review of an area.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaReview {
    /// Who approved it, or why it is open.
    pub answer: String,
    /// The area.
    pub name: String,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// Where.
    pub paths: Vec<String>,
    /// Whether it is there.
    pub review: Answered,
}

/// Whether a review is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answered {
    /// An owner approved what is about to be merged.
    Satisfied,
    /// None did.
    Open,
}

/// What somebody said of the change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The commit it was said of, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Where it stands: in a commit, or in a file of the forge.
    pub proof: Proof,
    /// `approved`, or why it does not count.
    pub what: String,
    /// A name at the forge, or an address.
    pub who: String,
}

/// Where it stands that somebody said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Proof {
    /// In a commit's message; what its signature is worth is part of the words.
    Commit,
    /// In a file that a forge's tool printed.
    Forge,
}

/// A file that was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileDigest {
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub sha256: String,
}

impl FileDigest {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, sha256: super::digest::sha256(bytes) }
    }
}

/// A command that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Program and arguments, without secrets.
    pub argv: Vec<String>,
    /// What it ended with; `None` if a signal ended it.
    pub exit_code: Option<i32>,
    /// How long it took.
    pub milliseconds: u64,
    /// What it wrote to standard error.
    pub stderr: Output,
    /// What it wrote to standard output.
    pub stdout: Output,
    /// What stood in the working tree when it began and when it had ended.
    pub worktree: Worktree,
}

/// What a command wrote, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its size without its secrets.
    pub bytes: u64,
    /// SHA-256 of all of it without its secrets: a digest of the secrets would confirm a guess at them.
    pub sha256: String,
    /// The text, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// What a command saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Worktree {
    /// The head of the change and nothing else.
    Head,
    /// Something else: another commit, or changes that are not committed.
    Other,
}

/// How the change was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// What was read.
    pub coverage: Coverage,
    /// What was found, in the order of reports.
    pub findings: Vec<Finding>,
    /// What judged it.
    pub policy: Policy,
    /// What the policy sets aside.
    pub set_aside: Vec<SetAside>,
    /// How much of each.
    pub summary: Summary,
    /// What read it.
    pub tool: Tool,
}

/// What was read and what was not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Lines that the change adds.
    pub added_lines: u64,
    /// Bytes read.
    pub bytes: u64,
    /// True if everything in scope was read.
    pub complete: bool,
    /// Files read.
    pub files: u64,
    /// What was not.
    pub skipped: Vec<Skipped>,
}

/// Something that was not read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skipped {
    /// Where.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// A finding, as much as tells it from others and points at it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// How surely it is true.
    pub confidence: String,
    /// Its identity.
    pub fingerprint: String,
    /// Its line.
    pub line: u64,
    /// Its path.
    pub path: String,
    /// Its rule.
    pub rule: String,
    /// How bad it is.
    pub severity: String,
    /// The side on which it stands.
    pub side: String,
}

/// A finding that is set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetAside {
    /// What sets it aside: `allow`, `inline` or `baseline`.
    pub by: String,
    /// The last day on which it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// The finding.
    pub finding: Finding,
    /// The line of the policy file, of the file of the finding, or of the baseline.
    pub line: u64,
    /// Why.
    pub reason: String,
}

/// What judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its digest.
    pub digest: String,
    /// From which severity on findings fail.
    pub fail_on: String,
    /// Its file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// Whose policy was asked for.
    pub from: Author,
    /// The day of judgement, where entries of the policy expire.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judged_on: Option<String>,
    /// What is to be known about it.
    pub notices: Vec<String>,
    /// Where it came from.
    pub source: String,
}

/// Whose policy judges a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Author {
    /// What was there before it.
    Base,
    /// The change itself.
    Head,
}

/// How much was found, listed or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// Findings of this severity.
    pub critical: u64,
    /// Findings that fail.
    pub failing: u64,
    /// Findings of low confidence, which are not listed.
    pub hidden: u64,
    /// Findings of this severity.
    pub high: u64,
    /// Findings of this severity.
    pub low: u64,
    /// Findings of this severity.
    pub medium: u64,
    /// Findings that the policy sets aside.
    pub set_aside: u64,
    /// Findings of rules that the policy switches off.
    pub switched_off: u64,
    /// Findings that are counted above and not listed, because their file has too many.
    pub unlisted: u64,
}

/// What read and judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// The digest of its rules.
    pub rules_sha256: String,
    /// Its version.
    pub version: String,
}
