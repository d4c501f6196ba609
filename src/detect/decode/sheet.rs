//! Decoded runs of a text, one below the other, and where in the text each of their bytes comes from.

use std::ops::Range;

use crate::finding::Layer;

/// Keeps runs so far apart that none lends its words to the next.
const BETWEEN: &[u8] = b"\n\n\n";
/// Copied bytes fewer than this are not told from the decoded bytes around them.
const LEAST_COPIED: usize = 8;

/// Decoded runs.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
}

/// A stretch of a run. It ends where the next begins.
#[derive(Debug)]
struct Piece {
    /// Where it begins on the sheet.
    at: usize,
    /// What it was made from.
    from: Range<usize>,
    layer: Layer,
    origin: Origin,
}

/// How a piece came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// The bytes before the run, which tell what it is.
    Context,
    /// Byte by byte.
    Copied,
    /// As a whole.
    Decoded,
}

/// Where a match on the sheet comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The bytes it was made from.
    pub(super) span: Range<usize>,
    /// How they are encoded.
    pub(super) layer: Layer,
    /// True if it reaches over a seam.
    pub(super) is_joined: bool,
}

impl Sheet {
    /// What is to be searched.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Begins a run with the bytes of `context` before it.
    pub(super) fn begin(&mut self, layer: Layer, bytes: &[u8], context: Range<usize>) {
        self.bytes.extend_from_slice(BETWEEN);
        self.piece(layer, context.clone(), Origin::Context);
        self.bytes.extend_from_slice(&bytes[context]);
    }

    /// Adds what `from` decodes to.
    pub(super) fn decoded(&mut self, layer: Layer, from: Range<usize>, decoded: &[u8]) {
        if !self.widened(&from) {
            self.piece(layer, from, Origin::Decoded);
        }
        self.bytes.extend_from_slice(decoded);
    }

    /// Adds the bytes at `from` as they are.
    pub(super) fn copied(&mut self, layer: Layer, bytes: &[u8], from: Range<usize>) {
        if layer == Layer::Concatenation || from.len() >= LEAST_COPIED || !self.widened(&from) {
            self.piece(layer, from.clone(), Origin::Copied);
        }
        self.bytes.extend_from_slice(&bytes[from]);
    }

    /// True if the last piece is short and takes `from` in.
    fn widened(&mut self, from: &Range<usize>) -> bool {
        let at = self.bytes.len();
        let is_short = |last: &&mut Piece| {
            last.origin != Origin::Context && last.from.end == from.start && at - last.at < LEAST_COPIED
        };
        let Some(last) = self.pieces.last_mut().filter(is_short) else { return false };
        (last.from.end, last.origin) = (from.end, Origin::Decoded);
        true
    }

    fn piece(&mut self, layer: Layer, from: Range<usize>, origin: Origin) {
        if !from.is_empty() {
            self.pieces.push(Piece { at: self.bytes.len(), from, layer, origin });
        }
    }

    /// Where `range` of the sheet comes from; `None` if any of it is context.
    pub(super) fn source(&self, range: &Range<usize>) -> Option<Source> {
        let (first, last) = (self.index(range.start)?, self.index(range.end.checked_sub(1)?)?);
        let (start, end) = (&self.pieces[first], &self.pieces[last]);
        if start.origin == Origin::Context {
            return None;
        }
        let from = match start.origin {
            Origin::Copied => start.from.end.min(start.from.start + (range.start - start.at)),
            _ => start.from.start,
        };
        let to = match end.origin {
            Origin::Copied => end.from.end.min(end.from.start + (range.end - end.at)),
            _ => end.from.end,
        };
        (from < to).then_some(Source { span: from..to, layer: start.layer, is_joined: first != last })
    }

    /// The piece that holds `at`.
    fn index(&self, at: usize) -> Option<usize> {
        self.pieces.partition_point(|piece| piece.at <= at).checked_sub(1)
    }
}
