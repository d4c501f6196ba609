//! What formats for other programs share: the worst first, where a finding is shown, and the words for it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Report;
use super::count::{counted, grouped};
use super::escape::terminal;
use crate::finding::{Anchor, Confidence, Finding, Position, Severity, Side};
use crate::order;
use crate::policy::{Means, SetAside, Unlisted, baseline, file};
use crate::source::Skip;

/// Severities, the worst first.
pub(super) const SEVERITIES: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

/// For each finding its place in [`worst_first`].
pub(super) fn worst_ranked(report: &Report) -> Vec<usize> {
    let findings = &report.verdict.findings;
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order::sort_by_key(&mut order, |&at| weight(report, &findings[at]));
    let mut ranks = vec![0; findings.len()];
    order.into_iter().enumerate().for_each(|(rank, at)| ranks[at] = rank);
    ranks
}

/// The least weighs most.
fn weight(report: &Report, finding: &Finding) -> (Reverse<bool>, Reverse<Severity>, Reverse<Confidence>) {
    (Reverse(report.fails(finding)), Reverse(finding.severity), Reverse(finding.confidence))
}

/// The findings that are listed: those that fail the run first, then the worst, then the surest, then as the report has them.
pub(super) fn worst_first(report: &Report) -> Vec<&Finding> {
    let mut findings: Vec<&Finding> = report.verdict.findings.iter().collect();
    order::sort_by_key(&mut findings, |finding| weight(report, finding));
    findings
}

/// Where the new side shows `finding`, columns in UTF-16 code units. Of a file that is gone, its first line.
pub(super) fn anchor(finding: &Finding) -> Anchor {
    let first = Position { line: 1, column: 1 };
    match (finding.anchor, finding.side) {
        (Some(anchor), _) => anchor,
        (None, Side::New) => Anchor { start: finding.start, end: finding.end },
        (None, Side::Old) => Anchor { start: first, end: first },
    }
}

/// What the finding says, for eyes that see the new side only, and what became of the review that it asks for.
pub(super) fn message(finding: &Finding) -> String {
    let mut said = terminal(&finding.message).into_owned();
    if finding.side == Side::Old {
        said += &format!(" It stood on line {} of the old side, which the change removes.", finding.start.line);
    }
    if let Some(answer) = finding.area.as_ref().and_then(|area| area.answer.as_deref()) {
        said += &format!(" Review: {}.", terminal(answer));
    }
    said
}

/// The same with its title before it, for formats that know no rules.
pub(super) fn titled(finding: &Finding) -> String {
    let sure = if finding.confidence == Confidence::Low { " (low confidence)" } else { "" };
    format!("{}{sure}: {}", terminal(&finding.title), message(finding))
}

/// For each finding, how many with the same rule, path and fingerprint stand before it: what tells twins apart.
pub(super) fn occurrences(findings: &[Finding]) -> Vec<usize> {
    let mut seen = HashMap::new();
    let count = |finding: &Finding| {
        let key = (finding.rule.clone(), finding.path.clone(), finding.fingerprint.clone());
        let number = seen.entry(key).or_insert(0_usize);
        *number += 1;
        *number - 1
    };
    findings.iter().map(count).collect()
}

/// Identity in programs that show one of those with the same: hex digits, for whatever stands in `parts`.
pub(super) fn identity(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update((part.len() as u64).to_le_bytes());
        digest.update(part.as_bytes());
    }
    digest.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// The same for a finding, which in another file, and once more in the same file, is another one. See [`occurrences`].
pub(super) fn identity_of(finding: &Finding, number: usize) -> String {
    identity(&[&finding.rule, &finding.path, finding.fingerprint.as_str(), &number.to_string()])
}

/// File and line of what sets a finding aside.
pub(super) fn aside_by(report: &Report, one: &SetAside) -> String {
    let root = report.root_of(&one.finding.path);
    let policy = root.map_or(&report.policy, |root| &root.policy);
    let file = match one.by.means {
        Means::Allow => policy.file.as_deref().unwrap_or(file::NAME),
        Means::Inline => return format!("{}:{}", one.finding.path, one.by.line),
        Means::Baseline => baseline::NAME,
    };
    let folder = root.map_or(String::new(), |root| format!("{}/", root.name));
    format!("{folder}{file}:{}", one.by.line)
}

/// What stands for the findings of a file that are counted and not listed.
pub(super) fn beyond(unlisted: &Unlisted) -> String {
    let more = counted(unlisted.counts.total() as u64, "more finding");
    format!("{more} in this file, not listed; {} of them fail the run", grouped(unlisted.failing as u64))
}

/// What in scope could not be read.
pub(super) fn gaps(report: &Report) -> impl Iterator<Item = &Skip> {
    report.coverage.skipped.iter().filter(|skip| skip.reason.is_gap())
}

/// A link that is safe to follow: nothing but `https`, and nothing that could end an attribute.
pub(super) fn link(docs: Option<&str>) -> Option<&str> {
    let is_plain = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '\'' | '<' | '>' | '`' | '\\' | '(' | ')');
    docs.filter(|url| url.starts_with("https://") && url.chars().all(is_plain))
}

/// A path as a URI reference relative to the root. Bytes that are percent-encoded already stay so.
pub(super) fn uri(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = String::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let is_escape =
            || matches!(bytes.get(at + 1..at + 3), Some([a, b]) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        match byte {
            b'%' if is_escape() => out.push('%'),
            b'/' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// At most `most` characters, the last of which says that there are more.
pub(super) fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(most.saturating_sub(1)).chain(['…']).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_worst_come_first_and_twins_are_told_apart() {
        let mut report = sample();
        report.verdict.findings.reverse();
        let order: Vec<_> = worst_first(&report).iter().map(|f| (f.severity, f.confidence)).collect();
        assert!(order.windows(2).all(|pair| pair[0] >= pair[1]), "{order:?}");
        let mut twins = report.verdict.findings.clone();
        twins.extend(report.verdict.findings);
        assert_eq!(occurrences(&twins), [0, 0, 0, 0, 1, 1, 1, 1]);
    }

    #[test]
    fn copies_in_other_files_are_others() {
        let one = sample().verdict.findings[0].clone();
        let other = Finding { path: "elsewhere".into(), ..one.clone() };
        let told = [identity_of(&one, 0), identity_of(&one, 1), identity_of(&other, 0)];
        assert_eq!(told.iter().collect::<std::collections::BTreeSet<_>>().len(), 3);
        assert_eq!(told[0], identity_of(&sample().verdict.findings[0], 0));
        assert_ne!(identity(&["a", "bc"]), identity(&["ab", "c"]));
    }

    #[test]
    fn paths_become_references_that_decode_to_the_same_bytes() {
        assert_eq!(uri("a b/é%FF#?:.rs"), "a%20b/%C3%A9%FF%23%3F%3A.rs");
        assert_eq!(uri("100%.txt"), "100%25.txt");
        assert_eq!(uri("a%25FF"), "a%25FF");
    }

    #[test]
    fn only_plain_links_are_links() {
        assert_eq!(link(Some("https://example.com/a#b?c=d")), Some("https://example.com/a#b?c=d"));
        for bad in ["javascript:alert(1)", "http://example.com", "https://a\"b", "https://a b", "https://a)b"] {
            assert_eq!(link(Some(bad)), None, "{bad}");
        }
    }

    #[test]
    fn long_text_says_that_it_was_cut() {
        assert_eq!(cut("äöü", 3), "äöü");
        assert_eq!(cut("äöüx", 3), "äö…");
    }
}
