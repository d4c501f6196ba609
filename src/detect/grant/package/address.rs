//! Addresses that packages come from: whose host it is, whose repository, and whether the way there is open to others.

use crate::finding::Severity;

/// Hosts of registries that everyone uses, with the name that stands for all of one registry's hosts.
const PUBLIC: [(&str, &str); 26] = [
    ("registry.npmjs.org", "registry.npmjs.org"),
    ("registry.yarnpkg.com", "registry.npmjs.org"),
    ("registry.npmjs.com", "registry.npmjs.org"),
    ("npm.jsr.io", "npm.jsr.io"),
    ("npm.pkg.github.com", "npm.pkg.github.com"),
    ("pypi.org", "pypi.org"),
    ("files.pythonhosted.org", "pypi.org"),
    ("pypi.python.org", "pypi.org"),
    ("download.pytorch.org", "download.pytorch.org"),
    ("download-r2.pytorch.org", "download.pytorch.org"),
    ("pypi.nvidia.com", "pypi.nvidia.com"),
    ("crates.io", "crates.io"),
    ("index.crates.io", "crates.io"),
    ("static.crates.io", "crates.io"),
    ("rubygems.org", "rubygems.org"),
    ("api.nuget.org", "api.nuget.org"),
    ("www.nuget.org", "api.nuget.org"),
    ("nuget.org", "api.nuget.org"),
    ("repo.maven.apache.org", "repo.maven.apache.org"),
    ("repo1.maven.org", "repo.maven.apache.org"),
    ("maven.google.com", "maven.google.com"),
    ("dl.google.com", "maven.google.com"),
    ("plugins.gradle.org", "plugins.gradle.org"),
    ("services.gradle.org", "services.gradle.org"),
    ("proxy.golang.org", "proxy.golang.org"),
    ("repo.packagist.org", "repo.packagist.org"),
];
/// Hosts where the first folder of an address is its owner.
const FORGES: [&str; 7] = [
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "codeload.github.com",
    "git.sr.ht",
    "gist.github.com",
];

/// What leads to packages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Origin {
    /// A registry or a plain server, by host.
    Host(String),
    /// A repository, by host, owner and name.
    Repository(String),
}

impl Origin {
    /// Where `url` leads; `None` for what stays on this machine or is no address.
    pub(super) fn of(url: &str) -> Option<Self> {
        let url = ["registry+", "sparse+", "tarball+"].iter().find_map(|kind| url.strip_prefix(kind)).unwrap_or(url);
        let bare = url.strip_prefix("git+").unwrap_or(url);
        let is_short = bare.starts_with("git@") || bare.starts_with("git:") || bare.starts_with("ssh:");
        if !bare.contains("://") && !is_short {
            return None;
        }
        let host = host(bare);
        if bare.starts_with("file:") || host.is_empty() {
            return None;
        }
        if url.contains("rust-lang/crates.io-index") {
            return Some(Self::Host("crates.io".to_owned()));
        }
        let is_forge = FORGES.contains(&host.as_str());
        let path = bare.split(['#', '?']).next().unwrap_or_default();
        let is_repository = is_forge || bare.len() < url.len() || is_short || path.ends_with(".git");
        Some(if is_repository { Self::Repository(repository(bare)) } else { Self::Host(host) })
    }

    /// The name in reports, the same for all hosts of one registry.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Host(host) => known(host).unwrap_or(host),
            Self::Repository(name) => name,
        }
    }

    /// How bad it is to take packages from here too.
    pub(super) fn severity(&self) -> Severity {
        match self {
            Self::Host(host) if known(host).is_some() || is_own(host) => Severity::Low,
            Self::Host(_) => Severity::High,
            Self::Repository(_) => Severity::Medium,
        }
    }
}

/// The name of a registry that everyone uses.
fn known(host: &str) -> Option<&'static str> {
    PUBLIC.iter().find(|(own, _)| *own == host).map(|(_, name)| *name)
}

/// True for an address of the web whose host is no forge and that names no repository.
pub(super) fn is_plain_server(url: &str) -> bool {
    url.starts_with("http") && !url.contains(".git") && !FORGES.iter().any(|forge| server(url).ends_with(forge))
}

/// The address up to its host.
pub(super) fn server(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    url.get(..end).unwrap_or(url)
}

/// True for this machine, and for a host that only a variable names.
pub(super) fn is_own(host: &str) -> bool {
    let name = host.split(':').next().unwrap_or_default();
    matches!(name, "localhost" | "127.0.0.1" | "0.0.0.0" | "[") || is_template(host)
}

/// True where something else fills a part in.
pub(super) fn is_template(text: &str) -> bool {
    ["${", "{{", "$(", "<%", "%("].iter().any(|sign| text.contains(sign)) || text.starts_with(['$', '%'])
}

/// True if whoever stands on the way can put something else in.
pub(super) fn is_in_the_clear(url: &str) -> bool {
    let url = url.strip_prefix("git+").unwrap_or(url);
    (url.starts_with("http://") || url.starts_with("git://")) && !is_own(&host(url))
}

/// Host and port, lower case, without a user.
pub(super) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.trim_start_matches("//");
    let end = if rest.starts_with('$') || rest.contains("://") {
        rest.len()
    } else {
        rest.find(['/', '?', '#']).unwrap_or(rest.len())
    };
    let place = &rest[..end];
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    // `git@host:owner/name` has a folder behind its colon, other addresses a port.
    let place = match place.split_once(':') {
        Some((host, port)) if !is_template(place) && !port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => place,
    };
    plain(place.trim_end_matches('.')).to_ascii_lowercase()
}

/// Host, owner and name of a repository.
pub(super) fn repository(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.split(['#', '?']).next().unwrap_or_default();
    let path = path.split_once('@').map_or(path, |(user, rest)| if user.contains('/') { path } else { rest });
    let path = path.replacen(':', "/", 1);
    let mut parts = path.split('/').filter(|part| !part.is_empty());
    let host = host(url);
    let host = if host == "codeload.github.com" { "github.com" } else { &host };
    let inside: Vec<&str> =
        parts.by_ref().skip(1).filter(|part| !part.bytes().all(|b| b.is_ascii_digit())).take(2).collect();
    let inside: Vec<&str> = inside.into_iter().map(|part| part.split('@').next().unwrap_or(part)).collect();
    plain(format!("{host}/{}", inside.join("/")).trim_end_matches(".git")).to_ascii_lowercase()
}

/// A text in which nothing is a wildcard. It is whole: what is cut before it is masked can be half a secret.
pub(super) fn plain(text: &str) -> String {
    text.replace(['*', '?'], "·")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        for (url, expected) in [
            ("https://registry.npmjs.org/a/-/a-1.tgz", Some(Origin::Host("registry.npmjs.org".into()))),
            ("registry+https://github.com/rust-lang/crates.io-index", Some(Origin::Host("crates.io".into()))),
            ("git+ssh://git@github.com/Acme/tool.git#1234", Some(Origin::Repository("github.com/acme/tool".into()))),
            ("git@github.com:acme/tool.git", Some(Origin::Repository("github.com/acme/tool".into()))),
            ("https://github.com/acme/tool/archive/x.tgz", Some(Origin::Repository("github.com/acme/tool".into()))),
            ("https://codeload.github.com/acme/tool/tar.gz/1", Some(Origin::Repository("github.com/acme/tool".into()))),
            ("ssh://git@git.acme.com:7999/x/y.git", Some(Origin::Repository("git.acme.com:7999/x/y".into()))),
            ("https://user:word@npm.acme.com:8443/x", Some(Origin::Host("npm.acme.com:8443".into()))),
            ("../other", None),
            ("file:///tmp/x", None),
            ("", None),
        ] {
            assert_eq!(Origin::of(url), expected, "{url}");
        }
        assert!(is_in_the_clear("http://npm.acme.com/"));
        assert!(!is_in_the_clear("http://localhost:4873/"));
        assert_eq!(host("${NPM_HOST}/x"), "${npm_host}/x");
    }
}
