//! The signs of a safeguard: by what changed lines one sees that a check is switched off, taken away or lowered.

use serde::{Deserialize, Serialize};

use super::grade::{Lines, Severity};

/// What speaks for a weakened safeguard. One without signs is told by code, which compares tests.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Safeguard {
    /// What is told by lines that come or go.
    #[serde(default)]
    pub signs: Vec<Sign>,
    /// What is told by numbers.
    #[serde(default)]
    pub limits: Vec<Limit>,
    /// What is told by what a list holds.
    #[serde(default)]
    pub lists: Vec<List>,
    /// What comes counts where it may come.
    #[serde(default)]
    pub counts: Counts,
    /// What the same means in a test.
    #[serde(default)]
    pub in_tests: InTests,
}

impl Safeguard {
    /// Everything that is looked for.
    pub(super) fn clues(&self) -> impl Iterator<Item = What> + '_ {
        let signs = self.signs.iter().cloned().map(What::Sign);
        let limits = self.limits.iter().cloned().map(What::Limit);
        signs.chain(limits).chain(self.lists.iter().cloned().map(What::List))
    }
}

/// What is looked for.
#[derive(Clone, Debug)]
pub enum What {
    /// A line.
    Sign(Sign),
    /// A number.
    Limit(Limit),
    /// A list.
    List(List),
}

impl What {
    /// Where it means something.
    pub fn tongues(&self) -> &[Tongue] {
        match self {
            Self::Sign(sign) => &sign.tongues,
            Self::Limit(limit) => &limit.tongues,
            Self::List(list) => &list.tongues,
        }
    }

    /// The words of which one stands in every match.
    pub fn words(&self) -> &[String] {
        match self {
            Self::Sign(sign) => &sign.with,
            Self::Limit(limit) => &limit.with,
            Self::List(list) => &list.with,
        }
    }

    /// The pattern.
    pub fn find(&self) -> &str {
        match self {
            Self::Sign(sign) => &sign.find,
            Self::Limit(limit) => &limit.find,
            Self::List(list) => &list.find,
        }
    }

    /// The pattern of the paths that it is about, in lower case.
    pub fn files(&self) -> Option<&str> {
        match self {
            Self::Sign(sign) => sign.files.as_deref(),
            Self::Limit(limit) => limit.files.as_deref(),
            Self::List(list) => list.files.as_deref(),
        }
    }

    /// The pattern of what comes where a sign goes.
    pub fn instead(&self) -> Option<&str> {
        match self {
            Self::Sign(sign) => sign.instead.as_deref(),
            Self::Limit(_) | Self::List(_) => None,
        }
    }

    /// The pattern of what it is about beside the match itself: the step round a sign, an item of a list.
    pub fn about(&self) -> Option<&str> {
        match self {
            Self::Sign(sign) => sign.about.as_deref(),
            Self::Limit(_) => None,
            Self::List(list) => list.item.as_deref(),
        }
    }
}

/// Where a line counts that comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counts {
    /// Wherever it comes.
    #[default]
    Anywhere,
    /// In a file that stood there before.
    InKnownFile,
    /// In or above what stood there before.
    OnKnown,
}

/// What a sign means in a test.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InTests {
    /// Hygiene.
    #[default]
    Low,
    /// Nothing.
    Silent,
    /// The same as elsewhere.
    Same,
    /// It means something only there.
    Only,
}

/// Lines that come or go.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sign {
    /// Whether it counts when it comes or when it goes.
    #[serde(default)]
    pub side: Lines,
    /// Where it means that.
    #[serde(rename = "in")]
    pub tongues: Vec<Tongue>,
    /// Lower-case words one of which stands in every match, in any case.
    pub with: Vec<String>,
    /// What the line matches: a byte regex without Unicode.
    pub find: String,
    /// What has happened then, in words.
    pub says: String,
    /// Where that stands.
    #[serde(default)]
    pub text: Place,
    /// The paths that it is about, in lower case; every path without it.
    #[serde(default)]
    pub files: Option<String>,
    /// For a line that goes: what must have come on some line, for it to be replaced and not only gone.
    #[serde(default)]
    pub instead: Option<String>,
    /// What the step, job or block round the line must say for it to be as bad as that; low otherwise.
    #[serde(default)]
    pub about: Option<String>,
    /// How bad it is, if not as bad as the rule says.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// What of a line is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// Everything but comments.
    #[default]
    Code,
    /// Everything, comments included.
    Line,
}

/// A number below or above which something fails.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limit {
    /// Where it means that.
    #[serde(rename = "in")]
    pub tongues: Vec<Tongue>,
    /// Lower-case words one of which stands in every match, in any case.
    pub with: Vec<String>,
    /// The setting, with its number in the group `number`; a group `key` tells several of them apart.
    pub find: String,
    /// What the number is called.
    pub says: String,
    /// The direction in which less is checked.
    pub worse: Worse,
    /// The paths that it is about, in lower case; every path without it.
    #[serde(default)]
    pub files: Option<String>,
    /// How bad it is, if not as bad as the rule says.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// Items of a setting that holds several: in brackets, one below the other, or with commas between them.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct List {
    /// Where it means that.
    #[serde(rename = "in")]
    pub tongues: Vec<Tongue>,
    /// Lower-case words one of which stands in every match, in any case.
    pub with: Vec<String>,
    /// What stands in front of the items.
    pub find: String,
    /// The items that count; all of them without it.
    #[serde(default)]
    pub item: Option<String>,
    /// The direction in which less is checked.
    pub worse: Amount,
    /// What it means if there is no list any more.
    #[serde(default)]
    pub without: Without,
    /// What has happened then, in words.
    pub says: String,
    /// The paths that it is about, in lower case; every path without it.
    #[serde(default)]
    pub files: Option<String>,
    /// How bad it is, if not as bad as the rule says.
    #[serde(default)]
    pub severity: Option<Severity>,
}

/// A direction of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Amount {
    /// Fewer items check less.
    Fewer,
    /// More items check less.
    More,
}

/// What it means if a list is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Without {
    /// The same as an empty one.
    #[default]
    Empty,
    /// Everything is on it.
    Everything,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Worse {
    /// A smaller number lets more pass.
    Lower,
    /// A greater one does.
    Higher,
}

/// A language or a sort of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tongue {
    /// Whatever it is.
    Any,
    /// Any programming language.
    Code,
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
    /// C, C++, Objective-C.
    C,
    /// Swift, Dart, Elixir and others.
    Other,
    /// Shell scripts, build files that run commands.
    Shell,
    /// Pipelines.
    Ci,
    /// Container files.
    Docker,
    /// Settings: YAML, TOML, JSON, XML and the like.
    Settings,
}

impl Tongue {
    /// What the file at `path`, in lower case, is written in.
    pub fn of(path: &str) -> Vec<Self> {
        let name = path.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let mut out: Vec<Self> = Self::of_extension(extension).into_iter().collect();
        let is_language = out.iter().any(|tongue| !matches!(tongue, Self::Settings | Self::Shell));
        if is_language {
            out.push(Self::Code);
        }
        let begins = |all: &[&str]| all.iter().any(|begin| name.starts_with(begin));
        if begins(&["dockerfile", "containerfile"]) || extension == "dockerfile" {
            out.extend([Self::Docker, Self::Shell]);
        }
        let is_hook = [".husky/", ".githooks/", ".git-hooks/"].iter().any(|folder| path.contains(folder));
        if begins(&[
            "makefile",
            "gnumakefile",
            "justfile",
            "taskfile.",
            "procfile",
            "rakefile",
            "tox.ini",
            "package.json",
        ]) || is_hook
        {
            out.push(Self::Shell);
        }
        if is_pipeline(path, name) {
            out.extend([Self::Ci, Self::Shell]);
        }
        if name.starts_with('.') && (extension.ends_with("rc") || name[1..] == *extension) {
            out.push(Self::Settings);
        }
        out
    }

    fn of_extension(extension: &str) -> Option<Self> {
        Some(match extension {
            "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" | "astro" => {
                Self::Javascript
            }
            "py" | "pyi" | "pyx" => Self::Python,
            "java" | "kt" | "scala" | "groovy" => Self::Jvm,
            "go" => Self::Go,
            "rb" | "rake" | "erb" | "haml" => Self::Ruby,
            "php" => Self::Php,
            "cs" | "fs" | "vb" | "cshtml" | "razor" => Self::Dotnet,
            "rs" => Self::Rust,
            "c" | "cc" | "cpp" | "cxx" | "h" | "hh" | "hpp" | "m" | "mm" => Self::C,
            "swift" | "dart" | "ex" | "exs" | "erl" | "lua" | "tcl" | "pl" | "pm" => Self::Other,
            "sh" | "bash" | "zsh" | "ksh" | "fish" | "ps1" | "psm1" | "bat" | "cmd" | "mk" | "bats" => Self::Shell,
            "yml" | "yaml" | "toml" | "json" | "jsonc" | "json5" | "ini" | "cfg" | "conf" | "properties" | "xml"
            | "env" | "gradle" | "kts" | "csproj" | "props" | "targets" | "neon" | "tf" | "hcl" | "cmake" | "npmrc"
            | "txt" | "html" | "htm" | "md" | "cursorrules" | "runsettings" | "sbt" | "dist" => Self::Settings,
            _ => return None,
        })
    }
}

fn is_pipeline(path: &str, name: &str) -> bool {
    let folders = [
        ".github/workflows/",
        ".github/actions/",
        ".gitlab/ci/",
        ".circleci/",
        ".buildkite/",
        ".tekton/",
        ".woodpecker/",
    ];
    let names = [
        ".gitlab-ci",
        "jenkinsfile",
        "azure-pipelines",
        "bitbucket-pipelines",
        ".drone.y",
        ".travis.y",
        "appveyor.y",
        "cloudbuild.y",
        "buildspec.y",
        ".woodpecker.y",
        ".cirrus.y",
    ];
    folders.iter().any(|folder| path.contains(folder)) || names.iter().any(|begin| name.starts_with(begin))
}
