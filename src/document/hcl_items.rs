//! Where the top-level items of an HCL file begin and end, however broken they are.

use std::ops::Range;

/// The byte ranges of the items, in order.
pub(super) fn items(text: &str) -> Vec<Range<usize>> {
    let mut cutter = Cutter {
        text,
        bytes: text.as_bytes(),
        at: 0,
        from: 0,
        depth: 0,
        templates: Vec::new(),
        is_string: false,
        out: Vec::new(),
    };
    while cutter.at < cutter.bytes.len() {
        if cutter.is_string { cutter.string() } else { cutter.code() }
    }
    cutter.cut(text.len());
    cutter.out.retain(|range| !text[range.clone()].trim().is_empty());
    cutter.out
}

struct Cutter<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    from: usize,
    depth: usize,
    /// Depths at which a `${` inside a string opened.
    templates: Vec<usize>,
    is_string: bool,
    out: Vec<Range<usize>>,
}

impl Cutter<'_> {
    fn cut(&mut self, end: usize) {
        if self.from < end {
            self.out.push(self.from..end);
            self.from = end;
        }
    }

    fn next(&self) -> Option<u8> {
        self.bytes.get(self.at + 1).copied()
    }

    fn line_end(&self, from: usize) -> usize {
        memchr::memchr(b'\n', &self.bytes[from.min(self.bytes.len())..]).map_or(self.bytes.len(), |n| from + n)
    }

    /// One byte inside a string; a line end closes it, because a string has one line.
    fn string(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'\\' => self.at += 1,
            b'"' => self.is_string = false,
            b'$' | b'%' if self.next() == Some(byte) => self.at += 1,
            b'$' | b'%' if self.next() == Some(b'{') => {
                self.depth += 1;
                self.templates.push(self.depth);
                self.is_string = false;
                self.at += 1;
            }
            b'\n' => {
                self.is_string = false;
                return;
            }
            _ => {}
        }
        self.at += 1;
    }

    fn code(&mut self) {
        let byte = self.bytes[self.at];
        match byte {
            b'#' => self.at = self.line_end(self.at),
            b'/' if self.next() == Some(b'/') => self.at = self.line_end(self.at),
            b'/' if self.next() == Some(b'*') => {
                let rest = &self.bytes[self.at + 2..];
                self.at = memchr::memmem::find(rest, b"*/").map_or(self.bytes.len(), |n| self.at + n + 4);
            }
            b'<' if self.next() == Some(b'<') && self.heredoc() => {}
            b'\n' => {
                self.line();
                self.at += 1;
            }
            _ => {
                self.bracket(byte);
                self.at += 1;
            }
        }
    }

    fn bracket(&mut self, byte: u8) {
        match byte {
            b'"' => self.is_string = true,
            b'{' | b'[' | b'(' => self.depth += 1,
            b'}' | b']' | b')' => {
                if self.templates.last() == Some(&self.depth) {
                    self.templates.pop();
                    self.is_string = true;
                }
                self.depth = self.depth.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// A header at the beginning of a line starts a new item: an unclosed brace costs one item, not the file.
    fn line(&mut self) {
        let start = self.at + 1;
        let is_word = self.bytes.get(start).is_some_and(u8::is_ascii_alphabetic);
        let is_header = is_word && self.text[start..self.line_end(start)].trim_end().ends_with('{');
        if self.depth == 0 || is_header {
            self.depth = 0;
            self.templates.clear();
            self.cut(start);
        }
    }

    /// Skips a heredoc, if one begins here.
    fn heredoc(&mut self) -> bool {
        let word = self.at + 2 + usize::from(self.bytes.get(self.at + 2) == Some(&b'-'));
        let length =
            self.bytes[word..].iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')).count();
        let rest = self.bytes[word + length..].iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
        if length == 0 || !matches!(rest, None | Some(b'\n')) {
            return false;
        }
        let name = &self.text[word..word + length];
        let mut line = self.line_end(self.at) + 1;
        while line < self.bytes.len() {
            let end = self.line_end(line);
            if self.text[line..end].trim() == name {
                self.at = end;
                return true;
            }
            line = end + 1;
        }
        self.at = self.bytes.len();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn items_are_the_text_in_order(text in "[a-c {}\n\"$#<E=/*\\]\\[é]{0,60}") {
            let items = items(&text);
            prop_assert!(items.windows(2).all(|pair| pair[0].end <= pair[1].start));
            let kept: usize = items.iter().map(|item| text[item.clone()].trim().len()).sum();
            prop_assert!(kept <= text.len());
        }
    }

    #[test]
    fn strings_heredocs_and_comments_hide_braces() {
        let text = "a = \"}{\"\nb = <<E\n}}}\nE\n# {\nc {\n  d = \"${f({})}\"\n}\ne = 1\n";
        let cut: Vec<&str> = items(text).into_iter().map(|item| text[item].trim()).collect();
        assert_eq!(cut, ["a = \"}{\"", "b = <<E\n}}}\nE", "# {", "c {\n  d = \"${f({})}\"\n}", "e = 1"]);
    }
}
