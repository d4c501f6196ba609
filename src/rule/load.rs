//! Reads a rule file and says everything that is wrong with it at once: file, line, and what to do.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::grade::Severity;
use super::model::{Kind, Rule};
use super::plan::{Prepared, reason};
use super::safeguard::{Safeguard, What};

/// Every key a `[[rule]]` table may have.
const KEYS: [&str; 25] = [
    "id",
    "kind",
    "title",
    "severity",
    "confidence",
    "literals",
    "pattern",
    "assigned",
    "surface",
    "area",
    "flow",
    "safeguard",
    "command",
    "hidden",
    "scope",
    "check",
    "near",
    "entropy",
    "side",
    "paths",
    "remedy",
    "docs",
    "why",
    "bad",
    "good",
];

/// Keys in place of a pattern, of rules that code compares: they have no examples.
const COMPARED: [&str; 6] = ["surface", "area", "flow", "safeguard", "hidden", "scope"];

/// One mistake in a rule file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleFileError {
    /// The file as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and what to do.
    pub message: String,
}

impl fmt::Display for RuleFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

impl std::error::Error for RuleFileError {}

/// Reads the rules of one file.
///
/// # Errors
/// Every mistake of the file, in line order.
pub fn load(file: &str, content: &str) -> Result<Vec<Prepared>, Vec<RuleFileError>> {
    let mut reader = Reader { file, content, errors: Vec::new() };
    let (table, broken) = DeTable::parse_recoverable(content);
    for error in broken {
        reader.fail(error.span().unwrap_or(0..0), error.message().to_owned());
    }
    // What a table lacks is not worth saying while its syntax is broken.
    if reader.errors.is_empty() {
        let rules = reader.file(table.into_inner());
        if reader.errors.is_empty() {
            return Ok(rules);
        }
    }
    reader.errors.sort_by_key(|e| e.line);
    Err(reader.errors)
}

struct Reader<'a> {
    file: &'a str,
    content: &'a str,
    errors: Vec<RuleFileError>,
}

impl<'a> Reader<'a> {
    fn file(&mut self, table: DeTable<'a>) -> Vec<Prepared> {
        let mut rules = Vec::new();
        for (key, value) in table {
            match (key.get_ref().as_ref(), value.into_inner()) {
                ("rule", DeValue::Array(tables)) => {
                    rules = tables.into_iter().filter_map(|table| self.rule(table)).collect();
                }
                ("rule", _) => self.fail(key.span(), "`rule` must be a list of tables: write `[[rule]]`".into()),
                (other, _) => {
                    let message = format!("unknown key `{other}`; a rule file holds `[[rule]]` tables only");
                    self.fail(key.span(), message);
                }
            }
        }
        self.unique_ids(&rules);
        rules.into_iter().map(|(_, rule)| rule).collect()
    }

    fn rule(&mut self, value: Spanned<DeValue<'a>>) -> Option<(Range<usize>, Prepared)> {
        let span = value.span();
        let mistakes = self.errors.len();
        let DeValue::Table(table) = value.into_inner() else {
            self.fail(span, "`rule` must be a list of tables: write `[[rule]]`".into());
            return None;
        };
        let place = table.iter().find(|(key, _)| key.get_ref() == "pattern").map(|(key, _)| key.span());
        let rule = self.fields(&span, table);
        if self.errors.len() > mistakes {
            return None;
        }
        self.sense(&span, &rule);
        let id = rule.id.clone();
        match Prepared::new(rule) {
            Ok(prepared) => Some((span, prepared)),
            Err(error) => {
                let message = format!("rule `{id}`: {error}");
                let is_about_it = message.contains("`pattern`");
                self.fail(place.filter(|_| is_about_it).unwrap_or(span), message);
                None
            }
        }
    }

    /// Every field is read before anything is given up, so that every mistake is said. Where one is missing or wrong, a
    /// stand-in takes its place; the rule is dropped later, because an error was recorded.
    fn fields(&mut self, span: &Range<usize>, table: DeTable<'a>) -> Rule {
        let mut values = BTreeMap::new();
        for (key, value) in table {
            match KEYS.iter().find(|k| **k == key.get_ref().as_ref()) {
                Some(known) => drop(values.insert(*known, value)),
                None => self.fail(key.span(), unknown_key(key.get_ref())),
            }
        }
        let lacks_pattern = !values.contains_key("pattern");
        let is_compared = COMPARED.iter().any(|key| values.contains_key(key));
        let needs_pattern =
            !(lacks_pattern && (is_compared || ["assigned", "command"].iter().any(|key| values.contains_key(*key))));
        let mut fields = Fields { reader: self, span, values, needs_pattern };
        Rule {
            id: fields.required("id", String::new()),
            kind: fields.required("kind", Kind::Secret),
            title: fields.required("title", String::new()),
            severity: fields.required("severity", Severity::Low),
            confidence: fields.optional("confidence").unwrap_or_default(),
            literals: fields.optional("literals").unwrap_or_default(),
            assigned: fields.optional("assigned"),
            surface: fields.optional("surface"),
            area: fields.optional("area"),
            flow: fields.optional("flow"),
            safeguard: fields.optional("safeguard"),
            command: fields.optional("command").unwrap_or_default(),
            hidden: fields.optional("hidden"),
            scope: fields.optional("scope"),
            pattern: fields.pattern(),
            check: fields.optional("check"),
            near: fields.optional("near").unwrap_or_default(),
            entropy: fields.optional("entropy"),
            side: fields.optional("side").unwrap_or_default(),
            paths: fields.optional("paths").unwrap_or_default(),
            remedy: fields.required("remedy", String::new()),
            docs: fields.optional("docs"),
            why: fields.required("why", String::new()),
            bad: if is_compared { Vec::new() } else { fields.required("bad", Vec::new()) },
            good: if is_compared { Vec::new() } else { fields.required("good", Vec::new()) },
        }
    }

    /// What the types cannot say.
    fn sense(&mut self, span: &Range<usize>, rule: &Rule) {
        let id_is_plain = rule.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if rule.id.is_empty() || !id_is_plain {
            let message = format!("`id` is `{}`; use lower-case letters, digits and `-`", rule.id);
            self.fail(span.clone(), message);
        }
        for (key, list) in [("bad", &rule.bad), ("good", &rule.good)] {
            if list.is_empty() && !rule.is_compared() {
                let message = format!("`{key}` of `{}` is empty; a rule carries examples of both kinds", rule.id);
                self.fail(span.clone(), message);
            }
        }
        for clue in rule.safeguard.iter().flat_map(Safeguard::clues) {
            self.clue(span, rule, &clue);
        }
        for glob in rule.paths.iter().chain(rule.area.iter().flat_map(|area| &area.files)) {
            if let Err(error) = globset::Glob::new(glob) {
                self.fail(span.clone(), format!("`paths` of `{}`: `{glob}` is no glob: {error}", rule.id));
            }
        }
    }

    /// What is wrong with a sign, a limit or a list.
    fn clue(&mut self, span: &Range<usize>, rule: &Rule, clue: &What) {
        let words = clue.words();
        if words.is_empty() || words.iter().any(|word| word.len() < 2 || *word != word.to_ascii_lowercase()) {
            let message = format!("`with` of `{}` needs words of two letters or more, in lower case", rule.id);
            self.fail(span.clone(), message);
        }
        for find in [Some(clue.find()), clue.files(), clue.about(), clue.instead()].into_iter().flatten() {
            let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(find);
            if let Err(error) = parsed {
                let message =
                    format!("`find` of `{}`: `{find}` is not a valid byte regex: {}", rule.id, reason(&error));
                self.fail(span.clone(), message);
            }
        }
    }

    fn unique_ids(&mut self, rules: &[(Range<usize>, Prepared)]) {
        let mut seen = BTreeSet::new();
        for (span, prepared) in rules {
            if !seen.insert(&prepared.rule.id) {
                self.fail(
                    span.clone(),
                    format!("rule id `{}` stands twice in this file; rename one", prepared.rule.id),
                );
            }
        }
    }

    fn fail(&mut self, span: Range<usize>, message: String) {
        let before = &self.content.as_bytes()[..span.start.min(self.content.len())];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        self.errors.push(RuleFileError { file: self.file.to_owned(), line, message });
    }
}

/// The values of one rule table, taken out one by one.
struct Fields<'r, 'a, 'i> {
    reader: &'r mut Reader<'a>,
    span: &'r Range<usize>,
    values: BTreeMap<&'static str, Spanned<DeValue<'i>>>,
    needs_pattern: bool,
}

impl Fields<'_, '_, '_> {
    fn required<T: DeserializeOwned>(&mut self, key: &'static str, stand_in: T) -> T {
        if !self.values.contains_key(key) {
            self.reader.fail(self.span.clone(), format!("a rule needs the key `{key}`"));
        }
        self.optional(key).unwrap_or(stand_in)
    }

    /// A rule has a pattern, or says what is assigned or compared, or an area.
    fn pattern(&mut self) -> String {
        if self.needs_pattern { self.required("pattern", String::new()) } else { String::new() }
    }

    fn optional<T: DeserializeOwned>(&mut self, key: &'static str) -> Option<T> {
        let value = self.values.remove(key)?;
        let span = value.span();
        match T::deserialize(ValueDeserializer::from(value)) {
            Ok(value) => Some(value),
            Err(error) => {
                self.reader.fail(error.span().unwrap_or(span), format!("`{key}`: {}", error.message()));
                None
            }
        }
    }
}

/// The letters of a word, whatever their order: that is what most slips of the hand keep.
fn letters(word: &str) -> Vec<u8> {
    let mut letters = word.as_bytes().to_vec();
    letters.sort_unstable();
    letters
}

fn unknown_key(key: &str) -> String {
    let close = KEYS.iter().find(|known| known.starts_with(key) || key.starts_with(**known)).copied();
    let close = close.or_else(|| KEYS.into_iter().find(|known| letters(known) == letters(key)));
    match close {
        Some(known) => format!("unknown key `{key}`; did you mean `{known}`?"),
        None => format!("unknown key `{key}`; a rule may have {}", KEYS.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
[[rule]]
id = "acme-key"
kind = "secret"
title = "Acme key"
severity = "high"
literals = ["acme_"]
pattern = '\bacme_[0-9a-f]{8}\b'
remedy = "Revoke it."
why = "It opens Acme."
bad = ["acme_{hex:8}"]
good = ["acme_x"]
"#;

    fn errors(content: &str) -> Vec<(usize, String)> {
        load("x.toml", content).unwrap_err().into_iter().map(|e| (e.line, e.message)).collect()
    }

    #[test]
    fn a_sound_file_loads() {
        let rules = load("x.toml", GOOD).unwrap();
        assert_eq!(rules.len(), 1);
        assert_eq!(rules[0].longest, Some(13));
    }

    #[test]
    fn all_mistakes_are_said_at_once_with_their_lines() {
        let content = GOOD.replace("high", "hgh").replace("title", "titel").replace("[\"acme_x\"]", "3");
        let found = errors(&content);
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 5, 6, 12], "{found:?}");
    }

    #[test]
    fn a_literal_that_the_pattern_does_not_imply_is_an_error() {
        let found = errors(&GOOD.replace("[\"acme_\"]", "[\"emca_\"]"));
        assert!(found[0].1.contains("does not imply"), "{found:?}");
    }

    #[test]
    fn a_broken_pattern_is_told_at_its_line_and_in_one() {
        let found = errors(&GOOD.replace("{8}", "{8"));
        assert_eq!(found[0].0, 8, "{found:?}");
        assert!(!found[0].1.contains('\n') && found[0].1.contains("at byte"), "{found:?}");
        assert!(errors(&GOOD.replace("title", "titel"))[1].1.contains("did you mean `title`?"));
    }

    #[test]
    fn a_broken_file_is_an_error_with_a_line() {
        assert_eq!(errors("[[rule]]\nid = \"a\n")[0].0, 2);
    }
}
