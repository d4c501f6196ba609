//! Fences round a workspace: where a change may write.

use crate::unit::PathGlob;

/// One fence: a change stays inside of it, or leaves it.
#[derive(Clone, Debug)]
pub struct Fence {
    /// What draws it, in words.
    pub drawn_by: &'static str,
    /// What lies inside.
    pub inside: Vec<PathGlob>,
}

impl Fence {
    /// True if `path`, as reports show it, lies inside.
    pub fn holds(&self, path: &str) -> bool {
        self.inside.iter().any(|glob| glob.matches(path) || is_below(path, glob.text()))
    }
}

/// True if `folder`, which is no pattern, is a folder above `path`.
fn is_below(path: &str, folder: &str) -> bool {
    let is_pattern = folder.contains(['*', '?', '[', '{', '\\']);
    !is_pattern && path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_holds_what_its_globs_mean_and_what_stands_in_its_folders() {
        let inside = ["src", "tests/**", "docs/", "*.md"].map(|glob| PathGlob::parse(glob).unwrap()).to_vec();
        let fence = Fence { drawn_by: "a test", inside };
        for path in ["src/a.rs", "src/a/b.rs", "tests/it/a.rs", "docs/a.md", "README.md"] {
            assert!(fence.holds(path), "{path}");
        }
        for path in ["srcs/a.rs", "a/src/b.rs", "Cargo.toml", "a/README.md", ".github/workflows/ci.yml"] {
            assert!(!fence.holds(path), "{path}");
        }
    }
}
