//! Finds signatures in a range of an input.

use std::ops::Range;

use crate::{Input, Stop};

/// Bytes looked at in one go.
const BLOCK: usize = 256 << 10;

/// Every record signature starts with these and goes on with two small numbers.
const PK: &[u8] = b"PK";

/// The offset of the first of these signatures that lies in `range` as a whole.
pub(super) fn first_of(
    input: &Input<'_>,
    range: Range<u64>,
    signatures: &[[u8; 4]],
) -> Result<Option<(u64, [u8; 4])>, Stop> {
    let mut at = range.start;
    while at.saturating_add(4) <= range.end {
        let left = usize::try_from(range.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let block = input.window(at, left.min(BLOCK))?;
        for found in memchr::memmem::find_iter(&block, PK) {
            let bytes = block.get(found..).and_then(<[u8]>::first_chunk::<4>);
            if let Some(signature) = bytes.filter(|bytes| signatures.contains(bytes)) {
                return Ok(Some((at.saturating_add(found as u64), *signature)));
            }
        }
        if block.len() < BLOCK {
            return Ok(None);
        }
        // A signature may begin in the last three bytes of a block.
        at = at.saturating_add((BLOCK as u64).saturating_sub(3));
    }
    Ok(None)
}

/// Every offset in `block` where `signature` stands, last first.
pub(super) fn last_first(block: &[u8], signature: [u8; 4]) -> impl Iterator<Item = usize> {
    memchr::memmem::rfind_iter(block, &signature).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, MemorySpool};

    #[test]
    fn a_signature_across_two_blocks_is_found() {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        for at in [0, BLOCK - 4, BLOCK - 3, BLOCK - 2, BLOCK - 1, BLOCK] {
            let mut bytes = vec![b'P'; BLOCK + 100];
            bytes[at..at + 4].copy_from_slice(b"PK\x03\x04");
            let bytes: &[u8] = &bytes;
            let input = Input::file("x", &bytes, &budget, &spool);
            let found = first_of(&input, 0..input.size(), &[*b"PK\x03\x04"]).unwrap();
            assert_eq!(found.map(|(offset, _)| offset), Some(at as u64));
            assert!(first_of(&input, 0..at as u64 + 3, &[*b"PK\x03\x04"]).unwrap().is_none());
        }
    }
}
