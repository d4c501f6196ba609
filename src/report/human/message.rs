//! Messages that stand beside a report, such as errors, fitted into the columns of a terminal.

use super::layout::{columns, fold};
use super::{Long, MIN_WIDTH, Style};

/// `text`, inert but for styles, for a terminal: what of a line has no room goes on below it, `hanging` columns in or where
/// the line begins. Nothing changes for programs that read lines.
pub fn fitted(text: &str, style: &Style, hanging: usize) -> String {
    if style.long == Long::Whole {
        return text.to_owned();
    }
    let width = style.width.max(MIN_WIDTH);
    text.split_inclusive('\n').map(|line| fitted_line(line, width, hanging)).collect()
}

fn fitted_line(line: &str, width: usize, hanging: usize) -> String {
    let (content, end) = line.strip_suffix('\n').map_or((line, ""), |content| (content, "\n"));
    if columns(content) <= width {
        return line.to_owned();
    }
    let rest = content.trim_start_matches(' ');
    let indent = content.len() - rest.len();
    // In few columns words need the room.
    let hang = indent.max(hanging).min(width / 4);
    let parts = fold(rest, width.saturating_sub(indent), width - hang);
    let lines = parts.iter().enumerate().map(|(at, part)| {
        let before = if at == 0 { indent } else { hang };
        format!("{:before$}{part}", "")
    });
    lines.collect::<Vec<_>>().join("\n") + end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_goes_on_below_where_it_has_no_room() {
        let style = Style { width: 24, long: Long::Folded, ..Style::PLAIN };
        let text = "error: one two three four five\n\n  tip: one two three four five\nshort";
        let folded = "error: one two three\n    four five\n\n  tip: one two three\n    four five\nshort";
        assert_eq!(fitted(text, &style, 4), folded);
        assert_eq!(fitted(text, &Style::PLAIN, 4), text);
    }
}
