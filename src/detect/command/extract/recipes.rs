//! Commands in Dockerfiles, Makefiles and justfiles.

use super::super::script::Script;
use super::code::literals;
use super::{blanked, numbered, quoted};

/// `RUN`, `CMD`, `ENTRYPOINT` and what a health check runs.
pub(super) fn dockerfile(text: &str) -> Vec<Script> {
    let mut out = Vec::new();
    let mut lines = numbered(text).peekable();
    while let Some((start, line)) = lines.next() {
        let Some(at) = command_of(line) else { continue };
        let mut script = Script::new();
        let (mut start, mut rest) = (start + at, &line[at..]);
        if let Some(word) = rest.strip_prefix("<<") {
            let word = word.trim_matches(['-', '\'', '"', ' ']);
            for (start, line) in lines.by_ref().take_while(|(_, line)| line.trim() != word) {
                script.push(line, start);
                script.push("\n", start + line.len());
            }
            out.push(script);
            continue;
        }
        loop {
            let goes_on = rest.trim_end().ends_with('\\');
            script.push(rest, start);
            script.push("\n", start + rest.len());
            // A comment between the lines of an instruction ends nothing.
            while goes_on && lines.peek().is_some_and(|(_, line)| line.trim_start().starts_with('#')) {
                lines.next();
            }
            match lines.next_if(|_| goes_on) {
                Some(next) => (start, rest) = next,
                None => break,
            }
        }
        out.push(if script.text.starts_with('[') { words(&script) } else { script });
    }
    out
}

fn words(script: &Script) -> Script {
    let mut out = Script::new();
    for (at, text) in literals(&script.text) {
        quoted(&mut out, &text, script.place(&(at..at + 1)).start);
    }
    out
}

/// Where the command of an instruction begins.
fn command_of(line: &str) -> Option<usize> {
    let mut at = line.len() - line.trim_start().len();
    loop {
        let rest = &line[at..];
        let word = rest.split_whitespace().next()?;
        let next = at + word.len();
        let space = line[next..].len() - line[next..].trim_start().len();
        let is_one = ["RUN", "CMD", "ENTRYPOINT"].iter().any(|name| word.eq_ignore_ascii_case(name));
        let leads =
            ["ONBUILD", "HEALTHCHECK"].iter().any(|name| word.eq_ignore_ascii_case(name)) || word.starts_with("--");
        if !is_one && !leads {
            return None;
        }
        at = next + space;
        if is_one {
            while line[at..].starts_with("--") {
                let option = line[at..].find(' ')?;
                at += option + (line[at + option..].len() - line[at + option..].trim_start().len());
            }
            return Some(at);
        }
    }
}

/// Recipes: lines that begin with a tab.
pub(super) fn makefile(text: &str) -> Vec<Script> {
    recipes(
        text,
        |line| line.strip_prefix('\t'),
        &[("$(", ")"), ("${", "}")],
        |line| line.trim_start_matches(['@', '-', '+', ' ', '\t']),
    )
}

/// Recipes: lines that begin with white space.
pub(super) fn justfile(text: &str) -> Vec<Script> {
    recipes(
        text,
        |line| line.strip_prefix([' ', '\t']),
        &[("{{", "}}")],
        |line| line.trim_start_matches(['@', '-', ' ', '\t']),
    )
}

fn recipes(
    text: &str,
    body: fn(&str) -> Option<&str>,
    marks: &[(&str, &str)],
    stripped: fn(&str) -> &str,
) -> Vec<Script> {
    let mut out: Vec<Script> = Vec::new();
    let mut goes_on = false;
    for (start, line) in numbered(text) {
        if body(line).is_none() {
            goes_on = false;
            continue;
        }
        let rest = if goes_on { line } else { stripped(line) };
        let at = start + line.len() - rest.len();
        if !goes_on {
            out.push(Script::new());
        }
        let Some(script) = out.last_mut() else { continue };
        // `$$` is the shell's dollar; everything else with one is expanded before the shell sees it.
        let mut place = at;
        for (number, piece) in rest.split("$$").enumerate() {
            if number > 0 {
                script.push("$", place - 1);
            }
            script.push(&blanked(piece, marks), place);
            place += piece.len() + 2;
        }
        script.push("\n", start + line.len());
        goes_on = line.ends_with('\\');
    }
    out
}
