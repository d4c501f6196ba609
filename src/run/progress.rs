//! A progress line on standard error for scans that take longer than a second on a terminal.

use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use indicatif::{HumanBytes, HumanCount, ProgressBar};

use crate::config::Verbosity;
use crate::source::Ledger;

const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(100);

/// Runs `work`, and shows from the ledger how far it is.
pub(super) fn shown<T>(ledger: &Ledger, verbosity: Verbosity, work: impl FnOnce() -> T) -> T {
    if verbosity == Verbosity::Quiet || !stderr().is_terminal() {
        return work();
    }
    thread::scope(|scope| {
        let (done, waiting) = channel::<()>();
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::new_spinner();
            while waiting.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                let (files, bytes) = ledger.so_far();
                bar.set_message(format!("{} files, {} read", HumanCount(files), HumanBytes(bytes)));
                bar.tick();
            }
            bar.finish_and_clear();
        });
        let result = work();
        drop(done);
        result
    })
}
