//! CODEOWNERS: which paths nobody has to approve any more.

use crate::detect::grant::wide::Wide;
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Owners of paths on GitHub and GitLab.
///
/// The last pattern that matches a path decides; one without owners takes them away. Source: "About code owners" in
/// GitHub's documentation, "Code Owners" in GitLab's.
pub(in crate::detect::grant) static OWNERS: Surface = Surface {
    files: &["CODEOWNERS", ".github/CODEOWNERS", ".gitlab/CODEOWNERS", "docs/CODEOWNERS"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: false,
};

const RULE: &str = "codeowners";
/// What paths are called where a mistake costs most.
const SENSITIVE: [&str; 12] = [
    ".github",
    "codeowners",
    "auth",
    "security",
    "policy",
    "polici",
    "deploy",
    "infra",
    "terraform",
    "secret",
    "payment",
    "ci",
];

/// One line: the paths, and the owners that it names.
struct Line {
    paths: Vec<String>,
    pattern: String,
    owners: Vec<String>,
    span: std::ops::Range<usize>,
}

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let lines = lines(input.text);
    let (mut all, mut owned) = (Wide::default(), Wide::default());
    for (at, line) in lines.iter().enumerate() {
        line.paths.iter().for_each(|path| all.add(path, at));
        if !line.owners.is_empty() {
            line.paths.iter().for_each(|path| owned.add(path, at));
        }
    }
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        // A line that later ones cover decides nothing.
        if line.paths.iter().all(|path| all.holding(path).any(|later| later > at)) {
            continue;
        }
        // Without owners it is a hole where earlier lines have some; where none has, nobody owned the paths anyway.
        let is_covered = || line.paths.iter().all(|path| owned.holding(path).any(|earlier| earlier < at));
        if line.owners.is_empty() && !is_covered() {
            continue;
        }
        let severity = severity(&line.pattern);
        let who = Subject::new("the repository", "");
        let grant = if line.owners.is_empty() {
            let grant =
                Grant::allow(RULE, who, labelled("changes without an owner's approval of", &line.paths), severity);
            grant.level(1, "possible")
        } else {
            let is_team = line.owners.iter().any(|owner| owner.contains('/'));
            let grant = Grant::guard(RULE, who, labelled("an owner of", &line.paths), severity);
            if is_team { grant.level(2, "a team") } else { grant.level(1, "single people") }
        };
        out.push(grant.at(line.span.clone()));
    }
    out
}

/// Who `text` says must approve changes of `path`: the last line that matches decides.
pub(in crate::detect) fn owners_of(text: &str, path: &str) -> Vec<String> {
    let path = Reach::of(vec![format!("/{path}")]);
    let line = lines(text).into_iter().rev().find(|line| Reach::of(line.paths.clone()).holds(&path));
    line.map(|line| line.owners).unwrap_or_default()
}

fn labelled(what: &str, paths: &[String]) -> Reach {
    Reach::of(paths.iter().map(|path| format!("{what} {path}")))
}

fn severity(pattern: &str) -> Severity {
    let lower = pattern.to_ascii_lowercase();
    let is_sensitive = |part: &str| {
        SENSITIVE.iter().any(|word| part == *word || part.len() > 3 && word.len() > 3 && part.contains(word))
    };
    if pattern == "*" || lower.split('/').any(is_sensitive) { Severity::High } else { Severity::Medium }
}

fn lines(text: &str) -> Vec<Line> {
    let mut out = Vec::new();
    let mut defaults: Vec<String> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let line = line.trim_end();
        let plain = line.split(" #").next().unwrap_or(line).trim();
        if plain.is_empty() || plain.starts_with('#') {
            continue;
        }
        // A section of GitLab's, with the owners that its lines have without a word.
        if let Some(rest) = plain.trim_start_matches('^').strip_prefix('[') {
            let after = rest.split_once(']').map_or("", |(_, after)| after);
            defaults = after.split_whitespace().filter(|word| is_owner(word)).map(str::to_owned).collect();
            continue;
        }
        let mut words = plain.split_whitespace();
        let pattern = words.next().unwrap_or_default().to_owned();
        let own: Vec<String> = words.filter(|word| is_owner(word)).map(str::to_owned).collect();
        let owners = if own.is_empty() { defaults.clone() } else { own };
        out.push(Line { paths: paths(&pattern), pattern, owners, span: start..start + line.len() });
    }
    out
}

fn is_owner(word: &str) -> bool {
    word.contains('@')
}

/// The pattern as paths that begin with `/`: a folder is all that is in it.
fn paths(pattern: &str) -> Vec<String> {
    let is_folder = pattern.ends_with('/');
    let plain = pattern.trim_end_matches('/');
    let is_rooted = plain.contains('/');
    let plain = plain.trim_start_matches('/').replace("**/", "*").replace("**", "*");
    if plain == "*" && !is_rooted {
        return vec!["/*".to_owned()];
    }
    let whole = if is_rooted { format!("/{plain}") } else { format!("*/{plain}") };
    match (is_folder, whole.ends_with('*')) {
        (true, _) => vec![format!("{whole}/*")],
        (false, true) => vec![whole],
        (false, false) => vec![whole.clone(), format!("{whole}/*")],
    }
}
