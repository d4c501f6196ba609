//! The words of a rule file: what one `[[rule]]` table may say.

use serde::{Deserialize, Serialize};

use super::area::Area;
use super::command::Shape;
use super::flow::Flow;
use super::grade::{Confidence, Lines, Severity};
use super::hidden::Hidden;
use super::safeguard::Safeguard;
use super::scope::Scope;

/// What kind of question a rule answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A credential got in.
    Secret,
    /// Someone or something gained power.
    Access,
    /// A part was touched that a human must review.
    Area,
    /// A destructive or production-impacting command.
    Command,
    /// A new way out for data.
    Egress,
    /// A secret on its way into a log or a terminal.
    Logging,
    /// A check was weakened.
    Safeguard,
    /// The change left its workspace.
    Scope,
    /// Something is hidden from the reader.
    Text,
    /// The change altered the rules that judge it.
    Policy,
}

/// An offline check of a matched secret, by name. What each one proves stands with its code in `detect/check/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// GitHub and npm: the last 6 characters are the base62 CRC-32 of the body before them.
    GithubCrc32,
    /// GitHub fine-grained: part of a SHA-256 inside; raises the confidence only.
    GithubFineGrained,
    /// GitHub App: the app's number, then a JSON web token.
    GithubInstallation,
    /// Vercel: GitHub's layout; raises the confidence only.
    VercelCrc32,
    /// GitLab routable: payload, its length and a base36 CRC-32.
    GitlabRoutable,
    /// Atlassian and Bitbucket: the last 8 characters are the CRC-32 of all before.
    AtlassianCrc32,
    /// Grafana service account: CRC-32 from the low end.
    GrafanaCrc32,
    /// Confluent Cloud: CRC-32 in base64.
    ConfluentCrc32,
    /// Cloudflare: CRC-32; raises the confidence only.
    CloudflareCrc32,
    /// Zuplo: CRC-32.
    ZuploCrc32,
    /// Azure common annotated keys: Marvin32 in the last characters.
    AzureAnnotated,
    /// Azure base64 keys with a signature: Marvin32 in the last bytes.
    AzureIdentifiable,
    /// Client secrets of Entra, by their Marvin32; raises the confidence only.
    AzureClientSecret,
    /// Azure shared access signature: 32 bytes, URL-encoded.
    AzureSas,
    /// AWS key id: base32 that holds an account number.
    AwsKeyId,
    /// AWS secret key: not a hash; proves nothing more.
    AwsSecretKey,
    /// AWS Bedrock key: names its account.
    AwsBedrock,
    /// JSON web token: header with an algorithm, payload, signature.
    Jwt,
    /// JSON web token of Supabase's service role.
    SupabaseServiceRole,
    /// Mapbox: payload with user and token id.
    Mapbox,
    /// Private key in PEM: complete DER of its kind, without a password.
    PemPrivateKey,
    /// The same, the whole file once more in base64.
    PemInBase64,
    /// OpenSSH private key: complete, without a password.
    OpensshPrivateKey,
    /// OpenPGP private key: complete; passes when no password protects it.
    OpenpgpPrivateKey,
    /// PyPI: a complete macaroon.
    PypiMacaroon,
    /// NuGet: base32 of two parts.
    NugetBase32,
    /// Artifactory API key: base58 of 54 bytes.
    ArtifactoryKey,
    /// Artifactory reference token: base64 of a reference.
    ArtifactoryReference,
    /// OpenAI: marker in the middle.
    OpenaiMarker,
    /// Sentry organisation token: JSON about the organisation and 32 bytes.
    SentryOrganization,
    /// 1Password service account: JSON with all that a sign-in needs.
    OnePasswordAccount,
    /// Grafana Cloud token or older API key: JSON with a key.
    GrafanaJson,
    /// Telegram bot token: number and token.
    TelegramBot,
    /// age identity: bech32.
    AgeBech32,
    /// NATS seed: CRC-16.
    NatsSeed,
    /// WireGuard: 32 bytes; passes when they are clamped.
    WireguardKey,
    /// Base64 of `user:password`.
    UserPassword,
    /// A password that is not one that every manual prints; proves nothing more.
    ChosenPassword,
    /// Base64 of 32 bytes.
    #[serde(rename = "base64-bytes-32")]
    Base64Bytes32,
    /// Base64 of 64 bytes.
    #[serde(rename = "base64-bytes-64")]
    Base64Bytes64,
}

/// What the name announces to which a secret is assigned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NameClass {
    /// `password`, `pwd`, `passphrase`.
    Password,
    /// `secret`, `credential`.
    Secret,
    /// `token`, `jwt`, `bearer`.
    Token,
    /// `key`, `api_key`.
    Key,
    /// `auth`, `authorization`.
    Auth,
    /// `session`, `cookie`, `sid`.
    Session,
}

/// One rule, as its file states it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Unique name: lower-case letters, digits and `-`.
    pub id: String,
    /// What kind of question it answers.
    pub kind: Kind,
    /// What it finds, in a few words.
    pub title: String,
    /// How bad it is.
    pub severity: Severity,
    /// How sure a match is before any offline check; a passed check makes it high.
    #[serde(default)]
    pub confidence: Confidence,
    /// Every match contains one of them: the prefilter's food. Implied by `pattern`, which the loader verifies.
    #[serde(default)]
    pub literals: Vec<String>,
    /// Byte regex without Unicode; the group `secret` names the secret, else the whole match is it.
    pub pattern: String,
    /// In place of `pattern`: the value of an assignment to a name of this class, as the model judges it. `literals`
    /// are then what such names contain, in any case.
    #[serde(default)]
    pub assigned: Option<NameClass>,
    /// In place of `pattern`: the kind of permission file whose comparison finds it, in words. The comparison itself
    /// stands in `detect/grant/`.
    #[serde(default)]
    pub surface: Option<String>,
    /// In place of `pattern`: the words of an area. What they are worth stands in `detect/area.rs`.
    #[serde(default)]
    pub area: Option<Area>,
    /// In place of `pattern`: what may not reach which calls or addresses. How that is read stands in `detect/flow/`.
    #[serde(default)]
    pub flow: Option<Flow>,
    /// In place of `pattern`: the signs of a weakened safeguard. What they are worth stands in `detect/safeguard.rs`.
    #[serde(default)]
    pub safeguard: Option<Safeguard>,
    /// In place of `pattern`: the shapes of command that it reports, of which one must fit. With a `pattern`, that must
    /// match the words of the command, too.
    #[serde(default)]
    pub command: Vec<Shape>,
    /// In place of `pattern`: a way to hide text. How it is seen stands in `detect/hidden/`.
    #[serde(default)]
    pub hidden: Option<Hidden>,
    /// In place of `pattern`: where a change may not reach. How that is seen stands in `detect/scope/`.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// Offline proof.
    #[serde(default)]
    pub check: Option<Check>,
    /// Words one of which must stand on the same line or at most two lines above: meaning, not speed (any case).
    #[serde(default)]
    pub near: Vec<String>,
    /// Least Shannon entropy of the secret, in bits per character.
    #[serde(default)]
    pub entropy: Option<f32>,
    /// Lines of a change that count.
    #[serde(default)]
    pub side: Lines,
    /// Globs of paths it applies to; empty means every path.
    #[serde(default)]
    pub paths: Vec<String>,
    /// What to do: revoke where, replace with what.
    pub remedy: String,
    /// Where to read more.
    #[serde(default)]
    pub docs: Option<String>,
    /// Why it matters.
    pub why: String,
    /// Templates that must match.
    pub bad: Vec<String>,
    /// Templates that must not match.
    pub good: Vec<String>,
}

impl Rule {
    /// True if code compares, and no pattern matches.
    pub fn is_compared(&self) -> bool {
        let changes = self.area.is_some() || self.flow.is_some() || self.safeguard.is_some();
        self.surface.is_some() || changes || self.hidden.is_some() || self.scope.is_some()
    }

    /// True if no file without a past shows it: it is about what a change does.
    pub fn is_of_changes(&self) -> bool {
        let changes = self.area.is_some() || self.flow.is_some() || self.safeguard.is_some() || self.scope.is_some();
        changes || self.kind == Kind::Policy || self.side == Lines::Removed
    }

    /// True if a look at all files shows everything that it finds. Of a permission they show the worst, and what a change
    /// does with it is told in other words.
    pub fn is_whole_in_trees(&self) -> bool {
        self.surface.is_none() && !self.is_of_changes()
    }
}
