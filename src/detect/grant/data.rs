//! Databases: privileges, row security, open rules, server settings.

mod api;
mod firebase;
mod hba;
mod privilege;
mod role;
mod rows;
mod rules;
mod server;
mod statement;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &privilege::PRIVILEGES,
    &role::ROLES,
    &rows::ROWS,
    &firebase::RULES,
    &firebase::REALTIME,
    &hba::LOGINS,
    &server::SERVERS,
    &api::HASURA,
    &api::OPENAPI,
];
