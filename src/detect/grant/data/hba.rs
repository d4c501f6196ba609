//! pg_hba.conf: who may log in to PostgreSQL from where, and what must be shown.

use std::ops::Range;

use crate::detect::grant::{Grant, Input, Newcomers, Reach, Subject, Surface, World};
use crate::finding::Severity;

/// Records of pg_hba.conf, of which the first that fits decides; where none does, the login is rejected.
///
/// Source: "The pg_hba.conf File" in PostgreSQL's documentation.
pub(in crate::detect::grant) static LOGINS: Surface = Surface {
    files: &["**/pg_hba*.conf", "**/pg_hba*.conf.{j2,tmpl,template,sample,erb}", "**/pg_hba.conf.*"],
    marks: &[],
    needs: None,
    grants: logins,
    setting: None,
    newcomers: Newcomers::WholeFile,
    absent: None,
    has_fixtures: true,
};

const RULE: &str = "postgres-login";
/// Records that are read; a longer file is no hand-kept one.
const MOST_RECORDS: usize = 2_000;

/// One record.
struct Record {
    /// `local`, or the kind of connection over the network.
    kind: String,
    who: Reach,
    from: Reach,
    reach: Width,
    rank: u32,
    method: String,
    span: Range<usize>,
}

/// How far the addresses of a record reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Width {
    Machine,
    Some,
    World,
}

fn logins(input: &Input<'_>, _: World) -> Vec<Grant> {
    let mut records: Vec<Record> = Vec::new();
    let mut at = 0;
    for line in input.text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let content = line.split('#').next().unwrap_or_default().trim();
        let begin = start + line.find(content).unwrap_or(0);
        let read = record(content, begin..begin + content.len());
        if let Some(record) = read.filter(|one| records.len() < MOST_RECORDS && !records.iter().any(|r| r.covers(one)))
        {
            records.push(record);
        }
    }
    let mut grants = Vec::new();
    for (i, record) in records.iter().enumerate() {
        match record.rank {
            0 if records.iter().skip(i + 1).any(|later| later.rank > 0 && later.meets(record)) => {
                grants.push(record.denial());
            }
            0 => {}
            _ => grants.extend(record.grants()),
        }
    }
    grants
}

fn record(line: &str, span: Range<usize>) -> Option<Record> {
    let mut words = line.split_whitespace();
    let kind = words.next()?.to_ascii_lowercase();
    let is_local = kind == "local";
    if !is_local && !matches!(kind.as_str(), "host" | "hostssl" | "hostnossl" | "hostgssenc" | "hostnogssenc") {
        return None;
    }
    let (databases, users) = (words.next()?, words.next()?);
    let mut address = if is_local { "local".to_owned() } else { words.next()?.to_owned() };
    let mut method = words.next()?;
    // An address with its mask in a column of its own.
    if !is_local && method.contains('.') && method.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        address = format!("{address}/{}", bits(method));
        method = words.next()?;
    }
    let method = method.to_ascii_lowercase();
    let rank = match method.as_str() {
        "reject" => 0,
        "cert" | "scram-sha-256" | "gss" | "sspi" | "peer" | "oauth" => 1,
        "ldap" | "radius" | "pam" | "bsd" => 2,
        "md5" => 3,
        "ident" => 4,
        "password" => 5,
        "trust" => 6,
        _ => return None,
    };
    let reach = width(&address);
    Some(Record { kind, who: who(databases, users), from: from(&address), reach, rank, method, span })
}

/// Every pair of user and database.
fn who(databases: &str, users: &str) -> Reach {
    let star = |name: &str| if name == "all" { "*".to_owned() } else { name.trim_matches('"').to_owned() };
    let pairs = users.split(',').take(64).flat_map(|user| {
        let user = star(user);
        databases.split(',').take(64).map(move |database| format!("login as {user} to {}", star(database)))
    });
    Reach::of(pairs)
}

fn bits(mask: &str) -> u32 {
    mask.split('.').filter_map(|part| part.parse::<u8>().ok()).map(u8::count_ones).sum()
}

fn width(address: &str) -> Width {
    let (host, bits) = address.split_once('/').unwrap_or((address, ""));
    match host {
        "local" | "localhost" | "samehost" | "::1" => Width::Machine,
        "all" => Width::World,
        _ if bits == "0" => Width::World,
        host if host.starts_with("127.") => Width::Machine,
        _ => Width::Some,
    }
}

/// The addresses as patterns over their parts: `10.0.0.0/8` is `10.*`.
fn from(address: &str) -> Reach {
    let (host, bits) = address.split_once('/').unwrap_or((address, "32"));
    let octets: Vec<u8> = host.split('.').filter_map(|part| part.parse().ok()).collect();
    match (host, bits.parse::<u32>(), octets.as_slice()) {
        ("all", ..) => Reach::all(),
        ("::", Ok(0), _) => Reach::one("*:*"),
        (_, Ok(bits), &[_, _, _, _]) if bits <= 32 => Reach::of(patterns(&octets, bits)),
        _ => Reach::one(address),
    }
}

fn patterns(octets: &[u8], bits: u32) -> Vec<String> {
    let (whole, rest) = ((bits / 8) as usize, bits % 8);
    let prefix: Vec<String> = octets.iter().take(whole).map(u8::to_string).collect();
    let last = octets.get(whole).copied().unwrap_or_default();
    match (whole, rest) {
        (4, _) => vec![prefix.join(".")],
        (0, 0) => vec!["*.*".into()],
        (_, 0) => vec![format!("{}.*", prefix.join("."))],
        _ => {
            let step = 1u32 << (8 - rest);
            let first = u32::from(last) / step * step;
            let head = if prefix.is_empty() { String::new() } else { prefix.join(".") + "." };
            let tail = if whole == 3 { "" } else { ".*" };
            (first..first + step).map(|octet| format!("{head}{octet}{tail}")).collect()
        }
    }
}

impl Record {
    /// True if nothing that `later` speaks of gets past this record.
    fn covers(&self, later: &Self) -> bool {
        let is_kind = self.kind == later.kind || (self.kind == "host" && later.kind != "local");
        is_kind && self.who.holds(&later.who) && self.from.holds(&later.from)
    }

    fn meets(&self, other: &Self) -> bool {
        let is_kind = self.kind == other.kind || (self.kind != "local" && other.kind != "local");
        is_kind && self.who.meets(&other.who) && self.from.meets(&other.from)
    }

    fn scope(&self) -> Reach {
        if self.kind == "local" { Reach::one("the local socket") } else { self.from.clone() }
    }

    fn denial(&self) -> Grant {
        let deny = Grant::deny(RULE, Subject::new("PostgreSQL", ""), self.rejected(), Severity::High);
        deny.on(self.scope()).level(1, "rejected").at(self.span.clone())
    }

    /// A rejection is no denial of the logins themselves: what stands before it is not touched by it.
    fn rejected(&self) -> Reach {
        match &self.who {
            Reach::Only(pairs) => Reach::of(pairs.iter().map(|pair| format!("the rejection of {pair}"))),
            other => other.clone(),
        }
    }

    fn grants(&self) -> Vec<Grant> {
        let (severity, alone) = match (self.rank, self.reach) {
            (6, Width::World) => (Severity::Critical, Some(Severity::High)),
            (6, Width::Some) => (Severity::Critical, Some(Severity::Medium)),
            (6, Width::Machine) => (Severity::Medium, None),
            (4 | 5, Width::World) => (Severity::High, Some(Severity::Medium)),
            (4 | 5, Width::Some) => (Severity::High, None),
            (_, Width::World) => (Severity::Medium, None),
            _ => (Severity::Low, None),
        };
        let grant = Grant::allow(RULE, Subject::new("PostgreSQL", ""), self.who.clone(), severity);
        let grant = Grant { alone, ..grant.on(self.scope()).level(self.rank, &self.method).at(self.span.clone()) };
        let tls = |how: &str| grant.clone().only_if("the connection is", Reach::one(how));
        match self.kind.as_str() {
            "hostssl" => vec![tls("encrypted")],
            "hostnossl" => vec![tls("clear")],
            "hostgssenc" => vec![tls("encrypted by GSSAPI")],
            "hostnogssenc" => vec![tls("not encrypted by GSSAPI")],
            _ => vec![grant],
        }
    }
}
