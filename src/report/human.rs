//! The report for people: grouped by file, each finding with its line, what it means and what to do.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::count::grouped;
use super::escape::terminal;
use super::{Report, severity_name};
use crate::finding::{Confidence, Finding, Severity, Side};
use crate::policy::Unlisted;

mod explain;
mod layout;
mod link;
mod list;
mod message;
mod reasons;
mod rule;
mod summary;

pub use explain::{Explanation, Listing, Place, write_explanation};
pub use link::Links;
pub use list::write_rules;
pub use message::fitted;

pub use rule::write_rule;
pub(super) use summary::{of_root, outcome, read};

/// Whether styles are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Never,
    /// ANSI styles.
    Always,
}

/// How much is said of each finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// What it is, what it means, what to do.
    Usual,
    /// Why the model judged so, too.
    Reasons,
}

/// What becomes of a line that is longer than the terminal is wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Long {
    /// It stays one line, for programs that read lines. Prose is wrapped anyway.
    Whole,
    /// It goes on below, further in.
    Folded,
}

/// How the text should look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether styles are written.
    pub color: Color,
    /// Columns of the terminal.
    pub width: usize,
    /// What becomes of longer lines.
    pub long: Long,
    /// Where links lead to, in a terminal that follows them.
    pub links: Option<Links>,
    /// How much is said of each finding.
    pub detail: Detail,
}

impl Style {
    /// For anything that is not a terminal.
    pub const PLAIN: Self =
        Self { color: Color::Never, width: 100, long: Long::Whole, links: None, detail: Detail::Usual };
}

/// Writes findings, what was not read, and a summary. Writes are small: `out` should be buffered.
pub fn write_human(report: &Report, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let findings = &report.verdict.findings;
    let last_line = findings.iter().map(|f| f.start.line).max().unwrap_or_default();
    let mut page = Page::new(out, style, last_line);
    for file in findings.chunk_by(|a, b| a.path == b.path) {
        page.file(file, &|finding| report.fails(finding))?;
        page.unlisted(file, &report.verdict.unlisted)?;
    }
    summary::write(report, &mut page)
}

/// Below this many columns wrapping hurts more than it helps.
const MIN_WIDTH: usize = 20;

/// Below this many columns further lines of a paragraph begin where the first does.
const NARROW: usize = 40;

/// Longer lines than this are hard to read, however wide the terminal is.
const MAX_PROSE: usize = 100;

/// Where everything of a finding but its first line begins.
const INDENT: &str = "    ";

/// The styles; all empty for plain text.
struct Paint {
    path: anstyle::Style,
    dim: anstyle::Style,
    label: anstyle::Style,
    good: anstyle::Style,
    critical: anstyle::Style,
    high: anstyle::Style,
    medium: anstyle::Style,
    low: anstyle::Style,
}

impl Paint {
    fn new(color: Color) -> Self {
        // Readable on light and on dark ground; the words say the same, so that nothing rests on colour.
        use anstyle::AnsiColor::{Green, Magenta, Red};
        let style = |style: anstyle::Style| match color {
            Color::Never => anstyle::Style::new(),
            Color::Always => style,
        };
        let bold = anstyle::Style::new().bold();
        Self {
            path: style(bold.underline()),
            dim: style(anstyle::Style::new().dimmed()),
            label: style(bold),
            good: style(Green.on_default()),
            critical: style(Red.on_default().bold().invert()),
            high: style(Red.on_default().bold()),
            medium: style(Magenta.on_default().bold()),
            low: style(bold),
        }
    }

    fn severity(&self, severity: Severity) -> anstyle::Style {
        match severity {
            Severity::Critical => self.critical,
            Severity::High => self.high,
            Severity::Medium => self.medium,
            Severity::Low => self.low,
        }
    }

    /// Carets are drawn in the severity's colour, but never inverted: a block would hide them.
    fn caret(&self, severity: Severity) -> anstyle::Style {
        match severity {
            Severity::Critical | Severity::High => self.high,
            Severity::Medium | Severity::Low => self.severity(severity),
        }
    }
}

/// What is written to, and how.
struct Page<'a> {
    out: &'a mut dyn Write,
    paint: Paint,
    width: usize,
    long: Long,
    links: Option<Links>,
    /// Digits of the largest line number.
    gutter: usize,
    detail: Detail,
}

impl<'a> Page<'a> {
    fn new(out: &'a mut dyn Write, style: Style, last_line: usize) -> Self {
        let gutter = last_line.to_string().len();
        let Style { color, width, long, links, detail } = style;
        Self { out, paint: Paint::new(color), width: width.max(MIN_WIDTH), long, links, gutter, detail }
    }

    /// One line behind `indent`, which its parts are indented under if it is folded. `text` is inert, styles apart.
    fn line(&mut self, indent: &str, text: &str) -> io::Result<()> {
        let room = self.width.saturating_sub(indent.len());
        if self.long == Long::Whole || layout::columns(text) <= room {
            return writeln!(self.out, "{indent}{text}");
        }
        for (at, line) in layout::fold(text, room, room.saturating_sub(2)).iter().enumerate() {
            writeln!(self.out, "{indent}{}{line}", if at == 0 { "" } else { "  " })?;
        }
        Ok(())
    }

    /// All findings of one file. What a finding shares with one above it in the same file is not said twice.
    fn file(&mut self, findings: &[Finding], fails: &dyn Fn(&Finding) -> bool) -> io::Result<()> {
        let path = self.paint.path;
        if let Some(first) = findings.first() {
            let shown = terminal(&first.path);
            let is_there = findings.iter().any(|finding| finding.side == Side::New);
            let shown = match self.links.as_ref().filter(|_| is_there) {
                Some(links) => links.file(&first.path, &shown),
                None => shown.into_owned(),
            };
            // Long or not, a path is one line, so that it can be copied.
            writeln!(self.out, "{path}{shown}{path:#}")?;
        }
        let mut said = BTreeSet::new();
        for finding in findings {
            self.head(finding, fails(finding))?;
            self.excerpt(finding)?;
            self.advice(finding, &mut said)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    /// What the file has beyond what is listed, on each side.
    fn unlisted(&mut self, listed: &[Finding], all: &[Unlisted]) -> io::Result<()> {
        let loud = self.paint.label;
        for unlisted in all.iter().filter(|u| listed.first().is_some_and(|f| f.path == u.path)) {
            let more = grouped(unlisted.counts.total() as u64);
            let shown = grouped(listed.iter().filter(|f| f.side == unlisted.side).count() as u64);
            let side = if unlisted.side == Side::Old { " on the old side" } else { "" };
            let path = terminal(&unlisted.path);
            let said = format!("{loud}… and {more} more findings{loud:#} in {path}{side}: the {shown} worst are shown");
            self.line("  ", &said)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn head(&mut self, finding: &Finding, does_fail: bool) -> io::Result<()> {
        let (severity, dim) = (self.paint.severity(finding.severity), self.paint.dim);
        let word = severity_name(finding.severity);
        let pad = " ".repeat("critical".len().saturating_sub(word.len()));
        let (line, column) = (finding.start.line, finding.start.column);
        let mut notes = String::new();
        if finding.side == Side::Old {
            notes.push_str(" · on the old side");
        }
        if finding.confidence == Confidence::Low {
            notes.push_str(" · low confidence");
        }
        if !does_fail {
            notes.push_str(" · warning");
        }
        let rule = link::page(self.links.as_ref(), finding.docs.as_deref(), &terminal(&finding.rule));
        let title = terminal(&finding.title);
        let said = format!("{severity}{word}{severity:#}{pad}  {line}:{column}  {title}  {dim}{rule}{notes}{dim:#}");
        self.line("  ", &said)
    }

    fn excerpt(&mut self, finding: &Finding) -> io::Result<()> {
        if finding.excerpt.text().is_empty() {
            return Ok(());
        }
        let (dim, caret, gutter) = (self.paint.dim, self.paint.caret(finding.severity), self.gutter);
        let room = self.width.saturating_sub(INDENT.len() + gutter + " │ ".chars().count());
        let shown = layout::Shown::of(&finding.excerpt, room);
        let line = finding.start.line;
        writeln!(self.out, "{INDENT}{dim}{line:>gutter$} │{dim:#} {}", shown.text)?;
        writeln!(
            self.out,
            "{INDENT}{dim}{:gutter$} │{dim:#} {}{caret}{}{caret:#}",
            "",
            " ".repeat(shown.before),
            "^".repeat(shown.marked),
        )
    }

    /// Why it matters, what to do, where to read more, and the identity.
    fn advice<'f>(&mut self, finding: &'f Finding, said: &mut BTreeSet<&'f str>) -> io::Result<()> {
        let (dim, label, plain) = (self.paint.dim, self.paint.label, anstyle::Style::new());
        if said.insert(&finding.message) {
            self.paragraph((plain, ""), (plain, &finding.message))?;
        }
        if said.insert(&finding.remedy) {
            self.paragraph((label, "fix: "), (plain, &finding.remedy))?;
        }
        if let Some(owners) =
            finding.area.as_ref().map(|area| area.owners.join(", ")).filter(|owners| !owners.is_empty())
        {
            self.paragraph((label, "owners: "), (plain, &owners))?;
        }
        if let Some(answer) = finding.area.as_ref().and_then(|area| area.answer.as_deref()) {
            self.paragraph((label, "review: "), (plain, answer))?;
        }
        if let Some(docs) = finding.docs.as_deref().filter(|docs| said.insert(docs)) {
            let shown = link::page(self.links.as_ref(), Some(docs), &terminal(docs));
            self.line(INDENT, &format!("{dim}see: {dim:#}{dim}{shown}{dim:#}"))?;
        }
        let judgement = finding.secret.as_ref().and_then(|s| s.judgement.as_ref());
        if let (Some(judgement), Detail::Reasons) = (judgement, self.detail) {
            self.paragraph((dim, "model: "), (dim, &reasons::line(judgement)))?;
        }
        self.line(INDENT, &format!("{dim}fingerprint: {}{dim:#}", terminal(&finding.fingerprint.to_string())))
    }

    /// One wrapped paragraph after a label, which its further lines are indented under.
    fn paragraph(&mut self, label: (anstyle::Style, &str), text: (anstyle::Style, &str)) -> io::Result<()> {
        let ((paint, word), (style, text)) = (label, text);
        let room = self.width.min(MAX_PROSE).saturating_sub(INDENT.len());
        let hanging = if self.width < NARROW { 0 } else { word.len() };
        let (first, others) = (room.saturating_sub(word.len()), room.saturating_sub(hanging));
        for (i, line) in layout::wrap(&terminal(text), first, others).iter().enumerate() {
            match i {
                0 => write!(self.out, "{INDENT}{paint}{word}{paint:#}")?,
                _ => write!(self.out, "{INDENT}{:hanging$}", "")?,
            }
            writeln!(self.out, "{style}{line}{style:#}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
