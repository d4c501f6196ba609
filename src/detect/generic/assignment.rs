//! What a name is given: the separator after it, whatever wraps the value, and the exact span of the value.

mod separator;
mod wrapper;

use std::ops::Range;

use super::cursor::{Cursor, Quote};
use super::language::Language;
use super::name::Name;

/// How far back on a line quotes are counted, in bytes.
const LOOK_BACK: usize = 512;
/// Schemes of authentication, lower-case.
const SCHEMES: [&[u8]; 12] = [
    b"bearer",
    b"basic",
    b"token",
    b"apikey",
    b"oauth",
    b"hmac",
    b"ntlm",
    b"key",
    b"bot",
    b"ssws",
    b"splunk",
    b"geniekey",
];
/// Most brackets and calls round a value.
const MOST_WRAPPERS: usize = 4;
/// Most values of one list.
const MOST_ITEMS: usize = 16;

/// What stands between a name and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    /// `=`, `:=` and their kin.
    Equals,
    /// `:`
    Colon,
    /// `=>`
    Arrow,
    /// `==`, `!=`: the value is compared, not given.
    Compare,
    /// `,` after a quoted name: `put("password", "…")`.
    Comma,
    /// `(`: the name is that of a function.
    Call,
    /// `>`: the name is that of an element.
    Tag,
    /// Blanks: an option, a scheme, an SQL clause.
    Blank,
    /// `"name": "…", "value": "…"`.
    Pair,
}

/// What wraps the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapper {
    /// Nothing.
    None,
    /// A list or a map.
    Bracket,
    /// A conversion or constructor.
    Call,
    /// A function that looks the value up elsewhere: what stands in it is no value.
    Getter,
}

/// Where an assignment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the language of the file.
    Plain,
    /// In a comment.
    Comment,
    /// Inside a string.
    Text,
}

/// A name's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    /// Where the value stands, quotes left out.
    pub(super) value: Range<usize>,
    /// How it is quoted.
    pub(super) quote: Quote,
    /// What stands between the name and it.
    pub(super) separator: Separator,
    /// What wraps it.
    pub(super) wrapper: Wrapper,
    /// Where the assignment stands.
    pub(super) place: Place,
    /// True if a scheme such as `Bearer` stands before it.
    pub(super) has_scheme: bool,
}

/// Every value that `name` is given, in order.
pub(super) fn assignments(bytes: &[u8], name: &Name, language: Language) -> Vec<Assignment> {
    Parser { bytes, name, language, cursor: Cursor::new(bytes, name.span.end) }.run().unwrap_or_default()
}

struct Parser<'a> {
    bytes: &'a [u8],
    name: &'a Name,
    language: Language,
    cursor: Cursor<'a>,
}

impl Parser<'_> {
    fn run(mut self) -> Option<Vec<Assignment>> {
        let is_symbol = self.name.span.start > 0 && self.bytes[self.name.span.start - 1] == b':';
        let mut is_quoted = is_symbol;
        for _ in 0..4 {
            if self.cursor.quote().is_some() {
                is_quoted = true;
            } else if matches!(self.cursor.peek(), Some(b']' | b')' | b'}')) {
                self.cursor.at += 1;
            }
        }
        let separator = self.separator(is_quoted)?;
        if separator != Separator::Pair && self.is_value() {
            return None;
        }
        let mut wrapper = Wrapper::None;
        self.gap(separator);
        for _ in 0..if separator == Separator::Tag { 0 } else { MOST_WRAPPERS } {
            match self.wrapper() {
                Some(Wrapper::Getter) => return None,
                Some(found) => wrapper = found.max(wrapper),
                None => break,
            }
        }
        self.values(separator, wrapper)
    }

    /// True if what looks like a name is what another name is given: `type="password"`.
    fn is_value(&self) -> bool {
        let before = &self.bytes[self.name.span.start.saturating_sub(8)..self.name.span.start];
        let quotes = before.iter().rev().take_while(|b| matches!(b, b'"' | b'\'' | b'`' | b'\\')).count();
        let before = &before[..before.len() - quotes];
        let entity = [&b"&quot;"[..], b"&#34;"].iter().find_map(|e| before.strip_suffix(*e));
        let is_given = |text: &[u8]| text.ends_with(b"=") && !text.ends_with(b"==");
        entity.map_or(quotes > 0 && is_given(before), is_given)
    }

    /// Takes what may stand between a separator and a value: blanks, a line end before a quoted value, a block mark.
    fn gap(&mut self, separator: Separator) {
        self.cursor.blanks();
        let mut ahead = self.cursor.clone();
        if self.language == Language::Yaml && separator == Separator::Colon {
            ahead.eat_while(2, |b| matches!(b, b'|' | b'>' | b'-' | b'+'));
        }
        if !ahead.at_line_end() || matches!(separator, Separator::Blank | Separator::Tag) {
            return;
        }
        let is_block = ahead.at > self.cursor.at;
        ahead.eat_while(2, |b| matches!(b, b'\r' | b'\n'));
        ahead.blanks();
        if is_block || ahead.clone().quote().is_some() {
            self.cursor = ahead;
        }
    }

    fn values(mut self, separator: Separator, wrapper: Wrapper) -> Option<Vec<Assignment>> {
        let mut found = Vec::new();
        for _ in 0..if wrapper == Wrapper::Bracket { MOST_ITEMS } else { 1 } {
            let Some((value, quote)) = self.value(separator, wrapper) else { break };
            let (value, has_scheme) = self.without_scheme(trimmed(self.bytes, value));
            let place = self.place(quote);
            found.push(Assignment { value, quote, separator, wrapper, place, has_scheme });
            self.cursor.eat_while(32, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
            if !self.cursor.eat(",") {
                break;
            }
            self.cursor.eat_while(64, |b| matches!(b, b' ' | b'\t' | b'\r' | b'\n'));
        }
        found.retain(|assignment| !assignment.value.is_empty());
        (!found.is_empty()).then_some(found)
    }

    fn value(&mut self, separator: Separator, wrapper: Wrapper) -> Option<(Range<usize>, Quote)> {
        if let Some((quote, close)) = self.cursor.quote() {
            let value = self.cursor.until(close)?;
            // `"password": "…":` is a list of names.
            return (self.cursor.peek() != Some(b':') || separator == Separator::Equals).then_some((value, quote));
        }
        let is_tag = separator == Separator::Tag;
        if matches!(separator, Separator::Compare | Separator::Call | Separator::Comma) || wrapper != Wrapper::None {
            return None;
        }
        let value = self.bare(is_tag);
        let is_code = !self.language.has_bare_values() && self.place(Quote::None) == Place::Plain;
        if !is_tag && is_code && !is_no_expression(&self.bytes[value.clone()]) {
            return None;
        }
        let next = self.bytes.get(value.end);
        // `id-<token>` is cut short by a stand-in.
        let is_value = (next == Some(&b'<')) == is_tag && !is_expression(&self.bytes[value.clone()]);
        is_value.then_some((value, Quote::None))
    }

    fn bare(&mut self, is_tag: bool) -> Range<usize> {
        let start = self.cursor.at;
        self.scheme();
        let to_line_end = self.begins_line()
            && !matches!(self.language, Language::Prose | Language::Markup | Language::Code | Language::Json);
        self.cursor.eat_while(1024, |b| match b {
            b'\n' | b'\r' => false,
            b'<' => !is_tag && to_line_end,
            b' ' | b'\t' => is_tag,
            b'"' | b'\'' | b'`' | b'\\' => to_line_end,
            b',' | b';' | b'&' | b'>' | b')' | b'}' | b']' | b'|' => to_line_end || is_tag,
            _ => true,
        });
        let tail =
            self.bytes[start..self.cursor.at].iter().rev().take_while(|b| matches!(b, b',' | b';' | b'.')).count();
        // What ends in an ellipsis was cut short.
        if tail > 2 { start..start } else { start..self.cursor.at - tail }
    }

    /// Takes the name of a scheme and the blank after it: without quotes, too, the value goes on behind it.
    fn scheme(&mut self) {
        let word = self.cursor.rest().iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let name = &self.cursor.rest()[..word];
        if SCHEMES.iter().any(|s| name.eq_ignore_ascii_case(s)) && self.cursor.byte(word) == Some(b' ') {
            self.cursor.at += word + 1;
        }
    }

    /// True if nothing but a mark of a list, a comment or an export stands before the name on its line.
    fn begins_line(&self) -> bool {
        let start = self.name.span.start;
        let floor = start.saturating_sub(32);
        let before = &self.bytes[floor..start];
        let Some(line) = memchr::memrchr(b'\n', before).map(|i| i + 1).or((floor == 0).then_some(0)) else {
            return false;
        };
        let word = before[line..].trim_ascii();
        matches!(word, b"" | b"-" | b"#" | b"export" | b"ENV" | b"ARG" | b"//" | b"set" | b"*" | b"$" | b"- -e" | b"-e")
    }

    /// `Bearer x` is `x` after a scheme; `pass:x` is openssl's way to say `x`.
    fn without_scheme(&self, value: Range<usize>) -> (Range<usize>, bool) {
        let text = &self.bytes[value.clone()];
        if text.starts_with(b"pass:") {
            return (value.start + 5..value.end, false);
        }
        let word = text.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (name, rest) = text.split_at(word);
        let is_known = SCHEMES.iter().any(|scheme| name.eq_ignore_ascii_case(scheme));
        let is_scheme = is_known && rest.first() == Some(&b' ') && !rest[1..].contains(&b' ');
        if is_scheme { (value.start + word + 1..value.end, true) } else { (value, false) }
    }

    fn place(&self, quote: Quote) -> Place {
        let start = self.name.span.start;
        let floor = start.saturating_sub(LOOK_BACK);
        let line = memchr::memrchr(b'\n', &self.bytes[floor..start]).map_or(floor, |i| floor + i + 1);
        let before = &self.bytes[line..start];
        let lead = before.trim_ascii_start();
        let marks: [&[u8]; 7] = [b"//", b"#", b"*", b"--", b";", b"<!--", b"/*"];
        let has_mark = |mark: &[u8]| before.windows(mark.len()).any(|w| w == mark);
        if marks.iter().any(|mark| lead.starts_with(mark) && !lead.starts_with(b"--p"))
            || has_mark(b" // ")
            || has_mark(b" # ")
        {
            return Place::Comment;
        }
        let odd = |mark: u8| before.iter().filter(|b| **b == mark).count() % 2 == 1;
        let in_string = quote == Quote::Escaped || quote == Quote::None && (odd(b'"') || odd(b'\'') || odd(b'`'));
        if in_string { Place::Text } else { Place::Plain }
    }
}

/// `os.environ[…]`, `read(path)`: something to be worked out.
fn is_expression(value: &[u8]) -> bool {
    let name = value.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')).count();
    name > 0 && matches!(value.get(name), Some(b'(' | b'['))
}

/// True for what no name or number of a program looks like, so that it must be part of a text of several lines.
fn is_no_expression(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let is_token = value.iter().all(|b| b.is_ascii_alphanumeric() || b"+/=_-.%!@#^~".contains(b));
    let begins_name = value.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'@'));
    let is_number = value.starts_with(b"0x") || letters <= 2;
    let is_joined = value.iter().any(|b| b"+/=%".contains(b)) && digits > 1;
    value.len() >= 8 && is_token && digits > 0 && !is_number && (!begins_name || is_joined)
}

fn trimmed(bytes: &[u8], value: Range<usize>) -> Range<usize> {
    let text = &bytes[value.clone()];
    let start = value.start + (text.len() - text.trim_ascii_start().len());
    start..start + text.trim_ascii().len()
}
