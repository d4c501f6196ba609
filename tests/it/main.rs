//! Integration tests: through the real program and real git repositories; one file per promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
mod many;
mod text;
mod tree;
