//! The file of a record: the statement itself, or, where it is signed, an envelope (DSSE) around it.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::canonical;
use super::record::{PREDICATE, PREDICATE_NAME, STATEMENT, Statement};
use super::sign::{Signature, Signer};

/// What the payload of an envelope is.
const PAYLOAD: &str = "application/vnd.in-toto+json";

/// Why a file is no record that can be read here.
#[derive(Debug)]
pub struct NoRecord(String);

impl fmt::Display for NoRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoRecord {}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope {
    payload: String,
    #[serde(rename = "payloadType")]
    payload_type: String,
    signatures: Vec<Signed>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    keyid: String,
    sig: String,
}

/// Whether the bytes of a file are those that ringfence writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// They are.
    Canonical,
    /// Somebody wrote them otherwise.
    Rewritten,
    /// The seal is of something else.
    SealBroken,
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it says.
    pub statement: Statement,
    /// Who signed it, if anybody did.
    pub signature: Option<Signature>,
    /// Whether its bytes are as they must be.
    pub form: Form,
}

/// The file of `statement`, sealed, and signed if there is a signer.
///
/// # Errors
/// The signature could not be made.
pub fn write(statement: &Statement, signer: Option<&Signer>) -> Result<Vec<u8>, NoRecord> {
    let payload = canonical::sealed(statement);
    let Some(signer) = signer else { return Ok(payload) };
    let sig = signer.sign(&encoded(PAYLOAD, &payload)).map_err(|e| NoRecord(e.to_string()))?;
    let signed = Signed { keyid: signer.key_id(), sig: STANDARD.encode(sig) };
    let payload = STANDARD.encode(payload);
    Ok(canonical::bytes(&Envelope { payload, payload_type: PAYLOAD.into(), signatures: vec![signed] }))
}

/// What is signed: the type and the payload, each with its length, so that neither can pass for the other (PAE).
fn encoded(kind: &str, payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {kind} {} ", kind.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

/// Reads a file.
///
/// # Errors
/// It is no record, or a newer version wrote it.
pub fn read(file: &[u8]) -> Result<Record, NoRecord> {
    let value: Value = serde_json::from_slice(file).map_err(|e| NoRecord(format!("it is no JSON: {e}")))?;
    if value.get("payloadType").is_none() {
        return unsigned(file, &value);
    }
    let envelope: Envelope =
        serde_json::from_value(value).map_err(|e| NoRecord(format!("it is no envelope of a record: {e}")))?;
    opened(file, &envelope)
}

fn unsigned(file: &[u8], value: &Value) -> Result<Record, NoRecord> {
    let statement = statement(file, value)?;
    let form = form(&statement, file);
    Ok(Record { statement, signature: None, form })
}

fn opened(file: &[u8], envelope: &Envelope) -> Result<Record, NoRecord> {
    if envelope.payload_type != PAYLOAD {
        return Err(NoRecord("its payload is of another type than `application/vnd.in-toto+json`".into()));
    }
    let [signed] = &envelope.signatures[..] else {
        return Err(NoRecord(format!("it has {} signatures, and a record has one", envelope.signatures.len())));
    };
    let decode =
        |text: &str, what: &str| STANDARD.decode(text).map_err(|e| NoRecord(format!("its {what} is no base64: {e}")));
    let (payload, blob) = (decode(&envelope.payload, "payload")?, decode(&signed.sig, "signature")?);
    let value = serde_json::from_slice(&payload).map_err(|e| NoRecord(format!("its payload is no JSON: {e}")))?;
    let statement = statement(&payload, &value)?;
    let is_ours = canonical::bytes(envelope) == file;
    let form = if is_ours { form(&statement, &payload) } else { Form::Rewritten };
    let message = encoded(&envelope.payload_type, &payload);
    let signature = Signature { key_id: signed.keyid.clone(), blob, message };
    Ok(Record { statement, signature: Some(signature), form })
}

fn statement(bytes: &[u8], value: &Value) -> Result<Statement, NoRecord> {
    let word = |key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default();
    let (kind, predicate) = (word("_type"), word("predicateType"));
    if kind != STATEMENT || !predicate.starts_with(PREDICATE_NAME) {
        return Err(NoRecord("it is no record of ringfence".into()));
    }
    let own = env!("CARGO_PKG_VERSION");
    if predicate != PREDICATE {
        let version = predicate.strip_prefix(PREDICATE_NAME).filter(|v| v.bytes().all(|b| b.is_ascii_digit()));
        let version = version.unwrap_or("of another kind");
        return Err(NoRecord(format!(
            "it is a record of version {version}, and ringfence {own} reads version 1; use the version that wrote it"
        )));
    }
    serde_json::from_slice(bytes).map_err(|error| {
        let author = value.pointer("/predicate/verification/tool/version").and_then(Value::as_str);
        match author.filter(|author| *author != own && author.bytes().all(|b| b.is_ascii_digit() || b == b'.')) {
            Some(author) => NoRecord(format!("ringfence {author} wrote it, and this is ringfence {own}: {error}")),
            None => NoRecord(format!("it is no complete record: {error}")),
        }
    })
}

fn form(statement: &Statement, bytes: &[u8]) -> Form {
    if canonical::bytes(statement) != bytes {
        Form::Rewritten
    } else if !canonical::has_its_seal(bytes, statement) {
        Form::SealBroken
    } else {
        Form::Canonical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_signed_has_the_lengths_in_it() {
        assert_eq!(
            encoded("http://example.com/HelloWorld", b"hello world"),
            *b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
        );
    }
}
