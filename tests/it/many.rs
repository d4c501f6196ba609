//! A great number of files is read to the last one, and quickly.

use std::fs;
use std::time::Duration;

use crate::support::{Dir, token};

/// Time must grow with the text, not with the text times what is found in it.
#[test]
fn fifty_thousand_tokens_on_one_line_are_all_counted() {
    let dir = Dir::plain();
    let tokens: Vec<String> = (0..50_000).map(token).collect();
    dir.write("line", tokens.join(","));
    let report = dir.report(&["scan"]);
    let found = report.found();
    assert_eq!(report.value["summary"]["critical"], 50_000);
    assert_eq!(found.last().unwrap(), &format!("line:1:{}", 41 * (found.len() - 1) + 1));
    assert!(report.outcome.took < Duration::from_secs(40), "took {:?}", report.outcome.took);
}

#[test]
fn a_hundred_thousand_tiny_files_are_all_read() {
    let dir = Dir::plain();
    for folder in 0..100 {
        let path = dir.at(format!("{folder:02}"));
        fs::create_dir(&path).unwrap();
        for file in 0..1000 {
            fs::write(path.join(format!("{file:03}")), b"x = 1\n").unwrap();
        }
    }
    dir.write("50/500", format!("x = {}\n", token(1)));
    dir.write("99/999", format!("x = {}\n", token(2)));
    let report = dir.report(&["scan"]);
    report.finds(&["50/500:1:5", "99/999:1:5"]);
    assert_eq!(report.files(), 100_000);
    assert!(report.outcome.took < Duration::from_secs(60), "took {:?}", report.outcome.took);
    assert!(report.outcome.peak < 200 << 10, "held {} MiB", report.outcome.peak >> 10);
}

/// Text that is all literals and no match is the dearest there is: no place of it may be tried once per literal near it.
#[test]
fn literals_without_a_match_cost_no_more_than_their_number() {
    let dir = Dir::plain();
    for literal in ["twilio", ":_authToken", "eyJ", "ghp_", "password="] {
        dir.write("file", literal.repeat(200_000 / literal.len()));
        let report = dir.report(&["scan"]);
        report.finds(&[]);
        assert!(report.outcome.took < Duration::from_secs(5), "{literal}: {:?}", report.outcome.took);
    }
}
