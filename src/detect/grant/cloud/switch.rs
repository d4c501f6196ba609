//! Settings of resources that protect or open: one table of settings for each surface, one reader for all.

use super::resource::{Resource, resources};
use super::value;
use crate::detect::grant::{Effect, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Types of resources whose names are told; resources of different types never stand in for each other.
static KINDS: [&str; 46] = [
    "aws_s3_bucket",
    "aws_s3_bucket_public_access_block",
    "aws_s3_account_public_access_block",
    "aws_s3_bucket_versioning",
    "aws_s3_bucket_acl",
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_ebs_volume",
    "aws_ecr_repository",
    "aws_instance",
    "aws_kms_key",
    "aws_lb",
    "aws_redshift_cluster",
    "aws_elasticache_replication_group",
    "aws_opensearch_domain",
    "aws_cloudtrail",
    "aws_guardduty_detector",
    "aws_config_configuration_recorder_status",
    "aws_cloudwatch_log_group",
    "aws_docdb_cluster",
    "aws_neptune_cluster",
    "aws_cognito_user_pool",
    "google_sql_database_instance",
    "google_storage_bucket",
    "google_storage_bucket_acl",
    "google_container_cluster",
    "google_bigquery_table",
    "google_bigquery_dataset",
    "google_compute_subnetwork",
    "google_compute_instance",
    "azurerm_storage_account",
    "azurerm_storage_container",
    "azurerm_key_vault",
    "azurerm_mssql_server",
    "azurerm_postgresql_flexible_server",
    "github_branch_protection",
    "github_branch_protection_v3",
    "github_repository",
    "github_repository_ruleset",
    "github_organization_ruleset",
    "github_repository_environment",
    "gitlab_branch_protection",
    "github_actions_repository_permissions",
    "github_organization_settings",
];

/// What a value says about the strength of a protection, or about the width of an opening.
pub(super) enum Scale {
    /// `true` is one, `false` is nothing.
    Truth,
    /// The other way round.
    Falsehood,
    /// Anything is one.
    Presence,
    /// The number itself.
    Number,
    /// The number itself, where 0 stands for no end.
    Endless,
    /// Words from nothing upwards; what is not among them is nothing.
    Words(&'static [&'static str]),
}

/// A setting.
pub(super) struct Switch {
    pub(super) rule: &'static str,
    /// Types of resources, as beginnings of their names. Those of Terraform are lower-case.
    pub(super) kinds: &'static [&'static str],
    /// Where it stands; `^` begins a path beside the properties.
    pub(super) path: &'static [&'static str],
    pub(super) scale: Scale,
    /// How much there is where the setting is absent.
    pub(super) absent: u32,
    /// What it is called.
    pub(super) what: &'static str,
    pub(super) severity: Severity,
    /// True for what opens; false for what protects.
    pub(super) is_opening: bool,
}

impl Switch {
    /// A protection that must be asked for.
    pub(super) const fn guard(
        rule: &'static str,
        kinds: &'static [&'static str],
        path: &'static [&'static str],
        what: &'static str,
        severity: Severity,
    ) -> Self {
        Self { rule, kinds, path, scale: Scale::Truth, absent: 0, what, severity, is_opening: false }
    }

    /// The same, there without asking.
    pub(super) const fn by_default(self) -> Self {
        Self { absent: 1, ..self }
    }

    /// The same by another scale.
    pub(super) const fn scale(self, scale: Scale, absent: u32) -> Self {
        Self { scale, absent, ..self }
    }

    /// The same as an opening.
    pub(super) const fn opens(self) -> Self {
        Self { is_opening: true, ..self }
    }

    fn is_for(&self, kind: &str) -> bool {
        self.kinds
            .iter()
            .any(|known| kind == *known || known.ends_with('_') && kind.starts_with(known) || *known == "*")
    }

    /// How much the value gives, in numbers and in words.
    fn strength(&self, value: Option<Node<'_>>) -> (u32, String) {
        let Some(value) = value else { return (self.absent, self.word(self.absent, "")) };
        let text = value::text(value).unwrap_or_default();
        let unknown = if self.is_opening { 0 } else { u32::MAX };
        let truth = |is_on: bool| value.truth().map_or(unknown, |truth| u32::from(truth == is_on));
        let number = || text.parse().unwrap_or(unknown);
        let rank = match &self.scale {
            Scale::Truth => truth(true),
            Scale::Falsehood => truth(false),
            Scale::Presence => u32::from(value.is_map() || value.is_list() || !text.is_empty()),
            Scale::Number => number(),
            Scale::Endless if text == "0" => u32::MAX - 1,
            Scale::Endless => number(),
            Scale::Words(_) if text.contains("${") => unknown,
            Scale::Words(words) => {
                let place = words.iter().rposition(|word| word.eq_ignore_ascii_case(&text));
                place.map_or(0, |place| u32::try_from(place).unwrap_or(0))
            }
        };
        (rank, self.word(rank, &text))
    }

    fn word(&self, rank: u32, text: &str) -> String {
        match self.scale {
            Scale::Truth | Scale::Falsehood if rank == 0 => "off".to_owned(),
            Scale::Truth | Scale::Falsehood if rank == 1 => "on".to_owned(),
            Scale::Presence => if rank == 0 { "no" } else { "there" }.to_owned(),
            Scale::Words(words) if text.is_empty() => words.get(rank as usize).map_or("none", |word| *word).to_owned(),
            Scale::Endless if rank == u32::MAX - 1 => "for ever".to_owned(),
            _ if text.is_empty() => rank.to_string(),
            _ => text.to_owned(),
        }
    }

    fn grant(&self, resource: &Resource<'_>, subject: Subject) -> Grant {
        let found = match self.path {
            ["^", key] => resource.whole.entry(key),
            path => resource.find(path),
        };
        let (rank, word) = self.strength(found.map(|(_, value)| value));
        let span = found.map_or(resource.at.span(), |(key, value)| key.span().start..value.span().end);
        let grant = Grant::allow(self.rule, subject, Reach::one(self.what), self.severity);
        let grant = grant.level(rank, word).at(span);
        if self.is_opening { grant } else { Grant { effect: Effect::Deny, ..grant } }
    }
}

/// The resource as a subject, under its type where that is known.
pub(super) fn subject(resource: &Resource<'_>) -> Subject {
    let short = resource.name.strip_prefix(resource.kind).and_then(|name| name.strip_prefix('.'));
    match KINDS.iter().find(|kind| **kind == resource.kind) {
        Some(kind) => Subject::new(kind, short.unwrap_or(&resource.name)),
        None => Subject::new("resource", resource.name.clone()),
    }
}

/// The settings of every resource of the file.
pub(super) fn grants(input: &Input<'_>, table: &[Switch]) -> Vec<Grant> {
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        let switches: Vec<&Switch> = table.iter().filter(|switch| switch.is_for(resource.kind)).collect();
        let Some(first) = switches.first() else { continue };
        // The resource is there, whatever is set on it.
        let there = Grant::allow(first.rule, subject(&resource), Reach::one("-"), Severity::Low);
        out.push(there.level(0, "no").at(resource.at.span()));
        out.extend(switches.iter().map(|switch| switch.grant(&resource, subject(&resource))));
    }
    out
}

/// A surface of settings in Terraform and CloudFormation.
pub(super) const fn surface(
    marks: &'static [&'static str],
    needs: Option<&'static str>,
    grants: fn(&Input<'_>, World) -> Vec<Grant>,
) -> Surface {
    Surface {
        files: &["**/*.{tf,tofu}", "**/*.tf.json", "**/*.{yml,yaml,json,template}"],
        marks,
        needs,
        grants,
        setting: None,
        newcomers: Newcomers::Vanished,
        absent: None,
        has_fixtures: true,
    }
}
