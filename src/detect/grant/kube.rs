//! Kubernetes: roles, bindings, pods, admission, exposure.

mod admission;
mod binding;
mod container;
mod delivery;
mod identity;
mod marker;
mod network;
mod object;
mod patch;
mod pod;
mod power;
mod rbac;
mod switch;
mod values;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &rbac::ROLE,
    &marker::MARKER,
    &binding::BINDING,
    &pod::POD,
    &network::NETWORK,
    &admission::ADMISSION,
    &identity::IDENTITY,
    &values::VALUES,
    &values::RELEASE,
    &delivery::DELIVERY,
    &patch::PATCH,
];
