//! Entries of lock files, read line by line: such files are too long for a tree, and machines write them.

use std::ops::Range;

/// What stands for the registry's address where a format does not repeat it.
const REGISTRY: &str = "registry:";

/// One pinned package, or one file of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Entry<'t> {
    /// The package, or its file.
    pub(super) name: &'t str,
    pub(super) version: &'t str,
    /// The address it is taken from.
    pub(super) source: Option<&'t str>,
    /// The hash of its content.
    pub(super) hash: Option<&'t str>,
    /// True where the version is a branch, whose content moves.
    pub(super) moves: bool,
    /// True where a registry lists repositories, so that only their host counts for the whole file.
    pub(super) is_listed: bool,
    /// Where it begins, its first line.
    pub(super) span: Range<usize>,
}

impl<'t> Entry<'t> {
    /// What makes it the same entry on the other side.
    pub(super) fn key(&self) -> (&'t str, &'t str, Option<&'t str>, Option<&'t str>) {
        (self.name, self.version, self.source, self.hash)
    }
}

/// The entries of a lock file of this name, in file order.
pub(super) fn entries<'t>(path: &str, text: &'t str) -> Vec<Entry<'t>> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut reader = Reader::default();
    let mut at = 0;
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let content = whole.trim_end();
        reader.line(name, content, start..start + content.len());
    }
    reader.end();
    reader.out
}

#[derive(Default)]
struct Reader<'t> {
    out: Vec<Entry<'t>>,
    now: Option<Entry<'t>>,
    section: &'t str,
    /// Address of the section, where it has one.
    remote: Option<&'t str>,
}

impl<'t> Reader<'t> {
    fn line(&mut self, name: &str, line: &'t str, span: Range<usize>) {
        match name {
            "yarn.lock" => yarn(self, line, span),
            "pnpm-lock.yaml" => pnpm(self, line, span),
            "bun.lock" => bun(self, line, span),
            "go.sum" | "go.work.sum" => go(self, line, span),
            "composer.lock" => composer(self, line, span),
            "Gemfile.lock" | "gems.locked" => gems(self, line, span),
            _ if name.ends_with(".json") => npm(self, line, span),
            _ => tables(self, line, span),
        }
    }

    fn begin(&mut self, name: &'t str, span: Range<usize>) {
        self.end();
        self.now = Some(Entry { name, span, ..Entry::default() });
    }

    /// Keeps the entry if it names a version.
    fn end(&mut self) {
        self.out.extend(self.now.take().filter(|entry| !entry.version.is_empty()));
    }
}

/// `"key": "value"` or `key = "value"` or `key: value` or `key value`, quotes and a comma taken off.
fn pair(line: &str) -> Option<(&str, &str)> {
    let line = line.trim().trim_end_matches(',');
    let (key, value) = match line.strip_prefix('"') {
        Some(rest) => rest.split_once('"')?,
        None => line.split_at(line.find([' ', ':', '='])?),
    };
    Some((key, value.trim_start_matches([' ', ':', '=']).trim_matches('"')))
}

/// What stands behind `key` up to a quote, a comma or a brace.
fn inside<'t>(line: &'t str, key: &str) -> Option<&'t str> {
    let at = line.find(key)? + key.len();
    let rest = line.get(at..)?.trim_start_matches([' ', '=', ':', '"', '\'']);
    rest.split(['"', '\'', ',', '}', ' ']).next().filter(|value| !value.is_empty())
}

/// npm and NuGet.
fn npm<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    let Some((key, value)) = pair(line) else { return };
    if value == "{" {
        let name = key.rsplit_once("node_modules/").map_or(key, |(_, name)| name);
        return reader.begin(name, span);
    }
    let Some(entry) = &mut reader.now else { return };
    match key {
        "version" => entry.version = value,
        "resolved" if value.contains(':') => entry.source = Some(value),
        "resolved" if entry.version.is_empty() => entry.version = value,
        "integrity" | "contentHash" => entry.hash = Some(value),
        _ => {}
    }
}

/// Yarn, both formats.
fn yarn<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    if line.is_empty() || line.starts_with('#') {
        return;
    }
    if !line.starts_with(' ') {
        let first = line.trim_end_matches(':').split(", ").next().unwrap_or_default().trim_matches('"');
        let name = first.get(1..).and_then(|rest| rest.find('@')).map_or(first, |at| &first[..=at]);
        return reader.begin(name, span);
    }
    let (Some(entry), Some((key, value))) = (&mut reader.now, pair(line)) else { return };
    // Deeper lines are lists of dependencies.
    if line.starts_with("   ") {
        return;
    }
    match key {
        "version" => entry.version = value,
        "resolved" => {
            entry.source = Some(value);
            entry.hash = entry.hash.or_else(|| value.split_once('#').map(|(_, hash)| hash).filter(|h| h.len() == 40));
        }
        "resolution" if value.contains("@npm:") => entry.source = Some(REGISTRY),
        "resolution" => entry.source = address(value).and_then(|at| value.get(at..)),
        "integrity" | "checksum" => entry.hash = Some(value),
        _ => {}
    }
}

/// Where the address in `name@address` begins, if it is one.
fn address(value: &str) -> Option<usize> {
    let end = value.find("://")?;
    Some(value[..end].rfind('@')? + 1)
}

fn pnpm<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    if !line.starts_with(' ') && !line.is_empty() {
        reader.end();
        reader.section = line.trim_end_matches(':');
        return;
    }
    if reader.section != "packages" {
        return;
    }
    let is_key = line.starts_with("  ") && !line.starts_with("   ") && line.ends_with(':');
    if is_key {
        let key = line.trim().trim_end_matches(':').trim_matches(['\'', '"', '/']);
        let key = key.split('(').next().unwrap_or_default();
        let cut = key.get(1..).and_then(|rest| rest.find('@').or_else(|| rest.rfind('/'))).map(|at| at + 1);
        let (name, version) = cut.map_or((key, ""), |at| (&key[..at], &key[at + 1..]));
        reader.begin(name, span);
        reader.now.iter_mut().for_each(|entry| (entry.version, entry.source) = (version, Some(REGISTRY)));
        return;
    }
    let Some(entry) = &mut reader.now else { return };
    let here = line.trim_start();
    if here.starts_with("resolution:") || here.starts_with("integrity:") || here.starts_with("tarball:") {
        entry.hash = entry.hash.or_else(|| inside(here, "integrity:"));
        let other = ["tarball:", "repo:"].iter().find_map(|key| inside(here, key));
        entry.source = other.or(entry.source.filter(|_| !here.contains("directory:")));
    }
}

fn bun<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    let Some((key, rest)) = line.trim().strip_prefix('"').and_then(|rest| rest.split_once("\": [\"")) else { return };
    let Some((spec, rest)) = rest.split_once('"') else { return };
    let Some((name, version)) = spec.get(1..).and_then(|s| s.find('@')).map(|at| (&spec[..=at], &spec[at + 2..]))
    else {
        return;
    };
    reader.begin(if key.is_empty() { name } else { key }, span);
    let Some(entry) = &mut reader.now else { return };
    entry.version = version;
    entry.source =
        version.contains("://").then_some(version).or_else(|| inside(rest, ", ").filter(|s| s.contains("://")));
    entry.hash = rest.find("sha").and_then(|_| rest.rsplit('"').nth(1)).filter(|hash| hash.starts_with("sha"));
}

/// `[[package]]` of Cargo, Poetry, PDM and uv.
fn tables<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    if line.starts_with("[[") {
        return reader.begin("", span);
    }
    if line.starts_with('[') {
        reader.section = line.trim_matches(['[', ']']);
        return;
    }
    let Some(entry) = &mut reader.now else { return };
    if line.contains("hash = \"") {
        file_of(reader, line, span);
        return;
    }
    let Some((key, value)) = pair(line) else { return };
    match key {
        "name" if entry.name.is_empty() => entry.name = value,
        "version" if entry.version.is_empty() => entry.version = value,
        "source" if value.starts_with('{') => {
            entry.source = ["registry", "git", "url"].iter().find_map(|k| inside(value, &format!("{k} = ")));
        }
        "source" => entry.source = Some(value),
        "url" | "git" if line.starts_with(key) => entry.source = Some(value),
        "checksum" => entry.hash = Some(value),
        _ => {}
    }
}

/// One file of a package: it has a hash of its own, and another registry may add more of them.
fn file_of<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    let Some(entry) = &mut reader.now else { return };
    let hash = inside(line, "hash = ");
    let file = inside(line, "file = ").or_else(|| inside(line, "url = ")?.rsplit('/').next());
    let Some(file) = file.filter(|_| hash.is_some()) else { return };
    // The package is checked if its first file is.
    entry.hash = entry.hash.or(Some("files"));
    let own = Entry { name: file, version: entry.version, hash, span, ..Entry::default() };
    reader.out.push(own);
}

fn go<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    let mut words = line.split(' ');
    let (Some(name), Some(version), Some(hash)) = (words.next(), words.next(), words.next()) else { return };
    reader.out.push(Entry { name, version, hash: Some(hash), span, ..Entry::default() });
}

fn composer<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    let depth = line.len() - line.trim_start().len();
    let Some((key, value)) = pair(line) else { return };
    match (depth, key) {
        (12, "name") => return reader.begin(value, span),
        (12, _) => reader.section = key,
        _ => {}
    }
    let Some(entry) = &mut reader.now else { return };
    match (depth, key, reader.section) {
        (12, "version", _) => {
            entry.version = value;
            entry.moves = value.starts_with("dev-") || value.ends_with("-dev");
        }
        (16, "url", "source") => (entry.source, entry.is_listed) = (Some(value), true),
        (16, "reference", "source") if !value.is_empty() => entry.hash = Some(value),
        _ => {}
    }
}

fn gems<'t>(reader: &mut Reader<'t>, line: &'t str, span: Range<usize>) {
    if !line.starts_with(' ') && !line.is_empty() {
        (reader.section, reader.remote) = (line, None);
        return;
    }
    let here = line.trim_start();
    if let Some(remote) = here.strip_prefix("remote: ") {
        reader.remote = Some(remote);
        return;
    }
    let Some((name, rest)) = here.split_once(" (") else { return };
    let Some((version, rest)) = rest.split_once(')') else { return };
    let depth = line.len() - here.len();
    match (reader.section, depth) {
        ("CHECKSUMS", 2) => {
            let hash = rest.trim().strip_prefix("sha256=").map(|_| rest.trim());
            reader.out.push(Entry { name, version, hash, span, ..Entry::default() });
        }
        ("GEM" | "GIT", 4) => {
            reader.out.push(Entry { name, version, source: reader.remote, moves: true, span, ..Entry::default() });
        }
        _ => {}
    }
}
