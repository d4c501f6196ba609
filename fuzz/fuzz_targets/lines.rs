//! Fuzz target: the lines in which two texts differ are lines that they have, and no difference is missed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::source::git::lines::changed;

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|b| *b == b'\n').collect()
}

fuzz_target!(|data: (Vec<u8>, Vec<u8>)| {
    let (before, after) = data;
    let (added, removed) = changed(&before, &after);
    let (old, new) = (lines(&before), lines(&after));
    assert!(added.count() <= new.len() && removed.count() <= old.len());
    let kept = |all: &[&[u8]], set: &ringfence::unit::LineSet| {
        let kept = (1..).zip(all).filter(|(number, _)| !set.touches(*number, *number));
        kept.map(|(_, line)| line.trim_ascii_end().to_vec()).collect::<Vec<_>>()
    };
    // What neither side changes is the same on both.
    assert_eq!(kept(&old, &removed), kept(&new, &added));
});
