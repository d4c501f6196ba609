//! Symbolic links: what of the machine becomes part of the repository.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;
use crate::unit::Mode;

/// Links. Their text is their target; git makes them as they are, wherever they lead. Source: gitglossary, "mode 120000".
pub(in crate::detect::grant) static LINK: Surface = Surface {
    // By what they are, not by name.
    files: &[],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: true,
};

const RULE: &str = "link-out-of-tree";
/// Targets that open more than one file.
const DANGEROUS: [&str; 10] = ["/etc", "/root", "/proc", "/dev", "/var/run", "/run", ".ssh", ".aws", ".kube", ".gnupg"];

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let target = input.text.trim_end_matches('\n');
    if input.mode != Mode::Link || target.is_empty() {
        return Vec::new();
    }
    let reaches_git = target.split('/').any(|part| part.eq_ignore_ascii_case(".git"));
    if !leaves(input.path, target) && !reaches_git {
        return Vec::new();
    }
    let is_dangerous =
        DANGEROUS.iter().any(|word| target.starts_with(word) || target.split('/').any(|part| part == *word));
    let severity = if is_dangerous || reaches_git { Severity::Critical } else { Severity::High };
    let who = Subject::new("whoever works with the files", "");
    let what = Reach::one(format!("what stands at {}", target.replace(['*', '?'], "·")));
    vec![Grant::allow(RULE, who, what, severity).level(1, "by a link").alone(Severity::Medium).at(0..target.len())]
}

/// True if the target is absolute, or has more steps up than the link has folders above it.
fn leaves(path: &str, target: &str) -> bool {
    let is_absolute = target.starts_with(['/', '\\', '~']) || target.as_bytes().get(1) == Some(&b':');
    let mut depth = path.split('/').count() as i64 - 1;
    let goes_out = target.split('/').any(|part| {
        match part {
            ".." => depth -= 1,
            "." | "" => {}
            _ => depth += 1,
        }
        depth < 0
    });
    is_absolute || goes_out
}
