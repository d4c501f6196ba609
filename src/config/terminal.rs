//! What the terminal can do, by what terminals say of themselves: this is found out, and cannot be set.

use std::env;
use std::io::{IsTerminal, stderr, stdout};

use crate::report::human::{Color, Detail, Long, Style};

/// Those that say their name in `TERM_PROGRAM`.
const PROGRAMS: [&str; 9] = ["ghostty", "Hyper", "iTerm.app", "mintty", "rio", "Tabby", "vscode", "WezTerm", "zed"];

/// Those that say it in `TERM`.
const TERMS: [&str; 8] = ["alacritty", "contour", "domterm", "foot", "rio", "wezterm", "xterm-ghostty", "xterm-kitty"];

/// From this version on the library behind the terminals of GNOME and others follows links: 0.50.
const VTE: u32 = 5_000;

/// True for a terminal that knows no sequences at all.
pub(super) fn is_dumb() -> bool {
    word("TERM") == "dumb"
}

/// True for a terminal that is known to follow links. All others print the text as it is; some would print the address.
pub(super) fn follows_links() -> bool {
    Said {
        term: &word("TERM"),
        program: &word("TERM_PROGRAM"),
        vte: word("VTE_VERSION").parse().unwrap_or(0),
        is_inside: ["TMUX", "STY"].iter().any(|name| !word(name).is_empty()),
        is_other: ["WT_SESSION", "KONSOLE_VERSION", "DOMTERM"].iter().any(|name| !word(name).is_empty()),
    }
    .follows_links()
}

/// How messages on standard error look to people.
pub fn of_messages() -> Style {
    let is_terminal = stderr().is_terminal();
    let is_set = |name: &str| !matches!(word(name).as_str(), "" | "0");
    let is_coloured = !is_set("NO_COLOR") && (is_set("CLICOLOR_FORCE") || (is_terminal && !is_dumb()));
    let width = terminal_size::terminal_size_of(stderr()).map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0));
    Style {
        color: if is_coloured { Color::Always } else { Color::Never },
        width,
        long: if is_terminal { Long::Folded } else { Long::Whole },
        links: None,
        detail: Detail::Usual,
    }
}

/// Columns that help has: those of the terminal that it may be read on.
pub fn columns_of_help() -> usize {
    let columns =
        |size: Option<(terminal_size::Width, terminal_size::Height)>| size.map(|(width, _)| usize::from(width.0));
    let of_errors = || columns(terminal_size::terminal_size_of(stderr()));
    columns(terminal_size::terminal_size_of(stdout())).or_else(of_errors).unwrap_or(Style::PLAIN.width)
}

fn word(name: &str) -> String {
    env::var(name).unwrap_or_default()
}

/// What a terminal says of itself.
struct Said<'a> {
    term: &'a str,
    program: &'a str,
    vte: u32,
    /// Another program stands between it and this one, and may know less than it.
    is_inside: bool,
    /// One of those that say that they are there, and no more.
    is_other: bool,
}

impl Said<'_> {
    fn follows_links(&self) -> bool {
        let is_between = self.is_inside || ["screen", "tmux"].iter().any(|name| self.term.starts_with(name));
        let is_plain = matches!(self.term, "" | "dumb" | "linux" | "vt100" | "vt220");
        // `alacritty-direct` is one of them, too.
        let is_term = TERMS
            .iter()
            .any(|name| self.term.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-')));
        !is_between && !is_plain && (is_term || PROGRAMS.contains(&self.program) || self.vte >= VTE || self.is_other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Said<'_> = Said { term: "xterm-256color", program: "", vte: 0, is_inside: false, is_other: false };

    #[test]
    fn only_what_is_known_to_follow_links_gets_some() {
        let follows = |said: Said<'_>| said.follows_links();
        assert!(!follows(NOTHING));
        assert!(follows(Said { vte: 7_600, ..NOTHING }) && !follows(Said { vte: 4_600, ..NOTHING }));
        assert!(
            follows(Said { program: "WezTerm", ..NOTHING }) && !follows(Said { program: "Apple_Terminal", ..NOTHING })
        );
        assert!(follows(Said { term: "alacritty-direct", ..NOTHING }) && !follows(Said { term: "footed", ..NOTHING }));
        assert!(follows(Said { is_other: true, ..NOTHING }));
    }

    #[test]
    fn what_stands_between_may_know_less() {
        for term in ["screen-256color", "tmux-256color", "dumb", "linux", ""] {
            assert!(!Said { term, vte: 7_600, program: "WezTerm", ..NOTHING }.follows_links(), "{term}");
        }
        assert!(!Said { vte: 7_600, is_inside: true, ..NOTHING }.follows_links());
    }
}
