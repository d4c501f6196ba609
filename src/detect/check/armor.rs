//! Armored text (`-----BEGIN …`): finds label and body, however a source file wraps, quotes or escapes the lines.

use crate::detect::check::codec::base64;

/// A block between its BEGIN and END lines.
pub(super) struct Armor<'a> {
    /// What stands after `BEGIN `.
    pub(super) label: &'a [u8],
    /// The text between the two lines, as it stands in the file.
    body: &'a [u8],
}

impl<'a> Armor<'a> {
    /// Takes the first block of `text` whose END line matches its BEGIN line.
    pub(super) fn find(text: &'a [u8]) -> Option<Self> {
        let start = position(text, b"-----BEGIN ")? + b"-----BEGIN ".len();
        let rest = text.get(start..)?;
        let (label, rest) = rest.split_at_checked(position(rest, b"-----")?)?;
        let rest = rest.get(5..)?;
        let (body, rest) = rest.split_at_checked(position(rest, b"-----END ")?)?;
        rest.get(b"-----END ".len()..)?.starts_with(label).then_some(Self { label, body })
    }

    /// Whether a header says that a password protects the block.
    pub(super) fn is_encrypted(&self) -> bool {
        self.label.starts_with(b"ENCRYPTED ") || position(self.body, b"ENCRYPTED").is_some()
    }

    /// The decoded body and the text of its checksum line, if there is one.
    pub(super) fn decode(&self) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let lines = self.lines();
        let mut packed = Vec::with_capacity(self.body.len());
        let mut sum = None;
        for line in &lines {
            // Headers (`Version: …`) stand before the body and are the only lines with a colon.
            if line.contains(&b':') {
                continue;
            }
            match line.strip_prefix(b"=") {
                Some(rest) if rest.len() == 4 => sum = Some(rest.to_vec()),
                _ => packed.extend_from_slice(line),
            }
        }
        base64(&packed).map(|bytes| (bytes, sum))
    }

    /// The body's lines without what the surrounding file adds to them.
    fn lines(&self) -> Vec<Vec<u8>> {
        let unquoted = unquote(self.body);
        let lines = split_lines(&unquoted);
        // In a patch every line of a new file begins with a plus sign.
        let patched = lines.iter().skip(1).filter(|line| !line.is_empty()).all(|line| line.starts_with(b"+"));
        let skip = usize::from(patched);
        lines.iter().map(|line| clean(line.get(skip..).unwrap_or_default())).filter(|line| !line.is_empty()).collect()
    }
}

/// Keeps what stands inside quotes when the block is a concatenation of strings; the block begins inside one.
fn unquote(body: &[u8]) -> Vec<u8> {
    let quote = body.iter().copied().find(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    match quote {
        None => body.to_vec(),
        Some(quote) => body.split(|&byte| byte == quote).step_by(2).collect::<Vec<_>>().join(&b'\n'),
    }
}

/// Splits at line ends, real ones and escaped ones (`\n`, `\\n`, `\r\n`).
fn split_lines(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut lines, mut line, mut rest) = (Vec::new(), Vec::new(), text);
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match (first, tail.first()) {
            (b'\\', Some(b'n' | b'r' | b't')) => {
                rest = tail.get(1..).unwrap_or_default();
                lines.push(std::mem::take(&mut line));
            }
            (b'\\', _) => {}
            (b'\n' | b'\r', _) => lines.push(std::mem::take(&mut line)),
            _ => line.push(first),
        }
    }
    lines.push(line);
    lines
}

/// Drops indentation, comment signs and separators; a stranger in the middle stays and makes the decoding fail.
fn clean(line: &[u8]) -> Vec<u8> {
    let noise = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'#' | b'*' | b'>' | b'|' | b';' | b',');
    let start = line.iter().position(|byte| !noise(byte)).unwrap_or(line.len());
    let end = line.iter().rposition(|byte| !noise(byte)).map_or(start, |last| last + 1);
    let line = line.get(start..end).unwrap_or_default();
    let line = line.strip_prefix(b"// ").unwrap_or(line);
    line.iter().copied().filter(|&byte| byte != b' ').collect()
}

/// Where `needle` first stands in `text`.
fn position(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same four bytes, as files of many kinds write them.
    #[test]
    fn wrapping_does_not_matter() {
        let begin = "-----BEGIN A KEY-----";
        let end = "-----END A KEY-----";
        let bodies = [
            "\nAQID\nBA==\n",
            "\r\nAQID\r\nBA==\r\n",
            "\\nAQID\\nBA==\\n",
            "\\\\nAQID\\\\nBA==\\\\n",
            "\n    AQID\n    BA==\n    ",
            "\\n\" +\n  \"AQID\\n\" +\n  \"BA==\\n\" +\n  \"",
            "\n# AQID\n# BA==\n# ",
            "\n+AQID\n+BA==\n+",
            " AQID BA== ",
            "\nVersion: x\n\nAQID\nBA==\n",
        ];
        for (number, body) in bodies.iter().enumerate() {
            let text = format!("{begin}{body}{end}");
            let armor = Armor::find(text.as_bytes()).unwrap();
            assert_eq!(armor.decode().map(|(bytes, _)| bytes), Some(vec![1, 2, 3, 4]), "body {number}");
        }
    }

    #[test]
    fn a_block_needs_its_end() {
        assert!(Armor::find(b"-----BEGIN A KEY-----\nAQID\n").is_none());
        assert!(Armor::find(b"-----BEGIN A KEY-----\nAQID\n-----END B KEY-----").is_none());
        assert!(Armor::find(b"-----BEGIN ").is_none());
    }

    #[test]
    fn a_redacted_body_does_not_decode() {
        let armor = Armor::find(b"-----BEGIN A KEY-----\nAQID...BA==\n-----END A KEY-----").unwrap();
        assert!(armor.decode().is_none());
    }
}
