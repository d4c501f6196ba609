//! Names that announce a secret, by the words they end in.

use std::collections::HashSet;

use super::flow::Flow;
use super::words::words;

/// How surely a name announces a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Announces {
    /// It has other meanings, too.
    Perhaps,
    /// It has no other.
    Surely,
}

/// Words that may follow the one that tells.
const TAILS: [&str; 13] =
    ["value", "val", "string", "str", "text", "plain", "plaintext", "raw", "b64", "base64", "data", "env", "var"];

/// The names of one rule.
#[derive(Clone, Debug)]
pub struct Names {
    ends: Vec<(Announces, End)>,
    not: HashSet<String>,
    /// Pairs of words that belong together.
    not_pairs: Vec<(String, String)>,
}

/// How a name ends.
#[derive(Clone, Debug)]
struct End {
    words: Vec<String>,
    /// True if another word must stand before.
    follows: bool,
}

impl Names {
    pub(super) fn new(flow: &Flow) -> Self {
        let end = |text: &String| {
            let (follows, rest) = text.strip_prefix("*_").map_or((false, text.as_str()), |rest| (true, rest));
            End { words: split(rest), follows }
        };
        let strong = flow.names.iter().map(|text| (Announces::Surely, end(text)));
        let weak = flow.weak_names.iter().map(|text| (Announces::Perhaps, end(text)));
        let mut out = Self { ends: strong.chain(weak).collect(), not: HashSet::new(), not_pairs: Vec::new() };
        for text in &flow.not_names {
            match split(text).as_slice() {
                [one] => drop(out.not.insert(one.clone())),
                [one, two, ..] => out.not_pairs.push((one.clone(), two.clone())),
                [] => {}
            }
        }
        out
    }

    /// Words one of which stands in every name that announces something.
    pub(super) fn marks(&self) -> Vec<String> {
        let last = |end: &End| end.words.last().map(|word| mark(word).to_owned());
        let mut marks: Vec<String> = self.ends.iter().filter_map(|(_, end)| last(end)).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// What `name` announces, if anything.
    pub fn announce(&self, name: &[u8]) -> Option<Announces> {
        // Several of them are a folder, a list or a number more often than their values.
        if [&b"ecrets"[..], b"okens", b"ECRETS", b"OKENS"].iter().any(|end| name.ends_with(end)) {
            return None;
        }
        let mut all: Vec<String> = words(name).into_iter().map(|word| word.text).collect();
        for word in &mut all {
            if word.len() > 2 {
                word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
            }
        }
        all.retain(|word| !word.is_empty());
        loop {
            if let Some(how) = self.stands(&all) {
                return Some(how);
            }
            // A word may follow that says what the value is made of.
            if all.len() < 2 || !all.pop().is_some_and(|last| TAILS.contains(&last.as_str())) {
                return None;
            }
        }
    }

    /// What a name of these words announces.
    fn stands(&self, all: &[String]) -> Option<Announces> {
        if all.windows(2).any(|pair| self.not_pairs.iter().any(|(a, b)| pair[0] == *a && pair[1] == *b)) {
            return None;
        }
        let fits = |end: &End| {
            // A word that is harmless elsewhere is none in a name that the rule spells out.
            let is_harmless = |word: &String| self.not.contains(word);
            all.strip_suffix(end.words.as_slice())
                .is_some_and(|rest| (!end.follows || !rest.is_empty()) && !rest.iter().any(is_harmless))
        };
        self.ends.iter().filter(|(_, end)| fits(end)).map(|(how, _)| *how).max()
    }
}

/// What of a word stands in every spelling of it: `api_key` is one word, too.
fn mark(word: &str) -> &str {
    let halves = ["word", "phrase", "key"].iter();
    halves.filter_map(|half| word.strip_suffix(half)).find(|rest| rest.len() > 2).unwrap_or(word)
}

fn split(text: &str) -> Vec<String> {
    words(text.as_bytes()).into_iter().map(|word| word.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_by_their_end() {
        let flow = Flow {
            names: ["password", "api_key", "*_token", "connection_string", "database_url"].map(str::to_owned).to_vec(),
            weak_names: vec!["token".to_owned()],
            not_names: ["page", "cancellation", "has", "url"].map(str::to_owned).to_vec(),
            ..Flow::default()
        };
        let names = Names::new(&flow);
        for (name, expected) in [
            ("dbPassword", Some(Announces::Surely)),
            ("DB_PASSWORD2", Some(Announces::Surely)),
            ("apiKey", Some(Announces::Surely)),
            ("accessToken", Some(Announces::Surely)),
            ("token", Some(Announces::Perhaps)),
            ("passwordValue", Some(Announces::Surely)),
            ("connectionString", Some(Announces::Surely)),
            ("DATABASE_URL", Some(Announces::Surely)),
            ("passwordUrl", None),
            ("urlPassword", None),
            ("connection", None),
            ("nextPageToken", None),
            ("hasPassword", None),
            ("passwordField", None),
            ("tokenizer", None),
            ("monkey", None),
        ] {
            assert_eq!(names.announce(name.as_bytes()), expected, "{name}");
        }
    }
}
