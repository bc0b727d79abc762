//! Bytes of tensors and of numbers. Source: `type_traits` of ggml.c.

/// Bytes a tensor of this type and shape takes.
pub(in crate::formats) fn tensor_size(kind: u32, shape: &[u64]) -> Result<u64, &'static str> {
    let (block, bytes) = block(kind).ok_or("there is no such tensor type")?;
    let elements = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
    // Readers keep the product in a signed number.
    let elements = elements.filter(|count| i64::try_from(*count).is_ok()).ok_or("the dimensions overflow")?;
    if !shape.first().copied().unwrap_or(block).is_multiple_of(block) {
        return Err("a row is no whole number of blocks");
    }
    elements.checked_div(block).and_then(|blocks| blocks.checked_mul(bytes)).ok_or("the size overflows")
}

/// Elements and bytes of one block of a tensor type (`type_traits` of ggml.c).
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        40 => (64, 36),
        // 4, 5, 31 to 33 and 36 to 38 were removed; readers of today have no entry for them.
        _ => return None,
    })
}

/// Bytes of one number of a metadata type.
pub(super) fn scalar_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}
