//! `.gitleaks.toml`: allowlists for everything and for single rules.

use super::pattern::Pattern;
use super::{Against, Aim, Claim, ValueTest, line_of, mistake, sound};
use crate::document::{self, Node};
use crate::keyed::Mistake;

/// Its name, at the top of the repository.
pub const NAME: &str = ".gitleaks.toml";

const NO_PATH: &str = "names no path, and an entry of the policy is about one finding in one place; scan, and set aside what \
                       is reported";
const COMMITS: &str = "names a commit, which is past: files and changes are judged, not single commits";
const MATCH: &str = "is held against what a rule of the other scanner matched, which is not known here";
const UNREADABLE: &str = "is a pattern that ringfence cannot read";

/// What the file says.
///
/// # Errors
/// It is no TOML, or something in it is not what the other scanner takes.
pub fn claims(file: &str, text: &str) -> Result<Vec<Claim>, Mistake> {
    let document = document::toml(text);
    sound(file, text, &document)?;
    let mut page = Page { file, text, claims: Vec::new() };
    let Some(root) = document.root() else { return Ok(Vec::new()) };
    page.lists(root, None)?;
    let rules = root.get("rules");
    let own: Vec<Node<'_>> =
        rules.into_iter().flat_map(Node::items).filter(|r| r.has("regex") || r.has("path")).collect();
    for rule in rules.into_iter().flat_map(Node::items) {
        page.lists(rule, rule.get("id").and_then(Node::text))?;
    }
    if let Some(first) = own.first() {
        let count = own.len();
        page.lost(
            *first,
            format!("rules of its own ({count}) are not read; `--rules` takes yours, written as CONTRIBUTING.md says"),
        );
    }
    if let Some(off) = root.path(&["extend", "disabledRules"]) {
        page.lost(
            off,
            "switches rules off by their names there; `[[rule]]` with `severity = \"off\"` does so by ours".into(),
        );
    }
    Ok(page.claims)
}

struct Page<'t> {
    file: &'t str,
    text: &'t str,
    claims: Vec<Claim>,
}

/// One allowlist.
struct List<'d> {
    node: Node<'d>,
    rules: Vec<String>,
    note: Option<String>,
    commits: Vec<Node<'d>>,
    paths: Vec<Node<'d>>,
    regexes: Vec<Node<'d>>,
    words: Vec<Node<'d>>,
    target: Target,
}

/// What the patterns of a list are held against.
enum Target {
    Known(Against),
    Match,
}

impl Page<'_> {
    /// The allowlists of the top or of a rule, in both spellings.
    fn lists(&mut self, of: Node<'_>, rule: Option<&str>) -> Result<(), Mistake> {
        for key in ["allowlist", "allowlists"] {
            for node in of.get(key).into_iter().flat_map(Node::one_or_many) {
                if !node.is_map() {
                    return Err(self.mistake(node, format!("`{key}` is a table")));
                }
                self.list(node, rule)?;
            }
        }
        Ok(())
    }

    fn list(&mut self, node: Node<'_>, rule: Option<&str>) -> Result<(), Mistake> {
        let named = self.texts(node, "targetRules")?;
        let rules = named.into_iter().filter_map(Node::text).chain(rule).map(str::to_owned).collect();
        let target = match node.get("regexTarget").and_then(Node::text) {
            None | Some("" | "secret") => Target::Known(Against::Value),
            Some("line") => Target::Known(Against::Line),
            Some("match") => Target::Match,
            Some(_) => return Err(self.mistake(node, "`regexTarget` is `secret`, `match` or `line`".into())),
        };
        let condition = node.get("condition").and_then(Node::text).unwrap_or("OR").to_ascii_uppercase();
        let list = List {
            node,
            rules,
            note: node.get("description").and_then(Node::text).map(str::to_owned),
            commits: self.texts(node, "commits")?,
            paths: self.texts(node, "paths")?,
            regexes: self.texts(node, "regexes")?,
            words: self.texts(node, "stopwords")?,
            target,
        };
        match condition.as_str() {
            "OR" | "||" | "" => self.any(&list),
            "AND" | "&&" => self.all(list),
            _ => return Err(self.mistake(node, "`condition` is `OR` or `AND`".into())),
        }
        Ok(())
    }

    /// Each criterion counts on its own.
    fn any(&mut self, list: &List<'_>) {
        for path in &list.paths {
            self.files(*path, list, None);
        }
        for (nodes, why) in [(&list.commits, COMMITS), (&list.regexes, NO_PATH), (&list.words, NO_PATH)] {
            nodes.iter().for_each(|node| self.lost(*node, why.into()));
        }
    }

    /// All criteria count together.
    fn all(&mut self, list: List<'_>) {
        let against = match &list.target {
            Target::Known(against) => *against,
            Target::Match if list.regexes.is_empty() => Against::Value,
            Target::Match => return self.lost(list.node, MATCH.into()),
        };
        if !list.commits.is_empty() {
            return self.lost(list.node, COMMITS.into());
        }
        if list.paths.is_empty() {
            return self.lost(list.node, NO_PATH.into());
        }
        for path in &list.paths {
            let patterns: Option<Vec<_>> = list.regexes.iter().map(|node| Pattern::new(node.text()?)).collect();
            let Some(patterns) = patterns else { return self.lost(list.node, UNREADABLE.into()) };
            let words = list.words.iter().filter_map(|node| node.text()).map(str::to_owned).collect();
            self.files(*path, &list, Some(ValueTest { patterns, against, words }));
        }
    }

    fn files(&mut self, path: Node<'_>, list: &List<'_>, value: Option<ValueTest>) {
        let aim = match path.text().and_then(Pattern::new) {
            Some(path) => Aim::Files { path, rules: list.rules.clone(), value },
            None => Aim::Lost(UNREADABLE.into()),
        };
        self.add(path, list.note.clone(), aim);
    }

    fn lost(&mut self, node: Node<'_>, why: String) {
        self.add(node, None, Aim::Lost(why));
    }

    fn add(&mut self, node: Node<'_>, note: Option<String>, aim: Aim) {
        let line = line_of(self.text, node.span().start);
        self.claims.push(Claim { file: self.file.to_owned(), line, note, aim });
    }

    fn texts<'d>(&self, node: Node<'d>, key: &str) -> Result<Vec<Node<'d>>, Mistake> {
        let Some(list) = node.get(key) else { return Ok(Vec::new()) };
        let items: Vec<Node<'d>> = list.items().collect();
        if !list.is_list() || items.iter().any(|item| item.text().is_none()) {
            return Err(self.mistake(list, format!("`{key}` is a list of texts")));
        }
        Ok(items)
    }

    fn mistake(&self, node: Node<'_>, message: String) -> Mistake {
        mistake(self.file, self.text, node.span().start, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let claims = claims(NAME, text).unwrap();
        let said = |claim: &Claim| match &claim.aim {
            Aim::Files { rules, value, .. } => format!("{}: files {rules:?} {}", claim.line, value.is_some()),
            Aim::Lost(why) => format!("{}: {}", claim.line, why.split(' ').take(3).collect::<Vec<_>>().join(" ")),
            other => format!("{other:?}"),
        };
        claims.iter().map(said).collect()
    }

    #[test]
    fn every_criterion_is_carried_or_named() {
        let text = "[allowlist]\npaths = [\n  '''docs/''',\n  '''(''',\n]\ncommits = ['abc']\nregexes = ['x']\nstopwords = ['y']\n\
                    [[allowlists]]\ntargetRules = ['jwt']\ncondition = 'AND'\npaths = ['a']\nregexes = ['b']\n\
                    [[rules]]\nid = 'own'\nregex = 'z'\n[[rules.allowlists]]\ncondition = 'AND'\nregexTarget = 'match'\npaths = ['a']\nregexes = ['b']\n\
                    [rules.allowlist]\npaths = ['q']\n";
        assert!(claims(NAME, "[allowlist]\npaths = 'x'\n").is_err());
        assert_eq!(claims(NAME, "a = 1\nb = [\n").unwrap_err().file, NAME);
        assert_eq!(
            said(text.trim_end_matches("[rules.allowlist]\npaths = ['q']\n")),
            [
                "3: files [] false",
                "4: is a pattern",
                "6: names a commit,",
                "7: names no path,",
                "8: names no path,",
                "12: files [\"jwt\"] true",
                "17: is held against",
                "14: rules of its",
            ]
        );
    }
}
