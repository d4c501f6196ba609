//! Web servers and reverse proxies: who may reach what, and whether anyone is asked who they are.

use std::ops::Range;

use super::proxy_read::{self, Directive, Directives};
use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// nginx: what a location does not say holds from the server, and from what is around that.
///
/// Source: the modules auth_basic, auth_request, access, ssl, proxy, realip and autoindex in nginx's documentation.
pub(in crate::detect::grant) static NGINX: Surface = Surface {
    files: &[
        "**/*nginx*.conf",
        "**/nginx/**/*",
        "**/nginx*.conf.{j2,tmpl,template,erb}",
        "**/sites-{available,enabled}/*",
        "**/conf.d/*.conf",
        "**/default.conf.template",
    ],
    marks: &["location", "server_name", "proxy_pass", "listen "],
    needs: None,
    grants: nginx,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Apache httpd.
///
/// Source: mod_authz_core, mod_auth_basic and core in Apache's documentation.
pub(in crate::detect::grant) static APACHE: Surface = Surface {
    files: &["**/.htaccess", "**/{httpd,apache,apache2}*.conf", "**/{apache,apache2,httpd}/**/*.conf"],
    marks: &["require", "options", "sslproxyverify", "allow from", "deny from"],
    needs: None,
    grants: apache,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

/// Caddy.
///
/// Source: "Caddyfile Directives" in Caddy's documentation.
pub(in crate::detect::grant) static CADDY: Surface = Surface {
    files: &["**/Caddyfile", "**/Caddyfile.*", "**/*.Caddyfile", "**/*.caddy"],
    marks: &[],
    needs: None,
    grants: caddy,
    setting: None,
    newcomers: Newcomers::DangerousLine,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "proxy-access";
const RULE_TLS: &str = "proxy-tls";
const NO_SIGN_IN: &str = "requests without signing in";
use Severity::{High, Low, Medium};

fn allow(rule: &'static str, subject: &Subject, what: &str, severity: Severity, span: Range<usize>) -> Grant {
    Grant::allow(rule, subject.clone(), Reach::one(what), severity).at(span)
}

fn nginx(input: &Input<'_>, _: World) -> Vec<Grant> {
    let read = proxy_read::nginx(input.text);
    let mut grants = Vec::new();
    for (at, block) in read.all.iter().enumerate().filter(|(_, one)| matches!(one.name.as_str(), "server" | "location"))
    {
        let subject = Subject::new(if block.name == "server" { "server" } else { "location" }, name(&read, at));
        // What no location takes, the server answers itself, as if it had one for every path.
        let is_whole = |one: &&Directive| one.arguments == ["/"];
        let is_server = block.name == "server";
        if !is_server || !read.named(Some(at), &["location"]).iter().any(is_whole) {
            let path = if is_server { format!("/ of {}", subject.name) } else { subject.name.clone() };
            let subject = Subject::new("location", path.trim_end_matches(" of "));
            grants.extend(signed_in(&read, at, &subject));
            grants.push(addresses(&read, at, &subject));
        }
        grants.extend(switches(&read, at, &subject));
    }
    grants
}

/// The path of a location with its server's name.
fn name(read: &Directives, at: usize) -> String {
    let blocks: Vec<(usize, &Directive)> = read.around(at).collect();
    let paths =
        blocks.iter().rev().filter(|(_, block)| block.name == "location").map(|(_, block)| block.arguments.join(" "));
    let path = paths.collect::<Vec<_>>().join(" ");
    let server = blocks.iter().find(|(_, block)| block.name == "server");
    let found = server.map(|(index, _)| {
        let named = |key: &str| read.named(Some(*index), &[key]).first().map(|one| one.arguments.join(" "));
        let port = named("listen").map(|port| format!("port {}", port.split(' ').next().unwrap_or_default()));
        match (named("server_name").filter(|name| name != "_"), port) {
            (Some(name), Some(port)) if port.contains("443") => format!("{name} with TLS"),
            (Some(name), _) => name,
            (None, port) => port.unwrap_or_default(),
        }
    });
    match (path.is_empty(), found) {
        (true, server) => server.unwrap_or_default(),
        (false, Some(server)) if !server.is_empty() => format!("{path} of {server}"),
        (false, _) => path,
    }
}

fn signed_in(read: &Directives, at: usize, subject: &Subject) -> Option<Grant> {
    let home = read.all.get(at)?.span.clone();
    let is_on =
        |one: &&Directive| one.arguments.first().is_some_and(|value| value != "off" && value != "optional_no_ca");
    let ways = ["auth_basic", "auth_request", "auth_jwt", "ssl_verify_client", "auth_ldap", "access_by_lua_file"];
    let found = ways.iter().find_map(|way| read.inherited(at, &[way]).into_iter().find(is_on));
    let grant = allow(RULE, subject, NO_SIGN_IN, High, home);
    Some(match found {
        Some(one) => grant.level(0, one.name.clone()).at(one.span.clone()),
        None => grant.level(1, "no authentication"),
    })
}

/// Rules of `allow` and `deny`, of which the first that fits decides.
fn addresses(read: &Directives, at: usize, subject: &Subject) -> Grant {
    let rules = read.inherited(at, &["allow", "deny"]);
    let home = read.all.get(at).map_or(0..0, |block| block.span.clone());
    let grant = allow(RULE, subject, "requests from addresses", High, home).level(1, "allowed");
    let value = |one: &Directive| one.arguments.first().cloned().unwrap_or_default();
    let ends = rules.iter().position(|one| value(one) == "all");
    match ends.and_then(|end| rules.get(end).map(|last| (end, *last))) {
        Some((end, last)) if last.name == "deny" => {
            let allowed: Vec<String> =
                rules.iter().take(end).filter(|one| one.name == "allow").map(|one| value(one)).collect();
            let grant = grant.at(last.span.clone());
            if allowed.is_empty() { grant.level(0, "denied") } else { grant.on(Reach::of(allowed)) }
        }
        _ => grant,
    }
}

fn switches(read: &Directives, at: usize, subject: &Subject) -> Vec<Grant> {
    let mut grants = Vec::new();
    let Some(home) = read.all.get(at).map(|block| block.span.clone()) else { return grants };
    let first = |name: &str| read.inherited(at, &[name]).first().map(|one| (one.arguments.join(" "), one.span.clone()));
    let switch = |name: &str, what: &str, severity, closes: bool| {
        let grant = allow(RULE_TLS, subject, what, severity, home.clone());
        match first(name) {
            Some((value, span)) => {
                grant.level(u32::from((value == "on") != closes), format!("{name} {value}")).at(span)
            }
            None => grant.level(u32::from(closes), format!("{name} off by default")),
        }
    };
    let listing = switch("autoindex", "listings of its folders", Medium, false);
    grants.push(Grant { rule: RULE, ..listing });
    grants.push(switch("proxy_ssl_verify", "answers from a server with any certificate", Medium, true));
    for one in read
        .inherited(at, &["set_real_ip_from"])
        .iter()
        .filter(|one| one.arguments.first().is_some_and(|net| net == "0.0.0.0/0" || net == "::/0"))
    {
        let grant = allow(RULE, subject, "addresses that senders make up", High, one.span.clone());
        grants.push(grant.level(1, "set_real_ip_from the world"));
    }
    if let Some((versions, span)) = first("ssl_protocols") {
        let old =
            versions.split_whitespace().filter(|version| matches!(*version, "SSLv2" | "SSLv3" | "TLSv1" | "TLSv1.1"));
        grants.extend(old.map(|version| allow(RULE_TLS, subject, version, Medium, span.clone()).level(1, "accepted")));
    }
    grants
}

fn apache(input: &Input<'_>, _: World) -> Vec<Grant> {
    let read = proxy_read::apache(input.text);
    let is_section = |name: &str| {
        matches!(
            name,
            "location"
                | "locationmatch"
                | "directory"
                | "directorymatch"
                | "files"
                | "filesmatch"
                | "proxy"
                | "virtualhost"
        )
    };
    let sections = read.all.iter().enumerate().filter(|(_, one)| is_section(&one.name));
    let is_override = input.path.ends_with(".htaccess");
    let whole = is_override.then_some((None, Subject::new("folder", "")));
    let named = sections
        .map(|(at, one)| (Some(at), Subject::new("section", format!("{} {}", one.name, one.arguments.join(" ")))));
    let mut grants = Vec::new();
    for (at, subject) in whole.into_iter().chain(named) {
        let home = at.and_then(|at| read.all.get(at)).map_or(0..0, |one| one.span.clone());
        let is_host = at.and_then(|at| read.all.get(at)).is_some_and(|one| one.name == "virtualhost");
        grants.extend(required(&read, at, &subject, home, is_host));
    }
    grants
}

/// What one section asks for; `RequireAny` and its like are looked into.
fn required(read: &Directives, at: Option<usize>, subject: &Subject, home: Range<usize>, is_host: bool) -> Vec<Grant> {
    let mut own: Vec<&Directive> = Vec::new();
    let mut todo: Vec<Option<usize>> = vec![at];
    while let Some(block) = todo.pop() {
        for (index, one) in read.children(block) {
            own.push(one);
            if matches!(one.name.as_str(), "requireany" | "requireall" | "ifmodule" | "limit" | "limitexcept") {
                todo.push(Some(index));
            }
        }
    }
    let mut grants = Vec::new();
    let rank =
        |one: &&&Directive| match (one.name.as_str(), one.arguments.first().map(|word| word.to_ascii_lowercase())) {
            ("require", Some(word)) if word == "all" => {
                one.arguments.get(1).map(|all| u32::from(all.eq_ignore_ascii_case("granted")) * 2)
            }
            ("require", Some(_)) => Some(1),
            ("deny", Some(_)) => one.arguments.get(1).filter(|all| all.eq_ignore_ascii_case("all")).map(|_| 0),
            ("satisfy", Some(word)) if word == "any" => Some(1),
            _ => None,
        };
    let widest = own.iter().filter(|one| rank(one).is_some()).max_by_key(|one| rank(one));
    let grant = allow(RULE, subject, "requests from anyone", High, home.clone());
    if !is_host {
        grants.push(match widest {
            Some(one) => grant
                .level(rank(&one).unwrap_or(2), format!("{} {}", one.name, one.arguments.join(" ")))
                .at(one.span.clone()),
            None => grant.level(2, "no Require of its own"),
        });
    }
    for one in &own {
        let has = |words: &[&str]| one.arguments.iter().any(|a| words.iter().any(|word| a.eq_ignore_ascii_case(word)));
        let grant = match one.name.as_str() {
            "options" if has(&["Indexes", "+Indexes", "All"]) => {
                allow(RULE, subject, "listings of its folders", Medium, one.span.clone())
            }
            "allowoverride" if has(&["All"]) => {
                allow(RULE, subject, "settings by .htaccess files", Low, one.span.clone())
            }
            "sslproxyverify" if has(&["none"]) => {
                allow(RULE_TLS, subject, "answers from a server with any certificate", Medium, one.span.clone())
            }
            _ => continue,
        };
        grants.push(grant.level(1, format!("{} {}", one.name, one.arguments.join(" "))));
    }
    grants
}

fn caddy(input: &Input<'_>, _: World) -> Vec<Grant> {
    let read = proxy_read::caddy(input.text);
    let mut grants = Vec::new();
    let sites: Vec<(usize, &Directive)> =
        read.children(None).filter(|(at, _)| read.children(Some(*at)).next().is_some()).collect();
    for (at, site) in sites.into_iter().filter(|(_, site)| !site.name.starts_with('(')) {
        let subject = Subject::new("site", format!("{} {}", site.name, site.arguments.join(" ")).trim());
        let mut todo = vec![at];
        let mut found: Option<&Directive> = None;
        while let Some(block) = todo.pop() {
            for (index, one) in read.children(Some(block)) {
                todo.push(index);
                let is_check = matches!(
                    one.name.as_str(),
                    "basic_auth"
                        | "basicauth"
                        | "forward_auth"
                        | "client_auth"
                        | "authorize"
                        | "authenticate"
                        | "jwtauth"
                );
                found = found.or(is_check.then_some(one));
                if one.name == "tls_insecure_skip_verify" {
                    let grant = allow(
                        RULE_TLS,
                        &subject,
                        "answers from a server with any certificate",
                        Medium,
                        one.span.clone(),
                    );
                    grants.push(grant.level(1, "tls_insecure_skip_verify"));
                }
                if one.name == "file_server" && one.arguments.iter().any(|word| word == "browse") {
                    grants.push(
                        allow(RULE, &subject, "listings of its folders", Medium, one.span.clone()).level(1, "browse"),
                    );
                }
            }
        }
        let grant = allow(RULE, &subject, NO_SIGN_IN, High, site.span.clone());
        grants.push(match found {
            Some(one) => grant.level(0, one.name.clone()).at(one.span.clone()),
            None => grant.level(1, "no authentication"),
        });
    }
    grants
}
