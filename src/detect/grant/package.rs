//! Package managers and builds: what runs at install time, and from where code comes.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
