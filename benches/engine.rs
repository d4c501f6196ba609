//! Throughput of the engine alone, on generated text: the prefilter, and the scan of one unit.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use ringfence::detect::example;
use ringfence::rule::RuleSet;
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, Mode, RepoPath, Unit};

/// Bytes of each text: more than the second-level cache, less than a window.
const SIZE: usize = 4 << 20;

fn main() {
    divan::main();
}

/// What is scanned. Each text is the same in every run.
#[derive(Clone, Copy, Debug)]
enum Content {
    /// Lines like those of source code.
    Code,
    /// Long runs of token characters without a line end, as in lock files and bundles.
    Dense,
    /// Code in which every rule meets its examples again and again.
    Findings,
}

const CONTENTS: [Content; 3] = [Content::Code, Content::Dense, Content::Findings];

impl Content {
    fn text(self, rules: &RuleSet) -> Vec<u8> {
        let mut text = Vec::with_capacity(SIZE * 2);
        for seed in 0.. {
            if text.len() >= SIZE {
                break;
            }
            text.extend_from_slice(self.piece(rules, seed).as_bytes());
        }
        text.truncate(SIZE);
        text
    }

    fn piece(self, rules: &RuleSet, seed: u64) -> String {
        let line = "    let {lower:7} = {lower:5}.{lower:9}({lower:4}, {digit:3})?; // {lower:6} {lower:3} {lower:8}\n";
        match self {
            Self::Code => example::fill(line, seed).unwrap(),
            Self::Dense => example::fill("{base64:4000}", seed).unwrap(),
            Self::Findings => {
                let examples: Vec<&String> = rules.rules().iter().filter_map(|rule| rule.rule().bad.first()).collect();
                let found = example::fill(examples[seed as usize % examples.len()], seed).unwrap();
                let code = example::fill(&line.repeat(20), seed).unwrap();
                format!("{code}{found}\n")
            }
        }
    }
}

/// The places where a rule may match: one pass for all literals.
#[divan::bench(args = CONTENTS)]
fn hits(bencher: Bencher<'_, '_>, content: Content) {
    let rules = RuleSet::builtin().unwrap().with_examples().unwrap();
    let text = content.text(&rules);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| rules.hits(black_box(&text)));
}

/// Everything from bytes to findings.
#[divan::bench(args = CONTENTS)]
fn findings(bencher: Bencher<'_, '_>, content: Content) {
    let rules = RuleSet::builtin().unwrap();
    let text = content.text(&rules);
    bencher.counter(BytesCount::new(text.len())).bench_local(|| {
        let change = Change::Snapshot(Text::new(black_box(&text[..])));
        let path = RepoPath::new("src/example.rs");
        scan(&rules, &Unit { path, old_path: None, mode: Some(Mode::File), old_mode: None, change })
    });
}

/// Unpacking the rules and compiling the prefilter: what start-up costs.
#[divan::bench]
fn start_up() -> RuleSet {
    RuleSet::builtin().unwrap()
}
