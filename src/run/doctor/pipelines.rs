//! What the pipelines of the repository do with ringfence.

use std::fs;
use std::path::Path;

use super::{Findings, State};
use crate::setup::pipeline::{self, Remark, Says, System};
use crate::source::git::Repository;

const TOPIC: &str = "pipeline";
/// Largest file that is read, in bytes.
const LARGEST: u64 = 4 << 20;

pub(super) fn check(repository: &Repository, top: &Path, findings: &mut Findings) {
    let tracked = match repository.tracked() {
        Ok(tracked) => tracked,
        Err(error) => return findings.open(TOPIC, error.to_string()),
    };
    let mut files = 0;
    let mut calls: Vec<(String, System, Remark)> = Vec::new();
    let mut unseen = 0;
    for path in tracked {
        let name = path.encoded();
        let Some(system) = pipeline::system(&name) else { continue };
        files += 1;
        match read(&top.join(path.to_relative())) {
            Some(text) => {
                calls.extend(pipeline::remarks(system, &text).into_iter().map(|remark| (name.clone(), system, remark)));
                for (line, what) in pipeline::elsewhere(system, &text) {
                    unseen += 1;
                    findings.note(TOPIC, format!("{name}:{line} takes in {what}, which is not read here"));
                }
            }
            None => findings.note(TOPIC, format!("{name} cannot be read, so nothing is known about it")),
        }
    }
    let is_judged = calls.iter().any(|(.., remark)| matches!(remark.says, Says::Sound | Says::Shallow));
    for (name, system, remark) in &calls {
        let place = format!("{name}:{}", remark.line);
        match remark.says.advice(*system) {
            None => findings.well(TOPIC, format!("{place} checks the range of a change")),
            // Files as they are may be scanned as well, where changes are judged, and what never runs judges nothing.
            Some(advice) if is_judged && matches!(remark.says, Says::OwnPolicy | Says::NoChange | Says::Never) => {
                findings.note(TOPIC, format!("{place} {advice}"))
            }
            Some(advice) => findings.add(State::ToDo, TOPIC, format!("{place} {advice}")),
        }
    }
    match (files, calls.is_empty()) {
        (0, _) => findings.note(TOPIC, "no file of a pipeline is tracked here; a hook can be skipped, a pipeline cannot"),
        (_, true) if unseen > 0 => findings.note(
            TOPIC,
            "no pipeline that is read here calls ringfence; look whether what they take in runs `ringfence diff --ci`",
        ),
        (_, true) => findings.open(
            TOPIC,
            "no pipeline calls ringfence, and a hook can be skipped: let one run `ringfence diff --ci` with the whole history (docs/ci.md)",
        ),
        _ => {}
    }
}

fn read(path: &Path) -> Option<String> {
    let metadata = fs::symlink_metadata(path).ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    String::from_utf8(fs::read(path).ok()?).ok()
}
