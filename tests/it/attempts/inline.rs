//! A change says in a comment that what it brings is fine.

use super::Told::Findings;
use super::{Attempt, nothing, try_all};
use crate::support::{Dir, made, token};

const FILE: &str = "src/leak.py";
const SECRET: &str = "github-pat-classic src/leak.py";
const OPENED: &str = "policy-inline-allow src/leak.py";
const MARK: &str = concat!("ringfence:", "allow github-pat-classic -- made up");

const fn attempt(name: &'static str, change: fn(&Dir), told: super::Told) -> Attempt {
    Attempt { name, base: nothing, change, told }
}

/// A secret that a comment sets aside.
fn marked(dir: &Dir) {
    dir.write(FILE, format!("# {MARK}\nA = '{}'\n\nB = 1\n", token(3)));
}

/// The same, and one that nothing sets aside.
fn two(dir: &Dir) {
    dir.write(FILE, format!("# {MARK}\nA = '{}'\nB = '{}'\n", token(3), token(4)));
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    attempt(
        "a comment behind the secret",
        |dir| dir.write(FILE, format!("A = '{}'  # {MARK}\n", token(7))),
        Findings(&[SECRET, OPENED]),
    ),
    attempt(
        "a comment above the secret",
        |dir| dir.write(FILE, format!("# {MARK}\nA = '{}'\n", token(7))),
        Findings(&[SECRET, OPENED]),
    ),
    attempt(
        "a comment in a page",
        |dir| dir.write("page.html", format!("<!-- {MARK} -->\n<p>{}</p>\n", token(7))),
        Findings(&["github-pat-classic page.html", "policy-inline-allow page.html"]),
    ),
    attempt(
        "a comment in a file in UTF-16",
        |dir| {
            let text = format!("\u{feff}# {MARK}\r\nA = '{}'\r\n", token(7));
            dir.write("a.ps1", text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        },
        Findings(&["github-pat-classic a.ps1", "policy-inline-allow a.ps1"]),
    ),
    Attempt {
        name: "a comment for a secret that is there",
        base: |dir| dir.write(FILE, format!("A = '{}'\n", token(7))),
        change: |dir| dir.write(FILE, format!("# {MARK}\nA = '{}'\n", token(7))),
        told: Findings(&[OPENED]),
    },
    Attempt {
        name: "a secret is swapped below its comment",
        base: marked,
        change: |dir| dir.write(FILE, format!("# {MARK}\nA = '{}'\n\nB = 1\n", token(4))),
        told: Findings(&[SECRET, OPENED]),
    },
    Attempt {
        name: "one more secret below the same comment",
        base: marked,
        change: |dir| dir.write(FILE, format!("# {MARK}\nA = '{}' + '{}'\n\nB = 1\n", token(3), token(4))),
        told: Findings(&[SECRET, OPENED]),
    },
    Attempt {
        name: "the comment moves to another secret",
        base: two,
        change: |dir| dir.write(FILE, format!("A = '{}'\n# {MARK}\nB = '{}'\n", token(3), token(4))),
        told: Findings(&[OPENED]),
    },
    Attempt {
        name: "a line goes, and the comment stands above another secret",
        base: two,
        change: |dir| dir.write(FILE, format!("# {MARK}\nB = '{}'\n", token(4))),
        told: Findings(&[OPENED]),
    },
    Attempt {
        name: "a file with a comment is copied",
        base: marked,
        change: |dir| assert!(std::fs::copy(dir.at(FILE), dir.at("src/copy.py")).is_ok()),
        told: Findings(&["github-pat-classic src/copy.py", "policy-inline-allow src/copy.py"]),
    },
    attempt(
        "a comment without a reason",
        |dir| dir.write(FILE, format!("A = '{}'  # ringfence:allow github-pat-classic\n", token(7))),
        Findings(&[SECRET, OPENED]),
    ),
    attempt("a comment for later", |dir| dir.write(FILE, format!("# {MARK}\nA = read()\n")), Findings(&[OPENED])),
    attempt(
        "a comment about the comment",
        |dir| {
            let both = format!("# ringfence:allow {} -- fine\nA = '{}'  # {MARK}\n", "policy-inline-allow", token(7));
            dir.write(FILE, both);
        },
        Findings(&[SECRET, OPENED]),
    ),
    attempt(
        "comments of other scanners",
        |dir| dir.write(FILE, format!("A = '{}'  # gitleaks:allow pragma: allowlist secret\n", token(7))),
        Findings(&[SECRET]),
    ),
    attempt(
        "a comment about a command",
        |dir| {
            let step = "terraform destroy -auto-approve  # ringfence:allow infrastructure-destroy -- fine";
            dir.write("deploy.sh", format!("#!/bin/sh\n{step}\n"));
        },
        Findings(&["policy-inline-allow deploy.sh"]),
    ),
    attempt(
        "a comment above a private key",
        |dir| {
            let key = made("{pem:RSA PRIVATE KEY}", 1);
            dir.write("key.pem", format!("# ringfence:allow {} -- made up\n{key}\n", "private-key-rsa"));
        },
        Findings(&["policy-inline-allow key.pem"]),
    ),
];

#[test]
fn a_change_cannot_excuse_itself_in_a_comment() {
    try_all(ATTEMPTS);
}
