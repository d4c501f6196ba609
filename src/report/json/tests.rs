//! JSON and JSON lines on the shared sample report.

use serde_json::{Value, json};

use super::*;
use crate::report::escape::is_unsafe;
use crate::report::sample;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn written(write: fn(&Report, &mut dyn Write) -> io::Result<()>, report: &Report) -> io::Result<String> {
    let mut out = Vec::new();
    write(report, &mut out)?;
    String::from_utf8(out).map_err(io::Error::other)
}

fn schema() -> serde_json::Result<Value> {
    serde_json::from_str(include_str!("../../../docs/report.schema.json"))
}

/// The schema of one line stands beside the schema of the document, in the same file.
fn line_schema() -> serde_json::Result<Value> {
    let mut schema = schema()?;
    let defs = schema["$defs"].take();
    Ok(json!({"$schema": schema["$schema"], "$ref": "#/$defs/line", "$defs": defs}))
}

fn violations(schema: &Value, value: &Value) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let validator = jsonschema::validator_for(schema)?;
    Ok(validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect())
}

/// The sample, and the sources that leave keys out.
fn reports() -> [Report; 3] {
    let mut tree = sample();
    tree.source = crate::report::SourceInfo {
        kind: SourceKind::Tree,
        root: "a".into(),
        base: None,
        head: None,
        shard: None,
        roots: vec![],
    };
    tree.coverage.added_lines = None;
    tree.coverage.skipped.clear();
    tree.verdict.findings.clear();
    let mut range = sample();
    range.source.kind = SourceKind::Range;
    range.source.head = Some("0".repeat(64));
    [sample(), tree, range]
}

#[test]
fn documents_keep_to_the_schema() -> Tested {
    jsonschema::meta::validate(&schema()?).map_err(|e| e.to_string())?;
    for report in reports() {
        let value = serde_json::from_str(&written(write_json, &report)?)?;
        assert_eq!(violations(&schema()?, &value)?, Vec::<String>::new());
    }
    Ok(())
}

#[test]
fn lines_keep_to_the_schema() -> Tested {
    for report in reports() {
        let text = written(write_jsonl, &report)?;
        let lines = text.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>()?;
        for line in &lines {
            assert_eq!(violations(&line_schema()?, line)?, Vec::<String>::new());
        }
        let types: Vec<_> = lines.iter().filter_map(|l| l["type"].as_str()).collect();
        assert_eq!((types.first(), types.last()), (Some(&"report"), Some(&"summary")));
        assert_eq!(lines.len(), report.verdict.findings.len() + 2);
    }
    Ok(())
}

#[test]
fn the_schema_refuses_what_is_not_written() -> Tested {
    let value: Value = serde_json::from_str(&written(write_json, &sample())?)?;
    for pointer in [
        "",
        "/tool",
        "/policy",
        "/source",
        "/coverage",
        "/coverage/skipped/0",
        "/summary",
        "/summary/dropped",
        "/summary/unlisted/0",
        "/findings/0",
        "/findings/2/secret",
        "/findings/2/secret/evidence/0",
    ] {
        let mut extra = value.clone();
        extra.pointer_mut(pointer).and_then(Value::as_object_mut).ok_or(pointer)?.insert("x".into(), json!(1));
        assert_ne!(violations(&schema()?, &extra)?, Vec::<String>::new(), "extra key in `{pointer}`");
    }
    for key in value.as_object().ok_or("no object")?.keys() {
        let mut missing = value.clone();
        missing.as_object_mut().ok_or("no object")?.remove(key);
        assert_ne!(violations(&schema()?, &missing)?, Vec::<String>::new(), "missing `{key}`");
    }
    for line in written(write_jsonl, &sample())?.lines() {
        let mut extra: Value = serde_json::from_str(line)?;
        extra.as_object_mut().ok_or("no object")?.insert("x".into(), json!(1));
        assert_ne!(violations(&line_schema()?, &extra)?, Vec::<String>::new(), "extra key in {line}");
    }
    Ok(())
}

#[test]
fn output_is_inert_exact_and_stable() -> Tested {
    let report = sample();
    for write in [write_json, write_jsonl] {
        let text = written(write, &report)?;
        assert_eq!(text.chars().find(|&c| c != '\n' && is_unsafe(c)), None);
        assert_eq!(text, written(write, &report)?);
        assert!(text.ends_with("}\n"));
    }
    let value: Value = serde_json::from_str(&written(write_json, &report)?)?;
    let hostile = &report.verdict.findings[3];
    assert_eq!(value["findings"][3]["path"], *hostile.path);
    assert_eq!(value["findings"][3]["excerpt"], hostile.excerpt.text());
    assert_eq!(value["coverage"]["skipped"][0]["reason"], "unreadable: permission denied");
    let secret = json!({"redacted": "[9 hidden]", "length": 9, "check": "none", "probability": 0.87, "evidence": [
        {"what": "a stand-in by its shape", "value": 0.0, "weight": 1.5},
        {"what": "share of digits", "value": 0.31, "weight": -0.4}]});
    assert_eq!(value["findings"][2]["secret"], secret);
    let unlisted = json!([{"path": "deploy/prod.env", "side": "new", "critical": 5000, "high": 0, "medium": 1, "low": 0,
        "failing": 5000}]);
    let summary = json!({"critical": 5002, "high": 0, "medium": 3, "low": 0, "suppressed": 0, "failing": 5002,
        "hidden": 3, "deselected": 0, "switched_off": 0, "dropped": {"check": 2, "placeholder": 7}, "unlisted": unlisted});
    assert_eq!(value["summary"], summary);
    assert_eq!(value["suppressed"], json!([]));
    Ok(())
}
