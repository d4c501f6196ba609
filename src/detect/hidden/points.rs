//! Code points in words: reports name what is hidden and never hold it.

use std::ops::Range;

use super::found::Glyph;

/// Code points that a message names.
const MOST_NAMED: usize = 4;

/// `U+202E (right-to-left override)`.
fn named(c: char) -> String {
    let number = format!("U+{:04X}", u32::from(c));
    match name(c) {
        Some(name) => format!("{number} ({name})"),
        None => number,
    }
}

fn name(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{8}' => "backspace",
        '\r' => "carriage return without a line end",
        '\u{1b}' => "escape",
        '\u{7f}' => "delete",
        '\u{9b}' => "control sequence introducer",
        '\u{ad}' => "soft hyphen",
        '\u{34f}' => "combining grapheme joiner",
        '\u{61c}' => "Arabic letter mark",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "Hangul filler",
        '\u{17b4}' | '\u{17b5}' => "Khmer vowel that is never drawn",
        '\u{180b}'..='\u{180d}' | '\u{180f}' => "Mongolian variation selector",
        '\u{180e}' => "Mongolian vowel separator",
        '\u{200b}' => "zero width space",
        '\u{200c}' => "zero width non-joiner",
        '\u{200d}' => "zero width joiner",
        '\u{200e}' => "left-to-right mark",
        '\u{200f}' => "right-to-left mark",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "end of embedding",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2060}' => "word joiner",
        '\u{2061}'..='\u{2064}' => "invisible operator",
        '\u{2066}' => "left-to-right isolate",
        '\u{2067}' => "right-to-left isolate",
        '\u{2068}' => "first strong isolate",
        '\u{2069}' => "end of isolate",
        '\u{206a}'..='\u{206f}' => "deprecated format control",
        '\u{2800}' => "blank Braille pattern",
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => "variation selector",
        '\u{feff}' => "zero width no-break space",
        '\u{e0000}'..='\u{e007f}' => "tag character",
        '\u{1d173}'..='\u{1d17a}' | '\u{fff9}'..='\u{fffb}' => "format control",
        '\u{400}'..='\u{52f}' => "Cyrillic letter",
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => "Greek letter",
        '\u{530}'..='\u{58f}' => "Armenian letter",
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => "Cherokee letter",
        '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}' => "fullwidth letter",
        '\u{1d400}'..='\u{1d7ff}' => "mathematical letter or digit",
        _ => return None,
    })
}

/// All of `points` in words: each different one once, then how many more there are.
pub(super) fn said(points: &[char]) -> String {
    let mut different: Vec<char> = Vec::new();
    points.iter().for_each(|c| {
        if !different.contains(c) && different.len() <= MOST_NAMED {
            different.push(*c);
        }
    });
    let mut all: Vec<String> = different.iter().take(MOST_NAMED).map(|c| named(*c)).collect();
    let more = points.len().saturating_sub(all.len());
    if more > 0 {
        all.push(format!("{more} more"));
    }
    let last = all.pop().unwrap_or_default();
    if all.is_empty() { last } else { format!("{} and {last}", all.join(", ")) }
}

/// What is printed in place of a row of characters.
pub(super) fn shown(row: &[Glyph]) -> Option<(Range<usize>, String)> {
    let (first, last) = (row.first()?, row.last()?);
    let number = |glyph: &Glyph| format!("U+{:04X}", u32::from(glyph.c));
    let text = match row.len() {
        1 => format!("[{}]", number(first)),
        2 => format!("[{} {}]", number(first), number(last)),
        many => format!("[{} … {}, {many} characters]", number(first), number(last)),
    };
    Some((first.at..last.at + last.c.len_utf8(), text))
}
