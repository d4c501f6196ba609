//! One finding of a saved report.

use jiff::civil::Date;
use serde::Deserialize;

use crate::finding::{
    AccessDetail, Anchor, AreaDetail, Confidence, Evidence, Excerpt, Finding, Fingerprint, Judgement, Kind, Layer,
    Position, Proof, SecretDetail, Severity, Side, Verdict,
};
use crate::policy::{By, Means, SetAside};

#[derive(Deserialize)]
pub(super) struct Found {
    rule: String,
    kind: Kind,
    severity: Severity,
    confidence: Confidence,
    title: String,
    message: String,
    path: String,
    side: Side,
    start: Position,
    end: Position,
    excerpt: String,
    marked: Marked,
    fingerprint: String,
    remedy: String,
    docs: Option<String>,
    secret: Option<Secret>,
    access: Option<Access>,
    area: Option<AreaDetail>,
    anchor: Option<Anchor>,
    /// Of what is set aside.
    by: Option<Entry>,
}

#[derive(Deserialize)]
struct Marked {
    start: usize,
    end: usize,
}

#[derive(Deserialize)]
struct Secret {
    redacted: String,
    length: usize,
    check: Proof,
    #[serde(default)]
    decoded: Vec<Layer>,
    probability: Option<f32>,
    #[serde(default)]
    evidence: Vec<Evidence>,
}

#[derive(Deserialize)]
struct Access {
    surface: String,
    subject: String,
    capability: String,
    before: String,
    after: String,
    verdict: Verdict,
    depends_on: Option<String>,
}

/// A finding with what sets it aside. Not flattened: that would compile all of a finding's reading once more.
#[derive(Deserialize)]
#[serde(try_from = "Found")]
pub(super) struct Suppressed {
    finding: Found,
    by: Entry,
}

impl TryFrom<Found> for Suppressed {
    type Error = &'static str;

    fn try_from(mut finding: Found) -> Result<Self, Self::Error> {
        let by = finding.by.take().ok_or("missing field `by`")?;
        Ok(Self { finding, by })
    }
}

#[derive(Deserialize)]
struct Entry {
    kind: Means,
    reason: String,
    #[serde(default, deserialize_with = "day")]
    expires: Option<Date>,
    line: usize,
}

fn day<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?;
    word.map(|word| word.parse().map_err(serde::de::Error::custom)).transpose()
}

impl From<Found> for Finding {
    fn from(found: Found) -> Self {
        Self {
            rule: found.rule.into(),
            kind: found.kind,
            severity: found.severity,
            confidence: found.confidence,
            title: found.title.into(),
            message: found.message,
            path: found.path.into(),
            side: found.side,
            start: found.start,
            end: found.end,
            excerpt: Excerpt::new(found.excerpt, found.marked.start..found.marked.end),
            fingerprint: Fingerprint::new(found.fingerprint),
            remedy: found.remedy.into(),
            docs: found.docs.map(Into::into),
            secret: found.secret.map(Into::into),
            access: found.access.map(Into::into),
            area: found.area,
            shapes: Vec::new(),
            anchor: found.anchor,
        }
    }
}

impl From<Secret> for SecretDetail {
    fn from(secret: Secret) -> Self {
        let evidence = secret.evidence;
        Self {
            redacted: secret.redacted,
            length: secret.length,
            check: secret.check,
            judgement: secret.probability.map(|probability| Judgement { probability, evidence }),
            decoded: secret.decoded,
        }
    }
}

impl From<Access> for AccessDetail {
    fn from(access: Access) -> Self {
        Self {
            surface: access.surface.into(),
            subject: access.subject,
            capability: access.capability,
            before: access.before,
            after: access.after,
            verdict: access.verdict,
            depends_on: access.depends_on.map(Into::into),
        }
    }
}

impl From<Suppressed> for SetAside {
    fn from(suppressed: Suppressed) -> Self {
        let Entry { kind: means, reason, expires, line } = suppressed.by;
        Self { finding: suppressed.finding.into(), by: By { means, reason, expires, line } }
    }
}
