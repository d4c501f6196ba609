//! Cloud and infrastructure: identities, networks, storage.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
