//! Go and Jinja templates: their actions masked, so that the rest can be read as what it will be.

/// What opens an action and what closes it.
const ACTIONS: [(&[u8; 2], &[u8; 2]); 3] = [(b"{{", b"}}"), (b"{%", b"%}"), (b"{#", b"#}")];

/// The text with every action hidden, byte for byte as long as before: on a line of its own it becomes blank, inside a
/// line a word. `None` without actions. `${{ … }}` is GitHub's and stays.
pub(super) fn masked(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let hidden = hidden(bytes);
    if !hidden.contains(&true) {
        return None;
    }
    let mut out = bytes.to_vec();
    let mut at = 0;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        let range = at..at + line.len();
        at = range.end;
        let is_alone = range.clone().all(|i| hidden[i] || bytes[i].is_ascii_whitespace());
        for i in range.filter(|&i| hidden[i] && !matches!(bytes[i], b'\n' | b'\r')) {
            out[i] = if is_alone { b' ' } else { b'T' };
        }
    }
    String::from_utf8(out).ok()
}

/// True if a line holds nothing but an action: the text is a template for sure.
pub(super) fn has_lines(text: &str) -> bool {
    text.lines().map(str::trim).any(|line| line.starts_with("{{") && line.ends_with("}}") || line.starts_with("{%"))
}

fn hidden(bytes: &[u8]) -> Vec<bool> {
    let mut hidden = vec![false; bytes.len()];
    let mut at = 0;
    while at + 1 < bytes.len() {
        let opens = |open: &[u8; 2]| bytes[at..].starts_with(open) && (at == 0 || bytes[at - 1] != b'$');
        let Some((_, close)) = ACTIONS.iter().find(|(open, _)| opens(open)) else {
            at += 1;
            continue;
        };
        // A comment may hold what would close it.
        let inner = bytes[at + 2..].iter().position(|b| !matches!(b, b'-' | b' ')).unwrap_or(0);
        let is_comment = bytes[at + 2 + inner..].starts_with(b"/*");
        let skipped = if is_comment { memchr::memmem::find(&bytes[at + 2..], b"*/").unwrap_or(0) } else { 0 };
        let Some(length) = memchr::memmem::find(&bytes[at + 2 + skipped..], *close).map(|n| n + skipped) else { break };
        hidden[at..at + length + 4].fill(true);
        at += length + 4;
    }
    hidden
}
