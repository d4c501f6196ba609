//! Where reports go: what cannot be written is told before anything is scanned, and no failed run costs the last report.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

use crate::support::{Dir, Outcome, token};

/// A folder with a finding.
fn found() -> Dir {
    let dir = Dir::plain();
    dir.write("src/key", token(1));
    dir
}

/// Runs a line of shell that calls the program `ringfence`.
fn shell(dir: &Dir, line: &str) -> Outcome {
    let program = env!("CARGO_BIN_EXE_ringfence");
    dir.try_run("sh", &["-c", &format!("ringfence() {{ '{program}' \"$@\"; }}\n{line}")]).unwrap()
}

/// The names in a folder.
fn names(dir: &Dir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn what_cannot_be_written_is_told_before_the_scan() {
    let dir = found();
    fs::create_dir(dir.at("folder")).unwrap();
    // A scan of what is not there would be told, too: the output comes first.
    for (output, why) in [
        ("none/report", "no such file"),
        ("folder", "directory"),
        ("src/key/report", "not a directory"),
        ("/proc/report", "cannot write the report"),
        ("folder/", "directory"),
    ] {
        let outcome = dir.ringfence(&["scan", "nowhere", "--output", output]).ends();
        outcome.fails(2, &["cannot write the report", output, why]);
        assert!(!outcome.stderr().contains("cannot scan"), "{}", outcome.stderr());
    }
    assert_eq!(names(&dir), ["folder", "src"], "nothing was left behind");
}

#[test]
fn a_file_that_may_not_be_written_stays_as_it_is() {
    let dir = found();
    dir.write("report", "precious");
    fs::set_permissions(dir.at("report"), fs::Permissions::from_mode(0o444)).unwrap();
    fs::create_dir(dir.at("locked")).unwrap();
    fs::set_permissions(dir.at("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    for output in ["report", "locked/report"] {
        dir.as_nobody(&["scan", "nowhere", "--output", output]).ends().fails(2, &[output, "permission denied"]);
    }
    assert_eq!(fs::read_to_string(dir.at("report")).unwrap(), "precious");
    fs::set_permissions(dir.at("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A folder that takes no new file may hold one that can be written.
#[test]
fn a_file_that_cannot_be_replaced_is_written() {
    let dir = found();
    dir.write("locked/report", "a report that was longer than the new one: ".repeat(99));
    fs::set_permissions(dir.at("locked/report"), fs::Permissions::from_mode(0o666)).unwrap();
    fs::set_permissions(dir.at("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    assert_eq!(dir.as_nobody(&["scan", "src", "--quiet", "--output", "locked/report"]).ends().code, 1);
    let report = fs::read_to_string(dir.at("locked/report")).unwrap();
    assert!(report.ends_with("complete\n") && !report.contains("longer"), "{report}");
    fs::set_permissions(dir.at("locked"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn two_reports_never_share_a_file() {
    let dir = found();
    dir.write("folder/one", "before");
    symlink("folder", dir.at("link")).unwrap();
    for pair in [
        ["json=a", "sarif=a"],
        ["json=a", "sarif=./a"],
        ["json=folder/one", "sarif=link/one"],
        ["json=folder/../a", "a"],
    ] {
        let arguments = ["scan", "nowhere", "--output", pair[0], "--output", pair[1]];
        dir.ringfence(&arguments).ends().fails(2, &["each", "own"]);
    }
    assert_eq!(fs::read_to_string(dir.at("folder/one")).unwrap(), "before");
    // A device takes as many as come.
    let both = ["scan", "--output", "json=/dev/null", "--output", "sarif=/dev/null"];
    assert_eq!(dir.ringfence(&both).ends().code, 1);
}

#[test]
fn a_failed_run_leaves_the_last_report_as_it_was() {
    let dir = found();
    dir.write("report", "precious");
    dir.ringfence(&["scan", "nowhere", "--output", "report"]).ends().fails(2, &["nowhere"]);
    assert_eq!(fs::read_to_string(dir.at("report")).unwrap(), "precious");
    dir.write("policy", "version = 9\n");
    dir.ringfence(&["scan", "--policy", "policy", "--output", "report"]).ends().fails(2, &["version"]);
    assert_eq!(fs::read_to_string(dir.at("report")).unwrap(), "precious");
    // A disk that fills up while the report is written.
    let outcome = shell(&dir, "ulimit -f 1; ringfence scan --format html --output report");
    outcome.fails(2, &["cannot write the report to `report`", "file too large"]);
    assert_eq!(fs::read_to_string(dir.at("report")).unwrap(), "precious");
    assert_eq!(names(&dir), ["policy", "report", "src"], "nothing was left behind");
    assert_eq!(dir.ringfence(&["scan", "--output", "report"]).ends().code, 1);
    assert!(fs::read_to_string(dir.at("report")).unwrap().contains("src/key"));
}

#[test]
fn a_report_that_is_replaced_stays_the_file_that_it_was() {
    let dir = found();
    for name in ["private", "twin"] {
        dir.write(name, "before");
    }
    fs::set_permissions(dir.at("private"), fs::Permissions::from_mode(0o600)).unwrap();
    fs::hard_link(dir.at("twin"), dir.at("other")).unwrap();
    for name in ["private", "new", "twin"] {
        assert_eq!(dir.ringfence(&["scan", "src", "--quiet", "--output", name]).ends().code, 1, "{name}");
        assert!(fs::read_to_string(dir.at(name)).unwrap().contains("1 fails the run"), "{name}");
    }
    assert_eq!(fs::metadata(dir.at("private")).unwrap().mode() & 0o777, 0o600);
    assert_eq!(fs::read(dir.at("twin")).unwrap(), fs::read(dir.at("other")).unwrap());
}

/// One file may have two names, and a shell may have opened it before.
#[test]
fn two_reports_never_share_a_file_by_another_name() {
    let dir = found();
    dir.write("report", "precious");
    fs::hard_link(dir.at("report"), dir.at("twin")).unwrap();
    let arguments = ["scan", "nowhere", "--output", "json=report", "--output", "sarif=twin"];
    dir.ringfence(&arguments).ends().fails(2, &["`report`", "`twin`", "are one file"]);
    assert_eq!(fs::read_to_string(dir.at("report")).unwrap(), "precious");
    shell(&dir, "ringfence scan --output json=log > log").fails(2, &["standard output", "`log`", "are one file"]);
    assert_eq!(shell(&dir, "ringfence scan --output log > log").code, 1, "nothing else goes there");
    assert_eq!(shell(&dir, "ringfence scan --output json=other > log").code, 1);
}

#[test]
fn a_slip_in_a_format_is_told() {
    let dir = found();
    for (word, near) in
        [("sraif=y", "did you mean `sarif`?"), ("qq=y", "there are human, json"), ("htlm=x.html", "`html`")]
    {
        let outcome = dir.ringfence(&["scan", "nowhere", "-o", word]).ends();
        outcome.fails(2, &["is no format", near, &format!("write `./{word}`")]);
    }
    for word in ["SARIF=a", "Json=b", "./sraif=c", "c.d=e"] {
        assert_eq!(dir.ringfence(&["scan", "src", "--quiet", "-o", word]).ends().code, 1, "{word}");
    }
    assert_eq!(names(&dir), ["a", "b", "c.d=e", "sraif=c", "src"]);
    assert!(fs::read_to_string(dir.at("a")).unwrap().contains("2.1.0"));
    assert!(dir.ringfence(&["scan", "--format", "JSON"]).ends().stdout().starts_with('{'));
}

/// A change may bring a link where the report is to go: what it leads to is not the change's to overwrite.
#[test]
fn a_link_is_never_written_through() {
    let dir = found();
    fs::write(dir.beside("precious"), "precious").unwrap();
    symlink(dir.beside("precious"), dir.at("report.sarif")).unwrap();
    symlink(dir.beside("later"), dir.at("dangling")).unwrap();
    symlink("/dev/full", dir.at("device")).unwrap();
    for name in ["report.sarif", "dangling", "device"] {
        dir.ringfence(&["scan", "nowhere", "--output", name]).ends().fails(2, &[name, "it is a link"]);
        assert!(dir.at(name).is_symlink());
    }
    assert_eq!(fs::read_to_string(dir.beside("precious")).unwrap(), "precious");
    assert!(!dir.beside("later").exists());
}

/// A change may also bring a file of that name: it is read as it is, and then replaced.
#[test]
fn a_tracked_file_does_not_hide_behind_the_name_of_a_report() {
    let dir = Dir::repository();
    dir.write("report.json", token(1));
    dir.commit("base");
    assert_eq!(dir.ringfence(&["scan", "--format", "json", "--output", "report.json"]).ends().code, 1);
    let report: serde_json::Value = serde_json::from_slice(&fs::read(dir.at("report.json")).unwrap()).unwrap();
    assert_eq!(report["findings"][0]["path"], "report.json");
}

#[test]
fn a_full_disk_is_said() {
    let dir = found();
    dir.ringfence(&["scan", "--output", "/dev/full"]).ends().fails(2, &["`/dev/full`", "no space left"]);
    shell(&dir, "ringfence scan > /dev/full").fails(2, &["standard output", "no space left"]);
    shell(&dir, "ringfence rules list > /dev/full").fails(2, &["standard output", "no space left"]);
    // The exit code stands where nobody can be told.
    assert_eq!(shell(&dir, "ringfence scan > /dev/full 2> /dev/full").code, 2);
}

#[test]
fn pipes_and_devices_are_written_to_and_never_replaced() {
    let dir = found();
    let outcome = shell(&dir, "ringfence scan --quiet --output json=/dev/stdout | grep -c fingerprint");
    assert_eq!(outcome.stdout().trim(), "1");
    shell(&dir, "ringfence scan --quiet --output json=/dev/stdout > file; grep -c fingerprint file");
    assert!(fs::read_to_string(dir.at("file")).unwrap().starts_with("{\n  \"schema\""));
    let outcome = shell(&dir, "mkfifo pipe; cat pipe > copy & ringfence scan src --output pipe; wait");
    assert_eq!(outcome.code, 0, "{}", outcome.stderr());
    assert!(fs::read_to_string(dir.at("copy")).unwrap().contains("1 fails the run"));
    assert!(fs::symlink_metadata("/dev/stdout").unwrap().is_symlink(), "/dev/stdout is what it was");
}

/// Whoever closes a pipe has read enough: that is no mistake, and the exit code is that of the report.
#[test]
fn a_closed_pipe_is_silent() {
    let dir = found();
    let lines: String = (0..900).map(|n| token(n) + "\n").collect();
    dir.write("many", lines);
    for format in ["human", "json", "sarif", "html"] {
        let line = format!("{{ ringfence scan --format {format}; echo $? >&3; }} 3>code | head -1; cat code");
        let outcome = shell(&dir, &line);
        assert_eq!(outcome.stderr(), "", "{format}");
        assert!(outcome.stdout().ends_with("\n1\n"), "{format}: {}", outcome.stdout());
    }
    let line = "{ ringfence scan --quiet --output json=/dev/stdout; echo $? >&3; } 3>code | head -c 30; echo; cat code";
    let outcome = shell(&dir, line);
    assert!(outcome.stderr().is_empty() && outcome.stdout().ends_with("\n1\n"), "{}", outcome.stderr());
    for line in [
        "ringfence rules list | head -1",
        "ringfence --help | head -1",
        "ringfence man | head -1",
        "ringfence completions bash | head -1",
    ] {
        let outcome = shell(&dir, line);
        assert_eq!((outcome.stderr().as_str(), outcome.code), ("", 0), "{line}");
    }
}

#[test]
fn closed_streams_change_no_verdict() {
    let dir = found();
    assert_eq!(shell(&dir, "ringfence scan >&-").code, 1);
    assert_eq!(shell(&dir, "ringfence scan >&- 2>&- <&-").code, 1);
    assert_eq!(shell(&dir, "ringfence scan -v 2>&- > report").code, 1);
    assert!(fs::read_to_string(dir.at("report")).unwrap().contains("src/key"));
    assert_eq!(shell(&dir, "ringfence scan nowhere >&- 2>&-").code, 2);
}

/// What a run writes is no part of what it scans, there before or not, unless it is tracked.
#[test]
fn a_report_is_no_part_of_what_is_scanned() {
    let dir = Dir::repository();
    dir.write("key", token(1));
    dir.commit("base");
    dir.write("tracked", "before\n");
    dir.git(&["add", "tracked"]);
    let first = dir.ringfence(&["scan", "--format", "json", "--output", "report.json"]).ends();
    assert_eq!(first.code, 1, "{}", first.stderr());
    let one = fs::read(dir.at("report.json")).unwrap();
    assert_eq!(dir.ringfence(&["scan", "--format", "json", "--output", "report.json"]).ends().code, 1);
    assert_eq!(one, fs::read(dir.at("report.json")).unwrap(), "the second run reports what the first did");
    let diff = |output: &str| {
        dir.ringfence(&["diff", "--format", "json", "--output", output]).ends();
        let report: serde_json::Value = serde_json::from_slice(&fs::read(dir.at(output)).unwrap()).unwrap();
        report["coverage"]["files"].as_u64().unwrap()
    };
    assert_eq!(diff("report.json"), 1);
    assert_eq!(diff("other.json"), 2, "the report of another run is a file like any other");
    fs::remove_file(dir.at("report.json")).unwrap();
    fs::remove_file(dir.at("other.json")).unwrap();
    assert_eq!(diff("tracked"), 1, "what is tracked is read");
}

/// Each level says more than the one before it; what is said of the run itself goes to standard error.
#[test]
fn every_level_says_more() {
    let dir = Dir::repository();
    dir.write("key", token(1));
    dir.write("gone/socket", "");
    dir.write("ringfence.toml", "version = 1\n[scan]\nexclude = [\"gone/**\"]\n");
    let said = |level: &[&str]| {
        let outcome = dir.ringfence(&[&["scan"], level].concat()).ends();
        assert_eq!(outcome.code, 1, "{level:?}");
        (outcome.stdout(), outcome.stderr())
    };
    let (report, nothing) = said(&[]);
    assert_eq!((said(&["--quiet"]), nothing.as_str()), ((String::new(), String::new()), ""));
    assert!(report.contains("key\n  critical") && report.contains("skipped 1 × excluded by the policy"));
    let (same, how) = said(&["-v"]);
    assert_eq!(same, report);
    assert!(how.starts_with("ringfence: took ") && how.lines().count() == 1, "{how}");
    let (same, all) = said(&["-vv"]);
    assert_eq!(same, report);
    assert!(all.starts_with("ringfence: not read: gone/socket: excluded by the policy\nringfence: took "), "{all}");
    dir.ringfence(&["scan", "-q", "-v"]).ends().fails(2, &["--quiet", "--verbose"]);
}
