//! The pattern mechanism: data rules over the whole text, findings kept where they touch a changed line.

use std::ops::Range;
use std::sync::Arc;

use super::candidate::{Candidate, Fallen, Standing, settle};
use super::fingerprint;
use super::mask::{Mask, blanked, excerpt, masks, redacted};
use super::name;
use super::search::candidates;
use crate::finding::{Account, Finding, Fingerprint, Kind, Proof, SecretDetail, Side};
use crate::rule::{CompiledRule, Lines, Rule, RuleSet};
use crate::text::Text;
use crate::unit::{Change, LineSet, Unit};

/// Bytes of the line before a secret that its fingerprint may draw on.
const CONTEXT: usize = 1 << 10;

/// Runs every pattern rule over `unit`: over its content, and over its name where that is new.
pub fn scan(set: &RuleSet, unit: &Unit<'_>, each: &mut dyn FnMut(Finding)) -> Account {
    let shown = name::shown(set, &unit.path).into();
    let path = unit.path.as_bytes();
    let mut out = Out { each, account: Account::default() };
    let mut look = |side, text: &Text<'_>, lines: Option<&LineSet>, place| {
        View { set, path, shown: &shown, side, text, lines, place }.scan(&mut out);
    };
    if let Some(text) = newly_named(unit) {
        look(Side::New, &text, None, Place::Name);
    }
    match &unit.change {
        Change::Snapshot(text) | Change::Added(text) => {
            look(Side::New, text, None, Place::Content);
            undecoded(text, true, &mut look);
        }
        Change::Modified { before, after, added, removed } => {
            look(Side::New, after, Some(added), Place::Content);
            undecoded(after, !added.is_empty(), &mut look);
            look(Side::Old, before, Some(removed), Place::Content);
        }
        Change::Deleted(text) => look(Side::Old, text, None, Place::Content),
    }
    out.account
}

/// Where findings go, and what is said beside them.
struct Out<'a> {
    each: &'a mut dyn FnMut(Finding),
    account: Account,
}

/// What looks like UTF-16 can hide plain bytes from a scan of the decoded text: those are looked at once more, by the
/// rules that prove themselves. Line numbers mean little there, so every line counts.
fn undecoded(text: &Text<'_>, has_changed: bool, look: &mut impl FnMut(Side, &Text<'_>, Option<&LineSet>, Place)) {
    if let Some(raw) = text.undecoded().filter(|_| has_changed) {
        look(Side::New, &raw, None, Place::Content);
    }
}

/// The name as a text, if the unit brings it; of a large file only its first window does.
fn newly_named<'a>(unit: &'a Unit<'_>) -> Option<Text<'a>> {
    let brings = match &unit.change {
        Change::Snapshot(text) | Change::Added(text) => text.is_start(),
        Change::Modified { .. } => unit.old_path.is_some(),
        Change::Deleted(_) => false,
    };
    brings.then(|| Text::raw(unit.path.as_bytes()))
}

/// Where in a unit a text stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Content,
    Name,
}

/// One side of a unit. `lines` are the changed ones; `None` means all.
struct View<'a> {
    set: &'a RuleSet,
    path: &'a [u8],
    /// The path as reports show it.
    shown: &'a Arc<str>,
    side: Side,
    text: &'a Text<'a>,
    lines: Option<&'a LineSet>,
    place: Place,
}

impl View<'_> {
    fn scan(&self, out: &mut Out<'_>) {
        if self.lines.is_some_and(LineSet::is_empty) || !self.set.looks_at(self.side_of_rules()) {
            return;
        }
        let mut found =
            candidates(self.set, self.path, self.text, &|rule| self.is_asked(rule.rule()) && rule.covers(self.path));
        if found.is_empty() {
            return;
        }
        let masks = masks(&found, self.text.bytes());
        settle(&mut found);
        for candidate in found.iter().filter(|candidate| self.is_new(candidate)) {
            match candidate.standing {
                Ok(standing) => (out.each)(self.finding(candidate, standing, &masks)),
                Err(fallen) => note(&mut out.account, candidate.rule, fallen),
            }
        }
    }

    fn side_of_rules(&self) -> Lines {
        match self.side {
            Side::New => Lines::Added,
            Side::Old => Lines::Removed,
        }
    }

    fn is_asked(&self, rule: &Rule) -> bool {
        rule.side == Lines::Any || rule.side == self.side_of_rules()
    }

    /// True if the candidate counts here: in this window, and on a changed line.
    fn is_new(&self, candidate: &Candidate<'_>) -> bool {
        // What was not read may reach into this window from before it.
        let is_here = self.text.owns(candidate.span.start) || candidate.standing == Err(Fallen::Unread);
        // The whole match counts, so that a changed name on the line above makes its value count. A line end that a match
        // has at either end only bounds it.
        let touches = |lines: &LineSet| {
            let span = &candidate.span;
            let start = span.start + usize::from(self.text.bytes().get(span.start) == Some(&b'\n'));
            let last = span.end.max(candidate.secret.end).saturating_sub(1).max(start);
            lines.touches(self.text.position(start).line, self.text.position(last).line)
        };
        is_here && self.lines.is_none_or(touches)
    }

    fn finding(&self, candidate: &Candidate<'_>, standing: Standing, masks: &[Mask]) -> Finding {
        let (rule, words) = (candidate.rule.rule(), &candidate.rule.words);
        let span = if rule.kind == Kind::Secret { &candidate.secret } else { &candidate.span };
        Finding {
            rule: words.id.clone(),
            kind: rule.kind,
            severity: rule.severity,
            confidence: standing.confidence,
            title: words.title.clone(),
            message: message(candidate, standing, self.place),
            path: self.shown.clone(),
            side: self.side,
            start: self.text.position(span.start),
            end: self.text.position(span.end),
            excerpt: excerpt(self.text, masks, span),
            fingerprint: self.fingerprint(rule, span, masks),
            remedy: words.remedy.clone(),
            docs: words.docs.clone(),
            secret: self.secret(candidate, span, standing),
            access: None,
            area: None,
            shapes: self.set.shapes_of(&rule.id, &self.text.bytes()[span.clone()]),
            anchor: None,
        }
    }

    fn fingerprint(&self, rule: &Rule, span: &Range<usize>, masks: &[Mask]) -> Fingerprint {
        let bytes = self.text.bytes();
        let line = self.text.line_span(span.start);
        // Far more than the fingerprint looks at, and no more: a line can be megabytes long.
        let start = line.start.max(span.start.saturating_sub(CONTEXT));
        fingerprint::of(&rule.id, &bytes[span.clone()], &blanked(bytes, masks, start..span.start))
    }

    fn secret(&self, candidate: &Candidate<'_>, span: &Range<usize>, standing: Standing) -> Option<SecretDetail> {
        let value = &self.text.bytes()[span.clone()];
        (candidate.rule.rule().kind == Kind::Secret).then(|| SecretDetail {
            redacted: redacted(candidate, value),
            length: value.len(),
            check: standing.proof,
            judgement: candidate.judgement.clone(),
            decoded: candidate.decoded.clone(),
        })
    }
}

/// Counts a candidate that does not stand.
fn note(account: &mut Account, rule: &CompiledRule, fallen: Fallen) {
    match fallen {
        Fallen::Check => account.dropped.check += 1,
        Fallen::Placeholder => account.dropped.placeholder += 1,
        Fallen::Unread => _ = account.stopped.insert(rule.words.id.clone()),
        Fallen::Context | Fallen::Outranked => {}
    }
}

fn message(candidate: &Candidate<'_>, standing: Standing, place: Place) -> String {
    let place = if place == Place::Name { "It stands in the file's name. " } else { "" };
    let proof = match standing.proof {
        Proof::Checksum => " Its checksum holds, so it is no look-alike.",
        Proof::Structure => " Its structure is that of a real one.",
        Proof::None => "",
    };
    let layers: Vec<&str> = candidate.decoded.iter().map(|layer| layer.words()).collect();
    let encoded =
        if layers.is_empty() { String::new() } else { format!(" It is {}.", layers.join(", in which it is ")) };
    format!("{place}{}{proof}{encoded}", candidate.rule.rule().why)
}
