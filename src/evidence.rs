//! The record of a change and of how it was checked, written so that anyone can recompute it, and its verification.

mod build;
mod canonical;
mod chain;
mod check;
mod digest;
mod envelope;
pub mod record;
mod sign;

pub use build::{Claims, Reviewed, Seen, statement};
pub use chain::{Link, follow};
pub use check::{Line, Outcome, Reviewing, compare, standing};
pub use digest::{hex, sha256};
pub use envelope::{Form, NoRecord, Record, read, write};
pub use record::Statement;
pub use sign::{KeyError, Signature, Signer, Trusted, Worth};
