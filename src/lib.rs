//! ringfence: a static scanner that answers one question before a change is merged: does it stay inside the fence?
//!
//! The modules stand in reading order, and that order is the direction in which imports may point: a module uses what
//! stands below it, never what stands above. `tests/it/house.rs` holds this.

pub mod run;
pub mod config;
pub mod cli;
pub mod setup;
pub mod ci;
pub mod evidence;
pub mod report;
pub mod policy;
pub mod scan;
pub mod detect;
pub mod finding;
pub mod rule;
pub mod source;
pub mod document;
pub mod unit;
pub mod text;
pub mod keyed;
pub mod order;
