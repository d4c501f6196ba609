//! The words of an area: by what one sees that a change touches authentication, billing, deployment and the like.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grade::Severity;

/// A part of a project in which a person must look at every change.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Area {
    /// What reports call it.
    pub name: String,
    /// Globs of files that belong to it whatever they hold; `*` stops at `/`.
    #[serde(default)]
    pub files: Vec<String>,
    /// Words of folders and file names that are enough alone.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Words of folders and file names that are never enough alone.
    #[serde(default)]
    pub weak_paths: Vec<String>,
    /// Extensions of the files whose path words count; empty means every language and format.
    #[serde(default)]
    pub extensions: Vec<String>,
    /// Words of paths beside which no path word and no weak word means this area.
    #[serde(default)]
    pub vetoes: Vec<String>,
    /// Packages whose import makes a file part of it.
    #[serde(default)]
    pub imports: BTreeMap<Ecosystem, Vec<String>>,
    /// Phrases of checks whose removal opens something.
    #[serde(default)]
    pub guards: Vec<String>,
    /// Other phrases that are enough on a changed line.
    #[serde(default)]
    pub strong: Vec<String>,
    /// Phrases that count only beside other evidence.
    #[serde(default)]
    pub weak: Vec<String>,
    /// How bad a change is of which only the path tells; the rule's own severity if left out.
    #[serde(default)]
    pub by_path: Option<Severity>,
    /// Whether another version of what is named already counts like every change.
    #[serde(default)]
    pub bumps: Bumps,
}

/// What a change means that moves versions only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Bumps {
    /// It is a change like others.
    #[default]
    Count,
    /// It is hygiene.
    Low,
    /// It is not told.
    Silent,
}

/// Languages that share their packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ecosystem {
    /// JavaScript, TypeScript, and what embeds them.
    Javascript,
    /// Python.
    Python,
    /// Java, Kotlin, Scala, Groovy.
    Jvm,
    /// Go.
    Go,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// C#, F#, Visual Basic.
    Dotnet,
    /// Rust.
    Rust,
    /// Elixir and Erlang.
    Elixir,
    /// Dart.
    Dart,
    /// Swift and Objective-C.
    Swift,
}

impl Ecosystem {
    /// The one of files with this extension, in lower case.
    pub fn of(extension: &str) -> Option<Self> {
        Some(match extension {
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" => {
                Self::Javascript
            }
            "py" | "pyi" | "pyx" => Self::Python,
            "java" | "kt" | "kts" | "scala" | "groovy" => Self::Jvm,
            "go" => Self::Go,
            "rb" | "rake" | "erb" | "haml" => Self::Ruby,
            "php" => Self::Php,
            "cs" | "fs" | "vb" | "cshtml" | "razor" => Self::Dotnet,
            "rs" => Self::Rust,
            "ex" | "exs" | "erl" => Self::Elixir,
            "dart" => Self::Dart,
            "swift" | "m" | "mm" => Self::Swift,
            _ => return None,
        })
    }
}
