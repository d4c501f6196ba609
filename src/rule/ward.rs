//! Wards: areas that a policy draws round its own files, beside those that rules know by their words.

use crate::unit::PathGlob;

/// An area of a policy.
#[derive(Clone, Debug)]
pub struct Ward {
    /// What it is called; the name of a built-in area adds to that one.
    pub name: String,
    /// Its files.
    pub paths: Vec<PathGlob>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// What a change of it asks for.
    pub asks: Asks,
}

/// What a change of an area asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// A review by an owner.
    Review,
    /// To be told.
    Notice,
}

impl Ward {
    /// True if `path`, as reports show it, belongs to it.
    pub fn holds(&self, path: &str) -> bool {
        self.paths.iter().any(|glob| glob.matches(path))
    }
}
