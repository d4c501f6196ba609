//! Integration tests: through the real program and real git repositories; one file per promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
mod area;
mod bounds;
mod changes;
mod coverage;
mod decode;
mod explain;
mod generic;
mod git_bad;
mod git_hook;
mod git_range;
mod git_safe;
mod git_staged;
mod git_worktree;
mod grant;
mod grant_hostile;
mod house;
mod many;
mod policy;
mod redact;
mod report;
mod rules;
mod text;
mod tree;
