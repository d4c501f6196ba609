//! Every format: one saved report written in each of them, kept as a snapshot, and held against what its reader asks for.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Dir, Report, text, token};

/// Every format there is.
pub(crate) const FORMATS: [&str; 11] =
    ["human", "json", "jsonl", "sarif", "github", "gitlab", "codeclimate", "junit", "rdjson", "markdown", "html"];

/// Where the shared report and what is made of it stand.
pub(crate) fn snapshot(format: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(format!("report.{format}"))
}

/// The shared report in a format.
pub(crate) fn rendered(format: &str) -> String {
    let dir = Dir::plain();
    let saved = snapshot("json");
    let outcome = dir.ringfence(&["report", &saved.to_string_lossy(), "--format", format]).ends();
    assert_eq!((outcome.code, outcome.stderr().as_str()), (3, ""), "{format}: the exit code is that of the report");
    outcome.stdout()
}

fn value(format: &str) -> Value {
    serde_json::from_str(&rendered(format)).unwrap()
}

#[test]
fn every_format_of_the_shared_report_is_as_it_was() {
    for format in FORMATS {
        let kept = fs::read_to_string(snapshot(format)).unwrap();
        let now = rendered(format);
        let differs = kept.lines().zip(now.lines()).position(|(kept, now)| kept != now);
        assert!(
            kept == now,
            "{format} differs from line {:?} on; if that is meant, tests/snapshots/update writes the snapshots again",
            differs.map(|n| n + 1)
        );
    }
}

#[test]
fn no_format_lets_anything_through() {
    for format in FORMATS {
        let out = rendered(format);
        let bad = out.chars().find(|&c| c != '\n' && ringfence::report::escape::is_unsafe(c));
        assert_eq!(bad, None, "{format}");
        assert!(out.ends_with('\n'), "{format}");
    }
    for format in ["html", "markdown", "junit"] {
        let out = rendered(format);
        for part in ["<img", "<script>document", "</script><"] {
            assert!(!out.contains(part), "{format} holds {part}");
        }
    }
}

/// What GitHub's documentation asks of a SARIF file.
fn suits_github(log: &Value) {
    assert_eq!(log["version"], "2.1.0");
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let (driver, results) = (&runs[0]["tool"]["driver"], runs[0]["results"].as_array().unwrap());
    let rules = driver["rules"].as_array().unwrap();
    assert!(text(&driver["name"]) == "ringfence" && results.len() <= 25_000 && rules.len() <= 25_000);
    for rule in rules {
        for words in [&rule["shortDescription"]["text"], &rule["fullDescription"]["text"]] {
            assert!((1..=1024).contains(&text(words).chars().count()));
        }
        assert!(!text(&rule["help"]["text"]).is_empty() && !text(&rule["help"]["markdown"]).is_empty());
        let score: f32 = text(&rule["properties"]["security-severity"]).parse().unwrap();
        assert!((0.1..=10.0).contains(&score));
        assert!(rule["properties"]["tags"].as_array().unwrap().len() <= 20);
    }
    let mut hashes = std::collections::BTreeSet::new();
    for result in results {
        let rule = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[rule]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&text(&result["level"])));
        assert!(!text(&result["message"]["text"]).is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        let uri = text(&place["artifactLocation"]["uri"]);
        assert!(uri.is_ascii() && !uri.starts_with('/') && !uri.contains([' ', '\\', ':', '#', '?']), "{uri}");
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1);
        }
        let hash = text(&result["partialFingerprints"]["primaryLocationLineHash"]);
        assert!(hashes.insert((uri.to_owned(), text(&result["ruleId"]).to_owned(), hash.to_owned())), "{hash} twice");
    }
}

#[test]
fn sarif_is_what_github_takes() {
    let log = value("sarif");
    suits_github(&log);
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "utf16CodeUnits");
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    // A finding behind an `É` and one that stood on a removed line.
    let region = |path: &str| {
        let results = run["results"].as_array().unwrap().iter();
        let place = |result: &Value| result["locations"][0]["physicalLocation"].clone();
        results.map(place).find(|place| text(&place["artifactLocation"]["uri"]).starts_with(path)).unwrap()["region"]
            .clone()
    };
    assert_eq!(region("deploy/caf%C3%A9.env")["startColumn"], 7);
    assert_eq!(region("tests/login.rs")["startLine"], 85);
    assert!(!run["results"].to_string().contains("docs/example.md"), "what is set aside is left out");
}

/// What GitLab's schema of version 15 asks for.
#[test]
fn the_secret_detection_report_is_what_gitlab_takes() {
    let report = value("gitlab");
    let scan = &report["scan"];
    assert_eq!((text(&scan["type"]), text(&scan["status"])), ("secret_detection", "failure"));
    for tool in [&scan["analyzer"], &scan["scanner"]] {
        for words in [&tool["id"], &tool["name"], &tool["version"], &tool["vendor"]["name"]] {
            assert!(!text(words).is_empty());
        }
    }
    for time in [&scan["start_time"], &scan["end_time"]] {
        assert_eq!(text(time).len(), "1970-01-01T00:00:00".len());
    }
    let found = report["vulnerabilities"].as_array().unwrap();
    assert_eq!(found.len(), 3, "secrets only");
    for one in found {
        assert!(text(&one["name"]).chars().count() <= 255 && text(&one["solution"]).chars().count() <= 7000);
        assert!(["Info", "Unknown", "Low", "Medium", "High", "Critical"].contains(&text(&one["severity"])));
        assert!(!text(&one["identifiers"][0]["value"]).is_empty() && !text(&one["location"]["file"]).is_empty());
        assert!(one["location"]["start_line"].is_u64() && !text(&one["location"]["commit"]["sha"]).is_empty());
        assert!(one.get("raw_source_code_extract").is_none());
    }
    let said = scan["messages"].to_string();
    assert!(said.contains("4 findings are no secrets") && said.contains("not read") && said.contains("5,001 more"));
}

#[test]
fn code_quality_issues_are_told_apart() {
    let issues = value("codeclimate");
    let issues = issues.as_array().unwrap();
    let fingerprints: std::collections::BTreeSet<_> = issues.iter().map(|issue| text(&issue["fingerprint"])).collect();
    assert_eq!(fingerprints.len(), issues.len());
    for issue in issues {
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&text(&issue["severity"])));
        assert!(!text(&issue["description"]).is_empty() && issue["location"]["lines"]["begin"].as_u64().unwrap() >= 1);
    }
}

#[test]
fn test_results_are_xml_and_count_right() {
    let xml = rendered("junit");
    let (mut cases, mut failures, mut errors, mut depth) = (0, 0, 0, 0);
    let mut reader = quick_xml::Reader::from_str(&xml);
    loop {
        use quick_xml::events::Event;
        let event = reader.read_event().unwrap();
        if let Event::Start(tag) | Event::Empty(tag) = &event {
            tag.attributes().for_each(|attribute| drop(attribute.unwrap()));
            cases += usize::from(tag.name().as_ref() == "testcase");
            failures += usize::from(tag.name().as_ref() == "failure");
            errors += usize::from(tag.name().as_ref() == "error");
        }
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
    assert!(xml.contains(&format!(
        "<testsuites name=\"ringfence\" tests=\"{cases}\" failures=\"{failures}\" errors=\"{errors}\">"
    )));
}

#[test]
fn annotations_are_ten_of_a_level_and_then_a_number() {
    let dir = Dir::plain();
    for n in 0..14 {
        dir.write(format!("f{n:02}"), token(n));
    }
    let out = dir.ringfence(&["scan", "--format", "github"]).ends().stdout();
    let commands: Vec<_> = out.lines().filter(|line| line.starts_with("::error ")).collect();
    assert_eq!(commands.len(), 10);
    assert!(commands[0].starts_with("::error file=f00,line=1,endLine=1,col=1,endColumn=40,title="), "{}", commands[0]);
    assert!(out.contains("ringfence: 4 more errors, not shown here\n"), "{out}");
    // Commands begin a line, and nothing else does.
    for line in rendered("github").lines() {
        let own = ["::error ", "::warning ", "::notice ", "ringfence: "];
        assert!(own.iter().any(|begin| line.starts_with(begin)), "{line}");
    }
}

/// What is said of who judged is an annotation as well.
#[test]
fn ten_warnings_are_ten_with_the_one_about_the_judge() {
    let repo = Dir::repository();
    repo.commit("base");
    for n in 0..14 {
        repo.write(format!("f{n:02}"), token(n));
    }
    repo.commit("tokens");
    let arguments = ["diff", "HEAD~..HEAD", "--policy-from", "head", "--fail-on", "never", "--format", "github"];
    let out = repo.ringfence(&arguments).ends().stdout();
    assert_eq!(out.lines().filter(|line| line.starts_with("::warning ")).count(), 10, "{out}");
    assert!(out.contains("ringfence: 5 more warnings, not shown here\n"), "{out}");
}

/// A fingerprint is the same in every copy of a file; what GitLab shows once is not.
#[test]
fn copies_of_a_finding_are_told_apart() {
    let dir = Dir::plain();
    for path in ["a", "b", "c/d"] {
        dir.write(path, format!("{0}\n{0}\n", token(1)));
    }
    let ids = |format: &str, list: &str, key: &str| {
        let value: Value = serde_json::from_slice(&dir.ringfence(&["scan", "--format", format]).ends().stdout).unwrap();
        let all = value.pointer(list).unwrap().as_array().unwrap().iter().map(|one| text(&one[key]).to_owned());
        all.collect::<Vec<_>>()
    };
    for (format, list, key) in [("codeclimate", "", "fingerprint"), ("gitlab", "/vulnerabilities", "id")] {
        let all = ids(format, list, key);
        assert_eq!(all.len(), 6, "{format}");
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 6, "{format}: {all:?}");
        assert_eq!(all, ids(format, list, key), "{format}: the same in every run");
    }
}

#[test]
fn the_comment_fits_a_forge_and_mentions_nobody() {
    let dir = Dir::plain();
    for n in 0..600 {
        dir.write(format!("a folder with a long name that takes its room/f{n:03}"), token(n));
    }
    let out = dir.ringfence(&["scan", "--format", "markdown"]).ends().stdout();
    assert!(out.len() <= 60_000 && out.contains(" more places\n"));
    let sample = rendered("markdown");
    for part in ["@acme", "@alice", "https://evil", "http://evil", "www.evil", "#1"] {
        assert!(!sample.contains(part), "{part}");
    }
    assert!(sample.contains("| **authentication** |") && sample.contains("read → **write**"));
    let diagnostics = rendered("rdjson");
    for part in ["message\": \"Authentication is changed", "\\\\@<!-- -->alice approved"] {
        assert!(diagnostics.contains(part), "{part} is not in {diagnostics}");
    }
}

#[test]
fn every_format_of_a_scan_hides_its_secrets_and_keeps_the_exit_code() {
    let dir = Dir::plain();
    dir.write("é file", format!("é {}\n", token(1)));
    for format in FORMATS {
        // The run itself fails if a token is printed.
        let outcome = dir.ringfence(&["scan", "--format", format]).ends();
        assert_eq!((outcome.code, outcome.stderr().as_str()), (1, ""), "{format}");
        assert!(!outcome.stdout.is_empty());
    }
    let sarif = dir.ringfence(&["scan", "--format", "sarif"]).ends().stdout();
    let log: Value = serde_json::from_str(&sarif).unwrap();
    suits_github(&log);
    let region = &log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"];
    assert_eq!((&region["startColumn"], &region["endColumn"]), (&3.into(), &43.into()), "in UTF-16 code units");
    let json = dir.report(&["scan"]);
    assert_eq!(json.value["findings"][0]["start"]["column"], 4, "in bytes");
}

#[test]
fn what_was_removed_is_shown_beside_what_came_in_its_stead() {
    let repo = Dir::repository();
    let workflow = ".github/workflows/a.yml";
    let job = "jobs:\n  a:\n    runs-on: x\n    steps:\n      - run: make\n";
    repo.write(workflow, format!("# one\n# two\non: push\npermissions:\n  contents: read\n{job}"));
    repo.git(&["add", "--all"]);
    repo.commit("base");
    repo.write(workflow, format!("# one\non: push\n{job}"));
    let report = repo.report(&["diff"]);
    let findings = report.value["findings"].as_array().unwrap();
    let old = findings.iter().find(|finding| finding["side"] == "old").expect("a removed line that held power back");
    // Only lines went; `jobs:` stands where they were.
    assert_eq!(old["anchor"]["start"]["line"], 3);
    let sarif = repo.ringfence(&["diff", "--format", "sarif"]).ends().stdout();
    let log: Value = serde_json::from_str(&sarif).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap().iter();
    let line = |result: &Value| result["locations"][0]["physicalLocation"]["region"]["startLine"].as_u64().unwrap();
    let lines: Vec<_> = results.map(line).collect();
    assert!(lines.contains(&3), "{lines:?}");
}

#[test]
fn a_saved_report_says_the_same_in_every_format() {
    let repo = Dir::repository();
    repo.write("a", token(1));
    repo.write("b", format!("password = \"{}\"\n", "correct-horse-9"));
    for format in FORMATS {
        let direct = repo.ringfence(&["scan", "a", "b", "--all", "--format", format]).ends();
        let saved = repo.ringfence(&["scan", "a", "b", "--all", "--format", "json"]).ends();
        let again = repo.ringfence(&["report", "-", "--format", format]).input(saved.stdout).ends();
        assert_eq!(again.code, direct.code);
        assert!(again.stdout == direct.stdout, "{format}: {}", again.stdout());
    }
}

#[test]
fn what_is_no_report_of_this_version_is_told() {
    let dir = Dir::plain();
    let sample = fs::read_to_string(snapshot("json")).unwrap();
    dir.write("other.json", sample.replace("ringfence.report/1", "ringfence.report/9"));
    dir.ringfence(&["report", "other.json"])
        .ends()
        .fails(2, &["other.json", "ringfence.report/9", "ringfence.report/1"]);
    dir.write("half.json", &sample[..sample.len() / 2]);
    dir.ringfence(&["report", "half.json"]).ends().fails(2, &["half.json", "--format json"]);
    dir.ringfence(&["report", "none.json"]).ends().fails(2, &["none.json"]);
    // A report may be written over itself: it is read first.
    dir.write("same.json", &sample);
    assert_eq!(dir.ringfence(&["report", "same.json", "--output", "json=same.json", "--quiet"]).ends().code, 3);
    assert_eq!(fs::read_to_string(dir.at("same.json")).unwrap(), sample);
}

#[test]
fn what_cannot_be_written_is_told() {
    let dir = Dir::plain();
    dir.write("in/file", token(1));
    for format in FORMATS {
        let nowhere = format!("--output={format}=/nowhere/report");
        let outcome = dir.ringfence(&["scan", "in", &nowhere]).ends();
        outcome.fails(2, &["/nowhere/report"]);
        assert_eq!(outcome.stdout(), "", "{format}: nothing is scanned");
        if cfg!(target_os = "linux") {
            let full = format!("--output={format}=/dev/full");
            dir.ringfence(&["scan", "in", &full, "--quiet"]).ends().fails(2, &["/dev/full"]);
        }
    }
    let twice = ["scan", "in", "--output=sarif=x", "--output=html=x"];
    dir.ringfence(&twice).ends().fails(2, &["two reports", "x"]);
}

/// The report of a scan reads like the sample, whatever the source.
#[test]
fn a_report_without_findings_is_a_report() {
    let dir = Dir::plain();
    dir.write("file", "nothing\n");
    for format in FORMATS {
        let outcome = dir.ringfence(&["scan", "file", "--format", format]).ends();
        assert_eq!((outcome.code, outcome.stderr().as_str()), (0, ""), "{format}");
        assert!(!outcome.stdout.is_empty(), "{format}");
    }
    let report = Report::of(dir.ringfence(&["scan", "--format", "json"]).ends());
    assert!(report.found().is_empty());
}
