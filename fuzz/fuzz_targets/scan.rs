//! Fuzz target: a scan of any bytes, as content and as name, ends without a panic and says the same twice.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};

static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

fuzz_target!(|data: (Vec<u8>, Vec<u8>, Vec<u8>, u8)| {
    let (path, before, after, choice) = data;
    let (old, new) = (Text::new(&before[..]), Text::new(&after[..]));
    let change = match choice % 4 {
        0 => Change::Snapshot(new),
        1 => Change::Added(new),
        2 => Change::Deleted(old),
        _ => {
            let (added, removed) = (LineSet::from_ranges(std::iter::once(1..3)), LineSet::all());
            Change::Modified { before: old, after: new, added, removed }
        }
    };
    let unit = Unit { path: RepoPath::new(path), old_path: None, mode: Some(Mode::File), old_mode: None, change };
    let said = |findings: &[ringfence::finding::Finding]| format!("{findings:?}");
    assert_eq!(said(&scan(&RULES, &unit)), said(&scan(&RULES, &unit)));
});
