//! Commands in files with one command on a line, and in what agents read.

use super::super::script::Script;
use super::numbered;

/// Words in the lines above that make an example of what not to do.
const WARNINGS: [&str; 10] =
    ["never", "don't", "do not", "don’t", "avoid", "must not", "forbid", "dangerous", "not allowed", "without asking"];
/// How many lines above a block are read for such words.
const WARNED_ABOVE: usize = 3;

/// `name: command`.
pub(super) fn procfile(text: &str) -> Vec<Script> {
    let command = |(start, line): (usize, &str)| {
        let (name, rest) = line.split_once(':')?;
        (!name.contains([' ', '#'])).then(|| Script::of(rest, start + name.len() + 1))
    };
    numbered(text).filter_map(command).collect()
}

/// Five fields or a word such as `@daily`, then the command, in some files after a user.
pub(super) fn crontab(text: &str) -> Vec<Script> {
    let command = |(start, line): (usize, &str)| {
        let is_time = |word: &str| word.bytes().all(|b| b.is_ascii_digit() || b"*/,-".contains(&b));
        let mut rest = line.trim_start();
        let mut fields = 0;
        if rest.starts_with('@') {
            rest = rest.split_once([' ', '\t'])?.1.trim_start();
            fields = 5;
        }
        while fields < 5 {
            let (word, others) = rest.split_once([' ', '\t'])?;
            if !is_time(word) {
                return None;
            }
            (rest, fields) = (others.trim_start(), fields + 1);
        }
        let user = rest.split_once([' ', '\t']).filter(|(word, _)| ["root", "www-data", "nobody"].contains(word));
        let rest = user.map_or(rest, |(_, others)| others.trim_start());
        Some(Script::of(rest, start + line.len() - rest.len()))
    };
    numbered(text).filter_map(command).collect()
}

/// `ExecStart=` and its like.
pub(super) fn unit(text: &str) -> Vec<Script> {
    let command = |(start, line): (usize, &str)| {
        let (_, rest) = line.split_once('=').filter(|(key, _)| key.starts_with("Exec") && !key.contains(' '))?;
        let rest = rest.trim_start_matches(['@', '-', ':', '+', '!', ' ']);
        Some(Script::of(rest, start + line.len() - rest.len()))
    };
    numbered(text).filter_map(command).collect()
}

/// The scripts of a package: strings below `scripts`.
pub(super) fn package(text: &str) -> Vec<Script> {
    let mut out = Vec::new();
    let Some(start) = text.find("\"scripts\"") else { return out };
    let mut depth = 0;
    let mut at = start + "\"scripts\"".len();
    let bytes = text.as_bytes();
    let mut is_value = false;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth <= 0 {
                    break;
                }
            }
            b':' => is_value = true,
            b',' if depth == 1 => is_value = false,
            b'"' => {
                let (script, end) = json_string(text, at + 1);
                if is_value {
                    out.push(script);
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    out
}

/// The text of a JSON string, and where its closing quote stands.
fn json_string(text: &str, start: usize) -> (Script, usize) {
    let mut script = Script::new();
    let (mut from, mut at) = (start, start);
    let bytes = text.as_bytes();
    while at < bytes.len() && bytes[at] != b'"' {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        script.push(&text[from..at], from);
        match bytes.get(at + 1) {
            Some(b'n') => script.push("\n", at),
            Some(b't') => script.push(" ", at),
            Some(b'"') => script.push("\"", at),
            Some(b'\\') => script.push("\\", at),
            _ => {}
        }
        at += 2;
        while at < bytes.len() && !text.is_char_boundary(at) {
            at += 1;
        }
        from = at;
    }
    let end = at.min(bytes.len());
    script.push(text.get(from..end).unwrap_or_default(), from);
    (script, end)
}

/// Blocks of commands in Markdown that an agent follows.
pub(super) fn agent(text: &str) -> Vec<Script> {
    let mut out = Vec::new();
    let mut above: Vec<&str> = Vec::new();
    let mut open: Option<Option<Script>> = None;
    for (start, line) in numbered(text) {
        let trimmed = line.trim_start();
        if let Some(language) = trimmed.strip_prefix("```") {
            match open.take() {
                Some(script) => out.extend(script),
                None => open = Some(is_shell(language.trim(), &above).then(Script::new)),
            }
            above.clear();
            continue;
        }
        match &mut open {
            Some(Some(script)) => {
                let is_warned = WARNINGS.iter().any(|word| line.to_ascii_lowercase().contains(word));
                let command = trimmed.strip_prefix("$ ").unwrap_or(trimmed);
                script.push(if is_warned { "" } else { command }, start + line.len() - command.len());
                script.push("\n", start + line.len());
            }
            Some(None) => {}
            None if trimmed.is_empty() => {}
            None => above.push(trimmed),
        }
    }
    out
}

fn is_shell(language: &str, above: &[&str]) -> bool {
    let word = language.split([' ', '{', ',']).next().unwrap_or_default();
    let is_named = ["sh", "bash", "shell", "zsh", "console", "terminal", "shell-session"].contains(&word);
    let last = &above[above.len().saturating_sub(WARNED_ABOVE)..];
    let is_warned = last.iter().any(|line| WARNINGS.iter().any(|word| line.to_ascii_lowercase().contains(word)));
    is_named && !is_warned
}
