//! The record of a change and of how it was checked, written so that anyone can recompute it, and its verification.

mod build;
mod canonical;
mod chain;
mod check;
mod envelope;
pub mod record;
mod sign;

pub use build::{Claims, Reviewed, Seen, statement};
pub use canonical::{hex, sha256};
pub use chain::{Link, follow};
pub use check::{Line, Outcome, Reviewing, compare, standing};
pub use envelope::{Form, NoRecord, Record, Signature, read, write};
pub use record::Statement;
pub use sign::{KeyError, Signer, Trusted, Worth};
