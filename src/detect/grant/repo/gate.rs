//! The settings of other scanners: what they are told to pass over.

use std::ops::Range;

use super::gate_tool::{Key, Kind, LINES, TOOLS};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{Node, ini};
use crate::finding::Severity;

/// Settings of scanners.
///
/// What is not named is checked. Exceptions for known flaws of dependencies are judged as what the build lets in. Source: the references of the settings of each tool.
pub(in crate::detect::grant) static GATE: Surface = Surface {
    files: &[
        "{.gitleaks,gitleaks}.toml",
        "{zizmor,.zizmor}.{yml,yaml}",
        ".github/{zizmor,.zizmor}.{yml,yaml}",
        ".checkov.{yml,yaml}",
        ".checkov.baseline",
        ".secrets.baseline",
        "trivy.{yml,yaml}",
        "**/.hadolint.{yml,yaml}",
        ".kube-linter.{yml,yaml}",
        ".poutine.{yml,yaml}",
        ".bandit",
        "{.bandit,bandit}.{yml,yaml}",
        "{.codecov,codecov}.{yml,yaml}",
        ".github/{.codecov,codecov}.{yml,yaml}",
        "**/sonar-project.properties",
    ],
    marks: &[],
    needs: None,
    grants: settings,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Lists of what scanners pass over, one entry a line: without the file there is none.
pub(in crate::detect::grant) static GATE_LIST: Surface = Surface {
    files: &["**/.gitleaksignore", "**/.semgrepignore"],
    marks: &[],
    needs: None,
    grants: lines,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: Some(""),
    has_fixtures: true,
};

const RULE: &str = "scanner-exception";

fn any_change() -> Subject {
    Subject::new("any change", "")
}

/// What holds while nothing is passed over.
fn checked(tool: &str) -> Grant {
    let all = Reach::one(format!("a way past {tool} for *"));
    Grant::allow(RULE, any_change(), all, Severity::Low).level(0, "checked")
}

fn passed(tool: &str, what: &str, severity: Severity, at: Range<usize>) -> Grant {
    let what = Reach::one(format!("a way past {tool} for {}", what.trim()));
    Grant::allow(RULE, any_change(), what, severity).level(1, "passed over").at(at)
}

/// True for a pattern that leaves nothing to check.
fn is_everything(pattern: &str) -> bool {
    matches!(
        pattern.trim_start_matches(['^', '/']).trim_end_matches('$'),
        "*" | "**" | "**/*" | ".*" | ".+" | "(.*)" | "(.+)" | "(.*?)"
    )
}

fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

fn lines(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some((_, tool, what)) = LINES.iter().find(|(file, ..)| input.path.ends_with(file)).or(LINES.first()) else {
        return Vec::new();
    };
    let mut out: Vec<Grant> = LINES.iter().map(|(_, tool, _)| checked(tool)).collect();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let mut words = line.split_whitespace();
        let Some(name) = words.next().filter(|name| !name.starts_with(['#', '!', ':'])) else { continue };
        let everything = is_everything(name);
        let severity = if everything { Severity::High } else { Severity::Medium };
        let name = if *what == "path" { name.trim_start_matches('/').replace("**", "*") } else { literal(name) };
        let mut grant = passed(tool, &format!("{what} {name}"), severity, span);
        if let Some(date) = words.find_map(|word| word.strip_prefix("exp:")) {
            grant = grant.only_if("it is before", Reach::one(date));
        }
        out.push(if everything { grant.alone(Severity::Medium) } else { grant });
    }
    out
}

fn settings(input: &Input<'_>, _: World) -> Vec<Grant> {
    let name = input.path.rsplit('/').next().unwrap_or_default();
    let stem = name.trim_start_matches('.');
    let tool = TOOLS.iter().find(|tool| tool.files.contains(&stem.split_once('.').map_or(stem, |(stem, _)| stem)));
    let Some(tool) = tool else { return Vec::new() };
    let mut out = vec![checked(tool.name)];
    if matches!(name, ".bandit" | "sonar-project.properties") {
        properties(tool.name, tool.keys, input.text, &mut out);
        return out;
    }
    let document = match name.rsplit('.').next() {
        Some("toml") => input.toml(),
        Some("baseline") => input.json(),
        _ => input.yaml(),
    };
    let Some(root) = document.root() else { return out };
    for key in tool.keys {
        let mut seen = false;
        let steps: Vec<&str> = key.path.split('.').collect();
        visit(root, &steps, &mut Vec::new(), &mut |names, node| {
            seen = true;
            value(tool.name, key, names, node, &mut out);
        });
        if let (false, Kind::Order(_, absent)) = (seen, key.kind)
            && !key.path.contains('*')
        {
            let at = root.span().start..root.span().start + 1;
            out.push(ordered(tool.name, key, &[], absent, "not said", at));
        }
    }
    out
}

/// Every node at the path; `*` is any key or item.
fn visit<'d>(node: Node<'d>, path: &[&str], names: &mut Vec<&'d str>, each: &mut dyn FnMut(&[&str], Node<'d>)) {
    let Some((step, rest)) = path.split_first() else { return each(names, node) };
    if *step != "*" {
        return node.get(step).into_iter().for_each(|next| visit(next, rest, names, each));
    }
    for item in node.items() {
        let name = ["id", "name"].iter().find_map(|key| item.get(key)).and_then(Node::text);
        names.extend(name);
        visit(item, rest, names, each);
        names.truncate(names.len() - usize::from(name.is_some()));
    }
    for (key, next) in node.entries() {
        let Some(name) = key.text() else { continue };
        names.push(name);
        visit(next, rest, names, each);
        names.pop();
    }
}

fn value(tool: &str, key: &Key, names: &[&str], node: Node<'_>, out: &mut Vec<Grant>) {
    let where_ = names.join(" ");
    match key.kind {
        Kind::Names | Kind::Globs | Kind::Places => out.extend(node.one_or_many().map(|item| {
            let id = ["id", "name", "spec"].iter().find_map(|key| item.get(key)).and_then(Node::text);
            let text = item.text().or(id).map_or_else(|| item.canonical(), str::to_owned);
            exception(tool, key, &where_, &text, item.span())
        })),
        Kind::Counts => out.extend(node.entries().into_iter().filter_map(|(name, list)| {
            let number = list.items().count();
            let grant = exception(tool, key, &where_, name.text()?, name.span());
            Some(grant.level(u32::try_from(number).ok()?, format!("{number} findings")))
        })),
        Kind::Order(ranks, absent) => {
            let Some(text) = node.text() else { return };
            let folded = text.to_ascii_lowercase();
            let rank = ranks.iter().find(|(name, _)| *name == folded).map_or(absent, |(_, rank)| *rank);
            out.push(ordered(tool, key, names, rank, text, node.span()));
        }
    }
}

fn exception(tool: &str, key: &Key, where_: &str, text: &str, at: Range<usize>) -> Grant {
    let everything = is_everything(text) && key.what != "license";
    let name = match key.kind {
        Kind::Globs => text.replace("**", "*"),
        // Lines of a file come and go; the file says enough.
        Kind::Places => match text.split_once(':') {
            Some((file, _)) => format!("{} (a line)", literal(file)),
            None => format!("{}*", literal(text)),
        },
        _ => literal(text),
    };
    let severity = if everything { Severity::High } else { key.severity };
    let grant = passed(tool, &format!("{} {} {name}", literal(where_), key.what).replace("  ", " "), severity, at);
    if everything { grant.alone(Severity::Medium) } else { grant }
}

fn ordered(tool: &str, key: &Key, names: &[&str], rank: u32, text: &str, at: Range<usize>) -> Grant {
    let named: Vec<&str> = key.path.split('.').filter(|step| *step != "*").chain(names.iter().copied()).collect();
    let what = Reach::one(literal(&format!("what {tool} lets pass by {}", named.join("."))));
    Grant::allow(RULE, any_change(), what, key.severity).level(rank, text).at(at)
}

/// Keys and values by line, lists cut at commas.
fn properties(tool: &str, keys: &[Key], text: &str, out: &mut Vec<Grant>) {
    for entry in ini(text) {
        let Some(key) = keys.iter().find(|key| key.path == entry.key) else { continue };
        for part in entry.value.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            out.push(exception(tool, key, "", part, entry.span.clone()));
        }
    }
}
