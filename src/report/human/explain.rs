//! The page of `explain`: where a finding stands, what it rests on, what it does to the run, and what to do about it.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::{INDENT, Page, Style, reasons};
use crate::finding::{Confidence, Finding, Judgement, Proof, Severity};
use crate::policy::{By, Fate, Means, Policy, Threshold, baseline};
use crate::report::count::{counted, grouped};
use crate::report::escape::terminal;
use crate::report::{catalogue, confidence_name, severity_name, threshold_name, word};
use crate::rule::{Model, Rule};

/// Everything that is said about one finding: the same secret of the same rule, wherever it stands.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The rule that matched.
    pub rule: &'a Rule,
    /// What judges where no format tells.
    pub model: Option<&'a Model>,
    /// What decides about it.
    pub policy: &'a Policy,
    /// Where it stands, in the order of reports. Not empty.
    pub places: Vec<Place>,
    /// How many places there are beyond these.
    pub more: usize,
    /// How many things could not be read.
    pub unread: usize,
}

/// One place where the finding stands.
#[derive(Debug)]
pub struct Place {
    /// The finding there.
    pub finding: Finding,
    /// Whether the report of a scan shows it, if it is to be reported at all.
    pub listing: Listing,
}

/// Whether a report shows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// With its place.
    Listed,
    /// As a number only: its file has too many.
    Counted,
    /// Among those that are set aside by a comment or the baseline.
    Aside(By),
}

/// Writes the page. Writes are small: `out` should be buffered.
pub fn write_explanation(explanation: &Explanation<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let lines = explanation.places.iter().map(|p| p.finding.start.line);
    let mut page = Page::new(out, style, lines.max().unwrap_or_default());
    let (rule, total) = (explanation.rule, (explanation.places.len() + explanation.more) as u64);
    if let Some(first) = explanation.places.first() {
        let (label, title) = (page.paint.label, terminal(&rule.title));
        let places = counted(total, "place");
        let said = format!("{label}{}{label:#}: {title} in {places}", first.finding.fingerprint);
        page.line("", &said)?;
        writeln!(page.out)?;
    }
    let mut said = BTreeSet::new();
    for place in &explanation.places {
        page.place(place, explanation, &mut said)?;
    }
    if explanation.more > 0 {
        writeln!(page.out, "  … and {} more places\n", grouped(explanation.more as u64))?;
    }
    page.rule(rule)?;
    if explanation.unread > 0 {
        let (loud, things) = (page.paint.high, counted(explanation.unread as u64, "thing"));
        writeln!(page.out)?;
        page.line(
            "",
            &format!("{loud}incomplete:{loud:#} {things} in scope could not be read; it may stand there, too"),
        )?;
    }
    Ok(())
}

impl Page<'_> {
    /// One place. What it means is not said again where it is the same.
    fn place<'f>(
        &mut self,
        place: &'f Place,
        explanation: &Explanation<'_>,
        said: &mut BTreeSet<&'f str>,
    ) -> io::Result<()> {
        let (finding, path) = (&place.finding, self.paint.path);
        writeln!(self.out, "{path}{}{path:#}", terminal(&finding.path))?;
        self.head(finding, explanation.policy.threshold.fails(finding))?;
        self.excerpt(finding)?;
        if said.insert(&finding.message) {
            self.labelled("", &finding.message)?;
        }
        self.labelled("outcome: ", &outcome(place, explanation.policy))?;
        self.labelled("confidence: ", &certainty(finding, explanation))?;
        if let Some(judgement) = finding.secret.as_ref().and_then(|s| s.judgement.as_ref()) {
            self.evidence(judgement)?;
        }
        writeln!(self.out)
    }

    /// What moved the model, one reason a line.
    fn evidence(&mut self, judgement: &Judgement) -> io::Result<()> {
        let (label, dim) = (self.paint.label, self.paint.dim);
        let width = judgement.evidence.iter().map(|e| e.what.chars().count()).max().unwrap_or(0);
        let key = "+ for a secret, - against one; 1 is yes, 0 is no";
        self.line(INDENT, &format!("{label}what moved the model most{label:#} {dim}({key}){dim:#}"))?;
        for reason in &judgement.evidence {
            self.line(INDENT, &format!("  {:+.1}  {:width$}  {}", reason.weight, reason.what, reason.value))?;
        }
        Ok(())
    }

    fn rule(&mut self, rule: &Rule) -> io::Result<()> {
        let path = self.paint.path;
        writeln!(self.out, "{path}rule {}{path:#}", terminal(&rule.id))?;
        let severity = format!("{}; {}", severity_name(rule.severity), meaning(rule.severity));
        self.labelled("severity: ", &severity)?;
        self.labelled("proof: ", &catalogue::proof_in_words(rule))?;
        self.labelled("fix: ", &rule.remedy)?;
        if let Some(docs) = &rule.docs {
            self.labelled("see: ", docs)?;
        }
        let id = &rule.id;
        let next =
            format!("`ringfence rules show {id}` shows its examples; `--skip {id}` leaves out all that it finds.");
        self.labelled("more: ", &next)
    }

    fn labelled(&mut self, label: &str, text: &str) -> io::Result<()> {
        self.paragraph((self.paint.label, label), (anstyle::Style::new(), text))
    }
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "it opens something now",
        Severity::High => "it likely opens something",
        Severity::Medium => "somebody should look at it",
        Severity::Low => "a matter of hygiene",
    }
}

/// What becomes of a finding, and by which option.
fn outcome(place: &Place, policy: &Policy) -> String {
    let (finding, threshold) = (&place.finding, threshold_name(policy.threshold));
    let (severity, confidence) = (severity_name(finding.severity), confidence_name(finding.confidence));
    let counted = match place.listing {
        Listing::Listed => "",
        Listing::Aside(ref by) => return set_aside(by, &place.finding.path),
        Listing::Counted => " It is counted and not listed, because its file has too many findings that come first.",
    };
    let said = match (policy.fate(finding), policy.threshold) {
        (Fate::Fails, _) => format!(
            "it fails the run (exit code 1): its severity, {severity}, is at or above `--fail-on {threshold}`, and its \
             confidence, {confidence}, is enough."
        ),
        (Fate::Warns, _) if finding.confidence == Confidence::Low => {
            "it only warns: what is of low confidence fails no run, whatever its severity.".to_owned()
        }
        (Fate::Warns, Threshold::Never) => "it only warns: with `--fail-on never` no finding fails the run.".to_owned(),
        (Fate::Warns, Threshold::At(_)) => format!(
            "it only warns: its severity, {severity}, is below `--fail-on {threshold}`; `--fail-on {severity}` makes it \
             fail the run."
        ),
        (Fate::Hidden, _) => {
            "it is hidden, because its confidence is low; `--all` shows it, and even then it only warns.".to_owned()
        }
        (Fate::NotOnly, _) => "it is left out: `--only` names neither its rule nor its kind.".to_owned(),
        (Fate::Skipped, _) => "it is left out: `--skip` names its rule or its kind.".to_owned(),
        (Fate::SwitchedOff, _) => "it is left out: the policy switches its rule off.".to_owned(),
        (Fate::SetAside(entry), _) => match policy.file.allows.get(entry) {
            Some(entry) => {
                format!("it is set aside by line {} of the policy: {}.", entry.line, entry.reason.trim_end_matches('.'))
            }
            None => "it is set aside by the policy.".to_owned(),
        },
    };
    said + counted
}

/// What sets a finding aside beside the policy file.
fn set_aside(by: &By, path: &str) -> String {
    let file = if by.means == Means::Baseline { baseline::NAME } else { path };
    format!("it is set aside by line {} of {file}: {}.", by.line, by.reason.trim_end_matches('.'))
}

/// Why a finding is as sure as it is.
fn certainty(finding: &Finding, explanation: &Explanation<'_>) -> String {
    let (rule, confidence) = (explanation.rule, confidence_name(finding.confidence));
    let check = rule.check.map(|check| word(&check)).unwrap_or_default();
    let proof = finding.secret.as_ref().map_or(Proof::None, |s| s.check);
    let judgement = finding.secret.as_ref().and_then(|s| s.judgement.as_ref());
    let why = match (proof, judgement, finding.confidence) {
        (_, Some(judgement), _) => by_model(judgement, explanation.model),
        (Proof::Checksum, ..) => format!("the checksum in it holds (`{check}`), which chance does not bring about."),
        (Proof::Structure, ..) => format!("it decodes to the structure that a real one has (`{check}`)."),
        (Proof::None, _, Confidence::High) => "its form is unmistakable.".to_owned(),
        (Proof::None, _, Confidence::Medium) => "its form and what stands around it fit.".to_owned(),
        (Proof::None, _, Confidence::Low) => "nothing but its shape speaks for it.".to_owned(),
    };
    let unproven = match (proof, rule.check) {
        (Proof::None, Some(_)) => format!(" The offline check (`{check}`) does not settle it."),
        _ => String::new(),
    };
    let near = match rule.near.as_slice() {
        [] => String::new(),
        words => format!(" A word such as `{}` stands near.", words.join("`, `")),
    };
    format!("{confidence}; {why}{unproven}{near}")
}

fn by_model(judgement: &Judgement, model: Option<&Model>) -> String {
    let bounds = model.map_or(String::new(), |model| {
        format!(" From {:.2} on its confidence is medium, from {:.2} on low.", model.medium, model.low)
    });
    let probability = reasons::probability(judgement);
    format!("no format proves it; name, place and value make it a secret with a probability of {probability}.{bounds}")
}
