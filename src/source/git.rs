//! Changes in a git repository: what is staged, what the working tree holds, what a range of commits brings.
//!
//! Everything is built from trees, index entries and blobs, never from a rendered patch, so no attribute, textconv or
//! external diff can hide a line. Nothing is executed, written, locked or fetched.

mod authors;
mod blob;
mod checkout;
mod compare;
mod delta;
mod emit;
mod head;
mod hooks;
mod index;
pub mod lines;
mod listing;
mod loose;
mod open;
mod owners;
mod range;
mod rename;
mod ruling;
mod sides;
mod vouch;
mod worktree;

pub use checkout::{Checkout, Stamps};
pub use hooks::{Chosen, Hooks, Tried};
pub use listing::{Changed, CommitId, Listing, Placed};
pub use open::{Environment, Repository};
pub use range::{Dots, Range};
pub use ruling::on_disk;
pub use sides::{Compared, Comparing, Sides};
