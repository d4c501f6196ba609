//! Reviews: whether someone who answers for an area has approved what is about to be merged.

mod forge;
mod signed;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use self::signed::{Signed, Standing};
use super::file::TeamEntry;
use super::signers::Signers;
use crate::order;
use crate::source::{Authorship, Vouches, add_names};

/// What an approval was given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// What is about to be merged.
    ForHead,
    /// Something that was there before it.
    ForOlder,
    /// Nobody says for what.
    Unsaid,
}

/// The last word of one person.
#[derive(Clone, Debug)]
struct Word {
    approves: bool,
    given: Given,
    /// The commit for which the forge says it was given.
    commit: Option<String>,
    /// Teams for which the forge says it was given.
    teams: BTreeSet<String>,
    when: Option<Timestamp>,
}

/// All that is known of who reviewed a change.
#[derive(Debug, Default)]
pub struct Reviews {
    words: BTreeMap<String, Word>,
    signed: Vec<Signed>,
    authors: BTreeSet<String>,
}

/// What became of the review of one area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody who answers for it approved it; who.
    Satisfied(String),
    /// Nobody did; why not, in words.
    Open(String),
}

/// What somebody said of the change, for a record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Said {
    /// The name at the forge, or the address.
    pub who: String,
    /// The commit it was said of, where that is known.
    pub commit: Option<String>,
    /// How that is known.
    pub proof: Proof,
    /// What it comes to, in words: `approved`, or why it does not count.
    pub what: String,
}

/// How it is known that somebody said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Proof {
    /// A file of the forge says so.
    Forge,
    /// A commit says so; what it is worth stands in the words.
    Commit,
}

/// A file of reviews that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewError(String);

impl std::fmt::Display for ReviewError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReviewError {}

/// What counts, in words.
const APPROVED: &str = "approved";
/// What does not, because the commit is not known.
const UNSAID: &str = "approved, and nothing says for which commit";
/// The most reasons that one answer gives.
const MOST_REASONS: usize = 8;

impl Reviews {
    /// What files that forge tools printed say, with what the commits say of who wrote the change.
    ///
    /// # Errors
    /// A file is no JSON, or of no form that is known.
    pub fn read(files: &[(String, Vec<u8>)], authorship: &Authorship) -> Result<Self, ReviewError> {
        let mut heard = forge::Heard::default();
        for (name, content) in files {
            heard.read(content).map_err(|why| ReviewError(format!("reviews in `{name}`: {why}")))?;
        }
        let authors = authorship.authors.iter().cloned().chain(heard.authors.iter().map(|name| plain(name))).collect();
        let mut out = Self { words: BTreeMap::new(), signed: Vec::new(), authors };
        for said in heard.settled(&authorship.head) {
            out.add(said);
        }
        Ok(out)
    }

    /// Adds what the commits themselves say, as far as the keys of `signers` prove it.
    pub fn add_signed(&mut self, vouches: &Vouches, signers: &Signers) {
        self.signed = signed::heard(vouches, signers, &self.authors);
    }

    /// The later word of a person counts.
    fn add(&mut self, said: forge::Said) {
        let word = Word {
            approves: said.approves,
            given: said.given,
            commit: said.commit,
            teams: said.teams.iter().map(|team| plain(team)).collect(),
            when: said.when,
        };
        let who = plain(&said.who);
        if self.words.get(&who).is_none_or(|known| known.when <= word.when) {
            self.words.insert(who, word);
        }
    }

    /// Whether one of `owners` has approved; `teams` says who belongs to which.
    pub fn of(&self, owners: &[String], teams: &[TeamEntry]) -> Outcome {
        if owners.is_empty() {
            return Outcome::Open("nobody is named as its owner; name one under [[area]] or in CODEOWNERS".into());
        }
        let mut why = Vec::new();
        for (who, word) in &self.words {
            if !owners.iter().any(|owner| answers(who, &word.teams, &plain(owner), teams)) {
                continue;
            }
            match self.worth(who, word) {
                APPROVED => return Outcome::Satisfied(who.clone()),
                UNSAID => why.push(format!("nothing says for which commit {who} approved")),
                what => why.push(format!("{who} {what}")),
            }
        }
        let mut others = Vec::new();
        for signed in &self.signed {
            let is_owner = owners.iter().any(|owner| owns(signed, &plain(owner), teams));
            match &signed.standing {
                Standing::Current if is_owner && !self.objects(signed) => {
                    return Outcome::Satisfied(signed.who.clone());
                }
                Standing::Current if is_owner => why.push(format!("{} does not approve at the forge", signed.who)),
                _ if is_owner => why.push(told(signed)),
                _ => others.push(format!("{}, and is no owner of it", told(signed))),
            }
        }
        if why.is_empty() {
            why.push("no owner has approved".to_owned());
        }
        why.extend(others);
        Outcome::Open(joined(&why))
    }

    /// Everything that was said, sorted.
    pub fn said(&self) -> Vec<Said> {
        let forge = self.words.iter().map(|(who, word)| Said {
            who: who.clone(),
            commit: word.commit.clone(),
            proof: Proof::Forge,
            what: self.worth(who, word).to_owned(),
        });
        let signed = self.signed.iter().map(|signed| Said {
            who: signed.who.clone(),
            commit: Some(signed.commit.clone()),
            proof: Proof::Commit,
            what: what(&signed.standing),
        });
        let mut all: Vec<Said> = forge.chain(signed).collect();
        order::sort(&mut all);
        all.dedup();
        all
    }

    /// What a word at the forge comes to.
    fn worth(&self, who: &str, word: &Word) -> &'static str {
        match (word.approves, word.given) {
            (false, _) => "does not approve",
            _ if self.authors.contains(who) => "approved, and wrote some of it",
            (true, Given::ForHead) => APPROVED,
            (true, Given::ForOlder) => "approved an earlier commit",
            (true, Given::Unsaid) => UNSAID,
        }
    }

    /// True if the same person says at the forge that they do not approve.
    fn objects(&self, signed: &Signed) -> bool {
        let word = |name: &String| self.words.get(name).is_some_and(|word| !word.approves);
        word(&signed.who) || signed.aliases.iter().any(word)
    }
}

/// What a signed line comes to.
fn what(standing: &Standing) -> String {
    match standing {
        Standing::Current => APPROVED.to_owned(),
        Standing::Older => "approved an earlier commit".to_owned(),
        Standing::Wrote => "approved, and wrote, committed or signed some of it".to_owned(),
        Standing::Unproven(doubt) => format!("is named as reviewer, which does not count: {doubt}"),
    }
}

fn told(signed: &Signed) -> String {
    let commit = signed.commit.get(..10).unwrap_or(&signed.commit);
    format!("{} {} (commit {commit})", signed.who, what(&signed.standing))
}

/// Reasons as one sentence, and no more than a person reads.
fn joined(reasons: &[String]) -> String {
    let more = reasons.len().saturating_sub(MOST_REASONS);
    let said = reasons[..reasons.len() - more].join("; ");
    if more == 0 { said } else { format!("{said}; and {more} more") }
}

fn owns(signed: &Signed, owner: &str, teams: &[TeamEntry]) -> bool {
    let mut names = BTreeSet::new();
    add_names(&mut names, &signed.who);
    names.iter().any(|name| answers(name, &BTreeSet::new(), owner, teams))
}

/// True if `who` is the owner, or belongs to the team that is; a forge may have said for which teams they spoke.
fn answers(who: &str, spoke_for: &BTreeSet<String>, owner: &str, teams: &[TeamEntry]) -> bool {
    let is_member = |team: &TeamEntry| plain(&team.name) == owner && team.members.iter().any(|m| plain(m) == who);
    who == owner || spoke_for.contains(owner) || teams.iter().any(is_member)
}

/// A name as it is compared: forges take no account of case, and some write `@` before it.
fn plain(name: &str) -> String {
    name.trim().trim_start_matches('@').to_lowercase()
}

#[cfg(test)]
mod tests;
