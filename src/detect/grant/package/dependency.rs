//! Manifests: dependencies that come from somewhere else than a registry.

use std::ops::Range;

use super::address::{self, Origin, plain};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `package.json`. Source: "package.json" in npm's documentation, "Selective dependency resolutions" in Yarn's.
pub(in crate::detect::grant) static NPM: Surface =
    Surface { files: &["**/package.json"], marks: &[], grants: npm, ..PLAIN };

/// `Cargo.toml` and what patches it. Source: "Specifying Dependencies" and "Overriding Dependencies" in the Cargo book.
pub(in crate::detect::grant) static CARGO: Surface = Surface {
    files: &["**/Cargo.toml", "**/.cargo/config{,.toml}"],
    marks: &["git", "path", "package", "registry"],
    grants: cargo,
    ..PLAIN
};

/// `go.mod`. Source: "Go Modules Reference", `replace`.
pub(in crate::detect::grant) static GO: Surface =
    Surface { files: &["**/go.mod", "**/go.work"], marks: &["replace"], grants: go, ..PLAIN };

/// Requirements of Python projects. Source: PEP 508, "Requirements File Format" in pip's documentation, and the
/// documentation of uv and Poetry.
pub(in crate::detect::grant) static PYTHON: Surface = Surface {
    files: &["**/*requirements*.{txt,in}", "**/requirements/*.{txt,in}", "**/pyproject.toml", "**/Pipfile"],
    marks: &["git", "://"],
    grants: python,
    ..PLAIN
};

/// `Gemfile`. Source: gemfile(5).
pub(in crate::detect::grant) static RUBY: Surface =
    Surface { files: &["**/Gemfile", "**/*.gemfile", "**/gems.rb"], marks: &["git"], grants: ruby, ..PLAIN };

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: npm,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "dependency-source";

/// Where one dependency leads.
struct Source<'s> {
    /// The address as written.
    url: &'s str,
    /// What is taken of it: a commit, a tag, a branch, or whatever is newest.
    version: Option<&'s str>,
}

impl Source<'_> {
    fn grant(&self, name: &str, span: Range<usize>) -> Option<Grant> {
        let origin = Origin::of(self.url)?;
        let is_commit = self.version.is_some_and(|v| v.len() >= 7 && v.bytes().all(|b| b.is_ascii_hexdigit()));
        let is_clear = address::is_in_the_clear(self.url);
        let (rank, level) = match (is_clear, is_commit, self.version) {
            (true, ..) => (4, "in the clear"),
            (_, true, _) => (1, "at a commit"),
            (_, _, Some(version)) if is_release(version) => (2, "at a tag"),
            _ if matches!(origin, Origin::Host(_)) => (2, "at an address"),
            _ => (3, "at whatever is newest"),
        };
        let severity = if rank > 3 || matches!(origin, Origin::Host(_)) { Severity::High } else { Severity::Medium };
        let what = Reach::one(format!("code from {}", origin.name()));
        Some(Grant::allow(RULE, Subject::new("dependency", name), what, severity).level(rank, level).at(span))
    }
}

/// True for what looks like a number of a release.
fn is_release(version: &str) -> bool {
    let bare = version.trim_start_matches("semver:").trim_start_matches(['^', '~', '=', 'v']);
    bare.starts_with(|c: char| c.is_ascii_digit()) && bare.contains('.')
        || version.contains(".x")
        || version.contains("/v")
}

/// What a dependency is when nothing else is said of it.
fn usual(name: &str, span: Range<usize>) -> Grant {
    Grant::allow(RULE, Subject::new("dependency", name), Reach::one("code from *"), Severity::Low)
        .level(0, "from the registry")
        .at(span)
}

/// Another package under this name.
fn renamed(name: &str, other: &str, span: Range<usize>) -> Grant {
    let what = Reach::one(format!("code of the package {}", plain(other)));
    Grant::allow(RULE, Subject::new("dependency", name), what, Severity::Medium).level(1, "under its name").at(span)
}

fn npm(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    let mut out = Vec::new();
    for section in ["dependencies", "devDependencies", "optionalDependencies", "resolutions"] {
        root.get(section).into_iter().for_each(|map| npm_section(map, &mut out));
    }
    let overrides = [root.get("overrides"), root.path(&["pnpm", "overrides"])];
    overrides.into_iter().flatten().for_each(|map| npm_section(map, &mut out));
    out
}

fn npm_section(map: Node<'_>, out: &mut Vec<Grant>) {
    for (key, value) in map.entries() {
        let Some(name) = key.text() else { continue };
        let span = key.span().start..value.span().end;
        out.push(usual(name, span.clone()));
        match value.text() {
            // Overrides nest.
            None => npm_section(value, out),
            Some(spec) => out.extend(npm_spec(name, spec, span)),
        }
    }
}

fn npm_spec(name: &str, spec: &str, span: Range<usize>) -> Option<Grant> {
    if let Some(alias) = spec.strip_prefix("npm:") {
        let other = alias.get(1..).and_then(|rest| rest.find('@')).map_or(alias, |at| &alias[..=at]);
        let own = name.rsplit('>').next().unwrap_or(name);
        let is_version = other.starts_with(|c: char| c.is_ascii_digit() || "^~*".contains(c));
        return (!is_version && other != own && !own.starts_with(&format!("{other}@")))
            .then(|| renamed(name, other, span));
    }
    let (place, version) = spec.split_once('#').map_or((spec, None), |(place, version)| (place, Some(version)));
    let forge = [
        ("github:", "github.com"),
        ("gitlab:", "gitlab.com"),
        ("bitbucket:", "bitbucket.org"),
        ("gist:", "gist.github.com"),
    ];
    let short =
        forge.iter().find_map(|(sign, host)| place.strip_prefix(sign).map(|rest| format!("git+https://{host}/{rest}")));
    let is_bare = || {
        let parts: Vec<&str> = place.split('/').collect();
        let is_word =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        parts.len() == 2 && parts.iter().all(|part| is_word(part)) && !place.starts_with('.')
    };
    let url = short.or_else(|| is_bare().then(|| format!("git+https://github.com/{place}")));
    Source { url: url.as_deref().unwrap_or(place), version }.grant(name, span)
}

fn cargo(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.toml().root() else { return Vec::new() };
    let mut out = Vec::new();
    let targets = root.get("target").map(Node::entries).unwrap_or_default().into_iter().map(|(_, target)| target);
    for home in [Some(root), root.get("workspace")].into_iter().flatten().chain(targets) {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            home.get(section).into_iter().for_each(|map| cargo_section(map, &mut out));
        }
    }
    let patches = root.get("patch").map(Node::entries).unwrap_or_default().into_iter().map(|(_, map)| map);
    patches.chain(root.get("replace")).for_each(|map| cargo_section(map, &mut out));
    out
}

fn cargo_section(map: Node<'_>, out: &mut Vec<Grant>) {
    for (key, value) in map.entries() {
        let Some(name) = key.text() else { continue };
        let span = key.span().start..value.span().end;
        out.push(usual(name, span.clone()));
        let text = |key: &str| value.get(key).and_then(Node::text);
        if let Some(url) = text("git") {
            let url = format!("git+{url}");
            out.extend(Source { url: &url, version: text("rev").or(text("tag")) }.grant(name, span.clone()));
        }
        if let Some(registry) = text("registry").or(text("registry-index")) {
            let what = Reach::one(format!("code from the registry {}", plain(registry)));
            let grant = Grant::allow(RULE, Subject::new("dependency", name), what, Severity::Medium);
            out.push(grant.level(1, "taken").at(span.clone()));
        }
        let is_own = ["path", "git", "workspace"].iter().any(|key| value.has(key));
        out.extend(text("package").filter(|other| !is_own && *other != name).map(|other| renamed(name, other, span)));
    }
}

fn go(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let (mut at, mut is_inside) = (0, false);
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.split("//").next().unwrap_or_default().trim();
        let rule = line.strip_prefix("replace ").or(Some(line).filter(|_| is_inside));
        match line {
            "replace (" => is_inside = true,
            ")" => is_inside = false,
            _ => {}
        }
        let Some((old, new)) = rule.and_then(|rule| rule.split_once("=>")) else { continue };
        let (old, mut new) = (old.split_whitespace().next().unwrap_or_default(), new.split_whitespace());
        let Some(module) = new.next() else { continue };
        let subject = Subject::new("module", old);
        if !module.starts_with(['.', '/']) && module != old {
            let what = Reach::one(format!("code from {}", plain(module)));
            let grant = Grant::allow(RULE, subject, what, Severity::Medium);
            out.push(grant.level(1, "in its place").at(span));
        }
    }
    out
}

fn python(input: &Input<'_>, _: World) -> Vec<Grant> {
    if input.path.ends_with(".toml") || input.path.ends_with("Pipfile") {
        return python_tables(input);
    }
    let mut out = Vec::new();
    let mut at = 0;
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.split(" #").next().unwrap_or_default().trim();
        out.extend(requirement(line, span));
    }
    out
}

/// `name @ address`, `-e address#egg=name` or a bare address.
fn requirement(line: &str, span: Range<usize>) -> Option<Grant> {
    let line =
        ["-e ", "--editable ", "--editable="].iter().find_map(|flag| line.strip_prefix(flag)).unwrap_or(line).trim();
    if line.starts_with(['-', '#']) {
        return None;
    }
    let (name, url) = match line
        .split_once(" @ ")
        .or_else(|| line.split_once('@').filter(|(name, url)| !name.contains(':') && url.contains("://")))
    {
        Some((name, url)) => (name.split('[').next().unwrap_or(name).trim(), url.trim()),
        None => (line.split_once("#egg=").map_or("", |(_, egg)| egg.split(['&', '[']).next().unwrap_or(egg)), line),
    };
    let url = url.split([';', ' ']).next().unwrap_or(url);
    let bare = url.split('#').next().unwrap_or(url);
    let version =
        bare.split("://").nth(1).and_then(|rest| rest.split_once('/')).and_then(|(_, path)| path.rsplit_once('@'));
    let is_wheel = bare.ends_with(".whl") || bare.ends_with(".tar.gz") || bare.ends_with(".zip");
    let name = if name.is_empty() {
        address::repository(bare).rsplit('/').next().unwrap_or_default().to_owned()
    } else {
        name.to_owned()
    };
    let own = url.contains("#sha256=").then_some("0000000");
    let url = if is_wheel && address::is_plain_server(bare) { server_of(bare) } else { bare.to_owned() };
    Source { url: &url, version: version.map(|(_, version)| version).or(own) }.grant(&name, span)
}

fn server_of(url: &str) -> String {
    format!("{}/", address::server(url))
}

fn python_tables(input: &Input<'_>) -> Vec<Grant> {
    let Some(root) = input.toml().root() else { return Vec::new() };
    let mut out = Vec::new();
    let project = root.get("project");
    let mut lists: Vec<Node<'_>> = project.and_then(|p| p.get("dependencies")).into_iter().collect();
    lists.extend(root.path(&["build-system", "requires"]));
    let groups = [project.and_then(|p| p.get("optional-dependencies")), root.get("dependency-groups")];
    lists.extend(groups.into_iter().flatten().flat_map(Node::entries).map(|(_, list)| list));
    for item in lists.into_iter().flat_map(Node::items) {
        out.extend(item.text().and_then(|text| requirement(text, item.span())));
    }
    let poetry = root.path(&["tool", "poetry"]);
    let mut maps: Vec<Node<'_>> =
        ["dependencies", "dev-dependencies"].iter().filter_map(|key| poetry?.get(key)).collect();
    let groups = poetry.and_then(|p| p.get("group")).map(Node::entries).unwrap_or_default();
    maps.extend(groups.into_iter().filter_map(|(_, group)| group.get("dependencies")));
    maps.extend(
        [root.path(&["tool", "uv", "sources"]), root.get("packages"), root.get("dev-packages")].into_iter().flatten(),
    );
    for (key, value) in maps.into_iter().flat_map(Node::entries) {
        let Some(name) = key.text() else { continue };
        let text = |key: &str| value.get(key).and_then(Node::text);
        let git = text("git").map(|url| format!("git+{url}"));
        let Some(url) = git.as_deref().or(text("url")).or(text("file")) else { continue };
        let source = Source { url, version: text("rev").or(text("tag")).or(text("ref")) };
        out.extend(source.grant(name, key.span().start..value.span().end));
    }
    out
}

fn ruby(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut at = 0;
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.trim().replace('"', "'");
        let Some(rest) = line.strip_prefix("gem ").or(line.strip_prefix("gem(")) else { continue };
        let name = rest.split('\'').nth(1).unwrap_or_default();
        let option = |key: &str| {
            let at =
                [format!("{key}: '"), format!(":{key} => '")].iter().find_map(|k| Some(rest.find(k)? + k.len()))?;
            rest.get(at..)?.split('\'').next()
        };
        let url = option("git").map(|url| format!("git+{url}"));
        let url = url.or_else(|| option("github").map(|place| format!("git+https://github.com/{place}")));
        let Some(url) = url else { continue };
        out.extend(Source { url: &url, version: option("ref").or(option("tag")) }.grant(name, span));
    }
    out
}
