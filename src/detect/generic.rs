//! Generic credentials: values that no format gives away, but the name to which they are assigned does.
//!
//! A word such as `password` leads to a name, the name to what it is given, and a small model judges that by its
//! [`features`].

pub mod features;
mod assignment;
mod cursor;
mod language;
mod lexicon;
mod name;
mod shape;

use std::ops::Range;

use self::assignment::{Assignment, Separator, assignments};
use self::features::Feature;
use self::language::Language;
use self::name::{Name, leads_on};
use super::candidate::{Candidate, Standing};
use super::check::printable_base64;
use crate::finding::{Confidence, Evidence, Judgement, Proof};
use crate::order;
use crate::rule::{Anchor, CompiledRule, Model, NameClass, RuleSet};

/// Longest and shortest value judged, in bytes.
const LONGEST: usize = 512;
const SHORTEST: usize = 3;
/// Most names judged inside of values.
const MOST_NESTED: usize = 4;
/// Features named as reasons.
const MOST_EVIDENCE: usize = 6;

/// An assignment and what is known of it. Holds offsets, no bytes.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Where the value stands.
    pub value: Range<usize>,
    /// What the name announces.
    pub class: NameClass,
    /// What the model sees.
    pub features: Vec<Feature>,
}

/// Every assignment in `bytes` that the model is asked about: what it is trained on.
pub fn samples(set: &RuleSet, path: &[u8], bytes: &[u8]) -> Vec<Sample> {
    let language = Language::of(path);
    let mut samples = Vec::new();
    set.hits(bytes).by_rule(|rule, places| {
        let (Anchor::Name, Some(class)) = (rule.prepared.anchor, rule.rule().assigned) else { return };
        judge(bytes, places, class, language, &mut |name, assignment| {
            let features = features::features(bytes, name, assignment, language);
            samples.push(Sample { value: assignment.value.clone(), class, features });
        });
    });
    order::sort_by_key(&mut samples, |s| s.value.start);
    samples
}

/// What the model makes of every assignment near `places`, sorted, to a name of the rule's class.
pub(super) fn candidates<'r>(
    (rule, model): (&'r CompiledRule, &Model),
    places: &[usize],
    bytes: &[u8],
    path: &[u8],
    found: &mut Vec<Candidate<'r>>,
) {
    let Some(class) = rule.rule().assigned else { return };
    let language = Language::of(path);
    judge(bytes, places, class, language, &mut |name, assignment| {
        let features = features::features(bytes, name, assignment, language);
        let Some((confidence, judgement)) = verdict(model, &features) else { return };
        let secret = assignment.value.clone();
        let span = name.span.start.min(secret.start)..secret.end;
        let standing = Ok(Standing { proof: Proof::None, confidence });
        found.push(Candidate { rule, span, secret, standing, judgement: Some(judgement), decoded: Vec::new() });
    });
}

/// How sure the model is that this is a secret, and why. `None` if it rather is none.
fn verdict(model: &Model, features: &[Feature]) -> Option<(Confidence, Judgement)> {
    let values: Vec<f32> = features.iter().map(|f| f.value).collect();
    let probability = 1.0 / (1.0 + (-model.walk(&values, |_, _| ())).exp());
    let confidence = match probability {
        p if p >= model.medium => Confidence::Medium,
        p if p >= model.low => Confidence::Low,
        _ => return None,
    };
    let mut weights = vec![0f32; values.len()];
    model.walk(&values, |feature, change| weights[feature] += change);
    let mut evidence: Vec<Evidence> = features
        .iter()
        .zip(weights)
        .map(|(feature, weight)| Evidence { what: feature.name.into(), value: feature.value, weight })
        .collect();
    order::sort_by(&mut evidence, |a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    evidence.truncate(MOST_EVIDENCE);
    evidence.iter_mut().for_each(|e| (e.value, e.weight) = (rounded(e.value), (e.weight * 10.0).round() / 10.0));
    evidence.retain(|e| e.weight != 0.0);
    let probability = (f64::from(probability) * 100.0).floor() / 100.0;
    Some((confidence, Judgement { probability: probability as f32, evidence }))
}

/// A share to two digits, what is larger to one: an entropy in full is as good as a digest of a short value.
fn rounded(value: f32) -> f32 {
    let parts = if value.abs() < 1.0 { 100.0 } else { 10.0 };
    (value * parts).round() / parts
}

/// Calls `judge` with every assignment to a name of `class` around one of `places`.
fn judge(
    bytes: &[u8],
    places: &[usize],
    class: NameClass,
    language: Language,
    judge: &mut impl FnMut(&Name, &Assignment),
) {
    let mut done = 0;
    let mut run = Run::default();
    for &at in places {
        if at < done {
            continue;
        }
        if !leads_on(bytes, at) {
            continue;
        }
        let Some(name) = Name::around(bytes, at) else { continue };
        done = name.span.end;
        if name.class != class || !run.admits(&name) {
            continue;
        }
        for assignment in assignments(bytes, &name, language) {
            if !is_list_of_names(bytes, &name, &assignment) && is_worth_judging(&bytes[assignment.value.clone()], &name)
            {
                judge(&name, &assignment);
                run.end = run.end.max(assignment.value.end);
            }
        }
    }
}

/// Names that stand in the values of others: text that is all names must not cost its square.
#[derive(Default)]
struct Run {
    /// Where the values judged so far end.
    end: usize,
    /// Names judged within them.
    names: usize,
}

impl Run {
    /// True for a name outside of all values, and for the first few inside.
    fn admits(&mut self, name: &Name) -> bool {
        self.names = if name.span.start < self.end { self.names + 1 } else { 0 };
        self.names <= MOST_NESTED
    }
}

/// `["db_pass", "smtp_pass"]`: what stands next to the name is the next of a list, not a value. Options are another
/// matter.
fn is_list_of_names(bytes: &[u8], name: &Name, assignment: &Assignment) -> bool {
    let value = &bytes[assignment.value.clone()];
    let before = bytes[name.span.start.saturating_sub(16)..name.span.start].trim_ascii_end();
    let before = before.strip_suffix(b"\"").or_else(|| before.strip_suffix(b"'")).unwrap_or(before).trim_ascii_end();
    let follows_another = before.strip_suffix(b",").is_some_and(|rest| rest.trim_ascii_end().ends_with(b"\""));
    let is_name = || Name::around(value, 0).is_some_and(|name| name.span == (0..value.len()));
    assignment.separator == Separator::Comma && (follows_another || is_name())
}

/// False for what cannot be a secret, whatever the model would make of it.
fn is_worth_judging(value: &[u8], name: &Name) -> bool {
    let fits = |value: &[u8]| (SHORTEST..=LONGEST).contains(&value.len()) && shape::of(value).is_none();
    fits(value) && printable_base64(value).is_none_or(|decoded| fits(&decoded)) && !name.is_public(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_model_was_trained_on_these_very_features() {
        let rules = RuleSet::builtin().unwrap();
        let model = rules.model().unwrap();
        let samples = samples(&rules, b"app.py", b"token = 'orchard'\n");
        let names: Vec<&str> = samples[0].features.iter().map(|f| f.name).collect();
        assert_eq!(names, model.features);
        assert!(model.trees.len() > 10 && model.low < model.medium);
    }

    #[test]
    fn what_each_answer_changes_adds_up_to_the_sum() {
        let rules = RuleSet::builtin().unwrap();
        let model = rules.model().unwrap();
        for sample in samples(&rules, b"app.yml", b"db_password: orchard\napi_key: meadow\n") {
            let values: Vec<f32> = sample.features.iter().map(|f| f.value).collect();
            let mut changes = 0.0;
            let sum = model.walk(&values, |_, change| changes += change);
            let roots: f32 = model.trees.iter().map(|tree| tree[0].value).sum();
            assert!((sum - model.base - roots - changes).abs() < 1e-3, "{sum} {changes}");
        }
    }
}
