//! The rules of a SARIF run, told by their findings.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Serialize;

use crate::finding::{Finding, Kind, Severity};
use crate::report::escape::{markdown, terminal};
use crate::report::shown::{cut, link};
use crate::report::word;

/// As many characters as GitHub takes of a description.
const MOST_WORDS: usize = 1_024;

/// The rules that found something, in the order in which the report meets them.
pub(super) struct Rules<'a> {
    places: HashMap<Arc<str>, usize>,
    /// For each rule the worst of its findings that is listed.
    worst: Vec<&'a Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: String,
    short_description: Text,
    full_description: Text,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<String>,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: [String; 2],
    #[serde(rename = "security-severity")]
    security_severity: &'static str,
    #[serde(rename = "problem.severity")]
    problem_severity: &'static str,
    precision: &'static str,
}

impl<'a> Rules<'a> {
    /// No rule is known before its first finding.
    pub(super) fn of(findings: &[Finding]) -> Self {
        Self { places: HashMap::with_capacity(findings.len().min(256)), worst: Vec::new() }
    }

    /// The place of the rule of `finding` in the list.
    pub(super) fn index(&mut self, finding: &'a Finding) -> usize {
        let next = self.worst.len();
        let index = *self.places.entry(finding.rule.clone()).or_insert(next);
        match self.worst.get_mut(index) {
            None => self.worst.push(finding),
            Some(worst) if (finding.severity, finding.confidence) > (worst.severity, worst.confidence) => {
                *worst = finding
            }
            Some(_) => {}
        }
        index
    }

    /// All that were met.
    pub(super) fn described(&self) -> Vec<Rule> {
        self.worst.iter().map(|finding| describe(finding)).collect()
    }
}

fn describe(finding: &Finding) -> Rule {
    let (title, remedy) = (terminal(&finding.title), terminal(&finding.remedy));
    let docs = link(finding.docs.as_deref());
    let more = docs.map_or(String::new(), |url| format!(" See {url}"));
    let linked = docs.map_or(String::new(), |url| format!("\n\n[More about it]({url})"));
    let question = question(finding.kind);
    let (level, score, problem) = grade(finding.severity);
    Rule {
        id: finding.rule.to_string(),
        short_description: Text { text: cut(&title, MOST_WORDS).into_owned() },
        full_description: Text { text: cut(&format!("{title}. {question}"), MOST_WORDS).into_owned() },
        help: Help {
            text: format!("{question} What to do: {remedy}{more}"),
            markdown: format!(
                "**{}**\n\n{question}\n\n**What to do:** {}{linked}",
                markdown(&title),
                markdown(&remedy)
            ),
        },
        help_uri: docs.map(ToOwned::to_owned),
        default_configuration: Configuration { level },
        properties: Properties {
            tags: ["security".into(), word(&finding.kind)],
            security_severity: score,
            problem_severity: problem,
            precision: crate::report::confidence_name(finding.confidence),
        },
    }
}

/// Level, and GitHub's two scales: above 9.0 is critical, from 7.0 high, from 4.0 medium.
fn grade(severity: Severity) -> (&'static str, &'static str, &'static str) {
    match severity {
        Severity::Critical => ("error", "9.5", "error"),
        Severity::High => ("error", "8.0", "error"),
        Severity::Medium => ("warning", "5.5", "warning"),
        Severity::Low => ("note", "2.0", "recommendation"),
    }
}

/// What findings of a kind have in common.
fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::Secret => "A credential is in here, where everybody who can read the repository can use it.",
        Kind::Access => "Someone or something gains power by this change.",
        Kind::Area => "A part is touched that a person must review.",
        Kind::Command => "A command is run that destroys something or acts on production.",
        Kind::Egress => "Data can leave to a place that nobody approved.",
        Kind::Logging => "A secret can reach a terminal or a log.",
        Kind::Safeguard => "A check is weakened.",
        Kind::Scope => "The change leaves its workspace.",
        Kind::Text => "Something is hidden from the reader.",
        Kind::Policy => "The change alters the rules that judge it.",
    }
}
