//! Rulesets of a repository kept as files: what branches and tags are held to, and who may pass.

use super::pipeline::whole;
use crate::detect::grant::{Condition, Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Rulesets as GitHub exports and imports them.
///
/// Only an active one holds anybody back. Source: "Available rules for rulesets" in GitHub's documentation and the reference
/// of the rules API.
pub(in crate::detect::grant) static RULESET: Surface = Surface {
    files: &[".github/ruleset*.{json,yml,yaml}", "**/rulesets/*.{json,yml,yaml}", "**/*ruleset*.json"],
    marks: &["\"rules\"", "rules:"],
    needs: Some("enforcement"),
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Protections of branches.
pub(super) const BRANCH: &str = "protection-branch";
/// Parameters of rules that hold more back when they are on.
const SWITCHES: [(&str, &str, Severity); 6] = [
    ("dismiss_stale_reviews_on_push", "a new review after a push", Severity::Medium),
    ("require_code_owner_review", "a review by code owners", Severity::High),
    ("require_last_push_approval", "an approval by someone else than the last pusher", Severity::Medium),
    ("required_review_thread_resolution", "resolved conversations", Severity::Low),
    ("strict_required_status_checks_policy", "checks on the merged state", Severity::Low),
    ("strict_required_status_checks", "checks on the merged state", Severity::Low),
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.data().root() else { return Vec::new() };
    let mut out = Vec::new();
    let sets = if root.is_list() { root.items().collect() } else { vec![root] };
    sets.into_iter().for_each(|set| grants_of(set, &mut out));
    out
}

/// What one ruleset holds back, and whom not.
pub(super) fn grants_of(set: Node<'_>, out: &mut Vec<Grant>) {
    let Some(name) = set.get("name").and_then(Node::text).filter(|_| set.has("enforcement") || set.has("rules")) else {
        return;
    };
    let subject = Subject::new("ruleset", name);
    // One that is only tried out is still there to compare with.
    let here = Grant::allow(BRANCH, subject.clone(), Reach::one("-"), Severity::Low).level(0, "no");
    out.push(here.at(set.get("name").map_or(set.span(), Node::span)));
    bypass(&subject, set, out);
    if set.get("enforcement").is_none_or(|level| level.is("active") || level.is("enabled")) {
        let first = out.len();
        for rule in set.get("rules").into_iter().flat_map(Node::items) {
            self::rule(&subject, rule, out);
        }
        let (refs, exceptions) = refs(set);
        for grant in out.iter_mut().skip(first) {
            grant.scope = refs.clone();
            grant.conditions.extend(exceptions.clone());
        }
    }
}

/// The branches or tags it holds for, and those it leaves out.
fn refs(set: Node<'_>) -> (Reach, Option<Condition>) {
    let names = |key| -> Vec<String> {
        let list = set.path(&["conditions", "ref_name", key]).into_iter().flat_map(Node::texts);
        list.map(|name| if name == "~ALL" { "*".to_owned() } else { name.replace("**", "*") }).collect()
    };
    let (included, excluded) = (names("include"), names("exclude"));
    let refs = if included.is_empty() { Reach::all() } else { Reach::of(included) };
    let shown = Some(format!("the ref is not {}", excluded.join(", ")));
    let values = Reach::AllBut(excluded.clone());
    (refs, (!excluded.is_empty()).then(|| Condition { test: "ref".into(), values, shown }))
}

fn rule(subject: &Subject, rule: Node<'_>, out: &mut Vec<Grant>) {
    let Some((node, kind)) = rule.get("type").and_then(|node| Some((node, node.text()?))) else { return };
    let severity = match kind {
        "pull_request"
        | "required_status_checks"
        | "non_fast_forward"
        | "deletion"
        | "required_signatures"
        | "code_scanning"
        | "workflows"
        | "required_deployments" => Severity::High,
        _ => Severity::Medium,
    };
    let guard = |what: String, severity| Grant::guard(BRANCH, subject.clone(), Reach::one(what), severity);
    out.push(
        guard(format!("its rule {}", super::workflow::literal(kind)), severity).level(1, "in force").at(node.span()),
    );
    let Some(parameters) = rule.get("parameters").filter(|node| node.is_map()) else { return };
    if let Some(entry) = parameters.entry("required_approving_review_count") {
        let number = entry.1.number().and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
        if number > 0 {
            out.push(guard("approvals".into(), Severity::High).level(number, number.to_string()).at(whole(entry)));
        }
    }
    for (key, what, severity) in SWITCHES {
        if let Some(entry) = parameters.entry(key).filter(|(_, value)| value.is_true()) {
            out.push(guard(what.into(), severity).level(1, "asked for").at(whole(entry)));
        }
    }
    if let Some(entry) = parameters.entry("required_status_checks") {
        checks(subject, entry.1.items().count(), whole(entry), out);
    }
}

/// Checks by their number: names change whenever a job is renamed.
pub(super) fn checks(subject: &Subject, number: usize, at: std::ops::Range<usize>, out: &mut Vec<Grant>) {
    if let Some(rank) = u32::try_from(number).ok().filter(|rank| *rank > 0) {
        let guard = Grant::guard(BRANCH, subject.clone(), Reach::one("required checks"), Severity::High);
        out.push(guard.level(rank, number.to_string()).at(at));
    }
}

/// Those whom it does not hold back.
fn bypass(subject: &Subject, set: Node<'_>, out: &mut Vec<Grant>) {
    for actor in set.get("bypass_actors").into_iter().flat_map(Node::items) {
        let text = |key| actor.get(key).and_then(Node::text).unwrap_or_default();
        let (rank, mode) = match text("bypass_mode") {
            "pull_request" => (1, "in pull requests"),
            "exempt" => (3, "without a word"),
            _ => (2, "always"),
        };
        let who = format!("a way around it for {} {}", text("actor_type"), text("actor_id"));
        let what = Reach::one(super::workflow::literal(who.trim()));
        let grant = Grant::allow(BRANCH, subject.clone(), what, Severity::High).level(rank, mode);
        out.push(grant.at(actor.span()));
    }
}
