//! What a strict loader says: the `zip` crate reads the same archive as one more interpretation.

use std::collections::BTreeSet;
use std::io::{self, Read, Seek, SeekFrom};

use ::zip::ZipArchive;
use ::zip::read::{ArchiveOffset, Config};

use super::archive::Archive;
use crate::Input;

/// Members up to which the second reading is made; it holds all of its own directory in memory.
const MAX_MEMBERS: usize = 20_000;

/// Why a strict loader refuses an archive or sees other members in it; `None` when it agrees.
pub(crate) fn refusal(input: &Input<'_>, archive: &Archive) -> Option<String> {
    if archive.members.len() > MAX_MEMBERS {
        return None;
    }
    // Left alone it guesses where the archive starts, and guesses wrong when an entry is as long as a zip64 record.
    let archive_offset = match archive.directories.as_slice() {
        [only] => ArchiveOffset::Known(only.base),
        _ => ArchiveOffset::Detect,
    };
    let strict = match ZipArchive::with_config(Config { archive_offset }, Seekable { input, at: 0 }) {
        Ok(strict) => strict,
        Err(error) => return Some(format!("a strict loader refuses the archive: {error}")),
    };
    let entries = archive.members.values().flat_map(|member| &member.entries);
    let known: BTreeSet<&[u8]> = entries.map(|(_, entry)| entry.facts.name.as_slice()).collect();
    strict.file_names_raw().find(|name| !known.contains(name)).map(|name| {
        format!("a strict loader sees a member that others do not: {}", String::from_utf8_lossy(name))
    })
}

/// An input as something to seek in.
struct Seekable<'i, 'a> {
    input: &'i Input<'a>,
    at: u64,
}

impl Read for Seekable<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read_at(self.at, buffer).map_err(io::Error::other)?;
        self.at = self.at.saturating_add(read as u64);
        Ok(read)
    }
}

impl Seek for Seekable<'_, '_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.input.size().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
