//! Package managers and builds: what runs at install time, and from where code comes.

mod address;
mod dependency;
mod entry;
mod lock;
mod npm;
mod python;
mod registry;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[
    &lock::LOCK,
    &dependency::NPM,
    &dependency::CARGO,
    &dependency::GO,
    &dependency::PYTHON,
    &dependency::RUBY,
    &npm::RC,
    &npm::YARN,
    &npm::PNPM,
    &npm::BUN,
    &npm::MANIFEST,
    &python::PIP,
    &python::TABLES,
];
