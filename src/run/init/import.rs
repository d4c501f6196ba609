//! Carries over what other scanners were told to leave alone: one entry for one finding that stands there now.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::fail;
use crate::config::Plan;
use crate::detect::vouched;
use crate::finding::{Confidence, Finding, Kind};
use crate::keyed::Mistake;
use crate::order;
use crate::policy::draft::Carried;
use crate::rule::RuleSet;
use crate::run::{Failure, masked, scanned};
use crate::scan::scan;
use crate::setup::{Aim, Claim, ValueTest, Which, gitleaks, gitleaksignore, marks, means_the_same, secrets_baseline};
use crate::source::git::{Comparing, Repository};
use crate::text::Text;
use crate::unit::{Change, Mode, RepoPath, Unit};

/// Largest file that is read for what other scanners were told, in bytes.
const LARGEST: u64 = 32 << 20;
/// Most findings that are held.
const MOST: usize = 200_000;
/// Longest note of another scanner's file that becomes part of a reason, in characters.
const NOTE: usize = 120;

/// What was carried over, and what was not.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// The entries, sorted.
    pub(super) entries: Vec<Carried>,
    /// Where each came from, in words.
    carried: Vec<String>,
    /// What was not carried over, and why.
    lost: Vec<String>,
    /// How many places were looked at that could say something.
    claims: usize,
}

impl Outcome {
    /// Says it all.
    pub(super) fn tell(&self, out: &mut String) {
        if self.claims == 0 {
            out.push_str("nothing to import: no other scanner was told to leave anything alone here\n");
            return;
        }
        let _ = writeln!(out, "carried over: {}", self.entries.len());
        self.carried.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        let _ = writeln!(out, "not carried over: {}", self.lost.len());
        self.lost.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
    }
}

/// Reads whatever other scanners left in the repository, scans it, and brings the two together.
pub(super) fn carry(repository: &Repository) -> Result<Outcome, Failure> {
    let top = repository.top().unwrap_or(Path::new("."));
    let claims = claims(repository, top)?;
    let mut outcome = Outcome { claims: claims.len(), ..Outcome::default() };
    if claims.is_empty() {
        return Ok(outcome);
    }
    let rules = RuleSet::builtin().map_err(|error| fail(error.to_string()))?;
    let ground = Ground { repository, top, findings: findings(top)?, rules };
    let mut seen = BTreeSet::new();
    for claim in &claims {
        let place = format!("{}:{}", claim.file, claim.line);
        match ground.meant(claim)? {
            Ok(findings) => {
                for finding in findings {
                    if seen.insert((finding.path.clone(), finding.rule.clone(), finding.fingerprint.clone())) {
                        outcome
                            .carried
                            .push(format!("{place} → {}:{} {}", finding.path, finding.start.line, finding.rule));
                        outcome.entries.push(Carried::of(finding, reason(claim, &place)));
                    }
                }
            }
            Err(why) => outcome.lost.push(format!("{place}: {why}")),
        }
    }
    order::sort(&mut outcome.entries);
    Ok(outcome)
}

fn reason(claim: &Claim, place: &str) -> String {
    let note = claim.note.as_deref().map(masked).unwrap_or_default();
    let note: String = note.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NOTE).collect();
    let place = masked(place);
    if note.is_empty() { format!("imported from {place}") } else { format!("imported from {place}: {note}") }
}

/// Everything that other scanners were told.
fn claims(repository: &Repository, top: &Path) -> Result<Vec<Claim>, Failure> {
    type Reader = fn(&str, &str) -> Result<Vec<Claim>, Mistake>;
    const FILES: [(&str, Reader); 3] = [
        (gitleaks::NAME, gitleaks::claims),
        (gitleaksignore::NAME, gitleaksignore::claims),
        (secrets_baseline::NAME, secrets_baseline::claims),
    ];
    let mut out = Vec::new();
    for (name, read) in FILES {
        let Some(content) = foreign(top, name)? else { continue };
        let broken = |mistake: &dyn std::fmt::Display| {
            fail(format!("{mistake}; nothing was written: mend the file, or take it away"))
        };
        let text = String::from_utf8(content).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
            broken(&Mistake { file: name.into(), line, message: "is no UTF-8".into() })
        })?;
        out.extend(read(name, text.strip_prefix('\u{feff}').unwrap_or(&text)).map_err(|mistake| broken(&mistake))?);
    }
    for path in repository.tracked().map_err(Failure::Source)? {
        let known = FILES.iter().any(|(name, _)| path.as_bytes() == name.as_bytes());
        if !known && let Ok(Some(content)) = plain(&top.join(path.to_relative())) {
            out.extend(marks::claims(&path.encoded(), Text::new(content).bytes()));
        }
    }
    Ok(out)
}

/// A file of another scanner, if it is there.
fn foreign(top: &Path, name: &str) -> Result<Option<Vec<u8>>, Failure> {
    match fs::symlink_metadata(top.join(name)) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        _ => match plain(&top.join(name)) {
            Ok(Some(content)) => Ok(Some(content)),
            Ok(None) => Err(fail(format!(
                "`{name}` is a link, a folder or larger than {LARGEST} bytes; a plain file can be imported"
            ))),
            Err(error) => Err(fail(format!("cannot read `{name}`: {error}"))),
        },
    }
}

/// The content of a plain file; `None` for anything else.
fn plain(path: &Path) -> std::io::Result<Option<Vec<u8>>> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Ok(None);
    }
    fs::read(path).map(Some)
}

/// Every secret that a scan reports, by file.
type Findings = BTreeMap<String, Vec<Finding>>;

fn findings(top: &Path) -> Result<Findings, Failure> {
    let plan = Plan::all_of(top).map_err(Failure::Config)?;
    let found = Mutex::new((Findings::new(), 0));
    let (_, report) = scanned(plan, &|finding| {
        if finding.kind == Kind::Secret && finding.confidence >= Confidence::Medium {
            let mut found = found.lock().unwrap_or_else(PoisonError::into_inner);
            found.1 += 1;
            if found.1 <= MOST {
                found.0.entry(finding.path.to_string()).or_default().push(finding.clone());
            }
        }
    })?;
    let (mut found, count) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    if count > MOST {
        return Err(fail(format!("there are {count} findings, more than the {MOST} that can be imported")));
    }
    if !report.coverage.complete() {
        let message =
            "not everything could be read, so what is set aside would be a guess; `ringfence scan` says what and why";
        return Err(Failure::Source(crate::source::SourceError::unreadable(message)));
    }
    found.values_mut().for_each(|file| order::sort_by(file, |a, b| a.sort_key().cmp(&b.sort_key())));
    Ok(found)
}

/// What claims are held against.
struct Ground<'r> {
    repository: &'r Repository,
    top: &'r Path,
    findings: Findings,
    rules: RuleSet,
}

/// The findings that a claim means, or why there are none.
type Meant<'g> = Result<Vec<&'g Finding>, String>;

const GONE: &str = "no finding stands there now, so there is nothing to set aside";

impl Ground<'_> {
    fn meant(&self, claim: &Claim) -> Result<Meant<'_>, Failure> {
        Ok(match &claim.aim {
            Aim::Lost(why) => Err(why.clone()),
            Aim::Line { path, line, which } => {
                let there = self.on_line(path, *line);
                match which {
                    Which::Every if there.is_empty() => Err(GONE.into()),
                    Which::Every => Ok(there),
                    Which::Of(rule) => one_of(there, rule).map(|finding| vec![finding]),
                }
            }
            Aim::Committed { commit, path, line, rule } => self.committed(commit, path, *line, rule)?,
            Aim::Hashed { path, sha1 } => self.hashed(path, sha1),
            Aim::Files { path, rules, value } => self.files(&|own| path.fits(own), rules, value.as_ref()),
        })
    }

    fn of_file(&self, path: &str) -> &[Finding] {
        self.findings.get(path).map(Vec::as_slice).unwrap_or_default()
    }

    fn on_line(&self, path: &str, line: usize) -> Vec<&Finding> {
        self.of_file(path).iter().filter(|finding| covers(finding, line)).collect()
    }

    /// What stood on a line of a commit, as far as it stands in the same file now.
    fn committed(&self, commit: &str, path: &str, line: usize, rule: &str) -> Result<Meant<'_>, Failure> {
        let range = format!("{commit}..{commit}").parse().map_err(|error| fail(format!("{error}")))?;
        let sides = self.repository.sides(&Comparing::Range(range));
        let content = sides.and_then(|sides| sides.new_file(path));
        let Ok(content) = content else {
            return Ok(Err("its commit is not in this clone, so nobody knows what stood there".into()));
        };
        let Some(content) = content else { return Ok(Err("its commit has no such file".into())) };
        let unit = Unit {
            path: RepoPath::new(path),
            old_path: None,
            mode: Some(Mode::File),
            old_mode: None,
            change: Change::Snapshot(Text::new(content)),
        };
        let then: Vec<Finding> =
            scan(&self.rules, &unit).into_iter().filter(|f| f.kind == Kind::Secret && covers(f, line)).collect();
        let then = match one_of(then.iter().collect(), rule) {
            Ok(then) => then,
            Err(why) => return Ok(Err(format!("in its commit, {why}"))),
        };
        let now = self.of_file(path).iter().find(|own| own.fingerprint == then.fingerprint && own.rule == then.rule);
        Ok(now.map(|own| vec![own]).ok_or_else(|| {
            "its commit is past, and what stood there then stands there no more: nothing to set aside".into()
        }))
    }

    fn hashed(&self, path: &str, sha1: &[u8; 20]) -> Meant<'_> {
        let there = self.of_file(path);
        let content = plain(&self.top.join(path)).ok().flatten().filter(|_| !there.is_empty());
        let Some(content) = content else { return Err(GONE.into()) };
        let text = Text::new(content);
        match there.iter().find(|finding| vouched::has_sha1(&text, finding, sha1)) {
            Some(finding) => Ok(vec![finding]),
            None => Err("no finding of this file has the value that was accepted there".into()),
        }
    }

    fn files(&self, is_meant: &dyn Fn(&[u8]) -> bool, rules: &[String], value: Option<&ValueTest>) -> Meant<'_> {
        let mut out = Vec::new();
        for (path, findings) in self.findings.iter().filter(|(path, _)| is_meant(path.as_bytes())) {
            let named = |f: &&Finding| rules.is_empty() || rules.iter().any(|rule| means_the_same(rule, &f.rule));
            let named = findings.iter().filter(named);
            match value {
                None => out.extend(named),
                Some(test) => {
                    let Ok(Some(content)) = plain(&self.top.join(path)) else { continue };
                    let text = Text::new(content);
                    out.extend(named.filter(|f| vouched::value_fits(&text, f, &|value, line| test.fits(value, line))));
                }
            }
        }
        if out.is_empty() { Err(GONE.into()) } else { Ok(out) }
    }
}

fn covers(finding: &Finding, line: usize) -> bool {
    (finding.start.line..=finding.end.line).contains(&line)
}

/// The one finding of these that the other scanner's rule can have told.
fn one_of<'f>(there: Vec<&'f Finding>, rule: &str) -> Result<&'f Finding, String> {
    let same: Vec<&Finding> = there.iter().copied().filter(|finding| means_the_same(rule, &finding.rule)).collect();
    match (same.as_slice(), there.first()) {
        ([one], _) => Ok(one),
        ([], None) => Err(GONE.into()),
        ([], Some(other)) => Err(format!(
            "what stands there is `{}`, which is more than its rule told; if it is no danger, set it aside by hand",
            other.rule
        )),
        _ => Err("more than one finding stands there, and nothing tells which one is meant".into()),
    }
}
