//! Standard input as one unit.

use std::io::Read;

use super::Visit;
use super::coverage::{Ledger, Reason};
use super::read::{Scratch, texts};
use crate::unit::{Change, Mode, RepoPath, Unit};

/// The name that standard input has in reports.
pub const NAME: &str = "-";

/// Reads `input` to its end.
pub fn stdin(input: &mut dyn Read, ledger: &Ledger, visit: Visit<'_>) {
    let path = RepoPath::new(NAME);
    let result = texts(input, &mut Scratch::default(), &mut |text| {
        visit(&Unit {
            path: path.clone(),
            old_path: None,
            mode: Some(Mode::File),
            old_mode: None,
            change: Change::Snapshot(text),
        });
    });
    match result {
        Ok(bytes) => ledger.read(&path, bytes),
        Err(error) => ledger.skip(&path, Reason::Unreadable(error.to_string())),
    }
}
