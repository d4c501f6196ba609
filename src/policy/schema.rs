//! The JSON Schema of the policy file, for editors: made from the words that its reader knows.

use serde_json::{Map, Value, json};

use super::words::{Form, Holds, Key, Need, SECTIONS, Section, TOP};

/// The schema, as it is published.
pub fn text() -> String {
    let mut root = Map::new();
    root.insert("$schema".into(), "http://json-schema.org/draft-07/schema#".into());
    root.insert("$id".into(), "urn:ringfence:policy:1".into());
    root.insert("title".into(), "ringfence policy, version 1".into());
    root.extend(object(&TOP));
    if let Some(properties) = root.get_mut("properties").and_then(Value::as_object_mut) {
        properties.extend(SECTIONS.iter().filter(|s| s.form != Form::Top).map(|s| (s.name.to_owned(), below(s))));
    }
    // A map of texts and lists can always be written.
    serde_json::to_string_pretty(&root).unwrap_or_default() + "\n"
}

fn below(section: &Section) -> Value {
    let table = Value::Object(object(section));
    match section.form {
        Form::List => json!({ "type": "array", "description": section.about, "items": table }),
        Form::Top | Form::Table => table,
    }
}

fn object(section: &Section) -> Map<String, Value> {
    let named = |need| -> Vec<&str> { section.keys.iter().filter(|k| k.need == need).map(|k| k.name).collect() };
    let properties: Map<String, Value> = section.keys.iter().map(|k| (k.name.to_owned(), property(k))).collect();
    let mut object = Map::new();
    object.insert("type".into(), "object".into());
    object.insert("description".into(), section.about.into());
    object.insert("additionalProperties".into(), false.into());
    object.insert("properties".into(), properties.into());
    if !named(Need::Must).is_empty() {
        object.insert("required".into(), named(Need::Must).into());
    }
    if !named(Need::OneOf).is_empty() {
        let one = |name| json!({ "required": [name] });
        object.insert("anyOf".into(), named(Need::OneOf).into_iter().map(one).collect());
    }
    object
}

fn property(key: &Key) -> Value {
    let mut value = match key.holds {
        Holds::Version => json!({ "const": 1 }),
        Holds::Word(words) => json!({ "enum": words }),
        // What is no white space must be there.
        Holds::Text => json!({ "type": "string", "pattern": "\\S" }),
        Holds::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Holds::Rule => json!({ "type": "string", "pattern": "^[0-9a-z-]+$" }),
        Holds::Path => path(),
        Holds::Paths => json!({ "type": "array", "items": path() }),
        Holds::Fingerprint => json!({ "type": "string", "pattern": "^[0-9a-fA-F]{32}$" }),
        Holds::Shape => json!({ "type": "string", "pattern": "^(\\**[^*]){4}" }),
        // A date of TOML reaches a validator as text.
        Holds::Day => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
    };
    if let Some(object) = value.as_object_mut() {
        object.insert("description".into(), key.about.into());
    }
    value
}

/// A glob from the root.
fn path() -> Value {
    json!({ "type": "string", "minLength": 1, "not": { "pattern": "^/|(^|/)\\.\\.(/|$)" } })
}
