//! TOML into the tree.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::arena::{Document, Id, Value};
use crate::order;

/// Reads as much as can be read.
pub(super) fn read(text: &str) -> Document {
    let mut document = Document::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    let id = add_table(&mut document, table.get_ref(), table.span());
    document.add_root(id);
    for error in errors {
        document.add_gap(error.span().map_or(0, |span| span.start), error.message().to_owned());
    }
    document
}

/// Keys come sorted by name; their spans give back the order of the file.
fn add_table(document: &mut Document, table: &DeTable<'_>, span: std::ops::Range<usize>) -> Id {
    let mut entries: Vec<(&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)> = table.iter().collect();
    order::sort_by_key(&mut entries, |(key, _)| key.span().start);
    let pairs = entries
        .into_iter()
        .map(|(key, value)| {
            let name = document.add(Value::Scalar(key.get_ref().to_string()), key.span());
            (name, add(document, value))
        })
        .collect();
    document.add(Value::Map(pairs), span)
}

/// Recursive: the parser refuses more than 80 levels.
fn add(document: &mut Document, value: &Spanned<DeValue<'_>>) -> Id {
    let span = value.span();
    let made = match value.get_ref() {
        DeValue::String(text) => Value::Scalar(text.to_string()),
        DeValue::Integer(number) => Value::Scalar(number.to_string()),
        DeValue::Float(number) => Value::Scalar(number.to_string()),
        DeValue::Boolean(truth) => Value::Scalar(truth.to_string()),
        DeValue::Datetime(time) => Value::Scalar(time.to_string()),
        DeValue::Array(items) => Value::List(items.iter().map(|item| add(document, item)).collect()),
        DeValue::Table(table) => return add_table(document, table, span),
    };
    document.add(made, span)
}
