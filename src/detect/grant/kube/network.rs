//! Exposure: who reaches pods and services.

use super::object::{Object, both, is_filled_in, literal, objects, surface};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Network policies, services, ingresses, and the policies of Istio.
///
/// A pod that no policy selects is open to all; an empty list of peers is everyone. A service is reached from inside the
/// cluster unless its type says more. Source: "Network Policies", "Service" and "Ingress" in the documentation of
/// Kubernetes; "PeerAuthentication" and "AuthorizationPolicy" in Istio's.
pub(in crate::detect::grant) static NETWORK: Surface = surface(
    &["NetworkPolicy", "Service", "Ingress", "PeerAuthentication", "AuthorizationPolicy"],
    grants,
    Newcomers::DangerousLine,
);

const POLICY: &str = "kube-network-policy";
const SERVICE: &str = "kube-service-exposure";
const INGRESS: &str = "kube-ingress";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    for object in objects(input.data()) {
        match object.kind {
            "NetworkPolicy" | "CiliumNetworkPolicy" => policy(input, object, &mut out),
            "Service" => out.push(service(object)),
            "Ingress" => ingress(object, &mut out),
            "PeerAuthentication" => out.push(peers(object)),
            "AuthorizationPolicy" => {
                let grant = Grant::guard(
                    POLICY,
                    object.subject("authorization policy"),
                    Reach::one("its checks"),
                    Severity::High,
                );
                out.push(grant.level(1, "in force").at(object.span()));
            }
            _ => {}
        }
    }
    out
}

fn policy(input: &Input<'_>, object: Object<'_>, out: &mut Vec<Grant>) {
    let Some(spec) = object.root.get("spec") else { return };
    let selector = spec.get("podSelector").map(Node::canonical).unwrap_or_default();
    // Of two selectors nothing shows which selects more, unless one selects all.
    let is_for_all = selector == "{}" || selector.is_empty();
    // One for some pods often goes with them.
    let severity = if is_for_all { Severity::High } else { Severity::Medium };
    let pods = if is_for_all { Reach::all() } else { Reach::one("the pods it selects") };
    let types: Vec<&str> = spec.get("policyTypes").into_iter().flat_map(Node::texts).collect();
    let is = |kind: &str, key: &str| types.contains(&kind) || types.is_empty() && (kind == "Ingress" || spec.has(key));
    for (kind, key, word, peers) in [("Ingress", "ingress", "incoming", "from"), ("Egress", "egress", "outgoing", "to")]
    {
        if !is(kind, key) {
            continue;
        }
        let what = Reach::one(format!("the wall against {word} traffic"));
        let guard = Grant::guard(POLICY, Subject::new("network policy", object.name()), what, severity);
        out.push(guard.on(pods.clone()).level(1, "in force").at(object.span()));
        let subject = Subject::new("policy", object.name());
        let nothing = Grant::allow(POLICY, subject.clone(), Reach::one(format!("{word} traffic: *")), Severity::Low);
        out.push(nothing.level(0, "none").at(object.span()));
        if spec.entry(key).is_some_and(|entry| is_filled_in(entry, input.text)) {
            let whom = Reach::one(format!("{word} traffic: *"));
            out.push(Grant::unknown(POLICY, subject.clone(), whom).at(object.span()));
        }
        for rule in spec.get(key).into_iter().flat_map(Node::items) {
            let ports: Vec<String> =
                rule.get("ports").into_iter().flat_map(Node::items).map(|port| literal(&port.canonical())).collect();
            let scope = if ports.is_empty() { Reach::all() } else { Reach::of(ports) };
            let named: Vec<Node<'_>> = rule.get(peers).into_iter().flat_map(Node::items).collect();
            let whom: Vec<String> =
                named.iter().map(|peer| format!("{word} traffic: {}", literal(&peer.canonical()))).collect();
            let whom = if whom.is_empty() { vec![format!("{word} traffic: *")] } else { whom };
            let grant = Grant::allow(POLICY, subject.clone(), Reach::of(whom), Severity::Medium).on(scope);
            out.push(grant.level(1, "allowed").at(rule.span()));
        }
    }
}

fn service(object: Object<'_>) -> Grant {
    let entry = object.root.get("spec").and_then(|spec| spec.entry("type"));
    let is_internal = object.root.path(&["metadata", "annotations"]).map(Node::entries).unwrap_or_default().iter().any(
        |(key, value)| {
            key.text().is_some_and(|key| key.contains("internal")) && !value.is_false()
                || value.text().is_some_and(|value| value.eq_ignore_ascii_case("internal"))
        },
    );
    let (rank, name) = match entry.and_then(|(_, value)| value.text()) {
        Some("LoadBalancer") if is_internal => (2, "its network"),
        Some("LoadBalancer") => (3, "everyone outside"),
        Some("NodePort") => (1, "whoever reaches a node"),
        _ => (0, "the cluster"),
    };
    let grant = Grant::allow(SERVICE, object.subject("service"), Reach::one("its callers"), Severity::Medium);
    let grant = grant.level(rank, name).at(entry.map_or(object.span(), both));
    let ranges: Vec<&str> =
        object.root.path(&["spec", "loadBalancerSourceRanges"]).into_iter().flat_map(Node::texts).collect();
    if ranges.is_empty() { grant } else { grant.only_if("from", Reach::of(ranges)) }
}

fn ingress(object: Object<'_>, out: &mut Vec<Grant>) {
    let subject = object.subject("ingress");
    for (key, value) in object.root.path(&["metadata", "annotations"]).map(Node::entries).unwrap_or_default() {
        let name = key.text().unwrap_or_default();
        let short = name.rsplit('/').next().unwrap_or(name);
        let span = key.span().start..value.span().end;
        if short.ends_with("-snippet") {
            let what = Reach::one(format!("configuration of the proxy by {short}"));
            out.push(Grant::allow(INGRESS, subject.clone(), what, Severity::High).level(1, "written").at(span));
        } else if ["auth-", "whitelist-source-range", "allowlist-source-range", "force-ssl-redirect"]
            .iter()
            .any(|p| short.starts_with(p))
        {
            let what = Reach::one(format!("the check by {short}"));
            out.push(Grant::deny(INGRESS, subject.clone(), what, Severity::High).level(1, "in force").at(span));
        }
    }
    // It is there, whatever it checks.
    out.push(Grant::allow(INGRESS, subject.clone(), Reach::one("-"), Severity::Low).level(0, "none"));
    if let Some(entry) = object.root.get("spec").and_then(|spec| spec.entry("tls")) {
        let grant = Grant::deny(INGRESS, subject, Reach::one("encryption by tls"), Severity::High);
        out.push(grant.level(1, "in force").at(both(entry)));
    }
}

fn peers(object: Object<'_>) -> Grant {
    let entry = object.root.path(&["spec", "mtls"]).and_then(|mtls| mtls.entry("mode"));
    let (rank, name) = match entry.and_then(|(_, value)| value.text()) {
        Some("STRICT") => (0, "refused"),
        Some("DISABLE") => (2, "all there is"),
        _ => (1, "accepted"),
    };
    let grant = Grant::allow(POLICY, object.subject("mesh"), Reach::one("unencrypted calls"), Severity::High);
    grant.level(rank, name).at(entry.map_or(object.span(), both))
}
