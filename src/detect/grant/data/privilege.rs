//! SQL privileges: who is given what by the statements of one file, in their order.

use std::collections::BTreeMap;
use std::ops::Range;

use super::statement::{Cursor, FILES, has_public};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, SqlToken};
use crate::finding::Severity;

/// `GRANT` and `REVOKE` in schemas and migrations.
///
/// A later statement of a file undoes an earlier one. A migration is a change by itself: what a new file grants to everyone
/// counts alone. Source: "GRANT", "REVOKE" and "ALTER DEFAULT PRIVILEGES" in PostgreSQL's documentation, "GRANT Statement"
/// in MySQL's.
pub(in crate::detect::grant) static PRIVILEGES: Surface = Surface {
    files: FILES,
    marks: &["grant", "revoke"],
    needs: None,
    grants: privileges,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "sql-privilege";
const RULE_PUBLIC: &str = "sql-public-privilege";
const RULE_REVOKED: &str = "sql-revocation";
/// Roles that stand for anyone who connects.
const ANYONE: [&str; 5] = ["public", "anon", "anonymous", "web_anon", "guest"];
/// Roles whose members may do nearly everything.
const STRONG: [&str; 14] = [
    "rds_superuser",
    "cloudsqlsuperuser",
    "azure_pg_admin",
    "pg_execute_server_program",
    "pg_write_server_files",
    "pg_read_server_files",
    "pg_write_all_data",
    "pg_read_all_data",
    "service_role",
    "supabase_admin",
    "dba",
    "accountadmin",
    "securityadmin",
    "sysadmin",
];
/// Revocations with wildcards that look through all grants before them.
const MOST_SWEEPS: usize = 200;

/// What a privilege on one object is to one role.
#[derive(Clone, Debug)]
struct Held {
    is_given: bool,
    can_pass_on: bool,
    columns: Vec<String>,
    span: Range<usize>,
}

/// Role, privilege, object: in this order so that one role's hold of one privilege stands together.
type Key = (String, String, String);

fn privileges(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut state = State { has_public: has_public(input.text), ..State::default() };
    let statements = document::sql(input.text);
    statements.iter().for_each(|statement| state.apply(Cursor::new(statement, state.has_public)));
    let is_guarded = has_row_security(input.text);
    let anywhere = Subject::new("the database", "");
    let mut grants = Vec::new();
    if !statements.is_empty() {
        grants.push(Grant::allow(RULE, anywhere.clone(), Reach::one("nothing"), Severity::Low).level(0, "none"));
    }
    for ((role, privilege, object), held) in &state.held {
        if held.is_given {
            grants.push(given(role, privilege, object, held, is_guarded));
        } else {
            let what = format!("the revocation of {privilege} from {role}");
            let severity = if is_anyone(role) { Severity::High } else { Severity::Medium };
            let deny = Grant::deny(RULE_REVOKED, anywhere.clone(), Reach::one(what), severity);
            grants.push(deny.on(Reach::one(object)).level(1, "revoked").at(held.span.clone()));
        }
    }
    grants
}

/// Row security stands behind the roles that Supabase gives every table to.
fn has_row_security(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("row level security") || text.contains("service_role") || text.contains("create policy")
}

pub(super) fn is_anyone(role: &str) -> bool {
    ANYONE.iter().any(|anyone| anyone.eq_ignore_ascii_case(role))
}

fn given(role: &str, privilege: &str, object: &str, held: &Held, is_guarded: bool) -> Grant {
    let subject = Subject::new("role", role);
    let (severity, alone) = weight(role, privilege, object, is_guarded);
    let rule = if is_anyone(role) { RULE_PUBLIC } else { RULE };
    let mut grant = Grant::allow(rule, subject, Reach::one(privilege), severity).at(held.span.clone());
    if !object.is_empty() {
        grant = grant.on(Reach::one(object));
    }
    grant.alone = alone;
    if held.can_pass_on {
        grant.severity = grant.severity.max(Severity::High);
        grant = grant.level(2, "granted, with the right to pass it on");
    } else {
        grant = grant.level(1, "granted");
    }
    match held.columns.as_slice() {
        [] => grant,
        columns => grant.only_if("the column is", Reach::of(columns.iter().cloned())),
    }
}

/// How bad a privilege is to gain, and alone.
fn weight(role: &str, privilege: &str, object: &str, is_guarded: bool) -> (Severity, Option<Severity>) {
    let is_wide = object.contains('*');
    let is_server = object == "*.*" || object.starts_with("database ");
    if let Some(of) = privilege.strip_prefix("membership of ") {
        let is_strong = STRONG.iter().any(|strong| strong.eq_ignore_ascii_case(of)) || is_anyone(role);
        let is_weak = is_anyone(of) || of == "authenticated";
        return if is_weak && !is_anyone(role) {
            (Severity::Low, None)
        } else if is_strong {
            (Severity::High, Some(Severity::Medium))
        } else {
            (Severity::Medium, None)
        };
    }
    // What PostgreSQL gives to everyone anyway, and what is of no use without more.
    let is_light = matches!(privilege, "EXECUTE" | "USAGE" | "CONNECT" | "TEMPORARY" | "TEMP");
    let is_read = matches!(privilege, "SELECT" | "REFERENCES" | "SHOW VIEW");
    match (is_anyone(role), is_light, is_read) {
        (true, true, _) => (Severity::Low, None),
        (true, _, _) if is_guarded => (Severity::Low, None),
        (true, _, true) => (Severity::High, Some(Severity::Medium)),
        (true, ..) => (Severity::Critical, Some(Severity::High)),
        (false, true, _) | (false, _, true) if !is_wide => (Severity::Low, None),
        (false, ..) if privilege == "*" && is_server => (Severity::High, None),
        (false, ..) if is_server && !is_light && !is_read => (Severity::High, None),
        (false, ..) => (Severity::Medium, None),
    }
}

#[derive(Default)]
struct State {
    has_public: bool,
    held: BTreeMap<Key, Held>,
    sweeps: usize,
}

impl State {
    fn apply(&mut self, mut at: Cursor<'_>) {
        let span = at.span();
        let mut prefix = String::new();
        if at.eat("alter default privileges") {
            let head = at.until(&["grant", "revoke"]);
            prefix = format!("future {}", schema_of(head));
        }
        if at.eat("grant") {
            self.change(&mut at, true, &prefix, span);
        } else if at.eat("revoke") || at.eat("deny") {
            self.change(&mut at, false, &prefix, span);
        }
    }

    fn change(&mut self, at: &mut Cursor<'_>, is_given: bool, prefix: &str, span: Range<usize>) {
        let only_option = !is_given && (at.eat("grant option for") || at.eat("admin option for"));
        let privileges = named(at.until(&["on", "to", "from"]));
        let mut objects = vec![String::new()];
        let mut kind = String::new();
        if at.eat("on") {
            (kind, objects) = self.objects(at, prefix);
        }
        let is_membership = kind.is_empty() && objects == [""];
        at.eat_any(&["to", "from"]);
        let roles = at.list(Cursor::role);
        let can_pass_on = at.seek("with grant option") || at.seek("with admin option");
        for (privilege, columns) in privileges.iter().flat_map(|one| expanded(one, &kind, is_membership)) {
            for role in &roles {
                for object in &objects {
                    let key = (role.clone(), privilege.clone(), object.clone());
                    let held = Held { is_given, can_pass_on, columns: columns.clone(), span: span.clone() };
                    if only_option { self.keep_without_option(&key) } else { self.set(key, held) }
                }
            }
        }
    }

    fn keep_without_option(&mut self, key: &Key) {
        if let Some(held) = self.held.get_mut(key) {
            held.can_pass_on = false;
        }
    }

    fn set(&mut self, key: Key, held: Held) {
        let is_sweep = !held.is_given && (key.1.contains('*') || key.2.contains('*'));
        if is_sweep && self.sweeps < MOST_SWEEPS {
            self.sweeps += 1;
            let (what, on) = (Reach::one(&key.1), Reach::one(&key.2));
            let is_taken =
                |known: &Key| known.0 == key.0 && what.holds(&Reach::one(&known.1)) && on.holds(&Reach::one(&known.2));
            self.held.retain(|known, _| !is_taken(known));
        }
        // Columns add to what was given before.
        if let Some(known) = self.held.get_mut(&key).filter(|known| known.is_given && held.is_given) {
            known.can_pass_on |= held.can_pass_on;
            match held.columns.is_empty() || known.columns.is_empty() {
                true => known.columns.clear(),
                false => known.columns.extend(held.columns),
            }
            return;
        }
        self.held.insert(key, held);
    }

    /// What stands behind `ON`: the kind in upper case, and the objects.
    fn objects(&self, at: &mut Cursor<'_>, prefix: &str) -> (String, Vec<String>) {
        let many = ["all", "future"].iter().any(|word| at.eat(word));
        for (word, kind) in KINDS {
            if !at.eat(word) {
                continue;
            }
            if !prefix.is_empty() {
                let schema = prefix.strip_prefix("future ").unwrap_or_default();
                return (kind.into(), vec![format!("future {word} in {schema}")]);
            }
            if many || at.eat("in schema") {
                let _ = at.eat("in schema") || at.eat("in database");
                let scoped =
                    |name: String| if kind == "TABLE" { format!("{name}.*") } else { format!("{word} {name}.*") };
                return (kind.into(), at.list(Cursor::name).into_iter().map(scoped).collect());
            }
            let objects = match kind {
                "TABLE" => at.list(Cursor::object),
                "DATABASE" | "SCHEMA" | "OTHER" => {
                    at.list(Cursor::name).iter().map(|n| format!("{word} {n}")).collect()
                }
                _ => at.list(Cursor::object).iter().map(|name| format!("{word} {name}")).collect(),
            };
            return (kind.into(), objects);
        }
        ("TABLE".into(), at.list(Cursor::object))
    }
}

/// Words for kinds of objects, with what their privileges are.
const KINDS: [(&str, &str); 26] = [
    ("tables", "TABLE"),
    ("table", "TABLE"),
    ("views", "TABLE"),
    ("view", "TABLE"),
    ("sequences", "SEQUENCE"),
    ("sequence", "SEQUENCE"),
    ("functions", "FUNCTION"),
    ("function", "FUNCTION"),
    ("procedures", "FUNCTION"),
    ("procedure", "FUNCTION"),
    ("routines", "FUNCTION"),
    ("routine", "FUNCTION"),
    ("schemas", "SCHEMA"),
    ("schema", "SCHEMA"),
    ("database", "DATABASE"),
    ("types", "TYPE"),
    ("type", "TYPE"),
    ("domain", "TYPE"),
    ("language", "OTHER"),
    ("foreign data wrapper", "OTHER"),
    ("foreign server", "OTHER"),
    ("tablespace", "OTHER"),
    ("large object", "OTHER"),
    ("parameter", "OTHER"),
    ("warehouse", "OTHER"),
    ("integration", "OTHER"),
];

fn schema_of(tokens: &[SqlToken<'_>]) -> String {
    let at = tokens.iter().position(|token| token.is("schema"));
    let name = at.and_then(|at| tokens.get(at + 1)).map(|token| token.text.to_ascii_lowercase());
    name.map_or_else(|| "any schema".into(), |name| format!("schema {name}"))
}

/// Privileges with the columns that they are limited to.
fn named(tokens: &[SqlToken<'_>]) -> Vec<(String, Vec<String>)> {
    let mut out: Vec<(String, Vec<String>)> = Vec::new();
    let (mut words, mut columns, mut is_inside) = (Vec::new(), Vec::new(), false);
    for token in tokens {
        match token {
            sign if sign.is_sign('(') => is_inside = true,
            sign if sign.is_sign(')') => is_inside = false,
            sign if sign.is_sign(',') && !is_inside => out.push((words.join(" "), std::mem::take(&mut columns))),
            sign if sign.is_sign(',') => {}
            word if is_inside => columns.push(word.text.to_string()),
            word => words.push(word.text.to_string()),
        }
        if token.is_sign(',') && !is_inside {
            words.clear();
        }
    }
    out.push((words.join(" "), columns));
    out.retain(|(name, _)| !name.is_empty());
    out
}

/// `ALL` spelled out where the kind of object says what that is.
fn expanded(named: &(String, Vec<String>), kind: &str, is_membership: bool) -> Vec<(String, Vec<String>)> {
    let (name, columns) = named;
    let upper = name.to_ascii_uppercase();
    let is_all = matches!(upper.as_str(), "ALL" | "ALL PRIVILEGES");
    let all: &[&str] = match kind {
        "TABLE" => &["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER"],
        "SEQUENCE" => &["USAGE", "SELECT", "UPDATE"],
        "FUNCTION" => &["EXECUTE"],
        "SCHEMA" => &["CREATE", "USAGE"],
        "DATABASE" => &["CREATE", "CONNECT", "TEMPORARY"],
        "TYPE" => &["USAGE"],
        _ => &["*"],
    };
    match (is_all, is_membership) {
        (true, _) => all.iter().map(|one| ((*one).to_owned(), columns.clone())).collect(),
        (false, true) => vec![(format!("membership of {}", name.to_ascii_lowercase()), Vec::new())],
        (false, false) => vec![(upper, columns.clone())],
    }
}
