//! What keeps resources and their data from being destroyed by mistake.

use super::switch::{Scale, Switch, grants, surface};
use crate::detect::grant::Surface;
use crate::finding::Severity::{High, Medium};

/// Deletion protection, final snapshots, backups.
///
/// Nothing is protected unless it says so, but for databases, clusters and tables of Google, which Terraform protects by
/// default. CloudFormation deletes what has no policy. Source: the providers' references and "DeletionPolicy attribute".
pub(in crate::detect::grant) static SAFETY: Surface = surface(
    &[
        "prevent_destroy",
        "protection",
        "final_snapshot",
        "force_de",
        "backup_retention",
        "DeletionPolicy",
        "UpdateReplacePolicy",
        "BackupRetentionPeriod",
        "api_termination",
        "recovery_window",
    ],
    None,
    |input, _| grants(input, TABLE),
);

const RULE: &str = "cloud-safety-switch";
const DATABASES: &[&str] =
    &["aws_db_instance", "aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster", "aws_redshift_cluster"];
const FORMATION: &[&str] = &[
    "AWS::RDS::DBInstance",
    "AWS::RDS::DBCluster",
    "AWS::DynamoDB::Table",
    "AWS::DocDB::DBCluster",
    "AWS::Neptune::DBCluster",
    "AWS::Cognito::UserPool",
];
/// What holds data that nobody has twice.
const STATEFUL: &[&str] = &[
    "AWS::S3::Bucket",
    "AWS::DynamoDB::Table",
    "AWS::DynamoDB::GlobalTable",
    "AWS::EFS::FileSystem",
    "AWS::EC2::Volume",
    "AWS::KMS::Key",
    "AWS::SecretsManager::Secret",
    "AWS::Cognito::UserPool",
    "AWS::Logs::LogGroup",
    "AWS::ECR::Repository",
    "AWS::SQS::Queue",
];
const SNAPSHOT_BY_DEFAULT: &[&str] = &["AWS::RDS::DBCluster", "AWS::RDS::DBInstance"];
const POLICIES: Scale = Scale::Words(&["Delete", "RetainExceptOnCreate", "Snapshot", "Retain"]);
const PROTECTED_BY_DEFAULT: &[&str] = &[
    "google_sql_database_instance",
    "google_container_cluster",
    "google_bigquery_table",
    "google_spanner_database",
    "google_bigtable_instance",
    "google_compute_instance_from_template",
];
const DELETION: &str = "deletion protection";

static TABLE: &[Switch] = &[
    Switch::guard(RULE, &["aws_", "google_", "azurerm_"], &["lifecycle", "prevent_destroy"], "`prevent_destroy`", High),
    Switch::guard(RULE, &["aws_"], &["deletion_protection"], DELETION, High),
    Switch::guard(RULE, &["aws_"], &["deletion_protection_enabled"], DELETION, High),
    Switch::guard(RULE, &["aws_"], &["enable_deletion_protection"], DELETION, Medium),
    Switch::guard(RULE, &["aws_instance"], &["disable_api_termination"], "protection from termination", Medium),
    Switch::guard(RULE, PROTECTED_BY_DEFAULT, &["deletion_protection"], DELETION, High).by_default(),
    Switch::guard(RULE, &["google_compute_instance"], &["deletion_protection"], DELETION, Medium),
    Switch::guard(RULE, DATABASES, &["skip_final_snapshot"], "a snapshot before deletion", High)
        .scale(Scale::Falsehood, 1),
    Switch::guard(
        RULE,
        &["aws_s3_bucket", "google_storage_bucket"],
        &["force_destroy"],
        "refusal to delete what is not empty",
        Medium,
    )
    .scale(Scale::Falsehood, 1),
    Switch::guard(RULE, &["aws_ecr_repository"], &["force_delete"], "refusal to delete what is not empty", Medium)
        .scale(Scale::Falsehood, 1),
    Switch::guard(
        RULE,
        &["google_bigquery_dataset"],
        &["delete_contents_on_destroy"],
        "refusal to delete what is not empty",
        High,
    )
    .scale(Scale::Falsehood, 1),
    Switch::guard(RULE, &["aws_db_instance"], &["backup_retention_period"], "days of backups", High)
        .scale(Scale::Number, 0),
    Switch::guard(
        RULE,
        &["aws_rds_cluster", "aws_docdb_cluster", "aws_neptune_cluster"],
        &["backup_retention_period"],
        "days of backups",
        High,
    )
    .scale(Scale::Number, 1),
    Switch::guard(RULE, &["aws_secretsmanager_secret"], &["recovery_window_in_days"], "days to recover", Medium)
        .scale(Scale::Number, 30),
    Switch::guard(
        RULE,
        &["google_sql_database_instance"],
        &["settings", "backup_configuration", "enabled"],
        "backups",
        High,
    ),
    Switch::guard(RULE, &["azurerm_key_vault"], &["purge_protection_enabled"], "protection from purging", High),
    Switch::guard(RULE, FORMATION, &["DeletionProtection"], DELETION, High),
    Switch::guard(RULE, FORMATION, &["DeletionProtectionEnabled"], DELETION, High),
    Switch::guard(
        RULE,
        &["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"],
        &["BackupRetentionPeriod"],
        "days of backups",
        High,
    )
    .scale(Scale::Number, 1),
    Switch::guard(RULE, STATEFUL, &["^", "DeletionPolicy"], "`DeletionPolicy`", High).scale(POLICIES, 0),
    Switch::guard(RULE, SNAPSHOT_BY_DEFAULT, &["^", "DeletionPolicy"], "`DeletionPolicy`", High).scale(POLICIES, 2),
    Switch::guard(RULE, STATEFUL, &["^", "UpdateReplacePolicy"], "`UpdateReplacePolicy`", High).scale(POLICIES, 0),
    Switch::guard(RULE, SNAPSHOT_BY_DEFAULT, &["^", "UpdateReplacePolicy"], "`UpdateReplacePolicy`", High)
        .scale(POLICIES, 0),
];
