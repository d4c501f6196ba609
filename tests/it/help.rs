//! What teaches the command line: every example in it can be typed, and the pages and scripts made from it are whole.

use std::fs;
use std::process::Command;

use clap::{CommandFactory, Parser};
use ringfence::cli::Cli;
use ringfence::cli::values::KINDS;

use crate::support::Dir;

/// Every command with its help, those below it included.
fn helps() -> Vec<(String, String)> {
    fn below(command: &mut clap::Command, name: &str, all: &mut Vec<(String, String)>) {
        let help = command.render_long_help().to_string();
        all.push((name.to_owned(), help));
        for sub in command.get_subcommands_mut() {
            let name = format!("{name} {}", sub.get_name());
            below(sub, &name, all);
        }
    }
    let mut all = Vec::new();
    below(&mut Cli::command(), "ringfence", &mut all);
    all
}

/// The commands of the program in a line of an example: what stands behind two spaces explains it, a pipe feeds it.
fn calls(line: &str) -> Vec<Vec<String>> {
    let line = line.trim().split("  ").next().unwrap_or_default();
    let parts = line.split([';', '|', '>', '<']).map(|part| part.trim().trim_end_matches(" 2"));
    let own = parts.filter(|part| *part == "ringfence" || part.starts_with("ringfence "));
    own.map(|part| shell_words::split(part).unwrap()).collect()
}

#[test]
fn every_example_can_be_typed() {
    let mut seen = 0;
    for (name, help) in helps() {
        let Some((_, examples)) = help.split_once("Examples:\n") else { continue };
        // A line that goes on below is one.
        let examples = examples.replace(" \\\n   ", "");
        for line in examples.lines().take_while(|line| line.starts_with("  ")) {
            for call in calls(line) {
                let parsed = Cli::try_parse_from(&call);
                assert!(parsed.is_ok(), "{name}: {line}: {}", parsed.unwrap_err());
                seen += 1;
            }
        }
    }
    assert!(seen >= 20, "only {seen} examples");
}

#[test]
fn every_command_with_options_of_its_own_shows_examples() {
    for name in [
        "ringfence",
        "ringfence scan",
        "ringfence diff",
        "ringfence report",
        "ringfence merge",
        "ringfence redact",
        "ringfence init",
        "ringfence doctor",
        "ringfence explain",
        "ringfence baseline",
        "ringfence baseline write",
        "ringfence baseline check",
        "ringfence evidence",
        "ringfence evidence create",
        "ringfence evidence verify",
        "ringfence rules",
        "ringfence rules list",
        "ringfence rules show",
        "ringfence rules test",
        "ringfence completions",
        "ringfence man",
    ] {
        let help = helps().into_iter().find(|(of, _)| of == name).unwrap().1;
        assert!(help.contains("Examples:"), "{name}");
    }
}

#[test]
fn help_fits_a_narrow_terminal_and_a_page() {
    for (name, help) in helps() {
        let longest = help.lines().map(|line| line.chars().count()).max().unwrap();
        // A line of an example that breaks cannot be copied.
        assert!(longest <= 100, "{name}: a line of {longest} characters");
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let dir = Dir::plain();
    let page = dir.ringfence(&["man"]).ends();
    assert!(
        page.code == 0 && page.stdout().contains(".TH ringfence 1") && page.stdout().contains(".SH \"EXIT STATUS\"")
    );
    dir.write("pages/.keep", "");
    dir.ringfence(&["man", "pages"]).ends();
    let mut pages: Vec<_> =
        fs::read_dir(dir.at("pages")).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    pages.retain(|page| page.ends_with(".1"));
    for name in ["ringfence.1", "ringfence-scan.1", "ringfence-diff.1", "ringfence-merge.1", "ringfence-rules-show.1"] {
        assert!(pages.iter().any(|page| page == name), "{name} is not in {pages:?}");
    }
    let again = dir.ringfence(&["man"]).ends().stdout;
    assert_eq!(page.stdout, again);
    dir.ringfence(&["man", "nowhere"])
        .ends()
        .fails(2, &["manual pages", "nowhere", "no such file or directory; check"]);
    assert!(!pages.iter().any(|page| page.contains("help")), "{pages:?}");
    for page in &pages {
        sections_stand_apart(page, &fs::read_to_string(dir.at("pages").join(page)).unwrap());
    }
    let scan = fs::read_to_string(dir.at("pages/ringfence-scan.1")).unwrap();
    assert!(scan.contains("\n.TP\n\\fB3\\fR\nthe scan is incomplete"), "{scan}");
    assert!(scan.contains("\\fB\\-\\-shard\\fR \\fII/N\\fR]"), "the synopsis shows values: {scan}");
}

/// Codes are a list, examples lines as they are typed, and nothing of them is left in the prose.
fn sections_stand_apart(name: &str, page: &str) {
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
    assert_eq!(headings[..3], ["NAME", "SYNOPSIS", "DESCRIPTION"], "{name}");
    assert_eq!(headings.last(), Some(&"\"SEE ALSO\""), "{name}");
    assert!(!page.contains("\nExamples:") && !page.contains("Exit codes:"), "{name}: {page}");
    let examples = page.split(".SH EXAMPLES\n").nth(1).unwrap_or_else(|| panic!("{name} has no examples"));
    let lines: Vec<&str> = examples.split(".nf\n").skip(1).map(|part| part.split("\n.fi\n").next().unwrap()).collect();
    assert!(!lines.is_empty() && lines.iter().all(|line| line.lines().count() == 1), "{name}: {lines:?}");
}

/// `readers.rs` has what reads the pages, where that is installed.
pub(crate) fn manual_pages_are_read_without_a_warning() {
    let dir = Dir::plain();
    dir.write("pages/.keep", "");
    dir.ringfence(&["man", "pages"]).ends();
    for entry in fs::read_dir(dir.at("pages")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.extension().is_some_and(|e| e == "1") {
            let run = dir.try_run("groff", &["-man", "-Tutf8", "-ww", entry.to_str().unwrap()]).unwrap();
            assert!(run.code == 0 && run.stderr().is_empty(), "{}: {}", entry.display(), run.stderr());
        }
    }
}

#[test]
fn help_is_a_command_too() {
    let dir = Dir::plain();
    for (words, told) in [
        (&["help"][..], "Usage: ringfence <COMMAND>"),
        (&["help", "scan"], "Usage: ringfence scan"),
        (&["help", "rules", "list"], "Usage: ringfence rules list"),
        (&["rules", "help", "list"], "Usage: ringfence rules list"),
    ] {
        let help = dir.ringfence(words).ends();
        assert!(help.code == 0 && help.stdout().contains(told), "{words:?}: {}", help.stdout());
    }
}

#[test]
fn completions_offer_what_may_stand_there() {
    let script = |shell: &str| Dir::plain().ringfence(&["completions", shell]).ends().stdout();
    let kinds = KINDS.join(" ");
    let (bash, zsh, fish) = (script("bash"), script("zsh"), script("fish"));
    let offers =
        |option: &str, offer: &str| bash.contains(&format!("--{option})\n                    COMPREPLY=({offer}"));
    assert!(
        offers("only", &format!("$(compgen -W \"{kinds}\"")) && offers("skip", &format!("$(compgen -W \"{kinds}\""))
    );
    // Neither a glob nor a revision is a file.
    assert!(offers("scope", "\"${cur}\")") && offers("base", "\"${cur}\")") && offers("threads", "\"${cur}\")"));
    assert!(
        zsh.contains(&format!(":KIND_OR_RULE:({kinds})")) && zsh.contains(":GLOB:'") && zsh.contains(":_files -/'")
    );
    let line = |option: &str| fish.lines().find(|line| line.contains(&format!(" -l {option} "))).unwrap();
    assert!(
        line("policy").ends_with(" -r -F") && line("scope").ends_with(" -r -f") && line("only").contains("-a \"secret")
    );
    // What is offered is not all that is taken.
    assert_eq!(Dir::plain().ringfence(&["scan", "--only", "GitHub-PAT-Classic", "--skip", "TEXT"]).ends().code, 0);
}

/// Fails unless `shell` reads the script that completes for it.
pub(crate) fn reads_its_completions(shell: &str, option: &str) {
    let dir = Dir::plain();
    let script = dir.ringfence(&["completions", shell]).ends();
    assert!(script.stdout().contains("shard"), "{shell}");
    dir.write("script", &script.stdout);
    let run = Command::new(shell).arg(option).arg(dir.at("script")).output().unwrap();
    assert!(run.status.success(), "{shell}: {}", String::from_utf8_lossy(&run.stderr));
    dir.write("script", [&script.stdout[..], b"\nif then ((\n"].concat());
    let run = Command::new(shell).arg(option).arg(dir.at("script")).output().unwrap();
    assert!(!run.status.success(), "{shell} reads anything");
}

/// `readers.rs` has the shells that not every machine has.
#[test]
fn completions_are_scripts() {
    reads_its_completions("bash", "-n");
    let powershell = Dir::plain().ringfence(&["completions", "powershell"]).ends().stdout();
    assert!(powershell.contains("Register-ArgumentCompleter") && powershell.contains("--shard"));
}
