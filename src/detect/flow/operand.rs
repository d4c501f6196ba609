//! What a call is handed: every name whose value goes in, and no name that is only asked about, measured or masked.

use std::ops::Range;

use crate::detect::code::statement::{Pieces, Token};
use crate::rule::{Flows, Language};

use super::text::embedded;

/// Strings in strings that are read.
const DEEPEST: usize = 2;
/// Pieces of the types of one call.
const LONGEST_TYPES: usize = 32;
/// Calls within calls that are read.
const MOST_LEVELS: usize = 24;

/// A value that goes into a call.
#[derive(Clone, Debug)]
pub(super) struct Operand {
    /// The names it is reached by.
    pub(super) path: Vec<String>,
    /// What it is asked for by name: `x["name"]`, `get("name")`.
    pub(super) named: Option<String>,
    /// The name before it in an address: `?token={}`.
    pub(super) lead: Option<String>,
    pub(super) form: Form,
    /// Where it stands.
    pub(super) span: Range<usize>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// A call without arguments.
    Asked,
    /// A call with some.
    Called,
    /// A part of it.
    Part,
}

/// Reads the operands of one piece of code.
pub(super) struct Reader<'a> {
    pub(super) flows: &'a Flows,
    pub(super) language: Language,
    pub(super) out: Vec<Operand>,
    /// Strings among the arguments, without quotes.
    pub(super) texts: Vec<Range<usize>>,
    depth: usize,
    /// Calls within calls.
    level: usize,
}

/// Names by which one asks for a value of a name.
const ASKS: [&str; 15] = [
    "get",
    "getenv",
    "env",
    "fetch",
    "getenvironmentvariable",
    "var",
    "header",
    "getheader",
    "getproperty",
    "getstring",
    "value",
    "dig",
    "secret",
    "lookupenv",
    "config",
];
/// What stands before a name that is only asked about.
const ASKED_BEFORE: [&[u8]; 9] =
    [b"not", b"typeof", b"if", b"unless", b"while", b"elsif", b"sizeof", b"defined", b"isset"];
/// What stands behind one.
const ASKED_BEHIND: [&[u8]; 5] = [b"is", b"in", b"instanceof", b"not", b"and"];

impl<'a> Reader<'a> {
    pub(super) fn new(flows: &'a Flows, language: Language) -> Self {
        Self { flows, language, out: Vec::new(), texts: Vec::new(), depth: 0, level: 0 }
    }

    /// Reads the pieces of `range`.
    pub(super) fn read(&mut self, pieces: &Pieces<'_>, range: Range<usize>) {
        let mut at = range.start;
        while at < range.end {
            at = match pieces.token(at) {
                Some(Token::Text) => {
                    self.string(pieces, at);
                    at + 1
                }
                Some(Token::Name) => self.name(pieces, at, range.end),
                // The body of a function is run later, if at all.
                Some(Token::Sign(b'{')) if is_body(pieces, at) => pieces.partner(at).unwrap_or(range.end) + 1,
                Some(_) => at + 1,
                None => return,
            };
        }
    }

    fn string(&mut self, pieces: &Pieces<'_>, at: usize) {
        let Some(piece) = pieces.all.get(at) else { return };
        self.texts.push(piece.span.clone());
        if self.depth >= DEEPEST {
            return;
        }
        let before = at.checked_sub(1).and_then(|at| pieces.all.get(at));
        let prefix =
            before.filter(|p| p.span.end == piece.span.start).map_or(&b""[..], |p| &pieces.code[p.span.clone()]);
        for embedded in embedded(pieces.code, piece.span.clone(), prefix, self.language) {
            let inner = Pieces::of(pieces.code, embedded.span.clone(), self.language);
            let first = self.out.len();
            self.depth += 1;
            self.read(&inner, 0..inner.all.len());
            self.depth -= 1;
            if let (Some(lead), [only]) = (embedded.lead, &mut self.out[first..]) {
                only.lead = Some(lead);
            }
        }
    }

    /// Reads the expression that begins with the name at `start`; gives where it ends.
    fn name(&mut self, pieces: &Pieces<'_>, start: usize, end: usize) -> usize {
        let mut path = vec![owned(pieces.text(start))];
        let (mut named, mut form) = (None, Form::Plain);
        // What the value was before the last name, to which a call that hands it on comes back.
        let mut under = (None, Form::Plain);
        let mut at = start + 1;
        while at < end {
            if let Some(next) = member(pieces, at) {
                path.push(owned(pieces.text(next)));
                under = (named, form);
                (named, form, at) = (None, Form::Plain, next + 1);
                continue;
            }
            if let Some(end) = turbofish(pieces, at) {
                at = end;
                continue;
            }
            let Some(close) = pieces.partner(at).filter(|close| *close > at) else { break };
            let inside = at + 1..close;
            if pieces.is(at, b'(') || (is_macro(&path) && !pieces.is(at, b'}')) {
                let name = path.last().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
                if self.flows.hands_on(name.trim_end_matches('!')) || is_error(&name) {
                    if self.level < MOST_LEVELS {
                        self.level += 1;
                        self.read(pieces, inside);
                        self.level -= 1;
                    }
                    if path.len() > 1 {
                        path.pop();
                        (named, form) = under.clone();
                    } else {
                        form = Form::Called;
                    }
                } else {
                    named = asked(pieces, &name, &inside);
                    form = if inside.is_empty() { Form::Asked } else { Form::Called };
                    self.note_texts(pieces, inside);
                }
            } else if pieces.is(at, b'[') {
                named = only_text(pieces, &inside);
                form = Form::Part;
            } else {
                break;
            }
            at = close + 1;
        }
        // Ruby calls without brackets.
        while self.language == Language::Ruby
            && path.len() > 1
            && path.last().is_some_and(|name| self.flows.hands_on(&name.to_ascii_lowercase()))
        {
            path.pop();
        }
        let last = pieces.all.get(at - 1).map_or(0, |piece| piece.span.end);
        let from = pieces.all.get(start).map_or(0, |piece| piece.span.start);
        if !is_only_asked(pieces, start, at) {
            self.out.push(Operand { path, named, lead: None, form, span: from..last });
        }
        at
    }

    /// Strings that a call within is given may name files.
    fn note_texts(&mut self, pieces: &Pieces<'_>, range: Range<usize>) {
        let texts = range.filter(|at| pieces.token(*at) == Some(Token::Text));
        self.texts.extend(texts.filter_map(|at| pieces.all.get(at)).map(|piece| piece.span.clone()));
    }
}

fn owned(name: &[u8]) -> String {
    String::from_utf8_lossy(name).into_owned()
}

fn is_macro(path: &[String]) -> bool {
    path.last().is_some_and(|name| name.ends_with('!'))
}

/// Errors keep what they are made with.
fn is_error(name: &str) -> bool {
    name.ends_with("error") || name.ends_with("exception")
}

/// The name behind the `.`, `::`, `->`, `?.` or `&.` at `at`.
fn member(pieces: &Pieces<'_>, at: usize) -> Option<usize> {
    let at = (at..).find(|at| pieces.token(*at) != Some(Token::Line))?;
    let next = match (pieces.token(at)?, pieces.token(at + 1)) {
        (Token::Sign(b':'), Some(Token::Sign(b':')))
        | (Token::Sign(b'-'), Some(Token::Sign(b'>')))
        | (Token::Sign(b'?' | b'&' | b'!'), Some(Token::Sign(b'.'))) => at + 2,
        (Token::Sign(b'.'), _) => at + 1,
        _ => return None,
    };
    (pieces.token(next) == Some(Token::Name)).then_some(next)
}

/// The end of the types that Rust gives a call at `at`: `::<Vec<_>>`.
fn turbofish(pieces: &Pieces<'_>, at: usize) -> Option<usize> {
    if !(pieces.is(at, b':') && pieces.is(at + 1, b':') && pieces.is(at + 2, b'<')) {
        return None;
    }
    let mut depth = 0_usize;
    for here in at + 2..at + 2 + LONGEST_TYPES {
        match pieces.token(here)? {
            Token::Sign(b'<') => depth += 1,
            Token::Sign(b'>') if depth == 1 => return Some(here + 1),
            Token::Sign(b'>') => depth -= 1,
            Token::Sign(b';' | b'{' | b'}') | Token::Text => return None,
            _ => {}
        }
    }
    None
}

/// True if the brace at `at` opens the body of a function.
fn is_body(pieces: &Pieces<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).map(|at| (pieces.token(at), at));
    match before {
        Some((Some(Token::Sign(b')')), _)) => true,
        Some((Some(Token::Sign(b'>')), at)) => at.checked_sub(1).is_some_and(|at| pieces.is(at, b'=')),
        _ => false,
    }
}

/// The name that a call asks for.
fn asked(pieces: &Pieces<'_>, name: &str, inside: &Range<usize>) -> Option<String> {
    if !ASKS.contains(&name) || pieces.token(inside.start) != Some(Token::Text) {
        return None;
    }
    Some(unquoted(pieces.text(inside.start)))
}

fn only_text(pieces: &Pieces<'_>, inside: &Range<usize>) -> Option<String> {
    let is_text = inside.len() == 1 && pieces.token(inside.start) == Some(Token::Text);
    // Ruby's `x[:name]`.
    let is_symbol = inside.len() == 2 && pieces.is(inside.start, b':');
    match (is_text, is_symbol) {
        (true, _) => Some(unquoted(pieces.text(inside.start))),
        (_, true) => Some(owned(pieces.text(inside.start + 1))),
        _ => None,
    }
}

fn unquoted(text: &[u8]) -> String {
    owned(text).trim_matches(['"', '\'', '`']).to_owned()
}

/// True if what stands in `start..end` is compared, negated or a key, so that its value goes nowhere.
fn is_only_asked(pieces: &Pieces<'_>, start: usize, end: usize) -> bool {
    let before = start.checked_sub(1);
    let two_before = start.checked_sub(2);
    if let Some(before) = before {
        let is_not = pieces.is(before, b'!') && !two_before.is_some_and(|at| pieces.is(at, b'!') && start < 2);
        let is_compared =
            pieces.is(before, b'=') && two_before.is_some_and(|at| pieces.is(at, b'=') || pieces.is(at, b'!'));
        if is_not || is_compared || ASKED_BEFORE.contains(&pieces.text(before)) {
            return true;
        }
    }
    let next = (end..).find(|at| pieces.token(*at) != Some(Token::Line)).unwrap_or(end);
    let sign = |at: usize| match pieces.token(at) {
        Some(Token::Sign(sign)) => Some(sign),
        _ => None,
    };
    match (sign(next), sign(next + 1)) {
        // `a || b`, `a ?? b` and `a << b` hand the value on; so does the end of `a ?: b`.
        (Some(b'?'), Some(b'?' | b':' | b'.')) => false,
        (Some(b'<'), Some(b'<')) => false,
        (Some(b'=' | b':' | b'?' | b'<' | b'>' | b'*' | b'/'), _) => true,
        (Some(b'!'), Some(b'=')) | (Some(b'&'), Some(b'&')) | (Some(b'-'), Some(b'>')) => true,
        _ => ASKED_BEHIND.contains(&pieces.text(next)),
    }
}
