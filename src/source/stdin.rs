//! Standard input as one unit.

use std::io::{self, Read};

use super::coverage::{Ledger, Reason};
use super::read::{Scratch, texts};
use super::Visit;
use crate::unit::{Change, Mode, RepoPath, Unit};

/// The name that standard input has in reports.
pub const NAME: &str = "-";

/// Reads `input` to its end.
pub fn stdin(input: &mut dyn Read, ledger: &Ledger, visit: Visit<'_>) {
    let path = RepoPath::new(NAME);
    let mut counted = Counted { inner: input, bytes: 0 };
    let result = texts(&mut counted, &mut Scratch::default(), &mut |text| {
        visit(&Unit {
            path: path.clone(),
            old_path: None,
            mode: Some(Mode::File),
            old_mode: None,
            change: Change::Snapshot(text),
        });
    });
    ledger.read(counted.bytes);
    if let Err(error) = result {
        ledger.skip(&path, Reason::Unreadable(error.to_string()));
    }
}

struct Counted<'a> {
    inner: &'a mut dyn Read,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.bytes += got as u64;
        Ok(got)
    }
}
