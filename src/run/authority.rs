//! Which policy judges: that of the base for a change, that on disk for files, so that no change judges itself.

use std::fs;
use std::path::Path;

use super::Failure;
use super::growth::Growth;
use super::named::{self, Named};
use crate::config::{Author, ConfigError, Plan};
use crate::keyed::Mistake;
use crate::policy::baseline::{self, Baseline};
use crate::policy::file::{AreaEntry, NAME, PolicyFile, Review};
use crate::report::{OWN_JUDGE, Origin, PolicySource};
use crate::rule::ward::{Asks, Ward};
use crate::rule::{ApprovedHosts, Fence};
use crate::source::git::{Sides, on_disk};
use crate::source::tree::Grounds;
use crate::source::{SourceError, why};

/// What is said of a file that judges and that nobody else sees.
pub(super) const UNTRACKED: &str = "is not tracked by git";

/// A policy file as it was found.
struct Found {
    /// What messages and reports call it.
    name: String,
    source: PolicySource,
    content: Vec<u8>,
    /// What the base has made of it since, where that is something else.
    since: Option<Vec<u8>>,
}

/// A policy that says nothing.
const EMPTY: &[u8] = b"version = 1\n";

/// Makes policy and baseline of files on disk part of the plan: the policy that was named, else that at the top of their
/// one root, if they have one.
pub(super) fn of_files(plan: &mut Plan, grounds: Option<&Grounds<'_>>) -> Result<(), Failure> {
    let at_top = |name: &str| match grounds.and_then(Grounds::root) {
        Some(root) => on_disk(root, name).map_err(masked(plan)),
        None => Ok(None),
    };
    let accepted = at_top(baseline::NAME)?;
    let found = match &plan.authority.file {
        Some(named) => Some(named_file(named)?),
        None => at_top(NAME)?.map(|content| Found {
            name: NAME.to_owned(),
            source: PolicySource::Tree,
            content,
            since: None,
        }),
    };
    let at_top = [
        (NAME, matches!(&found, Some(found) if found.source == PolicySource::Tree)),
        (baseline::NAME, accepted.is_some()),
    ];
    for (name, _) in at_top.into_iter().filter(|one| one.1) {
        if grounds.is_some_and(|grounds| grounds.leaves_untracked(name)) {
            let so = "it judges here, and no change; nobody else sees it until it is committed";
            plan.origin.notices.push(format!("`{name}` {UNTRACKED}: {so}"));
        }
    }
    if let Some(content) = accepted {
        plan.policy.baseline = accepted_in(baseline::NAME, &content)?;
        plan.origin.baseline = content;
    }
    adopt(plan, found)
}

/// Makes policy and baseline of a commit part of the plan, for all of its files.
pub(super) fn of_commit(plan: &mut Plan, sides: &Sides<'_>) -> Result<(), Failure> {
    let own = sides.new_file(NAME).map_err(masked(plan))?;
    let accepted = sides.new_file(baseline::NAME).map_err(masked(plan))?;
    let found = match &plan.authority.file {
        Some(named) => Some(named_file(named)?),
        None => own.map(|content| Found { name: NAME.to_owned(), source: PolicySource::Tree, content, since: None }),
    };
    let names = [
        matches!(&found, Some(found) if found.source == PolicySource::Tree).then_some(NAME),
        accepted.is_some().then_some(baseline::NAME),
    ];
    for name in names.into_iter().flatten() {
        plan.origin.notices.push(format!("nothing is compared here, so these files are judged by their own `{name}`"));
    }
    if let Some(content) = accepted {
        plan.policy.baseline = accepted_in(baseline::NAME, &content)?;
        plan.origin.baseline = content;
    }
    adopt(plan, found)
}

/// Makes policy and baseline of a change part of the plan: those of its base, unless the head was asked for. Says what the
/// change adds to the baseline.
pub(super) fn of_change(plan: &mut Plan, sides: &Sides<'_>) -> Result<Growth, Failure> {
    let author = plan.authority.author;
    let new_policy = sides.new_file(NAME).map_err(masked(plan))?;
    let named = plan.authority.file.clone();
    let found = match (&named, author) {
        (Some(named), Author::Head) => Some(named_file(named)?),
        (Some(named), Author::Base) => Some(named_for_change(plan, named, sides)?),
        (None, Author::Base) => ruling(plan, sides, NAME, NAME.to_owned())?,
        (None, Author::Head) => {
            tracked(plan, sides, NAME, new_policy.as_deref())?;
            let content = new_policy.clone();
            content.map(|content| Found { name: NAME.to_owned(), source: PolicySource::Head, content, since: None })
        }
    };
    if author == Author::Head {
        plan.origin.notices.push(OWN_JUDGE.into());
    } else if found.is_none() && new_policy.is_some() {
        plan.origin.notices.push(not_yet(NAME, "the built-in policy judges it"));
    }
    if author == Author::Base {
        sound(plan, new_policy, found.as_ref())?;
    }
    adopt(plan, found)?;
    growth(plan, sides)
}

/// The policy at `path` that judges a change: that of the merge base, and beside it what the base has made of it since. A
/// change chooses where it branches off, and the history may hold a policy that somebody once tried.
fn ruling(plan: &mut Plan, sides: &Sides<'_>, path: &str, name: String) -> Result<Option<Found>, Failure> {
    let base = sides.base_file(path).map_err(masked(plan))?;
    let tip = sides.tip_file(path).map_err(masked(plan))?;
    if base == tip {
        return Ok(base.map(|content| Found { name, source: PolicySource::Base, content, since: None }));
    }
    plan.origin
        .notices
        .push(format!("`{path}` has changed in the base since this change left it: the stricter of both judges"));
    // A policy that is not there is the built-in one.
    let content = base.unwrap_or_else(|| EMPTY.to_vec());
    Ok(Some(Found { name, source: PolicySource::Base, content, since: Some(tip.unwrap_or_else(|| EMPTY.to_vec())) }))
}

/// The baseline that counts for a change, once it is read: that of the merge base, without what the base has dropped since.
fn still_accepted(plan: &mut Plan, sides: &Sides<'_>, base: &Baseline) -> Result<Baseline, Failure> {
    if base.is_empty() || !sides.has_tip() {
        return Ok(base.clone());
    }
    let tip = sides.tip_file(baseline::NAME).map_err(masked(plan))?.unwrap_or_default();
    let name = format!("{} (base)", baseline::NAME);
    let tip = if tip.is_empty() { Baseline::default() } else { accepted_in(&name, &tip)? };
    let still = base.clone().within(&tip);
    if still.entries().count() < base.entries().count() {
        plan.origin.notices.push(format!("what the base has dropped from `{}` since is not set aside", baseline::NAME));
    }
    Ok(still)
}

fn not_yet(name: &str, so: &str) -> String {
    format!("`{name}` is not in the base of this change, so {so}; once committed it rules what comes after")
}

/// Makes the baseline part of the plan, and compares the two.
fn growth(plan: &mut Plan, sides: &Sides<'_>) -> Result<Growth, Failure> {
    const FILE: &str = baseline::NAME;
    let (old, new) = (sides.base_file(FILE).map_err(masked(plan))?, sides.new_file(FILE).map_err(masked(plan))?);
    let name = |side: &str| format!("{FILE} ({side})");
    let base = old.as_ref().map(|content| accepted_in(&name("base"), content)).transpose()?.unwrap_or_default();
    let is_same = old == new;
    let head = new.as_ref().map(|content| accepted_in(&name("this change"), content)).transpose()?;
    let content = if plan.authority.author == Author::Head { &new } else { &old };
    plan.origin.baseline = content.clone().unwrap_or_default();
    if plan.authority.author == Author::Head {
        tracked(plan, sides, FILE, new.as_deref())?;
        plan.policy.baseline = head.clone().unwrap_or_default();
    } else {
        plan.policy.baseline = still_accepted(plan, sides, &base)?;
        if old.is_none() && new.is_some() {
            plan.origin.notices.push(not_yet(FILE, "nothing in it is set aside"));
        }
    }
    Ok(match head.filter(|_| !is_same) {
        Some(head) => Growth::between(base, &head, new.unwrap_or_default()),
        None => Growth::default(),
    })
}

/// What the change makes of the policy has to be readable: it judges whatever comes after.
fn sound(plan: &Plan, new: Option<Vec<u8>>, base: Option<&Found>) -> Result<(), Failure> {
    let Some(content) = new.filter(|new| base.is_none_or(|base| base.name != NAME || base.content != *new)) else {
        return Ok(());
    };
    parsed(plan, &format!("{NAME} (this change)"), content).map(drop)
}

/// A file that judges must be one that others can see, too.
fn tracked(plan: &Plan, sides: &Sides<'_>, name: &str, content: Option<&[u8]>) -> Result<(), Failure> {
    if content.is_none() || sides.is_tracked(name).map_err(masked(plan))? {
        return Ok(());
    }
    let message = format!(
        "`{name}` is not tracked by git, and a change is not judged by what nobody else sees; `git add {name}` first"
    );
    Err(Failure::Config(ConfigError::new(message)))
}

fn accepted_in(name: &str, content: &[u8]) -> Result<Baseline, Failure> {
    Baseline::parse(name, content).map_err(|mistakes| wrong("the baseline", &mistakes))
}

fn wrong(what: &str, mistakes: &[Mistake]) -> Failure {
    let said: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    Failure::Config(ConfigError::new(format!("mistakes in {what}:\n  {}", said.join("\n  "))))
}

fn masked(plan: &Plan) -> impl Fn(SourceError) -> Failure + '_ {
    |error| Failure::Source(error.map(|message| crate::detect::name::masked(&plan.rules, &message)))
}

fn named_file(path: &Path) -> Result<Found, Failure> {
    let name = path.display().to_string();
    let content = fs::read(path).map_err(|error| unreadable(&name, &error))?;
    Ok(Found { name, source: PolicySource::File, content, since: None })
}

/// A named file that lies in the repository is read as the base has it: the change could have written any other.
fn named_for_change(plan: &mut Plan, path: &Path, sides: &Sides<'_>) -> Result<Found, Failure> {
    match named::of_base(path, sides).map_err(masked(plan))? {
        Named::Outside => named_file(path),
        Named::Base(inside) => {
            let name = path.display().to_string();
            let nothing = Found { name: name.clone(), source: PolicySource::Base, content: Vec::new(), since: None };
            Ok(ruling(plan, sides, &inside, name)?.unwrap_or(nothing))
        }
        Named::Brought => Err(Failure::Config(ConfigError::new(format!(
            "`{}` is not in the base of this change, and a change is not judged by a policy that it brings; commit it \
             first, name a file outside the repository, or say `--policy-from head`",
            path.display()
        )))),
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    Failure::Config(ConfigError::new(format!("cannot read policy file `{name}`: {}", why(error))))
}

fn ward(area: &AreaEntry) -> Ward {
    let asks = match area.review {
        Review::Required => Asks::Review,
        Review::Optional => Asks::Notice,
    };
    Ward { name: area.name.clone(), paths: area.paths.clone(), owners: area.owners.clone(), asks }
}

/// Reads a policy: its text without the mark at its beginning, and what it says.
fn parsed(plan: &Plan, name: &str, content: Vec<u8>) -> Result<(String, PolicyFile), Failure> {
    let fail = |message: String| Failure::Config(ConfigError::new(message));
    let text = String::from_utf8(content).map_err(|_| fail(format!("policy file `{name}` is no UTF-8")))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut file =
        PolicyFile::parse(name, text, &plan.rules).map_err(|mistakes| wrong("the policy file", &mistakes))?;
    // Reasons and names are printed, and people paste what they should not.
    let mask = |text: &mut String| *text = crate::detect::name::masked(&plan.rules, text);
    file.allows.iter_mut().for_each(|entry| mask(&mut entry.reason));
    file.areas.iter_mut().for_each(|area| mask(&mut area.name));
    Ok((text.to_owned(), file))
}

fn adopt(plan: &mut Plan, found: Option<Found>) -> Result<(), Failure> {
    let Some(Found { name, source, content, since }) = found else { return Ok(()) };
    let (mut text, mut file) = parsed(plan, &name, content).map_err(|failure| mendable(failure, source))?;
    draw(plan, &file);
    if let Some(since) = since {
        let (more, other) = parsed(plan, &format!("{name} (base)"), since)?;
        draw(plan, &other);
        file = file.strictest(other, &plan.rules);
        text += &more;
    }
    if let (None, Some(threshold)) = (plan.authority.threshold, file.fail_on) {
        plan.policy.threshold = threshold;
    }
    plan.rules
        .look_for_shapes(file.allows.iter().filter_map(|entry| Some((entry.rule.as_str(), entry.value.as_deref()?))));
    if let Some(hosts) = &file.approved_hosts {
        plan.rules.approve(ApprovedHosts::new(hosts.iter().cloned()));
    }
    plan.rules.watch(file.areas.iter().map(ward));
    plan.policy.file = file;
    plan.origin = Origin { source, file: Some(name), content: text, ..std::mem::take(&mut plan.origin) };
    Ok(())
}

/// A base with a broken policy judges no change, not even the one that mends it: how that one comes in is said.
fn mendable(failure: Failure, source: PolicySource) -> Failure {
    match failure {
        Failure::Config(error) if source == PolicySource::Base => Failure::Config(ConfigError::new(format!(
            "{error}\n  so it stands in the base, which judges: `--policy FILE`, a mended copy from outside the repository, judges \
             the change that mends it, and `git commit --no-verify` goes past a hook"
        ))),
        other => other,
    }
}

fn draw(plan: &mut Plan, file: &PolicyFile) {
    if let Some(inside) = file.writable.clone() {
        plan.rules.draw(Fence { drawn_by: "`writable` of the policy", inside });
    }
}
