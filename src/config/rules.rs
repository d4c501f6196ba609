//! The rules of a run: those that are built in, and those of files that were named.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use super::error::ConfigError;
use crate::rule::{Prepared, RuleSet, load};
use crate::source::why;

/// The built-in rules and those of `paths`.
///
/// # Errors
/// A file cannot be read, or is wrong: all its mistakes at once.
pub fn rules(paths: &[PathBuf]) -> Result<RuleSet, ConfigError> {
    let mut more = Vec::new();
    let mut mistakes = Vec::new();
    // Only who adds rules can take an id twice.
    let builtin = if paths.is_empty() { None } else { Some(set(Vec::new())?) };
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for file in rule_files(paths)? {
        let name = file.display().to_string();
        let content = fs::read_to_string(&file)
            .map_err(|e| ConfigError::new(format!("cannot read rule file `{name}`: {}", why(&e))))?;
        match load::load(&name, &content) {
            Ok(rules) => {
                for id in rules.iter().map(|rule| &rule.rule.id) {
                    let place = format!("{name}:{}", line_of(&content, id));
                    let other = match builtin.as_ref().and_then(|set| set.get(id)) {
                        Some(_) => Some("a built-in rule".to_owned()),
                        None => taken.insert(id.clone(), place.clone()),
                    };
                    if let Some(other) = other {
                        mistakes.push(format!("{place}: rule id `{id}` is taken by {other}; rename yours"));
                    }
                }
                more.extend(rules);
            }
            Err(errors) => mistakes.extend(errors.iter().map(ToString::to_string)),
        }
    }
    if !mistakes.is_empty() {
        return Err(ConfigError::new(format!("mistakes in rule files:\n  {}", mistakes.join("\n  "))));
    }
    set(more)
}

/// The line on which the rule `id` says its id.
fn line_of(content: &str, id: &str) -> usize {
    let is_it = |line: &str| {
        let value = line.trim().strip_prefix("id").and_then(|rest| rest.trim_start().strip_prefix('='));
        value.is_some_and(|value| value.split(['"', '\'']).nth(1) == Some(id))
    };
    content.lines().position(is_it).map_or(1, |at| at + 1)
}

fn set(more: Vec<Prepared>) -> Result<RuleSet, ConfigError> {
    RuleSet::with(more).map_err(|e| ConfigError::new(e.to_string()))
}

/// Files as given; of a directory every `.toml` file below it, sorted.
fn rule_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, ConfigError> {
    let mut files = Vec::new();
    for path in paths {
        let fail = |why: String| ConfigError::new(format!("cannot read rules from `{}`: {why}", path.display()));
        if !fs::metadata(path).map_err(|e| fail(why(&e)))?.is_dir() {
            files.push(path.clone());
            continue;
        }
        let walk = ignore::WalkBuilder::new(path).standard_filters(false).sort_by_file_name(Ord::cmp).build();
        for entry in walk {
            let entry = entry.map_err(|e| fail(e.to_string()))?;
            if entry.file_type().is_some_and(|t| t.is_file()) && entry.path().extension().is_some_and(|e| e == "toml") {
                files.push(entry.into_path());
            }
        }
    }
    Ok(files)
}
