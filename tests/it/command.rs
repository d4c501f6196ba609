//! Commands: every case of every table says what a change makes a file run, and hostile scripts cost little.

use ringfence::finding::Kind;
use ringfence::rule::RuleSet;
use ringfence::text::Text;
use ringfence::unit::Change;

use crate::changes::{are_enough, cases, found, hold};

#[test]
fn every_case_is_told_as_its_table_says() {
    hold("command", Kind::Command);
}

#[test]
fn the_tables_are_large() {
    are_enough("command");
}

#[test]
fn a_command_that_stays_is_silent_wherever_it_goes() {
    let set = RuleSet::builtin().unwrap();
    let mut looked_at = 0;
    for mut case in cases("command-reported") {
        let Some(line) =
            case.after.take().filter(|after| case.path.ends_with(".sh") && after.trim().lines().count() == 1)
        else {
            continue;
        };
        case.after = Some(format!("main() {{\n    {}\n}}\nmain\n", line.trim()));
        case.before = Some(line);
        assert!(case.findings(&set, Kind::Command).is_empty(), "{}", case.name);
        looked_at += 1;
    }
    assert!(looked_at > 40, "{looked_at}");
}

/// Pieces that upset readers of shell text.
const HOSTILE: [&str; 20] = [
    "$(",
    "${",
    "`",
    "\"",
    "'",
    "\\",
    "(",
    ")",
    "{",
    "}",
    "<<EOF\n",
    "<<<",
    "&&",
    "||",
    ";",
    "\n",
    "$((",
    "case x in ",
    "\u{202e}",
    "rm -rf ",
];

#[test]
fn no_edit_of_a_case_upsets_its_reader() {
    let set = RuleSet::builtin().unwrap();
    let mut state = 11_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    for case in cases("command") {
        let Some(after) = case.after else { continue };
        for _ in 0..12 {
            let mut bytes = after.clone().into_bytes();
            for _ in 0..3 {
                let at = next(bytes.len());
                let piece = HOSTILE[next(HOSTILE.len())].bytes();
                bytes.splice(at..(at + next(9)).min(bytes.len()), piece);
            }
            found(&set, &case.path, Change::Added(Text::new(bytes)), Kind::Command);
        }
    }
}
