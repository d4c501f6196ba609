//! Fuzz target: a stream comes out of redaction the same, whatever the pieces it came in.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ringfence::detect::redact::Redactor;
use ringfence::rule::RuleSet;

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

/// Beyond this, a line without end is written in parts.
const MOST: usize = 32 << 10;

fn redacted<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut out = Vec::new();
    let mut redactor = Redactor::new(&RULES, &mut out);
    pieces.for_each(|piece| redactor.push(piece).unwrap());
    redactor.finish().unwrap();
    out
}

fuzz_target!(|data: (Vec<u8>, u8)| {
    let (stream, piece) = data;
    let stream = &stream[..stream.len().min(MOST)];
    let whole = redacted(std::iter::once(stream));
    assert_eq!(whole, redacted(stream.chunks(usize::from(piece) + 1)));
});
