//! The tree itself: nodes in one list, read through cursors that never loop and never overflow.

use crate::order;
use std::ops::Range;

/// Index of a node in its document.
pub(super) type Id = u32;
/// Levels of nesting that any reader follows; deeper text is a gap.
pub(super) const MOST_LEVELS: usize = 128;
/// Nodes that one walk visits at most: aliases can make a small text endless.
const WALK_BUDGET: usize = 200_000;

/// One text, read.
#[derive(Debug, Default)]
pub struct Document {
    nodes: Vec<Raw>,
    roots: Vec<Id>,
    gaps: Vec<Gap>,
}

/// A place that could not be read, and what follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Byte offset.
    pub at: usize,
    /// What is wrong there, in the reader's words.
    pub why: String,
}

#[derive(Debug)]
struct Raw {
    value: Value,
    span: Range<usize>,
    /// What the text says it is, such as `!Sub`.
    tag: Option<Box<str>>,
}

#[derive(Debug)]
pub(super) enum Value {
    Scalar(String),
    List(Vec<Id>),
    /// In file order, keys that stand twice included.
    Map(Vec<(Id, Id)>),
    /// Another node; `None` where there is none of that name.
    Alias(Option<Id>),
}

impl Document {
    pub(super) fn add(&mut self, value: Value, span: Range<usize>) -> Id {
        let id = Id::try_from(self.nodes.len()).unwrap_or(Id::MAX);
        self.nodes.push(Raw { value, span, tag: None });
        id
    }

    pub(super) fn add_root(&mut self, id: Id) {
        self.roots.push(id);
    }

    pub(super) fn add_gap(&mut self, at: usize, why: String) {
        self.gaps.push(Gap { at, why });
    }

    pub(super) fn value_mut(&mut self, id: Id) -> Option<&mut Value> {
        self.nodes.get_mut(id as usize).map(|raw| &mut raw.value)
    }

    pub(super) fn tag(&mut self, id: Id, tag: String) {
        if let Some(raw) = self.nodes.get_mut(id as usize) {
            raw.tag = Some(tag.into());
        }
    }

    pub(super) fn end(&mut self, id: Id, end: usize) {
        if let Some(raw) = self.nodes.get_mut(id as usize) {
            raw.span.end = end.max(raw.span.start);
        }
    }

    /// Gives scalars that a mask covered the text back that stands there.
    pub(super) fn unmask(&mut self, text: &str) {
        for raw in &mut self.nodes {
            let here = text.get(raw.span.clone()).unwrap_or_default();
            if let Value::Scalar(scalar) = &mut raw.value
                && (here.contains("{{") || here.contains("{%"))
            {
                *scalar = here.trim_matches(['"', '\'']).to_owned();
            }
        }
    }

    /// The top node of every document in the text.
    pub fn roots(&self) -> impl Iterator<Item = Node<'_>> {
        self.roots.iter().map(|&id| Node { document: self, id })
    }

    /// The first document's top node.
    pub fn root(&self) -> Option<Node<'_>> {
        self.roots().next()
    }

    /// What could not be read.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }
}

/// One node. Aliases are followed wherever it is looked into.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    document: &'d Document,
    id: Id,
}

impl std::fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} at {:?}", self.value(), self.span())
    }
}

impl<'d> Node<'d> {
    fn raw(self) -> Option<&'d Raw> {
        self.document.nodes.get(self.id as usize)
    }

    fn at(self, id: Id) -> Self {
        Self { id, ..self }
    }

    /// The value, one alias followed: an alias never points to another.
    fn value(self) -> Option<&'d Value> {
        match &self.raw()?.value {
            Value::Alias(target) => Some(&self.at((*target)?).raw()?.value),
            value => Some(value),
        }
    }

    /// Where it stands: for a scalar with its quotes, for an alias where the alias stands.
    pub fn span(self) -> Range<usize> {
        self.raw().map_or(0..0, |raw| raw.span.clone())
    }

    /// The tag that the text gives it, such as `!Sub`.
    pub fn tag(self) -> Option<&'d str> {
        self.raw()?.tag.as_deref()
    }

    /// The text of a scalar.
    pub fn text(self) -> Option<&'d str> {
        match self.value()? {
            Value::Scalar(text) => Some(text),
            _ => None,
        }
    }

    /// True for the scalar `word`.
    pub fn is(self, word: &str) -> bool {
        self.text() == Some(word)
    }

    /// The meaning of a boolean, in the spellings that YAML's readers accept.
    pub fn truth(self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(true),
            "false" | "no" | "off" => Some(false),
            _ => None,
        }
    }

    /// True if it is a boolean and true.
    pub fn is_true(self) -> bool {
        self.truth() == Some(true)
    }

    /// True if it is a boolean and false.
    pub fn is_false(self) -> bool {
        self.truth() == Some(false)
    }

    /// A whole number.
    pub fn number(self) -> Option<i64> {
        self.text()?.parse().ok()
    }

    /// True for a map.
    pub fn is_map(self) -> bool {
        matches!(self.value(), Some(Value::Map(_)))
    }

    /// True for a list.
    pub fn is_list(self) -> bool {
        matches!(self.value(), Some(Value::List(_)))
    }

    /// The items of a list; none for anything else.
    pub fn items(self) -> impl Iterator<Item = Self> {
        let items = match self.value() {
            Some(Value::List(items)) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(move |&id| self.at(id))
    }

    /// The items of a list, or the node itself: many formats take `x` for `[x]`. None for an empty scalar.
    pub fn one_or_many(self) -> impl Iterator<Item = Self> {
        let own = (!self.is_list() && self.text().is_none_or(|text| !text.is_empty())).then_some(self);
        self.items().chain(own)
    }

    /// The texts of a list, or the one text.
    pub fn texts(self) -> impl Iterator<Item = &'d str> {
        self.one_or_many().filter_map(Node::text)
    }

    /// Keys and values of a map as they count: of equal keys the last, as every reader of these formats has it, and
    /// what `<<` merges in where the map does not say otherwise.
    pub fn entries(self) -> Vec<(Self, Self)> {
        let mut out = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for (key, value) in self.pairs().rev().filter(|(key, _)| !key.is("<<")) {
            if seen.insert(key.text()) || key.text().is_none() {
                out.push((key, value));
            }
        }
        out.reverse();
        for (_, merged) in self.pairs().filter(|(key, _)| key.is("<<")) {
            for source in merged.one_or_many() {
                let more = source.pairs().filter(|(key, _)| !key.is("<<"));
                out.extend(more.filter(|(key, _)| seen.insert(key.text())));
            }
        }
        out
    }

    fn pairs(self) -> impl DoubleEndedIterator<Item = (Self, Self)> {
        let pairs = match self.value() {
            Some(Value::Map(pairs)) => pairs.as_slice(),
            _ => &[],
        };
        pairs.iter().map(move |&(key, value)| (self.at(key), self.at(value)))
    }

    /// The value under `key`.
    pub fn get(self, key: &str) -> Option<Self> {
        self.entry(key).map(|(_, value)| value)
    }

    /// Key and value.
    pub fn entry(self, key: &str) -> Option<(Self, Self)> {
        let own = self.pairs().rev().find(|(own, _)| own.is(key));
        own.or_else(|| {
            let merges = self.pairs().filter(|(key, _)| key.is("<<"));
            merges
                .flat_map(|(_, merged)| merged.one_or_many().collect::<Vec<_>>())
                .find_map(|source| source.pairs().rev().find(|(own, _)| own.is(key)))
        })
    }

    /// The value at the end of a path of keys.
    pub fn path(self, keys: &[&str]) -> Option<Self> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// True if the map has `key`.
    pub fn has(self, key: &str) -> bool {
        self.entry(key).is_some()
    }

    /// Every node from here down, in file order, as often as it is reached, up to a limit.
    pub fn walk(self) -> impl Iterator<Item = Self> {
        let mut todo = vec![self];
        let mut budget = WALK_BUDGET;
        std::iter::from_fn(move || {
            let node = todo.pop()?;
            budget = budget.checked_sub(1)?;
            match node.value() {
                Some(Value::List(items)) => todo.extend(items.iter().rev().map(|&id| node.at(id))),
                Some(Value::Map(pairs)) => todo.extend(pairs.iter().rev().flat_map(|&(k, v)| [node.at(v), node.at(k)])),
                _ => {}
            }
            Some(node)
        })
    }

    /// The node as one line without white space, keys sorted: equal for equal content in another layout.
    pub fn canonical(self) -> String {
        let mut out = String::new();
        self.write(&mut out, 0, &mut WALK_BUDGET.clone());
        out
    }

    fn write(self, out: &mut String, level: usize, budget: &mut usize) {
        let Some(left) = budget.checked_sub(1).filter(|_| level < MOST_LEVELS) else { return };
        *budget = left;
        if let Some(text) = self.text() {
            out.push_str(text);
        } else if self.is_list() {
            out.push('[');
            for item in self.items() {
                item.write(out, level + 1, budget);
                out.push(',');
            }
            out.push(']');
        } else {
            let mut entries = self.entries();
            order::sort_by_key(&mut entries, |(key, _)| key.text());
            out.push('{');
            for (key, value) in entries {
                out.push_str(key.text().unwrap_or("?"));
                out.push(':');
                value.write(out, level + 1, budget);
                out.push(',');
            }
            out.push('}');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{json, toml, yaml};

    #[test]
    fn the_three_formats_read_alike() {
        let yaml = yaml("a:\n  b: [x, 'y']\n  c: true\n");
        let json = json("{\"a\": {\"b\": [\"x\", \"y\"], /* so */ \"c\": true,}}");
        let toml = toml("[a]\nb = ['x', \"y\"]\nc = true\n");
        for document in [yaml, json, toml] {
            let root = document.root().unwrap();
            assert_eq!(root.path(&["a", "b"]).unwrap().texts().collect::<Vec<_>>(), ["x", "y"]);
            assert!(root.path(&["a", "c"]).unwrap().is_true());
            assert_eq!(root.canonical(), "{a:{b:[x,y,],c:true,},}");
        }
    }

    #[test]
    fn anchors_merges_and_doubled_keys() {
        let document = yaml("x: &x {k: 1, l: 2}\ny:\n  <<: *x\n  l: 3\nz: *x\nz: last\n");
        let root = document.root().unwrap();
        let y = root.get("y").unwrap();
        assert_eq!((y.get("k").unwrap().number(), y.get("l").unwrap().number()), (Some(1), Some(3)));
        assert_eq!(y.entries().len(), 2);
        assert!(root.get("z").unwrap().is("last"));
    }

    #[test]
    fn spans_point_into_the_text() {
        let text = "a: 'b'\nc:\n  - d\n";
        let document = yaml(text);
        let root = document.root().unwrap();
        assert_eq!(&text[root.get("a").unwrap().span()], "'b'");
        assert_eq!(&text[root.get("c").unwrap().items().next().unwrap().span()], "d");
        let text = "{\"a\": [\"b\"]}";
        let document = json(text);
        assert_eq!(&text[document.root().unwrap().get("a").unwrap().span()], "[\"b\"]");
    }

    #[test]
    fn hostile_text_ends() {
        let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
        for i in 1..50 {
            laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(","));
        }
        let document = yaml(&laughs);
        assert!(document.root().unwrap().walk().count() <= super::WALK_BUDGET);
        document.root().unwrap().canonical();
        let looped = yaml("&a [x, *a]\n");
        assert!(looped.root().unwrap().walk().count() <= super::WALK_BUDGET);
        looped.root().unwrap().canonical();
        for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000)] {
            assert!(!yaml(&deep).gaps().is_empty());
            assert!(!json(&deep).gaps().is_empty());
            assert!(!toml(&format!("a = {deep}")).gaps().is_empty());
        }
    }

    #[test]
    fn a_template_is_read_as_far_as_it_goes() {
        let document = yaml("{{- if .x }}\nkind: Role\n{{- end }}\nname: {{ .name }}\nimage: a/{{ .b }}:1\n");
        assert_eq!(document.gaps(), []);
        assert!(document.root().unwrap().get("kind").unwrap().is("Role"));
        assert!(document.root().unwrap().get("image").unwrap().is("a/{{ .b }}:1"));
        assert_eq!(yaml("a: 1\n{{- /* not {{ this }} */ -}}\n{{- if .b }}\nc: 2\n{{- end }}\n").gaps(), []);
        let workflow = yaml("run: echo ${{ a.b }}\n");
        assert!(workflow.root().unwrap().get("run").unwrap().is("echo ${{ a.b }}"));
    }
}
