//! What wraps a value: brackets, constructors, the letters before a string, functions that look it up elsewhere.

use super::{Parser, Wrapper};
use crate::detect::generic::cursor::Cursor;

impl Parser<'_> {
    /// Takes one opening bracket, one call up to its parenthesis, or the letters before a string.
    pub(super) fn wrapper(&mut self) -> Option<Wrapper> {
        let mut ahead = self.cursor.clone();
        if ahead.eat_while(1, |b| matches!(b, b'[' | b'{' | b'(')) > 0 && ahead.peek() != Some(b'{') {
            ahead.eat("]");
            ahead.blanks();
            inner_value(&mut ahead);
            let opens = ahead.clone().quote().is_some() || ahead.peek().is_some_and(|b| b.is_ascii_alphabetic());
            self.cursor = ahead;
            return opens.then_some(Wrapper::Bracket);
        }
        if ahead.eat("new ") || ahead.eat("&") || ahead.eat("await ") {
            self.cursor = ahead;
            return Some(Wrapper::None);
        }
        let start = ahead.at;
        ahead.eat_while(64, |b| b.is_ascii_alphanumeric() || b"_.:<>!@$".contains(&b));
        if ahead.at == start {
            return None;
        }
        let callee = &self.bytes[start..ahead.at];
        if ahead.peek() == Some(b'(') {
            ahead.at += 1;
            ahead.blanks();
            let found = if is_getter(callee) { Wrapper::Getter } else { Wrapper::Call };
            self.cursor = ahead;
            return Some(found);
        }
        let is_prefix = callee.len() <= 2 && callee.iter().all(|b| b"bBrRuUfFL@$".contains(b));
        if is_prefix && ahead.clone().quote().is_some() {
            self.cursor = ahead;
            return Some(Wrapper::None);
        }
        None
    }
}

impl Wrapper {
    /// The one that says more about the value.
    pub(super) fn max(self, other: Self) -> Self {
        if self == Self::Getter || other == Self::None { self } else { other }
    }
}

/// `{"value": "…"}`: the value stands one level deeper.
fn inner_value(cursor: &mut Cursor<'_>) {
    let mut ahead = cursor.clone();
    ahead.quote();
    let is_value = ahead.eat("value") || ahead.eat("Value");
    ahead.quote();
    ahead.blanks();
    if is_value && (ahead.eat("=>") || ahead.eat(":") || ahead.eat("=")) {
        ahead.blanks();
        *cursor = ahead;
    }
}

/// True if a function of this name looks a value up instead of holding it.
fn is_getter(callee: &[u8]) -> bool {
    const GETTERS: [&str; 22] = [
        "get",
        "env",
        "find",
        "read",
        "load",
        "fetch",
        "lookup",
        "param",
        "prop",
        "config",
        "t",
        "_",
        "gettext",
        "translate",
        "i18n",
        "require",
        "import",
        "input",
        "prompt",
        "select",
        "request",
        "var",
    ];
    let last = callee.rsplit(|b| matches!(b, b'.' | b':')).next().unwrap_or(callee).to_ascii_lowercase();
    GETTERS.iter().any(|g| {
        if g.len() > 2 { last.starts_with(g.as_bytes()) || last.ends_with(b"env") } else { last == g.as_bytes() }
    })
}
