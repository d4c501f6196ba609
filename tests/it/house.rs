//! The house rules that a reader relies on: imports point one way, files say what they are for, versions agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::everything;

const LONGEST_FILE: usize = 450;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every Rust file below `folder`, relative to the root.
fn rust_files(folder: &str) -> Vec<PathBuf> {
    let files = everything(&root().join(folder)).into_iter().filter(|p| p.extension().is_some_and(|e| e == "rs"));
    files.map(|p| p.strip_prefix(root()).unwrap().to_owned()).collect()
}

/// The modules of `src/lib.rs` in their order.
fn modules() -> Vec<String> {
    let names = read("src/lib.rs");
    names.lines().filter_map(|line| Some(line.strip_prefix("pub mod ")?.strip_suffix(';')?.to_owned())).collect()
}

/// Code without its comments and without what is compiled for tests only, which stands at the end of a file.
fn code(path: &Path) -> String {
    let text = read(path);
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every path that begins with `crate` or `super`, of `crate::{a, b::c}` both.
fn paths(code: &str) -> Vec<Vec<&str>> {
    let starts = ["crate::", "super::"].iter().flat_map(|start| code.match_indices(start)).map(|(at, _)| at);
    let is_start = |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
    let mut paths = Vec::new();
    for at in starts.filter(is_start) {
        branch(&code[at..], Vec::new(), &mut paths);
    }
    paths
}

/// Reads the paths that go on from `stem`, and gives back what follows them.
fn branch<'c>(mut rest: &'c str, mut stem: Vec<&'c str>, paths: &mut Vec<Vec<&'c str>>) -> &'c str {
    loop {
        rest = rest.trim_start();
        if let Some(mut list) = rest.strip_prefix('{') {
            loop {
                rest = branch(list, stem.clone(), paths);
                // An `as` changes nothing about what is named.
                rest = &rest[rest.find([',', '}']).unwrap_or(rest.len())..];
                let Some(more) = rest.strip_prefix(',') else { return rest.strip_prefix('}').unwrap_or(rest) };
                list = more;
            }
        }
        let (word, more) = rest.split_at(rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()));
        stem.extend((!word.is_empty()).then_some(word));
        let Some(deeper) = more.strip_prefix("::") else {
            paths.push(stem);
            return more;
        };
        rest = deeper;
    }
}

/// The module of a file, as a path without its ending.
fn inside(path: &Path) -> PathBuf {
    path.strip_prefix("src").unwrap().with_extension("")
}

/// The top-level modules that a file names; `super::` counts where it leads to the root.
fn used(path: &Path) -> BTreeSet<String> {
    let to_root = inside(path).iter().count();
    let first = |path: Vec<&str>| match path.iter().take_while(|word| **word == "super").count() {
        0 => path.get(1).map(ToString::to_string),
        above => path.get(above).filter(|_| above == to_root).map(ToString::to_string),
    };
    paths(&code(path)).into_iter().filter_map(first).collect()
}

fn module_of(path: &Path) -> String {
    inside(path).iter().next().unwrap().to_string_lossy().into_owned()
}

/// Which modules use which beside them. What one file has of another counts for the two modules beside each other in which
/// they lie; a module and what it holds are one thing to those outside, and may share what they like.
fn uses(files: &BTreeMap<PathBuf, String>) -> BTreeMap<PathBuf, BTreeSet<PathBuf>> {
    let mut uses: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
    for (from, path) in files.iter().flat_map(|(from, code)| paths(code).into_iter().map(move |path| (from, path))) {
        let mut to = if path[0] == "crate" { PathBuf::new() } else { from.clone() };
        for name in path.iter().filter(|name| **name != "crate") {
            match to.join(name) {
                _ if *name == "super" => drop(to.pop()),
                next if files.contains_key(&next) => to = next,
                _ => break,
            }
        }
        let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
        let own = |path: &Path| path.iter().nth(same).map(|_| path.iter().take(same + 1).collect());
        if let (Some(one), Some(other)) = (own(from), own(&to)) {
            uses.entry(one).or_default().insert(other);
        }
    }
    uses
}

/// The modules that use each other in circles, and what lies between two circles: whatever uses nothing, or is used by
/// nothing, is taken away until nothing more goes.
fn circles(mut uses: BTreeMap<PathBuf, BTreeSet<PathBuf>>) -> Vec<String> {
    for _ in 0..uses.len() {
        let used: BTreeSet<PathBuf> = uses.values().flatten().cloned().collect();
        let left: BTreeSet<PathBuf> = uses.keys().filter(|one| used.contains(*one)).cloned().collect();
        uses.retain(|one, others| {
            others.retain(|other| left.contains(other));
            left.contains(one) && !others.is_empty()
        });
    }
    let said = |(one, others): (PathBuf, BTreeSet<PathBuf>)| format!("{} uses {others:?}", one.display());
    uses.into_iter().map(said).collect()
}

#[test]
fn the_parser_of_imports_sees_every_form() {
    let code = "use crate::a;\nuse crate::{b, c::{d, e}, f};\nlet x = crate::g::h();\nuse other_crate::i;\n";
    let seen: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
    assert_eq!(seen, ["crate::a", "crate::b", "crate::c::d", "crate::c::e", "crate::f", "crate::g::h"]);
}

#[test]
fn imports_point_down_the_list_of_modules() {
    let modules = modules();
    assert!(modules.len() >= 10, "{modules:?}");
    let place = |name: &str| modules.iter().position(|m| m == name);
    let mut offenders = Vec::new();
    let mut seen = 0;
    for path in rust_files("src") {
        let Some(own) = place(&module_of(&path)) else { continue };
        for name in used(&path) {
            seen += 1;
            match place(&name) {
                Some(other) if other >= own => {}
                Some(_) => offenders.push(format!("{} uses `{name}`, which stands above it", path.display())),
                None => offenders.push(format!("{} names `crate::{name}`, which is no module", path.display())),
            }
        }
    }
    assert!(seen > 30, "only {seen} imports were seen");
    assert_eq!(offenders, Vec::<String>::new());
}

#[test]
fn no_modules_use_each_other_in_a_circle() {
    let files: BTreeMap<PathBuf, String> = rust_files("src").iter().map(|p| (inside(p), code(p))).collect();
    let uses = uses(&files);
    assert!(uses.len() > 200, "only {} modules use another", uses.len());
    assert_eq!(circles(uses), Vec::<String>::new());
}

#[test]
fn a_circle_is_found_and_a_module_with_what_it_holds_is_none() {
    let circles = |last: &str| {
        let files = [
            ("a", "mod b;\nuse b::B;"),
            ("a/b", "use super::{A, c::{C, D as E}};"),
            ("a/c", "use super::d;\n"),
            ("a/d", "fn d() {}"),
            ("a/d/e", last),
            ("f", "use crate::a::A;"),
        ];
        circles(uses(&files.map(|(file, code)| (file.into(), code.into())).into()))
    };
    let all = ["a/b uses {\"a/c\"}", "a/c uses {\"a/d\"}", "a/d uses {\"a/b\"}"];
    assert_eq!(circles("pub use crate::a::b::B;"), all);
    assert_eq!(circles("let b = super::super::b::B;"), all);
    assert_eq!(circles("use crate::{a::A, f::{b}};"), ["a uses {\"f\"}", "f uses {\"a\"}"]);
    assert!(circles("use super::super::A;").is_empty());
}

#[test]
fn every_module_of_the_list_is_a_file_and_the_other_way_round() {
    let files: BTreeSet<String> = rust_files("src").iter().map(|p| module_of(p)).collect();
    let listed: BTreeSet<String> = modules().into_iter().chain(["lib".into(), "main".into()]).collect();
    assert_eq!(files, listed);
}

#[test]
fn every_file_says_first_what_it_is_for_and_is_not_too_long() {
    for path in rust_files("src").iter().chain(&rust_files("tests")) {
        let text = read(path);
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! ") && first.len() > 20, "{}: {first}", path.display());
        let lines = text.lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines", path.display());
    }
}

#[test]
fn the_changelog_names_the_version() {
    let version = env!("CARGO_PKG_VERSION");
    let changelog = read("CHANGELOG.md");
    let named = changelog.lines().any(|line| line.starts_with("## ") && line.contains(version));
    assert!(named, "CHANGELOG.md has no heading for {version}");
}

/// Words behind `ringfence ` at the start of a line of a code block in a document.
fn commands(document: &str) -> Vec<String> {
    // Every second piece between fences is code.
    let code = document.split("```").skip(1).step_by(2).flat_map(str::lines);
    let lines = code.map(|line| line.trim_start().trim_start_matches("$ "));
    let calls = lines.filter_map(|line| line.strip_prefix("ringfence "));
    let first = calls.map(|rest| rest.split_whitespace().next().unwrap_or_default().to_owned());
    first.filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !word.starts_with('-')).collect()
}

#[test]
fn documents_show_commands_that_exist() {
    let readme = commands(&read("README.md"));
    assert!(!readme.is_empty(), "the README shows how to call the program");
    let docs = everything(&root().join("docs")).into_iter().filter(|p| p.extension().is_some_and(|e| e == "md"));
    for word in docs.flat_map(|path| commands(&read(path))).chain(readme) {
        assert!(
            [
                "scan",
                "diff",
                "redact",
                "explain",
                "rules",
                "evidence",
                "report",
                "baseline",
                "init",
                "doctor",
                "merge",
                "completions",
                "man"
            ]
            .contains(&word.as_str()),
            "`ringfence {word}` does not exist"
        );
    }
}

/// What looks alive in a file would be found by everyone's scanner, and by this one.
#[test]
fn the_repository_holds_no_live_looking_token() {
    let dir = crate::support::Dir::plain();
    for folder in ["src", "tests", "rules", "docs", "Cargo.toml", "build.rs"] {
        let path = root().join(folder).to_string_lossy().into_owned();
        let report = dir.report(&["scan", &path]);
        report.finds(&[]);
        assert!(report.files() > 0);
    }
}

/// A comment that sets nothing aside is named to whoever scans a clone: what tests and documents say of comments is written
/// so that it is none.
#[test]
fn the_repository_holds_no_comment_without_use() {
    let said = crate::support::Dir::plain().ringfence(&["scan"]).within(root()).ends();
    assert_eq!(said.code, 0, "{}{}", said.stdout(), said.stderr());
    assert!(!format!("{}{}", said.stdout(), said.stderr()).contains("note:"), "{}{}", said.stdout(), said.stderr());
}
