//! 7z archives: the headers, read from a bounded copy in memory, and the decoders of a block.
//!
//! Nothing is reserved from a number that a header declares; every list is as long as the bytes that fill it.
//! Not followed, and left as gaps: encryption, and coders with several outputs or, but for BCJ2, several inputs.
//!
//! Source: LZMA SDK `7zFormat.txt` and `Methods.txt`; 7-Zip `7zIn.cpp`.

mod block;
mod fields;
mod header;
mod streams;

pub(crate) use self::block::{Packed, open};
pub(crate) use self::header::{Archive, Block, Name};

/// The first bytes.
pub(crate) const MAGIC: &[u8] = b"7z\xbc\xaf\x27\x1c";

/// Bytes of the header at the start, which says where the other one is.
pub(crate) const START: u64 = 32;
