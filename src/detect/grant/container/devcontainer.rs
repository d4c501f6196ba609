//! Development containers: what opening the project runs on the own machine, and what the container gets of it.

use super::machine::Holder;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `devcontainer.json`.
///
/// `initializeCommand` runs on the machine that opens the project, all other commands inside. Source: the Development
/// Containers specification, "devcontainer.json reference".
pub(in crate::detect::grant) static DEVCONTAINER: Surface = Surface {
    files: &["**/.devcontainer/**/*.json", "**/.devcontainer/*.json", "**/.devcontainer.json"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const HOST: &str = "devcontainer-host-access";
const COMMAND: &str = "devcontainer-command";
const FEATURE: &str = "devcontainer-feature";
/// Whose features the specification's own site lists first.
const OFFICIAL: &str = "ghcr.io/devcontainers/";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    let subject = Subject::new("the development container", "");
    let holder = Holder { rule: HOST, subject: subject.clone() };
    let mut out = Vec::new();
    if let Some((key, _)) = root.entry("privileged").filter(|(_, value)| value.is_true()) {
        out.push(holder.privileged().at(key.span()));
    }
    let texts =
        |key| root.get(key).into_iter().flat_map(Node::one_or_many).filter_map(|node| Some((node, node.text()?)));
    out.extend(texts("capAdd").map(|(node, name)| holder.capability(name).at(node.span())));
    out.extend(texts("securityOpt").filter_map(|(node, name)| Some(holder.option(name)?.at(node.span()))));
    out.extend(root.get("mounts").into_iter().flat_map(Node::items).filter_map(|mount| mounted(&holder, mount)));
    out.extend(arguments(&holder, root));
    out.extend(host_command(root));
    out.extend(features(&subject, root));
    out.extend(variables(&subject, root));
    out
}

/// `"source=…,target=…,type=bind"`, or a map.
fn mounted(holder: &Holder, mount: Node<'_>) -> Option<Grant> {
    let part = |name: &str| match mount.text() {
        Some(text) => text.split(',').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')),
        None => mount.get(name).and_then(Node::text),
    };
    let source = part("source").or_else(|| part("src"))?;
    // The variable of the own home folder, as the specification spells it.
    let source = source.replace("${localEnv:HOME}${localEnv:USERPROFILE}", "~").replace("${localEnv:HOME}", "~");
    let is_read_only =
        part("readonly").is_some_and(|value| value != "false") || mount.text().is_some_and(|t| t.ends_with("readonly"));
    (part("type") == Some("bind")).then(|| holder.mount(&source, is_read_only))?.map(|grant| grant.at(mount.span()))
}

/// `runArgs`: options of `docker run`, as `--option=value` or as two items.
fn arguments(holder: &Holder, root: Node<'_>) -> Vec<Grant> {
    let words: Vec<(Node<'_>, &str)> =
        root.get("runArgs").into_iter().flat_map(Node::items).filter_map(|node| Some((node, node.text()?))).collect();
    let mut out = Vec::new();
    for (at, (node, word)) in words.iter().enumerate() {
        let Some(option) = word.strip_prefix('-').map(|word| word.trim_start_matches('-')) else { continue };
        let next = words.get(at + 1).map_or("", |(_, word)| word);
        let (name, value) = option.split_once('=').unwrap_or((option, next));
        let grant = match name {
            "privileged" if value != "false" => Some(holder.privileged()),
            "cap-add" => Some(holder.capability(value)),
            "security-opt" => holder.option(value),
            "device" => Some(holder.device(value)),
            "v" | "volume" => {
                let mut parts = value.split(':');
                holder.mount(parts.next().unwrap_or_default(), parts.nth(1) == Some("ro"))
            }
            _ if value == "host" => holder.name_space(name),
            _ => None,
        };
        out.extend(grant.map(|grant| grant.at(node.span())));
    }
    out
}

/// The one command that runs outside the container.
fn host_command(root: Node<'_>) -> Option<Grant> {
    let (key, value) = root.entry("initializeCommand")?;
    let who = Subject::new("opening the project", "");
    let grant = Grant::allow(COMMAND, who, Reach::one(literal(&value.canonical())), Severity::High);
    Some(grant.level(1, "run on the own machine").alone(Severity::Medium).at(key.span().start..value.span().end))
}

/// A text in which nothing is a wildcard.
fn literal(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

/// Features run as root while the container is built: what counts is who publishes them.
fn features(subject: &Subject, root: Node<'_>) -> Vec<Grant> {
    let names = root.get("features").map(Node::entries).unwrap_or_default();
    let owner = |text: &str| text.rsplit_once('/').map(|(owner, _)| owner.to_owned());
    let foreign = names.into_iter().filter_map(|(key, _)| Some((key, owner(key.text()?)?)));
    foreign
        .filter(|(key, owner)| !owner.starts_with('.') && !key.text().unwrap_or_default().starts_with(OFFICIAL))
        .map(|(key, owner)| {
            let what = format!("features of {owner}");
            Grant::allow(FEATURE, subject.clone(), Reach::one(what), Severity::Medium)
                .level(1, "run as root")
                .at(key.span())
        })
        .collect()
}

/// Secrets of the own machine that are handed in.
fn variables(subject: &Subject, root: Node<'_>) -> Vec<Grant> {
    let mut out = Vec::new();
    for key in ["containerEnv", "remoteEnv"] {
        for (_, value) in root.get(key).map(Node::entries).unwrap_or_default() {
            let Some(name) = value.text().and_then(|text| text.split("${localEnv:").nth(1)?.split(['}', ':']).next())
            else {
                continue;
            };
            let upper = name.to_ascii_uppercase();
            if ["TOKEN", "SECRET", "PASSWORD", "KEY", "CREDENTIAL"].iter().any(|word| upper.contains(word)) {
                let what = format!("your variable {name}");
                out.push(Grant::allow(HOST, subject.clone(), Reach::one(what), Severity::Medium).at(value.span()));
            }
        }
    }
    out
}
