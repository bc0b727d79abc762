//! Where the elements of a dataset lie: in its header, in one piece, in chunks, or in other files.
//!
//! Source: HDF5 File Format Specification 3.0, IV.A.2.h, IV.A.2.i, IV.A.2.l, IV.C.

use super::datatype::{Datatype, of_message};
use super::file::{File, Span, terminated};
use super::global_heap::element;
use super::group::MAX_NAME;
use super::object::{Object, kind};
use super::superblock::number;
use crate::{Cursor, Limit, Stop};

const WHAT: &str = "HDF5 layout";

/// The files that make up one dataset; detectors write some thousands.
const MAX_FILES: u64 = 65_536;

/// Flags of a virtual source in version 1, by `H5Olayout.c`.
const SHARED_FILE: u8 = 1;
const SHARED_DATASET: u8 = 2;
const SAME_FILE: u8 = 4;

/// Where the elements lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Layout {
    /// In these bytes of the file.
    Here(Span),
    /// Nowhere yet, or in chunks that are not decoded.
    Elsewhere,
    /// In datasets of these files; `None` where the list could not be followed.
    Virtual(Option<Vec<String>>),
}

/// One dataset.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) datatype: Datatype,
    pub(crate) layout: Layout,
    /// The files that hold the elements instead of this one.
    pub(crate) external: Vec<String>,
    /// The filters that chunks pass through.
    pub(crate) filters: Vec<u16>,
}

impl Dataset {
    /// The dataset that an object is; `None` for others.
    ///
    /// # Errors
    /// [`Stop`] where it cannot be followed.
    pub(crate) fn of(file: &File<'_>, object: &Object) -> Result<Option<Self>, Stop> {
        let Some(span) = object.own(kind::LAYOUT).next().transpose()? else { return Ok(None) };
        let datatype = object.of(kind::DATATYPE).next();
        let datatype = datatype.ok_or(Stop::Malformed { what: "HDF5 datatype", offset: span.at })?;
        let datatype = of_message(file, datatype)?;
        let layout = layout(file, span)?;
        let mut external = Vec::new();
        for span in object.own(kind::EXTERNAL_FILES) {
            external.extend(external_files(file, span?)?);
        }
        let mut filters = Vec::new();
        for span in object.own(kind::FILTERS) {
            filters.extend(pipeline(file, span?)?);
        }
        Ok(Some(Self { datatype, layout, external, filters }))
    }
}

fn layout(file: &File<'_>, span: Span) -> Result<Layout, Stop> {
    let mut cursor = file.span(span, WHAT)?;
    match cursor.u8(WHAT)? {
        1 | 2 => old_layout(file, &mut cursor),
        3..=5 => {
            let class = cursor.u8(WHAT)?;
            new_layout(file, &mut cursor, class)
        }
        _ => Err(Stop::Unsupported("HDF5 layout version")),
    }
}

fn old_layout(file: &File<'_>, cursor: &mut Cursor<'_, '_>) -> Result<Layout, Stop> {
    let [rank, class] = cursor.array(WHAT)?;
    cursor.skip(5, WHAT)?;
    let address = if class == 0 { None } else { file.address(cursor)? };
    let mut size = 1_u64;
    for _ in 0..rank {
        size = size.saturating_mul(cursor.u32_le(WHAT)?.into());
    }
    match (class, address) {
        (0, _) => {
            let size = u64::from(cursor.u32_le(WHAT)?);
            Ok(Layout::Here(Span { at: cursor.position(), size }))
        }
        // The extents are those of elements; what lies at the address is looked at from its start.
        (1, Some(at)) => Ok(Layout::Here(Span { at, size: size.min(file.input.size().saturating_sub(at)) })),
        (1, None) | (2, _) => Ok(Layout::Elsewhere),
        _ => Err(Stop::Unsupported("HDF5 layout class")),
    }
}

fn new_layout(file: &File<'_>, cursor: &mut Cursor<'_, '_>, class: u8) -> Result<Layout, Stop> {
    match class {
        0 => {
            let size = u64::from(cursor.u16_le(WHAT)?);
            Ok(Layout::Here(Span { at: cursor.position(), size }))
        }
        1 => match (file.address(cursor)?, file.length(cursor)?) {
            (Some(at), size) => Ok(Layout::Here(Span { at, size })),
            (None, _) => Ok(Layout::Elsewhere),
        },
        2 => Ok(Layout::Elsewhere),
        3 => match file.address(cursor)? {
            Some(collection) => virtual_sources(file, element(file, collection, cursor.u32_le(WHAT)?)?),
            None => Ok(Layout::Virtual(Some(Vec::new()))),
        },
        _ => Err(Stop::Unsupported("HDF5 layout class")),
    }
}

/// The files that a virtual dataset takes its elements from.
fn virtual_sources(file: &File<'_>, span: Span) -> Result<Layout, Stop> {
    match sources(file, span) {
        Ok(sources) => Ok(Layout::Virtual(Some(sources))),
        Err(Stop::Malformed { .. } | Stop::Unsupported(_) | Stop::Limit(_)) => Ok(Layout::Virtual(None)),
        Err(stop @ (Stop::Deadline | Stop::Encrypted(_) | Stop::Io(_))) => Err(stop),
    }
}

fn sources(file: &File<'_>, span: Span) -> Result<Vec<String>, Stop> {
    let what = "HDF5 virtual dataset";
    let mut cursor = file.span(span, what)?;
    let version = cursor.u8(what)?;
    if version > 1 {
        return Err(Stop::Unsupported("HDF5 virtual dataset version"));
    }
    let count = file.length(&mut cursor)?;
    if count > MAX_FILES {
        return Err(Stop::Limit(Limit::Count("HDF5 virtual sources")));
    }
    let mut sources = Vec::new();
    for _ in 0..count {
        file.step()?;
        // Version 1 says where a name is the file itself, or that of an earlier entry.
        let flags = if version == 0 { 0 } else { cursor.u8(what)? };
        if flags & SAME_FILE != 0 {
            sources.push(".".to_owned());
        } else if flags & SHARED_FILE == 0 {
            sources.push(terminated(&mut cursor, MAX_NAME, what)?);
        } else {
            file.length(&mut cursor)?;
        }
        if flags & SHARED_DATASET == 0 {
            terminated(&mut cursor, MAX_NAME, what)?;
        } else {
            file.length(&mut cursor)?;
        }
        selection(&mut cursor)?;
        selection(&mut cursor)?;
    }
    sources.sort();
    sources.dedup();
    Ok(sources)
}

/// Steps over a selection of elements.
fn selection(cursor: &mut Cursor<'_, '_>) -> Result<(), Stop> {
    let what = "HDF5 selection";
    let (class, version) = (cursor.u32_le(what)?, cursor.u32_le(what)?);
    match (class, version) {
        (0..=3, 1) => {
            cursor.skip(4, what)?;
            let length = cursor.u32_le(what)?;
            cursor.skip(length.into(), what)
        }
        (2, 2) => {
            cursor.skip(1, what)?;
            let length = cursor.u32_le(what)?;
            cursor.skip(length.into(), what)
        }
        (2, 3) => {
            let [flags, width] = cursor.array(what)?;
            let rank = u64::from(cursor.u32_le(what)?);
            let blocks = match flags & 1 {
                0 => number(cursor, width)?.saturating_mul(2),
                _ => 4,
            };
            cursor.skip(rank.saturating_mul(blocks).saturating_mul(width.into()), what)
        }
        _ => Err(Stop::Unsupported("HDF5 selection")),
    }
}

/// The files of external storage.
fn external_files(file: &File<'_>, span: Span) -> Result<Vec<String>, Stop> {
    let what = "HDF5 external files";
    let mut cursor = file.span(span, what)?;
    cursor.skip(6, what)?;
    let used = cursor.u16_le(what)?;
    let heap = super::group::local_heap(file, file.known(&mut cursor, what)?)?;
    let mut files = Vec::new();
    for _ in 0..used {
        file.step()?;
        let name = file.length(&mut cursor)?;
        file.length(&mut cursor)?;
        file.length(&mut cursor)?;
        let left = heap.size.checked_sub(name).ok_or(Stop::Malformed { what, offset: span.at })?;
        let mut text = file.at(heap.at.saturating_add(name), left.min(MAX_NAME as u64), what)?;
        files.push(terminated(&mut text, MAX_NAME, what)?);
    }
    Ok(files)
}

/// The numbers of the filters.
fn pipeline(file: &File<'_>, span: Span) -> Result<Vec<u16>, Stop> {
    let what = "HDF5 filters";
    let mut cursor = file.span(span, what)?;
    let [version, count] = cursor.array(what)?;
    cursor.skip(if version == 1 { 6 } else { 0 }, what)?;
    let mut filters = Vec::new();
    for _ in 0..count {
        file.step()?;
        let filter = cursor.u16_le(what)?;
        // Filters of the library have no name in version 2.
        let named = version == 1 || filter >= 256;
        let name = if named { cursor.u16_le(what)? } else { 0 };
        cursor.skip(2, what)?;
        let values = cursor.u16_le(what)?;
        let padded = |size: u64, to: u64| if version == 1 { size.next_multiple_of(to) } else { size };
        cursor.skip(padded(name.into(), 8), what)?;
        cursor.skip(padded(values.into(), 2).saturating_mul(4), what)?;
        filters.push(filter);
    }
    Ok(filters)
}
