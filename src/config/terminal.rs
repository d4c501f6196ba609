//! What the terminal can do, by what terminals say of themselves: this is found out, and cannot be set.

use std::env;

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
