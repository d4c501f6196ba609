//! The one way in which a record is written: sorted keys, two spaces, a line end; and the seal over it.

use serde::Serialize;
use serde_json::Serializer;

use super::digest::sha256;
use super::record::Statement;
use crate::report::escape::InertJson;

/// `value` as the bytes of a file.
pub(super) fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing to memory cannot fail, and no map here has keys that are no text.
    let _ = value.serialize(&mut Serializer::with_formatter(&mut out, InertJson::pretty()));
    out.push(b'\n');
    out
}

/// How the seal begins in a file. No text holds a line end as it is, so nothing else begins like it.
const SEAL: &[u8] = b"\n    \"seal\": \"";

/// The bytes of `statement`, sealed: the digest of the bytes without a seal is put where it belongs.
pub(super) fn sealed(statement: &Statement) -> Vec<u8> {
    let mut out = unsealed(bytes(statement));
    let seal = sha256(&out);
    if let Some(at) = place(&out) {
        out.splice(at..at, seal.into_bytes());
    }
    out
}

/// True if the seal in `bytes`, which are canonical, is that of the rest.
pub(super) fn has_its_seal(bytes: &[u8], statement: &Statement) -> bool {
    sha256(&unsealed(bytes.to_vec())) == statement.predicate.seal
}

/// `bytes` with an empty seal.
fn unsealed(mut bytes: Vec<u8>) -> Vec<u8> {
    if let Some(at) = place(&bytes) {
        let length = memchr::memchr(b'"', &bytes[at..]).unwrap_or(0);
        bytes.drain(at..at + length);
    }
    bytes
}

fn place(bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, SEAL).map(|at| at + SEAL.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seal_is_over_everything_else() {
        let whole = b"{\n    \"seal\": \"abc\",\n    \"task\": \"x\"".to_vec();
        assert_eq!(unsealed(whole), b"{\n    \"seal\": \"\",\n    \"task\": \"x\"");
        assert_eq!(unsealed(b"no seal".to_vec()), b"no seal");
    }
}
