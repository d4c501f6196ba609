//! Things that are told when they are written plainly, written in another way: keys twice, escapes, other letters, other
//! line ends, words split over lines.

use std::fs;

use super::Told::{Findings, Refused};
use super::{Attempt, append, edit, leak, nothing, try_all};
use crate::support::{Dir, token};

const POLICY: &str = "ringfence.toml";
const BASELINE: &str = "ringfence.baseline.jsonl";
const SECRET: &str = "github-pat-classic src/leak.py";
const OPENED: &str = "policy-inline-allow src/leak.py";
const GROWN: &str = "policy-baseline ringfence.baseline.jsonl";
const MARK: &str = concat!("ringfence:", "allow github-pat-classic -- made up");
const HEAD: &str = "{\"baseline\":\"ringfence/1\"}\n";

const fn attempt(name: &'static str, change: fn(&Dir), told: super::Told) -> Attempt {
    Attempt { name, base: nothing, change, told }
}

/// A secret, and the entry that a baseline has for it.
fn entry(dir: &Dir) -> String {
    leak(dir);
    assert_eq!(dir.ringfence(&["baseline", "write"]).ends().code, 0);
    let text = fs::read_to_string(dir.at(BASELINE)).unwrap();
    fs::remove_file(dir.at(BASELINE)).unwrap();
    text.lines().find(|line| line.contains("src/leak.py")).unwrap().to_owned()
}

/// A baseline that is `write` of the entry.
fn baseline(dir: &Dir, write: fn(&str) -> String) {
    let entry = entry(dir);
    dir.write(BASELINE, format!("{HEAD}{}\n", write(&entry)));
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    attempt(
        "a key of the policy twice",
        |dir| edit(dir, POLICY, "fail-on = \"high\"", "fail-on = \"high\"\nfail-on = \"never\""),
        Refused("duplicate key"),
    ),
    attempt(
        "a table of the policy twice",
        |dir| append(dir, POLICY, "\n[scan]\nexclude = [\"**\"]\n"),
        Refused("duplicate key"),
    ),
    attempt("a NUL in the policy", |dir| append(dir, POLICY, "\0"), Refused("ringfence.toml (this change):")),
    attempt(
        "an escape in a key of the policy",
        |dir| edit(dir, POLICY, "fail-on = \"high\"", "\"fail\\u002don\" = \"never\""),
        Findings(&["policy-threshold ringfence.toml"]),
    ),
    attempt(
        "braces in what is excluded",
        |dir| edit(dir, POLICY, "third_party/**", "{src,third_party}/**"),
        Findings(&["policy-exclude ringfence.toml"]),
    ),
    attempt(
        "a slash at the end of what is excluded",
        |dir| edit(dir, POLICY, "third_party/**", "src/"),
        Findings(&["policy-exclude ringfence.toml"]),
    ),
    attempt(
        "the policy excludes itself",
        |dir| edit(dir, POLICY, "third_party/**", "ringfence.*"),
        Findings(&["policy-exclude ringfence.toml"]),
    ),
    attempt(
        "an entry is about another rule",
        |dir| edit(dir, POLICY, "rule = \"github-pat-classic\"", "rule = \"github-pat-fine-grained\""),
        Findings(&["policy-allow ringfence.toml"]),
    ),
    attempt(
        "a baseline in other letters",
        |dir| {
            baseline(dir, str::to_owned);
            fs::rename(dir.at(BASELINE), dir.at("Ringfence.Baseline.jsonl")).unwrap();
        },
        Findings(&["policy-baseline Ringfence.Baseline.jsonl", SECRET]),
    ),
    attempt(
        "a fingerprint in capitals",
        |dir| baseline(dir, |entry| entry.replace("\"fingerprint\":\"", "\"fingerprint\":\"A")),
        Refused("ringfence.baseline.jsonl (this change):2: `fingerprint` has"),
    ),
    attempt(
        "a key of an entry twice",
        |dir| baseline(dir, |entry| entry.replace("{\"path\"", "{\"path\":\"a\",\"path\"")),
        Refused("ringfence.baseline.jsonl (this change):2: an entry is"),
    ),
    attempt(
        "an escape in a key of an entry",
        |dir| baseline(dir, |entry| entry.replace("\"path\"", "\"p\\u0061th\"")),
        Findings(&[GROWN, SECRET]),
    ),
    attempt(
        "two entries on a line",
        |dir| baseline(dir, |entry| format!("{entry}{entry}")),
        Refused("ringfence.baseline.jsonl (this change):2: an entry is"),
    ),
    attempt(
        "a second head in the baseline",
        |dir| baseline(dir, |entry| format!("{HEAD}{entry}")),
        Findings(&[GROWN, SECRET]),
    ),
    attempt(
        "a baseline of one line with carriage returns",
        |dir| {
            baseline(dir, str::to_owned);
            let text = fs::read_to_string(dir.at(BASELINE)).unwrap();
            dir.write(BASELINE, text.replace('\n', "\r"));
        },
        Refused("it is no baseline of ringfence"),
    ),
    Attempt {
        name: "an entry that waits for its secret",
        base: |dir| {
            baseline(dir, str::to_owned);
            dir.write("src/leak.py", "x = 1\n");
        },
        change: leak,
        told: Findings(&[SECRET]),
    },
    Attempt {
        name: "a comment that waits for its secret",
        base: |dir| dir.write("src/leak.py", format!("# {MARK}\nA = read()\n")),
        change: |dir| dir.write("src/leak.py", format!("# {MARK}\nA = '{}'\n", token(7))),
        told: Findings(&[SECRET, OPENED]),
    },
    attempt(
        "a comment split over lines",
        |dir| {
            let text = format!("# ringfence:allow\\\n#  github-pat-classic -- made up\nA = '{}'\n", token(7));
            dir.write("src/leak.py", text);
        },
        Findings(&[SECRET]),
    ),
    attempt(
        "a comment within the string of the secret",
        |dir| dir.write("src/leak.py", format!("A = '{} {MARK}'\n", token(7))),
        Findings(&[SECRET, OPENED]),
    ),
    attempt(
        "a comment in capitals",
        |dir| dir.write("src/leak.py", format!("# {}\nA = '{}'\n", MARK.to_uppercase(), token(7))),
        Findings(&[SECRET]),
    ),
    attempt(
        "a comment and a vertical tab",
        |dir| dir.write("src/leak.py", format!("# {MARK}\u{b}A = '{}'\n", token(7))),
        Findings(&[SECRET, OPENED]),
    ),
    attempt(
        "a comment behind eight others on its line",
        |dir| {
            let others = "ringfence:allow some-rule -- x ".repeat(8);
            dir.write("src/leak.py", format!("A = '{}'  # {others}{MARK}\n", token(7)));
        },
        Findings(&[SECRET, OPENED]),
    ),
    Attempt {
        name: "a renamed file swaps the secret below its comment",
        base: |dir| dir.write("src/a.py", format!("# {MARK}\nA = '{}'\n{}", token(3), "x = 1\n".repeat(20))),
        change: |dir| {
            dir.git(&["mv", "src/a.py", "src/leak.py"]);
            dir.write("src/leak.py", format!("# {MARK}\nA = '{}'\n{}", token(4), "x = 1\n".repeat(20)));
        },
        told: Findings(&[SECRET, OPENED]),
    },
    Attempt {
        name: "a secret below its comment in a file of nine megabytes is swapped",
        base: |dir| dir.write("src/leak.py", format!("{}# {MARK}\nA = '{}'\n", "x = 1\n".repeat(3 << 19), token(3))),
        change: |dir| {
            dir.write("src/leak.py", format!("{}# {MARK}\nA = '{}'\n", "x = 1\n".repeat(3 << 19), token(4)));
        },
        told: Findings(&[SECRET, OPENED]),
    },
];

#[test]
fn other_ways_to_write_it_help_nobody() {
    try_all(ATTEMPTS);
}
