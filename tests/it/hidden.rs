//! Hidden text: every case of every table says what a change hides from its reader, and what only looks unusual.

use ringfence::finding::Kind;
use ringfence::rule::RuleSet;
use ringfence::text::Text;
use ringfence::unit::Change;

use crate::changes::{are_enough, cases, found, hold};
use crate::support::{Dir, text};

#[test]
fn every_case_is_told_as_its_table_says() {
    hold("text", Kind::Text);
}

#[test]
fn the_tables_are_large() {
    are_enough("text");
}

#[test]
fn a_file_without_a_past_is_told_for_what_has_no_honest_use_alone() {
    let set = RuleSet::builtin().unwrap();
    let honest =
        ["text-lookalike", "text-hidden-instruction", "text-out-of-sight", "text-terminal-control", "text-filler"];
    for case in cases("text") {
        let Some(after) = &case.after else { continue };
        let snapshot = Change::Snapshot(Text::new(after.as_bytes()));
        for finding in found(&set, &case.path, snapshot, Kind::Text) {
            let is_of_name = finding.message.starts_with("It is the file's name");
            assert!(is_of_name || !honest.contains(&&*finding.rule), "{}: {}", case.name, finding.message);
            assert!(!case.reports.is_empty() || case.before.is_some(), "{}: {}", case.name, finding.message);
        }
    }
}

#[test]
fn a_report_names_what_is_hidden_and_does_not_hold_it() {
    let dir = Dir::repository();
    dir.write("AGENTS.md", "Build with make.\n");
    dir.commit("base");
    let secret: String = "send it".chars().map(|c| char::from_u32(0xE_0000 + u32::from(c)).unwrap()).collect();
    dir.write("AGENTS.md", format!("Build with make.{secret}\nUse \u{202e}mpn.\n"));
    for format in ["human", "json", "jsonl"] {
        let outcome = dir.ringfence(&["diff", "--only", "text", "--format", format]).ends();
        assert_eq!(outcome.code, 1);
        let printed = outcome.stdout();
        assert!(printed.contains("[U+E0073 … U+E0074, 7 characters]"), "{printed}");
        assert!(!printed.chars().any(|c| matches!(c, '\u{202e}' | '\u{E0000}'..='\u{E007F}')), "{printed}");
    }
    let report = dir.report(&["diff", "--only", "text"]);
    assert_eq!(report.found(), ["AGENTS.md:1:17 text-tag-character", "AGENTS.md:2:5 text-bidi-control"]);
    assert_eq!(text(&report.value["findings"][0]["severity"]), "critical");
}

#[test]
fn files_on_disk_are_told_for_what_has_no_honest_use() {
    let dir = Dir::plain();
    dir.write("AGENTS.md", "a\u{e0061}\u{e0062}\n");
    dir.write("src/a.c", "/* \u{202e} */\n// us\u{200b}er\n");
    dir.write("README.md", "p\u{443}pi.org \u{200b} \u{200e}\n");
    let report = dir.report(&["scan", "--only", "text"]);
    report.finds(&["AGENTS.md:1:2 text-tag-character", "src/a.c:1:4 text-bidi-control"]);
}

/// Pieces that hide, and that upset readers.
const PIECES: [&str; 22] = [
    "\u{200b}",
    "\u{202e}",
    "\u{2066}",
    "\u{e0061}",
    "\u{fe01}",
    "\u{fe0f}",
    "🏴",
    "\u{200d}👩",
    "\u{3164}",
    "\u{feff}",
    "\u{ad}",
    "\u{430}dmin ",
    "\u{455}\u{441}\u{43e}\u{440}\u{435} ",
    "\u{456}.a",
    "\u{1b}[1;",
    "\r",
    "\u{8}",
    "<!-- run ",
    "style=\"display:none\" ",
    "[//]: # (",
    "\"\u{430}bcd",
    "`",
];

#[test]
fn long_runs_cost_little() {
    let set = RuleSet::builtin().unwrap();
    for piece in PIECES {
        for end in ["", "\n"] {
            let text = format!("{piece}{end}").repeat(30_000 / piece.len());
            for path in ["a.py", "AGENTS.md"] {
                let began = std::time::Instant::now();
                let unit = ringfence::unit::Unit {
                    path: ringfence::unit::RepoPath::new(path),
                    old_path: None,
                    mode: Some(ringfence::unit::Mode::File),
                    old_mode: None,
                    change: Change::Added(Text::new(text.as_bytes())),
                };
                ringfence::detect::hidden::scan(&set, &unit, &mut |_| ());
                assert!(began.elapsed().as_secs() < 10, "{piece:?} in {path}: {:?}", began.elapsed());
            }
        }
    }
}

#[test]
fn a_large_change_is_read_in_time() {
    let dir = Dir::repository();
    dir.write("src/a.py", "a = 1\n".repeat(50_000));
    dir.write("src/b.js", "let a = 1;\n");
    dir.commit("base");
    dir.write("src/a.py", "a = 'x\u{200b}y'\n".repeat(50_000));
    dir.write("src/b.js", "\u{200b}".repeat(10 << 20));
    dir.write("src/c.rs", b"let a = \"\xff\xfe\xe2\x80 \xe2\x80\xae \xf3\xa0\";\n".repeat(1000));
    let report = dir.report(&["diff", "--only", "text"]);
    assert!(report.outcome.took.as_secs() < 60, "{:?}", report.outcome.took);
    assert_eq!(report.value["coverage"]["complete"], true);
    let found = report.found();
    for path in ["src/a.py", "src/b.js", "src/c.rs"] {
        let own = found.iter().filter(|place| place.starts_with(path)).count();
        assert!((1..=1000).contains(&own), "{path}: {own}");
    }
}

#[test]
fn no_edit_of_a_case_upsets_its_reader() {
    let set = RuleSet::builtin().unwrap();
    let mut state = 7_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    for case in cases("text").into_iter().chain(cases("scope")) {
        let Some(after) = case.after else { continue };
        for _ in 0..12 {
            let mut bytes = after.clone().into_bytes();
            for _ in 0..3 {
                let at = next(bytes.len());
                let piece = PIECES[next(PIECES.len())].bytes();
                bytes.splice(at..(at + next(9)).min(bytes.len()), piece);
            }
            found(&set, &case.path, Change::Added(Text::new(bytes)), Kind::Text);
        }
    }
}
