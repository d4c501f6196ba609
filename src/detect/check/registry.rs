//! Tokens of package registries that wrap a structure: PyPI's macaroons, NuGet's base32, Artifactory's two kinds.

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base64, to_base32, to_base64, to_base64_url};
use crate::detect::random::{BASE58, BASE62, Random};

/// PyPI: a version-2 macaroon with a location, complete to its signature.
pub(super) fn pypi(secret: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"pypi-").and_then(base64);
    Outcome::of(body.is_some_and(|body| is_macaroon(&body).unwrap_or(false)))
}

fn is_macaroon(body: &[u8]) -> Option<bool> {
    let rest = body.strip_prefix(&[2, 1])?;
    let (&length, rest) = rest.split_first()?;
    let (location, rest) = rest.split_at_checked(usize::from(length))?;
    let (front, _signature) = rest.split_last_chunk::<32>()?;
    Some(location.ends_with(b"pypi.org") && front.starts_with(&[2]) && front.ends_with(&[6, 32]))
}

/// An upload token for the index at `location`.
pub(super) fn sample_pypi(location: &str, random: &mut Random) -> String {
    let location = if location.is_empty() { "pypi.org" } else { location };
    let (identifier, caveat) = (random.uuid(), format!(r#"{{"version":1,"permissions":"user-{}"}}"#, random.below(99)));
    let length = |text: &str| text.len().to_le_bytes()[0];
    let mut body = vec![2, 1, length(location)];
    body.extend_from_slice(location.as_bytes());
    body.extend_from_slice(&[2, length(&identifier)]);
    body.extend_from_slice(identifier.as_bytes());
    body.extend_from_slice(&[0, 2, length(&caveat)]);
    body.extend_from_slice(caveat.as_bytes());
    body.extend_from_slice(&[0, 0, 6, 32]);
    body.extend(random.bytes(32));
    format!("pypi-{}", to_base64_url(&body))
}

/// NuGet: base32 of 12 bytes that begin with a version, then of 16 bytes; each part leaves unused bits, which are 0.
pub(super) fn nuget(secret: &[u8]) -> Outcome {
    let unused = |at: usize, zero: &[u8]| secret.get(at).is_some_and(|byte| zero.contains(&byte.to_ascii_lowercase()));
    // 20 characters carry 4 bits more than 12 bytes, 26 carry 2 more than 16.
    Outcome::of(secret.len() == 46 && unused(19, b"aq") && unused(45, b"aeimquy4"))
}

/// A NuGet API key.
pub(super) fn sample_nuget(random: &mut Random) -> String {
    let head = [&b"v4"[..], &random.bytes(10)].concat();
    format!("{}{}", to_base32(&head), to_base32(&random.bytes(16))).to_lowercase()
}

/// Artifactory API keys: base58 of 54 bytes with a fixed beginning.
pub(super) fn artifactory_key(secret: &[u8]) -> Outcome {
    Outcome::of(
        secret.len() <= 80 && base58(secret).is_some_and(|bytes| bytes.len() == 54 && bytes.starts_with(ARTIFACTORY)),
    )
}

const ARTIFACTORY: &[u8] = &[0x01, 0xfd, 0xe0];

fn base58(text: &[u8]) -> Option<Vec<u8>> {
    // Big number in base 256, least significant byte first.
    let mut bytes: Vec<u8> = Vec::new();
    for byte in text {
        let mut carry = u32::try_from(BASE58.iter().position(|known| known == byte)?).ok()?;
        for slot in &mut bytes {
            carry += u32::from(*slot) * 58;
            *slot = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            bytes.push(carry.to_le_bytes()[0]);
        }
    }
    bytes.reverse();
    Some(bytes)
}

fn to_base58(bytes: &[u8]) -> String {
    let mut digits: Vec<usize> = Vec::new();
    for &byte in bytes {
        let mut carry = usize::from(byte);
        for digit in &mut digits {
            carry += *digit << 8;
            *digit = carry % 58;
            carry /= 58;
        }
        while carry > 0 {
            digits.push(carry % 58);
            carry /= 58;
        }
    }
    digits.iter().rev().filter_map(|&digit| BASE58.get(digit)).map(|&byte| char::from(byte)).collect()
}

/// An Artifactory API key.
pub(super) fn sample_artifactory_key(random: &mut Random) -> String {
    // The bytes after the fixed ones decide whether the text begins as real keys do.
    (0..4096)
        .map(|_| to_base58(&[ARTIFACTORY, &random.bytes(51)].concat()))
        .find(|key| key.starts_with("AKCp"))
        .unwrap_or_default()
}

/// Artifactory reference tokens: base64 of `reftkn:01:`, ten digits, and the reference.
pub(super) fn artifactory_reference(secret: &[u8]) -> Outcome {
    let text = base64(secret).unwrap_or_default();
    let digits = text.strip_prefix(b"reftkn:01:").and_then(|rest| rest.get(..11));
    Outcome::of(digits.is_some_and(|part| part[..10].iter().all(u8::is_ascii_digit) && part[10] == b':'))
}

/// An Artifactory reference token.
pub(super) fn sample_artifactory_reference(random: &mut Random) -> String {
    let expiry = 1_700_000_000 + random.below(90_000_000);
    to_base64(format!("reftkn:01:{expiry}:{}", random.text(BASE62, 27)).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_pass() {
        let random = &mut Random::new(6);
        assert_eq!(pypi(sample_pypi("", random).as_bytes()), Outcome::Passed);
        assert_eq!(pypi(sample_pypi("test.pypi.org", random).as_bytes()), Outcome::Passed);
        assert_eq!(nuget(sample_nuget(random).as_bytes()), Outcome::Passed);
        assert_eq!(artifactory_key(sample_artifactory_key(random).as_bytes()), Outcome::Passed);
        assert_eq!(artifactory_reference(sample_artifactory_reference(random).as_bytes()), Outcome::Passed);
    }

    #[test]
    fn cut_or_foreign_values_fail() {
        let random = &mut Random::new(6);
        let token = sample_pypi("", random);
        assert_eq!(pypi(&token.as_bytes()[..token.len() - 8]), Outcome::Failed);
        assert_eq!(pypi(b"pypi-AgEI"), Outcome::Failed);
        assert_eq!(nuget(b"oy2"), Outcome::Failed);
        assert_eq!(artifactory_key(format!("AKCp{}", random.text(BASE58, 68)).as_bytes()), Outcome::Failed);
        assert_eq!(artifactory_reference(b"cmVmdGtuOjAx"), Outcome::Failed);
    }

    #[test]
    fn base58_comes_back() {
        let bytes = [&[1][..], &Random::new(1).bytes(40)].concat();
        assert_eq!(base58(to_base58(&bytes).as_bytes()), Some(bytes));
    }
}
