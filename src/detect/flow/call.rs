//! Calls that give away: what they are handed, and whether anybody should see it.

use std::cell::OnceCell;
use std::ops::Range;

use crate::detect::code::statement::{MOST_PIECES, Pieces, Token};
use crate::rule::flows::{FlowRule, joined};
use crate::rule::{Announces, Language};

use super::operand::{Form, Operand, Reader};
use super::{Found, View};

/// Verbs with which a call gives what it is named after.
const GIVES: [&str; 14] = [
    "get", "fetch", "read", "load", "decrypt", "generate", "create", "issue", "retrieve", "resolve", "expose",
    "acquire", "make", "reveal",
];
/// Words that say what a file is about in which `token` is a credential, and words that say it is none.
const SIGNING_IN: [&str; 12] = [
    "auth",
    "jwt",
    "bearer",
    "login",
    "credential",
    "password",
    "api_key",
    "apikey",
    "api key",
    "secret",
    "signin",
    "session",
];
const READING: [&str; 14] = [
    "tokenize",
    "tokenis",
    "lexer",
    "tokentype",
    "tokenkind",
    "syntaxkind",
    "token.kind",
    "token.type",
    "token::",
    "nexttoken",
    "next_token",
    "parser",
    "tokenstream",
    "grammar",
];

/// Calls that take a name and a value.
const PAIRS: [&str; 5] = ["withfield", "str", "any", "interface", "string"];

/// What calls a file has, and what it is about.
struct Look<'a, 'v> {
    view: &'a View<'v>,
    is_about_signing_in: OnceCell<bool>,
}

/// Adds what the calls on changed lines give away.
pub(super) fn find(view: &View<'_>, out: &mut Vec<Found>) {
    if matches!(view.language, Language::Shell | Language::Yaml | Language::Settings) {
        return;
    }
    let look = Look { view, is_about_signing_in: OnceCell::new() };
    for window in view.windows() {
        if super::phrase::has_flow(view, &window) {
            look.window(window, out);
        }
    }
}

impl Look<'_, '_> {
    fn window(&self, window: Range<usize>, out: &mut Vec<Found>) {
        let view = self.view;
        let pieces = Pieces::of(view.code(), window, view.language);
        for at in 0..pieces.all.len() {
            if pieces.token(at) != Some(Token::Name) || !view.flows.is_call(pieces.text(at)) {
                continue;
            }
            let has_brackets = opens(&pieces, at + 1, view.language);
            let (path, first) = pieces.path(at);
            let path: Vec<String> =
                path.into_iter().map(|at| String::from_utf8_lossy(pieces.text(at)).to_ascii_lowercase()).collect();
            let rules = view.flows.sinks(view.language, &path, has_brackets);
            if rules.is_empty() || is_declared(&pieces, first) {
                continue;
            }
            let inside = if has_brackets {
                at + 2..pieces.partner(at + 1).unwrap_or_else(|| pieces.end_of_statement(at + 2))
            } else {
                at + 1..pieces.end_of_statement(at + 1)
            };
            let inside = inside.start..inside.end.min(inside.start + MOST_PIECES);
            if !view.may_read(inside.len()) {
                return;
            }
            // The first of a pair is a name for the second.
            let is_pair = PAIRS.contains(&path.last().map_or("", String::as_str));
            let comma = inside.clone().find(|at| is_pair && pieces.is(*at, b',')).map(|comma| comma + 1..inside.end);
            self.call(&pieces, &rules, first..at + 1, comma.unwrap_or(inside), out);
        }
    }

    fn call(
        &self,
        pieces: &Pieces<'_>,
        sinks: &[usize],
        name: Range<usize>,
        inside: Range<usize>,
        out: &mut Vec<Found>,
    ) {
        let view = self.view;
        let mut reader = Reader::new(view.flows, view.language);
        reader.read(pieces, inside);
        let span = |at: usize| pieces.all.get(at).map_or(0..0, |piece| piece.span.clone());
        let called = span(name.start).start..span(name.end - 1).end;
        let is_new = |span: &Range<usize>| view.is_changed(span) || view.is_changed(&called);
        let shown = joined(&String::from_utf8_lossy(&view.code()[called.clone()])).replace(['\n', '\t'], "");
        for (at, rule) in view.flows.rules().iter().enumerate().filter(|(_, rule)| sinks.contains(&rule.calls)) {
            let mut add = |what: &str, span: &Range<usize>| {
                out.push(Found {
                    rule: at,
                    severity: view.severity(at),
                    span: called.start..span.end.max(called.end),
                    key: what.to_ascii_lowercase(),
                    said: format!("`{what}` reaches `{shown}`."),
                });
            };
            if let Some(operand) = reader.out.iter().find(|o| is_new(&o.span) && self.judge(rule, o)) {
                add(&operand.shown(), &operand.span);
            }
            let names_file = |text: &&Range<usize>| {
                let text = &view.code()[(*text).clone()];
                rule.files.iter().any(|file| memchr::memmem::find(text, file.as_bytes()).is_some())
            };
            if let Some(text) = reader.texts.iter().filter(|text| is_new(text)).find(names_file) {
                add(&String::from_utf8_lossy(&view.code()[text.clone()]).replace(['"', '\'', '`'], ""), text);
            }
        }
    }

    /// True if the rule says that nobody should see this.
    fn judge(&self, rule: &FlowRule, operand: &Operand) -> bool {
        let expression = operand.expression();
        let is_source = |source: &str| {
            expression == source || expression.strip_suffix(source).is_some_and(|rest| rest.ends_with('.'))
        };
        let is_whole = operand.form != Form::Part && operand.named.is_none();
        let language = self.view.language;
        if is_whole
            && rule.sources.iter().any(|(of, source)| (*of == language || *of == Language::Any) && is_source(source))
        {
            return true;
        }
        let Some(names) = &rule.names else { return false };
        let announced = operand.name().and_then(|name| names.announce(name.as_bytes()));
        let led = operand.lead.as_ref().filter(|_| operand.form == Form::Plain);
        match announced.max(led.and_then(|lead| names.announce(lead.as_bytes()))) {
            Some(Announces::Surely) => true,
            Some(Announces::Perhaps) => self.is_about_signing_in(),
            None => false,
        }
    }

    fn is_about_signing_in(&self) -> bool {
        *self.is_about_signing_in.get_or_init(|| {
            let path = self.view.path;
            if ["token", "lex", "pars", "grammar", "ast", "css", "syntax"].iter().any(|word| path.contains(word)) {
                return false;
            }
            let code = String::from_utf8_lossy(self.view.code()).to_ascii_lowercase().replace("author", "");
            let holds = |words: &[&str]| words.iter().any(|word| code.contains(word));
            holds(&SIGNING_IN) && !holds(&READING)
        })
    }
}

impl Operand {
    /// The name that tells what the value is.
    fn name(&self) -> Option<&str> {
        if let Some(named) = &self.named {
            return Some(named);
        }
        let last = self.path.last()?;
        let lower = last.to_ascii_lowercase();
        match self.form {
            Form::Plain => Some(last),
            Form::Asked if self.path.len() > 1 && !lower.contains('!') => Some(last),
            Form::Asked | Form::Called => GIVES.iter().any(|verb| lower.starts_with(verb)).then_some(last.as_str()),
            Form::Part => None,
        }
    }

    /// As rules write it.
    fn expression(&self) -> String {
        let end = if self.form == Form::Asked { "()" } else { "" };
        format!("{}{end}", self.path.join("."))
    }

    /// For people.
    fn shown(&self) -> String {
        match (&self.named, &self.lead) {
            (Some(named), _) => format!("{}[{named}]", self.path.join(".")),
            (None, Some(lead)) => format!("{lead}={}", self.path.join(".")),
            (None, None) => self.expression(),
        }
    }
}

/// True if a bracket of a call opens at `at`; of a block in languages that hand one to a log.
fn opens(pieces: &Pieces<'_>, at: usize, language: Language) -> bool {
    pieces.is(at, b'(')
        || (pieces.is(at, b'{') && language == Language::Jvm)
        || (pieces.is(at, b'[') && language == Language::Rust)
}

/// True if the name is being declared, not called.
fn is_declared(pieces: &Pieces<'_>, first: usize) -> bool {
    let before = first.checked_sub(1).map_or(&b""[..], |at| pieces.text(at));
    [&b"def"[..], b"func", b"function", b"fn", b"fun", b"void", b"import", b"class"].contains(&before)
}
