//! Which surfaces look at a file: its name is looked up, and only the globs that can match it are tried.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::repo::{EXECUTABLE, FENCE, LINK, is_data};
use super::{SURFACES, Surface};
use crate::rule::{Glob, unfolded};
use crate::unit::{Mode, RepoPath};

/// A glob, and the place of its surface in the list.
type Owned = (Glob, usize);

/// The globs of all surfaces, by what a name must have to match.
#[derive(Default)]
struct Files {
    /// By the whole name.
    by_name: HashMap<String, Vec<Owned>>,
    /// By what stands after the last dot of the name.
    by_ending: HashMap<String, Vec<Owned>>,
    /// By a folder that the path must have.
    by_folder: HashMap<String, Vec<Owned>>,
    /// By what stands before the first dot of the name.
    by_stem: HashMap<String, Vec<Owned>>,
    /// Those that fix nothing of it.
    others: Vec<Owned>,
}

/// Constant data, built once.
static FILES: LazyLock<Files> = LazyLock::new(|| {
    let mut files = Files::default();
    for (at, surface) in SURFACES.iter().enumerate() {
        surface.files.iter().flat_map(|glob| unfolded(glob)).for_each(|glob| files.add(&glob, at));
    }
    files
});

impl Files {
    fn add(&mut self, glob: &str, at: usize) {
        let matcher = Glob::new(glob);
        let is_plain = |part: &str| !part.is_empty() && !part.contains(['*', '?', '[', ']']);
        let (folders, name) = glob.rsplit_once('/').unwrap_or(("", glob));
        let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| is_plain(ending));
        let folder = folders.split('/').find(|folder| is_plain(folder));
        let stem = name.split_once('.').map(|(stem, _)| stem).filter(|stem| is_plain(stem));
        let (map, key) = match (is_plain(name), ending, folder, stem) {
            (true, ..) => (&mut self.by_name, name),
            (_, Some(ending), ..) => (&mut self.by_ending, ending),
            (_, _, Some(folder), _) => (&mut self.by_folder, folder),
            (.., Some(stem)) => (&mut self.by_stem, stem),
            _ => return self.others.push((matcher, at)),
        };
        map.entry(key.to_owned()).or_default().push((matcher, at));
    }

    fn matching(&self, path: &str) -> Vec<usize> {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let ending = name.rsplit_once('.').and_then(|(_, ending)| self.by_ending.get(ending));
        let stem = name.split_once('.').and_then(|(stem, _)| self.by_stem.get(stem));
        let named = self.by_name.get(name).into_iter().chain(ending).chain(stem);
        let inside = folders.split('/').filter_map(|folder| self.by_folder.get(folder));
        let asked = named.chain(inside).flatten().chain(&self.others);
        let mut found: Vec<usize> = asked.filter(|(glob, _)| glob.is_match(path)).map(|(_, at)| *at).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The surfaces that look at files of this path, by their place in the list. A link is no file of that name.
pub(super) fn wanted(path: &RepoPath, mode: Option<Mode>) -> Vec<usize> {
    if mode == Some(Mode::Link) {
        return place_of(&LINK).into_iter().collect();
    }
    let mut found = match std::str::from_utf8(path.as_bytes()) {
        Ok(path) => FILES.matching(path),
        Err(_) => FILES.matching(&String::from_utf8_lossy(path.as_bytes())),
    };
    // Where letters do not count, it is the policy.
    if is_policy_in_other_letters(path.as_bytes()) {
        found.extend(place_of(&FENCE));
    }
    if mode == Some(Mode::Executable) && is_data(path.as_bytes()) {
        found.extend(place_of(&EXECUTABLE));
    }
    found
}

fn is_policy_in_other_letters(path: &[u8]) -> bool {
    let name = FENCE.files.first().map_or(&b""[..], |name| name.as_bytes());
    path.eq_ignore_ascii_case(name) && path != name
}

fn place_of(surface: &'static Surface) -> Option<usize> {
    SURFACES.iter().position(|known| std::ptr::eq(*known, surface))
}

#[cfg(test)]
mod tests {
    use super::*;
    use globset::{Error, GlobBuilder, GlobMatcher};

    fn built(glob: &str) -> Result<globset::Glob, Error> {
        GlobBuilder::new(glob).literal_separator(true).empty_alternates(true).build()
    }

    #[test]
    fn every_glob_is_sound() {
        for glob in SURFACES.iter().flat_map(|surface| surface.files) {
            assert!(built(glob).is_ok(), "{glob}");
            assert!(!unfolded(glob).iter().any(|glob| glob.contains(['{', '}'])), "{glob}: braces nest");
        }
    }

    #[test]
    fn looking_up_finds_what_matching_all_finds() {
        let all: Vec<(GlobMatcher, usize)> = SURFACES
            .iter()
            .enumerate()
            .flat_map(|(at, surface)| {
                surface.files.iter().map(move |glob| (built(glob).unwrap().compile_matcher(), at))
            })
            .collect();
        for path in [
            ".github/workflows/ci.yml",
            "a/b/Dockerfile",
            "Dockerfile.dev",
            "x.tf",
            "deploy/role.yaml",
            ".claude/settings.local.json",
            "src/main.rs",
            "CODEOWNERS",
            "a/.cursorignore",
            "etc/sudoers.d/x",
            "app/src/main/AndroidManifest.xml",
            "db/migrations/1_x.sql",
            "conf/nginx.conf",
            "a.",
            "etc/pam.d/login",
            "deploy/nginx/sites/a",
            "x/Caddyfile.dev",
            "x/sshd_config.d/50-a",
            "my-iptables-rules",
            "pam.d",
            "",
        ] {
            let mut plain: Vec<usize> = all.iter().filter(|(glob, _)| glob.is_match(path)).map(|(_, at)| *at).collect();
            plain.sort_unstable();
            plain.dedup();
            assert_eq!(FILES.matching(path), plain, "{path}");
        }
    }
}
