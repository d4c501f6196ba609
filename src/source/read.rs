//! Reads content of any size in bounded memory: whole, or as overlapping windows.

use std::fs::{File, OpenOptions};
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::utf16::Utf16;
use crate::text::{Encoding, Position, Text, sniff};

/// Content up to this size is handed on whole, and a window is this large.
pub const WINDOW: usize = 8 << 20;
/// What a window shows beyond what it owns, on either side: the longest match that is found across an edge.
pub const MARGIN: usize = 128 << 10;
/// The size that a buffer starts with: most files fit.
const FIRST: usize = 64 << 10;

/// A buffer that is kept between files, so that memory is zeroed once and not for each.
#[derive(Debug, Default)]
pub struct Scratch {
    bytes: Vec<u8>,
    len: usize,
}

impl Scratch {
    /// Reads `reader` to its end, for content that is small enough to hold.
    ///
    /// # Errors
    /// What the reader says.
    pub fn whole(&mut self, reader: &mut dyn Read) -> io::Result<&[u8]> {
        self.len = 0;
        self.fill(reader, usize::MAX)?;
        Ok(self.filled())
    }

    fn filled(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Reads until `target` bytes are here; true if the reader ended before that.
    fn fill(&mut self, reader: &mut dyn Read, target: usize) -> io::Result<bool> {
        while self.len < target {
            if self.len == self.bytes.len() {
                let size = (self.bytes.len() * 2).clamp(FIRST, target.max(FIRST));
                self.bytes.resize(size, 0);
            }
            let end = self.bytes.len().min(target);
            match reader.read(&mut self.bytes[self.len..end]) {
                Ok(0) => return Ok(true),
                Ok(got) => self.len += got,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(false)
    }

    fn drop_front(&mut self, count: usize) {
        self.bytes.copy_within(count..self.len, 0);
        self.len -= count;
    }
}

/// Reads `reader` to its end and hands the content on as one text, or as several overlapping windows of which each
/// place is owned by exactly one.
///
/// Returns how many bytes were read.
///
/// # Errors
/// What the reader says. Windows read before that were handed on.
pub fn texts(reader: &mut dyn Read, scratch: &mut Scratch, each: &mut dyn FnMut(Text<'_>)) -> io::Result<u64> {
    let mut counted = Counted { inner: reader, bytes: 0 };
    scratch.len = 0;
    if scratch.fill(&mut counted, WINDOW)? {
        each(Text::new(scratch.filled()));
    } else {
        large(&mut counted, scratch, each)?;
    }
    Ok(counted.bytes)
}

struct Counted<'a> {
    inner: &'a mut dyn Read,
    bytes: u64,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        self.bytes += got as u64;
        Ok(got)
    }
}

/// Undoes the encoding of a stream whose first `WINDOW` bytes are in the scratch, and hands on its windows.
fn large(reader: &mut dyn Read, scratch: &mut Scratch, each: &mut dyn FnMut(Text<'_>)) -> io::Result<()> {
    let encoding = sniff(scratch.filled());
    match encoding {
        Encoding::Utf16(endian) => {
            let head = scratch.filled().to_vec();
            let mut inner = Cursor::new(head).chain(reader);
            scratch.len = 0;
            windows(&mut Utf16::new(&mut inner, endian), scratch, encoding, each)
        }
        Encoding::Bytes if scratch.filled().starts_with(b"\xEF\xBB\xBF") => {
            scratch.drop_front(3);
            windows(reader, scratch, encoding, each)
        }
        _ => windows(reader, scratch, encoding, each),
    }
}

/// The scratch holds up to `MARGIN` of context, then what the next window owns, then `MARGIN` of lookahead.
fn windows(
    reader: &mut dyn Read,
    scratch: &mut Scratch,
    encoding: Encoding,
    each: &mut dyn FnMut(Text<'_>),
) -> io::Result<()> {
    let mut origin = Position { line: 1, column: 1 };
    let mut context = 0;
    loop {
        let ended = scratch.fill(reader, WINDOW + MARGIN)?;
        let owned_end = if ended { scratch.len } else { scratch.len - MARGIN };
        let text = Text::window(scratch.filled(), encoding, origin, context..owned_end.max(context));
        let keep_from = owned_end.saturating_sub(MARGIN);
        let next_origin = text.position(keep_from);
        each(text);
        if ended {
            return Ok(());
        }
        origin = next_origin;
        context = owned_end - keep_from;
        scratch.drop_front(keep_from);
    }
}

/// A regular file, open for reading, and its size when it was opened.
#[derive(Debug)]
pub struct Regular {
    /// Reads no further than the size at opening, so that a file that keeps growing ends.
    pub reader: io::Take<File>,
    /// Size in bytes when it was opened.
    pub size: u64,
    /// True if someone may execute it.
    pub executable: bool,
}

/// Opens `path` if it is a regular file; `None` if it is something else.
///
/// A link is not followed and opening cannot block, even if something else has been put in the file's place since it
/// was listed: the check is made on the opened handle.
///
/// # Errors
/// What the system says.
pub fn open_regular(path: &Path) -> io::Result<Option<Regular>> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY);
    }
    let file = options.open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Ok(None);
    }
    // Pseudo file systems say 0 for files that have content.
    let limit = if metadata.len() == 0 { u64::MAX } else { metadata.len() };
    Ok(Some(Regular { reader: file.take(limit), size: metadata.len(), executable: executable(&metadata) }))
}

#[cfg(unix)]
fn executable(metadata: &std::fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.permissions().mode() & 0o100 != 0
}

#[cfg(not(unix))]
fn executable(_: &std::fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads `content` and gives, for each window, what it owns and where that begins.
    fn owned(content: &[u8]) -> Vec<(Position, Vec<u8>)> {
        let mut out = Vec::new();
        texts(&mut &content[..], &mut Scratch::default(), &mut |text| {
            let bytes = text.bytes();
            let own: Vec<usize> = (0..bytes.len()).filter(|&at| text.owns(at)).collect();
            if let (Some(&first), Some(&last)) = (own.first(), own.last()) {
                out.push((text.position(first), bytes[first..=last].to_vec()));
            }
        })
        .unwrap();
        out
    }

    #[test]
    fn windows_own_every_byte_once_and_know_where_they_stand() {
        let line = b"0123456789abcdefghijklmnopqrstuvwxyz 0123456789\n";
        let content: Vec<u8> = line.iter().copied().cycle().take(2 * WINDOW + 12_345).collect();
        let windows = owned(&content);
        assert!(windows.len() >= 3);
        let joined: Vec<u8> = windows.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
        assert!(joined == content, "the owned parts do not add up to the content");
        let mut at = 0;
        for (position, bytes) in &windows {
            assert_eq!((position.line, position.column), (1 + at / line.len(), 1 + at % line.len()));
            at += bytes.len();
        }
    }

    #[test]
    fn a_single_line_of_windows_counts_columns_on() {
        let content = vec![b'x'; WINDOW + MARGIN + 10];
        let windows = owned(&content);
        let at = windows[0].1.len();
        assert_eq!(windows[1].0, Position { line: 1, column: at + 1 });
    }

    #[test]
    fn a_large_utf16_file_reads_as_text() {
        let content: Vec<u8> = "\u{FEFF}"
            .encode_utf16()
            .chain("line of text\n".encode_utf16().cycle().take(WINDOW))
            .flat_map(u16::to_le_bytes)
            .collect();
        let joined: Vec<u8> = owned(&content).into_iter().flat_map(|(_, bytes)| bytes).collect();
        assert!(joined.starts_with(b"line of text\nline"));
        assert_eq!(joined.len(), WINDOW);
    }
}
