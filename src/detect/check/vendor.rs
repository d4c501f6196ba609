//! Tokens of single vendors that wrap a structure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base64, base64_object, to_base64, to_base64_url};
use crate::detect::random::{BASE62, HEX, Random};

const OPENAI_MARKER: &str = "T3BlbkFJ";

/// OpenAI: the marker in the middle of two parts of one length, which are no row of crosses.
pub(super) fn openai(secret: &[u8]) -> Outcome {
    let prefixes: [&[u8]; 4] = [b"sk-proj-", b"sk-svcacct-", b"sk-admin-", b"sk-"];
    let body = prefixes.iter().find_map(|prefix| secret.strip_prefix(*prefix)).unwrap_or_default();
    let half = body.len().saturating_sub(OPENAI_MARKER.len()) / 2;
    let Some((front, rest)) = body.split_at_checked(half) else { return Outcome::Unproven };
    let even = rest.len() == half + OPENAI_MARKER.len() && rest.starts_with(OPENAI_MARKER.as_bytes());
    let varied = front.iter().collect::<BTreeSet<_>>().len() > 6;
    if even && varied { Outcome::Passed } else { Outcome::Unproven }
}

/// An OpenAI key behind `prefix`.
pub(super) fn sample_openai(prefix: &str, random: &mut Random) -> String {
    let count = if prefix == "sk-" { 20 } else { 74 };
    format!("{prefix}{}{OPENAI_MARKER}{}", random.text(BASE62, count), random.text(BASE62, count))
}

/// Sentry organisation tokens: JSON about the organisation, then 32 bytes.
pub(super) fn sentry(secret: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"sntrys_").unwrap_or_default();
    let Some(at) = body.iter().rposition(|&byte| byte == b'_') else { return Outcome::Failed };
    let (about, random) = (body.get(..at).and_then(base64_object), body.get(at + 1..).and_then(base64));
    let known = about.is_some_and(|about| has(&about, &["iat", "url", "org"]));
    Outcome::of(known && random.is_some_and(|bytes| bytes.len() == 32))
}

/// A Sentry organisation token.
pub(super) fn sample_sentry(random: &mut Random) -> String {
    let host = "https://sentry.io";
    let about = format!(
        r#"{{"iat":{}.5,"url":"{host}","region_url":"{host}","org":"team"}}"#,
        1_700_000_000 + random.below(90_000_000)
    );
    let tail = to_base64(&random.bytes(32));
    format!("sntrys_{}_{}", to_base64(about.as_bytes()), tail.trim_end_matches('='))
}

/// 1Password service accounts: JSON with everything a client needs to sign in.
pub(super) fn one_password(secret: &[u8]) -> Outcome {
    let account = secret.strip_prefix(b"ops_").and_then(base64_object);
    Outcome::of(account.is_some_and(|account| has(&account, &["signInAddress", "email", "muk", "secretKey"])))
}

/// A 1Password service account token.
pub(super) fn sample_one_password(random: &mut Random) -> String {
    let account = format!(
        r#"{{"signInAddress":"team.1password.com","userAuth":{{"method":"SRPg-4096"}},"email":"{}@1passwordserviceaccounts.com","srpX":"{}","muk":{{"k":"{}"}},"secretKey":"A3-{}","deviceUuid":"{}"}}"#,
        random.text(b"abcdefghijklmnopqrstuvwxyz", 13),
        random.text(HEX, 64),
        random.text(BASE62, 43),
        random.text(b"ABCDEFGHJKLMNPQRSTVWXYZ2345679", 31),
        random.text(HEX, 26),
    );
    format!("ops_{}", to_base64_url(account.as_bytes()))
}

/// Grafana: JSON with organisation, name and key, in Cloud tokens and in the older API keys.
pub(super) fn grafana_json(secret: &[u8]) -> Outcome {
    let body = secret.strip_prefix(b"glc_").unwrap_or(secret);
    Outcome::of(base64_object(body).is_some_and(|about| has(&about, &["k", "n"])))
}

/// A Grafana Cloud token.
pub(super) fn sample_grafana_cloud(random: &mut Random) -> String {
    let about = format!(
        r#"{{"o":"{}","n":"stack-read","k":"{}","m":{{"r":"eu"}}}}"#,
        random.below(999_999),
        random.text(BASE62, 24)
    );
    format!("glc_{}", to_base64(about.as_bytes()))
}

/// An older Grafana API key.
pub(super) fn sample_grafana_key(random: &mut Random) -> String {
    to_base64(format!(r#"{{"k":"{}","n":"ci","id":1}}"#, random.text(BASE62, 32)).as_bytes())
}

fn has(object: &Map<String, Value>, keys: &[&str]) -> bool {
    keys.iter().all(|key| object.contains_key(*key))
}

/// Telegram bots: the bot's number, which never begins with 0, and a part that begins with `AA`.
pub(super) fn telegram(secret: &[u8]) -> Outcome {
    let Some(at) = secret.iter().position(|&byte| byte == b':') else { return Outcome::Failed };
    let (number, token) = secret.split_at(at);
    let mixed = token.iter().any(u8::is_ascii_lowercase) && token.iter().any(u8::is_ascii_uppercase);
    Outcome::of(number.first() != Some(&b'0') && token.starts_with(b":AA") && mixed)
}

/// A Telegram bot token.
pub(super) fn sample_telegram(random: &mut Random) -> String {
    format!("{}:AA{}", 1_000_000_000 + random.below(8_000_000_000), random.text(BASE62, 33))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_pass() {
        let random = &mut Random::new(6);
        for prefix in ["sk-", "sk-proj-", "sk-svcacct-", "sk-admin-"] {
            assert_eq!(openai(sample_openai(prefix, random).as_bytes()), Outcome::Passed, "{prefix}");
        }
        assert_eq!(sentry(sample_sentry(random).as_bytes()), Outcome::Passed);
        assert_eq!(one_password(sample_one_password(random).as_bytes()), Outcome::Passed);
        assert_eq!(grafana_json(sample_grafana_cloud(random).as_bytes()), Outcome::Passed);
        assert_eq!(grafana_json(sample_grafana_key(random).as_bytes()), Outcome::Passed);
        assert_eq!(telegram(sample_telegram(random).as_bytes()), Outcome::Passed);
    }

    #[test]
    fn broken_values_do_not_pass() {
        assert_eq!(openai(b"sk-abcT3BlbkFJ"), Outcome::Unproven);
        assert_eq!(sentry(b"sntrys_e30=_AAAA"), Outcome::Failed);
        assert_eq!(sentry(b"sntrys_"), Outcome::Failed);
        assert_eq!(one_password(b"ops_e30"), Outcome::Failed);
        assert_eq!(grafana_json(b"glc_e30"), Outcome::Failed);
        assert_eq!(telegram(b"0123456789:AAbB"), Outcome::Failed);
    }
}
