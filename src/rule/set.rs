//! The compiled set: all rules behind one prefilter, and what is looked up across them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::OnceLock;

use regex_automata::meta;
use sha2::{Digest, Sha256};

use super::approved::ApprovedHosts;
use super::areas::Areas;
use super::beside::{Beside, ByteSet};
use super::builtin::{self, BuiltinError};
use super::compiled::{CompiledRule, compile};
use super::entry::Needle;
use super::fence::Fence;
use super::flows::Flows;
use super::grade::Lines;
use super::plan::{Anchor, Prepared};
use super::prefilter::Prefilter;
use super::programs::{Programs, Writes};
use super::reaches::Reaches;
use super::safeguards::Safeguards;
use super::shape::Shape;
use super::tree::Model;
use super::ward::Ward;
use crate::order;

/// Bytes of the shortest literals.
const SHORTEST: usize = 3;

/// The places of a text where rules may match. Kept by literal, because many rules can share one.
#[derive(Debug)]
pub struct Hits<'s> {
    set: &'s RuleSet,
    /// Literal and offset, sorted.
    places: Vec<(u32, usize)>,
}

/// All rules behind one prefilter.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<CompiledRule>,
    prefilter: Prefilter,
    /// Rules by needle.
    users: Vec<Vec<usize>>,
    /// Judges generic credentials; unpacked when first needed.
    model: OnceLock<Option<Model>>,
    /// Made when a change is first scanned.
    areas: OnceLock<Areas>,
    /// Made when a change is first scanned.
    flows: OnceLock<Flows>,
    /// What the policy approves; `None` where it says nothing of hosts.
    approved: Option<ApprovedHosts>,
    /// The same.
    safeguards: OnceLock<Safeguards>,
    programs: Programs,
    /// The same.
    reaches: OnceLock<Reaches>,
    /// Where a change may write, if that is limited.
    fences: Vec<Fence>,
    /// Areas that the policy draws.
    wards: Vec<Ward>,
    digest: String,
    /// What values look like that the policy sets aside.
    shapes: Vec<Shape>,
}

/// Rules that cannot stand together.
#[derive(Debug)]
pub enum SetError {
    /// The program's own rules are broken.
    Builtin(BuiltinError),
    /// Two rules have one id.
    Duplicate(String),
    /// A pattern is too large to compile.
    Pattern(String, Box<meta::BuildError>),
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builtin(error) => error.fmt(f),
            Self::Duplicate(id) => write!(f, "rule id `{id}` is taken by another rule; rename yours"),
            Self::Pattern(id, error) => write!(f, "rule `{id}`: `pattern` does not compile: {error}"),
        }
    }
}

impl std::error::Error for SetError {}

impl RuleSet {
    /// Looks from now on for values of these rules that have these shapes.
    pub fn look_for_shapes<'s>(&mut self, shapes: impl Iterator<Item = (&'s str, &'s str)>) {
        self.shapes.extend(shapes.filter_map(|(rule, shape)| Shape::new(rule, shape)));
    }

    /// The shapes that `value`, found by `rule`, has.
    pub fn shapes_of(&self, rule: &str, value: &[u8]) -> Vec<String> {
        self.shapes.iter().filter_map(|shape| shape.of(rule, value)).map(str::to_owned).collect()
    }

    /// The rules that ringfence ships.
    ///
    /// # Errors
    /// The program was built wrongly.
    pub fn builtin() -> Result<Self, SetError> {
        Self::with(Vec::new())
    }

    /// The rules that ringfence ships and `more`, whose patterns are compiled at once so that a bad one is told early.
    ///
    /// # Errors
    /// Two rules share an id, or a pattern does not compile.
    pub fn with(more: Vec<Prepared>) -> Result<Self, SetError> {
        for prepared in &more {
            if prepared.rule.pattern.is_empty() {
                continue;
            }
            compile(&prepared.rule.pattern).map_err(|e| SetError::Pattern(prepared.rule.id.clone(), e))?;
        }
        let digest = digest(&more);
        let mut all = builtin::rules().map_err(SetError::Builtin)?;
        all.extend(more);
        Self::new(all, digest)
    }

    /// The same with the examples of the built-in rules, which a scan does not need and which are not unpacked for it.
    ///
    /// # Errors
    /// The program was built wrongly.
    pub fn with_examples(mut self) -> Result<Self, SetError> {
        let examples = builtin::examples().map_err(SetError::Builtin)?;
        for (compiled, (bad, good)) in self.rules.iter_mut().zip(examples) {
            compiled.prepared.rule.bad = bad;
            compiled.prepared.rule.good = good;
        }
        Ok(self)
    }

    fn new(all: Vec<Prepared>, digest: String) -> Result<Self, SetError> {
        let mut ids = BTreeSet::new();
        if let Some(twice) = all.iter().find(|p| !ids.insert(p.rule.id.as_str())) {
            return Err(SetError::Duplicate(twice.rule.id.clone()));
        }
        let mut users: BTreeMap<Needle, Vec<usize>> = BTreeMap::new();
        for (at, prepared) in all.iter().enumerate() {
            for needle in needles(prepared) {
                users.entry(needle).or_default().push(at);
            }
        }
        let (needles, users) = users.into_iter().unzip();
        let programs = Programs::new(&all);
        let rules = all.into_iter().map(CompiledRule::new).collect();
        Ok(Self {
            rules,
            prefilter: Prefilter::new(needles),
            users,
            model: OnceLock::new(),
            areas: OnceLock::new(),
            reaches: OnceLock::new(),
            fences: Vec::new(),
            wards: Vec::new(),
            shapes: Vec::new(),
            flows: OnceLock::new(),
            approved: None,
            safeguards: OnceLock::new(),
            programs,
            digest,
        })
    }

    /// Every rule; the built-in ones first, sorted by id.
    pub fn rules(&self) -> &[CompiledRule] {
        &self.rules
    }

    /// The rule with this id.
    pub fn get(&self, id: &str) -> Option<&CompiledRule> {
        self.rules.iter().find(|r| r.rule().id == id)
    }

    /// The rules about commands of this program.
    pub fn about_command(&self, program: &str, writes: Writes) -> impl Iterator<Item = &CompiledRule> {
        self.programs.about(program, writes).map(|at| &self.rules[at])
    }

    /// True if some rule is about commands of this program.
    pub fn knows_command(&self, program: &str) -> bool {
        self.programs.knows(program)
    }

    /// The model that judges what is assigned to telling names.
    pub fn model(&self) -> Option<&Model> {
        self.model.get_or_init(builtin::model).as_ref()
    }

    /// The areas of all rules.
    pub fn areas(&self) -> &Areas {
        self.areas.get_or_init(|| Areas::new(&self.rules))
    }

    /// The flows of all rules.
    pub fn flows(&self) -> &Flows {
        self.flows.get_or_init(|| Flows::new(&self.rules))
    }

    /// Takes hosts that are not in `hosts` for new ways out from now on.
    pub fn approve(&mut self, hosts: ApprovedHosts) {
        self.approved = Some(hosts);
    }

    /// The hosts that the policy approves, if it says anything of hosts.
    pub fn approved_hosts(&self) -> Option<&ApprovedHosts> {
        self.approved.as_ref()
    }

    /// The signs of all safeguards.
    pub fn safeguards(&self) -> &Safeguards {
        self.safeguards.get_or_init(|| Safeguards::new(&self.rules))
    }

    /// The places that code must not reach for, of all rules.
    pub fn reaches(&self) -> &Reaches {
        self.reaches.get_or_init(|| Reaches::new(&self.rules))
    }

    /// Holds changes inside of `fence` from now on, beside those that were drawn before.
    pub fn draw(&mut self, fence: Fence) {
        self.fences.push(fence);
    }

    /// Watches over more areas from now on.
    pub fn watch(&mut self, wards: impl IntoIterator<Item = Ward>) {
        self.wards.extend(wards);
    }

    /// Areas that the policy draws.
    pub fn wards(&self) -> &[Ward] {
        &self.wards
    }

    /// Where a change may write; empty where nothing limits it.
    pub fn fences(&self) -> &[Fence] {
        &self.fences
    }

    /// True if any rule looks at lines of this kind.
    pub fn looks_at(&self, side: Lines) -> bool {
        self.rules.iter().any(|r| r.rule().side == side || r.rule().side == Lines::Any)
    }

    /// SHA-256 over all rules, in hex: the identity of what judged.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Every place in `bytes` where a rule may match.
    pub fn hits(&self, bytes: &[u8]) -> Hits<'_> {
        let mut places = Vec::new();
        self.prefilter.scan(bytes, |needle, at| places.push((needle as u32, at)));
        places.sort_unstable();
        Hits { set: self, places }
    }
}

impl<'s> Hits<'s> {
    /// Calls `each` for every rule that may match, in the order of [`RuleSet::rules`], with the offsets of its literals or
    /// `near` words in ascending order.
    pub fn by_rule(&self, mut each: impl FnMut(&'s CompiledRule, &[usize])) {
        let runs = self.places.chunk_by(|a, b| a.0 == b.0);
        let mut users: Vec<(usize, &[(u32, usize)])> = Vec::new();
        for run in runs {
            users.extend(self.set.users[run[0].0 as usize].iter().map(|&rule| (rule, run)));
        }
        order::sort_by_key(&mut users, |(rule, _)| *rule);
        let mut offsets = Vec::new();
        for group in users.chunk_by(|a, b| a.0 == b.0) {
            offsets.clear();
            offsets.extend(group.iter().flat_map(|(_, run)| run.iter().map(|(_, at)| *at)));
            if group.len() > 1 {
                offsets.sort_unstable();
            }
            each(&self.set.rules[group[0].0], &offsets);
        }
    }
}

fn needles(prepared: &Prepared) -> Vec<Needle> {
    let (words, fold, beside) = match prepared.anchor {
        Anchor::Literal { fold, beside, .. } => (&prepared.rule.literals, fold, beside),
        Anchor::Name => return prepared.rule.literals.iter().map(|word| in_name(word)).collect(),
        Anchor::Compared => return Vec::new(),
        Anchor::Near => (&prepared.rule.near, true, Beside::ANYTHING),
    };
    words.iter().map(|word| Needle { bytes: word.clone().into_bytes(), fold, beside }).collect()
}

/// The needle of a word in a name. A short one ends its word there, but for a plural: `keyboard` is another word.
fn in_name(word: &str) -> Needle {
    let ends = ByteSet::ALL.filter(|b| !b.is_ascii_lowercase() || b == b's');
    let next = if word.len() == SHORTEST { ends } else { ByteSet::ALL };
    Needle { bytes: word.as_bytes().to_vec(), fold: true, beside: Beside { next, ..Beside::ANYTHING } }
}

fn digest(more: &[Prepared]) -> String {
    if more.is_empty() {
        return builtin::DIGEST.to_owned();
    }
    let mut hasher = Sha256::new();
    hasher.update(builtin::DIGEST);
    // Packing plain data into memory cannot fail; an empty addition would only make the digest less telling.
    hasher.update(postcard::to_allocvec(more).unwrap_or_default());
    hasher.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
