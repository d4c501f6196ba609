//! Changed code as several detectors read it: which lines belong together, what of them is comment, what the file is for.

pub(super) mod hunk;
pub(super) mod place;
pub(super) mod statement;
pub(super) mod syntax;
