//! RAR archives are told from everything else and not unpacked: there is no free decoder for their compression.
//!
//! An archive that holds any file leaves a gap. Headers are walked only to tell an empty archive from one that is not.
//! Source: RAR 5.0 archive format; unrar `headers.hpp` for the older layout.

use assay_core::{Format, Rule};

use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The first bytes since RAR 1.5, and since RAR 5.
const OLD: &[u8] = b"Rar!\x1a\x07\0";
const NEW: &[u8] = b"Rar!\x1a\x07\x01\0";
/// The first bytes before RAR 1.5.
const ANCIENT: &[u8] = b"RE~^";

/// Blocks before the first file; there are two or three.
const MAX_BLOCKS: u32 = 64;

/// Bytes of a block's header that are looked at.
const HEADER: u64 = 64;

/// RAR archives.
#[derive(Debug)]
pub(super) struct Rar;

impl Scanner for Rar {
    fn format(&self) -> Format {
        Format::Rar
    }

    fn rules(&self) -> &'static [Rule] {
        &[]
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        [OLD, NEW, ANCIENT].iter().any(|magic| probe.head.starts_with(magic))
    }

    fn scan(&self, input: &Input<'_>, _report: &mut Report<'_>) -> Result<(), Stop> {
        let head = input.window(0, NEW.len())?;
        let new = head.starts_with(NEW);
        if !new && !head.starts_with(OLD) {
            return Err(Stop::Unsupported("RAR archive"));
        }
        let mut at = if new { NEW.len() } else { OLD.len() } as u64;
        for _ in 0..MAX_BLOCKS {
            match if new { new_block(input, at)? } else { old_block(input, at)? } {
                Block::Other { end } => at = end,
                Block::End if at.saturating_add(HEADER) >= input.size() => return Ok(()),
                Block::File | Block::End => return Err(Stop::Unsupported("RAR archive")),
                Block::Encryption => return Err(Stop::Encrypted("RAR archive")),
            }
        }
        Err(Stop::Limit(Limit::Count("RAR blocks")))
    }
}

/// What a block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Block {
    /// Nothing that is unpacked; the next one is at `end`.
    Other { end: u64 },
    /// A file or a service record.
    File,
    /// All others are encrypted.
    Encryption,
    /// The end of the archive.
    End,
}

/// A block since RAR 5: CRC, size, type and flags, all but the first of variable length.
fn new_block(input: &Input<'_>, at: u64) -> Result<Block, Stop> {
    let mut header = input.cursor(at, HEADER);
    header.skip(4, "RAR block")?;
    let mut number = || -> Result<u64, Stop> {
        let mut value = 0_u64;
        for shift in (0..63).step_by(7) {
            let byte = header.u8("RAR block")?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Stop::Malformed { what: "RAR block", offset: at })
    };
    let size = number()?;
    let kind = number()?;
    // The size counts from its own end on: one byte for sizes that a header of no file has.
    let end = at.saturating_add(5).saturating_add(size);
    Ok(match kind {
        4 => Block::Encryption,
        5 => Block::End,
        1 if size <= 0x7f => Block::Other { end },
        _ => Block::File,
    })
}

/// A block before RAR 5: CRC, type, flags and size.
fn old_block(input: &Input<'_>, at: u64) -> Result<Block, Stop> {
    let mut header = input.cursor(at, HEADER);
    header.skip(2, "RAR block")?;
    let kind = header.u8("RAR block")?;
    let flags = header.u16_le("RAR block")?;
    let size = header.u16_le("RAR block")?;
    Ok(match kind {
        0x73 if flags & 0x80 != 0 => Block::Encryption,
        0x73 if size >= 7 => Block::Other { end: at.saturating_add(size.into()) },
        0x73 => return Err(Stop::Malformed { what: "RAR block", offset: at }),
        0x7b => Block::End,
        _ => Block::File,
    })
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::testing::scan;

    fn gaps(bytes: &[u8]) -> Vec<GapKind> {
        scan(&Rar, "x.rar", bytes).gaps.iter().map(|gap| gap.kind).collect()
    }

    #[test]
    fn an_archive_with_a_file_is_never_clean() {
        let main = b"\0\0\0\0\x03\x01\0\0";
        assert_eq!(gaps(&[NEW, main, b"\0\0\0\0\x20\x02\x02\x05"].concat()), [GapKind::Unsupported]);
        assert_eq!(gaps(&[NEW, main, b"\0\0\0\0\x03\x05\x04\0"].concat()), []);
        let main = b"\0\0\x73\0\0\x0d\0\0\0\0\0\0\0";
        assert_eq!(gaps(&[OLD, main, b"\0\0\x74\0\x80\x20\0"].concat()), [GapKind::Unsupported]);
        assert_eq!(gaps(&[OLD, main, b"\0\0\x7b\0\0\x07\0"].concat()), []);
        assert_eq!(gaps(b"RE~^"), [GapKind::Unsupported]);
    }

    #[test]
    fn encrypted_headers_and_broken_ones_are_told() {
        assert_eq!(gaps(&[NEW, b"\0\0\0\0\x20\x04\0"].concat()), [GapKind::Encrypted]);
        assert_eq!(gaps(&[OLD, b"\0\0\x73\x80\0\x0d\0"].concat()), [GapKind::Encrypted]);
        assert_eq!(gaps(&[OLD, b"\0\0\x73\0\0\x01\0"].concat()), [GapKind::Malformed]);
        assert_eq!(gaps(NEW), [GapKind::Malformed]);
        let end = [NEW, b"\0\0\0\0\x03\x05\x04\0", &[0x41; 100]].concat();
        assert_eq!(gaps(&end), [GapKind::Unsupported], "something follows the end");
    }
}
