//! Sorting that is compiled once for all types, and sets and maps that are filled without it.
//!
//! The standard library's stable sort is compiled anew for each type and each comparison, 4 KB every time. A hundred of them
//! were half a megabyte of a program that every commit waits for. Here one sort orders positions, and the items follow.

use std::cmp::Ordering;

/// Sorts `items` by `compare`; what compares equal stays in its order.
pub fn sort_by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    let mut places = places(items.len(), &|one, other| compare(&items[one], &items[other]));
    for at in 0..places.len() {
        // Each swap brings one item to its place for good.
        while places[at] != at {
            let place = places[at];
            items.swap(at, place);
            places.swap(at, place);
        }
    }
}

/// Sorts `items` by what `key` makes of each; what is equal stays in its order.
pub fn sort_by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    sort_by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts `items`; what is equal stays in its order.
pub fn sort<T: Ord>(items: &mut [T]) {
    sort_by(items, T::cmp);
}

/// Gathers `items` one by one. `collect` would sort them first if they become a set or a map that is in order.
pub fn gathered<T, C: Default + Extend<T>>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}

/// For each of `number` items the place that it goes to.
fn places(number: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..number).collect();
    order.sort_by(|one, other| compare(*one, *other));
    let mut places = vec![0; number];
    order.into_iter().enumerate().for_each(|(place, at)| places[at] = place);
    places
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_orders_as_the_standard_library_does(items: Vec<(u8, u8)>) {
            let (mut ours, mut theirs) = (items.clone(), items);
            sort_by_key(&mut ours, |item| item.0);
            theirs.sort_by_key(|item| item.0);
            prop_assert_eq!(&ours, &theirs);
            sort_by(&mut ours, |one, other| other.1.cmp(&one.1));
            theirs.sort_by_key(|item| std::cmp::Reverse(item.1));
            prop_assert_eq!(&ours, &theirs);
            sort(&mut ours);
            theirs.sort();
            prop_assert_eq!(ours, theirs);
        }
    }
}
