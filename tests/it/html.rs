//! The HTML page as bytes: what it says where no script runs. `readers.rs` uses it in a browser.

use serde_json::{Value, json};

use crate::formats::{rendered, snapshot};
use crate::support::{Dir, token};

/// A report with `number` findings, made of those of the shared one.
pub(crate) fn long(number: usize) -> String {
    let mut report: Value = serde_json::from_slice(&std::fs::read(snapshot("json")).unwrap()).unwrap();
    let sample = report["findings"].as_array().unwrap().clone();
    let made = (0..number).map(|n| {
        let mut finding = sample[n % sample.len()].clone();
        finding["path"] = json!(format!("part{}/{}", n % 97, finding["path"].as_str().unwrap()));
        finding["fingerprint"] = json!(format!("{n:032x}"));
        finding
    });
    report["findings"] = made.collect();
    report["suppressed"] = json!([]);
    // The numbers of a report fit what it lists.
    let count = |words: &[&str], least: &str| {
        let is_counted = |f: &&Value| words.contains(&f["severity"].as_str().unwrap()) && f["confidence"] != least;
        json!(report["findings"].as_array().unwrap().iter().filter(is_counted).count())
    };
    let of_each = ["critical", "high", "medium", "low"].map(|word| (word, count(&[word], "")));
    let failing = count(&["critical", "high"], "low");
    for (key, number) in
        of_each.into_iter().chain([("failing", failing), ("suppressed", json!(0)), ("unlisted", json!([]))])
    {
        report["summary"][key] = number;
    }
    report.to_string()
}

/// A page on two repositories that each have a finding, and one that has none.
pub(crate) fn of_roots(dir: &Dir) -> String {
    for (n, root) in (1..).zip(["a b&c", "clean", "shop"]) {
        let text = if root == "clean" { "nothing\n".to_owned() } else { format!("{}\n", token(n)) };
        dir.write(format!("{root}/f"), text);
        let output = format!("json={root}.json");
        dir.ringfence(&["scan", root, "--quiet", "--output", &output]).ends();
    }
    let saved = ["a b&c.json", "clean.json", "shop.json"];
    dir.ringfence(&[&["merge", "--roots", "--format", "html"], &saved[..]].concat()).ends().stdout()
}

#[test]
fn the_worst_are_readable_without_a_script() {
    let page = rendered("html");
    let (markup, _) = page.split_once("<script").unwrap();
    assert_eq!(markup.matches("<li class=\"finding").count(), 8);
    // Two have the same fingerprint.
    let twin = "2".repeat(32);
    for id in [format!(" id=\"f-{twin}\""), format!(" id=\"f-{twin}-2\"")] {
        assert_eq!(markup.matches(&id).count(), 1, "{id}");
    }
    for part in [
        "<code>deploy/café.env:12:9</code> <span class=\"tag\">fails</span>",
        "<mark>acme_[35 hidden]</mark>",
        "Give the job <code>contents: read</code>, and push",
        "<span class=\"gained\">contents</span> <span class=\"before\">read</span> <span class=\"arrow\">→</span>",
        "because of the path holds <code>auth</code>",
        "aria-label=\"read more about acme-access-token\"",
        "Filters and the search need the page’s script.",
    ] {
        assert!(markup.contains(part), "{part} is not in the page");
    }
    assert!(!page.contains("onclick") && !page.contains("javascript:alert(1)\""));

    let dir = Dir::plain();
    let page = dir.ringfence(&["report", "-", "--format", "html"]).input(long(205)).ends().stdout();
    assert_eq!(page.matches("<li class=\"finding").count(), 100);
    assert!(page.contains("The 100 worst of 205 findings. The others, filters and the search need the page’s script."));
}

#[test]
fn the_verdict_is_said_in_words_with_what_was_scanned() {
    let dir = Dir::plain();
    dir.write("shop/f", "nothing\n");
    let page = dir.ringfence(&["scan", "shop", "--format", "html"]).ends().stdout();
    assert!(page.contains("<title>Passed: no findings · shop · ringfence</title>"), "{page}");
    assert!(page.contains("Nothing found. Everything in scope was read.") && !page.contains("class=\"tiles\""));
    dir.write("shop/f", format!("{}\n", token(1)));
    let page = dir.ringfence(&["scan", "shop", "--format", "html"]).ends().stdout();
    assert!(page.contains("<title>Failed: 1 finding, 1 fails the run · shop · ringfence</title>"), "{page}");
    assert!(page.contains("<h1>Failed: 1 finding, 1 fails the run</h1>") && page.contains("class=\"tiles\""));
    assert!(rendered("html").contains("<h1>Incomplete: "));
}

#[test]
fn roots_to_look_at_stand_before_the_findings_and_lead_to_theirs() {
    let page = of_roots(&Dir::plain());
    let place = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is not in the page"));
    assert!(place("<a href=\"#roots\">") < place("id=\"roots\"") && place("id=\"roots\"") < place("id=\"list\""));
    for link in ["<a href=\"#root=a%20b%26c\">a b&amp;c</a>", "<a href=\"#root=shop\">shop</a>"] {
        place(link);
    }
    place("{\"roots\":[\"a b\\u0026c\",\"shop\"],");
}
