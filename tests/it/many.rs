//! A great number of files is read to the last one, and quickly.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::{Dir, token};

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
    let began = Instant::now();
    let report = dir.report(&["scan"]);
    report.finds(&["50/500:1:5", "99/999:1:5"]);
    assert_eq!(report.files(), 100_000);
    assert!(began.elapsed() < Duration::from_secs(60), "took {:?}", began.elapsed());
    assert!(report.outcome.peak < 200 << 10, "held {} MiB", report.outcome.peak >> 10);
}
