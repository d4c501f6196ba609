//! What sets findings of one file aside beside the policy: comments in it, and the baseline. In a change only what was set
//! aside at the base stays so, and whatever the change itself opens is told.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::config::Plan;
use crate::detect::allow::{self, Mark, Marks, Opened};
use crate::detect::name;
use crate::finding::{Finding, Fingerprint, Severity, Side};
use crate::policy::baseline::REASON;
use crate::policy::{By, Docket, Means};
use crate::scan::scan_each;
use crate::text::Text;
use crate::unit::{Change, Unit};

/// How many findings of a rule and a fingerprint, by what sets them aside.
type Count = HashMap<(Means, Arc<str>, Fingerprint), usize>;

/// The look-out for one unit.
pub(super) struct Aside<'a> {
    plan: &'a Plan,
    unit: &'a Unit<'a>,
    /// Read when the first finding comes: without one nothing needs them.
    marks: OnceCell<Marks>,
    used: RefCell<BTreeSet<usize>>,
    /// What may still be set aside, because the lines that the change takes away had it set aside.
    left: OnceCell<RefCell<Count>>,
    /// Findings of the change for which a mark stands that does not count for them.
    meant: RefCell<Vec<(usize, Finding)>>,
}

/// Which unused marks are named: all, where everything was looked for, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unused {
    Named,
    Unknown,
}

impl<'a> Aside<'a> {
    pub(super) fn of(plan: &'a Plan, unit: &'a Unit<'a>) -> Self {
        let (used, meant) = (RefCell::default(), RefCell::default());
        Self { plan, unit, marks: OnceCell::new(), used, left: OnceCell::new(), meant }
    }

    /// What sets `finding` aside.
    pub(super) fn by(&self, finding: &Finding) -> Option<By> {
        if finding.side == Side::Old {
            return None;
        }
        let place = self.marks().about(finding);
        self.used.borrow_mut().extend(place);
        let marked = place.and_then(|place| self.marked(self.marks().all().get(place)?));
        let by = [marked, self.accepted(finding)].into_iter().flatten().find(|by| self.counts(by, finding));
        if let (None, Some(place), false) = (&by, place, self.is_snapshot()) {
            self.meant.borrow_mut().push((place, finding.clone()));
        }
        by
    }

    fn marked(&self, mark: &Mark) -> Option<By> {
        let reason = name::masked_to(&self.plan.rules, mark.reason.as_ref()?, allow::LONGEST_REASON);
        Some(By { means: Means::Inline, reason, expires: None, line: mark.line })
    }

    fn accepted(&self, finding: &Finding) -> Option<By> {
        let baseline = &self.plan.policy.baseline;
        if baseline.is_empty() {
            return None;
        }
        let line = match &self.unit.old_path {
            Some(old) => baseline.line_of(finding, &name::shown(&self.plan.rules, old)),
            None => baseline.line_of(finding, &finding.path),
        };
        Some(By { means: Means::Baseline, reason: REASON.to_owned(), expires: None, line: line? })
    }

    /// True where the finding stood already, and was set aside by the same means: a change brings nothing along that hides
    /// something. A file without a past is what it is.
    fn counts(&self, by: &By, finding: &Finding) -> bool {
        match &self.unit.change {
            Change::Snapshot(_) => true,
            Change::Modified { .. } => {
                let mut left = self.left.get_or_init(|| RefCell::new(self.set_aside_before())).borrow_mut();
                let key = (by.means, finding.rule.clone(), finding.fingerprint.clone());
                left.get_mut(&key).filter(|left| **left > 0).map(|left| *left -= 1).is_some()
            }
            Change::Added(_) | Change::Deleted(_) => false,
        }
    }

    /// What was set aside on the lines that the change takes away.
    fn set_aside_before(&self) -> Count {
        let mut out = Count::new();
        let Change::Modified { before, removed, .. } = &self.unit.change else { return out };
        let (baseline, marks) = (&self.plan.policy.baseline, Marks::of(before));
        self.as_snapshot(Side::Old, &mut |finding| {
            if !removed.touches(finding.start.line, finding.end.line) {
                return;
            }
            let is_marked = marks.about(&finding).is_some_and(|place| marks.all()[place].reason.is_some());
            let is_accepted = baseline.line_of(&finding, &finding.path).is_some();
            for (means, _) in [(Means::Inline, is_marked), (Means::Baseline, is_accepted)].iter().filter(|one| one.1) {
                *out.entry((*means, finding.rule.clone(), finding.fingerprint.clone())).or_default() += 1;
            }
        });
        out
    }

    /// Tells what the marks of a change open that was not open before, and marks that it brings.
    pub(super) fn growth(&self, each: &mut dyn FnMut(Finding)) {
        let Some(text) = self.text().filter(|_| !self.is_snapshot() && !self.marks().is_empty()) else { return };
        let old = match &self.unit.change {
            Change::Modified { before, .. } => Marks::of(before),
            _ => Marks::default(),
        };
        let mut opened = self.opened(&old);
        let mut known: HashMap<&str, usize> = HashMap::new();
        old.all().iter().for_each(|mark| *known.entry(&mark.rule).or_default() += 1);
        for (place, mark) in self.marks().all().iter().enumerate().filter(|(_, mark)| mark.is_in(text)) {
            let findings = opened.remove(&place).unwrap_or_default();
            let left = known.get_mut(mark.rule.as_str()).filter(|left| **left > 0);
            let is_known = left.map(|left| *left -= 1).is_some();
            if !findings.is_empty() || !is_known {
                let opened = Opened { mark, findings };
                allow::finding(&self.plan.rules, self.unit, text, &opened).into_iter().for_each(&mut *each);
            }
        }
    }

    /// What each mark sets aside from now on, beyond what was set aside by a mark before.
    fn opened(&self, old: &Marks) -> HashMap<usize, Vec<(Severity, Fingerprint)>> {
        let mut before: HashMap<(Arc<str>, Fingerprint), usize> = HashMap::new();
        let counted = |marks: &Marks, finding: &Finding| {
            marks.about(finding).filter(|place| marks.all()[*place].reason.is_some())
        };
        if !old.is_empty() {
            self.as_snapshot(Side::Old, &mut |finding| {
                if counted(old, &finding).is_some() {
                    *before.entry((finding.rule, finding.fingerprint)).or_default() += 1;
                }
            });
        }
        let mut opened: HashMap<usize, Vec<(Severity, Fingerprint)>> = HashMap::new();
        let mut open = |place: usize, finding: Finding| match before
            .get_mut(&(finding.rule.clone(), finding.fingerprint.clone()))
            .filter(|left| **left > 0)
        {
            Some(left) => *left -= 1,
            None => opened.entry(place).or_default().push((finding.severity, finding.fingerprint)),
        };
        let marks = self.marks();
        let mut told = BTreeSet::new();
        self.as_snapshot(Side::New, &mut |finding| {
            if let Some(place) = counted(marks, &finding) {
                told.insert((place, finding.rule.clone(), finding.fingerprint.clone()));
                open(place, finding);
            }
        });
        for (place, finding) in self.meant.take() {
            let is_told = told.contains(&(place, finding.rule.clone(), finding.fingerprint.clone()));
            if !is_told && marks.all()[place].reason.is_some() {
                open(place, finding);
            }
        }
        opened
    }

    /// The findings of one side taken for itself.
    fn as_snapshot(&self, side: Side, each: &mut dyn FnMut(Finding)) {
        let text = match (&self.unit.change, side) {
            (Change::Modified { before, .. }, Side::Old) => before,
            (Change::Modified { after: text, .. } | Change::Added(text), Side::New) => text,
            _ => return,
        };
        let unit = Unit {
            path: self.unit.old_path.as_ref().filter(|_| side == Side::Old).unwrap_or(&self.unit.path).clone(),
            old_path: None,
            mode: if side == Side::Old { self.unit.old_mode } else { self.unit.mode },
            old_mode: None,
            change: Change::Snapshot(text.clone()),
        };
        scan_each(&self.plan.rules, &unit, each);
    }

    /// Says what is wrong with marks beside findings, and which ones do nothing.
    pub(super) fn notices(&self, unused: Unused, docket: &mut Docket) {
        let Some(text) = self.text().filter(|_| self.is_snapshot()) else { return };
        // A mark that does not count harms nobody where nothing is found; text about marks is full of those.
        let is_needed = self.marks.get().is_some();
        if !is_needed && unused == Unused::Unknown {
            return;
        }
        let path = name::shown(&self.plan.rules, &self.unit.path);
        for (line, said) in allow::slips(text).into_iter().filter(|_| is_needed) {
            docket.note(format!("{path}:{line}: {said}"));
        }
        let marks = self.marks();
        let used = self.used.borrow();
        for (place, mark) in marks.all().iter().enumerate().filter(|(_, mark)| mark.is_in(text)) {
            let said = match allow::fault(&self.plan.rules, mark) {
                Some(fault) if is_needed => fault,
                Some(_) => continue,
                // At the edge of a window its finding may belong to the next one.
                None if unused == Unused::Named
                    && text.is_whole()
                    && !used.contains(&place)
                    && self.plan.rules.get(&mark.rule).is_some_and(|rule| rule.rule().is_whole_in_trees()) =>
                {
                    format!("`ringfence:allow {}` sets nothing aside; remove it", mark.rule)
                }
                None => continue,
            };
            docket.note(format!("{path}:{}: {said}", mark.line));
        }
    }

    fn marks(&self) -> &Marks {
        self.marks.get_or_init(|| self.text().map(Marks::of).unwrap_or_default())
    }

    /// The text of the new side.
    fn text(&self) -> Option<&Text<'a>> {
        self.unit.text()
    }

    fn is_snapshot(&self) -> bool {
        matches!(self.unit.change, Change::Snapshot(_))
    }
}
