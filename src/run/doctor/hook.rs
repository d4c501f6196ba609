//! Whether the hook fires: finds the hook that git would run, has it tried where that is due, and tells what came of it.

use std::fs;
use std::path::Path;

use super::Findings;
use super::trial::{self, PATIENCE, Place, Tried, Verdict};
use crate::run::init::{manager, off};
use crate::setup::hook::{COMMAND, Manager, Says, is_named, says};
use crate::source::git::Repository;

const TOPIC: &str = "hook";

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
        says if says == Says::Ours || is_asked => {
            let tried = match says {
                Says::Ours => trial::apart(repository, top, &place),
                Says::Mentions | Says::Nothing => {
                    let file = manager.map(|(sign, manager)| manager.file(sign));
                    trial::in_a_checkout(repository, file)
                }
            };
            match tried {
                Ok(tried) => told(&tried, &shown, findings),
                Err(error) => findings.open(TOPIC, format!("{shown} could not be tried: {error}")),
            }
        }
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

fn told(tried: &Tried, shown: &str, findings: &mut Findings) {
    let place = match tried.place {
        Place::Apart => "",
        Place::Checkout => " (in a checkout of HEAD of its own, where files that are not committed are missing)",
    };
    for file in &tried.changed {
        let file = file.display();
        findings
            .open(TOPIC, format!("while {shown} ran, `{file}` changed in your working tree; see what it does there"));
    }
    match &tried.verdict {
        Verdict::Fires => {
            findings.well(TOPIC, format!("{shown} fires: it refused a canary that was staged in an index apart"));
        }
        Verdict::Passes(output) => {
            let said = if output.is_empty() { String::new() } else { format!("; it says:\n{output}") };
            findings.open(
                TOPIC,
                format!(
                    "{shown} let a canary pass (a made-up token){place}: most often `|| exit 1` is missing behind \
                     `{COMMAND}`, so that what comes after it decides; else look for `fail-on`, `exclude`, a silenced rule in \
                     the policy of HEAD, or a hook that ends before that line{said}"
                ),
            );
        }
        Verdict::Fails(output) => findings.open(
            TOPIC,
            match tried.place {
                Place::Apart => {
                    format!("{shown} fails before it looks, so nothing can be committed; it says:\n{output}")
                }
                Place::Checkout => format!(
                    "{shown} fails before it looks, so whether it fires could not be tried{place}; it says:\n{output}"
                ),
            },
        ),
        Verdict::Hangs => findings.open(TOPIC, format!("{shown} did not end within {} seconds", PATIENCE.as_secs())),
    }
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
