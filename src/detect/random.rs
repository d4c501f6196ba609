//! A small seeded generator: the same seed makes the same example on every machine.

/// Digits of hexadecimal, lower case.
pub(crate) const HEX: &[u8] = b"0123456789abcdef";
/// Digits of base 36, lower case.
pub(crate) const BASE36: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
/// Digits of base 62 in the order that token checksums use.
pub(crate) const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The base-32 alphabet of RFC 4648.
pub(crate) const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// The Bitcoin base-58 alphabet.
pub(crate) const BASE58: &[u8] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The standard base-64 alphabet.
pub(crate) const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The URL-safe base-64 alphabet.
pub(crate) const BASE64_URL: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// A stream of numbers that look random and never guard anything.
#[derive(Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// Starts the stream that belongs to `seed`.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next 64 bits (SplitMix64).
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`, or 0 when there is none.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.bits() % bound).unwrap_or(0)
    }

    /// `count` characters of `alphabet`, which is ASCII.
    pub(crate) fn text(&mut self, alphabet: &[u8], count: usize) -> String {
        (0..count).filter_map(|_| alphabet.get(self.below(alphabet.len()))).map(|&byte| char::from(byte)).collect()
    }

    /// `count` bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.bits().to_le_bytes()[0]).collect()
    }

    /// A version-4 UUID in lower case.
    pub(crate) fn uuid(&mut self) -> String {
        let variant = self.text(b"89ab", 1);
        let parts = [self.text(HEX, 8), self.text(HEX, 4), self.text(HEX, 3), self.text(HEX, 3), self.text(HEX, 12)];
        format!("{}-{}-4{}-{variant}{}-{}", parts[0], parts[1], parts[2], parts[3], parts[4])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_stream() {
        assert_eq!(Random::new(7).text(BASE62, 40), Random::new(7).text(BASE62, 40));
        assert_ne!(Random::new(7).text(BASE62, 40), Random::new(8).text(BASE62, 40));
    }

    #[test]
    fn a_uuid_has_its_shape() {
        let uuid = Random::new(1).uuid();
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
    }
}
