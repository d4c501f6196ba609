//! The flows of all rules as lookups: one automaton for every word that calls for a closer look, one map for calls.

use std::collections::HashMap;

use super::compiled::CompiledRule;
use super::flow::{Flow, Language, Shape};
use super::glob::unfolded;
use super::model::Kind;
use super::phrase::Phrase;
use super::secret_name::Names;
use super::vocabulary::Vocabulary;

/// What a word on a changed line calls for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A call that gives away.
    Sink,
    /// What may be given away.
    Source,
    /// A host of a rule, by the places of both.
    Host(usize, usize),
    /// A phrase of a rule.
    Says(usize, usize),
    /// A phrase whose removal is told.
    Loses(usize, usize),
    /// A command of a shell.
    Command,
    /// A name that browsers get.
    Public,
    /// A URL.
    Address,
    /// What takes the address of a registry or a proxy.
    Registry,
    /// The name of a secret in the query of a URL.
    Query,
}

/// Words of shell commands that are looked at.
const COMMANDS: [&str; 29] = [
    "echo",
    "printf",
    "printenv",
    "env",
    "export -p",
    "declare -x",
    "curl",
    "wget",
    "dig",
    "nslookup",
    "host ",
    "ping",
    "mail",
    "logger",
    "set -",
    "bash -",
    "sh -",
    "xtrace",
    "http ",
    "<<<",
    "tee",
    "nc ",
    "ncat",
    "netcat",
    "telnet",
    "scp ",
    "sftp",
    "rsync",
    "ssh ",
];
/// Options and variables that take the address of a registry or a proxy.
const REGISTRIES: [&str; 15] = [
    "--index-url",
    "--extra-index-url",
    "--default-index",
    "--registry",
    "set registry",
    "pip_index_url",
    "pip_extra_index_url",
    "uv_index_url",
    "uv_default_index",
    "npm_config_registry",
    "yarn_npm_registry_server",
    "goproxy",
    "http_proxy",
    "https_proxy",
    "all_proxy",
];
/// Ends of names under which queries of URLs carry secrets.
const QUERIES: [&str; 6] = ["token=", "key=", "apikey=", "password=", "secret=", "passwd="];
/// Beginnings of names that bundlers put into what browsers load.
pub const PUBLIC: [&str; 8] =
    ["NEXT_PUBLIC_", "VITE_", "REACT_APP_", "NUXT_PUBLIC_", "EXPO_PUBLIC_", "GATSBY_", "PUBLIC_", "VUE_APP_"];

/// A call that gives away, or one that hands on.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Call {
    /// Words of what it is called on, each in some part before the name.
    on: Vec<String>,
    needs_brackets: bool,
    /// The rule that names it.
    rule: usize,
}

/// One host of a rule.
#[derive(Clone, Debug)]
pub struct Host {
    /// The host, or the domain below which it stands.
    pub name: String,
    /// True if only hosts below the name are meant.
    pub below: bool,
    /// How the path begins; empty for any.
    pub path: String,
}

/// One rule about flows, ready to judge.
#[derive(Debug)]
pub struct FlowRule {
    /// Its place in the rule set.
    pub place: usize,
    /// What kind of question it answers.
    pub kind: Kind,
    /// The rule that names its calls, by its place among flows.
    pub calls: usize,
    /// Names that announce secrets, if it looks for them.
    pub names: Option<Names>,
    /// Expressions, by language, with `.` between their parts.
    pub sources: Vec<(Language, String)>,
    /// Parts of strings.
    pub files: Vec<String>,
    /// Hosts.
    pub hosts: Vec<Host>,
    /// Phrases on new lines.
    pub says: Vec<(Language, Phrase)>,
    /// Phrases on removed lines.
    pub loses: Vec<(Language, Phrase)>,
    /// Its shape.
    pub shape: Option<Shape>,
}

/// Every flow of a rule set.
#[derive(Debug)]
pub struct Flows {
    rules: Vec<FlowRule>,
    calls: HashMap<String, Vec<(Language, Call)>>,
    through: HashMap<String, ()>,
    marks: Vocabulary,
    meanings: Vec<Mark>,
}

impl Flows {
    pub(super) fn new(rules: &[CompiledRule]) -> Self {
        let found: Vec<(usize, &Flow)> = rules
            .iter()
            .enumerate()
            .filter_map(|(place, rule)| rule.rule().flow.as_ref().map(|flow| (place, flow)))
            .collect();
        let id = |at: usize| found.get(at).and_then(|(place, _)| rules.get(*place)).map(|rule| rule.rule().id.as_str());
        let like = |own: usize, flow: &Flow| {
            let other = flow.like.as_deref().and_then(|like| (0..found.len()).find(|at| id(*at) == Some(like)));
            other.unwrap_or(own)
        };
        let mut out = Self {
            rules: vec![],
            calls: HashMap::new(),
            through: HashMap::new(),
            marks: Vocabulary::new([]),
            meanings: vec![],
        };
        let mut marks = Vec::new();
        for (at, (place, flow)) in found.iter().enumerate() {
            let other = like(at, flow);
            let names = if flow.names.is_empty() && flow.sources.is_empty() && flow.files.is_empty() {
                found.get(other).map_or(*flow, |(_, flow)| flow)
            } else {
                flow
            };
            out.add_calls(at, flow);
            out.rules.push(FlowRule {
                place: *place,
                kind: rules.get(*place).map_or(Kind::Egress, |rule| rule.rule().kind),
                calls: if flow.sinks.is_empty() { other } else { at },
                names: (!names.names.is_empty()).then(|| Names::new(names)),
                sources: lists(&flow.sources).map(|(l, text)| (l, joined(text))).collect(),
                files: flow.files.clone(),
                hosts: flow.hosts.iter().map(|host| Host::new(host)).collect(),
                says: phrases(&flow.says),
                loses: phrases(&flow.loses),
                shape: flow.shape,
            });
        }
        out.add_marks(&mut marks);
        out.index(marks);
        out
    }

    fn add_calls(&mut self, rule: usize, flow: &Flow) {
        for (language, text) in lists(&flow.sinks) {
            for text in unfolded(text) {
                let bare = text.strip_suffix(" …");
                let parts = bare.unwrap_or(&text).split('.').map(str::to_ascii_lowercase);
                let mut parts: Vec<String> = parts.collect();
                let Some(name) = parts.pop() else { continue };
                let call = Call { on: parts, needs_brackets: bare.is_none(), rule };
                self.calls.entry(name).or_default().push((language, call));
            }
        }
        self.through.extend(flow.through.iter().map(|name| (name.to_ascii_lowercase(), ())));
    }

    fn add_marks(&self, marks: &mut Vec<(String, Mark)>) {
        let mut calls: Vec<&String> = self.calls.keys().collect();
        calls.sort_unstable();
        marks.extend(calls.into_iter().map(|name| (name.clone(), Mark::Sink)));
        for (at, rule) in self.rules.iter().enumerate() {
            marks.extend(rule.names.iter().flat_map(Names::marks).map(|word| (word, Mark::Source)));
            let last = |text: &str| text.trim_end_matches("()").rsplit('.').next().unwrap_or_default().to_owned();
            marks.extend(rule.sources.iter().map(|(_, text)| (last(text), Mark::Source)));
            marks.extend(rule.files.iter().map(|part| (part.clone(), Mark::Source)));
            marks.extend(rule.hosts.iter().enumerate().map(|(n, host)| (host.name.clone(), Mark::Host(at, n))));
            let says = |list: &[(Language, Phrase)], mark: fn(usize, usize) -> Mark| {
                let all = list.iter().enumerate().map(|(n, (_, phrase))| (phrase.longest().to_owned(), mark(at, n)));
                all.collect::<Vec<_>>()
            };
            marks.extend(says(&rule.says, Mark::Says));
            marks.extend(says(&rule.loses, Mark::Loses));
        }
        marks.extend(COMMANDS.map(|word| (word.to_owned(), Mark::Command)));
        marks.extend(PUBLIC.map(|word| (word.to_owned(), Mark::Public)));
        marks.extend(REGISTRIES.map(|word| (word.to_owned(), Mark::Registry)));
        marks.extend(QUERIES.map(|word| (word.to_owned(), Mark::Query)));
        marks.push(("://".to_owned(), Mark::Address));
    }

    fn index(&mut self, marks: Vec<(String, Mark)>) {
        let marks: Vec<(String, Mark)> = marks.into_iter().filter(|(word, _)| word.len() > 1).collect();
        self.marks = Vocabulary::new(marks.iter().map(|(word, _)| word.as_str()));
        self.meanings = marks.into_iter().map(|(_, mark)| mark).collect();
    }

    /// Every rule about flows.
    pub fn rules(&self) -> &[FlowRule] {
        &self.rules
    }

    /// Calls `each` with every word in `text` that calls for a closer look, and where it stands.
    pub fn marks(&self, text: &[u8], mut each: impl FnMut(Mark, usize)) {
        for hit in self.marks.find(text) {
            if let Some(mark) = self.meanings.get(hit.word) {
                each(*mark, hit.start);
            }
        }
    }

    /// True if some call of this name gives away.
    pub fn is_call(&self, name: &[u8]) -> bool {
        self.calls.contains_key(String::from_utf8_lossy(name).to_ascii_lowercase().as_str())
    }

    /// The rules to whose calls the call of `path` belongs; `path` are its names, in lower case, the last its own.
    pub fn sinks(&self, language: Language, path: &[String], has_brackets: bool) -> Vec<usize> {
        let Some((name, on)) = path.split_last() else { return Vec::new() };
        let fits = |(of, call): &&(Language, Call)| {
            (*of == language || *of == Language::Any)
                && (has_brackets || !call.needs_brackets)
                && (call.on.is_empty() == on.is_empty())
                && call.on.iter().all(|word| on.iter().any(|part| holds(part, word)))
        };
        let known = self.calls.get(name).map_or(&[][..], Vec::as_slice);
        let mut rules: Vec<usize> = known.iter().filter(fits).map(|(_, call)| call.rule).collect();
        rules.dedup();
        rules
    }

    /// True if a call of this name, in lower case, hands on what it is given.
    pub fn hands_on(&self, name: &str) -> bool {
        self.through.contains_key(name)
    }
}

impl Host {
    fn new(text: &str) -> Self {
        let (host, path) = text.split_once('/').unwrap_or((text, ""));
        let (below, name) = host.strip_prefix("*.").map_or((false, host), |name| (true, name));
        Self { name: name.to_ascii_lowercase(), below, path: path.to_owned() }
    }
}

/// True if `part` of a name is the word, or has it among its words.
fn holds(part: &str, word: &str) -> bool {
    part == word
        || part.split('_').any(|piece| piece == word)
        || part.strip_suffix(word).is_some_and(|rest| {
            // `requestLogger` in lower case; `dialog` and `catalog` end in no word.
            word.len() > 4 && !rest.is_empty()
        })
}

fn lists(map: &std::collections::BTreeMap<Language, Vec<String>>) -> impl Iterator<Item = (Language, &str)> {
    map.iter().flat_map(|(language, list)| list.iter().map(|text| (*language, text.as_str())))
}

fn phrases(map: &std::collections::BTreeMap<Language, Vec<String>>) -> Vec<(Language, Phrase)> {
    lists(map).flat_map(|(l, text)| unfolded(text).into_iter().map(move |text| (l, Phrase::new(&text)))).collect()
}

/// An expression with `.` between its parts, whatever stands there.
pub fn joined(text: &str) -> String {
    ["::", "->", "?.", "&."].iter().fold(text.to_owned(), |text, join| text.replace(join, ".")).replace(' ', "")
}
