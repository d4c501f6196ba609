//! Ignore lists: what keeps secrets out of commits, images and packages.

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::Node;
use crate::finding::Severity;

/// `.gitignore`. Source: gitignore(5).
pub(in crate::detect::grant) static GIT: Surface = Surface { files: &["**/.gitignore"], grants: git, ..PLAIN };

/// `.dockerignore`, whose patterns start at its folder. Source: ".dockerignore files" in Docker's documentation.
pub(in crate::detect::grant) static DOCKER: Surface =
    Surface { files: &["**/.dockerignore", "**/*.dockerignore"], grants: docker, ..PLAIN };

/// `.npmignore`, and `files` of `package.json`. Source: "files" in npm's documentation.
pub(in crate::detect::grant) static NPM: Surface = Surface { files: &["**/.npmignore"], grants: npm, ..PLAIN };

/// What `package.json` publishes. Source: the same.
pub(in crate::detect::grant) static FILES: Surface =
    Surface { files: &["**/package.json"], marks: &["\"files\""], grants: files, newcomers: Newcomers::Known, ..PLAIN };

const PLAIN: Surface = Surface {
    files: &[],
    marks: &[],
    needs: None,
    grants: git,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "ignore-list";
/// Files that hold secrets: each stands for its kind.
const SECRETS: [&str; 20] = [
    ".env",
    ".env.local",
    ".env.production",
    "server.pem",
    "server.key",
    "private.key",
    "id_rsa",
    "id_ed25519",
    "release.p12",
    "release.pfx",
    "release.jks",
    "release.keystore",
    "credentials.json",
    "service-account.json",
    "secrets.yml",
    "secrets.json",
    "terraform.tfstate",
    "terraform.tfvars",
    "config/master.key",
    ".netrc",
];

fn git(input: &Input<'_>, _: World) -> Vec<Grant> {
    kept(input, "the repository", str::to_owned, &[])
}

fn npm(input: &Input<'_>, _: World) -> Vec<Grant> {
    kept(input, "the package", str::to_owned, &[])
}

fn docker(input: &Input<'_>, _: World) -> Vec<Grant> {
    let rooted = |line: &str| match line.strip_prefix('!') {
        Some(rest) => format!("!/{}", rest.trim_start_matches('/')),
        None if line.starts_with('#') || line.starts_with("**/") || line.starts_with('/') => line.to_owned(),
        None => format!("/{}", line.trim_start_matches("./")),
    };
    kept(input, "the image", rooted, &[".git"])
}

/// The secrets that a list keeps out, each where the last pattern that matches it stands.
fn kept(input: &Input<'_>, what: &'static str, rewritten: fn(&str) -> String, folders: &[&str]) -> Vec<Grant> {
    let lines: Vec<&str> = input.text.lines().collect();
    let rules = built(&lines, rewritten);
    let is_nested = input.path.contains('/');
    let severity = if is_nested { Severity::Low } else { Severity::Medium };
    let subject = || Subject::new(what, "");
    let mut out = Vec::new();
    let probes = SECRETS.iter().map(|name| (*name, false)).chain(folders.iter().map(|name| (*name, true)));
    for (name, is_folder) in probes {
        let found = rules.matched(name, is_folder);
        let Some(glob) = found.inner().filter(|_| found.is_ignore()) else { continue };
        let place = lines.iter().rposition(|line| rewritten(line.trim_end()) == glob.original());
        let span = place.map_or(0..0, |place| {
            let start: usize = input.text.split_inclusive('\n').take(place).map(str::len).sum();
            start..start + lines[place].len()
        });
        let kept = Reach::one(format!("a pattern that keeps {name} out"));
        out.push(Grant::guard(RULE, subject(), kept, severity).level(1, "there").at(span));
    }
    if !out.is_empty() {
        let all = Reach::one("every pattern that keeps secrets out");
        out.push(Grant::guard(RULE, subject(), all, severity).level(1, "there").at(0..input.text.len()));
    }
    out
}

fn built(lines: &[&str], rewritten: fn(&str) -> String) -> Gitignore {
    let mut builder = GitignoreBuilder::new("");
    for line in lines.iter().filter(|line| concerns_secrets(line)) {
        // A line that no pattern can be made of matches nothing in git either.
        let _ = builder.add_line(None, &rewritten(line.trim_end()));
    }
    builder.build().unwrap_or_else(|_| Gitignore::empty())
}

/// True for a pattern that may match one of the probes: the others cost time.
fn concerns_secrets(line: &str) -> bool {
    let is_wide = line.contains(['*', '?', '[', '\\']);
    let last = line.trim().trim_end_matches('/').rsplit(['/', '!']).next().unwrap_or_default();
    let is_probe = || SECRETS.iter().chain(&[".git"]).any(|probe| probe.split('/').any(|part| part == last));
    !line.trim().is_empty() && (is_wide || is_probe())
}

fn files(input: &Input<'_>, _: World) -> Vec<Grant> {
    let Some(root) = input.json().root() else { return Vec::new() };
    if root.get("private").is_some_and(Node::is_true) {
        return Vec::new();
    }
    let subject = Subject::new("the package", "");
    let what = Reach::one("publication of every file of its folder");
    let grant = Grant::allow(RULE, subject, what, Severity::Low);
    vec![match root.entry("files") {
        Some((key, list)) if !list.texts().any(|name| matches!(name, "*" | "**" | "." | "./" | "**/*")) => {
            grant.level(0, "what `files` lists").at(key.span().start..list.span().end)
        }
        Some((key, list)) => grant.level(1, "`files` lists all").at(key.span().start..list.span().end),
        None => grant.level(1, "no `files`").at(root.span().start..root.span().start),
    }]
}
