//! APIs in front of databases: Hasura's permissions, and the credentials that OpenAPI asks for.

use std::ops::Range;

use crate::detect::grant::logic::Parts;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Permissions of roles on tables in Hasura's metadata: rows by a filter, columns by a list.
///
/// Source: "Permissions" in Hasura's documentation.
pub(in crate::detect::grant) static HASURA: Surface = Surface {
    files: &["**/metadata/**/*.{yaml,yml,json}", "**/{tables,metadata}.{yaml,yml,json}"],
    marks: &["_permissions"],
    needs: None,
    grants: hasura,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

/// Credentials that operations ask for; `security` of an operation replaces that of the document.
///
/// Source: "Security Requirement Object" in the OpenAPI Specification.
pub(in crate::detect::grant) static OPENAPI: Surface = Surface {
    files: &["**/*{openapi,swagger,api}*.{yaml,yml,json}", "**/{openapi,swagger,api-docs}/**/*.{yaml,yml,json}"],
    marks: &["openapi", "swagger"],
    needs: None,
    grants: openapi,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const RULE_HASURA: &str = "hasura-permission";
const RULE_OPENAPI: &str = "openapi-security";
const ANYONE: [&str; 4] = ["anonymous", "public", "unauthorized", "guest"];
const VERBS: [&str; 8] = ["get", "put", "post", "delete", "patch", "head", "options", "trace"];

fn hasura(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.data();
    let mut grants = Vec::new();
    for node in document.roots().flat_map(Node::walk).filter(|node| node.has("table")) {
        let table = table_name(node.get("table"));
        for (key, what, filters) in [
            ("select_permissions", "select", &["filter"][..]),
            ("insert_permissions", "insert", &["check"]),
            ("update_permissions", "update", &["filter", "check"]),
            ("delete_permissions", "delete", &["filter"]),
        ] {
            for item in node.get(key).into_iter().flat_map(Node::items) {
                grants.extend(permission(&table, what, filters, item));
            }
        }
    }
    grants
}

fn table_name(table: Option<Node<'_>>) -> String {
    let part = |key| table.and_then(|table| table.get(key)).and_then(Node::text);
    match (table.and_then(Node::text), part("schema"), part("name")) {
        (Some(name), ..) => name.to_owned(),
        (_, Some(schema), Some(name)) => format!("{schema}.{name}"),
        (_, _, name) => name.unwrap_or_default().to_owned(),
    }
}

fn permission(table: &str, what: &'static str, filters: &[&str], item: Node<'_>) -> Option<Grant> {
    let (role, body) = (item.get("role")?.text()?, item.get("permission")?);
    let is_write = what != "select";
    let tests: Parts = filters.iter().filter_map(|key| body.get(key)).flat_map(tests).collect();
    let is_anyone = ANYONE.contains(&role);
    let (severity, alone) = match (is_anyone, is_write, tests.is_empty()) {
        (true, true, true) => (Severity::Critical, Some(Severity::High)),
        (true, true, false) => (Severity::High, None),
        (true, false, _) => (Severity::High, None),
        (false, true, _) => (Severity::High, None),
        (false, false, _) => (Severity::Medium, None),
    };
    let columns: Vec<String> = match body.get("columns") {
        Some(columns) => columns.texts().map(|column| format!("{table}.{column}")).collect(),
        None => vec![format!("{table}.*")],
    };
    let span: Range<usize> = item.span();
    let grant = Grant::allow(RULE_HASURA, Subject::new("role", role), Reach::one(what), severity);
    let grant = Grant { alone, ..grant.on(Reach::of(columns)).at(span) };
    Some(if tests.is_empty() { grant } else { grant.only_if("the row passes", Reach::Passing(tests)) })
}

/// Each key of a filter must hold; `_and` is a list of such.
fn tests(filter: Node<'_>) -> Parts {
    let own = filter.entries().into_iter().filter(|(key, _)| !key.is("_and"));
    let own = own.map(|(key, value)| vec![format!("{} {}", key.text().unwrap_or_default(), value.canonical())]);
    let listed = filter.get("_and").into_iter().flat_map(Node::items).flat_map(Node::entries);
    let listed = listed.map(|(key, value)| vec![format!("{} {}", key.text().unwrap_or_default(), value.canonical())]);
    own.chain(listed).collect()
}

fn openapi(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = input.data();
    let Some(root) = document.root().filter(|root| root.has("openapi") || root.has("swagger")) else {
        return Vec::new();
    };
    let common = root.entry("security");
    let mut grants = Vec::new();
    for (path, item) in root.get("paths").map(Node::entries).unwrap_or_default() {
        let Some(name) = path.text() else { continue };
        for (verb, operation) in item.entries() {
            let Some(known) = VERBS.iter().find(|known| verb.is(known)) else { continue };
            let subject = Subject::new("operation", format!("{} {name}", known.to_uppercase()));
            let grant = Grant::allow(RULE_OPENAPI, subject, Reach::one("calls without credentials"), Severity::High);
            grants.push(match operation.entry("security").or(common) {
                Some((key, value)) => asked(grant, value).at(key.span().start..value.span().end),
                None => grant.level(1, "no security at all").at(verb.span()),
            });
        }
    }
    grants
}

/// An empty list asks for nothing; an empty item among others makes the rest optional.
fn asked(grant: Grant, security: Node<'_>) -> Grant {
    let names =
        |item: Node<'_>| item.entries().iter().filter_map(|(key, _)| key.text()).collect::<Vec<_>>().join(" and ");
    let asked: Vec<String> = security.items().map(names).collect();
    if asked.is_empty() {
        grant.level(1, "security: []")
    } else if asked.iter().any(String::is_empty) {
        grant.level(1, "optional credentials")
    } else {
        grant.level(0, asked.join(" or "))
    }
}
