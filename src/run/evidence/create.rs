//! Writes a record: everything that can be wrong with the request is told first, then the scan, then the commands.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use super::command::{Command, Tree};
use super::{Failure, examined, file, link, no_record, redacted, unread, wrong};
use crate::cli::evidence::Create;
use crate::config::{self, Plan};
use crate::evidence::record::Run;
use crate::evidence::{Claims, Link, Signer, sha256, write};
use crate::report::ExitStatus;
use crate::rule::RuleSet;
use crate::run::output::to_stdout;

/// Longest task that is recorded, in bytes.
const LONGEST_TASK: usize = 256 << 10;

pub(super) fn run(args: &Create) -> Result<ExitStatus, Failure> {
    let range = args.range.parse().map_err(Failure::Source)?;
    let reviewing = config::Reviewing::of(&args.reviewing);
    let plan = Plan::record(range, &args.judged, args.fail_on, args.policy_from).map_err(Failure::Config)?;
    let plan = Plan { reviewing, ..plan };
    let commands = args.run.iter().map(|line| Command::parse(line)).collect::<Result<Vec<_>, _>>()?;
    let signer = args.sign.as_deref().map(signer).transpose()?;
    let claims = claims(args, &plan.rules)?;
    let target = Target::open(&args.output, args.previous.as_deref())?;
    let (plan, examined) = examined(plan)?;
    let tree = Tree { head: &examined.head.commit, own: own_files(args) };
    let keep = args.keep_output;
    let runs = commands.iter().map(|command| command.run(&plan.rules, &tree, keep)).collect::<Result<Vec<_>, _>>()?;
    let has_failed = runs.iter().any(|run| run.exit_code != Some(0));
    let statement = examined.statement(&plan, Claims { runs, ..claims });
    let record = write(&statement, signer.as_ref()).map_err(|why| no_record(&args.output, &why))?;
    target.write(&record)?;
    to_stdout(said(&args.output, &statement.predicate.runs, &record, signer.as_ref()).as_bytes())?;
    Ok(match examined.report.exit_status() {
        ExitStatus::Clean if has_failed => ExitStatus::Findings,
        status => status,
    })
}

fn said(output: &Path, runs: &[Run], record: &[u8], signer: Option<&Signer>) -> String {
    let output = crate::run::masked(&output.display().to_string());
    let mut said = format!("{}: {} bytes, SHA-256 {}", output, record.len(), sha256(record));
    for run in runs {
        let end = run.exit_code.map_or("was ended by a signal".into(), |code| format!("ended with {code}"));
        said += &format!("\n`{}` {end}", shell_words::join(&run.argv));
    }
    if let Some(signer) = signer {
        said += &format!("\nsigned with {}", signer.key_id());
    }
    said.lines().map(|line| crate::report::escape::terminal(line).into_owned() + "\n").collect()
}

fn signer(path: &Path) -> Result<Signer, Failure> {
    let content = file("the key", path)?;
    Signer::read(&content).map_err(|why| wrong(format!("cannot sign with `{}`: {why}", path.display())))
}

/// What was told, the commands apart.
fn claims(args: &Create, rules: &RuleSet) -> Result<Claims, Failure> {
    let previous = args.previous.as_ref().map(link).transpose()?;
    if let Some(broken) = previous.as_ref().filter(|link| !link.is_whole()) {
        return Err(wrong(format!("`{}` was altered after it was written; no chain can go on from it", broken.name)));
    }
    let task = args.task.as_deref().map(|word| task(word, rules)).transpose()?;
    Ok(Claims { task, runs: Vec::new(), previous: previous.as_ref().map(Link::named) })
}

/// What was asked for, without secrets: the content of a file, or the words themselves.
fn task(word: &str, rules: &RuleSet) -> Result<String, Failure> {
    let path = Path::new(word);
    let text = match fs::metadata(path) {
        Ok(found) if found.is_file() => fs::read(path).map_err(|error| unread("the task", path, &error))?,
        Ok(_) => return Err(wrong(format!("the task `{word}` is a folder; name a file, or write what was asked for"))),
        Err(_) => word.as_bytes().to_vec(),
    };
    if text.len() > LONGEST_TASK {
        let size = text.len();
        return Err(wrong(format!("the task has {size} bytes, more than the {LONGEST_TASK} that are recorded")));
    }
    String::from_utf8(redacted(rules, &text)).map_err(|_| wrong("the task is no UTF-8 text".into()))
}

/// The files that belong to the record and not to the change.
fn own_files(args: &Create) -> Vec<PathBuf> {
    let task = args.task.as_ref().map(PathBuf::from);
    let signers = args.reviewing.allowed_signers.clone();
    let named = [Some(args.output.clone()), args.previous.clone(), args.sign.clone(), task, signers];
    let named = named.into_iter().flatten().chain(args.reviewing.reviews.iter().cloned());
    named.filter_map(|path| fs::canonicalize(path).ok()).collect()
}

/// The file of the record: tried before the work, written after it.
struct Target<'a> {
    path: &'a Path,
    /// True until it is written, if it was not there before.
    is_draft: bool,
}

impl<'a> Target<'a> {
    fn open(path: &'a Path, previous: Option<&Path>) -> Result<Self, Failure> {
        let place = |path: &Path| fs::canonicalize(path).ok();
        if previous.and_then(place).is_some_and(|previous| place(path) == Some(previous)) {
            return Err(wrong(format!(
                "`{}` is the previous record, which the chain needs; write to another file",
                path.display()
            )));
        }
        let is_draft = fs::symlink_metadata(path).is_err();
        let opened = OpenOptions::new().write(true).create(true).truncate(false).open(path);
        opened.map_err(|error| unwritten(path, error))?;
        Ok(Self { path, is_draft })
    }

    fn write(mut self, record: &[u8]) -> Result<(), Failure> {
        fs::write(self.path, record).map_err(|error| unwritten(self.path, error))?;
        self.is_draft = false;
        Ok(())
    }
}

impl Drop for Target<'_> {
    fn drop(&mut self) {
        if self.is_draft {
            // If it stays, it is empty, and an empty file is no record.
            let _ = fs::remove_file(self.path);
        }
    }
}

fn unwritten(path: &Path, error: std::io::Error) -> Failure {
    Failure::Write { target: format!("`{}`", path.display()), error }
}
