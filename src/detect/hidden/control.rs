//! Controls that a terminal obeys: what moves its cursor, erases, conceals, or writes over what was shown.

use super::audience::Audience;
use super::found::{Found, Glyph, Grade, MOST_PLACES, glyphs};
use super::points;
use crate::rule::Hidden;

/// More carriage returns than this on one line are its line ends.
const FEW_RETURNS: usize = 5;

/// What the controls in `bytes`, a line or a part of one that begins at `start`, do to a terminal.
pub(super) fn found(bytes: &[u8], start: usize, audience: Audience) -> Option<Found> {
    let all = glyphs(bytes, start);
    let mut told: Vec<(usize, Grade)> = Vec::new();
    for (at, glyph) in all.iter().enumerate() {
        let grade = match glyph.c {
            '\u{1b}' | '\u{9b}' | '\u{9d}' => sequence(&all[at..]),
            '\u{8}' => Grade::Plain,
            '\r' if at + 1 < all.len() && all[at + 1].c != '\r' => Grade::Plain,
            '\u{1}'..='\u{7}' | '\u{e}'..='\u{1a}' | '\u{1c}'..='\u{1f}' | '\u{7f}' | '\u{90}' => Grade::Mild,
            _ => continue,
        };
        told.push((at, grade));
    }
    if all.iter().filter(|glyph| glyph.c == '\r').count() > FEW_RETURNS {
        told.retain(|(at, _)| all[*at].c != '\r');
    }
    let grade = told.iter().map(|(_, grade)| *grade).max()?;
    let points: Vec<char> = told.iter().map(|(at, _)| all[*at].c).collect();
    Some(Found {
        what: Hidden::Control,
        grade,
        severity: audience.weigh(Hidden::Control, grade)?,
        places: told.iter().take(MOST_PLACES).filter_map(|(at, _)| points::shown(&all[*at..=*at])).collect(),
        said: points::said(&points),
        key: points.iter().collect(),
    })
}

/// What the sequence does with which `all` begin.
fn sequence(all: &[Glyph]) -> Grade {
    let rest = if all[0].c == '\u{1b}' { &all[1..] } else { all };
    match rest.first().map(|glyph| glyph.c) {
        Some('[' | '\u{9b}') => {
            let is_inner = |glyph: &&Glyph| matches!(glyph.c, '0'..='?' | ' '..='/');
            let inner: String = rest[1..].iter().take_while(is_inner).map(|glyph| glyph.c).collect();
            match rest.get(1 + inner.chars().count()).map(|glyph| glyph.c) {
                Some('m') if inner.split(';').any(|number| number == "8") => Grade::Plain,
                Some('A'..='H' | 'J' | 'K' | 'L' | 'M' | 'P' | 'S' | 'T' | 'X' | 'd' | 'f' | 's' | 'u') => Grade::Plain,
                _ => Grade::Mild,
            }
        }
        // What writes to the clipboard.
        Some(']' | '\u{9d}') if rest.get(1).map(|g| g.c) == Some('5') && rest.get(2).map(|g| g.c) == Some('2') => {
            Grade::Strong
        }
        Some('c' | '7' | '8' | 'D' | 'E' | 'M') => Grade::Plain,
        _ => Grade::Mild,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_graded_by_what_they_do() {
        for (text, grade) in [
            ("\u{1b}[31mred", Some(Grade::Mild)),
            ("\u{1b}[2K", Some(Grade::Plain)),
            ("\u{1b}[1;8mhidden", Some(Grade::Plain)),
            ("\u{1b}]52;c;eA==\u{7}", Some(Grade::Strong)),
            ("rm -rf /\recho ok", Some(Grade::Plain)),
            ("a\u{8}b", Some(Grade::Plain)),
            ("line\r", None),
            ("plain", None),
        ] {
            assert_eq!(found(text.as_bytes(), 0, Audience::Code).map(|one| one.grade), grade, "{text:?}");
        }
    }
}
