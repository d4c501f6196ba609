//! Azure's identifiable keys: a fixed signature and a Marvin32 checksum inside the key itself.

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base64, number, number_padded, to_base64, to_base64_url};
use crate::detect::random::{BASE62, Random};

/// The seed that most kinds share: "Default0".
const DEFAULT_SEED: u64 = 0x4465_6661_756c_7430;
/// "AadPwd00", of Entra client secrets.
const CLIENT_SECRET_SEED: u64 = 0x4161_6450_7764_3030;
/// The digits in which a client secret's checksum is written.
const CLIENT_SECRET_DIGITS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ1234567890.-_~";

/// Signature before the last six characters, length in bytes, and the seeds of the kinds that carry it.
const SIGNATURES: &[(&[u8], usize, &[u64])] = &[
    (b"+ASt", 64, &[DEFAULT_SEED]),
    (b"+ABa", 64, &[0x4162_4163_6374_3030]),
    (b"+AMC", 64, &[0x436c_6173_7369_6330]),
    (b"ACDb", 64, &[0x4d61_7374_5257_3030]),
    (b"APIM", 64, &[0x4761_7465_7779_3030, 0x5465_6e61_6e74_3030, 0x4769_744b_6579_3030, 0x496f_5448_7562_3030]),
    (b"+ACR", 39, &[0x4143_5244_666c_7430]),
    (b"AzSe", 39, &[0x5041_646d_696e_3030, 0x5175_6572_7930_3030]),
    (b"AzFu", 40, &[0x4675_6e63_7469_3030, 0x4d61_7374_6572_3030, 0x5379_7374_656d_3030]),
    (b"+AEh", 32, &MESSAGING_SEEDS),
    (b"+ARm", 32, &MESSAGING_SEEDS),
    (b"+ASb", 32, &MESSAGING_SEEDS),
    (b"AIoT", 32, &[0x4465_7669_6365_3030, 0x4470_734b_6579_3030, 0x496f_5448_7562_3030]),
    (b"AzCa", 32, &[0x4163_6365_7373_3030]),
    (b"AZEG", 32, &[0x5365_6e64_5265_6376]),
];
/// Send, listen, manage.
const MESSAGING_SEEDS: [u64; 3] = [0x5365_6e64_3030_3030, 0x4c69_7374_656e_3030, 0x4d61_6e61_6765_3030];

/// Common annotated keys (`JQQJ99`): characters 81 to 84 repeat a checksum of the 60 bytes before them.
pub(super) fn annotated(secret: &[u8]) -> Outcome {
    let Some((data, tail)) = secret.split_at_checked(80) else { return Outcome::Failed };
    let Some(bytes) = base64(data) else { return Outcome::Failed };
    let sum = marvin32(&bytes, DEFAULT_SEED).to_le_bytes();
    let plain = to_base64(&sum);
    let known = annotated_sum(&bytes);
    let short = tail.get(..4);
    Outcome::of(short == known.as_bytes().get(..4) || short == plain.as_bytes().get(..4))
}

fn annotated_sum(bytes: &[u8]) -> String {
    let sum = marvin32(bytes, DEFAULT_SEED).swap_bytes();
    format!("{:0<6}", number(sum, BASE62))
}

/// An annotated key of the service that `signature` names.
pub(super) fn sample_annotated(signature: &str, random: &mut Random) -> String {
    let month = random.text(b"ABCDEFGHIJKL", 1);
    let data = format!("{}JQQJ99B{month}{}AAAA{signature}", random.text(BASE62, 52), random.text(BASE62, 12));
    let bytes = base64(data.as_bytes()).unwrap_or_default();
    format!("{data}{}", &annotated_sum(&bytes)[..4])
}

/// Keys that are plain base64 with a signature and a 4-byte checksum at their end.
pub(super) fn identifiable(secret: &[u8]) -> Outcome {
    let text = secret.trim_ascii_end();
    let bare = text.iter().rposition(|&byte| byte != b'=').map_or(&[][..], |last| &text[..=last]);
    let Some((front, _)) = bare.split_last_chunk::<6>() else { return Outcome::Failed };
    let Some((signature, length, seeds)) = SIGNATURES.iter().find(|(known, ..)| front.ends_with(known)) else {
        return Outcome::Failed;
    };
    let Some(bytes) = base64(bare).filter(|bytes| bytes.len() == *length) else { return Outcome::Failed };
    let Some((data, sum)) = bytes.split_last_chunk::<4>() else { return Outcome::Failed };
    match seeds.iter().any(|&seed| marvin32(data, seed).to_le_bytes() == *sum) {
        true => Outcome::Passed,
        // Cosmos DB has further kinds of keys whose seeds are not public.
        false if *signature == b"ACDb" => Outcome::Unproven,
        false => Outcome::Failed,
    }
}

/// A key that ends in `signature` and its checksum; an unknown signature makes nothing.
pub(super) fn sample_identifiable(signature: &str, random: &mut Random) -> Option<String> {
    let (_, length, seeds) = SIGNATURES.iter().find(|(known, ..)| *known == signature.as_bytes())?;
    let seed = *seeds.first()?;
    match signature {
        // Function keys travel in URLs.
        "AzFu" => identifiable_bytes(signature, *length, seed, random).map(|bytes| to_base64_url(&bytes) + "=="),
        // Search keys have letters and digits only: Azure draws until they do, and so do we.
        "AzSe" => (0..4096)
            .filter_map(|_| identifiable_bytes(signature, *length, seed, random).map(|bytes| to_base64(&bytes)))
            .find(|key| key.bytes().all(|byte| byte.is_ascii_alphanumeric())),
        _ => identifiable_bytes(signature, *length, seed, random).map(|bytes| to_base64(&bytes)),
    }
}

fn identifiable_bytes(signature: &str, length: usize, seed: u64, random: &mut Random) -> Option<Vec<u8>> {
    let characters = (length * 8).div_ceil(6) - 10;
    let draft = format!("{}{signature}AAAAAA", random.text(BASE62, characters));
    let mut bytes = base64(draft.as_bytes())?;
    bytes.truncate(length - 4);
    let sum = marvin32(&bytes, seed);
    bytes.extend_from_slice(&sum.to_le_bytes());
    Some(bytes)
}

/// Entra client secrets (`8Q~`): the last 3 characters begin the checksum. The older `7Q~` has none.
pub(super) fn client_secret(secret: &[u8]) -> Outcome {
    let Some((data, sum)) = secret.split_last_chunk::<3>() else { return Outcome::Failed };
    // Shape and marker are telling enough by themselves: a mismatch only keeps the confidence down.
    if client_secret_sum(data).as_bytes()[..3] == *sum { Outcome::Passed } else { Outcome::Unproven }
}

fn client_secret_sum(data: &[u8]) -> String {
    number_padded(marvin32(data, CLIENT_SECRET_SEED), CLIENT_SECRET_DIGITS, 6)
}

/// An Entra client secret.
pub(super) fn sample_client_secret(random: &mut Random) -> String {
    let data = format!("{}8Q~{}", random.text(BASE62, 3), random.text(BASE62, 31));
    format!("{data}{}", &client_secret_sum(data.as_bytes())[..3])
}

/// The `sig` of a shared access signature: URL-encoded base64 of 32 bytes.
pub(super) fn sas_signature(secret: &[u8]) -> Outcome {
    let mut text = Vec::with_capacity(secret.len());
    let mut rest = secret;
    while let Some((&first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).filter(|_| first == b'%');
        let (byte, used) = match escaped.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => (byte, 2),
            None => (first, 0),
        };
        text.push(byte);
        rest = tail.get(used..).unwrap_or_default();
    }
    Outcome::of(base64(&text).is_some_and(|bytes| bytes.len() == 32))
}

/// Microsoft's short keyed hash, folded to 32 bits.
fn marvin32(data: &[u8], seed: u64) -> u32 {
    let mut low = u32::try_from(seed & u64::from(u32::MAX)).unwrap_or(0);
    let mut high = u32::try_from(seed >> 32).unwrap_or(0);
    let (words, rest) = data.as_chunks::<4>();
    for word in words {
        low = low.wrapping_add(u32::from_le_bytes(*word));
        mix(&mut low, &mut high);
    }
    let mut last = [0u8; 4];
    for (slot, &byte) in last.iter_mut().zip(rest.iter().chain(&[0x80])) {
        *slot = byte;
    }
    low = low.wrapping_add(u32::from_le_bytes(last));
    mix(&mut low, &mut high);
    mix(&mut low, &mut high);
    low ^ high
}

fn mix(low: &mut u32, high: &mut u32) {
    *high ^= *low;
    *low = low.rotate_left(20).wrapping_add(*high);
    *high = high.rotate_left(9) ^ *low;
    *low = low.rotate_left(27).wrapping_add(*high);
    *high = high.rotate_left(19);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotated_keys_prove_themselves() {
        let key = sample_annotated("AZDO", &mut Random::new(5));
        assert_eq!((annotated(key.as_bytes()), key.len()), (Outcome::Passed, 84));
        assert_eq!(annotated(key.replace("JQQJ99", "JQQJ98").as_bytes()), Outcome::Failed);
        assert_eq!(annotated(b"JQQJ99"), Outcome::Failed);
    }

    #[test]
    fn identifiable_keys_prove_themselves() {
        for (signature, ..) in SIGNATURES {
            let signature = std::str::from_utf8(signature).unwrap();
            let key = sample_identifiable(signature, &mut Random::new(5)).unwrap();
            assert_eq!(identifiable(key.as_bytes()), Outcome::Passed, "{signature}");
            let broken = format!("{}{}", if key.starts_with('A') { "B" } else { "A" }, &key[1..]);
            assert_ne!(identifiable(broken.as_bytes()), Outcome::Passed, "{signature}");
        }
        assert_eq!(identifiable(b"=="), Outcome::Failed);
    }

    #[test]
    fn client_secrets_prove_themselves() {
        let secret = sample_client_secret(&mut Random::new(5));
        assert_eq!((client_secret(secret.as_bytes()), secret.len()), (Outcome::Passed, 40));
        assert_eq!(client_secret(&secret.as_bytes()[1..]), Outcome::Unproven);
    }

    #[test]
    fn a_signature_is_32_bytes_even_when_escaped() {
        let signature = to_base64(&Random::new(2).bytes(32));
        assert_eq!(sas_signature(signature.as_bytes()), Outcome::Passed);
        assert_eq!(sas_signature(signature.replace('=', "%3D").replace('+', "%2B").as_bytes()), Outcome::Passed);
        assert_eq!(sas_signature(b"c2hvcnQ%3D"), Outcome::Failed);
        assert_eq!(sas_signature(b"%"), Outcome::Failed);
    }
}
