//! Numbers as people read them: in groups of three digits, with their noun, as a size.

/// A number with `,` between thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number and its noun, which gets an `s` unless the number is one.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// A size in the largest binary unit that leaves a number above one, with one decimal.
pub(in crate::report) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return counted(bytes, "byte");
    }
    // Tenths of the unit, rounded; a value that rounds up to 1024.0 belongs to the next unit.
    let tenths = |unit: u128| (u128::from(bytes) * 10 + unit / 2) / unit;
    let mut unit = 1024_u128;
    for name in UNITS {
        if tenths(unit) < 10_240 {
            return format!("{}.{} {name}", tenths(unit) / 10, tenths(unit) % 10);
        }
        unit *= 1024;
    }
    format!("{} bytes", grouped(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_readable() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 2].map(|n| counted(n, "file")), ["1 file", "2 files"]);
        let sizes = [0, 1, 1023, 1024, 1_048_575, 12_900_000, u64::MAX].map(size);
        assert_eq!(sizes, ["0 bytes", "1 byte", "1,023 bytes", "1.0 KiB", "1.0 MiB", "12.3 MiB", "16.0 EiB"]);
    }
}
