//! Gathers every member that any loader would see.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::MAX_NAME_BYTES;
use super::content::Content;
use super::directory::{Directory, End, Room};
use super::records::{CENTRAL, DESCRIBED, DESCRIPTOR, END, Entry, Facts, LOCAL, Local};
use super::search::{first_of, last_first};
use super::spans::Spans;
use crate::{Input, Limit, Stop};

/// Bytes from the end in which loaders look for an end record.
const TAIL: usize = (64 << 10) + 22;

/// End records followed; honest archives have one, and one more in each archive stored inside.
const MAX_ENDS: usize = 64;

/// Zero bytes between members that pass for padding; alignment to pages needs 4 KiB.
const MAX_PADDING: u64 = 1 << 20;

/// Every reading of one archive.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    /// The directories that end records lead to.
    pub directories: Vec<Directory>,
    /// Members by the offset of their local header.
    pub members: BTreeMap<u64, Member>,
    /// End records that lead nowhere.
    pub lost_ends: BTreeSet<u64>,
    /// End records of split archives.
    pub split_ends: BTreeSet<u64>,
    /// Members whose bytes another member also has.
    pub overlapping: BTreeSet<u64>,
    /// Bytes before the first record.
    pub prefix: u64,
    /// Bytes after the first record that no record accounts for and that are not padding.
    pub unlisted: Vec<Range<u64>>,
    ends: BTreeSet<u64>,
    spans: Spans,
}

/// What stands at one offset, as local header and in the directories.
#[derive(Debug, Default)]
pub(crate) struct Member {
    /// The local header, if one stands there.
    pub local: Option<Local>,
    /// Entries that lead there, each with the index of its directory.
    pub entries: Vec<(usize, Entry)>,
    /// For members whose length nothing states: where the next record starts.
    pub next_record: Option<u64>,
}

impl Archive {
    /// Reads all records of an archive, not its contents.
    ///
    /// # Errors
    /// [`Stop`] for limits, time and input errors; broken records are facts, not errors.
    pub(crate) fn read(input: &Input<'_>) -> Result<Self, Stop> {
        let mut archive = Self::default();
        let mut room = Room { entries: input.budget().limits().max_files, name_bytes: MAX_NAME_BYTES };
        let tail = input.window(input.size().saturating_sub(TAIL as u64), TAIL)?;
        let tail_at = input.size().saturating_sub(tail.len() as u64);
        for found in last_first(&tail, END) {
            let at = tail_at.saturating_add(found as u64);
            // An end record inside a member is that member's own affair: it is examined for itself.
            if !archive.spans.holds(at) {
                archive.add_end(input, at, &mut room)?;
            }
        }
        archive.search_gaps(input, &mut room)?;
        archive.find_unlisted(input)?;
        Ok(archive)
    }

    /// Follows one end record.
    fn add_end(&mut self, input: &Input<'_>, at: u64, room: &mut Room) -> Result<(), Stop> {
        let Some(end) = End::read(input, at)? else {
            // Some take the last signature for the end record and give up, others look on before it.
            self.lost_ends.insert(at);
            return Ok(());
        };
        if !self.ends.insert(at) {
            return Ok(());
        }
        if self.ends.len() > MAX_ENDS {
            return Err(Stop::Limit(Limit::Count("zip end records")));
        }
        let directories = end.directories(input, room)?;
        if directories.is_empty() {
            self.lost_ends.insert(at);
        }
        if end.split {
            self.split_ends.insert(at);
        }
        for (directory, entries) in directories {
            let index = self.directories.len();
            self.spans.claim(directory.range.clone());
            for entry in entries {
                self.add_entry(input, index, directory.base, entry)?;
            }
            self.directories.push(directory);
        }
        for range in end.zip64.into_iter().chain([end.range]) {
            self.spans.claim(range);
        }
        Ok(())
    }

    /// Takes a directory entry and the local header it leads to.
    fn add_entry(&mut self, input: &Input<'_>, index: usize, base: u64, entry: Entry) -> Result<(), Stop> {
        let at = base.saturating_add(entry.local);
        let known = self.members.get(&at);
        let local = match known {
            Some(member) => member.local.clone(),
            None => Local::read(input, at)?,
        };
        if let Some(local) = &local {
            let length = stated_length(&entry.facts);
            let data_end = local.data.saturating_add(length).min(input.size());
            let overlaps = if known.is_some() {
                // The same header twice is a duplicate; only what is longer this time is new.
                self.spans.claim(local.data..data_end);
                false
            } else {
                self.spans.claim(at..data_end)
            };
            if overlaps {
                self.overlapping.insert(at);
            }
            if local.facts.flags & DESCRIBED != 0 {
                self.claim_descriptor(input, data_end, &entry.facts)?;
            }
        }
        let member = self.members.entry(at).or_default();
        member.local = local;
        // One is what an honest member has, and there may be 200,000 members.
        member.entries.reserve_exact(1);
        member.entries.push((index, entry));
        Ok(())
    }

    /// Accounts for the descriptor after a member's data, if it says what the directory says.
    fn claim_descriptor(&mut self, input: &Input<'_>, at: u64, facts: &Facts) -> Result<(), Stop> {
        let bytes = input.window(at, 24)?;
        let skipped = if bytes.starts_with(&DESCRIPTOR) { 4 } else { 0 };
        let rest = bytes.get(skipped..).unwrap_or_default();
        let crc = facts.crc.to_le_bytes();
        let wide = [crc.as_slice(), &facts.compressed.to_le_bytes(), &facts.size.to_le_bytes()].concat();
        let short = u32::try_from(facts.compressed).ok().zip(u32::try_from(facts.size).ok());
        let short = short.map(|(compressed, size)| {
            [crc.as_slice(), &compressed.to_le_bytes(), &size.to_le_bytes()].concat()
        });
        let length = if rest.starts_with(&wide) {
            Some(wide.len())
        } else {
            short.filter(|short| rest.starts_with(short)).map(|short| short.len())
        };
        if let Some(length) = length {
            let length = length.saturating_add(skipped) as u64;
            self.spans.claim(at..at.saturating_add(length));
        }
        Ok(())
    }

    /// Looks for records where no directory says there are any.
    fn search_gaps(&mut self, input: &Input<'_>, room: &mut Room) -> Result<(), Stop> {
        let mut from = 0;
        while let Some(gap) = self.spans.next_gap(from, input.size()) {
            let Some((at, signature)) = first_of(input, gap.clone(), &[LOCAL, END])? else {
                from = gap.end;
                continue;
            };
            from = at.saturating_add(4);
            if signature == END {
                self.add_end(input, at, room)?;
            } else if let Some(local) = Local::read(input, at)? {
                room.take(&local.facts.name)?;
                // Only the header: its sizes may be a lie that hides the next one.
                self.spans.claim(at..local.data);
                let next_record = match stated_length(&local.facts) {
                    0 => first_of(input, local.data..input.size(), &[DESCRIPTOR, LOCAL, CENTRAL, END])?,
                    _ => None,
                };
                let next_record = next_record.map(|(at, _)| at);
                self.members.insert(at, Member { local: Some(local), entries: Vec::new(), next_record });
            }
        }
        Ok(())
    }

    /// Names the ranges that are left when all members have their data.
    fn find_unlisted(&mut self, input: &Input<'_>) -> Result<(), Stop> {
        let size = input.size();
        let Self { members, spans, .. } = self;
        for member in members.values().filter(|member| member.entries.is_empty()) {
            for content in member.contents(size) {
                let end = content.data.saturating_add(content.length);
                spans.claim(content.data..end.min(member.next_record.unwrap_or(end)));
            }
        }
        let gaps: Vec<_> = self.spans.gaps(size).collect();
        for gap in gaps {
            if gap.start == 0 {
                self.prefix = gap.end;
            } else if !is_padding(input, &gap)? {
                self.unlisted.push(gap);
            }
        }
        Ok(())
    }
}

impl Member {
    /// What the headers state: the directories' first, then the local one.
    pub(crate) fn facts(&self) -> impl Iterator<Item = &Facts> {
        self.entries.iter().map(|(_, entry)| &entry.facts).chain(self.local.iter().map(|local| &local.facts))
    }

    /// The name to show.
    pub(crate) fn name(&self) -> &[u8] {
        self.facts().next().map(|facts| facts.name.as_slice()).unwrap_or_default()
    }

    /// Every distinct way to take the bytes of this member; one for an honest one.
    pub(crate) fn contents(&self, size: u64) -> Vec<Content> {
        let Some(local) = &self.local else { return Vec::new() };
        let mut longest: BTreeMap<u16, u64> = BTreeMap::new();
        for facts in self.facts() {
            let length = longest.entry(facts.method).or_default();
            *length = stated_length(facts).max(*length);
        }
        // A local header that leaves its length to a descriptor may name another method than the directory does.
        let most = longest.values().copied().max().unwrap_or_default();
        longest.values_mut().filter(|length| **length == 0).for_each(|length| *length = most);
        let left = size.saturating_sub(local.data);
        let content = |(method, length): (u16, u64)| {
            let stated = match self.next_record {
                // A deflated stream knows its own end, and may hold what looks like a record.
                Some(next) if method == 0 && length == 0 => next.saturating_sub(local.data),
                _ if self.entries.is_empty() && length == 0 => left,
                _ => length,
            };
            Content { data: local.data, length: stated.min(left), method, cut: stated > left }
        };
        longest.into_iter().map(content).collect()
    }
}

/// The bytes a header says the data take; stored data that state two sizes take the larger one.
fn stated_length(facts: &Facts) -> u64 {
    if facts.method == 0 { facts.compressed.max(facts.size) } else { facts.compressed }
}

/// Whether a range is short and all zero.
fn is_padding(input: &Input<'_>, range: &Range<u64>) -> Result<bool, Stop> {
    let length = range.end.saturating_sub(range.start);
    if length > MAX_PADDING {
        return Ok(false);
    }
    let bytes = input.window(range.start, usize::try_from(length).unwrap_or(usize::MAX))?;
    Ok(bytes.iter().all(|byte| *byte == 0))
}
