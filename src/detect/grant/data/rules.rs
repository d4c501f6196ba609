//! The language of Firebase's security rules: tokens, and the tree of matches with what they allow.

use std::collections::HashMap;
use std::ops::Range;

/// Matches in matches that are read.
const MOST_LEVELS: usize = 32;
/// Functions in functions that are opened.
const MOST_CALLS: usize = 4;
/// Tokens that one test may grow to.
const LONGEST_TEST: usize = 2_000;

/// A token with its place.
pub(super) type Token = (String, Range<usize>);

/// One `allow`.
#[derive(Debug)]
pub(super) struct Allow {
    /// Where, with `*` for one segment of any name and `**` for the rest.
    pub(super) path: String,
    pub(super) methods: Vec<String>,
    pub(super) test: Vec<String>,
    pub(super) span: Range<usize>,
}

/// A function that does nothing but return: its parameters, and what it returns.
struct Function {
    parameters: Vec<String>,
    body: Vec<String>,
}

/// Words, strings and signs; comments gone.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let two = bytes.get(at..at + 2).unwrap_or_default();
        match byte {
            b'/' if two == b"//" => {
                at = memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |n| at + n);
                continue;
            }
            b'/' if two == b"/*" => {
                at = memchr::memmem::find(&bytes[at + 2..], b"*/").map_or(bytes.len(), |n| at + n + 4);
                continue;
            }
            b'\'' | b'"' => {
                let end = bytes[at + 1..].iter().position(|&b| b == byte || b == b'\n');
                at = end.map_or(bytes.len(), |n| at + n + 2);
            }
            b if b.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b if is_word(b) => at += bytes[at..].iter().position(|&b| !is_word(b)).unwrap_or(bytes.len() - at),
            _ if matches!(bytes.get(at..at + 3), Some(b"===" | b"!==")) => at += 3,
            _ if [b"&&", b"||", b"==", b"!=", b"<=", b">="].iter().any(|sign| two == &sign[..]) => at += 2,
            _ => at += 1,
        }
        if let Some(token) = text.get(start..at) {
            let token = if byte == b'"' { token.replace('"', "'") } else { token.to_owned() };
            out.push((token, start..at));
        }
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// Every `allow` of the file, with the tests of simple functions in place of their calls.
pub(super) fn allows(text: &str) -> Vec<Allow> {
    let mut reader = Reader { tokens: tokens(text), ..Reader::default() };
    reader.read();
    let functions = reader.functions;
    let mut allows = reader.allows;
    for allow in &mut allows {
        allow.test = opened(&allow.test, &functions, MOST_CALLS);
    }
    allows
}

#[derive(Default)]
struct Reader {
    tokens: Vec<Token>,
    at: usize,
    /// The path of each open bracket.
    open: Vec<String>,
    allows: Vec<Allow>,
    functions: HashMap<String, Function>,
}

impl Reader {
    fn peek(&self) -> &str {
        self.tokens.get(self.at).map_or("", |(text, _)| text)
    }

    fn eat(&mut self, text: &str) -> bool {
        let is_next = self.peek() == text;
        self.at += usize::from(is_next);
        is_next
    }

    fn take(&mut self) -> String {
        let token = self.peek().to_owned();
        self.at += 1;
        token
    }

    fn read(&mut self) {
        while self.at < self.tokens.len() {
            match self.take().as_str() {
                "match" => {
                    let own = self.path();
                    let path = self.open.last().cloned().unwrap_or_default() + &own;
                    if self.eat("{") && self.open.len() < MOST_LEVELS {
                        self.open.push(path);
                    }
                }
                "allow" => self.allow(),
                "function" => self.function(),
                "{" => self.open.push(self.open.last().cloned().unwrap_or_default()),
                "}" => drop(self.open.pop()),
                _ => {}
            }
        }
    }

    fn path(&mut self) -> String {
        let mut path = String::new();
        while self.eat("/") {
            path.push('/');
            if self.eat("{") {
                let mut is_rest = false;
                while self.at < self.tokens.len() && !self.eat("}") {
                    is_rest |= self.take() == "*";
                }
                path += if is_rest { "**" } else { "*" };
                continue;
            }
            while self.at < self.tokens.len() && !matches!(self.peek(), "/" | "{" | "}" | ";") {
                path += &self.take();
            }
        }
        path
    }

    fn allow(&mut self) {
        let start = self.tokens.get(self.at.saturating_sub(1)).map_or(0, |(_, span)| span.start);
        let mut methods = Vec::new();
        while self.at < self.tokens.len() && !matches!(self.peek(), ":" | ";" | "}") {
            let word = self.take();
            if word != "," {
                methods.push(word);
            }
        }
        let mut test = vec!["true".to_owned()];
        if self.eat(":") {
            self.eat("if");
            test = self.until_end();
        }
        let end = self.tokens.get(self.at.saturating_sub(1)).map_or(start, |(_, span)| span.end);
        self.eat(";");
        let path = self.open.last().cloned().unwrap_or_default();
        self.allows.push(Allow { path, methods, test, span: start..end });
    }

    /// The tokens up to the semicolon, or to where it is missing.
    fn until_end(&mut self) -> Vec<String> {
        let (mut out, mut depth) = (Vec::new(), 0i32);
        while self.at < self.tokens.len() {
            let is_end = match self.peek() {
                ";" => true,
                "}" | "allow" | "match" | "function" => {
                    depth == 0 && out.last().is_none_or(|last: &String| last != ".")
                }
                _ => false,
            };
            if is_end {
                break;
            }
            let token = self.take();
            depth += i32::from(matches!(token.as_str(), "(" | "[" | "{"))
                - i32::from(matches!(token.as_str(), ")" | "]" | "}"));
            out.push(token);
        }
        out
    }

    fn function(&mut self) {
        let name = self.take();
        let mut parameters = Vec::new();
        if self.eat("(") {
            while self.at < self.tokens.len() && !self.eat(")") {
                let parameter = self.take();
                if parameter != "," {
                    parameters.push(parameter);
                }
            }
        }
        if !self.eat("{") {
            return;
        }
        let is_simple = self.eat("return");
        let body = self.until_end();
        self.eat(";");
        if is_simple && self.eat("}") {
            self.functions.insert(name, Function { parameters, body });
            return;
        }
        // Something with variables: its name is all that is known of it.
        let mut depth = 1i32;
        while depth > 0 && self.at < self.tokens.len() {
            let token = self.take();
            depth += i32::from(token == "{") - i32::from(token == "}");
        }
    }
}

/// The test with the calls of known functions replaced by what they return.
fn opened(test: &[String], functions: &HashMap<String, Function>, calls: usize) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(token) = test.get(at) {
        let is_call =
            calls > 0 && test.get(at + 1).is_some_and(|next| next == "(") && out.last().is_none_or(|l| l != ".");
        match functions.get(token).filter(|_| is_call && out.len() < LONGEST_TEST) {
            Some(function) => {
                let (arguments, end) = arguments(test, at + 1);
                out.push("(".into());
                let body = function.filled(&arguments);
                out.extend(opened(&body, functions, calls - 1).into_iter().take(LONGEST_TEST));
                out.push(")".into());
                at = end;
            }
            None => {
                out.push(token.clone());
                at += 1;
            }
        }
    }
    out
}

/// What stands between the bracket at `open` and its end, cut at the commas; and the place behind it.
fn arguments(test: &[String], open: usize) -> (Vec<Vec<String>>, usize) {
    let (mut out, mut current, mut depth) = (Vec::new(), Vec::new(), 0i32);
    for (at, token) in test.iter().enumerate().skip(open) {
        match token.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        match token.as_str() {
            ")" if depth == 0 => {
                out.push(current);
                return (out, at + 1);
            }
            "," if depth == 1 => out.push(std::mem::take(&mut current)),
            "(" if depth == 1 && at == open => {}
            _ => current.push(token.clone()),
        }
    }
    (out, test.len())
}

impl Function {
    fn filled(&self, arguments: &[Vec<String>]) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        for token in &self.body {
            let is_member = out.last().is_some_and(|last| last == ".");
            let at = self.parameters.iter().position(|parameter| parameter == token && !is_member);
            match at.and_then(|at| arguments.get(at)) {
                Some(argument) if out.len() < LONGEST_TEST => out.extend(argument.iter().cloned()),
                _ => out.push(token.clone()),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Vec<String> {
        let one = |allow: &Allow| format!("{} {} {}", allow.path, allow.methods.join(","), allow.test.join(" "));
        allows(text).iter().map(one).collect()
    }

    #[test]
    fn matches_functions_and_missing_ends() {
        let text = "rules_version = '2';\nservice cloud.firestore {\n match /databases/{d}/documents {\n // no\n  function own(id) { return request.auth.uid == id; }\n  match /users/{u} { allow read: if own(u); allow write }\n  match /{x=**} { allow get: if a }\n } }";
        assert_eq!(
            told(text),
            [
                "/databases/*/documents/users/* read ( request . auth . uid == u )",
                "/databases/*/documents/users/* write true",
                "/databases/*/documents/** get a"
            ]
        );
    }

    #[test]
    fn hostile_rules_end() {
        for text in ["match /a {", "function f(", "allow read: if f(", "{", "}", "match /{", "'", "/*"] {
            told(&text.repeat(5_000));
        }
        let doubling: String =
            (0..30).map(|i| format!("function f{i}() {{ return f{}() && f{}(); }}", i + 1, i + 1)).collect();
        told(&format!("{doubling} match /a {{ allow read: if f0(); }}"));
    }
}
