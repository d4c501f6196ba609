//! Commands in YAML: steps of CI systems, tasks of Ansible, services of compose files. Read line by line, so that a template
//! which is no YAML is read, too.

use super::super::script::{Script, Syntax};
use super::{blanked, numbered, quoted};

/// Keys whose value is a script, or a list of such.
const SCRIPTS: [&str; 17] = [
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "cmd",
    "cmds",
    "bash",
    "sh",
    "shell",
    "entry",
    "powershell",
    "pwsh",
    "install",
    "before_install",
    "entrypoint",
];
/// Those of them whose list is one command.
const ARGUMENTS: [&str; 2] = ["command", "entrypoint"];

/// The scripts of a file.
pub(super) fn scripts(text: &str) -> Vec<Script> {
    let text = &blanked(text, &[("${{", "}}"), ("{{", "}}"), ("<<", ">>")]);
    let lines: Vec<(usize, &str)> = numbered(text).collect();
    let mut out = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let (start, line) = lines[at];
        at += 1;
        let Some(entry) = Entry::of(start, line) else { continue };
        let key = entry.key.rsplit('.').next().unwrap_or(entry.key);
        if SCRIPTS.contains(&key) {
            at = entry.read(key, &lines, at, &mut out);
        }
    }
    out
}

/// A line with a key.
struct Entry<'a> {
    indent: usize,
    key: &'a str,
    value: &'a str,
    at: usize,
}

impl<'a> Entry<'a> {
    fn of(start: usize, line: &'a str) -> Option<Self> {
        let indent = line.find(|c| c != ' ' && c != '-')?;
        let (key, value) = line[indent..].split_once(':')?;
        let trimmed = value.trim_start();
        if key.contains([' ', '#', '"']) || (trimmed.len() == value.len() && !value.is_empty()) {
            return None;
        }
        let at = start + line.len() - trimmed.len();
        Some(Self { indent, key, value: trimmed.trim_end(), at })
    }

    /// Reads the value, and says on which line it ends.
    fn read(&self, key: &str, lines: &[(usize, &str)], next: usize, out: &mut Vec<Script>) -> usize {
        let syntax = if ["powershell", "pwsh"].contains(&key) { Syntax::Windows } else { Syntax::Posix };
        match self.value.as_bytes().first() {
            Some(b'|' | b'>') => {
                let (script, end) = block(self.value.starts_with('>'), self.indent, lines, next);
                out.push(script.read_by(syntax));
                end
            }
            Some(b'[') => {
                flow(self.value, self.at, ARGUMENTS.contains(&key), out);
                next
            }
            Some(b'#') | None => list(self.indent, ARGUMENTS.contains(&key), lines, next, out),
            _ => {
                out.push(scalar(self.value, self.at).read_by(syntax));
                next
            }
        }
    }
}

/// The value on one line.
fn scalar(value: &str, at: usize) -> Script {
    match value.as_bytes().first() {
        Some(quote @ (b'"' | b'\'')) => {
            let inner = &value[1..];
            let inner = inner.strip_suffix(char::from(*quote)).unwrap_or(inner);
            Script::of(&inner.replace("\\\"", "\""), at + 1)
        }
        _ => Script::of(value.split(" #").next().unwrap_or(value), at),
    }
}

fn indent_of(line: &str) -> Option<usize> {
    line.find(|c| c != ' ')
}

/// The lines below that stand deeper.
fn block(is_folded: bool, indent: usize, lines: &[(usize, &str)], next: usize) -> (Script, usize) {
    let mut script = Script::new();
    let mut at = next;
    let depth = lines[next..].iter().find_map(|(_, line)| indent_of(line)).unwrap_or(0);
    while let Some((start, line)) = lines.get(at) {
        match indent_of(line) {
            Some(own) if own <= indent.min(depth.saturating_sub(1)) => break,
            Some(own) => {
                let skip = own.min(depth);
                script.push(&line[skip..], start + skip);
            }
            None => {}
        }
        script.push(if is_folded { " " } else { "\n" }, start + line.len());
        at += 1;
    }
    (script, at)
}

/// Items below a key: scripts, or the words of one command.
fn list(indent: usize, is_command: bool, lines: &[(usize, &str)], next: usize, out: &mut Vec<Script>) -> usize {
    let mut words = Script::new();
    let mut at = next;
    while let Some((start, line)) = lines.get(at) {
        let Some(own) = indent_of(line) else {
            at += 1;
            continue;
        };
        let Some(item) = line[own..].strip_prefix("- ").filter(|_| own + 2 >= indent.max(2)) else {
            if line[own..].starts_with('#') {
                at += 1;
                continue;
            }
            break;
        };
        let place = start + line.len() - item.trim_start().len();
        let item = item.trim();
        at += 1;
        if item.starts_with(['|', '>']) {
            let (script, end) = block(item.starts_with('>'), own, lines, at);
            out.push(script);
            at = end;
        } else if is_command {
            let text = scalar(item, place).text;
            quoted(&mut words, &text, place);
        } else if Entry::of(*start, line).is_some_and(|entry| SCRIPTS.contains(&entry.key)) {
            at -= 1;
            break;
        } else {
            out.push(scalar(item, place));
        }
    }
    if !words.text.is_empty() {
        out.push(words);
    }
    at
}

/// A list on one line.
fn flow(value: &str, at: usize, is_command: bool, out: &mut Vec<Script>) {
    let items = super::code::literals(value);
    let mut words = Script::new();
    for (place, text) in items {
        match is_command {
            true => quoted(&mut words, &text, at + place),
            false => out.push(Script::of(&text, at + place)),
        }
    }
    if !words.text.is_empty() {
        out.push(words);
    }
}
