//! The rules that ringfence ships, packed by `build.rs`.

use std::fmt;
use std::io::Read;

use flate2::read::DeflateDecoder;

use super::measured::Measured;
use super::plan::Prepared;
use super::tree::Model;

/// The rules, compressed.
const PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
/// The examples of the rules, in their order: what is found, and what is not. Compressed.
const EXAMPLES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.bin"));
/// The SHA-256 of the rules and of the model, as hex digits.
pub(super) const DIGEST: &str = include_str!(concat!(env!("OUT_DIR"), "/rules.sha256"));
/// The model that judges generic credentials, packed.
const MODEL: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/model.bin"));
/// How well the rules do, packed. It judges nothing, so it is no part of their digest.
const MEASURED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/measured.bin"));

/// The packed rules do not unpack: the build is broken.
#[derive(Debug)]
pub struct BuiltinError(postcard::Error);

const TRUNCATED: BuiltinError = BuiltinError(postcard::Error::DeserializeUnexpectedEnd);

impl fmt::Display for BuiltinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the rules in this program do not unpack ({}); build it again from a clean checkout", self.0)
    }
}

impl std::error::Error for BuiltinError {}

/// For rules that compare permission files a change that each reports, compressed. It judges nothing, either.
const CHANGES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/changes.bin"));

/// What a rule finds, and what it does not.
type Examples = (Vec<String>, Vec<String>);

/// Unpacks the examples of the rules, in the order of `rules`.
pub(super) fn examples() -> Result<Vec<Examples>, BuiltinError> {
    let mut packed = Vec::new();
    let unpacked = DeflateDecoder::new(EXAMPLES).read_to_end(&mut packed);
    unpacked.map_err(|_| TRUNCATED)?;
    postcard::from_bytes(&packed).map_err(BuiltinError)
}

/// Unpacks the rules, sorted by id, without their examples.
pub(super) fn rules() -> Result<Vec<Prepared>, BuiltinError> {
    let packed = lz4_flex::decompress_size_prepended(PACKED);
    postcard::from_bytes(&packed.map_err(|_| TRUNCATED)?).map_err(BuiltinError)
}

/// Unpacks the model. `None` only if the program was built wrongly, which the tests exclude.
pub(super) fn model() -> Option<Model> {
    postcard::from_bytes(MODEL).ok()
}

/// A change that the rule called `id` reports: the path of a file, and who gets what, before and after.
pub fn change(id: &str) -> Option<(String, String)> {
    let mut changes = String::new();
    DeflateDecoder::new(CHANGES).read_to_string(&mut changes).ok()?;
    let (path, words) = changes.lines().find_map(|line| line.strip_prefix(id)?.strip_prefix('\t')?.split_once('\t'))?;
    Some((path.to_owned(), words.to_owned()))
}

/// How well the built-in rules do where that was measured.
///
/// # Errors
/// The build is broken.
pub fn measured() -> Result<Measured, BuiltinError> {
    postcard::from_bytes(MEASURED).map_err(BuiltinError)
}
