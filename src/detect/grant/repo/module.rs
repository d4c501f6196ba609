//! Submodules: whose code becomes part of a checkout.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// `.gitmodules`. Source: gitmodules(5).
pub(in crate::detect::grant) static MODULES: Surface = Surface {
    files: &[".gitmodules"],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::Vanished,
    absent: Some(""),
    has_fixtures: false,
};

const RULE: &str = "submodule-source";

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut out = Vec::new();
    let mut name = "";
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let plain = line.trim();
        if let Some(header) = plain.strip_prefix("[submodule") {
            name = header.trim_end_matches(']').trim().trim_matches('"');
        }
        let Some((key, value)) = plain.split_once('=').map(|(key, value)| (key.trim(), value.trim())) else { continue };
        let span = start..start + line.trim_end().len();
        let subject = || Subject::new("submodule", name);
        match key {
            "url" => {
                let source = source(value);
                // A local path is another repository on whoever's machine this is.
                let severity = if value.starts_with("file:") || value.starts_with('/') {
                    Severity::High
                } else {
                    Severity::Medium
                };
                let what = Reach::one(format!("code from {}", source.replace(['*', '?'], "·")));
                out.push(Grant::allow(RULE, subject(), what, severity).level(1, "checked out").at(span));
            }
            "update" if value.starts_with('!') => {
                let what = Reach::one(format!("a run of {}", value.replace(['*', '?'], "·")));
                out.push(Grant::allow(RULE, subject(), what, Severity::Critical).alone(Severity::High).at(span));
            }
            _ => {}
        }
    }
    out
}

/// Host and owner of an address; a relative one stays with the repository's own.
fn source(url: &str) -> String {
    if url.starts_with("./") || url.starts_with("../") {
        return "the same host".to_owned();
    }
    let rest = url.split("://").nth(1).unwrap_or(url);
    let rest = rest.rsplit_once('@').map_or(rest, |(_, rest)| rest).replacen(':', "/", 1);
    let parts: Vec<&str> = rest.split('/').filter(|part| !part.is_empty()).take(2).collect();
    parts.join("/")
}
