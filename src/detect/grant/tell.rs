//! From gains to findings: one for each cause, in words, with nothing raw in them.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::compare::Gain;
use super::{Condition, Effect, Grant, Surface, World};
use crate::detect::known::Known;
use crate::detect::mask::excerpt;
use crate::detect::{fingerprint, name};
use crate::document::Gap;
use crate::finding::{AccessDetail, Confidence, Finding, Severity, Side, Verdict};
use crate::order;
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::{RepoPath, Unit};

/// The rule that says that a file could not be read whole.
const NOT_COMPARED: &str = "access-not-compared";
/// Capabilities, and subjects, that a finding names one by one.
const MOST_NAMED: usize = 4;
/// Longest name of a capability or a scope that is printed whole, in characters.
const LONGEST_NAME: usize = 120;
/// Bytes of a name that are kept until it is masked and printed.
const LONGEST_KEPT: usize = 2 << 10;
/// Folders that hold permission files which nothing runs.
const FIXTURES: [&str; 16] = [
    "test",
    "tests",
    "testdata",
    "test-data",
    "__tests__",
    "fixture",
    "fixtures",
    "spec",
    "specs",
    "example",
    "examples",
    "sample",
    "samples",
    "doc",
    "docs",
    "e2e",
];

/// A gain in words, with the place to point at.
pub(super) struct Told {
    rule: &'static str,
    is_lost: bool,
    subject: String,
    capability: String,
    before: String,
    after: String,
    severity: Severity,
    verdict: Verdict,
    worlds: Vec<World>,
    side: Side,
    span: Range<usize>,
}

impl Told {
    pub(super) fn new(gain: &Gain<'_>, world: World, verdict: Verdict, side: Side, span: Range<usize>) -> Self {
        let Grant { rule, subject, effect, severity: _, .. } = gain.grant;
        let gained = described(gain.grant);
        let nearest = gain.nearest.map(described);
        let is_lost = *effect != Effect::Allow;
        let (before, after) = match (is_lost, nearest) {
            // The same word for less of it, or on less.
            (false, Some(same)) if same == gained => ("less of it".into(), gained),
            (true, Some(same)) if same == gained => (gained, "less of it".into()),
            (false, nearest) => (nearest.unwrap_or_else(|| "none".into()), gained),
            (true, nearest) => (gained, nearest.unwrap_or_else(|| "gone".into())),
        };
        Self {
            rule,
            is_lost,
            subject: format!("{} {}", subject.kind, subject.name).trim().to_owned(),
            capability: capability(gain),
            before,
            after,
            severity: gain.severity,
            verdict,
            worlds: vec![world],
            side,
            span,
        }
    }

    /// What is the same for the same gain in another world.
    fn identity(&self) -> Identity {
        (self.rule, self.is_lost, self.subject.clone(), self.capability.clone(), self.span.start)
    }
}

type Identity = (&'static str, bool, String, String, usize);

/// The new parts by name: what, and on what where that is not everything.
fn capability(gain: &Gain<'_>) -> String {
    let whole = |name: &String| name::bounded(name, LONGEST_KEPT).into_owned();
    let mut by_scope: Vec<(String, Vec<String>)> = Vec::new();
    for (what, on) in &gain.parts {
        let is_everywhere = on.is_all() && gain.grant.scope.is_all();
        let on = if is_everywhere { String::new() } else { format!(" on {}", whole(&on.to_string())) };
        let what = what.to_string();
        match by_scope.iter_mut().find(|(known, _)| *known == on) {
            Some((_, list)) => list.push(what),
            None => by_scope.push((on, vec![what])),
        }
    }
    let parts: Vec<String> = by_scope.into_iter().map(|(on, what)| listed(&what, MOST_NAMED, whole) + &on).collect();
    listed(&parts, MOST_NAMED, whole)
}

/// Level and conditions of a grant.
fn described(grant: &Grant) -> String {
    let of = |condition: &Condition| match &condition.shown {
        Some(shown) => shown.clone(),
        None => format!("{} {}", condition.test, condition.values),
    };
    let conditions: Vec<String> = grant.conditions.iter().map(of).filter(|shown| !shown.is_empty()).collect();
    match conditions.as_slice() {
        [] => grant.level.name.clone(),
        some => format!("{} if {}", grant.level.name, some.join(" and ")),
    }
}

/// `a, b and 3 more`, each as `shown` says it.
fn listed(names: &[String], most: usize, shown: impl Fn(&String) -> String) -> String {
    let mut unique: Vec<&String> = Vec::new();
    names.iter().for_each(|name| {
        if !unique.contains(&name) {
            unique.push(name);
        }
    });
    let more = unique.len().saturating_sub(most);
    let shown: Vec<String> = unique.into_iter().take(most).map(shown).collect();
    match more {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// Speaks for one surface about one unit.
pub(super) struct Voice<'a> {
    pub(super) set: &'a RuleSet,
    pub(super) surface: &'static Surface,
    pub(super) unit: &'a Unit<'a>,
    pub(super) new: Option<&'a Text<'a>>,
    pub(super) old: Option<&'a Text<'a>>,
    /// Every secret of the new and of the old text, looked for once.
    pub(super) known: [OnceCell<Known>; 2],
}

/// What has one cause: one rule at one place, in the same worlds.
type Cause = (&'static str, Side, usize, usize, bool);

impl Voice<'_> {
    /// Hands on one finding for each cause among `told`.
    pub(super) fn speak(&self, told: Vec<Told>, is_whole: bool, each: &mut dyn FnMut(Finding)) {
        let mut causes: BTreeMap<Cause, Vec<Told>> = BTreeMap::new();
        for one in self.weighed(told) {
            let cause = (one.rule, one.side, one.span.start, one.span.end, one.worlds.len() == 1);
            causes.entry(cause).or_default().push(one);
        }
        let causes = joined(causes);
        let confidence = if is_whole { Confidence::High } else { Confidence::Medium };
        for gains in causes.into_values() {
            if let Some(finding) = self.finding(&gains, confidence) {
                each(finding);
            }
        }
    }

    /// Gains of both worlds become one; those of one world count less.
    fn weighed(&self, told: Vec<Told>) -> Vec<Told> {
        let mut out: Vec<Told> = Vec::new();
        let mut places: HashMap<Identity, usize> = HashMap::new();
        for mut one in told {
            if self.surface.setting.is_none() {
                one.worlds = vec![World::Lenient, World::Strict];
            }
            match places.entry(one.identity()) {
                // Both widen, but to another level: how far depends on the setting.
                Entry::Occupied(known) if out[*known.get()].after != one.after => {}
                Entry::Occupied(known) => out[*known.get()].worlds.push(World::Strict),
                Entry::Vacant(place) => {
                    place.insert(out.len());
                    out.push(one);
                }
            }
        }
        for one in &mut out {
            if let [world] = one.worlds[..] {
                // What only the strict world takes for a gain says in the open what the lenient one gives anyway.
                one.severity = if world == World::Strict { Severity::Low } else { lower(one.severity) };
            }
        }
        out
    }

    fn finding(&self, gains: &[Told], confidence: Confidence) -> Option<Finding> {
        let (first, rule) = (gains.first()?, gains.first().and_then(|gain| self.set.get(gain.rule))?);
        let text = if first.side == Side::New { self.new? } else { self.old? };
        let setting = self.surface.setting.filter(|_| first.worlds.len() == 1);
        let access = self.access(gains, setting, rule.rule().surface.as_deref().unwrap_or_default());
        let severity = gains.iter().map(|gain| gain.severity).max()?;
        let severity = if self.is_fixture() { Severity::Low } else { severity };
        let identity = format!("{}\0{}\0{}\0{}", access.subject, access.capability, access.before, access.after);
        Some(Finding {
            rule: rule.words.id.clone(),
            kind: rule.rule().kind,
            severity,
            confidence: if setting.is_some() { Confidence::Medium } else { confidence },
            title: rule.words.title.clone(),
            message: message(&access, first.is_lost, &rule.rule().why),
            path: name::shown(self.set, self.path_of(first.side)).into(),
            side: first.side,
            start: text.position(first.span.start),
            end: text.position(first.span.end.max(first.span.start + 1).min(text.bytes().len())),
            excerpt: excerpt(text, self.known(first.side, text).masks(), &first.span),
            fingerprint: fingerprint::of_fact(&rule.words.id, &identity),
            remedy: rule.words.remedy.clone(),
            docs: rule.words.docs.clone(),
            secret: None,
            access: Some(access),
            area: None,
            shapes: Vec::new(),
            anchor: None,
        })
    }

    /// Where that side of the file stands, or stood.
    fn path_of(&self, side: Side) -> &RepoPath {
        self.unit.old_path.as_ref().filter(|_| side == Side::Old).unwrap_or(&self.unit.path)
    }

    fn access(&self, gains: &[Told], setting: Option<&'static str>, surface: &str) -> AccessDetail {
        // Each name before it is cut, and all together, because the words beside a secret can tell it.
        let shown = |names: &[String], most| name::masked(self.set, &listed(names, most, |one| self.said(one)));
        let all = |get: fn(&Told) -> &String| gains.iter().map(get).cloned().collect::<Vec<_>>();
        let is_one = |values: &[String]| values.windows(2).all(|pair| pair[0] == pair[1]);
        let (before, after) = (all(|gain| &gain.before), all(|gain| &gain.after));
        // Levels that differ are told capability by capability.
        let told = |values: &[String]| {
            if is_one(&before) && is_one(&after) {
                return shown(values, 1);
            }
            let named: Vec<String> =
                gains.iter().zip(values).map(|(gain, value)| format!("{}: {value}", gain.capability)).collect();
            shown(&named, MOST_NAMED)
        };
        AccessDetail {
            surface: surface.into(),
            subject: shown(&all(|gain| &gain.subject), MOST_NAMED),
            capability: shown(&all(|gain| &gain.capability), MOST_NAMED),
            before: told(&before),
            after: told(&after),
            verdict: gains.iter().map(|gain| gain.verdict).max().unwrap_or(Verdict::Wider),
            depends_on: setting.map(Into::into),
        }
    }

    /// Every secret of the text, so that the printed line shows none.
    fn known(&self, side: Side, text: &Text<'_>) -> &Known {
        let kept = &self.known[usize::from(side == Side::Old)];
        kept.get_or_init(|| Known::of(self.set, self.unit.path.as_bytes(), text))
    }

    /// A name that the file gives, as a report may say it.
    fn said(&self, name: &str) -> String {
        let sides = [(Side::New, self.new), (Side::Old, self.old)].into_iter();
        let known: Vec<&Known> = sides.filter_map(|(side, text)| Some(self.known(side, text?))).collect();
        name::said_to(self.set, &known, name, LONGEST_NAME)
    }

    fn is_fixture(&self) -> bool {
        let path = String::from_utf8_lossy(self.unit.path.as_bytes()).to_ascii_lowercase();
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        self.surface.has_fixtures && folders.split('/').any(|folder| FIXTURES.contains(&folder))
    }

    /// Says that `gap` kept the file from being compared; `is_new` if it could be read before.
    pub(super) fn not_compared(&self, gap: &Gap, side: Side, is_new: bool, each: &mut dyn FnMut(Finding)) {
        let (Some(rule), Some(text)) =
            (self.set.get(NOT_COMPARED), if side == Side::New { self.new } else { self.old })
        else {
            return;
        };
        let start = gap.at.min(text.bytes().len().saturating_sub(1));
        let is_change = self.old.is_some() || matches!(self.unit.change, crate::unit::Change::Added(_));
        each(Finding {
            rule: rule.words.id.clone(),
            kind: rule.rule().kind,
            severity: if is_new { Severity::Medium } else { Severity::Low },
            confidence: if is_change { Confidence::High } else { Confidence::Low },
            title: rule.words.title.clone(),
            message: format!("The reader says: {}. {}", self.said(&gap.why), rule.rule().why),
            path: name::shown(self.set, &self.unit.path).into(),
            side,
            start: text.position(start),
            end: text.position((start + 1).min(text.bytes().len())),
            excerpt: excerpt(text, self.known(side, text).masks(), &(start..start + 1)),
            fingerprint: fingerprint::of_fact(&rule.words.id, &gap.why),
            remedy: rule.words.remedy.clone(),
            docs: rule.words.docs.clone(),
            secret: None,
            access: None,
            area: None,
            shapes: Vec::new(),
            anchor: None,
        });
    }
}

/// What was removed as one piece has one cause: places within another are that place.
fn joined(causes: BTreeMap<Cause, Vec<Told>>) -> BTreeMap<Cause, Vec<Told>> {
    let mut sorted: Vec<(Cause, Vec<Told>)> = causes.into_iter().collect();
    order::sort_by_key(&mut sorted, |((rule, side, start, end, depends), _)| {
        (*rule, *side, *depends, *start, Reverse(*end))
    });
    let mut out: Vec<(Cause, Vec<Told>)> = Vec::new();
    for (cause, gains) in sorted {
        let is_within = |outer: &Cause| {
            cause.1 == Side::Old && (outer.0, outer.1, outer.4) == (cause.0, cause.1, cause.4) && cause.3 <= outer.3
        };
        match out.last_mut() {
            Some((outer, known)) if is_within(outer) => {
                known.extend(gains.into_iter().map(|gain| Told { span: outer.2..outer.3, ..gain }));
            }
            _ => out.push((cause, gains)),
        }
    }
    out.into_iter().collect()
}

fn lower(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        Severity::Medium | Severity::Low => Severity::Low,
    }
}

fn message(access: &AccessDetail, is_lost: bool, why: &str) -> String {
    let AccessDetail { subject, capability, before, after, verdict, depends_on, .. } = access;
    let verb = if is_lost { "loses" } else { "gains" };
    let also = if *verdict == Verdict::Both { " Elsewhere the change narrows." } else { "" };
    let depends =
        depends_on.as_ref().map_or(String::new(), |setting| format!(" Whether it does depends on {setting}."));
    format!("{subject} {verb} {capability}: {before} → {after}.{depends}{also} {why}")
}
