//! Fixed layouts made of parts.

/// The parts one after the other, as an array. What is missing at the end is zero, what is too much is left out; callers name
/// lengths that fit, and the checked-in vectors hold them to it.
pub(crate) fn join<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut joined = [0; N];
    for (target, source) in joined.iter_mut().zip(parts.iter().copied().flatten()) {
        *target = *source;
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_one_after_the_other() {
        assert_eq!(join::<4>(&[&[1, 2], &[], &[3, 4]]), [1, 2, 3, 4]);
    }
}
