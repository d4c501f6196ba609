//! What watches: trails, detectors, logs, and how long they are kept.

use super::resource::resources;
use super::switch::{Scale, Switch, grants, surface};
use crate::detect::grant::{Effect, Grant, Input, Reach, Subject, Surface};
use crate::finding::Severity::{self, High, Low, Medium};

/// Trails, detectors, recorders, flow logs, retention and keys.
///
/// A trail logs unless told not to, in one region and without digests. A group of logs without a number of days is kept for
/// ever; a key waits 30 days before it is destroyed. Source: the reference of Terraform's AWS provider.
pub(in crate::detect::grant) static AUDIT: Surface = surface(
    &[
        "cloudtrail",
        "guardduty",
        "securityhub",
        "config_configuration_recorder",
        "flow_log",
        "log_group",
        "aws_kms_key",
        "organizations_policy",
        "logging_project_sink",
        "AWS::CloudTrail",
        "AWS::GuardDuty",
    ],
    None,
    |input, _| {
        let mut out = grants(input, TABLE);
        out.extend(watchers(input));
        out
    },
);

const RULE: &str = "cloud-audit";
const TRAIL: &[&str] = &["aws_cloudtrail"];
const FORMED: &[&str] = &["AWS::CloudTrail::Trail"];

static TABLE: &[Switch] = &[
    Switch::guard(RULE, TRAIL, &["enable_logging"], "logging", High).by_default(),
    Switch::guard(RULE, TRAIL, &["is_multi_region_trail"], "logs of all regions", High),
    Switch::guard(RULE, TRAIL, &["enable_log_file_validation"], "proof against changed logs", High),
    Switch::guard(RULE, TRAIL, &["include_global_service_events"], "logs of global services", High).by_default(),
    Switch::guard(RULE, TRAIL, &["is_organization_trail"], "logs of all accounts", High),
    Switch::guard(RULE, TRAIL, &["kms_key_id"], "its own key", Medium).scale(Scale::Presence, 0),
    Switch::guard(RULE, FORMED, &["IsLogging"], "logging", High),
    Switch::guard(RULE, FORMED, &["IsMultiRegionTrail"], "logs of all regions", High),
    Switch::guard(RULE, FORMED, &["EnableLogFileValidation"], "proof against changed logs", High),
    Switch::guard(RULE, &["aws_guardduty_detector"], &["enable"], "detection", High).by_default(),
    Switch::guard(RULE, &["AWS::GuardDuty::Detector"], &["Enable"], "detection", High),
    Switch::guard(RULE, &["aws_config_configuration_recorder_status"], &["is_enabled"], "recording", High),
    Switch::guard(RULE, &["aws_cloudwatch_log_group"], &["retention_in_days"], "days of logs", Low)
        .scale(Scale::Endless, u32::MAX - 1),
    Switch::guard(RULE, &["aws_kms_key"], &["enable_key_rotation"], "rotation", Medium),
    Switch::guard(RULE, &["aws_kms_key"], &["deletion_window_in_days"], "days until a deletion is final", Medium)
        .scale(Scale::Number, 30),
];

/// Resources that watch by being there, with what is lost with them.
const WATCHERS: [(&str, &str, Severity); 10] = [
    ("aws_cloudtrail", "a trail of what is done in the account", High),
    ("aws_guardduty_detector", "detection of threats", High),
    ("aws_securityhub_account", "its security hub", High),
    ("aws_config_configuration_recorder", "a record of configurations", High),
    ("aws_flow_log", "a log of network flows", Medium),
    ("aws_s3_bucket_logging", "a log of accesses to a bucket", Medium),
    ("aws_organizations_policy", "a policy of the organisation", High),
    ("aws_organizations_policy_attachment", "an attached policy of the organisation", High),
    ("google_logging_project_sink", "a sink of logs", Medium),
    ("aws_s3_account_public_access_block", "a block of public access for the account", High),
];

/// A watcher gone from a file that stays. That the whole file goes says nothing: it may have moved.
fn watchers(input: &Input<'_>) -> Vec<Grant> {
    let file = || Subject::new("the configuration", "");
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        let there = Grant::allow(RULE, file(), Reach::one("-"), Low).level(0, "no");
        if out.is_empty() {
            out.push(there.at(resource.at.span()));
        }
        if let Some((_, what, severity)) = WATCHERS.iter().find(|(kind, ..)| *kind == resource.kind) {
            let grant = Grant::allow(RULE, file(), Reach::one(*what), *severity).level(1, "there");
            out.push(Grant { effect: Effect::Deny, ..grant.at(resource.at.span()) });
        }
    }
    out
}
