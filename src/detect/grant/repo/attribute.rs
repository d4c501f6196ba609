//! `.gitattributes`: changes that reviewers are not shown, and filters that run on checkout.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Attributes of paths.
///
/// `-diff` and `binary` show no lines, `linguist-generated` and `gitlab-generated` fold the file away, and what LFS takes in
/// its care is a pointer from then on. Source: gitattributes(5), and
/// "Customizing how changed files appear on GitHub".
pub(in crate::detect::grant) static ATTRIBUTES: Surface = Surface {
    files: &[".gitattributes", "**/.gitattributes"],
    marks: &["diff", "binary", "linguist", "gitlab-generated", "filter", "merge="],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: false,
};

const HIDDEN: &str = "attribute-hides-changes";
const DRIVER: &str = "attribute-driver";
/// Endings of code that people write.
const CODE: [&str; 30] = [
    "rs",
    "go",
    "py",
    "js",
    "ts",
    "tsx",
    "jsx",
    "mjs",
    "java",
    "kt",
    "rb",
    "php",
    "c",
    "h",
    "cc",
    "cpp",
    "cs",
    "swift",
    "sh",
    "yml",
    "yaml",
    "toml",
    "tf",
    "sql",
    "md",
    "json",
    "lua",
    "scala",
    "gitattributes",
    "env",
];
/// Names without such an ending that people read all the same, beginnings of them included.
const READ: [&str; 6] = ["dockerfile", "makefile", "codeowners", "jenkinsfile", "ringfence", ".gitignore"];
/// Folders that machines write.
const MADE_FOLDERS: [&str; 12] = [
    "generated",
    "gen",
    "vendor",
    "dist",
    "build",
    "third_party",
    "node_modules",
    "fixture",
    "fixtures",
    "testdata",
    "snapshots",
    "__snapshots__",
];
/// Words in the names of files that machines write.
const MADE_WORDS: [&str; 8] = ["generated", "gen", "min", "lock", "snap", "pb", "pb2", "lockb"];
/// Deepest macro that is followed.
const DEEPEST: usize = 8;

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut macros: HashMap<String, Vec<&str>> = HashMap::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let Some((pattern, rest)) = pattern(line.trim()).filter(|(pattern, _)| !pattern.starts_with('#')) else {
            continue;
        };
        if let Some(name) = pattern.strip_prefix("[attr]") {
            macros.insert(name.to_owned(), rest.split_whitespace().collect());
            continue;
        }
        for word in rest.split_whitespace() {
            each_meant(word, &macros, DEEPEST, &mut |word| {
                out.extend(of(&pattern, word).map(|grant| grant.at(span.clone())));
            });
        }
    }
    out
}

/// The pattern of a line, and what stands behind it. One in quotes may hold blanks.
fn pattern(line: &str) -> Option<(Cow<'_, str>, &str)> {
    let Some(quoted) = line.strip_prefix('"') else {
        let (pattern, rest) = line.split_once(char::is_whitespace)?;
        return Some((pattern.into(), rest));
    };
    let end = quoted.bytes().enumerate().scan(false, |escaped, (at, byte)| {
        let ends = byte == b'"' && !*escaped;
        *escaped = byte == b'\\' && !*escaped;
        Some((at, ends))
    });
    let end = end.filter(|(_, ends)| *ends).map(|(at, _)| at).next()?;
    Some((quoted[..end].replace('\\', "").into(), &quoted[end + 1..]))
}

/// A word, and what it stands for if it is the name of a macro.
fn each_meant(word: &str, macros: &HashMap<String, Vec<&str>>, depth: usize, each: &mut dyn FnMut(&str)) {
    each(word);
    if depth > 0 {
        macros.get(word).into_iter().flatten().for_each(|word| each_meant(word, macros, depth - 1, each));
    }
}

/// True if a word folds files away or shows nothing of them.
fn hides(word: &str) -> bool {
    let (name, value) = word.split_once('=').unwrap_or((word, "true"));
    match name {
        "-diff" | "binary" => true,
        "linguist-generated" | "gitlab-generated" => !value.eq_ignore_ascii_case("false"),
        // Of what LFS keeps, the repository has pointers only.
        "filter" => value == "lfs",
        _ => false,
    }
}

fn of(pattern: &str, word: &str) -> Option<Grant> {
    let plain = pattern.trim_start_matches('/').replace("**/", "").replace("**", "*");
    if hides(word) {
        let severity = hidden(pattern)?;
        let who = Subject::new("whoever changes the files", "");
        let what = Reach::one(format!("changes of {plain}"));
        return Some(Grant::allow(HIDDEN, who, what, severity).level(1, "hidden from reviewers"));
    }
    let (kind, name) = word.split_once('=').filter(|(kind, _)| matches!(*kind, "filter" | "merge" | "diff"))?;
    let is_known = matches!(name, "lfs" | "union" | "text" | "ours" | "git-crypt") || kind == "diff";
    let who = Subject::new("the checkout", "");
    let what = Reach::one(format!("the program {name} on {plain}"));
    let severity = if is_known { Severity::Low } else { Severity::Medium };
    (!is_known || name == "ours").then(|| Grant::allow(DRIVER, who, what, severity).level(1, "run where it is set up"))
}

/// How bad it is not to see these files; `None` for what nobody reads anyway.
fn hidden(pattern: &str) -> Option<Severity> {
    let lower = pattern.to_ascii_lowercase();
    let (folders, file) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let is_made = |folder: &str| MADE_FOLDERS.contains(&folder.trim_matches('*'));
    let mut words = file.split(['.', '-', '_']);
    let _ = words.next();
    if folders.split('/').any(is_made) || is_made(file) || words.any(|word| MADE_WORDS.contains(&word)) {
        return None;
    }
    let ending = file.rsplit('.').next().unwrap_or_default();
    // A wildcard in the ending fits code, too.
    let is_code = CODE.contains(&ending)
        || ending.contains(['*', '?', '['])
        || READ.iter().any(|name| file.starts_with(name))
        || lower.contains(".github");
    is_code.then_some(if matches!(pattern, "*" | "**") { Severity::High } else { Severity::Medium })
}
