//! The report as one HTML page that needs nothing else: to read, to search, and to keep.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::count::{counted, grouped};
use super::escape::markup;
use super::human::{outcome, read};
use super::shown::{SEVERITIES, gaps};
use super::{ExitStatus, Report, severity_name, threshold_name, word};
use crate::finding::Finding;

mod data;
mod gain;
mod list;
mod roots;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = concat!(include_str!("html/cards.js"), include_str!("html/page.js"));

/// As many things that were not read as are named; the JSON report has them all.
const MOST_SKIPPED: usize = 2_000;

/// Writes one page. It loads nothing, and runs its own script only: the policy in its head holds the digests of both.
pub fn write_html(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (script, style) = (digest(SCRIPT), digest(STYLE));
    let verdict = title(report);
    let of = given(report).map_or(String::new(), |root| format!(" · {}", markup(root)));
    write!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-{script}'; \
         style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{verdict}{of} · ringfence</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#list\">To the findings</a>\n\
         <a class=\"skip\" href=\"#coverage\">To the coverage</a>\n"
    )?;
    write_head(report, &verdict, out)?;
    writeln!(out, "<main>")?;
    roots::write(report, out)?;
    let findings = data::findings(report);
    if findings.is_empty() {
        write_nothing(report, out)?;
    } else {
        list::write(&findings, out)?;
    }
    write_unlisted(report, out)?;
    write_coverage(report, out)?;
    write_identity(report, out)?;
    writeln!(out, "</main>")?;
    data::write(report, &findings, out)?;
    writeln!(out, "<script>{SCRIPT}</script>\n</body>\n</html>")
}

/// What the policy of a page calls an inline script or style.
fn digest(text: &str) -> String {
    STANDARD.encode(Sha256::digest(text))
}

fn title(report: &Report) -> String {
    let verdict = match report.exit_status() {
        ExitStatus::Clean => "Passed",
        ExitStatus::Findings => "Failed",
        ExitStatus::Usage | ExitStatus::Incomplete => "Incomplete",
    };
    let total = report.verdict.counts().total();
    let found = match (total, report.coverage.complete()) {
        (0, true) => "no findings".to_owned(),
        (0, false) => "no findings in what was read".to_owned(),
        _ => format!("{}, {}", counted(total as u64, "finding"), outcome(report.verdict.failing, total)),
    };
    format!("{verdict}: {found}")
}

/// The root as it was given, where that tells anything.
fn given(report: &Report) -> Option<&str> {
    Some(&*report.source.root).filter(|root| !matches!(*root, "" | "." | "-"))
}

fn write_head(report: &Report, verdict: &str, out: &mut dyn Write) -> io::Result<()> {
    let mood = match (report.coverage.complete(), report.verdict.failing) {
        (false, _) => "gap",
        (true, 0) => "good",
        (true, _) => "bad",
    };
    let of = given(report).map_or(String::new(), |root| format!(" · <code>{}</code>", markup(root)));
    writeln!(out, "<header class=\"{mood}\">\n<p class=\"name\">ringfence{of}</p>\n<h1>{verdict}</h1>")?;
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
        writeln!(out, "<p class=\"notice\">{}</p>", list::prose(notice))?;
    }
    write_tiles(report, out)?;
    let roots = if report.source.roots.is_empty() { "" } else { "<a href=\"#roots\">Roots</a>\n" };
    writeln!(
        out,
        "<nav aria-label=\"Parts of the report\">\n<a href=\"#findings\">Findings</a>\n{roots}\
         <a href=\"#coverage\">Coverage</a>\n<a href=\"#identity\">Identity</a>\n</nav>\n</header>"
    )
}

/// How many there are; nothing where there are none.
fn write_tiles(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let counts = report.verdict.counts();
    if counts.total() + report.verdict.suppressed == 0 {
        return Ok(());
    }
    writeln!(out, "<dl class=\"tiles\">")?;
    for severity in SEVERITIES {
        let (name, number) = (severity_name(severity), grouped(counts.of(severity) as u64));
        let none = if counts.of(severity) == 0 { " none" } else { "" };
        writeln!(out, "<div class=\"tile {name}{none}\"><dt>{name}</dt><dd>{number}</dd></div>")?;
    }
    let aside = grouped(report.verdict.suppressed as u64);
    writeln!(out, "<div class=\"tile aside\"><dt>set aside</dt><dd>{aside}</dd></div>\n</dl>")
}

fn write_nothing(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let said = match report.coverage.complete() {
        true => "Nothing found. Everything in scope was read.",
        false => "Nothing found in what was read. Something in scope was not read.",
    };
    writeln!(
        out,
        "<section id=\"findings\" aria-labelledby=\"list-title\"><h2 id=\"list-title\">Findings</h2>\n\
         <p id=\"list\" class=\"empty\" tabindex=\"-1\">{said}</p></section>"
    )
}

/// Files with more findings than are listed.
fn write_unlisted(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.verdict.unlisted.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section class=\"card\" aria-labelledby=\"unlisted-title\"><h2 id=\"unlisted-title\">Counted, not listed</h2>\n<ul>"
    )?;
    for more in &report.verdict.unlisted {
        let (path, total) = (markup(&more.path), counted(more.counts.total() as u64, "more finding"));
        writeln!(out, "<li><code>{path}</code>: {total}</li>")?;
    }
    writeln!(out, "</ul></section>")
}

fn write_coverage(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (coverage, verdict) = (&report.coverage, &report.verdict);
    let end = if coverage.complete() { "Everything in scope was read." } else { "Something in scope was not read." };
    writeln!(
        out,
        "<section class=\"card\" id=\"coverage\" tabindex=\"-1\" aria-labelledby=\"coverage-title\">\
         <h2 id=\"coverage-title\">Coverage</h2>\n<p>{end}</p>\n<dl class=\"facts\">"
    )?;
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
    writeln!(
        out,
        "<section class=\"card\" id=\"identity\" aria-labelledby=\"identity-title\">\
         <h2 id=\"identity-title\">Identity</h2>\n<dl class=\"facts\">"
    )?;
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
