//! Cargo, NuGet, Bundler and Composer: where packages come from, and what their settings run.

use super::address::plain;
use super::registry::{Asked, Tool};
use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// `.cargo/config.toml`. Source: "Configuration" and "Source Replacement" in the Cargo book.
pub(in crate::detect::grant) static CARGO: Surface =
    Surface { files: &["**/.cargo/config{,.toml}"], grants: cargo, absent: Some(""), ..PLAIN };

/// `NuGet.config`. Source: "nuget.config reference" in Microsoft's documentation.
pub(in crate::detect::grant) static NUGET: Surface =
    Surface { files: &["**/{nuget,NuGet,Nuget,NuGET}.{config,Config}"], grants: nuget, ..PLAIN };

/// `Gemfile` and `.bundle/config`. Source: gemfile(5), bundle-config(1).
pub(in crate::detect::grant) static BUNDLER: Surface = Surface {
    files: &["**/Gemfile", "**/*.gemfile", "**/gems.rb", "**/.bundle/config"],
    marks: &["source", "bundle_", "plugin"],
    grants: bundler,
    ..PLAIN
};

/// `composer.json`. Source: "The composer.json schema" and "Config" in Composer's documentation.
pub(in crate::detect::grant) static COMPOSER: Surface = Surface {
    files: &["**/composer.json"],
    marks: &["repositories", "config", "minimum-stability"],
    grants: composer,
    ..PLAIN
};

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: cargo,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const BUILD: &str = "build-program";

fn cargo(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Cargo", "crates.io");
    let Some(root) = input.toml().root() else { return tool.out };
    let source = |name: &str| root.path(&["source", name]);
    match source("crates-io").and_then(|own| own.get("replace-with")).and_then(Node::text) {
        Some(name) => {
            let body = source(name);
            for key in ["registry", "git", "directory", "local-registry"] {
                let value = body.and_then(|body| body.entry(key));
                value.into_iter().for_each(|(key, value)| {
                    let span = key.span().start..value.span().end;
                    tool.asks(value.text().unwrap_or_default(), Asked::Always, span);
                });
            }
        }
        None => tool.asks_the_usual(),
    }
    for (_, body) in root.get("registries").map(Node::entries).unwrap_or_default() {
        body.get("index")
            .into_iter()
            .for_each(|url| tool.asks(url.text().unwrap_or_default(), Asked::ByName, url.span()));
    }
    if let Some(http) = root.get("http") {
        let revoked = Setting::closes("check-revoke", "servers with revoked certificates", Severity::Medium);
        tool.checks_key(revoked, http);
    }
    programs(root, &mut tool.out);
    tool.out
}

/// Programs that every build runs, instead of the compiler or around it.
fn programs(root: Node<'_>, out: &mut Vec<Grant>) {
    let targets = root.get("target").map(Node::entries).unwrap_or_default();
    let homes = root.get("build").into_iter().chain(targets.into_iter().map(|(_, target)| target));
    for home in homes {
        for key in ["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc", "runner", "linker"] {
            let Some((name, value)) = home.entry(key) else { continue };
            let command = value.texts().collect::<Vec<_>>().join(" ");
            let severity = if is_known(&command) { Severity::Low } else { Severity::High };
            let what = Reach::one(format!("a run of {}", plain(&command)));
            let grant = Grant::allow(BUILD, Subject::new("each build", ""), what, severity);
            out.push(grant.level(1, format!("by {key}")).at(name.span().start..value.span().end));
        }
    }
}

/// Tools that people set there every day.
fn is_known(command: &str) -> bool {
    const KNOWN: [&str; 24] = [
        "sccache",
        "ccache",
        "clang",
        "lld",
        "rust-lld",
        "gcc",
        "cc",
        "mold",
        "ld",
        "ld.lld",
        "lld-link",
        "wasm-bindgen-test-runner",
        "wasmtime",
        "qemu-system-arm",
        "probe-rs",
        "flip-link",
        "qemu-aarch64",
        "sudo",
        "espflash",
        "node",
        "link.exe",
        "clang++",
        "g++",
        "wasm-server-runner",
    ];
    let word = command.split_whitespace().next().unwrap_or_default();
    !word.contains('/')
        && (KNOWN.contains(&word)
            || word.ends_with("-gcc")
            || word.ends_with("-ld")
            || word.starts_with("qemu-")
            || word.ends_with("-clang"))
}

fn nuget(input: &Input<'_>, _: World) -> Vec<Grant> {
    let document = document::xml(input.text);
    document.gap.iter().for_each(|gap| input.note(gap.at, gap.why.clone()));
    let mut tool = Tool::new("NuGet", "api.nuget.org");
    let mut is_cleared = false;
    for element in &document.elements {
        let parent = element.parent.and_then(|at| document.elements.get(at));
        let section = parent.map_or("", |parent| parent.local());
        let (key, value) = (element.get("key").unwrap_or_default(), element.get("value").unwrap_or_default());
        match (section, element.local()) {
            ("packageSources", "clear") => is_cleared = true,
            ("packageSources", "add") => {
                tool.asks(value, Asked::Always, element.tag.clone());
                if element.get("allowInsecureConnections").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
                    tool.lets(&format!("packages of {key} in the clear"), Severity::High, element.tag.clone());
                }
            }
            ("packageSource", "package") => {
                let pattern = element.get("pattern").unwrap_or_default().replace(['*', '?'], "·");
                let source = parent.and_then(|parent| parent.get("key")).unwrap_or_default();
                tool.keeps_apart(&format!("{pattern} at {source}"), element.tag.clone());
            }
            ("config", "add") if key.eq_ignore_ascii_case("signatureValidationMode") => {
                let is_strict = value.eq_ignore_ascii_case("require");
                tool.guards("the check of signatures", u32::from(is_strict), value.to_owned(), element.tag.clone());
            }
            ("trustedSigners", "author" | "repository") => {
                let name = element.get("name").unwrap_or_default();
                tool.lets(&format!("packages signed by {name}"), Severity::Medium, element.tag.clone());
            }
            _ => {}
        }
    }
    if !is_cleared {
        tool.asks_the_usual();
    }
    tool.out
}

const VERIFY: Setting = Setting {
    key: "BUNDLE_SSL_VERIFY_MODE",
    gives: "packages from servers that prove nothing",
    ranks: &[("0", 1), ("1", 0)],
    other: (0, None),
    absent: (0, "on by default"),
    severity: Severity::High,
    alone: None,
};

fn bundler(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Bundler", "rubygems.org");
    if input.path.ends_with("config") {
        let entries = document::ini(input.text);
        let verify = entries.iter().find(|entry| entry.key == VERIFY.key);
        tool.checks(VERIFY, verify.map(|entry| (entry.bare(), entry.span.clone())));
        for entry in entries.iter().filter(|entry| entry.key.starts_with("BUNDLE_MIRROR")) {
            let url = entry.bare().rsplit_once("\" ").map_or(entry.bare(), |(_, url)| url);
            tool.asks(url.get(url.find("http").unwrap_or(0)..).unwrap_or(url), Asked::Always, entry.span.clone());
        }
        return tool.out;
    }
    tool.asks_the_usual();
    let mut at = 0;
    for whole in input.text.split_inclusive('\n') {
        let span = at..at + whole.trim_end().len();
        at += whole.len();
        let line = whole.trim().replace('"', "'");
        let quoted = || line.split('\'').nth(1).unwrap_or_default().to_owned();
        match line.split([' ', '(']).next() {
            Some("source") if line.contains("://") => {
                let asked = if line.ends_with(" do") { Asked::ByName } else { Asked::Always };
                tool.asks(&quoted(), asked, span);
            }
            Some("plugin") => tool.lets(&format!("a run of the plugin {}", plain(&quoted())), Severity::Medium, span),
            _ => {}
        }
    }
    tool.out
}

const STABILITY: Setting = Setting {
    key: "minimum-stability",
    gives: "unfinished releases",
    ranks: &[("stable", 0), ("rc", 1), ("beta", 2), ("alpha", 3), ("dev", 4)],
    other: (0, None),
    absent: (0, "stable by default"),
    severity: Severity::Low,
    alone: None,
};

fn composer(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("Composer", "repo.packagist.org");
    let Some(root) = input.json().root() else { return tool.out };
    tool.asks_the_usual();
    let repositories = root.get("repositories");
    let named = repositories.map(Node::entries).unwrap_or_default().into_iter().map(|(_, body)| body);
    for body in repositories.into_iter().flat_map(Node::items).chain(named) {
        let kind = body.get("type").and_then(Node::text).unwrap_or_default();
        if let Some(url) = body.get("url").filter(|_| kind != "path") {
            // A repository holds one package, a list of them any.
            let asked = if kind == "composer" { Asked::Always } else { Asked::ByName };
            tool.asks(url.text().unwrap_or_default(), asked, url.span());
        }
    }
    tool.checks_key(STABILITY, root);
    if let Some(config) = root.get("config") {
        tool.checks_key(Setting::closes("secure-http", "packages in the clear", Severity::High), config);
        tool.checks_key(
            Setting::opens("disable-tls", "packages from servers that prove nothing", Severity::High),
            config,
        );
        let plugins = config.entry("allow-plugins");
        plugins.into_iter().for_each(|(key, value)| of_plugins(key, value, &mut tool));
    }
    tool.out
}

fn of_plugins(key: Node<'_>, value: Node<'_>, tool: &mut Tool) {
    let mut run = |name: &str, severity, span| {
        let what = Reach::one(format!("a run of the plugin {name}"));
        tool.out.push(Grant::allow("package-scripts", Subject::new("Composer", ""), what, severity).at(span));
    };
    if value.is_true() {
        return run("*", Severity::High, key.span().start..value.span().end);
    }
    for (name, allowed) in value.entries().into_iter().filter(|(_, allowed)| allowed.is_true()) {
        let severity = if name.is("*") { Severity::High } else { Severity::Medium };
        run(name.text().unwrap_or_default(), severity, name.span().start..allowed.span().end);
    }
}
