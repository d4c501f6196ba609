//! The policy file `ringfence.toml`: typed, versioned, and every mistake in it said at once.

use std::ops::Range;

use jiff::civil::Date;
use serde::Deserialize;
use toml::de::DeTable;

use super::words::{self, Section};
use super::{By, Means, Threshold};
use crate::finding::{Finding, Prefix, Severity};
use crate::keyed::{Keys, Mistake, Reader, nearest};
use crate::rule::RuleSet;
use crate::unit::PathGlob;

/// Its name, at the top of the repository.
pub const NAME: &str = "ringfence.toml";
/// The one version there is.
const VERSION: i64 = 1;
/// Fewest letters of a value shape that are no wildcards: fewer fit too much.
const LEAST_LETTERS: usize = 4;

/// What a policy file says. What it leaves out is empty or `None`.
#[derive(Debug, Default)]
pub struct PolicyFile {
    /// The level from which findings fail a run.
    pub fail_on: Option<Threshold>,
    /// What is not scanned.
    pub exclude: Vec<PathGlob>,
    /// Hosts to which data may go; `None` where the policy does not say, which is not the same as none.
    pub approved_hosts: Option<Vec<String>>,
    /// Where a change may write; `None` where the policy does not say.
    pub writable: Option<Vec<PathGlob>>,
    /// Areas beside the built-in ones.
    pub areas: Vec<AreaEntry>,
    /// Who belongs to which team.
    pub teams: Vec<TeamEntry>,
    /// Rules that are tuned.
    pub rules: Vec<RuleEntry>,
    /// Findings that are set aside.
    pub allows: Vec<AllowEntry>,
}

/// An area of the policy's own.
#[derive(Debug)]
pub struct AreaEntry {
    /// What it is called.
    pub name: String,
    /// Its files.
    pub paths: Vec<PathGlob>,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// Whether a review is asked for.
    pub review: Review,
    /// Its line in the file.
    pub line: usize,
}

/// Whether an area of the policy asks for a review.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Review {
    /// A change is a finding until an owner has approved it.
    #[default]
    Required,
    /// A change is told, at the lowest severity.
    Optional,
}

/// A team that owns areas.
#[derive(Clone, Debug)]
pub struct TeamEntry {
    /// What it is called among owners: `@acme/payments`.
    pub name: String,
    /// Its members, by the names that the forge or their signatures have.
    pub members: Vec<String>,
}

/// What becomes of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tuning {
    /// Its findings have this severity.
    Severity(Severity),
    /// It does not speak.
    Off,
}

/// A rule that is tuned.
#[derive(Debug)]
pub struct RuleEntry {
    /// The rule.
    pub id: String,
    /// What becomes of it.
    pub tuning: Tuning,
    /// Its line in the file.
    pub line: usize,
}

/// Findings of one rule in some files that are set aside.
#[derive(Debug)]
pub struct AllowEntry {
    /// The rule.
    pub rule: String,
    /// The files.
    pub path: PathGlob,
    /// The finding, where it is one; else `value` says which.
    pub fingerprint: Option<Prefix>,
    /// What the whole value looks like, with `*` for any text.
    pub value: Option<String>,
    /// Why.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// Its line in the file.
    pub line: usize,
}

impl AllowEntry {
    /// True if `finding` is what it means, expired or not.
    pub fn fits(&self, finding: &Finding) -> bool {
        *self.rule == *finding.rule
            && self.path.matches(&finding.path)
            && self.fingerprint.as_ref().is_none_or(|own| finding.fingerprint.begins_with(own))
            && self.value.as_ref().is_none_or(|shape| finding.shapes.contains(shape))
    }

    /// What a finding that it sets aside is told to be set aside by.
    pub fn by(&self) -> By {
        By { means: Means::Allow, reason: self.reason.clone(), expires: self.expires, line: self.line }
    }

    /// True from the day after its last one.
    pub fn is_expired(&self, today: Date) -> bool {
        self.expires.is_some_and(|last| last < today)
    }
}

impl PolicyFile {
    /// Reads `content`, which messages call `file`. Rules that it names must be in `rules`.
    ///
    /// # Errors
    /// Every mistake of the file, in line order.
    pub fn parse(file: &str, content: &str, rules: &RuleSet) -> Result<Self, Vec<Mistake>> {
        let mut reader = Reader::new(file, content);
        let mut policy = Self::default();
        if let Some(root) = reader.root() {
            let mut keys = reader.keys(words::TOP.what, 0..0, root, &words::TOP.known());
            policy.version(&mut keys);
            policy.fail_on = keys.optional::<Level>("fail-on").map(Level::threshold);
            policy.sections(&mut keys);
            policy.lists(&mut keys, rules);
        }
        if reader.is_sound() { Ok(policy) } else { Err(reader.mistakes()) }
    }

    fn version(&self, keys: &mut Keys<'_, '_>) {
        let found = keys.placed::<i64>("version");
        match found {
            Some((VERSION, _)) => {}
            Some((other, span)) => {
                let message =
                    format!("`version` is {other}, and this ringfence reads {VERSION}; a newer one may read it");
                keys.reader.fail(span, message);
            }
            None if keys.reader.is_sound() => {
                keys.reader.fail(0..0, format!("a policy file needs `version = {VERSION}` in its first lines"));
            }
            None => {}
        }
    }

    fn sections(&mut self, keys: &mut Keys<'_, '_>) {
        if let Some((span, table)) = keys.table("scan") {
            let mut keys = section(keys.reader, &words::SCAN, span, table);
            self.exclude = keys.optional("exclude").unwrap_or_default();
        }
        if let Some((span, table)) = keys.table("network") {
            let mut keys = section(keys.reader, &words::NETWORK, span, table);
            self.approved_hosts = keys.optional("approved-hosts");
        }
        if let Some((span, table)) = keys.table("workspace") {
            let mut keys = section(keys.reader, &words::WORKSPACE, span, table);
            self.writable = keys.optional("writable");
        }
    }

    fn lists(&mut self, keys: &mut Keys<'_, '_>, rules: &RuleSet) {
        for (span, table) in keys.tables("area") {
            let keys = section(keys.reader, &words::AREA, span, table);
            self.areas.extend(area(keys));
        }
        for (span, table) in keys.tables("team") {
            let mut keys = section(keys.reader, &words::TEAM, span, table);
            let (name, members) = (keys.required("name"), keys.required("members"));
            self.teams.extend(name.zip(members).map(|(name, members)| TeamEntry { name, members }));
        }
        for (span, table) in keys.tables("rule") {
            let keys = section(keys.reader, &words::RULE, span, table);
            self.rules.extend(rule(keys, rules));
        }
        for (span, table) in keys.tables("allow") {
            let keys = section(keys.reader, &words::ALLOW, span, table);
            self.allows.extend(allow(keys, rules));
        }
    }
}

/// The keys of a section that is written as `table`.
fn section<'r, 'a>(
    reader: &'r mut Reader<'a>,
    section: &Section,
    span: Range<usize>,
    table: DeTable<'a>,
) -> Keys<'r, 'a> {
    reader.keys(section.what, span, table, &section.known())
}

/// The words for a threshold.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Critical,
    High,
    Medium,
    Low,
    Never,
}

impl Level {
    fn threshold(self) -> Threshold {
        match self {
            Self::Critical => Threshold::At(Severity::Critical),
            Self::High => Threshold::At(Severity::High),
            Self::Medium => Threshold::At(Severity::Medium),
            Self::Low => Threshold::At(Severity::Low),
            Self::Never => Threshold::Never,
        }
    }
}

/// The words for a severity, and for silence.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Weight {
    Critical,
    High,
    Medium,
    Low,
    Off,
}

impl Weight {
    fn tuning(self) -> Tuning {
        match self {
            Self::Critical => Tuning::Severity(Severity::Critical),
            Self::High => Tuning::Severity(Severity::High),
            Self::Medium => Tuning::Severity(Severity::Medium),
            Self::Low => Tuning::Severity(Severity::Low),
            Self::Off => Tuning::Off,
        }
    }
}

fn area(mut keys: Keys<'_, '_>) -> Option<AreaEntry> {
    let line = keys.reader.line(&keys.span);
    let (name, paths) = (keys.required("name"), keys.required("paths"));
    let owners = keys.optional("owners").unwrap_or_default();
    let review = keys.optional("review").unwrap_or_default();
    Some(AreaEntry { name: name?, paths: paths?, owners, review, line })
}

fn rule(mut keys: Keys<'_, '_>, rules: &RuleSet) -> Option<RuleEntry> {
    let line = keys.reader.line(&keys.span);
    let id = known_rule(&mut keys, "id", rules);
    let weight: Option<Weight> = keys.required("severity");
    Some(RuleEntry { id: id?, tuning: weight?.tuning(), line })
}

fn allow(mut keys: Keys<'_, '_>, rules: &RuleSet) -> Option<AllowEntry> {
    let line = keys.reader.line(&keys.span);
    let rule = known_rule(&mut keys, "rule", rules);
    let path = keys.required("path");
    let fingerprint = fingerprint(&mut keys);
    let value = value_shape(&mut keys);
    let reason = reason(&mut keys);
    let expires = expiry(&mut keys);
    if fingerprint.is_none() && value.is_none() && keys.reader.is_sound() {
        let span = keys.span.clone();
        keys.reader.fail(span, "an allow entry needs `fingerprint` (as reports show it) or `value`".into());
    }
    Some(AllowEntry { rule: rule?, path: path?, fingerprint, value, reason: reason?, expires, line })
}

fn known_rule(keys: &mut Keys<'_, '_>, key: &'static str, rules: &RuleSet) -> Option<String> {
    if keys.has(key) {
        let (id, span): (String, Range<usize>) = keys.placed(key)?;
        if rules.get(&id).is_some() {
            return Some(id);
        }
        let known = rules.rules().iter().map(|rule| rule.rule().id.as_str());
        let advice = match nearest(&id, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`ringfence rules list` shows them".to_owned(),
        };
        keys.reader.fail(span, format!("there is no rule `{id}`; {advice}"));
        return None;
    }
    keys.required(key)
}

fn fingerprint(keys: &mut Keys<'_, '_>) -> Option<Prefix> {
    let (text, span): (String, Range<usize>) = keys.placed("fingerprint")?;
    let found = Prefix::parse(&text).filter(|_| text.len() == Prefix::MOST);
    if found.is_none() {
        let message =
            format!("`fingerprint` has the {} digits (0-9, a-f) that a report shows, all of them", Prefix::MOST);
        keys.reader.fail(span, message);
    }
    found
}

fn value_shape(keys: &mut Keys<'_, '_>) -> Option<String> {
    let (text, span): (String, Range<usize>) = keys.placed("value")?;
    if text.bytes().filter(|b| *b != b'*').count() < LEAST_LETTERS {
        let message = format!("`value` would fit almost everything; give at least {LEAST_LETTERS} letters beside `*`");
        keys.reader.fail(span, message);
        return None;
    }
    Some(text)
}

fn reason(keys: &mut Keys<'_, '_>) -> Option<String> {
    if !keys.has("reason") {
        return keys.required("reason");
    }
    let (text, span): (String, Range<usize>) = keys.placed("reason")?;
    if text.trim().is_empty() {
        keys.reader.fail(span, "`reason` is empty; say why this is no danger".into());
        return None;
    }
    Some(text)
}

fn expiry(keys: &mut Keys<'_, '_>) -> Option<Date> {
    let (value, span): (toml::Value, Range<usize>) = keys.placed("expires")?;
    let when = value.as_datetime().filter(|when| when.time.is_none());
    let date = when.and_then(|when| when.date).and_then(|date| {
        let (year, month, day) =
            (i16::try_from(date.year).ok()?, i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
        Date::new(year, month, day).ok()
    });
    if date.is_none() {
        keys.reader.fail(span, "`expires` is a day like 2027-06-30, without quotes and without a time".into());
    }
    date
}
