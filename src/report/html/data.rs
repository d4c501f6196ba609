//! The findings of a page as data for its script: all words made inert, and nothing that could end the block.

use std::collections::HashMap;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::gain::{Gain, told};
use super::parts;
use crate::finding::{Finding, Side};
use crate::policy::SetAside;
use crate::report::escape::{InertJson, terminal};
use crate::report::roots::Root;
use crate::report::shown::{aside_by, link, worst_first};
use crate::report::{Report, confidence_name, severity_name, word};

/// What a page shows of one finding.
#[derive(Serialize)]
pub(super) struct Shown<'a> {
    /// Which one it is of those with the same fingerprint, where others stand before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    twin: Option<usize>,
    pub(super) rule: String,
    pub(super) kind: String,
    pub(super) severity: &'static str,
    pub(super) confidence: &'static str,
    pub(super) status: &'static str,
    pub(super) title: String,
    pub(super) message: String,
    pub(super) path: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) is_old: bool,
    pub(super) excerpt: [String; 3],
    pub(super) remedy: String,
    pub(super) fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) docs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) access: Option<Gain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) area: Option<Part>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) aside: Option<String>,
}

impl Shown<'_> {
    /// What a link to it names; the script makes the same.
    pub(super) fn id(&self) -> String {
        let twin = self.twin.map_or(String::new(), |number| format!("-{number}"));
        format!("f-{}{twin}", self.fingerprint)
    }
}

#[derive(Serialize)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) owners: Vec<String>,
    pub(super) evidence: Vec<String>,
    pub(super) review: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<String>,
}

/// Everything that the script gets.
#[derive(Serialize)]
struct Data<'a> {
    /// The roots that have findings, of many.
    roots: Vec<String>,
    findings: &'a [Shown<'a>],
}

/// The reported findings, the worst first, then those that the policy sets aside.
pub(super) fn findings(report: &Report) -> Vec<Shown<'_>> {
    let status = |finding| if report.fails(finding) { "fails" } else { "warns" };
    let reported = worst_first(report).into_iter().map(|finding| shown(finding, status(finding), None));
    let aside = report.verdict.set_aside.iter().map(|one| shown(&one.finding, "set aside", Some(reason(report, one))));
    let mut all: Vec<_> = reported.chain(aside).collect();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for one in &mut all {
        let number = seen.entry(one.fingerprint.clone()).or_default();
        *number += 1;
        one.twin = Some(*number).filter(|number| *number > 1);
    }
    all
}

/// Writes the block.
pub(super) fn write(report: &Report, findings: &[Shown<'_>], out: &mut dyn Write) -> io::Result<()> {
    let has_some = |root: &&Root| root.counts.total() + root.suppressed > 0;
    let roots = report.source.roots.iter().filter(has_some).map(|root| terminal(&root.name).into_owned()).collect();
    let mut json = Vec::new();
    Data { roots, findings }.serialize(&mut Serializer::with_formatter(&mut json, InertJson::compact()))?;
    writeln!(out, "<script type=\"application/json\" id=\"data\">{}</script>", sealed(&String::from_utf8_lossy(&json)))
}

/// JSON in which no markup can begin or end. These characters stand within strings only, where an escape says the same.
fn sealed(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn reason(report: &Report, one: &SetAside) -> String {
    let expires = one.by.expires.map_or(String::new(), |day| format!(", until {day}"));
    format!("{} ({}{expires})", terminal(&one.by.reason), terminal(&aside_by(report, one)))
}

fn shown<'a>(finding: &'a Finding, status: &'static str, aside: Option<String>) -> Shown<'a> {
    let inert = |text: &str| terminal(text).into_owned();
    let [before, marked, after] = parts(finding);
    let excerpt = [before.trim_start(), marked, after.trim_end()].map(|part| inert(&part.replace('\t', " ")));
    let (access, message) = match &finding.access {
        Some(access) => {
            let (gain, rest) = told(access, &finding.message);
            (Some(gain), rest)
        }
        None => (None, &*finding.message),
    };
    Shown {
        twin: None,
        rule: inert(&finding.rule),
        kind: word(&finding.kind),
        severity: severity_name(finding.severity),
        confidence: confidence_name(finding.confidence),
        status,
        title: inert(&finding.title),
        message: inert(message),
        path: inert(&finding.path),
        line: finding.start.line,
        column: finding.start.column,
        is_old: finding.side == Side::Old,
        excerpt,
        remedy: inert(&finding.remedy),
        fingerprint: finding.fingerprint.to_string(),
        docs: link(finding.docs.as_deref()),
        access,
        area: part(finding),
        reasons: reasons(finding),
        aside,
    }
}

fn part(finding: &Finding) -> Option<Part> {
    let inert = |text: &String| terminal(text).into_owned();
    finding.area.as_ref().map(|area| Part {
        name: inert(&area.name),
        owners: area.owners.iter().map(inert).collect(),
        evidence: area.evidence.iter().map(inert).collect(),
        review: word(&area.review),
        answer: area.answer.as_ref().map(inert),
    })
}

/// Why a secret is taken for one.
fn reasons(finding: &Finding) -> Vec<String> {
    let Some(secret) = &finding.secret else { return Vec::new() };
    let mut reasons = vec![match secret.check {
        crate::finding::Proof::Checksum => "its checksum is right".to_owned(),
        crate::finding::Proof::Structure => "it has the structure that its kind must have".to_owned(),
        crate::finding::Proof::None => "no offline check is known for it".to_owned(),
    }];
    reasons.extend(secret.decoded.iter().map(|layer| format!("it is {}", layer.words())));
    if let Some(judgement) = &secret.judgement {
        reasons.push(format!("the model takes it for a secret with a probability of {:.2}", judgement.probability));
        let told = |e: &crate::finding::Evidence| format!("{:+.1} {} ({})", e.weight, terminal(&e.what), e.value);
        reasons.extend(judgement.evidence.iter().map(told));
    }
    reasons
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_cannot_be_ended_from_within() {
        let json = sealed("[\"</script><script>alert(1)</script><!--&\"]");
        assert!(!json.contains(['<', '>', '&']));
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, ["</script><script>alert(1)</script><!--&"]);
    }
}
