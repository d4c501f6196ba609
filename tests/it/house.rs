//! The house rules that a reader relies on: imports point one way, files say what they are for, versions agree.

use std::collections::BTreeSet;
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

/// The first names behind every `prefix`, of `crate::{a, b::c}` both `a` and `b`.
fn named(code: &str, prefix: &str) -> Vec<String> {
    let word =
        |text: &str| text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let is_start = !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            _ if !is_start => {}
            None => names.push(word(rest)),
            Some(list) => {
                let (mut depth, mut item) = (0, true);
                for (n, c) in list.char_indices() {
                    if item && !c.is_whitespace() {
                        names.push(word(&list[n..]));
                        item = false;
                    }
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => item = true,
                        _ => {}
                    }
                }
            }
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

/// The top-level modules that a file names; `super::` counts where it leads to the root.
fn used(path: &Path) -> BTreeSet<String> {
    let code = code(path);
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    let to_root = "super::".repeat(inside.components().count());
    named(&code, "crate::").into_iter().chain(named(&code, &to_root)).collect()
}

fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix("src").unwrap().with_extension("");
    inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned()
}

#[test]
fn the_parser_of_imports_sees_every_form() {
    let code = "use crate::a;\nuse crate::{b, c::{d, e}, f};\nlet x = crate::g::h();\nuse other_crate::i;\n";
    assert_eq!(named(code, "crate::"), ["a", "b", "c", "f", "g"]);
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
