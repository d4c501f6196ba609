//! GitLab CI: what is included, what jobs may reach, which scanners are off.

use super::gitlab_job::{File, deployments, environments};
use super::pipeline::{LOG, MACHINE, Pin, Power, SCANNER, SOURCE, change, pipeline, reader, whole};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// Where GitLab and its users keep pipelines.
const FILES: &[&str] = &[
    ".gitlab-ci.{yml,yaml}",
    "**/.gitlab-ci.{yml,yaml}",
    "**/*.gitlab-ci.{yml,yaml}",
    ".gitlab/ci/**/*.{yml,yaml}",
    ".gitlab-ci/**/*.{yml,yaml}",
];

/// Pipelines, and what they include.
///
/// A job starts by itself unless it is `when: manual`; a rule without `when` takes that of its job. Without `rules`,
/// `only` and `except` it runs for every branch and tag. Included projects without `ref` follow their default branch.
/// Source: "CI/CD YAML syntax reference" in GitLab's documentation.
pub(in crate::detect::grant) static GITLAB: Surface = Surface {
    files: FILES,
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Jobs and their environments: a protected one decides who may deploy. Source: "Protected environments" in GitLab's documentation.
pub(in crate::detect::grant) static GITLAB_ENVIRONMENT: Surface = Surface {
    files: FILES,
    marks: &["environment"],
    needs: None,
    grants: |input, _| File::of(input).map(|file| environments(&file)).unwrap_or_default(),
    setting: None,
    newcomers: Newcomers::Known,
    absent: None,
    has_fixtures: true,
};

/// Variables by which GitLab's templates leave a scanner out.
const SCANNERS: [(&str, &str); 8] = [
    ("SAST_DISABLED", "static analysis"),
    ("SECRET_DETECTION_DISABLED", "secret detection"),
    ("DEPENDENCY_SCANNING_DISABLED", "dependency scanning"),
    ("CONTAINER_SCANNING_DISABLED", "container scanning"),
    ("DAST_DISABLED", "dynamic analysis"),
    ("API_FUZZING_DISABLED", "API fuzzing"),
    ("COVERAGE_FUZZING_DISABLED", "coverage fuzzing"),
    ("SAST_IAC_DISABLED", "infrastructure scanning"),
];
/// Words of runner tags that say that the machine gives more than others.
const STRONG_TAGS: [&str; 8] =
    ["privileged", "dind", "docker-in-docker", "shell", "root", "prod", "production", "deploy"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(file) = File::of(input) else { return Vec::new() };
    let mut power = Power::new();
    for include in file.root.get("include").into_iter().flat_map(Node::one_or_many) {
        included(include, &mut power);
    }
    let holders = file.root.get("default").into_iter().chain(file.jobs.iter().map(|job| job.body)).chain([file.root]);
    for holder in holders {
        holder.get("image").into_iter().for_each(|image| self::image(image, &mut power));
        services(holder, &mut power);
        secrets(holder, &mut power);
        tags(holder, &mut power);
        variables(holder, &mut power);
    }
    deployments(&file, &mut power);
    power.done()
}

/// Text without what a later version changes.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

fn included(include: Node<'_>, power: &mut Power) {
    let remote = include.get("remote").or((!include.is_map()).then_some(include));
    if let Some((node, url)) = remote.and_then(|node| Some((node, node.text()?))).filter(|(_, url)| url.contains("://"))
    {
        let has_hash = url.split(['/', '=', '?', '&']).any(super::workflow::is_commit);
        let pin = if has_hash || include.has("integrity") { Pin::Fixed } else { Pin::Branch };
        power.publisher(host(url), Severity::High, node.span());
        power.source(url.split('?').next().unwrap_or(url), pin, Severity::High, node.span());
    }
    if let Some(node) = include.get("project") {
        let name = node.text().unwrap_or_default();
        let version = include.entry("ref");
        let text = version.and_then(|(_, value)| value.text()).unwrap_or_default();
        let at = version.map_or(node.span(), whole);
        power.publisher(&format!("project {name}"), Severity::Medium, node.span());
        power.source(name, Pin::of(text), Severity::Medium, at);
    }
    if let Some((node, text)) = include.get("component").and_then(|node| Some((node, node.text()?))) {
        let (name, version) = text.rsplit_once('@').unwrap_or((text, "~latest"));
        // A short version follows the newest release of that line.
        let pin = match Pin::of(version) {
            Pin::Tag if version.matches('.').count() < 2 && !version.contains('$') => Pin::Branch,
            pin => pin,
        };
        let project = name.rsplit_once('/').map_or(name, |(project, _)| project);
        power.publisher(&format!("component {project}"), Severity::Medium, node.span());
        power.source(name, pin, Severity::Medium, node.span());
    }
}

fn image(image: Node<'_>, power: &mut Power) {
    if let Some((name, text)) = Some(image.get("name").unwrap_or(image)).and_then(|node| Some((node, node.text()?))) {
        power.image(text, name.span());
    }
}

fn services(holder: Node<'_>, power: &mut Power) {
    for service in holder.get("services").into_iter().flat_map(Node::items) {
        let name = service.get("name").unwrap_or(service);
        let text = name.text().unwrap_or_default();
        let is_engine = text.contains("dind") && text.contains("docker");
        if is_engine {
            power.machine("a privileged container engine", Severity::Medium, name.span());
        } else if !text.is_empty() {
            image(service, power);
        }
    }
}

/// Identity tokens by whom they are for, and secrets by where they are kept.
fn secrets(holder: Node<'_>, power: &mut Power) {
    for (name, token) in holder.get("id_tokens").map(Node::entries).unwrap_or_default() {
        for audience in token.get("aud").into_iter().flat_map(Node::one_or_many) {
            let what = format!("an identity token for {}", audience.text().unwrap_or("?"));
            power.secret(&what, Severity::High, whole((name, token)));
        }
    }
    for (name, secret) in holder.get("secrets").map(Node::entries).unwrap_or_default() {
        let kept = secret.entries().into_iter().find(|(key, _)| !key.is("file") && !key.is("token"));
        let Some((engine, place)) = kept.filter(|_| secret.is_map()) else { continue };
        let place = place.text().map_or_else(|| place.canonical(), str::to_owned);
        let what = format!("secret {place} of {}", engine.text().unwrap_or("?"));
        power.secret(&what, Severity::Low, whole((name, secret)));
    }
}

fn tags(holder: Node<'_>, power: &mut Power) {
    for tag in holder.get("tags").into_iter().flat_map(Node::one_or_many) {
        let text = tag.text().unwrap_or_default().to_ascii_lowercase();
        if text.split(['-', '_', ':', '.']).chain([text.as_str()]).any(|word| STRONG_TAGS.contains(&word)) {
            power.machine(&format!("runners tagged {text}"), Severity::Medium, tag.span());
        }
    }
}

fn variables(holder: Node<'_>, power: &mut Power) {
    for (key, value) in holder.get("variables").map(Node::entries).unwrap_or_default() {
        let Some(name) = key.text() else { continue };
        let value = value.get("value").unwrap_or(value);
        let (at, text) = (whole((key, value)), value.text().unwrap_or_default());
        let is_on = value.is_true() || text == "1";
        match name {
            "CI_DEBUG_TRACE" | "CI_DEBUG_SERVICES" if is_on => {
                let grant = Grant::allow(LOG, reader(), Reach::one("every variable of the job"), Severity::High);
                power.add(grant.level(1, "shown").alone(Severity::Medium).at(at));
            }
            "DOCKER_TLS_CERTDIR" if text.is_empty() => {
                let grant = Grant::allow(MACHINE, pipeline(), Reach::one("its container engine"), Severity::Low);
                power.add(grant.level(1, "without TLS").at(at));
            }
            "GIT_SSL_NO_VERIFY" if is_on => {
                let what = Reach::one("code from a server that proves nothing");
                power.add(Grant::allow(SOURCE, pipeline(), what, Severity::Medium).level(1, "runs").at(at));
            }
            _ => {
                let scanner = SCANNERS.iter().find(|(known, _)| *known == name).filter(|_| is_on);
                if let Some((_, scanner)) = scanner {
                    let what = Reach::one(format!("a pipeline without {scanner}"));
                    power.add(Grant::allow(SCANNER, change(), what, Severity::High).level(1, "gets").at(at));
                }
            }
        }
    }
}
