//! Networks as patterns: one network holds another exactly when its patterns do.

/// The patterns of a network in CIDR notation; `None` if it is none. All of IPv4 is `*.*`, all of IPv6 `*:*`.
pub(super) fn patterns(text: &str) -> Option<Vec<String>> {
    let (address, length) = text.trim().split_once('/').unwrap_or((text.trim(), ""));
    if let Ok(address) = address.parse::<std::net::Ipv4Addr>() {
        let length = if length.is_empty() { 32 } else { length.parse::<u32>().ok().filter(|n| *n <= 32)? };
        return Some(four(address.octets(), length));
    }
    let address: std::net::Ipv6Addr = address.parse().ok()?;
    let length = if length.is_empty() { 128 } else { length.parse::<usize>().ok().filter(|n| *n <= 128)? };
    Some(six(address, length))
}

fn four(octets: [u8; 4], length: u32) -> Vec<String> {
    if length == 0 {
        return vec!["*.*".to_owned()];
    }
    let whole = (length / 8) as usize;
    let head: String = octets.iter().take(whole).map(|octet| format!("{octet}.")).collect();
    if whole == 4 {
        return vec![head.trim_end_matches('.').to_owned()];
    }
    let free = 8 - length % 8;
    if free == 8 {
        return vec![format!("{head}*")];
    }
    // The octet that is cut becomes as many patterns as it has values.
    let first = octets[whole] >> free << free;
    let end = if whole == 3 { "" } else { ".*" };
    (0..1u16 << free).map(|n| format!("{head}{}{end}", u16::from(first) + n)).collect()
}

/// By hexadecimal digits; a length between two digits is taken as the wider one.
fn six(address: std::net::Ipv6Addr, length: usize) -> Vec<String> {
    if length == 0 {
        return vec!["*:*".to_owned()];
    }
    let digits: String = address.segments().iter().map(|segment| format!("{segment:04x}")).collect();
    let kept: String = digits.chars().take(length / 4).collect();
    vec![format!(":{kept}*")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::grant::Reach;

    #[test]
    fn networks_hold_each_other_as_numbers_do() {
        let reach = |text: &str| Reach::of(patterns(text).unwrap());
        for (wide, narrow) in [
            ("0.0.0.0/0", "10.0.0.0/8"),
            ("10.0.0.0/8", "10.1.2.3/32"),
            ("172.16.0.0/12", "172.31.255.0/24"),
            ("10.0.0.0/20", "10.0.15.0/24"),
            ("10.0.0.0/25", "10.0.0.127"),
            ("::/0", "2001:db8::/32"),
            ("2001:db8::/32", "2001:db8:1::/48"),
        ] {
            assert!(reach(wide).holds(&reach(narrow)), "{wide} {narrow}");
            assert!(!reach(narrow).holds(&reach(wide)), "{narrow} {wide}");
        }
        assert!(!reach("10.0.0.0/25").holds(&reach("10.0.0.128")));
        assert_eq!(patterns("pl-123"), None);
        assert_eq!(patterns("1.2.3.4/33"), None);
    }
}
