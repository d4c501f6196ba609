//! What a SARIF log says of the run itself: how it ended, what was not read, and what people should know.

use super::log::{Artifact, Invocation, Notification, Physical, Place, Words};
use crate::report::count::counted;
use crate::report::escape::terminal;
use crate::report::shown::{cut, gaps, uri};
use crate::report::{ExitStatus, Report};
use crate::source::Skip;

/// As many things that were not read as are named one by one.
const MOST_GAPS: usize = 1_000;

/// As many notices as are told.
const MOST_NOTICES: usize = 100;

/// As many characters as a reason or a notice needs to be understood.
const MOST_WORDS: usize = 500;

/// As many bytes of paths as may be among them; of those that are longer, only the reason is told.
const MOST_PATHS: usize = 1_000_000;

/// The run, before it is known which results fit.
pub(super) fn invocation(report: &Report) -> Invocation {
    let status = report.exit_status();
    let mut all = Invocation {
        execution_successful: status != ExitStatus::Incomplete,
        exit_code: status as u8,
        tool_execution_notifications: Vec::new(),
    };
    let mut left = MOST_PATHS;
    for skip in gaps(report).take(MOST_GAPS) {
        all.say(Some(gap(skip, &mut left)));
    }
    let beyond = |all: usize, most: usize| Some(all.saturating_sub(most)).filter(|more| *more > 0);
    let gaps = beyond(gaps(report).count(), MOST_GAPS);
    let gaps = gaps.map(|more| format!("{} in scope could not be read", counted(more as u64, "more thing")));
    all.say(gaps.map(|said| note("error", &said)));
    let notices = &report.policy.notices;
    for notice in notices.iter().take(MOST_NOTICES) {
        all.say(Some(note("note", &terminal(notice))));
    }
    let notices = beyond(notices.len(), MOST_NOTICES);
    let notices = notices.map(|more| format!("{}; `--format json` lists all", counted(more as u64, "more note")));
    all.say(notices.map(|said| note("note", &said)));
    all
}

/// What is to be said of results that do not fit.
pub(super) fn more(left_out: usize) -> Option<Notification> {
    let verb = if left_out == 1 { "does" } else { "do" };
    let said = format!("{} {verb} not fit in here; the worst are listed", counted(left_out as u64, "more finding"));
    (left_out > 0).then(|| note("warning", &said))
}

fn gap(skip: &Skip, left: &mut usize) -> Notification {
    let place = uri(&skip.path);
    let told = note("error", &format!("not read: {}", terminal(&skip.reason.to_string())));
    match left.checked_sub(place.len()) {
        None => told,
        Some(rest) => {
            *left = rest;
            let artifact_location = Artifact { uri: place };
            let place = Place { physical_location: Physical { artifact_location, region: None } };
            Notification { locations: vec![place], ..told }
        }
    }
}

fn note(level: &'static str, text: &str) -> Notification {
    Notification { level, message: Words::of(&cut(text, MOST_WORDS)), locations: Vec::new() }
}

impl Invocation {
    /// Adds what is to be said.
    pub(super) fn say(&mut self, said: Option<Notification>) {
        self.tool_execution_notifications.extend(said);
    }

    /// As many bytes as it takes at most when it is compressed.
    pub(super) fn cost(&self) -> usize {
        let path = |place: &Place| place.physical_location.artifact_location.uri.len();
        let of = |note: &Notification| note.message.text.len() + note.locations.iter().map(path).sum::<usize>() + 32;
        self.tool_execution_notifications.iter().map(of).sum()
    }
}
