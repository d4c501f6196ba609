//! Azure Pipelines: connections, variable groups, repositories, agents, and pull requests.

use super::azure_job::{File, deployments, environments};
use super::pipeline::{KEEPS, LOG, MACHINE, Pin, Power, SECRET, TRIGGER, engine_options, pipeline, reader, whole};
use super::workflow::literal;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Where pipelines and their templates stand by habit.
const FILES: &[&str] = &[
    "**/azure-pipelines*.{yml,yaml}",
    "**/azure-pipeline.{yml,yaml}",
    "**/.pipelines/**/*.{yml,yaml}",
    "**/{.azure-pipelines,.azuredevops}/**/*.{yml,yaml}",
    "{azure-pipelines,.azure-pipelines,.azuredevops,.azure-devops}/**/*.{yml,yaml}",
];

/// Pipelines and their templates.
///
/// Without `trigger` every push starts a run; without `pr`, every pull request of a repository on GitHub or Bitbucket
/// does. Checkouts keep the token only with `persistCredentials`. Stages wait for the one before, jobs for none. Other
/// repositories without `ref` follow their `main`. Source: "YAML schema reference" in Azure DevOps' documentation.
pub(in crate::detect::grant) static AZURE: Surface = Surface {
    files: FILES,
    marks: &[],
    needs: None,
    grants,
    setting: Some(
        "where the repository is hosted (GitHub and Bitbucket follow `pr`, Azure Repos has policies instead)",
    ),
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Jobs and their environments, which hold the approvals. Source: "Create and target environments" in the same place.
pub(in crate::detect::grant) static AZURE_ENVIRONMENT: Surface = Surface {
    files: FILES,
    marks: &["environment"],
    needs: None,
    grants: |input, _| File::of(input).map(|file| environments(&file)).unwrap_or_default(),
    setting: None,
    newcomers: Newcomers::Known,
    absent: None,
    has_fixtures: true,
};

/// Inputs that name a connection, lower case.
const CONNECTIONS: [&str; 22] = [
    "awscredentials",
    "azureresourcemanagerconnection",
    "azuresubscription",
    "azuresubscriptionendpoint",
    "connectedservicename",
    "connectedservicenamearm",
    "connectionname",
    "containerregistry",
    "customendpoint",
    "dockerregistryconnection",
    "dockerregistryendpoint",
    "dockerregistryserviceconnection",
    "externalendpoint",
    "externalendpoints",
    "githubconnection",
    "kubernetesserviceconnection",
    "kubernetesserviceendpoint",
    "nugetserviceconnections",
    "publishendpoint",
    "serviceconnection",
    "serviceendpoint",
    "sshendpoint",
];
/// Pools of machines that live for one job.
const HOSTED: [&str; 2] = ["Azure Pipelines", "server"];

fn grants(input: &Input<'_>, world: World) -> Vec<Grant> {
    let Some(file) = File::of(input) else { return Vec::new() };
    let mut power = Power::new();
    for repository in file.root.path(&["resources", "repositories"]).into_iter().flat_map(Node::items) {
        self::repository(repository, &mut power);
    }
    for node in file.root.walk().filter(|node| node.is_map()) {
        task(node, &mut power);
        secrets(node, &mut power);
        debug(node, &mut power);
        machine(node, &mut power);
    }
    if !file.is_template {
        requests(file.root, world, &mut power);
        deployments(&file, &mut power);
    }
    power.done()
}

/// True for what is only known when the pipeline runs.
fn is_open(text: &str) -> bool {
    text.is_empty() || text.contains("${{") || text.contains("$(") || text.contains("$[")
}

fn known<'d>(node: Option<Node<'d>>) -> Option<&'d str> {
    node?.text().filter(|text| !is_open(text))
}

fn repository(repository: Node<'_>, power: &mut Power) {
    let Some(name) = known(repository.get("name")) else { return };
    let version = repository.entry("ref");
    let text = version.and_then(|(_, value)| value.text()).unwrap_or_default();
    let at = version.map_or(repository.span(), whole);
    let is_near = repository.get("type").is_none_or(|kind| kind.is("git"));
    let severity = if is_near { Severity::Low } else { Severity::Medium };
    power.publisher(&format!("repository {name}"), severity, repository.span());
    power.source(name, Pin::of(text), severity, at);
}

/// What a step is given by its inputs.
fn task(step: Node<'_>, power: &mut Power) {
    for (key, value) in step.get("inputs").map(Node::entries).unwrap_or_default() {
        let Some(name) = key.text().map(str::to_ascii_lowercase) else { continue };
        if CONNECTIONS.contains(&name.as_str()) {
            connection((key, value), power);
        }
    }
    let (task, inputs) = (step.get("task").and_then(Node::text).unwrap_or_default(), step.get("inputs"));
    let input = |name: &str| inputs.and_then(|inputs| inputs.get(name));
    let kind = task.split('@').next().unwrap_or_default();
    if kind == "DownloadSecureFile" {
        let name = input("secureFile").and_then(|file| Some((file, known(Some(file))?)));
        name.into_iter().for_each(|(f, name)| power.secret(&format!("secure file {name}"), Severity::Low, f.span()));
    }
    if let Some((vault, name)) =
        input("KeyVaultName").and_then(|v| Some((v, known(Some(v))?))).filter(|_| kind == "AzureKeyVault")
    {
        let filter = input("SecretsFilter").or(input("secretsFilter"));
        for secret in filter.and_then(Node::text).unwrap_or("*").split(',').map(str::trim) {
            let severity = if secret == "*" { Severity::Medium } else { Severity::Low };
            let secret = if secret == "*" { "*".to_owned() } else { literal(secret) };
            let what = Reach::one(format!("secret {secret} of key vault {}", literal(name)));
            let grant = Grant::allow(SECRET, pipeline(), what, severity).level(1, "used");
            power.add(grant.at(filter.unwrap_or(vault).span()));
        }
    }
}

fn connection((key, value): (Node<'_>, Node<'_>), power: &mut Power) {
    let names = known(Some(value)).unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    names.for_each(|name| power.secret(&format!("service connection {name}"), Severity::Medium, whole((key, value))));
}

/// Groups of variables, the token of the run, connections of resources.
fn secrets(node: Node<'_>, power: &mut Power) {
    for group in node.get("variables").into_iter().flat_map(Node::items).filter_map(|item| item.get("group")) {
        let name = known(Some(group)).map(|name| format!("variable group {name}"));
        name.into_iter().for_each(|name| power.secret(&name, Severity::Medium, group.span()));
    }
    if let Some(entry) = node.entry("persistCredentials").filter(|(_, v)| v.is_true() && node.has("checkout")) {
        power.secret("the token of its checkout, in every later step", Severity::Medium, whole(entry));
    }
    for (key, value) in node.get("env").map(Node::entries).unwrap_or_default() {
        if value.text().is_some_and(|text| text.contains("$(System.AccessToken)")) {
            power.secret("the pipeline's own token", Severity::Medium, whole((key, value)));
        }
    }
    let is_resource = ["repository", "container"].iter().any(|kind| node.has(kind));
    node.entry("endpoint").filter(|_| is_resource).into_iter().for_each(|entry| connection(entry, power));
}

/// The switch by which tasks tell all that they do.
fn debug(node: Node<'_>, power: &mut Power) {
    let Some(variables) = node.get("variables") else { return };
    let named = variables.items().filter(|one| one.get("name").is_some_and(|name| name.is("system.debug")));
    let debug = variables.entry("system.debug").or_else(|| named.filter_map(|one| one.entry("value")).next());
    if let Some(entry) = debug.filter(|(_, value)| value.is_true()) {
        let what = Reach::one("what every task does in detail");
        power.add(Grant::allow(LOG, reader(), what, Severity::Low).level(1, "shown").at(whole(entry)));
    }
}

/// Agents and containers.
fn machine(node: Node<'_>, power: &mut Power) {
    if let Some((pool, name)) = node.get("pool").and_then(|pool| Some((pool, known(pool.get("name").or(Some(pool)))?)))
        && !pool.has("vmImage")
        && !HOSTED.contains(&name)
    {
        power.machine(KEEPS, Severity::Medium, pool.span());
    }
    let image = node.get("image").filter(|_| node.has("container")).or(node.get("container"));
    let image = image.and_then(|image| image.get("image").or(Some(image)));
    // Without a slash or a colon it is the name of a resource.
    if let Some(text) = known(image).filter(|text| text.contains(['/', ':'])) {
        power.image(text, image.map_or(0..0, Node::span));
    }
    let options = node.get("options").filter(|_| node.has("image"));
    for (what, severity) in options.and_then(Node::text).into_iter().flat_map(engine_options) {
        let grant = Grant::allow(MACHINE, pipeline(), Reach::one(what), severity).level(1, "used");
        power.add(grant.at(options.map_or(0..0, Node::span)));
    }
}

/// Whether pull requests start it.
fn requests(root: Node<'_>, world: World, power: &mut Power) {
    let entry = root.entry("pr");
    let is_off = entry.is_some_and(|(_, value)| value.is("none"));
    let at = entry.map_or(root.span().start..root.span().start + 1, whole);
    let stranger = Subject::new("whoever opens a pull request", "");
    let grant = Grant::allow(TRIGGER, stranger, Reach::one("a run of the pipeline"), Severity::Medium).at(at);
    power.add(match world {
        World::Lenient if !is_off => grant.level(1, "started"),
        _ => grant.level(0, "not started"),
    });
}
