//! Containers on one machine: Dockerfile, Compose, development containers.

mod compose;
mod devcontainer;
mod dockerfile;
mod machine;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[&compose::COMPOSE, &dockerfile::DOCKERFILE, &devcontainer::DEVCONTAINER];
