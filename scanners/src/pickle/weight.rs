//! How many values a container stands for once every reference to another container is followed: a few hundred bytes of
//! references to references stand for 2^60. Loading them is quick; what hashes, compares, prints or copies them hangs,
//! and keys of dictionaries are hashed while loading.
//!
//! Only references through the memo and copies count: everything else has its own bytes in the file. Source: CPython
//! `Objects/tupleobject.c` `tuple_hash` (no cache before 3.14), `Objects/object.c` `PyObject_RichCompare`, `PyObject_Repr`.

/// Bits of precision.
const MANTISSA: u32 = 8;

/// A number of values, as a small floating point number that rounds down; zero where nothing is shared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weight(u16);

impl Weight {
    /// Nothing in it is shared.
    pub(super) const NONE: Self = Self(0);

    /// One reference.
    pub(super) const ONE: Self = Self(1 << MANTISSA);

    /// As [`Weight::from_bits`] takes it.
    pub(super) const fn bits(self) -> u16 {
        self.0
    }

    /// From [`Weight::bits`].
    pub(super) const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The number of values.
    pub(super) fn of(count: u128) -> Self {
        let Some(exponent) = count.checked_ilog2() else { return Self::NONE };
        let mantissa = match exponent.checked_sub(MANTISSA) {
            Some(right) => count >> right,
            None => count << MANTISSA.saturating_sub(exponent),
        };
        let code = (u128::from(exponent).saturating_add(1) << MANTISSA) | (mantissa & 0xff);
        Self(u16::try_from(code).unwrap_or(u16::MAX))
    }

    /// About how many values there are.
    pub(super) fn count(self) -> u128 {
        let Some(exponent) = (u32::from(self.0) >> MANTISSA).checked_sub(1) else { return 0 };
        let mantissa = u128::from(self.0 & 0xff | 1 << MANTISSA);
        match exponent.checked_sub(MANTISSA) {
            Some(left) => mantissa.checked_shl(left).filter(|count| *count > 0).unwrap_or(u128::MAX),
            None => mantissa >> MANTISSA.saturating_sub(exponent),
        }
    }

    /// Both together.
    pub(super) fn plus(self, other: Self) -> Self {
        Self::of(self.count().saturating_add(other.count()))
    }

    /// Twice as much.
    pub(super) const fn doubled(self) -> Self {
        Self(self.0.saturating_add(1 << MANTISSA))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two_are_exact_and_the_rest_is_near() {
        assert_eq!((Weight::of(0), Weight::of(1), Weight::ONE.count()), (Weight::NONE, Weight::ONE, 1));
        for exponent in 0..127 {
            let count = 1_u128 << exponent;
            assert_eq!(Weight::of(count).count(), count);
            assert_eq!(Weight::of(count).plus(Weight::of(count)), Weight::of(count).doubled());
            let near = Weight::of(count + count / 3).count();
            assert!(near <= count + count / 3 && near >= count + count / 4);
        }
        assert!(Weight::of(u128::MAX).count() >= 1 << 127);
        assert!(Weight(u16::MAX).count() >= 1 << 127 && Weight(u16::MAX).doubled() == Weight(u16::MAX));
    }
}
