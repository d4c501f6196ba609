//! Fuzz target: any text as a rule file is read or refused, and what was read can be run.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ringfence::rule::{RuleSet, load};
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, Mode, RepoPath, Unit};

fuzz_target!(|content: &str| {
    let Ok(rules) = load::load("rules.toml", content) else { return };
    let Ok(set) = RuleSet::with(rules) else { return };
    // Its own text holds its literals.
    let change = Change::Snapshot(Text::new(content.as_bytes()));
    let path = RepoPath::new("rules.toml");
    scan(&set, &Unit { path, old_path: None, mode: Some(Mode::File), old_mode: None, change });
});
