//! Changes in a git repository: what is staged, what the working tree holds, what a range of commits brings.
//!
//! Everything is built from trees, index entries and blobs, never from a rendered patch, so no attribute, textconv or
//! external diff can hide a line. Nothing is executed, written, locked or fetched.

mod blob;
mod compare;
mod delta;
mod emit;
mod head;
mod index;
pub mod lines;
mod open;
mod owners;
mod range;
mod rename;
mod sides;
mod worktree;

pub use open::{Environment, Repository};
pub use range::{Dots, Range};
pub use sides::{Compared, Comparing, Sides};
