//! Where reports go: opened before the scan, so that a bad path is told early, and written after it.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use super::Failure;
use super::target::{self, Target};
use super::usage::say;
use crate::cli::Format;
use crate::config::{ConfigError, Output};
use crate::report::escape::terminal;
use crate::report::human::Style;
use crate::report::{Report, codeclimate, github, gitlab, html, human, json, junit, markdown, rdjson, sarif};

/// Where every report goes.
pub(super) struct Targets(Vec<Open>);

/// A report's format and its target.
struct Open {
    format: Format,
    name: String,
    /// `None` for standard output.
    file: Option<Target>,
}

impl Open {
    /// True if both go to one file, which would keep the last one only.
    fn is_same(&self, other: &Self) -> bool {
        match (&self.file, &other.file) {
            (Some(a), Some(b)) => {
                a.is_file() && (a.path == b.path || (a.identity.is_some() && a.identity == b.identity))
            }
            // A shell may have sent standard output to the same file.
            (Some(file), None) | (None, Some(file)) => {
                file.is_file() && file.identity.is_some() && file.identity == target::of_stdout()
            }
            (None, None) => true,
        }
    }
}

/// Finds out whether every target can be written; what stands there stays until then.
pub(super) fn open(outputs: &[Output]) -> Result<Targets, Failure> {
    target::survive_limits();
    let open_one = |output: &Output| {
        let name = output.file.as_ref().map_or("standard output".into(), |path| format!("`{}`", path.display()));
        let file = output.file.as_deref().map(Target::open).transpose();
        let file = file.map_err(|error| Failure::Write { target: name.clone(), error })?;
        Ok(Open { format: output.format, name, file })
    };
    let all: Vec<Open> = outputs.iter().map(open_one).collect::<Result<_, _>>()?;
    for (at, one) in all.iter().enumerate() {
        if let Some(other) = all[..at].iter().find(|other| one.is_same(other)) {
            let message = format!("{} and {} are one file; give each report its own", other.name, one.name);
            return Err(Failure::Config(ConfigError::new(message)));
        }
    }
    Ok(Targets(all))
}

impl Targets {
    /// The files that are to be written, absolute: no part of what is scanned.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        self.0.iter().filter_map(|one| one.file.as_ref()).map(|target| target.path.clone()).collect()
    }

    /// Writes `report` to every target. Files are never coloured.
    pub(super) fn write(self, report: &Report, style: Style) -> Result<(), Failure> {
        for Open { format, name, file } in self.0 {
            let result = match file {
                Some(file) => {
                    let plain = Style { detail: style.detail, ..Style::PLAIN };
                    let keeps = file.is_file();
                    let written = file.write(|out| render(report, format, plain, out));
                    if keeps { written } else { broken_pipe_is_success(written) }
                }
                None => broken_pipe_is_success(render(
                    report,
                    format,
                    style.clone(),
                    &mut BufWriter::new(io::stdout().lock()),
                )),
            };
            result.map_err(|error| Failure::Write { target: name, error })?;
        }
        Ok(())
    }
}

fn render(report: &Report, format: Format, style: Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Human => human::write_human(report, style, out)?,
        Format::Json => json::write_json(report, out)?,
        Format::Jsonl => json::write_jsonl(report, out)?,
        Format::Sarif => sarif::write_sarif(report, out)?,
        Format::Github => github::write_github(report, out)?,
        Format::Gitlab => gitlab::write_gitlab(report, out)?,
        Format::Codeclimate => codeclimate::write_codeclimate(report, out)?,
        Format::Junit => junit::write_junit(report, out)?,
        Format::Rdjson => rdjson::write_rdjson(report, out)?,
        Format::Markdown => markdown::write_markdown(report, out)?,
        Format::Html => html::write_html(report, out)?,
    }
    out.flush()
}

/// Writes to standard output.
pub(super) fn to_stdout(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    broken_pipe_is_success(out.write_all(bytes).and_then(|()| out.flush()))
        .map_err(|error| Failure::Write { target: "standard output".into(), error })
}

/// Whoever closes the pipe has read enough.
pub(super) fn broken_pipe_is_success(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

/// Says on standard error, whatever the format, that the change judged itself.
pub(super) fn say_who_judged(report: &Report) {
    if let Some(judge) = report.own_judge() {
        say(&format!("warning: {judge}"));
    }
}

/// Says on standard error what was not read, each with its reason.
pub(super) fn say_skipped(report: &Report) {
    for skip in &report.coverage.skipped {
        say(&format!("not read: {}: {}", terminal(&skip.path), terminal(&skip.reason.to_string())));
    }
}

/// Says on standard error what does not belong into a report, because it differs from run to run.
pub(super) fn say_how(report: &Report, took: Duration) {
    let verdict = &report.verdict;
    say(&format!(
        "took {:.0} ms; left out {} findings of low confidence, {} by --only and --skip; \
         dropped {} matches that failed their check, {} that stand in for a secret; rules {}",
        took.as_secs_f64() * 1000.0,
        verdict.hidden,
        verdict.deselected,
        verdict.dropped.check,
        verdict.dropped.placeholder,
        &report.rules_digest[..12],
    ));
}
