//! Settings that stand in an order: a key, what its values give, and what its absence gives.

use std::ops::Range;

use super::{Grant, Reach, Subject};
use crate::finding::Severity;

/// One key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting {
    /// Its name, as its documentation spells it.
    pub(super) key: &'static str,
    /// What a wider value gives, in words.
    pub(super) gives: &'static str,
    /// Values, lower case, with their ranks.
    pub(super) ranks: &'static [(&'static str, u32)],
    /// The rank of any other value, and a name for it where its text is nobody's business.
    pub(super) other: (u32, Option<&'static str>),
    /// What the product does without the key: the rank and its name.
    pub(super) absent: (u32, &'static str),
    /// How bad it is to gain.
    pub(super) severity: Severity,
    /// How bad a rank is that is written out, alone.
    pub(super) alone: Option<(u32, Severity)>,
}

/// Spellings of a switch that opens when it is on.
pub(super) const OPENS: &[(&str, u32)] =
    &[("on", 1), ("true", 1), ("yes", 1), ("1", 1), ("off", 0), ("false", 0), ("no", 0), ("0", 0)];
/// Spellings of a switch that closes when it is on.
pub(super) const CLOSES: &[(&str, u32)] =
    &[("on", 0), ("true", 0), ("yes", 0), ("1", 0), ("off", 1), ("false", 1), ("no", 1), ("0", 1)];

impl Setting {
    /// A switch that gives something when it is on, and is off by default.
    pub(super) const fn opens(key: &'static str, gives: &'static str, severity: Severity) -> Self {
        Self { key, gives, ranks: OPENS, other: (1, None), absent: (0, "off by default"), severity, alone: None }
    }

    /// A switch that protects when it is on, and is on by default.
    pub(super) const fn closes(key: &'static str, gives: &'static str, severity: Severity) -> Self {
        Self { key, gives, ranks: CLOSES, other: (0, None), absent: (0, "on by default"), severity, alone: None }
    }

    /// The same, on or off by default as said.
    pub(super) const fn absent(self, rank: u32, name: &'static str) -> Self {
        Self { absent: (rank, name), ..self }
    }

    /// The same with other values.
    pub(super) const fn ranks(self, ranks: &'static [(&'static str, u32)], other: u32) -> Self {
        Self { ranks, other: (other, None), ..self }
    }

    /// The same, beyond the dangerous line from this rank on.
    pub(super) const fn alone(self, rank: u32, severity: Severity) -> Self {
        Self { alone: Some((rank, severity)), ..self }
    }

    /// The grant that a value makes, or its absence, which stands at `home`.
    pub(super) fn grant(
        &self,
        rule: &'static str,
        subject: &Subject,
        value: Option<(&str, Range<usize>)>,
        home: Range<usize>,
    ) -> Grant {
        let grant = Grant::allow(rule, subject.clone(), Reach::one(self.gives), self.severity);
        let Some((text, span)) = value else {
            return grant.level(self.absent.0, format!("{} {}", self.key, self.absent.1)).at(home);
        };
        let (rank, name) = self.rank(text);
        let grant = grant.level(rank, format!("{} {name}", self.key).trim_end()).at(span);
        let alone = self.alone.filter(|(from, _)| rank >= *from).map(|(_, severity)| severity);
        Grant { alone, ..grant }
    }

    fn rank<'v>(&self, text: &'v str) -> (u32, &'v str) {
        let folded = text.trim().to_ascii_lowercase();
        let known = self.ranks.iter().find(|(value, _)| *value == folded).map(|(_, rank)| *rank);
        match (known, self.other) {
            (Some(rank), _) => (rank, text.trim()),
            // Whatever a template puts here is not known.
            _ if folded.contains("{{") || folded.contains("${") || folded.contains("<%") => (0, "from a template"),
            (None, (rank, name)) => (rank, name.unwrap_or(text.trim())),
        }
    }
}

/// How far an address to listen on reaches: 0 for this machine, 2 for every interface.
pub(super) fn listens(addresses: &str) -> u32 {
    let one = |address: &str| {
        let address = address.trim_matches(['\'', '"', '-', '[', ']', '=', ' ']);
        match address.to_ascii_lowercase().as_str() {
            "" | "localhost" | "127.0.0.1" | "::1" | "_local_" | "ip6-localhost" | "none" => 0,
            "*" | "0.0.0.0" | "::" | "::*" | "_global_" | "all" => 2,
            address if address.starts_with("127.") || address.starts_with('/') => 0,
            address if address.contains("{{") || address.contains("${") => 0,
            _ => 1,
        }
    };
    addresses.split([',', ' ', '\t']).filter(|address| !address.is_empty()).map(one).max().unwrap_or(0)
}
