//! Who gained what, a row for each capability: what the words of a finding join is taken apart again where that is certain.

use serde::Serialize;

use crate::finding::AccessDetail;
use crate::report::escape::terminal;

/// What a page shows of one gain or loss.
#[derive(Serialize)]
pub(super) struct Gain {
    pub(super) surface: String,
    pub(super) subject: String,
    /// `gains` or `loses`; empty where the message does not say it.
    pub(super) verb: &'static str,
    /// What, how far before, how far after.
    pub(super) rows: Vec<[String; 3]>,
    /// `and 3 more`, where the words name some only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) more: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) depends_on: Option<String>,
}

/// The gain in rows, and of the message what the rows do not say already.
pub(super) fn told<'a>(access: &AccessDetail, message: &'a str) -> (Gain, &'a str) {
    let inert = |text: &str| terminal(text).into_owned();
    let whole = || (vec![[&*access.capability, &*access.before, &*access.after]], "");
    let (rows, more) = rows(access).unwrap_or_else(whole);
    let (verb, rest) = rest(access, message);
    let gain = Gain {
        surface: inert(&access.surface),
        subject: inert(&access.subject),
        verb,
        rows: rows.into_iter().map(|row| row.map(inert)).collect(),
        more: more.to_owned(),
        depends_on: access.depends_on.as_deref().map(inert),
    };
    (gain, rest)
}

/// A row for each of several capabilities, and how many more there are; `None` where the three texts do not name the same.
fn rows(access: &AccessDetail) -> Option<(Vec<[&str; 3]>, &str)> {
    let [(names, more), (before, same), (after, too)] =
        [&access.capability, &access.before, &access.after].map(|text| cut(text));
    if more != same || more != too {
        return None;
    }
    let names: Vec<&str> = names.split(", ").collect();
    let (before, after) = (apart(&names, before)?, apart(&names, after)?);
    let rows = names.into_iter().zip(before).zip(after).map(|((name, before), after)| [name, before, after]);
    Some((rows.collect(), more))
}

/// What stands before `and 3 more`, and that.
fn cut(text: &str) -> (&str, &str) {
    let is_number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let end = text.rfind(" and ").map(|at| text.split_at(at));
    end.filter(|(_, end)| end.strip_prefix(" and ").and_then(|end| end.strip_suffix(" more")).is_some_and(is_number))
        .map_or((text, ""), |(text, end)| (text, end.trim_start()))
}

/// The values of `a: 1, b: 2` for the names `a` and `b`.
fn apart<'a>(names: &[&str], joined: &'a str) -> Option<Vec<&'a str>> {
    let mut rest = joined;
    let mut values = Vec::new();
    for (at, name) in names.iter().enumerate() {
        rest = rest.strip_prefix(name)?.strip_prefix(": ")?;
        let end = match names.get(at + 1) {
            Some(next) => rest.find(&format!(", {next}: "))?,
            None => rest.len(),
        };
        let (value, left) = rest.split_at(end);
        values.push(value);
        rest = left.strip_prefix(", ").unwrap_or(left);
    }
    Some(values)
}

/// The verb of the sentence that says what the rows say, and what stands behind that sentence.
fn rest<'a>(access: &AccessDetail, message: &'a str) -> (&'static str, &'a str) {
    let AccessDetail { subject, capability, before, after, depends_on, .. } = access;
    for verb in ["gains", "loses"] {
        let sentence = format!("{subject} {verb} {capability}: {before} → {after}.");
        if let Some(rest) = message.strip_prefix(&sentence) {
            let depends = depends_on.as_ref().map(|setting| format!(" Whether it does depends on {setting}."));
            let rest = depends.and_then(|said| rest.strip_prefix(&said)).unwrap_or(rest);
            return (verb, rest.trim_start());
        }
    }
    ("", message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Verdict;

    fn access(capability: &str, before: &str, after: &str) -> AccessDetail {
        AccessDetail {
            surface: "AWS policies".into(),
            subject: "policy".into(),
            capability: capability.into(),
            before: before.into(),
            after: after.into(),
            verdict: Verdict::Wider,
            depends_on: None,
        }
    }

    #[test]
    fn several_capabilities_have_a_row_each() {
        let several =
            access("s3:*, iam:passrole", "s3:*: less of it, iam:passrole: none", "s3:*: a, b, iam:passrole: c");
        let (gain, _) = told(&several, "");
        assert_eq!(gain.rows, [["s3:*", "less of it", "a, b"], ["iam:passrole", "none", "c"]]);
        let many = access("a, b and 12 more", "a: 1, b: 2 and 12 more", "a: 3, b: 4 and 12 more");
        let (gain, _) = told(&many, "");
        assert_eq!(gain.rows, [["a", "1", "3"], ["b", "2", "4"]]);
        assert_eq!(gain.more, "and 12 more");
    }

    #[test]
    fn what_is_not_certain_stays_one_row() {
        for (capability, before, after) in [
            ("contents", "read", "write"),
            ("a, b", "none", "allowed"),
            ("read, write on x", "read, write on x: none", "read, write on x: all"),
            ("a, b", "a: 1, b: 2", "b: 2, a: 1"),
            ("a, b and 2 more", "a: 1, b: 2 and 3 more", "a: 1, b: 2 and 2 more"),
        ] {
            let (gain, _) = told(&access(capability, before, after), "");
            assert_eq!((gain.rows, gain.more), (vec![[capability, before, after].map(String::from)], String::new()));
        }
    }

    #[test]
    fn a_sentence_that_the_rows_say_is_not_said_again() {
        let mut one = access("contents", "read", "write");
        one.depends_on = Some("the default".into());
        let said = "policy gains contents: read → write. Whether it does depends on the default. Why.";
        let (gain, rest) = told(&one, said);
        assert_eq!((gain.verb, rest), ("gains", "Why."));
        let (gain, rest) = told(&one, "Something else.");
        assert_eq!((gain.verb, rest), ("", "Something else."));
    }
}
