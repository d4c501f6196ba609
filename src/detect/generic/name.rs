//! The name that a value is given: where it stands, its words, and what kind of secret it announces.

use std::ops::Range;

use crate::rule::NameClass as Class;

/// Longest name looked at, in bytes to each side of the word that led here.
const LONGEST: usize = 64;
/// How far from a name its `=` may stand, a type between them, in bytes.
const TYPE: usize = 56;
/// Most words of a name.
const MOST_WORDS: usize = 10;

/// A name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Name {
    /// Where it stands.
    pub(super) span: Range<usize>,
    /// What it announces.
    pub(super) class: Class,
    /// Its words, lower-case, as ranges into `lower`.
    words: Vec<Range<usize>>,
    lower: Vec<u8>,
    /// Index of the telling word.
    pub(super) telling: usize,
}

/// Words that announce a secret, whole. The strongest class comes first: a name with words of several takes it.
const WHOLE: [(Class, &[&str]); 6] = [
    (
        Class::Password,
        &[
            "password",
            "passwords",
            "passwd",
            "passwort",
            "passphrase",
            "passcode",
            "pass",
            "pwd",
            "pswd",
            "passw",
            "pw",
            "kennwort",
            "senha",
            "contrasena",
            "wachtwoord",
            "motdepasse",
            "parol",
            "psk",
        ],
    ),
    (Class::Secret, &["secret", "secrets", "credential", "credentials", "creds"]),
    (Class::Token, &["token", "tokens", "jwt", "bearer", "ticket"]),
    (Class::Key, &["key", "keys", "apikeys", "keyvalue", "apisecret"]),
    (Class::Auth, &["auth", "oauth", "oauth2", "authorization", "authentication", "authn"]),
    (
        Class::Session,
        &["session", "sessionid", "sid", "cookie", "cookies", "sessid", "phpsessid", "jsessionid", "csrf", "xsrf"],
    ),
];

/// Endings of words written together that announce a secret: `mysqlpassword`, `clientsecret`.
const ENDINGS: [(Class, &str); 8] = [
    (Class::Password, "password"),
    (Class::Password, "passwd"),
    (Class::Password, "passphrase"),
    (Class::Password, "pwd"),
    (Class::Password, "pass"),
    (Class::Secret, "secret"),
    (Class::Token, "token"),
    (Class::Key, "key"),
];

/// Words that end like a telling one and tell nothing.
const NO_KEYS: [&str; 26] = [
    "donkey",
    "hockey",
    "hokey",
    "hotkey",
    "jockey",
    "keykey",
    "lackey",
    "monkey",
    "passkey",
    "pokey",
    "smokey",
    "turkey",
    "whiskey",
    "foreignkey",
    "bypass",
    "compass",
    "encompass",
    "trespass",
    "surpass",
    "overpass",
    "underpass",
    "lowpass",
    "highpass",
    "bandpass",
    "subpass",
    "renderpass",
];

impl Name {
    /// The name around the word at `at`, if it announces a secret.
    pub(super) fn around(bytes: &[u8], at: usize) -> Option<Self> {
        let span = extent(bytes, at);
        let lower = bytes[span.clone()].to_ascii_lowercase();
        let words = words(&bytes[span.clone()]);
        let (class, telling) = announced(&lower, &words)?;
        Some(Self { span, class, words, lower, telling })
    }

    /// Its words in order, lower-case.
    pub(super) fn words(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.words.iter().map(|w| &self.lower[w.clone()])
    }

    /// True if the name says that its value may be seen: a public or an encrypted key, a digest.
    pub(super) fn is_public(&self, value: &[u8]) -> bool {
        const PUBLIC: [&[u8]; 8] =
            [b"public", b"pub", b"publishable", b"encrypted", b"wrapped", b"sealed", b"fingerprint", b"thumbprint"];
        const DIGEST: [&[u8]; 7] = [b"hash", b"hashed", b"digest", b"sha", b"checksum", b"md", b"sum"];
        let says = |list: &[&[u8]]| self.words().any(|word| list.contains(&word));
        let is_digest = value.len() >= 32 && value.iter().all(u8::is_ascii_hexdigit);
        says(&PUBLIC) || is_digest && says(&DIGEST)
    }

    /// The whole name, lower-case.
    pub(super) fn lower(&self) -> &[u8] {
        &self.lower
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'$')
}

/// All of the identifier round `at`, members joined by `.` and `-` included.
pub(super) fn extent(bytes: &[u8], at: usize) -> Range<usize> {
    let before = bytes[at.saturating_sub(LONGEST)..at].iter().rev().take_while(|b| is_name_byte(**b)).count();
    let after = bytes[at..bytes.len().min(at + LONGEST)].iter().take_while(|b| is_name_byte(**b)).count();
    let start = at - before;
    // An option's or a list item's dashes are no part of its name; nor is the full stop of a sentence.
    let lead = bytes[start..at].iter().take_while(|b| !b.is_ascii_alphanumeric()).count();
    let tail = bytes[at..at + after].iter().rev().take_while(|b| matches!(b, b'.' | b'-')).count();
    // `->` is an operator.
    start + lead..at + after - tail
}

/// False where nothing can be given to the name round `at`: most names end in a quick no.
pub(super) fn leads_on(bytes: &[u8], at: usize) -> bool {
    let end = extent(bytes, at).end;
    let rest = &bytes[end..bytes.len().min(end + TYPE)];
    match rest.first() {
        // The next line may hold the value of a pair.
        Some(b'\n' | b'\r') => rest.trim_ascii_start().first().is_some_and(|b| b"vVdDcCiI\"'".contains(b)),
        Some(b' ' | b'\t') => match rest.trim_ascii_start().first() {
            None | Some(b'*' | b'/' | b'+' | b';' | b'&' | b')' | b'}') => false,
            // An option, a scheme, or a type before a `=`.
            Some(b) if b.is_ascii_alphanumeric() => {
                let before = end.checked_sub(1).map(|last| bytes[last]);
                let is_scheme = matches!(before, Some(b'r' | b'R' | b'n' | b'N'));
                is_scheme || rest.contains(&b'=') || is_option(bytes, end)
            }
            Some(_) => true,
        },
        // What is passed on its way through brackets, and what a call is given, is quoted or follows an operator.
        Some(b')' | b']' | b'}') => rest.iter().any(|b| b"=:\"'`,|?!".contains(b) || *b >= 0x80),
        Some(b'(') => rest.iter().any(|b| b"\"'`&%\\".contains(b) || *b >= 0x80) || rest.len() == TYPE,
        Some(b'-') => rest.get(1) != Some(&b'>'),
        Some(b';' | b'*' | b'/' | b'+' | b'@' | b'^' | b'~' | b'[' | b'.' | b'#' | b'$' | b'{') | None => false,
        Some(_) => true,
    }
}

/// True if the name that ends at `end` begins with a dash.
fn is_option(bytes: &[u8], end: usize) -> bool {
    let name = bytes[end.saturating_sub(LONGEST)..end].iter().rev().take_while(|b| is_name_byte(**b));
    name.last() == Some(&b'-')
}

/// Splits at `_`, `-`, `.`, where lower case turns upper, and where the last of several capitals begins a word.
fn words(name: &[u8]) -> Vec<Range<usize>> {
    let mut words = Vec::new();
    let mut start = 0;
    for at in 0..=name.len() {
        let breaks = at == name.len() || !name[at].is_ascii_alphanumeric() || at > start && begins_word(name, at);
        if breaks {
            let trimmed = start + name[start..at].iter().rev().skip_while(|b| b.is_ascii_digit()).count();
            if trimmed > start {
                words.push(start..trimmed);
            }
            start = if at < name.len() && name[at].is_ascii_alphanumeric() { at } else { at + 1 };
        }
    }
    words
}

fn begins_word(name: &[u8], at: usize) -> bool {
    let upper = name[at].is_ascii_uppercase();
    let after_lower = name[at - 1].is_ascii_lowercase() || name[at - 1].is_ascii_digit();
    let before_lower = name.get(at + 1).is_some_and(u8::is_ascii_lowercase) && name[at - 1].is_ascii_uppercase();
    upper && (after_lower || before_lower)
}

/// The class that the words announce and the index of the word that does: the strongest class, its last word.
fn announced(lower: &[u8], words: &[Range<usize>]) -> Option<(Class, usize)> {
    let last = words.len().saturating_sub(MOST_WORDS);
    let classes = words.iter().enumerate().skip(last).filter_map(|(i, w)| Some((class_of(&lower[w.clone()])?, i)));
    classes.min_by_key(|(class, i)| (*class, std::cmp::Reverse(*i)))
}

fn class_of(word: &[u8]) -> Option<Class> {
    let whole = WHOLE.iter().find(|(_, all)| all.iter().any(|w| w.as_bytes() == word));
    let tells_nothing = NO_KEYS.iter().any(|w| w.as_bytes() == word);
    let ending = || ENDINGS.iter().find(|(_, ending)| word.ends_with(ending.as_bytes()));
    whole.map(|(class, _)| *class).or_else(|| ending().filter(|_| !tells_nothing).map(|(class, _)| *class))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(name: &str) -> Vec<String> {
        words(name.as_bytes()).into_iter().map(|w| name[w].to_ascii_lowercase()).collect()
    }

    #[test]
    fn names_split_at_case_and_marks() {
        assert_eq!(split("dbUserPassword2"), ["db", "user", "password"]);
        assert_eq!(split("AWS_SECRET-access.Key"), ["aws", "secret", "access", "key"]);
        assert_eq!(split("HTTPAuthToken"), ["http", "auth", "token"]);
    }

    #[test]
    fn only_telling_names_announce_a_secret() {
        let class = |text: &str, at: usize| Name::around(text.as_bytes(), at).map(|n| n.class);
        assert_eq!(class("x.setCipherKey(", 10), Some(Class::Key));
        assert_eq!(class("MYSQL_ROOT_PASSWORD=", 12), Some(Class::Password));
        assert_eq!(class("mysqlpassword:", 5), Some(Class::Password));
        for (text, at) in [("monkey", 3), ("author", 0), ("bypassed", 2), ("tokenizer", 0), ("keyboard", 0)] {
            assert_eq!(class(text, at), None, "{text}");
        }
    }

    #[test]
    fn dashes_of_an_option_are_no_part_of_its_name() {
        let text = b" --db-password=x";
        assert_eq!(&text[Name::around(text, 6).unwrap().span], b"db-password");
    }
}
