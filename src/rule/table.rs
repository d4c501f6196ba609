//! Open addressing: where a number stands in a table of numbers.

/// The slot of `key`, or the free one where it belongs. 0 marks a free slot; there is one, and the number of slots is a power of two.
#[inline(always)]
pub(super) fn slot(slots: &[u32], key: u32) -> usize {
    // The upper half of a product of both: its lower bits know nothing of the upper bytes of the key, and many windows differ in
    // their last byte only.
    let spread = u64::from(key.wrapping_mul(0x85EB_CA6B));
    let mut at = ((spread * slots.len() as u64) >> 32) as usize;
    while slots[at] != key && slots[at] != 0 {
        at = (at + 1) & (slots.len() - 1);
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_where_it_was_put() {
        let mut keys = vec![0_u32; 256];
        let all: Vec<u32> = (1..=100).map(|i| i << 24 | 0x20_2020).collect();
        for key in &all {
            let at = slot(&keys, *key);
            assert_eq!(keys[at], 0);
            keys[at] = *key;
        }
        assert!(all.iter().all(|key| keys[slot(&keys, *key)] == *key));
        assert_eq!(keys[slot(&keys, 7)], 0);
    }
}
