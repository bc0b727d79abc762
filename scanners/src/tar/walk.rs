//! One member after the other.

use tar::EntryType;

use super::header::{Header, is_header};
use super::pax::Pax;
use super::sparse::Map;
use crate::{Input, Limit, Stop};

/// Bytes of a block; headers are one, contents are padded to it.
const BLOCK: u64 = 512;

/// The longest extended header or long name; PATH_MAX is 4 KiB, and pax headers hold a few attributes.
const MAX_EXTENDED: u64 = 1 << 20;

/// The largest size that eleven octal digits can state; for more, a header may state anything beside its pax records.
const MAX_OCTAL: u64 = 0o77_777_777_777;

/// A member that something is to be said about.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where the headers before its own start, or its own.
    pub start: u64,
    /// Where its header starts.
    pub at: u64,
    /// Where its content starts.
    pub data: u64,
    /// Bytes of content, the most that some program takes.
    pub size: u64,
    /// Its name.
    pub name: Vec<u8>,
    /// Its name for programs that take a prefix from every kind of header.
    pub joined_name: Vec<u8>,
    /// Where it leads, for links.
    pub link: Option<Vec<u8>>,
    /// What it is.
    pub kind: EntryType,
    /// Its content is not what stands there, but has holes.
    pub sparse: Option<Map>,
    /// What programs disagree about.
    pub doubts: Vec<Doubt>,
}

/// Something that programs read differently.
#[derive(Debug)]
pub(crate) struct Doubt {
    /// What the member does, behind its name.
    pub what: String,
    /// Where some of them look for the next header, where the walk goes on elsewhere. If the walk comes by there too,
    /// they only skip members.
    pub next: Option<u64>,
    /// Whether the headers contradict each other, wherever programs go on.
    pub certain: bool,
}

/// Walks an archive.
pub(crate) struct Walk<'i, 'a> {
    input: &'i Input<'a>,
    position: u64,
    global: Pax,
}

/// What stands before a member's own header.
#[derive(Default)]
struct Before {
    pax: Pax,
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    doubts: Vec<Doubt>,
}

impl<'i, 'a> Walk<'i, 'a> {
    /// Starts at the first header.
    pub(crate) fn new(input: &'i Input<'a>) -> Self {
        Self { input, position: 0, global: Pax::default() }
    }

    /// Where the walk stands: after the last member, or after the end mark.
    pub(crate) const fn position(&self) -> u64 {
        self.position
    }

    /// The next member; `None` at the end mark or the end of the input.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where neither a header nor the end stands; [`Stop`] of limits and input.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Stop> {
        let mut before = Before { pax: self.global.clone(), ..Before::default() };
        let first = self.position;
        loop {
            let at = self.position;
            let block = self.input.window(at, 512)?;
            if block.iter().all(|byte| *byte == 0) {
                return self.end(at, first, block.len() as u64);
            }
            let malformed = |what| Stop::Malformed { what, offset: at };
            let header = Header::of(&block).ok_or_else(|| malformed("tar header"))?;
            let size = header.size().ok_or_else(|| malformed("tar size"))?;
            if !size.plain {
                let what = "states its size in a way that programs read differently".to_owned();
                before.doubts.push(Doubt { what, next: None, certain: true });
            }
            self.position = at.saturating_add(BLOCK);
            let kind = header.kind();
            if kind.is_gnu_longname() {
                before.name = Some(text(self.extended(size.value)?));
            } else if kind.is_gnu_longlink() {
                before.link = Some(text(self.extended(size.value)?));
            } else if kind.is_pax_local_extensions() || kind.as_byte() == b'X' {
                let mut pax = before.pax.clone();
                self.records(size.value, at, &mut pax, &mut before.doubts)?;
                before.pax = pax;
            } else if kind.is_pax_global_extensions() {
                let mut global = self.global.clone();
                self.records(size.value, at, &mut global, &mut before.doubts)?;
                before.pax = global.clone();
                self.global = global;
            } else {
                return self.entry(header, (first, at), size.value, before).map(Some);
            }
        }
    }

    /// At zeros: the end, unless an extended header came before, which then belongs to nothing. Without two blocks of
    /// zeros the archive was cut.
    fn end(&mut self, at: u64, first: u64, length: u64) -> Result<Option<Entry>, Stop> {
        self.position = at.saturating_add(length);
        if at == first && at.saturating_add(BLOCK).saturating_add(BLOCK) <= self.input.size() {
            Ok(None)
        } else {
            Err(Stop::Malformed { what: "tar end mark", offset: at })
        }
    }

    /// The member that this header opens.
    fn entry(
        &mut self,
        header: Header<'_>,
        (start, at): (u64, u64),
        own: u64,
        before: Before,
    ) -> Result<Entry, Stop> {
        let Before { pax, name, link, mut doubts } = before;
        let kind = header.kind();
        let mut sparse = if kind.is_gnu_sparse() { Some(self.old_sparse_map(header)?) } else { None };
        let stated = pax.size.unwrap_or(own);
        let data = self.position;
        if stated != own && stated <= MAX_OCTAL {
            let what = format!("has {stated} bytes by its pax header and {own} by its own");
            doubts.push(Doubt { what, next: Some(after(data, own)), certain: true });
        }
        let size = self.content(header, data, stated, &mut doubts)?;
        self.position = after(data, size);
        if sparse.is_none() && size > 0 {
            sparse = Map::of(&pax, self.input.cursor(data, size))?;
        }
        let other = if size == stated && stated <= MAX_OCTAL { own } else { 0 };
        Ok(Entry {
            start,
            at,
            data,
            size: size.max(other),
            joined_name: header.joined(),
            name: pax.path.or(name).unwrap_or_else(|| header.name()),
            link: Some(pax.link.or(link).unwrap_or_else(|| header.link().to_vec())),
            kind,
            sparse,
            doubts,
        })
    }

    /// Bytes of content of a member that states `stated` of them. Links, folders and devices have none for CPython, and
    /// GNU tar steps over as many as they state. Honest tools write the size of what is linked, or of the folder itself.
    fn content(
        &self,
        header: Header<'_>,
        data: u64,
        stated: u64,
        doubts: &mut Vec<Doubt>,
    ) -> Result<u64, Stop> {
        let kind = header.kind();
        if stated == 0 || !(without_content(kind) || header.is_old_folder()) {
            return Ok(stated);
        }
        if kind.is_hard_link() {
            // Some tools write the content of what is linked once more.
            let follows = self.input.window(data, 512)?;
            if !is_header(&follows) && follows.iter().any(|byte| *byte != 0) {
                let what = format!("is a link with {stated} bytes of content");
                doubts.push(Doubt { what, next: None, certain: true });
                return Ok(stated);
            }
        }
        let what = format!("has no content and states {stated} bytes of it");
        doubts.push(Doubt { what, next: Some(after(data, stated)), certain: false });
        Ok(0)
    }

    /// The map of an old GNU sparse member: in its header, and in blocks behind it.
    fn old_sparse_map(&mut self, header: Header<'_>) -> Result<Map, Stop> {
        let malformed = |offset| Stop::Malformed { what: "tar sparse map", offset };
        let size = header.sparse_size().ok_or_else(|| malformed(self.position))?;
        let mut map = Map::of_size(size);
        let (parts, mut extended) = header.sparse_map();
        map.take_old(parts).ok_or_else(|| malformed(self.position))?;
        while extended {
            let block = self.input.window(self.position, 512)?;
            // Source: GNU tar, `struct sparse_header`: 21 entries of 24 bytes, then the flag.
            let Some((parts, [flag, ..])) = block.split_at_checked(504) else {
                return Err(malformed(self.position));
            };
            map.take_old(parts).ok_or_else(|| malformed(self.position))?;
            extended = *flag != 0;
            self.position = self.position.saturating_add(BLOCK);
        }
        Ok(map)
    }

    /// The records of an extended header. CPython reads them on in its padding.
    fn records(&mut self, size: u64, at: u64, pax: &mut Pax, doubts: &mut Vec<Doubt>) -> Result<(), Stop> {
        let padding = self.position.saturating_add(size);
        let mut records = self.extended(size)?;
        let rest = usize::try_from(self.position.saturating_sub(padding)).unwrap_or_default();
        let rest = self.input.window(padding, rest)?;
        if rest.first().is_some_and(|byte| *byte != 0) {
            let what = "follows an extended header that goes on after its end".to_owned();
            doubts.push(Doubt { what, next: None, certain: true });
            records.extend(rest);
        }
        pax.take(&records).ok_or(Stop::Malformed { what: "pax header", offset: at })
    }

    /// The content of an extended header.
    fn extended(&mut self, size: u64) -> Result<Vec<u8>, Stop> {
        if size > MAX_EXTENDED {
            return Err(Stop::Limit(Limit::Length("tar extended header")));
        }
        let mut content = self.input.cursor(self.position, size);
        let max = usize::try_from(MAX_EXTENDED).unwrap_or(usize::MAX);
        let content = content.bytes(size, max, "tar extended header")?;
        self.position = after(self.position, size);
        Ok(content)
    }
}

/// Where the next header stands after content at `data`.
fn after(data: u64, size: u64) -> u64 {
    size.checked_next_multiple_of(BLOCK).and_then(|length| data.checked_add(length)).unwrap_or(u64::MAX)
}

/// The first header from `from` on, in steps of a block.
///
/// # Errors
/// [`Stop`] of limits and input.
pub(crate) fn next_header(input: &Input<'_>, from: u64) -> Result<Option<u64>, Stop> {
    let mut at = from;
    while at.saturating_add(BLOCK) <= input.size() {
        let blocks = input.window(at, 64 << 10)?;
        for block in blocks.chunks_exact(512) {
            if is_header(block) {
                return Ok(Some(at));
            }
            at = at.saturating_add(BLOCK);
        }
    }
    Ok(None)
}

/// Links, folders, devices and pipes.
fn without_content(kind: EntryType) -> bool {
    kind.is_hard_link()
        || kind.is_symlink()
        || kind.is_dir()
        || kind.is_character_special()
        || kind.is_block_special()
        || kind.is_fifo()
}

/// A long name up to its zero byte.
fn text(mut name: Vec<u8>) -> Vec<u8> {
    let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
    name.truncate(end);
    name
}
