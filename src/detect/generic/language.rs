//! What the language of a file says about assignments: whether a value may stand without quotes, and what a comment is.

/// A family of languages that write assignments alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Language {
    /// Programs: a value without quotes is a name, not a value.
    Code,
    /// Settings, one to a line, whose values need no quotes: INI, properties, dotenv, TOML, HCL.
    Settings,
    /// YAML: like settings, nested.
    Yaml,
    /// JSON and its kin: every value in quotes.
    Json,
    /// XML, HTML and templates of them.
    Markup,
    /// Shell scripts, Dockerfiles, makefiles.
    Shell,
    /// SQL and LDIF.
    Query,
    /// Prose with examples in it, logs, and whatever is not known.
    Prose,
}

/// File name extensions, lower-case, by family.
const EXTENSIONS: [(Language, &[&str]); 7] = [
    (
        Language::Code,
        &[
            "adb",
            "applescript",
            "as",
            "asm",
            "awk",
            "bas",
            "c",
            "cc",
            "clj",
            "cljs",
            "coffee",
            "cpp",
            "cr",
            "cs",
            "cshtml",
            "cxx",
            "d",
            "dart",
            "elm",
            "erl",
            "ex",
            "exs",
            "f90",
            "fs",
            "go",
            "gradle",
            "groovy",
            "h",
            "hh",
            "hpp",
            "hs",
            "inc",
            "ino",
            "java",
            "jl",
            "js",
            "jsx",
            "kt",
            "kts",
            "l",
            "lisp",
            "lua",
            "m",
            "mjs",
            "ml",
            "mm",
            "nim",
            "pas",
            "php",
            "pl",
            "pm",
            "pp",
            "proto",
            "ps1",
            "psm1",
            "pxd",
            "py",
            "pyi",
            "pyx",
            "r",
            "rake",
            "rb",
            "rs",
            "s",
            "sc",
            "scala",
            "scm",
            "sol",
            "swift",
            "t",
            "tcl",
            "ts",
            "tsx",
            "v",
            "vala",
            "vb",
            "vbs",
            "vim",
            "vue",
            "y",
            "zig",
            "svelte",
            "haml",
            "cjs",
        ],
    ),
    (
        Language::Settings,
        &[
            "cfg",
            "cnf",
            "conf",
            "config",
            "desktop",
            "editorconfig",
            "env",
            "example",
            "hcl",
            "ini",
            "netrc",
            "npmrc",
            "pgpass",
            "prefs",
            "prop",
            "properties",
            "service",
            "tf",
            "tfvars",
            "toml",
            "sample",
            "dist",
            "template",
            "reg",
        ],
    ),
    (Language::Yaml, &["eyaml", "sls", "yaml", "yml"]),
    (
        Language::Json,
        &[
            "avsc",
            "geojson",
            "har",
            "ipynb",
            "json",
            "json5",
            "jsonc",
            "jsonl",
            "map",
            "ndjson",
            "tfstate",
            "webmanifest",
        ],
    ),
    (
        Language::Markup,
        &[
            "aspx",
            "csproj",
            "erb",
            "ejs",
            "htm",
            "html",
            "jsp",
            "plist",
            "resx",
            "storyboard",
            "svg",
            "xaml",
            "xhtml",
            "xib",
            "xml",
            "xsd",
        ],
    ),
    (Language::Shell, &["bash", "bat", "cmd", "csh", "dockerfile", "fish", "ksh", "mak", "mk", "sh", "zsh", "ks"]),
    (Language::Query, &["ddl", "ldif", "psql", "sql"]),
];

/// File names, lower-case, that tell more than an extension.
const NAMES: [(&str, Language); 8] = [
    ("dockerfile", Language::Shell),
    ("containerfile", Language::Shell),
    ("makefile", Language::Shell),
    ("procfile", Language::Shell),
    ("jenkinsfile", Language::Code),
    ("vagrantfile", Language::Code),
    ("gemfile", Language::Code),
    ("rakefile", Language::Code),
];

impl Language {
    /// The family of the file at `path`, by its name alone.
    pub(super) fn of(path: &[u8]) -> Self {
        let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path).to_ascii_lowercase();
        if let Some((_, language)) = NAMES.iter().find(|(start, _)| name.starts_with(start.as_bytes())) {
            return *language;
        }
        if name.starts_with(b".env") {
            return Self::Settings;
        }
        let Some(dot) = name.iter().rposition(|b| *b == b'.') else { return Self::Prose };
        let extension = &name[dot + 1..];
        let family = EXTENSIONS.iter().find(|(_, all)| all.iter().any(|e| e.as_bytes() == extension));
        family.map_or(Self::Prose, |(language, _)| *language)
    }

    /// True if a value may stand without quotes.
    pub(super) fn has_bare_values(self) -> bool {
        !matches!(self, Self::Code | Self::Json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_family() {
        for (path, language) in [
            ("src/main.rs", Language::Code),
            ("a/.env.production", Language::Settings),
            ("deploy/Dockerfile.dev", Language::Shell),
            ("values.YAML", Language::Yaml),
            ("README", Language::Prose),
            ("notes.md", Language::Prose),
        ] {
            assert_eq!(Language::of(path.as_bytes()), language, "{path}");
        }
    }
}
