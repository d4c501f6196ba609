//! Runs a hook on a canary: a made-up token, staged where nothing of the user's is touched.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::detect::example;
use crate::source::git::Repository;

/// A hook that has not ended by then hangs.
pub(super) const PATIENCE: Duration = Duration::from_secs(120);
/// Lines of a hook's output that are shown where it failed for another reason.
const SHOWN: usize = 5;
/// Variables that would lead git somewhere else than to the folder in which a hook runs.
const LEADING: [&str; 7] = [
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
];

/// What the hook did with the canary.
pub(super) enum Verdict {
    /// It refused it, and named it.
    Fires,
    /// It let it pass, and said this.
    Passes(String),
    /// It failed, and did not name it.
    Fails(String),
    /// It did not end.
    Hangs,
}

/// Where a hook was run.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// In the working tree, on an index apart: the hook is ours and writes nothing.
    Apart,
    /// In a checkout of its own.
    Checkout,
}

/// A hook that was run.
pub(super) struct Tried {
    pub(super) place: Place,
    pub(super) verdict: Verdict,
    /// Files of the user that changed meanwhile.
    pub(super) changed: Vec<PathBuf>,
}

/// A token that no service issued, and the file for it.
struct Canary {
    name: String,
    content: String,
}

impl Canary {
    fn new() -> Result<Self, String> {
        let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| u64::from(time.subsec_nanos()));
        let token = example::fill("{github:ghp_}", seed).map_err(|error| error.to_string())?;
        Ok(Self { name: format!("ringfence-canary-{seed}.txt"), content: format!("token = {token}\n") })
    }
}

/// Runs the hook that `ringfence init` writes at the top of the working tree, which it only reads.
pub(super) fn apart(repository: &Repository, top: &Path, hook: &Path) -> Result<Tried, String> {
    let (folder, canary) = (folder()?, Canary::new()?);
    let staged = repository.staged_apart(&canary.name, canary.content.as_bytes(), &folder.0);
    let staged = staged.map_err(|error| error.to_string())?;
    let mut command = command(hook);
    command
        .current_dir(top)
        .env("GIT_INDEX_FILE", &staged.index)
        .env("GIT_OBJECT_DIRECTORY", &staged.objects)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &staged.alternate);
    let verdict = verdict(command, &canary, &folder)?;
    Ok(Tried { place: Place::Apart, verdict, changed: Vec::new() })
}

/// Runs any other hook in a checkout of its own: one that puts aside what is not staged, as managers do, finds nothing of
/// the user's there. `also` is the file that rules the hook.
pub(super) fn in_a_checkout(repository: &Repository, also: Option<&str>) -> Result<Tried, String> {
    let (folder, canary) = (folder()?, Canary::new()?);
    let checkout = repository.checked_out(&canary.name, canary.content.as_bytes(), also, &folder.0);
    let checkout = checkout.map_err(|error| error.to_string())?;
    let mut command = command(&checkout.hooks.join("pre-commit"));
    for name in LEADING {
        command.env_remove(name);
    }
    command.current_dir(&checkout.top).env("PWD", &checkout.top).env("GIT_INDEX_FILE", &checkout.index);
    let before = repository.stamps().map_err(|error| error.to_string())?;
    let verdict = verdict(command, &canary, &folder)?;
    let after = repository.stamps().map_err(|error| error.to_string())?;
    Ok(Tried { place: Place::Checkout, verdict, changed: before.changed(&after).map(Path::to_owned).collect() })
}

fn folder() -> Result<Folder, String> {
    Folder::new().map_err(|error| format!("cannot create a temporary folder: {error}"))
}

fn verdict(command: Command, canary: &Canary, folder: &Folder) -> Result<Verdict, String> {
    let log = folder.0.join("log");
    let status = ran(command, &log).map_err(|error| format!("cannot run it: {error}"))?;
    let output = fs::read(&log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    Ok(match status {
        None => Verdict::Hangs,
        Some(status) if status.success() => Verdict::Passes(last(&output)),
        Some(_) if output.contains(&canary.name) => Verdict::Fires,
        Some(_) => Verdict::Fails(last(&output)),
    })
}

/// The end of what a program said: why it failed stands there.
fn last(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// Runs the hook as git does. `None` if it does not end.
fn ran(mut command: Command, log: &Path) -> io::Result<Option<ExitStatus>> {
    let output = File::create(log)?;
    command.env("GIT_EDITOR", ":").stdin(Stdio::null()).stderr(output.try_clone()?).stdout(output);
    let mut child = command.spawn()?;
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if began.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(unix)]
fn command(hook: &Path) -> Command {
    Command::new(hook)
}

/// Git brings the shell that runs hooks where the system has none.
#[cfg(not(unix))]
fn command(hook: &Path) -> Command {
    let mut command = Command::new("sh");
    command.arg(hook);
    command
}

/// A folder of our own that goes when we do.
struct Folder(PathBuf);

impl Folder {
    fn new() -> io::Result<Self> {
        let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
        let path = std::env::temp_dir().join(format!("ringfence-doctor-{}-{time}", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        // Fails if it is there: nobody can have put something into it.
        builder.create(&path).map(|()| Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be deleted holds a token that was never one.
        let _ = fs::remove_dir_all(&self.0);
    }
}
