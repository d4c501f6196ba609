//! File modes: documents and data that a change makes executable.

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;
use crate::unit::Mode;

/// Executable files whose names say that nothing in them is meant to run. Git keeps one bit of a mode. Source:
/// git-update-index, `--chmod`.
pub(in crate::detect::grant) static EXECUTABLE: Surface = Surface {
    // By what they are; `is_data` has the names.
    files: &[],
    marks: &[],
    needs: None,
    grants,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: Some(""),
    has_fixtures: false,
};

const RULE: &str = "executable-data";
/// Endings of what is read, shown or unpacked, but not run.
const DATA: [&str; 34] = [
    "adoc",
    "avif",
    "bmp",
    "cfg",
    "conf",
    "css",
    "csv",
    "env",
    "gif",
    "ico",
    "ini",
    "jpeg",
    "jpg",
    "json",
    "lock",
    "log",
    "md",
    "mp3",
    "mp4",
    "pdf",
    "pem",
    "png",
    "properties",
    "rst",
    "svg",
    "toml",
    "tsv",
    "ttf",
    "txt",
    "wav",
    "webp",
    "woff",
    "xml",
    "yml",
];

/// True if the name says that the file is no program.
pub(in crate::detect::grant) fn is_data(path: &[u8]) -> bool {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
    let ending = name.rsplit(|b| *b == b'.').next().unwrap_or(name);
    ending.len() < name.len() && DATA.iter().any(|data| ending.eq_ignore_ascii_case(data.as_bytes()))
}

fn grants(input: &Input<'_>, _: World) -> Vec<Grant> {
    // What begins like a script says itself that it runs.
    if input.mode != Mode::Executable || !is_data(input.path.as_bytes()) || input.text.starts_with("#!") {
        return Vec::new();
    }
    let who = Subject::new("whoever works with the files", "");
    let what = Reach::one("running this file");
    vec![Grant::allow(RULE, who, what, Severity::Low).level(1, "by its mode")]
}
