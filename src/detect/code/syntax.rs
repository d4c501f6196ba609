//! What of a file is comment and what is prose in quotes, by a small lexer for each family of languages.

/// How a family of languages writes comments and strings.
#[derive(Clone, Copy, Debug)]
pub(in crate::detect) struct Syntax {
    lines: &'static [&'static str],
    blocks: &'static [(&'static str, &'static str)],
    quotes: &'static [u8],
    /// What stands between three quotes on lines of its own is a comment.
    documents: Documents,
    /// Indentation means something.
    pub(in crate::detect) indents: Indents,
}

/// Whether strings document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Documents {
    No,
    Tripled,
}

/// Whether white space at the start of a line means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect) enum Indents {
    /// It is looks.
    Free,
    /// It nests.
    Nest,
}

const C: Syntax = Syntax {
    lines: &["//"],
    blocks: &[("/*", "*/")],
    quotes: b"\"'`",
    documents: Documents::No,
    indents: Indents::Free,
};
/// Single quotes are lifetimes and characters as well.
const RUST: Syntax = Syntax { quotes: b"\"", ..C };
const PYTHON: Syntax =
    Syntax { lines: &["#"], blocks: &[], quotes: b"\"'", documents: Documents::Tripled, indents: Indents::Nest };
const HASH: Syntax = Syntax { documents: Documents::No, indents: Indents::Free, ..PYTHON };
const YAML: Syntax = Syntax { indents: Indents::Nest, ..HASH };
const RUBY: Syntax = Syntax { blocks: &[("\n=begin", "\n=end")], ..HASH };
const PHP: Syntax = Syntax { lines: &["//", "#"], ..C };
const SETTINGS: Syntax = Syntax { lines: &["#", ";", "//"], blocks: &[("/*", "*/")], ..HASH };
const SQL: Syntax = Syntax { lines: &["--"], blocks: &[("/*", "*/")], quotes: b"", ..HASH };
const LISP: Syntax = Syntax { lines: &[";"], quotes: b"\"", ..HASH };
const HASKELL: Syntax = Syntax { lines: &["--"], blocks: &[("{-", "-}")], quotes: b"\"", ..HASH };
const LUA: Syntax = Syntax { lines: &["--"], blocks: &[("--[[", "]]")], ..HASH };
const PERCENT: Syntax = Syntax { lines: &["%"], quotes: b"\"", ..HASH };
const MARKUP: Syntax = Syntax { lines: &[], blocks: &[("<!--", "-->")], quotes: b"", ..HASH };
const TEMPLATE: Syntax =
    Syntax { blocks: &[("<!--", "-->"), ("/*", "*/"), ("<%#", "%>"), ("{#", "#}")], quotes: b"", ..HASH };
const SCRIPTED: Syntax = Syntax { blocks: &[("<!--", "-->"), ("/*", "*/")], ..C };

/// A text without its comments, every byte in its place.
#[derive(Debug)]
pub(in crate::detect) struct Plain {
    /// Comments are blank.
    pub(in crate::detect) code: Vec<u8>,
    /// Comments are blank, and so is what stands in quotes and reads like a sentence.
    pub(in crate::detect) names: Vec<u8>,
}

impl Syntax {
    /// That of the file with this name in lower case.
    pub(in crate::detect) fn of(name: &str) -> Self {
        if ["dockerfile", "containerfile", "makefile", "procfile", "jenkinsfile", "codeowners"]
            .iter()
            .any(|n| name.starts_with(n))
        {
            return if name.starts_with("jenkinsfile") { C } else { HASH };
        }
        match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
            "py" | "pyi" | "pyx" => PYTHON,
            "yml" | "yaml" => YAML,
            "rb" | "rake" | "gemspec" => RUBY,
            "rs" | "scala" | "kt" | "kts" => RUST,
            "php" => PHP,
            "toml" | "ini" | "cfg" | "conf" | "properties" | "tf" | "tfvars" | "hcl" | "rego" | "polar" | "env" => {
                SETTINGS
            }
            "sql" | "psql" | "ddl" | "ada" | "adb" => SQL,
            "clj" | "cljs" | "lisp" | "el" | "scm" => LISP,
            "hs" | "elm" => HASKELL,
            "lua" => LUA,
            "erl" | "tex" => PERCENT,
            "xml" | "plist" | "csproj" | "svg" | "html" | "htm" | "xaml" => MARKUP,
            "erb" | "ejs" | "jsp" | "cshtml" | "twig" | "haml" | "j2" | "tpl" => TEMPLATE,
            "vue" | "svelte" | "astro" => SCRIPTED,
            "sh" | "bash" | "zsh" | "ksh" | "fish" | "ps1" | "pl" | "pm" | "r" | "ex" | "exs" | "jl" | "mk" | "nix"
            | "tcl" | "gitattributes" | "gitignore" | "coffee" | "graphql" | "bzl" | "cmake" => HASH,
            "" => HASH,
            _ => C,
        }
    }

    /// The bytes at which something begins that is not code.
    fn beginnings(&self) -> [bool; 256] {
        let mut begins = [false; 256];
        let marks =
            self.lines.iter().chain(self.blocks.iter().map(|(open, _)| open)).filter_map(|mark| mark.bytes().next());
        marks.chain(self.quotes.iter().copied()).for_each(|byte| begins[usize::from(byte)] = true);
        begins
    }

    /// `text` without comments.
    pub(in crate::detect) fn plain(&self, text: &[u8]) -> Plain {
        let mut lexer = Lexer { syntax: self, text, out: Plain { code: text.to_vec(), names: text.to_vec() }, at: 0 };
        lexer.run();
        lexer.out
    }
}

struct Lexer<'a> {
    syntax: &'a Syntax,
    text: &'a [u8],
    out: Plain,
    at: usize,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let begins = self.syntax.beginnings();
        while let Some(skip) = self.text[self.at..].iter().position(|byte| begins[usize::from(*byte)]) {
            self.at += skip;
            let rest = &self.text[self.at..];
            let block = self.syntax.blocks.iter().find(|(open, _)| rest.starts_with(open.as_bytes()));
            if let Some((open, close)) = block {
                let end = memchr::memmem::find(&rest[open.len()..], close.as_bytes());
                self.comment(end.map_or(rest.len(), |end| open.len() + end + close.len()));
            } else if self.begins_comment(rest) {
                self.comment(memchr::memchr(b'\n', rest).unwrap_or(rest.len()));
            } else if self.syntax.quotes.contains(&rest[0]) {
                self.string(rest);
            } else {
                self.at += 1;
            }
        }
    }

    fn begins_comment(&self, rest: &[u8]) -> bool {
        let before = self.at.checked_sub(1).map_or(b'\n', |at| self.text[at]);
        self.syntax.lines.iter().any(|mark| {
            // `#` within a word is none, nor is `//` in an address.
            let is_apart = match mark.as_bytes() {
                [b'#' | b';' | b'%'] => before.is_ascii_whitespace() || b";{}()".contains(&before),
                b"//" => before != b':',
                _ => true,
            };
            // An attribute of Rust or PHP is code.
            is_apart && rest.starts_with(mark.as_bytes()) && !rest.starts_with(b"#[")
        })
    }

    fn comment(&mut self, length: usize) {
        let end = (self.at + length).min(self.text.len());
        blank(&mut self.out.code[self.at..end]);
        blank(&mut self.out.names[self.at..end]);
        self.at = end;
    }

    fn string(&mut self, rest: &[u8]) {
        let quote = rest[0];
        if rest.len() > 2 && rest[1] == quote && rest[2] == quote {
            let end = memchr::memmem::find(&rest[3..], &rest[..3]).map_or(rest.len(), |end| end + 6);
            let line = self.text[..self.at].iter().rev().take_while(|b| **b != b'\n');
            if self.syntax.documents == Documents::Tripled && line.into_iter().all(|b| b.is_ascii_whitespace()) {
                return self.comment(end);
            }
            return self.quoted(end);
        }
        let mut end = 1;
        while let Some(&byte) = rest.get(end) {
            match byte {
                b'\\' => end += 1,
                // A string that does not end on its line was none, such as an apostrophe.
                b'\n' if quote != b'`' => break,
                _ if byte == quote => {
                    end += 1;
                    break;
                }
                _ => {}
            }
            end += 1;
        }
        self.quoted(end.min(rest.len()));
    }

    /// Blanks what reads like a sentence.
    fn quoted(&mut self, length: usize) {
        let inner = &self.text[self.at..self.at + length];
        let is_prose =
            inner.windows(3).any(|w| w[1] == b' ' && w[0].is_ascii_alphanumeric() && w[2].is_ascii_alphanumeric());
        if is_prose {
            blank(&mut self.out.names[self.at..self.at + length]);
        }
        self.at += length.max(1);
    }
}

fn blank(bytes: &mut [u8]) {
    bytes.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b' ');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_code_stays() {
        for (name, text, code) in [
            ("a.py", "x = 1 # login\n\"\"\"doc login\"\"\"\ny = '#'", "x = 1\n\ny = '#'"),
            ("a.ts", "a(); // b\n/* c\n d */ e(\"// f\")", "a();\n\n      e(\"// f\")"),
            ("a.rs", "fn a<'b>(x: &'b str) {} // c", "fn a<'b>(x: &'b str) {}"),
            ("a.rs", "#[test] fn", "#[test] fn"),
            ("a.yml", "a: b#c # d", "a: b#c"),
            ("a.sql", "GRANT x; -- y", "GRANT x;"),
        ] {
            let plain = Syntax::of(name).plain(text.as_bytes());
            let lines: Vec<String> =
                String::from_utf8(plain.code).unwrap().lines().map(|line| line.trim_end().to_owned()).collect();
            assert_eq!(lines.join("\n"), code, "{name}");
        }
    }

    #[test]
    fn sentences_in_quotes_are_no_names() {
        let plain = Syntax::of("a.js").plain(b"say('please login now'); use('auth')");
        assert_eq!(String::from_utf8(plain.names).unwrap().replace(' ', ""), "say();use('auth')");
    }
}
