//! What an argument means: the same verb is a disaster or nothing, by what it is done to.

use super::scene::Scene;
use super::words::is_assignment;
use crate::rule::command::{Class, Place, Term, is_like};

/// Folders of the system, at the top of the tree or right below.
const SYSTEM: [&str; 27] = [
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib64",
    "/opt",
    "/proc",
    "/sbin",
    "/srv",
    "/sys",
    "/usr",
    "/var",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/sbin",
    "/usr/share",
    "/var/lib",
    "/var/log",
    "/var/www",
    "/System",
    "/Library",
    "/Applications",
    "c:\\windows",
];
const HOMES: [&str; 12] = [
    "~",
    "$HOME",
    "${HOME}",
    "/root",
    "/home",
    "/Users",
    "/home/$USER",
    "/home/${USER}",
    "/Users/$USER",
    "%USERPROFILE%",
    "$env:userprofile",
    "%userprofile%",
];
const DEVICES: [&str; 11] = [
    "/dev/sd*",
    "/dev/nvme*",
    "/dev/hd*",
    "/dev/vd*",
    "/dev/xvd*",
    "/dev/mmcblk*",
    "/dev/disk*",
    "/dev/rdisk*",
    "/dev/mapper/*",
    "/dev/md*",
    "\\\\.\\PhysicalDrive*",
];
const SYSTEM_FILES: [&str; 13] = [
    "/etc/passwd",
    "/etc/shadow",
    "/etc/sudoers",
    "/etc/sudoers.d/*",
    "/etc/ssh/*",
    "/etc/pam.d/*",
    "/etc/ld.so.preload",
    "/etc/gshadow",
    "~/.ssh/authorized_keys",
    "$HOME/.ssh/authorized_keys",
    "${HOME}/.ssh/authorized_keys",
    "/root/.ssh/authorized_keys",
    "/home/*/.ssh/authorized_keys",
];
const CREDENTIALS: [&str; 12] = [
    "*/.ssh/id_*",
    "*/.aws/credentials",
    "*/.netrc",
    "*/.git-credentials",
    "*/.docker/config.json",
    "*/.kube/config",
    "/proc/*/environ",
    "*/.config/gcloud/*",
    "/etc/shadow",
    "*/.gnupg/*",
    "*/.config/gh/hosts.yml",
    "*/.pgpass",
];
/// Where nearly everybody gets these tools from. Exact hosts, and folders where a host holds more than one thing.
const INSTALLERS: [&str; 24] = [
    "sh.rustup.rs",
    "static.rust-lang.org",
    "get.docker.com",
    "deb.nodesource.com",
    "rpm.nodesource.com",
    "install.python-poetry.org",
    "get.pnpm.io",
    "bun.sh",
    "deno.land",
    "astral.sh",
    "get.helm.sh",
    "get.sdkman.io",
    "starship.rs",
    "nixos.org",
    "install.determinate.systems",
    "raw.githubusercontent.com/nvm-sh",
    "raw.githubusercontent.com/Homebrew",
    "raw.githubusercontent.com/helm/helm",
    "raw.githubusercontent.com/golangci",
    "raw.githubusercontent.com/pyenv",
    "bootstrap.pypa.io",
    "cli.codecov.io",
    "get.k3s.io",
    "raw.githubusercontent.com/rhysd/actionlint",
];
/// Variables that somebody else sets, and never to nothing.
const ALWAYS_SET: [&str; 22] = [
    "PWD",
    "OLDPWD",
    "USER",
    "TMPDIR",
    "TMP",
    "TEMP",
    "RUNNER_TEMP",
    "RUNNER_TOOL_CACHE",
    "GITHUB_WORKSPACE",
    "CI_PROJECT_DIR",
    "HOME",
    "srcdir",
    "pkgdir",
    "DESTDIR",
    "builddir",
    "SRC",
    "OUT",
    "WORK",
    "BATS_TMPDIR",
    "BATS_TEST_TMPDIR",
    "WORKSPACE",
    "PREFIX",
];

/// True if `word` is what `term` says.
pub(super) fn is_term(term: &Term, word: &str, scene: &Scene<'_>) -> bool {
    match term {
        Term::Like(patterns) => patterns.iter().any(|pattern| is_like(pattern, word)),
        Term::Class(class) => is_class(*class, word, scene),
    }
}

fn is_class(class: Class, word: &str, scene: &Scene<'_>) -> bool {
    match class {
        Class::Root => ["/", "/*", "/.", "/.*", "//", "/..", "c:\\", "c:\\*", "c:", "c:/", "/mnt/c"].contains(&word),
        Class::Home => HOMES.contains(&whole(word)),
        Class::System => SYSTEM.contains(&whole(word)),
        Class::SystemFile => any(&SYSTEM_FILES, word),
        Class::Unguarded => is_unguarded(word, scene),
        Class::Here => is_here(word, scene),
        Class::Device => any(&DEVICES, word),
        Class::Protected => is_protected(word),
        Class::Production => is_production(word),
        Class::Temporary => is_temporary(word),
        Class::Local => is_local(word),
        Class::Insecure => is_insecure(word),
        Class::Credential => any(&CREDENTIALS, word),
        Class::KnownInstaller => is_known_installer(word),
        Class::Variable => word.replace("\\$", "").contains(['$', '`']),
    }
}

fn any(patterns: &[&str], word: &str) -> bool {
    patterns.iter().any(|pattern| is_like(pattern, word))
}

/// A folder without what stands for all that is in it.
fn whole(word: &str) -> &str {
    let word = word.strip_suffix('*').unwrap_or(word);
    if word.len() > 1 { word.trim_end_matches(['/', '\\']) } else { word }
}

fn is_unguarded(word: &str, scene: &Scene<'_>) -> bool {
    let Some((name, rest)) = leading_variable(word) else { return false };
    let rest = rest.trim_end_matches(['*', '.']);
    let is_wide = rest == "/" || SYSTEM.contains(&rest.trim_end_matches('/'));
    // Variables of make and of CI expressions are set where they are declared.
    let is_shell = matches!(scene.place(), Place::Script | Place::Workflow | Place::Line | Place::Agent);
    is_wide && is_shell && !ALWAYS_SET.contains(&name) && !scene.is_guarded(name)
}

/// `$NAME` or `${NAME}` at the start of a word, and what follows.
fn leading_variable(word: &str) -> Option<(&str, &str)> {
    let rest = word.strip_prefix('$')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match rest.strip_prefix('{') {
        Some(inner) => {
            let (name, rest) = inner.split_once('}')?;
            (!name.is_empty() && name.chars().all(is_name)).then_some((name, rest))
        }
        None => {
            let end = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            (end > 0).then(|| rest.split_at(end))
        }
    }
}

fn is_here(word: &str, scene: &Scene<'_>) -> bool {
    let is_all = [".", "./", "*", "./*", "..", "../", "../*", ".*", "*.*", ".git", "./.git"].contains(&word);
    let is_fresh = matches!(scene.place(), Place::Image | Place::Workflow | Place::Build);
    is_all && !is_fresh && !scene.has_moved()
}

fn is_protected(word: &str) -> bool {
    let branch = word.trim_start_matches('+');
    let branch = branch.rsplit(':').next().unwrap_or(branch);
    let branch = branch.trim_start_matches("refs/heads/").trim_start_matches("origin/");
    ["main", "master", "trunk", "production", "stable", "develop", "release"].contains(&branch)
        || branch.starts_with("release/")
}

fn is_production(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    parts.iter().enumerate().any(|(at, part)| {
        let before = at.checked_sub(1).map_or("", |before| parts[before]);
        ["prod", "production", "prd"].contains(part) && !["non", "pre", "not", "no"].contains(&before)
    })
}

fn is_temporary(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let starts = [
        "/tmp",
        "/var/tmp",
        "/dev/shm",
        "/private/tmp",
        "$tmp",
        "${tmp",
        "$runner_temp",
        "${runner_temp",
        "$temp",
        "${temp",
    ];
    starts.iter().any(|start| lower.starts_with(start)) || lower.contains("mktemp") || lower.contains("tempdir")
}

fn is_local(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let clusters = [
        "kind",
        "minikube",
        "k3d",
        "docker-desktop",
        "microk8s",
        "test",
        "e2e",
        "sandbox",
        "staging",
        "dev",
        "preview",
    ];
    // Of an address only the host tells, and `dev` ends many of them.
    is_near(&lower)
        || !lower.contains("://")
            && lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| clusters.contains(&part))
}

/// True for an address of the machine itself, or of nobody.
fn is_near(lower: &str) -> bool {
    let names = ["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "example.com", "example.org", "host.docker.internal"];
    names.iter().any(|name| lower.contains(name))
}

fn is_known_installer(word: &str) -> bool {
    let Some(address) = word.strip_prefix("https://") else { return false };
    INSTALLERS
        .iter()
        .any(|known| address.strip_prefix(known).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

fn is_insecure(word: &str) -> bool {
    let address = if is_assignment(word) { word.split_once('=').map_or(word, |(_, value)| value) } else { word };
    let Some((scheme, rest)) = address.split_once("://") else { return false };
    let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
    let is_number = !host.is_empty() && host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let is_ours = ["127.", "10.", "192.168.", "169.254."].iter().any(|start| host.starts_with(start))
        || is_near(&host.to_ascii_lowercase());
    !is_ours && !host.starts_with('$') && (scheme == "http" || is_number)
}
