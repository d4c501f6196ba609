//! Security groups and network access lists of AWS.

use super::super::resource::Resource;
use super::super::value;
use super::rule::{Rule, Way};
use crate::document::Node;

const PEERS: [&str; 5] = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups", "self"];

pub(super) fn terraform<'d>(resource: &Resource<'d>, out: &mut Vec<Rule<'d>>) {
    let body = resource.body;
    let ways = [("ingress", Way::In), ("egress", Way::Out)];
    let of_group = || resource.owner(&["security_group_id"]);
    match resource.kind {
        "aws_security_group" | "aws_default_security_group" => {
            for (key, way) in ways {
                let rules = body.get(key).into_iter().flat_map(Node::one_or_many).filter(|rule| rule.is_map());
                out.extend(rules.map(|rule| group(resource.name.clone(), way, rule, &PEERS)));
            }
        }
        "aws_security_group_rule" => {
            let way = if body.get("type").is_some_and(|way| way.is("egress")) { Way::Out } else { Way::In };
            let keys = ["cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "source_security_group_id", "self"];
            out.push(group(of_group(), way, body, &keys));
        }
        "aws_vpc_security_group_ingress_rule" | "aws_vpc_security_group_egress_rule" => {
            let way = if resource.kind.contains("egress") { Way::Out } else { Way::In };
            let keys = ["cidr_ipv4", "cidr_ipv6", "prefix_list_id", "referenced_security_group_id"];
            out.push(group(of_group(), way, body, &keys));
        }
        "aws_network_acl" | "aws_default_network_acl" => {
            for (key, way) in ways {
                let rules = body.get(key).into_iter().flat_map(Node::one_or_many).filter(|rule| rule.is_map());
                out.extend(rules.map(|rule| list(resource.name.clone(), way, rule, ["action", "rule_no"])));
            }
        }
        "aws_network_acl_rule" => {
            let way = if body.get("egress").is_some_and(Node::is_true) { Way::Out } else { Way::In };
            out.push(list(resource.owner(&["network_acl_id"]), way, body, ["rule_action", "rule_number"]));
        }
        _ => {}
    }
}

pub(super) fn formation<'d>(resource: &Resource<'d>, out: &mut Vec<Rule<'d>>) {
    let keys = [
        "CidrIp",
        "CidrIpv6",
        "SourcePrefixListId",
        "SourceSecurityGroupId",
        "DestinationSecurityGroupId",
        "SourceSecurityGroupName",
    ];
    let own = || resource.owner(&["GroupId"]).trim_start_matches("${").trim_end_matches('}').replace(".GroupId", "");
    match resource.kind {
        "AWS::EC2::SecurityGroup" => {
            for (key, way) in [("SecurityGroupIngress", Way::In), ("SecurityGroupEgress", Way::Out)] {
                let rules = resource.body.get(key).into_iter().flat_map(value::branches).filter(|rule| rule.is_map());
                out.extend(rules.map(|rule| group(resource.name.clone(), way, rule, &keys)));
            }
        }
        "AWS::EC2::SecurityGroupIngress" => out.push(group(own(), Way::In, resource.body, &keys)),
        "AWS::EC2::SecurityGroupEgress" => out.push(group(own(), Way::Out, resource.body, &keys)),
        _ => {}
    }
}

fn first(node: Node<'_>, keys: [&str; 3]) -> Option<String> {
    keys.iter().find_map(|key| node.get(key)).and_then(value::text)
}

fn group<'d>(owner: String, way: Way, rule: Node<'d>, peers: &[&str]) -> Rule<'d> {
    let protocol = first(rule, ["protocol", "ip_protocol", "IpProtocol"]).unwrap_or_else(|| "-1".to_owned());
    let from = first(rule, ["from_port", "FromPort", "FromPort"]);
    let to = first(rule, ["to_port", "ToPort", "ToPort"]);
    let ports = match (protocol.as_str(), from, to) {
        ("-1" | "all", ..) | (_, None, None) => Vec::new(),
        (_, Some(from), None) => vec![from],
        (_, from, Some(to)) => vec![format!("{}-{to}", from.unwrap_or_else(|| to.clone()))],
    };
    let texts = |key: &&str| match rule.get(key) {
        Some(node) if *key == "self" => node.is_true().then(|| "itself".to_owned()).into_iter().collect(),
        Some(node) => value::texts(node),
        None => Vec::new(),
    };
    let peers = peers.iter().flat_map(texts).collect();
    let protocol = protocol.to_ascii_lowercase();
    Rule { owner, way, is_denial: false, order: None, protocol, ports, peers, targets: Vec::new(), at: rule }
}

fn list<'d>(owner: String, way: Way, rule: Node<'d>, [action, number]: [&str; 2]) -> Rule<'d> {
    let peers = ["cidr_block", "ipv6_cidr_block"];
    let order = rule.get(number).and_then(Node::number);
    let is_denial = rule.get(action).and_then(Node::text).is_some_and(|action| action.eq_ignore_ascii_case("deny"));
    Rule { is_denial, order, ..group(owner, way, rule, &peers) }
}
