//! What must hold for any grants, whatever file they come from.

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::detect::grant::{Level, Subject};

/// Patterns over few letters, so that they often hold each other.
fn reach() -> impl Strategy<Value = Reach> {
    let word = proptest::sample::select(vec!["*", "a", "b", "a*", "ab", "ac", "a?"]).prop_map(str::to_owned);
    (0u8..4, vec(word, 1..3))
        .prop_map(|(kind, words)| if kind == 0 { Reach::AllBut(words) } else { Reach::Only(words) })
}

fn grant() -> impl Strategy<Value = Grant> {
    let effect = prop_oneof![5 => Just(Effect::Allow), 1 => Just(Effect::Deny), 1 => Just(Effect::Guard)];
    let condition = ("[st]", reach()).prop_map(|(test, values)| Condition { test, values, shown: None });
    (effect, "[xy]", reach(), reach(), 0u32..3, vec(condition, 0..2)).prop_map(
        |(effect, name, capability, scope, rank, conditions)| Grant {
            effect,
            scope,
            conditions,
            level: Level::new(rank, "level"),
            ..Grant::allow("rule", Subject::new("someone", name), capability, Severity::High)
        },
    )
}

/// A file in which everyone there is named, so that nobody comes or goes.
fn file() -> impl Strategy<Value = Vec<Grant>> {
    let named = ["x", "y"].map(|name| {
        let nothing = Grant::allow("rule", Subject::new("someone", name), Reach::one("-"), Severity::Low);
        nothing.level(0, "none")
    });
    vec(grant(), 0..5).prop_map(move |grants| named.iter().cloned().chain(grants).collect())
}

fn newcomers() -> impl Strategy<Value = Newcomers> {
    prop_oneof![Just(Newcomers::WholeFile), Just(Newcomers::Vanished), Just(Newcomers::DangerousLine)]
}

fn is_silent(old: &[Grant], new: &[Grant], newcomers: Newcomers) -> bool {
    gains(Some(old), new, newcomers).is_empty()
}

proptest! {
    #[test]
    fn nothing_is_wider_than_itself_in_another_order(file in file(), newcomers in newcomers(), seed in any::<u64>()) {
        let mut other = file.clone();
        let length = other.len().max(1);
        (0..other.len()).for_each(|at| other.swap(at, (seed as usize).wrapping_add(at * 7) % length));
        prop_assert!(is_silent(&file, &other, newcomers));
    }

    #[test]
    fn a_grant_cut_into_its_parts_is_the_same(file in file(), newcomers in newcomers()) {
        let cut = |grant: &Grant| {
            let one = |(capability, scope)| Grant { capability, scope, ..grant.clone() };
            parts(grant).into_iter().map(one).collect::<Vec<_>>()
        };
        let other: Vec<Grant> = file.iter().flat_map(cut).collect();
        prop_assert!(is_silent(&file, &other, newcomers) && is_silent(&other, &file, newcomers));
    }

    #[test]
    fn the_comparison_is_transitive(a in file(), b in file(), c in file(), newcomers in newcomers()) {
        if is_silent(&a, &b, newcomers) && is_silent(&b, &c, newcomers) {
            prop_assert!(is_silent(&a, &c, newcomers));
        }
    }

    #[test]
    fn a_narrowing_is_silent(file in file(), at in any::<prop::sample::Index>(), how in 0u8..3, newcomers in newcomers()) {
        let mut narrowed = file.clone();
        let at = at.index(file.len());
        match (narrowed[at].effect, how) {
            (Effect::Allow, 0) => narrowed[at].level.rank = 0,
            (Effect::Allow, 1) => narrowed[at].conditions.push(Condition { test: "u".into(), values: Reach::one("v"), shown: None }),
            _ => narrowed.push(Grant { effect: Effect::Guard, ..file[at].clone() }),
        }
        prop_assert!(is_silent(&file, &narrowed, newcomers));
    }

    #[test]
    fn a_level_lowered_is_a_gain_on_the_way_back(name in "[ab]{1,3}", high in 1u32..5, newcomers in newcomers()) {
        let with = |rank| vec![Grant::allow("rule", Subject::new("someone", "x"), Reach::one(name.clone()), Severity::High).level(rank, "l")];
        prop_assert!(is_silent(&with(high), &with(high - 1), newcomers));
        prop_assert!(!is_silent(&with(high - 1), &with(high), newcomers));
    }

    #[test]
    fn everyone_may_be_renamed(file in file(), newcomers in newcomers()) {
        let renamed: Vec<Grant> =
            file.iter().map(|g| Grant { subject: Subject::new("someone", format!("new {}", g.subject.name)), ..g.clone() }).collect();
        let allows_only = file.iter().all(|g| g.effect == Effect::Allow);
        if allows_only && newcomers != Newcomers::DangerousLine {
            prop_assert!(is_silent(&file, &renamed, newcomers));
        }
    }
}
