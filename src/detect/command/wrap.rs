//! Programs that run another: where in their words it begins, and which of them run text.

use super::words::{Command, Word, base_name, is_assignment};

/// How deep wrappers are seen through.
pub(super) const DEEPEST: usize = 5;

/// A wrapper: its name, the words that make it one, its options that take a value, and how many words of its own stand
/// before the command.
struct Wrapper {
    name: &'static str,
    words: &'static [&'static str],
    values: &'static [&'static str],
    own: usize,
}

const fn wrapper(
    name: &'static str,
    words: &'static [&'static str],
    values: &'static [&'static str],
    own: usize,
) -> Wrapper {
    Wrapper { name, words, values, own }
}

const NONE: &[&str] = &[];
const SUDO: &[&str] = &["-u", "-g", "-h", "-p", "-C", "-D", "-R", "-T", "-r", "-t", "-U", "--user", "--group"];
const DOCKER: &[&str] = &["-e", "--env", "-u", "--user", "-w", "--workdir", "--env-file", "--detach-keys"];

const WRAPPERS: [Wrapper; 40] = [
    wrapper("sudo", NONE, SUDO, 0),
    wrapper("doas", NONE, &["-u", "-C"], 0),
    wrapper("env", NONE, &["-u", "--unset", "-C", "--chdir"], 0),
    wrapper("nohup", NONE, NONE, 0),
    wrapper("time", NONE, &["-o", "-f"], 0),
    wrapper("command", NONE, NONE, 0),
    wrapper("builtin", NONE, NONE, 0),
    wrapper("exec", NONE, &["-a"], 0),
    wrapper("nice", NONE, &["-n"], 0),
    wrapper("ionice", NONE, &["-c", "-n"], 0),
    wrapper("stdbuf", NONE, &["-i", "-o", "-e"], 0),
    wrapper("timeout", NONE, &["-s", "-k", "--signal", "--kill-after"], 1),
    wrapper("gtimeout", NONE, &["-s", "-k"], 1),
    wrapper("xargs", NONE, &["-I", "-n", "-P", "-d", "-L", "-a", "-s", "-E"], 0),
    wrapper("parallel", NONE, &["-j", "-a", "-S"], 0),
    wrapper("watch", NONE, &["-n"], 0),
    wrapper("flock", NONE, &["-w", "-E"], 1),
    wrapper("chroot", NONE, NONE, 1),
    wrapper("setsid", NONE, NONE, 0),
    wrapper("unbuffer", NONE, NONE, 0),
    wrapper("caffeinate", NONE, NONE, 0),
    wrapper("busybox", NONE, NONE, 0),
    wrapper("runuser", NONE, &["-u", "-g"], 0),
    wrapper("gosu", NONE, NONE, 1),
    wrapper("su-exec", NONE, NONE, 1),
    wrapper("npx", NONE, &["-p", "--package"], 0),
    wrapper("bunx", NONE, NONE, 0),
    wrapper("uvx", NONE, &["--from", "--with"], 0),
    wrapper("pnpm", &["exec", "dlx"], NONE, 0),
    wrapper("yarn", &["exec", "dlx"], NONE, 0),
    wrapper("npm", &["exec"], NONE, 0),
    wrapper("bundle", &["exec"], NONE, 0),
    wrapper("poetry", &["run"], NONE, 0),
    wrapper("pipenv", &["run"], NONE, 0),
    wrapper("uv", &["run"], &["--with", "--python"], 0),
    wrapper("rye", &["run"], NONE, 0),
    wrapper("docker", &["exec"], DOCKER, 1),
    wrapper("podman", &["exec"], DOCKER, 1),
    wrapper("docker-compose", &["exec"], DOCKER, 1),
    wrapper("dotenv", NONE, &["-e", "-f"], 0),
];

const SHELLS: [&str; 8] = ["sh", "bash", "zsh", "dash", "ksh", "ash", "fish", "rbash"];

/// True if the program reads scripts of a shell.
pub(super) fn is_shell(program: &str) -> bool {
    SHELLS.contains(&program)
}

/// True if the program runs text that it is handed.
pub(super) fn runs_text(program: &str) -> bool {
    is_shell(program) || ["eval", "source", ".", "python", "python3", "node", "ruby", "perl", "iex"].contains(&program)
}

/// The program that a command runs in the end, wrappers seen through as far as a name shows.
pub(super) fn effective(command: &Command) -> &str {
    effective_words(command).first().map_or("", |word| base_name(&word.text))
}

/// The program that a command runs in the end if what comes through a pipe is more to it than data: one that could run
/// it, but was given its code or its script, is none.
pub(super) fn eats(command: &Command) -> Option<&str> {
    let (first, rest) = effective_words(command).split_first()?;
    let program = base_name(&first.text);
    let own = rest.iter().map(|word| word.text.as_str()).take_while(|word| !is_input(word)).find(|word| is_code(word));
    let is_fed = !runs_text(program) || matches!(program, "eval" | "source" | ".") || own.is_none();
    is_fed.then_some(program)
}

/// Words that say that the script comes through the pipe.
fn is_input(word: &str) -> bool {
    matches!(word, "-" | "/dev/stdin" | "-s") || word.starts_with("-s") && is_letters(word)
}

/// True for what is a script, or says that one follows.
fn is_code(word: &str) -> bool {
    !word.starts_with('-') || word.len() > 1 && is_letters(word) && word.contains(['c', 'e', 'm', 'p'])
}

fn is_letters(option: &str) -> bool {
    option[1..].bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn effective_words(command: &Command) -> &[Word] {
    let mut words = &command.words[..];
    for _ in 0..DEEPEST {
        match behind(words) {
            Some(inner) if !inner.is_empty() => words = inner,
            _ => break,
        }
    }
    words
}

/// The words that a plain wrapper runs.
pub(super) fn behind(words: &[Word]) -> Option<&[Word]> {
    let (first, mut rest) = words.split_first()?;
    let name = base_name(&first.text);
    let wrapper = WRAPPERS.iter().find(|w| w.name == name)?;
    if !wrapper.words.is_empty() {
        let (word, others) = rest.split_first()?;
        if !wrapper.words.contains(&word.text.as_str()) {
            return None;
        }
        rest = others;
    }
    let mut own = wrapper.own;
    while let Some((word, others)) = rest.split_first() {
        let text = word.text.as_str();
        if text == "--" {
            rest = others;
            break;
        }
        let is_option = text.len() > 1 && text.starts_with('-');
        if is_option && wrapper.values.contains(&text) {
            rest = others.get(1..).unwrap_or_default();
        } else if is_option || is_assignment(text) {
            rest = others;
        } else if own > 0 {
            (own, rest) = (own - 1, others);
        } else {
            break;
        }
    }
    Some(rest)
}
