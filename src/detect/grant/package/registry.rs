//! Where a tool takes packages from, and what it checks on the way: what all tools have in common.

use std::ops::Range;

use super::address::{self, plain};
use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Reach, Subject};
use crate::document::Node;
use crate::finding::Severity;

const SOURCE: &str = "package-registry";
const CHECK: &str = "package-check";
const SCRIPTS: &str = "package-scripts";

/// One tool that installs packages, with what its settings say.
pub(super) struct Tool {
    name: &'static str,
    /// The registry it asks if nobody says anything.
    usual: &'static str,
    pub(super) out: Vec<Grant>,
}

/// For which packages a registry is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// For all.
    Always,
    /// For those that name it.
    ByName,
}

impl Tool {
    pub(super) fn new(name: &'static str, usual: &'static str) -> Self {
        Self { name, usual, out: Vec::new() }
    }

    pub(super) fn subject(&self) -> Subject {
        Subject::new(self.name, "")
    }

    /// It asks the usual registry, unless told not to.
    pub(super) fn asks_the_usual(&mut self) {
        let usual = self.usual;
        self.asks(&format!("https://{usual}/"), Asked::Always, 0..0);
    }

    /// It asks the registry at `url`.
    pub(super) fn asks(&mut self, url: &str, asked: Asked, span: Range<usize>) {
        let url = url.trim().trim_matches(['"', '\'']);
        let url = ["sparse+", "registry+", "git+"].iter().find_map(|kind| url.strip_prefix(kind)).unwrap_or(url);
        let is_folder = !url.contains("://") && !url.starts_with("//");
        let host = address::host(url);
        // A folder or a server of this machine is in the hands of who asks it.
        if is_folder || host.is_empty() || url.starts_with("file:") || address::is_own(&host) {
            return;
        }
        let origin = address::Origin::of(url).unwrap_or(address::Origin::Host(host));
        let name = origin.name();
        let (rank, level) = match asked {
            _ if address::is_in_the_clear(url) => (3, "asked in the clear"),
            Asked::Always => (2, "asked for every package"),
            Asked::ByName => (1, "asked by name"),
        };
        let severity = match rank {
            3 => Severity::High,
            1 => origin.severity().min(Severity::Medium),
            _ => origin.severity().max(if matches!(origin, address::Origin::Repository(_)) {
                Severity::High
            } else {
                Severity::Low
            }),
        };
        let what = Reach::one(format!("packages from {name}"));
        self.out.push(Grant::allow(SOURCE, self.subject(), what, severity).level(rank, level).at(span));
    }

    /// Packages of `scope` come from a registry of their own, never from the usual one.
    pub(super) fn keeps_apart(&mut self, scope: &str, span: Range<usize>) {
        let what = Reach::one(format!("a registry of its own for {}", plain(scope)));
        self.out.push(Grant::deny(SOURCE, self.subject(), what, Severity::Medium).level(1, "set").at(span));
    }

    /// What a setting gives that concerns the checks.
    pub(super) fn checks(&mut self, setting: Setting, value: Option<(&str, Range<usize>)>) {
        self.out.push(setting.grant(CHECK, &self.subject(), value, 0..0));
    }

    /// The same of a key of a map.
    pub(super) fn checks_key(&mut self, setting: Setting, map: Node<'_>) {
        let value = map.entry(setting.key);
        self.checks(setting, value.and_then(|(key, value)| Some((value.text()?, key.span().start..value.span().end))));
    }

    /// Something that is let through unchecked.
    pub(super) fn lets(&mut self, what: &str, severity: Severity, span: Range<usize>) {
        let grant = Grant::allow(CHECK, self.subject(), Reach::one(what.replace(['*', '?'], "·")), severity);
        self.out.push(grant.level(1, "let through").at(span));
    }

    /// A protection whose strength is a number; 0 is none. It is missed only while there is something to protect.
    pub(super) fn guards(&mut self, what: &str, strength: u32, shown: String, span: Range<usize>) {
        let grant = Grant::deny(CHECK, self.subject(), Reach::one(what), Severity::Medium);
        self.out.push(grant.level(strength, shown).at(span));
    }

    /// A minimal age of releases.
    pub(super) fn waits(&mut self, age: &str, unit: &str, span: Range<usize>) {
        let number = age.trim().trim_matches(['"', '\'']).trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if let Ok(number) = number.trim().parse::<u32>() {
            self.guards(
                "a waiting time for new releases",
                number,
                format!("{number} {}", if number == 1 { unit.trim_end_matches('s') } else { unit }),
                span,
            );
        }
    }

    /// Install scripts that run: of which package, and whether of a fixed version.
    pub(super) fn runs(&mut self, spec: &str, span: Range<usize>) {
        let (name, version) = match spec.get(1..).and_then(|rest| rest.find('@')) {
            Some(at) => (&spec[..=at], &spec[at + 2..]),
            None => (spec, ""),
        };
        let (rank, level) = if version.is_empty() { (2, "run, of any version") } else { (1, "run, of one version") };
        let severity = if name == "*" { Severity::High } else { Severity::Medium };
        let what = Reach::one(format!("install scripts of {name}"));
        self.out.push(Grant::allow(SCRIPTS, self.subject(), what, severity).level(rank, level).at(span));
    }

    /// Install scripts of this package do not run, as without a word.
    fn refuses(&mut self, name: &str, span: Range<usize>) {
        let what = Reach::one(format!("install scripts of {name}"));
        let grant = Grant::allow(SCRIPTS, self.subject(), what, Severity::Medium);
        self.out.push(grant.level(0, "refused").at(span));
    }

    /// Install scripts of this package never run.
    pub(super) fn never_runs(&mut self, name: &str, span: Range<usize>) {
        let what = Reach::one(format!("install scripts of {name}"));
        self.out.push(Grant::deny(SCRIPTS, self.subject(), what, Severity::Medium).at(span));
    }

    /// A list or a map of packages whose scripts run.
    pub(super) fn runs_each(&mut self, list: Node<'_>) {
        for item in list.items() {
            item.text().into_iter().for_each(|name| self.runs(name, list.span()));
        }
        for (key, value) in list.entries() {
            let Some(name) = key.text() else { continue };
            match value.truth() {
                Some(true) => self.runs(name, key.span().start..value.span().end),
                Some(false) => self.refuses(name, key.span().start..value.span().end),
                None => {}
            }
        }
    }
}
