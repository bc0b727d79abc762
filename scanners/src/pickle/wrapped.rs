//! Compressed pickles without a container: joblib compresses the whole stream and finds out by its first bytes.
//!
//! Source: joblib `compressor.py` and `numpy_pickle_utils.py`. zlib, joblib's default, is read; gzip is a format of its
//! own; the others are named and left as a gap.

use std::io::BufReader;

use flate2::bufread::ZlibDecoder;
use flate2::{Decompress, FlushDecompress};

use super::recognise::{Likeness, likeness, magic};
use crate::{Input, Report, Stop};

/// `ZF` and the length in hexadecimal, padded to 19 characters: joblib before 0.10.
const OLD_HEADER: usize = 21;

/// Inflated bytes that are looked at to tell whether they are a pickle.
const TRIED: usize = 4 << 10;

/// How the pickle is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// A zlib stream at this offset that holds a pickle.
    Zlib(usize),
    /// Another compression of joblib.
    Other(&'static str),
}

/// Which compression the first bytes speak of.
pub(crate) fn wrapping(head: &[u8]) -> Option<Wrapping> {
    let others: [(&[u8], &'static str); 5] = [
        (b"BZh", "bzip2 around a pickle"),
        (b"\xfd7zXZ\0", "xz around a pickle"),
        (b"\x5d\0\0", "lzma around a pickle"),
        (b"\x04\x22\x4d\x18", "lz4 around a pickle"),
        (b"\x28\xb5\x2f\xfd", "zstd around a pickle"),
    ];
    if let Some((_, name)) = others.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(Wrapping::Other(name));
    }
    let start = if head.starts_with(b"ZF") { OLD_HEADER } else { 0 };
    let [first, second, ..] = head.get(start..)? else { return None };
    let deflate = first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0;
    deflate.then_some(Wrapping::Zlib(start)).filter(|_| holds_pickle(head.get(start..).unwrap_or_default()))
}

fn holds_pickle(zlib: &[u8]) -> bool {
    let mut inflated = Vec::with_capacity(TRIED);
    // A stream that breaks may still have given a pickle before.
    let _broken = Decompress::new(true).decompress_vec(zlib, &mut inflated, FlushDecompress::Sync).is_err();
    magic(&inflated) || likeness(&inflated, u64::MAX) == Likeness::Program
}

/// Inflates the stream at `start` and scans the pickles in it.
///
/// # Errors
/// [`Stop`] of the stream or of the pickles.
pub(crate) fn scan(input: &Input<'_>, start: usize, report: &mut Report<'_>) -> Result<(), Stop> {
    let stream = input.part(start as u64, u64::MAX);
    let mut content = ZlibDecoder::new(BufReader::new(stream.reader()));
    stream.inflated("[zlib]", &mut content, ZlibDecoder::total_in, &mut |inner| {
        super::scan_all(inner, 0, report)
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut writer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn zlib_counts_only_around_a_pickle() {
        assert_eq!(wrapping(&zlib(b"\x80\x04]\x94.")), Some(Wrapping::Zlib(0)));
        assert_eq!(wrapping(&zlib(b"cposix\nsystem\n(S'id'\ntR.")), Some(Wrapping::Zlib(0)));
        let old = [b"ZF0x5                ".as_slice(), &zlib(b"\x80\x02N.")].concat();
        assert_eq!(wrapping(&old), Some(Wrapping::Zlib(21)));
        assert_eq!(wrapping(&zlib(b"just a text")), None);
        assert_eq!(wrapping(b"x\x9c"), None);
        assert_eq!(wrapping(b"xylophone"), None);
    }

    #[test]
    fn other_compressions_are_named() {
        assert!(matches!(wrapping(b"BZh91AY"), Some(Wrapping::Other(_))));
    }
}
