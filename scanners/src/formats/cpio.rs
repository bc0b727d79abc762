//! cpio archives: every member is examined where it stands; members that unpack elsewhere are named.
//!
//! Covers the text formats (`odc`, `newc`, `crc`) and the old binary one in either byte order.
//! Source: GNU cpio 2.15 `cpiohdr.h`, `copyin.c`; FreeBSD `cpio(5)`.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::member_name::{leaves, unsafe_path};
use crate::{Input, Limit, Probe, Report, Scanner, Stop, examine};

/// The longest name; GNU cpio refuses longer ones than a path may be.
const MAX_NAME: u64 = 4096;

/// The longest target of a link that is read.
const MAX_TARGET: usize = 4096;

/// Zero bytes after the last member pass for padding up to this many; tapes pad to 64 KiB.
const MAX_PADDING: usize = 64 << 10;

/// The name of the member that ends an archive.
const END: &[u8] = b"TRAILER!!!";

/// The type bits of a mode, those of a symbolic link, a file and a folder.
const TYPE_BITS: u64 = 0o170_000;
const LINK: u64 = 0o120_000;
const FILE: u64 = 0o100_000;
const FOLDER: u64 = 0o040_000;

const UNSAFE_PATH: Rule = Rule {
    id: RuleId::new("cpio-unsafe-path"),
    severity: Severity::High,
    summary: "Unpacking a member would write or link outside the target folder, or make a device",
    taxonomy: &["CWE-22", "CWE-59", "CVE-2015-1197"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("cpio-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the end of the archive",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 2] = [UNSAFE_PATH, TRAILING];

/// cpio archives.
#[derive(Debug)]
pub(super) struct Cpio;

impl Scanner for Cpio {
    fn format(&self) -> Format {
        Format::Cpio
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        // Two bytes alone say little: the header behind them has to have a name that fits and ends.
        Kind::of(probe.head).is_some_and(|kind| {
            let Some((name, length)) = kind.header(probe.head).map(|header| (kind.size(), header.name))
            else {
                return false;
            };
            let end =
                usize::try_from(length).ok().and_then(|length| name.checked_add(length)?.checked_sub(1));
            (2..=MAX_NAME).contains(&length) && end.and_then(|end| probe.head.get(end)) == Some(&0)
        })
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut at = 0;
        loop {
            let entry = Entry::read(input, at)?;
            at = entry.end;
            if entry.name == END {
                return trailing(input, at, report);
            }
            input.budget().charge(512)?;
            entry.look(input, report)?;
        }
    }
}

/// How headers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Octal digits.
    Odc,
    /// Hexadecimal digits, with or without a sum of the content.
    New,
    /// Numbers of 16 bits, the lowest byte first or last.
    Binary { big_endian: bool },
}

/// What a header states.
struct Header {
    mode: u64,
    name: u64,
    size: u64,
}

impl Kind {
    fn of(head: &[u8]) -> Option<Self> {
        match head {
            [b'0', b'7', b'0', b'7', b'0', b'7', ..] => Some(Self::Odc),
            [b'0', b'7', b'0', b'7', b'0', b'1' | b'2', ..] => Some(Self::New),
            [0xc7, 0x71, ..] => Some(Self::Binary { big_endian: false }),
            [0x71, 0xc7, ..] => Some(Self::Binary { big_endian: true }),
            _ => None,
        }
    }

    /// Bytes of a header.
    const fn size(self) -> usize {
        match self {
            Self::Odc => 76,
            Self::New => 110,
            Self::Binary { .. } => 26,
        }
    }

    /// What name and content are padded to.
    const fn padding(self) -> u64 {
        match self {
            Self::Odc => 1,
            Self::New => 4,
            Self::Binary { .. } => 2,
        }
    }

    fn header(self, bytes: &[u8]) -> Option<Header> {
        let text = |from: usize, to: usize, radix| {
            u64::from_str_radix(std::str::from_utf8(bytes.get(from..to)?).ok()?, radix).ok()
        };
        let half = |index: usize| {
            let at = index.checked_mul(2)?;
            let bytes = *bytes.get(at..)?.first_chunk()?;
            let big = self == Self::Binary { big_endian: true };
            Some(u64::from(if big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }))
        };
        Some(match self {
            Self::Odc => Header { mode: text(18, 24, 8)?, name: text(59, 65, 8)?, size: text(65, 76, 8)? },
            Self::New => {
                Header { mode: text(14, 22, 16)?, name: text(94, 102, 16)?, size: text(54, 62, 16)? }
            }
            // The higher half of a number comes first in either order.
            Self::Binary { .. } => {
                Header { mode: half(3)?, name: half(10)?, size: half(11)?.checked_shl(16)? | half(12)? }
            }
        })
    }
}

/// A member.
struct Entry {
    at: u64,
    name: Vec<u8>,
    mode: u64,
    data: u64,
    size: u64,
    end: u64,
}

impl Entry {
    fn read(input: &Input<'_>, at: u64) -> Result<Self, Stop> {
        let malformed = || Stop::Malformed { what: "cpio header", offset: at };
        let head = input.window(at, 110)?;
        let kind = Kind::of(&head).ok_or_else(malformed)?;
        let header = kind.header(&head).ok_or_else(malformed)?;
        if header.name > MAX_NAME {
            return Err(Stop::Limit(Limit::Length("cpio name")));
        }
        let named = at.saturating_add(kind.size() as u64);
        let mut name =
            input.cursor(named, header.name).bytes(header.name, usize::from(u16::MAX), "cpio name")?;
        let end = name.iter().position(|byte| *byte == 0).unwrap_or(name.len());
        name.truncate(end);
        // Counted from the first header, every one of which begins at a multiple.
        let padded = |end: u64| end.checked_next_multiple_of(kind.padding()).unwrap_or(u64::MAX);
        let data = padded(named.saturating_add(header.name));
        let end = padded(data.saturating_add(header.size));
        Ok(Self { at, name, mode: header.mode, data, size: header.size, end })
    }

    fn look(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let name = String::from_utf8_lossy(&self.name);
        if let Some(text) = self.unsafe_text(input, &name)? {
            report.hit(&UNSAFE_PATH, input.place().at(self.at), &text, &[("name", &name)]);
        }
        if self.size == 0 {
            return Ok(());
        }
        let left = input.size().saturating_sub(self.data);
        let member = input.member(&name, self.data.min(input.size()), self.size.min(left))?;
        examine(&member, report)?;
        if self.size > left {
            Err(Stop::Malformed { what: "member bounds", offset: self.data })
        } else {
            Ok(())
        }
    }

    fn unsafe_text(&self, input: &Input<'_>, name: &str) -> Result<Option<String>, Stop> {
        Ok(match self.mode & TYPE_BITS {
            _ if unsafe_path(&self.name) => Some(format!("a member is named {name}")),
            LINK => {
                let size = usize::try_from(self.size).unwrap_or(usize::MAX).min(MAX_TARGET);
                let target = input.window(self.data, size)?;
                let shown = String::from_utf8_lossy(&target);
                leaves(&self.name, &target).then(|| format!("{name} links to {shown}"))
            }
            0 | FILE | FOLDER => None,
            _ => Some(format!("{name} is a device or a pipe")),
        })
    }
}

/// Looks at what follows the last member: padding, or another archive, as in an image of a system that is started.
fn trailing(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let rest = input.size().saturating_sub(end);
    let sight = input.window(end, MAX_PADDING)?;
    if rest <= MAX_PADDING as u64 && sight.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    let zeros = sight.iter().take_while(|byte| **byte == 0).count() as u64;
    let (from, rest) = (end.saturating_add(zeros), rest.saturating_sub(zeros));
    report.hit(&TRAILING, input.place().at(from), &format!("{rest} bytes after the archive"), &[]);
    let member = input.member(&format!("[bytes at {from:#x}]"), from, rest)?;
    examine(&member, report)
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::testing::scan;

    #[test]
    fn an_archive_without_its_end_is_a_gap() {
        let header =
            format!("070707{:012}100644{:012}000001{:017}00000200000000004a\0text", 0, 0, 0).into_bytes();
        let facts = scan(&Cpio, "x.cpio", &header);
        assert_eq!(facts.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Malformed]);
        let facts = scan(&Cpio, "x.cpio", &header[..80]);
        assert_eq!(facts.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Malformed]);
    }
}
