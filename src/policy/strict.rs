//! The stricter of two policies: what either of them would stop or tell is stopped and told.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::Threshold;
use super::file::{AllowEntry, AreaEntry, PolicyFile, RuleEntry, TeamEntry, Tuning};
use crate::finding::Severity;
use crate::rule::RuleSet;
use crate::unit::PathGlob;

impl PolicyFile {
    /// The policy that lets pass only what both let pass, `self` and what `other` says beside it. Of what may be written it
    /// has what `self` says: that is a fence, and the other's is to be drawn beside it.
    #[must_use]
    pub fn strictest(self, other: Self, rules: &RuleSet) -> Self {
        let exclude = |glob: &PathGlob| other.exclude.iter().any(|own| own.text() == glob.text());
        Self {
            fail_on: stricter(self.fail_on, other.fail_on),
            exclude: self.exclude.into_iter().filter(exclude).collect(),
            approved_hosts: both(self.approved_hosts, other.approved_hosts),
            writable: self.writable,
            areas: all(self.areas, other.areas),
            teams: self.teams.into_iter().filter_map(|team| smaller(team, &other.teams)).collect(),
            allows: shorter(self.allows, &other.allows),
            rules: louder(&self.rules, &other.rules, rules),
        }
    }
}

fn stricter(one: Option<Threshold>, other: Option<Threshold>) -> Option<Threshold> {
    let level = |threshold: Option<Threshold>| threshold.unwrap_or(Threshold::At(Severity::High));
    match (level(one), level(other)) {
        (Threshold::At(a), Threshold::At(b)) => Some(Threshold::At(a.min(b))),
        (Threshold::Never, level) | (level, Threshold::Never) => Some(level),
    }
}

/// Hosts that both approve of; a policy without a list approves of none by itself and looks for none either.
fn both(one: Option<Vec<String>>, other: Option<Vec<String>>) -> Option<Vec<String>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.into_iter().filter(|host| other.contains(host)).collect()),
        (one, other) => one.or(other),
    }
}

fn all(mut areas: Vec<AreaEntry>, others: Vec<AreaEntry>) -> Vec<AreaEntry> {
    let words = |area: &AreaEntry| {
        let paths: Vec<String> = area.paths.iter().map(|path| path.text().to_owned()).collect();
        (area.name.clone(), paths, area.owners.clone(), area.review)
    };
    let more: Vec<AreaEntry> =
        others.into_iter().filter(|other| !areas.iter().any(|area| words(area) == words(other))).collect();
    areas.extend(more);
    areas
}

fn smaller(team: TeamEntry, others: &[TeamEntry]) -> Option<TeamEntry> {
    let known: BTreeSet<&String> =
        others.iter().filter(|other| other.name == team.name).flat_map(|other| &other.members).collect();
    let members: Vec<String> = team.members.into_iter().filter(|member| known.contains(member)).collect();
    (!members.is_empty()).then_some(TeamEntry { name: team.name, members })
}

/// Entries that both have, each until the earlier of the two days.
fn shorter(entries: Vec<AllowEntry>, others: &[AllowEntry]) -> Vec<AllowEntry> {
    let words = |entry: &AllowEntry| {
        let fingerprint = entry.fingerprint.as_ref().map(|own| format!("{own:?}"));
        (entry.rule.clone(), entry.path.text().to_owned(), fingerprint, entry.value.clone())
    };
    // One without a last day holds for ever, and of several the one that holds longest counts.
    let mut last: BTreeMap<_, Date> = BTreeMap::new();
    for other in others {
        let day = last.entry(words(other)).or_insert(Date::MIN);
        *day = (*day).max(other.expires.unwrap_or(Date::MAX));
    }
    let joined = |entry: AllowEntry| {
        let day = (*last.get(&words(&entry))?).min(entry.expires.unwrap_or(Date::MAX));
        Some(AllowEntry { expires: (day < Date::MAX).then_some(day), ..entry })
    };
    entries.into_iter().filter_map(joined).collect()
}

/// Each tuned rule at the louder of what the two say; where a policy says nothing, the rule's own severity counts.
fn louder(one: &[RuleEntry], other: &[RuleEntry], rules: &RuleSet) -> Vec<RuleEntry> {
    let said = |entries: &[RuleEntry], id: &str| entries.iter().rfind(|entry| entry.id == id).map(|entry| entry.tuning);
    let volume = |tuning: Option<Tuning>, id: &str| match tuning {
        Some(Tuning::Severity(severity)) => Some(severity),
        Some(Tuning::Off) => None,
        None => rules.get(id).map(|rule| rule.rule().severity),
    };
    let joined = |entry: &RuleEntry| {
        let id = entry.id.as_str();
        let (a, b) = (said(one, id), said(other, id));
        let tuning = if volume(a, id) >= volume(b, id) { a } else { b };
        tuning.map(|tuning| RuleEntry { id: id.to_owned(), tuning, line: entry.line })
    };
    one.iter().chain(other).filter_map(joined).collect()
}
