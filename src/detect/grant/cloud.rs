//! Cloud and infrastructure: identities, networks, storage.

mod action;
mod cidr;
mod condition;
mod iam;
mod network;
mod principal;
mod resource;
mod statement;
mod value;

use super::{Reach, Surface};

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[&iam::POLICY, &iam::DATA_SOURCE, &iam::ATTACHMENT, &network::INGRESS];

/// True if `pattern` matches `name`.
fn holds(pattern: &str, name: &str) -> bool {
    Reach::one(pattern).holds(&Reach::one(name))
}
