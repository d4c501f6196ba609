//! Decoders and number codes that several checks share.

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};

use crate::detect::random::BASE32;

/// Padding may be there or not, and unused bits may be set: tokens are cut from longer texts and checked elsewhere.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_allow_trailing_bits(true)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT.with_encode_padding(false));

/// Decodes standard or URL-safe base64, padded or not.
pub(super) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let engine = if text.iter().any(|byte| matches!(byte, b'-' | b'_')) { &URL_SAFE } else { &STANDARD };
    engine.decode(text).ok()
}

/// Encodes with the standard alphabet and padding.
pub(super) fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Encodes with the URL-safe alphabet, without padding.
pub(super) fn to_base64_url(bytes: &[u8]) -> String {
    URL_SAFE.encode(bytes)
}

/// Decodes base64 that holds a JSON object.
pub(super) fn base64_object(text: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice(&base64(text)?) {
        Ok(Value::Object(map)) => Some(map),
        _ => None,
    }
}

/// Decodes unpadded base32 of either case; bits left over are dropped.
pub(super) fn base32(text: &[u8]) -> Option<Vec<u8>> {
    let (mut held, mut bits, mut out) = (0u32, 0u32, Vec::with_capacity(text.len() * 5 / 8));
    for &byte in text {
        let digit = BASE32.iter().position(|&known| known == byte.to_ascii_uppercase())?;
        held = (held << 5) | u32::try_from(digit).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            out.push((held >> bits).to_le_bytes()[0]);
            held &= (1 << bits) - 1;
        }
    }
    Some(out)
}

/// Encodes as unpadded upper-case base32.
pub(super) fn to_base32(bytes: &[u8]) -> String {
    let (mut held, mut bits, mut out) = (0u32, 0u32, String::new());
    for &byte in bytes {
        held = (held << 8) | u32::from(byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            out.push(digit(BASE32, held >> bits));
            held &= (1 << bits) - 1;
        }
    }
    if bits > 0 {
        out.push(digit(BASE32, held << (5 - bits)));
    }
    out
}

/// Writes a number with the digits of `alphabet`, most significant first, without padding.
pub(super) fn number(mut value: u32, alphabet: &[u8]) -> String {
    let base = u32::try_from(alphabet.len()).unwrap_or(u32::MAX).max(2);
    let mut out = Vec::new();
    while value > 0 {
        out.push(digit(alphabet, value % base));
        value /= base;
    }
    out.iter().rev().collect()
}

/// Like [`number`], filled on the left with the alphabet's zero to `width`.
pub(super) fn number_padded(value: u32, alphabet: &[u8], width: usize) -> String {
    let digits = number(value, alphabet);
    let zeros = width.saturating_sub(digits.len());
    format!("{}{digits}", String::from(digit(alphabet, 0)).repeat(zeros))
}

fn digit(alphabet: &[u8], value: u32) -> char {
    let index = usize::try_from(value).unwrap_or(0) % alphabet.len().max(1);
    char::from(alphabet.get(index).copied().unwrap_or(b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::random::{BASE62, Random};

    #[test]
    fn base32_comes_back() {
        let mut random = Random::new(3);
        for length in 0..40 {
            let bytes = random.bytes(length);
            assert_eq!(base32(to_base32(&bytes).as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn both_base64_alphabets_are_read() {
        let bytes = [0xfb, 0xff, 0xfe, 0x01];
        assert_eq!(base64(to_base64(&bytes).as_bytes()).as_deref(), Some(&bytes[..]));
        assert_eq!(base64(to_base64_url(&bytes).as_bytes()).as_deref(), Some(&bytes[..]));
        assert_eq!(base64(b"a*b"), None);
    }

    #[test]
    fn numbers_are_written_from_the_left() {
        assert_eq!(number(62, BASE62), "10");
        assert_eq!(number_padded(61, BASE62, 6), "00000z");
    }
}
