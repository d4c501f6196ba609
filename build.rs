//! Reads every rule file, fails the build if one is broken, and packs them for `src/rule/builtin.rs`.
//!
//! The folder is walked, so a new file cannot be forgotten; parsing happens here, so that start-up does not pay for it.

// The same files are modules of the library, where `pub` reaches further than here.
#![allow(unreachable_pub, dead_code)]

#[path = "src/rule/area.rs"]
mod area;
#[path = "src/rule/beside.rs"]
mod beside;
#[path = "src/rule/command.rs"]
mod command;
#[path = "src/rule/flow.rs"]
mod flow;
#[path = "src/rule/grade.rs"]
mod grade;
#[path = "src/rule/hidden.rs"]
mod hidden;
#[path = "src/rule/load.rs"]
mod load;
#[path = "src/rule/locate.rs"]
mod locate;
#[path = "src/rule/measured.rs"]
mod measured;
#[path = "src/rule/model.rs"]
mod model;
#[path = "src/rule/plan.rs"]
mod plan;
#[path = "src/rule/safeguard.rs"]
mod safeguard;
#[path = "src/rule/scope.rs"]
mod scope;
#[path = "src/rule/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::error::Error;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use sha2::{Digest, Sha256};
use unicode_security::confusable_detection::skeleton;

fn main() -> Result<(), Box<dyn Error>> {
    link_unwinder();
    println!("cargo::rerun-if-changed=rules");
    let mut files = Vec::new();
    rule_files(Path::new("rules"), &mut files)?;
    files.sort();
    let mut rules = BTreeMap::new();
    let mut broken = 0;
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.display().to_string();
        match load::load(&name, &std::fs::read_to_string(&file)?) {
            Ok(loaded) => {
                for prepared in loaded {
                    let id = prepared.rule.id.clone();
                    if let Some((_, other)) = rules.insert(id.clone(), (prepared, name.clone())) {
                        println!("cargo::error={name}: rule id `{id}` stands in {other} too; rename one");
                        broken += 1;
                    }
                }
            }
            Err(errors) => {
                broken += errors.len();
                errors.iter().for_each(|e| println!("cargo::error={}", e.to_string().replace('\n', " ")));
            }
        }
    }
    if broken > 0 {
        return Err(format!("{broken} mistakes in rule files").into());
    }
    let mut rules: Vec<plan::Prepared> = rules.into_values().map(|(prepared, _)| prepared).collect();
    let examples = packed_examples(&mut rules)?;
    let rules = postcard::to_allocvec(&rules)?;
    let model = packed_model(Path::new("rules/model/generic.json"))?;
    // Taken here, because every run would pay for it.
    let digest = Sha256::new().chain_update(&rules).chain_update(&examples).chain_update(&model).finalize();
    write("rules.sha256", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().as_bytes())?;
    write("rules.bin", &lz4_flex::compress_prepend_size(&rules))?;
    write("examples.bin", &examples)?;
    write("confusables.bin", &packed_confusables())?;
    write("model.bin", &model)?;
    write("changes.bin", &deflated(&std::fs::read("rules/grant/changes.txt")?)?)?;
    write("measured.bin", &packed_measured(Path::new("rules/measured.json"))?)
}

/// Links the unwinder into the program, as the compiler that links it ships it, so that no library of the machine is
/// needed but libc. Where there is none to be had, the machine's own is used.
fn link_unwinder() {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|set| set == value);
    let is_native = std::env::var("HOST").ok() == std::env::var("TARGET").ok();
    if !(is_native && is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu")) {
        return;
    }
    let Ok(told) = Command::new("cc").arg("-print-file-name=libgcc_eh.a").output() else { return };
    let file = PathBuf::from(String::from_utf8_lossy(&told.stdout).trim());
    if let (true, Some(folder)) = (file.is_absolute(), file.parent()) {
        println!("cargo::rustc-link-search=native={}", folder.display());
        println!("cargo::rustc-link-lib=static:+whole-archive,-bundle=gcc_eh");
    }
}

/// Writes what the program is to hold.
fn write(name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    Ok(std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join(name), content)?)
}

/// Takes the examples out of the rules and packs them, compressed: a scan needs none of them.
fn packed_examples(rules: &mut [plan::Prepared]) -> Result<Vec<u8>, Box<dyn Error>> {
    let examples: Vec<(Vec<String>, Vec<String>)> =
        rules.iter_mut().map(|p| (std::mem::take(&mut p.rule.bad), std::mem::take(&mut p.rule.good))).collect();
    Ok(deflated(&postcard::to_allocvec(&examples)?)?)
}

fn deflated(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut packed = DeflateEncoder::new(Vec::new(), Compression::best());
    packed.write_all(bytes)?;
    packed.finish()
}

/// Packs the characters that look like one ASCII letter or digit.
fn packed_confusables() -> Vec<u8> {
    let mut packed = Vec::new();
    for c in ('\u{80}'..=char::MAX).filter(|c| c.is_alphabetic()) {
        let text = c.to_string();
        let mut shape = skeleton(&text);
        if let (Some(one), None) = (shape.next(), shape.next())
            && one.is_ascii_alphanumeric()
        {
            packed.extend_from_slice(&u32::from(c).to_le_bytes()[..3]);
            packed.push(one as u8);
        }
    }
    packed
}

/// Packs the measured figures.
fn packed_measured(file: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let measured: measured::Measured = serde_json::from_slice(&std::fs::read(file)?)?;
    Ok(postcard::to_allocvec(&measured)?)
}

/// Packs the model, once it is sure that each way through a tree ends in a leaf.
fn packed_model(file: &Path) -> Result<Vec<u8>, Box<dyn Error>> {
    let model: tree::Model = serde_json::from_slice(&std::fs::read(file)?)?;
    for nodes in &model.trees {
        for (at, node) in nodes.iter().enumerate() {
            let leads_on = |child: u16| usize::from(child) > at && usize::from(child) < nodes.len();
            let is_leaf = node.left == 0 && node.right == 0;
            let is_sound = is_leaf || leads_on(node.left) && leads_on(node.right);
            if !is_sound {
                return Err(format!("{}: a node leads nowhere or back", file.display()).into());
            }
        }
    }
    Ok(postcard::to_allocvec(&model)?)
}

fn rule_files(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            rule_files(&path, files)?;
        } else if path.extension().is_some_and(|e| e == "toml") {
            files.push(path);
        }
    }
    Ok(())
}
