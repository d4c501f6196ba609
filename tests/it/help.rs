//! What teaches the command line: every example in it can be typed, and the pages and scripts made from it are whole.

use std::fs;
use std::process::Command;

use clap::{CommandFactory, Parser};
use ringfence::cli::Cli;

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
        "ringfence baseline write",
        "ringfence baseline check",
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
    assert!(page.code == 0 && page.stdout().contains(".TH ringfence 1") && page.stdout().contains("Exit codes"));
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
    dir.ringfence(&["man", "nowhere"]).ends().fails(2, &["nowhere"]);
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
