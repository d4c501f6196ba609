//! Containers on one machine: Dockerfile, Compose, development containers.

mod compose;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[&compose::COMPOSE];
