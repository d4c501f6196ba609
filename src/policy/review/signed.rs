//! Reviews that commits carry: a `Reviewed-by:` line counts if the reviewer's own key signed the commit.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use ssh_key::public::KeyData;
use ssh_key::{Algorithm, EcdsaCurve, HashAlg, PublicKey, SshSig};

use crate::policy::signers::{Signer, Signers};
use crate::source::{Seal, Vouch, Vouches, add_names};

/// What git signs commits for.
const NAMESPACE: &str = "git";
/// Longest signature that is looked at, in bytes; the largest keys need a tenth.
const LONGEST: usize = 64 << 10;

/// What a commit says of one reviewer.
#[derive(Clone, Debug)]
pub(super) struct Signed {
    /// The address, in lower case.
    pub(super) who: String,
    /// Every name that the list gives to the key, whatever for.
    pub(super) aliases: BTreeSet<String>,
    pub(super) commit: String,
    pub(super) standing: Standing,
}

/// Whether it counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Standing {
    /// For what is about to be merged.
    Current,
    /// For something before it.
    Older,
    /// The reviewer wrote, committed or signed some of it.
    Wrote,
    /// Nothing proves it.
    Unproven(Doubt),
}

/// Why nothing proves a review.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Doubt {
    Unsigned,
    /// A signature of another kind than SSH.
    Foreign(&'static str),
    Unreadable,
    /// A kind of key that is not checked.
    Kind(String),
    Broken,
    /// A key that the list does not have.
    Unknown(String),
    /// A key that the list gives to somebody else.
    Other,
    Pattern,
    Authority,
    Namespace,
    Time,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsigned => f.write_str("it is not signed"),
            Self::Foreign(kind) => write!(f, "its signature is of {kind}, and only those of SSH keys are checked"),
            Self::Unreadable => {
                f.write_str("its signature cannot be read (those of SSH certificates are not supported)")
            }
            Self::Kind(kind) => write!(f, "its key is of the kind {kind}, which is not checked"),
            Self::Broken => f.write_str("its signature is not one of this commit"),
            Self::Unknown(key) => write!(f, "its key {key} is not among the allowed signers"),
            Self::Other => f.write_str("the allowed signers give its key to somebody else"),
            Self::Pattern => f.write_str("the allowed signers name the owner of its key by a pattern only"),
            Self::Authority => f.write_str(
                "the allowed signers have its key as an authority for certificates, which are not supported",
            ),
            Self::Namespace => f.write_str("the allowed signers do not allow its key for git"),
            Self::Time => f.write_str("its key was not valid when the commit was made"),
        }
    }
}

/// Everything that `vouches` say, by `signers`; `authors` wrote the change.
pub(super) fn heard(vouches: &Vouches, signers: &Signers, authors: &BTreeSet<String>) -> Vec<Signed> {
    let is_asked = !vouches.all.is_empty();
    let content = vouches.content.iter().filter(|_| is_asked);
    let made = content.filter_map(|(commit, seal)| Some((commit.as_str(), key(Some(seal)).ok()?.key_data().clone())));
    let hearing = Hearing { vouches, signers, authors, made: made.collect() };
    vouches.all.iter().flat_map(|vouch| hearing.each(vouch)).collect()
}

struct Hearing<'a> {
    vouches: &'a Vouches,
    signers: &'a Signers,
    authors: &'a BTreeSet<String>,
    /// Which key signed which commit that brings something.
    made: Vec<(&'a str, KeyData)>,
}

impl Hearing<'_> {
    /// What one commit says of everybody whom it names.
    fn each(&self, vouch: &Vouch) -> Vec<Signed> {
        let key = key(vouch.seal.as_ref());
        let signed = |who: &String| {
            let owned = key.clone().and_then(|key| owner(&key, who, vouch, self.signers).map(|()| key));
            let (aliases, standing) = match owned {
                Ok(key) => self.standing(&key, vouch),
                Err(doubt) => (BTreeSet::new(), Standing::Unproven(doubt)),
            };
            Signed { who: who.clone(), aliases, commit: vouch.commit.clone(), standing }
        };
        vouch.named.iter().map(signed).collect()
    }

    /// What is proven, and all names of who proved it.
    fn standing(&self, key: &PublicKey, vouch: &Vouch) -> (BTreeSet<String>, Standing) {
        let mut names = BTreeSet::new();
        self.signers.of(key.key_data()).flat_map(Signer::people).for_each(|name| add_names(&mut names, name));
        let is_author = names.iter().any(|name| self.authors.contains(name) || self.vouches.committers.contains(name));
        // Whoever signs what the change brings has a hand in it, under whatever name.
        let has_made = self.made.iter().any(|(at, made)| *at != vouch.commit && made == key.key_data());
        let standing = match vouch.is_current {
            _ if is_author || has_made => Standing::Wrote,
            true => Standing::Current,
            false => Standing::Older,
        };
        (names, standing)
    }
}

/// The key that made a signature, if it did.
fn key(seal: Option<&Seal>) -> Result<PublicKey, Doubt> {
    let Seal { armor, message } = seal.ok_or(Doubt::Unsigned)?;
    if armor.starts_with(b"-----BEGIN PGP ") {
        return Err(Doubt::Foreign("OpenPGP"));
    }
    if armor.starts_with(b"-----BEGIN SIGNED MESSAGE") {
        return Err(Doubt::Foreign("X.509"));
    }
    if armor.len() > LONGEST {
        return Err(Doubt::Unreadable);
    }
    let signature = SshSig::from_pem(armor).map_err(|_| Doubt::Unreadable)?;
    let key = PublicKey::from(signature.public_key().clone());
    if let Some(kind) = unchecked(&key) {
        return Err(Doubt::Kind(kind));
    }
    key.verify(NAMESPACE, message, &signature).map_err(|_| Doubt::Broken)?;
    Ok(key)
}

/// What a key is called whose signatures cannot be checked here.
fn unchecked(key: &PublicKey) -> Option<String> {
    match key.algorithm() {
        Algorithm::Ed25519 | Algorithm::SkEd25519 | Algorithm::SkEcdsaSha2NistP256 => None,
        Algorithm::Ecdsa { curve: EcdsaCurve::NistP256 | EcdsaCurve::NistP384 } => None,
        Algorithm::Rsa { .. } => {
            let is_long = key.key_data().rsa().and_then(|rsa| rsa.n.as_positive_bytes()).is_none_or(|n| n.len() > 512);
            is_long.then(|| "RSA with more than 4096 bits".into())
        }
        other => Some(other.to_string()),
    }
}

/// Finds the entry by which `key` belongs to `who`, and says otherwise what speaks against it.
fn owner(key: &PublicKey, who: &str, vouch: &Vouch, signers: &Signers) -> Result<(), Doubt> {
    let mut doubts = Vec::new();
    for signer in signers.of(key.key_data()) {
        match judged(signer, who, vouch) {
            Ok(()) => return Ok(()),
            Err(doubt) => doubts.push(doubt),
        }
    }
    // The entry that came closest tells most.
    let unknown = || Doubt::Unknown(key.fingerprint(HashAlg::Sha256).to_string());
    Err(doubts.into_iter().max().unwrap_or_else(unknown))
}

fn judged(signer: &Signer, who: &str, vouch: &Vouch) -> Result<(), Doubt> {
    if !signer.names(who) {
        return Err(if signer.fits(who) { Doubt::Pattern } else { Doubt::Other });
    }
    if signer.terms.is_authority {
        return Err(Doubt::Authority);
    }
    if !signer.terms.allows(NAMESPACE) {
        return Err(Doubt::Namespace);
    }
    let is_valid = Timestamp::from_second(vouch.seconds).is_ok_and(|time| signer.terms.holds_at(time));
    if is_valid { Ok(()) } else { Err(Doubt::Time) }
}
