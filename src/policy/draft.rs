//! The draft of a policy file: every key explained, and nothing in force that would change a verdict.

use std::fmt::Write;

use super::words::{Form, Key, Need, SECTIONS, Section, TOP};
use crate::finding::{Finding, Fingerprint};

/// One finding that the draft sets aside.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Carried {
    /// The file, as reports show it.
    pub path: String,
    /// The rule.
    pub rule: String,
    /// The finding.
    pub fingerprint: Fingerprint,
    /// Why.
    pub reason: String,
}

impl Carried {
    /// Sets `finding` aside, and says why.
    pub fn of(finding: &Finding, reason: String) -> Self {
        Self {
            path: finding.path.to_string(),
            rule: finding.rule.to_string(),
            fingerprint: finding.fingerprint.clone(),
            reason,
        }
    }
}

/// Where lines of prose end.
const WIDTH: usize = 100;

/// The draft. A line that begins with `#` and a blank explains; one that begins with `#` alone is a setting that waits.
pub fn text(carried: &[Carried]) -> String {
    let mut out = String::new();
    prose(&mut out, "What ringfence scans in this repository, how it judges, and what is set aside.");
    prose(
        &mut out,
        "Lines such as `#fail-on = …` are settings that wait: without the `#` they count, and as they stand they change \
         nothing. A change is judged by the policy that its base has, never by its own; `ringfence doctor` shows \
         which one that is.",
    );
    for section in SECTIONS {
        write_section(&mut out, section);
    }
    if !carried.is_empty() {
        out.push('\n');
        prose(&mut out, "Carried over from other scanners: one entry for one finding that stood there then.");
    }
    for entry in carried {
        write_entry(&mut out, entry);
    }
    out
}

fn write_section(out: &mut String, section: &Section) {
    out.push('\n');
    match section.form {
        Form::Top => {}
        Form::Table => prose(out, section.about),
        Form::List => prose(out, &format!("{} Repeat the table for more.", section.about)),
    }
    let _ = match section.form {
        Form::Top => Ok(()),
        Form::Table => writeln!(out, "#[{}]", section.name),
        Form::List => writeln!(out, "#[[{}]]", section.name),
    };
    for key in section.keys {
        write_key(out, section, key);
    }
}

fn write_key(out: &mut String, section: &Section, key: &Key) {
    // Of two of which one is enough, the second would only narrow the first, so it waits as words.
    let is_first = section.keys.iter().find(|k| k.need == Need::OneOf).is_some_and(|first| first.name == key.name);
    if key.need == Need::OneOf && !is_first {
        return prose(out, &format!("{} It is written `{} = {}`.", key.about, key.name, key.example));
    }
    prose(out, key.about);
    let mark = match key.need {
        Need::Must if section.name == TOP.name => "",
        Need::Must | Need::May | Need::OneOf => "#",
    };
    let _ = writeln!(out, "{mark}{} = {}", key.name, key.example);
}

fn write_entry(out: &mut String, entry: &Carried) {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let _ = write!(
        out,
        "\n[[allow]]\nrule = {}\npath = {}\nfingerprint = {}\nreason = {}\n",
        quoted(&entry.rule),
        quoted(&literal(&entry.path)),
        quoted(&entry.fingerprint.to_string()),
        quoted(&entry.reason),
    );
}

/// A glob that means `path` and nothing else.
fn literal(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '*' | '?' | '[' | ']' | '{' | '}' | '\\' => {
                let _ = write!(out, "[{c}]");
            }
            _ => out.push(c),
        }
    }
    out
}

/// Writes comment lines.
fn prose(out: &mut String, text: &str) {
    let mut line = String::from("#");
    for word in text.split_whitespace() {
        if line.len() > 1 && line.len() + 1 + word.len() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line.truncate(1);
        }
        line.push(' ');
        line.push_str(word);
    }
    out.push_str(&line);
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::file::PolicyFile;
    use crate::rule::RuleSet;
    use crate::unit::PathGlob;
    use proptest::prelude::*;

    #[test]
    fn the_draft_says_nothing_and_every_setting_in_it_can_be_switched_on() {
        let rules = RuleSet::builtin().unwrap();
        let draft = text(&[]);
        let read = PolicyFile::parse("draft", &draft, &rules).unwrap();
        let untouched = PolicyFile::default();
        assert_eq!(format!("{read:?}"), format!("{untouched:?}"));
        let waits = |line: &&str| !line.starts_with("# ") && !line.is_empty();
        let on: Vec<&str> = draft.lines().filter(waits).map(|line| line.strip_prefix('#').unwrap_or(line)).collect();
        let read = PolicyFile::parse("draft", &on.join("\n"), &rules).unwrap();
        assert_eq!((read.areas.len(), read.teams.len(), read.rules.len(), read.allows.len()), (1, 1, 1, 1));
        assert!(read.fail_on.is_some() && read.writable.is_some() && read.approved_hosts.is_some());
        assert!(
            !draft.lines().any(|line| line.starts_with("# ") && line.contains(" = ") && !line.contains('`')),
            "{draft}"
        );
        assert!(draft.lines().all(|line| line.len() <= WIDTH + 20), "{draft}");
    }

    proptest! {
        #[test]
        fn an_entry_means_its_own_path_alone(path in "[a-c*?\\[\\]{}!\\\\,^-]{1,8}", other in "[a-c*?\\[\\]{}!\\\\,^-]{1,8}") {
            let glob = PathGlob::parse(&literal(&path)).unwrap();
            prop_assert!(glob.matches(&path), "{path} {}", literal(&path));
            prop_assert_eq!(glob.matches(&other), path == other);
        }
    }
}
