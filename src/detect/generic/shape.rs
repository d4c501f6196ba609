//! Values that their shape gives away as no secret: references, words of the language, hashes, public keys, sealed text.

use crate::detect::check::is_public_der;

/// What a value is instead of a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// It says where the value stands: `${VAR}`, `{{ value }}`, `<token>`.
    Reference,
    /// A pattern of values: `[0-9a-f]{40}`.
    Pattern,
    /// `null`, `true`, `string`.
    Word,
    /// A hash of a password.
    Hash,
    /// A public key, or the frame of a key that other rules look at.
    Key,
    /// Bytes written as escapes: a vector of a test far more often than a key.
    Bytes,
    /// Encrypted: sops, ansible-vault, age, sealed secrets and their kin.
    Sealed,
}

/// Words that stand for no value, for a type or for the name itself.
const WORDS: [&[u8]; 20] = [
    b"null",
    b"none",
    b"nil",
    b"true",
    b"false",
    b"undefined",
    b"string",
    b"str",
    b"text",
    b"bool",
    b"int",
    b"object",
    b"password",
    b"yes",
    b"secret",
    b"token",
    b"bearer",
    b"basic",
    b"digest",
    b"oauth",
];
/// Parts of regular expressions.
const PATTERNS: [&[u8]; 6] = [b"(?", b"[^", b"[A-", b"[a-", b"[0-", b"\\\\s"];
/// How hashes of passwords begin, by the crypt and LDAP conventions.
const HASHES: [&[u8]; 17] = [
    b"$1$",
    b"$2a$",
    b"$2b$",
    b"$2y$",
    b"$5$",
    b"$6$",
    b"$y$",
    b"$argon2",
    b"$pbkdf2",
    b"$scrypt",
    b"{SSHA",
    b"{SHA",
    b"{CRYPT}",
    b"pbkdf2_sha",
    b"pbkdf2:",
    b"SCRAM-SHA-",
    b"bcrypt$",
];
/// Hashes that stand behind a user's name, with the `$` doubled where a template wants it.
const INNER_HASHES: [&[u8]; 6] = [b"$apr1$", b"$$apr1$$", b":$2y$", b":$$2y$$", b":$2a$", b":{SHA}"];
/// Escapes such as `\x1f` of which text has none.
const MOST_ESCAPES: usize = 3;
/// How public keys and framed keys begin.
const KEYS: [&[u8]; 6] = [b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-", b"-----BEGIN", b"age1"];
/// How sealed values begin.
const SEALED: [&[u8]; 8] =
    [b"ENC[", b"ENC(", b"$ANSIBLE_VAULT", b"!vault", b"vault:v1:", b"AgA", b"age-encryption", b"{cipher}"];
/// Shortest value that a sealed secret of Kubernetes has.
const SEALED_LENGTH: usize = 200;

/// The shape of `value`, if it is no secret's.
pub(super) fn of(value: &[u8]) -> Option<Shape> {
    let begins = |list: &[&[u8]]| list.iter().any(|start| value.starts_with(start));
    if begins(&HASHES) || INNER_HASHES.iter().any(|hash| value.windows(hash.len()).any(|w| w == *hash)) {
        Some(Shape::Hash)
    } else if begins(&KEYS) || is_public_der(value) {
        Some(Shape::Key)
    } else if begins(&SEALED) && (!value.starts_with(b"AgA") || value.len() >= SEALED_LENGTH) {
        Some(Shape::Sealed)
    } else if value.windows(2).filter(|w| *w == b"\\x").count() > MOST_ESCAPES {
        Some(Shape::Bytes)
    } else if PATTERNS.iter().any(|part| memchr::memmem::find(value, part).is_some()) {
        Some(Shape::Pattern)
    } else if is_reference(value) {
        Some(Shape::Reference)
    } else {
        WORDS.contains(&value.to_ascii_lowercase().as_slice()).then_some(Shape::Word)
    }
}

/// True if a field of a template stands in `value`: `Bearer {token}`, `id-{0:x}`, `%s`.
fn holds_field(value: &[u8]) -> bool {
    let is_field = |rest: &[u8]| {
        let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-')).count();
        name > 0 && matches!(rest.get(name), None | Some(b'}' | b':' | b'['))
    };
    let mut braces = memchr::memchr_iter(b'{', value);
    braces.any(|at| is_field(&value[at + 1..])) || memchr::memmem::find(value, b"%s").is_some()
}

fn is_reference(value: &[u8]) -> bool {
    let is_name = |rest: &[u8]| rest.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match value {
        [b'$', b'{' | b'(', ..] | [b'{', b'{' | b'%', ..] | [b'#', b'{', ..] | [b'<', ..] | [b'%', ..] => true,
        [b'$', rest @ ..] => is_name(rest),
        _ if holds_field(value) || value.ends_with(b"...") || value.ends_with("…".as_bytes()) => true,
        _ => !value.iter().any(u8::is_ascii_alphanumeric) && value.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_are_no_secrets_are_told() {
        for (value, shape) in [
            ("${DB_PASSWORD}", Shape::Reference),
            ("$password", Shape::Reference),
            ("Bearer {token}", Shape::Reference),
            ("key-{0:x}", Shape::Reference),
            ("{{ .Values.token }}", Shape::Reference),
            ("******", Shape::Reference),
            ("undefined", Shape::Word),
            ("[A-Za-z0-9]{40}", Shape::Pattern),
            ("AKfycb...", Shape::Reference),
            ("{SSHA}0c2f", Shape::Hash),
            ("ENC[AES256_GCM,data:Zm9v]", Shape::Sealed),
            ("ssh-ed25519 AAAA", Shape::Key),
            ("\\x01\\x02\\x03\\x04", Shape::Bytes),
        ] {
            assert_eq!(of(value.as_bytes()), Some(shape), "{value}");
        }
    }

    #[test]
    fn passwords_are_none_of_them() {
        for value in ["Summer2019!", "a{b9!x", "$ecret$1", "50%off", "tr0ub4dor&3"] {
            assert_eq!(of(value.as_bytes()), None, "{value}");
        }
    }
}
