//! Hooks and packages as people meet them: real managers of hooks, installed by `tests/front_doors/install`, and the packages
//! that `packaging/build` makes, installed where there is neither an index nor a network.
//!
//! They need package registries once and a release build, so a plain test run says that they are ignored; `.ci/run` runs them.

mod cases;
mod managers;
mod packages;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::support::{Dir, GITHUB, Outcome, Run, path_with_program, path_without_program, token};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

/// The folder with everything that is pinned, installed once.
fn installed() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| made_by("tests/front_doors/install", "front_doors"))
}

/// The folder with the packages of this very source, built once.
fn packages() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages");
        let _ = fs::remove_dir_all(&folder);
        made_by("packaging/build --out", "packages")
    })
}

/// Runs a script of the repository that fills a folder.
fn made_by(script: &str, folder: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
    let mut words = script.split(' ');
    let mut command = Command::new(root().join(words.next().unwrap()));
    let ends = command.args(words).arg(&folder).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&ends.stdout), String::from_utf8_lossy(&ends.stderr));
    assert!(ends.status.success(), "{script}: {said}");
    folder
}

/// The one package whose name ends so.
fn package(ending: &str) -> PathBuf {
    let all = fs::read_dir(packages()).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = all.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

/// The block of code in `language` that comes first below a heading of a document.
fn block(document: &str, heading: &str, language: &str) -> String {
    let text = format!("\n{}", read(document));
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{document}: {heading}"));
    let (_, code) = below.split_once(&format!("```{language}\n")).unwrap();
    code.split("```").next().unwrap().to_owned()
}

/// A repository whose commits a manager of hooks checks.
struct Door {
    dir: Dir,
    /// What `PATH` is.
    path: OsString,
}

impl Door {
    /// A repository with one commit of `file`, and one of the manager's `config`. No ringfence is in `PATH`.
    fn new(config: &str, content: &str) -> Self {
        let door = Self { dir: Dir::repository(), path: without_ringfence() };
        let guide = block("docs/hooks.md", "## pre-commit", "yaml");
        let address = url(&guide);
        let config_of_git = format!("[url \"{}\"]\n\tinsteadOf = {address}\n", served().display());
        fs::write(door.dir.home().join(".gitconfig"), config_of_git).unwrap();
        door.dir.write("file", "one\n");
        door.dir.write(config, content);
        door.dir.commit("base");
        door
    }

    /// One that pre-commit guards, as the guide says.
    fn of_pre_commit() -> Self {
        let door = Self::new(".pre-commit-config.yaml", &block("docs/hooks.md", "## pre-commit", "yaml"));
        door.well("pre-commit", &["install"]);
        door
    }

    /// The same where the program is in `PATH`.
    fn with_ringfence(mut self) -> Self {
        let mut path = path_with_program();
        path.push(":");
        path.push(&self.path);
        self.path = path;
        self
    }

    fn run<S: AsRef<OsStr>>(&self, program: &str, args: &[S]) -> Run {
        let run = self.dir.program(program, args);
        // Nobody asks an index: what it would have is in two folders.
        let wheels = [installed().join("wheels"), packages().to_owned()];
        let wheels = wheels.map(|folder| folder.to_string_lossy().into_owned());
        run.env("PATH", &self.path)
            .env("GIT_CONFIG_GLOBAL", self.dir.home().join(".gitconfig"))
            .env("PIP_NO_INDEX", "1")
            .env("PIP_FIND_LINKS", wheels.join(" "))
            .env("UV_OFFLINE", "1")
            .env("UV_FIND_LINKS", wheels.join(","))
            .env("UV_PYTHON_DOWNLOADS", "never")
            .env("UV_CACHE_DIR", shared("uv"))
            .env("PRE_COMMIT_HOME", shared("pre-commit"))
            .env("PREK_HOME", shared("prek"))
    }

    /// Runs a program that must end well.
    fn well<S: AsRef<OsStr>>(&self, program: &str, args: &[S]) -> Outcome {
        let outcome = self.run(program, args).ends();
        assert_eq!(outcome.code, 0, "{program}: {}", said(&outcome));
        outcome
    }

    /// Runs git, and holds that a commit comes to be just when it says so.
    fn git<S: AsRef<OsStr>>(&self, args: &[S]) -> Outcome {
        let head = || self.dir.try_git(&["rev-parse", "--verify", "HEAD"]).stdout();
        let before = head();
        let outcome = self.run("git", args).ends();
        assert_eq!(before != head(), outcome.code == 0, "{}", said(&outcome));
        outcome
    }

    /// Commits what is staged.
    fn commit(&self) -> Outcome {
        self.git(&["commit", "-m", "message"])
    }

    fn stage(&self, name: &str, content: impl AsRef<[u8]>) {
        self.dir.write(name, content);
        self.dir.git(&["add", "--", name]);
    }
}

fn said(outcome: &Outcome) -> String {
    format!("{}{}", outcome.stdout(), outcome.stderr())
}

/// Fails unless the commit was refused because of what `rule` finds at `path`.
fn refused_by(outcome: &Outcome, rule: &str, path: &str) {
    let text = said(outcome);
    assert_ne!(outcome.code, 0, "the commit went through: {text}");
    assert!(text.contains(rule) && text.contains(path), "{text}");
    outcome.hides(&token(1)[4..]);
}

fn refused(outcome: &Outcome, path: &str) {
    refused_by(outcome, GITHUB, path);
}

/// Fails unless the commit went through, and ringfence was asked.
fn passed(outcome: &Outcome) {
    let text = said(outcome);
    assert_eq!(outcome.code, 0, "{text}");
    assert!(text.contains("· index against ") && text.contains("complete"), "ringfence did not speak: {text}");
}

/// The address of the first repository that a file of pre-commit names.
fn url(config: &str) -> &str {
    config.lines().find_map(|line| line.trim().strip_prefix("- repo: ")).unwrap()
}

/// A repository with the two files that pre-commit reads of ours, at the version that the guide names. It stands in for
/// the address of the guide.
fn served() -> &'static Path {
    static SERVED: OnceLock<Dir> = OnceLock::new();
    let dir = SERVED.get_or_init(|| {
        let dir = Dir::repository();
        for name in [".pre-commit-hooks.yaml", "pyproject.toml"] {
            dir.write(name, read(name));
        }
        dir.commit("release");
        dir.git(&["tag", concat!("v", env!("CARGO_PKG_VERSION"))]);
        dir
    });
    dir.path()
}

/// A folder in which a manager keeps what it installed, for all tests of this run.
fn shared(name: &str) -> PathBuf {
    static SHARED: OnceLock<Dir> = OnceLock::new();
    SHARED.get_or_init(Dir::plain).at(name)
}

/// `PATH` with the managers and without any folder that holds a ringfence.
fn without_ringfence() -> OsString {
    let folders = [installed().join("python/bin"), installed().join("node_modules/lefthook-linux-x64/bin")];
    let others = path_without_program();
    std::env::join_paths(folders.into_iter().chain(std::env::split_paths(&others))).unwrap()
}
