//! The words of a flow: what may not reach which calls, addresses that give data away, and settings that reveal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a rule says about data on their way out. What is left empty plays no part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Flow {
    /// Calls that give away what they are handed: `console.{log,error}`, or `puts …` where no brackets are needed. The last
    /// name is the call's; those before it are words of what it is called on.
    pub sinks: BTreeMap<Language, Vec<String>>,
    /// The rule whose calls and names these are, where this one states none.
    pub like: Option<String>,
    /// Calls that hand on what they are given: `str`, `toString`.
    pub through: Vec<String>,
    /// How a name ends that announces a secret, `*` for any word: `password`, `*_token`.
    pub names: Vec<String>,
    /// The same for names that have other meanings, too: they count where the file is about signing in.
    pub weak_names: Vec<String>,
    /// Words of names that make them harmless.
    pub not_names: Vec<String>,
    /// Expressions that hold more than anyone should see: `process.env`, `os.Environ()`.
    pub sources: BTreeMap<Language, Vec<String>>,
    /// Parts of strings that name a file nobody should send.
    pub files: Vec<String>,
    /// Hosts and the beginning of a path: `webhook.site`, `*.ngrok.io`, `discord.com/api/webhooks/`.
    pub hosts: Vec<String>,
    /// Names and values that reveal by themselves, on a new line: `CI_DEBUG_TRACE = true`.
    pub says: BTreeMap<Language, Vec<String>>,
    /// The same for what protects, on a removed line.
    pub loses: BTreeMap<Language, Vec<String>>,
    /// A shape that has no list; what it is stands in `detect/flow/`.
    pub shape: Option<Shape>,
}

/// Shapes that are code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shape {
    /// The whole environment, which shell commands give away, too.
    Environment,
    /// A file with credentials, which shell commands give away, too.
    CredentialFile,
    /// A shell that prints each command, in a file that handles secrets.
    Trace,
    /// A request that prints its headers, with a credential among them.
    VerboseRequest,
    /// A secret under a name that a bundler hands to browsers.
    PublicName,
    /// A registry or a proxy that the project did not name before.
    Registry,
    /// A secret in the query of an address.
    Query,
    /// A connection to a public address by number.
    RawAddress,
    /// A file sent by a shell command.
    Upload,
    /// The output of a command as part of an address that is looked up or called.
    Substitution,
    /// A secret or a file that is mailed.
    Mail,
    /// A host that the policy does not name, where it names hosts.
    NewHost,
}

/// Languages as flows part them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Every language.
    Any,
    /// Python.
    Python,
    /// JavaScript, TypeScript, and what embeds them.
    Javascript,
    /// Go.
    Go,
    /// Rust.
    Rust,
    /// Java, Kotlin, Scala, Groovy.
    Jvm,
    /// C#.
    Dotnet,
    /// Ruby.
    Ruby,
    /// PHP.
    Php,
    /// C and C++.
    C,
    /// Shell.
    Shell,
    /// YAML, that of CI systems above all.
    Yaml,
    /// Other settings: TOML, INI, properties, JSON, HCL, `.env`.
    Settings,
}

impl Language {
    /// That of the file with this name, in lower case.
    pub fn of(name: &str) -> Option<Self> {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        Some(match extension {
            "py" | "pyi" | "pyx" => Self::Python,
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" | "html"
            | "htm" => Self::Javascript,
            "go" => Self::Go,
            "rs" => Self::Rust,
            "java" | "kt" | "kts" | "scala" | "groovy" | "gradle" => Self::Jvm,
            "cs" | "cshtml" | "razor" => Self::Dotnet,
            "rb" | "rake" | "erb" | "ru" => Self::Ruby,
            "php" | "phtml" => Self::Php,
            "c" | "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" => Self::C,
            "sh" | "bash" | "zsh" | "ksh" | "mk" | "dockerfile" => Self::Shell,
            "yml" | "yaml" => Self::Yaml,
            "toml" | "ini" | "cfg" | "conf" | "properties" | "json" | "tf" | "tfvars" | "hcl" | "env" => Self::Settings,
            _ => return Self::by_name(name),
        })
    }

    fn by_name(name: &str) -> Option<Self> {
        let is_env = name.starts_with(".env");
        if is_env || matches!(name, "procfile" | ".npmrc" | ".babelrc") {
            return Some(Self::Settings);
        }
        if ["dockerfile", "containerfile", "makefile", "gnumakefile", "justfile", ".envrc"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            return Some(Self::Shell);
        }
        match name {
            "jenkinsfile" => Some(Self::Jvm),
            "rakefile" | "gemfile" | "fastfile" | "vagrantfile" => Some(Self::Ruby),
            // A hook or a script without an ending; what it holds decides.
            _ if !name.contains('.') => Some(Self::Shell),
            _ => None,
        }
    }
}
