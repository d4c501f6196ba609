//! How many results fit: GitHub takes so many of a run, and so many bytes of a file that is compressed.

use std::collections::{HashMap, HashSet};

use crate::finding::Finding;
use crate::report::Report;
use crate::report::shown::{message, worst_ranked};

/// As many results as GitHub takes of one run.
const MOST_RESULTS: usize = 25_000;

/// Of the 10 MB that GitHub takes compressed, as much as the results, their rules and the notifications are to take.
const MOST_BYTES: usize = 9_000_000;

/// What a result costs beside its words, compressed: numbers, the fingerprint, and its frame.
const FRAME: usize = 64;

/// What a result takes beside its words before it is compressed.
const RAW_FRAME: usize = 1_300;

/// What a rule costs beside its words, which it says several times.
const RULE_FRAME: usize = 400;

/// How far back a compressor looks for words that it knows; it looks back 32 KiB.
const WINDOW: usize = 30_000;

/// What words cost that it knows.
const KNOWN: usize = 8;

/// For each finding whether it is among those that fit beside what is `taken`, of which there are as many as possible, the worst.
pub(super) fn fitting(report: &Report, taken: usize) -> Vec<bool> {
    let findings = &report.verdict.findings;
    let words: Vec<_> = findings.iter().map(|finding| (finding, message(finding))).collect();
    let ranks = worst_ranked(report);
    let fits = |number: usize| {
        let kept = words.iter().zip(&ranks).filter(|(_, rank)| **rank < number);
        cost(kept.map(|((finding, message), _)| (*finding, &**message))) + taken <= MOST_BYTES
    };
    let (mut least, mut beyond) = (0, findings.len().min(MOST_RESULTS) + 1);
    while beyond - least > 1 {
        let middle = least.midpoint(beyond);
        if fits(middle) { least = middle } else { beyond = middle }
    }
    ranks.iter().map(|rank| *rank < least).collect()
}

/// What results with these messages, and their rules, cost at most when they are compressed.
fn cost<'a>(results: impl Iterator<Item = (&'a Finding, &'a str)>) -> usize {
    let mut last_seen = HashMap::<&str, usize>::new();
    let mut rules = HashSet::<&str>::new();
    let (mut cost, mut at) = (0, 0);
    for (finding, message) in results {
        cost += FRAME;
        at += RAW_FRAME;
        if rules.insert(&finding.rule) {
            cost += RULE_FRAME + 2 * (finding.rule.len() + finding.title.len() + finding.remedy.len());
            cost += finding.docs.as_ref().map_or(0, |docs| docs.len());
        }
        for words in [&finding.path, message] {
            at += words.len();
            let is_known = last_seen.insert(words, at).is_some_and(|before| at - before < WINDOW);
            // Of a path in another script than Latin a reference is longer, but holds no more.
            cost += if is_known { KNOWN } else { words.len() };
        }
    }
    cost
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use serde_json::Value;

    use super::*;
    use crate::report::sample;
    use crate::report::sarif::write_sarif;
    use crate::source::{Reason, Skip};

    fn log(report: &Report) -> Value {
        let mut out = Vec::new();
        write_sarif(report, &mut out).unwrap();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&out).unwrap();
        let packed = packed.finish().unwrap();
        assert!(packed.len() < 10_000_000, "{} bytes", packed.len());
        serde_json::from_slice(&out).unwrap()
    }

    /// Words that a compressor can do little with.
    fn noise(seed: usize, length: usize) -> String {
        let mut state = seed as u64 ^ 0x9e37_79b9_7f4a_7c15;
        let letter = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(b'0' + (state >> 33) as u8 % 75)
        };
        (0..length).map(letter).collect()
    }

    /// The sample with `number` findings, of which every tenth is critical.
    fn many(number: usize, path: impl Fn(usize) -> String) -> Report {
        let mut report = sample();
        let models = [report.verdict.findings[0].clone(), report.verdict.findings[2].clone()];
        let one = |n: usize| Finding { path: path(n).into(), ..models[usize::from(!n.is_multiple_of(10))].clone() };
        report.verdict.findings = (0..number).map(one).collect();
        report.verdict.unlisted.clear();
        report
    }

    fn said(log: &Value) -> String {
        log["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string()
    }

    #[test]
    fn of_too_many_results_the_worst_are_kept() {
        let log = log(&many(30_000, |n| format!("src/{n:05}")));
        let results = log["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), MOST_RESULTS);
        assert_eq!(results.iter().filter(|result| result["level"] == "error").count(), 3_000);
        assert!(said(&log).contains("5,000 more findings do not fit"), "{}", said(&log));
    }

    #[test]
    fn paths_that_do_not_compress_take_room() {
        // A few paths that come again after more than a compressor looks back cost as much as new ones.
        let long = |n: usize| {
            let letter = |i: u64| char::from(b'a' + (i * i * (7 + n as u64 % 240) % 251 % 26) as u8);
            (0..4_000).map(letter).collect()
        };
        let log = log(&many(6_000, long));
        let results = log["runs"][0]["results"].as_array().unwrap();
        let bytes = results.len() * 4_000;
        assert!(bytes > MOST_BYTES / 2 && bytes < MOST_BYTES, "{bytes}");
        assert!(said(&log).contains("do not fit"));
    }

    #[test]
    fn notices_gaps_and_rules_take_room_too() {
        let mut report = many(6_000, |n| noise(n, 400));
        for (n, finding) in report.verdict.findings.iter_mut().enumerate() {
            finding.rule = format!("rule-{n}").into();
            finding.title = noise(n + 1_000_000, 300).into();
            finding.remedy = noise(n + 2_000_000, 900).into();
        }
        report.policy.notices = (0..40_000).map(|n| noise(n, 400)).collect();
        let gap = |n| Skip { path: noise(n, 3_000), reason: Reason::Unreadable(noise(n, 5_000)) };
        report.coverage.skipped = (0..2_000).map(gap).collect();
        let log = log(&report);
        let notes = log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap();
        assert_eq!(notes.len(), 1_000 + 1 + 100 + 1 + 1);
        for part in ["1,000 more things in scope", "39,900 more notes", "do not fit in here"] {
            assert!(said(&log).contains(part), "{part}");
        }
    }
}
