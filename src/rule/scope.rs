//! Where a change may not reach: outside of its workspace, and to the places where credentials are kept.

use serde::{Deserialize, Serialize};

/// What a rule of kind `scope` looks at.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Scope {
    /// What is looked at.
    pub of: ScopeOf,
    /// Parts of paths, with `/` and in lower case, that name a place wherever they stand; `*` stands for a name or a
    /// part of one.
    #[serde(default)]
    pub places: Vec<String>,
    /// The same, where a home directory is named before them.
    #[serde(default)]
    pub at_home: Vec<String>,
    /// What may follow or stand in a name without meaning the place.
    #[serde(default)]
    pub except: Vec<String>,
}

/// What a rule of kind `scope` looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeOf {
    /// Paths of changed files.
    Changes,
    /// Places that changed code names.
    Places,
    /// New pointers to other repositories.
    Submodules,
    /// Pointers to other repositories that now name another commit there.
    MovedSubmodules,
}
