//! Firewalls of Google Cloud.

use super::super::resource::Resource;
use super::super::value;
use super::rule::{Rule, Way};
use crate::document::Node;

/// Where neither ranges nor tags are named, the rule is for all addresses.
pub(super) fn rules<'d>(resource: &Resource<'d>, out: &mut Vec<Rule<'d>>) {
    let body = resource.body;
    if resource.kind != "google_compute_firewall" || body.get("disabled").is_some_and(Node::is_true) {
        return;
    }
    let way = if body.get("direction").is_some_and(|way| way.is("EGRESS")) { Way::Out } else { Way::In };
    let keys = match way {
        Way::In => ["source_ranges", "source_tags", "source_service_accounts"],
        Way::Out => ["destination_ranges", "", ""],
    };
    let mut peers: Vec<String> = keys.iter().flat_map(|key| resource.texts(key)).collect();
    if peers.is_empty() {
        peers.push("0.0.0.0/0".to_owned());
    }
    let mut targets = resource.texts("target_tags");
    targets.extend(resource.texts("target_service_accounts"));
    for (key, is_denial) in [("allow", false), ("deny", true)] {
        for part in body.get(key).into_iter().flat_map(Node::one_or_many).filter(|part| part.is_map()) {
            let protocol = part.get("protocol").and_then(value::text).unwrap_or_default().to_ascii_lowercase();
            let ports = part.get("ports").map(value::texts).unwrap_or_default();
            let (owner, peers, targets) = (resource.name.clone(), peers.clone(), targets.clone());
            out.push(Rule { owner, way, is_denial, order: None, protocol, ports, peers, targets, at: part });
        }
    }
}
