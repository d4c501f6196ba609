//! Whether the hook fires: a canary is staged in an index apart, and the hook that git would run is run on it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::Findings;
use crate::detect::example;
use crate::run::init::{manager, off};
use crate::setup::hook::{COMMAND, Manager, Says, is_named, says};
use crate::source::git::{Repository, Tried};

const TOPIC: &str = "hook";
/// A hook that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines of a hook's output that are shown where it failed for another reason.
const SHOWN: usize = 5;

pub(super) fn check(repository: &Repository, top: &Path, is_asked: bool, findings: &mut Findings) {
    let hooks = match repository.hooks() {
        Ok(hooks) => hooks,
        Err(error) => return findings.open(TOPIC, error.to_string()),
    };
    let Some(folder) = &hooks.folder else { return findings.open(TOPIC, off(hooks.chosen)) };
    let place = folder.join("pre-commit");
    let shown = place.strip_prefix(top).unwrap_or(&place).display().to_string();
    let manager = manager(top);
    let Ok(text) = fs::read(&place) else {
        let is_ours = hooks.is_for_one() && repository.owns(folder);
        return findings.open(TOPIC, absent(&place, &shown, manager, is_ours));
    };
    if !is_executable(&place) {
        return findings.open(TOPIC, format!("{shown} is not executable, so git leaves it out; `chmod +x {shown}`"));
    }
    match says(&text) {
        says if says == Says::Ours || is_asked => match tried(repository, top, &place) {
            Ok(verdict) => verdict.tell(&shown, findings),
            Err(error) => findings.open(TOPIC, format!("{shown} could not be tried: {error}")),
        },
        Says::Mentions => findings.note(
            TOPIC,
            format!("{shown} runs ringfence by its text and is not ours, so it was read and not run; `ringfence doctor --run-hook` tries it"),
        ),
        Says::Nothing | Says::Ours => foreign(top, &shown, manager, findings),
    }
}

/// `is_ours` where `init` would write there.
fn absent(place: &Path, shown: &str, manager: Option<(&'static str, Manager)>, is_ours: bool) -> String {
    if fs::symlink_metadata(place).is_ok() {
        return format!("{shown} cannot be read; it must be a file");
    }
    match manager {
        None if is_ours => "there is none, so commits are not checked; `ringfence init` installs one".into(),
        None => format!(
            "there is none, so commits are not checked; `core.hooksPath` leads to {shown}, which others may use: write it \
             yourself, executable, with the lines\n#!/bin/sh\n{COMMAND} || exit 1"
        ),
        Some((sign, manager)) => {
            let command = manager.install();
            format!("`{sign}` is there, and its hook is not installed in this clone; run `{command}`")
        }
    }
}

/// A hook that does not name ringfence: a manager's, whose file may, or somebody's.
fn foreign(top: &Path, shown: &str, manager: Option<(&'static str, Manager)>, findings: &mut Findings) {
    let Some((sign, manager)) = manager else {
        return findings
            .open(TOPIC, format!("{shown} does not run ringfence; add the line `{COMMAND} || exit 1` to it"));
    };
    let file = manager.file(sign);
    let text = fs::read_to_string(top.join(file)).unwrap_or_default();
    if is_named(&text) {
        let name = manager.name();
        findings.note(
            TOPIC,
            format!("{name} runs ringfence by the text of {file}, which was read and not run; `ringfence doctor --run-hook` tries it"),
        );
    } else {
        findings.open(TOPIC, format!("{file} does not run ringfence; add this to it:\n{}", manager.entry()));
    }
}

/// What the hook did with the canary.
enum Verdict {
    /// It refused it, and named it.
    Fires,
    /// It let it pass.
    Passes,
    /// It failed, and did not name it.
    Fails(String),
    /// It did not end.
    Hangs,
}

impl Verdict {
    fn tell(self, shown: &str, findings: &mut Findings) {
        match self {
            Self::Fires => findings.well(TOPIC, format!("{shown} fires: it refused a canary that was staged in an index apart")),
            Self::Passes => findings.open(
                TOPIC,
                format!(
                    "{shown} let a canary pass (a made-up token): look for `fail-on`, `exclude`, a silenced rule in the policy of HEAD, \
                     or a hook that ends before it runs `{COMMAND}`"
                ),
            ),
            Self::Fails(output) => findings.open(
                TOPIC,
                format!("{shown} fails before it looks, so nothing can be committed; it says:\n{output}"),
            ),
            Self::Hangs => findings.open(TOPIC, format!("{shown} did not end within {} seconds", PATIENCE.as_secs())),
        }
    }
}

fn tried(repository: &Repository, top: &Path, hook: &Path) -> Result<Verdict, String> {
    let folder = Folder::new().map_err(|error| format!("cannot create a temporary folder: {error}"))?;
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |time| u64::from(time.subsec_nanos()));
    let token = example::fill("{github:ghp_}", seed).map_err(|error| error.to_string())?;
    let canary = format!("ringfence-canary-{seed}.txt");
    let staged = repository.staged_apart(&canary, format!("token = {token}\n").as_bytes(), &folder.0);
    let staged = staged.map_err(|error| error.to_string())?;
    let log = folder.0.join("log");
    let status = ran(hook, top, &staged, &log).map_err(|error| format!("cannot run it: {error}"))?;
    let output = fs::read(&log).unwrap_or_default();
    let output = String::from_utf8_lossy(&output);
    Ok(match status {
        None => Verdict::Hangs,
        Some(status) if status.success() => Verdict::Passes,
        Some(_) if output.contains(&canary) => Verdict::Fires,
        Some(_) => Verdict::Fails(output.lines().take(SHOWN).collect::<Vec<_>>().join("\n")),
    })
}

/// Runs the hook as git does: at the top, with the index that it is about. `None` if it does not end.
fn ran(hook: &Path, top: &Path, staged: &Tried, log: &Path) -> io::Result<Option<ExitStatus>> {
    let output = File::create(log)?;
    let mut child = command(hook)
        .current_dir(top)
        .env("GIT_INDEX_FILE", &staged.index)
        .env("GIT_OBJECT_DIRECTORY", &staged.objects)
        .env("GIT_ALTERNATE_OBJECT_DIRECTORIES", &staged.alternate)
        .env("GIT_EDITOR", ":")
        .stdin(Stdio::null())
        .stderr(output.try_clone()?)
        .stdout(output)
        .spawn()?;
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

#[cfg(unix)]
fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// Elsewhere git asks for no such right.
#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
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
