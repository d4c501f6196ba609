//! The command line of `init` and `doctor`.

use std::path::PathBuf;

use clap::{Args, ValueHint};

/// Arguments of `init`.
#[derive(Debug, Args)]
#[command(after_help = "\
It never overwrites a file. The policy explains every key and changes nothing until a line of it is switched on. \
The hook is git's plain pre-commit hook; it is written where git looks for it (core.hooksPath, linked worktrees), and not \
at all where another hook stands or where pre-commit, prek, husky or lefthook manage hooks: then it says what to add. What is \
there already stays, so it can be called again.

--import reads .gitleaks.toml, .gitleaksignore, .secrets.baseline, and the comments `gitleaks:allow` and \
`pragma: allowlist secret` of tracked files. Each finding that stands there now becomes one entry; whatever cannot be \
carried over is named with its line and the reason.

Exit codes: 0 done; 2 not done, and why; 3 not imported, because something here could not be read.

Examples:
  ringfence init                        the policy and the hook: all that a new repository or a new clone needs
  ringfence init --import               what other scanners leave alone, as entries of a policy
  ringfence init --import -o new.toml   the same beside a policy that is there already
  ringfence init --schema > s.json      for an editor that completes and checks the policy")]
pub struct Init {
    /// Fail where the pre-commit hook cannot be installed, instead of saying what to add
    #[arg(long)]
    pub hook: bool,
    /// Leave hooks alone
    #[arg(long, conflicts_with = "hook")]
    pub no_hook: bool,
    /// Carry over what other scanners were told to leave alone
    #[arg(long)]
    pub import: bool,
    /// Write the policy to FILE instead of ringfence.toml at the top of the repository; no hook without --hook
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Print the JSON Schema of the policy file, and do nothing else
    #[arg(long, conflicts_with_all = ["hook", "no_hook", "import", "output"])]
    pub schema: bool,
}

/// Arguments of `doctor`.
#[derive(Debug, Args)]
#[command(after_help = "\
It reads, and it tries the hook: a made-up token, built for the occasion, is staged in an index of its own in a temporary \
folder, and the hook that git would run is run on it. Neither the index, the working tree nor the objects of the repository are \
touched. Only the hook that `ringfence init` writes is run without being asked; any other one is read, and run \
with --run-hook.

Each line begins with `ok`, `note` or `to do`, and says what to do.

Exit codes: 0 all is well; 1 something is to be done; 2 not inside a git repository.

Examples:
  ringfence doctor                   after setting up, and whenever a gate was silent for long
  ringfence doctor --run-hook        with a hook that runs other things, or that a manager wrote")]
pub struct Doctor {
    /// Run the hook whatever it is: it may run anything that its author wrote
    #[arg(long)]
    pub run_hook: bool,
}
