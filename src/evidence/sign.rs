//! Signatures with SSH keys, in the form that `ssh-keygen -Y` writes and reads, and whose keys are trusted.

use std::fmt;

use ssh_key::{Algorithm, HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

use crate::policy::signers;

/// What these signatures are for; one that was made for something else does not count.
pub(super) const NAMESPACE: &str = "ringfence.evidence";

/// What is wrong with a key, or with a list of keys.
#[derive(Debug)]
pub struct KeyError(String);

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for KeyError {}

/// A key that signs.
pub struct Signer(PrivateKey);

impl Signer {
    /// Reads an OpenSSH private key.
    ///
    /// # Errors
    /// It is none, it is encrypted, or it is of a kind that cannot be used here. Nothing of it is quoted.
    pub fn read(content: &[u8]) -> Result<Self, KeyError> {
        let fail = |message: &str| Err(KeyError(message.to_owned()));
        let Ok(key) = PrivateKey::from_openssh(content) else {
            let is_public = content.starts_with(b"ssh-") || content.starts_with(b"ecdsa-");
            return fail(if is_public {
                "it is a public key; signing takes the private one, which stands beside it without `.pub`"
            } else {
                "it is no private key of OpenSSH that can be used here; `ssh-keygen -t ed25519` makes one"
            });
        };
        if key.is_encrypted() {
            return fail(
                "it is protected by a passphrase, and ringfence asks for none; use a key without one that is kept by the \
                 machine that signs",
            );
        }
        if key.algorithm() != Algorithm::Ed25519 {
            let kind = key.algorithm();
            return Err(KeyError(format!("it is of the kind {kind}; use an ed25519 key: `ssh-keygen -t ed25519`")));
        }
        Ok(Self(key))
    }

    /// What the key is called.
    pub fn key_id(&self) -> String {
        self.0.fingerprint(HashAlg::Sha256).to_string()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let fail = |error: &dyn fmt::Display| KeyError(format!("cannot sign: {error}"));
        let signature = self.0.sign(NAMESPACE, HashAlg::Sha512, message).map_err(|e| fail(&e))?;
        signature.to_pem(LineEnding::LF).map(String::into_bytes).map_err(|e| fail(&e))
    }
}

/// Keys that are trusted, as a public key or a list of allowed signers names them.
#[derive(Debug)]
pub struct Trusted(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    key: PublicKey,
    /// What the list calls its owner.
    owner: Option<String>,
    bound: Bound,
}

/// Whether an entry can be used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// For these signatures.
    Usable,
    /// For other namespaces.
    Elsewhere,
    /// By a condition that cannot be judged here: a certificate or a time.
    Unknown,
}

impl Trusted {
    /// Reads a public key, or a file of allowed signers as `ssh-keygen` has it.
    ///
    /// # Errors
    /// A line is neither.
    pub fn read(content: &str) -> Result<Self, KeyError> {
        let mut entries = Vec::new();
        for (at, line) in content.lines().enumerate() {
            if !signers::is_entry(line) {
                continue;
            }
            let entry = entry(line.trim()).ok_or_else(|| {
                KeyError(format!("line {} is neither a public key nor an entry of allowed signers", at + 1))
            })?;
            entries.push(entry);
        }
        if entries.is_empty() {
            return Err(KeyError("it has no key in it".into()));
        }
        Ok(Self(entries))
    }
}

fn entry(line: &str) -> Option<Entry> {
    if let Ok(key) = PublicKey::from_openssh(line) {
        return Some(Entry { key, owner: None, bound: Bound::Usable });
    }
    let signers::Signer { principals, key, terms } = signers::Signer::parse(line).ok()?;
    // A record says nothing of when it was signed.
    let bound = if terms.is_authority || terms.is_timed() {
        Bound::Unknown
    } else if terms.allows(NAMESPACE) {
        Bound::Usable
    } else {
        Bound::Elsewhere
    };
    Some(Entry { key, owner: Some(principals.join(",")), bound })
}

/// A signature as it was found.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The key that is said to have made it.
    pub key_id: String,
    /// The signature itself, as `ssh-keygen -Y sign` writes it.
    pub blob: Vec<u8>,
    /// What it is a signature of.
    pub message: Vec<u8>,
}

/// What a signature is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Worth {
    /// It is no signature of these bytes; holds why.
    Broken(&'static str),
    /// It is one of a key that is trusted; holds whose.
    Trusted(String),
    /// It is one of a key that was not named.
    Stranger,
    /// It is one of a key whose entry cannot be judged here.
    Undecided,
    /// It is one, and nobody said whose keys are trusted.
    Unasked,
}

impl Signature {
    /// Checks it, and whether one of `trusted` made it.
    pub fn worth(&self, trusted: Option<&Trusted>) -> Worth {
        let key = match self.key() {
            Ok(key) => key,
            Err(why) => return Worth::Broken(why),
        };
        let Some(Trusted(entries)) = trusted else { return Worth::Unasked };
        let fitting: Vec<&Entry> = entries.iter().filter(|e| e.key.key_data() == key.key_data()).collect();
        if let Some(entry) = fitting.iter().find(|e| e.bound == Bound::Usable) {
            return Worth::Trusted(entry.owner.clone().unwrap_or_else(|| self.key_id.clone()));
        }
        if fitting.iter().any(|e| e.bound == Bound::Unknown) { Worth::Undecided } else { Worth::Stranger }
    }

    /// The key that made it.
    fn key(&self) -> Result<PublicKey, &'static str> {
        let parsed = SshSig::from_pem(&self.blob).map_err(|_| "it is no signature of an SSH key")?;
        let key = PublicKey::from(parsed.public_key().clone());
        if key.algorithm() != Algorithm::Ed25519 {
            return Err("it is of a kind of key that cannot be checked here; ed25519 can");
        }
        // Whatever the signature does not cover must be as ringfence writes it.
        let ours = SshSig::new(parsed.public_key().clone(), NAMESPACE, HashAlg::Sha512, parsed.signature().clone());
        let ours = ours.and_then(|ours| ours.to_pem(LineEnding::LF)).ok();
        if ours.as_ref().map(String::as_bytes) != Some(&self.blob[..]) {
            return Err("it was made for something else, or altered");
        }
        if key.fingerprint(HashAlg::Sha256).to_string() != self.key_id {
            return Err("it names another key than the one that made it");
        }
        key.verify(NAMESPACE, &self.message, &parsed).map_err(|_| "it is not a signature of this record")?;
        Ok(key)
    }
}
