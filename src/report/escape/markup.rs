//! Untrusted text for markup and for workflow commands: shown as it is, and never taken for anything else.

use super::terminal;

/// Text for HTML and XML, content and quoted attributes alike.
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for c in terminal(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML has no place for them.
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

/// Ends a word for a forge that looks for mentions, references and links in what is shown; a reader does not see it.
const BREAK: &str = "<!-- -->";

/// As many hexadecimal digits as no forge takes for a commit.
const MOST_DIGITS: usize = 6;

/// Text for Markdown: no markup, no mention, no reference and no link comes of it. It stands within a line.
pub fn markdown(text: &str) -> String {
    let shown = terminal(text);
    let mut out = String::with_capacity(shown.len() + 16);
    let mut digits = 0;
    for (at, c) in shown.char_indices() {
        let (before, rest) = (&shown[..at], &shown[at + c.len_utf8()..]);
        digits = if c.is_ascii_hexdigit() { digits + 1 } else { 0 };
        match c {
            _ if digits > MOST_DIGITS => {
                out.extend([BREAK, c.encode_utf8(&mut [0; 4])]);
                digits = 1;
            }
            '-' if is_reference(before, rest) => out.extend([BREAK, "-"]),
            '&' if rest.starts_with(|c: char| c.is_ascii_digit()) => out.extend(["&amp;", BREAK]),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '{' | '}' => out.extend(['\\', c]),
            '@' | '#' | '!' | '$' | '%' | '~' | '^' => out.extend(["\\", c.encode_utf8(&mut [0; 4]), BREAK]),
            ':' if rest.starts_with("//") => out.extend([":", BREAK]),
            '.' if is_after_www(before) => out.extend([BREAK, "."]),
            c => out.push(c),
        }
    }
    out
}

/// True for the `-` of `GH-3`: letters and a number are an issue to many a forge.
fn is_reference(before: &str, rest: &str) -> bool {
    before.ends_with(|c: char| c.is_ascii_alphabetic()) && rest.starts_with(|c: char| c.is_ascii_digit())
}

fn is_after_www(before: &str) -> bool {
    before.len() >= 3 && before.as_bytes()[before.len() - 3..].eq_ignore_ascii_case(b"www")
}

/// The message of a workflow command.
pub fn command_data(text: &str) -> String {
    terminal(text).replace('%', "%25")
}

/// A property of a workflow command.
pub fn command_property(text: &str) -> String {
    command_data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_of_a_markup_survives() {
        assert_eq!(markup("<a href='x'>\"&\u{7}"), "&lt;a href=&#39;x&#39;&gt;&quot;&amp;\\x07");
        assert_eq!(markdown("*a* [b](c) `d` | <e>"), "\\*a\\* \\[b\\](c) \\`d\\` \\| &lt;e&gt;");
    }

    #[test]
    fn nobody_is_mentioned_and_nothing_is_linked() {
        assert_eq!(markdown("@acme/all"), "\\@<!-- -->acme/all");
        assert_eq!(markdown("fixes #1"), "fixes \\#<!-- -->1");
        assert_eq!(markdown("https://evil.example"), "https:<!-- -->//evil.example");
        assert_eq!(markdown("see GH-3, &1"), "see GH<!-- -->-3, &amp;<!-- -->1");
        assert_eq!(markdown("from 5e4d3c2, abcdef"), "from 5e4d3c<!-- -->2, abcdef");
        assert_eq!(markdown(&"a".repeat(14)), "aaaaaa<!-- -->aaaaaa<!-- -->aa");
        assert_eq!(markdown("see WWW.evil.example"), "see WWW<!-- -->.evil.example");
    }

    #[test]
    fn a_command_stays_one_command() {
        assert_eq!(command_data("a\n::error::b%0A"), "a\\n\\x3a:error::b%250A");
        assert_eq!(command_property("a:b,c"), "a%3Ab%2Cc");
    }

    proptest! {
        #[test]
        fn one_line_stays_one_line(text in any::<String>()) {
            for out in [markup(&text), markdown(&text), command_data(&text), command_property(&text)] {
                prop_assert!(!out.contains(['\n', '\r']));
            }
            prop_assert!(!markup(&text).contains(['<', '>', '"', '\'']));
        }
    }
}
