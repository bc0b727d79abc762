//! End records and the central directories they lead to, as each kind of loader follows them.
//!
//! CPython takes the directory to end where the end record starts and shifts all offsets by the difference; miniz and
//! others take offsets from the start of the file. A zip64 record replaces the numbers always (CPython, miniz) or only
//! where they are saturated. Every combination that leads to a directory counts.

use std::ops::Range;

use super::records::{END, Entry};
use super::search::last_first;
use crate::{Input, Limit, Stop};

/// Bytes of an end record before its comment.
const END_SIZE: u64 = 22;
/// Bytes of the zip64 locator, which stands right before the end record.
const LOCATOR_SIZE: u64 = 20;
/// Bytes of a zip64 end record without extensible data.
const END64_SIZE: u64 = 56;

/// Whether an end record stands in these last bytes; `exactly` one whose comment ends the file.
pub(crate) fn ends_in(tail: &[u8]) -> Ends {
    let mut ends = Ends { any: false, exact: false };
    for at in last_first(tail, END) {
        let Some(record) = tail.get(at..).and_then(<[u8]>::first_chunk::<22>) else { continue };
        let [.., low, high] = *record;
        let end = at.saturating_add(22).saturating_add(usize::from(u16::from_le_bytes([low, high])));
        ends.any = true;
        ends.exact |= end == tail.len();
    }
    ends
}

/// What [`ends_in`] saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    /// Some loader would find an end record.
    pub any: bool,
    /// One of them and its comment reach exactly to the end of the file.
    pub exact: bool,
}

/// An end record and where it says the directory is.
#[derive(Debug)]
pub(super) struct End {
    /// Where it starts.
    pub at: u64,
    /// The record and its comment, cut at the end of the file.
    pub range: Range<u64>,
    /// zip64 records that belong to it.
    pub zip64: Vec<Range<u64>>,
    /// Part of a split archive, which nobody here reads.
    pub split: bool,
    claims: Vec<Claim>,
}

/// One statement about a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Claim {
    entries: u64,
    size: u64,
    offset: u64,
    before: u64,
}

/// A central directory that some loader would read.
#[derive(Debug)]
pub(crate) struct Directory {
    /// Where its end record stands.
    pub end_at: u64,
    /// Where its entries start and end.
    pub range: Range<u64>,
    /// Where the record starts that leads to it.
    pub before: u64,
    /// What is added to the offsets in it.
    pub base: u64,
    /// How many entries its end record declares.
    pub declared: u64,
    /// How many bytes of entries its end record declares.
    pub declared_size: u64,
    /// How many entries there are.
    pub count: u64,
}

/// What may still be held of one archive.
pub(super) struct Room {
    /// Entries.
    pub entries: u64,
    /// Bytes of names.
    pub name_bytes: usize,
}

impl Room {
    /// Takes room for one member.
    pub(super) fn take(&mut self, name: &[u8]) -> Result<(), Stop> {
        self.entries = self.entries.checked_sub(1).ok_or(Stop::Limit(Limit::Files))?;
        self.name_bytes =
            self.name_bytes.checked_sub(name.len()).ok_or(Stop::Limit(Limit::Memory("member names")))?;
        Ok(())
    }
}

impl End {
    /// Reads the end record at `at`; `None` when it does not fit.
    pub(super) fn read(input: &Input<'_>, at: u64) -> Result<Option<Self>, Stop> {
        if at.saturating_add(END_SIZE) > input.size() {
            return Ok(None);
        }
        let what = "end record";
        let mut record = input.cursor(at, END_SIZE);
        record.skip(4, what)?;
        let (disk, directory_disk) = (record.u16_le(what)?, record.u16_le(what)?);
        let (here, entries) = (record.u16_le(what)?, record.u16_le(what)?);
        let (size, offset) = (record.u32_le(what)?, record.u32_le(what)?);
        let comment = record.u16_le(what)?;
        let stop = at.saturating_add(END_SIZE).saturating_add(u64::from(comment)).min(input.size());
        let saturated = entries == u16::MAX || size == u32::MAX || offset == u32::MAX;
        let plain = Claim { entries: entries.into(), size: size.into(), offset: offset.into(), before: at };
        let mut end = Self {
            at,
            range: at..stop,
            zip64: Vec::new(),
            split: !matches!(disk, 0 | u16::MAX)
                || !matches!(directory_disk, 0 | u16::MAX)
                || here != entries,
            claims: Vec::new(),
        };
        end.follow_locator(input)?;
        if !(saturated && !end.claims.is_empty() || end.claims.iter().any(|claim| claim.covers(&plain))) {
            end.claims.push(plain);
        }
        end.claims.dedup();
        Ok(Some(end))
    }

    /// The zip64 record: where the locator says it is, and right before the locator.
    fn follow_locator(&mut self, input: &Input<'_>) -> Result<(), Stop> {
        let Some(locator_at) = self.at.checked_sub(LOCATOR_SIZE) else { return Ok(()) };
        let mut locator = input.cursor(locator_at, LOCATOR_SIZE);
        if locator.array::<4>("zip64 locator")? != *b"PK\x06\x07" {
            return Ok(());
        }
        locator.skip(4, "zip64 locator")?;
        let stated = locator.u64_le("zip64 locator")?;
        self.zip64.push(locator_at..self.at);
        let adjacent = locator_at.checked_sub(END64_SIZE);
        for at in [Some(stated), adjacent.filter(|at| *at != stated)].into_iter().flatten() {
            let Some((claim, split)) = read_zip64(input, at)? else { continue };
            self.split |= split;
            self.zip64.push(at..at.saturating_add(END64_SIZE));
            self.claims.push(claim);
        }
        Ok(())
    }

    /// Every directory this record leads to, each with its entries.
    pub(super) fn directories(
        &self,
        input: &Input<'_>,
        room: &mut Room,
    ) -> Result<Vec<(Directory, Vec<Entry>)>, Stop> {
        let mut found: Vec<(Directory, Vec<Entry>)> = Vec::new();
        for claim in &self.claims {
            for (start, base) in claim.places() {
                let known = |(directory, _): &(Directory, _)| {
                    directory.range.start == start && directory.base == base
                };
                if found.iter().any(known) {
                    continue;
                }
                if let Some(directory) = self.directory(input, claim, start, base, room)? {
                    found.push(directory);
                }
            }
        }
        Ok(found)
    }

    /// Reads entries from `start` for as long as there are any; declared counts are compared later, not obeyed.
    fn directory(
        &self,
        input: &Input<'_>,
        claim: &Claim,
        start: u64,
        base: u64,
        room: &mut Room,
    ) -> Result<Option<(Directory, Vec<Entry>)>, Stop> {
        let mut cursor = input.cursor(start, claim.before.saturating_sub(start));
        let mut entries = Vec::new();
        let mut end = start;
        while let Some(entry) = Entry::read(&mut cursor)? {
            room.take(&entry.facts.name)?;
            end = cursor.position();
            entries.push(entry);
        }
        if entries.is_empty() && claim.entries > 0 {
            return Ok(None);
        }
        let directory = Directory {
            end_at: self.at,
            range: start..end,
            before: claim.before,
            base,
            declared: claim.entries,
            declared_size: claim.size,
            count: entries.len() as u64,
        };
        Ok(Some((directory, entries)))
    }
}

impl Claim {
    /// Whether this zip64 record says what the plain record behind it says: every reader that knows zip64 then takes
    /// this one, and measures from here.
    fn covers(&self, plain: &Self) -> bool {
        let adjacent = self.before.checked_add(END64_SIZE + LOCATOR_SIZE) == Some(plain.before);
        adjacent && (self.entries, self.size, self.offset) == (plain.entries, plain.size, plain.offset)
    }

    /// Where loaders look for the directory, and what they then add to its offsets.
    fn places(&self) -> impl Iterator<Item = (u64, u64)> {
        let shifted = self.before.checked_sub(self.size);
        let shifted = shifted.and_then(|start| Some((start, start.checked_sub(self.offset)?)));
        let absolute = Some((self.offset, 0)).filter(|place| Some(*place) != shifted);
        shifted.into_iter().chain(absolute)
    }
}

/// What the zip64 record at `at` states, and whether it is part of a split archive.
fn read_zip64(input: &Input<'_>, at: u64) -> Result<Option<(Claim, bool)>, Stop> {
    if at.checked_add(END64_SIZE).is_none_or(|end| end > input.size()) {
        return Ok(None);
    }
    let what = "zip64 end record";
    let mut record = input.cursor(at, END64_SIZE);
    if record.array::<4>(what)? != *b"PK\x06\x06" {
        return Ok(None);
    }
    record.skip(12, what)?;
    let (disk, directory_disk) = (record.u32_le(what)?, record.u32_le(what)?);
    let (here, entries) = (record.u64_le(what)?, record.u64_le(what)?);
    let (size, offset) = (record.u64_le(what)?, record.u64_le(what)?);
    let split = (disk, directory_disk) != (0, 0) || here != entries;
    Ok(Some((Claim { entries, size, offset, before: at }, split)))
}
