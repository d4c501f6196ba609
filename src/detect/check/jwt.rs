//! JSON web tokens: three base64url parts, of which the first two are JSON.

use serde_json::{Map, Value};

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base64, base64_object, to_base64_url};
use crate::detect::random::{BASE62, Random};

/// Any signed token that is not meant for everyone.
pub(super) fn signed(secret: &[u8]) -> Outcome {
    Outcome::of(claims(secret).is_some_and(|claims| !public(&claims)))
}

/// Supabase's service role, which passes every row rule.
pub(super) fn supabase_service_role(secret: &[u8]) -> Outcome {
    Outcome::of(claims(secret).is_some_and(|claims| text(&claims, "role") == Some("service_role")))
}

/// The claims of a token with a signature under a named algorithm; `None` for everything else.
fn claims(secret: &[u8]) -> Option<Map<String, Value>> {
    let mut parts = secret.split(|&byte| byte == b'.');
    let header = base64_object(parts.next()?)?;
    let claims = base64_object(parts.next()?)?;
    let signature = base64(parts.next()?)?;
    let algorithm = text(&header, "alg")?;
    let sealed = !algorithm.eq_ignore_ascii_case("none") && !signature.is_empty();
    (sealed && parts.next().is_none()).then_some(claims)
}

/// Tokens that anyone may have: the specimen that manuals print, and Supabase's key for browsers.
fn public(claims: &Map<String, Value>) -> bool {
    let specimen = text(claims, "sub") == Some("1234567890");
    let browser = text(claims, "role") == Some("anon");
    specimen || browser
}

fn text<'a>(object: &'a Map<String, Value>, key: &str) -> Option<&'a str> {
    object.get(key).and_then(Value::as_str)
}

/// A token whose payload is `claims` plus a random subject.
pub(super) fn sample(claims: &str, random: &mut Random) -> String {
    let header = r#"{"alg":"HS256","typ":"JWT"}"#;
    let (subject, issued) = (random.uuid(), 1_700_000_000 + random.below(50_000_000));
    let payload = format!(r#"{{{claims}"sub":"{subject}","iat":{issued}}}"#);
    sealed(header, &payload, random)
}

/// A token whose header names no algorithm.
pub(super) fn sample_unsigned(random: &mut Random) -> String {
    let payload = format!(r#"{{"sub":"{}","iat":1700000000}}"#, random.uuid());
    sealed(r#"{"alg":"none","typ":"JWT"}"#, &payload, random)
}

/// Supabase's token for `role`.
pub(super) fn sample_supabase(role: &str, random: &mut Random) -> String {
    let project = random.text(b"abcdefghijklmnopqrstuvwxyz", 20);
    let payload =
        format!(r#"{{"iss":"supabase","ref":"{project}","role":"{role}","iat":1700000000,"exp":2015000000}}"#);
    sealed(r#"{"alg":"HS256","typ":"JWT"}"#, &payload, random)
}

fn sealed(header: &str, payload: &str, random: &mut Random) -> String {
    let part = |text: &str| to_base64_url(text.as_bytes());
    format!("{}.{}.{}", part(header), part(payload), to_base64_url(&random.bytes(32)))
}

/// A GitHub App token of the newer form: the app's number, then a token.
pub(super) fn github_installation(secret: &[u8]) -> Outcome {
    let token = secret.strip_prefix(b"ghs_").and_then(|body| {
        let at = body.iter().position(|&byte| byte == b'_')?;
        body.get(at + 1..)
    });
    token.map_or(Outcome::Failed, signed)
}

/// Such a token.
pub(super) fn sample_github_installation(random: &mut Random) -> String {
    format!("ghs_{}_{}", 100_000 + random.below(900_000), sample("", random))
}

/// Mapbox: `sk.` or `tk.`, a payload with user and token id, and a signature.
pub(super) fn mapbox(secret: &[u8]) -> Outcome {
    let payload = secret.split(|&byte| byte == b'.').nth(1).and_then(base64_object);
    Outcome::of(payload.is_some_and(|payload| payload.contains_key("u") && payload.contains_key("a")))
}

/// A Mapbox token of the kind that `prefix` names.
pub(super) fn sample_mapbox(prefix: &str, random: &mut Random) -> String {
    let payload = format!(r#"{{"u":"maps-team","a":"{}"}}"#, random.text(b"abcdefghijklmnopqrstuvwxyz0123456789", 25));
    format!("{prefix}.{}.{}", to_base64_url(payload.as_bytes()), random.text(BASE62, 22))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_tokens_pass() {
        let random = &mut Random::new(4);
        assert_eq!(signed(sample("", random).as_bytes()), Outcome::Passed);
        assert_eq!(github_installation(sample_github_installation(random).as_bytes()), Outcome::Passed);
        assert_eq!(mapbox(sample_mapbox("sk", random).as_bytes()), Outcome::Passed);
    }

    #[test]
    fn unsigned_public_and_broken_tokens_fail() {
        let random = &mut Random::new(4);
        let unsealed = sample("", random).rsplit_once('.').map(|(front, _)| format!("{front}.")).unwrap();
        let specimen = sealed(r#"{"alg":"HS256"}"#, r#"{"sub":"1234567890"}"#, random);
        for token in
            [sample_unsigned(random), sample_supabase("anon", random), unsealed, specimen, "..".into(), "".into()]
        {
            assert_eq!(signed(token.as_bytes()), Outcome::Failed);
        }
        assert_eq!(github_installation(b"ghs_1"), Outcome::Failed);
        assert_eq!(mapbox(b"sk.eyJ1IjoiYSJ9."), Outcome::Failed);
    }

    #[test]
    fn only_the_service_role_is_one() {
        let random = &mut Random::new(4);
        assert_eq!(supabase_service_role(sample_supabase("service_role", random).as_bytes()), Outcome::Passed);
        assert_eq!(supabase_service_role(sample_supabase("anon", random).as_bytes()), Outcome::Failed);
    }
}
