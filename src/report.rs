//! The report: everything a renderer may say, and the exit code, which depends on nothing else.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::finding::{Confidence, Severity};
use crate::order;
use crate::policy::{Policy, Selector, Threshold, Use, Verdict};
use crate::source::Coverage;
use crate::source::share::Part;

pub mod catalogue;
pub mod codeclimate;
pub(crate) mod count;
pub mod escape;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod merge;
pub mod rdjson;
pub mod roots;
pub mod sarif;
pub mod saved;
mod shown;

use roots::Root;

/// What was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Several of them, each with a report of its own.
    Many,
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
    /// The new side of a range, or the commit of which all files were scanned: a full commit id.
    pub head: Option<String>,
    /// Which share of it, where several runs have one each.
    pub shard: Option<Shard>,
    /// The roots of a report of many, by name.
    pub roots: Vec<Root>,
}

/// One of several reports on one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one.
    pub part: Part,
    /// Digest of what all of them share: every path with its size.
    pub listing: String,
    /// What became of the entries of the policy here.
    pub uses: Vec<Use>,
    /// Lines of the baseline that nothing fits here.
    pub stale: Vec<usize>,
    /// What people should know about comments here.
    pub notices: Vec<String>,
    /// Whether all shards together look for everything, everywhere.
    pub is_whole: bool,
}

/// Where the policy came from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PolicySource {
    /// The built-in policy and the command line.
    #[default]
    Default,
    /// A file at the top of the scanned tree.
    Tree,
    /// A file that was named.
    File,
    /// The base of the change.
    Base,
    /// The change itself.
    Head,
    /// The roots of a report of many, each of which has its own.
    Many,
}

/// Where a policy came from, in full.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Where it came from.
    pub source: PolicySource,
    /// What its file is called.
    pub file: Option<String>,
    /// What stands in it.
    pub content: String,
    /// What stands in the baseline.
    pub baseline: Vec<u8>,
    /// What people should know about it.
    pub notices: Vec<String>,
    /// What else the command line says that can change a verdict: scopes and reviews.
    pub asked: Vec<String>,
}

/// Identity of the policy that judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInfo {
    /// Where it came from.
    pub source: PolicySource,
    /// SHA-256, in hex, of everything in it that can change a verdict.
    pub digest: String,
    /// The level from which findings fail a run.
    pub threshold: Threshold,
    /// Its file, as reports call it.
    pub file: Option<String>,
    /// What people should know about where it came from.
    pub notices: Vec<String>,
}

/// Said in every format of a report that the change itself could have bent.
pub const OWN_JUDGE: &str =
    "judged by the policy of the change itself (--policy-from head): what it allows, it allows itself";

/// One finished scan.
#[derive(Clone, Debug)]
pub struct Report {
    /// Version of the program that scanned.
    pub version: String,
    /// Digest of the rules that judged.
    pub rules_digest: String,
    /// Identity of the policy that judged.
    pub policy: PolicyInfo,
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
    /// What has to be said of who judged, if that is the change itself.
    pub fn own_judge(&self) -> Option<&'static str> {
        self.policy.notices.iter().any(|notice| notice.ends_with(OWN_JUDGE)).then_some(OWN_JUDGE)
    }

    /// What the program ends with.
    pub fn exit_status(&self) -> ExitStatus {
        if !self.coverage.complete() {
            ExitStatus::Incomplete
        } else if self.verdict.failing > 0 {
            ExitStatus::Findings
        } else {
            ExitStatus::Clean
        }
    }
}

impl PolicyInfo {
    /// Identifies a policy made of defaults, the command line and a file. The order of `--only` and `--skip` does not matter.
    pub fn of(policy: &Policy, origin: &Origin) -> Self {
        let mut parts = vec![
            format!("fail-on={}", threshold_name(policy.threshold)),
            format!("shown={}", confidence_name(policy.shown)),
        ];
        parts.extend(policy.selection.only.iter().map(|s| format!("only={}", selector_name(s))));
        parts.extend(policy.selection.skip.iter().map(|s| format!("skip={}", selector_name(s))));
        parts.extend(origin.asked.iter().cloned());
        order::sort(&mut parts[2..]);
        parts.dedup();
        if !origin.content.is_empty() {
            parts.push(format!("file={}", origin.content));
        }
        if !origin.baseline.is_empty() {
            let digest = Sha256::digest(&origin.baseline);
            parts.push(format!("baseline={}", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()));
        }
        let digest = Sha256::digest(parts.join("\0"));
        let digest = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let Origin { source, file, notices, .. } = origin.clone();
        Self { source, digest, threshold: policy.threshold, file, notices }
    }
}

/// The word for a threshold, as `--fail-on` takes it.
pub(crate) fn threshold_name(threshold: Threshold) -> &'static str {
    match threshold {
        Threshold::At(severity) => severity_name(severity),
        Threshold::Never => "never",
    }
}

/// The word for a severity, in reports and in the digest of a policy.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

/// The word for a confidence.
pub(crate) fn confidence_name(confidence: Confidence) -> &'static str {
    match confidence {
        Confidence::Low => "low",
        Confidence::Medium => "medium",
        Confidence::High => "high",
    }
}

/// The word that rule files use for a value.
pub(crate) fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn selector_name(selector: &Selector) -> String {
    match selector {
        Selector::Kind(kind) => format!("kind:{kind:?}"),
        Selector::Rule(id) => format!("rule:{id}"),
    }
}

#[cfg(test)]
pub(crate) use tests::sample;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Dropped, Evidence, Excerpt, Finding, Fingerprint, Judgement, Kind};
    use crate::finding::{Position, Proof, SecretDetail, Side};
    use crate::policy::baseline::Baseline;
    use crate::policy::file::PolicyFile;
    use crate::policy::{Counts, Gathers, Selection, Unlisted};
    use crate::source::{Reason, Skip};

    fn policy() -> Policy {
        Policy {
            threshold: Threshold::At(Severity::High),
            shown: Confidence::Medium,
            selection: Selection::default(),
            file: PolicyFile::default(),
            baseline: Baseline::default(),
            gathers: Gathers::Nothing,
            today: jiff::civil::date(2026, 1, 1),
        }
    }

    fn token(path: &str, line: usize, text: &str, masked: &str) -> Finding {
        let start = text.find(masked).unwrap_or_default();
        Finding {
            rule: "acme-access-token".into(),
            kind: Kind::Secret,
            severity: Severity::Critical,
            confidence: Confidence::High,
            title: "Acme access token".into(),
            message: "Whoever holds it acts as its owner; its checksum is valid.".into(),
            path: path.into(),
            side: Side::New,
            start: Position { line, column: start + 1 },
            end: Position { line, column: start + 41 },
            excerpt: Excerpt::new(text.into(), start..start + masked.len()),
            fingerprint: Fingerprint::new(format!("{line:064x}")),
            remedy: "Revoke it under Settings, then read its successor from the environment.".into(),
            docs: Some("https://docs.example.com/tokens".into()),
            secret: Some(SecretDetail {
                redacted: "acme_…(40)".into(),
                length: 40,
                check: Proof::Checksum,
                judgement: None,
                decoded: Vec::new(),
            }),
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
        }
    }

    /// What only the model tells.
    fn password(path: &str, line: usize) -> Finding {
        let (text, masked) = ("    password: \"[9 hidden]\"", "[9 hidden]");
        let reason = |what: &'static str, value, weight| Evidence { what: what.into(), value, weight };
        let evidence = vec![reason("a stand-in by its shape", 0.0, 1.5), reason("share of digits", 0.31, -0.4)];
        let secret = SecretDetail {
            redacted: masked.into(),
            length: 9,
            check: Proof::None,
            judgement: Some(Judgement { probability: 0.87, evidence }),
            decoded: Vec::new(),
        };
        Finding {
            rule: "generic-password".into(),
            severity: Severity::Medium,
            confidence: Confidence::Medium,
            title: "Password".into(),
            message: "Whoever reads the file can sign in with it.".into(),
            docs: None,
            secret: Some(secret),
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
            ..token(path, line, text, masked)
        }
    }

    /// A removed line with everything that must not reach a terminal.
    fn hostile() -> Finding {
        let text = "\tif ok\u{202e} {\u{1b}[31m\u{200b}skip \u{e0041}verify}";
        let start = text.find("skip").unwrap_or_default();
        Finding {
            rule: "hidden-text".into(),
            kind: Kind::Text,
            severity: Severity::Medium,
            confidence: Confidence::Low,
            title: "Hidden \u{7}text".into(),
            message: "A reader does not see\u{2028}what the compiler sees.".into(),
            path: "src/\u{1b}]8;;https://evil.example\u{7}x\n\u{202e}sr.c%FF".into(),
            side: Side::Old,
            start: Position { line: 1204, column: 1 },
            end: Position { line: 1205, column: 3 },
            excerpt: Excerpt::new(text.into(), start..start + 4),
            fingerprint: Fingerprint::new("f".repeat(64)),
            remedy: "Remove the \u{9b}invisible characters.".into(),
            docs: None,
            secret: None,
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
        }
    }

    /// What a file has beyond what is listed.
    fn unlisted(path: &str, critical: usize) -> Unlisted {
        let counts = Counts { critical, medium: 1, ..Counts::default() };
        Unlisted { path: path.into(), side: Side::New, counts, failing: critical }
    }

    /// The one report that every renderer is tried on: a staged change with two files, a gap and two other skips.
    pub(crate) fn sample() -> Report {
        let masked = "acme_[35 hidden]";
        let skip = |path: &str, reason| Skip { path: path.into(), reason };
        Report {
            version: env!("CARGO_PKG_VERSION").into(),
            rules_digest: "ab".repeat(32),
            policy: PolicyInfo::of(&policy(), &Origin::default()),
            source: SourceInfo {
                kind: SourceKind::Staged,
                root: ".".into(),
                base: Some("1a2b3c4d5e".repeat(4)),
                head: None,
                shard: None,
                roots: Vec::new(),
            },
            coverage: Coverage {
                files: 1234,
                bytes: 12_900_000,
                added_lines: Some(56_789),
                skipped: vec![
                    skip("keys/\u{1b}[2Jprivate.pem", Reason::Unreadable("permission denied".into())),
                    skip("run/a.sock", Reason::NotRegular("socket")),
                    skip("vendor/dep", Reason::Submodule),
                ],
            },
            verdict: Verdict {
                findings: vec![
                    token("deploy/prod.env", 12, &format!("\tTOKEN={masked} # prod"), masked),
                    token("deploy/prod.env", 140, &format!("export TOKEN='{masked}'"), masked),
                    password("deploy/prod.env", 141),
                    hostile(),
                ],
                unlisted: vec![unlisted("deploy/prod.env", 5000)],
                hidden: 3,
                deselected: 0,
                dropped: Dropped { check: 2, placeholder: 7 },
                failing: 5002,
                ..Verdict::default()
            },
        }
    }

    #[test]
    fn a_gap_outweighs_findings() {
        let mut report = sample();
        assert_eq!(report.exit_status(), ExitStatus::Incomplete);
        report.coverage.skipped.remove(0);
        assert_eq!(report.exit_status(), ExitStatus::Findings);
        report.verdict.failing = 0;
        assert_eq!(report.exit_status(), ExitStatus::Clean);
    }

    #[test]
    fn the_policy_digest_moves_with_what_it_means() {
        let digest = |policy: &Policy| PolicyInfo::of(policy, &Origin::default()).digest;
        let plain = policy();
        assert_eq!(digest(&plain), digest(&policy()));
        assert_eq!(digest(&plain).len(), 64);
        let never = Policy { threshold: Threshold::Never, ..policy() };
        assert_ne!(digest(&plain), digest(&never));
        let selectors = |order: [usize; 2]| {
            let all = [Selector::Kind(Kind::Secret), Selector::Rule("a".into())];
            let only = order.map(|i| all[i].clone()).to_vec();
            Policy { selection: Selection { only, skip: vec![] }, ..policy() }
        };
        assert_eq!(digest(&selectors([0, 1])), digest(&selectors([1, 0])));
        assert_ne!(digest(&selectors([0, 1])), digest(&plain));
    }
}
