//! The wheel and the npm packages: what they say of themselves, and that the program in them is the program.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Door, package, packages, read, said};
use crate::support::{Dir, GITHUB, token};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What pre-commit installs names the version of the program. A release that forgets it installs the one before.
#[test]
fn the_hook_installs_the_version_that_it_comes_with() {
    let described: toml::Table = read("pyproject.toml").parse().unwrap();
    let project = &described["project"];
    assert_eq!(project["version"].as_str(), Some(VERSION));
    assert_eq!(project["dependencies"][0].as_str(), Some(format!("ringfence=={VERSION}").as_str()));
    assert!(read("docs/hooks.md").contains(&format!("rev: v{VERSION}\n")));
}

/// Runs what was installed as people do: its version, a finding, a clean scan, a mistake, standard input, a long report.
fn works(program: &Path) {
    let dir = Dir::plain();
    let run = |args: &[&str]| dir.program(program, args).ends();
    assert_eq!(run(&["--version"]).stdout(), format!("ringfence {VERSION}\n"));
    dir.write("clean", "x\n");
    assert_eq!(run(&["scan"]).code, 0);
    dir.write("bad", token(1));
    let found = run(&["scan", "--format", "json"]);
    assert_eq!((found.code, found.stderr().as_str()), (1, ""));
    let own = dir.ringfence(&["scan", "--format", "json"]).ends();
    let findings = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).unwrap()["findings"].clone();
    assert_eq!(findings(&found.stdout), findings(&own.stdout));
    let mistake = run(&["scan", "--no-such-option"]);
    assert_eq!((mistake.code, mistake.stdout().as_str()), (2, ""));
    let piped = dir.program(program, &["scan", "-"]).input(token(1)).ends();
    assert!(piped.code == 1 && piped.stdout().contains(GITHUB), "{}", said(&piped));
    let names: Vec<String> = (0..500).map(|n| format!("{} {}\n", "word".repeat(200), token(n))).collect();
    let long = dir.program(program, &["redact"]).input(names.concat()).ends();
    let whole = dir.ringfence(&["redact"]).input(names.concat()).ends();
    assert!(long.stdout.len() > 400_000 && long.stdout == whole.stdout, "output was cut or changed");
    ends_with_its_signal(program);
}

/// A signal to what was started ends the program behind it too.
fn ends_with_its_signal(program: &Path) {
    let mut child = Command::new(program)
        .args(["scan", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let began = Instant::now();
    let runs = |id: u32| fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "ringfence");
    let below = || {
        let list = fs::read_to_string(format!("/proc/{0}/task/{0}/children", child.id())).unwrap_or_default();
        list.split_whitespace().filter_map(|id| id.parse().ok()).find(|id| runs(*id))
    };
    let id = loop {
        if let Some(id) = runs(child.id()).then(|| child.id()).or_else(below) {
            break id;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it never started");
        std::thread::sleep(Duration::from_millis(20));
    };
    // Node reads scripts before it listens.
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    let status = child.wait().unwrap();
    let by = std::os::unix::process::ExitStatusExt::signal(&status);
    assert!(by == Some(15) || status.code() == Some(143), "{status}");
    assert!(!runs(id), "the program outlives what started it");
}

/// A folder in which nothing but `what` was installed from the packages.
fn environment() -> Door {
    Door::new("unused", "")
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn the_wheel_installs_into_a_fresh_environment_and_works() {
    let door = environment();
    door.well("python3", &["-m", "venv", "fresh"]);
    let bin = door.dir.at("fresh/bin");
    let pip = bin.join("pip").to_string_lossy().into_owned();
    door.well(&pip, &["install", "--no-index", "--find-links", &packages().to_string_lossy(), "ringfence"]);
    works(&bin.join("ringfence"));
    let shown = door.well(&pip, &["show", "--verbose", "ringfence"]).stdout();
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let package = &manifest["package"];
    for (key, value) in [("Version", VERSION), ("Summary", package["description"].as_str().unwrap())] {
        assert!(shown.contains(&format!("{key}: {value}\n")), "{shown}");
    }
    assert!(shown.contains(package["license"].as_str().unwrap()), "{shown}");
    // One tag of what it runs on, audited: any Python, and a libc at least as new as the one that it was linked to.
    let wheel = super::package(".whl");
    let name = wheel.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with(&format!("ringfence-{VERSION}-py3-none-manylinux_2_")), "{name}");
    let listed = door.well("python3", &["-m", "zipfile", "-l", &wheel.to_string_lossy()]).stdout();
    assert!(listed.contains("LICENSE-MIT") && listed.contains("LICENSE-APACHE"), "{listed}");
    assert!(!listed.contains("sbom"), "it would name folders of the machine that built it");
}

/// Every commit waits for the program to load, and every job for it to arrive: 12 MB at most, and nothing beside libc, of
/// which the mathematics are a part.
#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn the_program_is_small_and_needs_nothing_but_libc() {
    let door = environment();
    let wheel = package(".whl");
    door.well("python3", &["-m", "zipfile", "-e", &wheel.to_string_lossy(), "unpacked"]);
    let files = crate::support::everything(&door.dir.at("unpacked"));
    let program = files.iter().find(|path| path.ends_with("scripts/ringfence")).unwrap();
    let size = fs::metadata(program).unwrap().len();
    assert!((1_000_000..=12_000_000).contains(&size), "{size} bytes");
    let listed = door.well("readelf", &["--dynamic", &program.to_string_lossy()]).stdout();
    let needed = listed.lines().filter(|line| line.contains("(NEEDED)"));
    let names: Vec<&str> = needed.filter_map(|line| line.split(['[', ']']).nth(1)).collect();
    assert!(names.contains(&"libc.so.6"), "{listed}");
    let is_libc = |name: &&str| ["libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"].contains(name);
    assert!(names.iter().all(is_libc), "{names:?}");
}

/// The packages of npm in a prefix of their own, from files, with the network switched off.
fn from_npm(door: &Door, files: &[PathBuf]) -> PathBuf {
    let files: Vec<String> = files.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let offline = ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "prefix"];
    fs::create_dir(door.dir.at("prefix")).unwrap();
    let args: Vec<&str> = offline.into_iter().chain(files.iter().map(String::as_str)).collect();
    door.well("npm", &args);
    door.dir.at("prefix/node_modules/.bin/ringfence")
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn the_npm_packages_install_into_a_fresh_prefix_and_work() {
    let door = environment();
    let own = package(&format!("ringfence-{VERSION}.tgz"));
    let platform = package(&format!("ringfence-linux-x64-{VERSION}.tgz"));
    works(&from_npm(&door, &[own, platform]));
    let modules = door.dir.at("prefix/node_modules");
    let about = |name: &str| -> Value {
        serde_json::from_slice(&fs::read(modules.join(name).join("package.json")).unwrap()).unwrap()
    };
    let (main, platform) = (about("ringfence"), about("@ringfence/linux-x64"));
    for package in [&main, &platform] {
        assert_eq!(package["version"], VERSION);
        assert_eq!(package["license"], "MIT OR Apache-2.0");
        assert!(package.get("scripts").is_none(), "nothing runs when it is installed");
    }
    assert_eq!(main["optionalDependencies"]["@ringfence/linux-x64"], VERSION);
    assert_eq!(main["optionalDependencies"].as_object().unwrap().len(), 6);
    assert_eq!((&platform["os"][0], &platform["cpu"][0]), (&Value::from("linux"), &Value::from("x64")));
    // Every package carries the same program.
    door.well("python3", &["-m", "zipfile", "-e", &package(".whl").to_string_lossy(), "wheel"]);
    let wheel = door.dir.at(format!("wheel/ringfence-{VERSION}.data/scripts/ringfence"));
    assert!(fs::read(wheel).unwrap() == fs::read(modules.join("@ringfence/linux-x64/ringfence")).unwrap());
}

#[test]
#[ignore = "needs package registries and a release build; .ci/run runs it"]
fn without_the_package_of_the_platform_it_says_what_to_do() {
    let door = environment();
    let program = from_npm(&door, &[package(&format!("ringfence-{VERSION}.tgz"))]);
    let outcome = door.run(&program.to_string_lossy(), &["scan"]).ends();
    outcome.fails(2, &["@ringfence/linux-x64", "--include=optional", "cargo install"]);
}
