//! A change accepts for itself what it brings.

use super::Told::{Findings, Refused};
use super::{Attempt, append, leak, try_all};
use crate::support::{Dir, token};

const FILE: &str = "ringfence.baseline.jsonl";
const GROWN: &str = "policy-baseline ringfence.baseline.jsonl";

/// A secret that the baseline accepts.
fn accepted(dir: &Dir) {
    dir.write("src/old.py", format!("OLD = '{}'\n", token(3)));
    write(dir);
}

fn write(dir: &Dir) {
    assert_eq!(dir.ringfence(&["baseline", "write"]).ends().code, 0);
}

fn entries(dir: &Dir) -> Vec<String> {
    std::fs::read_to_string(dir.at(FILE)).unwrap().lines().map(str::to_owned).collect()
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    Attempt {
        name: "the baseline accepts what the change brings",
        base: accepted,
        change: |dir| {
            leak(dir);
            write(dir);
        },
        told: Findings(&[GROWN, "github-pat-classic src/leak.py"]),
    },
    Attempt {
        name: "the first baseline comes with a secret",
        base: super::nothing,
        change: |dir| {
            leak(dir);
            write(dir);
        },
        told: Findings(&[GROWN, "github-pat-classic src/leak.py"]),
    },
    Attempt {
        name: "the baseline grows by as much as it shrinks",
        base: accepted,
        change: |dir| {
            std::fs::remove_file(dir.at("src/old.py")).unwrap();
            leak(dir);
            write(dir);
        },
        told: Findings(&[GROWN, "github-pat-classic src/leak.py"]),
    },
    Attempt {
        name: "the baseline grows with other line ends and a mark",
        base: accepted,
        change: |dir| {
            leak(dir);
            write(dir);
            let text = entries(dir).join("\r\n");
            dir.write(FILE, format!("\u{feff}{text}\r\n"));
        },
        told: Findings(&[GROWN]),
    },
    Attempt {
        name: "a secret is swapped on an accepted line",
        base: accepted,
        change: |dir| dir.write("src/old.py", format!("OLD = '{}'\n", token(4))),
        told: Findings(&["github-pat-classic src/old.py"]),
    },
    Attempt {
        name: "another secret on an accepted line",
        base: accepted,
        change: |dir| dir.write("src/old.py", format!("OLD = '{}' or '{}'\n", token(3), token(4))),
        told: Findings(&["github-pat-classic src/old.py"]),
    },
    Attempt {
        name: "an accepted secret is copied to another file",
        base: accepted,
        change: |dir| dir.write("src/copy.py", format!("OLD = '{}'\n", token(3))),
        told: Findings(&["github-pat-classic src/copy.py"]),
    },
    Attempt {
        name: "an accepted secret is said once more",
        base: accepted,
        change: |dir| append(dir, "src/old.py", &format!("AGAIN = '{}'\n", token(3))),
        told: Findings(&["github-pat-classic src/old.py"]),
    },
    Attempt {
        name: "an entry is about another file from now on",
        base: |dir| {
            dir.write("src/other.py", format!("OTHER = '{}'\n", token(3)));
            accepted(dir);
            let kept: Vec<String> = entries(dir).into_iter().filter(|line| !line.contains("src/other.py")).collect();
            dir.write(FILE, kept.join("\n") + "\n");
        },
        change: |dir| {
            let moved = entries(dir).join("\n").replace("src/old.py", "src/other.py");
            dir.write(FILE, moved + "\n");
        },
        told: Findings(&[GROWN]),
    },
    Attempt {
        name: "a renamed file takes its entry along, and another one",
        base: accepted,
        change: |dir| {
            dir.git(&["mv", "src/old.py", "src/new.py"]);
            leak(dir);
            write(dir);
        },
        told: Findings(&[GROWN, "github-pat-classic src/leak.py"]),
    },
    Attempt {
        name: "the baseline becomes a link",
        base: accepted,
        change: |dir| {
            std::fs::rename(dir.at(FILE), dir.at("else.jsonl")).unwrap();
            dir.link("else.jsonl", FILE);
        },
        told: Refused("is a link or a folder"),
    },
    Attempt {
        name: "the baseline is broken",
        base: accepted,
        change: |dir| append(dir, FILE, "{\"path\":\"**\"}\n"),
        told: Refused("ringfence.baseline.jsonl (this change):4: an entry is"),
    },
    Attempt {
        name: "the baseline is that of another tool",
        base: accepted,
        change: |dir| dir.write(FILE, "{\"version\": \"1.5.0\", \"results\": {}}\n"),
        told: Refused("it is no baseline of ringfence"),
    },
];

#[test]
fn a_change_cannot_accept_for_itself() {
    try_all(ATTEMPTS);
}
