//! Programs that run another: what they run is a command of its own.

use super::parse::commands;
use super::script::{Script, Syntax};
use super::words::{Command, Word, base_name, is_assignment};

/// How deep wrappers are seen through.
const DEEPEST: usize = 5;

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

/// The command and all that it runs through wrappers.
pub(super) fn unwrapped(command: Command, script: &Script) -> Vec<Command> {
    let mut out = Vec::new();
    let mut todo = vec![(command, 0)];
    while let Some((command, depth)) = todo.pop() {
        if depth < DEEPEST {
            inner(&command, script).into_iter().for_each(|inner| todo.push((inner, depth + 1)));
        }
        out.push(command);
    }
    out
}

/// What a command runs, one level down.
fn inner(command: &Command, script: &Script) -> Vec<Command> {
    let program = command.program();
    let with = |words: &[Word]| {
        let own = &command.words[..command.words.len() - words.len()];
        let sets = own.iter().filter(|word| is_assignment(&word.text)).map(|word| word.text.clone());
        let sets = command.sets.iter().cloned().chain(sets).collect();
        Command { words: words.to_vec(), sets, ..command.clone() }
    };
    let rest = command.words.get(1..).unwrap_or_default();
    match program {
        _ if is_shell(program) || program == "su" => {
            let here =
                if rest.is_empty() || rest.iter().all(|w| w.text.starts_with('-')) { &command.input } else { "" };
            let mut found = within(command, script_of(rest), script);
            found.extend(
                commands(&Script::of(here, 0)).into_iter().map(|c| Command { span: command.span.clone(), ..c }),
            );
            found
        }
        "eval" => within(command, joined(rest), script),
        "trap" => within(command, rest.first().map(|w| (w.text.clone(), w)), script),
        "ssh" => within(command, joined(remote(rest)), script),
        "nix-shell" | "nix" => within(command, after(rest, &["--run", "--command", "-c"]), script),
        "cmd" => joined_after(command, rest, &["/c", "/C", "/k"], script),
        "powershell" | "pwsh" => joined_after(command, rest, &["-c", "-C", "-Command", "-command"], script),
        "find" => executed(rest).map(with).collect(),
        "kubectl" | "oc" if rest.iter().any(|w| w.text == "exec") => {
            rest.iter().position(|w| w.text == "--").map(|at| with(&rest[at + 1..])).into_iter().collect()
        }
        _ => behind(&command.words).filter(|words| !words.is_empty()).map(with).into_iter().collect(),
    }
}

/// The words that a plain wrapper runs.
fn behind(words: &[Word]) -> Option<&[Word]> {
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

/// The script that a shell gets with `-c`.
fn script_of(words: &[Word]) -> Option<(String, &Word)> {
    let at = words.iter().position(|w| {
        let text = w.text.as_str();
        text == "--command"
            || (text.starts_with('-') && !text.starts_with("--") && text.ends_with('c') && text.len() < 8)
    })?;
    words.get(at + 1).map(|word| (word.text.clone(), word))
}

fn after<'a>(words: &'a [Word], options: &[&str]) -> Option<(String, &'a Word)> {
    let at = words.iter().position(|w| options.contains(&w.text.as_str()))?;
    words.get(at + 1).map(|word| (word.text.clone(), word))
}

fn joined(words: &[Word]) -> Option<(String, &Word)> {
    let first = words.first()?;
    Some((words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "), first))
}

fn joined_after(command: &Command, words: &[Word], options: &[&str], script: &Script) -> Vec<Command> {
    let at = words.iter().position(|w| options.contains(&w.text.as_str()));
    let windows = script.clone().read_by(Syntax::Windows);
    within(command, at.and_then(|at| joined(&words[at + 1..])), &windows)
}

/// What `ssh` runs on the other side.
fn remote(words: &[Word]) -> &[Word] {
    const VALUES: [&str; 12] = ["-p", "-i", "-l", "-o", "-F", "-J", "-L", "-R", "-D", "-b", "-c", "-S"];
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|w| w.text.starts_with('-')) {
        at += if VALUES.contains(&word.text.as_str()) { 2 } else { 1 };
    }
    words.get(at + 1..).unwrap_or_default()
}

/// What `find` executes.
fn executed(words: &[Word]) -> impl Iterator<Item = &[Word]> {
    let starts = words.iter().enumerate().filter(|(_, w)| ["-exec", "-execdir", "-ok"].contains(&w.text.as_str()));
    starts.map(|(at, _)| {
        let rest = &words[at + 1..];
        let end = rest.iter().position(|w| w.text == ";" || w.text == "+").unwrap_or(rest.len());
        &rest[..end]
    })
}

/// The commands of a text that stands in a word.
fn within(command: &Command, text: Option<(String, &Word)>, script: &Script) -> Vec<Command> {
    let Some((text, word)) = text else { return Vec::new() };
    let text = text.replace("\\$", "$");
    // Where the word is the text in quotes, the place is known to the byte.
    let raw = script.text.get(word.span.clone()).unwrap_or_default();
    let shift = raw.find(&text).map(|at| word.span.start + at);
    let nested = Script::of(&text, 0).read_by(script.syntax);
    let mut found = commands(&nested);
    for one in &mut found {
        let place = |at: usize| shift.map(|shift| shift + at);
        one.span = match (place(one.span.start), place(one.span.end)) {
            (Some(start), Some(end)) => start..end,
            _ => word.span.clone(),
        };
        for word in &mut one.words {
            word.span = one.span.clone();
        }
        one.feeds.extend(command.feeds.iter().cloned());
    }
    found
}
