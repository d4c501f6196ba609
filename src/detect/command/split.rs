//! The plain splitter: it takes one line after the other into commands, and never gives up.

use super::script::Syntax;
use super::words::{Command, Word, is_assignment, unquoted};
use super::wrap::{eats, effective, runs_text};

/// How many commands of a pipe count as fed by one.
const LONGEST_PIPE: usize = 16;
/// Words before a command that are none of it.
const KEYWORDS: [&str; 12] = ["if", "then", "else", "elif", "do", "while", "until", "!", "{", "(", "time", "function"];

/// The commands of one line (or of several that belong together), as far as a plain look tells.
pub(super) fn split(line: &str, offset: usize, syntax: Syntax) -> Vec<Command> {
    let mut splitter = Splitter { line, offset, syntax, at: 0, out: Vec::new(), current: Command::default() };
    splitter.run();
    splitter.out
}

struct Splitter<'a> {
    line: &'a str,
    offset: usize,
    syntax: Syntax,
    at: usize,
    out: Vec<Command>,
    current: Command,
}

impl Splitter<'_> {
    fn run(&mut self) {
        let mut pipe_from = 0;
        while let Some(&byte) = self.line.as_bytes().get(self.at) {
            let next = self.line.as_bytes().get(self.at + 1).copied();
            match byte {
                b' ' | b'\t' | b'\r' => self.at += 1,
                b'\\' if matches!(next, Some(b'\n')) => self.at += 2,
                b'#' if self.syntax == Syntax::Posix && self.is_word_start() => self.skip_line(),
                b'|' if next != Some(b'|') => {
                    self.end();
                    self.at += 1;
                    // What a pipe ends in runs what comes through it, so the line break behind it is none.
                    while self.line[self.at..].starts_with(['\n', ' ', '\t', '&']) {
                        self.at += 1;
                    }
                }
                b'|' | b';' | b'\n' | b'(' | b')' | b'`' => {
                    self.end();
                    self.feed(pipe_from);
                    pipe_from = self.out.len();
                    self.at += 1;
                }
                b'&' if !matches!(next, Some(b'>')) => {
                    self.end();
                    self.feed(pipe_from);
                    pipe_from = self.out.len();
                    self.at += 1;
                }
                b'<' | b'>' | b'&' => self.redirect(),
                _ => self.word(),
            }
        }
        self.end();
        self.feed(pipe_from);
    }

    fn is_word_start(&self) -> bool {
        self.at == 0 || self.line.as_bytes()[self.at - 1].is_ascii_whitespace()
    }

    fn skip_line(&mut self) {
        self.at = memchr::memchr(b'\n', &self.line.as_bytes()[self.at..]).map_or(self.line.len(), |end| self.at + end);
    }

    /// The end of the word that begins here; quotes and substitutions belong to it.
    fn word_end(&self) -> usize {
        let bytes = self.line.as_bytes();
        let (mut at, mut quote, mut depth) = (self.at, 0u8, 0usize);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'\\' if quote != b'\'' && self.syntax == Syntax::Posix => at += 1,
                b'\'' | b'"' if quote == 0 => quote = byte,
                _ if quote == byte => quote = 0,
                b'(' | b'{' if quote != b'\'' && at > 0 && (depth > 0 || bytes[at - 1] == b'$') => depth += 1,
                b')' | b'}' if quote != b'\'' && depth > 0 => depth -= 1,
                b' ' | b'\t' | b'\r' | b'\n' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' | b'`'
                    if quote == 0 && depth == 0 =>
                {
                    break;
                }
                _ => {}
            }
            at += 1;
        }
        let mut end = at.min(bytes.len());
        while !self.line.is_char_boundary(end) {
            end += 1;
        }
        end.max(self.at + 1).min(bytes.len())
    }

    fn word(&mut self) {
        let end = self.word_end();
        let raw = &self.line[self.at..end];
        if self.syntax == Syntax::Posix && !raw.starts_with('\'') {
            for (at, _) in raw.match_indices("$(") {
                self.nested(self.at + at + 2, end);
            }
        }
        let text = unquoted(raw, self.syntax);
        let is_first = self.current.words.is_empty();
        if is_first && is_assignment(raw) {
            self.current.sets.push(text);
        } else if !(is_first && KEYWORDS.contains(&raw)) {
            // Neither programs nor options have a case there.
            let text = if self.syntax == Syntax::Windows { text.to_lowercase() } else { text };
            self.current.words.push(Word { text, span: self.offset + self.at..self.offset + end });
        }
        self.at = end;
    }

    /// What a substitution runs; the program that gets its output as text may run that.
    fn nested(&mut self, start: usize, end: usize) {
        let inner = &self.line[start..end];
        let mut depth = 1usize;
        let close = inner.bytes().position(|byte| {
            depth = match byte {
                b'(' => depth + 1,
                b')' => depth - 1,
                _ => depth,
            };
            depth == 0
        });
        // Only the outermost one is taken here: it finds what stands in it by itself.
        let inner = &inner[..close.unwrap_or(inner.len())];
        let eater = effective(&self.current).to_owned();
        for mut command in split(inner, self.offset + start, self.syntax) {
            if runs_text(&eater) {
                command.feeds.push(eater.clone());
            }
            if !self.out.iter().any(|known| known.span == command.span) {
                self.out.push(command);
            }
        }
    }

    fn redirect(&mut self) {
        let bytes = self.line.as_bytes();
        let start = self.at;
        while matches!(bytes.get(self.at), Some(b'<' | b'>' | b'&' | b'|')) {
            self.at += 1;
        }
        let operator = &self.line[start..self.at];
        if operator.starts_with("<<") {
            return self.here(operator);
        }
        // A number right before it is no argument.
        if self.current.words.last().is_some_and(|w| w.span.end == self.offset + start && is_number(&w.text)) {
            self.current.words.pop();
        }
        if matches!(bytes.get(self.at), Some(b'(')) {
            self.nested(self.at + 1, self.line.len());
            self.at += 1;
            return;
        }
        while matches!(bytes.get(self.at), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        if self.at >= bytes.len() || matches!(bytes[self.at], b'\n' | b'(' | b')' | b';') {
            return;
        }
        let end = self.word_end();
        if operator.contains('>') {
            self.current.writes.push(unquoted(&self.line[self.at..end], self.syntax));
        }
        self.at = end;
    }

    /// A here-document: what follows the line is input.
    fn here(&mut self, operator: &str) {
        let rest = &self.line[self.at..];
        if operator == "<<<" {
            return;
        }
        if let Some(end) = rest.find('\n') {
            self.current.input.push_str(&rest[end..]);
            let keep = self.at + end;
            let line = self.line;
            self.line = &line[..keep];
        }
        while matches!(self.line.as_bytes().get(self.at), Some(b' ' | b'-')) {
            self.at += 1;
        }
        if self.at < self.line.len() {
            self.at = self.word_end();
        }
    }

    fn end(&mut self) {
        let mut command = std::mem::take(&mut self.current);
        if let (Some(first), Some(last)) = (command.words.first(), command.words.last()) {
            command.span = first.span.start..last.span.end;
            self.out.push(command);
        }
    }

    /// Each command of a pipe feeds all that come after it.
    fn feed(&mut self, from: usize) {
        for at in from..self.out.len().saturating_sub(1) {
            let after: Vec<String> =
                self.out[at + 1..].iter().take(LONGEST_PIPE).filter_map(eats).map(str::to_owned).collect();
            self.out[at].feeds.extend(after);
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}
