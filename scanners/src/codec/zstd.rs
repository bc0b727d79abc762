//! Zstandard frames.

use std::io::{self, Read};

use ruzstd::decoding::errors::FrameDecoderError;
use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

use super::Source;
use crate::input::as_io;
use crate::{Limit, Stop};

/// The largest window; `zstd` itself refuses larger ones unless told otherwise.
const MAX_WINDOW: u64 = 128 << 20;

/// The first bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// Opens the frame where `source` stands; a skippable frame has no content.
pub(super) fn open<'i, 'a: 'i>(mut source: Source<'i, 'a>) -> io::Result<Box<dyn Read + 'i>> {
    if let Some(length) = super::recognise::skippable(io::BufRead::fill_buf(&mut source)?) {
        source.skip(length)?;
        return Ok(Box::new(io::empty()));
    }
    match StreamingDecoder::<_, FrameDecoder>::new_with_max_window_size(source, MAX_WINDOW) {
        Ok(decoder) => Ok(Box::new(decoder)),
        Err(error) => Err(broken(&error)),
    }
}

/// Sorts why a frame cannot be opened.
fn broken(error: &FrameDecoderError) -> io::Error {
    if matches!(error, FrameDecoderError::WindowSizeTooBig { .. }) {
        return as_io(Stop::Limit(Limit::Memory("a Zstandard window")));
    }
    if matches!(error, FrameDecoderError::DictNotProvided { .. }) {
        return as_io(Stop::Unsupported("Zstandard dictionary"));
    }
    io::ErrorKind::InvalidData.into()
}
