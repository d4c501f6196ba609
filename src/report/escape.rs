//! The one escaper: untrusted text (paths, excerpts, messages) becomes inert before it reaches any output.
//!
//! Inert means that no terminal, log viewer or diff tool acts on it and that no reader overlooks it. So everything that
//! moves the cursor, starts a sequence, reorders text or takes no space is shown by its code point. There is no
//! exemption for joiners inside emoji: they hide text as well as any other invisible character does.
//!
//! Who runs a pipeline reads its output for commands: `##vso[`, `##teamcity[` and `##[` anywhere in a line, `::` where a line
//! begins. Their first character is shown by its code point, too, so that no text of others is a command.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;

use serde_json::ser::{CompactFormatter, Formatter, PrettyFormatter};

mod markup;

pub use markup::{command_data, command_property, markdown, markup};

/// True for a character that must never reach an output as itself.
pub fn is_unsafe(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{80}'..='\u{9F}'                 // C1 controls: some terminals take them for ESC sequences
        | '\u{AD}'                          // soft hyphen
        | '\u{34F}'                         // combining grapheme joiner
        | '\u{61C}'                         // Arabic letter mark
        | '\u{115F}' | '\u{1160}'           // Hangul fillers
        | '\u{17B4}' | '\u{17B5}'           // Khmer vowels that are never drawn
        | '\u{180B}'..='\u{180F}'           // Mongolian variation selectors, vowel separator
        | '\u{200B}'..='\u{200F}'           // zero width, joiners, direction marks
        | '\u{2028}'..='\u{202E}'           // line and paragraph separator, embeddings and overrides
        | '\u{2060}'..='\u{206F}'           // word joiner, invisible operators, isolates, deprecated controls
        | '\u{3164}'                        // Hangul filler
        | '\u{FE00}'..='\u{FE0F}'           // variation selectors
        | '\u{FEFF}'                        // byte order mark
        | '\u{FFA0}'                        // half-width Hangul filler
        | '\u{FFF0}'..='\u{FFFB}'           // interlinear annotation
        | '\u{1BCA0}'..='\u{1BCA3}'         // shorthand format controls
        | '\u{1D173}'..='\u{1D17A}'         // musical format controls
        | '\u{E0000}'..='\u{E0FFF}'         // tags, more variation selectors
    )
}

/// Text for a terminal: unsafe characters in a visible form such as `\n`, `\x1b` or `\u{202e}`, and so the first character of
/// what a pipeline would take for a command.
///
/// A backslash stays as it is, so the form is for eyes; whoever needs the exact value reads the JSON.
pub fn terminal(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) && !text.contains("##") && !text.contains("::") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        push_terminal(&mut out, c, begins_command(text, at));
    }
    Cow::Owned(out)
}

/// The terminal form of the character `c` at byte `at` of an excerpt: a tab is one space, so that a caret line below lines up.
pub fn push_excerpt(out: &mut String, text: &str, (at, c): (usize, char)) {
    push_terminal(out, if c == '\t' { ' ' } else { c }, begins_command(text, at));
}

/// True if a pipeline would take what stands at byte `at` of `text` for a command. Two colons are none within a word; behind
/// anything but printable ASCII a line may be broken, and then they stand where one begins.
fn begins_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at(at);
    match rest.as_bytes() {
        [b'#', b'#', next, ..] => next.is_ascii_alphabetic() || *next == b'[',
        [b':', b':', next, ..] => next.is_ascii_alphabetic() && !before.ends_with(|c: char| c.is_ascii_graphic()),
        _ => false,
    }
}

fn push_terminal(out: &mut String, c: char, begins_command: bool) {
    // Writing to a string cannot fail, so the result says nothing.
    let _ = match c {
        '\n' => out.write_str("\\n"),
        '\r' => out.write_str("\\r"),
        '\t' => out.write_str("\\t"),
        c if c.is_ascii_control() || begins_command => write!(out, "\\x{:02x}", u32::from(c)),
        c if is_unsafe(c) => write!(out, "\\u{{{:x}}}", u32::from(c)),
        c => out.write_char(c),
    };
}

/// A JSON formatter that writes unsafe characters, and the first of what a pipeline would take for a command, as `\uXXXX`: the
/// value stays exact, the bytes are inert.
#[derive(Clone, Debug, Default)]
pub struct InertJson<F>(F);

impl InertJson<CompactFormatter> {
    /// Everything on one line.
    pub fn compact() -> Self {
        Self(CompactFormatter)
    }
}

impl InertJson<PrettyFormatter<'static>> {
    /// Indented by two spaces.
    pub fn pretty() -> Self {
        Self(PrettyFormatter::new())
    }
}

/// Passes structural calls on to the wrapped formatter, which decides about line breaks.
macro_rules! pass_on {
    ($($name:ident($($arg:ident: $type:ty)?);)*) => {
        $(fn $name<W: ?Sized + io::Write>(&mut self, writer: &mut W $(, $arg: $type)?) -> io::Result<()> {
            self.0.$name(writer $(, $arg)?)
        })*
    };
}

impl<F: Formatter> Formatter for InertJson<F> {
    pass_on! {
        begin_array();
        end_array();
        begin_array_value(first: bool);
        end_array_value();
        begin_object();
        end_object();
        begin_object_key(first: bool);
        end_object_key();
        begin_object_value();
        end_object_value();
    }

    /// Gets what is left of a string once quotes, backslashes and C0 controls are escaped.
    fn write_string_fragment<W: ?Sized + io::Write>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut written = 0;
        for (at, c) in fragment.char_indices() {
            if is_unsafe(c) || (c == '#' && begins_command(fragment, at)) {
                writer.write_all(&fragment.as_bytes()[written..at])?;
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
                written = at + c.len_utf8();
            }
        }
        writer.write_all(&fragment.as_bytes()[written..])
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Serialize;

    use super::*;

    /// Text in which unsafe characters are frequent.
    fn hostile() -> impl Strategy<Value = String> {
        let rare: Vec<char> = ('\0'..=char::MAX).filter(|&c| is_unsafe(c)).collect();
        let piece = prop_oneof![any::<char>(), proptest::sample::select(rare), proptest::char::range('\0', '\u{2100}')];
        proptest::collection::vec(piece, 0..40).prop_map(String::from_iter)
    }

    fn json<F: Formatter>(text: &str, formatter: InertJson<F>) -> String {
        let mut out = Vec::new();
        let mut serializer = serde_json::Serializer::with_formatter(&mut out, formatter);
        [text].serialize(&mut serializer).map(|()| String::from_utf8_lossy(&out).into_owned()).unwrap_or_default()
    }

    #[test]
    fn what_is_unsafe_is_shown_by_its_code_point() {
        assert_eq!(terminal("a\u{1b}]8;;x\u{7}b"), r"a\x1b]8;;x\x07b");
        assert_eq!(terminal("a\n\r\tb\u{7f}"), r"a\n\r\tb\x7f");
        assert_eq!(terminal("\u{9b}31m\u{202e}\u{e0041}"), r"\u{9b}31m\u{202e}\u{e0041}");
        assert_eq!(terminal("👩\u{200d}💻"), r"👩\u{200d}💻");
    }

    #[test]
    fn no_text_is_a_command_of_a_pipeline() {
        assert_eq!(terminal("a ##vso[task.x]b ###[error]"), r"a \x23#vso[task.x]b #\x23#[error]");
        assert_eq!(terminal("::error::a b ::set-env c"), r"\x3a:error::a b \x3a:set-env c");
        assert_eq!(terminal("\n::error\u{a0}::a日::b"), "\\n\\x3a:error\u{a0}\\x3a:a日\\x3a:b");
        for plain in ["std::io <T as U>::V f()::g ::1 :: a", "## a ### b ##1 #a"] {
            assert_eq!(terminal(plain), plain);
        }
        assert_eq!(json("##vso[a", InertJson::compact()), r##"["\u0023#vso[a"]"##);
        let mut excerpt = String::new();
        "\t::a##[b".char_indices().for_each(|place| push_excerpt(&mut excerpt, "\t::a##[b", place));
        assert_eq!(excerpt, r" \x3a:a\x23#[b");
    }

    #[test]
    fn what_is_safe_is_not_copied() {
        assert!(matches!(terminal("süß/日本語/né.rs 👍 \\x1b"), Cow::Borrowed(_)));
    }

    #[test]
    fn the_list_covers_what_hides_or_reorders() {
        let named = "\u{61C}\u{200E}\u{200F}\u{202A}\u{202E}\u{2066}\u{2069}\u{200B}\u{200D}\u{2060}\u{2064}\u{FEFF}\u{AD}\
            \u{180E}\u{FE00}\u{FE0F}\u{E0100}\u{E01EF}\u{E0000}\u{E007F}\u{2028}\u{2029}\u{FFF9}\u{FFFB}\u{115F}\u{3164}\
            \u{FFA0}\0\u{1b}\u{7f}\u{80}\u{9f}";
        assert_eq!(named.chars().find(|&c| !is_unsafe(c)), None);
    }

    #[test]
    fn astral_characters_are_surrogate_pairs_in_json() {
        assert_eq!(json("a\u{E0041}\u{7f}", InertJson::compact()), r#"["a\udb40\udc41\u007f"]"#);
    }

    proptest! {
        #[test]
        fn no_unsafe_character_survives(text in hostile()) {
            prop_assert!(!terminal(&text).chars().any(is_unsafe));
            let mut excerpt = String::new();
            text.char_indices().for_each(|place| push_excerpt(&mut excerpt, &text, place));
            prop_assert!(!excerpt.chars().any(is_unsafe));
        }

        #[test]
        fn no_command_survives(text in "[#:a\\[\n 日]{0,12}") {
            let shown = terminal(&text);
            prop_assert!(!["##a", "##["].iter().any(|command| shown.contains(command)), "{}", shown);
            prop_assert!(!shown.split([' ', '日']).any(|word| word.starts_with("::a")), "{}", shown);
            let written = json(&text, InertJson::compact());
            prop_assert!(!["##a", "##["].iter().any(|command| written.contains(command)), "{}", written);
            prop_assert_eq!(serde_json::from_str::<Vec<String>>(&written).unwrap_or_default(), vec![text]);
        }

        #[test]
        fn json_is_inert_and_exact(text in hostile()) {
            for written in [json(&text, InertJson::compact()), json(&text, InertJson::pretty())] {
                prop_assert!(!written.chars().any(|c| c != '\n' && is_unsafe(c)));
                let back: Vec<String> = serde_json::from_str(&written).unwrap_or_default();
                prop_assert_eq!(&back, &vec![text.clone()]);
            }
        }
    }
}
