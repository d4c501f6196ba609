//! prek, husky and lefthook, each as the guide says.

use std::path::Path;

use super::cases::{BYTES, NAMES, is_a_name_like_others};
use super::{Door, block, installed, passed, refused, refused_by};
use crate::support::token;

/// What every manager has to do.
fn guards(door: &Door) {
    door.stage("new", token(1));
    refused(&door.commit(), "new");
    door.stage("new", "fine\n");
    passed(&door.commit());
    // The half of a file that is not staged.
    door.stage("file", "one\ntwo\n");
    door.dir.write("file", token(1));
    passed(&door.commit());
    refused(&door.git(&["commit", "-a", "-m", "all"]), "file");
    door.dir.git(&["reset", "--quiet", "--hard"]);
    // Nothing but a deletion.
    door.dir.write(".github/CODEOWNERS", "* @acme/core\n");
    door.dir.commit("owners");
    door.dir.git(&["rm", "--quiet", ".github/CODEOWNERS"]);
    refused_by(&door.commit(), "codeowners", ".github/CODEOWNERS");
    door.dir.git(&["reset", "--quiet", "--hard"]);
    is_a_name_like_others(door, NAMES[3]);
}

/// What `init` and `doctor` say where a manager calls ringfence.
fn is_known(door: &Door, name: &str) {
    let init = door.run(env!("CARGO_BIN_EXE_ringfence"), &["init", "--hook"]).ends();
    assert_eq!(init.code, 0, "{}{}", init.stdout(), init.stderr());
    assert!(init.stdout().contains(&format!("{name} manages the hooks here")), "{}", init.stdout());
    let doctor = door.run(env!("CARGO_BIN_EXE_ringfence"), &["doctor", "--run-hook"]).ends();
    assert!(doctor.stdout().contains("pre-commit fires"), "{}", doctor.stdout());
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn pre_commit_is_known_to_init_and_doctor() {
    let door = Door::of_pre_commit();
    is_known(&door, "pre-commit");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn prek_guards_as_pre_commit_does() {
    let door = Door::new(".pre-commit-config.yaml", &block("docs/hooks.md", "## pre-commit", "yaml"));
    door.well("prek", &["install"]);
    guards(&door);
    is_a_name_like_others(&door, BYTES);
    is_known(&door, "pre-commit");
    let door = Door::new("prek.toml", &block("docs/hooks.md", "## prek", "toml"));
    door.well("prek", &["install"]);
    guards(&door);
    is_known(&door, "prek");
}

/// What `init` tells people to write does what it promises.
#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn what_init_says_to_add_guards() {
    for (file, before, program) in [
        (".pre-commit-config.yaml", "repos:\n", "pre-commit"),
        ("prek.toml", "", "prek"),
        ("lefthook.yml", "", "lefthook"),
    ] {
        let door = Door::new(file, before).with_ringfence();
        let told = door.run(env!("CARGO_BIN_EXE_ringfence"), &["init"]).ends().stdout();
        let (_, entry) = told.split_once(&format!("`{program} install`:\n")).unwrap_or_else(|| panic!("{told}"));
        door.dir.write(file, format!("{before}{}", entry.split("next:\n").next().unwrap()));
        door.dir.commit("entry");
        door.well(program, &["install"]);
        guards(&door);
        is_known(&door, program);
    }
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn husky_guards() {
    let door = Door::new(".husky/pre-commit", &block("docs/hooks.md", "## husky", "sh")).with_ringfence();
    let program = installed().join("node_modules/husky/bin.js");
    door.well("node", &[program]);
    assert!(Path::new(&door.dir.git(&["config", "core.hooksPath"])).starts_with(".husky"));
    guards(&door);
    is_known(&door, "husky");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn lefthook_guards() {
    let door = Door::new("lefthook.yml", &block("docs/hooks.md", "## lefthook", "yaml")).with_ringfence();
    door.well("lefthook", &["install"]);
    guards(&door);
    is_known(&door, "lefthook");
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn a_plain_hook_guards() {
    let door = Door::new("unused", "").with_ringfence();
    for line in block("docs/hooks.md", "## A plain git hook", "sh").lines() {
        let outcome = door.run("sh", &["-c", line]).ends();
        assert!(!outcome.stdout().is_empty() && outcome.stderr().is_empty(), "{line}: {}", outcome.stderr());
    }
    guards(&door);
    NAMES.iter().chain([&BYTES]).for_each(|name| is_a_name_like_others(&door, name));
}
