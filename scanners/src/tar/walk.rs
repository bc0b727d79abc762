//! One member after the other.

use tar::{EntryType, Header};

use super::pax::Pax;
use crate::{Input, Limit, Stop};

/// Bytes of a block; headers are one, contents are padded to it.
const BLOCK: u64 = 512;

/// The longest extended header or long name; PATH_MAX is 4 KiB, and pax headers hold a few attributes.
const MAX_EXTENDED: u64 = 1 << 20;

/// A member that something is to be said about.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Where its header starts.
    pub at: u64,
    /// Where its content starts.
    pub data: u64,
    /// Bytes of content.
    pub size: u64,
    /// Its name.
    pub name: Vec<u8>,
    /// Where it leads, for links.
    pub link: Option<Vec<u8>>,
    /// What it is.
    pub kind: EntryType,
    /// Its content is not what stands there, but has holes.
    pub sparse: bool,
    /// The size in its own header, where a pax header states another.
    pub other_size: Option<u64>,
}

/// Walks an archive.
pub(crate) struct Walk<'i, 'a> {
    input: &'i Input<'a>,
    position: u64,
    global: Pax,
}

/// Whether a block is a header: its checksum is right, summed as unsigned or, as some old programs do, signed bytes.
pub(crate) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.first_chunk::<512>() else { return false };
    let header = Header::from_byte_slice(block);
    if block.first() == Some(&0) {
        return false;
    }
    let Ok(stated) = header.cksum() else { return false };
    let (mut unsigned, mut signed) = (0_u32, 0_i64);
    for (at, byte) in block.iter().enumerate() {
        let byte = if (148..156).contains(&at) { b' ' } else { *byte };
        unsigned = unsigned.saturating_add(byte.into());
        signed = signed.saturating_add(byte.cast_signed().into());
    }
    stated == unsigned || i64::from(stated) == signed
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
        let mut pax = self.global.clone();
        let (mut long_name, mut long_link) = (None, None);
        let first = self.position;
        loop {
            let at = self.position;
            let block = self.input.window(at, 512)?;
            if block.iter().all(|byte| *byte == 0) {
                return self.end(at, first, block.len() as u64);
            }
            if !is_header(&block) {
                return Err(Stop::Malformed { what: "tar header", offset: at });
            }
            let Some(block) = block.first_chunk::<512>() else {
                return Err(Stop::Malformed { what: "tar header", offset: at });
            };
            let header = Header::from_byte_slice(block);
            let size = header.entry_size().map_err(|_| Stop::Malformed { what: "tar size", offset: at })?;
            self.position = at.saturating_add(BLOCK);
            let kind = header.entry_type();
            if kind.is_gnu_longname() {
                long_name = Some(text(self.extended(size)?));
            } else if kind.is_gnu_longlink() {
                long_link = Some(text(self.extended(size)?));
            } else if kind.is_pax_local_extensions() {
                self.records(size, at, &mut pax)?;
            } else if kind.is_pax_global_extensions() {
                let mut global = self.global.clone();
                self.records(size, at, &mut global)?;
                pax = global.clone();
                self.global = global;
            } else {
                pax.path = pax.path.or(long_name);
                pax.link = pax.link.or(long_link);
                return self.entry(header, at, size, pax).map(Some);
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
    fn entry(&mut self, header: &Header, at: u64, size: u64, pax: Pax) -> Result<Entry, Stop> {
        let kind = header.entry_type();
        let mut sparse = pax.sparse;
        if kind.is_gnu_sparse() {
            sparse = true;
            self.skip_sparse_maps(header)?;
        }
        let stated = pax.size.unwrap_or(size);
        let data = self.position;
        // Links, folders and devices have no content, whatever size they state; so reads CPython.
        let length = if without_content(kind) { 0 } else { stated };
        let padded = length.checked_next_multiple_of(BLOCK).and_then(|length| data.checked_add(length));
        self.position = padded.unwrap_or(u64::MAX);
        Ok(Entry {
            at,
            data,
            size: length,
            name: pax.path.unwrap_or_else(|| header.path_bytes().into_owned()),
            link: pax.link.or_else(|| header.link_name_bytes().map(std::borrow::Cow::into_owned)),
            kind,
            sparse,
            other_size: (stated != size && size != 0).then_some(size),
        })
    }

    /// Steps over the blocks that hold the rest of an old GNU sparse map.
    fn skip_sparse_maps(&mut self, header: &Header) -> Result<(), Stop> {
        let mut extended = header.as_gnu().is_some_and(tar::GnuHeader::is_extended);
        while extended {
            let block = self.input.window(self.position, 512)?;
            // Source: GNU tar, `struct sparse_header`: 21 entries of 24 bytes, then the flag.
            let Some(flag) = block.get(504) else {
                return Err(Stop::Malformed { what: "tar sparse map", offset: self.position });
            };
            extended = *flag != 0;
            self.position = self.position.saturating_add(BLOCK);
        }
        Ok(())
    }

    fn records(&mut self, size: u64, at: u64, pax: &mut Pax) -> Result<(), Stop> {
        let records = self.extended(size)?;
        pax.take(&records).ok_or(Stop::Malformed { what: "pax header", offset: at })
    }

    /// The content of an extended header.
    fn extended(&mut self, size: u64) -> Result<Vec<u8>, Stop> {
        if size > MAX_EXTENDED {
            return Err(Stop::Limit(Limit::Length("tar extended header")));
        }
        let mut content = self.input.cursor(self.position, size);
        let content = content.bytes(
            size,
            usize::try_from(MAX_EXTENDED).unwrap_or(usize::MAX),
            "tar extended header",
        )?;
        let padded = size.checked_next_multiple_of(BLOCK).unwrap_or(size);
        self.position = self.position.saturating_add(padded);
        Ok(content)
    }
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
