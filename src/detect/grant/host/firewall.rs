//! Packet filters of a machine: what happens to what no rule speaks of, and what is let in from anywhere.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document;
use crate::finding::Severity;

/// iptables rules, nftables and ufw.
///
/// Source: iptables(8), nft(8), ufw-framework(8).
pub(in crate::detect::grant) static FIREWALL: Surface = Surface {
    files: &["**/*iptables*", "**/rules.{v4,v6}", "**/*nftables*", "**/*.nft", "**/default/ufw", "**/ufw/*.rules"],
    marks: &[":input", "-p input", "-a input", "hook input", "default_input_policy", ":forward", "hook forward"],
    needs: None,
    grants: firewall,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "packet-filter";

fn firewall(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut grants = Vec::new();
    if input.path.ends_with("default/ufw") {
        for entry in document::ini(input.text).iter().filter(|entry| entry.key.starts_with("DEFAULT_")) {
            let chain = entry.key.trim_start_matches("DEFAULT_").trim_end_matches("_POLICY").to_lowercase();
            grants.extend(policy(&chain, entry.bare(), entry.span.clone()));
        }
        return grants;
    }
    let (mut at, mut chain) = (0, None);
    for line in input.text.split_inclusive('\n') {
        let content = line.split('#').next().unwrap_or_default().trim();
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        let span = start..start + content.len();
        grants.extend(iptables(content, &span));
        if let Some(hook) = ["input", "forward"].iter().find(|hook| content.contains(&format!("hook {hook}"))) {
            chain = Some(*hook);
        }
        if let (Some(hook), Some((_, rest))) = (chain, content.split_once("policy ")) {
            let value = rest.split([';', ' ', '}']).next().unwrap_or_default();
            grants.extend(policy(hook, value, span.clone()));
        }
        chain = chain.filter(|_| !content.ends_with('}'));
    }
    grants
}

/// `:INPUT DROP [0:0]`, `-P INPUT DROP`, `-A INPUT … -j ACCEPT`.
fn iptables(line: &str, span: &Range<usize>) -> Option<Grant> {
    let words: Vec<&str> = line.split_whitespace().collect();
    if let Some(chain) = words.first().and_then(|word| word.strip_prefix(':')) {
        return policy(chain, words.get(1)?, span.clone());
    }
    let behind =
        |flags: &[&str]| words.iter().position(|word| flags.contains(word)).and_then(|at| words.get(at + 1)).copied();
    if let Some(chain) = behind(&["-P", "--policy"]) {
        let at = words.iter().position(|word| *word == chain)?;
        return policy(chain, words.get(at + 1)?, span.clone());
    }
    let chain = behind(&["-A", "-I", "--append", "--insert"]).filter(|chain| matches!(*chain, "INPUT" | "FORWARD"))?;
    if behind(&["-j", "--jump"]) != Some("ACCEPT") || words.contains(&"!") {
        return None;
    }
    let from = behind(&["-s", "--source", "--src"]).unwrap_or("0.0.0.0/0");
    let is_any = matches!(from, "0.0.0.0/0" | "::/0");
    let is_inner = ["-i", "--in-interface", "--ctstate", "--state", "-m"].iter().any(|flag| {
        behind(&[flag]).is_some_and(|value| value == "lo" || value.contains("ESTABLISHED") || value == "conntrack")
    });
    if is_inner {
        return None;
    }
    let (protocol, port) =
        (behind(&["-p", "--protocol"]).unwrap_or("*"), behind(&["--dport", "--dports"]).unwrap_or("*"));
    let severity = if is_any && port == "*" && protocol != "icmp" { Severity::High } else { Severity::Medium };
    let what = format!("traffic to {protocol} {port}");
    let grant = Grant::allow(RULE, Subject::new("chain", chain.to_lowercase()), Reach::one(what), severity);
    let scope = if is_any { Reach::all() } else { Reach::one(format!("addresses {from}")) };
    Some(grant.on(scope).level(1, "accepted").at(span.clone()))
}

fn policy(chain: &str, value: &str, span: Range<usize>) -> Option<Grant> {
    let chain = chain.trim_matches('"').to_lowercase();
    if !matches!(chain.as_str(), "input" | "forward") {
        return None;
    }
    let rank = match value.trim_matches('"').to_ascii_lowercase().as_str() {
        "accept" | "allow" => 1,
        "drop" | "reject" | "deny" => 0,
        _ => return None,
    };
    let what = Reach::one("traffic that no rule speaks of");
    let grant = Grant::allow(RULE, Subject::new("chain", chain), what, Severity::High);
    Some(grant.level(rank, value.to_ascii_lowercase()).at(span))
}
