//! JSON with comments into the tree.

use jsonc_parser::ast::{ObjectPropName, Value as Json};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::arena::{Document, Id, Value};

/// Reads one value. What jsonc refuses is given to the YAML reader, which keeps what stands before the mistake.
pub(super) fn read(text: &str) -> Document {
    match parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default()) {
        Ok(parsed) => {
            let mut document = Document::default();
            if let Some(value) = &parsed.value {
                let id = add(&mut document, value);
                document.add_root(id);
            }
            document
        }
        Err(error) => {
            let mut document = super::yaml::read(text);
            document.add_gap(error.range().start, error.kind().to_string());
            document
        }
    }
}

/// Recursive: the parser refuses more than 512 levels.
fn add(document: &mut Document, value: &Json<'_>) -> Id {
    let range = value.range();
    let made = match value {
        Json::StringLit(text) => Value::Scalar(text.value.to_string()),
        Json::NumberLit(number) => Value::Scalar(number.value.to_owned()),
        Json::BooleanLit(truth) => Value::Scalar(truth.value.to_string()),
        Json::NullKeyword(_) => Value::Scalar(String::new()),
        Json::Array(array) => Value::List(array.elements.iter().map(|item| add(document, item)).collect()),
        Json::Object(object) => {
            let pairs = object.properties.iter().map(|property| {
                let name = match &property.name {
                    ObjectPropName::String(text) => text.value.to_string(),
                    ObjectPropName::Word(word) => word.value.to_owned(),
                };
                let range = property.name.range();
                (document.add(Value::Scalar(name), range.start..range.end), add(document, &property.value))
            });
            Value::Map(pairs.collect())
        }
    };
    document.add(made, range.start..range.end)
}
