//! Of many roots those to look at, each with a link that shows its findings only.

use std::io::{self, Write};

use crate::report::Report;
use crate::report::count::{counted, grouped};
use crate::report::escape::{markup, terminal};
use crate::report::human::of_root;

/// Writes the roots that fail the run or are incomplete, the worst first.
pub(super) fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (bad, all) = (report.bad_roots(), &report.source.roots);
    if all.is_empty() {
        return Ok(());
    }
    let title = format!("{} of {} to look at", grouped(bad.len() as u64), counted(all.len() as u64, "root"));
    writeln!(
        out,
        "<section class=\"card\" id=\"roots\" aria-labelledby=\"roots-title\"><h2 id=\"roots-title\">{title}</h2>"
    )?;
    if !bad.is_empty() {
        writeln!(
            out,
            "<div class=\"wide some\"><table><thead><tr><th scope=\"col\">root</th><th scope=\"col\">what is there</th></tr></thead><tbody>"
        )?;
        for root in bad {
            let (name, said) = (markup(&root.name), markup(&of_root(root)));
            let shown = if root.counts.total() + root.suppressed > 0 {
                format!("<a href=\"#root={}\">{name}</a>", encoded(&terminal(&root.name)))
            } else {
                name
            };
            writeln!(out, "<tr><td><code>{shown}</code></td><td>{said}</td></tr>")?;
        }
        writeln!(out, "</tbody></table></div>")?;
    }
    writeln!(out, "</section>")
}

/// A value as the part of an address behind `#` has it: read back, it is the same text.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'-' | b'.' | b'_' | b'/' => out.push(char::from(byte)),
            _ if byte.is_ascii_alphanumeric() => out.push(char::from(byte)),
            _ => out += &format!("%{byte:02X}"),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_a_link_is_read_back_as_it_is() {
        assert_eq!(encoded("team/a b+c&d=é%41#\"<"), "team/a%20b%2Bc%26d%3D%C3%A9%2541%23%22%3C");
    }
}
