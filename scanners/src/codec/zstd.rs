//! Zstandard frames.
//!
//! The decoder keeps back a whole window until the frame ends. Where a frame breaks, loaders that stream have been
//! given every block before, so these are decoded again as a frame that ends there.

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

/// The bit of the descriptor that says a checksum follows the last block.
const CHECKSUM: u8 = 0x04;

/// Opens the frame where `source` stands; a skippable frame has no content.
pub(super) fn open<'i, 'a: 'i>(mut source: Source<'i, 'a>) -> io::Result<Box<dyn Read + 'i>> {
    if let Some(length) = super::recognise::skippable(io::BufRead::fill_buf(&mut source)?) {
        source.skip(length)?;
        return Ok(Box::new(io::empty()));
    }
    let again = source.again();
    Ok(Box::new(Frame { given: 0, again, reading: Reading::Whole(Box::new(decoder(source)?)) }))
}

fn decoder<R: Read>(source: R) -> io::Result<StreamingDecoder<R, FrameDecoder>> {
    StreamingDecoder::<R, FrameDecoder>::new_with_max_window_size(source, MAX_WINDOW)
        .map_err(|error| broken(&error))
}

/// One frame.
struct Frame<'i, 'a> {
    /// Content given so far.
    given: u64,
    /// The same frame from its start, and where that is.
    again: (Source<'i, 'a>, u64),
    reading: Reading<'i, 'a>,
}

enum Reading<'i, 'a> {
    Whole(Box<StreamingDecoder<Source<'i, 'a>, FrameDecoder>>),
    /// What stands before the break, and where the break is.
    UpTo(Box<StreamingDecoder<Good<'i, 'a>, FrameDecoder>>, u64),
    Broken,
}

impl Read for Frame<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let read = match &mut self.reading {
                Reading::Whole(decoder) => decoder.read(buffer),
                Reading::UpTo(decoder, _) => decoder.read(buffer),
                Reading::Broken => return Err(io::ErrorKind::InvalidData.into()),
            };
            match (read, std::mem::replace(&mut self.reading, Reading::Broken)) {
                (Ok(read), Reading::UpTo(_, end)) if read == 0 && !buffer.is_empty() => {
                    self.again.0.at().set(end);
                }
                (Ok(read), reading) => {
                    self.reading = reading;
                    self.given = self.given.saturating_add(read as u64);
                    return Ok(read);
                }
                (Err(error), Reading::Whole(decoder)) => {
                    // Time that has run out, or an input that cannot be read, is no break of the frame.
                    let own = error.get_ref().and_then(|error| error.downcast_ref::<FrameDecoderError>());
                    let blocks = decoder.decoder.blocks_decoded();
                    drop(decoder);
                    if own.is_none() || blocks == 0 {
                        return Err(error);
                    }
                    self.reading = self.good(blocks)?;
                }
                (Err(error), Reading::UpTo(..) | Reading::Broken) => return Err(error),
            }
        }
    }
}

impl<'i, 'a> Frame<'i, 'a> {
    /// Opens the blocks before the break, behind what was given of them.
    fn good(&mut self, blocks: usize) -> io::Result<Reading<'i, 'a>> {
        let (source, start) = &self.again;
        let end = source.at().get();
        source.at().set(*start);
        let mut decoder = decoder(Good::new(source.again().0, blocks)?)?;
        io::copy(&mut (&mut decoder).take(self.given), &mut io::sink())?;
        Ok(Reading::UpTo(Box::new(decoder), end))
    }
}

/// The first blocks of a frame, the last of them marked as the last one.
struct Good<'i, 'a> {
    source: Source<'i, 'a>,
    blocks: usize,
    /// Bytes that are already changed.
    pending: Vec<u8>,
    /// Bytes that pass as they are.
    body: u64,
}

impl<'i, 'a> Good<'i, 'a> {
    fn new(mut source: Source<'i, 'a>, blocks: usize) -> io::Result<Self> {
        let [a, b, c, d, descriptor] = source.array()?;
        let single = descriptor & 0x20 != 0;
        let dictionary = [0, 1, 2, 4].get(usize::from(descriptor & 0x03)).copied().unwrap_or_default();
        let size = match descriptor >> 6 {
            0 => u64::from(single),
            1 => 2,
            2 => 4,
            _ => 8,
        };
        let body = u64::from(!single).saturating_add(dictionary).saturating_add(size);
        Ok(Self { source, blocks, pending: vec![descriptor & !CHECKSUM, d, c, b, a], body })
    }

    /// Passes the header of the next block.
    fn block(&mut self) -> io::Result<()> {
        let [low, middle, high] = self.source.array()?;
        self.blocks = self.blocks.saturating_sub(1);
        let header = u32::from_le_bytes([low, middle, high, 0]);
        let repeated = (header >> 1) & 0x03 == 1;
        self.body = if repeated { 1 } else { u64::from(header >> 3) };
        self.pending = vec![high, middle, low | u8::from(self.blocks == 0)];
        Ok(())
    }
}

impl Read for Good<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.pending.is_empty() && self.body == 0 && self.blocks > 0 {
            self.block()?;
        }
        let Some(first) = buffer.first_mut() else { return Ok(0) };
        if let Some(byte) = self.pending.pop() {
            *first = byte;
            return Ok(1);
        }
        let read = (&mut self.source).take(self.body).read(buffer)?;
        self.body = self.body.saturating_sub(read as u64);
        Ok(read)
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
