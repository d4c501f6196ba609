//! Shell lines as commands and words, as much of it as tells where output goes.

use std::ops::Range;

/// Lines that a string in quotes may span.
const MOST_LINES: usize = 8;

/// Commands within commands that are read.
const DEEPEST: usize = 12;
/// Longest name in braces.
const LONGEST_NAME: usize = 256;

/// One simple command.
#[derive(Clone, Debug, Default)]
pub(super) struct Command {
    /// Its words, quotes included.
    pub(super) words: Vec<Range<usize>>,
    /// Where standard output or all output goes, if to no terminal.
    pub(super) writes: Vec<Range<usize>>,
    /// What it reads instead of a terminal: a file, or a string.
    pub(super) reads: Vec<Range<usize>>,
    /// Its output becomes part of another command.
    pub(super) captured: bool,
    /// The place of the command that reads its output.
    pub(super) feeds: Option<usize>,
    /// The place of the command whose output it reads.
    pub(super) fed_by: Option<usize>,
}

/// How lines become shell lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Script,
    Makefile,
    Dockerfile,
    Yaml,
}

/// Reads the commands of `range`, in which comments are blank.
pub(super) fn commands(code: &[u8], range: Range<usize>, host: Host) -> Vec<Command> {
    let mut reader = Reader { code, host, end: range.end.min(code.len()), depth: 0, out: Vec::new() };
    let mut at = range.start;
    while at < reader.end {
        let (start, end) = reader.line(at);
        at = reader.list(start, end, false).max(end) + 1;
    }
    reader.out
}

struct Reader<'a> {
    code: &'a [u8],
    host: Host,
    end: usize,
    depth: usize,
    out: Vec<Command>,
}

impl Reader<'_> {
    /// Where the shell text of the line at `at` begins and ends; lines that a backslash joins are one.
    fn line(&self, at: usize) -> (usize, usize) {
        let mut end = at;
        loop {
            end += memchr::memchr(b'\n', &self.code[end..self.end]).unwrap_or(self.end - end);
            let is_joined = end > at && self.code[at..end].trim_ascii_end().ends_with(b"\\") && end < self.end;
            if !is_joined {
                break;
            }
            end += 1;
        }
        let text = &self.code[at..end];
        let lead = text.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let rest = &text[lead..];
        let skip = match self.host {
            Host::Script => 0,
            Host::Makefile => rest.iter().take_while(|b| b"@-+".contains(b)).count(),
            Host::Dockerfile => rest.get(..4).filter(|w| w.eq_ignore_ascii_case(b"RUN ")).map_or(0, |_| 4),
            Host::Yaml => yaml_lead(rest),
        };
        let start = at + lead + skip;
        // All of a value may stand in quotes.
        let quote = self.code.get(start).filter(|b| self.host == Host::Yaml && b"\"'".contains(b));
        match quote {
            Some(quote) if end > start + 1 && self.code[..end].trim_ascii_end().ends_with(&[*quote]) => {
                (start + 1, end - 1)
            }
            _ => (start, end),
        }
    }

    /// Reads commands from `at` to `end`, or to the bracket that closes the list; gives where it ended.
    fn list(&mut self, mut at: usize, end: usize, captured: bool) -> usize {
        let mut command = Command { captured, ..Command::default() };
        let mut feeder: Option<usize> = None;
        let mut limit = end;
        while at < limit {
            let byte = self.code[at];
            match byte {
                b' ' | b'\t' | b'\r' | b'\\' | b'\n' => at += 1,
                b')' if captured => break,
                b'|' if self.code.get(at + 1) != Some(&b'|') => {
                    let place = self.close(&mut command, feeder, captured);
                    feeder = place.or(feeder);
                    at += 1 + usize::from(self.code.get(at + 1) == Some(&b'&'));
                }
                b';' | b'|' | b'&' | b'(' | b')' if byte != b'&' || self.code.get(at + 1) != Some(&b'>') => {
                    self.close(&mut command, feeder.take(), captured);
                    at += 1 + usize::from(self.code.get(at + 1) == Some(&byte));
                }
                // What a program reads as a file.
                b'>' | b'<' if self.code.get(at + 1) == Some(&b'(') => at = self.within(at + 2, limit) + 1,
                b'>' | b'<' | b'&' => at = self.redirect(&mut command, at, limit),
                _ => {
                    let (word, last) = self.word(at, &mut limit);
                    let is_number = self.code[word.clone()].iter().all(u8::is_ascii_digit);
                    if !(is_number && self.code.get(last).is_some_and(|b| b"<>".contains(b))) {
                        command.words.push(word);
                    } else if self.code[word.start] == b'2' {
                        // Where errors go says nothing of the rest.
                        at = self.redirect(&mut Command::default(), last, limit);
                        continue;
                    }
                    at = last.max(at + 1);
                }
            }
        }
        self.close(&mut command, feeder, captured);
        at
    }

    fn close(&mut self, command: &mut Command, feeder: Option<usize>, captured: bool) -> Option<usize> {
        let done = std::mem::replace(command, Command { captured, ..Command::default() });
        if done.words.is_empty() && done.reads.is_empty() {
            return None;
        }
        let place = self.out.len();
        self.out.push(done);
        if let Some(feeder) = feeder {
            self.out[feeder].feeds = Some(place);
            self.out[place].fed_by = Some(feeder);
        }
        Some(place)
    }

    fn redirect(&mut self, command: &mut Command, at: usize, limit: usize) -> usize {
        let signs = self.code[at..limit].iter().take_while(|b| b"<>&|".contains(b)).count();
        let sign = &self.code[at..at + signs];
        let mut start = at + signs;
        while start < limit && b" \t".contains(&self.code[start]) {
            start += 1;
        }
        let mut limit = limit;
        let (word, last) = self.word(start, &mut limit);
        if sign.starts_with(b"<<") && !sign.starts_with(b"<<<") || word.is_empty() {
            return last.max(at + signs);
        }
        if sign.starts_with(b"<") {
            command.reads.push(word)
        } else {
            command.writes.push(word)
        }
        last
    }

    /// The word at `at`, what is put together in it included; the commands in it are read on the way.
    fn word(&mut self, start: usize, limit: &mut usize) -> (Range<usize>, usize) {
        let mut at = start;
        while at < *limit {
            match self.code[at] {
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'|' | b'&' | b'<' | b'>' | b'(' | b')' => break,
                b'\\' => at += 2,
                b'\'' => at = self.quoted(at, limit),
                b'"' => at = self.double(at, limit),
                b'$' => at = self.dollar(at, *limit),
                b'`' => at = self.ticks(at, *limit),
                _ => at += 1,
            }
        }
        let at = at.min(self.end);
        (start..at, at)
    }

    /// The end of a string that begins at `at`; it may reach over a few lines.
    fn closing(&self, at: usize, limit: usize) -> Option<usize> {
        let quote = self.code[at];
        let most = if self.host == Host::Script { MOST_LINES } else { 0 };
        let mut lines = 0;
        let mut here = at + 1;
        while here < self.end {
            match self.code[here] {
                b'\\' if quote == b'"' => here += 1,
                b'\n' if here >= limit => {
                    lines += 1;
                    if lines > most {
                        return None;
                    }
                }
                byte if byte == quote => return Some(here),
                _ => {}
            }
            here += 1;
        }
        None
    }

    fn quoted(&self, at: usize, limit: &mut usize) -> usize {
        let Some(end) = self.closing(at, *limit) else { return at + 1 };
        self.reach(end, limit);
        end + 1
    }

    fn double(&mut self, at: usize, limit: &mut usize) -> usize {
        let Some(end) = self.closing(at, *limit) else { return at + 1 };
        self.reach(end, limit);
        let mut here = at + 1;
        while here < end {
            here = match self.code[here] {
                b'\\' => here + 2,
                b'$' => self.dollar(here, end),
                b'`' => self.ticks(here, end),
                _ => here + 1,
            };
        }
        end + 1
    }

    /// A string that ends on a later line takes the rest of that line with it.
    fn reach(&self, end: usize, limit: &mut usize) {
        if end > *limit {
            *limit = end + memchr::memchr(b'\n', &self.code[end..self.end]).unwrap_or(self.end - end);
        }
    }

    fn dollar(&mut self, at: usize, limit: usize) -> usize {
        let rest = &self.code[at..limit.min(at + LONGEST_NAME).max(at)];
        if rest.starts_with(b"${{") {
            return at + memchr::memmem::find(rest, b"}}").map_or(3, |end| end + 2);
        }
        if rest.starts_with(b"${") {
            return at + memchr::memchr(b'}', rest).map_or(2, |end| end + 1);
        }
        if rest.starts_with(b"$(") {
            // A variable of make stands in brackets alone.
            if self.host == Host::Makefile && !rest.starts_with(b"$((") && at > 0 && self.code[at - 1] != b'$' {
                return at + memchr::memchr(b')', rest).map_or(2, |end| end + 1);
            }
            return (self.within(at + 2, limit) + 1).min(limit.max(at + 2));
        }
        at + 1
    }

    fn ticks(&mut self, at: usize, limit: usize) -> usize {
        let Some(length) = memchr::memchr(b'`', &self.code[(at + 1).min(limit)..limit]) else { return at + 1 };
        self.within(at + 1, at + 1 + length);
        at + length + 2
    }

    /// Reads commands whose output becomes part of another.
    fn within(&mut self, at: usize, limit: usize) -> usize {
        if self.depth >= DEEPEST {
            return at;
        }
        self.depth += 1;
        let end = self.list(at, limit, true);
        self.depth -= 1;
        end
    }
}

/// Length of what stands before a command in a list or behind a key that runs it.
fn yaml_lead(rest: &[u8]) -> usize {
    const RUNS: [&[u8]; 9] = [
        b"run:",
        b"script:",
        b"command:",
        b"bash:",
        b"sh:",
        b"before_script:",
        b"after_script:",
        b"cmd:",
        b"inlineScript:",
    ];
    let mut skip = 0;
    if rest.starts_with(b"- ") {
        skip = rest.iter().skip(1).take_while(|b| **b == b' ').count() + 1;
    }
    if let Some(key) = RUNS.iter().find(|key| rest[skip..].starts_with(key)) {
        skip += key.len() + rest[skip + key.len()..].iter().take_while(|b| **b == b' ').count();
    }
    skip
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, host: Host) -> Vec<String> {
        let all = commands(text.as_bytes(), 0..text.len(), host);
        let show = |ranges: &[Range<usize>]| ranges.iter().map(|r| &text[r.clone()]).collect::<Vec<_>>().join("·");
        all.iter()
            .map(|c| {
                let more = if c.captured { "$" } else { "" };
                let feeds = c.feeds.map_or(String::new(), |to| format!(" |{to}"));
                format!("{more}{} >{} <{}{feeds}", show(&c.words), show(&c.writes), show(&c.reads))
            })
            .collect()
    }

    #[test]
    fn commands_and_where_their_output_goes_are_read() {
        assert_eq!(told("a \"b c\" 'd' 2>/dev/null > e", Host::Script), ["a·\"b c\"·'d' >e <"]);
        assert_eq!(told("a | b && c; d", Host::Script), ["a > < |1", "b > <", "c > <", "d > <"]);
        assert_eq!(told("x=$(a \"$B\" | c)", Host::Script), ["$a·\"$B\" > < |1", "$c > <", "x=$(a \"$B\" | c) > <"]);
        assert_eq!(told("a \\\n  b\nc", Host::Script), ["a·b > <", "c > <"]);
        assert_eq!(told("a <(b c) d", Host::Script), ["$b·c > <", "a·d > <"]);
        assert_eq!(told("cat <<< \"$X\"", Host::Script), ["cat > <\"$X\""]);
        assert_eq!(told("- run: echo ${{ secrets.X }}", Host::Yaml), ["echo·${{ secrets.X }} > <"]);
        assert_eq!(told("\t@echo $(X)", Host::Makefile), ["echo·$(X) > <"]);
        assert_eq!(told("RUN echo $X >&2", Host::Dockerfile), ["echo·$X >2 <"]);
    }

    #[test]
    fn a_quote_that_never_ends_is_bounded() {
        let text = format!("echo 'a\n{}", "b\n".repeat(30));
        assert!(told(&text, Host::Script).len() > 20);
    }
}
