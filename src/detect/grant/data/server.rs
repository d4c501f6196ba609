//! Database servers: where they listen, and what they ask of whoever connects.

use std::ops::Range;

use crate::detect::grant::settings::{Setting, listens};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::document::{self, Node};
use crate::finding::Severity;

/// Configuration of PostgreSQL, Redis, MongoDB, MySQL, Elasticsearch, RabbitMQ and memcached.
///
/// Defaults and orders: the reference of each server's configuration file.
pub(in crate::detect::grant) static SERVERS: Surface = Surface {
    files: &[
        "**/*postgres*.conf",
        "**/{redis,valkey}*.conf",
        "**/mongo*.{conf,yml,yaml}",
        "**/{my,mysql,mysqld,mariadb}*.{cnf,ini}",
        "**/{mysql,mariadb,my}*.{conf.d,cnf.d}/*.cnf",
        "**/my.cnf.d/*.cnf",
        "**/{elasticsearch,opensearch}*.{yml,yaml}",
        "**/rabbitmq*.conf",
        "**/memcached*.conf",
    ],
    marks: &[],
    needs: None,
    grants: servers,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "database-server";
const ELSEWHERE: &str = "connections from other machines";
const NO_PASSWORD: &str = "commands without a password";

/// One product.
struct Product {
    name: &'static str,
    /// Words in the name of its files.
    files: &'static [&'static str],
    layout: Layout,
    /// Its file counts only if a line sets one of these, since others bear such names too.
    known: &'static [&'static str],
    settings: &'static [Setting],
    /// The key with the addresses, what its absence means, and in words.
    listen: (&'static str, u32, &'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Tree,
}

use Severity::{Critical, High, Medium};

const PRODUCTS: [Product; 7] = [
    Product {
        name: "PostgreSQL",
        files: &["postgres"],
        layout: Layout::Lines,
        known: &["listen_addresses", "port", "max_connections", "shared_buffers", "ssl", "password_encryption", "log_"],
        settings: &[
            Setting::closes("ssl", "connections that nobody encrypts", Medium).absent(1, "off by default"),
            Setting::opens("password_encryption", "passwords kept as MD5", Medium)
                .ranks(&[("md5", 1), ("on", 1), ("scram-sha-256", 0)], 0)
                .absent(0, "scram-sha-256 by default"),
            Setting::opens("allow_system_table_mods", "changes to system tables", High),
            Setting::opens("ssl_min_protocol_version", "connections with a TLS that is broken", Medium)
                .ranks(&[("tlsv1", 2), ("tlsv1.1", 1), ("", 2)], 0)
                .absent(0, "1.2 by default"),
        ],
        listen: ("listen_addresses", 0, "localhost by default"),
    },
    Product {
        name: "Redis",
        files: &["redis", "valkey"],
        layout: Layout::Lines,
        known: &[
            "bind",
            "port",
            "protected-mode",
            "requirepass",
            "appendonly",
            "maxmemory",
            "save",
            "dir",
            "unixsocket",
        ],
        settings: &[
            Setting {
                other: (0, Some("set")),
                ..Setting::opens("requirepass", NO_PASSWORD, High).ranks(&[("", 1)], 0).absent(1, "not set")
            },
            Setting::closes("protected-mode", "unguarded access where no password is set", High).alone(1, Medium),
            Setting::opens("enable-debug-command", "debugging commands", High).ranks(&[("no", 0), ("local", 1)], 2),
            Setting::opens("enable-module-command", "the loading of modules", High)
                .ranks(&[("no", 0), ("local", 1)], 2),
            Setting::opens("enable-protected-configs", "changes to protected settings", High)
                .ranks(&[("no", 0), ("local", 1)], 2),
        ],
        listen: ("bind", 2, "every interface by default"),
    },
    Product {
        name: "MongoDB",
        files: &["mongo"],
        layout: Layout::Tree,
        known: &["net", "storage", "security", "systemLog", "replication", "sharding", "processManagement"],
        settings: &[
            Setting::closes("security.authorization", "commands without signing in", Critical)
                .ranks(&[("enabled", 0), ("disabled", 1)], 0)
                .absent(1, "disabled by default"),
            Setting::opens("net.bindIpAll", "connections on every interface", Medium),
            Setting::closes("net.tls.mode", "connections that nobody encrypts", Medium)
                .ranks(&[("requiretls", 0), ("prefertls", 1), ("allowtls", 1), ("disabled", 2)], 0)
                .absent(2, "disabled by default"),
            Setting::opens("net.tls.allowInvalidCertificates", "clients and servers with any certificate", High),
            Setting::opens("net.tls.allowConnectionsWithoutCertificates", "clients without a certificate", Medium),
        ],
        listen: ("net.bindIp", 0, "localhost by default"),
    },
    Product {
        name: "MySQL",
        files: &["my", "mysql", "mysqld", "mariadb"],
        layout: Layout::Lines,
        known: &[
            "user",
            "port",
            "datadir",
            "socket",
            "bind-address",
            "skip",
            "innodb",
            "max",
            "log",
            "character",
            "local",
        ],
        settings: &[
            Setting::opens("skip-grant-tables", "everything to anyone, without a password", Critical)
                .ranks(&[("", 1), ("0", 0), ("off", 0), ("false", 0)], 1)
                .alone(1, High),
            Setting::closes("require-secure-transport", "connections that nobody encrypts", Medium)
                .absent(1, "off by default"),
            Setting::opens("local-infile", "the loading of files from clients", Medium)
                .ranks(&[("", 1), ("0", 0), ("off", 0)], 1),
            Setting::opens("secure-file-priv", "reading and writing of any file", High)
                .ranks(&[("", 1)], 0)
                .absent(0, "as built by default"),
        ],
        listen: ("bind-address", 2, "every interface by default"),
    },
    Product {
        name: "Elasticsearch",
        files: &["elasticsearch", "opensearch"],
        layout: Layout::Tree,
        known: &["cluster", "node", "network", "xpack", "http", "path", "discovery", "plugins", "bootstrap"],
        settings: &[
            Setting::closes("xpack.security.enabled", "requests without signing in", Critical).alone(1, Medium),
            Setting::opens("plugins.security.disabled", "requests without signing in", Critical).alone(1, Medium),
            Setting::closes("xpack.security.http.ssl.enabled", "requests that nobody encrypts", Medium)
                .absent(1, "off by default"),
            Setting::closes("xpack.security.transport.ssl.enabled", "nodes that nobody authenticates", Medium)
                .absent(1, "off by default"),
            Setting::opens("xpack.security.authc.anonymous.roles", "rights to those who do not sign in", High)
                .ranks(&[("", 0)], 1),
        ],
        listen: ("network.host", 0, "localhost by default"),
    },
    Product {
        name: "RabbitMQ",
        files: &["rabbitmq"],
        layout: Layout::Lines,
        known: &[
            "listeners",
            "loopback_users",
            "default",
            "management",
            "cluster",
            "ssl_options",
            "auth",
            "log",
            "vm",
            "disk",
        ],
        settings: &[
            Setting::opens("loopback_users", "logins as guest from other machines", High)
                .ranks(&[("none", 1)], 0)
                .alone(1, Medium),
            Setting::closes("loopback_users.guest", "logins as guest from other machines", High).alone(1, Medium),
            Setting::closes("ssl_options.verify", "peers with any certificate", High)
                .ranks(&[("verify_peer", 0), ("verify_none", 1)], 0)
                .absent(1, "verify_none by default"),
        ],
        listen: ("", 0, ""),
    },
    Product {
        name: "memcached",
        files: &["memcached"],
        layout: Layout::Lines,
        known: &["-"],
        settings: &[],
        listen: ("-l", 2, "every interface by default"),
    },
];

/// A key, lower case, its value, and where both stand.
type Pair = (String, String, Range<usize>);

fn servers(input: &Input<'_>, _: World) -> Vec<Grant> {
    let name = input.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let folder = input.path.rsplit('/').nth(1).unwrap_or_default().to_ascii_lowercase();
    let is_of = |product: &&Product| product.files.iter().any(|word| name.contains(word) || folder.starts_with(word));
    let Some(product) = PRODUCTS.iter().find(is_of) else { return Vec::new() };
    let pairs = match product.layout {
        Layout::Tree => tree(input),
        Layout::Lines => lines(input.text),
    };
    let is_known = |pair: &Pair| product.known.iter().any(|known| pair.0.starts_with(&known.to_ascii_lowercase()));
    if pairs.iter().any(is_known) { product.grants(&pairs) } else { Vec::new() }
}

fn lines(text: &str) -> Vec<Pair> {
    let is_server = |section: &str| {
        let section = section.to_ascii_lowercase();
        section.is_empty()
            || section.starts_with("mysqld")
            || section.starts_with("mariadb")
            || section.starts_with("server")
    };
    let entries = document::ini(text).into_iter().filter(|entry| is_server(entry.section));
    let pair = |entry: document::IniEntry<'_>| {
        let key = entry.key.to_ascii_lowercase();
        // Two spellings of one key, in MySQL; elsewhere no key has both.
        let key = if entry.section.is_empty() { key } else { key.replace('_', "-") };
        let value = entry.value.split(" #").next().unwrap_or_default().split("\t#").next().unwrap_or_default();
        (key, value.trim().trim_matches(['\'', '"']).to_owned(), entry.span)
    };
    entries.map(pair).collect()
}

/// Nested keys joined by dots; a list is its items, joined by commas.
fn tree(input: &Input<'_>) -> Vec<Pair> {
    let mut out = Vec::new();
    let mut todo: Vec<(String, Node<'_>, usize)> = input.yaml().roots().map(|root| (String::new(), root, 0)).collect();
    while let Some((prefix, node, level)) = todo.pop() {
        for (key, value) in node.entries() {
            let name = format!("{prefix}{}", key.text().unwrap_or_default().to_ascii_lowercase());
            if value.is_map() && level < 16 {
                todo.push((format!("{name}."), value, level + 1));
            } else {
                let text = value.texts().collect::<Vec<_>>().join(",");
                out.push((name.clone(), text, key.span().start..value.span().end));
            }
        }
    }
    out
}

impl Product {
    fn grants(&self, pairs: &[Pair]) -> Vec<Grant> {
        let subject = Subject::new(self.name, "");
        let last = |key: &str| pairs.iter().rev().find(|pair| pair.0.eq_ignore_ascii_case(key));
        let value = |key: &str| last(key).map(|(_, value, span)| (value.as_str(), span.clone()));
        let mut grants: Vec<Grant> = Vec::new();
        for setting in self.settings {
            let mut grant = setting.grant(RULE, &subject, value(setting.key), 0..0);
            let is_password = setting.gives == NO_PASSWORD;
            // Access lists are passwords by another name.
            let has_other = ["aclfile", "user"].iter().any(|key| last(key).is_some());
            if (is_password && has_other)
                || (setting.key == "security.authorization" && last("security.keyFile").is_some())
            {
                grant = grant.level(0, "other credentials");
            }
            grants.push(grant);
        }
        let (key, absent, word) = self.listen;
        if !key.is_empty() {
            let grant = Grant::allow(RULE, subject, Reach::one(ELSEWHERE), Medium);
            grants.push(match value(key) {
                Some((addresses, span)) => grant.level(listens(addresses), format!("{key} {addresses}")).at(span),
                None => grant.level(absent, format!("{key} {word}")),
            });
        }
        // Where no password is set, what guards the server is that it listens here alone.
        let has_password =
            grants.iter().any(|grant| grant.capability == Reach::one(NO_PASSWORD) && grant.level.rank == 0);
        if has_password {
            grants.retain(|grant| !matches!(grant.capability, ref what if *what == Reach::one("unguarded access where no password is set")));
        }
        grants
    }
}
