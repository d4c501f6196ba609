//! Which verbs on which resources are a way to more than they say.

use crate::finding::Severity;

const READS: [&str; 3] = ["get", "list", "watch"];
const WRITES: [&str; 3] = ["create", "update", "patch"];

/// Resources of one group that are a way to more, with the verbs that open it.
struct Power {
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    severity: Severity,
}

const fn power(
    group: &'static str,
    resources: &'static [&'static str],
    verbs: &'static [&'static str],
    severity: Severity,
) -> Power {
    Power { group, resources, verbs, severity }
}

/// From "RBAC Good Practices" in the documentation of Kubernetes, its part about privilege escalation; ways into running
/// pods added.
const POWERS: [Power; 19] = [
    // The node runs what is asked of it, and a `get` is enough to ask.
    power("core", &["nodes/proxy"], &["get", "create", "update", "patch", "delete"], Severity::Critical),
    power("core", &["users", "groups", "serviceaccounts"], &["impersonate"], Severity::Critical),
    power("authentication.k8s.io", &["users", "groups", "uids", "userextras"], &["impersonate"], Severity::Critical),
    power("rbac.authorization.k8s.io", &["roles", "clusterroles"], &["escalate", "bind"], Severity::Critical),
    power("core", &["secrets"], &READS, Severity::High),
    power("core", &["pods", "replicationcontrollers"], &WRITES, Severity::High),
    power("core", &["pods/exec", "pods/attach", "pods/portforward"], &["get", "create"], Severity::High),
    power("core", &["pods/ephemeralcontainers"], &["update", "patch"], Severity::High),
    power("core", &["pods/proxy", "services/proxy"], &["create", "update", "patch", "delete"], Severity::Medium),
    power("core", &["persistentvolumes"], &["create"], Severity::High),
    power("core", &["serviceaccounts/token"], &["create"], Severity::High),
    // The labels of a name space decide which pods it admits.
    power("core", &["namespaces"], &["update", "patch"], Severity::High),
    power("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"], &WRITES, Severity::High),
    power("extensions", &["deployments", "daemonsets", "replicasets"], &WRITES, Severity::High),
    power("batch", &["jobs", "cronjobs"], &WRITES, Severity::High),
    power(
        "rbac.authorization.k8s.io",
        &["roles", "clusterroles", "rolebindings", "clusterrolebindings"],
        &WRITES,
        Severity::High,
    ),
    power("certificates.k8s.io", &["certificatesigningrequests/approval"], &["update", "patch"], Severity::High),
    power("certificates.k8s.io", &["signers"], &["approve", "sign"], Severity::High),
    power(
        "admissionregistration.k8s.io",
        &["validatingwebhookconfigurations", "mutatingwebhookconfigurations"],
        &WRITES,
        Severity::High,
    ),
];

/// How bad it is to gain this verb on this resource of this group. Groups that are not Kubernetes' own hold what their
/// operators make of them: to write there is medium.
pub(super) fn severity(verb: &str, resource: &str, group: &str) -> Severity {
    let is = |pattern: &str, name: &str| pattern == name || pattern == "*";
    let touches = |power: &&Power| {
        is(group, power.group)
            && power.verbs.iter().any(|name| is(verb, name))
            && power.resources.iter().any(|name| resource_is(resource, name))
    };
    let worst = POWERS.iter().filter(touches).map(|power| power.severity).max();
    let plain = if READS.contains(&verb) { Severity::Low } else { Severity::Medium };
    worst.unwrap_or(plain).max(plain)
}

/// True if the resource of a rule is this one: `*` is every one, `*/scale` and `pods/*` are all that fit.
fn resource_is(pattern: &str, name: &str) -> bool {
    if pattern == name || pattern == "*" {
        return true;
    }
    match (pattern.split_once('/'), name.split_once('/')) {
        (Some((own, part)), Some((of, sub))) => (own == "*" || own == of) && (part == "*" || part == sub),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_keeps_its_stars_to_itself() {
        assert_eq!(severity("*", "*", "*"), Severity::Critical);
        assert_eq!(severity("*", "*", "core"), Severity::Critical);
        assert_eq!(severity("*", "*", "example.com"), Severity::Medium);
        assert_eq!(severity("*", "*", "apps"), Severity::High);
        assert_eq!(severity("list", "*", "example.com"), Severity::Low);
    }

    #[test]
    fn ways_to_more_are_known() {
        assert_eq!(severity("get", "nodes/proxy", "core"), Severity::Critical);
        assert_eq!(severity("get", "secrets", "core"), Severity::High);
        assert_eq!(severity("get", "secrets", "example.com"), Severity::Low);
        assert_eq!(severity("bind", "clusterroles", "rbac.authorization.k8s.io"), Severity::Critical);
        assert_eq!(severity("create", "pods/*", "core"), Severity::High);
        assert_eq!(severity("update", "*/scale", "apps"), Severity::Medium);
        assert_eq!(severity("get", "configmaps", "core"), Severity::Low);
        assert_eq!(severity("delete", "configmaps", "core"), Severity::Medium);
    }
}
