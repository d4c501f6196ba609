//! Where reports go: opened before the scan, so that a bad path is told early, and written after it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::Duration;

use super::Failure;
use crate::cli::Format;
use crate::config::Output;
use crate::report::human::Style;
use crate::report::{Report, codeclimate, github, gitlab, html, human, json, junit, markdown, rdjson, sarif};

/// A report's format and its open target.
pub(super) struct Target {
    format: Format,
    name: String,
    file: Option<File>,
}

/// Opens every target.
pub(super) fn open(outputs: &[Output]) -> Result<Vec<Target>, Failure> {
    let open_one = |output: &Output| {
        let name = output.file.as_ref().map_or("standard output".into(), |path| format!("`{}`", path.display()));
        let file = output.file.as_ref().map(File::create).transpose();
        let file = file.map_err(|error| Failure::Write { target: name.clone(), error })?;
        Ok(Target { format: output.format, name, file })
    };
    outputs.iter().map(open_one).collect()
}

/// Writes `report` to every target. Files are never coloured.
pub(super) fn write(report: &Report, style: Style, targets: Vec<Target>) -> Result<(), Failure> {
    for target in targets {
        let result = match target.file {
            Some(file) => {
                let plain = Style { detail: style.detail, ..Style::PLAIN };
                render(report, target.format, plain, &mut BufWriter::new(file))
            }
            None => {
                broken_pipe_is_success(render(report, target.format, style, &mut BufWriter::new(io::stdout().lock())))
            }
        };
        result.map_err(|error| Failure::Write { target: target.name, error })?;
    }
    Ok(())
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
        // Nobody is told if standard error is closed.
        let _ = writeln!(io::stderr(), "ringfence: warning: {judge}");
    }
}

/// Says on standard error what does not belong into a report, because it differs from run to run.
pub(super) fn say_how(report: &Report, took: Duration) {
    let verdict = &report.verdict;
    // Nobody is told if standard error is closed.
    let _ = writeln!(
        io::stderr(),
        "ringfence: took {:.0} ms; left out {} findings of low confidence, {} by --only and --skip; \
         dropped {} matches that failed their check, {} that stand in for a secret; rules {}",
        took.as_secs_f64() * 1000.0,
        verdict.hidden,
        verdict.deselected,
        verdict.dropped.check,
        verdict.dropped.placeholder,
        &report.rules_digest[..12],
    );
}
