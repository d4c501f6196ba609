//! Shell commands that send: files, what comes through a pipe, and what is hidden in an address.

use std::ops::Range;

use crate::finding::{Kind, Severity};
use crate::rule::Shape;

use super::shell::{Look, of};

/// Commands of one pipe that are looked at.
const LONGEST_PIPE: usize = 16;
/// Programs that gather what is sent.
const GATHERS: [&[u8]; 12] = [
    b"tar",
    b"zip",
    b"gzip",
    b"base64",
    b"xxd",
    b"cat",
    b"mysqldump",
    b"pg_dump",
    b"mongodump",
    b"find",
    b"history",
    b"sqlite3",
];
/// Words in a substitution that make what it gives worth stealing.
const TELLING: [&[u8]; 10] =
    [b"base64", b"xxd", b"printenv", b"env", b"whoami", b"hostname", b"/etc/", b"gzip", b"tar ", b"openssl"];
impl Look<'_, '_> {
    /// Adds what a command sends.
    pub(super) fn sends(&mut self, at: usize, program: &[u8], words: &[Range<usize>], span: &Range<usize>) {
        let is_request = [&b"curl"[..], b"wget", b"http", b"https", b"xh"].contains(&program);
        let is_lookup = [&b"dig"[..], b"nslookup", b"host", b"ping"].contains(&program);
        let is_mail = [&b"mail"[..], b"mailx", b"sendmail", b"mutt", b"msmtp"].contains(&program);
        let is_socket = [&b"nc"[..], b"ncat", b"netcat", b"telnet"].contains(&program);
        if is_request {
            self.verbose(words, span);
            self.uploads(words, span);
        }
        if is_request || is_lookup {
            self.substituted(words, is_lookup, span);
        }
        let is_remote = [&b"ssh"[..], b"scp", b"sftp", b"rsync"].contains(&program);
        if is_request || is_socket || is_mail || is_remote {
            self.piped(at, words, is_mail, span);
        }
        if is_remote {
            self.copies(words, span);
        }
    }

    fn has(&self, words: &[Range<usize>], is: impl Fn(&[u8]) -> bool) -> bool {
        words.iter().any(|word| is(self.text(word)))
    }

    fn verbose(&mut self, words: &[Range<usize>], span: &Range<usize>) {
        let is_verbose = |word: &[u8]| {
            let is_short = word.len() > 1 && word.len() < 7 && word[0] == b'-' && word[1] != b'-';
            // What comes behind an option that takes a value is that value.
            let letters = word.iter().skip(1).take_while(|b| !b"XHdoFTuAebcmrwxEK".contains(b));
            word == b"--verbose"
                || word.starts_with(b"--trace")
                || (is_short && letters.into_iter().any(|b| *b == b'v'))
        };
        let signs_in = |word: &[u8]| {
            let lower = word.to_ascii_lowercase();
            [&b"authorization:"[..], b"api-key:", b"token:", b"apikey:"]
                .iter()
                .any(|part| memchr::memmem::find(&lower, part).is_some())
                || [&b"-u"[..], b"--user", b"--oauth2-bearer", b"--proxy-user"].contains(&word)
        };
        if self.has(words, is_verbose) && self.has(words, signs_in) {
            self.shape(Shape::VerboseRequest, "prints its headers", span);
        }
    }

    fn uploads(&mut self, words: &[Range<usize>], span: &Range<usize>) {
        let texts: Vec<Vec<u8>> = words.iter().map(|word| self.text(word).to_vec()).collect();
        let mut sent = Vec::new();
        for (at, word) in texts.iter().enumerate().skip(1) {
            let before = texts.get(at - 1).map_or(&b""[..], Vec::as_slice);
            if let Some(file) = sent_file(before, word) {
                sent.push(file);
            }
        }
        for file in sent {
            if self.is_private(&file) {
                return self.rule(
                    of(Kind::Egress, Shape::CredentialFile),
                    "sends a file that holds credentials",
                    span,
                    None,
                );
            }
            let is_payload = [&b".json"[..], b".xml", b".graphql", b".yml", b".yaml", b"-", b".sarif", b".lcov"]
                .iter()
                .any(|end| file.ends_with(end));
            let is_variable = file.starts_with(b"$") || file.starts_with(b"\"$");
            if !is_payload && !is_variable && texts.iter().any(|word| is_foreign(word)) {
                return self.shape(Shape::Upload, "sends a file", span);
            }
        }
    }

    /// A file with credentials that is copied to another machine.
    fn copies(&mut self, words: &[Range<usize>], span: &Range<usize>) {
        // The last word is where it goes; what comes behind `-i` signs in there.
        let goes = words.split_last().filter(|(last, _)| is_remote(self.text(last)));
        let Some((_, words)) = goes else { return };
        let signs_in = |at: usize| {
            at.checked_sub(1).is_some_and(|before| [&b"-i"[..], b"-e", b"-F"].contains(&self.text(&words[before])))
        };
        let is_sent = (1..words.len()).any(|at| !signs_in(at) && self.is_private(self.text(&words[at])));
        if is_sent {
            self.rule(of(Kind::Egress, Shape::CredentialFile), "sends a file that holds credentials", span, None);
        }
    }

    fn is_private(&self, text: &[u8]) -> bool {
        let mut files = self.view.flows.rules().iter().flat_map(|rule| &rule.files);
        files.any(|file| memchr::memmem::find(text, file.as_bytes()).is_some()) && !text.ends_with(b".pub")
    }

    fn substituted(&mut self, words: &[Range<usize>], is_lookup: bool, span: &Range<usize>) {
        for word in words.iter().skip(1) {
            let text = self.text(word);
            let start = memchr::memmem::find(text, b"$(").or_else(|| memchr::memchr(b'`', text));
            let Some(start) = start else { continue };
            let is_address = is_lookup || memchr::memmem::find(&text[..start], b"://").is_some();
            let inside = &text[start..];
            let tells = TELLING.iter().any(|part| memchr::memmem::find(inside, part).is_some());
            let end = inside.iter().rposition(|b| *b == b')' || *b == b'`').map_or(inside.len(), |at| at + 1);
            let is_label = inside[end..].starts_with(b".");
            if is_address && (tells && (!is_lookup || is_label)) {
                return self.shape(Shape::Substitution, "", span);
            }
        }
    }

    /// What comes through a pipe or from a file, and is sent on.
    fn piped(&mut self, at: usize, words: &[Range<usize>], is_mail: bool, span: &Range<usize>) {
        let reads = self.all.get(at).map(|command| command.reads.clone()).unwrap_or_default();
        let reads_private = reads.iter().any(|file| self.is_private(self.text(file)));
        let mut feeders: Vec<usize> = Vec::new();
        let mut next = at;
        while let Some(feeder) =
            self.all.get(next).and_then(|command| command.fed_by).filter(|_| feeders.len() < LONGEST_PIPE)
        {
            feeders.push(feeder);
            next = feeder;
        }
        let sends_input = is_mail
            || self.has(words, |word| {
                [&b"@-"[..], b"-T-", b"-", b"--post-file=-"].contains(&word) || word.ends_with(b"@-")
            })
            || ![&b"curl"[..], b"wget"].contains(&self.program(words));
        if !sends_input {
            return;
        }
        let whole =
            feeders.last().and_then(|first| self.all[*first].words.first()).map_or(span.start, |word| word.start)
                ..span.end;
        let dumps = |look: &Self, place: &usize| {
            let words = look.plain(&look.all[*place]);
            look.is_dump(look.program(&words), &words)
        };
        let names_private =
            |look: &Self, place: &usize| look.has(&look.all[*place].words, |word| look.is_private(word));
        let gathers = |look: &Self, place: &usize| {
            let words = look.plain(&look.all[*place]);
            // What a request carries is written with `cat`, too; alone it tells nothing.
            GATHERS.contains(&look.program(&words)) && look.program(&words) != b"cat"
        };
        if feeders.iter().any(|place| dumps(self, place)) {
            self.rule(of(Kind::Egress, Shape::Environment), "sends the whole environment", &whole, None);
        } else if reads_private || feeders.iter().any(|place| names_private(self, place)) {
            self.rule(of(Kind::Egress, Shape::CredentialFile), "sends a file that holds credentials", &whole, None);
        } else if is_mail && self.has(words, |word| word == b"-a" || word == b"-A") {
            self.shape(Shape::Mail, "", &whole);
        } else if feeders.iter().any(|place| gathers(self, place)) {
            let shape = if is_mail { Shape::Mail } else { Shape::Upload };
            // With `ssh` one signs in to a machine of one's own, most often.
            let is_own = is_mail || self.program(words) == b"ssh";
            let severity = if is_own { None } else { Some(Severity::High) };
            self.rule(|rule| rule.shape == Some(shape), "sends what it is piped", &whole, severity);
        }
    }
}

/// The file that an option of curl or wget sends.
fn sent_file(before: &[u8], word: &[u8]) -> Option<Vec<u8>> {
    let bare = |text: &[u8]| text.iter().copied().filter(|b| !b"\"'".contains(b)).collect::<Vec<u8>>();
    let word = bare(word);
    let behind = |mark: &[u8]| memchr::memmem::find(&word, mark).map(|at| word[at + mark.len()..].to_vec());
    match before {
        b"-T" | b"--upload-file" | b"--post-file" | b"--body-file" => Some(word),
        b"-d" | b"--data" | b"--data-binary" | b"--data-raw" | b"--data-ascii" if word.starts_with(b"@") => {
            Some(word[1..].to_vec())
        }
        b"-F" | b"--form" => behind(b"=@").or_else(|| behind(b"=<")),
        _ => behind(b"--post-file=").or_else(|| behind(b"--upload-file=")).or_else(|| behind(b"--data-binary=@")),
    }
}

/// True for a path on another machine, as `scp` and `rsync` write it.
fn is_remote(word: &[u8]) -> bool {
    let head = word.split(|b| *b == b'/').next().unwrap_or_default();
    head.contains(&b':')
}

/// True for an address that is written out and is of no machine nearby.
pub(super) fn is_foreign(word: &[u8]) -> bool {
    let word: Vec<u8> = word.iter().copied().filter(|b| !b"\"'".contains(b)).collect();
    let Some(at) = memchr::memmem::find(&word, b"://") else { return false };
    let host: Vec<u8> = word[at + 3..].iter().copied().take_while(|b| !b"/?".contains(b)).collect();
    let host = host.rsplit(|b| *b == b'@').next().unwrap_or_default();
    let host: Vec<u8> = host.iter().copied().take_while(|b| *b != b':').collect();
    let near = [&b"localhost"[..], b"127.", b"0.0.0.0", b"10.", b"192.168.", b"uploads.github.com", b"api.github.com"];
    let is_name = host.contains(&b'.') && !host.contains(&b'$');
    is_name
        && !near.iter().any(|start| host.starts_with(start))
        && ![&b".local"[..], b".internal", b".test", b".svc"].iter().any(|end| host.ends_with(end))
}
