//! Characters that are not seen, each judged by what stands beside it.

use super::audience::Audience;
use super::found::{Found, Glyph, Grade, MOST_PLACES, glyphs};
use super::points;
use crate::rule::Hidden;

/// Characters in a row that carry data rather than layout.
const ROW: usize = 8;
/// On one line, in no row.
const MANY: usize = 24;
/// Variation selectors on one line that vary nothing and stand alone.
const LONE_SELECTORS: usize = 4;
/// What the characters of `bytes`, a line or a part of one that begins at `start`, hide.
pub(super) fn signs(bytes: &[u8], start: usize, audience: Audience) -> Vec<Found> {
    let line = Line { glyphs: glyphs(bytes, start) };
    let kinds = [line.tags(), line.bidi(), line.selectors(), line.zero_width(), line.fillers()];
    kinds.into_iter().flatten().filter_map(|row| line.found(row, audience)).collect()
}

/// Characters of one line that hide in one way, by their places in the line.
struct Row {
    what: Hidden,
    grade: Grade,
    all: Vec<usize>,
}

struct Line {
    glyphs: Vec<Glyph>,
}

impl Line {
    fn found(&self, row: Row, audience: Audience) -> Option<Found> {
        let severity = audience.weigh(row.what, row.grade)?;
        let points: Vec<char> = row.all.iter().map(|at| self.glyphs[*at].c).collect();
        let rows = row.all.chunk_by(|a, b| *b == a + 1);
        let places = rows.filter_map(|run| points::shown(&self.glyphs[run[0]..run[0] + run.len()])).take(MOST_PLACES);
        let (said, key) = (points::said(&points), points.iter().collect());
        Some(Found { what: row.what, grade: row.grade, severity, places: places.collect(), said, key })
    }

    fn char(&self, at: usize) -> Option<char> {
        self.glyphs.get(at).map(|glyph| glyph.c)
    }

    fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|at| self.char(at))
    }

    fn any(&self, is: impl Fn(char) -> bool) -> bool {
        self.glyphs.iter().any(|glyph| is(glyph.c))
    }

    fn all(&self, is: impl Fn(char) -> bool) -> Vec<usize> {
        (0..self.glyphs.len()).filter(|at| is(self.glyphs[*at].c)).collect()
    }

    /// Tags outside of flags.
    fn tags(&self) -> Option<Row> {
        let mut all = Vec::new();
        let mut at = 0;
        while let Some(c) = self.char(at) {
            match c {
                '\u{1F3F4}' => at += 1 + self.flag(at + 1),
                '\u{E0000}'..='\u{E007F}' => {
                    all.push(at);
                    at += 1;
                }
                _ => at += 1,
            }
        }
        row(Hidden::Tag, Grade::Strong, all)
    }

    /// How many tags from `at` on make a flag: the code of a region, then the end.
    fn flag(&self, at: usize) -> usize {
        let is_code = |c: &char| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}');
        let code = (at..).map_while(|at| self.char(at)).take_while(is_code).count();
        let is_whole = (4..=6).contains(&code) && self.char(at + code) == Some('\u{E007F}');
        if is_whole { code + 1 } else { 0 }
    }

    fn bidi(&self) -> Option<Row> {
        let controls = self.all(|c| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
        let is_rtl = self.any(is_right_to_left);
        if controls.is_empty() {
            let marks = self.all(|c| matches!(c, '\u{200E}' | '\u{200F}' | '\u{61C}'));
            return if is_rtl { None } else { row(Hidden::Bidi, Grade::Mark, marks) };
        }
        let overrides = controls.iter().any(|at| matches!(self.glyphs[*at].c, '\u{202D}' | '\u{202E}'));
        let grade = match (overrides || !self.is_closed(&controls), is_rtl) {
            (true, _) => Grade::Strong,
            (false, false) => Grade::Plain,
            (false, true) => Grade::Mild,
        };
        row(Hidden::Bidi, grade, controls)
    }

    /// True if whatever the controls open is closed again on the line, in order.
    fn is_closed(&self, controls: &[usize]) -> bool {
        let mut open = Vec::new();
        for at in controls {
            match self.glyphs[*at].c {
                '\u{202C}' if open.pop() != Some('\u{202C}') => return false,
                '\u{2069}' if open.pop() != Some('\u{2069}') => return false,
                '\u{202C}' | '\u{2069}' => {}
                '\u{2066}'..='\u{2068}' => open.push('\u{2069}'),
                _ => open.push('\u{202C}'),
            }
        }
        open.is_empty()
    }

    fn selectors(&self) -> Option<Row> {
        let is_selector = |c: char| matches!(c, '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}');
        let all = self.all(is_selector);
        let (mut rows, mut lone, mut longest) = (Vec::new(), Vec::new(), 0);
        for run in all.chunk_by(|a, b| *b == a + 1) {
            let base = self.before(run[0]);
            match run {
                [_] if self.is_varied(base, self.glyphs[run[0]].c) => {}
                // Twice the same behind an emoji is a slip.
                [a, b] if self.char(*a) == self.char(*b) && base.is_some_and(is_pictograph) => {}
                [_] => lone.extend_from_slice(run),
                _ => {
                    longest = longest.max(run.len());
                    rows.extend_from_slice(run);
                }
            }
        }
        match (rows.is_empty(), longest >= ROW || rows.len() >= MANY) {
            (false, true) => row(Hidden::Variation, Grade::Strong, rows),
            (false, false) => row(Hidden::Variation, Grade::Plain, rows),
            (true, _) if lone.len() >= MANY => row(Hidden::Variation, Grade::Strong, lone),
            (true, _) if lone.len() >= LONE_SELECTORS => row(Hidden::Variation, Grade::Plain, lone),
            (true, _) => row(Hidden::Variation, Grade::Mild, lone),
        }
    }

    /// True if `selector` can change how `base` looks.
    fn is_varied(&self, base: Option<char>, selector: char) -> bool {
        let Some(base) = base else { return false };
        match selector {
            '\u{FE0E}' | '\u{FE0F}' => is_pictograph(base) || matches!(base, '0'..='9' | '#' | '*' | '\u{20E3}'),
            '\u{FE00}'..='\u{FE0D}' => !base.is_ascii() || base == '0',
            _ => is_ideograph(base),
        }
    }

    fn zero_width(&self) -> Option<Row> {
        let all = self.all(|c| {
            matches!(c, '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}' | '\u{206A}'..='\u{206F}' | '\u{FEFF}' | '\u{180E}'
                | '\u{34F}' | '\u{1D173}'..='\u{1D17A}' | '\u{FFF9}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}')
        });
        let runs = all.chunk_by(|a, b| *b == a + 1);
        let longest = runs.map(<[usize]>::len).max().unwrap_or(0);
        let needless: Vec<usize> =
            all.chunk_by(|a, b| *b == a + 1).filter(|run| !self.is_needed(run)).flatten().copied().collect();
        let grade = match (&needless[..], longest >= ROW || needless.len() >= MANY) {
            (_, true) => Grade::Strong,
            // The mark of a file that was put behind another.
            ([0], _) if self.char(0) == Some('\u{FEFF}') => Grade::Mild,
            // Where a long word may be parted: pages are full of it.
            (all, _) if all.iter().all(|at| self.char(*at) == Some('\u{AD}')) => Grade::Mild,
            _ => Grade::Plain,
        };
        row(Hidden::ZeroWidth, grade, needless)
    }

    /// True if writing needs what stands at `run` between its neighbours.
    fn is_needed(&self, run: &[usize]) -> bool {
        let (Some(first), Some(last)) = (run.first(), run.last()) else { return true };
        let (before, after) = (self.before(*first), self.char(last + 1));
        let either = |is: fn(char) -> bool| before.is_some_and(is) || after.is_some_and(is);
        match self.glyphs[*first].c {
            _ if run.len() > 2 => false,
            '\u{200C}' | '\u{200D}' if either(joins) => true,
            '\u{200D}' => before.is_some_and(is_pictograph_part) && after.is_some_and(is_pictograph),
            '\u{200B}' | '\u{2060}' | '\u{FEFF}' => either(breaks_without_space),
            '\u{180E}' => either(|c| matches!(c, '\u{1820}'..='\u{18AA}')),
            '\u{34F}' => either(|c| matches!(c, '\u{300}'..='\u{36F}' | '\u{590}'..='\u{5FF}')),
            '\u{1D173}'..='\u{1D17A}' => either(|c| matches!(c, '\u{1D100}'..='\u{1D1FF}')),
            _ => false,
        }
    }

    fn fillers(&self) -> Option<Row> {
        let fillers =
            self.all(|c| matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{FFA0}' | '\u{17B4}' | '\u{17B5}'));
        let is_beside = |at: &usize| {
            let near = [self.before(*at), self.char(at + 1)];
            near.into_iter().flatten().any(|c| {
                matches!(c, '\u{1100}'..='\u{11FF}' | '\u{3131}'..='\u{318E}' | '\u{1780}'..='\u{17FF}')
                    && !matches!(c, '\u{115F}' | '\u{1160}' | '\u{3164}' | '\u{17B4}' | '\u{17B5}')
            })
        };
        let alone: Vec<usize> = fillers.into_iter().filter(|at| !is_beside(at)).collect();
        if !alone.is_empty() {
            return row(Hidden::Filler, Grade::Plain, alone);
        }
        let is_picture = self.any(|c| matches!(c, '\u{2801}'..='\u{28FF}'));
        let blanks = self.all(|c| c == '\u{2800}');
        if is_picture { None } else { row(Hidden::Filler, Grade::Mild, blanks) }
    }
}

fn row(what: Hidden, grade: Grade, all: Vec<usize>) -> Option<Row> {
    (!all.is_empty()).then_some(Row { what, grade, all })
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}'
        | '\u{1E800}'..='\u{1EFFF}')
        && c != '\u{61C}'
}

/// Letters of scripts that join, or stack, their letters.
fn joins(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{109F}' | '\u{1700}'..='\u{1CFF}' | '\u{A800}'..='\u{ABFF}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFC}' | '\u{10A00}'..='\u{11FFF}' | '\u{1E900}'..='\u{1E95F}')
        && !matches!(c, '\u{61C}' | '\u{AB30}'..='\u{ABBF}' | '\u{A960}'..='\u{A97F}' | '\u{180B}'..='\u{180F}')
}

/// Letters of scripts that put no space between words.
fn breaks_without_space(c: char) -> bool {
    is_ideograph(c)
        || matches!(c, '\u{E00}'..='\u{EFF}' | '\u{F00}'..='\u{FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
            | '\u{3000}'..='\u{30FF}' | '\u{FF00}'..='\u{FF9F}' | '\u{AC00}'..='\u{D7AF}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}'
        | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{323AF}')
}

fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2100}'..='\u{214F}' | '\u{2190}'..='\u{23FF}'
        | '\u{2460}'..='\u{24FF}' | '\u{25A0}'..='\u{27BF}' | '\u{2900}'..='\u{297F}' | '\u{2B00}'..='\u{2BFF}'
        | '\u{3030}' | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}')
}

/// What may stand before a joiner in an emoji.
fn is_pictograph_part(c: char) -> bool {
    is_pictograph(c) || matches!(c, '\u{FE0E}' | '\u{FE0F}' | '\u{20E3}' | '\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<(Hidden, Grade)> {
        signs(text.as_bytes(), 0, Audience::Code).into_iter().map(|found| (found.what, found.grade)).collect()
    }

    #[test]
    fn what_writing_needs_is_silent() {
        for text in [
            "👩\u{200d}💻 👨🏽\u{200d}🚀 ❤\u{fe0f}\u{200d}🔥 1\u{fe0f}\u{20e3} ©\u{fe0f}",
            "🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}",
            "می\u{200c}خواهم",
            "क\u{94d}\u{200d}ष",
            "ภาษา\u{200b}ไทย",
            "葛\u{e0100}",
            "שלום\u{200f} abc",
        ] {
            assert_eq!(told(text), [], "{text:?}");
        }
    }

    #[test]
    fn what_hides_is_graded() {
        let selectors: String = ('\u{e0100}'..).take(12).collect();
        let spelled: String = "ab".chars().map(|c| char::from_u32(0xE0000 + u32::from(c)).unwrap_or(c)).collect();
        for (text, what, grade) in [
            ("a\u{202e}b".to_owned(), Hidden::Bidi, Grade::Strong),
            ("\u{2066}a\u{2069}".into(), Hidden::Bidi, Grade::Plain),
            ("\u{2067}שלום\u{2069}".into(), Hidden::Bidi, Grade::Mild),
            ("a\u{200e}b".into(), Hidden::Bidi, Grade::Mark),
            (spelled, Hidden::Tag, Grade::Strong),
            (format!("x{selectors}"), Hidden::Variation, Grade::Strong),
            ("us\u{200b}er".into(), Hidden::ZeroWidth, Grade::Plain),
            ("\u{feff}a".into(), Hidden::ZeroWidth, Grade::Mild),
            ("co\u{ad}operate".into(), Hidden::ZeroWidth, Grade::Mild),
            ("\u{200b}\u{200c}".repeat(5), Hidden::ZeroWidth, Grade::Strong),
            ("const \u{3164} = 1".into(), Hidden::Filler, Grade::Plain),
        ] {
            assert_eq!(told(&text), [(what, grade)], "{text:?}");
        }
    }

    #[test]
    fn an_unfinished_flag_is_text() {
        assert_eq!(told("🏴\u{e0067}\u{e0062}"), [(Hidden::Tag, Grade::Strong)]);
        assert_eq!(
            told("🏴\u{e0067}\u{e0062}\u{e0067}\u{e0062}\u{e0067}\u{e0062}\u{e0067}\u{e007f}"),
            [(Hidden::Tag, Grade::Strong)]
        );
    }
}
