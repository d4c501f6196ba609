//! Row security: which rows anyone sees and writes, by the policies of one file.

use std::collections::BTreeMap;
use std::ops::Range;

use super::privilege::is_anyone;
use super::statement::{Cursor, FILES, has_public, spelled};
use crate::detect::grant::logic::{self, Parts, WORDS};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document;
use crate::finding::Severity;
use crate::order;

/// PostgreSQL's policies, Supabase's included.
///
/// Row security is off for a new table; once on, what no policy allows is denied. Permissive policies add up, restrictive
/// ones all must pass. Source: "Row Security Policies" and "CREATE POLICY" in PostgreSQL's documentation.
pub(in crate::detect::grant) static ROWS: Surface = Surface {
    files: FILES,
    marks: &["row level security", "policy"],
    needs: None,
    grants: rows,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const RULE_OFF: &str = "sql-row-security-off";
const RULE_POLICY: &str = "sql-row-policy";
const COMMANDS: [&str; 4] = ["SELECT", "INSERT", "UPDATE", "DELETE"];
/// Roles that pass by row security anyway, or belong to whoever runs the server.
const TRUSTED: [&str; 4] = ["service_role", "postgres", "supabase_admin", "dashboard_user"];
/// What any user who is signed in passes.
const SIGNED_IN: &str = "the user is signed in";

#[derive(Default)]
struct State {
    has_public: bool,
    tables: BTreeMap<String, Table>,
    policies: BTreeMap<(String, String), Policy>,
}

#[derive(Clone, Default)]
struct Table {
    is_created: bool,
    is_on: Option<bool>,
    is_forced: Option<bool>,
    span: Range<usize>,
}

#[derive(Clone, Default)]
struct Policy {
    is_restrictive: bool,
    commands: Vec<&'static str>,
    roles: Vec<String>,
    using: Option<Parts>,
    check: Option<Parts>,
    span: Range<usize>,
}

fn rows(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut state = State { has_public: has_public(input.text), ..State::default() };
    let statements = document::sql(input.text);
    statements.iter().for_each(|statement| state.apply(Cursor::new(statement, state.has_public)));
    let is_exposed = input.path.contains("supabase/migrations/");
    let mut grants: Vec<Grant> = Vec::new();
    for (name, table) in &state.tables {
        grants.extend(table.grants(name, is_exposed));
    }
    for ((table, name), policy) in &state.policies {
        grants.extend(policy.grants(table, name));
    }
    grants
}

impl State {
    fn apply(&mut self, mut at: Cursor<'_>) {
        let span = at.span();
        if at.eat("create policy") {
            self.policy(at, true);
        } else if at.eat("alter policy") {
            self.policy(at, false);
        } else if at.eat("drop policy") {
            at.eat_any(&["if exists"]);
            if let (Some(name), true, Some(table)) = (at.name(), at.eat("on"), at.object()) {
                self.policies.remove(&(table, name));
            }
        } else if at.eat("drop table") {
            at.eat_any(&["if exists"]);
            for table in at.list(Cursor::object) {
                self.tables.remove(&table);
                self.policies.retain(|(of, _), _| *of != table);
            }
        } else if at.eat("create") {
            at.eat_any(&["unlogged"]);
            if at.eat("table") {
                at.eat_any(&["if not exists"]);
                let Some(name) = at.object() else { return };
                self.tables.insert(name, Table { is_created: true, span, ..Table::default() });
            }
        } else if at.eat("alter table") {
            self.table(at);
        }
    }

    fn table(&mut self, mut at: Cursor<'_>) {
        at.eat_any(&["if exists", "only"]);
        let (span, Some(name)) = (at.span(), at.object()) else { return };
        loop {
            let change: fn(&mut Table) = if at.eat("enable row level security") {
                |table| table.is_on = Some(true)
            } else if at.eat("disable row level security") {
                |table| table.is_on = Some(false)
            } else if at.eat("no force row level security") {
                |table| table.is_forced = Some(false)
            } else if at.eat("force row level security") {
                |table| table.is_forced = Some(true)
            } else {
                return;
            };
            let table = self.tables.entry(name.clone()).or_default();
            change(table);
            table.span = span.clone();
            if !at.eat_sign(',') {
                return;
            }
        }
    }

    fn policy(&mut self, mut at: Cursor<'_>, is_new: bool) {
        at.eat_any(&["if not exists"]);
        let span = at.span();
        let (Some(name), true, Some(table)) = (at.name(), at.eat("on"), at.object()) else { return };
        let key = (table.clone(), name);
        let mut policy = self.policies.get(&key).filter(|_| !is_new).cloned().unwrap_or_default();
        policy.span = span;
        policy.commands = if policy.commands.is_empty() { COMMANDS.to_vec() } else { policy.commands };
        while at.peek().is_some() {
            if at.eat("as restrictive") {
                policy.is_restrictive = true;
            } else if at.eat("for") {
                let is_named = |command: &&&str| at.peek().is_some_and(|token| token.is(command));
                let named: Vec<&'static str> = COMMANDS.iter().filter(is_named).copied().collect();
                policy.commands = if named.is_empty() { COMMANDS.to_vec() } else { named };
            } else if at.eat("to") {
                policy.roles = at.list(Cursor::role);
            } else if at.eat("using") {
                policy.using = at.bracketed().map(test);
            } else if at.eat("with check") {
                policy.check = at.bracketed().map(test);
            } else {
                at.next();
            }
        }
        self.tables.entry(table).or_default();
        self.policies.insert(key, policy);
    }
}

/// A test in parts. Whoever is compared with the row's owner is signed in.
fn test(tokens: &[document::SqlToken<'_>]) -> Parts {
    let mut parts: Parts = logic::parts(&spelled(tokens), WORDS);
    let names_user = |part: &Vec<String>| match part.as_slice() {
        [atom] => atom.contains("auth . uid ( )") || atom.contains("'authenticated'"),
        _ => false,
    };
    if parts.iter().any(names_user) {
        parts.retain(|part| !matches!(part.as_slice(), [atom] if is_only_signed_in(atom)));
        parts.push(vec![SIGNED_IN.into()]);
    }
    for atom in parts.iter_mut().flatten() {
        *atom = readable(atom);
    }
    parts
}

fn is_only_signed_in(atom: &str) -> bool {
    let is_noise = |word: &&str| matches!(*word, "select" | "(" | ")" | "." | ":" | "text" | "as");
    let words: Vec<&str> = atom.split_whitespace().filter(|word| !is_noise(word)).collect();
    let first = words.strip_prefix(&["auth"]).unwrap_or_default();
    match first {
        ["uid", rest @ ..] => matches!(rest, ["is", "not", "null"] | ["uid", "is", "not", "null"]),
        ["role", rest @ ..] => matches!(rest, ["=", "'authenticated'"] | ["role", "=", "'authenticated'"]),
        _ => false,
    }
}

fn readable(atom: &str) -> String {
    atom.replace(" . ", ".").replace(" : : ", "::").replace("( )", "()").replace(" ()", "()")
}

impl Table {
    fn grants(&self, name: &str, is_exposed: bool) -> Vec<Grant> {
        let subject = Subject::new("table", name);
        let grant = Grant::allow(RULE_OFF, subject.clone(), Reach::one("rows that no policy allows"), Severity::High);
        let grant = grant.at(self.span.clone());
        let is_default = is_exposed && self.is_created && name.starts_with("public.");
        let mut grants = vec![match self.is_on {
            Some(true) => grant.level(0, "row security on"),
            Some(false) => grant.level(2, "row security switched off").alone(Severity::High),
            None if is_default => grant.level(1, "row security off, the default").alone(Severity::Low),
            None if self.is_created => grant.level(1, "row security off, the default"),
            None => grant.level(0, "none"),
        }];
        let owner = Grant::allow(RULE_OFF, subject, Reach::one("all rows for its owner"), Severity::Medium);
        let level =
            if self.is_forced == Some(true) { (0, "row security forced") } else { (1, "row security not forced") };
        grants.push(owner.level(level.0, level.1).at(self.span.clone()));
        grants
    }
}

impl Policy {
    fn grants(&self, table: &str, name: &str) -> Vec<Grant> {
        if self.is_restrictive {
            return self.restrictions(table, name);
        }
        self.commands.iter().filter_map(|command| self.grant(table, name, command)).collect()
    }

    fn grant(&self, table: &str, name: &str, command: &'static str) -> Option<Grant> {
        let mut tests = self.tests(command)?;
        let mut roles = self.roles.as_slice();
        if roles.iter().all(|role| role == "authenticated") && !roles.is_empty() {
            tests.push(vec![SIGNED_IN.into()]);
            roles = &[];
        }
        order::sort(&mut tests);
        tests.dedup();
        let subject = Subject::new("policy", format!("{name} on {table}"));
        let grant = Grant::allow(RULE_POLICY, subject, Reach::one(command), Severity::Medium).at(self.span.clone());
        if logic::is_never(&tests) {
            return Some(grant.level(0, "never"));
        }
        let is_trusted = !roles.is_empty() && roles.iter().all(|role| TRUSTED.contains(&role.as_str()));
        let is_anyone = roles.is_empty() || roles.iter().any(|role| is_anyone(role));
        let (severity, alone) = weight(&tests, command != "SELECT", is_anyone, is_trusted);
        let mut grant = Grant { severity, alone, ..grant.level(1, "allowed") };
        if !is_anyone {
            grant = grant.only_if("the role is", Reach::of(roles.iter().cloned()));
        }
        Some(if tests.is_empty() { grant } else { grant.only_if("it holds that", Reach::Passing(tests)) })
    }

    /// What must hold for the command; `None` where the policy allows nothing.
    fn tests(&self, command: &str) -> Option<Parts> {
        let (using, check) = (self.using.clone(), self.check.clone());
        match command {
            "INSERT" => check.or(using),
            "UPDATE" => {
                let rows = using.or_else(|| check.clone())?;
                let new = check.unwrap_or_else(|| rows.clone());
                let of_new = |part: Vec<String>| part.into_iter().map(|atom| marked(&atom)).collect();
                Some(rows.into_iter().chain(new.into_iter().map(of_new)).collect())
            }
            _ => using,
        }
    }

    /// What every query must pass: as long as the table is there, losing it widens.
    fn restrictions(&self, table: &str, name: &str) -> Vec<Grant> {
        let subject = Subject::new("table", table);
        let tests = [&self.using, &self.check].into_iter().flatten();
        let deny = |part: &Vec<String>| {
            let what = Reach::one(format!("the restriction {}", part.join(" or ")));
            let deny = Grant::deny(RULE_POLICY, subject.clone(), what, Severity::High).at(self.span.clone());
            deny.level(1, format!("required by {name}"))
        };
        tests.flatten().map(deny).collect()
    }
}

fn marked(atom: &str) -> String {
    if atom == SIGNED_IN { atom.to_owned() } else { format!("of the new row {atom}") }
}

/// How bad the policy is to gain, and alone.
fn weight(tests: &Parts, is_write: bool, is_anyone: bool, is_trusted: bool) -> (Severity, Option<Severity>) {
    let is_signed_in = !tests.is_empty() && tests.iter().flatten().all(|atom| atom == SIGNED_IN);
    match (tests.is_empty(), is_anyone && !is_signed_in, is_write) {
        _ if is_trusted => (Severity::Low, None),
        (true, true, true) => (Severity::Critical, Some(Severity::High)),
        (true, true, false) => (Severity::High, Some(Severity::Medium)),
        (true, false, true) => (Severity::High, Some(Severity::Medium)),
        (true, false, false) => (Severity::Medium, None),
        _ if is_signed_in && is_write => (Severity::High, Some(Severity::Medium)),
        _ if is_signed_in => (Severity::Medium, None),
        (_, _, true) => (Severity::High, None),
        _ => (Severity::Medium, None),
    }
}
