//! Fuzz target: any bytes become a text in which every offset has its place.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::text::Text;

fuzz_target!(|data: &[u8]| {
    let text = Text::new(data);
    let mut last = text.position(0);
    for offset in 0..=text.bytes().len() {
        let (position, line) = (text.position(offset), text.line_span(offset));
        assert!(position >= last && line.start <= line.end && line.end <= text.bytes().len());
        last = position;
    }
    text.undecoded();
});
