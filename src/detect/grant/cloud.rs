//! Cloud and infrastructure: identities, networks, storage.

mod action;
mod cidr;
mod iam;
mod network;
mod statement;

use super::{Surface, reach};

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[&iam::POLICY, &network::INGRESS];

/// True if `pattern` matches `name`.
fn holds(pattern: &str, name: &str) -> bool {
    reach::pattern_holds(pattern, name)
}
