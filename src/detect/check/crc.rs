//! Tokens that end in a CRC-32 of what stands before it; vendors differ in how they write the number.

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base64, number_padded, to_base64, to_base64_url};
use crate::detect::random::{BASE36, BASE62, BASE64_URL, Random};

/// GitHub and npm: the last 6 characters are the CRC-32 of the characters between prefix and checksum in base 62.
pub(super) fn github(secret: &[u8]) -> Outcome {
    // No public installation token was seen to satisfy the checksum: there it may only raise the confidence.
    let doubtful = secret.starts_with(b"ghs_");
    let body = secret.iter().position(|&byte| byte == b'_').and_then(|at| secret.get(at + 1..));
    match body.and_then(|body| body.split_last_chunk::<6>()) {
        Some((data, sum)) if base62_sum(data).as_bytes() == sum => Outcome::Passed,
        _ if doubtful => Outcome::Unproven,
        _ => Outcome::Failed,
    }
}

/// Vercel uses GitHub's layout, but not every public sample keeps it: a mismatch proves nothing.
pub(super) fn vercel(secret: &[u8]) -> Outcome {
    match github(secret) {
        Outcome::Failed => Outcome::Unproven,
        other => other,
    }
}

/// A token of GitHub's layout with `random` characters before the checksum.
pub(super) fn sample_base62(prefix: &str, alphabet: &[u8], count: usize, random: &mut Random) -> String {
    let data = random.text(alphabet, count);
    format!("{prefix}{data}{}", base62_sum(data.as_bytes()))
}

fn base62_sum(data: &[u8]) -> String {
    number_padded(crc32fast::hash(data), BASE62, 6)
}

/// GitLab's routable tokens: a base64url payload, its length in base 36, and the CRC-32 of all before in base 36.
pub(super) fn gitlab_routable(secret: &[u8]) -> Outcome {
    Outcome::of(gitlab_routable_holds(secret).unwrap_or(false))
}

fn gitlab_routable_holds(secret: &[u8]) -> Option<bool> {
    let (data, sum) = secret.split_last_chunk::<7>()?;
    let (front, length) = data.split_last_chunk::<2>()?;
    let length = usize::from_str_radix(std::str::from_utf8(length).ok()?, 36).ok()?;
    let front = front.strip_suffix(b".")?;
    let payload = front.strip_suffix(b".01").unwrap_or(front);
    let payload = payload.get(payload.len().checked_sub(length)?..)?;
    Some(base64(payload).is_some() && base36_sum(data).as_bytes() == sum)
}

/// A routable token behind `prefix`.
pub(super) fn sample_gitlab_routable(prefix: &str, random: &mut Random) -> String {
    let route = format!("o:{}\nu:{}", 1 + random.below(90), 1000 + random.below(9_000_000));
    let mut bytes = random.bytes(16);
    bytes.extend_from_slice(route.as_bytes());
    bytes.push(u8::try_from(route.len()).unwrap_or(0));
    let payload = to_base64_url(&bytes);
    let length = number_padded(u32::try_from(payload.len()).unwrap_or(0), BASE36, 2);
    let data = format!("{prefix}{payload}.01.{length}");
    format!("{data}{}", base36_sum(data.as_bytes()))
}

fn base36_sum(data: &[u8]) -> String {
    number_padded(crc32fast::hash(data), BASE36, 7)
}

/// Atlassian and Bitbucket: the last 8 characters are the CRC-32 of all before, in upper-case hexadecimal.
pub(super) fn atlassian(secret: &[u8]) -> Outcome {
    Outcome::of(secret.split_last_chunk::<8>().is_some_and(|(data, sum)| upper_hex_sum(data).as_bytes() == sum))
}

/// A token of the Atlassian cloud behind `prefix`, which is 12 characters of its body too.
pub(super) fn sample_atlassian(prefix: &str, random: &mut Random) -> String {
    let data = format!("{prefix}{}=", random.text(BASE64_URL, 171));
    format!("{data}{}", upper_hex_sum(data.as_bytes()))
}

/// A Bitbucket app password.
pub(super) fn sample_bitbucket(prefix: &str, random: &mut Random) -> String {
    let data = format!("{prefix}{}", random.text(BASE62, 24));
    format!("{data}{}", upper_hex_sum(data.as_bytes()))
}

fn upper_hex_sum(data: &[u8]) -> String {
    format!("{:08X}", crc32fast::hash(data))
}

/// Grafana: `glsa_` and 32 characters, then `_` and the CRC-32 of both, its bytes from the low end in hexadecimal.
pub(super) fn grafana(secret: &[u8]) -> Outcome {
    let parts = secret.split_last_chunk::<8>().and_then(|(front, sum)| Some((front.strip_suffix(b"_")?, sum)));
    Outcome::of(parts.is_some_and(|(data, sum)| swapped_hex_sum(data).as_bytes() == sum))
}

/// A Grafana service account token.
pub(super) fn sample_grafana(random: &mut Random) -> String {
    let data = format!("glsa_{}", random.text(BASE62, 32));
    format!("{data}_{}", swapped_hex_sum(data.as_bytes()))
}

fn swapped_hex_sum(data: &[u8]) -> String {
    format!("{:08x}", crc32fast::hash(data).swap_bytes())
}

/// Confluent: `cflt`, 54 characters, and the first 6 characters of the base64 of their CRC-32 from the low end.
pub(super) fn confluent(secret: &[u8]) -> Outcome {
    let parts = secret.strip_prefix(b"cflt").and_then(|body| body.split_last_chunk::<6>());
    Outcome::of(
        parts.is_some_and(|(data, sum)| to_base64(&crc32fast::hash(data).to_le_bytes()).as_bytes()[..6] == *sum),
    )
}

/// A Confluent Cloud API secret.
pub(super) fn sample_confluent(random: &mut Random) -> String {
    let data = random.text(BASE62, 54);
    let sum = to_base64(&crc32fast::hash(data.as_bytes()).to_le_bytes());
    format!("cflt{data}{}", sum.trim_end_matches('='))
}

/// Cloudflare: 40 characters and their CRC-32 in hexadecimal. The vendor confirms a checksum but not which: a mismatch
/// proves nothing.
pub(super) fn cloudflare(secret: &[u8]) -> Outcome {
    let body = secret.iter().position(|&byte| byte == b'_').and_then(|at| secret.get(at + 1..));
    match body.and_then(|body| body.split_last_chunk::<8>()) {
        Some((data, sum)) if format!("{:08x}", crc32fast::hash(data)).as_bytes() == sum => Outcome::Passed,
        _ => Outcome::Unproven,
    }
}

/// A Cloudflare token behind `prefix`.
pub(super) fn sample_cloudflare(prefix: &str, random: &mut Random) -> String {
    let data = random.text(BASE62, 40);
    format!("{prefix}{data}{:08x}", crc32fast::hash(data.as_bytes()))
}

/// GitHub's fine-grained tokens: 8 characters before the last 8 repeat the start of a hash of what stands before them.
/// Seen, never documented: it may only raise the confidence.
pub(super) fn github_fine_grained(secret: &[u8]) -> Outcome {
    let Some((front, _)) = secret.split_last_chunk::<8>() else { return Outcome::Unproven };
    match front.split_last_chunk::<8>() {
        Some((data, sum)) if fine_grained_sum(data).as_bytes() == sum => Outcome::Passed,
        _ => Outcome::Unproven,
    }
}

/// A fine-grained token.
pub(super) fn sample_github_fine_grained(random: &mut Random) -> String {
    let data = format!("github_pat_11{}_{}", random.text(BASE62, 20), random.text(BASE62, 43));
    format!("{data}{}{}", fine_grained_sum(data.as_bytes()), random.text(BASE62, 8))
}

fn fine_grained_sum(data: &[u8]) -> String {
    use sha2::Digest;
    let digest = sha2::Sha256::digest(data);
    super::codec::to_base32(&digest[..5])
}

/// Zuplo: 32 characters, `_`, and their CRC-32 in lower-case hexadecimal.
pub(super) fn zuplo(secret: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"zpka_").and_then(|body| body.split_last_chunk::<8>());
    let parts = body.and_then(|(front, sum)| Some((front.strip_suffix(b"_")?, sum)));
    Outcome::of(parts.is_some_and(|(data, sum)| format!("{:08x}", crc32fast::hash(data)).as_bytes() == sum))
}

/// A Zuplo API key.
pub(super) fn sample_zuplo(random: &mut Random) -> String {
    let data = random.text(BASE36, 32);
    format!("zpka_{data}_{:08x}", crc32fast::hash(data.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A check passes its samples and, with `broken` for one changed character, says so.
    fn holds(check: fn(&[u8]) -> Outcome, sample: &str, broken: Outcome) {
        assert_eq!(check(sample.as_bytes()), Outcome::Passed);
        let mut bytes = sample.as_bytes().to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] = if bytes[middle] == b'a' { b'b' } else { b'a' };
        assert_eq!(check(&bytes), broken);
    }

    #[test]
    fn samples_pass_and_a_changed_character_shows() {
        let random = &mut Random::new(11);
        for prefix in ["ghp_", "npm_"] {
            holds(github, &sample_base62(prefix, BASE62, 30, random), Outcome::Failed);
        }
        holds(github, &sample_base62("ghs_", BASE62, 30, random), Outcome::Unproven);
        holds(vercel, &sample_base62("vcp_", BASE62, 50, random), Outcome::Unproven);
        holds(gitlab_routable, &sample_gitlab_routable("glpat-", random), Outcome::Failed);
        holds(atlassian, &sample_atlassian("ATATT3xFfGF0", random), Outcome::Failed);
        holds(atlassian, &sample_bitbucket("ATBB", random), Outcome::Failed);
        holds(grafana, &sample_grafana(random), Outcome::Failed);
        holds(confluent, &sample_confluent(random), Outcome::Failed);
        holds(cloudflare, &sample_cloudflare("cfut_", random), Outcome::Unproven);
        holds(github_fine_grained, &sample_github_fine_grained(random), Outcome::Unproven);
        holds(zuplo, &sample_zuplo(random), Outcome::Failed);
    }
}
