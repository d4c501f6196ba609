//! Azure Pipelines: templates from elsewhere, connections, pools, environments.

use super::pipeline::{LOG, Pin, Power, engine_options, reader, whole};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Where Azure's users keep pipelines.
const FILES: &[&str] = &[
    "**/azure-pipelines*.{yml,yaml}",
    "**/.azure-pipelines/**/*.{yml,yaml}",
    "**/.azuredevops/**/*.{yml,yaml}",
    "**/.pipelines/**/*.{yml,yaml}",
];

/// Pipelines of Azure DevOps.
///
/// A repository resource without `ref` follows its default branch. A checkout forgets its token unless
/// `persistCredentials` is on. A pool with `vmImage`, or none at all, is a fresh machine of the service. Source: "YAML
/// schema reference" in Azure Pipelines' documentation.
pub(in crate::detect::grant) static AZURE: Surface = Surface {
    files: FILES,
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Jobs and their environments, where approvals are kept. Source: "Create and target environments" in the documentation.
pub(in crate::detect::grant) static AZURE_ENVIRONMENT: Surface = Surface {
    files: FILES,
    marks: &["environment"],
    needs: None,
    grants: environments,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

/// Inputs of tasks that name a service connection, in lower case.
const CONNECTIONS: [&str; 11] = [
    "azuresubscription",
    "connectedservicename",
    "connectedservicenamearm",
    "azureresourcemanagerconnection",
    "kubernetesserviceendpoint",
    "kubernetesserviceconnection",
    "dockerregistryendpoint",
    "containerregistry",
    "serviceconnection",
    "awscredentials",
    "githubconnection",
];
/// Nodes that are looked at in one file.
const MOST_NODES: usize = 200_000;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut power = Power::new();
    each_map(input, &mut |node| {
        resources(node, &mut power);
        pool(node, &mut power);
        step(node, &mut power);
        variables(node, &mut power);
    });
    power.done()
}

fn environments(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut power = Power::new();
    each_map(input, &mut |node| {
        let named = |key: &str| node.entry(key).filter(|(_, value)| value.text().is_some());
        if let Some((key, value)) = named("deployment") {
            let environment = node.entry("environment");
            let name =
                environment.and_then(|(_, environment)| environment.text().or_else(|| environment.get("name")?.text()));
            let at = environment.map_or(whole((key, value)), whole);
            power.environment(value.text().unwrap_or_default(), Some(name.unwrap_or("?")), at);
        } else if let Some((key, value)) = named("job").filter(|_| node.has("steps")) {
            power.environment(value.text().unwrap_or_default(), None, whole((key, value)));
        }
    });
    power.done()
}

/// Hands on every map of the file.
fn each_map(input: &Input<'_>, visit: &mut dyn FnMut(Node<'_>)) {
    let mut todo: Vec<Node<'_>> = input.yaml().roots().collect();
    for _ in 0..MOST_NODES {
        let Some(node) = todo.pop() else { return };
        if node.is_map() {
            visit(node);
        }
        todo.extend(node.entries().into_iter().map(|(_, value)| value));
        todo.extend(node.items());
    }
}

fn resources(node: Node<'_>, power: &mut Power) {
    let Some(resources) = node.get("resources").filter(|resources| resources.is_map()) else { return };
    for one in resources.get("repositories").into_iter().flat_map(Node::items) {
        let Some((name, text)) = one.get("name").and_then(|name| Some((name, name.text()?))) else { continue };
        let version = one.entry("ref");
        let pin = Pin::of(version.and_then(|(_, value)| value.text()).unwrap_or_default());
        power.publisher(&format!("repository {text}"), Severity::Medium, name.span());
        power.source(text, pin, Severity::Medium, version.map_or(name.span(), whole));
    }
    for image in resources.get("containers").into_iter().flat_map(Node::items).filter_map(|one| one.get("image")) {
        image.text().into_iter().for_each(|text| power.image(text, image.span()));
    }
}

fn pool(node: Node<'_>, power: &mut Power) {
    if let Some(entry) = node.entry("pool").filter(|(_, pool)| !pool.has("vmImage")) {
        let name = entry.1.text().or_else(|| entry.1.get("name")?.text());
        // A parameter or a template is decided elsewhere.
        if let Some(name) = name.filter(|name| *name != "Azure Pipelines" && !name.contains("$")) {
            power.machine(&format!("agents of pool {name}"), Severity::Medium, whole(entry));
        }
    }
    for (option, severity) in node.get("options").and_then(Node::text).into_iter().flat_map(engine_options) {
        power.machine(option, severity, node.span());
    }
}

fn step(node: Node<'_>, power: &mut Power) {
    if let Some(entry) = node.entry("persistCredentials").filter(|(_, value)| node.has("checkout") && value.is_true()) {
        power.secret("the token of its checkout, in every later step", Severity::Medium, whole(entry));
    }
    for (key, value) in node.get("inputs").map(Node::entries).unwrap_or_default() {
        let is_connection = key.text().is_some_and(|key| CONNECTIONS.contains(&key.to_ascii_lowercase().as_str()));
        if let Some(name) = value.text().filter(|name| is_connection && !name.is_empty() && !name.contains('$')) {
            power.secret(&format!("service connection {name}"), Severity::Medium, whole((key, value)));
        }
    }
    for (key, value) in node.get("env").map(Node::entries).unwrap_or_default() {
        if value.text().is_some_and(|text| text.eq_ignore_ascii_case("$(System.AccessToken)")) {
            power.secret("the pipeline's own token", Severity::Medium, whole((key, value)));
        }
    }
}

fn variables(node: Node<'_>, power: &mut Power) {
    let Some(variables) = node.get("variables") else { return };
    for group in variables.items().filter_map(|one| one.entry("group")) {
        if let Some(name) = group.1.text().filter(|name| !name.contains('$')) {
            power.secret(&format!("variable group {name}"), Severity::Medium, whole(group));
        }
    }
    let named = variables.items().filter(|one| one.get("name").is_some_and(|name| name.is("system.debug")));
    let debug = variables.entry("system.debug").or_else(|| named.filter_map(|one| one.entry("value")).next());
    if let Some(entry) = debug.filter(|(_, value)| value.is_true()) {
        let what = Reach::one("what every task does in detail");
        power.add(Grant::allow(LOG, reader(), what, Severity::Low).level(1, "shown").at(whole(entry)));
    }
}
