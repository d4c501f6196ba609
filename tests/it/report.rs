//! A report is the same for the same input, keeps to its schema, hides every secret, and decides the exit code.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::formats::FORMATS;
use crate::support::{Dir, GITHUB, Report, contains, made, text, token};

/// A few findings of several severities, a link, a submodule-like gap-free mix.
fn varied() -> Dir {
    let repo = Dir::repository();
    for n in 0..40 {
        repo.write(format!("d{}/f{n}", n % 7), format!("x\n{}\ny {}\n", token(n), token(n + 100)));
    }
    repo.write("medium", made("AIza{[0-9A-Za-z_-]:35}", 3));
    repo.link("d0", "link");
    repo
}

#[test]
fn threads_do_not_change_a_byte() {
    let repo = varied();
    for format in FORMATS {
        let with = |threads: &str| repo.ringfence(&["scan", "--format", format, "--threads", threads]).ends().stdout;
        let one = with("1");
        assert!(!one.is_empty());
        for _ in 0..3 {
            assert!(one == with("4"), "{format} differs between 1 and 4 threads");
        }
        assert!(one == with("2"), "{format} differs between 1 and 2 threads");
        assert!(one == with("100000"), "{format} differs with more threads than anyone has");
    }
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/report.schema.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// Fails unless `report` is what the published schema says.
pub(crate) fn keeps_to_the_schema(report: &Value) {
    keeps_to(&schema(), report);
}

fn keeps_to(schema: &Value, value: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<_> = validator.iter_errors(value).map(|e| format!("{e} at {}", e.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn every_source_keeps_to_the_schema() {
    let repo = varied();
    repo.commit("base");
    repo.write("new", token(7));
    repo.git(&["add", "--all"]);
    repo.commit("next");
    repo.write("staged", token(8));
    repo.git(&["add", "--all"]);
    let mut line_schema = schema();
    let definitions = line_schema["$defs"].take();
    let line_schema = json!({"$schema": line_schema["$schema"], "$ref": "#/$defs/line", "$defs": definitions});
    for args in [&["scan"][..], &["diff"], &["diff", "--staged"], &["diff", "HEAD~..HEAD"], &["scan", "-"]] {
        let report = repo.ringfence(args).input(token(9)).report();
        assert!(!report.found().is_empty(), "{args:?}");
        keeps_to(&schema(), &report.value);
        let lines = repo.ringfence(&[args, &["--format", "jsonl"]].concat()).input(token(9)).ends().stdout();
        let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.iter().for_each(|line| keeps_to(&line_schema, line));
        let kinds: Vec<&str> = lines.iter().map(|line| text(&line["type"])).collect();
        assert_eq!((kinds[0], kinds[kinds.len() - 1]), ("report", "summary"));
        assert_eq!(kinds.len(), report.found().len() + 2);
        // The same findings, whatever the format.
        for (line, finding) in lines[1..].iter().zip(report.value["findings"].as_array().unwrap()) {
            assert_eq!((&line["path"], &line["start"]), (&finding["path"], &finding["start"]));
            assert_eq!(line["fingerprint"], finding["fingerprint"]);
        }
    }
}

#[test]
fn reports_go_to_files_as_well() {
    let dir = Dir::plain();
    dir.write("in/file", token(1));
    let (json, lines) = (dir.beside("report.json"), dir.beside("report.jsonl"));
    let outputs = [format!("--output=json={}", json.display()), format!("--output=jsonl={}", lines.display())];
    let outcome = dir.ringfence(&["scan", "in", &outputs[0], &outputs[1]]).ends();
    assert_eq!(outcome.code, 1);
    assert!(outcome.stdout().contains(GITHUB), "the report for people is still printed");
    let value: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    assert_eq!(value["findings"][0]["path"], "file");
    assert_eq!(fs::read_to_string(&lines).unwrap().lines().count(), 3);
    let only = dir.beside("only.json").to_string_lossy().into_owned();
    let outcome = dir.ringfence(&["scan", "in", "--format=json", "--output", &only]).ends();
    assert_eq!((outcome.code, outcome.stdout().as_str()), (1, ""));
    assert_eq!(serde_json::from_slice::<Value>(&fs::read(&only).unwrap()).unwrap(), value);
    dir.ringfence(&["scan", "in", "--output=json=/nowhere/report"]).ends().fails(2, &["/nowhere/report"]);
}

#[test]
fn quiet_prints_nothing_and_the_exit_code_tells() {
    let dir = Dir::plain();
    dir.write("file", token(1));
    let outcome = dir.ringfence(&["scan", "--quiet"]).ends();
    assert_eq!((outcome.code, outcome.stdout().as_str(), outcome.stderr().as_str()), (1, "", ""));
}

#[test]
fn the_threshold_decides_between_0_and_1_and_nothing_else() {
    let dir = Dir::plain();
    dir.write("critical", token(1));
    dir.write("rules.toml", rule("low", "mark-of-low") + &rule("medium", "mark-of-medium"));
    dir.write("low", "mark-of-low-1234");
    dir.write("medium", "mark-of-medium-1234");
    let code = |path: &str, level: &str| {
        let report = dir.report(&["scan", path, "--rules", "rules.toml", "--fail-on", level]);
        assert_eq!(report.found().len(), 1, "{path}: {:?}", report.found());
        report.outcome.code
    };
    let codes = |path: &str| ["critical", "high", "medium", "low", "never"].map(|level| code(path, level));
    assert_eq!(codes("critical"), [1, 1, 1, 1, 0]);
    assert_eq!(codes("medium"), [0, 0, 1, 1, 0]);
    assert_eq!(codes("low"), [0, 0, 0, 1, 0]);
    // High is where it fails if nothing is said.
    let report = dir.report(&["scan", "medium", "--rules", "rules.toml"]);
    assert_eq!((report.outcome.code, &report.value["summary"]["medium"]), (0, &json!(1)));
}

fn rule(severity: &str, mark: &str) -> String {
    format!(
        "[[rule]]\nid = '{mark}'\nkind = 'secret'\ntitle = 't'\nseverity = '{severity}'\nliterals = ['{mark}-']\n\
         pattern = '{mark}-[0-9]+'\nremedy = 'r'\nwhy = 'w'\nbad = ['{mark}-1234']\ngood = ['{mark}-x']\n"
    )
}

#[test]
fn kinds_and_rules_can_be_chosen() {
    let dir = Dir::plain();
    dir.write("a", token(1));
    dir.write("b", made("AIza{[0-9A-Za-z_-]:35}", 3));
    let chosen = |args: &[&str]| dir.report(&[&["scan"], args].concat()).found();
    let (a, b) = ("a:1:1".to_owned(), "b:1:1 google-api-key".to_owned());
    assert_eq!(chosen(&["--only", GITHUB]), std::slice::from_ref(&a));
    assert_eq!(chosen(&["--skip", GITHUB]), std::slice::from_ref(&b));
    assert_eq!(chosen(&["--only", "secret"]), [a.clone(), b.clone()]);
    assert_eq!(chosen(&["--only", GITHUB, "--only", "google-api-key"]), [a, b.clone()]);
    assert_eq!(chosen(&["--only", "secret", "--skip", GITHUB]), [b]);
    assert_eq!(chosen(&["--skip", "secret"]), Vec::<String>::new());
    for option in ["--only", "--skip"] {
        let outcome = dir.ringfence(&["scan", option, "no-such-rule"]).ends();
        outcome.fails(2, &["no-such-rule", "rules list"]);
        assert_eq!(outcome.stdout(), "");
    }
}

#[test]
fn wrong_usage_is_2() {
    let dir = Dir::plain();
    for args in [
        &["scan", "--no-such-option"][..],
        &["no-such-command"],
        &[],
        &["scan", "--fail-on", "x"],
        &["scan", "--threads", "x"],
    ] {
        assert_eq!(dir.ringfence(args).ends().code, 2, "{args:?}");
    }
    for args in [&["--help"][..], &["--version"], &["scan", "--help"], &["completions", "bash"]] {
        let outcome = dir.ringfence(args).ends();
        assert_eq!(outcome.code, 0, "{args:?}");
        assert!(!outcome.stdout().is_empty());
    }
}

#[test]
fn a_reader_who_leaves_early_is_no_failure() {
    let dir = Dir::plain();
    // More than a pipe holds.
    dir.write("file", (0..3000).map(|n| token(n) + "\n").collect::<String>());
    for format in FORMATS {
        let mut child = Command::new(env!("CARGO_BIN_EXE_ringfence"))
            .args(["scan", "--fail-on", "never", "--format", format])
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    }
}

#[test]
fn hostile_names_and_lines_are_inert_in_every_format() {
    let dir = Dir::plain();
    dir.write(
        "a\x1b]8;;https://evil.example\x07\u{202e}\n\u{200b}b",
        format!("\x1b[2J\u{202e}\u{9b}31m {}\r\n", token(1)),
    );
    for (format, colour) in [("human", "never"), ("json", "always"), ("jsonl", "never")] {
        let outcome = dir.ringfence(&["scan", "--format", format, "--color", colour]).ends();
        assert_eq!(outcome.code, 1);
        let bad = outcome
            .stdout()
            .chars()
            .find(|c| c.is_control() && *c != '\n' || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'));
        assert_eq!(bad, None, "{format}");
    }
    let human = dir.ringfence(&["scan"]).ends().stdout();
    assert!(human.contains(r"a\x1b]8;;https:"), "the name is shown, escaped: {human}");
    let report = dir.report(&["scan"]);
    assert_eq!(text(&report.value["findings"][0]["excerpt"]), "\x1b[2J[U+202E]\u{9b}31m ghp_[36 hidden]");
}

#[test]
fn colours_only_when_asked_for() {
    let dir = Dir::plain();
    dir.write("file", token(1));
    let coloured = |run: crate::support::Run| run.ends().stdout().contains('\x1b');
    assert!(!coloured(dir.ringfence(&["scan"])));
    assert!(coloured(dir.ringfence(&["scan", "--color", "always"])));
    assert!(coloured(dir.ringfence(&["scan"]).env("CLICOLOR_FORCE", "1")));
    assert!(!coloured(dir.ringfence(&["scan"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")));
    assert!(!coloured(dir.ringfence(&["scan", "--color", "never"]).env("CLICOLOR_FORCE", "1")));
}

#[test]
fn every_secret_on_a_line_is_masked() {
    let dir = Dir::plain();
    let google = made("AIza{[0-9A-Za-z_-]:35}", 3);
    dir.write("file", format!("a={} b={google} c={}\n", token(1), token(2)));
    for format in FORMATS {
        let outcome = dir.ringfence(&["scan", "--format", format]).ends();
        assert_eq!(outcome.code, 1);
        outcome.hides(&google[4..]);
        outcome.hides(&google[4..14]);
    }
    // Not even a rule that was not asked for may show on the line of one that was.
    let only = dir.report(&["scan", "--only", GITHUB]);
    assert_eq!(only.found(), ["file:1:3", &format!("file:1:{}", 3 + 40 + 3 + 39 + 3)]);
    only.outcome.hides(&google[4..14]);
}

#[test]
fn a_secret_in_a_path_is_masked_wherever_the_path_is_printed() {
    let dir = Dir::plain();
    let folder = format!("backup-{}", token(1));
    dir.write(format!("{folder}/file"), format!("x {}\n", token(2)));
    // Every run of the suite fails if a token is printed; these print the path on every way there is.
    for format in FORMATS {
        for path in [".", &folder, &format!("{folder}/file")] {
            assert_eq!(dir.ringfence(&["scan", path, "--format", format, "--verbose"]).ends().code, 1);
        }
    }
    assert!(Command::new("mkfifo").arg(dir.at(&folder).join("fifo")).status().unwrap().success());
    assert_eq!(dir.report(&["scan"]).skipped(), ["backup-ghp_[36 hidden]/fifo: a FIFO, not a regular file"]);
    dir.ringfence(&["scan", &format!("{folder}/not-there")]).ends().fails(2, &["no such file"]);
}

fn fingerprints(report: &Report) -> Vec<String> {
    report.value["findings"].as_array().unwrap().iter().map(|f| text(&f["fingerprint"]).to_owned()).collect()
}

#[test]
fn a_fingerprint_stays_when_lines_move_and_changes_with_the_secret() {
    let dir = Dir::plain();
    let key = made("{pem:RSA PRIVATE KEY}", 1);
    let fingerprints = |content: &str| {
        dir.write("file", content);
        fingerprints(&dir.report(&["scan"]))
    };
    let before = fingerprints(&format!("k={}\n{key}\n", token(1)));
    assert_eq!(before.len(), 2);
    assert_eq!(fingerprints(&format!("\n\n# moved\nother = '{}'\n\n{key}\n", token(1))), before);
    let after = fingerprints(&format!("k={}\n{}\n", token(2), made("{pem:RSA PRIVATE KEY}", 2)));
    assert!(after[0] != before[0] && after[1] != before[1]);
    // The file's name does not go in.
    fs::rename(dir.at("file"), dir.at("renamed")).unwrap();
    let renamed = dir.report(&["scan"]);
    assert_eq!(renamed.found()[0], "renamed:1:3");
    assert_eq!(self::fingerprints(&renamed), after);
}

#[test]
fn a_clean_scan_says_what_was_read() {
    let dir = Dir::plain();
    dir.write("one", "x\n");
    dir.write("two", "y\n");
    let outcome = dir.ringfence(&["scan"]).ends();
    assert_eq!(outcome.code, 0);
    assert!(contains(&outcome.stdout, b"2 files") && contains(&outcome.stdout, b"complete"), "{}", outcome.stdout());
}

#[test]
fn what_verbose_says_stays_out_of_the_report() {
    let dir = Dir::plain();
    dir.write("file", token(1));
    let plain = dir.ringfence(&["scan", "--format=json"]).ends();
    let verbose = dir.ringfence(&["scan", "--format=json", "--verbose"]).ends();
    assert!(plain.stdout == verbose.stdout);
    assert!(verbose.stderr().contains("took"), "{}", verbose.stderr());
    assert_eq!(plain.stderr(), "");
}

#[test]
fn a_secret_that_was_typed_is_not_printed_back() {
    let dir = Dir::repository();
    let secret = token(1);
    for args in [vec!["diff", &secret], vec!["scan", "--only", &secret], vec!["rules", "show", &secret], vec![&secret]]
    {
        let outcome = dir.ringfence(&args).ends();
        assert_eq!(outcome.code, 2, "{args:?}");
        outcome.hides(&secret);
    }
}
