//! stub
use crate::finding::Proof;
use crate::rule::Check;
/// x
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// x
    Passed,
    /// x
    Failed,
    /// x
    Unproven,
}
/// x
pub fn verify(_check: Check, _secret: &[u8]) -> Outcome {
    Outcome::Unproven
}
/// x
pub fn proof(_check: Check) -> Proof {
    Proof::Checksum
}
