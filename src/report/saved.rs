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

mod check;
mod fault;
mod finding;

use check::{Claims, check};
pub use fault::Fault;
use finding::{Found, Suppressed};

/// Why something is no report that can be read here.
#[derive(Debug)]
pub enum Unreadable {
    /// It is no JSON, or not of the shape of a report.
    Shape(Fault),
    /// Another version of ringfence wrote it, in a way that this one does not know.
    Writer(String, Fault),
    /// Its parts do not fit together; what is wrong.
    Contradiction(String),
    /// It has another version of the format, or is something else.
    Version(Option<String>),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shape(fault) => write!(f, "it is no report as `--format json` writes it ({fault})"),
            Self::Writer(version, fault) => {
                let own = env!("CARGO_PKG_VERSION");
                write!(
                    f,
                    "ringfence {version} wrote it, and this one, {own}, does not know what stands there ({fault}); scan again, or use the version that wrote it"
                )
            }
            Self::Contradiction(why) => {
                write!(f, "it does not agree with itself, so no scan wrote it as it is: {why}; scan again")
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
    complete: bool,
}

#[derive(Deserialize)]
struct Skipped {
    path: String,
    reason: String,
    gap: bool,
}

#[derive(Deserialize)]
struct Summary {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
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
/// It is something else, of another version of the format, or does not agree with itself.
pub fn read(bytes: &[u8]) -> Result<Report, Unreadable> {
    let fault = |error: &serde_json::Error| Fault::of(bytes, error);
    let Versioned { schema, tool } = serde_json::from_slice(bytes).map_err(|error| Unreadable::Shape(fault(&error)))?;
    if schema.as_deref() != Some(SCHEMA) {
        return Err(Unreadable::Version(schema.map(Cow::into_owned)));
    }
    let other = tool.and_then(|tool| tool.version).filter(|version| version != env!("CARGO_PKG_VERSION"));
    let document: Document = serde_json::from_slice(bytes).map_err(|error| match other {
        Some(version) => Unreadable::Writer(version, fault(&error)),
        None => Unreadable::Shape(fault(&error)),
    })?;
    let Summary { critical, high, medium, low, .. } = document.summary;
    let claims = Claims { counts: Counts { critical, high, medium, low }, is_complete: document.coverage.complete };
    let report = document.into();
    check(&report, &claims).map_err(Unreadable::Contradiction)?;
    Ok(report)
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

    fn told(change: impl Fn(&mut serde_json::Value)) -> String {
        let mut value = serde_json::from_slice(&saved(&sample())).unwrap();
        change(&mut value);
        read(value.to_string().as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_report_that_contradicts_itself_is_refused() {
        let set =
            |pointer: &str, to: serde_json::Value| told(|value| *value.pointer_mut(pointer).unwrap() = to.clone());
        for (pointer, to, why) in [
            ("/summary/failing", 0.into(), "`summary.failing` is 0, and what is listed makes 5002"),
            ("/summary/critical", 2.into(), "`summary.critical` is 2, and what is listed makes 5002"),
            ("/summary/suppressed", 7.into(), "`summary.suppressed` is 7, and what is listed makes 0"),
            ("/summary/unlisted/0/failing", 9_999.into(), "`summary.unlisted[0]`, 9999 fail"),
            ("/summary/unlisted/0/low", u64::MAX.into(), "`summary.unlisted[0]` are too large"),
            ("/summary/hidden", u64::MAX.into(), "`summary.hidden` is too large"),
            ("/coverage/bytes", u64::MAX.into(), "`coverage.bytes` is too large"),
            ("/coverage/complete", true.into(), "`coverage.complete` is true, and what was not read says false"),
            ("/findings", serde_json::json!([]), "`summary.critical` is 5002, and what is listed makes 5000"),
            ("/findings/1/start/line", 0.into(), "`findings[1]`: `start.line` is 0, and is counted from 1"),
            ("/findings/1/end/column", u64::MAX.into(), "`findings[1]`: `end.column` is too large"),
            ("/findings/2/secret/probability", 1.5.into(), "`secret.probability` is not between 0 and 1"),
            ("/findings/0/rule", "".into(), "`findings[0]`: `rule` is empty"),
            ("/findings/0/fingerprint", "".into(), "`findings[0]`: `fingerprint`"),
            ("/findings/0/fingerprint", "a\n::error::b".into(), "`findings[0]`: `fingerprint`"),
            ("/source/kind", "many".into(), "`source.kind`"),
        ] {
            let said = set(pointer, to);
            assert!(said.contains(why) && said.contains("does not agree with itself"), "{pointer}: {said}");
        }
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_named() {
        let said = told(|value| drop(value["findings"][1].as_object_mut().unwrap().remove("end")));
        assert!(said.ends_with(": `end` is missing)"), "{said}");
        let said = told(|value| value["findings"][1]["start"]["line"] = "hush".into());
        assert!(said.ends_with(": what `line` holds is not of its type)") && !said.contains("hush"), "{said}");
        let said = told(|value| value["findings"][1]["severity"] = "hush".into());
        assert!(said.ends_with(": what `severity` holds is not of its type)") && !said.contains("hush"), "{said}");
        for (pointer, key) in
            [("/findings/2/secret/probability", "probability"), ("/findings/2/secret/evidence/0/weight", "weight")]
        {
            let said = told(|value| *value.pointer_mut(pointer).unwrap() = 1e39.into());
            assert!(said.ends_with(&format!(": what `{key}` holds is too large)")), "{said}");
        }
        let twice =
            String::from_utf8(saved(&sample())).unwrap().replacen("\"rule\":", "\"rule\": \"hush\", \"rule\":", 1);
        let said = read(twice.as_bytes()).unwrap_err().to_string();
        assert!(said.ends_with(": `rule` stands twice)"), "{said}");
        assert!(read(b"{\"schema\": 1").unwrap_err().to_string().contains("what `schema` holds"));
    }
}
