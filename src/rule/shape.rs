//! Value shapes: what whole values look like that a policy sets aside. They are matched where values are still known.

use regex_automata::meta::Regex;
use regex_automata::util::syntax;

/// One shape, of the findings of one rule.
#[derive(Debug)]
pub(super) struct Shape {
    rule: String,
    text: String,
    regex: Regex,
}

impl Shape {
    /// `*` in `text` stands for any bytes. `None` only for a text too long to compile.
    pub(super) fn new(rule: &str, text: &str) -> Option<Self> {
        let parts: Vec<String> = text.split('*').map(regex_syntax::escape).collect();
        let pattern = format!("^(?:{})$", parts.join("(?s:.)*"));
        let regex = Regex::builder().syntax(syntax::Config::new().unicode(false).utf8(false)).build(&pattern).ok()?;
        Some(Self { rule: rule.to_owned(), text: text.to_owned(), regex })
    }

    /// The shape as it was written, if a value of this rule has it.
    pub(super) fn of<'s>(&'s self, rule: &str, value: &[u8]) -> Option<&'s str> {
        (self.rule == rule && self.regex.is_match(value)).then_some(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_the_rest_is_itself() {
        let shape = Shape::new("r", "AKIA*EXAMPLE").unwrap();
        assert_eq!(shape.of("r", b"AKIA123EXAMPLE"), Some("AKIA*EXAMPLE"));
        assert_eq!(shape.of("r", b"xAKIA123EXAMPLE"), None);
        assert_eq!(shape.of("s", b"AKIA123EXAMPLE"), None);
        assert_eq!(Shape::new("r", "a.b").unwrap().of("r", b"axb"), None);
        assert_eq!(Shape::new("r", "a*").unwrap().of("r", b"a\n\xff"), Some("a*"));
    }
}
