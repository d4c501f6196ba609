//! Storage: who can read it from outside, and what protects it.

use super::resource::{Resource, resources};
use super::switch::{Scale, Switch, grants, surface};
use super::value;
use crate::detect::grant::{Effect, Grant, Input, Reach, Subject, Surface};
use crate::finding::Severity::{Critical, High, Low, Medium};

/// Buckets, containers and databases with an address in public.
///
/// Buckets are private; within a block of public access each switch that is absent is off; accounts of Azure may hold
/// public containers unless told not to. Source: the providers' references.
pub(in crate::detect::grant) static STORAGE: Surface = surface(
    &[
        "s3_bucket",
        "AWS::S3::Bucket",
        "storage_bucket",
        "azurerm_storage",
        "publicly_accessible",
        "PubliclyAccessible",
        "public_network_access",
        "encrypted",
    ],
    None,
    |input, _| {
        let mut out = grants(input, TABLE);
        out.extend(blocks(input));
        out
    },
);

const PUBLIC: &str = "cloud-public-storage";
const LOSS: &str = "cloud-storage-protection";
/// What begins at `authenticated` is open to people outside.
const ACLS: Scale = Scale::Words(&["private", "authenticated-read", "public-read", "public-read-write"]);
const FORMED_ACLS: Scale = Scale::Words(&["Private", "AuthenticatedRead", "PublicRead", "PublicReadWrite"]);
const PREDEFINED: Scale = Scale::Words(&["private", "authenticatedRead", "publicRead", "publicReadWrite"]);
const CONTAINERS: Scale = Scale::Words(&["private", "blob", "container"]);
const ACCOUNT: &[&str] = &["azurerm_storage_account"];

static TABLE: &[Switch] = &[
    Switch::guard(PUBLIC, &["aws_s3_bucket", "aws_s3_bucket_acl"], &["acl"], "access for all", Critical)
        .scale(ACLS, 0)
        .opens(),
    Switch::guard(PUBLIC, &["AWS::S3::Bucket"], &["AccessControl"], "access for all", Critical)
        .scale(FORMED_ACLS, 0)
        .opens(),
    Switch::guard(
        PUBLIC,
        &["google_storage_bucket_acl", "google_storage_bucket"],
        &["predefined_acl"],
        "access for all",
        Critical,
    )
    .scale(PREDEFINED, 0)
    .opens(),
    Switch::guard(PUBLIC, &["azurerm_storage_container"], &["container_access_type"], "access for all", Critical)
        .scale(CONTAINERS, 0)
        .opens(),
    Switch::guard(PUBLIC, ACCOUNT, &["allow_nested_items_to_be_public"], "public containers", High)
        .scale(Scale::Truth, 1)
        .opens(),
    Switch::guard(PUBLIC, &["azurerm_"], &["public_network_access_enabled"], "an address in public", Medium)
        .scale(Scale::Truth, 1)
        .opens(),
    Switch::guard(PUBLIC, &["aws_"], &["publicly_accessible"], "an address in public", High).opens(),
    Switch::guard(
        PUBLIC,
        &["AWS::RDS::DBInstance", "AWS::Redshift::Cluster"],
        &["PubliclyAccessible"],
        "an address in public",
        High,
    )
    .opens(),
    Switch::guard(LOSS, ACCOUNT, &["https_traffic_only_enabled"], "encrypted connections only", High).by_default(),
    Switch::guard(LOSS, ACCOUNT, &["network_rules", "default_action"], "refusal of other networks", High)
        .scale(Scale::Words(&["Allow", "Deny"]), 0),
    Switch::guard(LOSS, &["google_storage_bucket"], &["public_access_prevention"], "a block of public access", High)
        .scale(Scale::Words(&["inherited", "enforced"]), 0),
    Switch::guard(LOSS, &["google_storage_bucket"], &["uniform_bucket_level_access"], "access by roles only", Medium),
    Switch::guard(LOSS, &["google_storage_bucket"], &["versioning", "enabled"], "versions", Medium),
    Switch::guard(LOSS, &["aws_s3_bucket"], &["versioning", "enabled"], "versions", Medium),
    Switch::guard(LOSS, &["aws_s3_bucket_versioning"], &["versioning_configuration", "status"], "versions", Medium)
        .scale(Scale::Words(&["Disabled", "Suspended", "Enabled"]), 0),
    Switch::guard(
        LOSS,
        &["aws_s3_bucket_versioning"],
        &["versioning_configuration", "mfa_delete"],
        "a second factor for deletions",
        Medium,
    )
    .scale(Scale::Words(&["Disabled", "Enabled"]), 0),
    Switch::guard(LOSS, &["AWS::S3::Bucket"], &["VersioningConfiguration", "Status"], "versions", Medium)
        .scale(Scale::Words(&["Suspended", "Enabled"]), 0),
    Switch::guard(
        LOSS,
        &["aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"],
        &["storage_encrypted"],
        "encryption at rest",
        Medium,
    ),
    Switch::guard(LOSS, &["aws_ebs_volume", "aws_efs_file_system"], &["encrypted"], "encryption at rest", Medium),
    Switch::guard(
        LOSS,
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
        &["StorageEncrypted"],
        "encryption at rest",
        Medium,
    ),
];

/// The four switches of a block of public access, in both languages.
const SWITCHES: [(&str, &str, &str); 4] = [
    ("block_public_acls", "BlockPublicAcls", "refusal of public access lists"),
    ("block_public_policy", "BlockPublicPolicy", "refusal of public policies"),
    ("ignore_public_acls", "IgnorePublicAcls", "deafness to public access lists"),
    ("restrict_public_buckets", "RestrictPublicBuckets", "restriction of public policies"),
];

/// Blocks of public access belong to a bucket: with the bucket they may go, without it they are missed.
fn blocks(input: &Input<'_>) -> Vec<Grant> {
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        let bucket = |name: &str| Subject::new("bucket", name.trim_start_matches("aws_s3_bucket."));
        match resource.kind {
            "aws_s3_bucket" | "AWS::S3::Bucket" => {
                let there = Grant::allow(LOSS, bucket(&resource.name), Reach::one("-"), Low);
                out.push(there.level(0, "no").at(resource.at.span()));
                out.extend(switches(&resource, &["PublicAccessBlockConfiguration"], bucket(&resource.name)));
            }
            "aws_s3_bucket_public_access_block" => {
                out.extend(switches(&resource, &[], bucket(&resource.owner(&["bucket"]))));
            }
            _ => {}
        }
    }
    out
}

fn switches(resource: &Resource<'_>, above: &[&str], subject: Subject) -> Vec<Grant> {
    let mut out = Vec::new();
    // The block as a whole: where it goes, that is one loss.
    let block = if above.is_empty() { Some(resource.body) } else { resource.find(above).map(|(_, block)| block) };
    if let Some(block) = block {
        let grant = Grant::allow(LOSS, subject.clone(), Reach::one("its block of public access"), High);
        out.push(Grant { effect: Effect::Deny, ..grant.level(1, "on").at(block.span()) });
    }
    for (terraform, formation, what) in SWITCHES {
        let key = if resource.kind.starts_with("AWS::") { formation } else { terraform };
        let path: Vec<&str> = above.iter().copied().chain([key]).collect();
        let Some((key, node)) = resource.find(&path) else { continue };
        let is_off = node.is_false() || value::text(node).is_none();
        let grant = Grant::allow(LOSS, subject.clone(), Reach::one(what), High);
        let grant = grant.level(u32::from(!is_off), if is_off { "off" } else { "on" });
        out.push(Grant { effect: Effect::Deny, ..grant.at(key.span().start..node.span().end) });
    }
    out
}
