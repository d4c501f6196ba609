//! The roots of a report of many, as JSON: written and read back.

use serde::{Deserialize, Serialize};

use super::threshold::FailOn;
use crate::policy::Counts;
use crate::report::roots::{Extent, Root};
use crate::report::{PolicyInfo, PolicySource, SourceKind};

/// One root.
#[derive(Serialize, Deserialize)]
pub(in crate::report) struct RootV1 {
    name: String,
    kind: SourceKind,
    root: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    policy: PolicyV1,
    coverage: CoverageV1,
    summary: SummaryV1,
}

#[derive(Serialize, Deserialize)]
struct PolicyV1 {
    source: PolicySource,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    digest: String,
    fail_on: FailOn,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    notices: Vec<String>,
}

#[derive(Serialize, Deserialize)]
struct CoverageV1 {
    files: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    added_lines: Option<u64>,
    complete: bool,
}

#[derive(Serialize, Deserialize)]
struct SummaryV1 {
    critical: usize,
    high: usize,
    medium: usize,
    low: usize,
    failing: usize,
    suppressed: usize,
}

impl From<&Root> for RootV1 {
    fn from(root: &Root) -> Self {
        let Root { policy, read, counts, .. } = root;
        Self {
            name: root.name.clone(),
            kind: root.kind,
            root: root.given.clone(),
            base: root.base.clone(),
            head: root.head.clone(),
            policy: PolicyV1 {
                source: policy.source,
                file: policy.file.clone(),
                digest: policy.digest.clone(),
                fail_on: FailOn(policy.threshold),
                notices: policy.notices.clone(),
            },
            coverage: CoverageV1 {
                files: read.files,
                bytes: read.bytes,
                added_lines: read.added_lines,
                complete: read.is_complete,
            },
            summary: SummaryV1 {
                critical: counts.critical,
                high: counts.high,
                medium: counts.medium,
                low: counts.low,
                failing: root.failing,
                suppressed: root.suppressed,
            },
        }
    }
}

impl From<RootV1> for Root {
    fn from(root: RootV1) -> Self {
        let RootV1 { policy, coverage, summary, .. } = root;
        let SummaryV1 { critical, high, medium, low, failing, suppressed } = summary;
        Self {
            name: root.name,
            kind: root.kind,
            given: root.root,
            base: root.base,
            head: root.head,
            policy: PolicyInfo {
                source: policy.source,
                digest: policy.digest,
                threshold: policy.fail_on.0,
                file: policy.file,
                notices: policy.notices,
            },
            read: Extent {
                files: coverage.files,
                bytes: coverage.bytes,
                added_lines: coverage.added_lines,
                is_complete: coverage.complete,
            },
            counts: Counts { critical, high, medium, low },
            failing,
            suppressed,
        }
    }
}
