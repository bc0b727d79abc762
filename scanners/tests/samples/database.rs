//! Files of keys and values: pickles in each kind of them.

use assay_core::Format;

use super::Sample;
use super::arrow::pickle;
use super::pickle_bytes::{proto, text};

/// A file with this value at its end. Its header is made of words, and `length` is where one says how long the file is.
fn file(words: &[(usize, u32)], length: usize, value: &[u8]) -> Vec<u8> {
    let mut file = [&[0; 256], b"key".as_slice(), value].concat();
    let size = u32::try_from(file.len()).unwrap_or_default();
    for (at, word) in words.iter().chain([&(length, size)]) {
        file.splice(*at..at + 4, word.to_le_bytes());
    }
    file
}

/// LMDB with pages of one byte.
fn lmdb(value: &[u8]) -> Vec<u8> {
    file(&[(16, 0xbeef_c0de), (40, 1)], 136, value)
}

/// Berkeley DB with pages of one byte.
fn berkeley(value: &[u8]) -> Vec<u8> {
    let mut file = file(&[(12, 0x0006_1561), (20, 1)], 32, value);
    file[32] -= 1;
    file
}

/// SQLite of one page.
fn sqlite(value: &[u8]) -> Vec<u8> {
    let mut file = file(&[], 16, value);
    file[16..18].reverse();
    file.splice(..16, *b"SQLite format 3\0");
    file.splice(18..20, [0; 2]);
    file[31] = 1;
    file
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x", format: Format::Database, bytes, rules };
    let pickled: &[&str] = &["database-pickled-value", "pickle-unsafe-global"];
    let data = proto(4, &[&text("a text"), b"\x85"]);
    vec![
        sample("a pickle of data", lmdb(&data), &[]),
        sample("marks that are none", sqlite(b"\x80\x02\x80\x05\xff\x80\x04c"), &[]),
        sample("LMDB", lmdb(&pickle()), pickled),
        sample("Berkeley DB", berkeley(&pickle()), pickled),
        sample("GNU dbm", file(&[(0, 0x1357_9acf)], 32, &pickle()), pickled),
        sample("SQLite", sqlite(&[data, pickle()].concat()), pickled),
    ]
}
