//! The page `docs/rules.md`: every rule with what proves it and how well it did where it was measured.

use std::fmt::Write;

use super::count::grouped;
use super::escape::terminal;
use super::{confidence_name, severity_name, word};
use crate::finding::Proof;
use crate::rule::measured::{Measured, Sample, Tally};
use crate::rule::{Rule, RuleSet};

const HEAD: &str = "\
# Rules

Every rule of ringfence, what proves its findings, and how often they were right where that was measured. This page is written by
the program. To write it again: `cargo run --release -- rules list --format markdown > docs/rules.md`.
";

const COLUMNS: &str = "\
## What the columns say

- **severity**: how bad a finding is if it is true. **confidence**: how surely it is true before an offline check; a passed check makes
  it high, a failed one drops the finding. What fails a run and what warns is in
  [report.md](report.md#what-fails-what-warns-what-is-hidden).
- **proof**: the offline check, by name; `model` where no format tells and a small model judges name, place and value;
  `comparison` where a permission file is read before and after; or none.
- **right**, **wrong**: findings of medium confidence and above in the labelled code, on lines labelled as a credential, and on
  all others: lines labelled as none, and lines without a label. Not every unlabelled line is free of credentials, so *wrong* is an upper
  bound.
- **precision**: right, divided by right and wrong. Where there are few findings it says little.
- **clean**: findings of medium confidence and above in the clean code. Nobody labelled them. Keys that projects made for their own
  tests are among them.
- **low**: right + wrong findings of low confidence in the labelled code, which only `--all` shows.

An empty cell means that the rule did not fire there, and so that nothing is known. In the labelled code every credential was
replaced by one that looks alike; its checksum is wrong then, so rules with a check for one rarely fire there. `new` means that the
rule is younger than the measurement.
";

/// What proves a finding of `rule`: the name of an offline check, `model`, or nothing.
pub fn proof(rule: &Rule) -> Option<String> {
    let named = rule.check.map(|check| word(&check)).or_else(|| rule.assigned.map(|_| "model".to_owned()));
    named.or_else(|| rule.surface.as_ref().map(|_| "comparison".to_owned()))
}

/// The same as a sentence.
pub fn proof_in_words(rule: &Rule) -> String {
    match (rule.check, rule.assigned) {
        (Some(check), _) => {
            let what = match crate::detect::check::proof(check) {
                Proof::Checksum => "a checksum",
                Proof::Structure => "the structure",
                Proof::None => "the form",
            };
            format!("the offline check `{}`, of {what}; what fails it is dropped", word(&check))
        }
        (None, Some(_)) => "none; a small model judges name, place and value".to_owned(),
        (None, None) if rule.surface.is_some() => "the file says it; both sides were read and compared".to_owned(),
        (None, None) => "none; the form tells, and what stands around it".to_owned(),
    }
}

/// The page as Markdown.
pub fn page(set: &RuleSet, measured: &Measured) -> String {
    let mut out = format!("{HEAD}\n{COLUMNS}\n{}\n## All rules\n\n", method(measured));
    out += "| rule | finds | severity | confidence | proof | right | wrong | precision | clean | low |\n";
    out += "|---|---|---|---|---|--:|--:|--:|--:|--:|\n";
    for rule in set.rules().iter().map(|r| r.rule()) {
        row(&mut out, rule, measured);
    }
    out
}

/// How the figures were made.
fn method(measured: &Measured) -> String {
    let score = &measured.cross_validated;
    let clean: Vec<String> = measured.clean.iter().map(amount).collect();
    format!(
        "\
## How it was measured

On {date} with version {program}, by `rules/model/measure.py`, which writes `rules/measured.json`:

- labelled code: {labelled};
- clean code: {clean}.

The rules with the proof `model` share one model, and that was trained on the same labelled code. What it finds in there again says
little, so their precision is another: that of all rules together, each part of the labelled repositories judged by a model that
saw nothing of them ({folds}-fold cross-validation by repository, by `rules/model/train.py`). At the threshold of {threshold:.2} it is
**precision {precision:.3}, recall {recall:.3}, F1 {f1:.3}**. It is marked `cv`.
",
        date = measured.date,
        program = measured.program,
        labelled = amount(&measured.labelled),
        clean = clean.join("; "),
        folds = score.folds,
        threshold = score.threshold,
        precision = score.precision,
        recall = score.recall,
        f1 = score.f1,
    )
}

fn amount(sample: &Sample) -> String {
    format!("{} ({} files, {} lines)", cell(&sample.name), grouped(sample.files), grouped(sample.lines))
}

fn row(out: &mut String, rule: &Rule, measured: &Measured) {
    let proof = proof(rule).map_or_else(|| "none".to_owned(), |proof| format!("`{proof}`"));
    let figures = measured.rules.get(&rule.id);
    let Tally { right, wrong, clean } = figures.map(|f| f.reported).unwrap_or_default();
    let precision = match (figures, rule.assigned) {
        (None, _) => "new".to_owned(),
        (Some(_), Some(_)) => format!("{:.2} cv", measured.cross_validated.precision),
        (Some(figures), None) => figures.reported.precision().map_or(String::new(), |p| format!("{p:.2}")),
    };
    let low = figures.map(|f| f.low).filter(|low| low.precision().is_some());
    let low = low.map_or(String::new(), |low| format!("{} + {}", low.right, low.wrong));
    let fired = right + wrong > 0;
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "| `{}` | {} | {} | {} | {proof} | {} | {} | {precision} | {} | {low} |",
        rule.id,
        cell(&rule.title),
        severity_name(rule.severity),
        confidence_name(rule.confidence),
        number(right, fired),
        number(wrong, fired),
        number(clean, clean > 0),
    );
}

fn number(number: u32, is_shown: bool) -> String {
    if is_shown { number.to_string() } else { String::new() }
}

/// Text that cannot end a cell or begin markup.
fn cell(text: &str) -> String {
    let mut out = String::new();
    for c in terminal(text).chars() {
        if matches!(c, '|' | '`' | '*' | '_' | '<' | '[' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
