//! One report for many roots: each path stands below the name of its root, and each finding is judged by its root's policy.

use sha2::{Digest, Sha256};

use super::merge::Unmergeable;
use super::{PolicyInfo, PolicySource, Report, Shard, SourceInfo, SourceKind};
use crate::finding::Finding;
use crate::order;
use crate::policy::{Counts, Threshold, Verdict};
use crate::source::{Coverage, Skip};

/// One of the roots of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    /// Its name: the folder of its paths.
    pub name: String,
    /// What was scanned there.
    pub kind: SourceKind,
    /// The root as it was given there.
    pub given: String,
    /// The old side of a change, a full commit id.
    pub base: Option<String>,
    /// The new side of a range, a full commit id.
    pub head: Option<String>,
    /// The policy that judged there.
    pub policy: PolicyInfo,
    /// How much was read there.
    pub read: Extent,
    /// How many findings of each severity there are.
    pub counts: Counts,
    /// How many of them fail a run.
    pub failing: usize,
    /// How many findings are set aside.
    pub suppressed: usize,
}

/// How much was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
    /// Lines that the change adds, where there is one.
    pub added_lines: Option<u64>,
    /// Whether everything in scope was read.
    pub is_complete: bool,
}

impl Root {
    /// The folder of its paths, with the slash that ends it: no other name can begin so.
    pub(super) fn folder(&self) -> String {
        format!("{}/", self.name)
    }
}

impl Report {
    /// The root that `path` stands in, in a report of many.
    pub fn root_of(&self, path: &str) -> Option<&Root> {
        let roots = &self.source.roots;
        let behind = roots.partition_point(|root| *root.folder() <= *path);
        let root = roots.get(behind.checked_sub(1)?)?;
        path.starts_with(&root.folder()).then_some(root)
    }

    /// True if `finding` fails the run.
    pub fn fails(&self, finding: &Finding) -> bool {
        let policy = self.root_of(&finding.path).map_or(&self.policy, |root| &root.policy);
        policy.threshold.fails(finding)
    }

    /// The roots that fail the run or are incomplete, the worst first.
    pub fn bad_roots(&self) -> Vec<&Root> {
        let mut bad: Vec<&Root> =
            self.source.roots.iter().filter(|root| root.failing > 0 || !root.read.is_complete).collect();
        let weight = |root: &Root| (root.failing > 0, root.counts.critical, root.counts.high, root.failing);
        order::sort_by(&mut bad, |a, b| weight(b).cmp(&weight(a)).then_with(|| a.name.cmp(&b.name)));
        bad
    }
}

/// Puts whole reports side by side, each with the name of its root.
///
/// # Errors
/// They are of other rules or versions, one is a share only, or names are no names or stand for the same paths.
pub fn gather(reports: Vec<(String, Report)>) -> Result<Report, Unmergeable> {
    let mut reports = reports.into_iter().map(|(name, report)| named(name, report)).collect::<Result<Vec<_>, _>>()?;
    reports.sort_by_cached_key(|(name, _)| format!("{name}/"));
    apart(&reports)?;
    let mut parts = reports.into_iter();
    let first = parts.next().ok_or_else(|| Unmergeable::new("there is nothing to join"))?;
    let (version, rules_digest) = (first.1.version.clone(), first.1.rules_digest.clone());
    let mut all = Report {
        version,
        rules_digest,
        policy: PolicyInfo {
            source: PolicySource::Many,
            digest: String::new(),
            threshold: Threshold::Never,
            file: None,
            notices: Vec::new(),
        },
        source: SourceInfo {
            kind: SourceKind::Many,
            root: String::new(),
            base: None,
            head: None,
            shard: None,
            roots: Vec::new(),
        },
        coverage: Coverage { files: 0, bytes: 0, added_lines: Some(0), skipped: Vec::new() },
        verdict: Verdict::default(),
    };
    for (name, report) in std::iter::once(first).chain(parts) {
        add(&mut all, &name, report);
    }
    Skip::order(&mut all.coverage.skipped);
    all.policy.digest = digest(&all.source.roots);
    Ok(all)
}

/// A report with a name that can be a folder.
fn named(name: String, report: Report) -> Result<(String, Report), Unmergeable> {
    if name.is_empty() || name.split('/').any(|part| matches!(part, "" | "." | "..")) {
        return Err(Unmergeable::new(format!(
            "`{name}` is no name for a root: write NAME=FILE, as in `acme/shop=shop.json`"
        )));
    }
    if let Some(Shard { part, .. }) = &report.source.shard {
        let message = format!("the report of `{name}` is shard {part}; join its shards first, without `--roots`");
        return Err(Unmergeable::new(message));
    }
    Ok((name, report))
}

/// Fails unless all were judged by the same rules, and no root stands in another.
fn apart(reports: &[(String, Report)]) -> Result<(), Unmergeable> {
    for pair in reports.windows(2) {
        let ((a, first), (b, second)) = (&pair[0], &pair[1]);
        let differ = |why: &str| Err(Unmergeable::new(format!("cannot join `{a}` and `{b}`: {why}")));
        if first.version != second.version {
            return differ("they were written by different versions of ringfence");
        }
        if first.rules_digest != second.rules_digest {
            return differ("they were judged by different rules");
        }
        if a == b {
            return Err(Unmergeable::new(format!("two roots are called `{a}`; name them with NAME=FILE")));
        }
        if b.starts_with(&format!("{a}/")) {
            return differ("the paths of one would stand among those of the other; name them with NAME=FILE");
        }
    }
    Ok(())
}

/// Adds a report, all of whose paths come behind those that are there.
fn add(all: &mut Report, name: &str, report: Report) {
    let below = |path: &str| match path {
        "." => name.to_owned(),
        path => format!("{name}/{}", path.trim_start_matches('/')),
    };
    let is_complete = report.coverage.complete();
    let Report { policy, source, coverage, verdict, .. } = report;
    let counts = verdict.counts();
    let into = &mut all.verdict;
    let moved = |finding: Finding| Finding { path: below(&finding.path).into(), ..finding };
    into.findings.extend(verdict.findings.into_iter().map(moved));
    into.set_aside.extend(verdict.set_aside.into_iter().map(|mut one| {
        one.finding = moved(one.finding);
        one
    }));
    into.unlisted.extend(verdict.unlisted.into_iter().map(|mut more| {
        more.path = below(&more.path).into();
        more
    }));
    into.hidden += verdict.hidden;
    into.deselected += verdict.deselected;
    into.dropped += verdict.dropped;
    into.failing += verdict.failing;
    into.suppressed += verdict.suppressed;
    into.switched_off += verdict.switched_off;
    all.coverage.files += coverage.files;
    all.coverage.bytes += coverage.bytes;
    all.coverage.added_lines = all.coverage.added_lines.zip(coverage.added_lines).map(|(a, b)| a + b);
    all.coverage.skipped.extend(coverage.skipped.into_iter().map(|skip| Skip { path: below(&skip.path), ..skip }));
    all.policy.threshold = stricter(all.policy.threshold, policy.threshold);
    all.policy.notices.extend(policy.notices.iter().map(|notice| format!("{name}: {notice}")));
    if source.roots.is_empty() {
        let SourceInfo { kind, root, base, head, .. } = source;
        let read =
            Extent { files: coverage.files, bytes: coverage.bytes, added_lines: coverage.added_lines, is_complete };
        let (failing, suppressed) = (verdict.failing, verdict.suppressed);
        let name = name.to_owned();
        all.source.roots.push(Root { name, kind, given: root, base, head, policy, read, counts, failing, suppressed });
    } else {
        all.source.roots.extend(source.roots.into_iter().map(|root| Root { name: below(&root.name), ..root }));
    }
}

/// The threshold that more findings reach.
fn stricter(a: Threshold, b: Threshold) -> Threshold {
    match (a, b) {
        (Threshold::At(a), Threshold::At(b)) => Threshold::At(a.min(b)),
        (Threshold::Never, other) | (other, Threshold::Never) => other,
    }
}

/// SHA-256, in hex, of every name with the digest of its policy.
fn digest(roots: &[Root]) -> String {
    let mut digest = Sha256::new();
    for root in roots {
        digest.update((root.name.len() as u64).to_le_bytes());
        digest.update(root.name.as_bytes());
        digest.update(root.policy.digest.as_bytes());
    }
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
