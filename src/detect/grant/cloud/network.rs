//! Network rules: who reaches which port.

mod aws;
mod azure;
mod google;
mod rule;

use super::resource::{Resource, resources};
use crate::detect::grant::{Grant, Input, Newcomers, Surface, World};
use rule::Rule;

/// Security groups and access lists of AWS, firewalls of Google, security rules of Azure, in Terraform and
/// CloudFormation.
///
/// What no rule lets in stays outside. Source: "Security group rules" and "Network ACL rules" (AWS), "VPC firewall rules"
/// (Google Cloud), "Network security groups" (Azure).
pub(in crate::detect::grant) static INGRESS: Surface = Surface {
    files: &["**/*.{tf,tofu}", "**/*.tf.json", "**/*.{yml,yaml,json,template}"],
    marks: &[
        "security_group",
        "network_acl",
        "compute_firewall",
        "network_security",
        "SecurityGroupIngress",
        "SecurityGroupEgress",
    ],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut rules: Vec<Rule<'_>> = Vec::new();
    for resource in resources(input.data()) {
        of_resource(&resource, &mut rules);
    }
    rule::grants(&rules)
}

fn of_resource<'d>(resource: &Resource<'d>, out: &mut Vec<Rule<'d>>) {
    match resource.kind {
        kind if kind.starts_with("google_") => google::rules(resource, out),
        kind if kind.starts_with("azurerm_") => azure::rules(resource, out),
        kind if kind.starts_with("AWS::") => aws::formation(resource, out),
        _ => aws::terraform(resource, out),
    }
}
