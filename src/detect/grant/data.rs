//! Databases: privileges, row security, open rules, server settings.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
