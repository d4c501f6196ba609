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
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
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
    let rules: Vec<plan::Prepared> = rules.into_values().map(|(prepared, _)| prepared).collect();
    let rules = postcard::to_allocvec(&rules)?;
    let model = packed_model(Path::new("rules/model/generic.json"))?;
    // Taken here, because every run would pay for it.
    let digest = Sha256::new().chain_update(&rules).chain_update(&model).finalize();
    write("rules.sha256", digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>().as_bytes())?;
    write("rules.bin", &rules)?;
    write("model.bin", &model)?;
    write("measured.bin", &packed_measured(Path::new("rules/measured.json"))?)
}

/// Writes what the program is to hold.
fn write(name: &str, content: &[u8]) -> Result<(), Box<dyn Error>> {
    Ok(std::fs::write(PathBuf::from(std::env::var("OUT_DIR")?).join(name), content)?)
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
