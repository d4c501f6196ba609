//! polkit: privileged actions that nobody is asked a password for.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document;
use crate::finding::Severity;

/// Rules in JavaScript, local authority files, and the defaults of actions.
///
/// Source: polkit(8), pklocalauthority(8).
pub(in crate::detect::grant) static POLKIT: Surface = Surface {
    files: &["**/polkit*/**/*.rules", "**/*polkit*.rules", "**/*.pkla", "**/*.policy", "**/*.policy.in"],
    marks: &["polkit", "ResultActive", "allow_active"],
    needs: None,
    grants: polkit,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "polkit-rule";
/// Rules that are read.
const MOST_RULES: usize = 1_000;

fn polkit(input: &Input<'_>, _: World) -> Vec<Grant> {
    if input.path.ends_with(".pkla") {
        local(input.text)
    } else if input.path.contains(".policy") {
        defaults(input)
    } else {
        rules(input.text)
    }
}

fn grant(action: Reach, is_wide: bool, span: Range<usize>) -> Grant {
    let what: Vec<String> = match action {
        Reach::Only(ids) => ids,
        _ => vec!["*".into()],
    };
    let severity = if is_wide { Severity::Critical } else { Severity::High };
    let grant = Grant::allow(RULE, Subject::new("polkit", ""), Reach::of(what), severity);
    let grant = grant.level(5, "yes, without a password").at(span);
    if is_wide { grant.alone(Severity::High) } else { grant }
}

/// Each rule that can answer yes: for the actions that it names, under the tests that it makes.
fn rules(text: &str) -> Vec<Grant> {
    let text_only = without_comments(text);
    let starts: Vec<usize> = text_only.match_indices("addRule").map(|(at, _)| at).take(MOST_RULES).collect();
    let mut grants = Vec::new();
    for (i, &start) in starts.iter().enumerate() {
        let end = starts.get(i + 1).copied().unwrap_or(text_only.len());
        let body = text_only.get(start..end).unwrap_or_default();
        let Some(yes) = body.find("Result.YES").or_else(|| body.find("\"yes\"")) else { continue };
        let strings = strings(body);
        let ids = strings.iter().filter(|(_, s)| s.matches('.').count() >= 2).map(|(at, id)| {
            let is_start = body
                .get(..*at)
                .is_some_and(|head| head.trim_end().ends_with("indexOf(") || head.trim_end().ends_with("startsWith("));
            if is_start { format!("{id}*") } else { id.clone() }
        });
        let ids: Vec<String> = ids.collect();
        let of = |word: &str| -> Vec<String> {
            let is_behind = |at: usize| {
                body.get(..at)
                    .is_some_and(|head| head.trim_end().trim_end_matches(['(', '=']).trim_end().ends_with(word))
            };
            strings.iter().filter(|(at, _)| is_behind(*at)).map(|(_, name)| name.clone()).collect()
        };
        let (groups, users) = (of("isInGroup"), of("subject.user"));
        let is_open = groups.is_empty() && users.is_empty();
        let is_wide = ids.is_empty() && is_open;
        let scope = if ids.is_empty() { Reach::all() } else { Reach::of(ids) };
        let mut grant = grant(scope, is_wide, start + yes..start + yes + 10);
        for (test, names) in [("the group is", groups), ("the user is", users)] {
            if !names.is_empty() {
                grant = grant.only_if(test, Reach::of(names));
            }
        }
        for test in ["subject.local", "subject.active"] {
            if body.contains(test) {
                grant = grant.only_if(test, Reach::one("true"));
            }
        }
        grants.push(grant);
    }
    grants
}

/// Comments become blanks, so that places stay.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quote) = (text, None);
    while let Some(c) = rest.chars().next() {
        let end = match (quote, c) {
            (None, '/') if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            (None, '/') if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            _ => 0,
        };
        if end > 0 {
            out.extend(rest.get(..end).unwrap_or_default().bytes().map(|_| ' '));
            rest = rest.get(end..).unwrap_or_default();
            continue;
        }
        quote = match quote {
            None if matches!(c, '"' | '\'') => Some(c),
            Some(open) if open == c || c == '\n' => None,
            other => other,
        };
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

/// Quoted strings with the places of their quotes.
fn strings(text: &str) -> Vec<(usize, String)> {
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(['"', '\''])).map(|n| at + n) {
        let quote = text.as_bytes().get(start).copied().unwrap_or(b'"') as char;
        let Some(length) = text.get(start + 1..).and_then(|rest| rest.find([quote, '\n'])) else { break };
        out.push((start, text.get(start + 1..start + 1 + length).unwrap_or_default().to_owned()));
        at = start + length + 2;
    }
    out
}

fn local(text: &str) -> Vec<Grant> {
    let entries = document::ini(text);
    let mut grants = Vec::new();
    for result in entries.iter().filter(|entry| entry.key.starts_with("Result") && entry.bare() == "yes") {
        let own = |key: &str| entries.iter().find(|e| e.section == result.section && e.key == key).map(|e| e.bare());
        let names =
            |key| own(key).map(|list| list.split(';').filter(|s| !s.is_empty()).map(str::to_owned).collect::<Vec<_>>());
        let actions = names("Action").unwrap_or_else(|| vec!["*".into()]);
        let who = names("Identity").unwrap_or_default();
        let is_anyone = who.is_empty() || who.iter().any(|one| one.ends_with(":*"));
        let is_wide = is_anyone && actions.iter().any(|one| one == "*");
        let mut grant = grant(Reach::of(actions), is_wide, result.span.clone());
        if !is_anyone {
            grant = grant.only_if("the identity is", Reach::of(who));
        }
        grants.push(grant.only_if("the session is", sessions(result.key)));
    }
    grants
}

fn sessions(key: &str) -> Reach {
    match key {
        "ResultAny" => Reach::all(),
        "ResultInactive" => Reach::one("inactive"),
        _ => Reach::one("active"),
    }
}

fn defaults(input: &Input<'_>) -> Vec<Grant> {
    let xml = document::xml(input.text);
    if let Some(gap) = &xml.gap {
        input.note(gap.at, gap.why.clone());
    }
    let mut grants = Vec::new();
    for element in
        xml.elements.iter().filter(|e| matches!(e.name.as_str(), "allow_any" | "allow_inactive" | "allow_active"))
    {
        let action = element.parent.and_then(|at| xml.elements.get(at)).and_then(|e| xml.elements.get(e.parent?));
        let Some(id) = action.and_then(|action| action.get("id")) else { continue };
        let value = element.text.trim();
        let rank = match value {
            "auth_admin" => 1,
            "auth_admin_keep" => 2,
            "auth_self" => 3,
            "auth_self_keep" => 4,
            "yes" => 5,
            _ => 0,
        };
        let who = element.name.trim_start_matches("allow_");
        let severity = if rank == 5 && who != "active" { Severity::High } else { Severity::Medium };
        let grant =
            Grant::allow(RULE, Subject::new("action", id), Reach::one(format!("use by {who} sessions")), severity);
        grants.push(grant.level(rank, value).at(element.span.clone()));
    }
    grants
}
