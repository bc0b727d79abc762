//! Tells by the first bytes how a stream is compressed.

use std::io::Read;

use super::{Codec, Raw, lz4, raw_lzma, zlib, zstd};

/// The first bytes of an xz stream.
const XZ: &[u8] = b"\xfd7zXZ\0";

/// What follows `BZh` and a level: a block (pi) or the end of an empty stream (its square root).
const BZIP2_BLOCKS: [&[u8]; 2] = [b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"];

/// The header of `.lzma`: properties, dictionary, size.
const LZMA_HEADER: usize = 13;

/// The largest properties byte: lc 8, lp 4, pb 4.
const MAX_PROPERTIES: u8 = 224;

/// The properties that nearly all streams have: lc 3, lp 0, pb 2.
const USUAL_PROPERTIES: u8 = 0x5d;

/// The smallest dictionary a compressor writes.
const MIN_DICTIONARY: u32 = 4 << 10;

/// liblzma takes a header with a larger size for something else.
const MAX_LZMA_SIZE: u64 = 256 << 30;

/// Bytes that random bytes hardly decode to.
const PLAUSIBLE: usize = 64;

/// Nothing that is loaded begins with two zero bytes; what numbers of a tensor decode to does.
const ZEROS: [u8; 2] = [0; 2];

/// The number of a skippable frame, without its lowest four bits, and the length of its header.
const SKIPPABLE: u32 = 0x184d_2a50;
const SKIPPABLE_HEADER: u64 = 8;

/// How the stream that begins with `head` and is `size` bytes long is compressed; `named` is what its name says it
/// is, for zlib and LZMA, which have no magic number.
pub(crate) fn recognise(head: &[u8], size: u64, named: Option<Codec>) -> Option<Codec> {
    if let Some(codec) = by_magic(head) {
        Some(codec)
    } else if let Some(length) = skippable(head) {
        behind_skippable(head, length, size)
    } else if is_lzma(head, named == Some(Codec::Lzma)) {
        Some(Codec::Lzma)
    } else if zlib::start(head, named == Some(Codec::Zlib)).is_some() {
        Some(Codec::Zlib)
    } else {
        None
    }
}

fn by_magic(head: &[u8]) -> Option<Codec> {
    let magic = head.first_chunk::<4>();
    if head.starts_with(XZ) {
        Some(Codec::Xz)
    } else if magic == Some(&zstd::MAGIC) {
        Some(Codec::Zstd)
    } else if magic.is_some_and(|magic| [lz4::MAGIC, lz4::LEGACY].contains(magic)) {
        Some(Codec::Lz4)
    } else if let Some([b'1'..=b'9', block @ ..]) = head.strip_prefix(b"BZh") {
        BZIP2_BLOCKS.iter().any(|magic| block.starts_with(magic)).then_some(Codec::Bzip2)
    } else {
        None
    }
}

/// The length of the skippable frame that `head` begins with, its header included. Zstandard and LZ4 have the same.
pub(super) fn skippable(head: &[u8]) -> Option<u64> {
    let [a, b, c, d, rest @ ..] = head else { return None };
    let length = rest.first_chunk::<4>()?;
    let magic = u32::from_le_bytes([*a, *b, *c, *d]);
    (magic & !0xf == SKIPPABLE).then(|| SKIPPABLE_HEADER.saturating_add(u32::from_le_bytes(*length).into()))
}

/// What the frames behind skippable ones are. If that cannot be seen, they are taken for Zstandard, which breaks where
/// it is wrong.
fn behind_skippable(head: &[u8], first: u64, size: u64) -> Option<Codec> {
    let mut at = first;
    loop {
        let rest = usize::try_from(at).ok().and_then(|at| head.get(at..)).unwrap_or_default();
        if let Some(codec) = by_magic(rest) {
            return Some(codec).filter(|codec| matches!(codec, Codec::Zstd | Codec::Lz4));
        }
        match skippable(rest) {
            Some(length) => at = at.saturating_add(length),
            None if at <= size && rest.is_empty() => return Some(Codec::Zstd),
            None => return None,
        }
    }
}

/// What `.lzma` has for a header, as strict as liblzma is when it guesses, or as lenient as its name.
fn is_lzma(head: &[u8], named: bool) -> bool {
    let Some(([properties, header @ ..], [0, ..])) = head.split_first_chunk::<LZMA_HEADER>() else {
        return false;
    };
    let Some((dictionary, size)) = header.split_first_chunk::<4>() else { return false };
    let Some(size) = size.first_chunk::<8>() else { return false };
    let (dictionary, size) = (u32::from_le_bytes(*dictionary), u64::from_le_bytes(*size));
    if *properties > MAX_PROPERTIES {
        return false;
    }
    let size = Some(size).filter(|size| *size != u64::MAX);
    if named {
        return true;
    }
    if size.is_some_and(|size| size == 0 || size >= MAX_LZMA_SIZE) || !is_round(dictionary) {
        return false;
    }
    // Numbers such as `1, 1, 1` in eight bytes each are a header without a dictionary, and decode for a while.
    if dictionary < MIN_DICTIONARY && *properties != USUAL_PROPERTIES {
        return false;
    }
    let usual = *properties == USUAL_PROPERTIES && dictionary >= MIN_DICTIONARY;
    usual || decodes(head.get(LZMA_HEADER..).unwrap_or_default(), *properties, size)
}

/// 2^n, 2^n + 2^(n-1), or the largest.
fn is_round(dictionary: u32) -> bool {
    let half = dictionary & dictionary.wrapping_sub(1);
    dictionary == u32::MAX || half == 0 || (half.is_power_of_two() && half == (dictionary & !half) << 1)
}

/// Whether the first bytes of a stream decode to something.
fn decodes(stream: &[u8], properties: u8, size: Option<u64>) -> bool {
    let raw = Raw { properties, dictionary: MIN_DICTIONARY, size };
    let Ok(mut reader) = raw_lzma(stream, raw) else { return false };
    let mut decoded = [0; PLAUSIBLE];
    let mut filled = 0_usize;
    while let Some(rest) = decoded.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(read) => filled = filled.saturating_add(read),
            Err(_) => return false,
        }
    }
    filled > 0 && !decoded.starts_with(&ZEROS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_tensor_are_no_lzma_stream() {
        for number in [1_u64.to_le_bytes(), 2_u64.to_le_bytes(), 1_f64.to_le_bytes()] {
            let tensor = number.repeat(12);
            assert_eq!(recognise(&tensor, 96, None), None, "{number:?}");
        }
        let complex = [1_f64.to_le_bytes(), [0; 8]].concat().repeat(12);
        assert_eq!(recognise(&complex, 192, None), None);
    }
}
