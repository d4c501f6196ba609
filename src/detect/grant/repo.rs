//! The repository itself: owners, links, modes, attributes, submodules, hooks, ignore lists.

mod attribute;
mod fence;
mod gate;
mod gate_tool;
mod hook;
mod ignored;
mod link;
mod mode;
mod module;
mod owners;

pub(in crate::detect) use owners::owners_of;

pub(super) use fence::FENCE;
pub(super) use link::LINK;
pub(super) use mode::{EXECUTABLE, is_data};

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &fence::FENCE,
    &owners::OWNERS,
    &link::LINK,
    &mode::EXECUTABLE,
    &module::MODULES,
    &attribute::ATTRIBUTES,
    &hook::PRE_COMMIT,
    &hook::LEFTHOOK,
    &hook::SCRIPTS,
    &ignored::GIT,
    &ignored::DOCKER,
    &ignored::NPM,
    &ignored::FILES,
    &gate::GATE,
    &gate::GATE_LIST,
];
