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
        for i in range.clone().filter(|&i| hidden[i] && !matches!(bytes[i], b'\n' | b'\r')) {
            out[i] = if is_alone { b' ' } else { b'T' };
        }
        if !is_alone {
            settle(&bytes[range.clone()], &hidden[range.clone()], &mut out[range]);
        }
    }
    String::from_utf8(out).ok()
}

/// Makes two kinds of lines what they will be: in front of an item a condition vanishes, and a map that is filled in as an
/// item is one.
fn settle(line: &[u8], hidden: &[bool], out: &mut [u8]) {
    let indent = line.iter().take_while(|b| **b == b' ').count();
    let dash = usize::from(line[indent..].starts_with(b"- ")) * 2;
    let start = indent + dash;
    let length = hidden.iter().skip(start).take_while(|hidden| **hidden).count();
    if length == 0 {
        return;
    }
    let (action, rest) = line[start..].split_at(length);
    if dash > 0 && rest.trim_ascii().is_empty() && memchr::memmem::find(action, b"toYaml").is_some() {
        out[start + 1..start + 3].copy_from_slice(b": ");
    } else if dash == 0 && rest.starts_with(b"- ") {
        let end = rest.trim_ascii_end().len();
        out.copy_within(start + length..start + length + end, start);
        out[start + end..start + length + end].fill(b' ');
    }
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
