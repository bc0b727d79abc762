//! What holds for every codec: exact ends, limits before memory, and never clean when cut.

use std::cell::Cell;
use std::io::{Read, Write};
use std::time::{Duration, Instant};

use assay_core::{GapKind, Limits};
use lzma_rust2::{LzmaOptions, LzmaWriter, XzOptions, XzWriter};

use super::*;
use crate::Collected;
use crate::{Budget, MemorySpool, Report};

fn xz(content: &[u8]) -> Vec<u8> {
    let mut encoder = XzWriter::new(Vec::new(), XzOptions::with_preset(0)).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn lzma(content: &[u8]) -> Vec<u8> {
    let options = LzmaOptions::with_preset(0);
    let mut encoder = LzmaWriter::new(Vec::new(), &options, true, true, None).unwrap();
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn bzip2(content: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zlib(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn zstd(content: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(content, ruzstd::encoding::CompressionLevel::Fastest)
}

/// A frame of linked blocks of 64 KiB, each compressed with those before it.
fn lz4(content: &[u8]) -> Vec<u8> {
    let mut frame = b"\x04\x22\x4d\x18\x40\x40\xc0".to_vec();
    for (at, block) in content.chunks(64 << 10).enumerate() {
        let end = at * (64 << 10);
        let before = &content[end.saturating_sub(64 << 10)..end];
        let block = lz4_flex::block::compress_with_dict(block, before);
        frame.extend((block.len() as u32).to_le_bytes());
        frame.extend(block);
    }
    [frame, vec![0; 4]].concat()
}

/// Compresses.
type Compress = fn(&[u8]) -> Vec<u8>;

const ALL: [(Codec, Compress); 6] = [
    (Codec::Bzip2, bzip2),
    (Codec::Lz4, lz4),
    (Codec::Lzma, lzma),
    (Codec::Xz, xz),
    (Codec::Zlib, zlib),
    (Codec::Zstd, zstd),
];

/// All content, and where the last stream ended.
fn decoded(codec: Codec, bytes: &[u8]) -> (io::Result<Vec<u8>>, u64) {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let input = Input::file("x", &bytes, &budget, &spool);
    let at = Cell::new(0);
    let mut content = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "our own bytes")]
    let read = Streams::new(&input, &at, codec).read_to_end(&mut content);
    (read.map(|_| content), at.get())
}

/// What an examination of the whole says.
fn gaps(bytes: &[u8]) -> Vec<GapKind> {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    crate::examine(&Input::file("x", &bytes, &budget, &spool), &mut Report::new(&mut facts, 9)).unwrap();
    facts.gaps.iter().map(|gap| gap.kind).collect()
}

/// Not compressible well, and longer than all windows of LZ4.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 28) as u8
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn every_stream_gives_its_content_and_ends_exactly() {
    let content = noise(300_000);
    for (codec, compress) in ALL {
        let stream = compress(&content);
        let followed = [stream.as_slice(), b"something else"].concat();
        assert_eq!(recognise(&stream, stream.len() as u64, None), Some(codec));
        let (read, end) = decoded(codec, &followed);
        assert!(read.unwrap() == content, "{codec:?}");
        assert_eq!(end, stream.len() as u64, "{codec:?}");
    }
}

#[test]
fn no_cut_stream_is_clean() {
    for (codec, compress) in ALL {
        let stream = compress(&noise(2_000));
        for end in [stream.len() - 1, stream.len() - 5, stream.len() / 2] {
            let (read, _) = decoded(codec, &stream[..end]);
            assert!(read.is_err(), "{codec:?} cut at {end}");
            assert_eq!(gaps(&stream[..end]), [GapKind::Malformed], "{codec:?} cut at {end}");
        }
    }
}

#[test]
fn a_bomb_stops_at_its_ratio() {
    for (codec, compress) in ALL.iter().filter(|(codec, _)| !matches!(codec, Codec::Lz4 | Codec::Zlib)) {
        // Streams that follow each other are one content.
        let bomb = compress(&vec![0; 65 << 20]).repeat(4);
        assert!(bomb.len() < 240_000, "{codec:?} is {}", bomb.len());
        assert_eq!(gaps(&bomb), [GapKind::Limit], "{codec:?}");
    }
}

#[test]
fn memory_that_a_header_asks_for_has_a_limit() {
    let mut dictionary = lzma(b"text");
    dictionary[1..5].copy_from_slice(&(512_u32 << 20).to_le_bytes());
    assert_eq!(gaps(&dictionary), [GapKind::Limit]);
    // Window descriptor: 2^(10 + 18) bytes; then an empty last block.
    let window = b"\x28\xb5\x2f\xfd\0\x90\x01\0\0";
    assert_eq!(gaps(window), [GapKind::Limit]);
    let window = b"\x28\xb5\x2f\xfd\0\x88\x01\0\0";
    assert_eq!(gaps(window), []);
    let mut block = xz(b"text");
    // The block's header: its size, flags, the filter, the size of its properties, the dictionary (2^29), the CRC.
    block[16] = 34;
    let mut crc = flate2::Crc::new();
    crc.update(&block[12..20]);
    block[20..24].copy_from_slice(&crc.sum().to_le_bytes());
    assert_eq!(gaps(&block), [GapKind::Limit]);
}

#[test]
fn frames_with_a_dictionary_of_their_own_are_a_gap() {
    assert_eq!(gaps(b"\x28\xb5\x2f\xfd\x01\x40\x07\x01\0\0"), [GapKind::Unsupported]);
    assert_eq!(gaps(b"\x04\x22\x4d\x18\x61\x70\x07\0\0\0\0\0\0\0\0"), [GapKind::Unsupported]);
}

#[test]
fn what_only_begins_alike_is_not_taken_for_a_stream() {
    let ones = 1_u64.to_le_bytes().repeat(32);
    let near_misses: [&[u8]; 11] = [
        &ones,
        b"BZh9 is how bzip2 begins",
        b"x^2 + y^2 = z^2, and so on and on until there are more than sixty-four bytes of it",
        b"x\x9c",
        b"]\0\0",
        b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        &[0; 64],
        b"\0\0\x01\0\x01\0\x20\x20\0\0\0\0\0\0\0\0",
        b"\xfd7zXZ",
        b"\x50\x2a\x4d\x18\xff\xff\xff\x7fgoes on behind the end",
        b"ZF0x5 but nothing that inflates",
    ];
    for bytes in near_misses {
        assert_eq!(recognise(bytes, bytes.len() as u64, None), None, "{}", bytes.escape_ascii());
    }
}

#[test]
fn lzma_with_unusual_properties_or_a_lying_name_is_recognised() {
    let mut small = lzma(&noise(500));
    small[1..5].copy_from_slice(&0_u32.to_le_bytes());
    assert_eq!(recognise(&small, 500, None), Some(Codec::Lzma));
    small[1..5].copy_from_slice(&5_000_u32.to_le_bytes());
    assert_eq!(recognise(&small, 500, None), None, "no compressor writes such a dictionary");
    assert_eq!(recognise(&small, 500, Some(Codec::Lzma)), Some(Codec::Lzma));
}

#[test]
fn what_stood_before_a_break_is_given() {
    let content = noise(300_000);
    for (codec, compress) in ALL.iter().filter(|(codec, _)| *codec != Codec::Bzip2) {
        let mut stream = compress(&content);
        let middle = stream.len() / 2;
        stream.truncate(middle);
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let (spool, bytes) = (MemorySpool::default(), stream.as_slice());
        let input = Input::file("x", &bytes, &budget, &spool);
        let at = Cell::new(0);
        let mut given = 0;
        let ended = input.unpacked("c", Streams::new(&input, &at, *codec), &at, &mut |content| {
            given = content.size();
            Ok(())
        });
        assert!(ended.is_err());
        assert!(given > 100_000, "{codec:?} gave {given}");
    }
}
