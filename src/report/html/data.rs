//! The findings of a page as data for its script: all words made inert, and nothing that could end the block.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Serializer;

use super::parts;
use crate::finding::{Finding, Side};
use crate::policy::SetAside;
use crate::report::escape::{InertJson, terminal};
use crate::report::shown::{aside_by, link, worst_first};
use crate::report::{Report, confidence_name, severity_name, word};

#[derive(Serialize)]
struct Shown<'a> {
    rule: String,
    kind: String,
    severity: &'static str,
    confidence: &'static str,
    status: &'static str,
    title: String,
    message: String,
    path: String,
    line: usize,
    column: usize,
    is_old: bool,
    excerpt: [String; 3],
    remedy: String,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<Gain>,
    #[serde(skip_serializing_if = "Option::is_none")]
    area: Option<Part>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reasons: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<String>,
}

#[derive(Serialize)]
struct Gain {
    surface: String,
    subject: String,
    capability: String,
    before: String,
    after: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    depends_on: Option<String>,
}

#[derive(Serialize)]
struct Part {
    name: String,
    owners: Vec<String>,
    evidence: Vec<String>,
    review: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
}

/// Writes the block: reported findings, the worst first, then those that the policy sets aside.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let status = |finding| if report.fails(finding) { "fails" } else { "warns" };
    let reported = worst_first(report).into_iter().map(|finding| shown(finding, status(finding), None));
    let aside = report.verdict.set_aside.iter().map(|one| shown(&one.finding, "set aside", Some(reason(report, one))));
    let all: Vec<_> = reported.chain(aside).collect();
    let mut json = Vec::new();
    all.serialize(&mut Serializer::with_formatter(&mut json, InertJson::compact()))?;
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
    Shown {
        rule: inert(&finding.rule),
        kind: word(&finding.kind),
        severity: severity_name(finding.severity),
        confidence: confidence_name(finding.confidence),
        status,
        title: inert(&finding.title),
        message: inert(&finding.message),
        path: inert(&finding.path),
        line: finding.start.line,
        column: finding.start.column,
        is_old: finding.side == Side::Old,
        excerpt,
        remedy: inert(&finding.remedy),
        fingerprint: finding.fingerprint.to_string(),
        docs: link(finding.docs.as_deref()),
        access: gain(finding),
        area: part(finding),
        reasons: reasons(finding),
        aside,
    }
}

fn gain(finding: &Finding) -> Option<Gain> {
    let inert = |text: &str| terminal(text).into_owned();
    finding.access.as_ref().map(|access| Gain {
        surface: inert(&access.surface),
        subject: inert(&access.subject),
        capability: inert(&access.capability),
        before: inert(&access.before),
        after: inert(&access.after),
        depends_on: access.depends_on.as_deref().map(inert),
    })
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
