//! Continuous integration: what runs on a change, with what token and which secrets.

mod token;

use super::Surface;

/// Every surface of the group.
pub(super) static SURFACES: &[&Surface] = &[&token::TOKEN];
