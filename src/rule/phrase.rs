//! A phrase of a rule: words on one line, with an assignment between them in whatever way the format writes one.

/// Bytes that may stand between two words of a phrase.
const BETWEEN: usize = 12;

/// Words that follow each other on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    pieces: Vec<Piece>,
    longest: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Word(String),
    /// `=`, `:`, `=>`, or the bracket or comma of a call.
    Assigned,
}

impl Phrase {
    /// Reads `NAME = value`, `name`, or `word word`.
    pub(super) fn new(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let pieces: Vec<Piece> = lower
            .split_whitespace()
            .map(|word| if word == "=" { Piece::Assigned } else { Piece::Word(word.to_owned()) })
            .collect();
        let words = pieces.iter().filter_map(|piece| if let Piece::Word(word) = piece { Some(word) } else { None });
        let longest = words.max_by_key(|word| word.len()).cloned().unwrap_or_default();
        Self { pieces, longest }
    }

    /// The word that leads here.
    pub fn longest(&self) -> &str {
        &self.longest
    }

    /// Its first word.
    pub fn first(&self) -> &str {
        match self.pieces.first() {
            Some(Piece::Word(word)) => word,
            _ => "",
        }
    }

    /// Where the phrase stands in `line`.
    pub fn find(&self, line: &[u8]) -> Option<std::ops::Range<usize>> {
        let lower = line.to_ascii_lowercase();
        let Some(Piece::Word(first)) = self.pieces.first() else { return None };
        memchr::memmem::find_iter(&lower, first.as_bytes())
            .find_map(|start| self.stands(&lower, start).map(|end| start..end))
    }

    /// The end of the phrase if it begins at `start`.
    fn stands(&self, line: &[u8], start: usize) -> Option<usize> {
        let mut at = start;
        let mut must_assign = false;
        for (n, piece) in self.pieces.iter().enumerate() {
            let word = match piece {
                Piece::Word(word) => word.as_bytes(),
                Piece::Assigned => {
                    must_assign = true;
                    continue;
                }
            };
            if n > 0 {
                let rest = &line[at..];
                let gap = rest.iter().take(BETWEEN).take_while(|b| b" \t\"'`:=>(,[]$".contains(b)).count();
                let has_sign = rest[..gap].iter().any(|b| b":=(,".contains(b));
                if (must_assign && !has_sign) || (!must_assign && rest[..gap].iter().any(|b| !b" \t\"'".contains(b))) {
                    return None;
                }
                must_assign = false;
                at += gap;
            }
            if !line[at..].starts_with(word) || !is_apart(line, at, word) {
                return None;
            }
            at += word.len();
        }
        Some(at)
    }
}

/// True if the word is no part of a longer one.
fn is_apart(line: &[u8], at: usize, word: &[u8]) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let starts = word.first().is_some_and(|b| is_part(*b));
    let ends = word.last().is_some_and(|b| is_part(*b));
    let before = at.checked_sub(1).map(|at| line[at]);
    let after = line.get(at + word.len());
    let runs_on = (starts && before.is_some_and(is_part)) || (ends && after.is_some_and(|b| is_part(*b)));
    !runs_on
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_assignment_is_read_in_every_format() {
        let phrase = Phrase::new("CI_DEBUG_TRACE = true");
        for line in
            ["CI_DEBUG_TRACE: \"true\"", "ci_debug_trace=true", "'CI_DEBUG_TRACE' => true", "set(CI_DEBUG_TRACE, true)"]
        {
            assert!(phrase.find(line.as_bytes()).is_some(), "{line}");
        }
        for line in
            ["CI_DEBUG_TRACE: false", "MY_CI_DEBUG_TRACE=true", "CI_DEBUG_TRACE true", "CI_DEBUG_TRACE: trueish"]
        {
            assert!(phrase.find(line.as_bytes()).is_none(), "{line}");
        }
        assert_eq!(Phrase::new("::add-mask::").find(b"echo ::add-mask::$X"), Some(5..17));
    }
}
