//! The list of `rules list`: a row for each rule where that has room, and two lines for each where it has none.

use std::io::{self, Write};

use super::layout::columns;
use super::{INDENT, Long, Page, Style};
use crate::report::count::counted;
use crate::report::escape::terminal;
use crate::report::word;
use crate::rule::Rule;

/// Writes the list. Programs that read lines get one for each rule. Writes are small: `out` should be buffered.
pub fn write_rules(rules: &[&Rule], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style, 0);
    let longest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let is_row = page.long == Long::Whole || rules.iter().all(|rule| columns(&row(rule, longest)) <= page.width);
    for rule in rules {
        match is_row {
            true => writeln!(page.out, "{}", row(rule, longest))?,
            false => page.entry(rule)?,
        }
    }
    if page.long == Long::Folded {
        writeln!(page.out)?;
        let count = counted(rules.len() as u64, "rule");
        page.line("", &format!("{count} · `ringfence rules show ID` has all of one"))?;
    }
    Ok(())
}

fn row(rule: &Rule, longest: usize) -> String {
    let (kind, severity, confidence) = (word(&rule.kind), word(&rule.severity), word(&rule.confidence));
    format!("{:longest$}  {kind:9} {severity:8} {confidence:6}  {}", rule.id, terminal(&rule.title))
}

impl Page<'_> {
    fn entry(&mut self, rule: &Rule) -> io::Result<()> {
        let (label, dim, severity) = (self.paint.label, self.paint.dim, self.paint.caret(rule.severity));
        let id = super::link::page(self.links.as_ref(), rule.docs.as_deref(), &terminal(&rule.id));
        let (kind, grade, confidence) = (word(&rule.kind), word(&rule.severity), word(&rule.confidence));
        let said = format!(
            "{label}{id}{label:#}  {dim}{kind}{dim:#} {severity}{grade}{severity:#} {dim}{confidence} confidence{dim:#}"
        );
        self.line("", &said)?;
        self.line(INDENT, &terminal(&rule.title))
    }
}
