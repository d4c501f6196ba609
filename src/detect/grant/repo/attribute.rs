//! `.gitattributes`: changes that reviewers are not shown, and filters that run on checkout.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Attributes of paths.
///
/// `-diff` and `binary` show no lines, `linguist-generated` folds the file away on GitHub. Source: gitattributes(5), and
/// "Customizing how changed files appear on GitHub".
pub(in crate::detect::grant) static ATTRIBUTES: Surface = Surface {
    files: &[".gitattributes", "**/.gitattributes"],
    marks: &["diff", "binary", "linguist", "filter", "merge="],
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
const CODE: [&str; 28] = [
    "rs", "go", "py", "js", "ts", "tsx", "jsx", "mjs", "java", "kt", "rb", "php", "c", "h", "cc", "cpp", "cs", "swift",
    "sh", "yml", "yaml", "toml", "tf", "sql", "md", "json", "lua", "scala",
];
/// Words of paths that machines write.
const MADE: [&str; 14] = [
    "generated",
    "gen/",
    "vendor",
    "dist",
    "min.",
    "lock",
    "snap",
    "_pb",
    ".pb.",
    "third_party",
    "node_modules",
    "fixture",
    "testdata",
    "build/",
];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let span = at..at + line.trim_end().len();
        at += line.len();
        let mut words = line.split_whitespace();
        let Some(pattern) = words.next().filter(|pattern| !pattern.starts_with('#')) else { continue };
        for word in words {
            out.extend(of(pattern, word).map(|grant| grant.at(span.clone())));
        }
    }
    out
}

fn of(pattern: &str, word: &str) -> Option<Grant> {
    let plain = pattern.trim_start_matches('/').replace("**/", "").replace("**", "*");
    match word {
        "-diff" | "binary" | "linguist-generated" | "linguist-generated=true" => {
            let severity = hidden(pattern)?;
            let who = Subject::new("whoever changes the files", "");
            Some(
                Grant::allow(HIDDEN, who, Reach::one(format!("changes of {plain}")), severity)
                    .level(1, "hidden from reviewers"),
            )
        }
        _ => {
            let (kind, name) = word.split_once('=').filter(|(kind, _)| matches!(*kind, "filter" | "merge" | "diff"))?;
            let is_known = matches!(name, "lfs" | "union" | "text" | "ours" | "git-crypt") || kind == "diff";
            let who = Subject::new("the checkout", "");
            let what = Reach::one(format!("the program {name} on {plain}"));
            let severity = if is_known { Severity::Low } else { Severity::Medium };
            (!is_known || name == "ours")
                .then(|| Grant::allow(DRIVER, who, what, severity).level(1, "run where it is set up"))
        }
    }
}

/// How bad it is not to see these files; `None` for what nobody reads anyway.
fn hidden(pattern: &str) -> Option<Severity> {
    let lower = pattern.to_ascii_lowercase();
    if MADE.iter().any(|word| lower.contains(word)) {
        return None;
    }
    let ending = lower.rsplit('.').next().unwrap_or_default();
    let is_code =
        CODE.contains(&ending) || matches!(pattern, "*" | "**") || lower.contains(".github") || lower.ends_with("/**");
    is_code.then_some(if matches!(pattern, "*" | "**") { Severity::High } else { Severity::Medium })
}
