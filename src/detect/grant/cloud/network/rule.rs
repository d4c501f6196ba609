//! One rule of any provider, and what it lets through.

use std::collections::HashMap;

use super::super::{cidr, value};
use crate::detect::grant::{Effect, Grant, Reach, Span, Subject};
use crate::document::Node;
use crate::finding::Severity;

const INGRESS: &str = "cloud-ingress";
const EGRESS: &str = "cloud-egress";
const DENIAL: &str = "cloud-network-denial";
/// Ports of logins, of stores and of machines' own controls.
const DANGEROUS: [u128; 19] =
    [21, 22, 23, 135, 445, 1433, 1521, 2375, 2379, 3306, 3389, 5432, 5900, 5985, 6379, 9200, 10250, 11211, 27017];
const LAST_PORT: u128 = 65535;

/// Which way a rule looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// One rule.
pub(super) struct Rule<'d> {
    /// The group, list or network that the rule belongs to.
    pub(super) owner: String,
    pub(super) way: Way,
    pub(super) is_denial: bool,
    /// Earlier rules decide; `None` where all of them count alike.
    pub(super) order: Option<i64>,
    /// `tcp`, `6`, `-1`, ….
    pub(super) protocol: String,
    /// Ranges such as `22` and `8000-8100`; none means all.
    pub(super) ports: Vec<String>,
    /// Networks, other groups, tags.
    pub(super) peers: Vec<String>,
    /// The machines for which it holds, if not all.
    pub(super) targets: Vec<String>,
    pub(super) at: Node<'d>,
}

/// Every rule as grants. A denial counts only where no rule before it lets the same through.
pub(super) fn grants(rules: &[Rule<'_>]) -> Vec<Grant> {
    let mut first_allowed: HashMap<(&str, bool), i64> = HashMap::new();
    for rule in rules.iter().filter(|rule| !rule.is_denial) {
        let first = first_allowed.entry((&rule.owner, rule.way == Way::In)).or_insert(i64::MAX);
        *first = (*first).min(rule.order.unwrap_or(i64::MAX));
    }
    let comes_first = |rule: &Rule<'_>| {
        let first = first_allowed.get(&(rule.owner.as_str(), rule.way == Way::In)).copied().unwrap_or(i64::MAX);
        rule.order.is_none_or(|order| order < first)
    };
    let mut out = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.is_denial || comes_first(rule)) {
        rule.grants(&mut out);
    }
    out
}

impl Rule<'_> {
    fn grants(&self, out: &mut Vec<Grant>) {
        // What comes in is not measured by what goes out.
        let kind = if self.way == Way::In { "network" } else { "the way out of" };
        let subject = Subject::new(kind, self.owner.clone());
        let Some(ports) = self.ports() else {
            // Ports that are not known here: there is a rule, and no more can be said.
            let unknown = Grant::allow(INGRESS, subject, Reach::one("-"), Severity::Low);
            return out.push(unknown.level(0, "unknown").at(self.at.span()));
        };
        let (networks, others): (Vec<&String>, Vec<&String>) =
            self.peers.iter().partition(|peer| cidr::span(peer).is_some());
        let spans: Vec<Span> = networks.iter().filter_map(|peer| cidr::span(peer)).collect();
        let names: Vec<String> = others.iter().map(|peer| value::referred(peer).replace(['*', '?'], "·")).collect();
        let is_world = networks.iter().any(|peer| cidr::is_world(peer));
        let is_private = networks.iter().all(|peer| cidr::is_private(peer));
        if !spans.is_empty() {
            let severity = self.severity(is_world, is_private);
            out.push(self.grant(&subject, ports.clone(), Reach::Numbers(spans), severity));
        }
        if !names.is_empty() {
            out.push(self.grant(&subject, ports, Reach::Only(names), Severity::Low));
        }
    }

    fn grant(&self, subject: &Subject, ports: Reach, peers: Reach, severity: Severity) -> Grant {
        let (rule, word, severity) = match (self.is_denial, self.way) {
            (true, _) => (DENIAL, "kept out", Severity::High),
            (false, Way::In) => (INGRESS, "let in", severity),
            (false, Way::Out) => (EGRESS, "let out", severity.min(Severity::Low)),
        };
        let mut grant = Grant::allow(rule, subject.clone(), ports, severity).on(peers).level(1, word);
        grant.span = self.at.span();
        if !self.targets.is_empty() {
            grant =
                grant.only_if("the machine is", Reach::of(self.targets.iter().map(|target| value::referred(target))));
        }
        if self.is_denial {
            return Grant { effect: Effect::Deny, ..grant };
        }
        if severity == Severity::Critical && self.way == Way::In { grant.alone(Severity::Medium) } else { grant }
    }

    fn severity(&self, is_world: bool, is_private: bool) -> Severity {
        let spans: Vec<(u128, u128)> = match self.protocol() {
            "icmp" | "icmpv6" => return Severity::Low,
            _ if self.ports.is_empty() => vec![(0, LAST_PORT)],
            _ => self.ports.iter().filter_map(|port| range(port)).collect(),
        };
        let is_dangerous = spans.iter().any(|(low, high)| DANGEROUS.iter().any(|port| (low..=high).contains(&port)));
        let is_web = spans.iter().all(|span| matches!(span, (80, 80) | (443, 443)));
        match (is_world, is_private) {
            (true, _) if is_web => Severity::Low,
            (true, _) if is_dangerous => Severity::Critical,
            (true, _) => Severity::High,
            (_, true) => Severity::Low,
            _ => Severity::Medium,
        }
    }

    /// The protocol under its name.
    fn protocol(&self) -> &str {
        match self.protocol.as_str() {
            "-1" | "all" | "*" | "" => "*",
            "6" => "tcp",
            "17" => "udp",
            "1" => "icmp",
            "58" => "icmpv6",
            other => other,
        }
    }

    /// The ports as numbers of their protocol; `None` if they are not known here.
    fn ports(&self) -> Option<Reach> {
        let protocol = self.protocol();
        let name = if protocol == "*" { "all".to_owned() } else { protocol.to_owned() };
        if self.ports.is_empty() || protocol.starts_with("icmp") {
            let shown = if protocol.starts_with("icmp") { name } else { format!("{name} ports") };
            return Some(Reach::Numbers(vec![Span::new(protocol, 0, LAST_PORT, shown)]));
        }
        let mut spans = Vec::new();
        for port in &self.ports {
            let (low, high) = range(port)?;
            let shown = match (low, high) {
                (0, LAST_PORT) => format!("all {protocol} ports").replace("all * ports", "all ports"),
                (low, high) if low == high => format!("{name} port {low}"),
                (low, high) => format!("{name} ports {low}-{high}"),
            };
            spans.push(Span::new(protocol, low, high, shown));
        }
        Some(Reach::Numbers(spans))
    }
}

/// `80`, `8000-8100`, `*`.
fn range(text: &str) -> Option<(u128, u128)> {
    if text == "*" {
        return Some((0, LAST_PORT));
    }
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.trim().parse().ok()?, last.trim().parse().ok()?))
}
