//! Lists that say what is checked or left out: compared item by item, before and after.

use std::collections::BTreeMap;

use regex_automata::meta::Regex;

use super::case::{Case, Loss};
use super::reading::{Half, Reading, indent};
use super::sign::is_meant;
use crate::finding::Side;
use crate::rule::{Amount, Clue, List, What, Without};

/// Lines of a list that are read.
const MOST_LINES: usize = 500;
/// Bytes of a line of a list that are read.
const MOST_BYTES: usize = 4 << 10;
/// Lists of one sort in a file that are read.
const MOST_LISTS: usize = 200;

/// The items of all lists of one sort in a file.
#[derive(Default)]
struct Items {
    lists: usize,
    /// How often each stands there, and the line of the first.
    each: BTreeMap<String, (usize, usize)>,
    total: usize,
}

pub(super) fn losses(case: &Case<'_>, reading: &Reading<'_>) -> Vec<Loss> {
    let (Some(old), Some(new)) = (&reading.old, &reading.new) else { return Vec::new() };
    let mut out = Vec::new();
    for clue in case.set.safeguards().lists() {
        let What::List(list) = &clue.what else { continue };
        if !is_meant(case, clue) {
            continue;
        }
        let Some(regex) = clue.regex() else { continue };
        let (before, after) = (items(clue, regex, old), items(clue, regex, new));
        let Some((side, item, line)) = worse(list, &before, &after) else { continue };
        let severity = case.own_severity(clue.rule, list.severity);
        let says = format!("{}: `{item}`", list.says);
        out.extend(severity.map(|severity| Loss { rule: clue.rule, side, line, severity, says }));
    }
    out
}

/// The first item whose coming or going lets more pass.
fn worse(list: &List, before: &Items, after: &Items) -> Option<(Side, String, usize)> {
    let (side, less, more) = match list.worse {
        Amount::Fewer => (Side::Old, after, before),
        Amount::More => (Side::New, before, after),
    };
    let opens = list.without == Without::Everything && less.lists < more.lists;
    if opens || less.total >= more.total {
        return None;
    }
    let count = |items: &Items, item: &str| items.each.get(item).map_or(0, |(count, _)| *count);
    let mut all = more.each.iter().filter(|(item, (many, _))| *many > count(less, item));
    all.next().map(|(item, (_, line))| (side, item.clone(), *line))
}

fn items(clue: &Clue, regex: &Regex, half: &Half<'_>) -> Items {
    let mut out = Items::default();
    for found in regex.find_iter(&half.code).take(MOST_LISTS) {
        // `^\s*` may have begun on an empty line above.
        let line = half.text.position(found.end()).line;
        let mut is_any = false;
        for (item, line) in of_one(half, found.end(), line) {
            if clue.is_about(item.as_bytes()) {
                let known = out.each.entry(item).or_insert((0, line));
                known.0 += 1;
                out.total += 1;
            }
            is_any = true;
        }
        out.lists += usize::from(is_any);
    }
    out
}

/// The items behind `start`, each with its line.
fn of_one(half: &Half<'_>, start: usize, line: usize) -> Vec<(String, usize)> {
    let rest = &half.code[start..half.span(line).end.max(start)];
    let rest = rest[..rest.len().min(MOST_BYTES)].trim_ascii();
    let mut out = Vec::new();
    if let Some(open) = rest.iter().position(|b| b"[({".contains(b)).filter(|at| *at <= 12) {
        let mut inner = rest[open + 1..].to_vec();
        for next in line..line + MOST_LINES {
            let end = inner.iter().position(|b| b"])}".contains(b));
            push(&mut out, &inner[..end.unwrap_or(inner.len())], next);
            if end.is_some() {
                break;
            }
            let line = half.line(next + 1);
            inner = line[..line.len().min(MOST_BYTES)].to_vec();
        }
    } else if rest.is_empty() {
        let depth = indent(half.line(line));
        for next in line + 1..line + MOST_LINES {
            let code = half.line(next);
            let own = code.trim_ascii();
            let is_item = own.starts_with(b"- ") && indent(code) >= depth;
            if own.is_empty() && !half.span(next).is_empty() {
                continue;
            }
            if !is_item && indent(code) <= depth {
                break;
            }
            push(&mut out, own.strip_prefix(b"- ").unwrap_or(own), next);
        }
    } else {
        let rest: Vec<u8> = rest.iter().map(|b| if b.is_ascii_whitespace() { b',' } else { *b }).collect();
        push(&mut out, &rest, line);
    }
    out
}

fn push(out: &mut Vec<(String, usize)>, text: &[u8], line: usize) {
    for item in String::from_utf8_lossy(text).split(',') {
        let item = item.trim_matches(|c: char| c.is_whitespace() || "\"'`".contains(c));
        if !item.is_empty() && item.len() < 200 {
            out.push((item.to_owned(), line));
        }
    }
}
