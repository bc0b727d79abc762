//! Where the headers of an archive contradict each other, so that loaders disagree about what it holds.

use std::collections::BTreeSet;

use super::archive::{Archive, Member};
use super::records::{DESCRIBED, ENCRYPTED, Entry, Facts, Local};
use crate::member_name::folded;

/// Encrypted, patched, strongly encrypted, masked: some loaders refuse such members, others do not look.
const REFUSED_FLAGS: u16 = ENCRYPTED | 1 << 5 | 1 << 6 | 1 << 13;

/// The newest version of the format; CPython refuses members that need more, others do not look.
const NEWEST_VERSION: u16 = 63;

/// Contradictions kept for one archive. They repeat names, which may be long, and more of them say nothing new.
const MAX_LIES: usize = 16;

/// One contradiction.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Lie {
    /// Where it stands.
    pub at: u64,
    /// What it is, for a person.
    pub text: String,
}

/// The contradictions of one archive.
#[derive(Debug)]
pub(crate) struct Lies {
    /// The first of them, as they were found.
    pub kept: Vec<Lie>,
    /// How many more there are.
    pub more: u64,
    start: u64,
}

impl Lies {
    /// Every contradiction in an archive that stands at `start` or after it.
    pub(crate) fn of(archive: &Archive, start: u64) -> Self {
        let mut lies = Self { kept: Vec::new(), more: 0, start };
        of_directories(archive, &mut lies);
        of_names(archive, &mut lies);
        for (at, member) in &archive.members {
            of_member(archive, *at, member, &mut lies);
        }
        lies
    }

    fn add(&mut self, at: u64, text: impl FnOnce() -> String) {
        if at < self.start {
            return;
        }
        if self.kept.len() >= MAX_LIES {
            self.more = self.more.saturating_add(1);
            return;
        }
        let lie = Lie { at, text: text() };
        if !self.kept.contains(&lie) {
            self.kept.push(lie);
        }
    }
}

fn of_directories(archive: &Archive, lies: &mut Lies) {
    for at in &archive.lost_ends {
        lies.add(*at, || "an end record leads to no directory".to_owned());
    }
    for at in &archive.split_ends {
        lies.add(*at, || "an end record says the archive is split over several files".to_owned());
    }
    if archive.directories.is_empty() && archive.lost_ends.is_empty() {
        lies.add(0, || "members without any directory".to_owned());
    }
    for other in archive.directories.iter().skip(1) {
        lies.add(other.end_at, || "a second directory: loaders choose different ones".to_owned());
    }
    for directory in &archive.directories {
        if directory.count != directory.declared {
            lies.add(directory.range.start, || {
                format!("{} entries where {} are declared", directory.count, directory.declared)
            });
        } else if directory.range.end.saturating_sub(directory.range.start) != directory.declared_size {
            lies.add(directory.range.start, || "the directory is not as long as declared".to_owned());
        } else if directory.range.end != directory.before {
            // Some measure the directory from its end record back, and find it elsewhere.
            lies.add(directory.range.end, || {
                "bytes stand between the directory and its end record".to_owned()
            });
        }
    }
}

/// Names that two entries of one directory share.
fn of_names(archive: &Archive, lies: &mut Lies) {
    let mut seen: BTreeSet<(usize, &[u8])> = BTreeSet::new();
    let mut looked_up: BTreeSet<(usize, String)> = BTreeSet::new();
    let entries = archive.members.values().flat_map(|member| &member.entries);
    for (directory, entry) in entries {
        let name = entry.facts.name.as_slice();
        let shown = String::from_utf8_lossy(name);
        if !seen.insert((*directory, name)) {
            lies.add(entry.at, || format!("two members are named {shown}"));
        } else if torch_like(&shown) && !looked_up.insert((*directory, folded(name))) {
            lies.add(entry.at, || format!("{shown} and another member are one name for some loaders"));
        }
    }
}

/// Names that a PyTorch loader looks up ignoring case; elsewhere names that differ in case are honest.
fn torch_like(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with(".pkl") || name.ends_with("/version") || name.ends_with("/byteorder")
}

fn of_member(archive: &Archive, at: u64, member: &Member, lies: &mut Lies) {
    let name = String::from_utf8_lossy(member.name());
    if archive.overlapping.contains(&at) {
        lies.add(at, || format!("{name} shares its bytes with another member"));
    }
    for facts in member.facts() {
        of_facts(at, &name, facts, lies);
    }
    match &member.local {
        Some(_) if member.entries.is_empty() && !archive.directories.is_empty() => {
            lies.add(at, || format!("{name} stands in no directory"));
        }
        Some(local) => {
            for (_, entry) in &member.entries {
                if entry.disk != 0 {
                    lies.add(at, || format!("{name} is said to lie in another file of a split archive"));
                }
                of_pair(local, entry, &name, lies);
            }
        }
        None => lies.add(at, || format!("{name} has no local header")),
    }
}

/// What one header alone gives away.
fn of_facts(at: u64, name: &str, facts: &Facts, lies: &mut Lies) {
    if facts.name.contains(&0) {
        lies.add(at, || format!("the name {name} goes on after a zero byte"));
    }
    let unicode = facts.unicode_name.as_ref().filter(|_| facts.name.is_ascii());
    if unicode.is_some_and(|unicode| *unicode != facts.name) {
        lies.add(at, || format!("{name} has another name in its Unicode path"));
    }
    if facts.version & 0xff > NEWEST_VERSION {
        lies.add(at, || format!("{name} needs a version that does not exist"));
    }
    if facts.flags & (REFUSED_FLAGS & !ENCRYPTED) != 0 && facts.flags & ENCRYPTED == 0 {
        lies.add(at, || format!("{name} has flags that some loaders refuse and others ignore"));
    }
    if facts.method == 0 && facts.flags & ENCRYPTED == 0 && facts.compressed != facts.size {
        lies.add(at, || format!("{name} is stored and states two sizes"));
    }
}

/// Where a local header and its directory entry differ.
fn of_pair(local: &Local, entry: &Entry, name: &str, lies: &mut Lies) {
    let (here, there) = (&local.facts, &entry.facts);
    let described = here.flags & DESCRIBED != 0;
    let mut differ = |what: &str| {
        lies.add(local.at, || format!("local header and directory differ about the {what} of {name}"));
    };
    if here.name != there.name {
        differ("name");
    }
    if here.method != there.method {
        differ("method");
    }
    if (here.flags ^ there.flags) & REFUSED_FLAGS != 0 {
        differ("flags");
    }
    // With a descriptor the local header may leave these open.
    if here.crc != there.crc && !(described && here.crc == 0) {
        differ("CRC");
    }
    let open = |value: u64| described && matches!(value, 0 | 0xffff_ffff);
    if (here.compressed != there.compressed && !open(here.compressed))
        || (here.size != there.size && !open(here.size))
    {
        differ("size");
    }
}
