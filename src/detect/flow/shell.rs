//! Shell commands that print what nobody should read, or send what should stay.

use std::ops::Range;

use crate::finding::{Kind, Severity};
use crate::rule::flows::FlowRule;
use crate::rule::{Announces, Language, Names, Shape};

use super::expansion::{Expansion, Nested, expansions};
use super::shell_words::{Command, Host, commands};
use super::{Found, View};

/// Programs that print what they are handed.
const PRINTS: [&[u8]; 4] = [b"echo", b"printf", b"print", b"logger"];
/// Programs that pass on what they read, in another dress perhaps.
const PASSES: [&[u8]; 10] = [b"tee", b"cat", b"base64", b"rev", b"xxd", b"od", b"hexdump", b"sort", b"less", b"more"];
/// Words before a command that do not change what it does.
const WRAPPERS: [&[u8]; 20] = [
    b"sudo", b"exec", b"command", b"nohup", b"time", b"then", b"do", b"else", b"if", b"while", b"!", b"{", b"builtin",
    b"doas", b"elif", b"until", b"nice", b"eval", b"-", b"|",
];
/// Lines behind a switch in which a secret counts as handled by it.
const NEAR: usize = 40;

/// Some lines of shell.
pub(super) struct Look<'a, 'v> {
    pub(super) view: &'a View<'v>,
    code: &'a [u8],
    pub(super) all: Vec<Command>,
    out: &'a mut Vec<Found>,
}

/// Adds what the shell commands on changed lines give away.
pub(super) fn find(view: &View<'_>, out: &mut Vec<Found>) {
    let Some(host) = host(view) else { return };
    for window in view.windows() {
        let all = commands(view.code(), window, host);
        let mut look = Look { view, code: view.code(), all, out };
        for at in 0..look.all.len() {
            look.command(at);
        }
    }
}

fn host(view: &View<'_>) -> Option<Host> {
    let name = view.path.rsplit('/').next().unwrap_or_default();
    Some(match view.language {
        Language::Yaml => Host::Yaml,
        Language::Shell if name.contains("makefile") || name.ends_with(".mk") || name.starts_with("justfile") => {
            Host::Makefile
        }
        Language::Shell if name.contains("dockerfile") || name.starts_with("containerfile") => Host::Dockerfile,
        Language::Shell if name.contains('.') => Host::Script,
        Language::Shell => {
            let head = &view.text.bytes()[..view.text.bytes().len().min(128)];
            let first = head.split(|b| *b == b'\n').next().unwrap_or_default();
            let is_script = first.starts_with(b"#!") && first.windows(2).any(|pair| pair == b"sh");
            return is_script.then_some(Host::Script);
        }
        _ => return None,
    })
}

impl<'a> Look<'a, '_> {
    fn command(&mut self, at: usize) {
        let Some(command) = self.all.get(at).cloned() else { return };
        let words = self.plain(&command);
        let Some(span) = words.first().zip(words.last()).map(|(a, b)| a.start..b.end) else { return };
        if !self.view.is_changed(&span) {
            return;
        }
        let program = self.program(&words);
        if PRINTS.contains(&program) {
            self.printed(at, &words, &span);
        }
        if (program == b"cat" || program == b"tee") && self.goes_to_log(at).is_some() {
            for word in &command.reads {
                self.secrets(word, Severity::High, &span);
            }
        }
        let is_dump = self.is_dump(program, &words);
        if is_dump && self.goes_to_log(at).is_some() {
            self.rule(of(Kind::Logging, Shape::Environment), "prints the whole environment", &span, None);
        }
        self.trace(program, &words, &span);
        self.sends(at, program, &words, &span);
    }

    pub(super) fn text(&self, word: &Range<usize>) -> &'a [u8] {
        &self.code[word.clone()]
    }

    /// The words without what only prepares the command.
    pub(super) fn plain(&self, command: &Command) -> Vec<Range<usize>> {
        let is_assignment = |word: &[u8]| {
            let name = word.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
            name > 0 && word.get(name) == Some(&b'=')
        };
        let prepares = |word: &&Range<usize>| WRAPPERS.contains(&self.text(word)) || is_assignment(self.text(word));
        let skip = command.words.iter().take_while(prepares).count();
        command.words[skip..].to_vec()
    }

    pub(super) fn program(&self, words: &[Range<usize>]) -> &'a [u8] {
        let word = words.first().map_or(&b""[..], |word| self.text(word));
        word.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// How bad it is that the output of a command ends where it does; `None` if nobody reads it there.
    fn goes_to_log(&self, at: usize) -> Option<Severity> {
        let command = self.all.get(at)?;
        if command.captured {
            return None;
        }
        for target in &command.writes {
            let target = self.text(target);
            let is_terminal = [&b"1"[..], b"2", b"/dev/stderr", b"/dev/stdout", b"/dev/tty"].contains(&target);
            let is_named = |name: &[u8]| memchr::memmem::find(target, name).is_some();
            if is_named(b"GITHUB_OUTPUT") || is_named(b"GITHUB_STEP_SUMMARY") {
                return Some(Severity::Medium);
            }
            // Later steps get it, and so do all the programs that they run.
            if is_named(b"GITHUB_ENV") {
                return Some(Severity::Low);
            }
            if !is_terminal {
                return None;
            }
        }
        match command.feeds {
            None => Some(Severity::High),
            Some(next) if next > at => {
                let passes = self.all.get(next).is_some_and(|next| PASSES.contains(&self.program(&self.plain(next))));
                if passes { self.goes_to_log(next) } else { None }
            }
            Some(_) => None,
        }
    }

    fn printed(&mut self, at: usize, words: &[Range<usize>], span: &Range<usize>) {
        let all = &self.code[span.clone()];
        let is_masking = [&b"add-mask"[..], b"issecret"].iter().any(|mark| memchr::memmem::find(all, mark).is_some());
        let to_variable = words.get(1).is_some_and(|word| self.text(word) == b"-v");
        let Some(severity) = self.goes_to_log(at).filter(|_| !is_masking && !to_variable) else { return };
        for word in words.iter().skip(1) {
            if self.secrets(word, severity, span) {
                return;
            }
        }
    }

    /// Adds the secret that stands for itself in `word`.
    fn secrets(&mut self, word: &Range<usize>, most: Severity, span: &Range<usize>) -> bool {
        let all = expansions(self.text(word), Nested::Skipped);
        let Some((rule, names)) = self.names() else { return false };
        let tells = |one: &&Expansion| one.is_secret || names.announce(one.name.as_bytes()).is_some();
        let Some(name) = all.iter().find(tells).map(|one| one.name.clone()) else { return false };
        let severity = self.view.severity(rule).min(most);
        let how = if most < Severity::High { "is handed to whatever runs next" } else { "is printed" };
        let said = format!("`{name}` {how}.");
        self.out.push(Found { rule, severity, span: span.clone(), key: name.to_ascii_lowercase(), said });
        true
    }

    pub(super) fn is_dump(&self, program: &[u8], words: &[Range<usize>]) -> bool {
        let option = |at: usize| words.get(at).map(|word| self.text(word));
        match program {
            b"env" => words.len() == 1 || (words.len() == 2 && option(1) == Some(b"-0")),
            b"printenv" => words.len() == 1,
            b"export" | b"declare" => words.len() == 2 && matches!(option(1), Some(b"-p" | b"-x" | b"-xp")),
            _ => false,
        }
    }

    /// The rule about secrets in output, and the names that it knows.
    fn names(&self) -> Option<(usize, &'a Names)> {
        let view: &'a View<'_> = self.view;
        view.flows.rules().iter().enumerate().find_map(|(at, rule)| {
            let is_own = rule.shape.is_none() && rule.calls == at && rule.kind == Kind::Logging;
            rule.names.as_ref().filter(|_| is_own).map(|names| (at, names))
        })
    }

    /// A shell that prints what it runs, near secrets.
    fn trace(&mut self, program: &[u8], words: &[Range<usize>], span: &Range<usize>) {
        let traces = |word: &[u8]| word.len() > 1 && word[0] == b'-' && word[1] != b'-' && word.contains(&b'x');
        let is_set = program == b"set" && words.get(1).is_some_and(|word| traces(self.text(word)));
        let is_long = program == b"set"
            && words.iter().any(|word| self.text(word) == b"xtrace")
            && self.text(&words[1]).starts_with(b"-");
        let is_shell = [&b"bash"[..], b"sh"].contains(&program)
            && words.get(1).is_some_and(|word| traces(self.text(word)) && !self.text(word).contains(&b'c'));
        if (is_set || is_long || is_shell) && self.handles_secrets(span.end) {
            self.shape(Shape::Trace, "", span);
        }
    }

    /// True if a secret is used soon behind `at`.
    fn handles_secrets(&self, at: usize) -> bool {
        let rest = &self.code[at..];
        let end = memchr::memchr_iter(b'\n', rest).nth(NEAR).unwrap_or(rest.len());
        let rest = &rest[..end];
        let off = memchr::memmem::find(rest, b"set +x").unwrap_or(rest.len());
        let Some((_, names)) = self.names() else { return false };
        expansions(&rest[..off], Nested::Read).iter().any(|one| one.is_secret || announces(names, &one.name))
    }

    pub(super) fn shape(&mut self, shape: Shape, what: &str, span: &Range<usize>) {
        self.rule(|rule| rule.shape == Some(shape), what, span, None);
    }

    pub(super) fn rule(
        &mut self,
        is: impl Fn(&FlowRule) -> bool,
        what: &str,
        span: &Range<usize>,
        severity: Option<Severity>,
    ) {
        let Some(rule) = self.view.flows.rules().iter().position(is) else { return };
        let shown = String::from_utf8_lossy(&self.code[span.clone()]).into_owned();
        let key = shown.split_whitespace().collect::<Vec<_>>().join(" ").replace(['"', '\''], "");
        let severity = severity.unwrap_or(self.view.severity(rule));
        let said = if what.is_empty() { format!("`{shown}`.") } else { format!("`{shown}` {what}.") };
        self.out.push(Found { rule, severity, span: span.clone(), key, said });
    }
}

/// True for the name of a secret; in capitals it came from outside, where `$TOKEN` has one meaning.
fn announces(names: &Names, name: &str) -> bool {
    let is_outside = !name.bytes().any(|b| b.is_ascii_lowercase());
    names.announce(name.as_bytes()).is_some_and(|how| how == Announces::Surely || is_outside)
}

/// The rule of this kind and shape.
pub(super) fn of(kind: Kind, shape: Shape) -> impl Fn(&FlowRule) -> bool {
    move |rule| rule.kind == kind && rule.shape == Some(shape)
}
