//! Hosts that a policy approves.

/// Hosts, and domains below which every host is approved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApprovedHosts {
    hosts: Vec<String>,
}

impl ApprovedHosts {
    /// From a policy's list: `api.example.com`, `*.internal.example.com`.
    pub fn new(hosts: impl IntoIterator<Item = String>) -> Self {
        Self { hosts: hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// True if the list names `host`, in lower case.
    pub fn names(&self, host: &str) -> bool {
        self.hosts.iter().any(|known| match known.strip_prefix("*.") {
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == known,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_approved_one_by_one_or_below_a_domain() {
        let approved = ApprovedHosts::new(["api.Example.com", "*.internal.example.com"].map(str::to_owned));
        for (host, expected) in [
            ("api.example.com", true),
            ("a.b.internal.example.com", true),
            ("internal.example.com", false),
            ("evilinternal.example.com", false),
            ("example.com", false),
        ] {
            assert_eq!(approved.names(host), expected, "{host}");
        }
    }
}
