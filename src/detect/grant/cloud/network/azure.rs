//! Network security groups of Azure.

use super::super::resource::Resource;
use super::super::value;
use super::rule::{Rule, Way};
use crate::document::Node;

pub(super) fn rules<'d>(resource: &Resource<'d>, out: &mut Vec<Rule<'d>>) {
    match resource.kind {
        "azurerm_network_security_rule" => {
            out.extend(rule(resource.owner(&["network_security_group_name"]), resource.body));
        }
        "azurerm_network_security_group" => {
            let rules = resource.body.get("security_rule").into_iter().flat_map(Node::one_or_many);
            out.extend(rules.filter_map(|node| rule(resource.name.clone(), node)));
        }
        _ => {}
    }
}

fn rule<'d>(owner: String, node: Node<'d>) -> Option<Rule<'d>> {
    let is = |key: &str, value: &str| {
        node.get(key).and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    let way = if is("direction", "Inbound") { Way::In } else { Way::Out };
    let keys = match way {
        Way::In => ["source_address_prefix", "source_address_prefixes"],
        Way::Out => ["destination_address_prefix", "destination_address_prefixes"],
    };
    let texts = |keys: [&str; 2]| -> Vec<String> {
        keys.iter().filter_map(|key| node.get(key)).flat_map(value::texts).collect()
    };
    let world = |peer: String| match peer.as_str() {
        "*" | "Internet" | "Any" => "0.0.0.0/0".to_owned(),
        _ => peer,
    };
    let ports = texts(["destination_port_range", "destination_port_ranges"]);
    Some(Rule {
        owner,
        way,
        is_denial: is("access", "Deny"),
        order: node.get("priority").and_then(Node::number),
        protocol: node.get("protocol").and_then(Node::text)?.to_ascii_lowercase(),
        ports: if ports.iter().any(|port| port == "*") { Vec::new() } else { ports },
        peers: texts(keys).into_iter().map(world).collect(),
        targets: Vec::new(),
        at: node,
    })
}
