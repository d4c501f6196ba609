//! The repository itself: owners, hooks, links, attributes, submodules.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
