//! The command `explain`: the scan once more, for one finding only.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::output::to_stdout;
use super::{Failure, scanned};
use crate::cli::explain::Explain;
use crate::config::{self, ConfigError, Plan, Source};
use crate::finding::{Finding, Fingerprint, Prefix};
use crate::order;
use crate::policy::{Fate, Means};
use crate::report::count::counted;
use crate::report::human::{Explanation, Listing, Place, write_explanation};
use crate::report::{ExitStatus, Report};
use crate::source::git::Comparing;
use crate::source::{Fault, SourceError};

/// Places that are shown.
const SHOWN: usize = 20;
/// Places that are kept, so that a file of nothing but this finding does not fill the memory.
const KEPT: usize = 1000;
/// Different fingerprints that are kept and named when a prefix fits more than one.
const NAMED: usize = 8;

pub(super) fn run(args: &Explain) -> Result<ExitStatus, Failure> {
    let prefix = config::prefix(&args.fingerprint).map_err(Failure::Config)?;
    let mut looked = Vec::new();
    for plan in Plan::explain(args).map_err(Failure::Config)? {
        let matches = Mutex::new(Matches::default());
        let scanned = scanned(plan, &|finding| {
            if finding.fingerprint.begins_with(&prefix) {
                matches.lock().unwrap_or_else(PoisonError::into_inner).add(finding);
            }
        });
        let (plan, report) = match scanned {
            // All files were looked at, and there is no repository that could have a change.
            Err(Failure::Source(error)) if !looked.is_empty() && error.fault() == Fault::Usage => break,
            scanned => scanned?,
        };
        let mut found = matches.into_inner().unwrap_or_else(PoisonError::into_inner).0.into_values();
        match (found.next(), found.next()) {
            (None, _) => looked.push(Looked::at(&plan, &report)),
            (Some(places), None) => return explain(places, &plan, &report),
            (Some(one), Some(two)) => return Err(ambiguous(&prefix, [one, two].into_iter().chain(found))),
        }
    }
    Err(unknown(&looked))
}

/// Where nothing fits.
struct Looked {
    place: String,
    is_change: bool,
    unread: usize,
    dropped: u64,
}

impl Looked {
    fn at(plan: &Plan, report: &Report) -> Self {
        let files = counted(report.coverage.files, "file");
        let place = match &plan.source {
            Source::Change(Comparing::Worktree) => "of the change of the working tree".to_owned(),
            Source::Change(Comparing::Staged) => "of what is staged".to_owned(),
            Source::Change(Comparing::Range(_)) => "of that range".to_owned(),
            Source::Tree(_) | Source::Commit | Source::Stdin => format!("in `{}`", report.source.root),
        };
        let dropped = report.verdict.dropped;
        Self {
            place: format!("{files} {place}"),
            is_change: matches!(plan.source, Source::Change(_)),
            unread: unread(report),
            dropped: (dropped.check + dropped.placeholder) as u64,
        }
    }
}

/// What fits, by fingerprint.
#[derive(Default)]
struct Matches(BTreeMap<Fingerprint, Places>);

/// Where one fingerprint stands: the first places, and how many more there are.
#[derive(Default)]
struct Places {
    first: Vec<Finding>,
    more: usize,
}

impl Matches {
    fn add(&mut self, finding: &Finding) {
        self.0.entry(finding.fingerprint.clone()).or_default().add(finding);
        // The first in order are kept, so that threads cannot change what is said.
        if self.0.len() > NAMED {
            self.0.pop_last();
        }
    }
}

impl Places {
    fn add(&mut self, finding: &Finding) {
        self.first.push(finding.clone());
        if self.first.len() >= 2 * KEPT {
            self.cut(KEPT);
        }
    }

    fn cut(&mut self, kept: usize) {
        order::sort_by(&mut self.first, |a, b| a.sort_key().cmp(&b.sort_key()).then_with(|| a.message.cmp(&b.message)));
        self.first.dedup_by(|a, b| a.sort_key() == b.sort_key() && a.message == b.message);
        self.more += self.first.len().saturating_sub(kept);
        self.first.truncate(kept);
    }
}

fn explain(mut found: Places, plan: &Plan, report: &Report) -> Result<ExitStatus, Failure> {
    found.cut(SHOWN);
    let rule = found.first.first().and_then(|finding| plan.rules.get(&finding.rule));
    let Some(rule) = rule else { return Err(unknown(&[Looked::at(plan, report)])) };
    // What the whole change says of it, as the report has it.
    let as_told = |finding: Finding| {
        let mut told = report.verdict.findings.iter();
        let told = told.find(|one| one.sort_key() == finding.sort_key() && one.fingerprint == finding.fingerprint);
        told.cloned().unwrap_or(finding)
    };
    let listing = |finding: Finding| Place { listing: listing(&finding, plan, report), finding: as_told(finding) };
    let explanation = Explanation {
        rule: rule.rule(),
        model: plan.rules.model(),
        policy: &plan.policy,
        places: found.first.into_iter().map(listing).collect(),
        more: found.more,
        unread: unread(report),
    };
    let mut page = Vec::new();
    write_explanation(&explanation, plan.style.clone(), &mut page)
        .map_err(|error| Failure::Write { target: "memory".into(), error })?;
    to_stdout(&page)?;
    Ok(ExitStatus::Clean)
}

fn listing(finding: &Finding, plan: &Plan, report: &Report) -> Listing {
    let mut aside = report.verdict.set_aside.iter();
    let aside = aside.find(|one| one.by.means != Means::Allow && one.finding.sort_key() == finding.sort_key());
    if let Some(one) = aside {
        return Listing::Aside(one.by.clone());
    }
    let is_kept = matches!(plan.policy.fate(finding), Fate::Fails | Fate::Warns);
    let is_listed = || report.verdict.findings.iter().any(|f| f.sort_key() == finding.sort_key());
    if is_kept && !is_listed() { Listing::Counted } else { Listing::Listed }
}

/// How many things in scope could not be read.
fn unread(report: &Report) -> usize {
    report.coverage.skipped.iter().filter(|s| s.reason.is_gap()).count()
}

/// No finding fits. That is known only if everything was read.
fn unknown(looked: &[Looked]) -> Failure {
    let places = looked.iter().map(|one| one.place.as_str()).collect::<Vec<_>>().join(", or in ");
    let gaps = looked.iter().map(|one| one.unread).sum::<usize>();
    if gaps > 0 {
        return Failure::Source(SourceError::unreadable(format!(
            "no finding in {places} has this fingerprint, but {} in scope could not be read; `ringfence scan` says why",
            counted(gaps as u64, "thing")
        )));
    }
    let is_tree = looked.iter().any(|one| !one.is_change);
    let advice = if is_tree {
        "name the paths that the report was about, and add `--no-ignore` if .gitignore leaves them out; a finding of \
         `ringfence diff` needs its range or `--staged`; `ringfence scan --all` and `ringfence diff --all` show the \
         fingerprints of all findings"
    } else {
        "name the range that the report was about, or its paths if it is of `ringfence scan`; `ringfence diff --all` shows \
         the fingerprints of all findings of a change"
    };
    let dropped = looked.iter().map(|one| one.dropped).sum::<u64>();
    Failure::Config(ConfigError::new(format!(
        "no finding in {places} has this fingerprint; {advice} ({dropped} matches failed their check or stand in for a \
         secret, and have none)"
    )))
}

fn ambiguous(prefix: &Prefix, found: impl Iterator<Item = Places>) -> Failure {
    let firsts: Vec<Finding> = found.filter_map(|mut places| places.first.pop()).collect();
    let digits: Vec<String> = firsts.iter().map(|f| f.fingerprint.to_string()).collect();
    let typed = prefix.to_string().len();
    let enough = |n: &usize| digits.windows(2).all(|pair| pair[0].get(..*n) != pair[1].get(..*n));
    let length = (typed + 1..Prefix::MOST).find(enough).unwrap_or(Prefix::MOST);
    let name = |(finding, digits): (&Finding, &String)| {
        let (line, column) = (finding.start.line, finding.start.column);
        format!("{} ({}, {}:{line}:{column})", &digits[..length.min(digits.len())], finding.rule, finding.path)
    };
    let named: Vec<String> = firsts.iter().zip(&digits).map(name).collect();
    let message = format!("`{prefix}` fits more than one finding: {}; type more digits", named.join(", "));
    Failure::Config(ConfigError::new(message))
}
