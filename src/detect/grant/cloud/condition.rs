//! Conditions of AWS policies: what each operator lets pass, so that spellings with equal power compare as equal.

use super::{cidr, value};
use crate::detect::grant::{Condition, Reach, Span};
use crate::document::Node;

/// Ways to meet the conditions of one statement that are told apart; beyond that they are kept together.
const MOST_WAYS: usize = 64;

/// The conditions of a statement, as the ways to meet them: where a test takes one of several values, each is a way.
pub(super) fn ways(node: Option<Node<'_>>) -> Vec<Vec<Condition>> {
    let tests = node.map(tests).unwrap_or_default();
    let count = tests.iter().fold(1usize, |count, test| count.saturating_mul(test.ways()));
    let mut ways: Vec<Vec<Condition>> = vec![Vec::new()];
    for test in tests {
        let each = if count <= MOST_WAYS { test.apart() } else { vec![test] };
        let each: Vec<Vec<Condition>> = each.iter().map(Test::conditions).collect();
        let with = |way: &Vec<Condition>| {
            each.iter().map(|more| way.iter().chain(more).cloned().collect()).collect::<Vec<Vec<Condition>>>()
        };
        ways = ways.iter().flat_map(with).collect();
    }
    ways
}

/// One operator on one key.
struct Test {
    operator: String,
    key: String,
    values: Vec<String>,
}

/// Both forms: `{operator: {key: values}}`, and Terraform's blocks of test, variable and values.
fn tests(node: Node<'_>) -> Vec<Test> {
    if node.is_list() || node.has("variable") {
        let text = |block: Node<'_>, key| block.get(key).and_then(Node::text).unwrap_or_default().to_owned();
        let of = |block: Node<'_>| Test {
            operator: text(block, "test"),
            key: text(block, "variable"),
            values: block.get("values").map(value::texts).unwrap_or_default(),
        };
        return node.one_or_many().map(of).collect();
    }
    let text = |node: Node<'_>| node.text().unwrap_or_default().to_owned();
    let mut out = Vec::new();
    for (operator, tests) in node.entries() {
        let of = |(key, values)| Test { operator: text(operator), key: text(key), values: value::texts(values) };
        out.extend(tests.entries().into_iter().map(of));
    }
    out
}

/// An operator taken apart.
struct Operator {
    /// `forallvalues`, `foranyvalue`, or nothing.
    quantifier: String,
    /// Without quantifier, negation and `IfExists`.
    plain: String,
    is_negated: bool,
    /// True if it passes where the key is missing.
    is_optional: bool,
}

impl Operator {
    fn of(text: &str) -> Self {
        let lower = text.to_ascii_lowercase();
        let (quantifier, plain) = lower.rsplit_once(':').unwrap_or(("", &lower));
        let (plain, if_exists) = plain.strip_suffix("ifexists").map_or((plain, false), |plain| (plain, true));
        let positive = plain.replacen("not", "", 1);
        let is_negated = positive != plain;
        // Without the key a negation passes, and so does what is asked of all values: there is none that fails.
        let is_optional = if_exists || is_negated && quantifier.is_empty() || quantifier == "forallvalues";
        Self { quantifier: quantifier.to_owned(), plain: positive, is_negated, is_optional }
    }
}

impl Test {
    fn can_split(&self) -> bool {
        let operator = Operator::of(&self.operator);
        !operator.is_negated && operator.quantifier != "forallvalues" && self.values.len() > 1
    }

    fn ways(&self) -> usize {
        if self.can_split() { self.values.len() } else { 1 }
    }

    fn apart(self) -> Vec<Self> {
        if !self.can_split() {
            return vec![self];
        }
        let one = |value: &String| Self {
            operator: self.operator.clone(),
            key: self.key.clone(),
            values: vec![value.clone()],
        };
        self.values.iter().map(one).collect()
    }

    /// The test, and what follows from it: whoever passes the strict form passes the loose ones.
    fn conditions(&self) -> Vec<Condition> {
        let operator = Operator::of(&self.operator);
        let key = self.key.to_ascii_lowercase();
        let shown = format!("{} {} {}", self.key, self.operator, self.values.join(", "));
        let hidden = |test: String, values: Reach| Condition { test, values, shown: Some(String::new()) };
        if operator.plain == "null" {
            let there =
                self.values.iter().map(|value| if value.eq_ignore_ascii_case("true") { "false" } else { "true" });
            return vec![Condition { test: format!("{key} is there"), values: Reach::of(there), shown: Some(shown) }];
        }
        let (family, values) = values(&operator, &self.values);
        let quantifier = &operator.quantifier;
        let mut out = vec![Condition {
            test: format!("{quantifier} {family} {key}"),
            values: values.clone(),
            shown: Some(shown),
        }];
        if quantifier.is_empty() {
            out.push(hidden(format!("forallvalues {family} {key}"), values.clone()));
        }
        if !operator.is_optional {
            out.push(hidden(format!("{quantifier} {family} {key}, which must be there"), values.clone()));
            out.push(hidden(format!("{key} is there"), Reach::one("true")));
            if quantifier.is_empty() {
                out.push(hidden(format!("foranyvalue {family} {key}"), values.clone()));
                out.push(hidden(format!("foranyvalue {family} {key}, which must be there"), values));
            }
        }
        out
    }
}

/// A family of operators that compare with each other, and the values that pass.
fn values(operator: &Operator, values: &[String]) -> (&'static str, Reach) {
    let literal = |text: &String| text.replace('*', "∗").replace('?', "？");
    let literals = || values.iter().map(literal).collect::<Vec<_>>();
    let (family, patterns) = match operator.plain.as_str() {
        "stringequals" => ("text", literals()),
        // An ARN is a text, too; its operators take wildcards in either spelling.
        "stringlike" | "arnequals" | "arnlike" => ("text", values.iter().map(|value| value::arn(value)).collect()),
        "stringequalsignorecase" => ("text in any case", literals().iter().map(|value| value.to_lowercase()).collect()),
        "bool" => ("text", literals().iter().map(|value| value.to_lowercase()).collect()),
        "binaryequals" => ("binary", literals()),
        "ipaddress" => ("address", literals()),
        name if name.starts_with("numeric") => ("number", literals()),
        name if name.starts_with("date") => ("date", literals()),
        _ => ("unknown", literals().iter().map(|value| format!("{} {value}", operator.plain)).collect()),
    };
    let ranges = || values.iter().map(|value| range(&operator.plain, value)).collect::<Option<Vec<Span>>>();
    match operator.is_negated {
        true => (family, Reach::AllBut(patterns)),
        false => match ranges() {
            Some(spans) => (family, Reach::Numbers(spans)),
            None if matches!(family, "number" | "date") => {
                (family, Reach::of(patterns.iter().map(|value| format!("{} {value}", operator.plain))))
            }
            None => (family, Reach::Only(patterns)),
        },
    }
}

/// The numbers that pass a comparison with `value`.
fn range(operator: &str, value: &str) -> Option<Span> {
    if operator == "ipaddress" {
        return cidr::span(value);
    }
    let (kind, how) = match operator.strip_prefix("numeric") {
        Some(how) => ("number", how),
        None => ("date", operator.strip_prefix("date")?),
    };
    let number: u128 = if kind == "number" { value.trim().parse().ok()? } else { date(value)? };
    let (low, high) = match how {
        "equals" => (number, number),
        "lessthan" => (0, number.checked_sub(1)?),
        "lessthanequals" => (0, number),
        "greaterthan" => (number.checked_add(1)?, u128::MAX),
        "greaterthanequals" => (number, u128::MAX),
        _ => return None,
    };
    Some(Span::new(kind, low, high, value))
}

/// `2026-01-31` or `2026-01-31T23:59:59Z` as a number that grows with time.
fn date(text: &str) -> Option<u128> {
    let text = text.trim();
    let is_plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b':' | b'T' | b'Z'));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let is_whole = text.as_bytes().get(4) == Some(&b'-');
    match digits.len() {
        8 if is_plain && is_whole => digits.parse::<u128>().ok().map(|day| day * 1_000_000),
        14 if is_plain && is_whole => digits.parse().ok(),
        _ => None,
    }
}
