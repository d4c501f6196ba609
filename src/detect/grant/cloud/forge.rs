//! Protection of branches and repositories, kept in Terraform.

use super::resource::{Resource, resources};
use super::switch::{Scale, Switch, grants as switches, subject, surface};
use super::value;
use crate::detect::grant::{Effect, Grant, Input, Reach, Surface};
use crate::document::Node;
use crate::finding::Severity::{Critical, High, Low, Medium};

/// Branch protection, rulesets, environments and visibility.
///
/// What a resource does not ask for is not asked for. Source: the references of Terraform's GitHub and GitLab providers.
pub(in crate::detect::grant) static FORGE: Surface = surface(
    &["github_branch_protection", "_ruleset", "github_repository", "gitlab_branch_protection", "github_actions_"],
    Some("resource"),
    |input, _| {
        let mut out = switches(input, TABLE);
        out.extend(lists(input));
        out
    },
);

const RULE: &str = "branch-protection-terraform";
const BYPASS: &str = "branch-protection-bypass";
const BRANCH: &[&str] = &["github_branch_protection", "github_branch_protection_v3"];
const RULESET: &[&str] = &["github_repository_ruleset", "github_organization_ruleset"];
const REVIEWS: &str = "required_pull_request_reviews";
const LEVELS: Scale = Scale::Words(&["developer", "maintainer", "admin", "no one"]);

static TABLE: &[Switch] = &[
    Switch::guard(RULE, BRANCH, &["enforce_admins"], "protection from administrators", High),
    Switch::guard(RULE, BRANCH, &["require_signed_commits"], "signed commits", Medium),
    Switch::guard(RULE, BRANCH, &["required_linear_history"], "a linear history", Low),
    Switch::guard(RULE, BRANCH, &["require_conversation_resolution"], "resolved conversations", Low),
    Switch::guard(RULE, BRANCH, &["allows_force_pushes"], "refusal of force pushes", High).scale(Scale::Falsehood, 1),
    Switch::guard(RULE, BRANCH, &["allows_deletions"], "refusal of deletion", High).scale(Scale::Falsehood, 1),
    Switch::guard(RULE, BRANCH, &["lock_branch"], "its lock", Medium),
    Switch::guard(RULE, BRANCH, &[REVIEWS, "required_approving_review_count"], "required approvals", High)
        .scale(Scale::Number, 0),
    Switch::guard(RULE, BRANCH, &[REVIEWS, "require_code_owner_reviews"], "reviews by owners", High),
    Switch::guard(RULE, BRANCH, &[REVIEWS, "dismiss_stale_reviews"], "fresh reviews after a push", Medium),
    Switch::guard(RULE, BRANCH, &[REVIEWS, "require_last_push_approval"], "a review of the last push", Medium),
    Switch::guard(RULE, BRANCH, &["required_status_checks", "strict"], "checks on the latest base", Low),
    Switch::guard(RULE, RULESET, &["enforcement"], "enforcement", Critical)
        .scale(Scale::Words(&["disabled", "evaluate", "active"]), 0),
    Switch::guard(RULE, RULESET, &["rules", "deletion"], "refusal of deletion", High),
    Switch::guard(RULE, RULESET, &["rules", "non_fast_forward"], "refusal of force pushes", High),
    Switch::guard(RULE, RULESET, &["rules", "required_signatures"], "signed commits", Medium),
    Switch::guard(RULE, RULESET, &["rules", "required_linear_history"], "a linear history", Low),
    Switch::guard(RULE, RULESET, &["rules", "pull_request"], "pull requests", High).scale(Scale::Presence, 0),
    Switch::guard(
        RULE,
        RULESET,
        &["rules", "pull_request", "required_approving_review_count"],
        "required approvals",
        High,
    )
    .scale(Scale::Number, 0),
    Switch::guard(RULE, RULESET, &["rules", "pull_request", "require_code_owner_review"], "reviews by owners", High),
    Switch::guard(
        RULE,
        RULESET,
        &["rules", "pull_request", "dismiss_stale_reviews_on_push"],
        "fresh reviews after a push",
        Medium,
    ),
    Switch::guard(
        RULE,
        RULESET,
        &["rules", "pull_request", "require_last_push_approval"],
        "a review of the last push",
        Medium,
    ),
    Switch::guard(RULE, &["github_repository"], &["visibility"], "readers", Critical)
        .scale(Scale::Words(&["private", "internal", "public"]), 0)
        .opens(),
    Switch::guard(RULE, &["github_repository"], &["vulnerability_alerts"], "alerts of vulnerabilities", Low),
    Switch::guard(RULE, &["github_repository_environment"], &["wait_timer"], "minutes to wait", Medium)
        .scale(Scale::Number, 0),
    Switch::guard(RULE, &["github_repository_environment"], &["reviewers"], "reviewers", High)
        .scale(Scale::Presence, 0),
    Switch::guard(RULE, &["github_repository_environment"], &["prevent_self_review"], "reviews by others", Medium),
    Switch::guard(RULE, &["gitlab_branch_protection"], &["push_access_level"], "who may push", High).scale(LEVELS, 1),
    Switch::guard(RULE, &["gitlab_branch_protection"], &["merge_access_level"], "who may merge", High).scale(LEVELS, 1),
    Switch::guard(RULE, &["gitlab_branch_protection"], &["allow_force_push"], "refusal of force pushes", High)
        .scale(Scale::Falsehood, 1),
    Switch::guard(RULE, &["gitlab_branch_protection"], &["code_owner_approval_required"], "reviews by owners", High),
];

/// Checks that are asked for, and who need not heed any of it.
fn lists(input: &Input<'_>) -> Vec<Grant> {
    let mut out = Vec::new();
    for resource in resources(input.data()) {
        if BRANCH.contains(&resource.kind) || RULESET.contains(&resource.kind) {
            checks(&resource, &mut out);
            bypasses(&resource, &mut out);
        }
    }
    out
}

fn checks(resource: &Resource<'_>, out: &mut Vec<Grant>) {
    let old = resource.find(&["required_status_checks", "contexts"]).map(|(_, list)| list);
    let rules = resource.find(&["rules", "required_status_checks"]).map(|(_, checks)| checks);
    let named = rules.into_iter().flat_map(Node::one_or_many).filter_map(|checks| checks.get("required_check"));
    let named = named.flat_map(Node::one_or_many).filter_map(|check| check.get("context"));
    for node in old.into_iter().chain(named) {
        for context in value::texts(node) {
            let what = Reach::one(format!("the check {}", context.replace(['*', '?'], "·")));
            let grant = Grant::allow(RULE, subject(resource), what, High).level(1, "required").at(node.span());
            out.push(Grant { effect: Effect::Deny, ..grant });
        }
    }
}

fn bypasses(resource: &Resource<'_>, out: &mut Vec<Grant>) {
    let lists: [&[&str]; 3] =
        [&[REVIEWS, "pull_request_bypassers"], &["force_push_bypassers"], &["restrict_pushes", "push_allowances"]];
    let mut add = |who: String, severity, at: Node<'_>| {
        let what = Reach::one(format!("a way around for {}", value::referred(&who).replace(['*', '?'], "·")));
        out.push(Grant::allow(BYPASS, subject(resource), what, severity).level(1, "open").at(at.span()));
    };
    for (_, node) in lists.iter().filter_map(|path| resource.find(path)) {
        value::texts(node).into_iter().for_each(|who| add(who, High, node));
    }
    for actor in resource.body.get("bypass_actors").into_iter().flat_map(Node::one_or_many) {
        let text = |key| actor.get(key).and_then(value::text).unwrap_or_default();
        let is_always = text("bypass_mode") != "pull_request";
        let severity = if is_always { High } else { Medium };
        add(format!("{} {} ({})", text("actor_type"), text("actor_id"), text("bypass_mode")), severity, actor);
    }
}
