//! The form of the measured figures, as `rules/model/measure.py` writes them into `rules/measured.json`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How well each rule does, and on what that was measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    /// When.
    pub date: String,
    /// Which version of the program.
    pub program: String,
    /// Real code in which people labelled the credentials.
    pub labelled: Sample,
    /// Public code that nobody labelled, and that should hold few credentials.
    pub clean: Vec<Sample>,
    /// All rules together, the model having seen nothing of the repository that it judges.
    pub cross_validated: Score,
    /// The figures of each rule that was there, by id.
    pub rules: BTreeMap<String, Figures>,
}

/// Some code.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Its name, with its version.
    pub name: String,
    /// Files that were read.
    pub files: u64,
    /// Lines in them.
    pub lines: u64,
}

/// The score of the whole program.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    /// In how many parts the repositories were divided.
    pub folds: u8,
    /// Probability from which the model's word counted.
    pub threshold: f32,
    /// Share of the findings that were credentials.
    pub precision: f32,
    /// Share of the credentials that were found.
    pub recall: f32,
    /// The harmonic mean of both.
    pub f1: f32,
}

/// What one rule found.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// With medium confidence or more.
    #[serde(default)]
    pub reported: Tally,
    /// With low confidence.
    #[serde(default)]
    pub low: Tally,
}

/// Findings by where they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// On lines labelled as credentials.
    pub right: u32,
    /// On other lines of the labelled code.
    pub wrong: u32,
    /// In clean code.
    pub clean: u32,
}

impl Tally {
    /// The share of the findings in labelled code that are credentials. `None` without findings there.
    pub fn precision(&self) -> Option<f32> {
        let all = self.right + self.wrong;
        (all > 0).then(|| self.right as f32 / all as f32)
    }
}
