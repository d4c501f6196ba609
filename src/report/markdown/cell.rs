//! Text of others in Markdown: as much of it as is needed, safe within a line, a cell or a list.

use crate::finding::{Finding, Side};
use crate::report::escape::markdown as escaped;
use crate::report::shown::cut;

/// At most `most` characters of a text, in which nothing is markup and nobody is mentioned.
pub(super) fn cell(text: &str, most: usize) -> String {
    escaped(&cut(text, most))
}

/// The same as code.
pub(super) fn code(text: &str, most: usize) -> String {
    format!("<code>{}</code>", cell(text, most))
}

/// File and line of a finding, at most `most` characters of the file.
pub(super) fn place(finding: &Finding, most: usize) -> String {
    let removed = if finding.side == Side::Old { " (removed)" } else { "" };
    format!("<code>{}:{}</code>{removed}", cell(&finding.path, most), finding.start.line)
}
