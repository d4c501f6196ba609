//! Links that a terminal follows: OSC 8 sequences round a path or the name of a rule, whose text is what it would be without.

use std::path::Path;

use crate::report::shown::{link, uri};

/// That the terminal follows links, and where the scanned files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Links {
    /// The URL of the root, with a slash at its end, where that is known.
    base: Option<String>,
}

impl Links {
    /// Links to pages of rules only, until the root is known.
    pub const TO_PAGES: Self = Self { base: None };

    /// Links to the files below `root`, absolute, on the machine called `host`, too.
    #[must_use]
    pub fn below(root: &Path, host: &str) -> Self {
        let host: String =
            host.trim().chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-')).collect();
        let mut base = format!("file://{host}");
        for byte in root.as_os_str().as_encoded_bytes() {
            match byte {
                b'/' | b'-' | b'.' | b'_' | b'~' => base.push(char::from(*byte)),
                _ if byte.is_ascii_alphanumeric() => base.push(char::from(*byte)),
                _ => base += &format!("%{byte:02X}"),
            }
        }
        if !base.ends_with('/') {
            base.push('/');
        }
        Self { base: root.is_absolute().then_some(base) }
    }

    /// `text`, which is inert, as a link to the file at `path`, as reports show it.
    pub(super) fn file(&self, path: &str, text: &str) -> String {
        match &self.base {
            Some(base) => around(&format!("{base}{}", uri(path)), text),
            None => text.to_owned(),
        }
    }
}

/// `text`, which is inert, as a link to a page, if that is one to be followed.
pub(super) fn page(links: Option<&Links>, docs: Option<&str>, text: &str) -> String {
    match (links, link(docs)) {
        (Some(_), Some(url)) => around(url, text),
        _ => text.to_owned(),
    }
}

/// Whoever calls gives a URL of printable ASCII, so that nothing in it ends the sequence.
fn around(url: &str, text: &str) -> String {
    format!("\u{1b}]8;;{url}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_to_the_file_and_to_nothing_else() {
        let links = Links::below(Path::new("/work/a b%41;é"), "box.example\u{1b}\n");
        let linked = links.file("src/\u{1b}]8;;x\u{7}\u{202e}#?.rs", "shown");
        let url = "file://box.example/work/a%20b%2541%3B%C3%A9/src/%1B%5D8%3B%3Bx%07%E2%80%AE%23%3F.rs";
        assert_eq!(linked, format!("\u{1b}]8;;{url}\u{1b}\\shown\u{1b}]8;;\u{1b}\\"));
        assert_eq!(Links::TO_PAGES.file("a", "a"), "a");
        assert_eq!(Links::below(Path::new("relative"), ""), Links::TO_PAGES);
        assert!(Links::below(Path::new("/"), "").file("a", "a").contains("file:///a\u{1b}"));
    }

    #[test]
    fn only_pages_on_the_web_are_linked() {
        let on = Some(&Links::TO_PAGES);
        assert!(page(on, Some("https://example.com/a"), "x").contains(";;https://example.com/a\u{1b}\\x\u{1b}"));
        for docs in [None, Some("javascript:1"), Some("https://a\u{7}b")] {
            assert_eq!(page(on, docs, "x"), "x");
        }
        assert_eq!(page(None, Some("https://example.com"), "x"), "x");
    }
}
