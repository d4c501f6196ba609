//! Reads UTF-16 as UTF-8, piece by piece, for content that is too large to hold.

use std::io::{self, Read};

use crate::text::{Endian, utf16_to_utf8};

/// Bytes that are decoded at a time; even, so that code units stay whole.
const PIECE: usize = 64 << 10;

/// A reader of UTF-16 that gives UTF-8.
pub(super) struct Utf16<'a> {
    inner: &'a mut dyn Read,
    endian: Endian,
    /// Read and not decoded: the rest of a code unit or of a surrogate pair.
    rest: Vec<u8>,
    decoded: Vec<u8>,
    given: usize,
}

impl<'a> Utf16<'a> {
    pub(super) fn new(inner: &'a mut dyn Read, endian: Endian) -> Self {
        Self { inner, endian, rest: Vec::new(), decoded: Vec::new(), given: 0 }
    }

    /// Decodes the next piece. Nothing is decoded at the end alone.
    fn decode(&mut self) -> io::Result<()> {
        let mut piece = std::mem::take(&mut self.rest);
        (&mut *self.inner).take((PIECE - piece.len()) as u64).read_to_end(&mut piece)?;
        // A pair that ends beyond a full piece waits for its other half.
        let is_last = piece.len() < PIECE;
        let high = match self.endian {
            Endian::Little => piece.last(),
            Endian::Big => piece.len().checked_sub(2).and_then(|at| piece.get(at)),
        };
        if !is_last && high.is_some_and(|byte| matches!(byte, 0xD8..=0xDB)) {
            self.rest = piece.split_off(piece.len() - 2);
        }
        self.decoded = utf16_to_utf8(&piece, self.endian);
        self.given = 0;
        Ok(())
    }
}

impl Read for Utf16<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.decoded.len() {
            self.decode()?;
        }
        let got = (&self.decoded[self.given..]).read(buffer)?;
        self.given += got;
        Ok(got)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Wherever the pieces end, the text is the same.
        #[test]
        fn pieces_join_to_the_text(text in "[a-z\u{e9}\u{4e2d}\u{1f600}]{0,40}", fill in 0..70_000usize, big in any::<bool>()) {
            let text = format!("{}{text}{}", "x".repeat(fill), "\u{1f600}".repeat(fill / 3));
            let units = text.encode_utf16();
            let bytes: Vec<u8> = if big { units.flat_map(u16::to_be_bytes).collect() } else { units.flat_map(u16::to_le_bytes).collect() };
            let mut out = String::new();
            let endian = if big { Endian::Big } else { Endian::Little };
            Utf16::new(&mut bytes.as_slice(), endian).read_to_string(&mut out).unwrap();
            prop_assert!(out == text);
        }
    }
}
