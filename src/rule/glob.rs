//! Globs that cost nothing to build: `*` and `?` and `[…]` within one name, `**` for any folders, `{a,b}` for choices.

/// A glob without choices.
#[derive(Clone, Debug)]
pub struct Glob(Vec<Part>);

/// What stands between two `/`.
#[derive(Clone, Debug)]
enum Part {
    /// Any number of names.
    Folders,
    /// This name.
    Name(Vec<u8>),
    /// Such a name.
    Like(Vec<Sign>),
}

#[derive(Clone, Debug)]
enum Sign {
    Byte(u8),
    One,
    Many,
    /// One of these, or one of no other.
    Set(Vec<u8>, Member),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    In,
    Out,
}

impl Glob {
    /// Reads a glob; what is no sign of one stands for itself.
    pub fn new(glob: &str) -> Self {
        Self(glob.split('/').map(Part::new).collect())
    }

    /// True if the whole path is such.
    pub fn is_match(&self, path: &str) -> bool {
        // Most globs are told by the last name alone.
        let name = path.rsplit_once('/').map_or(path, |(_, name)| name);
        if self.0.last().is_some_and(|last| !last.is_match(name.as_bytes())) {
            return false;
        }
        let names: Vec<&[u8]> = path.as_bytes().split(|b| *b == b'/').collect();
        leads(&self.0, &names)
    }
}

/// A glob once for each of its choices, which do not nest: `{a,b}_c` → `a_c`, `b_c`.
pub fn unfolded(glob: &str) -> Vec<String> {
    let Some((head, rest)) = glob.split_once('{') else { return vec![glob.to_owned()] };
    let Some((choices, tail)) = rest.split_once('}') else { return vec![glob.to_owned()] };
    let tails = unfolded(tail);
    choices.split(',').flat_map(|choice| tails.iter().map(move |tail| format!("{head}{choice}{tail}"))).collect()
}

/// Goes back to the last `**` only, which is enough, and keeps deep paths from costing more than they are long.
fn leads(parts: &[Part], names: &[&[u8]]) -> bool {
    let (mut part, mut at) = (0, 0);
    let mut again = None;
    while at < names.len() {
        match parts.get(part) {
            // At the end it stands for whatever is inside.
            Some(Part::Folders) if part + 1 == parts.len() => return true,
            Some(Part::Folders) => {
                part += 1;
                again = Some((part, at));
            }
            Some(own) if own.is_match(names[at]) => (part, at) = (part + 1, at + 1),
            _ => match again {
                Some((behind, from)) => {
                    again = Some((behind, from + 1));
                    (part, at) = (behind, from + 1);
                }
                None => return false,
            },
        }
    }
    part == parts.len()
}

impl Part {
    fn new(part: &str) -> Self {
        if part == "**" {
            return Self::Folders;
        }
        if !part.contains(['*', '?', '[']) {
            return Self::Name(part.into());
        }
        let mut signs = Vec::new();
        let mut rest = part.as_bytes();
        while let Some((first, behind)) = rest.split_first() {
            rest = behind;
            signs.push(match first {
                b'*' => Sign::Many,
                b'?' => Sign::One,
                b'[' => set(&mut rest),
                byte => Sign::Byte(*byte),
            });
        }
        Self::Like(signs)
    }

    fn is_match(&self, name: &[u8]) -> bool {
        match self {
            Self::Folders => true,
            Self::Name(own) => own == name,
            Self::Like(signs) => is_like(signs, name),
        }
    }
}

/// What stands behind `[`, up to its end; without one it stands for itself.
fn set<'a>(rest: &mut &'a [u8]) -> Sign {
    let text: &'a [u8] = rest;
    let (member, inner) = match text {
        [b'!' | b'^', inner @ ..] => (Member::Out, inner),
        inner => (Member::In, inner),
    };
    // The first may be the end itself.
    let Some(end) = inner.iter().skip(1).position(|b| *b == b']').map(|at| at + 1) else { return Sign::Byte(b'[') };
    let (mut listed, mut all) = (&inner[..end], Vec::new());
    while let Some((first, behind)) = listed.split_first() {
        listed = match behind {
            [b'-', last, behind @ ..] => {
                all.extend(*first..=*last);
                behind
            }
            _ => {
                all.push(*first);
                behind
            }
        };
    }
    *rest = &inner[end + 1..];
    Sign::Set(all, member)
}

/// Goes back to the last `*` only, which is enough.
fn is_like(signs: &[Sign], name: &[u8]) -> bool {
    let (mut sign, mut at) = (0, 0);
    let mut again = None;
    while at < name.len() {
        if matches!(signs.get(sign), Some(Sign::Many)) {
            again = Some((sign + 1, at));
            sign += 1;
        } else if signs.get(sign).is_some_and(|sign| sign.is_match(name[at])) {
            (sign, at) = (sign + 1, at + 1);
        } else if let Some((behind, from)) = again {
            again = Some((behind, from + 1));
            (sign, at) = (behind, from + 1);
        } else {
            return false;
        }
    }
    signs[sign.min(signs.len())..].iter().all(|sign| matches!(sign, Sign::Many))
}

impl Sign {
    fn is_match(&self, byte: u8) -> bool {
        match self {
            Self::Byte(own) => *own == byte,
            Self::One => true,
            Self::Many => false,
            Self::Set(all, member) => all.contains(&byte) == (*member == Member::In),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn globset(glob: &str) -> Option<globset::GlobMatcher> {
        let glob = globset::GlobBuilder::new(glob).literal_separator(true).build().ok()?;
        Some(glob.compile_matcher())
    }

    #[test]
    fn globs_match_as_everyone_expects() {
        for (glob, path, is) in [
            ("**/a.yml", "a.yml", true),
            ("**/a.yml", "b/c/a.yml", true),
            ("a/*.yml", "a/b/c.yml", false),
            ("a/**", "a", false),
            ("a/**", "a/b/c", true),
            ("a/**/b", "a/b", true),
            ("**/x*y*.{z", "q/xayb.{z", true),
            ("[[]...n[]].ts", "[...n].ts", true),
            ("[!a-c]d", "ad", false),
            ("[!a-c]d", "ed", true),
            ("[a", "[a", true),
        ] {
            assert_eq!(Glob::new(glob).is_match(path), is, "{glob} {path}");
        }
        assert_eq!(unfolded("a{b,}{c,d}"), ["abc", "abd", "ac", "ad"]);
    }

    proptest! {
        #[test]
        fn they_match_what_the_library_matches(glob in "([ab.*?]{1,3}|\\*\\*)(/([ab.*?]{1,3}|\\*\\*)){0,3}", path in "[ab.]{1,4}(/[ab.]{1,3}){0,3}") {
            // Stars that stand together with others mean different things in different places.
            prop_assume!(glob.split('/').all(|part| part == "**" || !part.contains("**")) && !glob.contains("**/**"));
            if let Some(library) = globset(&glob) {
                prop_assert_eq!(Glob::new(&glob).is_match(&path), library.is_match(&path), "{} {}", glob, path);
            }
        }
    }
}
