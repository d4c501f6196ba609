//! A list of allowed signers, as `ssh-keygen` has it: which key belongs to whom, for what, and from when to when.
//!
//! Source: "ALLOWED SIGNERS" in ssh-keygen(1).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

/// The whole list.
#[derive(Clone, Debug)]
pub struct Signers(Vec<Signer>);

/// One entry.
#[derive(Clone, Debug)]
pub struct Signer {
    /// Whose key it is: names or patterns of names, the latter with `*`, `?` or `!`.
    pub principals: Vec<String>,
    /// The key.
    pub key: PublicKey,
    /// What stands between them.
    pub terms: Terms,
}

/// The conditions of an entry.
#[derive(Clone, Debug, Default)]
pub struct Terms {
    /// What its signatures are for; `None` for everything.
    namespaces: Option<Vec<String>>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    /// It signs certificates, and nothing else.
    pub is_authority: bool,
}

impl Signers {
    /// Reads a list.
    ///
    /// # Errors
    /// In words, with the line that is no entry; or the list is empty.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| is_entry(line)) {
            let entry = Signer::parse(line.trim());
            entries.push(entry.map_err(|why| format!("line {}: {why}", at + 1))?);
        }
        if entries.is_empty() { Err("it has no key in it".into()) } else { Ok(Self(entries)) }
    }

    /// Every entry of a key.
    pub fn of(&self, key: &KeyData) -> impl Iterator<Item = &Signer> {
        self.0.iter().filter(move |signer| signer.key.key_data() == key)
    }
}

/// True unless a line is empty or a comment.
pub fn is_entry(line: &str) -> bool {
    let line = line.trim();
    !(line.is_empty() || line.starts_with('#'))
}

impl Signer {
    /// Reads one line: principals, options if there are any, and the key.
    ///
    /// # Errors
    /// In words.
    pub fn parse(line: &str) -> Result<Self, String> {
        let wrong = || "it is no entry of allowed signers (`name@example.com ssh-ed25519 AAAA…`)".to_owned();
        let (names, rest) = word(line).ok_or_else(wrong)?;
        let principals = names.trim_matches('"').split(',').map(str::to_owned).collect();
        if let Ok(key) = PublicKey::from_openssh(rest) {
            return Ok(Self { principals, key, terms: Terms::default() });
        }
        let (options, rest) = word(rest).ok_or_else(wrong)?;
        let key = PublicKey::from_openssh(rest).map_err(|_| wrong())?;
        Ok(Self { principals, key, terms: Terms::parse(options)? })
    }

    /// True if the entry names `name`, and not by a pattern that fits others, too.
    pub fn names(&self, name: &str) -> bool {
        self.people().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// True if one of its patterns fits `name`.
    pub fn fits(&self, name: &str) -> bool {
        is_listed(&self.principals, name)
    }

    /// The names in it that are no patterns.
    pub fn people(&self) -> impl Iterator<Item = &str> {
        self.principals.iter().map(String::as_str).filter(|name| !name.contains(['*', '?', '!']))
    }
}

impl Terms {
    fn parse(options: &str) -> Result<Self, String> {
        let mut terms = Self::default();
        for option in split(options) {
            let (name, value) = option.split_once('=').map_or((option, None), |(n, v)| (n, Some(v.trim_matches('"'))));
            match (name.to_ascii_lowercase().as_str(), value) {
                ("cert-authority", None) => terms.is_authority = true,
                ("namespaces", Some(list)) => terms.namespaces = Some(list.split(',').map(str::to_owned).collect()),
                ("valid-after", Some(text)) => terms.after = Some(time(text)?),
                ("valid-before", Some(text)) => terms.before = Some(time(text)?),
                _ => return Err(format!("the option `{name}` is not known")),
            }
        }
        Ok(terms)
    }

    /// True if signatures under `namespace` count.
    pub fn allows(&self, namespace: &str) -> bool {
        self.namespaces.as_ref().is_none_or(|list| is_listed(list, namespace))
    }

    /// True if the key counts at that time.
    pub fn holds_at(&self, time: Timestamp) -> bool {
        self.after.is_none_or(|after| time >= after) && self.before.is_none_or(|before| time < before)
    }

    /// True if it does not count at every time.
    pub fn is_timed(&self) -> bool {
        self.after.is_some() || self.before.is_some()
    }
}

/// The first word of a line, in which quotes hold spaces, and the rest.
fn word(line: &str) -> Option<(&str, &str)> {
    let mut quoted = false;
    let end = line.find(|c: char| {
        quoted ^= c == '"';
        c.is_whitespace() && !quoted
    })?;
    Some((&line[..end], line[end..].trim_start()))
}

/// The options of a list, in which quotes hold commas.
fn split(options: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    options.split(move |c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    })
}

/// A time: `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, perhaps with `Z`. Without it OpenSSH takes the zone of the
/// machine; here it is UTC as well, so that every machine says the same.
fn time(text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("`{text}` is no time; write YYYYMMDD or YYYYMMDDHHMM[SS]");
    let digits = text.strip_suffix(['Z', 'z']).unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(wrong());
    }
    let form = match digits.len() {
        8 => format!("{digits}000000"),
        12 => format!("{digits}00"),
        14 => digits.to_owned(),
        _ => return Err(wrong()),
    };
    let at = |from: usize, to: usize| form[from..to].parse::<i8>().unwrap_or(-1);
    let year = form[..4].parse().unwrap_or(-1);
    let time = DateTime::new(year, at(4, 6), at(6, 8), at(8, 10), at(10, 12), at(12, 14), 0);
    let time = time.and_then(|time| time.to_zoned(TimeZone::UTC));
    time.map(|time| time.timestamp()).map_err(|_| wrong())
}

/// True if a pattern of `list` fits `text`, and none with `!` does.
fn is_listed(list: &[String], text: &str) -> bool {
    let denied = list.iter().filter_map(|p| p.strip_prefix('!')).any(|p| fits(p.as_bytes(), text.as_bytes()));
    !denied && list.iter().any(|p| !p.starts_with('!') && fits(p.as_bytes(), text.as_bytes()))
}

/// True if `*` and `?` in `pattern` can stand for what `text` has there. Reads each byte of the text once for each `*`.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(byte) if *byte == b'?' || *byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, from)) = star else { return false };
                star = Some((after, from + 1));
                (p, t) = (after, from + 1);
            }
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";

    fn entry(before_key: &str) -> Result<Signer, String> {
        Signer::parse(&format!("{before_key} {KEY} a comment"))
    }

    #[test]
    fn principals_are_names_or_patterns() {
        let signer = entry("ann@example.com,*@acme.example,!bob@acme.example").unwrap();
        assert!(signer.names("Ann@example.com") && !signer.names("eve@acme.example"));
        assert!(signer.fits("eve@acme.example") && !signer.fits("bob@acme.example") && !signer.fits("eve@example.com"));
        assert_eq!(signer.people().collect::<Vec<_>>(), ["ann@example.com"]);
    }

    #[test]
    fn options_bind_an_entry() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let signer = entry(r#"a namespaces="git,x y*",valid-after="20260101",valid-before="202602011200Z""#).unwrap();
        assert!(signer.terms.allows("git") && signer.terms.allows("x yz") && !signer.terms.allows("file"));
        for (time, holds) in [
            ("2025-12-31T23:59:59Z", false),
            ("2026-01-01T00:00:00Z", true),
            ("2026-02-01T11:59:59Z", true),
            ("2026-02-01T12:00:00Z", false),
        ] {
            assert_eq!(signer.terms.holds_at(at(time)), holds, "{time}");
        }
        assert!(entry("a cert-authority").unwrap().terms.is_authority);
        assert!(!entry("a namespaces=\"*,!git\"").unwrap().terms.allows("git"));
    }

    #[test]
    fn what_is_no_entry_is_said_with_its_line() {
        for (text, why) in [
            ("", "no key"),
            ("# none\n\n", "no key"),
            ("a b c", "line 1: it is no entry"),
            (KEY, "line 1: it is no entry"),
            (&format!("a {KEY}\na never {KEY}"), "line 2: the option `never` is not known"),
            (&format!("a valid-after=\"1 May\" {KEY}"), "`1 May` is no time"),
            (&format!("a valid-after=\"20261301\" {KEY}"), "`20261301` is no time"),
        ] {
            let said = Signers::parse(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }

    #[test]
    fn patterns_end() {
        assert!(fits(b"*", b"") && fits(b"a*b*c", b"axxbxxbc") && !fits(b"a*b", b"abc") && fits(b"?b", b"ab"));
        assert!(!fits(b"*a*a*a*a*a*a*a*a*b", &[b'a'; 4000]));
    }
}
