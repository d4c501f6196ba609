//! Rules: what a rule file may say, how it is read and checked, and the compiled set that scans.

pub mod area;
pub mod areas;
pub mod beside;
mod glob;
pub mod load;
pub mod locate;
pub mod measured;
pub mod model;
pub mod plan;
pub mod tree;
mod prefilter;
mod entry;
mod rarity;
mod table;
mod builtin;
mod set;
mod shape;
mod walk;
pub mod words;

pub use area::{Area, Bumps, Ecosystem};
pub use areas::{Areas, PathSign, Phrase, Weight};
pub use builtin::{BuiltinError, measured};
pub use glob::{Glob, unfolded};
pub use load::RuleFileError;
pub use model::{Check, Confidence, Kind, Lines, NameClass, Rule, Severity};
pub use plan::{Anchor, Prepared};
pub use set::{CompiledRule, Hits, RuleSet, SetError, Words};
pub use tree::Model;
pub use walk::Walk;
