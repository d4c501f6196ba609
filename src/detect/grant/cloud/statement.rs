//! Statements of AWS policies as grants: actions on resources, for principals, under conditions.

use std::collections::BTreeMap;

use super::{action, cidr};
use crate::detect::grant::{Condition, Effect, Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

const ALLOW: &str = "aws-policy";
const DENY: &str = "aws-policy-denial";
const PRINCIPAL: &str = "aws-policy-principal";

/// The keys of a statement, as JSON has them and as Terraform's data source does.
const SPELLINGS: [[&str; 8]; 2] = [
    ["Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"],
    ["effect", "actions", "not_actions", "resources", "not_resources", "principals", "not_principals", "condition"],
];

/// One statement. `subject` is the policy that it stands in.
pub(super) fn grants(subject: &Subject, node: Node<'_>) -> Vec<Grant> {
    let keys =
        if node.has("Action") || node.has("NotAction") || node.has("Effect") { SPELLINGS[0] } else { SPELLINGS[1] };
    let [effect, actions, not_actions, resources, not_resources, principals, not_principals, condition] = keys;
    let is_denial = node.get(effect).is_some_and(|effect| effect.is("Deny"));
    let Some(actions) = reach(node, actions, not_actions, lower) else { return Vec::new() };
    let scope = reach(node, resources, not_resources, |text| text.to_owned()).unwrap_or_else(Reach::all);
    let conditions = conditions(node.get(condition));
    let whose = whose(node.get(principals), node.get(not_principals));
    let made = whose.into_iter().flat_map(|whose| {
        let statement = Statement { subject, node, scope: &scope, conditions: &conditions, whose };
        if is_denial { vec![statement.denial(&actions)] } else { statement.allowed(&actions) }
    });
    made.collect()
}

/// What a key and its negation give.
fn reach(node: Node<'_>, key: &str, negated: &str, plain: fn(&str) -> String) -> Option<Reach> {
    let texts = |key: &str| -> Vec<String> { node.get(key).into_iter().flat_map(Node::texts).map(plain).collect() };
    let (only, but) = (texts(key), texts(negated));
    match (only.is_empty(), but.is_empty()) {
        (false, _) => Some(Reach::Only(only)),
        (true, false) => Some(Reach::AllBut(but)),
        (true, true) => None,
    }
}

/// Names of actions are the same in either case.
fn lower(text: &str) -> String {
    let text = text.to_ascii_lowercase();
    if text == "*:*" { "*".to_owned() } else { text }
}

struct Statement<'a, 'd> {
    subject: &'a Subject,
    node: Node<'d>,
    scope: &'a Reach,
    conditions: &'a [Condition],
    whose: Option<Condition>,
}

impl Statement<'_, '_> {
    fn grant(&self, rule: &'static str, actions: Reach, severity: Severity) -> Grant {
        let mut grant = Grant::allow(rule, self.subject.clone(), actions, severity).on(self.scope.clone());
        grant.conditions = self.conditions.iter().chain(&self.whose).cloned().collect();
        grant.at(self.node.span())
    }

    fn denial(&self, actions: &Reach) -> Grant {
        let grant = self.grant(DENY, actions.clone(), Severity::High);
        Grant { effect: Effect::Deny, ..grant.level(1, "denied") }
    }

    /// One grant for each severity.
    fn allowed(&self, actions: &Reach) -> Vec<Grant> {
        let is_everywhere = self.scope.is_all() || matches!(self.scope, Reach::AllBut(_));
        let is_open = self.whose.as_ref().is_some_and(|whose| whose.values.is_all());
        if is_open {
            let open = self.grant(PRINCIPAL, actions.clone(), Severity::Critical);
            return vec![if self.conditions.is_empty() { open.alone(Severity::Medium) } else { open }];
        }
        let rule = if self.whose.is_some() { PRINCIPAL } else { ALLOW };
        let Reach::Only(patterns) = actions else {
            let severity = if is_everywhere { Severity::Critical } else { Severity::High };
            return vec![self.grant(rule, actions.clone(), severity)];
        };
        let mut by_level: BTreeMap<Severity, Vec<String>> = BTreeMap::new();
        for pattern in patterns {
            let severity = action::severity(pattern, is_everywhere && self.whose.is_none());
            // Who is let in by a policy of a resource is someone else: that is never low.
            let severity = if self.whose.is_some() { severity.max(Severity::Medium) } else { severity };
            by_level.entry(severity).or_default().push(pattern.clone());
        }
        let made = by_level.into_iter().map(|(severity, own)| {
            let is_all = own.iter().any(|pattern| pattern == "*") && is_everywhere && self.conditions.is_empty();
            let grant = self.grant(rule, Reach::Only(own), severity);
            if is_all { grant.alone(Severity::Medium) } else { grant }
        });
        made.collect()
    }
}

/// Each principal by itself, as a condition; `[None]` for a policy that is attached to whom it is for.
fn whose(principals: Option<Node<'_>>, negated: Option<Node<'_>>) -> Vec<Option<Condition>> {
    let condition = |values| Some(Condition { test: "asked by".to_owned(), values, shown: None });
    if let Some(negated) = negated {
        return vec![condition(Reach::AllBut(names(negated)))];
    }
    match principals {
        None => vec![None],
        Some(node) => names(node).into_iter().map(|name| condition(Reach::one(name))).collect(),
    }
}

/// `"*"`, `{"AWS": [...]}`, and Terraform's `principals { type, identifiers }`. `{"AWS": "*"}` is everyone.
fn names(node: Node<'_>) -> Vec<String> {
    if let Some(text) = node.text() {
        return vec![text.to_owned()];
    }
    let mut out = Vec::new();
    for block in node.one_or_many() {
        if let Some(identifiers) = block.get("identifiers") {
            out.extend(identifiers.texts().map(str::to_owned));
        } else {
            out.extend(
                block.entries().into_iter().flat_map(|(_, value)| value.texts().collect::<Vec<_>>()).map(str::to_owned),
            );
        }
    }
    // An account is the same by its number and by its root.
    out.into_iter()
        .map(|name| match name.strip_prefix("arn:aws:iam::").and_then(|rest| rest.strip_suffix(":root")) {
            Some(account) => account.to_owned(),
            None => name,
        })
        .collect()
}

fn conditions(node: Option<Node<'_>>) -> Vec<Condition> {
    let Some(node) = node else { return Vec::new() };
    let mut out = Vec::new();
    if node.is_list() || node.has("variable") {
        for block in node.one_or_many() {
            let text = |key| block.get(key).and_then(Node::text).unwrap_or_default();
            let values: Vec<&str> = block.get("values").into_iter().flat_map(Node::texts).collect();
            condition(text("test"), text("variable"), &values, &mut out);
        }
        return out;
    }
    for (operator, tests) in node.entries() {
        for (key, values) in tests.entries() {
            let values: Vec<&str> = values.texts().collect();
            condition(operator.text().unwrap_or_default(), key.text().unwrap_or_default(), &values, &mut out);
        }
    }
    out
}

/// One test. What also passes without the key allows more, so the strict test brings the loose one along.
fn condition(operator: &str, key: &str, values: &[&str], out: &mut Vec<Condition>) {
    let lower = operator.to_ascii_lowercase();
    let (quantifier, plain) = lower.rsplit_once(':').map_or(("", lower.as_str()), |(q, plain)| (q, plain));
    let (plain, is_optional) = plain.strip_suffix("ifexists").map_or((plain, false), |plain| (plain, true));
    let (kind, is_negated) = match plain.replacen("not", "", 1) {
        positive if positive != plain && plain != "null" => (positive, true),
        _ => (plain.to_owned(), false),
    };
    let literal = |text: &str| text.replace(['*', '?'], "·");
    let (family, patterns): (&str, Vec<String>) = match kind.as_str() {
        "stringequals" => ("text", values.iter().map(|value| literal(value)).collect()),
        "stringlike" => ("text", values.iter().map(|&value| value.to_owned()).collect()),
        "arnequals" | "arnlike" => ("arn", values.iter().map(|&value| value.to_owned()).collect()),
        "ipaddress" => (
            "address",
            values.iter().flat_map(|value| cidr::patterns(value).unwrap_or_else(|| vec![literal(value)])).collect(),
        ),
        other => {
            let values = values.iter().map(|value| literal(&value.to_ascii_lowercase())).collect();
            return push(
                &format!("{quantifier} {other} {}", key.to_ascii_lowercase()),
                is_optional,
                Reach::Only(values),
                operator,
                key,
                out,
            );
        }
    };
    let values_reach = if is_negated { Reach::AllBut(patterns) } else { Reach::Only(patterns) };
    let test = format!("{quantifier} {family} {}", key.to_ascii_lowercase());
    let shown = format!("{operator} {}", values.join(", "));
    push_shown(&test, is_optional, values_reach, (key, &shown), out);
}

fn push(test: &str, is_optional: bool, values: Reach, operator: &str, key: &str, out: &mut Vec<Condition>) {
    let shown = format!("{operator} {values}");
    push_shown(test, is_optional, values, (key, &shown), out);
}

fn push_shown(test: &str, is_optional: bool, values: Reach, (key, shown): (&str, &str), out: &mut Vec<Condition>) {
    let test = test.trim();
    if !is_optional {
        let shown = Some(format!("{key} {shown}"));
        out.push(Condition { test: format!("{test}, which must be there"), values: values.clone(), shown });
    }
    // Told once: the second test says the same where the first one stands.
    let shown = if is_optional { format!("{key} {shown}") } else { String::new() };
    out.push(Condition { test: test.to_owned(), values, shown: Some(shown) });
}
