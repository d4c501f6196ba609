//! The one comparison: what the new grants give beyond the old, and what protected and is gone.

use std::collections::HashMap;

use super::{Condition, Effect, Grant, Newcomers, Reach, Subject};
use crate::finding::Severity;

/// Parts of one grant that are judged one by one; beyond that the grant is judged whole.
const MOST_PARTS: usize = 10_000;

/// One widening.
#[derive(Clone, Debug)]
pub(super) struct Gain<'g> {
    /// What is gained, or what is lost if it forbade or protected.
    pub(super) grant: &'g Grant,
    /// The parts of its capability that are new, and on what.
    pub(super) parts: Vec<(Reach, Reach)>,
    /// The old grant that came nearest: how far it went is the "before".
    pub(super) nearest: Option<&'g Grant>,
    /// How bad it is.
    pub(super) severity: Severity,
}

/// Everything that is wider in `new` than in `old`. With `old` being `None` there is no past: what counts is what stands
/// beyond the dangerous line.
pub(super) fn gains<'g>(old: Option<&'g [Grant]>, new: &'g [Grant], newcomers: Newcomers) -> Vec<Gain<'g>> {
    let Some(old) = old else { return alone(new.iter()).collect() };
    let (before, after) = (Side::new(old), Side::new(new));
    let mut gains = gained(&before, &after, newcomers);
    gains.extend(lost(&before, &after));
    gains
}

/// What stands beyond the dangerous line.
fn alone<'g>(grants: impl Iterator<Item = &'g Grant>) -> impl Iterator<Item = Gain<'g>> {
    grants.filter(|grant| grant.effect == Effect::Allow && grant.level.rank > 0).filter_map(|grant| {
        let parts = parts(grant);
        grant.alone.map(|severity| Gain { grant, parts, nearest: None, severity })
    })
}

/// The grants of one side, by subject and by kind of subject.
struct Side<'g> {
    all: &'g [Grant],
    by_subject: HashMap<&'g Subject, Vec<&'g Grant>>,
}

impl<'g> Side<'g> {
    fn new(all: &'g [Grant]) -> Self {
        let mut by_subject: HashMap<&Subject, Vec<&Grant>> = HashMap::new();
        for grant in all {
            by_subject.entry(&grant.subject).or_default().push(grant);
        }
        Self { all, by_subject }
    }

    fn has(&self, subject: &Subject) -> bool {
        self.by_subject.contains_key(subject)
    }

    /// Grants of subjects of this kind that the other side does not have.
    fn without(&self, other: &Self, kind: &str) -> Vec<&'g Grant> {
        self.all.iter().filter(|grant| grant.subject.kind == kind && !other.has(&grant.subject)).collect()
    }

    fn of_kind(&self, kind: &str) -> Vec<&'g Grant> {
        self.all.iter().filter(|grant| grant.subject.kind == kind).collect()
    }
}

/// What the old side gave to those who now have a name that it did not know.
struct Bases<'a, 'g> {
    before: &'a Side<'g>,
    after: &'a Side<'g>,
    newcomers: Newcomers,
    by_kind: HashMap<&'static str, Vec<&'g Grant>>,
}

impl<'g> Bases<'_, 'g> {
    fn of(&mut self, subject: &Subject) -> &[&'g Grant] {
        if let Some(own) = self.before.by_subject.get(subject) {
            return own;
        }
        let (before, after, newcomers) = (self.before, self.after, self.newcomers);
        self.by_kind.entry(subject.kind).or_insert_with(|| match newcomers {
            Newcomers::ByFile => before.of_kind(subject.kind),
            Newcomers::ByVanished | Newcomers::ByLine => before.without(after, subject.kind),
        })
    }
}

fn gained<'g>(before: &Side<'g>, after: &Side<'g>, newcomers: Newcomers) -> Vec<Gain<'g>> {
    let mut bases = Bases { before, after, newcomers, by_kind: HashMap::new() };
    let mut gains = Vec::new();
    for grant in after.all.iter().filter(|grant| grant.effect == Effect::Allow && grant.level.rank > 0) {
        let own = after.by_subject.get(&grant.subject).map_or(&[][..], Vec::as_slice);
        let base = bases.of(&grant.subject);
        if base.is_empty() && (newcomers == Newcomers::ByLine || before.all.is_empty()) {
            gains.extend(alone(std::iter::once(grant)));
            continue;
        }
        let is_new = |(capability, scope): &(Reach, Reach)| {
            let wanted = Wanted { grant, capability, scope };
            !wanted.is_denied(own) && !wanted.is_given(base)
        };
        let parts: Vec<(Reach, Reach)> = parts(grant).into_iter().filter(is_new).collect();
        if !parts.is_empty() {
            let nearest = nearest(base, grant, &parts);
            gains.push(Gain { grant, parts, nearest, severity: grant.severity });
        }
    }
    gains
}

/// Denials and protections that hold no longer. A denial only matters while its subject is there.
fn lost<'g>(before: &Side<'g>, after: &Side<'g>) -> Vec<Gain<'g>> {
    let mut gains = Vec::new();
    for grant in before.all.iter().filter(|grant| grant.effect != Effect::Allow && grant.level.rank > 0) {
        let rest = match after.by_subject.get(&grant.subject) {
            Some(own) => own.clone(),
            // Renamed, perhaps: what is new may protect in its place.
            None => after.without(before, grant.subject.kind),
        };
        if grant.effect == Effect::Deny && rest.is_empty() {
            continue;
        }
        let is_lost = |(capability, scope): &(Reach, Reach)| {
            let wanted = Wanted { grant, capability, scope };
            !rest.iter().any(|other| other.effect == grant.effect && wanted.is_still_held(other))
        };
        let parts: Vec<(Reach, Reach)> = parts(grant).into_iter().filter(is_lost).collect();
        if !parts.is_empty() {
            let nearest = nearest(&rest, grant, &parts);
            gains.push(Gain { grant, parts, nearest, severity: grant.severity });
        }
    }
    gains
}

/// The grant cut into single capabilities on single scopes, unless there are too many.
fn parts(grant: &Grant) -> Vec<(Reach, Reach)> {
    let (capabilities, scopes) = (grant.capability.parts(), grant.scope.parts());
    if capabilities.len().saturating_mul(scopes.len()) > MOST_PARTS {
        return vec![(grant.capability.clone(), grant.scope.clone())];
    }
    let pair = |capability: &Reach| {
        let capability = capability.clone();
        scopes.iter().map(move |scope| (capability.clone(), scope.clone())).collect::<Vec<_>>()
    };
    capabilities.iter().flat_map(pair).collect()
}

/// One part of a grant, looked for among others.
struct Wanted<'a> {
    grant: &'a Grant,
    capability: &'a Reach,
    scope: &'a Reach,
}

impl Wanted<'_> {
    fn is_within(&self, other: &Grant) -> bool {
        other.capability.holds(self.capability) && other.scope.holds(self.scope)
    }

    /// True if `base` allows the part already.
    fn is_given(&self, base: &[&Grant]) -> bool {
        let gives = |other: &&&Grant| {
            other.effect == Effect::Allow
                && other.level.rank >= self.grant.level.rank
                && self.is_within(other)
                && are_looser(&other.conditions, &self.grant.conditions)
        };
        base.iter().any(|other| gives(&other)) && !self.is_denied(base)
    }

    /// True if an unconditional denial takes the part away.
    fn is_denied(&self, grants: &[&Grant]) -> bool {
        grants.iter().any(|other| {
            other.effect == Effect::Deny && other.conditions.is_empty() && other.level.rank > 0 && self.is_within(other)
        })
    }

    /// True if `other` forbids or protects at least as much: it holds under fewer conditions, not more.
    fn is_still_held(&self, other: &Grant) -> bool {
        other.level.rank >= self.grant.level.rank
            && self.is_within(other)
            && are_looser(&other.conditions, &self.grant.conditions)
    }
}

/// True if whoever meets `tight` meets `loose`: each loose condition has a tight one of the same test with no more values.
fn are_looser(loose: &[Condition], tight: &[Condition]) -> bool {
    loose.iter().all(|l| tight.iter().any(|t| t.test == l.test && l.values.holds(&t.values)))
}

/// Of the grants that touch the parts the one that went furthest.
fn nearest<'g>(base: &[&'g Grant], grant: &Grant, parts: &[(Reach, Reach)]) -> Option<&'g Grant> {
    let touches = |other: &Grant| parts.iter().any(|(c, s)| other.capability.meets(c) && other.scope.meets(s));
    let alike = base.iter().copied().filter(|other| other.effect == grant.effect && touches(other));
    // Of equal ones the first.
    alike.rev_max_by_rank()
}

trait MaxByRank<'g>: Iterator<Item = &'g Grant> + Sized {
    fn rev_max_by_rank(self) -> Option<&'g Grant> {
        self.fold(None, |best: Option<&Grant>, next| match best {
            Some(best) if best.level.rank >= next.level.rank => Some(best),
            _ => Some(next),
        })
    }
}

impl<'g, I: Iterator<Item = &'g Grant>> MaxByRank<'g> for I {}

#[cfg(test)]
mod tests;
