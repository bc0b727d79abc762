//! Decodes the bytes of one member and has them examined.

use std::cell::Cell;
use std::io::{self, Read};

use assay_core::Location;
use deflate64::Deflate64Decoder;
use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::ends_archive;
use crate::codec::{Codec, Source, Streams, zip_lzma, zip_ppmd};
use crate::input::as_io;
use crate::{Input, Loader, Report, Stop, examine};

/// Stored members up to this size are compared with their CRC. Larger ones are storages, whose bytes nobody looks at and
/// nobody wants to read only for this: a checkpoint of 1 GB is examined in milliseconds.
const MAX_CRC: u64 = 64 << 10;

/// The same for members that are said to be encrypted, where the CRC is the proof that they are not.
const MAX_CRC_ENCRYPTED: u64 = 64 << 20;

/// One way to take the bytes of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Content {
    /// Where they start.
    pub data: u64,
    /// How many there are in the file.
    pub length: u64,
    /// How they are compressed.
    pub method: u16,
    /// The headers state more than the file has.
    pub cut: bool,
}

/// How a member is to be looked at.
pub(crate) struct Look<'l, 's> {
    /// The member's name.
    pub name: &'l str,
    /// Which library would load it.
    pub loader: Loader,
    /// Some header says that it is encrypted.
    pub encrypted: bool,
    /// The largest size that a header states for the content.
    pub size: u64,
    /// The CRCs that its headers state.
    pub crcs: &'l [u32],
    /// Where to say it.
    pub report: &'l mut Report<'s>,
}

/// What decoding told about the headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// The content has the CRC that a header states.
    Matches,
    /// The content has another CRC.
    Differs,
    /// Nobody compared, or there was not all of it.
    Unknown,
}

impl Look<'_, '_> {
    /// Examines the content as its method says, and as it stands if that cannot be done.
    ///
    /// # Errors
    /// [`Stop`] when nothing more can be looked at in the whole archive; anything else is a gap in the report.
    pub(crate) fn at(&mut self, input: &Input<'_>, content: &Content) -> Result<Check, Stop> {
        let place = input.place().member(self.name);
        if content.cut {
            self.gap(&place, Stop::Malformed { what: "member bounds", offset: content.data })?;
        }
        let check = match content.method {
            0 => self.stored(input, content)?,
            8 => self.deflated(input, content, &place)?,
            9 => self.coded(input, content, Coder::Deflate64)?,
            12 => self.coded(input, content, Coder::Streams(Codec::Bzip2))?,
            14 => self.coded(input, content, Coder::Lzma)?,
            20 | 93 => self.coded(input, content, Coder::Streams(Codec::Zstd))?,
            95 => self.coded(input, content, Coder::Streams(Codec::Xz))?,
            98 => self.coded(input, content, Coder::Ppmd)?,
            _ => {
                self.gap(&place, Stop::Unsupported(method_name(content.method)))?;
                self.stored(input, content)?;
                Check::Unknown
            }
        };
        if self.encrypted && check != Check::Matches {
            self.gap(&place, Stop::Encrypted("zip member"))?;
        }
        Ok(check)
    }

    fn stored(&mut self, input: &Input<'_>, content: &Content) -> Result<Check, Stop> {
        let member = input.member(self.name, content.data, content.length)?.loaded_by(self.loader);
        examine(&member, self.report)?;
        let max = if self.encrypted { MAX_CRC_ENCRYPTED } else { MAX_CRC };
        if content.length > max || content.cut { Ok(Check::Unknown) } else { self.check(&member) }
    }

    /// Decodes what Python's zipfile and others have beyond deflate.
    fn coded(&mut self, input: &Input<'_>, content: &Content, coder: Coder) -> Result<Check, Stop> {
        let place = input.place().member(self.name);
        let part = input.part(content.data, content.length);
        let taken = Cell::new(0);
        let (name, loader) = (self.name, self.loader);
        let (mut check, mut decoded) = (Check::Unknown, 0);
        let ended = match coder.open(&part, &taken, self.size) {
            Ok(reader) => input.unpacked(name, reader, &taken, &mut |member| {
                let member = member.part(0, member.size()).loaded_by(loader);
                decoded = member.size();
                examine(&member, self.report)?;
                check = self.check(&member)?;
                Ok(())
            }),
            Err(error) => {
                let broken = Stop::Malformed { what: "compressed data", offset: content.data };
                Err(error.downcast::<Stop>().unwrap_or(broken))
            }
        };
        let stop = match ended {
            // These end where their bytes end, and say nothing of it.
            Ok(()) if decoded < self.size && matches!(coder, Coder::Deflate64 | Coder::Ppmd) => {
                Stop::Malformed { what: "compressed data", offset: content.data }
            }
            Ok(()) => return Ok(check),
            Err(stop) => stop,
        };
        self.gap(&place, stop)?;
        if decoded == 0 {
            self.stored(input, content)?;
        }
        Ok(Check::Unknown)
    }

    fn deflated(&mut self, input: &Input<'_>, content: &Content, place: &Location) -> Result<Check, Stop> {
        let part = input.part(content.data, content.length);
        let mut decoder = DeflateDecoder::new(part.reader());
        let (name, loader) = (self.name, self.loader);
        let (mut check, mut inflated) = (Check::Unknown, 0);
        let ended = input.inflated(name, &mut decoder, DeflateDecoder::total_in, &mut |member| {
            let member = member.part(0, member.size()).loaded_by(loader);
            inflated = member.size();
            examine(&member, self.report)?;
            check = self.check(&member)?;
            Ok(())
        });
        let Err(stop) = ended else { return Ok(check) };
        self.gap(place, stop)?;
        if inflated == 0 {
            // A wrong method in the headers: a loader that believes another one gets the bytes as they stand.
            self.stored(input, content)?;
        }
        Ok(Check::Unknown)
    }

    fn check(&self, member: &Input<'_>) -> Result<Check, Stop> {
        let mut crc = Crc::new();
        let mut at = 0;
        while at < member.size() {
            let block = member.window(at, 64 << 10)?;
            if block.is_empty() {
                return Ok(Check::Unknown);
            }
            crc.update(&block);
            at = at.saturating_add(block.len() as u64);
        }
        Ok(if self.crcs.contains(&crc.sum()) { Check::Matches } else { Check::Differs })
    }

    /// Leaves a gap, or ends the archive.
    fn gap(&mut self, place: &Location, stop: Stop) -> Result<(), Stop> {
        if ends_archive(&stop) {
            return Err(stop);
        }
        self.report.gap(place, &stop);
        Ok(())
    }
}

/// A method that only some loaders have.
#[derive(Debug, Clone, Copy)]
enum Coder {
    /// A stream as it would stand in a file of its own.
    Streams(Codec),
    /// LZMA behind a header of its own.
    Lzma,
    /// Deflate with a window of 64 KiB.
    Deflate64,
    /// PPMd behind a header of its own.
    Ppmd,
}

impl Coder {
    fn open<'i, 'a: 'i>(
        self,
        part: &'i Input<'a>,
        taken: &'i Cell<u64>,
        size: u64,
    ) -> io::Result<Box<dyn Read + 'i>> {
        Ok(match self {
            Self::Streams(codec) => Box::new(Streams::new(part, taken, codec)),
            Self::Lzma => Box::new(zip_lzma(Source::new(part, taken), size)?),
            Self::Deflate64 => Box::new(Deflate64Decoder::with_buffer(Source::new(part, taken))),
            Self::Ppmd => {
                part.budget().slow(size).map_err(as_io)?;
                Box::new(zip_ppmd(Source::new(part, taken), size)?)
            }
        })
    }
}

/// Source: APPNOTE 4.4.5.
const fn method_name(method: u16) -> &'static str {
    match method {
        99 => "zip method aes",
        _ => "zip method",
    }
}
