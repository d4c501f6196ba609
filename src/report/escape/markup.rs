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

/// Text for Markdown: no markup, no mention, no reference and no link comes of it. It stands within a line.
pub fn markdown(text: &str) -> String {
    let shown = terminal(text);
    let mut out = String::with_capacity(shown.len() + 16);
    for (at, c) in shown.char_indices() {
        let rest = &shown[at + c.len_utf8()..];
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '{' | '}' => out.extend(['\\', c]),
            '@' | '#' | '!' | '$' | '%' | '~' | '^' => out.extend(["\\", c.encode_utf8(&mut [0; 4]), BREAK]),
            ':' if rest.starts_with("//") => out.extend([":", BREAK]),
            '.' if is_after_www(&shown[..at]) => out.extend([BREAK, "."]),
            c => out.push(c),
        }
    }
    out
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
        assert_eq!(markdown("see WWW.evil.example"), "see WWW<!-- -->.evil.example");
    }

    #[test]
    fn a_command_stays_one_command() {
        assert_eq!(command_data("a\n::error::b%0A"), "a\\n::error::b%250A");
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
