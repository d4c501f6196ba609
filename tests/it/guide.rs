//! The guide: its links lead somewhere, every page is in the book, every kind has an example, its files are well formed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use clap::Parser;
use ringfence::cli::Cli;
use ringfence::document;

use crate::pages::{Block, NOT_RUN, blocks, broken_links, links, page, pages, root};
use crate::support::Dir;

#[test]
fn every_link_leads_somewhere() {
    let docs = root().join("docs");
    let mut wrong: Vec<String> = pages().iter().flat_map(|name| broken_links(&docs.join(name), &docs)).collect();
    for name in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "benches/README.md"]
    {
        wrong.extend(broken_links(&root().join(name), root()));
    }
    assert_eq!(wrong, Vec::<String>::new());
    // The same look finds what is wrong.
    let dir = Dir::plain();
    dir.write("book/a.md", "[1](b.md) [2](#none) [3](a.md#here) [4](../out.md) [5](http://example.com)\n# Here\n");
    dir.write("out.md", "");
    let wrong = broken_links(&dir.at("book/a.md"), &dir.at("book"));
    let faults: Vec<_> = wrong.iter().map(|text| text.rsplit(": ").next().unwrap()).collect();
    let https = "no address that begins with https:// and a host";
    assert_eq!(faults, ["no such file", "no such heading", "leads out of the book", https]);
}

#[test]
fn every_page_is_in_the_book_once() {
    let listed = links(&page("SUMMARY.md"));
    let mut sorted = listed.clone();
    sorted.sort();
    let all: Vec<_> = pages().into_iter().filter(|name| name != "SUMMARY.md").collect();
    assert_eq!(sorted, all);
}

/// The kind of every rule, as the program lists them.
fn kinds() -> BTreeMap<String, String> {
    let listed = Dir::plain().ringfence(&["rules", "list"]).ends().stdout();
    let words = listed.lines().map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    words.filter(|words| words.len() > 2).map(|words| (words[0].clone(), words[1].clone())).collect()
}

/// The rules that outputs on a page name: the last word of a line with a severity and a place.
fn shown(page: &str) -> Vec<String> {
    let mut previous = String::new();
    let mut rules = Vec::new();
    for block in blocks(page) {
        if block.info == "text" && previous == "sh" {
            let heads = block.text.lines().filter(|line| line.starts_with("  ") && line.contains(':'));
            let heads = heads.map(|line| line.trim_end_matches(" · warning"));
            rules.extend(heads.filter_map(|line| Some(line.rsplit_once("  ")?.1.to_owned())));
        }
        previous = block.info;
    }
    rules
}

#[test]
fn every_kind_has_a_page_with_an_example_that_finds_it() {
    let kinds = kinds();
    let names: BTreeSet<_> = kinds.values().collect();
    assert_eq!(names.len(), 10, "{names:?}");
    let front = page("README.md");
    for kind in names {
        let row = front.lines().find(|line| line.starts_with(&format!("| `{kind}` |")));
        let link = links(row.unwrap_or_else(|| panic!("docs/README.md has no row for `{kind}`"))).remove(0);
        let rules = shown(&page(link.split('#').next().unwrap()));
        let is_found = rules.iter().any(|rule| kinds.get(rule) == Some(kind));
        assert!(is_found, "{link} shows no finding of the kind `{kind}`, only {rules:?}");
    }
}

/// All blocks of all documents with the words behind their fence in `infos`, each with its place.
fn all_blocks(infos: &[&str]) -> Vec<(String, Block)> {
    let named =
        pages().into_iter().map(|name| format!("docs/{name}")).chain(["README.md".into(), "CONTRIBUTING.md".into()]);
    let mut all = Vec::new();
    for name in named {
        let text = fs::read_to_string(root().join(&name)).unwrap();
        let wanted = blocks(&text).into_iter().filter(|block| infos.contains(&block.info.as_str()));
        all.extend(wanted.map(|block| (format!("{name}:{}", block.line), block)));
    }
    all
}

fn fault(block: &Block) -> Option<String> {
    match block.info.as_str() {
        "yaml" => document::yaml(&block.text).gaps().first().map(|gap| format!("{gap:?}")),
        "toml" => toml::from_str::<toml::Table>(&block.text).err().map(|e| e.to_string()),
        _ => {
            let values = serde_json::Deserializer::from_str(&block.text).into_iter::<serde_json::Value>();
            values.filter_map(Result::err).map(|e| e.to_string()).next()
        }
    }
}

#[test]
fn what_is_shown_of_a_file_can_be_read() {
    let all = all_blocks(&["yaml", "toml", "json"]);
    assert!(all.len() > 25, "only {} blocks", all.len());
    for (place, block) in all {
        assert_eq!(fault(&block), None, "{place}");
    }
    for (info, text) in [("yaml", "a: [b"), ("toml", "a = "), ("json", "{\"a\":1} {")] {
        let block = Block { info: info.into(), text: text.into(), line: 1 };
        assert!(fault(&block).is_some(), "{info}");
    }
}

/// The calls of the program in a line, as words: what pipes, redirects, follows or explains is cut off.
fn calls(line: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for part in line.split(" # ").next().unwrap_or_default().split(['|', ';', '&', '>', '<']) {
        let Some(at) = part.find("ringfence ") else { continue };
        let before = part[..at].trim_start();
        if before.is_empty()
            || ["run: ", "script: ", "command: ", "entry: ", "- "].iter().any(|key| before.ends_with(key))
        {
            all.extend(shell_words::split(part[at..].trim()).ok());
        }
    }
    all
}

#[test]
fn every_command_that_is_shown_can_be_typed() {
    let mut seen = 0;
    for (place, block) in all_blocks(&["sh", NOT_RUN, "yaml"]) {
        // The README's list of commands has words that stand for others.
        let text = if place.starts_with("docs/") { block.text.replace("\\\n", " ") } else { String::new() };
        for line in text.lines() {
            for mut call in calls(line) {
                // Numbers that come while it runs.
                call.iter_mut()
                    .filter(|word| word.contains('$') && word.contains('/'))
                    .for_each(|word| *word = "1/4".into());
                let parsed = Cli::try_parse_from(&call);
                assert!(parsed.is_ok(), "{place}: {line}: {}", parsed.unwrap_err());
                seen += 1;
            }
        }
    }
    assert!(seen >= 50, "only {seen} commands");
}

/// The quick start repeats what stands elsewhere, so that it can be copied there; it may not say something else.
#[test]
fn the_quick_start_shows_the_same_files_as_the_other_pages() {
    let others: String = ["ci.md", "hooks.md"].map(page).concat();
    let files = blocks(&page("quick-start.md")).into_iter().filter(|block| block.info == "yaml");
    let mut seen = 0;
    for file in files {
        let text = file.text.trim_start_matches("repos:\n");
        assert!(others.contains(text), "docs/quick-start.md:{}: not the same elsewhere", file.line);
        seen += 1;
    }
    assert_eq!(seen, 3);
}

#[test]
fn our_action_and_template_are_called_with_inputs_that_they_have() {
    let action = document::yaml(&fs::read_to_string(root().join("action.yml")).unwrap());
    let template = document::yaml(&fs::read_to_string(root().join("ci/gitlab.yml")).unwrap());
    let has = |name: &str| {
        let of_action = action.root().unwrap().get("inputs").unwrap().has(name);
        of_action || template.root().unwrap().path(&["spec", "inputs"]).unwrap().has(name)
    };
    let mut seen = 0;
    for (place, block) in all_blocks(&["yaml"]) {
        let shown = document::yaml(&block.text);
        let nodes: Vec<_> = shown.roots().flat_map(document::Node::walk).collect();
        for node in nodes {
            let is_ours =
                |key| node.get(key).and_then(document::Node::text).is_some_and(|t| t.starts_with("acme/ringfence"));
            let inputs =
                if is_ours("uses") { node.get("with") } else { node.get("inputs").filter(|_| is_ours("project")) };
            for (key, _) in inputs.map(document::Node::entries).unwrap_or_default() {
                assert!(has(key.text().unwrap()), "{place}: no input {key:?}");
                seen += 1;
            }
        }
    }
    assert!(seen >= 3, "only {seen} inputs");
}
