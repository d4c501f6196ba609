//! The identity of a finding across runs.
//!
//! It is made of the rule and of the secret alone: no path, line, commit or time, so it survives moved lines, renames,
//! squashes and rebases, and changes when the secret does. A value that a person could have chosen must not be
//! confirmable from it by guessing: of such a value only eight bits go in, beside the text that leads up to it.

use sha2::{Digest, Sha256};

use super::placeholder::entropy;
use crate::finding::Fingerprint;

/// Random values have at least this length and entropy; anything less might be guessed.
const STRONG_LENGTH: usize = 20;
const STRONG_ENTROPY: f32 = 3.2;
/// Bytes of the line before a weak value that identify it.
const CONTEXT: usize = 64;
/// Bytes of the digest that are kept: 128 bits.
const KEPT: usize = 16;

/// The fingerprint of `value`, found by `rule`; `before` is the text of its line that leads up to it.
pub(super) fn of(rule: &str, value: &[u8], before: &[u8]) -> Fingerprint {
    let value = normal(value);
    let hash = Sha256::new().chain_update(b"ringfence.fingerprint/1\0").chain_update(rule).chain_update(b"\0");
    let hash = if is_strong(&value) {
        hash.chain_update(b"value\0").chain_update(&value)
    } else {
        let context = normal(&before[before.len().saturating_sub(CONTEXT)..]);
        let hint = Sha256::new().chain_update(rule).chain_update(b"\0").chain_update(&value).finalize()[0];
        hash.chain_update(b"place\0").chain_update(context).chain_update([hint])
    };
    Fingerprint::new(hash.finalize()[..KEPT].iter().map(|b| format!("{b:02x}")).collect())
}

/// The fingerprint of something that is said in the open and holds no secret.
pub(super) fn of_fact(rule: &str, fact: &str) -> Fingerprint {
    let hash = Sha256::new().chain_update(b"ringfence.fingerprint/1\0").chain_update(rule).chain_update(b"\0");
    let hash = hash.chain_update(b"fact\0").chain_update(fact);
    Fingerprint::new(hash.finalize()[..KEPT].iter().map(|b| format!("{b:02x}")).collect())
}

/// White space inside a key and before a value changes with formatting and means nothing.
fn normal(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|b| !b.is_ascii_whitespace()).collect()
}

fn is_strong(value: &[u8]) -> bool {
    let digits = value.iter().any(u8::is_ascii_digit);
    let letters = value.iter().any(u8::is_ascii_alphabetic);
    value.len() >= STRONG_LENGTH && digits && letters && entropy(value) >= STRONG_ENTROPY
}

#[cfg(test)]
mod tests {
    use super::*;

    const STRONG: &[u8] = b"q7Zt9sLw2XcVb81nMa04KdRf";

    #[test]
    fn a_strong_value_is_its_own_identity() {
        assert_eq!(of("r", STRONG, b"a = "), of("r", STRONG, b"moved and renamed: "));
        assert_ne!(of("r", STRONG, b""), of("s", STRONG, b""));
        assert_ne!(of("r", STRONG, b""), of("r", b"q7Zt9sLw2XcVb81nMa04KdRg", b""));
    }

    #[test]
    fn a_weak_value_cannot_be_told_by_guessing() {
        let target = of("r", b"hunter2", b"password = ");
        let alike = (0..5000).filter(|n| of("r", format!("guess{n}").as_bytes(), b"password = ") == target).count();
        assert!(alike > 3, "a dictionary must leave many values that fit");
        assert_ne!(of("r", b"hunter2", b"password = "), of("r", b"hunter2", b"admin = "));
    }
}
