//! Reads a report that was saved as JSON, so that it can be written in another format.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::json::{FailOn, RootV1, SCHEMA};
use super::{PolicyInfo, PolicySource, Report, Shard, SourceInfo, SourceKind};
use crate::finding::{Dropped, Side};
use crate::policy::{Counts, SetAside, Unlisted, Use, Verdict};
use crate::source::share::Part;
use crate::source::{Coverage, Reason, Skip};

mod finding;

use finding::{Found, Suppressed};

/// Why something is no report that can be read here.
#[derive(Debug)]
pub enum Unreadable {
    /// It is no JSON, or not of the shape of a report.
    Shape(serde_json::Error),
    /// Another version of ringfence wrote it, in a way that this one does not know.
    Writer(String, serde_json::Error),
    /// It has another version of the format, or is something else.
    Version(Option<String>),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The message of a parser may quote what it met.
            Self::Shape(error) => {
                write!(
                    f,
                    "it is no report as `--format json` writes it (line {}, column {})",
                    error.line(),
                    error.column()
                )
            }
            Self::Writer(version, error) => {
                let own = env!("CARGO_PKG_VERSION");
                let (line, column) = (error.line(), error.column());
                write!(
                    f,
                    "ringfence {version} wrote it, and this one, {own}, does not know what stands on line {line}, column {column}; scan again, or use the version that wrote it"
                )
            }
            Self::Version(None) => write!(f, "it does not say that it is a report: `schema` is to be `{SCHEMA}`"),
            Self::Version(Some(other)) => {
                write!(
                    f,
                    "its format is `{other}`, and this version reads `{SCHEMA}` only; scan again, or use the version that wrote it"
                )
            }
        }
    }
}

impl std::error::Error for Unreadable {}

#[derive(Deserialize)]
struct Versioned<'a> {
    #[serde(borrow)]
    schema: Option<Cow<'a, str>>,
    tool: Option<Writer>,
}

#[derive(Deserialize)]
struct Writer {
    version: Option<String>,
}

#[derive(Deserialize)]
struct Document {
    tool: Tool,
    policy: Policy,
    source: Source,
    coverage: Covered,
    summary: Summary,
    findings: Vec<Found>,
    suppressed: Vec<Suppressed>,
}

#[derive(Deserialize)]
struct Tool {
    version: String,
    rules_digest: String,
}

#[derive(Deserialize)]
struct Policy {
    source: PolicySource,
    file: Option<String>,
    digest: String,
    fail_on: FailOn,
    #[serde(default)]
    notices: Vec<String>,
}

#[derive(Deserialize)]
struct Source {
    kind: SourceKind,
    root: String,
    base: Option<String>,
    head: Option<String>,
    shard: Option<Share>,
    #[serde(default)]
    roots: Vec<RootV1>,
}

#[derive(Deserialize)]
struct Share {
    index: usize,
    of: usize,
    listing: String,
    whole: bool,
    #[serde(default)]
    allows: Vec<Use>,
    #[serde(default)]
    stale: Vec<usize>,
    #[serde(default)]
    notices: Vec<String>,
}

#[derive(Deserialize)]
struct Covered {
    files: u64,
    bytes: u64,
    added_lines: Option<u64>,
    skipped: Vec<Skipped>,
}

#[derive(Deserialize)]
struct Skipped {
    path: String,
    reason: String,
    gap: bool,
}

#[derive(Deserialize)]
struct Summary {
    suppressed: usize,
    failing: usize,
    hidden: usize,
    deselected: usize,
    switched_off: usize,
    dropped: Dropped,
    unlisted: Vec<More>,
}

#[derive(Deserialize)]
struct More {
    path: String,
    side: Side,
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    failing: usize,
}

/// Reads what `--format json` wrote.
///
/// # Errors
/// It is something else, or of another version of the format.
pub fn read(bytes: &[u8]) -> Result<Report, Unreadable> {
    let Versioned { schema, tool } = serde_json::from_slice(bytes).map_err(Unreadable::Shape)?;
    if schema.as_deref() != Some(SCHEMA) {
        return Err(Unreadable::Version(schema.map(Cow::into_owned)));
    }
    let other = tool.and_then(|tool| tool.version).filter(|version| version != env!("CARGO_PKG_VERSION"));
    let document: Document = serde_json::from_slice(bytes).map_err(|error| match other {
        Some(version) => Unreadable::Writer(version, error),
        None => Unreadable::Shape(error),
    })?;
    Ok(document.into())
}

impl From<Document> for Report {
    fn from(document: Document) -> Self {
        let Document { tool, policy, source, coverage, summary, findings, suppressed } = document;
        Self {
            version: tool.version,
            rules_digest: tool.rules_digest,
            policy: PolicyInfo {
                source: policy.source,
                digest: policy.digest,
                threshold: policy.fail_on.0,
                file: policy.file,
                notices: policy.notices,
            },
            source: source.into(),
            coverage: Coverage {
                files: coverage.files,
                bytes: coverage.bytes,
                added_lines: coverage.added_lines,
                skipped: coverage.skipped.into_iter().map(Skip::from).collect(),
            },
            verdict: Verdict {
                findings: findings.into_iter().map(Into::into).collect(),
                unlisted: summary.unlisted.into_iter().map(Into::into).collect(),
                hidden: summary.hidden,
                deselected: summary.deselected,
                dropped: summary.dropped,
                failing: summary.failing,
                set_aside: suppressed.into_iter().map(SetAside::from).collect(),
                suppressed: summary.suppressed,
                switched_off: summary.switched_off,
                ..Verdict::default()
            },
        }
    }
}

impl From<Source> for SourceInfo {
    fn from(source: Source) -> Self {
        let shard = |share: Share| Shard {
            part: Part { index: share.index, of: share.of },
            listing: share.listing,
            uses: share.allows,
            stale: share.stale,
            notices: share.notices,
            is_whole: share.whole,
        };
        Self {
            kind: source.kind,
            root: source.root,
            base: source.base,
            head: source.head,
            shard: source.shard.map(shard),
            roots: source.roots.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<Skipped> for Skip {
    fn from(skipped: Skipped) -> Self {
        Self { path: skipped.path, reason: Reason::Told { words: skipped.reason, is_gap: skipped.gap } }
    }
}

impl From<More> for Unlisted {
    fn from(more: More) -> Self {
        let counts = Counts { critical: more.critical, high: more.high, medium: more.medium, low: more.low };
        Self { path: more.path.into(), side: more.side, counts, failing: more.failing }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{json, sample};
    use super::*;

    fn saved(report: &Report) -> Vec<u8> {
        let mut out = Vec::new();
        json::write_json(report, &mut out).unwrap();
        out
    }

    #[test]
    fn a_report_comes_back_as_it_was_saved() {
        let first = saved(&sample());
        let read = read(&first).unwrap();
        assert_eq!(String::from_utf8(saved(&read)).unwrap(), String::from_utf8(first).unwrap());
        assert_eq!(read.exit_status(), sample().exit_status());
    }

    #[test]
    fn another_version_is_told() {
        let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(told(br#"{"schema": "ringfence.report/2"}"#).contains("`ringfence.report/2`"));
        assert!(told(b"{}").contains("does not say"));
        assert!(told(b"[]").contains("no report"));
        assert!(told(b"\xff").contains("no report"));
        let broken = String::from_utf8(saved(&sample())).unwrap().replace("\"critical\"", "\"terrible\"");
        assert!(told(broken.as_bytes()).contains("no report"));
        let own = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let newer = told(broken.replace(&own, "\"version\": \"9.9.9\"").as_bytes());
        assert!(
            newer.contains("ringfence 9.9.9 wrote it") && newer.contains("use the version that wrote it"),
            "{newer}"
        );
    }
}
