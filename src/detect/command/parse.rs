//! From a script to its commands: a grammar of the shell reads it, and the plain splitter what the grammar cannot.

use std::ops::{ControlFlow, Range};

use tree_sitter::{Node, ParseOptions, Parser, Tree};

use super::script::{Script, Syntax};
use super::split::split;
use super::words::{Command, Word, unquoted};
use super::wrap;
use crate::order;

/// Longest script that the grammar reads, in bytes.
const LONGEST: usize = 1 << 20;
/// How often the parser may ask whether to go on, for a start and for each byte: bounds the work, not the time, so that
/// the same script always ends alike.
const PATIENCE: usize = 10_000;
/// How many parts of a pipe are looked at, bars included.
const LONGEST_PIPE: usize = 32;
/// Most nodes of a tree that are looked at.
const MOST_NODES: usize = 2_000_000;

/// Every command of `script`; what wrappers run is still inside.
pub(super) fn commands(script: &Script) -> Vec<Command> {
    if script.syntax == Syntax::Windows || script.text.len() > LONGEST {
        return plain(script);
    }
    let Some(tree) = parsed(&script.text) else { return plain(script) };
    let mut reader = Reader { text: &script.text, out: Vec::new(), broken: Vec::new() };
    reader.read(&tree);
    let (mut out, broken) = (reader.out, reader.broken);
    if !broken.is_empty() {
        // Lines that the grammar stumbled over are split, all others are as it read them.
        let broken = joined(broken);
        let is_broken = |span: &Range<usize>| {
            let next = broken.partition_point(|range| range.end <= span.start);
            broken.get(next).is_some_and(|range| range.start < span.end)
        };
        out.retain(|command| !is_broken(&command.span));
        out.extend(plain(script).into_iter().filter(|command| is_broken(&command.span)));
        order::sort_by_key(&mut out, |command| command.span.start);
    }
    out
}

/// Ranges in order, those that overlap as one.
fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    order::sort_by_key(&mut ranges, |range| range.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

fn parsed(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_bash::LANGUAGE.into()).ok()?;
    let mut patience = PATIENCE + text.len();
    let mut go_on = |_: &tree_sitter::ParseState| match patience.checked_sub(1) {
        Some(left) => {
            patience = left;
            ControlFlow::Continue(())
        }
        None => ControlFlow::Break(()),
    };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    parser.parse_with_options(&mut |at, _| text.as_bytes().get(at..).unwrap_or_default(), None, Some(options))
}

/// Every command as the plain splitter sees it, line by line.
fn plain(script: &Script) -> Vec<Command> {
    lines(&script.text)
        .into_iter()
        .flat_map(|line| split(&script.text[line.clone()], line.start, script.syntax))
        .collect()
}

/// Lines of a script; those that go on, and what a line reads as a here-document, belong together.
pub(super) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut out: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let trimmed = line.trim_end();
        let goes_on = trimmed.ends_with(['\\', '|']) && !trimmed.trim_start().starts_with('#') && at < text.len();
        if !goes_on {
            out.push(start..here_end(text, start..at));
            start = at;
        }
    }
    if start < text.len() {
        out.push(start..text.len());
    }
    out
}

/// The end of the here-document that a line opens, else that of the line.
fn here_end(text: &str, line: Range<usize>) -> usize {
    let Some((_, rest)) = text[line.clone()].split_once("<<").filter(|(_, rest)| !rest.starts_with('<')) else {
        return line.end;
    };
    let word = rest.trim_start_matches(['-', ' ', '\'', '"', '\\']);
    let word = word.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
    if word.is_empty() {
        return line.end;
    }
    let mut at = line.end;
    for next in text[line.end..].split_inclusive('\n').take(400) {
        at += next.len();
        if next.trim() == word {
            return at;
        }
    }
    line.end
}

struct Reader<'a> {
    text: &'a str,
    out: Vec<Command>,
    broken: Vec<Range<usize>>,
}

impl Reader<'_> {
    /// Walks the tree without recursion: a script can nest deeper than a stack.
    fn read(&mut self, tree: &Tree) {
        let mut cursor = tree.walk();
        // The pipes, and the commands with substitutions, in which the walk is: their end, and what they run.
        let mut eaters: Vec<(usize, Vec<String>)> = Vec::new();
        // A node finds its parent by a walk from the root, so the way is kept.
        let mut above: Vec<Node<'_>> = Vec::new();
        for _ in 0..MOST_NODES {
            let node = cursor.node();
            eaters.retain(|(end, _)| *end > node.start_byte());
            self.enter(node, &above, &mut eaters);
            if cursor.goto_first_child() {
                above.push(node);
                continue;
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                above.pop();
            }
        }
    }

    fn enter(&mut self, node: Node<'_>, above: &[Node<'_>], eaters: &mut Vec<(usize, Vec<String>)>) {
        match node.kind() {
            "ERROR" => self.broken.push(self.line_of(node.byte_range())),
            "command" | "declaration_command" | "unset_command" => {
                let mut command = self.command(node, above);
                command.feeds.extend(eaters.iter().flat_map(|(_, programs)| programs.iter().cloned()));
                let program = wrap::effective(&command);
                if wrap::runs_text(program) {
                    eaters.push((node.end_byte(), vec![program.to_owned()]));
                }
                if !command.words.is_empty() {
                    self.out.push(command);
                }
            }
            _ if node.is_missing() => self.broken.push(self.line_of(node.byte_range())),
            _ => {}
        }
    }

    fn line_of(&self, range: Range<usize>) -> Range<usize> {
        let start = self.text.get(..range.start).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        let end = self.text.get(range.end..).and_then(|t| t.find('\n')).map_or(self.text.len(), |at| range.end + at);
        start..end.max(start + 1)
    }

    fn command(&self, node: Node<'_>, above: &[Node<'_>]) -> Command {
        let mut command = Command { span: node.byte_range(), ..Command::default() };
        self.children(node, &mut command);
        // Redirections of a statement and the pipe stand around the command.
        let mut inner = node;
        for parent in above.iter().rev() {
            match parent.kind() {
                "redirected_statement" => self.redirections(*parent, &mut command),
                "pipeline" => self.pipe(*parent, inner, &mut command),
                "negated_command" => {}
                _ => break,
            }
            inner = *parent;
        }
        command
    }

    fn children(&self, node: Node<'_>, command: &mut Command) {
        let mut cursor = node.walk();
        for (at, child) in node.children(&mut cursor).enumerate() {
            match child.kind() {
                "variable_assignment" if node.kind() == "command" => {
                    let raw = self.text.get(child.byte_range()).unwrap_or_default();
                    command.sets.push(unquoted(raw, Syntax::Posix));
                }
                "file_redirect" | "heredoc_redirect" | "herestring_redirect" => self.redirection(child, command),
                _ if child.is_named() || at == 0 => {
                    let span = child.byte_range();
                    let raw = self.text.get(span.clone()).unwrap_or_default();
                    command.words.push(Word { text: unquoted(raw, Syntax::Posix), span });
                }
                _ => {}
            }
        }
    }

    fn redirections(&self, statement: Node<'_>, command: &mut Command) {
        let mut cursor = statement.walk();
        for child in statement.children(&mut cursor) {
            self.redirection(child, command);
        }
    }

    fn redirection(&self, node: Node<'_>, command: &mut Command) {
        let text = self.text.get(node.byte_range()).unwrap_or_default();
        match node.kind() {
            "file_redirect" if text.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(['>', '&']) => {
                if let Some(target) = node.child_by_field_name("destination") {
                    let raw = self.text.get(target.byte_range()).unwrap_or_default();
                    command.writes.push(unquoted(raw, Syntax::Posix));
                }
            }
            "heredoc_redirect" => {
                let mut cursor = node.walk();
                for child in node.children(&mut cursor) {
                    match child.kind() {
                        "heredoc_body" => command.input.push_str(self.text.get(child.byte_range()).unwrap_or_default()),
                        // `cmd <<EOF | sh` hangs the pipe below the redirection.
                        "pipeline" | "command" => command.feeds.extend(self.programs(child)),
                        _ => {}
                    }
                }
            }
            "herestring_redirect" => {
                command.input.push_str(&unquoted(text.trim_start_matches('<').trim(), Syntax::Posix))
            }
            _ => {}
        }
    }

    /// What stands behind `inner` in a pipe runs or reads what it prints.
    fn pipe(&self, pipeline: Node<'_>, inner: Node<'_>, command: &mut Command) {
        let mut cursor = pipeline.walk();
        // Of a pipe that nobody wrote by hand the first commands stand for all.
        let children = pipeline.children(&mut cursor).take(LONGEST_PIPE);
        let is_long = pipeline.child_count() as usize > LONGEST_PIPE;
        for child in children.filter(|child| is_long || child.start_byte() >= inner.end_byte()) {
            command.feeds.extend(self.programs(child));
        }
    }

    /// The programs of a statement that do something with what they read.
    fn programs(&self, node: Node<'_>) -> Vec<String> {
        if !node.is_named() {
            return Vec::new();
        }
        let text = self.text.get(node.byte_range()).unwrap_or_default();
        split(text, node.start_byte(), Syntax::Posix).iter().filter_map(wrap::eats).map(str::to_owned).collect()
    }
}
