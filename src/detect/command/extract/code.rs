//! Commands that programs start: calls whose arguments are literals.

use super::super::script::Script;
use super::{numbered, quoted};

/// Farthest a call is read, in bytes.
const LONGEST_CALL: usize = 2000;

/// A language with its ways to start a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::detect::command) enum Language {
    Python,
    JavaScript,
    Go,
    Ruby,
    Php,
    Rust,
    Java,
    C,
    CSharp,
    Lua,
    Pipeline,
}

impl Language {
    /// By the ending of a file's name.
    pub(super) fn of(ending: &str) -> Option<Self> {
        Some(match ending {
            "py" | "pyw" => Self::Python,
            "js" | "ts" | "mjs" | "cjs" | "mts" | "cts" | "jsx" | "tsx" => Self::JavaScript,
            "go" => Self::Go,
            "rb" | "rake" => Self::Ruby,
            "php" => Self::Php,
            "rs" => Self::Rust,
            "java" | "kt" | "kts" | "scala" | "groovy" => Self::Java,
            "c" | "cc" | "cpp" | "cxx" => Self::C,
            "cs" => Self::CSharp,
            "lua" | "pl" => Self::Lua,
            _ => return None,
        })
    }

    /// False for a file that starts none.
    pub(super) fn may_run(self, text: &[u8]) -> bool {
        self.gates().iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some())
    }

    /// What stands in a file that starts processes at all.
    fn gates(self) -> &'static [&'static str] {
        match self {
            Self::Python => &["subprocess", "os.system", "os.popen"],
            Self::JavaScript => &["child_process", "execa", "shelljs"],
            Self::Go => &["os/exec"],
            Self::Ruby => &["system", "Open3", "spawn", "exec", "`"],
            Self::Php => &["exec", "system(", "passthru"],
            Self::Rust => &["Command::new("],
            Self::Java => &["ProcessBuilder", ".exec("],
            Self::C => &["system(\"", "popen(\""],
            Self::CSharp => &["Process.Start("],
            Self::Lua => &["os.execute(", "system("],
            Self::Pipeline => &["sh", "bat"],
        }
    }

    /// Names of the calls, with the parenthesis.
    fn calls(self) -> &'static [&'static str] {
        match self {
            Self::Python => &[
                "os.system(",
                "os.popen(",
                "subprocess.run(",
                "subprocess.call(",
                "check_call(",
                "check_output(",
                "Popen(",
                "subprocess.getoutput(",
            ],
            Self::JavaScript => {
                &["execSync(", "exec(", "spawnSync(", "spawn(", "execFileSync(", "execFile(", "execa(", "execaSync("]
            }
            Self::Go => &["exec.Command(", "exec.CommandContext("],
            Self::Ruby => &["system(", "spawn(", "exec(", "system ", "Open3.capture3(", "Open3.capture2e("],
            Self::Php => &["exec(", "system(", "passthru(", "popen("],
            Self::Rust => &["Command::new("],
            Self::Java => &["ProcessBuilder(", ".exec("],
            Self::C => &["system(", "popen("],
            Self::CSharp => &["Process.Start("],
            Self::Lua => &["os.execute(", "system("],
            Self::Pipeline => &["sh ", "sh(", "bat ", "bat(", "script: ", "powershell "],
        }
    }
}

/// The commands of a program.
pub(super) fn scripts(text: &str, language: Language) -> Vec<Script> {
    let mut out = Vec::new();
    for (start, line) in numbered(text) {
        let trimmed = line.trim_start();
        if trimmed.starts_with(['#', '*']) || trimmed.starts_with("//") || trimmed.starts_with("--") {
            continue;
        }
        if let Some((at, ticked)) = ticked(line, language) {
            out.push(Script::of(&ticked, start + at));
            continue;
        }
        for call in language.calls() {
            let Some(at) =
                line.find(call).filter(|at| !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'))
            else {
                continue;
            };
            out.extend(command(text, start + at + call.len(), language));
            break;
        }
    }
    out
}

/// What stands in backticks, where they run it.
fn ticked(line: &str, language: Language) -> Option<(usize, String)> {
    let at = line.find('`').filter(|_| matches!(language, Language::Ruby | Language::Php | Language::Lua))?;
    // In a text they only quote.
    let is_text = line[..at].matches(['"', '\'']).count() % 2 == 1;
    let (place, text) = literals(&line[at..]).into_iter().next().filter(|_| !is_text)?;
    Some((at + place, text))
}

/// The command of a call whose arguments begin at `start`.
fn command(text: &str, start: usize, language: Language) -> Option<Script> {
    let mut end = text.len().min(start + LONGEST_CALL);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let rest = &text[start..end];
    let arguments = match language {
        Language::Rust => rest.find(';').map_or(rest, |at| &rest[..at]),
        _ => closed(rest),
    };
    let trimmed = arguments.trim_start_matches(|c: char| c.is_whitespace() || "[({@".contains(c));
    let trimmed = trimmed.trim_start_matches("new String[]").trim_start_matches(['{', ' ']);
    let trimmed = trimmed.trim_start_matches(['f', 'r', 'b']);
    let first_known = trimmed.starts_with(['"', '\'', '`'])
        || ["ctx", "context.", "List.of", "Arrays.asList", "listOf"].iter().any(|w| trimmed.starts_with(w));
    if !first_known {
        return None;
    }
    let mut items = literals(arguments).into_iter();
    let (at, first) = items.next()?;
    if first.contains(char::is_whitespace) {
        return Some(Script::of(&first, start + at));
    }
    let mut script = Script::new();
    if language == Language::CSharp {
        // The second argument is the rest of the line.
        script.push(&first, start + at);
        for (at, text) in items.take(1) {
            script.push(" ", start + at);
            script.push(&text, start + at);
        }
        return Some(script);
    }
    quoted(&mut script, &first, start + at);
    items.take(60).for_each(|(at, text)| quoted(&mut script, &text, start + at));
    Some(script)
}

/// The arguments up to the parenthesis that closes the call, or to the first that has a name.
fn closed(rest: &str) -> &str {
    let (mut depth, mut quote, mut escaped) = (0i32, None, false);
    for (at, c) in rest.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(c),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ')' | ']' | '}') => {
                depth -= 1;
                if depth < 0 {
                    return &rest[..at];
                }
            }
            // `shell=True`, `cwd: "/"`: what follows is no word of the command.
            (None, '=' | ':') if depth <= 1 => return &rest[..at],
            (None, ';') => return &rest[..at],
            _ => {}
        }
    }
    rest
}

/// The string literals of a piece of code, with their offsets; anything else between commas is a word nobody knows.
pub(in crate::detect::command) fn literals(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut chars = code.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if !matches!(c, '"' | '\'' | '`') {
            continue;
        }
        // Three of them open a text over lines.
        let three = code.get(at..at + 3).unwrap_or_default();
        if c != '`' && three.len() == 3 && three.chars().all(|other| other == c) {
            let start = at + 3;
            let Some(end) = code[start..].find(three) else { break };
            out.push((start, code[start..start + end].to_owned()));
            while chars.next_if(|(next, _)| *next < start + end + 3).is_some() {}
            continue;
        }
        let mut text = String::new();
        let mut is_closed = false;
        while let Some((_, inner)) = chars.next() {
            match inner {
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push(' '),
                    Some((_, other)) => text.push(other),
                    None => break,
                },
                _ if inner == c => {
                    is_closed = true;
                    break;
                }
                _ => text.push(inner),
            }
        }
        if is_closed {
            out.push((at + 1, text));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn a_quote_may_stand_beside_any_character() {
        let texts = |code: &str| literals(code).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        assert_eq!(texts("'\u{feff}\u{feff}make' "), ["\u{feff}\u{feff}make"]);
        assert_eq!(texts("'''a'b''' 'é'"), ["a'b", "é"]);
        assert_eq!(texts("'é"), [""; 0]);
    }
}
