//! Private keys in PEM: the body must be the DER that its label promises, in the clear and complete.

use crate::detect::check::Outcome;
use crate::detect::check::armor::Armor;
use crate::detect::check::codec::{base64, to_base64};
use crate::detect::random::Random;

const INTEGER: u8 = 0x02;
const OCTETS: u8 = 0x04;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// rsaEncryption with its empty parameters.
const RSA_ALGORITHM: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// A clear private key: PKCS#1, SEC 1, DSA or PKCS#8, by its label.
pub(super) fn clear_key(secret: &[u8]) -> Outcome {
    let Some(armor) = Armor::find(secret).filter(|armor| !armor.is_encrypted()) else { return Outcome::Failed };
    let Some((der, _)) = armor.decode() else { return Outcome::Failed };
    match frame(&der) {
        None => Outcome::Failed,
        Some(body) if fits(armor.label, body).unwrap_or(false) => Outcome::Passed,
        // Complete, but odd inside: a key that somebody altered, or a kind that this code does not know.
        Some(_) => Outcome::Unproven,
    }
}

/// Base64 of a whole PEM file.
pub(super) fn encoded(secret: &[u8]) -> Outcome {
    base64(secret).map_or(Outcome::Failed, |text| clear_key(&text))
}

/// The content of the outermost sequence, when that is all there is and begins with a version number.
fn frame(der: &[u8]) -> Option<&[u8]> {
    let (tag, body, rest) = element(der)?;
    let (first, version, _) = element(body)?;
    (tag == SEQUENCE && rest.is_empty() && first == INTEGER && version.len() == 1).then_some(body)
}

/// Whether `body` holds the elements that `label` promises; `None` when one of them is cut.
fn fits(label: &[u8], mut body: &[u8]) -> Option<bool> {
    let long = body.len() > 150;
    let mut tags = Vec::new();
    while !body.is_empty() {
        let (tag, _, rest) = element(body)?;
        tags.push(tag);
        body = rest;
    }
    Some(match label {
        b"RSA PRIVATE KEY" => tags.len() >= 9 && tags.iter().take(9).all(|&tag| tag == INTEGER) && long,
        b"DSA PRIVATE KEY" => tags.len() == 6 && tags.iter().all(|&tag| tag == INTEGER),
        b"EC PRIVATE KEY" => tags.get(1) == Some(&OCTETS),
        b"PRIVATE KEY" => tags.get(1..3) == Some(&[SEQUENCE, OCTETS]),
        _ => tags.len() > 1,
    })
}

/// Splits off the first DER element: its tag, its content, and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (digits.iter().fold(0usize, |sum, &byte| (sum << 8) | usize::from(byte)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// A key with `label` whose numbers are random, so that it opens nothing; an unknown label makes nothing.
pub(super) fn sample(label: &str, random: &mut Random) -> Option<String> {
    let der = match label {
        "RSA PRIVATE KEY" => rsa(random),
        "DSA PRIVATE KEY" => sequence(&[&[INTEGER, 1, 0], &integers(random, &[128, 20, 128, 128, 20])]),
        "EC PRIVATE KEY" => ec(random),
        "PRIVATE KEY" => sequence(&[&[INTEGER, 1, 0], &wrap(SEQUENCE, RSA_ALGORITHM), &wrap(OCTETS, &rsa(random))]),
        _ => return None,
    };
    Some(armored(label, &der))
}

/// A block whose body says nothing.
pub(super) fn armored(label: &str, bytes: &[u8]) -> String {
    let packed = to_base64(bytes);
    let lines: Vec<&str> = packed.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----", lines.join("\n"))
}

/// The same key, its line ends written as `\n`.
pub(super) fn sample_escaped(label: &str, random: &mut Random) -> Option<String> {
    sample(label, random).map(|key| key.replace('\n', "\\n"))
}

/// The whole file in base64.
pub(super) fn sample_encoded(label: &str, random: &mut Random) -> Option<String> {
    sample(label, random).map(|key| to_base64(key.as_bytes()))
}

fn rsa(random: &mut Random) -> Vec<u8> {
    let [modulus, exponent] = [integers(random, &[128]), wrap(INTEGER, &[1, 0, 1])];
    sequence(&[&[INTEGER, 1, 0], &modulus, &exponent, &integers(random, &[128, 64, 64, 64, 64, 64])])
}

fn ec(random: &mut Random) -> Vec<u8> {
    // The curve is prime256v1.
    let curve = wrap(OBJECT_ID, &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07]);
    sequence(&[&[INTEGER, 1, 1], &wrap(OCTETS, &random.bytes(32)), &wrap(0xa0, &curve)])
}

/// Random numbers of the given sizes in bytes.
fn integers(random: &mut Random, sizes: &[usize]) -> Vec<u8> {
    sizes.iter().flat_map(|&size| wrap(INTEGER, &[&[0, 0x80 | 1], &random.bytes(size - 1)[..]].concat())).collect()
}

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    wrap(SEQUENCE, &parts.concat())
}

fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let used = length.iter().position(|&byte| byte != 0).map_or(&length[7..], |first| &length[first..]);
    let mut out = vec![tag];
    if content.len() > 0x7f {
        out.push(0x80 | used.len().to_le_bytes()[0]);
    }
    out.extend_from_slice(used);
    out.extend_from_slice(content);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LABELS: [&str; 4] = ["RSA PRIVATE KEY", "DSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY"];

    #[test]
    fn clear_keys_pass_in_every_wrapping() {
        for label in LABELS {
            let key = sample(label, &mut Random::new(9)).unwrap();
            let concatenated = key.split('\n').collect::<Vec<_>>().join("\\n\" +\n    \"");
            for text in [
                &key,
                &key.replace('\n', "\r\n"),
                &key.replace('\n', "\n    "),
                &key.replace('\n', "\\n"),
                &concatenated,
            ] {
                assert_eq!(clear_key(text.as_bytes()), Outcome::Passed, "{label}");
            }
            let whole = sample_encoded(label, &mut Random::new(9)).unwrap();
            assert_eq!(encoded(whole.as_bytes()), Outcome::Passed, "{label}");
        }
    }

    #[test]
    fn a_cut_key_fails() {
        for label in LABELS {
            let key = sample(label, &mut Random::new(9)).unwrap();
            let mut lines: Vec<&str> = key.lines().collect();
            lines.remove(1);
            assert_eq!(clear_key(lines.join("\n").as_bytes()), Outcome::Failed, "{label}");
        }
    }

    #[test]
    fn protected_foreign_and_empty_keys_fail() {
        let random = &mut Random::new(9);
        let key = sample("RSA PRIVATE KEY", random).unwrap();
        let headers = "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n";
        assert_eq!(clear_key(key.replacen("KEY-----\n", headers, 1).as_bytes()), Outcome::Failed);
        let protected = sample("PRIVATE KEY", random).unwrap().replace("PRIVATE", "ENCRYPTED PRIVATE");
        assert_eq!(clear_key(protected.as_bytes()), Outcome::Failed);
        assert_eq!(clear_key(key.replace("RSA", "EC").as_bytes()), Outcome::Unproven);
        assert_eq!(clear_key(armored("PRIVATE KEY", b"").as_bytes()), Outcome::Failed);
        assert_eq!(
            clear_key(armored("PRIVATE KEY", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).as_bytes()),
            Outcome::Failed
        );
    }
}
