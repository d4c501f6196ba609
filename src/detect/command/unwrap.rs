//! What a command runs in turn, through wrappers, shells and scripts in its words: each is a command of its own.

use super::parse::commands;
use super::script::{Script, Syntax};
use super::words::{Command, Word, is_assignment};
use super::wrap::{DEEPEST, behind, is_shell};

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
