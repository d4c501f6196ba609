//! A line of code as one that looks for paths reads it: the parts of a path that code joins are one path.

/// Most bytes between two strings that are joined to one path.
const JOINT: usize = 40;
/// Bytes before a place that are looked at for a home directory.
const LEAD: usize = 128;
/// Words on a line that has a home directory in it.
const HOMES: [&str; 28] = [
    "homedir",
    "home_dir",
    "path.home(",
    "expanduser",
    "user.home",
    "userprofile",
    "env(\"home\"",
    "env('home'",
    "env[\"home\"",
    "env['home'",
    "getenv(\"home\"",
    "getenv('home'",
    "environ[\"home\"",
    "environ['home'",
    "env.home",
    "environ.get(\"home\"",
    "userhome",
    "dirs.home",
    "env.fetch(\"home\"",
    "env.fetch('home'",
    "$home",
    "${home",
    "dir.home",
    "getuserprofile",
    "specialfolder.userprofile",
    "var(\"home\"",
    "home.join(",
    "home.resolve(",
];

/// A line in lower case, its paths with `/`.
pub(super) struct Line {
    joined: String,
    names_home: bool,
}

impl Line {
    /// Reads a line from which comments are gone.
    pub(super) fn of(code: &[u8]) -> Self {
        let lower = String::from_utf8_lossy(code).to_lowercase();
        let names_home = HOMES.iter().any(|word| lower.contains(word));
        Self { joined: joined(&lower), names_home }
    }

    /// The paths in which `place` stands, each from its first part to its end; with `*` for a part of a name.
    pub(super) fn paths(&self, place: &str) -> Vec<Hit<'_>> {
        let mut pieces = place.split('*');
        let first = pieces.next().unwrap_or_default();
        let rest: Vec<&str> = pieces.collect();
        let text = self.joined.as_str();
        let starts = text.match_indices(first).map(|(at, _)| at).filter(|at| begins(text, *at));
        starts.filter_map(|at| Some(Hit { line: self, start: at, end: end(text, at + first.len(), &rest)? })).collect()
    }
}

/// A place on a line.
pub(super) struct Hit<'l> {
    line: &'l Line,
    start: usize,
    end: usize,
}

impl Hit<'_> {
    /// True if it stands below a home directory.
    pub(super) fn is_at_home(&self) -> bool {
        let text = self.line.joined.as_str();
        let lead = (self.start.saturating_sub(LEAD)..=self.start).find(|at| text.is_char_boundary(*at));
        let before = &text[lead.unwrap_or(self.start)..self.start];
        let path = before.rsplit(|c: char| c.is_whitespace() || "\"'`=,(".contains(c)).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        const ENDS: [&str; 8] =
            ["~", "$home", "${home}", "{home}", "%userprofile%", "$env:userprofile", "/root", "$env:home"];
        let below =
            |root: &str| path.rsplit_once('/').is_some_and(|(above, name)| above.ends_with(root) && !name.is_empty());
        ENDS.iter().any(|end| path.ends_with(end)) || below("/home") || below("/users") || self.line.names_home
    }

    /// The place and what of the path follows it.
    pub(super) fn path(&self) -> &str {
        let rest = &self.line.joined[self.end..];
        let length = rest.find(|c: char| c.is_whitespace() || "\"'`);,|&<>".contains(c)).unwrap_or(rest.len());
        &self.line.joined[self.start..self.end + length]
    }
}

/// True if a part of a path can begin at `at`.
fn begins(text: &str, at: usize) -> bool {
    let is_root = text[at..].starts_with('/');
    text[..at].chars().next_back().is_none_or(|c| {
        let is_name = c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        if is_root { !is_name && c != '~' } else { !is_name }
    })
}

/// Where the pieces of a place end that follow `at`, if they do.
fn end(text: &str, mut at: usize, pieces: &[&str]) -> Option<usize> {
    let is_name = |c: char| c.is_alphanumeric() || "_-.$<>@%{}".contains(c);
    for (i, piece) in pieces.iter().enumerate() {
        let name = text[at..].find(|c| !is_name(c)).unwrap_or(text.len() - at);
        let found = if piece.is_empty() { Some(name) } else { text[at..].find(piece).filter(|offset| *offset <= name) };
        at += found? + piece.len();
        if i + 1 == pieces.len() && piece.is_empty() {
            return Some(at);
        }
    }
    let next = text[at..].chars().next();
    let ends = text[..at].ends_with('/') || next.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
    ends.then_some(at)
}

/// Strings that are joined by calls, commas or operators become one path; `\` becomes `/`, and several become one.
fn joined(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut open = None;
    while let Some(c) = rest.chars().next() {
        let taken = if open == Some(c) { joint(rest) } else { None };
        match (open, taken) {
            (None, _) if is_quote(c) => open = Some(c),
            (Some(quote), None) if quote == c => open = None,
            (_, Some(length)) => open = rest[..length].chars().next_back(),
            _ => {}
        }
        let slash = taken.is_some() || c == '\\' || c == '/';
        if slash && !out.ends_with('/') {
            out.push('/');
        } else if !slash {
            out.push(c);
        }
        rest = &rest[taken.unwrap_or(c.len_utf8())..];
    }
    out
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'' | '`')
}

/// How long what stands between two strings is, both quotes included, if it joins them to one path.
fn joint(rest: &str) -> Option<usize> {
    let ends = rest.char_indices().map(|(at, c)| at + c.len_utf8());
    let limit = ends.take_while(|end| *end <= JOINT).last()?;
    let next = rest[1..limit].find(is_quote)? + 1;
    let between = rest[1..next].trim_matches(|c: char| c.is_whitespace() || matches!(c, ')' | '('));
    let word = between.trim_start_matches(|c: char| matches!(c, ',' | '/' | '+' | '.' | ')') || c.is_whitespace());
    let is_joined = between.starts_with([',', '/', '+', '.']) || (between.is_empty() && rest[1..next].contains(','));
    let is_call = word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '(' | ':'));
    (is_joined && is_call).then_some(next + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_path_are_put_together() {
        for line in [
            "open(\"~/.ssh/id_rsa\")",
            "path.join(os.homedir(), '.ssh', 'id_rsa')",
            "Path.home() / \".ssh\" / \"id_ed25519\"",
            "home.join(\".ssh\").join(\"id_rsa\")",
            "File.join(Dir.home, '.ssh', 'id_dsa')",
            "C:\\\\Users\\\\x\\\\.ssh\\\\id_rsa",
        ] {
            let line = Line::of(line.as_bytes());
            assert!(line.paths(".ssh/id_*").iter().any(Hit::is_at_home), "{}", line.joined);
        }
        for line in ["foo.ssh/id_rsa", "see .sshd/id_rsa", "(\".ssh\"); f(\"x\", \"id_rsa\")"] {
            assert!(Line::of(line.as_bytes()).paths(".ssh/id_*").is_empty(), "{line}");
        }
    }

    #[test]
    fn letters_of_any_length_are_read() {
        for text in ["\"", "\"é", "\"\"", "\"אאאאאאאאאאאאאאאאאאאאאאאאאא\" + \"b\"", "\\\\é/\""]
        {
            assert!(Line::of(text.as_bytes()).paths(".ssh").is_empty(), "{text}");
        }
    }

    #[test]
    fn places_end_where_names_end() {
        let has = |line: &str, place: &str| !Line::of(line.as_bytes()).paths(place).is_empty();
        assert!(has("open('/etc/shadow')", "/etc/shadow"));
        assert!(!has("open('/etc/shadows')", "/etc/shadow"));
        assert!(!has("open('./etc/shadow')", "/etc/shadow"));
        assert!(has("open(f'/proc/{pid}/environ')", "/proc/*/environ"));
        assert!(!has("open('/proc/a/b/environ')", "/proc/*/environ"));
    }

    #[test]
    fn a_home_must_be_named() {
        let at_home = |line: &str| Line::of(line.as_bytes()).paths(".npmrc").iter().any(Hit::is_at_home);
        assert!(at_home("read(\"$HOME/.npmrc\")"));
        assert!(at_home("read(\"/home/ann/.npmrc\")"));
        assert!(!at_home("read(root + \"/.npmrc\")"));
    }
}
