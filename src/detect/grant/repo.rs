//! The repository itself: owners, links, attributes, submodules.

mod attribute;
mod gate;
mod gate_tool;
mod link;
mod module;
mod owners;

pub(super) use link::LINK;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] =
    &[&owners::OWNERS, &link::LINK, &module::MODULES, &attribute::ATTRIBUTES, &gate::GATE, &gate::GATE_LIST];
