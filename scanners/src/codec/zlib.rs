//! Tells zlib streams, which have no magic number, from everything else.

use flate2::{Decompress, FlushDecompress, Status};

use crate::pickle::{Likeness, likeness, magic};

/// `ZF` and the length in hexadecimal, padded to 19 characters: joblib before 0.10.
pub(crate) const OLD_JOBLIB_HEADER: usize = 21;

/// Inflated bytes that are looked at.
const TRIED: usize = 64 << 10;

/// Inflated bytes that random bytes hardly give before they break.
const PLAUSIBLE: usize = 512;

/// Compressed bytes that are enough to tell when they are all there is.
const ENOUGH: usize = 64;

/// Where the zlib stream starts, if `head` is one; `named` tells that the name speaks for it.
pub(super) fn start(head: &[u8], named: bool) -> Option<usize> {
    let start = if head.starts_with(b"ZF") { OLD_JOBLIB_HEADER } else { 0 };
    let stream = head.get(start..)?;
    let [first, second, ..] = stream else { return None };
    // Deflate with a window of at most 32 KiB, the check bits, and no preset dictionary.
    let header = first & 0x0f == 8
        && first >> 4 <= 7
        && u16::from_be_bytes([*first, *second]) % 31 == 0
        && second & 0x20 == 0;
    (header && (named || start > 0 || inflates(stream))).then_some(start)
}

/// Whether the first bytes inflate to something.
fn inflates(stream: &[u8]) -> bool {
    let mut inflated = Vec::with_capacity(TRIED);
    let mut decoder = Decompress::new(true);
    match decoder.decompress_vec(stream, &mut inflated, FlushDecompress::Sync) {
        Ok(Status::StreamEnd) => true,
        Ok(Status::Ok | Status::BufError) if inflated.len() >= PLAUSIBLE => true,
        Ok(Status::Ok | Status::BufError) if stream.len() >= ENOUGH => true,
        // A stream that breaks may still have given a loader something before.
        Ok(Status::Ok | Status::BufError) | Err(_) => {
            inflated.len() >= PLAUSIBLE
                || magic(&inflated)
                || likeness(&inflated, u64::MAX) == Likeness::Program
        }
    }
}
