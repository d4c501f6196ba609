//! What every test stands on: directories and repositories of its own, a scrubbed environment, the real program, and
//! tokens that exist only while it runs.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use ringfence::detect::example::fill;
use serde_json::Value;
use tempfile::TempDir;

/// The rule that finds what `token` makes.
pub(crate) const GITHUB: &str = "github-pat-classic";
/// A program that has not ended by then hangs.
const PATIENCE: Duration = Duration::from_secs(120);
/// A user without rights, for runs that must fail to read something.
const NOBODY: u32 = 65_534;

/// A token of GitHub that no check can tell from a live one.
pub(crate) fn token(seed: u64) -> String {
    made("{github:ghp_}", seed)
}

/// A filled template of a rule file.
pub(crate) fn made(template: &str, seed: u64) -> String {
    fill(template, seed).unwrap()
}

/// A directory of its own, deleted in the end, with a home beside it.
pub(crate) struct Dir {
    temp: TempDir,
    path: PathBuf,
}

impl Dir {
    /// An empty directory.
    pub(crate) fn plain() -> Self {
        Self::named("work")
    }

    /// An empty directory called `name`.
    pub(crate) fn named(name: impl AsRef<OsStr>) -> Self {
        let temp = TempDir::new().unwrap();
        fs::create_dir(temp.path().join("home")).unwrap();
        fs::create_dir(temp.path().join("bin")).unwrap();
        fs::set_permissions(temp.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = fs::canonicalize(temp.path()).unwrap().join(name.as_ref());
        fs::create_dir(&path).unwrap();
        Self { temp, path }
    }

    /// A repository without a commit.
    pub(crate) fn repository() -> Self {
        let dir = Self::plain();
        dir.git(&["init", "--quiet", "--initial-branch=main"]);
        dir
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn at(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// `$HOME` of everything that runs here.
    pub(crate) fn home(&self) -> PathBuf {
        self.temp.path().join("home")
    }

    /// A path beside the directory, for what must not be inside.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        fs::canonicalize(self.temp.path()).unwrap().join(name)
    }

    /// Writes a file and the directories above it.
    pub(crate) fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn link(&self, target: impl AsRef<Path>, name: impl AsRef<Path>) {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(target, path).unwrap();
    }

    /// Writes a program.
    pub(crate) fn script(&self, name: impl AsRef<Path>, content: &str) -> PathBuf {
        let path = self.at(&name);
        fs::write(self.temp.path().join("bin/draft"), content).unwrap();
        install(&self.temp.path().join("bin/draft"), &path);
        path
    }

    /// Runs git and gives what it printed, without the last line end.
    pub(crate) fn git<S: AsRef<OsStr>>(&self, args: &[S]) -> String {
        let outcome = self.try_git(args);
        let words: Vec<_> = args.iter().map(|a| a.as_ref().to_string_lossy().into_owned()).collect();
        assert_eq!(outcome.code, 0, "git {}: {}", words.join(" "), outcome.stderr());
        outcome.stdout().trim_end().to_owned()
    }

    /// Runs git, which may fail.
    pub(crate) fn try_git<S: AsRef<OsStr>>(&self, args: &[S]) -> Outcome {
        Run { command: self.command("git", args), input: None, name: "git" }.ends()
    }

    /// Runs git, which may fail, where the program is in `PATH`, as its hook needs it.
    pub(crate) fn guarded_git<S: AsRef<OsStr>>(&self, args: &[S]) -> Outcome {
        Run { command: self.command("git", args), input: None, name: "git" }.env("PATH", path_with_program()).ends()
    }

    /// Commits everything that is here; gives the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--no-verify", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// Runs a program that may not be installed.
    pub(crate) fn try_run<S: AsRef<OsStr>>(&self, program: &'static str, args: &[S]) -> Option<Outcome> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let is_there = std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
        is_there.then(|| Run { command: self.command(program, args), input: None, name: program }.ends())
    }

    /// The program with `args`, ready to run here.
    pub(crate) fn ringfence<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        Run { command: self.command(env!("CARGO_BIN_EXE_ringfence"), args), input: None, name: "ringfence" }
    }

    /// A script, ready to run here, with the program in `PATH`. All that it prints is on standard output; it stops at what fails.
    pub(crate) fn shell(&self, script: &str) -> Run {
        let script = format!("exec 2>&1\n{script}");
        let command = self.command("bash", &["-euo", "pipefail", "-c", &script]);
        Run { command, input: None, name: "bash" }.env("PATH", path_with_program())
    }

    /// Another program with `args`, ready to run here.
    pub(crate) fn program<S: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, args: &[S]) -> Run {
        Run { command: self.command(program, args), input: None, name: "the program" }
    }

    /// The program with `args`, run by a user who has no rights here beyond those of everybody.
    pub(crate) fn as_nobody<S: AsRef<OsStr>>(&self, args: &[S]) -> Run {
        let program = self.temp.path().join("bin/ringfence");
        install(Path::new(env!("CARGO_BIN_EXE_ringfence")), &program);
        let mut command = self.command(&program, args);
        if self.is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        Run { command, input: None, name: "ringfence" }
    }

    /// The report of the program with `args`.
    pub(crate) fn report<S: AsRef<OsStr>>(&self, args: &[S]) -> Report {
        self.ringfence(args).report()
    }

    pub(crate) fn is_root(&self) -> bool {
        fs::metadata(self.temp.path()).unwrap().uid() == 0
    }

    /// Gives everything here to the user of `as_nobody`; false where only root could.
    pub(crate) fn give_to_nobody(&self) -> bool {
        self.is_root() && everything(&self.path).iter().all(|p| p.is_symlink() || chown(p, Some(NOBODY), None).is_ok())
    }

    fn command<S: AsRef<OsStr>>(&self, program: impl AsRef<OsStr>, args: &[S]) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.path).args(args).env_clear().envs([
            ("PATH", path_without_program()),
            ("HOME", self.home().into()),
            ("LC_ALL", OsString::from("C")),
            ("TZ", "UTC".into()),
            ("GIT_CONFIG_GLOBAL", "/dev/null".into()),
            ("GIT_CONFIG_NOSYSTEM", "1".into()),
            ("GIT_TERMINAL_PROMPT", "0".into()),
        ]);
        for role in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{role}_NAME"), "A Tester").env(format!("GIT_{role}_EMAIL"), "tester@example.com");
            command.env(format!("GIT_{role}_DATE"), "2026-01-02T03:04:05Z");
        }
        command
    }
}

/// `PATH` with the folder of the program in front.
pub(crate) fn path_with_program() -> OsString {
    let mut path = OsString::from(Path::new(env!("CARGO_BIN_EXE_ringfence")).parent().unwrap());
    path.push(":");
    path.push(path_without_program());
    path
}

/// `PATH` without the folders that hold a ringfence: whoever runs the tests may have installed one.
pub(crate) fn path_without_program() -> OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let kept = std::env::split_paths(&path).filter(|folder| !folder.join("ringfence").exists());
    std::env::join_paths(kept).unwrap()
}

/// Puts a program in its place. Not written from here: a child of another test could hold the open file for a moment, and
/// what is open for writing cannot be executed.
fn install(from: &Path, to: &Path) {
    assert!(Command::new("cp").arg(from).arg(to).status().unwrap().success());
    fs::set_permissions(to, fs::Permissions::from_mode(0o755)).unwrap();
}

/// `path` and everything below it.
pub(crate) fn everything(path: &Path) -> Vec<PathBuf> {
    let mut all = vec![path.to_owned()];
    if fs::symlink_metadata(path).unwrap().is_dir() {
        let mut below: Vec<_> = fs::read_dir(path).unwrap().map(|e| e.unwrap().path()).collect();
        below.sort();
        all.extend(below.iter().flat_map(|p| everything(p)));
    }
    all
}

/// A program that is about to run.
pub(crate) struct Run {
    command: Command,
    input: Option<Vec<u8>>,
    name: &'static str,
}

impl Run {
    /// What stands on its standard input; nothing does otherwise.
    pub(crate) fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Some(bytes.into());
        self
    }

    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(key, value);
        self
    }

    /// Runs it in another directory.
    pub(crate) fn within(mut self, path: impl AsRef<Path>) -> Self {
        self.command.current_dir(path);
        self
    }

    /// Runs it to its end, and fails if it hangs, crashes, or prints a token.
    pub(crate) fn ends(mut self) -> Outcome {
        let stdin = if self.input.is_some() { Stdio::piped() } else { Stdio::null() };
        let mut child = self.command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take();
        let bytes = self.input.take().unwrap_or_default();
        // A program that ends early closes the pipe; what it said then is what the test looks at.
        let feed = thread::spawn(move || input.as_mut().map(|pipe| pipe.write_all(&bytes)));
        let stdout = collect(child.stdout.take().unwrap());
        let stderr = collect(child.stderr.take().unwrap());
        let began = Instant::now();
        let (status, peak) = wait(&mut child, self.name);
        let took = began.elapsed();
        let _ = feed.join().unwrap();
        let outcome = Outcome {
            code: status.code().unwrap_or_else(|| panic!("{} died of signal {:?}", self.name, status.signal())),
            stdout: stdout.join().unwrap(),
            stderr: stderr.join().unwrap(),
            peak,
            took,
        };
        if self.name == "ringfence" {
            // Rules quote their examples.
            let is_scan = !self.command.get_args().any(|arg| arg == "rules");
            assert!(!outcome.stderr().contains("internal error"), "a crash: {}", outcome.stderr());
            if is_scan {
                outcome.keeps_secrets();
            }
        }
        outcome
    }

    /// Runs it to its end and reads its report, which it must have written.
    pub(crate) fn report(mut self) -> Report {
        self.command.args(["--format", "json"]);
        Report::of(self.ends())
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for its end and watches its memory; gives the most that it held, in KiB.
fn wait(child: &mut Child, name: &str) -> (std::process::ExitStatus, u64) {
    let began = Instant::now();
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut peak = 0;
    loop {
        peak = memory(&status).unwrap_or_default().max(peak);
        if let Some(status) = child.try_wait().unwrap() {
            return (status, peak);
        }
        if began.elapsed() > PATIENCE {
            child.kill().unwrap();
            panic!("{name} hangs: not at its end after {PATIENCE:?}");
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The high-water mark of a process.
fn memory(status: &Path) -> Option<u64> {
    let text = fs::read_to_string(status).ok()?;
    text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())
}

/// What a program left behind.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
    /// The most memory that it held, in KiB; 0 where it was too quick to be seen.
    pub(crate) peak: u64,
    /// How long it ran.
    pub(crate) took: Duration,
}

impl Outcome {
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Fails unless it ended with `code` and said every one of `words` on standard error.
    pub(crate) fn fails(&self, code: i32, words: &[&str]) {
        let said = self.stderr();
        assert_eq!(self.code, code, "exit code; stdout: {}; stderr: {said}", self.stdout());
        for word in words {
            assert!(said.to_lowercase().contains(&word.to_lowercase()), "`{word}` is not in: {said}");
        }
    }

    /// Nothing of a token behind its public prefix may be printed.
    fn keeps_secrets(&self) {
        for printed in [&self.stdout, &self.stderr] {
            let leak = printed.windows(5).any(|w| w.starts_with(b"ghp_") && w[4].is_ascii_alphanumeric());
            assert!(!leak, "a token was printed: {}", String::from_utf8_lossy(printed));
        }
    }

    /// Fails if `secret` was printed.
    pub(crate) fn hides(&self, secret: &str) {
        for printed in [&self.stdout, &self.stderr] {
            assert!(!contains(printed, secret.as_bytes()), "a secret was printed");
        }
    }
}

pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|w| w == part)
}

/// A report and how the program ended that wrote it.
pub(crate) struct Report {
    pub(crate) value: Value,
    pub(crate) outcome: Outcome,
}

impl Report {
    /// The report that stands on standard output.
    pub(crate) fn of(outcome: Outcome) -> Self {
        let value = serde_json::from_slice(&outcome.stdout)
            .unwrap_or_else(|e| panic!("no report ({e}), exit {}: {}", outcome.code, outcome.stderr()));
        Self { value, outcome }
    }

    /// Every finding as `path:line:column`, with the rule behind it if it is not GitHub's.
    pub(crate) fn found(&self) -> Vec<String> {
        self.value["findings"].as_array().unwrap().iter().map(place).collect()
    }

    /// Everything skipped as `path: reason`.
    pub(crate) fn skipped(&self) -> Vec<String> {
        let skipped = self.value["coverage"]["skipped"].as_array().unwrap();
        skipped.iter().map(|s| format!("{}: {}", text(&s["path"]), text(&s["reason"]))).collect()
    }

    /// How many files were read.
    pub(crate) fn files(&self) -> u64 {
        self.value["coverage"]["files"].as_u64().unwrap()
    }

    /// Fails unless the scan is complete and finds exactly this, each `path:line:column`; the exit code must agree.
    pub(crate) fn finds(&self, places: &[&str]) {
        assert_eq!(self.found(), places, "findings; skipped: {:?}; stderr: {}", self.skipped(), self.outcome.stderr());
        assert_eq!(self.value["coverage"]["complete"], true, "complete; skipped: {:?}", self.skipped());
        assert_eq!(self.outcome.code, i32::from(!places.is_empty()), "exit code");
    }

    /// Fails unless the scan is incomplete (exit 3), finds exactly this, and names a gap that holds `gap`.
    pub(crate) fn misses(&self, places: &[&str], gap: &str) {
        assert_eq!(self.found(), places, "findings; skipped: {:?}", self.skipped());
        assert_eq!(self.outcome.code, 3, "exit code; skipped: {:?}", self.skipped());
        assert_eq!(self.value["coverage"]["complete"], false);
        assert!(self.skipped().iter().any(|s| s.contains(gap)), "no `{gap}` in {:?}", self.skipped());
    }
}

fn place(finding: &Value) -> String {
    let (line, column) = (&finding["start"]["line"], &finding["start"]["column"]);
    let rule = text(&finding["rule"]);
    let rule = if rule == GITHUB { String::new() } else { format!(" {rule}") };
    format!("{}:{line}:{column}{rule}", text(&finding["path"]))
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
