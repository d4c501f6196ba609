//! The pipeline that runs the gate is bent.

use super::Told::Findings;
use super::{Attempt, try_all};
use crate::support::Dir;

const FILE: &str = ".github/workflows/ci.yml";
const STEP: &str = "ringfence diff origin/main...HEAD";
const OPTIONAL: &str = "check-optional .github/workflows/ci.yml";
const REMOVED: &str = "check-removed .github/workflows/ci.yml";

fn workflow(step: &str) -> String {
    let head = "on: pull_request\npermissions: {}\njobs:\n  gate:\n    runs-on: ubuntu-latest\n    steps:\n";
    format!("{head}      - run: {step}\n")
}

fn gate(dir: &Dir) {
    dir.write(FILE, workflow(STEP));
}

const fn attempt(name: &'static str, change: fn(&Dir), told: super::Told) -> Attempt {
    Attempt { name, base: gate, change, told }
}

fn with(dir: &Dir, more: &str) {
    dir.write(FILE, workflow(&format!("{STEP} {more}")));
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    attempt("the gate judges by the change", |dir| with(dir, "--policy-from head"), Findings(&[OPTIONAL])),
    attempt("the gate fails for nothing", |dir| with(dir, "--fail-on never"), Findings(&[OPTIONAL])),
    attempt("the gate skips a kind", |dir| with(dir, "--skip secret"), Findings(&[OPTIONAL])),
    attempt("the gate has another policy", |dir| with(dir, "--policy ci/easy.toml"), Findings(&[OPTIONAL])),
    attempt("nobody looks at the outcome of the gate", |dir| with(dir, "|| true"), Findings(&[OPTIONAL])),
    attempt(
        "the gate may fail",
        |dir| {
            let text = workflow(STEP) + "        continue-on-error: true\n";
            dir.write(FILE, text);
        },
        Findings(&[OPTIONAL]),
    ),
    attempt("the gate is taken out", |dir| dir.write(FILE, workflow("echo fine")), Findings(&[REMOVED])),
    attempt("the pipeline is deleted", |dir| std::fs::remove_file(dir.at(FILE)).unwrap(), Findings(&[REMOVED])),
];

#[test]
fn the_gate_cannot_be_taken_off_its_hinges() {
    try_all(ATTEMPTS);
}
