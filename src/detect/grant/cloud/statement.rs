//! Statements of AWS policies as grants: actions on resources, for principals, under conditions.

use std::collections::BTreeMap;

use super::principal::{self, Principal};
use super::{action, condition, value};
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
    let scope = reach(node, resources, not_resources, value::arn).unwrap_or_else(Reach::all);
    let ways = condition::ways(node.get(condition));
    let mut out = Vec::new();
    for whose in principal::principals(node.get(principals), node.get(not_principals)) {
        for conditions in &ways {
            let statement = Statement { subject, node, scope: &scope, conditions, whose: whose.as_ref() };
            if is_denial {
                out.push(statement.denial(&actions));
            } else {
                out.extend(statement.allowed(&actions));
            }
        }
    }
    out
}

/// What a key and its negation give.
fn reach(node: Node<'_>, key: &str, negated: &str, plain: fn(&str) -> String) -> Option<Reach> {
    let texts = |key: &str| -> Vec<String> {
        node.get(key).map(value::texts).unwrap_or_default().iter().map(|text| plain(text)).collect()
    };
    let (only, but) = (texts(key), texts(negated));
    match (only.is_empty(), but.is_empty()) {
        (false, _) => Some(Reach::Only(only)),
        (true, false) => Some(Reach::AllBut(but)),
        (true, true) => None,
    }
}

/// Names of actions are the same in either case.
fn lower(text: &str) -> String {
    let text = if text.contains("${") { text.to_owned() } else { text.to_ascii_lowercase() };
    if text == "*:*" { "*".to_owned() } else { text }
}

struct Statement<'a, 'd> {
    subject: &'a Subject,
    node: Node<'d>,
    scope: &'a Reach,
    conditions: &'a [Condition],
    whose: Option<&'a Principal>,
}

impl Statement<'_, '_> {
    fn grant(&self, rule: &'static str, actions: Reach, severity: Severity) -> Grant {
        let mut grant = Grant::allow(rule, self.subject.clone(), actions, severity).on(self.scope.clone());
        let whose = self.whose.and_then(Principal::condition);
        grant.conditions = self.conditions.iter().cloned().chain(whose).collect();
        let is_open = self.whose.is_some_and(|whose| whose.is_anyone());
        let grant = if is_open { grant.level(1, "allowed to anyone") } else { grant };
        grant.at(self.node.span())
    }

    fn denial(&self, actions: &Reach) -> Grant {
        let grant = self.grant(DENY, actions.clone(), Severity::High);
        Grant { effect: Effect::Deny, ..grant.level(1, "denied") }
    }

    /// One grant for each severity.
    fn allowed(&self, actions: &Reach) -> Vec<Grant> {
        let rule = if self.whose.is_some() { PRINCIPAL } else { ALLOW };
        let Reach::Only(patterns) = actions else {
            return vec![self.lined(self.grant(rule, actions.clone(), self.severity("*")), "*")];
        };
        let mut by_level: BTreeMap<Severity, Vec<String>> = BTreeMap::new();
        for pattern in patterns {
            by_level.entry(self.severity(pattern)).or_default().push(pattern.clone());
        }
        let made = by_level.into_iter().filter_map(|(level, own)| {
            let widest = own.iter().max_by_key(|pattern| (pattern.as_str() == "*", pattern.ends_with(":*")))?.clone();
            Some(self.lined(self.grant(rule, Reach::Only(own), level), &widest))
        });
        made.collect()
    }

    fn severity(&self, action: &str) -> Severity {
        let is_everywhere = self.scope.is_all() || matches!(self.scope, Reach::AllBut(_));
        match self.whose {
            Some(whose) => whose.severity(action, self.conditions),
            None => action::severity(action, is_everywhere),
        }
    }

    /// Beyond the dangerous line: everything on everything, and what anyone may do.
    fn lined(&self, grant: Grant, widest: &str) -> Grant {
        if !self.conditions.is_empty() {
            return grant;
        }
        let is_read = |action: &str| action::severity(action, false) == Severity::Low || action == "s3:getobject";
        match self.whose {
            Some(whose) if whose.is_anyone() && is_read(widest) => grant.alone(Severity::Low),
            Some(whose) if whose.is_anyone() => grant.alone(Severity::Medium),
            None if widest == "*" && self.scope.is_all() => grant.alone(Severity::Medium),
            _ => grant,
        }
    }
}
