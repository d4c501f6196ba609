//! Applications: manifests in which they ask for permissions.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
