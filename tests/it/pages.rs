//! The pages of the guide as tests see them: their blocks, links and headings, read the way a reader meets them.

use std::fs;
use std::path::{Path, PathBuf};

/// The word behind `sh` that says: shown, not run.
pub(crate) const NOT_RUN: &str = "sh not-run";

/// A fenced block, or what stands in a comment that begins with `<!-- sh`, which is run like a block and not shown.
pub(crate) struct Block {
    /// What stands behind the fence.
    pub(crate) info: String,
    pub(crate) text: String,
    /// The first line of its text, from 1.
    pub(crate) line: usize,
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A page by its name below `docs/`.
pub(crate) fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap_or_else(|e| panic!("docs/{name}: {e}"))
}

/// The names of all pages, sorted.
pub(crate) fn pages() -> Vec<String> {
    let files = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> =
        files.map(|name| name.into_string().unwrap()).filter(|name| name.ends_with(".md")).collect();
    names.sort();
    names
}

/// Every block of a page, in order.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let (info, end) = match line {
            "<!-- sh" => ("sh".to_owned(), "-->"),
            fence if fence.starts_with("```") => (fence[3..].to_owned(), "```"),
            _ => continue,
        };
        let body: Vec<_> = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != end).collect();
        blocks.push(Block { info, text: body.join("\n"), line: number + 2 });
    }
    blocks
}

/// The lines that are neither in a block nor in a comment.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut until = None;
    page.lines().filter(move |line| match until {
        Some(end) => {
            until = (*line != end).then_some(end);
            false
        }
        None if line.starts_with("```") => {
            until = Some("```");
            false
        }
        None if line.starts_with("<!--") => {
            until = (!line.ends_with("-->")).then_some("-->");
            false
        }
        None => true,
    })
}

/// A line without its code spans.
fn without_code(line: &str) -> String {
    // Every second piece between back quotes is code.
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

/// What the links of a page point to.
pub(crate) fn links(page: &str) -> Vec<String> {
    // A link may be broken over two lines, a target may not.
    let targets = |line: &str| {
        let parts = without_code(line);
        let behind = parts.split("](").skip(1).map(|rest| rest.split(')').next().unwrap_or_default().to_owned());
        behind.collect::<Vec<_>>()
    };
    prose(page).flat_map(targets).collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
pub(crate) fn anchors(page: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for heading in prose(page).filter(|line| line.starts_with('#')) {
        let text = heading.trim_start_matches('#').trim();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let anchor: String = kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect();
        let twins = all.iter().filter(|other| **other == anchor).count();
        all.push(if twins == 0 { anchor } else { format!("{anchor}-{twins}") });
    }
    all
}

/// What is wrong with the links of the page at `path`; links out of `within` are.
pub(crate) fn broken_links(path: &Path, within: &Path) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    let wrong = links(&text).into_iter().filter_map(|link| Some((fault(&link, path, within)?, link)));
    wrong.map(|(fault, link)| format!("{}: {link}: {fault}", path.display())).collect()
}

fn fault(link: &str, path: &Path, within: &Path) -> Option<&'static str> {
    if link.contains("://") {
        let host = link.strip_prefix("https://").and_then(|rest| rest.split('/').next());
        let is_good = host.is_some_and(|host| host.contains('.')) && !link.contains(char::is_whitespace);
        return (!is_good).then_some("no address that begins with https:// and a host");
    }
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target: PathBuf = if file.is_empty() { path.to_owned() } else { path.parent().unwrap().join(file) };
    let Ok(target) = fs::canonicalize(target) else { return Some("no such file") };
    if !target.starts_with(within) {
        return Some("leads out of the book");
    }
    let anchor = anchor?;
    let has = anchors(&fs::read_to_string(target).unwrap()).iter().any(|own| own == anchor);
    (!has).then_some("no such heading")
}

#[test]
fn blocks_links_and_anchors_are_read_as_readers_do() {
    let page = "# A `b`: c, d\n[x](y.md#z) and `[no](link)`\n\n<!-- sh\nmake\n-->\n\n```sh not-run\n[no](block)\n```\n# A b c d\n";
    let read: Vec<_> = blocks(page).into_iter().map(|b| (b.info, b.text, b.line)).collect();
    assert_eq!(read, [("sh".into(), "make".into(), 5), (NOT_RUN.into(), "[no](block)".into(), 9)]);
    assert_eq!(links(page), ["y.md#z"]);
    assert_eq!(anchors(page), ["a-b-c-d", "a-b-c-d-1"]);
}
