//! Repository settings kept as files: protected branches, environments, who may do what.

use super::pipeline::whole;
use super::ruleset::{self, BRANCH, checks};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Settings that an app applies to the repository.
///
/// A protection that the file does not name is not asked for; `null` takes it away. Source: the readmes of the settings app
/// of Probot and of safe-settings, and "Update branch protection" in the reference of GitHub's API.
pub(in crate::detect::grant) static SETTINGS: Surface = Surface {
    files: &[".github/settings.{yml,yaml}", ".github/{repos,suborgs}/*.{yml,yaml}", "**/safe-settings/**/*.{yml,yaml}"],
    marks: &["branches", "environments", "repository", "collaborators", "teams", "rulesets"],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: false,
};

/// Those who may do more.
const ACCESS: &str = "protection-access";
/// Protections of environments.
const ENVIRONMENT: &str = "protection-environment";
/// Names of members, from the least to the most.
const ROLES: [&[&str]; 6] =
    [&[], &["pull", "read"], &["triage"], &["push", "write"], &["maintain"], &["admin", "administrator"]];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.yaml().root() else { return Vec::new() };
    let mut out = Vec::new();
    if let Some(repository) = root.get("repository").filter(|node| node.is_map()) {
        visibility(repository, &mut out);
    }
    for key in ["collaborators", "teams"] {
        root.get(key).into_iter().flat_map(Node::items).for_each(|member| out.extend(role(key, member)));
    }
    for branch in root.get("branches").into_iter().flat_map(Node::items) {
        let Some(name) = branch.get("name").and_then(Node::text) else { continue };
        self::branch(name, branch, &mut out);
    }
    for environment in root.get("environments").into_iter().flat_map(Node::items) {
        self::environment(environment, &mut out);
    }
    let rulesets = root.get("rulesets").into_iter().flat_map(Node::items);
    rulesets.for_each(|set| ruleset::grants_of(set, &mut out));
    token(root, &mut out);
    out
}

fn visibility(repository: Node<'_>, out: &mut Vec<Grant>) {
    let everyone = Subject::new("everyone", "");
    let secret = repository.entry("private").map(|entry| (entry, u32::from(entry.1.is_false()) * 2));
    let named = repository.entry("visibility").map(|entry| {
        let rank = match entry.1.text() {
            Some("public") => 2,
            Some("internal") => 1,
            _ => 0,
        };
        (entry, rank)
    });
    // Without a word the setting stays what it is, so there is nothing to compare.
    if let Some((entry, rank)) = named.or(secret) {
        let name = ["private", "internal to the enterprise", "public"][rank.min(2) as usize];
        let grant = Grant::allow(ACCESS, everyone, Reach::one("sight of the repository"), Severity::High);
        out.push(grant.level(rank, name).at(whole(entry)));
    }
    for key in ["enable_vulnerability_alerts", "enable_automated_security_fixes"] {
        let what = key.trim_start_matches("enable_").replace('_', " ");
        if let Some(entry) = repository.entry(key) {
            let grant = Grant::allow(
                BRANCH,
                Subject::new("the repository", ""),
                Reach::one(format!("no {what}")),
                Severity::Medium,
            );
            let (rank, name) = if entry.1.is_false() { (1, "off") } else { (0, "on") };
            out.push(grant.level(rank, name).at(whole(entry)));
        }
    }
}

/// The permission of a person or a team.
fn role(key: &str, member: Node<'_>) -> Option<Grant> {
    let (kind, name) = if key == "teams" { ("team", "name") } else { ("collaborator", "username") };
    let name = member.get(name)?.text()?;
    let entry = member.entry("permission");
    let role = entry.and_then(|(_, value)| value.text()).unwrap_or("push").to_ascii_lowercase();
    let rank = ROLES.iter().position(|names| names.contains(&role.as_str())).unwrap_or(3);
    let severity = if rank >= 4 { Severity::High } else { Severity::Medium };
    let at = entry.map_or(member.span(), whole);
    // All are measured together: who was not in the file had nothing by it.
    let who = Subject::new("the repository's members", "");
    let what = Reach::one(format!("{kind} {}", super::workflow::literal(name)));
    Some(Grant::allow(ACCESS, who, what, severity).level(u32::try_from(rank).unwrap_or(3), role).at(at))
}

fn guard(subject: &Subject, what: &str, severity: Severity) -> Grant {
    let rule = if subject.kind == "environment" { ENVIRONMENT } else { BRANCH };
    Grant::guard(rule, subject.clone(), Reach::one(what), severity)
}

/// Switches of a protection: key, what it protects, how bad it is to lose.
const SWITCHES: [(&str, &str, Severity); 7] = [
    ("enforce_admins", "protection from administrators", Severity::High),
    ("required_linear_history", "a linear history", Severity::Low),
    ("required_signatures", "signed commits", Severity::High),
    ("required_conversation_resolution", "resolved conversations", Severity::Low),
    ("lock_branch", "its lock", Severity::Medium),
    ("block_creations", "the block on creation", Severity::Medium),
    ("require_signed_commits", "signed commits", Severity::High),
];
/// Switches of its reviews.
const REVIEWS: [(&str, &str, Severity); 3] = [
    ("dismiss_stale_reviews", "a new review after a push", Severity::Medium),
    ("require_code_owner_reviews", "a review by code owners", Severity::High),
    ("require_last_push_approval", "an approval by someone else than the last pusher", Severity::Medium),
];

fn branch(name: &str, branch: Node<'_>, out: &mut Vec<Grant>) {
    let subject = Subject::new("branch", name);
    let protection = branch.get("protection").filter(|node| node.is_map());
    let home = branch.get("name").map_or(branch.span(), Node::span);
    if let Some(protection) = protection {
        switches(&subject, protection, &SWITCHES, out);
        if let Some(reviews) = protection.get("required_pull_request_reviews").filter(|node| node.is_map()) {
            switches(&subject, reviews, &REVIEWS, out);
            count(&subject, reviews.entry("required_approving_review_count"), "approvals", out);
            bypass(&subject, reviews, out);
        }
        if let Some((key, list)) = protection.entry("required_status_checks").filter(|(_, node)| node.is_map()) {
            let number =
                ["contexts", "checks"].iter().map(|name| list.get(name).map_or(0, |node| node.items().count()));
            checks(&subject, number.sum(), whole((key, list)), out);
        }
        pushers(&subject, protection, out);
    }
    for (key, what) in [("allow_force_pushes", "forced pushes"), ("allow_deletions", "its deletion")] {
        let entry = protection.and_then(|protection| protection.entry(key)).filter(|(_, value)| value.is_true());
        let grant = Grant::allow(BRANCH, Subject::new("whoever may push to", name), Reach::one(what), Severity::High);
        out.push(match entry {
            Some(entry) => grant.level(1, "allowed").at(whole(entry)),
            None => grant.level(0, "refused").at(home.clone()),
        });
    }
}

fn switches(subject: &Subject, holder: Node<'_>, keys: &[(&str, &str, Severity)], out: &mut Vec<Grant>) {
    for (key, what, severity) in keys {
        if let Some(entry) = holder.entry(key).filter(|(_, value)| value.is_true()) {
            out.push(guard(subject, what, *severity).level(1, "asked for").at(whole(entry)));
        }
    }
}

/// A number of which more is safer.
fn count(subject: &Subject, entry: Option<(Node<'_>, Node<'_>)>, what: &str, out: &mut Vec<Grant>) {
    let Some((entry, number)) = entry.and_then(|entry| Some((entry, u32::try_from(entry.1.number()?).ok()?))) else {
        return;
    };
    if number > 0 {
        out.push(guard(subject, what, Severity::High).level(number, number.to_string()).at(whole(entry)));
    }
}

/// Those who may merge without what reviews ask for.
fn bypass(subject: &Subject, reviews: Node<'_>, out: &mut Vec<Grant>) {
    let lists = reviews.get("bypass_pull_request_allowances").map(Node::entries).unwrap_or_default();
    for (kind, list) in lists {
        for name in list.items().filter_map(|item| item.text().map(|text| (item, text))) {
            let who =
                format!("a merge without review by {} {}", kind.text().unwrap_or("?").trim_end_matches('s'), name.1);
            let grant =
                Grant::allow(BRANCH, subject.clone(), Reach::one(super::workflow::literal(&who)), Severity::High);
            out.push(grant.at(name.0.span()));
        }
    }
}

/// Those who may push at all.
fn pushers(subject: &Subject, protection: Node<'_>, out: &mut Vec<Grant>) {
    let restricted = protection.entry("restrictions").filter(|(_, node)| node.is_map());
    let grant =
        |name: String| Grant::allow(BRANCH, subject.clone(), Reach::one(format!("a push by {name}")), Severity::Medium);
    let Some((key, lists)) = restricted else {
        let at = protection.entry("restrictions").map_or(protection.span().start..protection.span().start + 1, whole);
        return out.push(grant("*".into()).level(1, "everyone with write access").at(at));
    };
    out.push(grant("-".into()).level(0, "nobody else").at(key.span()));
    for (kind, list) in lists.entries() {
        for item in list.items() {
            let name = item.text().or_else(|| item.get("slug")?.text()).unwrap_or("?");
            let kind = kind.text().unwrap_or("?").trim_end_matches('s');
            out.push(grant(super::workflow::literal(&format!("{kind} {name}"))).level(1, "named").at(item.span()));
        }
    }
}

fn environment(environment: Node<'_>, out: &mut Vec<Grant>) {
    let Some(name) = environment.get("name").and_then(Node::text) else { return };
    let subject = Subject::new("environment", name);
    if let Some((key, reviewers)) = environment.entry("reviewers").filter(|(_, list)| list.items().next().is_some()) {
        let at = whole((key, reviewers));
        out.push(guard(&subject, "a reviewer's approval", Severity::High).level(1, "asked for").at(at));
    }
    if let Some(minutes) = environment.entry("wait_timer").filter(|(_, value)| value.number().is_some_and(|n| n > 0)) {
        let rank = minutes.1.number().and_then(|number| u32::try_from(number).ok()).unwrap_or(u32::MAX);
        out.push(
            guard(&subject, "its wait", Severity::Medium).level(rank, format!("{rank} minutes")).at(whole(minutes)),
        );
    }
    if let Some(entry) = environment.entry("prevent_self_review").filter(|(_, value)| value.is_true()) {
        out.push(guard(&subject, "an approval by someone else", Severity::High).level(1, "asked for").at(whole(entry)));
    }
    if let Some(entry) = environment.entry("deployment_branch_policy").filter(|(_, value)| value.is_map()) {
        let what = "the limit to some branches";
        out.push(guard(&subject, what, Severity::High).level(1, "in force").at(whole(entry)));
    }
}

/// The token of workflows, and what it may approve.
fn token(root: Node<'_>, out: &mut Vec<Grant>) {
    for node in root.walk().filter(|node| node.is_map()) {
        let write = ["default_workflow_permissions", "actions_default_workflow_permissions"];
        let entry = write.iter().find_map(|key| node.entry(key));
        let may_approve = node.entry("can_approve_pull_request_reviews");
        let switches = [
            (entry, "what their token may write", entry.is_some_and(|(_, value)| value.is("write"))),
            (may_approve, "an approval of pull requests", may_approve.is_some_and(|(_, value)| value.is_true())),
        ];
        for (entry, what, is_on) in switches {
            let Some(entry) = entry else { continue };
            let grant = Grant::allow(ACCESS, Subject::new("workflows", ""), Reach::one(what), Severity::High);
            out.push(if is_on { grant.level(1, "by default") } else { grant.level(0, "no") }.at(whole(entry)));
        }
    }
}
