//! Switches in the values of charts, whose names say what they open or close.

use super::object::{both, literal};
use crate::detect::grant::{Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

const RULE: &str = "kube-values-switch";

/// What a switch does when it is on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// It protects.
    Closes,
    /// It gives.
    Opens,
}

/// A switch: the key it stands at, the key in there if it is a map, and what is gained where it is open.
struct Switch {
    kind: &'static str,
    names: &'static [&'static str],
    inner: &'static [&'static str],
    on: On,
    gained: &'static str,
    severity: Severity,
}

const ENABLED: &[&str] = &["enabled", "enable", "create"];

const SWITCHES: [Switch; 10] = [
    Switch {
        kind: "the chart's network by",
        names: &["networkPolicy", "networkPolicies"],
        inner: ENABLED,
        on: On::Closes,
        gained: "traffic that was refused",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's logins by",
        names: &["auth", "authentication"],
        inner: ENABLED,
        on: On::Closes,
        gained: "callers without a login",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's permissions by",
        names: &["authorization", "acl", "acls", "accessControl"],
        inner: ENABLED,
        on: On::Closes,
        gained: "callers who were refused",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's connections by",
        names: &["tls", "mtls", "ssl"],
        inner: ENABLED,
        on: On::Closes,
        gained: "traffic in the clear",
        severity: Severity::Medium,
    },
    Switch {
        kind: "the chart's visitors by",
        names: &["anonymous", "auth.anonymous", "anonymousAccess", "allowAnonymous"],
        inner: ENABLED,
        on: On::Opens,
        gained: "callers without a name",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's certificate checks by",
        names: &[
            "insecureSkipVerify",
            "insecureSkipTLSVerify",
            "insecure_skip_verify",
            "tlsSkipVerify",
            "skipTlsVerify",
        ],
        inner: &[],
        on: On::Opens,
        gained: "any certificate",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's roles by",
        names: &["rbac"],
        inner: &[
            "clusterRole",
            "clusterWide",
            "clusterScoped",
            "clusterWideAccess",
            "createClusterRole",
            "createClusterRoles",
        ],
        on: On::Opens,
        gained: "the whole cluster",
        severity: Severity::High,
    },
    Switch {
        kind: "the chart's accounts by",
        names: &["rbac"],
        inner: ENABLED,
        on: On::Opens,
        gained: "the roles of the chart",
        severity: Severity::Medium,
    },
    Switch {
        kind: "the chart's tokens by",
        names: &["automountServiceAccountToken"],
        inner: &[],
        on: On::Opens,
        gained: "a token of their account",
        severity: Severity::Medium,
    },
    Switch {
        kind: "the chart's service account by",
        names: &["serviceAccount"],
        inner: &["automount", "automountServiceAccountToken"],
        on: On::Opens,
        gained: "a token in every pod",
        severity: Severity::Medium,
    },
];

/// The switches among the keys of one map.
pub(super) fn grants(path: &str, map: Node<'_>, out: &mut Vec<Grant>) {
    for switch in &SWITCHES {
        for name in switch.names {
            let Some(entry) = map.entry(name) else { continue };
            let inner = switch.inner.iter().filter_map(|inner| entry.1.entry(inner)).next();
            // Some charts take `tls: true` for `tls: {enabled: true}`.
            let is_plain = switch.inner.is_empty() || switch.inner == ENABLED;
            let Some(found) = inner.or(Some(entry).filter(|_| is_plain)) else { continue };
            let Some(truth) = found.1.truth() else { continue };
            let is_open = truth == (switch.on == On::Opens);
            let (rank, state) = (u32::from(is_open), if truth { "on" } else { "off" });
            let place = if inner.is_some() { joined(path, name) } else { joined(path, "") };
            let place = if place.is_empty() { "the values" } else { place.trim_end_matches('.') };
            let subject = Subject::new(switch.kind, place);
            let grant = Grant::allow(RULE, subject, Reach::one(switch.gained), switch.severity);
            out.push(grant.level(rank, state).at(both(found)));
        }
    }
    ladders(path, map, out);
}

/// A path with one more step.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A key with steps, from the strictest on.
struct Ladder {
    kind: &'static str,
    key: &'static str,
    steps: &'static [&'static str],
    gained: &'static str,
    severity: Severity,
}

const LADDERS: [Ladder; 4] = [
    Ladder {
        kind: "the chart's service by",
        key: "type",
        steps: &["ClusterIP", "NodePort", "LoadBalancer"],
        gained: "callers from further away",
        severity: Severity::Medium,
    },
    Ladder {
        kind: "the chart's policies by",
        key: "podSecurityStandard",
        steps: &["restricted", "baseline", "privileged"],
        gained: "pods that were refused",
        severity: Severity::High,
    },
    Ladder {
        kind: "the chart's policies by",
        key: "validationFailureAction",
        steps: &["enforce", "audit"],
        gained: "objects that break them",
        severity: Severity::High,
    },
    Ladder {
        kind: "the chart's name spaces by",
        key: "pod-security.kubernetes.io/enforce",
        steps: &["restricted", "baseline", "privileged"],
        gained: "pods that were refused",
        severity: Severity::High,
    },
];

fn ladders(path: &str, map: Node<'_>, out: &mut Vec<Grant>) {
    for ladder in &LADDERS {
        let Some(entry) = map.entry(ladder.key) else { continue };
        let text = entry.1.text().unwrap_or_default();
        let is_service = ladder.key != "type" || path.to_ascii_lowercase().ends_with("service");
        let step = ladder.steps.iter().position(|step| step.eq_ignore_ascii_case(text)).filter(|_| is_service);
        let Some(step) = step else { continue };
        let place = if path.is_empty() { "the values" } else { path };
        let subject = Subject::new(ladder.kind, place);
        let grant = Grant::allow(RULE, subject, Reach::one(ladder.gained), ladder.severity);
        out.push(grant.level(u32::try_from(step).unwrap_or(u32::MAX), literal(text)).at(both(entry)));
    }
}
