//! Scanners and the keys by which each is told to pass something over.

use crate::finding::Severity::{self, High, Low, Medium};

/// One scanner.
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// Names of its files up to the ending, without a dot in front.
    pub(super) files: &'static [&'static str],
    pub(super) keys: &'static [Key],
}

/// One key.
pub(super) struct Key {
    /// Steps from the top; `*` is any key or item.
    pub(super) path: &'static str,
    /// What its values are called.
    pub(super) what: &'static str,
    pub(super) kind: Kind,
    pub(super) severity: Severity,
}

/// What stands under a key.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// What is passed over, by name or by an expression.
    Names,
    /// By a pattern of paths.
    Globs,
    /// By file, with or without a line.
    Places,
    /// By file, with a list of findings each.
    Counts,
    /// Values that let more and more pass, and the rank of any other and of none.
    Order(&'static [(&'static str, u32)], u32),
}

const fn key(path: &'static str, what: &'static str, kind: Kind, severity: Severity) -> Key {
    Key { path, what, kind, severity }
}

/// A switch that lets pass when it is on.
const ON: Kind = Kind::Order(&[("true", 1), ("yes", 1), ("on", 1), ("1", 1)], 0);
/// One that does when it is off, which it is without a word.
const OFF: Kind = Kind::Order(&[("true", 0)], 1);

/// Lists by line: file, tool, what the lines name.
pub(super) static LINES: [(&str, &str, &str); 2] =
    [(".gitleaksignore", "gitleaks", "finding"), (".semgrepignore", "Semgrep", "path")];

/// Settings by key.
pub(super) static TOOLS: [Tool; 12] = [
    Tool {
        name: "gitleaks",
        files: &["gitleaks"],
        keys: &[
            key("allowlist.paths", "path", Kind::Names, Medium),
            key("allowlist.regexes", "text", Kind::Names, Medium),
            key("allowlist.stopwords", "word", Kind::Names, Medium),
            key("allowlist.commits", "commit", Kind::Names, Medium),
            key("allowlists.*.paths", "path", Kind::Names, Medium),
            key("allowlists.*.regexes", "text", Kind::Names, Medium),
            key("allowlists.*.stopwords", "word", Kind::Names, Medium),
            key("allowlists.*.commits", "commit", Kind::Names, Medium),
            key("rules.*.allowlist.paths", "path", Kind::Names, Medium),
            key("rules.*.allowlist.regexes", "text", Kind::Names, Medium),
            key("rules.*.allowlists.*.paths", "path", Kind::Names, Medium),
            key("rules.*.allowlists.*.regexes", "text", Kind::Names, Medium),
            key("extend.disabledRules", "rule", Kind::Names, High),
            key("extend.useDefault", "", OFF, High),
        ],
    },
    Tool {
        name: "zizmor",
        files: &["zizmor"],
        keys: &[
            key("rules.*.ignore", "", Kind::Places, Medium),
            key("rules.*.disable", "", ON, High),
            key(
                "rules.unpinned-uses.config.policies.*",
                "",
                Kind::Order(&[("hash-pin", 0), ("ref-pin", 1), ("any", 2)], 0),
                High,
            ),
        ],
    },
    Tool {
        name: "Checkov",
        files: &["checkov"],
        keys: &[
            key("skip-check", "check", Kind::Names, Medium),
            key("skip-path", "path", Kind::Names, Medium),
            key("skip-framework", "framework", Kind::Names, High),
            key("soft-fail", "", ON, High),
            key("soft-fail-on", "check", Kind::Names, Medium),
            key("failed_checks.*.findings.*.check_ids", "check", Kind::Names, Medium),
        ],
    },
    Tool { name: "detect-secrets", files: &["secrets"], keys: &[key("results", "file", Kind::Counts, Medium)] },
    Tool {
        name: "Trivy",
        files: &["trivy"],
        keys: &[
            key("exit-code", "", Kind::Order(&[("0", 1)], 0), High),
            key("scan.skip-dirs", "path", Kind::Globs, Medium),
            key("scan.skip-files", "path", Kind::Globs, Medium),
            key("vulnerability.ignore-unfixed", "", ON, Low),
        ],
    },
    Tool {
        name: "Trivy",
        files: &["trivyignore"],
        keys: &[
            key("vulnerabilities", "check", Kind::Names, Medium),
            key("misconfigurations", "check", Kind::Names, Medium),
            key("secrets", "secret", Kind::Names, Medium),
        ],
    },
    Tool {
        name: "hadolint",
        files: &["hadolint"],
        keys: &[
            key("ignored", "rule", Kind::Names, Medium),
            key("trustedRegistries", "registry", Kind::Names, Medium),
            key("no-fail", "", ON, High),
            key(
                "failure-threshold",
                "",
                Kind::Order(&[("style", 0), ("info", 1), ("warning", 2), ("error", 3), ("ignore", 4), ("none", 4)], 1),
                Medium,
            ),
        ],
    },
    Tool {
        name: "kube-linter",
        files: &["kube-linter"],
        keys: &[
            key("checks.exclude", "check", Kind::Names, Medium),
            key("checks.ignorePaths", "path", Kind::Globs, Medium),
            key("checks.doNotAutoAddDefaults", "", ON, High),
        ],
    },
    Tool { name: "poutine", files: &["poutine"], keys: &[key("skip", "", Kind::Names, Medium)] },
    Tool {
        name: "Bandit",
        files: &["bandit"],
        keys: &[
            key("skips", "check", Kind::Names, Medium),
            key("exclude_dirs", "path", Kind::Names, Medium),
            key("exclude", "path", Kind::Names, Medium),
        ],
    },
    Tool {
        name: "Codecov",
        files: &["codecov"],
        keys: &[
            key("ignore", "path", Kind::Globs, Low),
            key("coverage.status.*.*.informational", "", ON, Low),
            key("codecov.require_ci_to_pass", "", Kind::Order(&[("false", 1), ("no", 1)], 0), Low),
        ],
    },
    Tool {
        name: "SonarQube",
        files: &["sonar-project"],
        keys: &[
            key("sonar.exclusions", "path", Kind::Globs, Medium),
            key("sonar.coverage.exclusions", "path", Kind::Globs, Low),
            key("sonar.cpd.exclusions", "path", Kind::Globs, Low),
        ],
    },
];
