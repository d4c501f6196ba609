//! The page of `rules show`: what a rule finds, why that matters, what to do, how it is told, and how to change what it does.

use std::io::{self, Write};

use super::{INDENT, Page, Style};
use crate::detect::example::legible;
use crate::report::escape::terminal;
use crate::report::{catalogue, confidence_name, severity_name, word};
use crate::rule::{Lines, Rule};

/// Writes the page. Writes are small: `out` should be buffered.
pub fn write_rule(rule: &Rule, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(out, style, 0);
    let (path, dim) = (page.paint.path, page.paint.dim);
    let (kind, severity, confidence) =
        (word(&rule.kind), severity_name(rule.severity), confidence_name(rule.confidence));
    let paint = page.paint.caret(rule.severity);
    let id = super::link::page(page.links.as_ref(), rule.docs.as_deref(), &terminal(&rule.id));
    page.line("", &format!("{path}{id}{path:#}  {}", terminal(&rule.title)))?;
    page.line("", &format!("{dim}{kind}{dim:#} · {paint}{severity}{paint:#} {dim}· {confidence} confidence{dim:#}"))?;
    writeln!(page.out)?;
    page.text("why it matters", &rule.why)?;
    page.text("what to do", &rule.remedy)?;
    page.text("how it is told", &told(rule))?;
    page.list("reported", rule, &rule.bad)?;
    page.list("not reported", rule, &rule.good)?;
    if let Some((path, words)) = rule.surface.as_ref().and_then(|_| crate::rule::change(&rule.id)) {
        page.text("reported", &format!("In a file such as {path}: {words}"))?;
    }
    page.change(rule)?;
    if let Some(docs) = &rule.docs {
        page.text("more", docs)?;
    }
    Ok(())
}

impl Page<'_> {
    fn heading(&mut self, words: &str) -> io::Result<()> {
        let label = self.paint.label;
        writeln!(self.out, "{label}{words}{label:#}")
    }

    fn text(&mut self, heading: &str, text: &str) -> io::Result<()> {
        self.heading(heading)?;
        let plain = anstyle::Style::new();
        self.paragraph((plain, ""), (plain, text))?;
        writeln!(self.out)
    }

    /// Examples. A line of one is a line here.
    fn list(&mut self, heading: &str, rule: &Rule, examples: &[String]) -> io::Result<()> {
        if examples.is_empty() {
            return Ok(());
        }
        self.heading(heading)?;
        for example in examples {
            // An example of a command is a command line, whose braces are its own.
            let filled = if rule.command.is_empty() { legible(example).ok() } else { None };
            for line in filled.as_ref().unwrap_or(example).lines() {
                writeln!(self.out, "{INDENT}{}", terminal(line))?;
            }
        }
        writeln!(self.out)
    }

    /// What to write where, ready to be copied.
    fn change(&mut self, rule: &Rule) -> io::Result<()> {
        self.heading("to change what it does, in ringfence.toml")?;
        let id = terminal(&rule.id);
        for line in [
            "[[rule]]".to_owned(),
            format!("id = \"{id}\""),
            "severity = \"low\"            # or critical, high, medium, \"off\"".to_owned(),
            String::new(),
            "[[allow]]                   # one finding, or those of one value, with a reason".to_owned(),
            format!("rule = \"{id}\""),
            "path = \"docs/**\"".to_owned(),
            "fingerprint = \"…\"           # as the report shows it".to_owned(),
            "reason = \"…\"".to_owned(),
        ] {
            writeln!(self.out, "{}", format!("{INDENT}{line}").trim_end())?;
        }
        writeln!(self.out)
    }
}

/// What leads to a finding, in sentences.
fn told(rule: &Rule) -> String {
    let mut said = vec![format!("Proof: {}.", catalogue::proof_in_words(rule))];
    let quoted = |words: &[String]| words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
    if let Some(surface) = &rule.surface {
        said.push(format!("Compared, before and after: {surface}."));
    }
    if !rule.literals.is_empty() {
        said.push(format!("Looked at wherever one of these stands: {}.", quoted(&rule.literals)));
    }
    if !rule.pattern.is_empty() {
        said.push(format!("Then this must match: `{}`.", rule.pattern));
    }
    if !rule.near.is_empty() {
        said.push(format!("One of these must stand on the line or up to two above: {}.", quoted(&rule.near)));
    }
    if let Some(entropy) = rule.entropy {
        said.push(format!("It must be as random as {entropy} bits a character."));
    }
    if !rule.paths.is_empty() {
        said.push(format!("In these files only: {}.", quoted(&rule.paths)));
    }
    match rule.side {
        Lines::Added => {}
        Lines::Removed => said.push("On lines that a change removes.".to_owned()),
        Lines::Any => said.push("On lines that a change adds or removes.".to_owned()),
    }
    said.join(" ")
}
