//! Settings of pip, uv, Poetry and PDM: indexes and checks.

use std::ops::Range;

use super::address;
use super::registry::{Asked, Tool};
use crate::detect::grant::settings::Setting;
use crate::detect::grant::{Grant, Input, Newcomers, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// `pip.conf`, and the options that requirements files hold. Source: "Configuration" and "Requirements File Format" in
/// pip's documentation.
pub(in crate::detect::grant) static PIP: Surface = Surface {
    files: &["**/pip.{conf,ini}", "**/*requirements*.{txt,in}", "**/requirements/*.{txt,in}", "**/constraints*.txt"],
    grants: pip,
    ..PLAIN
};

/// `pyproject.toml`, `uv.toml` and `Pipfile`. Source: "Settings" in uv's documentation, "Repositories" in Poetry's.
pub(in crate::detect::grant) static TABLES: Surface = Surface {
    files: &["**/pyproject.toml", "**/uv.toml", "**/Pipfile"],
    marks: &["index", "source", "insecure", "newer", "find-links", "isolation"],
    grants: tables,
    ..PLAIN
};

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: pip,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const USUAL: &str = "pypi.org";

fn pip(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("pip", USUAL);
    let mut has_index = false;
    if input.path.ends_with(".conf") || input.path.ends_with(".ini") {
        for entry in document::ini(input.text) {
            has_index |= option(&mut tool, entry.key, entry.bare(), entry.span.clone());
        }
    } else {
        let mut at = 0;
        for whole in input.text.split_inclusive('\n') {
            let span = at..at + whole.trim_end().len();
            at += whole.len();
            let line = whole.split(" #").next().unwrap_or_default().trim();
            if line.starts_with('-') {
                let (key, value) = line.split_at(line.find([' ', '=']).unwrap_or(line.len()));
                has_index |= option(&mut tool, key, value.trim_start_matches(['=', ' ']), span);
            }
        }
    }
    if !has_index {
        tool.asks_the_usual();
    }
    tool.out
}

/// Takes one option in; true if it puts something in the place of the usual index.
fn option(tool: &mut Tool, key: &str, value: &str, span: Range<usize>) -> bool {
    let is_off = value.eq_ignore_ascii_case("false");
    match key.trim_start_matches('-') {
        "index-url" | "i" | "pypi-url" => {
            tool.asks(value, Asked::Always, span);
            return true;
        }
        "no-index" => return !is_off,
        "extra-index-url" | "find-links" | "f" => {
            value.split_whitespace().for_each(|url| tool.asks(url, Asked::Always, span.clone()));
        }
        "trusted-host" => value.split_whitespace().filter(|host| !address::is_own(host)).for_each(|host| {
            let what = format!("packages from {} without proof of its name", address::host(host));
            tool.lets(&what, Severity::High, span.clone());
        }),
        "require-hashes" if !is_off => tool.guards("a hash for every package", 1, "required".to_owned(), span),
        _ => {}
    }
    false
}

const STRATEGY: Setting = Setting {
    key: "index-strategy",
    gives: "packages of a name from whichever index has them",
    ranks: &[
        ("first-index", 0),
        ("first-match", 0),
        ("unsafe-first-match", 1),
        ("unsafe-best-match", 2),
        ("unsafe-any-match", 2),
    ],
    other: (0, None),
    absent: (0, "first-index by default"),
    severity: Severity::High,
    alone: None,
};
const ISOLATION: Setting = Setting::opens("no-build-isolation", "builds in the own environment", Severity::Low);

fn tables(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut tool = Tool::new("the install", USUAL);
    let Some(root) = input.toml().root() else { return tool.out };
    let uv = if input.path.ends_with("uv.toml") { Some(root) } else { root.path(&["tool", "uv"]) };
    let mut has_usual = true;
    if let Some(uv) = uv {
        has_usual &= of_uv(uv, &mut tool);
    }
    let lists = [root.path(&["tool", "poetry", "source"]), root.path(&["tool", "pdm", "source"]), root.get("source")];
    for source in lists.into_iter().flatten().flat_map(Node::one_or_many) {
        let Some(url) = source.get("url") else { continue };
        let priority = source.get("priority").and_then(Node::text).unwrap_or("primary");
        has_usual &=
            !matches!(priority, "primary" | "default") || source.get("name").is_some_and(|name| name.is("pypi"));
        let asked = if priority == "explicit" { Asked::ByName } else { Asked::Always };
        tool.asks(url.text().unwrap_or_default(), asked, url.span());
        if source.get("verify_ssl").is_some_and(Node::is_false) {
            let what = "packages from servers that prove nothing";
            tool.lets(what, Severity::High, source.get("verify_ssl").map_or(0..0, Node::span));
        }
    }
    if has_usual {
        tool.asks_the_usual();
    }
    tool.out
}

/// True if the usual index is still asked.
fn of_uv(uv: Node<'_>, tool: &mut Tool) -> bool {
    let mut has_usual = true;
    for index in uv.get("index").into_iter().flat_map(Node::items) {
        let Some(url) = index.get("url") else { continue };
        let is = |key: &str| index.get(key).is_some_and(Node::is_true);
        has_usual &= !is("default");
        tool.asks(
            url.text().unwrap_or_default(),
            if is("explicit") { Asked::ByName } else { Asked::Always },
            url.span(),
        );
    }
    for home in [Some(uv), uv.get("pip")].into_iter().flatten() {
        if let Some(url) = home.get("index-url") {
            has_usual = false;
            tool.asks(url.text().unwrap_or_default(), Asked::Always, url.span());
        }
        let more = [home.get("extra-index-url"), home.get("find-links")];
        for url in more.into_iter().flatten().flat_map(Node::one_or_many) {
            tool.asks(url.text().unwrap_or_default(), Asked::Always, url.span());
        }
        for host in home.get("allow-insecure-host").into_iter().flat_map(Node::one_or_many) {
            let what = format!("packages from {} without proof of its name", host.text().unwrap_or_default());
            tool.lets(&what, Severity::High, host.span());
        }
        if let Some((key, date)) = home.entry("exclude-newer") {
            let shown = date.text().unwrap_or_default().to_owned();
            tool.guards("a limit to the age of releases", 1, shown, key.span().start..date.span().end);
        }
    }
    tool.checks_key(STRATEGY, uv);
    tool.checks_key(ISOLATION, uv);
    has_usual
}
