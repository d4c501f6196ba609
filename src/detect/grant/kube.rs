//! Kubernetes: roles, bindings, pods, admission, exposure.

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[];
