//! tar archives: every member is examined where it stands; members that unpack elsewhere are named.
//!
//! Layers of container images lie in tars of their own and hold whole systems, whose links are absolute.
//! Covers v7, ustar, GNU and pax headers. Sparse members are examined with their holes, and as they are stored. Where
//! programs disagree about where a member ends, what each of them reads next is examined.
//! Source: see [`crate::tar`]; CVE-2007-4559 and PEP 706 (unpacking outside the folder); CVE-2025-62518 (two sizes).

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Format, Rule, RuleId, Severity};

use crate::member_name::{Links, folded, leaves, unsafe_path};
use crate::tar::{Entry, Map, Walk, is_header, next_header};
use crate::zip::ends_archive;
use crate::{Input, Limit, Loader, Probe, Report, Scanner, Stop, examine, pytorch_tar};

/// Bytes of names held to tell duplicates; 200,000 members with honest names need 16 MiB.
const MAX_NAME_BYTES: usize = 32 << 20;

/// Zero bytes looked at after the end mark; GNU tar pads to 10 KiB, tapes to 1 MiB.
const MAX_PADDING: u64 = 1 << 20;

/// Names of archives that are read although they begin with something else.
const NAMES: &[&str] = &[".tar", ".nemo", ".mar"];

/// Other ways to go on that are followed in one archive; honest ones have none, and each is an archive of its own.
const MAX_WAYS: u32 = 4;

/// How the name of such an archive begins. A member that is named so gets a gap where others are followed.
const WAY: &str = "[read from ";

const UNSAFE_PATH: Rule = Rule {
    id: RuleId::new("tar-unsafe-path"),
    severity: Severity::High,
    summary: "Unpacking a member would write or link outside the target folder, or make a device",
    taxonomy: &["CWE-22", "CWE-59", "CVE-2007-4559", "CVE-2024-5187", "CVE-2025-23250", "CVE-2025-23360"],
};
const TWO_SIZES: Rule = Rule {
    id: RuleId::new("tar-structure-mismatch"),
    severity: Severity::High,
    summary: "The headers of a member contradict each other, so that programs disagree about what comes next",
    taxonomy: &["CWE-436", "CVE-2025-62518"],
};
const DUPLICATE: Rule = Rule {
    id: RuleId::new("tar-duplicate-member"),
    severity: Severity::Medium,
    summary: "Two members have one name; the last one unpacked wins",
    taxonomy: &["CWE-436"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("tar-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the end of the archive; some programs read on",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 4] = [UNSAFE_PATH, TWO_SIZES, DUPLICATE, TRAILING];

/// tar archives.
#[derive(Debug)]
pub(super) struct Tar;

impl Scanner for Tar {
    fn format(&self) -> Format {
        Format::Tar
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        // GNU tar goes on behind a first header whose checksum is wrong, and names its file.
        is_header(probe.head)
            || probe.head.get(257..262) == Some(b"ustar")
            || probe.named(NAMES) && probe.head.chunks_exact(512).any(is_header)
    }

    fn fills(&self, probe: &Probe<'_>) -> bool {
        is_header(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let pytorch = pytorch_tar::recognises(input)?;
        let mut names = Names { seen: BTreeSet::new(), links: Links::default(), room: MAX_NAME_BYTES };
        let mut walk = Walk::new(input);
        let mut nemo = false;
        let mut ways = Ways::default();
        while let Some(entry) = next(&mut walk, input, &mut ways, report)? {
            // Whatever else is in it, NeMo opens this name.
            if !nemo && folded(&entry.name) == "model_config.yaml" {
                report.refined(Format::Tar, Format::Nemo);
                nemo = true;
            }
            input.budget().charge(512)?;
            names.check(input, &entry, report)?;
            unsafe_entry(input, &entry, &names.links, report);
            if entry.kind.is_symlink() {
                names.links.add(&entry.name);
            }
            ways.pass(input, &entry, report)?;
            content(input, &entry, pytorch, report)?;
        }
        ways.follow(input, u64::MAX, report)?;
        trailing(input, walk.position(), report)
    }
}

/// The next member. Where no header stands, CPython takes the archive for ended, and GNU tar goes on with the next one.
fn next(
    walk: &mut Walk<'_, '_>,
    input: &Input<'_>,
    ways: &mut Ways,
    report: &mut Report<'_>,
) -> Result<Option<Entry>, Stop> {
    let stop = match walk.next() {
        Err(stop @ Stop::Malformed { .. }) => stop,
        next => return next,
    };
    ways.follow(input, u64::MAX, report)?;
    // At the first block, whoever calls this has already seen a header.
    if let Some(at) = next_header(input, walk.position().max(512))? {
        leftover(input, at, report)?;
    }
    Err(stop)
}

/// Where else programs go on, each with what makes them.
#[derive(Default)]
struct Ways {
    open: BTreeMap<u64, Hit>,
    followed: u32,
}

/// A finding that is not certain yet.
struct Hit {
    at: u64,
    name: String,
    text: String,
}

impl Ways {
    /// Comes by a member: ways that lead here lead to what is examined anyway.
    fn pass(&mut self, input: &Input<'_>, entry: &Entry, report: &mut Report<'_>) -> Result<(), Stop> {
        self.open.remove(&entry.start);
        self.open.remove(&entry.at);
        self.follow(input, entry.at, report)?;
        for doubt in &entry.doubts {
            let name = String::from_utf8_lossy(&entry.name).into_owned();
            let hit = Hit { at: entry.at, text: format!("{name} {}", doubt.what), name };
            if doubt.certain {
                hit.tell(input, report);
            }
            let next = doubt.next.filter(|next| *next < input.size());
            if let Some(next) = next.map(|next| next_header(input, next)).transpose()?.flatten() {
                self.open.entry(next).or_insert(hit);
            }
        }
        Ok(())
    }

    /// Follows the ways to what the walk has not come by before `end`.
    fn follow(&mut self, input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
        while let Some(way) = self.open.first_entry().filter(|way| *way.key() < end) {
            let (at, hit) = way.remove_entry();
            hit.tell(input, report);
            self.followed = self.followed.saturating_add(1);
            // Ways from a way would grow with every folder.
            if self.followed > MAX_WAYS || input.name().starts_with(WAY) {
                return Err(Stop::Limit(Limit::Count("ways to read a tar")));
            }
            let rest = input.size().saturating_sub(at);
            examine(&input.member(&format!("{WAY}{at:#x}]"), at, rest)?, report)?;
        }
        Ok(())
    }
}

impl Hit {
    fn tell(&self, input: &Input<'_>, report: &mut Report<'_>) {
        report.hit(&TWO_SIZES, input.place().at(self.at), &self.text, &[("name", &self.name)]);
    }
}

/// Names of members with content.
struct Names {
    seen: BTreeSet<Vec<u8>>,
    links: Links,
    room: usize,
}

impl Names {
    fn check(&mut self, input: &Input<'_>, entry: &Entry, report: &mut Report<'_>) -> Result<(), Stop> {
        if entry.kind.is_dir() {
            return Ok(());
        }
        self.room = self
            .room
            .checked_sub(entry.name.len().saturating_add(64))
            .ok_or(Stop::Limit(Limit::Memory("member names")))?;
        if !self.seen.insert(entry.name.clone()) {
            let name = String::from_utf8_lossy(&entry.name);
            let text = format!("two members are named {name}");
            report.hit(&DUPLICATE, input.place().at(entry.at), &text, &[("name", &name)]);
        }
        Ok(())
    }
}

/// Reports a member that unpacks to somewhere else, or to something else than files and folders.
fn unsafe_entry(input: &Input<'_>, entry: &Entry, links: &Links, report: &mut Report<'_>) {
    let name = String::from_utf8_lossy(&entry.name);
    let target = entry.link.as_deref().unwrap_or_default();
    let shown = String::from_utf8_lossy(target);
    let kind = entry.kind;
    let text = if unsafe_path(&entry.name) {
        format!("a member is named {name}")
    } else if unsafe_path(&entry.joined_name) {
        format!("a member is named {} for some", String::from_utf8_lossy(&entry.joined_name))
    } else if kind.is_symlink() && input.loader() != Loader::Image && leaves(&entry.name, target) {
        format!("{name} links to {shown}")
    } else if kind.is_hard_link() && unsafe_path(target) {
        format!("{name} is a hard link to {shown}")
    } else if input.loader() != Loader::Image && links.are_on_the_way_to(&entry.name) {
        format!("{name} lies behind a link of the archive")
    } else if kind.is_character_special() || kind.is_block_special() || kind.is_fifo() {
        format!("{name} is a device or a pipe")
    } else {
        return;
    };
    report.hit(&UNSAFE_PATH, input.place().at(entry.at), &text, &[("name", &name)]);
}

/// Whether a member of this name is a layer: `blobs/sha256/…` of an OCI image, `…/layer.tar` of a saved Docker image.
/// Nothing else than a container runtime unpacks what lies there.
fn is_layer(name: &[u8]) -> bool {
    let name = name.strip_prefix(b"./").unwrap_or(name);
    let digest = name.strip_prefix(b"blobs/sha256/");
    digest.is_some_and(|digest| digest.len() == 64 && digest.iter().all(u8::is_ascii_hexdigit))
        || name == b"layer.tar"
        || name.ends_with(b"/layer.tar")
}

/// Examines the content of a member.
fn content(input: &Input<'_>, entry: &Entry, pytorch: bool, report: &mut Report<'_>) -> Result<(), Stop> {
    let name = String::from_utf8_lossy(&entry.name);
    if entry.size == 0 {
        return Ok(());
    }
    let left = input.size().saturating_sub(entry.data);
    let member = input.member(&name, entry.data.min(input.size()), entry.size.min(left))?;
    if let Some(map) = &entry.sparse {
        with_holes(input, &member, map, report)?;
    }
    if pytorch && pytorch_tar::scan(&name, &member, report)? {
        // Its pickles are followed one after the other.
    } else if pytorch {
        examine(&member.loaded_by(Loader::Torch), report)?;
    } else if is_layer(&entry.name) {
        examine(&member.loaded_by(Loader::Image), report)?;
    } else if input.loader() == Loader::Image {
        examine(&member.loaded_by(Loader::Any), report)?;
    } else {
        examine(&member, report)?;
    }
    if entry.size > left {
        return Err(Stop::Malformed { what: "member bounds", offset: entry.data });
    }
    Ok(())
}

/// Examines a sparse member as it is unpacked; for programs that know nothing of it, it is examined as stored too.
fn with_holes(input: &Input<'_>, stored: &Input<'_>, map: &Map, report: &mut Report<'_>) -> Result<(), Stop> {
    if !map.is_in_order() {
        report.gap(stored.place(), &Stop::Malformed { what: "tar sparse map", offset: 0 });
        return Ok(());
    }
    let stored = stored.part(map.before, stored.size());
    let taken = Cell::new(0);
    let content = map.content(&stored, &taken);
    let done = input.unpacked(stored.name(), content, &taken, &mut |member| examine(member, report));
    match done {
        Err(stop) if ends_archive(&stop) => Err(stop),
        Err(stop) => {
            report.gap(stored.place(), &stop);
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Looks at what follows the end mark.
fn trailing(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let mut from = end;
    while from < input.size() && from.saturating_sub(end) < MAX_PADDING {
        let block = input.window(from, 64 << 10)?;
        if let Some(at) = block.iter().position(|byte| *byte != 0) {
            // Headers start at whole blocks.
            from = from.saturating_add(at as u64 & !511);
            return leftover(input, from, report);
        }
        from = from.saturating_add((block.len() as u64).max(1));
    }
    if from < input.size() { leftover(input, from, report) } else { Ok(()) }
}

fn leftover(input: &Input<'_>, from: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let rest = input.size().saturating_sub(from);
    report.hit(&TRAILING, input.place().at(from), &format!("{rest} bytes after the archive"), &[]);
    let member = input.member(&format!("[bytes at {from:#x}]"), from, rest)?;
    examine(&member, report)?;
    // Some look on for the next header, whatever stands before it.
    match next_header(input, from)?.filter(|at| *at != from) {
        Some(at) => {
            let rest = input.size().saturating_sub(at);
            examine(&input.member(&format!("[bytes at {at:#x}]"), at, rest)?, report)
        }
        None => Ok(()),
    }
}
