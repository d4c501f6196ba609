//! The grants of one side, so kept that the ones which hold a capability are found without asking all.

use std::collections::{HashMap, HashSet};

use super::reach::{self, Reach};
use super::wide::Wide;
use super::{Condition, Effect, Grant, Newcomers, Subject};

/// Grants of one subject, or of several that are measured together.
#[derive(Debug, Default)]
pub(super) struct Base<'g> {
    grants: Vec<&'g Grant>,
    /// Those that allow.
    gives: Index<'g>,
    /// Those that forbid or protect.
    takes: Index<'g>,
}

/// Grants by their capability, each as its place in the list.
#[derive(Debug, Default)]
struct Index<'g> {
    /// Capabilities without wildcards, with the grants that name them.
    exact: HashMap<&'g str, Named<'g>>,
    /// Capabilities with wildcards.
    wide: Wide<'g>,
    /// Grants of everything but something.
    all_but: Vec<usize>,
}

impl<'g> Index<'g> {
    fn add(&mut self, at: usize, grant: &'g Grant) {
        let Reach::Only(patterns) = &grant.capability else { return self.all_but.push(at) };
        for pattern in patterns {
            if reach::has_wildcard(pattern) {
                self.wide.add(pattern, at);
            } else {
                self.exact.entry(pattern).or_default().add(at, &grant.scope);
            }
        }
    }

    /// Those that may have to do with this name.
    fn near(&self, name: &str) -> impl Iterator<Item = usize> {
        let exact = self.exact.get(name).map_or(&[][..], |named| &named.all);
        exact.iter().chain(&self.all_but).copied().chain(self.wide.all())
    }
}

/// The grants of one capability.
#[derive(Debug, Default)]
struct Named<'g> {
    all: Vec<usize>,
    /// Those on scopes without wildcards, by scope.
    by_scope: HashMap<&'g str, Vec<usize>>,
    /// Those on wider scopes.
    wide: Vec<usize>,
}

impl<'g> Named<'g> {
    fn add(&mut self, at: usize, scope: &'g Reach) {
        self.all.push(at);
        match scope {
            Reach::Only(patterns) if !patterns.iter().any(|pattern| reach::has_wildcard(pattern)) => {
                patterns.iter().for_each(|pattern| self.by_scope.entry(pattern).or_default().push(at));
            }
            _ => self.wide.push(at),
        }
    }

    /// Those that can hold `scope`: one without wildcards never holds one with them.
    fn on(&self, scope: &Reach) -> impl Iterator<Item = usize> {
        let (narrow, wide) = match scope {
            Reach::Only(patterns) if patterns.len() == 1 => {
                (self.by_scope.get(patterns[0].as_str()).map_or(&[][..], Vec::as_slice), &self.wide)
            }
            Reach::Only(_) => (&[][..], &self.all),
            Reach::AllBut(_) | Reach::Passing(_) | Reach::Numbers(_) => (&[][..], &self.wide),
        };
        narrow.iter().chain(wide).copied()
    }
}

/// What makes two grants the same to whoever is measured against them.
type Power<'g> = (Effect, &'g Reach, &'g Reach, u32, &'g [Condition]);

impl<'g> Base<'g> {
    fn new(grants: impl IntoIterator<Item = &'g Grant>) -> Self {
        let mut base = Self::default();
        let mut seen: HashSet<Power<'g>> = HashSet::new();
        for grant in grants {
            if seen.insert((grant.effect, &grant.capability, &grant.scope, grant.level.rank, &grant.conditions)) {
                base.add(grant);
            }
        }
        base
    }

    /// What nothing here decides counts on both sides.
    fn add(&mut self, grant: &'g Grant) {
        let at = self.grants.len();
        self.grants.push(grant);
        if matches!(grant.effect, Effect::Allow | Effect::Unknown) {
            self.gives.add(at, grant);
        }
        if grant.effect != Effect::Allow {
            self.takes.add(at, grant);
        }
    }

    /// Those that may have to do with `capability`, in their order.
    pub(super) fn near(&self, capability: &Reach) -> Vec<&'g Grant> {
        let one = match capability {
            Reach::Only(patterns) => patterns.first().filter(|one| patterns.len() == 1 && !reach::has_wildcard(one)),
            _ => None,
        };
        let Some(name) = one else { return self.grants.clone() };
        let mut places: Vec<usize> = self.gives.near(name).chain(self.takes.near(name)).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().filter_map(|at| self.grants.get(at).copied()).collect()
    }

    /// True without any.
    pub(super) fn is_empty(&self) -> bool {
        self.grants.is_empty()
    }

    /// True if a grant of this effect, or of one that is decided elsewhere, holds `capability` on `scope` and fits.
    pub(super) fn has(&self, effect: Effect, capability: &Reach, scope: &Reach, fits: impl Fn(&Grant) -> bool) -> bool {
        let index = if effect == Effect::Allow { &self.gives } else { &self.takes };
        let fits = |grant: &Grant| fits(grant) && grant.scope.holds(scope);
        let Reach::Only(patterns) = capability else { return self.any_holds(capability, fits) };
        let [pattern] = patterns.as_slice() else { return self.any_holds(capability, fits) };
        index.exact.get(pattern.as_str()).is_some_and(|named| named.on(scope).any(|at| fits(self.grants[at])))
            || index.wide.holding(pattern).any(|at| fits(self.grants[at]))
            || index.all_but.iter().any(|&at| fits(self.grants[at]) && self.grants[at].capability.holds(capability))
    }

    fn any_holds(&self, capability: &Reach, fits: impl Fn(&Grant) -> bool) -> bool {
        self.grants.iter().any(|grant| fits(grant) && grant.capability.holds(capability))
    }
}

/// All grants of one side, by subject.
pub(super) struct Side<'g> {
    pub(super) all: &'g [Grant],
    by_subject: HashMap<&'g Subject, Base<'g>>,
}

impl<'g> Side<'g> {
    pub(super) fn new(all: &'g [Grant]) -> Self {
        let mut grouped: HashMap<&Subject, Vec<&Grant>> = HashMap::new();
        all.iter().for_each(|grant| grouped.entry(&grant.subject).or_default().push(grant));
        Self { all, by_subject: grouped.into_iter().map(|(subject, grants)| (subject, Base::new(grants))).collect() }
    }

    /// What `subject` has, if the side knows it.
    pub(super) fn of(&self, subject: &Subject) -> Option<&Base<'g>> {
        self.by_subject.get(subject)
    }
}

/// What `side` has, for subjects that it does not know and `other` does.
pub(super) struct Strangers<'a, 'g> {
    side: &'a Side<'g>,
    other: &'a Side<'g>,
    newcomers: Newcomers,
    by_kind: HashMap<&'static str, Base<'g>>,
}

impl<'a, 'g> Strangers<'a, 'g> {
    pub(super) fn new(side: &'a Side<'g>, other: &'a Side<'g>, newcomers: Newcomers) -> Self {
        Self { side, other, newcomers, by_kind: HashMap::new() }
    }

    /// What a subject is measured against: its own, or what those of its kind had.
    pub(super) fn base(&mut self, subject: &Subject) -> &Base<'g> {
        let Self { side, other, newcomers, by_kind } = self;
        if let Some(own) = side.of(subject) {
            return own;
        }
        by_kind.entry(subject.kind).or_insert_with(|| {
            let is_gone = |grant: &&Grant| *newcomers == Newcomers::WholeFile || other.of(&grant.subject).is_none();
            Base::new(side.all.iter().filter(|grant| grant.subject.kind == subject.kind).filter(is_gone))
        })
    }
}
