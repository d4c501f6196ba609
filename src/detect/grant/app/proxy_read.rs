//! Configuration of web servers as a list of directives that know the block around them.

use std::collections::HashMap;
use std::ops::Range;

/// Blocks in blocks that are read.
const MOST_LEVELS: usize = 64;

/// One directive, or the head of a block.
#[derive(Debug)]
pub(super) struct Directive {
    pub(super) name: String,
    pub(super) arguments: Vec<String>,
    pub(super) parent: Option<usize>,
    pub(super) span: Range<usize>,
}

/// A file, read.
#[derive(Debug, Default)]
pub(super) struct Directives {
    pub(super) all: Vec<Directive>,
    /// Indices of what stands directly in each block; the last entry is for the file itself.
    inside: Vec<Vec<usize>>,
    /// The same by name.
    named: HashMap<(usize, String), Vec<usize>>,
}

impl Directives {
    fn add(&mut self, words: Vec<(String, Range<usize>)>, parent: Option<usize>) -> Option<usize> {
        let mut words = words.into_iter();
        let (name, first) = words.next()?;
        let mut span = first;
        let arguments = words
            .map(|(word, at)| {
                span.end = at.end;
                word
            })
            .collect();
        self.all.push(Directive { name: name.to_ascii_lowercase(), arguments, parent, span });
        Some(self.all.len() - 1)
    }

    fn indexed(mut self) -> Self {
        self.inside = vec![Vec::new(); self.all.len() + 1];
        for (at, directive) in self.all.iter().enumerate() {
            let of = directive.parent.unwrap_or(self.all.len());
            if let Some(list) = self.inside.get_mut(of) {
                list.push(at);
            }
            self.named.entry((of, directive.name.clone())).or_default().push(at);
        }
        self
    }

    /// What stands directly in a block, or in the file.
    pub(super) fn children(&self, of: Option<usize>) -> impl Iterator<Item = (usize, &Directive)> {
        let list = self.inside.get(of.unwrap_or(self.all.len())).map_or(&[][..], Vec::as_slice);
        list.iter().filter_map(|&at| Some((at, self.all.get(at)?)))
    }

    /// The directives of these names directly in a block, or in the file.
    pub(super) fn named(&self, of: Option<usize>, names: &[&str]) -> Vec<&Directive> {
        let of = of.unwrap_or(self.all.len());
        let places = names.iter().filter_map(|name| self.named.get(&(of, (*name).to_owned())));
        let mut places: Vec<usize> = places.flatten().copied().collect();
        places.sort_unstable();
        places.into_iter().filter_map(|at| self.all.get(at)).collect()
    }

    /// The directives of these names that hold in a block: its own, else those of the next block around that has any.
    pub(super) fn inherited(&self, block: usize, names: &[&str]) -> Vec<&Directive> {
        let mut at = Some(block);
        loop {
            let own = self.named(at, names);
            match at {
                Some(now) if own.is_empty() => at = self.all.get(now).and_then(|block| block.parent),
                _ => return own,
            }
        }
    }

    /// A block with the blocks around it, inmost first.
    pub(super) fn around(&self, of: usize) -> impl Iterator<Item = (usize, &Directive)> {
        let places = std::iter::successors(Some(of), |at| self.all.get(*at)?.parent);
        places.filter_map(|at| Some((at, self.all.get(at)?)))
    }
}

type Word = (String, Range<usize>);

/// Words of a line or a file: quotes hold some together, `#` begins a comment where a word would begin.
struct Words<'t> {
    text: &'t str,
    at: usize,
}

impl Words<'_> {
    /// The next word, or one of the signs of `signs` by itself.
    fn next(&mut self, signs: &[u8]) -> Option<Word> {
        let bytes = self.text.as_bytes();
        loop {
            let byte = *bytes.get(self.at)?;
            let start = self.at;
            if signs.contains(&byte) {
                self.at += 1;
                return Some(((byte as char).to_string(), start..self.at));
            }
            match byte {
                b'#' => self.at = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |n| start + n),
                b if b.is_ascii_whitespace() => self.at += 1,
                b'"' | b'\'' => {
                    let end = bytes[start + 1..].iter().position(|&b| b == byte).map_or(bytes.len(), |n| start + n + 2);
                    self.at = end;
                    let inner = self.text.get(start + 1..end.saturating_sub(1)).unwrap_or_default();
                    return Some((inner.to_owned(), start..end));
                }
                _ => {
                    let is_end = |(at, b): (usize, &u8)| {
                        b.is_ascii_whitespace() || (signs.contains(b) && !is_variable(bytes, start, start + at))
                    };
                    let length = bytes[start..].iter().enumerate().position(|(at, b)| is_end((at, b)));
                    self.at = length.map_or(bytes.len(), |n| start + n).max(start + 1);
                    return Some((self.text.get(start..self.at).unwrap_or_default().to_owned(), start..self.at));
                }
            }
        }
    }
}

/// A bracket that belongs to a word: `${name}`, `{$NAME}`, `\d{2}`.
fn is_variable(bytes: &[u8], start: usize, at: usize) -> bool {
    let opens = |at: usize| at > start && bytes.get(at) == Some(&b'{');
    match bytes.get(at) {
        Some(b'{') => opens(at) && bytes.get(at + 1).is_some_and(|b| !b.is_ascii_whitespace()),
        Some(b'}') => (start..at).rev().take(64).any(|back| bytes.get(back) == Some(&b'{')),
        _ => false,
    }
}

/// nginx: directives end with a semicolon, blocks stand in curly brackets.
pub(super) fn nginx(text: &str) -> Directives {
    let mut words = Words { text, at: 0 };
    let (mut out, mut open, mut current): (Directives, Vec<Option<usize>>, Vec<Word>) = Default::default();
    let mut skipped = 0usize;
    while let Some((word, span)) = words.next(b";{}") {
        let parent = open.last().copied().flatten();
        match word.as_str() {
            ";" => drop(out.add(std::mem::take(&mut current), parent)),
            "{" if open.len() >= MOST_LEVELS => skipped += 1,
            "{" => {
                let block = out.add(std::mem::take(&mut current), parent).or(parent);
                open.push(block);
            }
            "}" if skipped > 0 => skipped -= 1,
            "}" => {
                open.pop();
                current.clear();
            }
            _ => current.push((word, span)),
        }
    }
    out.indexed()
}

/// Caddy: directives end with their line; a curly bracket at the end of one opens a block.
pub(super) fn caddy(text: &str) -> Directives {
    let (mut out, mut open): (Directives, Vec<Option<usize>>) = Default::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let mut words = Words { text: line, at: 0 };
        let mut current: Vec<Word> = Vec::new();
        while let Some((word, span)) = words.next(&[]) {
            current.push((word, span.start + start..span.end + start));
        }
        let parent = open.last().copied().flatten();
        match current.last().map(|(word, _)| word.as_str()) {
            Some("{") => {
                current.pop();
                let block = out.add(current, parent).or(parent);
                if open.len() < MOST_LEVELS {
                    open.push(block);
                }
            }
            Some("}") if current.len() == 1 => drop(open.pop()),
            _ => drop(out.add(current, parent)),
        }
    }
    out.indexed()
}

/// Apache: a directive on each line, sections in angle brackets.
pub(super) fn apache(text: &str) -> Directives {
    let (mut out, mut open): (Directives, Vec<Option<usize>>) = Default::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let trimmed = line.trim();
        if trimmed.starts_with("</") {
            open.pop();
            continue;
        }
        let is_section = trimmed.starts_with('<');
        let mut words = Words { text: line, at: 0 };
        let mut current: Vec<Word> = Vec::new();
        while let Some((word, span)) = words.next(b"<>") {
            if !matches!(word.as_str(), "<" | ">") {
                current.push((word, span.start + start..span.end + start));
            }
        }
        let parent = open.last().copied().flatten();
        let made = out.add(current, parent);
        if is_section && open.len() < MOST_LEVELS {
            open.push(made.or(parent));
        }
    }
    out.indexed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(read: &Directives) -> Vec<String> {
        let one = |one: &Directive| format!("{:?} {} {}", one.parent, one.name, one.arguments.join(" "));
        read.all.iter().map(one).collect()
    }

    #[test]
    fn three_shapes() {
        let text = "# c\nserver { server_name a b; location ~ \"^/x{2}$\" { return 301 https://$host${uri}; } }";
        let want = [
            "None server ",
            "Some(0) server_name a b",
            "Some(0) location ~ ^/x{2}$",
            "Some(2) return 301 https://$host${uri}",
        ];
        assert_eq!(told(&nginx(text)), want);
        let text = "a.org {\n  basic_auth /x/* {\n    bob hash\n  }\n  respond {$ANSWER}\n}\n";
        let want = ["None a.org ", "Some(0) basic_auth /x/*", "Some(1) bob hash", "Some(0) respond {$ANSWER}"];
        assert_eq!(told(&caddy(text)), want);
        let text = "<Location \"/a\">\n Require valid-user\n</Location>\nOptions -Indexes\n";
        assert_eq!(told(&apache(text)), ["None location /a", "Some(0) require valid-user", "None options -Indexes"]);
    }

    #[test]
    fn hostile_text_ends() {
        for text in ["{", "}", "a {", "a;", "\"", "<a>\n", "#", "a{\n", "é{"] {
            let text = text.repeat(20_000);
            for read in [nginx(&text), caddy(&text), apache(&text)] {
                read.all.iter().enumerate().take(100).for_each(|(at, _)| drop(read.inherited(at, &["x"])));
            }
        }
    }
}
