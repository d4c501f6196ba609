//! `.gitleaksignore`: one fingerprint a line, `file:rule:line` or `commit:file:rule:line`.

use super::{Aim, Claim, Which};
use crate::keyed::Mistake;

/// Its name, at the top of the repository.
pub const NAME: &str = ".gitleaksignore";

/// What the file says.
///
/// # Errors
/// The first line that is no fingerprint.
pub fn claims(file: &str, text: &str) -> Result<Vec<Claim>, Mistake> {
    let mut out = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let message = || "is no fingerprint; one is written `file:rule:line` or `commit:file:rule:line`".to_owned();
        let mistake = || Mistake { file: file.to_owned(), line: number + 1, message: message() };
        let aim = aim(line).ok_or_else(mistake)?;
        out.push(Claim { file: file.to_owned(), line: number + 1, note: None, aim });
    }
    Ok(out)
}

fn aim(fingerprint: &str) -> Option<Aim> {
    // From the end, because a path may hold colons.
    let mut parts = fingerprint.rsplitn(3, ':');
    let line: usize = parts.next()?.parse().ok().filter(|line| *line > 0)?;
    let rule = parts.next().filter(|rule| !rule.is_empty())?.to_owned();
    let rest = parts.next()?;
    let commit = rest.split_once(':').filter(|(commit, _)| is_commit(commit));
    let path = commit.map_or(rest, |(_, path)| path);
    let path = path.strip_prefix("./").unwrap_or(path).replace('\\', "/");
    if path.is_empty() {
        return None;
    }
    if path.contains('!') {
        return Some(Aim::Lost("it stands inside an archive, which ringfence reads as it is".into()));
    }
    Some(match commit {
        Some((commit, _)) => Aim::Committed { commit: commit.to_owned(), path, line, rule },
        None => Aim::Line { path, line, which: Which::Of(rule) },
    })
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_anything_else_is_a_mistake() {
        let id = "1".repeat(40);
        let text = format!("# why\n\na b/c:d.env:aws-access-token:3\r\n{id}:./x.py:jwt:10\n");
        let found = claims(NAME, &text).unwrap();
        assert!(
            matches!(&found[0].aim, Aim::Line { path, line: 3, which: Which::Of(rule) } if path == "a b/c:d.env" && rule == "aws-access-token")
        );
        assert!(
            matches!(&found[1].aim, Aim::Committed { commit, path, line: 10, .. } if *commit == id && path == "x.py")
        );
        for wrong in ["a", "a:b", "a:b:c", "a:b:0", ":b:1", "a::1"] {
            assert_eq!(claims(NAME, &format!("#\n{wrong}\n")).unwrap_err().line, 2, "{wrong}");
        }
    }
}
