//! Networks as ranges of addresses: one network holds another as numbers do.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::detect::grant::{Reach, Span};

/// The addresses of a network in CIDR notation, or a single address; `None` if it is neither.
pub(super) fn span(text: &str) -> Option<Span> {
    let text = text.trim();
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let length = |most: u32| match length {
        None => Some(most),
        Some(text) => text.parse::<u32>().ok().filter(|length| *length <= most),
    };
    if let Ok(address) = address.parse::<Ipv4Addr>() {
        return Some(range("ipv4", u128::from(address.to_bits()), 32 - length(32)?, text));
    }
    let address: Ipv6Addr = address.parse().ok()?;
    Some(range("ipv6", address.to_bits(), 128 - length(128)?, text))
}

/// All addresses that differ from `address` in the last `free` bits.
fn range(kind: &str, address: u128, free: u32, shown: &str) -> Span {
    let mask = 1u128.checked_shl(free).map_or(u128::MAX, |bit| bit - 1);
    Span::new(kind, address & !mask, address | mask, shown)
}

/// True for all addresses there are.
pub(super) fn is_world(text: &str) -> bool {
    matches!(text.trim(), "0.0.0.0/0" | "::/0" | "0::/0" | "::0/0")
}

/// True for networks that only reach as far as the own organisation.
pub(super) fn is_private(text: &str) -> bool {
    let own = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128"];
    let Some(inner) = span(text) else { return false };
    let inner = Reach::Numbers(vec![inner]);
    own.iter().filter_map(|own| span(own)).any(|own| Reach::Numbers(vec![own]).holds(&inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_each_other_as_numbers_do() {
        let reach = |text: &str| Reach::Numbers(vec![span(text).unwrap()]);
        for (wide, narrow) in [
            ("0.0.0.0/0", "10.0.0.0/8"),
            ("10.0.0.0/8", "10.1.2.3/32"),
            ("172.16.0.0/12", "172.31.255.0/24"),
            ("10.0.0.0/20", "10.0.15.0/24"),
            ("10.0.0.0/25", "10.0.0.127"),
            ("::/0", "2001:db8::/32"),
            ("2001:db8::/33", "2001:db8:1::/48"),
        ] {
            assert!(reach(wide).holds(&reach(narrow)), "{wide} {narrow}");
            assert!(!reach(narrow).holds(&reach(wide)), "{narrow} {wide}");
        }
        assert!(!reach("10.0.0.0/25").holds(&reach("10.0.0.128")));
        assert!(!reach("::/0").holds(&reach("10.0.0.1")));
        let halves = Reach::Numbers(vec![span("10.0.0.0/9").unwrap(), span("10.128.0.0/9").unwrap()]);
        assert!(halves.holds(&reach("10.0.0.0/8")));
        assert_eq!(span("pl-123"), None);
        assert_eq!(span("1.2.3.4/33"), None);
        assert!(is_private("172.20.0.0/16") && !is_private("172.0.0.0/8") && !is_private("x"));
    }
}
