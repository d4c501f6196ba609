//! Package managers and builds: what runs at install time, and from where code comes.

mod address;
mod dependency;
mod entry;
mod jvm;
mod lock;
mod npm;
mod others;
mod policy;
mod python;
mod registry;
mod script;

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
    &jvm::MAVEN,
    &jvm::GRADLE,
    &jvm::WRAPPER,
    &jvm::VERIFICATION,
    &others::CARGO,
    &others::NUGET,
    &others::BUNDLER,
    &others::COMPOSER,
    &script::NPM,
    &script::CHECKS,
    &script::COMPOSER,
    &script::GYP,
    &policy::IGNORED,
    &policy::MANIFESTS,
    &policy::DENY,
    &policy::VET,
];
