//! The schema of the policy file: published as the program prints it, and of one mind with the reader.

use std::fs;
use std::path::Path;

use ringfence::policy::file::PolicyFile;
use ringfence::policy::words::{Form, Holds, Key, Need, SECTIONS, Section};
use ringfence::rule::RuleSet;
use serde_json::{Value, json};

use crate::support::Dir;

fn published() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.schema.json")).unwrap()
}

/// A policy as a validator gets it: its days are texts.
fn value(policy: &str) -> Value {
    fn of(value: toml::Value) -> Value {
        match value {
            toml::Value::Datetime(day) => day.to_string().into(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, of(value))).collect(),
            toml::Value::Array(items) => items.into_iter().map(of).collect(),
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => json!(number),
            toml::Value::Boolean(truth) => truth.into(),
        }
    }
    of(toml::Value::Table(toml::from_str(policy).unwrap()))
}

/// A policy with `section` alone: of each key what `written` says, or nothing.
fn policy(section: &Section, written: &dyn Fn(&Key) -> Option<String>) -> String {
    let mut out = match section.form {
        Form::Top => String::new(),
        Form::Table => format!("version = 1\n[{}]\n", section.name),
        Form::List => format!("version = 1\n[[{}]]\n", section.name),
    };
    for key in section.keys {
        if let Some(value) = written(key) {
            out.push_str(&format!("{} = {value}\n", key.name));
        }
    }
    out
}

#[test]
fn the_published_schema_is_the_one_that_the_program_prints() {
    let printed = Dir::plain().ringfence(&["init", "--schema"]).ends();
    assert_eq!(printed.code, 0);
    assert!(
        printed.stdout() == published(),
        "docs/policy.schema.json is old; `cargo run -- init --schema > docs/policy.schema.json` writes it again"
    );
}

/// Every key there is, right and wrong: reader and schema say the same.
#[test]
fn reader_and_schema_agree_on_every_key() {
    let schema = jsonschema::validator_for(&serde_json::from_str(&published()).unwrap()).unwrap();
    let rules = RuleSet::builtin().unwrap();
    let reads = |text: &str| PolicyFile::parse("p", text, &rules).is_ok();
    let agree = |text: &str, expected: bool| {
        assert_eq!(reads(text), expected, "the reader on:\n{text}");
        assert_eq!(schema.is_valid(&value(text)), expected, "the schema on:\n{text}");
    };
    for section in SECTIONS {
        let example = |key: &Key| Some(key.example.to_owned());
        agree(&policy(section, &example), true);
        agree(&(policy(section, &example) + "no-such-key = 1\n"), false);
        for key in section.keys {
            let wrong = |own: &Key| if own.name == key.name { Some("{}".into()) } else { example(own) };
            agree(&policy(section, &wrong), false);
            let without = |own: &Key| if own.name == key.name { None } else { example(own) };
            agree(&policy(section, &without), key.need != Need::Must);
            if let Holds::Word(_) = key.holds {
                let word = |own: &Key| if own.name == key.name { Some("\"none\"".into()) } else { example(own) };
                agree(&policy(section, &word), false);
            }
        }
    }
    let neither = |key: &Key| (key.need != Need::OneOf).then(|| key.example.to_owned());
    agree(&policy(SECTIONS.last().unwrap(), &neither), false);
}

#[test]
fn a_sample_policy_is_valid_and_a_broken_one_is_not() {
    let schema = jsonschema::validator_for(&serde_json::from_str(&published()).unwrap()).unwrap();
    let document = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/policy.md")).unwrap();
    let sample = document.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert!(schema.is_valid(&value(sample)), "{:?}", schema.validate(&value(sample)).err());
    for (from, to) in [
        ("version = 1", "version = 2"),
        ("fail-on = \"high\"", "fail_on = \"high\""),
        ("\"docs/**\"", "\"/docs/**\""),
        ("0123456789abcdef0123456789abcdef", "0123"),
        ("\"documentation example\"", "\" \""),
        ("\"src/**\"", "\"../src/**\""),
    ] {
        assert!(sample.contains(from), "{from}");
        assert!(!schema.is_valid(&value(&sample.replace(from, to))), "{to}");
    }
    let shape = |text: &str| {
        let policy =
            format!("version = 1\n[[allow]]\nrule = \"a\"\npath = \"b\"\nvalue = \"{text}\"\nreason = \"c\"\n");
        schema.is_valid(&value(&policy))
    };
    assert!(shape("a*bcd") && shape("abcd") && !shape("***abc*") && !shape("*"));
}
