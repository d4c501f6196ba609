//! The pre-commit hook: its text, what another one says, and who manages hooks in a repository.

/// The hook as `ringfence init` writes it.
pub const SCRIPT: &str = "\
#!/bin/sh
# Written by `ringfence init`: what is about to be committed stays inside the fence, or the commit does not happen.
if ! command -v ringfence >/dev/null 2>&1; then
  echo 'pre-commit: ringfence was not found in PATH, so nothing was checked and nothing is committed.' >&2
  echo 'Install it, or put its folder into PATH; `ringfence doctor` then says whether this hook works.' >&2
  exit 1
fi
ringfence diff --staged
status=$?
case $status in
  0) ;;
  1) echo 'pre-commit: the commit was refused; `ringfence explain FINGERPRINT` says why a finding is there.' >&2 ;;
  3) echo 'pre-commit: the commit was refused, because not everything in it could be read; see above.' >&2 ;;
  *) echo 'pre-commit: the commit was refused, because the check could not be made; see above.' >&2 ;;
esac
exit $status
";

/// The hook as the first versions wrote it.
const EARLIER: &str = "\
#!/bin/sh
# Written by `ringfence init`: what is about to be committed stays inside the fence, or the commit does not happen.
if ! command -v ringfence >/dev/null 2>&1; then
  echo 'pre-commit: ringfence was not found in PATH, so nothing was checked and nothing is committed.' >&2
  echo 'Install it, or put its folder into PATH; `ringfence doctor` then says whether this hook works.' >&2
  exit 1
fi
exec ringfence diff --staged
";

/// The command that a hook has to run.
pub const COMMAND: &str = "ringfence diff --staged";

/// What the text of a hook does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// It is ours to the letter.
    Ours,
    /// It runs ringfence, and may run other things.
    Mentions,
    /// It does not run ringfence.
    Nothing,
}

/// Reads the text of a hook.
pub fn says(text: &[u8]) -> Says {
    if text == SCRIPT.as_bytes() || text == EARLIER.as_bytes() {
        return Says::Ours;
    }
    let is_call = |line: &&[u8]| !line.trim_ascii_start().starts_with(b"#") && calls(line);
    match text.split(|byte| *byte == b'\n').any(|line| is_call(&line)) {
        true => Says::Mentions,
        false => Says::Nothing,
    }
}

fn calls(line: &[u8]) -> bool {
    let words = String::from_utf8_lossy(line);
    let mut words = words.split(|c: char| c.is_whitespace() || c == '"' || c == '\'');
    let is_program =
        |word: &str| word.rsplit(['/', '\\']).next().is_some_and(|name| name.trim_end_matches(".exe") == "ringfence");
    words.by_ref().any(is_program) && words.any(|word| word == "diff")
}

/// True if the file of a manager names ringfence outside of a comment.
pub fn is_named(text: &str) -> bool {
    text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("ringfence"))
}

/// A program that manages the hooks of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manager {
    /// pre-commit, and prek where it reads the same file.
    PreCommit,
    /// prek with a file of its own.
    Prek,
    /// husky.
    Husky,
    /// lefthook.
    Lefthook,
}

/// Files at the top of a repository that tell who manages its hooks.
pub const SIGNS: [(&str, Manager); 12] = [
    (".pre-commit-config.yaml", Manager::PreCommit),
    (".pre-commit-config.yml", Manager::PreCommit),
    ("prek.toml", Manager::Prek),
    (".husky", Manager::Husky),
    ("lefthook.yml", Manager::Lefthook),
    ("lefthook.yaml", Manager::Lefthook),
    (".lefthook.yml", Manager::Lefthook),
    (".lefthook.yaml", Manager::Lefthook),
    ("lefthook.toml", Manager::Lefthook),
    (".lefthook.toml", Manager::Lefthook),
    ("lefthook.json", Manager::Lefthook),
    (".lefthook.json", Manager::Lefthook),
];

impl Manager {
    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit",
            Self::Prek => "prek",
            Self::Husky => "husky",
            Self::Lefthook => "lefthook",
        }
    }

    /// The file in which a call of ringfence stands, where the sign itself is not that file.
    pub fn file(self, sign: &'static str) -> &'static str {
        match self {
            Self::Husky => ".husky/pre-commit",
            Self::PreCommit | Self::Prek | Self::Lefthook => sign,
        }
    }

    /// The command that makes git call it in a clone.
    pub fn install(self) -> &'static str {
        match self {
            Self::PreCommit => "pre-commit install",
            Self::Prek => "prek install",
            Self::Husky => "npx husky",
            Self::Lefthook => "lefthook install",
        }
    }

    /// What to write into its file.
    pub fn entry(self) -> &'static str {
        match self {
            Self::PreCommit => {
                "  - repo: local
    hooks:
      - id: ringfence
        name: ringfence
        entry: ringfence diff --staged
        language: system
        always_run: true
        pass_filenames: false
        require_serial: true
        verbose: true
        stages: [pre-commit, pre-merge-commit]"
            }
            Self::Prek => {
                "[[repos]]
repo = \"local\"

[[repos.hooks]]
id = \"ringfence\"
name = \"ringfence\"
entry = \"ringfence diff --staged\"
language = \"system\"
always_run = true
pass_filenames = false
require_serial = true
verbose = true
stages = [\"pre-commit\", \"pre-merge-commit\"]"
            }
            Self::Husky => COMMAND,
            Self::Lefthook => {
                "pre-commit:
  commands:
    ringfence:
      run: ringfence diff --staged"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_read_by_what_it_runs() {
        assert_eq!((says(SCRIPT.as_bytes()), says(EARLIER.as_bytes())), (Says::Ours, Says::Ours));
        for text in
            ["make lint\n/opt/bin/ringfence diff --staged", "x && \"$HOME/bin/ringfence\" diff --staged || exit 1"]
        {
            assert_eq!(says(text.as_bytes()), Says::Mentions, "{text}");
        }
        for text in ["", "# ringfence diff --staged", "echo ringfence", "ringfence-like diff", "pre-commit run"] {
            assert_eq!(says(text.as_bytes()), Says::Nothing, "{text}");
        }
    }
}
