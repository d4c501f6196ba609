//! Lines of keys and values under headings, as INI files, systemd units and most daemons write them.

use std::ops::Range;

/// One line that sets something.
#[derive(Clone, Debug)]
pub struct IniEntry<'t> {
    /// The heading it stands under, without brackets; empty before the first.
    pub section: &'t str,
    /// The key as written.
    pub key: &'t str,
    /// The value, lines joined, quotes kept.
    pub value: String,
    /// From the key to the end of the value.
    pub span: Range<usize>,
}

impl IniEntry<'_> {
    /// The value without quotes around it.
    pub fn bare(&self) -> &str {
        let value = self.value.trim();
        let inner = |quote| value.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
        inner('"').or_else(|| inner('\'')).unwrap_or(value)
    }
}

/// Reads lines of `key = value`, `key: value`, `key value` or a bare key. A backslash at the end of a line continues it;
/// a line whose first sign is `#` or `;` is a comment.
pub fn ini(text: &str) -> Vec<IniEntry<'_>> {
    let mut out: Vec<IniEntry<'_>> = Vec::new();
    let (mut section, mut at, mut is_continued) = ("", 0, false);
    for whole in text.split_inclusive('\n') {
        let start = at;
        at += whole.len();
        let line = whole.trim_start_matches('\u{feff}').trim();
        if line.starts_with(['#', ';']) || (line.is_empty() && !is_continued) {
            continue;
        }
        let content = line.strip_suffix('\\').unwrap_or(line);
        let begin = start + whole.find(line).unwrap_or(0);
        if is_continued {
            if let Some(last) = out.last_mut() {
                last.value = format!("{} {}", last.value.trim_end(), content.trim());
                last.span.end = begin + content.len();
            }
        } else if let Some(heading) = content.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            section = heading.trim();
            continue;
        } else {
            let end = content.find(|c: char| c == '=' || c == ':' || c.is_whitespace()).unwrap_or(content.len());
            let (key, rest) = content.split_at(end);
            // A colon that does not touch the key belongs to the value: `bind ::1`.
            let value = rest.strip_prefix(':').unwrap_or(rest).trim_start();
            let value = value.strip_prefix('=').unwrap_or(value).trim();
            out.push(IniEntry { section, key, value: value.to_owned(), span: begin..begin + content.trim_end().len() });
        }
        is_continued = line.ends_with('\\');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_shape() {
        let text = "a = 'b'\n# c = d\n[ x ]\nk: v w\r\nbare\nlong=1 \\\n   2 \\\n3\nbind ::1 # no\n";
        let told: Vec<String> = ini(text).iter().map(|e| format!("{}/{}/{}", e.section, e.key, e.bare())).collect();
        assert_eq!(told, ["/a/b", "x/k/v w", "x/bare/", "x/long/1 2 3", "x/bind/::1 # no"]);
        assert!(ini(text).iter().all(|e| text[e.span.clone()].starts_with(e.key)));
        ini(&"[\\\n\\".repeat(10_000));
    }
}
