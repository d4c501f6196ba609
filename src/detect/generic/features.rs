//! The features by which the model judges an assignment: of the name, of the place and of the value.
//!
//! The order here is the order in the model's file; `rules/model/train.py` reads names and values from the program, so
//! the two cannot drift apart.

use super::assignment::{Assignment, Place, Separator, Wrapper};
use super::cursor::Quote;
use super::language::Language;
use super::lexicon::LEXICON;
use super::name::Name;
use crate::detect::check::printable_base64;
use crate::detect::placeholder::{entropy, is_placeholder};
use crate::rule::NameClass as Class;

/// One number that says something about an assignment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Feature {
    /// What it measures, in a few words.
    pub name: &'static str,
    /// The number.
    pub value: f32,
}

/// Words in a name that say that the value describes the secret and is not it.
const ABOUT: [&str; 78] = [
    "id",
    "ids",
    "name",
    "names",
    "url",
    "uri",
    "path",
    "file",
    "filename",
    "type",
    "types",
    "label",
    "field",
    "fields",
    "policy",
    "length",
    "len",
    "size",
    "count",
    "min",
    "max",
    "regex",
    "pattern",
    "expire",
    "expires",
    "expiry",
    "expiration",
    "ttl",
    "error",
    "errors",
    "message",
    "msg",
    "title",
    "text",
    "hint",
    "placeholder",
    "help",
    "description",
    "desc",
    "button",
    "column",
    "header",
    "prefix",
    "suffix",
    "format",
    "algorithm",
    "algo",
    "alg",
    "provider",
    "endpoint",
    "manager",
    "dir",
    "class",
    "attr",
    "attribute",
    "param",
    "parameter",
    "public",
    "pub",
    "method",
    "mode",
    "scope",
    "status",
    "version",
    "host",
    "server",
    "service",
    "port",
    "domain",
    "email",
    "username",
    "login",
    "page",
    "view",
    "form",
    "event",
    "index",
    "ref",
];
/// Words in a name that say that the value is a digest or a public thing.
const DIGEST: [&str; 16] = [
    "hash",
    "digest",
    "checksum",
    "fingerprint",
    "sha",
    "md",
    "sum",
    "etag",
    "cache",
    "foreign",
    "primary",
    "sort",
    "partition",
    "integrity",
    "signature",
    "commit",
];
/// Words of values that name a way to compute something.
const ALGORITHMS: [&[u8]; 10] =
    [b"sha", b"md5", b"aes", b"rsa", b"hmac", b"scram", b"bcrypt", b"basic", b"ed25519", b"ecdsa"];
/// Words in a name that say whose secret it is.
const OWNED: [&str; 44] = [
    "api",
    "access",
    "private",
    "client",
    "app",
    "application",
    "consumer",
    "oauth",
    "db",
    "database",
    "root",
    "admin",
    "user",
    "mysql",
    "postgres",
    "pg",
    "redis",
    "smtp",
    "mail",
    "encryption",
    "encrypt",
    "signing",
    "master",
    "jwt",
    "aws",
    "azure",
    "google",
    "github",
    "gitlab",
    "slack",
    "stripe",
    "twilio",
    "bot",
    "deploy",
    "service",
    "account",
    "refresh",
    "bearer",
    "session",
    "cookie",
    "ldap",
    "ssh",
    "keystore",
    "store",
];

/// Words that a value says of itself, or of what should stand there.
const SPOKEN: [&[u8]; 34] = [
    b"pass", b"pwd", b"secret", b"token", b"key", b"auth", b"cred", b"your", b"my", b"test", b"example", b"sample",
    b"dummy", b"fake", b"foo", b"bar", b"change", b"here", b"some", b"invalid", b"wrong", b"enter", b"value",
    b"string", b"default", b"user", b"admin", b"none", b"null", b"todo", b"mock", b"demo", b"insert", b"xxx",
];

/// Bytes of a value in which words are looked for.
const LOOKED_AT: usize = 64;

/// The features of `assignment`, in the model's order. `bytes` is the text it stands in.
pub(super) fn features(bytes: &[u8], name: &Name, assignment: &Assignment, language: Language) -> Vec<Feature> {
    let mut out = Vec::with_capacity(64);
    let mut add = |name: &'static str, value: f32| out.push(Feature { name, value });
    of_name(name, bytes, &mut add);
    of_place(bytes, assignment, language, &mut add);
    let value = &bytes[assignment.value.clone()];
    let decoded = printable_base64(value);
    add("encoded in base64", flag(decoded.is_some()));
    of_value(decoded.as_deref().unwrap_or(value), name, &mut add);
    out
}

fn flag(is: bool) -> f32 {
    if is { 1.0 } else { 0.0 }
}

fn share(count: usize, of: usize) -> f32 {
    if of == 0 { 0.0 } else { count as f32 / of as f32 }
}

fn of_name(name: &Name, bytes: &[u8], add: &mut impl FnMut(&'static str, f32)) {
    for (class, title) in [
        (Class::Password, "the name speaks of a password"),
        (Class::Secret, "the name speaks of a secret"),
        (Class::Token, "the name speaks of a token"),
        (Class::Key, "the name speaks of a key"),
        (Class::Auth, "the name speaks of authentication"),
        (Class::Session, "the name speaks of a session"),
    ] {
        add(title, flag(name.class == class));
    }
    let any = |list: &[&str]| name.words().any(|w| list.iter().any(|l| l.as_bytes() == w));
    add("words of the name", name.words().len() as f32);
    add("words after the telling one", (name.words().len() - 1 - name.telling) as f32);
    add("the name speaks about the secret", flag(any(&ABOUT)));
    add("the name speaks of a digest", flag(any(&DIGEST)));
    add("the name says whose secret it is", flag(any(&OWNED)));
    let last = name.words().last().unwrap_or_default();
    add("the name ends in a word about the secret", flag(ABOUT.iter().any(|l| l.as_bytes() == last)));
    let raw = &bytes[name.span.clone()];
    add("the name is in capitals", flag(raw.iter().all(|b| !b.is_ascii_lowercase())));
    add("length of the name", raw.len() as f32);
    add("the name is the telling word alone", flag(name.words().len() == 1));
}

fn of_place(bytes: &[u8], assignment: &Assignment, language: Language, add: &mut impl FnMut(&'static str, f32)) {
    for (separator, title) in [
        (Separator::Equals, "assigned by ="),
        (Separator::Colon, "assigned by :"),
        (Separator::Compare, "compared"),
        (Separator::Comma, "next to the name in a list"),
        (Separator::Call, "argument of a function of that name"),
        (Separator::Tag, "content of an element of that name"),
        (Separator::Blank, "after the name and a blank"),
        (Separator::Pair, "in a pair of name and value"),
    ] {
        add(title, flag(assignment.separator == separator));
    }
    add("without quotes", flag(assignment.quote == Quote::None));
    add("in single quotes", flag(assignment.quote == Quote::Single));
    add("in quotes within a string", flag(matches!(assignment.quote, Quote::Escaped | Quote::Encoded)));
    add("in a list", flag(assignment.wrapper == Wrapper::Bracket));
    add("in a call", flag(assignment.wrapper == Wrapper::Call));
    add("after a scheme", flag(assignment.has_scheme));
    add("in a comment", flag(assignment.place == Place::Comment));
    add("within a string", flag(assignment.place == Place::Text));
    for (one, title) in [
        (Language::Code, "in code"),
        (Language::Settings, "in settings"),
        (Language::Yaml, "in YAML"),
        (Language::Json, "in JSON"),
        (Language::Markup, "in XML or HTML"),
        (Language::Shell, "in a shell script"),
        (Language::Prose, "in prose"),
    ] {
        add(title, flag(language == one));
    }
    let after = &bytes[assignment.value.end..bytes.len().min(assignment.value.end + 3)];
    let after = after.iter().find(|b| !matches!(b, b'"' | b'\'' | b'`' | b' '));
    add("more words follow", flag(assignment.quote == Quote::None && after.is_some_and(u8::is_ascii_alphanumeric)));
    add("an expression goes on", flag(after.is_some_and(|b| matches!(b, b'.' | b'+' | b'[' | b'(' | b'%' | b'{'))));
}

fn of_value(value: &[u8], name: &Name, add: &mut impl FnMut(&'static str, f32)) {
    // What is looked for in the value's letters shows at its beginning; a long value must not cost more.
    let lower = value[..value.len().min(LOOKED_AT)].to_ascii_lowercase();
    let n = value.len();
    let count = |is: fn(&u8) -> bool| value.iter().filter(|b| is(b)).count();
    let (digits, uppers, lowers) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let letters = uppers + lowers;
    let seen = lower.iter().filter(|b| b.is_ascii_lowercase()).count();
    add("length of the value", n as f32);
    add("share of digits", share(digits, n));
    add("share of capitals", share(uppers, n));
    add("share of lower case", share(lowers, n));
    add("share of other characters", share(n - digits - letters, n));
    add("digits and letters both", flag(digits > 0 && letters > 0));
    add("different characters", share(different(value), n));
    add("entropy", entropy(value));
    add("hex only", flag(value.iter().all(u8::is_ascii_hexdigit)));
    add("digits only", flag(digits == n));
    add("a UUID", flag(is_uuid(value)));
    add("changes of character class", share(changes(value), n));
    add("longest run of one class", longest_run(value) as f32);
    add("blanks", count(|b| *b == b' ') as f32);
    add("slashes", count(|b| *b == b'/') as f32);
    add("dots", count(|b| *b == b'.') as f32);
    add("dashes and underscores", share(count(|b| matches!(b, b'-' | b'_')), n));
    add(
        "marks of templates",
        count(|b| matches!(b, b'$' | b'{' | b'}' | b'<' | b'>' | b'%' | b'(' | b')' | b'*')) as f32,
    );
    add("colons", count(|b| *b == b':') as f32);
    add("padding", flag(value.ends_with(b"=")));
    let covered = LEXICON.covered(&lower);
    add("share made of words", share(covered, seen.max(1)));
    add("letters not in words", seen.saturating_sub(covered) as f32);
    add("surprise of its letters", LEXICON.surprise(&lower));
    add("share of vowels", share(lower.iter().filter(|b| b"aeiou".contains(b)).count(), seen.max(1)));
    add("words it says of itself", SPOKEN.iter().filter(|w| lower.windows(w.len()).any(|x| x == **w)).count() as f32);
    let telling = name.words().nth(name.telling).unwrap_or_default();
    add("holds the telling word", flag(lower.windows(telling.len().max(1)).any(|w| w == telling)));
    add("holds a word of the name", flag(name.words().any(|w| w.len() > 2 && lower.windows(w.len()).any(|x| x == w))));
    add("names an algorithm", flag(n < 32 && ALGORITHMS.iter().any(|w| lower.windows(w.len()).any(|x| x == *w))));
    add("ends like a sentence", flag(value.last().is_some_and(|b| matches!(b, b'.' | b':' | b'?' | b',' | b';'))));
    add("a stand-in by its shape", flag(is_placeholder(value, 0)));
    add("written like a name", flag(is_identifier(value)));
    add("humps and joints", share(joints(value), n));
    add("beyond ASCII", flag(!value.is_ascii()));
    add("starts with a capital", flag(value.first().is_some_and(u8::is_ascii_uppercase)));
    add("multiple of eight long", flag(n.is_multiple_of(8)));
}

fn different(value: &[u8]) -> usize {
    let mut seen = [false; 256];
    value.iter().for_each(|b| seen[usize::from(*b)] = true);
    seen.iter().filter(|s| **s).count()
}

#[derive(PartialEq, Clone, Copy)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Other,
}

fn kind(byte: u8) -> Kind {
    match byte {
        b'a'..=b'z' => Kind::Lower,
        b'A'..=b'Z' => Kind::Upper,
        b'0'..=b'9' => Kind::Digit,
        _ => Kind::Other,
    }
}

fn changes(value: &[u8]) -> usize {
    value.windows(2).filter(|w| kind(w[0]) != kind(w[1])).count()
}

fn longest_run(value: &[u8]) -> usize {
    value.chunk_by(|a, b| kind(*a) == kind(*b)).map(<[u8]>::len).max().unwrap_or(0)
}

fn is_uuid(value: &[u8]) -> bool {
    let dashes = [8, 13, 18, 23];
    value.len() == 36
        && value.iter().enumerate().all(|(i, b)| if dashes.contains(&i) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

/// `getPassword`, `some.dotted.name`, `CONSTANT_NAME`, `a/path/to`: letters with joints, digits only at the ends of words.
fn is_identifier(value: &[u8]) -> bool {
    value.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':'))
        && value.first().is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'.' | b'/'))
        && value.windows(2).filter(|w| w[0].is_ascii_digit() && w[1].is_ascii_alphabetic()).count() == 0
}

fn joints(value: &[u8]) -> usize {
    let hump = |w: &[u8]| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase();
    value.windows(2).filter(|w| hump(w) || matches!(w[1], b'_' | b'-' | b'.' | b'/' | b' ')).count()
}
