//! ringfence's own policy: what a change would no longer be told, or no longer be stopped for.

use std::collections::BTreeMap;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// The policy file. Without one the built-in policy judges: nothing is excluded or set aside, and findings fail a run from
/// `high`. Source: `docs/policy.md`.
pub(in crate::detect::grant) static FENCE: Surface = Surface {
    files: &["ringfence.toml"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: false,
};

const ALLOW: &str = "policy-allow";
const EXCLUDE: &str = "policy-exclude";
const THRESHOLD: &str = "policy-threshold";
const TUNING: &str = "policy-rule";
const FENCED: &str = "policy-boundary";
/// Ranks of an entry that does not expire.
const FOR_EVER: u32 = u32::MAX;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = vec![nothing()];
    out.extend(tuned(input));
    let Some(root) = input.toml().root() else {
        out.extend(threshold(None));
        return out;
    };
    out.extend(threshold(root.entry("fail-on")));
    for glob in root.path(&["scan", "exclude"]).into_iter().flat_map(Node::one_or_many) {
        let what = Reach::one(format!("a place that is not scanned, {}", pattern(glob.text().unwrap_or_default())));
        out.push(Grant::allow(EXCLUDE, change(), what, Severity::High).level(1, "excluded").at(glob.span()));
    }
    root.get("allow").into_iter().flat_map(Node::items).for_each(|entry| out.extend(allowed(entry)));
    root.get("team").into_iter().flat_map(Node::items).for_each(|team| out.extend(members(team)));
    root.get("area").into_iter().flat_map(Node::items).for_each(|area| guarded(area, &mut out));
    listed(root, &["network", "approved-hosts"], "data to", &mut out);
    listed(root, &["workspace", "writable"], "changes in", &mut out);
    out
}

/// Who may approve as a team.
fn members(team: Node<'_>) -> Vec<Grant> {
    let name = team.get("name").and_then(Node::text).map(literal).unwrap_or_default();
    let members = team.get("members").into_iter().flat_map(Node::one_or_many);
    let grant = |member: Node<'_>| {
        let what = Reach::one(format!("an approval for {name} by {}", literal(member.text()?)));
        Some(Grant::allow(FENCED, change(), what, Severity::High).level(1, "counts").at(member.span()))
    };
    members.filter_map(grant).collect()
}

fn change() -> Subject {
    Subject::new("any change", "")
}

fn nothing() -> Grant {
    Grant::allow(ALLOW, change(), Reach::one("-"), Severity::Low).level(0, "no")
}

/// A glob of the policy as a pattern; a folder is all that is in it.
fn pattern(glob: &str) -> String {
    let whole = if glob.ends_with('/') { format!("{glob}*") } else { glob.to_owned() };
    whole.replace("**", "*")
}

fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

fn threshold(entry: Option<(Node<'_>, Node<'_>)>) -> Option<Grant> {
    let (rank, severity) = match entry.and_then(|(_, value)| value.text()) {
        Some("low") => (0, Severity::Low),
        Some("medium") => (1, Severity::Low),
        Some("critical") => (3, Severity::High),
        Some("never") => (4, Severity::Critical),
        _ => (2, Severity::Medium),
    };
    let name = entry.and_then(|(_, value)| value.text()).unwrap_or("high");
    let grant = Grant::allow(THRESHOLD, change(), Reach::one("a pass with all findings below"), severity);
    let grant = grant.level(rank, name);
    Some(match entry {
        Some((key, value)) => grant.at(key.span().start..value.span().end),
        None => grant,
    })
}

/// How quiet each rule is of which either side speaks: as the file has it, or else by itself.
fn tuned(input: &Input<'_>) -> Vec<Grant> {
    let other = document::toml(input.other);
    let entries = |root: Option<Node<'_>>, each: &mut dyn FnMut(&str, Node<'_>)| {
        for entry in root.and_then(|root| root.get("rule")).into_iter().flat_map(Node::items) {
            if let (Some(id), Some(severity)) = (entry.get("id").and_then(Node::text), entry.get("severity")) {
                each(id, severity);
            }
        }
    };
    // The last entry about a rule counts.
    let mut quiet: BTreeMap<String, Grant> = BTreeMap::new();
    entries(other.root(), &mut |id, _| {
        quiet.extend(quieter(input, id, None).map(|grant| (id.to_owned(), grant)));
    });
    entries(input.toml().root(), &mut |id, severity| {
        let grant = severity.text().and_then(|word| quieter(input, id, Some(word)));
        quiet.extend(grant.map(|grant| (id.to_owned(), grant.at(severity.span()))));
    });
    quiet.into_values().collect()
}

/// A rule at a severity; at its own one where nothing is said, if there is such a rule.
fn quieter(input: &Input<'_>, id: &str, severity: Option<&str>) -> Option<Grant> {
    let own = || input.rules.and_then(|rules| rules.get(id)).map(|rule| rule.rule().severity);
    let (rank, name, harm) = match (severity, own()) {
        (Some("off"), _) => (4, "off", Severity::High),
        (Some("low"), _) | (None, Some(Severity::Low)) => (3, "low", Severity::Medium),
        (Some("medium"), _) | (None, Some(Severity::Medium)) => (2, "medium", Severity::Medium),
        (Some("high"), _) | (None, Some(Severity::High)) => (1, "high", Severity::Medium),
        (Some(_), _) | (None, Some(Severity::Critical)) => (0, "critical", Severity::Low),
        (None, None) => return None,
    };
    let what = Reach::one(format!("a quieter rule {}", literal(id)));
    Some(Grant::allow(TUNING, change(), what, harm).level(rank, name))
}

fn allowed(entry: Node<'_>) -> Option<Grant> {
    let text = |key: &str| entry.get(key).and_then(Node::text);
    let (rule, path) = (text("rule")?, text("path")?);
    let which = match (text("fingerprint"), text("value")) {
        (Some(fingerprint), _) => literal(fingerprint),
        (None, Some(value)) => format!("values like {value}"),
        (None, None) => "everything".to_owned(),
    };
    let what = Reach::one(format!("findings of {} set aside, {which}", literal(rule)));
    let grant = Grant::allow(ALLOW, change(), what, Severity::High).on(Reach::one(pattern(path))).at(entry.span());
    let day = text("expires").map(|day| (day.bytes().filter(u8::is_ascii_digit).map(char::from).collect(), day));
    Some(match day.map(|(digits, day): (String, &str)| (digits.parse(), day)) {
        Some((Ok(rank), day)) => grant.level(rank, format!("until {day}")),
        _ => grant.level(FOR_EVER, "for ever"),
    })
}

/// An area and its owners.
fn guarded(area: Node<'_>, out: &mut Vec<Grant>) {
    let name = area.get("name").and_then(Node::text).unwrap_or_default();
    let is_optional = area.get("review").is_some_and(|review| review.is("optional"));
    for path in area.get("paths").into_iter().flat_map(Node::one_or_many).filter_map(Node::text) {
        let what = Reach::one(format!("a review of {name}, {}", pattern(path)));
        let grant = Grant::guard(FENCED, change(), what, Severity::High).at(area.span());
        out.push(if is_optional { grant.level(1, "told") } else { grant.level(2, "asked for") });
    }
    for owner in area.get("owners").into_iter().flat_map(Node::one_or_many) {
        let what = Reach::one(format!("an approval of {name} by {}", literal(owner.text().unwrap_or_default())));
        out.push(Grant::allow(FENCED, change(), what, Severity::Medium).level(1, "enough").at(owner.span()));
    }
}

/// A list that fences something in: without it there is no fence, and each entry is a gap in it.
fn listed(root: Node<'_>, path: &[&str], what: &str, out: &mut Vec<Grant>) {
    let Some(node) = root.path(path) else {
        // Whatever the list names elsewhere was let through anyway.
        let all = Reach::one(format!("{what} *"));
        out.push(Grant::allow(FENCED, change(), all, Severity::High).level(1, "let through, without a list"));
        return;
    };
    for item in node.one_or_many() {
        let one = Reach::one(format!("{what} {}", pattern(item.text().unwrap_or_default())));
        out.push(Grant::allow(FENCED, change(), one, Severity::Medium).level(1, "let through").at(item.span()));
    }
}
