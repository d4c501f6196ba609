//! The form of the model: a sum of small decision trees, as the training script writes it.

use serde::{Deserialize, Serialize};

/// A gradient-boosted classifier. What it adds up is the logarithm of the odds that a value is a secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The names of the features, in the order in which the trees count them.
    pub features: Vec<String>,
    /// Log-odds before any feature is seen.
    pub base: f32,
    /// From this probability on a value is reported with medium confidence.
    pub medium: f32,
    /// From this probability on a value is reported with low confidence.
    pub low: f32,
    /// What the model adds up.
    pub trees: Vec<Vec<Node>>,
}

/// A node of a tree; the root comes first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Node {
    /// Index of the feature asked; meaningless in a leaf.
    pub feature: u16,
    /// Up to this value the way leads to the left.
    pub limit: f32,
    /// Index of the left child; 0 in a leaf.
    pub left: u16,
    /// Index of the right child; 0 in a leaf.
    pub right: u16,
    /// Log-odds that a leaf adds; in an inner node the mean over all that passed it in training.
    pub value: f32,
}

impl Model {
    /// Calls `step(feature, change)` for each question on the way through every tree: `change` is by how much the answer
    /// moved the expected log-odds. Returns the log-odds.
    pub fn walk(&self, features: &[f32], mut step: impl FnMut(usize, f32)) -> f32 {
        self.base + self.trees.iter().map(|tree| descend(tree, features, &mut step)).sum::<f32>()
    }
}

fn descend(tree: &[Node], features: &[f32], step: &mut impl FnMut(usize, f32)) -> f32 {
    let Some(mut node) = tree.first() else { return 0.0 };
    // A child always stands behind its parent, so this ends.
    while node.left != 0 {
        let feature = usize::from(node.feature);
        let is_left = features.get(feature).is_some_and(|value| *value <= node.limit);
        let Some(next) = tree.get(usize::from(if is_left { node.left } else { node.right })) else { break };
        step(feature, next.value - node.value);
        node = next;
    }
    node.value
}
