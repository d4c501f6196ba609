//! Offline checks: what a matched value proves about itself, without asking anyone.

mod armor;
mod aws;
mod azure;
mod codec;
mod crc;
mod jwt;
mod key;
mod pem;
mod registry;
mod sealed;
mod vendor;

use crate::detect::random::{BASE62, BASE64_URL, Random};
use crate::finding::Proof;
use crate::rule::Check;

/// What a check says about a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The value proves itself: the finding becomes certain.
    Passed,
    /// The value cannot be what the rule looks for: the finding is dropped.
    Failed,
    /// Nothing is known: the rule's own confidence stands.
    Unproven,
}

impl Outcome {
    /// A check that settles the question either way.
    fn of(holds: bool) -> Self {
        if holds { Self::Passed } else { Self::Failed }
    }
}

/// What `text` is base64 of, if that is printable ASCII: how Kubernetes and others keep values. By chance a text of
/// eight characters decodes so once in 400 times.
pub(super) fn printable_base64(text: &[u8]) -> Option<Vec<u8>> {
    let is_whole = text.len() >= 8 && text.len().is_multiple_of(4);
    let decoded = is_whole.then(|| codec::base64(text)).flatten()?;
    let decoded = decoded.strip_suffix(b"\n").unwrap_or(&decoded);
    decoded.iter().all(|b| b.is_ascii_graphic() || *b == b' ').then(|| decoded.to_vec())
}

/// True if `text` is base64 of a public key or a certificate in DER: a sequence that begins with a sequence, where a
/// private key begins with a version.
pub(super) fn is_public_der(text: &[u8]) -> bool {
    let head = codec::base64(text.get(..12).unwrap_or_default()).unwrap_or_default();
    match head.as_slice() {
        [0x30, 0x82, _, _, tag, ..] | [0x30, 0x81, _, tag, ..] => *tag == 0x30,
        [0x30, length, tag, ..] if *length < 0x80 => *tag == 0x30,
        _ => false,
    }
}

/// Checks what a rule's `secret` group matched. Pure, total over all bytes, and linear in their number.
pub fn verify(check: Check, secret: &[u8]) -> Outcome {
    match check {
        Check::GithubCrc32 => crc::github(secret),
        Check::GithubFineGrained => crc::github_fine_grained(secret),
        Check::GithubInstallation => jwt::github_installation(secret),
        Check::VercelCrc32 => crc::vercel(secret),
        Check::GitlabRoutable => crc::gitlab_routable(secret),
        Check::AtlassianCrc32 => crc::atlassian(secret),
        Check::GrafanaCrc32 => crc::grafana(secret),
        Check::ConfluentCrc32 => crc::confluent(secret),
        Check::CloudflareCrc32 => crc::cloudflare(secret),
        Check::ZuploCrc32 => crc::zuplo(secret),
        Check::AzureAnnotated => azure::annotated(secret),
        Check::AzureIdentifiable => azure::identifiable(secret),
        Check::AzureClientSecret => azure::client_secret(secret),
        Check::AzureSas => azure::sas_signature(secret),
        Check::AwsKeyId => aws::key_id(secret),
        Check::AwsSecretKey => aws::secret_key(secret),
        Check::AwsBedrock => aws::bedrock(secret),
        Check::Jwt => jwt::signed(secret),
        Check::SupabaseServiceRole => jwt::supabase_service_role(secret),
        Check::Mapbox => jwt::mapbox(secret),
        Check::PemPrivateKey => pem::clear_key(secret),
        Check::PemInBase64 => pem::encoded(secret),
        Check::OpensshPrivateKey => sealed::openssh(secret),
        Check::OpenpgpPrivateKey => sealed::openpgp(secret),
        Check::PypiMacaroon => registry::pypi(secret),
        Check::NugetBase32 => registry::nuget(secret),
        Check::ArtifactoryKey => registry::artifactory_key(secret),
        Check::ArtifactoryReference => registry::artifactory_reference(secret),
        Check::OpenaiMarker => vendor::openai(secret),
        Check::SentryOrganization => vendor::sentry(secret),
        Check::OnePasswordAccount => vendor::one_password(secret),
        Check::GrafanaJson => vendor::grafana_json(secret),
        Check::TelegramBot => vendor::telegram(secret),
        Check::AgeBech32 => key::age(secret),
        Check::NatsSeed => key::nats(secret),
        Check::WireguardKey => key::wireguard(secret),
        Check::UserPassword => key::user_password(secret),
        Check::ChosenPassword => key::chosen_password(secret),
        Check::Base64Bytes32 => key::raw(secret, 32),
        Check::Base64Bytes64 => key::raw(secret, 64),
    }
}

/// What it means that `check` passed.
pub fn proof(check: Check) -> Proof {
    match check {
        Check::GithubCrc32
        | Check::GithubFineGrained
        | Check::VercelCrc32
        | Check::GitlabRoutable
        | Check::AtlassianCrc32
        | Check::GrafanaCrc32
        | Check::ConfluentCrc32
        | Check::CloudflareCrc32
        | Check::ZuploCrc32
        | Check::AzureAnnotated
        | Check::AzureIdentifiable
        | Check::AzureClientSecret
        | Check::AgeBech32
        | Check::NatsSeed => Proof::Checksum,
        _ => Proof::Structure,
    }
}

/// A made-up value of the kind that a template names, valid in checksum and structure; `None` for an unknown name.
pub(crate) fn sample(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    Some(match name {
        "github" => crc::sample_base62(argument, BASE62, 30, random),
        "github-long" => crc::sample_base62(argument, BASE62, 70, random),
        "github-fine-grained" => crc::sample_github_fine_grained(random),
        "github-installation" => jwt::sample_github_installation(random),
        "npm" => crc::sample_base62("npm_", BASE62, 30, random),
        "vercel" => crc::sample_base62(argument, BASE64_URL, 50, random),
        "gitlab-routable" => crc::sample_gitlab_routable(argument, random),
        "atlassian" => crc::sample_atlassian(argument, random),
        "bitbucket" => crc::sample_bitbucket("ATBB", random),
        "grafana" => crc::sample_grafana(random),
        "confluent" => crc::sample_confluent(random),
        "cloudflare" => crc::sample_cloudflare(argument, random),
        "zuplo" => crc::sample_zuplo(random),
        _ => return sample_structure(name, argument, random),
    })
}

fn sample_structure(name: &str, argument: &str, random: &mut Random) -> Option<String> {
    Some(match name {
        "azure-annotated" => azure::sample_annotated(argument, random),
        "azure-identifiable" => return azure::sample_identifiable(argument, random),
        "azure-client-secret" => azure::sample_client_secret(random),
        "aws-key-id" => aws::sample_key_id(argument, random),
        "aws-bedrock" => aws::sample_bedrock(random),
        "jwt" => jwt::sample("", random),
        "jwt-unsigned" => jwt::sample_unsigned(random),
        "supabase-jwt" => jwt::sample_supabase(argument, random),
        "mapbox" => jwt::sample_mapbox(argument, random),
        "pem" => return pem::sample(argument, random),
        "pem-escaped" => return pem::sample_escaped(argument, random),
        "pem-base64" => return pem::sample_encoded(argument, random),
        "openssh" => sealed::sample_openssh(argument, random),
        "openpgp" => sealed::sample_openpgp(argument, random),
        "pypi" => registry::sample_pypi(argument, random),
        "nuget" => registry::sample_nuget(random),
        "artifactory-key" => registry::sample_artifactory_key(random),
        "artifactory-reference" => registry::sample_artifactory_reference(random),
        "openai" => vendor::sample_openai(argument, random),
        "sentry" => vendor::sample_sentry(random),
        "one-password" => vendor::sample_one_password(random),
        "grafana-cloud" => vendor::sample_grafana_cloud(random),
        "grafana-key" => vendor::sample_grafana_key(random),
        "telegram" => vendor::sample_telegram(random),
        "age" => key::sample_age(random),
        "nats" => key::sample_nats(random),
        "wireguard" => key::sample_wireguard(random),
        "user-password" => key::sample_user_password(random),
        "base64-bytes" => key::sample_raw(argument.parse().ok()?, random),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Check; 40] = [
        Check::GithubCrc32,
        Check::GithubFineGrained,
        Check::GithubInstallation,
        Check::VercelCrc32,
        Check::GitlabRoutable,
        Check::AtlassianCrc32,
        Check::GrafanaCrc32,
        Check::ConfluentCrc32,
        Check::CloudflareCrc32,
        Check::ZuploCrc32,
        Check::AzureAnnotated,
        Check::AzureIdentifiable,
        Check::AzureClientSecret,
        Check::AzureSas,
        Check::AwsKeyId,
        Check::AwsSecretKey,
        Check::AwsBedrock,
        Check::Jwt,
        Check::SupabaseServiceRole,
        Check::Mapbox,
        Check::PemPrivateKey,
        Check::PemInBase64,
        Check::OpensshPrivateKey,
        Check::OpenpgpPrivateKey,
        Check::PypiMacaroon,
        Check::NugetBase32,
        Check::ArtifactoryKey,
        Check::ArtifactoryReference,
        Check::OpenaiMarker,
        Check::SentryOrganization,
        Check::OnePasswordAccount,
        Check::GrafanaJson,
        Check::TelegramBot,
        Check::AgeBech32,
        Check::NatsSeed,
        Check::WireguardKey,
        Check::UserPassword,
        Check::ChosenPassword,
        Check::Base64Bytes32,
        Check::Base64Bytes64,
    ];

    /// Values that checks of several kinds accept, to be cut and broken.
    fn samples() -> Vec<Vec<u8>> {
        let named = [
            ("github", "ghp_"),
            ("github-installation", ""),
            ("gitlab-routable", "glpat-"),
            ("atlassian", "ATATT3"),
            ("grafana", ""),
            ("confluent", ""),
            ("azure-annotated", "AZDO"),
            ("azure-identifiable", "+ASt"),
            ("aws-key-id", "AKIA"),
            ("jwt", ""),
            ("mapbox", "sk"),
            ("pem", "EC PRIVATE KEY"),
            ("openssh", ""),
            ("openpgp", ""),
            ("pypi", ""),
            ("nuget", ""),
            ("artifactory-key", ""),
            ("openai", "sk-"),
            ("sentry", ""),
            ("grafana-cloud", ""),
            ("telegram", ""),
            ("age", ""),
            ("nats", ""),
            ("wireguard", ""),
            ("user-password", ""),
        ];
        named.iter().map(|(name, argument)| sample(name, argument, &mut Random::new(1)).unwrap().into_bytes()).collect()
    }

    #[test]
    fn no_bytes_make_a_check_panic() {
        let random = &mut Random::new(2);
        for value in samples() {
            let mut tries: Vec<Vec<u8>> = (0..value.len()).map(|end| value[..end].to_vec()).collect();
            tries.extend((0..value.len().min(200)).map(|at| [&value[..at], &random.bytes(3), &value[at..]].concat()));
            for (check, value) in ALL.iter().flat_map(|&check| tries.iter().map(move |value| (check, value))) {
                verify(check, value);
                proof(check);
            }
        }
    }

    #[test]
    fn an_unknown_sample_is_none() {
        assert_eq!(sample("nothing", "", &mut Random::new(1)), None);
    }
}
