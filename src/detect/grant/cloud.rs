//! Cloud and infrastructure: identities, networks, storage.

mod action;
mod audit;
mod azure;
mod cidr;
mod condition;
mod forge;
mod google;
mod iam;
mod network;
mod principal;
mod resource;
mod safety;
mod serverless;
mod statement;
mod storage;
mod switch;
mod value;

use super::{Surface, reach};

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &iam::POLICY,
    &iam::DATA_SOURCE,
    &iam::ATTACHMENT,
    &network::INGRESS,
    &storage::STORAGE,
    &safety::SAFETY,
    &audit::AUDIT,
    &google::BINDING,
    &azure::ROLE,
    &serverless::CALLER,
    &forge::FORGE,
];

/// True if `pattern` matches `name`.
fn holds(pattern: &str, name: &str) -> bool {
    reach::pattern_holds(pattern, name)
}
