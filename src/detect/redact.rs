//! Redaction of a stream: secrets out, everything else unchanged, in bounded memory.

use std::io::{self, Write};
use std::ops::Range;

use super::candidate::{Candidate, Fallen, settle};
use super::search::candidates;
use crate::finding::Kind;
use crate::order;
use crate::rule::RuleSet;
use crate::text::Text;

/// Bytes that were written already and still serve as context: rules look at the lines above a secret.
const CONTEXT: usize = 1 << 10;
/// The longest secret that is held back until its end is seen.
const LONGEST: usize = 64 << 10;
/// A line longer than this is written in parts.
const LONGEST_LINE: usize = 1 << 20;

/// Takes a stream in pieces of any size and writes it without its secrets, as soon as a line is complete.
pub struct Redactor<'r, W> {
    set: &'r RuleSet,
    out: W,
    /// Context that was written already, then what was not.
    held: Vec<u8>,
    written: usize,
}

impl<'r, W: Write> Redactor<'r, W> {
    /// Writes to `out`.
    pub fn new(set: &'r RuleSet, out: W) -> Self {
        Self { set, out, held: Vec::new(), written: 0 }
    }

    /// Takes the next piece.
    ///
    /// # Errors
    /// What the writer says.
    pub fn push(&mut self, piece: &[u8]) -> io::Result<()> {
        self.held.extend_from_slice(piece);
        // Without a line end nothing more can be decided than before; looking again at each byte would add up.
        let is_short = self.held.len() - self.written <= LONGEST_LINE;
        if is_short && memchr::memchr(b'\n', piece).is_none() {
            return Ok(());
        }
        let ready = self.ready();
        self.write(ready)
    }

    /// Writes what is left.
    ///
    /// # Errors
    /// What the writer says.
    pub fn finish(mut self) -> io::Result<()> {
        self.write(self.held.len())
    }

    /// How much can be decided: whole lines, up to where a key of several lines is still open.
    fn ready(&self) -> usize {
        let fresh = &self.held[self.written..];
        let Some(newline) = memchr::memrchr(b'\n', fresh) else {
            let too_long = fresh.len() > LONGEST_LINE;
            return if too_long { self.held.len() - LONGEST } else { self.written };
        };
        let lines = &fresh[..=newline];
        let end = match KEYS.iter().filter_map(|(begin, end)| open_key(lines, begin, end)).min() {
            Some(begin) => memchr::memrchr(b'\n', &lines[..begin]).map_or(0, |i| i + 1),
            None => lines.len(),
        };
        self.written + end
    }

    fn write(&mut self, ready: usize) -> io::Result<()> {
        if ready <= self.written {
            return Ok(());
        }
        let text = Text::raw(&self.held);
        let mut found = candidates(self.set, b"", &text, &|rule| rule.rule().kind == Kind::Secret);
        // What a rule had to leave unread may hold a secret, so it goes, too.
        let goes = |standing| matches!(standing, Ok(_) | Err(Fallen::Unread));
        found.retain(|candidate| goes(candidate.standing) && candidate.secret.end > self.written);
        // The one that proves most comes first and names the secret; what overlaps it is replaced all the same.
        settle(&mut found);
        let found = merged(&found);
        // A secret that reaches beyond what is ready waits with it, unless it has waited for too long.
        let crossing = found.iter().find(|s| s.span.start < ready && s.span.end > ready).map(|s| s.span.start);
        let waits = |start: usize| start > self.written && self.held.len() - start < LONGEST;
        let ready = crossing.filter(|&start| waits(start)).unwrap_or(ready);
        write_without(&mut self.out, &self.held, self.written..ready, &found)?;
        self.out.flush()?;
        self.held.drain(..ready.saturating_sub(CONTEXT));
        self.written = ready.min(CONTEXT);
        Ok(())
    }
}

/// How keys of several lines begin and end.
const KEYS: [(&[u8], &[u8]); 2] = [(b"-----BEGIN", b"-----END"), (b"PuTTY-User-Key-File-", b"Private-MAC:")];

/// Where in `lines` a key begins that has not ended yet, unless it is too long to be waited for.
fn open_key(lines: &[u8], begin: &[u8], end: &[u8]) -> Option<usize> {
    let start = memchr::memmem::rfind(lines, begin)?;
    let rest = &lines[start..];
    (rest.len() < LONGEST && memchr::memmem::find(rest, end).is_none()).then_some(start)
}

/// A stretch that is replaced by the name of a rule.
struct Stretch<'r> {
    span: Range<usize>,
    rule: &'r str,
}

/// Overlapping secrets as one stretch, sorted; `found` stands in the order of `settle`.
fn merged<'r>(found: &[Candidate<'r>]) -> Vec<Stretch<'r>> {
    let mut ranked: Vec<(usize, &Candidate<'r>)> = found.iter().enumerate().collect();
    order::sort_by_key(&mut ranked, |(_, candidate)| candidate.secret.start);
    let mut out: Vec<(usize, Stretch<'r>)> = Vec::new();
    for (rank, candidate) in ranked {
        let (span, rule) = (candidate.secret.clone(), candidate.rule.rule().id.as_str());
        match out.last_mut() {
            Some((best, last)) if span.start < last.span.end => {
                last.span.end = last.span.end.max(span.end);
                if rank < *best {
                    (*best, last.rule) = (rank, rule);
                }
            }
            _ => out.push((rank, Stretch { span, rule })),
        }
    }
    out.into_iter().map(|(_, stretch)| stretch).collect()
}

/// Writes `span` of `bytes` with every stretch in it replaced by the name of its rule.
fn write_without(out: &mut impl Write, bytes: &[u8], span: Range<usize>, found: &[Stretch<'_>]) -> io::Result<()> {
    let mut at = span.start;
    for stretch in found.iter().filter(|s| s.span.start < span.end) {
        out.write_all(&bytes[at..stretch.span.start.max(at)])?;
        write!(out, "[redacted:{}]", stretch.rule)?;
        at = stretch.span.end.clamp(at, span.end.max(at));
    }
    out.write_all(&bytes[at..span.end.max(at)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::example::fill;
    use std::sync::LazyLock;

    static RULES: LazyLock<RuleSet> = LazyLock::new(|| RuleSet::builtin().unwrap());

    fn redact(content: &[u8], piece: usize) -> String {
        let mut out = Vec::new();
        let mut redactor = Redactor::new(&RULES, &mut out);
        content.chunks(piece).for_each(|piece| redactor.push(piece).unwrap());
        redactor.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn secrets_go_and_all_else_stays_whatever_the_pieces() {
        let token = fill("{github:ghp_}", 7).unwrap();
        let key = fill("{pem:RSA PRIVATE KEY}", 7).unwrap();
        let content = format!("one\r\ntoken={token}; x\n\n{key}\nlast {token}");
        let url = format!("\npostgres://admin:Zq9-{token}-Gh8hhK@db.acme.dev/app\n");
        assert_eq!(redact(url.as_bytes(), 9).matches("Zq9").count(), 0, "{}", redact(url.as_bytes(), 9));
        let expected = "one\r\ntoken=[redacted:github-pat-classic]; x\n\n[redacted:private-key-rsa]\n\
                        last [redacted:github-pat-classic]";
        for piece in [1, 7, 64, 1000, content.len()] {
            assert_eq!(redact(content.as_bytes(), piece), expected, "in pieces of {piece}");
        }
    }

    #[test]
    fn a_line_without_end_is_written_in_bounded_memory() {
        let token = fill("{github:ghp_}", 7).unwrap();
        let filler = "abc def ".repeat(200_000);
        let content = format!("{filler}{token} {filler}{token}");
        let redacted = redact(content.as_bytes(), 64 << 10);
        assert_eq!(redacted, content.replace(&token, "[redacted:github-pat-classic]"));
    }

    #[test]
    fn a_complete_line_is_not_held_back() {
        let mut out = Vec::new();
        let mut redactor = Redactor::new(&RULES, &mut out);
        redactor.push(b"first\nsec").unwrap();
        drop(redactor);
        assert_eq!(out, b"first\n");
    }
}
