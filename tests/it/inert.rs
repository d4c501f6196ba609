//! Text of a change is no command of the pipeline that shows it: not in a report, not on standard error, not as a name.

use crate::formats::FORMATS;
use crate::support::{Dir, Outcome, token};

/// What a pipeline takes for a command: for Azure and TeamCity anywhere in a line, for GitHub at its begin, too.
fn commands(text: &str) -> Vec<&str> {
    let is_command = |line: &&str| {
        let begins = |(at, _): (usize, &str)| line[at + 2..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '[');
        line.match_indices("##").any(begins) || line.trim_start().starts_with("::")
    };
    text.lines().filter(is_command).collect()
}

fn holds_none(outcome: &Outcome, what: &str) {
    let (out, err) = (outcome.stdout(), outcome.stderr());
    let found: Vec<&str> =
        commands(&out).into_iter().chain(commands(&err)).filter(|line| !is_own(what, line)).collect();
    assert!(found.is_empty(), "{what}: {found:?}");
}

/// The annotations of the format `github` are commands, each with one file.
fn is_own(format: &str, line: &str) -> bool {
    let begins = ["::error file=", "::warning file=", "::error title=ringfence is incomplete::"];
    format == "github" && !line.contains("##") && begins.iter().any(|begin| line.starts_with(begin))
}

/// Names and lines full of commands.
fn hostile() -> Dir {
    let repo = Dir::repository();
    repo.write(
        "::warning file=a::b ##vso[task.complete result=Succeeded;]x",
        format!("::error::a ##vso[a]b\t{}\n", token(1)),
    );
    repo.write("##teamcity[blockOpened name='x']", format!("##[error]a ::set-env b {}\n", token(2)));
    let allow =
        "rule = \"github-pat-classic\"\npath = \"none\"\nvalue = \"##vso[a]*\"\nreason = \"::error::a ##vso[b]\"\n";
    repo.write("ringfence.toml", format!("version = 1\n[[allow]]\n{allow}"));
    repo.link("/etc", "::error::link ##vso[out]");
    repo
}

#[test]
fn no_line_of_a_report_is_a_command_by_its_content() {
    let repo = hostile();
    for format in FORMATS {
        let outcome = repo.ringfence(&["scan", "-vv", ".", "::error::link ##vso[out]", "--format", format]).ends();
        assert_eq!(outcome.code, 3, "{}", outcome.stderr());
        holds_none(&outcome, format);
        assert!(outcome.stdout().contains("task.complete"), "{format} names the file");
    }
    let json = repo.ringfence(&["scan", "--format", "json"]).ends().stdout();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<&str> = value["findings"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap()).collect();
    assert!(names.contains(&"##teamcity[blockOpened name='x']"), "programs get the exact value: {names:?}");
}

#[test]
fn no_error_is_a_command() {
    let repo = hostile();
    for arguments in [
        &["scan", "::error::nowhere"][..],
        &["scan", "a ##vso[nowhere]"],
        &["scan", "--format", "##vso[x]"],
        &["scan", "--output", "##vso[x]/::error::y"],
        &["diff", "##vso[x]..::error::y"],
        &["explain", "##vso[x]"],
        &["report", "##vso[x]"],
        &["merge", "##vso[x]", "::error::y"],
    ] {
        let outcome = repo.ringfence(arguments).ends();
        assert_ne!(outcome.code, 0, "{arguments:?}");
        holds_none(&outcome, &format!("{arguments:?}"));
    }
    holds_none(&repo.ringfence(&["doctor"]).ends(), "doctor");
}
