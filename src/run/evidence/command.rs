//! Runs what the user asks for, and nothing else: a program with its arguments, no shell between.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{self, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{Failure, redacted, wrong};
use crate::detect::redact::Redactor;
use crate::evidence::hex;
use crate::evidence::record::{Output, Run, Worktree};
use crate::rule::RuleSet;
use crate::source::Ledger;
use crate::source::git::{Comparing, Environment, Repository};
use crate::text::{Encoding, sniff};

/// What is read at once; a pipe holds as much.
const PIECE: usize = 64 << 10;
/// The most that is kept of an output.
const KEPT: usize = 1 << 20;

/// A command as it was given.
pub(super) struct Command {
    argv: Vec<String>,
}

impl Command {
    /// Splits a line into words as a shell does, without anything else that a shell does.
    pub(super) fn parse(line: &str) -> Result<Self, Failure> {
        let argv = shell_words::split(line).map_err(|_| wrong(format!("`--run {line}`: a quote is not closed")))?;
        match argv.first() {
            Some(program) if !program.is_empty() => Ok(Self { argv }),
            _ => Err(wrong("`--run` needs a command".into())),
        }
    }

    /// Runs it to its end.
    pub(super) fn run(&self, rules: &RuleSet, tree: &Tree<'_>, keep: bool) -> Result<Run, Failure> {
        let argv = shown(rules, &self.argv);
        let fail = |error: io::Error| wrong(format!("cannot run `{}`: {error}", shell_words::join(&argv)));
        let before = tree.state();
        let began = Instant::now();
        let mut command = process::Command::new(&self.argv[0]);
        command.args(&self.argv[1..]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().map_err(fail)?;
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let (stdout, stderr) = thread::scope(|scope| {
            let errors = scope.spawn(|| output(rules, stderr, keep));
            (output(rules, stdout, keep), errors.join().unwrap_or_else(|_| Err(io::Error::other("a thread failed"))))
        });
        let status = child.wait().map_err(fail)?;
        let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let worktree = if before == tree.state() { before } else { Worktree::Other };
        let (stdout, stderr) = (stdout.map_err(fail)?, stderr.map_err(fail)?);
        Ok(Run { argv, exit_code: status.code(), milliseconds, stderr, stdout, worktree })
    }
}

/// The words of a command without secrets. A word that is one only beside others goes as a whole.
fn shown(rules: &RuleSet, argv: &[String]) -> Vec<String> {
    let clean = |text: &str| String::from_utf8_lossy(&redacted(rules, text.as_bytes())).into_owned();
    let line = clean(&argv.join(" "));
    let word = |word: &String| {
        let alone = clean(word);
        if line.contains(&alone) { alone } else { "[redacted]".to_owned() }
    };
    argv.iter().map(word).collect()
}

/// Reads an output to its end, takes its secrets out, and digests the rest.
fn output(rules: &RuleSet, pipe: Option<impl Read>, keep: bool) -> io::Result<Output> {
    let mut sink = Sink { digest: Sha256::new(), bytes: 0, kept: keep.then(Vec::new) };
    if let Some(mut pipe) = pipe {
        copy(rules, &mut pipe, &mut sink)?;
    }
    let text = sink.kept.map(|kept| String::from_utf8_lossy(&kept).into_owned());
    Ok(Output { bytes: sink.bytes, sha256: hex(&sink.digest.finalize()), text })
}

fn copy(rules: &RuleSet, pipe: &mut impl Read, sink: &mut Sink) -> io::Result<()> {
    let mut piece = vec![0; PIECE];
    let mut got = read(pipe, &mut piece)?;
    if matches!(sniff(&piece[..got]), Encoding::Utf16(_)) {
        // Secrets are not seen in it, so nothing of it is kept.
        sink.kept = None;
    }
    let mut redactor = Redactor::new(rules, sink);
    while got > 0 {
        redactor.push(&piece[..got])?;
        got = read(pipe, &mut piece)?;
    }
    redactor.finish()
}

fn read(pipe: &mut impl Read, piece: &mut [u8]) -> io::Result<usize> {
    loop {
        match pipe.read(piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Where an output goes when its secrets are out.
struct Sink {
    digest: Sha256,
    bytes: u64,
    kept: Option<Vec<u8>>,
}

impl Write for &mut Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.digest.update(bytes);
        self.bytes += bytes.len() as u64;
        if let Some(kept) = &mut self.kept {
            let room = KEPT.saturating_sub(kept.len());
            kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The working tree in which commands run.
pub(super) struct Tree<'a> {
    /// The commit that the change leads to.
    pub(super) head: &'a str,
    /// Files that belong to the record.
    pub(super) own: Vec<PathBuf>,
}

impl Tree<'_> {
    /// Whether the head of the change stands there, and nothing else. What cannot be read is something else.
    fn state(&self) -> Worktree {
        if self.is_head().unwrap_or(false) { Worktree::Head } else { Worktree::Other }
    }

    fn is_head(&self) -> Option<bool> {
        let repository = Repository::discover(Path::new("."), Environment::Honoured).ok().flatten()?;
        let top = std::fs::canonicalize(repository.top()?).ok()?;
        let sides = repository.sides(&Comparing::Worktree).ok()?;
        if sides.base_id()?.commit != self.head {
            return Some(false);
        }
        let (ledger, is_changed) = (Ledger::default(), AtomicBool::new(false));
        let visit = |unit: &crate::unit::Unit<'_>| {
            if !self.own.contains(&top.join(unit.path.to_relative())) {
                is_changed.store(true, Ordering::Relaxed);
            }
        };
        sides.read(&ledger, &visit).ok()?;
        Some(!is_changed.into_inner() && ledger.first_gap().is_none())
    }
}
