//! Tells values that stand for a secret from secrets, by their shape alone: where they stand plays no part.

/// Words that people write where a secret belongs, lower-case. Long enough not to turn up in random text.
const WORDS: [&[u8]; 22] = [
    b"example",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"your_",
    b"your-",
    b"yourtoken",
    b"yourkey",
    b"xxxxx",
    b"insert",
    b"replace",
    b"dummy",
    b"redacted",
    b"secret_here",
    b"foobar",
    b"sample",
    b"goes_here",
    b"goes-here",
    b"00000000",
    b"notreal",
    b"testtest",
];
/// Ascending runs of this length do not happen by chance.
const LONGEST_ASCENT: usize = 8;
/// Below this length the number of different characters says nothing.
const SHORTEST_COUNTED: usize = 16;
/// A random value of 16 or more characters has more different ones.
const FEWEST_DIFFERENT: usize = 6;

/// True if `value`, beyond its public prefix of `prefix` bytes, is no secret but stands where one belongs.
pub(super) fn is_placeholder(value: &[u8], prefix: usize) -> bool {
    let body = &value[prefix.min(value.len())..];
    let lower = body.to_ascii_lowercase();
    is_reference(body)
        || WORDS.iter().any(|word| lower.windows(word.len()).any(|w| w == *word))
        || too_few_different(&lower)
        || ascends(&lower)
        || repeats(&lower)
}

/// `${VAR}`, `{{ value }}`, `<token>`, `%TOKEN%`, `$(command)`: the value stands elsewhere.
fn is_reference(body: &[u8]) -> bool {
    match body {
        [b'$', b'{' | b'(', ..] | [b'{', b'{', ..] => true,
        [b'<', .., b'>'] | [b'%', .., b'%'] | [b'{', .., b'}'] | [b'[', .., b']'] => true,
        [b'$', rest @ ..] => rest.iter().all(|b| b.is_ascii_uppercase() || *b == b'_' || b.is_ascii_digit()),
        _ => false,
    }
}

fn too_few_different(lower: &[u8]) -> bool {
    let mut seen = [false; 256];
    lower.iter().for_each(|b| seen[usize::from(*b)] = true);
    let different = seen.iter().filter(|s| **s).count();
    different <= 2 || lower.len() >= SHORTEST_COUNTED && different < FEWEST_DIFFERENT
}

/// `12345678`, `abcdefgh`, also where it wraps from 9 to 0 or from 9 to a.
fn ascends(lower: &[u8]) -> bool {
    let follows = |a: u8, b: u8| a.is_ascii_alphanumeric() && (b == a + 1 || a == b'9' && (b == b'0' || b == b'a'));
    let mut length = 1;
    lower.windows(2).any(|pair| {
        length = if follows(pair[0], pair[1]) { length + 1 } else { 1 };
        length >= LONGEST_ASCENT
    })
}

/// The same piece of up to four characters again and again.
fn repeats(lower: &[u8]) -> bool {
    lower.len() >= SHORTEST_COUNTED && (1..=4).any(|n| lower[n..].iter().zip(lower).all(|(a, b)| a == b))
}

/// Shannon entropy in bits per character.
pub(super) fn entropy(value: &[u8]) -> f32 {
    let mut counts = [0u32; 256];
    value.iter().for_each(|b| counts[usize::from(*b)] += 1);
    let total = value.len() as f32;
    let bits = |n: u32| {
        let share = n as f32 / total;
        -share * share.log2()
    };
    counts.iter().filter(|n| **n > 0).map(|n| bits(*n)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_recognised_by_shape() {
        for value in [
            "xxxxxxxxxxxxxxxxxxxxxxxx",
            "your_api_key",
            "<token>",
            "${TOKEN}",
            "$TOKEN",
            "{{ token }}",
            "%TOKEN%",
            "0123456789abcdef0123",
            "AKIAIOSFODNN7EXAMPLE",
            "abababababababababab",
            "********",
            "ABCDEFGHIJKLMNOP",
        ] {
            assert!(is_placeholder(value.as_bytes(), 0), "{value}");
        }
    }

    #[test]
    fn random_values_are_not() {
        for value in ["q7Zt9sLw2XcVb81nMa04KdRf", "9f86d081884c7d65", "hunter2!", "Tr0ub4dor&3"] {
            assert!(!is_placeholder(value.as_bytes(), 0), "{value}");
        }
        assert!(is_placeholder(b"ghp_", 9), "nothing beyond the prefix is no secret");
    }

    #[test]
    fn entropy_is_that_of_shannon() {
        assert_eq!(entropy(b"aaaa"), 0.0);
        assert_eq!(entropy(b"abcd"), 2.0);
    }
}
