//! Network rules: who reaches which port.

use super::cidr;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Security groups of AWS, firewalls of Google, security rules of Azure, in Terraform and CloudFormation.
///
/// What no rule lets in stays outside. Source: "Security group rules" (AWS), "VPC firewall rules" (Google Cloud),
/// "Network security groups" (Azure).
pub(in crate::detect::grant) static INGRESS: Surface = Surface {
    files: &["**/*.tf", "**/*.tf.json", "**/*.{yml,yaml,json,template}"],
    marks: &["security_group", "compute_firewall", "network_security", "SecurityGroupIngress"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "cloud-ingress";
/// Ports of logins and of stores.
const DANGEROUS: [i64; 12] = [22, 23, 445, 1433, 2375, 3306, 3389, 5432, 6379, 9200, 11211, 27017];
/// Ports that are named one by one; a wider range is compared as it stands.
const MOST_PORTS: i64 = 1024;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.data().root() else { return Vec::new() };
    let mut out = Vec::new();
    for (kind, resources) in root.get("resource").map(Node::entries).unwrap_or_default() {
        for (name, body) in resources.entries() {
            let name = format!("{}.{}", kind.text().unwrap_or_default(), name.text().unwrap_or_default());
            terraform(kind.text().unwrap_or_default(), &name, body, &mut out);
        }
    }
    for (name, resource) in root.get("Resources").map(Node::entries).unwrap_or_default() {
        let rules = resource.path(&["Properties", "SecurityGroupIngress"]).into_iter().flat_map(Node::one_or_many);
        for rule in rules {
            let from = ["CidrIp", "CidrIpv6"].iter().filter_map(|key| rule.get(key)).flat_map(Node::texts).collect();
            let who = Subject::new("security group", name.text().unwrap_or_default());
            out.extend(rule_of(who, rule, ["FromPort", "ToPort", "IpProtocol"], from));
        }
    }
    out
}

fn terraform(kind: &str, name: &str, body: Node<'_>, out: &mut Vec<Grant>) {
    let who = || Subject::new("network", name);
    let ports = ["from_port", "to_port", "protocol"];
    let texts = |node: Node<'_>, keys: &[&str]| -> Vec<String> {
        keys.iter()
            .filter_map(|key| node.get(key))
            .flat_map(|node| node.texts().map(str::to_owned).collect::<Vec<_>>())
            .collect()
    };
    let cidrs = ["cidr_blocks", "ipv6_cidr_blocks"];
    match kind {
        "aws_security_group" | "aws_default_security_group" => {
            for rule in body.get("ingress").into_iter().flat_map(Node::one_or_many) {
                let from = texts(rule, &cidrs);
                out.extend(rule_of(who(), rule, ports, from.iter().map(String::as_str).collect()));
            }
        }
        "aws_security_group_rule" if body.get("type").is_some_and(|kind| kind.is("ingress")) => {
            let from = texts(body, &cidrs);
            out.extend(rule_of(who(), body, ports, from.iter().map(String::as_str).collect()));
        }
        "aws_vpc_security_group_ingress_rule" => {
            let from = texts(body, &["cidr_ipv4", "cidr_ipv6"]);
            out.extend(rule_of(
                who(),
                body,
                ["from_port", "to_port", "ip_protocol"],
                from.iter().map(String::as_str).collect(),
            ));
        }
        "google_compute_firewall" if !body.get("direction").is_some_and(|way| way.is("EGRESS")) => {
            google(who(), body, out)
        }
        "azurerm_network_security_rule" => azure(who(), body, out),
        "azurerm_network_security_group" => {
            body.get("security_rule").into_iter().flat_map(Node::one_or_many).for_each(|rule| azure(who(), rule, out));
        }
        _ => {}
    }
}

/// A rule with a range of ports and networks.
fn rule_of(who: Subject, rule: Node<'_>, [from, to, protocol]: [&str; 3], networks: Vec<&str>) -> Option<Grant> {
    let number = |key: &str| rule.get(key).and_then(Node::number);
    let protocol = rule.get(protocol).and_then(Node::text).unwrap_or("tcp").to_ascii_lowercase();
    let is_all = matches!(protocol.as_str(), "-1" | "all");
    let range = if is_all { None } else { number(from).zip(number(to)) };
    opened(who, range, if is_all { "*" } else { &protocol }, &networks, rule)
}

fn opened(who: Subject, range: Option<(i64, i64)>, protocol: &str, networks: &[&str], at: Node<'_>) -> Option<Grant> {
    let scope: Vec<String> = networks
        .iter()
        .flat_map(|network| cidr::patterns(network).unwrap_or_else(|| vec![network.replace(['*', '?'], "·")]))
        .collect();
    if scope.is_empty() {
        return None;
    }
    let is_world = networks.iter().any(|network| matches!(*network, "0.0.0.0/0" | "::/0" | "*" | "Internet"));
    let ports = match range {
        None => vec![format!("{protocol} port *")],
        Some((0, 65535)) => vec![format!("{protocol} port *")],
        Some((first, last)) if last >= first && last - first <= MOST_PORTS => {
            (first..=last).map(|port| format!("{protocol} port {port}")).collect()
        }
        Some((first, last)) => vec![format!("{protocol} port {first}-{last}")],
    };
    let touches = |port: &i64| range.is_none_or(|(first, last)| (first..=last).contains(port));
    let is_web = range.is_some_and(|range| matches!(range, (80, 80) | (443, 443)));
    let severity = match is_world {
        true if is_web => Severity::Medium,
        true if DANGEROUS.iter().any(touches) => Severity::Critical,
        true => Severity::High,
        false => Severity::Medium,
    };
    let grant = Grant::allow(RULE, who, Reach::of(ports), severity).on(Reach::of(scope));
    let grant = grant.level(1, "let in").at(at.span());
    Some(if severity == Severity::Critical { grant.alone(Severity::Medium) } else { grant })
}

/// `80`, `8000-8100`.
fn range(text: &str) -> Option<(i64, i64)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}

fn google(who: Subject, body: Node<'_>, out: &mut Vec<Grant>) {
    let networks: Vec<&str> = body.get("source_ranges").into_iter().flat_map(Node::texts).collect();
    for allowed in body.get("allow").into_iter().flat_map(Node::one_or_many) {
        let protocol = allowed.get("protocol").and_then(Node::text).unwrap_or("*");
        let protocol = if protocol == "all" { "*" } else { protocol };
        let ports: Vec<&str> = allowed.get("ports").into_iter().flat_map(Node::texts).collect();
        if ports.is_empty() {
            out.extend(opened(who.clone(), None, protocol, &networks, allowed));
        }
        out.extend(
            ports.iter().filter_map(|port| opened(who.clone(), Some(range(port)?), protocol, &networks, allowed)),
        );
    }
}

fn azure(who: Subject, rule: Node<'_>, out: &mut Vec<Grant>) {
    let is = |key: &str, value: &str| {
        rule.get(key).and_then(Node::text).is_some_and(|text| text.eq_ignore_ascii_case(value))
    };
    if !is("access", "Allow") || !is("direction", "Inbound") {
        return;
    }
    let texts = |one: &str, many: &str| -> Vec<&str> {
        [one, many].iter().filter_map(|key| rule.get(key)).flat_map(Node::texts).collect()
    };
    let networks: Vec<&str> = texts("source_address_prefix", "source_address_prefixes")
        .into_iter()
        .map(|network| if matches!(network, "*" | "Internet" | "Any") { "0.0.0.0/0" } else { network })
        .collect();
    let protocol = rule.get("protocol").and_then(Node::text).unwrap_or("*").to_ascii_lowercase();
    for port in texts("destination_port_range", "destination_port_ranges") {
        let range = if port == "*" { None } else { range(port) };
        out.extend(opened(who.clone(), range, &protocol, &networks, rule));
    }
}
