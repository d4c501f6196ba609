//! The report as one HTML page that needs nothing else: to read, to search, and to keep.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::count::{counted, grouped};
use super::escape::markup;
use super::human::{of_root, outcome, read};
use super::shown::{SEVERITIES, gaps};
use super::{Report, severity_name, threshold_name, word};
use crate::finding::Finding;

mod data;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// As many things that were not read as are named; the JSON report has them all.
const MOST_SKIPPED: usize = 2_000;

/// Writes one page. It loads nothing, and runs its own script only: the policy in its head holds the digests of both.
pub fn write_html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (script, style) = (digest(SCRIPT), digest(STYLE));
    let verdict = title(report);
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{script}'; \
         style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>ringfence: {verdict}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#findings\">To the findings</a>\n"
    )?;
    write_head(report, &verdict, out)?;
    writeln!(out, "<main>")?;
    if report.verdict.findings.is_empty() && report.verdict.set_aside.is_empty() {
        writeln!(out, "<p id=\"findings\" class=\"empty\">Nothing is listed.</p>")?;
    } else {
        out.write_all(include_str!("html/list.html").as_bytes())?;
    }
    write_roots(report, out)?;
    write_unlisted(report, out)?;
    write_coverage(report, out)?;
    write_identity(report, out)?;
    writeln!(out, "</main>")?;
    data::write(report, out)?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// What the policy of a page calls an inline script or style.
fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn title(report: &Report) -> String {
    let total = report.verdict.counts().total();
    match (total, report.coverage.complete()) {
        (0, true) => "no findings".to_owned(),
        (0, false) => "no findings in what was read".to_owned(),
        _ => format!("{}, {}", counted(total as u64, "finding"), outcome(report.verdict.failing, total)),
    }
}

fn write_head(report: &Report, verdict: &str, out: &mut dyn Write) -> io::Result<()> {
    let mood = match (report.coverage.complete(), report.verdict.failing) {
        (false, _) => "gap",
        (true, 0) => "good",
        (true, _) => "bad",
    };
    writeln!(out, "<header class=\"{mood}\">\n<p class=\"name\">ringfence</p>\n<h1>{}</h1>", capital(verdict))?;
    writeln!(out, "<p class=\"what\">{}</p>", markup(&read(report)))?;
    if let Some(first) = gaps(report).next() {
        let things = counted(gaps(report).count() as u64, "thing");
        let path = markup(&first.path);
        writeln!(
            out,
            "<p class=\"alert\" role=\"note\"><strong>Incomplete:</strong> {things} in scope could not be read \
             (first: <code>{path}</code>). <a href=\"#coverage\">What was not read</a></p>"
        )?;
    }
    for notice in &report.policy.notices {
        writeln!(out, "<p class=\"notice\">{}</p>", markup(notice))?;
    }
    let counts = report.verdict.counts();
    writeln!(out, "<dl class=\"tiles\">")?;
    for severity in SEVERITIES {
        let (name, number) = (severity_name(severity), grouped(counts.of(severity) as u64));
        let none = if counts.of(severity) == 0 { " none" } else { "" };
        writeln!(out, "<div class=\"tile {name}{none}\"><dt>{name}</dt><dd>{number}</dd></div>")?;
    }
    let aside = grouped(report.verdict.suppressed as u64);
    writeln!(out, "<div class=\"tile aside\"><dt>set aside</dt><dd>{aside}</dd></div>\n</dl>\n</header>")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

/// Files with more findings than are listed.
fn write_unlisted(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.verdict.unlisted.is_empty() {
        return Ok(());
    }
    writeln!(out, "<section class=\"card\"><h2>Counted, not listed</h2>\n<ul>")?;
    for more in &report.verdict.unlisted {
        let (path, total) = (markup(&more.path), counted(more.counts.total() as u64, "more finding"));
        writeln!(out, "<li><code>{path}</code>: {total}</li>")?;
    }
    writeln!(out, "</ul></section>")
}

/// Of many roots, those to look at.
fn write_roots(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (bad, all) = (report.bad_roots(), &report.source.roots);
    if all.is_empty() {
        return Ok(());
    }
    let title = format!("{} of {} to look at", grouped(bad.len() as u64), counted(all.len() as u64, "root"));
    writeln!(out, "<section class=\"card\" id=\"roots\"><h2>{title}</h2>")?;
    if !bad.is_empty() {
        writeln!(
            out,
            "<div class=\"wide\"><table><thead><tr><th scope=\"col\">root</th><th scope=\"col\">what is there</th></tr></thead><tbody>"
        )?;
        for root in bad {
            let (name, said) = (markup(&root.name), markup(&of_root(root)));
            writeln!(out, "<tr><td><code>{name}</code></td><td>{said}</td></tr>")?;
        }
        writeln!(out, "</tbody></table></div>")?;
    }
    writeln!(out, "</section>")
}

fn write_coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (coverage, verdict) = (&report.coverage, &report.verdict);
    let end = if coverage.complete() { "Everything in scope was read." } else { "Something in scope was not read." };
    writeln!(out, "<section class=\"card\" id=\"coverage\"><h2>Coverage</h2>\n<p>{end}</p>\n<dl class=\"facts\">")?;
    let mut fact = |name: &str, value: u64| writeln!(out, "<dt>{name}</dt><dd>{}</dd>", grouped(value));
    fact("files read", coverage.files)?;
    fact("bytes read", coverage.bytes)?;
    if let Some(lines) = coverage.added_lines {
        fact("lines added by the change", lines)?;
    }
    fact("low-confidence findings hidden", verdict.hidden as u64)?;
    fact("findings left out by --only and --skip", verdict.deselected as u64)?;
    fact("findings of rules switched off by the policy", verdict.switched_off as u64)?;
    fact("matches that failed their check", verdict.dropped.check as u64)?;
    fact("matches that stand in for a secret", verdict.dropped.placeholder as u64)?;
    writeln!(out, "</dl>")?;
    if coverage.skipped.is_empty() {
        return writeln!(out, "</section>");
    }
    let (gaps, others): (Vec<_>, Vec<_>) = coverage.skipped.iter().partition(|skip| skip.reason.is_gap());
    let number = counted(coverage.skipped.len() as u64, "thing");
    let open = if gaps.is_empty() { "" } else { " open" };
    writeln!(out, "<details{open}><summary>{number} not read</summary>\n<div class=\"wide\"><table>")?;
    writeln!(
        out,
        "<thead><tr><th scope=\"col\">path</th><th scope=\"col\">why</th><th scope=\"col\">in scope</th></tr></thead><tbody>"
    )?;
    for skip in gaps.iter().chain(&others).take(MOST_SKIPPED) {
        let (path, reason) = (markup(&skip.path), markup(&skip.reason.to_string()));
        let is_gap = if skip.reason.is_gap() { "<strong>yes</strong>" } else { "no" };
        writeln!(out, "<tr><td><code>{path}</code></td><td>{reason}</td><td>{is_gap}</td></tr>")?;
    }
    let more = coverage.skipped.len().saturating_sub(MOST_SKIPPED);
    if more > 0 {
        writeln!(
            out,
            "<tr><td colspan=\"3\">and {} more; the JSON report has them all</td></tr>",
            grouped(more as u64)
        )?;
    }
    writeln!(out, "</tbody></table></div></details></section>")
}

/// By which rules, by which policy, and of what.
fn write_identity(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (policy, source) = (&report.policy, &report.source);
    writeln!(out, "<section class=\"card\"><h2>Identity</h2>\n<dl class=\"facts\">")?;
    let mut fact = |name: &str, value: &str| writeln!(out, "<dt>{name}</dt><dd><code>{}</code></dd>", markup(value));
    fact("ringfence", &report.version)?;
    fact("rules", &report.rules_digest)?;
    let file = policy.file.as_deref().map_or(String::new(), |file| format!(" ({file})"));
    fact("policy", &format!("{}{file}", word(&policy.source)))?;
    fact("policy digest", &policy.digest)?;
    fact("fails on", threshold_name(policy.threshold))?;
    let given = if source.root.is_empty() { String::new() } else { format!(": {}", source.root) };
    fact("source", &format!("{}{given}", word(&source.kind)))?;
    for (name, commit) in [("base", &source.base), ("head", &source.head)] {
        if let Some(commit) = commit {
            fact(name, commit)?;
        }
    }
    writeln!(out, "</dl></section>")
}

/// The excerpt before, in and behind what is marked; all of it before where the mark fits nowhere.
fn parts(finding: &Finding) -> [&str; 3] {
    let (text, caret) = (finding.excerpt.text(), finding.excerpt.caret());
    let marked = || Some([text.get(..caret.start)?, text.get(caret.clone())?, text.get(caret.end..)?]);
    marked().unwrap_or([text, "", ""])
}
