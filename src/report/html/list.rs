//! The worst findings as plain markup: what there is to read where the page's script does not run.

use std::io::{self, Write};

use super::data::{Part, Shown};
use super::gain::Gain;
use crate::report::count::grouped;
use crate::report::escape::markup;

/// As many are written; the script shows the others.
const MOST: usize = 100;

const PAGE: &str = include_str!("list.html");

/// Writes filters, which wait for the script, and the list, which the script takes over.
pub(super) fn write(findings: &[Shown<'_>], out: &mut dyn Write) -> io::Result<()> {
    let (filters, end) = PAGE.split_once("<!-- list -->").unwrap_or((PAGE, ""));
    out.write_all(filters.as_bytes())?;
    let said = match findings.len() {
        number if number > MOST => {
            format!("The {MOST} worst of {} findings. The others, filters", grouped(number as u64))
        }
        _ => "Filters".to_owned(),
    };
    writeln!(out, "<p id=\"bare\" class=\"notice\">{said} and the search need the page’s script.</p>")?;
    writeln!(out, "<ol id=\"list\" tabindex=\"-1\" aria-labelledby=\"list-title\">")?;
    for one in findings.iter().take(MOST) {
        card(one, out)?;
    }
    write!(out, "</ol>{end}")
}

/// Text in which words between backticks are code.
pub(super) fn prose(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, behind)) = rest.split_once('`') {
        match behind.split_once('`') {
            None => break,
            Some(("", _)) => {
                out += &format!("{}`", markup(before));
                rest = behind;
            }
            Some((code, after)) => {
                out += &format!("{}<code>{}</code>", markup(before), markup(code));
                rest = after;
            }
        }
    }
    out + &markup(rest)
}

fn card(one: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let class = if one.aside.is_some() { "set-aside" } else { one.severity };
    let (id, severity, title) = (markup(&one.id()), one.severity, markup(&one.title));
    writeln!(
        out,
        "<li class=\"finding {class}\" id=\"{id}\"><article>\n\
         <h3><span class=\"badge {severity}\">{severity}</span> {title}</h3>"
    )?;
    let tag = |text: &str| format!(" <span class=\"tag\">{text}</span>");
    let place = markup(&format!("{}:{}:{}", one.path, one.line, one.column));
    let mut tags = if one.is_old { tag("removed line") } else { String::new() };
    tags += &tag(one.status);
    if one.confidence == "low" {
        tags += &tag("low confidence");
    }
    writeln!(out, "<p class=\"where\"><code>{place}</code>{tags}</p>\n<div class=\"body\">")?;
    if let Some(gain) = &one.access {
        access(gain, out)?;
    }
    if let Some(part) = &one.area {
        review(part, out)?;
    }
    words(one, out)?;
    writeln!(out, "</div></article></li>")
}

fn access(gain: &Gain, out: &mut dyn Write) -> io::Result<()> {
    let (subject, verb, surface) = (markup(&gain.subject), gain.verb, markup(&gain.surface));
    writeln!(out, "<p class=\"who\"><span class=\"surface\">{surface}</span> · <strong>{subject}</strong> {verb}</p>")?;
    for row in &gain.rows {
        let [what, before, after] = row.each_ref().map(|text| markup(text));
        writeln!(
            out,
            "<p class=\"grant\"><span class=\"gained\">{what}</span> <span class=\"before\">{before}</span> \
             <span class=\"arrow\">→</span> <span class=\"after\">{after}</span></p>"
        )?;
    }
    if !gain.more.is_empty() {
        writeln!(out, "<p class=\"dim\">{}</p>", markup(&gain.more))?;
    }
    if let Some(setting) = &gain.depends_on {
        writeln!(out, "<p class=\"dim\">Whether it gains anything depends on {}.</p>", prose(setting))?;
    }
    Ok(())
}

fn review(part: &Part, out: &mut dyn Write) -> io::Result<()> {
    let owners = if part.owners.is_empty() { "a person who knows it".to_owned() } else { part.owners.join(", ") };
    let because =
        if part.evidence.is_empty() { String::new() } else { format!(" because of {}", part.evidence.join(", ")) };
    let answer = part.answer.as_ref().map_or(String::new(), |answer| format!(": {}", prose(answer)));
    let (name, owners, because, state) = (markup(&part.name), markup(&owners), prose(&because), markup(&part.review));
    writeln!(
        out,
        "<div class=\"review\"><p>Area <strong>{name}</strong>: review by <strong>{owners}</strong>{because}</p>\n\
         <p><strong>Review {state}</strong>{answer}</p></div>"
    )
}

/// What stands there, what it means, what to do, and what it is called.
fn words(one: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let [before, marked, after] = one.excerpt.each_ref().map(|part| markup(part));
    let mark = if marked.is_empty() { String::new() } else { format!("<mark>{marked}</mark>") };
    if !(before.is_empty() && mark.is_empty() && after.is_empty()) {
        writeln!(out, "<pre><code>{before}{mark}{after}</code></pre>")?;
    }
    if !one.message.is_empty() {
        writeln!(out, "<p>{}</p>", prose(&one.message))?;
    }
    writeln!(out, "<p><strong>What to do:</strong> {}</p>", prose(&one.remedy))?;
    if let Some(aside) = &one.aside {
        writeln!(out, "<p class=\"review\">Set aside: {}</p>", prose(aside))?;
    }
    let (rule, kind, sure, print) = (markup(&one.rule), &one.kind, one.confidence, markup(&one.fingerprint));
    let more = one.docs.map_or(String::new(), |docs| {
        let docs = markup(docs);
        format!(" · <a href=\"{docs}\" rel=\"noreferrer noopener\" aria-label=\"read more about {rule}\">read more</a>")
    });
    writeln!(out, "<p class=\"dim\"><code>{rule}</code> · {kind} · confidence {sure} · <code>{print}</code>{more}</p>")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_between_backticks_are_code_and_nothing_is_markup() {
        assert_eq!(prose("a `b<` c"), "a <code>b&lt;</code> c");
        assert_eq!(prose("``a` & `b"), "`<code>a</code> &amp; `b");
        assert_eq!(prose(""), "");
    }
}
