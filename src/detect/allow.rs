//! Inline allows: `ringfence:allow RULE -- reason` in a comment, on the line of a finding or alone on the line above it.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::memmem;

use super::shown::Shown;
use super::{fingerprint, name};
use crate::finding::{Finding, Fingerprint, Severity, Side};
use crate::keyed::nearest;
use crate::order;
use crate::rule::RuleSet;
use crate::text::Text;
use crate::unit::Unit;

/// The words that open one.
const WORDS: &[u8] = b"ringfence:allow";
/// The rule that speaks when a change adds one.
const RULE: &str = "policy-inline-allow";
/// What ends a comment, and so a reason.
const CLOSERS: [&str; 13] = ["--%>", "-->", "*/", "#}", "%>", "*)", "-}", "\"\"\"", "'''", "*@", "}}", "--}", "|#"];
/// Words that are a comment's opening.
const OPENING_WORDS: [&str; 3] = ["rem", "dnl", "comment"];
/// Most of them on one line that count: nobody writes more, and a hostile line could hold very many.
const MOST_ON_A_LINE: usize = 8;
/// Longest opening of a comment, longest name of a rule, and longest reason that is kept, in bytes.
const LONGEST_OPENING: usize = 200;
const LONGEST_RULE: usize = 80;
/// Bytes behind the words that are read for a rule and a reason.
const LONGEST_READ: usize = 4 << 10;
/// Longest reason that is shown whole, in characters.
pub const LONGEST_REASON: usize = 300;

/// One inline allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Its line.
    pub line: usize,
    /// The rule that it names, which need not exist.
    pub rule: String,
    /// Why; `None` where nothing is said, and then it does not count. Raw text of the file: mask it before it is shown.
    pub reason: Option<String>,
    /// The line below it for which it stands too, if it stands alone.
    below: Option<usize>,
    span: Range<usize>,
}

impl Mark {
    /// True if it belongs to this window of a text.
    pub fn is_in(&self, text: &Text<'_>) -> bool {
        text.owns(self.span.start)
    }
}

/// The inline allows of a text.
#[derive(Debug, Default)]
pub struct Marks {
    all: Vec<Mark>,
    /// Which ones stand for a line.
    by_line: BTreeMap<usize, Vec<usize>>,
}

impl Marks {
    /// Reads `text`.
    pub fn of(text: &Text<'_>) -> Self {
        let mut all: Vec<Mark> = Vec::new();
        let mut on_line = (0, 0);
        for at in memmem::find_iter(text.bytes(), WORDS) {
            let line = text.position(at).line;
            on_line = if on_line.0 == line { (line, on_line.1 + 1) } else { (line, 1) };
            if on_line.1 <= MOST_ON_A_LINE {
                all.extend(mark(text, line, at));
            }
        }
        below(&mut all);
        let mut by_line: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, mark) in all.iter().enumerate() {
            for line in std::iter::once(mark.line).chain(mark.below) {
                by_line.entry(line).or_default().push(place);
            }
        }
        Self { all, by_line }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them, in the order of the text.
    pub fn all(&self) -> &[Mark] {
        &self.all
    }

    /// The one that stands for `finding`, by its place, whether it counts or not; one that counts comes first.
    pub fn about(&self, finding: &Finding) -> Option<usize> {
        let here = self.by_line.get(&finding.start.line).filter(|_| finding.side == Side::New)?;
        let fits = |place: &&usize| self.all[**place].rule == *finding.rule;
        let counts = here.iter().filter(fits).find(|place| self.all[**place].reason.is_some());
        counts.or_else(|| here.iter().find(fits)).copied()
    }
}

/// The line on which each stands alone goes on to the next line that is something else.
fn below(all: &mut [Mark]) {
    for place in (0..all.len()).rev() {
        if let Some(next) = all[place].below {
            let further = all[place + 1..].iter().take_while(|mark| mark.line <= next);
            let further = further.filter(|mark| mark.line == next).find_map(|mark| mark.below);
            all[place].below = further.or(Some(next));
        }
    }
}

fn mark(text: &Text<'_>, line: usize, at: usize) -> Option<Mark> {
    let (bytes, whole) = (text.bytes(), text.line_span(at));
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b':');
    if bytes[whole.start..at].last().is_some_and(is_word) {
        return None;
    }
    let start = at + WORDS.len();
    let after = String::from_utf8_lossy(&bytes[start..whole.end.min(start + LONGEST_READ + 1)]);
    let after = name::beginning(&after, LONGEST_READ);
    let rest = after.strip_prefix([' ', '\t'])?.trim_start();
    let (said, end) = until_closer(rest);
    let rule: String = said.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect();
    let rule = rule.trim_end_matches('-');
    // Ids are lower case: a word in capitals stands for any of them, in text about this.
    if rule.len() > LONGEST_RULE || !rule.chars().any(|c| c.is_ascii_lowercase()) {
        return None;
    }
    let reason = said[rule.len()..].trim_start();
    let reason = reason.strip_prefix("--").or_else(|| reason.strip_prefix('—')).unwrap_or_default().trim();
    let reason = reason.chars().any(char::is_alphanumeric).then(|| reason.to_owned());
    let is_alone = is_opening(&bytes[whole.start..at]) && !end.contains(char::is_alphanumeric);
    let span = at..(at + WORDS.len() + 1 + rule.len()).min(whole.end);
    Some(Mark { line, rule: rule.to_owned(), reason, below: is_alone.then_some(line + 1), span })
}

/// What stands before the end of the comment, and behind it.
fn until_closer(text: &str) -> (&str, &str) {
    let next = std::str::from_utf8(WORDS).ok().and_then(|words| text.find(words)).map(|at| (at, at));
    let closers = CLOSERS.iter().filter_map(|closer| text.find(closer).map(|at| (at, at + closer.len())));
    match closers.chain(next).min() {
        Some((end, rest)) => (&text[..end], &text[rest..]),
        None => (text, ""),
    }
}

/// True if nothing but the beginning of a comment stands in `before`.
fn is_opening(before: &[u8]) -> bool {
    let text = String::from_utf8_lossy(before).trim().to_ascii_lowercase();
    let is_marks = !text.is_empty() && text.len() <= LONGEST_OPENING && !text.chars().any(char::is_alphanumeric);
    is_marks || OPENING_WORDS.contains(&text.as_str())
}

/// What is wrong with `mark`, in words; `None` if it can count.
pub fn fault(set: &RuleSet, mark: &Mark) -> Option<String> {
    let shown = name::masked(set, &mark.rule);
    if set.get(&mark.rule).is_none() {
        let known = set.rules().iter().map(|rule| rule.rule().id.as_str());
        let advice = match nearest(&mark.rule, known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`ringfence rules list` shows them".to_owned(),
        };
        return Some(format!("`ringfence:allow {shown}` does not count: there is no such rule; {advice}"));
    }
    let advice = "write `-- ` and why this is no danger behind the rule";
    mark.reason.is_none().then(|| format!("`ringfence:allow {shown}` does not count: it gives no reason; {advice}"))
}

/// Comments that were meant to be marks and are none, each with its line and what is wrong. Text that names the tool is
/// none: it has to be followed by a colon, a word that asks for something, and a rule or a reason.
pub fn slips(text: &Text<'_>) -> Vec<(usize, String)> {
    const NAME: &[u8] = b"ringfence";
    let mut slips = Vec::new();
    for at in memmem::find_iter(text.bytes(), NAME).filter(|at| text.owns(*at)) {
        let end = text.line_span(at).end.min(at + 2 * LONGEST_REASON);
        let rest = String::from_utf8_lossy(&text.bytes()[at + NAME.len()..end]);
        if slips.len() < MOST_ON_A_LINE
            && let Some(said) = slip(&rest)
        {
            slips.push((text.position(at).line, said));
        }
    }
    slips
}

/// What is wrong with a comment that goes on with `rest` behind the name of the tool.
fn slip(rest: &str) -> Option<String> {
    let after = rest.strip_prefix(':')?;
    let word = after.trim_start();
    let length = word.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(word.len());
    let (word, said) = word.split_at(length);
    let said = said.strip_prefix([' ', '\t'])?.trim_start();
    let gives_reason = said.contains(" -- ") || said.contains('—');
    let form = "write `ringfence:allow RULE -- why`";
    match (word, after.starts_with(char::is_whitespace)) {
        ("allow", false) if said.starts_with("--") || said.starts_with('—') => {
            Some(format!("`ringfence:allow` does not count: it names no rule; {form}"))
        }
        ("allow", true) if gives_reason => {
            Some(format!("`ringfence: allow` does not count: no blank stands behind the colon; {form}"))
        }
        ("ignore" | "disable" | "skip" | "nosec" | "noqa", _) if gives_reason => {
            Some(format!("`ringfence:{word}` does not count: the word is `allow`; {form}"))
        }
        _ => None,
    }
}

/// What a change adds: a mark of the new text, and what it sets aside from then on.
pub struct Opened<'a> {
    /// The mark.
    pub mark: &'a Mark,
    /// What it sets aside.
    pub findings: Vec<(Severity, Fingerprint)>,
}

/// The finding about a mark that a change adds to `unit`, whose new text is `text`; `path` as reports show it.
pub fn finding(set: &RuleSet, unit: &Unit<'_>, text: &Text<'_>, opened: &Opened<'_>) -> Option<Finding> {
    let (rule, mark) = (set.get(RULE)?, opened.mark);
    let number = opened.findings.len();
    let said = match (fault(set, mark), number) {
        (Some(fault), _) => fault,
        (None, 0) => format!("`ringfence:allow {}` is added, and so far nothing stands there that it means", mark.rule),
        (None, 1) => format!("`ringfence:allow {}` opens the way for 1 finding", mark.rule),
        (None, _) => format!("`ringfence:allow {}` opens the way for {number} findings", mark.rule),
    };
    let mut prints: Vec<String> = opened.findings.iter().map(|(_, print)| print.to_string()).collect();
    order::sort(&mut prints);
    let shown = Shown::of(set, unit);
    Some(Finding {
        rule: rule.words.id.clone(),
        kind: rule.rule().kind,
        severity: opened.findings.iter().map(|(severity, _)| *severity).max().unwrap_or(Severity::Low),
        confidence: rule.rule().confidence,
        title: rule.words.title.clone(),
        message: format!("{}. {}", said.trim_end_matches(['.', '?']), rule.rule().why),
        path: name::shown(set, &unit.path).into(),
        side: Side::New,
        start: text.position(mark.span.start),
        end: text.position(mark.span.end),
        excerpt: shown.excerpt(text, Side::New, &mark.span),
        fingerprint: fingerprint::of_fact(RULE, &format!("{}\0{}", mark.rule, prints.join(" "))),
        remedy: rule.words.remedy.clone(),
        docs: rule.words.docs.clone(),
        secret: None,
        access: None,
        area: None,
        shapes: Vec::new(),
        anchor: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(usize, Option<usize>, String, Option<String>)> {
        let marks = Marks::of(&Text::raw(text.as_bytes())).all;
        marks.into_iter().map(|mark| (mark.line, mark.below, mark.rule, mark.reason)).collect()
    }

    #[test]
    fn every_kind_of_comment_can_hold_one() {
        for (open, close) in [
            ("# ", ""),
            ("// ", ""),
            ("/* ", " */"),
            (" * ", ""),
            ("-- ", ""),
            ("; ", ""),
            ("<!-- ", " -->"),
            ("% ", ""),
            ("{# ", " #}"),
            ("(* ", " *)"),
            ("{- ", " -}"),
            ("' ", ""),
            ("REM ", ""),
            ("dnl ", ""),
            ("{{/* ", " */}}"),
            ("<%-- ", " --%>"),
            ("\"\"\" ", " \"\"\""),
            ("\t//! ", ""),
        ] {
            let alone = read(&format!("{open}ringfence:allow some-rule -- an example, made up{close}\nx\n"));
            let reason = Some("an example, made up".to_owned());
            assert_eq!(alone, [(1, Some(2), "some-rule".into(), reason.clone())], "{open}");
            let behind = read(&format!("x = 1 {open}ringfence:allow some-rule -- an example, made up{close}\n"));
            assert_eq!(behind, [(1, None, "some-rule".into(), reason)], "{open}");
        }
    }

    #[test]
    fn without_a_reason_it_is_read_and_does_not_count() {
        for text in ["# ringfence:allow a-rule", "# ringfence:allow a-rule --", "<!-- ringfence:allow a-rule -->"] {
            assert_eq!(read(text), [(1, Some(2), "a-rule".into(), None)], "{text}");
        }
        for text in [
            "# ringfence:allow",
            "xringfence:allow a -- b",
            "# ringfence:allowed a -- b",
            "ringfence:allow -- b",
            "ringfence:allow RULE -- b",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }

    #[test]
    fn what_was_meant_to_be_one_is_told_and_prose_is_not() {
        let said =
            |text: &str| slips(&Text::raw(text.as_bytes())).into_iter().map(|(_, said)| said).collect::<Vec<_>>();
        for (text, why) in [
            ("# ringfence: allow x -- y", "no blank"),
            ("x = 1 # ringfence:ignore x -- y", "the word is `allow`"),
            ("# ringfence:allow -- y", "names no rule"),
        ] {
            assert!(said(text).iter().any(|said| said.contains(why)), "{text}: {:?}", said(text));
        }
        for text in [
            "ringfence: a scanner -- and more",
            "ringfence: allow lists are bad",
            "# ringfence:allow x -- y",
            "# ringfence:allow RULE -- y",
            "ringfence:latest -- y",
            "ringfence",
        ] {
            assert_eq!(said(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn several_lines_of_them_stand_for_the_line_below_all() {
        let below: Vec<_> =
            read("# ringfence:allow a -- x\n# ringfence:allow b -- y\nz\n").into_iter().map(|mark| mark.1).collect();
        assert_eq!(below, [Some(3), Some(3)]);
        let two = read("z # ringfence:allow a -- x ringfence:allow b -- y\n");
        assert_eq!(two.iter().map(|mark| mark.3.as_deref()).collect::<Vec<_>>(), [Some("x"), Some("y")]);
    }
}
