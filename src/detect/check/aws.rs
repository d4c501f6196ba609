//! AWS key ids, which carry their account, secret keys and Bedrock keys.

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base32, base64, to_base32, to_base64};
use crate::detect::random::{BASE62, HEX, Random};

/// Twelve decimal digits.
const LARGEST_ACCOUNT: u64 = 999_999_999_999;

/// Key ids: 4 letters, then base32 whose first 6 bytes hold the account number. One that is no base32 was altered by
/// hand, perhaps in one letter: nothing is proven then.
pub(super) fn key_id(secret: &[u8]) -> Outcome {
    let Some(body) = secret.get(4..20).filter(|_| secret.len() == 20) else { return Outcome::Failed };
    let Some(bytes) = base32(body) else { return Outcome::Unproven };
    // Ids of the first years do not hold their account.
    if matches!(body.first(), Some(b'I' | b'J')) {
        return Outcome::Unproven;
    }
    let number = bytes.iter().take(6).fold(0u64, |sum, &byte| (sum << 8) | u64::from(byte));
    Outcome::of((number & 0x7fff_ffff_ff80) >> 7 <= LARGEST_ACCOUNT)
}

/// A key id of an account that nobody has.
pub(super) fn sample_key_id(prefix: &str, random: &mut Random) -> String {
    let account = 100_000_000_000 + random.bits() % 800_000_000_000;
    let number = (account << 7) | (1 << 47) | (random.bits() & 0x7f);
    let mut bytes = number.to_be_bytes()[2..].to_vec();
    bytes.extend(random.bytes(4));
    format!("{prefix}{}", to_base32(&bytes))
}

/// Secret keys are 40 random base64 characters: what lacks a whole class of them, or is a hexadecimal hash, is none.
pub(super) fn secret_key(secret: &[u8]) -> Outcome {
    let has = |class: fn(&u8) -> bool| secret.iter().any(class);
    let hash = secret.iter().all(u8::is_ascii_hexdigit);
    match has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && !hash {
        true => Outcome::Unproven,
        false => Outcome::Failed,
    }
}

/// Bedrock API keys: base64 of a name, the account and a secret.
pub(super) fn bedrock(secret: &[u8]) -> Outcome {
    let text = secret.strip_prefix(b"ABSK").and_then(base64).unwrap_or_default();
    let account = text.strip_prefix(b"BedrockAPIKey-").and_then(|rest| {
        let at = rest.windows(4).position(|window| window == b"-at-")?;
        rest.get(at + 4..at + 17)
    });
    Outcome::of(account.is_some_and(|part| part[..12].iter().all(u8::is_ascii_digit) && part[12] == b':'))
}

/// A Bedrock API key.
pub(super) fn sample_bedrock(random: &mut Random) -> String {
    let account = 100_000_000_000 + random.bits() % 800_000_000_000;
    let text = format!("BedrockAPIKey-{}-at-{account}:{}", random.text(HEX, 4), random.text(BASE62, 44));
    format!("ABSK{}", to_base64(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_ids_hold_an_account() {
        for seed in 0..50 {
            let id = sample_key_id("AKIA", &mut Random::new(seed));
            assert_eq!((key_id(id.as_bytes()), id.len()), (Outcome::Passed, 20));
        }
        assert_eq!(key_id(b"AKIAAAAAAAAAAAAAAAA1"), Outcome::Unproven);
        assert_eq!(key_id(b"AKIA"), Outcome::Failed);
        assert_eq!(key_id(concat!("AKIA", "JAAAAAAAAAAAAAAA").as_bytes()), Outcome::Unproven);
    }

    #[test]
    fn a_hash_is_no_secret_key() {
        assert_eq!(secret_key(Random::new(1).text(HEX, 40).as_bytes()), Outcome::Failed);
        assert_eq!(secret_key(Random::new(1).text(BASE62, 40).as_bytes()), Outcome::Unproven);
    }

    #[test]
    fn bedrock_keys_name_their_account() {
        assert_eq!(bedrock(sample_bedrock(&mut Random::new(1)).as_bytes()), Outcome::Passed);
        assert_eq!(bedrock(b"ABSKQmVkcm9ja0FQSUtleS1hYmNk"), Outcome::Failed);
    }
}
