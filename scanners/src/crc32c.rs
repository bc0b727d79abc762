//! CRC-32C (Castagnoli), as TensorFlow's records mask it.
//!
//! Source: RFC 3720, appendix B.4; `tensorflow/core/lib/hash/crc32c.h` for the mask.

/// The remainders of every byte, of the reflected polynomial.
const TABLE: [u32; 256] = table();

#[expect(clippy::indexing_slicing, clippy::cast_possible_truncation, reason = "made when it is compiled")]
const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut number = 0;
    while number < 256 {
        let mut rest = number as u32;
        let mut bit = 0_u32;
        while bit < 8 {
            rest = if rest & 1 == 1 { rest >> 1 ^ 0x82f6_3b78 } else { rest >> 1 };
            bit = bit.saturating_add(1);
        }
        table[number] = rest;
        number = number.saturating_add(1);
    }
    table
}

/// The masked checksum of some bytes.
pub(crate) fn masked(bytes: &[u8]) -> u32 {
    checksum(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// The checksum of some bytes.
pub(crate) fn checksum(bytes: &[u8]) -> u32 {
    let mut rest = u32::MAX;
    for byte in bytes {
        let place = usize::from(rest.to_le_bytes()[0] ^ byte);
        rest = rest >> 8 ^ TABLE.get(place).copied().unwrap_or_default();
    }
    !rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_polynomial_is_met() {
        assert_eq!(checksum(b"123456789"), 0xe306_9283);
        assert_eq!(masked(b""), 0xa282_ead8);
    }
}
