//! Bytes as a reader sees them: encoding undone, lines counted, and the part of a window that may report.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

/// How many leading bytes decide whether content is text; git looks at as many.
const SNIFF: usize = 8000;

/// As far into a line as code units are counted.
const COUNTED: usize = 64 * 1024;

/// What the bytes of a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8, ASCII or any other 8-bit encoding: taken as bytes.
    Bytes,
    /// UTF-16, transcoded to UTF-8 before anything looks at it.
    Utf16(Endian),
    /// A NUL byte near the start and no sign of UTF-16: only rules that prove themselves apply.
    Binary,
}

/// Byte order of UTF-16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// Low byte first.
    Little,
    /// High byte first.
    Big,
}

/// A line and a column, both from 1; the column counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
}

/// Content of a unit, or one window of it where the file is too large to hold.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    bytes: Cow<'a, [u8]>,
    encoding: Encoding,
    /// Position of `bytes[0]` in the whole file.
    origin: Position,
    /// Matches count only if they begin in here; the rest of the window is context.
    owned: Range<usize>,
    /// Where lines end; counted when first asked for, which most files never are.
    newlines: OnceLock<Vec<usize>>,
    /// The bytes before they were decoded, where decoding changed all of them.
    undecoded: Option<Cow<'a, [u8]>>,
}

impl<'a> Text<'a> {
    /// A whole file. The byte order mark is dropped and UTF-16 is transcoded.
    pub fn new(bytes: impl Into<Cow<'a, [u8]>>) -> Self {
        let bytes = bytes.into();
        let encoding = sniff(&bytes);
        Self::with_encoding(bytes, encoding)
    }

    /// Bytes that are no file: nothing is decoded or dropped, so offsets are those of `bytes`.
    pub fn raw(bytes: &'a [u8]) -> Self {
        Self::window(bytes, Encoding::Bytes, Position { line: 1, column: 1 }, 0..bytes.len())
    }

    /// A whole file whose encoding is known.
    pub fn with_encoding(bytes: Cow<'a, [u8]>, encoding: Encoding) -> Self {
        let undecoded = matches!(encoding, Encoding::Utf16(_)).then(|| bytes.clone());
        let bytes = decode(bytes, encoding);
        let owned = 0..bytes.len();
        Self { bytes, encoding, origin: Position { line: 1, column: 1 }, owned, newlines: OnceLock::new(), undecoded }
    }

    /// One window of a larger file: `bytes[0]` stands at `origin`, and only matches that begin inside `owned` count.
    pub fn window(bytes: &'a [u8], encoding: Encoding, origin: Position, owned: Range<usize>) -> Self {
        Self { bytes: Cow::Borrowed(bytes), encoding, origin, owned, newlines: OnceLock::new(), undecoded: None }
    }

    /// The content, in UTF-8 where the file was UTF-16.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The same content taken as bytes, if it was decoded from UTF-16.
    pub fn undecoded(&self) -> Option<Text<'_>> {
        let raw = self.undecoded.as_ref()?;
        Some(Text::with_encoding(Cow::Borrowed(raw), Encoding::Binary))
    }

    /// What the file's bytes were.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// True if it is a pointer of Git LFS, which stands for content that the repository does not have.
    pub fn is_pointer(&self) -> bool {
        const BEGINNING: &[u8] = b"version https://git-lfs.github.com/spec/v1\n";
        const LONGEST: usize = 1024;
        self.is_whole() && self.bytes().len() < LONGEST && self.bytes().starts_with(BEGINNING)
    }

    /// True if a match that begins at `offset` belongs to this window.
    pub fn owns(&self, offset: usize) -> bool {
        self.owned.contains(&offset)
    }

    /// True for a whole file and for the first window of a large one.
    pub fn is_start(&self) -> bool {
        self.origin == Position { line: 1, column: 1 }
    }

    /// True if this is the whole file.
    pub fn is_whole(&self) -> bool {
        self.is_start() && self.owned == (0..self.bytes.len())
    }

    /// The offset at which a line of this text begins, counted from 1.
    pub fn offset_of_line(&self, line: usize) -> Option<usize> {
        match line.checked_sub(2) {
            None => Some(0),
            Some(newline) => self.newlines().get(newline).map(|at| at + 1),
        }
    }

    /// Line and column of `offset` in the whole file.
    pub fn position(&self, offset: usize) -> Position {
        let newlines = self.newlines();
        let offset = offset.min(self.bytes.len());
        match newlines.partition_point(|&newline| newline < offset) {
            0 => Position { line: self.origin.line, column: self.origin.column + offset },
            before => Position { line: self.origin.line + before, column: offset - newlines[before - 1] },
        }
    }

    /// How many lines there are; what follows the last line end counts if it is not empty.
    pub fn lines(&self) -> usize {
        let newlines = self.newlines();
        newlines.len() + usize::from(self.bytes.len() > newlines.last().map_or(0, |last| last + 1))
    }

    /// A position of the whole file with its column in UTF-16 code units. Far out on a line it stays in bytes: nobody
    /// looks there, and counting would take as long as the line is.
    pub fn in_utf16(&self, position: Position) -> Position {
        let line = position.line.saturating_sub(self.origin.line) + 1;
        let shift = if line == 1 { self.origin.column } else { 1 };
        let (Some(start), Some(length)) = (self.offset_of_line(line), position.column.checked_sub(shift)) else {
            return position;
        };
        match self.bytes.get(start..start + length) {
            Some(before) if length <= COUNTED && !before.is_ascii() => {
                let units: usize = String::from_utf8_lossy(before).chars().map(char::len_utf16).sum();
                Position { column: shift + units, ..position }
            }
            _ => position,
        }
    }

    /// Where the lines end, found once: a line can be as long as the text, and as many findings can ask.
    fn newlines(&self) -> &[usize] {
        self.newlines.get_or_init(|| memchr::memchr_iter(b'\n', &self.bytes).collect())
    }

    /// The span of the line that holds `offset`, without its line end.
    pub fn line_span(&self, offset: usize) -> Range<usize> {
        let (bytes, newlines) = (&self.bytes, self.newlines());
        let next = newlines.partition_point(|&newline| newline < offset.min(bytes.len()));
        let start = next.checked_sub(1).map_or(0, |last| newlines[last] + 1);
        let mut end = newlines.get(next).copied().unwrap_or(bytes.len());
        if end > start && bytes[end - 1] == b'\r' {
            end -= 1;
        }
        start..end
    }
}

/// Decides the encoding from the first bytes: byte order marks, then the pattern of NUL bytes.
pub fn sniff(bytes: &[u8]) -> Encoding {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] => return Encoding::Binary, // UTF-32
        [0xFF, 0xFE, ..] => return Encoding::Utf16(Endian::Little),
        [0xFE, 0xFF, ..] => return Encoding::Utf16(Endian::Big),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(SNIFF)];
    if memchr::memchr(0, head).is_none() {
        return Encoding::Bytes;
    }
    utf16_without_mark(head).map_or(Encoding::Binary, Encoding::Utf16)
}

/// Latin text in UTF-16 has a NUL in nearly every second byte and none in the others.
fn utf16_without_mark(head: &[u8]) -> Option<Endian> {
    let pairs = head.chunks_exact(2);
    let total = pairs.len();
    let (mut first, mut second) = (0, 0);
    for pair in pairs {
        first += usize::from(pair[0] == 0);
        second += usize::from(pair[1] == 0);
    }
    let mostly = |n: usize| total > 0 && n * 10 >= total * 7;
    let hardly = |n: usize| n * 50 <= total;
    if mostly(second) && hardly(first) {
        Some(Endian::Little)
    } else if mostly(first) && hardly(second) {
        Some(Endian::Big)
    } else {
        None
    }
}

/// Drops a UTF-8 byte order mark; turns UTF-16 into UTF-8.
pub fn decode(bytes: Cow<'_, [u8]>, encoding: Encoding) -> Cow<'_, [u8]> {
    match encoding {
        Encoding::Utf16(endian) => Cow::Owned(utf16_to_utf8(&bytes, endian)),
        Encoding::Bytes if bytes.starts_with(b"\xEF\xBB\xBF") => match bytes {
            Cow::Borrowed(b) => Cow::Borrowed(&b[3..]),
            Cow::Owned(mut b) => {
                b.drain(..3);
                Cow::Owned(b)
            }
        },
        _ => bytes,
    }
}

/// UTF-16 as UTF-8, without byte order marks at its start. Half a pair becomes the replacement character.
pub(crate) fn utf16_to_utf8(bytes: &[u8], endian: Endian) -> Vec<u8> {
    let units = bytes.chunks_exact(2).map(|pair| match endian {
        Endian::Little => u16::from_le_bytes([pair[0], pair[1]]),
        Endian::Big => u16::from_be_bytes([pair[0], pair[1]]),
    });
    let mut out = String::with_capacity(bytes.len() / 2 + 4);
    out.extend(
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).skip_while(|&c| c == '\u{FEFF}'),
    );
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_bytes() {
        let text = Text::new(&b"one\ntwo\r\nthree"[..]);
        assert_eq!(text.position(0), Position { line: 1, column: 1 });
        assert_eq!(text.position(5), Position { line: 2, column: 2 });
        assert_eq!(text.position(13), Position { line: 3, column: 5 });
        assert_eq!(text.line_span(5), 4..7);
        assert_eq!(text.line_span(13), 9..14);
    }

    #[test]
    fn columns_are_told_in_code_units_too() {
        let text = Text::new("é\n日😀key\n".as_bytes());
        let at = |column| text.in_utf16(Position { line: 2, column }).column;
        assert_eq!([1, 4, 8, 11].map(at), [1, 2, 4, 7]);
        assert_eq!(text.in_utf16(Position { line: 9, column: 5 }), Position { line: 9, column: 5 });
        assert_eq!((text.lines(), Text::new(&b""[..]).lines(), Text::new(&b"a\nb"[..]).lines()), (2, 0, 2));
    }

    #[test]
    fn utf16_is_recognised_with_and_without_mark() {
        for endian in [Endian::Little, Endian::Big] {
            for mark in [&[][..], &[0xFEFFu16][..]] {
                let units = mark.iter().copied().chain("password = 1\n".encode_utf16());
                let bytes: Vec<u8> = units
                    .flat_map(|u| match endian {
                        Endian::Little => u.to_le_bytes(),
                        Endian::Big => u.to_be_bytes(),
                    })
                    .collect();
                let text = Text::new(bytes);
                assert_eq!(text.encoding(), Encoding::Utf16(endian));
                assert_eq!(text.bytes(), b"password = 1\n");
            }
        }
    }

    #[test]
    fn a_nul_without_a_pattern_is_binary() {
        assert_eq!(Text::new(&b"ELF\0\0\0\x01\x02abcd"[..]).encoding(), Encoding::Binary);
    }
}
