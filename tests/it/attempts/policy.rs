//! A change edits the policy that is to judge it.

use super::Told::{Findings, Refused};
use super::{Attempt, append, edit, leak, nothing, policy, try_all};
use crate::support::Dir;

const FILE: &str = "ringfence.toml";
const SECRET: &str = "github-pat-classic src/leak.py";

const fn attempt(name: &'static str, change: fn(&Dir), told: super::Told) -> Attempt {
    Attempt { name, base: nothing, change, told }
}

/// An entry that allows what `leak` leaks.
const OWN: &str =
    "\n[[allow]]\nrule = \"github-pat-classic\"\npath = \"src/**\"\nvalue = \"ghp_*\"\nreason = \"fine\"\n";

fn own_entry(dir: &Dir) {
    append(dir, FILE, OWN);
    leak(dir);
}

pub(super) const ATTEMPTS: &[Attempt] = &[
    attempt("an allow entry of its own", own_entry, Findings(&["policy-allow ringfence.toml", SECRET])),
    attempt(
        "a broad glob in an allow entry",
        |dir| edit(dir, FILE, "path = \"docs/example\"", "path = \"**\""),
        Findings(&["policy-allow ringfence.toml"]),
    ),
    attempt(
        "a wider value in an allow entry",
        |dir| edit(dir, FILE, "value = \"ghp_*\"", "value = \"*ghp_*\""),
        Findings(&["policy-allow ringfence.toml"]),
    ),
    attempt(
        "an expired allow entry is touched",
        |dir| edit(dir, FILE, "2001-01-01", "9001-01-01"),
        Findings(&["policy-allow ringfence.toml"]),
    ),
    attempt(
        "an expiry is taken out",
        |dir| edit(dir, FILE, "expires = 2001-01-01\n", ""),
        Findings(&["policy-allow ringfence.toml"]),
    ),
    attempt(
        "the threshold is raised",
        |dir| edit(dir, FILE, "fail-on = \"high\"", "fail-on = \"critical\""),
        Findings(&["policy-threshold ringfence.toml"]),
    ),
    attempt(
        "nothing fails any more",
        |dir| edit(dir, FILE, "fail-on = \"high\"", "fail-on = \"never\""),
        Findings(&["policy-threshold ringfence.toml"]),
    ),
    attempt(
        "a rule is switched off",
        |dir| {
            append(dir, FILE, "[[rule]]\nid = \"github-pat-classic\"\nseverity = \"off\"\n");
            leak(dir);
        },
        Findings(&["policy-rule ringfence.toml", SECRET]),
    ),
    attempt(
        "the rules about the policy are switched off",
        |dir| append(dir, FILE, "[[rule]]\nid = \"policy-allow\"\nseverity = \"off\"\n".to_owned().as_str()),
        Findings(&["policy-rule ringfence.toml"]),
    ),
    attempt(
        "a rule is made quieter",
        |dir| edit(dir, FILE, "severity = \"high\"", "severity = \"low\""),
        Findings(&["policy-rule ringfence.toml"]),
    ),
    attempt(
        "a rule that was made louder is not any more",
        |dir| edit(dir, FILE, "[[rule]]\nid = \"generic-password\"\nseverity = \"high\"\n", ""),
        Findings(&["policy-rule ringfence.toml"]),
    ),
    attempt(
        "a folder is excluded",
        |dir| {
            edit(dir, FILE, "exclude = [", "exclude = [\"src/**\", ");
            leak(dir);
        },
        Findings(&["policy-exclude ringfence.toml", SECRET]),
    ),
    attempt(
        "what is excluded grows",
        |dir| edit(dir, FILE, "third_party/**", "**"),
        Findings(&["policy-exclude ringfence.toml"]),
    ),
    attempt(
        "a dotted key excludes a folder",
        |dir| {
            dir.write(FILE, "version = 1\nscan.exclude = [\"third_party/**\", \"src/**\"]\n");
            leak(dir);
        },
        Findings(&["policy-exclude ringfence.toml", SECRET]),
    ),
    attempt(
        "an allow entry in one line, its key quoted",
        |dir| {
            let entry = "{ rule = 'github-pat-classic', path = 'src/**', value = 'ghp_*', reason = 'fine' }";
            let own = format!("version = 1\n\"\\u0061llow\" = [{entry}]\n");
            dir.write(FILE, own);
            leak(dir);
        },
        Findings(&["policy-allow ringfence.toml", SECRET]),
    ),
    attempt(
        "an area is dropped",
        |dir| {
            let text = policy(dir);
            let (start, end) = (text.find("[[area]]").unwrap(), text.find("[[team]]").unwrap());
            dir.write(FILE, format!("{}{}", &text[..start], &text[end..]));
        },
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "an area is made smaller",
        |dir| edit(dir, FILE, "\"services/pay/**\", ", ""),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "an area asks for no review",
        |dir| edit(dir, FILE, "owners =", "review = \"optional\"\nowners ="),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "an owner of one's own",
        |dir| edit(dir, FILE, "[\"@acme/pay\"]", "[\"@acme/pay\", \"@mallory\"]"),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "a team grows",
        |dir| edit(dir, FILE, "[\"ann\"]", "[\"ann\", \"mallory\"]"),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "a host is approved",
        |dir| edit(dir, FILE, "\"api.example.com\"", "\"api.example.com\", \"collect.example.net\""),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "the list of hosts is dropped",
        |dir| edit(dir, FILE, "approved-hosts = [\"api.example.com\"]", ""),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    Attempt {
        name: "the workspace grows",
        base: |dir| append(dir, FILE, "\n[workspace]\nwritable = [\"src/**\", \"ringfence.toml\"]\n"),
        change: |dir| edit(dir, FILE, "writable = [", "writable = [\"services/**\", "),
        told: Findings(&["policy-boundary ringfence.toml"]),
    },
    Attempt {
        name: "a change outside of the workspace, which it draws anew",
        base: |dir| append(dir, FILE, "\n[workspace]\nwritable = [\"src/**\"]\n"),
        change: |dir| {
            edit(dir, FILE, "writable = [\"src/**\"]", "writable = [\"**\"]");
            dir.write("services/pay/new.py", "x = 1\n");
        },
        told: Findings(&["policy-boundary ringfence.toml", "scope-outside-workspace services/pay/new.py"]),
    },
    attempt(
        "the policy is deleted",
        |dir| std::fs::remove_file(dir.at(FILE)).unwrap(),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "the policy is renamed",
        |dir| drop(dir.git(&["mv", FILE, "ringfence.old.toml"])),
        Findings(&["policy-boundary ringfence.toml"]),
    ),
    attempt(
        "the policy becomes a link",
        |dir| {
            dir.write("else.toml", "version = 1\nfail-on = \"never\"\n");
            std::fs::remove_file(dir.at(FILE)).unwrap();
            dir.link("else.toml", FILE);
        },
        Refused("is a link or a folder"),
    ),
    attempt(
        "the policy becomes a folder",
        |dir| {
            std::fs::remove_file(dir.at(FILE)).unwrap();
            dir.write("ringfence.toml/policy", "version = 1\n");
        },
        Refused("is a link or a folder"),
    ),
    attempt("the policy is emptied", |dir| dir.write(FILE, ""), Refused("a policy file needs `version = 1`")),
    attempt("the policy is broken", |dir| append(dir, FILE, "[["), Refused("ringfence.toml (this change):")),
    attempt(
        "the policy is for another version",
        |dir| edit(dir, FILE, "version = 1", "version = 2"),
        Refused("`version` is 2"),
    ),
    attempt(
        "a mark at the beginning of the policy",
        |dir| {
            let text = policy(dir);
            dir.write(FILE, format!("\u{feff}{text}{OWN}"));
            leak(dir);
        },
        Findings(&["policy-allow ringfence.toml", SECRET]),
    ),
    attempt(
        "other line ends in the policy",
        |dir| {
            let text = policy(dir) + OWN;
            dir.write(FILE, text.replace('\n', "\r\n"));
            leak(dir);
        },
        Findings(&["policy-allow ringfence.toml", SECRET]),
    ),
    attempt(
        "the policy in UTF-16",
        |dir| {
            let text = policy(dir) + OWN;
            let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
            dir.write(FILE, units.flat_map(u16::to_le_bytes).collect::<Vec<u8>>());
        },
        Refused("is no UTF-8"),
    ),
    attempt(
        "a policy in a subfolder",
        |dir| {
            dir.write("src/ringfence.toml", format!("version = 1\nfail-on = \"never\"\n{OWN}"));
            leak(dir);
        },
        Findings(&[SECRET]),
    ),
    attempt(
        "a policy in other letters",
        |dir| {
            dir.write("Ringfence.toml", format!("version = 1\nfail-on = \"never\"\n{OWN}"));
            leak(dir);
        },
        Findings(&["policy-allow Ringfence.toml", "policy-threshold Ringfence.toml", SECRET]),
    ),
    Attempt {
        name: "the first policy lets everything pass",
        base: |dir| std::fs::remove_file(dir.at(FILE)).unwrap(),
        change: |dir| {
            dir.write(FILE, format!("version = 1\nfail-on = \"never\"\n{OWN}"));
            leak(dir);
        },
        told: Findings(&["policy-threshold ringfence.toml", "policy-allow ringfence.toml", SECRET]),
    },
];

#[test]
fn a_change_cannot_bend_the_policy() {
    let (one, _) = ATTEMPTS.split_at(ATTEMPTS.len() / 2);
    try_all(one);
}

#[test]
fn a_change_cannot_bend_the_policy_in_other_ways() {
    let (_, two) = ATTEMPTS.split_at(ATTEMPTS.len() / 2);
    try_all(two);
}
