//! YAML into the tree.

use std::borrow::Cow;
use std::collections::HashMap;

use granit_parser::{Event, Options, Parser, options};

use super::arena::MOST_LEVELS;
use super::arena::{Document, Id, Value};

fn settings() -> Options {
    options! {
        emit_comments: false,
        emit_unresolved_aliases: true,
        flow_nesting_limit: MOST_LEVELS,
        block_nesting_limit: MOST_LEVELS,
        simple_key_max_lookahead: 1 << 16,
        bom_inside_document_as_content: true
    }
}

/// Reads every document; after a mistake the next one goes on.
pub(super) fn read(text: &str) -> Document {
    let mut builder = Builder::default();
    // The parser takes some mistakes in a last line for none unless the line ends.
    let whole = if text.ends_with('\n') { Cow::Borrowed(text) } else { Cow::Owned(format!("{text}\n")) };
    let inside = |at: usize| at.min(text.len());
    let mut parser = Parser::new_from_str_with_options(&whole, settings());
    while let Some(next) = parser.next_event() {
        match next {
            Ok((event, span)) => {
                let span = span.byte_range().unwrap_or(0..0);
                builder.take(event, inside(span.start)..inside(span.end));
            }
            Err(error) => {
                builder.fail(inside(error.marker().byte_offset().unwrap_or(text.len())), error.info().to_string());
                if !matches!(parser.proceed_next_document(), Ok(true)) {
                    break;
                }
            }
        }
    }
    builder.document
}

#[derive(Default)]
struct Builder {
    document: Document,
    anchors: HashMap<usize, Id>,
    /// Containers that are not closed yet, with the key that waits for its value.
    open: Vec<(Id, Option<Id>)>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, span: std::ops::Range<usize>) {
        let (value, anchor, tag, opens) = match event {
            // An absent value comes as an empty span whose text is a stand-in.
            Event::Scalar(..) if span.is_empty() => (Value::Scalar(String::new()), 0, None, false),
            Event::Scalar(text, _, anchor, tag) => (Value::Scalar(text.into_owned()), anchor, tag, false),
            Event::SequenceStart(_, anchor, tag) => (Value::List(Vec::new()), anchor, tag, true),
            Event::MappingStart(_, anchor, tag) => (Value::Map(Vec::new()), anchor, tag, true),
            Event::Alias(anchor) => (Value::Alias(self.anchors.get(&anchor).copied()), 0, None, false),
            Event::UnresolvedAlias(_) => (Value::Alias(None), 0, None, false),
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some((id, _)) = self.open.pop() {
                    self.document.end(id, span.end);
                }
                return;
            }
            _ => return,
        };
        let id = self.document.add(value, span);
        if let Some(tag) = tag {
            self.document.tag(id, tag.original());
        }
        if anchor > 0 {
            self.anchors.insert(anchor, id);
        }
        self.place(id);
        if opens {
            self.open.push((id, None));
        }
    }

    fn place(&mut self, id: Id) {
        let Some((parent, key)) = self.open.last_mut() else { return self.document.add_root(id) };
        match self.document.value_mut(*parent) {
            Some(Value::List(items)) => items.push(id),
            Some(Value::Map(pairs)) => match key.take() {
                None => *key = Some(id),
                Some(key) => pairs.push((key, id)),
            },
            _ => {}
        }
    }

    fn fail(&mut self, at: usize, why: String) {
        self.document.add_gap(at, why);
        for (id, _) in std::mem::take(&mut self.open) {
            self.document.end(id, at);
        }
    }
}
