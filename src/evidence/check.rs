//! What holds of a record, line by line: what it says against what was recomputed here, and what only its signer can know.

use std::collections::BTreeSet;

use super::digest::sha256;
use super::envelope::{Form, Record};
use super::record::{Answered, Change, Commit, Finding, Policy, Reviews, Run, Statement, Verification, Worktree};
use super::sign::{Trusted, Worth};

/// What became of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is as the record says.
    Holds,
    /// It is not.
    Differs,
    /// Nothing here tells.
    Unchecked,
}

impl Outcome {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Differs => "differs",
            Self::Unchecked => "cannot be checked here",
        }
    }
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What became of it.
    pub outcome: Outcome,
    /// What was checked.
    pub what: String,
    /// The value, or the reason.
    pub why: String,
}

impl Line {
    /// One line.
    pub fn new(outcome: Outcome, what: impl Into<String>, why: impl Into<String>) -> Self {
        Self { outcome, what: what.into(), why: why.into() }
    }

    fn equal(what: &str, is_equal: bool, holds: String, differs: String) -> Self {
        if is_equal { Self::new(Outcome::Holds, what, holds) } else { Self::new(Outcome::Differs, what, differs) }
    }
}

/// What is done about the reviews of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reviewing {
    /// Nobody gave what they were taken from.
    Told,
    /// They are taken from the same files again.
    Recomputed,
    /// The files that were given are others; how.
    Other(&'static str),
}

/// What the file itself shows: its form, its signature, and what stands or falls with the signer.
pub fn standing(record: &Record, trusted: Option<&Trusted>, reviews: Reviewing) -> Vec<Line> {
    let worth = record.signature.as_ref().map(|signature| signature.worth(trusted));
    let mut lines = vec![form(record.form)];
    lines.extend(signature(record, worth.as_ref(), trusted.is_some()));
    let signer = match &worth {
        Some(Worth::Trusted(owner)) if record.form == Form::Canonical => Some(owner.as_str()),
        _ => None,
    };
    lines.extend(claims(&record.statement, signer, reviews));
    lines
}

fn form(form: Form) -> Line {
    let (outcome, why) = match form {
        Form::Canonical => (Outcome::Holds, "the bytes that ringfence writes, and its seal fits"),
        Form::Rewritten => (Outcome::Differs, "these are not the bytes that ringfence writes"),
        Form::SealBroken => (Outcome::Differs, "something in it was altered after it was sealed"),
    };
    Line::new(outcome, "form", why)
}

fn signature(record: &Record, worth: Option<&Worth>, is_asked: bool) -> Option<Line> {
    let key = record.signature.as_ref().map_or("", |signature| &signature.key_id);
    let (outcome, why) = match worth {
        None if is_asked => (Outcome::Differs, "it is not signed".to_owned()),
        None => return None,
        Some(Worth::Broken(why)) => (Outcome::Differs, (*why).to_owned()),
        Some(Worth::Trusted(owner)) if owner == key => (Outcome::Holds, format!("made by {key}")),
        Some(Worth::Trusted(owner)) => (Outcome::Holds, format!("made by {owner} with {key}")),
        Some(Worth::Stranger) => (Outcome::Differs, format!("made by {key}, which `--key` does not name")),
        Some(Worth::Undecided) => {
            let why =
                "its entry of allowed signers has a condition that is not judged here (time, pattern or certificate)";
            (Outcome::Unchecked, format!("made by {key}: {why}"))
        }
        Some(Worth::Unasked) => {
            (Outcome::Unchecked, format!("made by {key}; name the keys that you trust with `--key`"))
        }
    };
    Some(Line::new(outcome, "signature", why))
}

/// What nobody can recompute.
fn claims(statement: &Statement, signer: Option<&str>, reviews: Reviewing) -> Vec<Line> {
    let predicate = &statement.predicate;
    let told = |what: &str, why: String| match signer {
        Some(signer) => Line::new(Outcome::Holds, what, format!("{why}; {signer} signed for it")),
        None => Line::new(Outcome::Unchecked, what, format!("{why}; only a trusted signature vouches for it")),
    };
    let mut lines = Vec::new();
    if let Some(task) = &predicate.task {
        lines.push(told("task", format!("as told: {}", beginning(task))));
    }
    if let Some(day) = &predicate.verification.policy.judged_on {
        lines.push(told("day", format!("judged on {day}, for entries of the policy that expire")));
    }
    for (at, run) in predicate.runs.iter().enumerate() {
        let what = format!("run {}", at + 1);
        lines.push(match is_kept_as_told(run) {
            true => told(&what, ran(run)),
            false => Line::new(Outcome::Differs, what, "the kept output is not the one that was digested"),
        });
    }
    lines.extend(match (reviews, &predicate.reviews) {
        (Reviewing::Told, Some(reviews)) => Some(told("reviews", reviewed(reviews))),
        (Reviewing::Other(why), _) => Some(Line::new(Outcome::Differs, "reviews", why)),
        (Reviewing::Told, None) | (Reviewing::Recomputed, _) => None,
    });
    lines
}

fn beginning(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    let cut: String = line.chars().take(60).collect();
    if cut.len() < text.trim().len() { format!("{cut} …") } else { cut }
}

/// True unless a kept output contradicts its own digest; what was cut cannot.
fn is_kept_as_told(run: &Run) -> bool {
    [&run.stdout, &run.stderr].into_iter().all(|output| match &output.text {
        Some(text) if text.len() as u64 == output.bytes => sha256(text.as_bytes()) == output.sha256,
        _ => true,
    })
}

fn ran(run: &Run) -> String {
    let end = run.exit_code.map_or("was ended by a signal".into(), |code| format!("ended with {code}"));
    let place = match run.worktree {
        Worktree::Head => "at the head of the change",
        Worktree::Other => "not at the head of the change, or with changes beside it",
    };
    format!("`{}` {end}, {place}; nothing is run here", shell_words::join(&run.argv))
}

/// What the record says against what was recomputed.
pub fn compare(recorded: &Statement, here: &Statement) -> Vec<Line> {
    let (old, new) = (&recorded.predicate.change, &here.predicate.change);
    let mut lines = commits(old, new);
    let subject = format!("commit {}", here.predicate.change.head.commit);
    let differs = format!("the change leads to {subject}, and the record is about something else");
    lines.insert(0, Line::equal("subject", recorded.subject == here.subject, subject, differs));
    lines.push(Line::equal(
        "diff",
        old.diff_sha256 == new.diff_sha256,
        format!("SHA-256 {}", new.diff_sha256),
        format!("SHA-256 is {} here", new.diff_sha256),
    ));
    lines.push(paths(old, new));
    let reviews = (recorded.predicate.reviews.as_ref(), here.predicate.reviews.as_ref());
    lines.extend(reviews.1.map(|now| reviewed_again(reviews.0, now)));
    let (then, mut now) = (&recorded.predicate.verification, here.predicate.verification.clone());
    // An approval decides whether an area fails; without the files of reviews nobody can tell.
    let is_guessed = matches!(reviews, (Some(_), None)) && then.summary.failing != now.summary.failing;
    if is_guessed {
        now.summary.failing = then.summary.failing;
        let why = format!("{} failing depends on the reviews; give their files again", then.summary.failing);
        lines.push(Line::new(Outcome::Unchecked, "failing", why));
    }
    lines.extend(verification(then, &now, (old, new)));
    lines
}

/// Reviews in one line.
fn reviewed(reviews: &Reviews) -> String {
    let satisfied = reviews.areas.iter().filter(|area| area.review == Answered::Satisfied).count();
    let open = reviews.areas.len() - satisfied;
    format!(
        "{} of reviewers; {} approved, {open} open",
        counted(reviews.said.len(), "word"),
        counted(satisfied, "area")
    )
}

fn reviewed_again(then: Option<&Reviews>, now: &Reviews) -> Line {
    let differs = |why: String| Line::new(Outcome::Differs, "reviews", why);
    let Some(then) = then else { return differs("the record names none".into()) };
    if then.files != now.files || then.required != now.required {
        return differs("the record names other files".into());
    }
    if then.signers != now.signers {
        let sha256 = now.signers.as_ref().map_or("none", |file| &file.sha256);
        return differs(format!("the record names another list of allowed signers; here its SHA-256 is {sha256}"));
    }
    if let Some(said) = lone(&then.said, &now.said).or_else(|| lone(&now.said, &then.said)) {
        return differs(format!("what `{}` said is not as recorded", said.who));
    }
    if let Some(area) = lone(&then.areas, &now.areas).or_else(|| lone(&now.areas, &then.areas)) {
        return differs(format!("the review of the area {} is not as recorded", area.name));
    }
    Line::equal("reviews", then == now, reviewed(now), "their order or their number is not as recorded".into())
}

fn commits(old: &Change, new: &Change) -> Vec<Line> {
    let named = [
        ("base", old.base.as_ref(), new.base.as_ref()),
        ("merge base", old.merge_base.as_ref(), new.merge_base.as_ref()),
        ("head", Some(&old.head), Some(&new.head)),
    ];
    let line = |(what, recorded, here): (&str, Option<&Commit>, Option<&Commit>)| {
        let said = here.map_or("none".into(), |c| format!("commit {} with tree {}", c.commit, c.tree));
        Line::equal(what, recorded == here, said.clone(), format!("here it is {said}"))
    };
    named.into_iter().filter(|(_, recorded, here)| recorded.is_some() || here.is_some()).map(line).collect()
}

fn paths(old: &Change, new: &Change) -> Line {
    let count = format!("{} with their blobs and modes", counted(new.paths.len(), "path"));
    if old.paths == new.paths && old.counts == new.counts {
        return Line::new(Outcome::Holds, "paths", count);
    }
    let why = match lone(&old.paths, &new.paths).or_else(|| lone(&new.paths, &old.paths)) {
        Some(path) => format!("`{}` is not as recorded", path.path),
        None => "their order or their number is not as recorded".into(),
    };
    Line::new(Outcome::Differs, "paths", why)
}

/// The first that one side has and the other has not.
fn lone<'a, T: Ord>(from: &'a [T], other: &[T]) -> Option<&'a T> {
    let known: BTreeSet<&T> = crate::order::gathered(other);
    from.iter().find(|one| !known.contains(one))
}

fn verification(old: &Verification, new: &Verification, (before, after): (&Change, &Change)) -> Vec<Line> {
    let (mut lines, judges) = judges(old, new);
    let line = |what: &str, is_equal: bool, holds: String, differs: String| match judges {
        _ if is_equal => Line::new(Outcome::Holds, what, holds),
        Judges::Same => Line::new(Outcome::Differs, what, differs),
        Judges::Others => Line::new(Outcome::Unchecked, what, format!("{differs}, where others judge")),
    };
    let found = |v: &Verification| counted(v.findings.len(), "finding");
    let areas = format!("{} touched", counted(after.areas.len(), "area"));
    lines.push(line("areas", before.areas == after.areas, areas.clone(), format!("{areas} here, and not the same")));
    lines.push(line("findings", old.findings == new.findings, found(new), unlike(&old.findings, &new.findings)));
    let set_aside = counted(new.set_aside.len(), "finding");
    let is_same = old.set_aside == new.set_aside;
    lines.push(line("set aside", is_same, set_aside.clone(), format!("{set_aside} here, and not the same")));
    let read = format!("{} read, {} not", counted(new.coverage.files as usize, "file"), new.coverage.skipped.len());
    lines.push(line("coverage", old.coverage == new.coverage, read.clone(), format!("{read} here, and not the same")));
    let failing = format!("{} failing, {} set aside", new.summary.failing, new.summary.set_aside);
    lines.push(line(
        "summary",
        old.summary == new.summary,
        failing.clone(),
        format!("{failing} here, and not the same"),
    ));
    lines
}

/// Whether what judges here is what judged then.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judges {
    Same,
    Others,
}

fn judges(old: &Verification, new: &Verification) -> (Vec<Line>, Judges) {
    let (then, now) = (&old.tool, &new.tool);
    let is_version = then.version == now.version && then.name == now.name;
    let is_rules = then.rules_sha256 == now.rules_sha256;
    let mut lines = vec![match is_version {
        true => Line::new(Outcome::Holds, "tool", format!("ringfence {}", now.version)),
        false => {
            let why = format!("{} {} wrote it, and this is ringfence {}", then.name, then.version, now.version);
            Line::new(Outcome::Unchecked, "tool", why)
        }
    }];
    lines.push(match (is_rules, is_version) {
        (true, _) => Line::new(Outcome::Holds, "rules", format!("SHA-256 {}", now.rules_sha256)),
        (false, true) => {
            let why = "this ringfence has other rules; name those that were added with `--rules`";
            Line::new(Outcome::Differs, "rules", why)
        }
        (false, false) => Line::new(Outcome::Unchecked, "rules", "another version has other rules; use that one"),
    });
    // A file of the user's own may be called otherwise elsewhere; its digest tells whether it is the same.
    let is_own = new.policy.source == "file";
    let called = if is_own { &new.policy.file } else { &old.policy.file };
    let is_policy = Policy { file: called.clone(), ..old.policy.clone() } == new.policy;
    let named = new.policy.file.as_ref().map_or(String::new(), |file| format!(", `{file}`"));
    let said = format!("{}{named}, digest {}", new.policy.source, new.policy.digest);
    lines.push(Line::equal("policy", is_policy, said.clone(), format!("here it is {said}, and not the same")));
    (lines, if is_rules { Judges::Same } else { Judges::Others })
}

/// The first finding that one side has and the other has not.
fn unlike(old: &[Finding], new: &[Finding]) -> String {
    match (lone(old, new), lone(new, old)) {
        (Some(gone), _) => format!("recorded, and not found here: {}", place(gone)),
        (_, Some(come)) => format!("found here, and not recorded: {}", place(come)),
        _ => "their order or their number is not as recorded".into(),
    }
}

fn place(finding: &Finding) -> String {
    format!("{} ({}:{})", finding.rule, finding.path, finding.line)
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
