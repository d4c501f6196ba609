//! Coding agents: what they may run, read and reach without being asked.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
