//! SQL roles and routines: attributes that pass every check, functions that lend their owner's rights, owners.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::statement::{Cursor, FILES, has_public};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, SqlKind};
use crate::finding::Severity;

/// `CREATE ROLE`, `ALTER ROLE`, `SECURITY DEFINER`, `OWNER TO`.
///
/// Source: "CREATE ROLE" and "CREATE FUNCTION" ("Writing SECURITY DEFINER Functions Safely") in PostgreSQL's documentation.
pub(in crate::detect::grant) static ROLES: Surface = Surface {
    files: FILES,
    marks: &[
        "superuser",
        "createrole",
        "bypassrls",
        "replication",
        "login",
        "createdb",
        "definer",
        "owner to",
        "invoker",
    ],
    needs: None,
    grants: roles,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE_ROLE: &str = "sql-role";
const RULE_ROUTINE: &str = "sql-security-definer";
const RULE_OWNER: &str = "sql-owner";

/// Attributes: the word, what it gives, how bad it is to gain and alone.
const ATTRIBUTES: [(&str, &str, Severity, Option<Severity>); 6] = [
    ("superuser", "superuser rights", Severity::Critical, Some(Severity::High)),
    ("bypassrls", "the right to pass by row security", Severity::Critical, Some(Severity::High)),
    ("createrole", "the right to create roles", Severity::High, Some(Severity::Low)),
    ("replication", "the right to replicate the whole server", Severity::High, Some(Severity::Low)),
    ("createdb", "the right to create databases", Severity::Low, None),
    ("login", "the right to log in", Severity::Low, None),
];
/// Roles that are what they are on any server.
const BUILT_IN: [&str; 5] = ["postgres", "service_role", "rdsadmin", "supabase_admin", "cloudsqladmin"];

#[derive(Default)]
struct State {
    has_public: bool,
    attributes: BTreeMap<(String, usize), (bool, Range<usize>)>,
    routines: BTreeMap<String, Routine>,
    views: BTreeMap<String, (bool, Range<usize>)>,
    owners: BTreeMap<String, (String, Range<usize>)>,
    created: BTreeSet<String>,
}

#[derive(Clone, Default)]
struct Routine {
    is_definer: bool,
    has_path: bool,
    is_trigger: bool,
    span: Range<usize>,
}

fn roles(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut state = State { has_public: has_public(input.text), ..State::default() };
    let statements = document::sql(input.text);
    statements.iter().for_each(|statement| state.apply(Cursor::new(statement, state.has_public)));
    state.grants()
}

impl State {
    fn apply(&mut self, mut at: Cursor<'_>) {
        let is_new = at.eat("create");
        if !is_new && !at.eat("alter") {
            return;
        }
        at.eat_any(&["or replace", "or alter", "force", "temporary", "temp", "unlogged", "recursive", "materialized"]);
        if at.eat("role") || at.eat("user") || at.eat("group") {
            self.role(at, is_new);
        } else if at.eat("function") || at.eat("procedure") {
            self.routine(at, is_new);
        } else if at.eat("view") {
            self.view(at, is_new);
        } else if ["table", "schema", "database", "sequence", "type"].iter().any(|word| at.eat(word)) {
            self.owner(at, is_new);
        }
    }

    fn role(&mut self, mut at: Cursor<'_>, is_new: bool) {
        at.eat_any(&["if not exists", "if exists"]);
        let Some(name) = at.role().filter(|name| !BUILT_IN.contains(&name.as_str())) else { return };
        let (span, mut named) = (at.span(), BTreeMap::new());
        while let Some(token) = at.next().filter(|token| !token.is("in") && !token.is("set")) {
            for (i, (word, ..)) in ATTRIBUTES.iter().enumerate().filter(|_| token.kind == SqlKind::Word) {
                if token.is(word) {
                    named.insert(i, true);
                } else if token.text.get(..2).is_some_and(|no| no.eq_ignore_ascii_case("no")) {
                    let is_denied = token.text.get(2..).is_some_and(|rest| rest.eq_ignore_ascii_case(word));
                    is_denied.then(|| named.insert(i, false));
                }
            }
        }
        for i in 0..ATTRIBUTES.len() {
            match named.get(&i) {
                Some(&is_given) => self.attributes.insert((name.clone(), i), (is_given, span.clone())),
                None if is_new => self.attributes.insert((name.clone(), i), (false, span.clone())),
                None => None,
            };
        }
    }

    fn routine(&mut self, mut at: Cursor<'_>, is_new: bool) {
        at.eat_any(&["if not exists", "if exists"]);
        let (span, Some(name)) = (at.span(), at.object()) else { return };
        let mut routine = self.routines.get(&name).filter(|_| !is_new).cloned().unwrap_or_default();
        routine.span = span;
        while let Some(token) = at.peek() {
            if at.eat("security definer") {
                routine.is_definer = true;
            } else if at.eat("security invoker") {
                routine.is_definer = false;
            } else if at.eat("set search_path") {
                routine.has_path = true;
            } else if at.eat("reset search_path") || at.eat("reset all") {
                routine.has_path = false;
            } else {
                routine.is_trigger |= token.is("trigger");
                at.next();
            }
        }
        self.routines.insert(name, routine);
    }

    fn view(&mut self, mut at: Cursor<'_>, is_new: bool) {
        at.eat_any(&["if not exists", "if exists"]);
        let (span, Some(name)) = (at.span(), at.object()) else { return };
        self.created.extend(is_new.then(|| name.clone()));
        let head = at.until(&["as", "select"]);
        let words: Vec<String> = head.iter().map(|token| token.text.to_ascii_lowercase()).collect();
        let Some(option) = words.iter().position(|word| word == "security_invoker") else {
            if is_new {
                self.views.insert(name, (false, span));
            }
            return;
        };
        let value = words.iter().skip(option + 1).find(|word| *word != "=").map(String::as_str);
        let is_reset = words.first().is_some_and(|word| word == "reset");
        self.views.insert(name, (!is_reset && !matches!(value, Some("false" | "off" | "0" | "no")), span));
    }

    fn owner(&mut self, mut at: Cursor<'_>, is_new: bool) {
        at.eat_any(&["if not exists", "if exists", "only"]);
        let (span, Some(name)) = (at.span(), at.object()) else { return };
        if is_new {
            self.created.insert(name);
        } else if let (true, Some(owner)) = (at.eat("owner to"), at.role()) {
            self.owners.insert(name, (owner, span));
        }
    }

    fn grants(&self) -> Vec<Grant> {
        let mut grants = Vec::new();
        for ((role, i), (is_given, span)) in &self.attributes {
            let Some((_, what, severity, alone)) = ATTRIBUTES.get(*i) else { continue };
            let grant = Grant::allow(RULE_ROLE, Subject::new("role", role), Reach::one(*what), *severity);
            let level = if *is_given { (1, "given") } else { (0, "none") };
            grants.push(Grant { alone: *alone, ..grant.level(level.0, level.1).at(span.clone()) });
        }
        grants.extend(self.routines.iter().map(|(name, routine)| routine.grant(name)));
        for (view, (is_invoker, span)) in &self.views {
            let subject = Subject::new("view", view);
            let there =
                Grant::allow(RULE_ROUTINE, subject.clone(), Reach::one("nothing"), Severity::Low).level(0, "none");
            grants.push(there.at(span.clone()));
            if *is_invoker {
                let what = Reach::one("the check of the caller's own rights");
                let deny = Grant::deny(RULE_ROUTINE, subject, what, Severity::High);
                grants.push(deny.level(1, "security_invoker").at(span.clone()));
            }
        }
        // Whoever creates a thing in this file gives it to someone: only what was there before changes hands.
        for (object, (owner, span)) in self.owners.iter().filter(|(object, _)| !self.created.contains(*object)) {
            let what = Reach::one("ownership");
            let grant = Grant::allow(RULE_OWNER, Subject::new("role", owner), what, Severity::Medium);
            grants.push(grant.on(Reach::one(object)).level(1, "owner").at(span.clone()));
        }
        grants
    }
}

impl Routine {
    fn grant(&self, name: &str) -> Grant {
        let (rank, level) = match (self.is_definer, self.has_path) {
            (false, _) => (0, "the caller's rights"),
            (true, true) => (1, "its owner's, with a search_path of its own"),
            (true, false) => (2, "its owner's, with whatever search_path the caller has"),
        };
        let severity = match (rank, self.is_trigger) {
            (2, false) => Severity::High,
            (2, true) => Severity::Medium,
            _ => Severity::Low,
        };
        let subject = Subject::new("function", name);
        let grant = Grant::allow(RULE_ROUTINE, subject, Reach::one("rights that are not its caller's"), severity);
        let alone = (rank == 2).then_some(if self.is_trigger { Severity::Low } else { Severity::Medium });
        Grant { alone, ..grant.level(rank, level).at(self.span.clone()) }
    }
}
