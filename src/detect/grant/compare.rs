//! The one comparison: what the new grants give beyond the old, and what protected and is gone.

use super::base::{Base, Side, Strangers};
use super::{Condition, Effect, Grant, Newcomers, Reach};
use crate::finding::Severity;

/// Parts of one grant that are judged one by one; beyond that the grant is judged whole.
const MOST_PARTS: usize = 10_000;

/// Parts whose past is looked up for the words of a finding.
const MOST_ASKED: usize = 16;

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
    gains.extend(lost(&before, &after, newcomers));
    gains
}

/// What stands beyond the dangerous line.
fn alone<'g>(grants: impl Iterator<Item = &'g Grant>) -> impl Iterator<Item = Gain<'g>> {
    grants.filter(|grant| grant.effect == Effect::Allow && grant.level.rank > 0).filter_map(|grant| {
        let parts = parts(grant);
        grant.alone.map(|severity| Gain { grant, parts, nearest: None, severity })
    })
}

fn gained<'g>(before: &Side<'g>, after: &Side<'g>, newcomers: Newcomers) -> Vec<Gain<'g>> {
    let mut strangers = Strangers::new(before, after, newcomers);
    let none = Base::default();
    let mut gains = Vec::new();
    for grant in after.all.iter().filter(|grant| grant.effect == Effect::Allow && grant.level.rank > 0) {
        let own = after.of(&grant.subject).unwrap_or(&none);
        let base = strangers.base(&grant.subject);
        let is_judged_alone = match newcomers {
            Newcomers::Known => before.of(&grant.subject).is_none(),
            Newcomers::DangerousLine => base.is_empty(),
            Newcomers::WholeFile | Newcomers::Vanished => false,
        };
        if is_judged_alone {
            gains.extend(alone(std::iter::once(grant)));
            continue;
        }
        let is_new = |(capability, scope): &(Reach, Reach)| {
            let wanted = Wanted { grant, capability, scope };
            !wanted.is_denied(own) && !wanted.is_given(base)
        };
        gains.extend(gain(grant, base, is_new));
    }
    gains
}

/// Denials and protections that hold no longer. A denial only matters while its subject is there. Where the subject has
/// another name now, what those protect who are new stands in.
fn lost<'g>(before: &Side<'g>, after: &Side<'g>, newcomers: Newcomers) -> Vec<Gain<'g>> {
    let mut strangers = Strangers::new(after, before, Newcomers::Vanished);
    let none = Base::default();
    let mut gains = Vec::new();
    for grant in before.all.iter().filter(|grant| takes(grant) && grant.level.rank > 0) {
        let rest = strangers.base(&grant.subject);
        let is_gone = rest.is_empty() || (newcomers == Newcomers::Known && after.of(&grant.subject).is_none());
        if grant.effect == Effect::Deny && is_gone {
            continue;
        }
        let own = before.of(&grant.subject).unwrap_or(&none);
        let is_lost = |(capability, scope): &(Reach, Reach)| {
            let wanted = Wanted { grant, capability, scope };
            !wanted.is_still_held(rest) && (grant.effect == Effect::Guard || !wanted.went_with_its_use(own, rest))
        };
        gains.extend(gain(grant, rest, is_lost));
    }
    gains
}

/// True if it forbids or protects.
fn takes(grant: &Grant) -> bool {
    matches!(grant.effect, Effect::Deny | Effect::Guard)
}

/// The gain that the parts of `grant` make which are missing from `base`, if there are any.
fn gain<'g>(grant: &'g Grant, base: &Base<'g>, is_missing: impl Fn(&(Reach, Reach)) -> bool) -> Option<Gain<'g>> {
    let parts: Vec<(Reach, Reach)> = parts(grant).into_iter().filter(is_missing).collect();
    (!parts.is_empty()).then(|| Gain { grant, nearest: nearest(base, grant, &parts), parts, severity: grant.severity })
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
    /// True if `base` allows the part already.
    fn is_given(&self, base: &Base<'_>) -> bool {
        self.is_still_held(base) && !self.is_denied(base)
    }

    /// True if something unconditional takes the part away.
    fn is_denied(&self, grants: &Base<'_>) -> bool {
        grants.has(Effect::Deny, self.capability, self.scope, |other| {
            takes(other) && other.conditions.is_empty() && other.level.rank > 0
        })
    }

    /// True for a denial of what was allowed beside it before and is allowed no more.
    fn went_with_its_use(&self, before: &Base<'_>, after: &Base<'_>) -> bool {
        let is_used = |base: &Base<'_>| {
            let is_allowed = |other: &Grant| other.effect == Effect::Allow && other.level.rank > 0;
            let mut near = base.near(self.capability).into_iter().filter(|other| is_allowed(other));
            near.any(|other| other.capability.meets(self.capability) && other.scope.meets(self.scope))
        };
        is_used(before) && !is_used(after)
    }

    /// True if something in `base` has the same effect at least as far: it holds under fewer conditions, not more.
    fn is_still_held(&self, base: &Base<'_>) -> bool {
        base.has(self.grant.effect, self.capability, self.scope, |other| {
            (other.effect == self.grant.effect || other.effect == Effect::Unknown)
                && other.level.rank >= self.grant.level.rank
                && are_looser(&other.conditions, &self.grant.conditions)
        })
    }
}

/// True if whoever meets `tight` meets `loose`: each loose condition has a tight one of the same test with no more values.
fn are_looser(loose: &[Condition], tight: &[Condition]) -> bool {
    loose.iter().all(|l| tight.iter().any(|t| t.test == l.test && l.values.holds(&t.values)))
}

/// Of the grants that touch the parts the one that went furthest; of equal ones the first.
fn nearest<'g>(base: &Base<'g>, grant: &Grant, parts: &[(Reach, Reach)]) -> Option<&'g Grant> {
    let mut best: Option<&Grant> = None;
    for (capability, scope) in parts.iter().take(MOST_ASKED) {
        let touches = |other: &Grant| other.capability.meets(capability) && other.scope.meets(scope);
        for next in base.near(capability) {
            let is_further = best.is_none_or(|best| best.level.rank < next.level.rank);
            if next.effect == grant.effect && is_further && touches(next) {
                best = Some(next);
            }
        }
    }
    best
}

#[cfg(test)]
mod tests;
