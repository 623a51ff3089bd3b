//! Work on 64-bit masks that needs no instruction set.

/// Offsets written at a time: most blocks have fewer, so one round does and the branch that
/// asks for another is well predicted.
const BATCH: usize = 8;

/// Appends `base` plus the position of each set bit, lowest first.
#[inline(always)]
pub(crate) fn push_offsets(mask: u64, base: usize, out: &mut Vec<usize>) {
    if mask & mask.wrapping_sub(1) == 0 {
        // One at most, as lines of some length have it.
        out.extend((mask != 0).then(|| base.wrapping_add(mask.trailing_zeros() as usize)));
        return;
    }
    push_bits(mask, |bit| base.wrapping_add(bit as usize), out);
}

/// As [`push_offsets`], for places of 32 bits.
#[inline(always)]
pub(crate) fn push_places(mask: u64, base: u32, out: &mut Vec<u32>) {
    push_bits(mask, |bit| base.wrapping_add(bit), out);
}

/// Appends what `place` makes of the number of each set bit, lowest first.
#[inline(always)]
fn push_bits<T: Copy + Default>(mut mask: u64, place: impl Fn(u32) -> T, out: &mut Vec<T>) {
    let length = out.len() + mask.count_ones() as usize;
    while mask != 0 {
        let mut batch = [T::default(); BATCH];
        for slot in &mut batch {
            *slot = place(mask.trailing_zeros());
            mask &= mask.wrapping_sub(1);
        }
        out.extend_from_slice(&batch);
    }
    out.truncate(length);
}

/// The prefix exclusive or by doubling shifts, for kernels without carry-less multiply.
#[inline(always)]
pub(crate) fn prefix_xor(mut mask: u64) -> u64 {
    mask ^= mask << 1;
    mask ^= mask << 2;
    mask ^= mask << 4;
    mask ^= mask << 8;
    mask ^= mask << 16;
    mask ^ (mask << 32)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn positions(mask: u64) -> impl Iterator<Item = usize> {
        (0..64).filter(move |bit| mask >> bit & 1 == 1)
    }

    proptest! {
        #[test]
        fn offsets_are_the_positions_of_the_bits(mask: u64, thin: u64, base in 0..1_usize << 40) {
            for mask in [0, mask, mask & thin, u64::MAX] {
                let mut out = vec![7];
                push_offsets(mask, base, &mut out);
                let expected: Vec<usize> =
                    [7].into_iter().chain(positions(mask).map(|bit| base + bit)).collect();
                prop_assert_eq!(out, expected);
            }
        }

        #[test]
        fn prefix_xor_is_the_parity_so_far(mask: u64) {
            let found = prefix_xor(mask);
            for bit in 0..64 {
                let so_far = mask & (u64::MAX >> (63 - bit));
                prop_assert_eq!(found >> bit & 1, u64::from(so_far.count_ones() % 2));
            }
        }
    }
}
