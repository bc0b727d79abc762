//! 7z archives: every member is examined, block by block.
//!
//! A block is decoded into the spool as a whole before its members are looked at, so that no decoder is held while
//! they are. Source: see [`crate::sevenz`].

use assay_core::{Format, Rule, RuleId, Severity};

use crate::member_name::{leaves, unsafe_path};
use crate::sevenz::{Archive, Block, MAGIC, Name, Packed, open};
use crate::zip::ends_archive;
use crate::{Input, Probe, Report, Scanner, Stop, examine};

/// Zero bytes after the last header pass for padding up to this many.
const MAX_PADDING: usize = 64 << 10;

/// The longest target of a link that is read.
const MAX_TARGET: usize = 4096;

/// The attribute that says the upper half is a Unix mode, that half's type bits, and those of a symbolic link.
const UNIX: u32 = 0x8000;
const TYPE_BITS: u32 = 0o170_000;
const LINK: u32 = 0o120_000;

const UNSAFE_PATH: Rule = Rule {
    id: RuleId::new("sevenz-unsafe-path"),
    severity: Severity::High,
    summary: "Unpacking a member would write outside the target folder",
    taxonomy: &["CWE-22", "CWE-59"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("sevenz-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the end of the archive",
    taxonomy: &["CWE-506"],
};
static RULES: [Rule; 2] = [UNSAFE_PATH, TRAILING];

/// 7z archives.
#[derive(Debug)]
pub(super) struct SevenZip;

impl Scanner for SevenZip {
    fn format(&self) -> Format {
        Format::SevenZip
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.starts_with(MAGIC)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let archive = Archive::read(input)?;
        for name in archive.names() {
            let text = &name.text;
            if unsafe_path(text.as_bytes()) {
                let message = format!("a member is named {text}");
                report.hit(&UNSAFE_PATH, input.place().clone(), &message, &[("name", text)]);
            }
        }
        let mut names = archive.named();
        for (number, block) in archive.blocks.iter().enumerate() {
            let members: Vec<Member<'_>> = block
                .members
                .iter()
                .map(|(at, size)| Member { name: names.next(), at: *at, size: *size })
                .collect();
            if let Err(stop) = look(input, number, block, &members, report) {
                if ends_archive(&stop) {
                    return Err(stop);
                }
                report.gap(&input.place().member(&block_name(number)), &stop);
            }
        }
        trailing(input, archive.end, report)
    }
}

/// A member's place in its block.
struct Member<'n> {
    name: Option<&'n Name>,
    at: u64,
    size: u64,
}

impl Member<'_> {
    fn name(&self) -> &str {
        self.name.map_or("[no name]", |name| name.text.as_str())
    }

    /// Whether it is a symbolic link, whose content is where it leads.
    fn is_link(&self) -> bool {
        let attributes = self.name.map_or(0, |name| name.attributes);
        attributes & UNIX != 0 && (attributes >> 16) & TYPE_BITS == LINK
    }
}

/// Reports a link that leads out of the folder.
fn link(input: &Input<'_>, name: &str, content: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let target = content.window(0, MAX_TARGET)?;
    if leaves(name.as_bytes(), &target) {
        let message = format!("{name} links to {}", String::from_utf8_lossy(&target));
        report.hit(&UNSAFE_PATH, input.place().clone(), &message, &[("name", name)]);
    }
    Ok(())
}

fn block_name(number: usize) -> String {
    format!("[block {number}]")
}

/// Decodes a block and examines its members.
fn look(
    input: &Input<'_>,
    number: usize,
    block: &Block,
    members: &[Member<'_>],
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let packed = Packed::of(block, input);
    let content = open(block, &packed)?;
    let mut decoded = 0;
    input.unpacked(&block_name(number), content, packed.taken(), &mut |content| {
        decoded = content.size();
        for member in members {
            let left = content.size().saturating_sub(member.at);
            let bytes = content.member_of(input, member.name(), member.at, member.size.min(left))?;
            if member.is_link() {
                link(input, member.name(), &bytes, report)?;
            }
            if bytes.size() > 0 {
                examine(&bytes, report)?;
            }
        }
        Ok(())
    })?;
    let covered = members.last().map_or(0, |last| last.at.saturating_add(last.size));
    if decoded < block.unpacked || covered != block.unpacked {
        return Err(Stop::Malformed { what: "7z block", offset: block.start() });
    }
    Ok(())
}

/// Reports and examines what follows the archive.
fn trailing(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    let rest = input.size().saturating_sub(end);
    let sight = input.window(end, MAX_PADDING)?;
    if rest <= MAX_PADDING as u64 && sight.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    report.hit(&TRAILING, input.place().at(end), &format!("{rest} bytes after the archive"), &[]);
    let member = input.member(&format!("[bytes at {end:#x}]"), end, rest)?;
    examine(&member, report)
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::Collected;
    use crate::testing::scan;

    /// An archive of one block of four stored bytes, with this coder instead of the one that stores.
    fn gaps(coder: &[u8]) -> Vec<GapKind> {
        let header = [b"\x01\x04\x06\0\x01\x09\x04\0\x07\x0b\x01\0\x01", coder, b"\x0c\x04\0\0\0"].concat();
        let start = [4_u64.to_le_bytes(), (header.len() as u64).to_le_bytes()].concat();
        let bytes = [MAGIC, &[0; 6], &start, &[0; 4], b"text", &header].concat();
        scan(&SevenZip, "x.7z", &bytes).gaps.iter().map(|gap| gap.kind).collect()
    }

    #[test]
    fn what_cannot_be_decoded_is_a_gap_of_its_kind() {
        assert_eq!(gaps(b"\x01\0"), []);
        assert_eq!(gaps(b"\x04\x06\xf1\x07\x01"), [GapKind::Encrypted]);
        assert_eq!(gaps(b"\x03\x03\x04\x01"), [GapKind::Malformed], "PPMd without properties");
        assert_eq!(gaps(b"\x23\x03\x04\x01\x05\x06\0\0\0\x80"), [GapKind::Limit], "PPMd of 2 GiB");
        assert_eq!(gaps(b"\x02\x77\x77"), [GapKind::Unsupported]);
        assert_eq!(gaps(b"\x21\x21\x01\x06"), [GapKind::Malformed]);
        assert_eq!(gaps(b"\x21\x21\x01\x27"), [GapKind::Limit], "a dictionary of 3 GiB");
        assert_eq!(gaps(b"\x23\x03\x01\x01\x05\x5d\0\0\0\xff"), [GapKind::Malformed]);
    }

    /// Four streams that BCJ2 puts together: all but the main one are empty, and the range coder's is at its start.
    fn by_bcj2(wired: &[u8]) -> Collected {
        const PAYLOAD: &[u8] = b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.";
        let size = [PAYLOAD.len() as u8];
        let packed = [b"\x01\x04\x06\0\x04\x09".as_slice(), &size, b"\0\0\x05\0"].concat();
        let coder = [b"\x07\x0b\x01\0\x01\x14\x03\x03\x01\x1b\x04\x01", wired, b"\x0c", &size, b"\0\0\0"];
        let header = [packed, coder.concat()].concat();
        let start = [(size[0] as u64 + 5).to_le_bytes(), (header.len() as u64).to_le_bytes()].concat();
        let bytes = [MAGIC, &[0; 6], &start, &[0; 4], PAYLOAD, &[0; 5], &header].concat();
        scan(&SevenZip, "x.7z", &bytes)
    }

    #[test]
    fn streams_that_are_put_together_are_decoded() {
        let facts = by_bcj2(b"\0\x01\x02\x03");
        assert!(facts.gaps.is_empty() && facts.rules() == ["pickle-unsafe-global"], "{facts:?}");
        assert!(!by_bcj2(b"\0\x01\x02\x04").gaps.is_empty(), "an input that nothing feeds");
    }

    #[test]
    fn a_header_that_is_not_there_or_too_long_is_a_gap() {
        let of = |offset: u64, size: u64| {
            let start = [offset.to_le_bytes(), size.to_le_bytes()].concat();
            let bytes = [MAGIC, &[0; 6], &start, &[0; 4]].concat();
            scan(&SevenZip, "x.7z", &bytes).gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>()
        };
        assert_eq!(of(0, 0), []);
        assert_eq!(of(0, 9), [GapKind::Malformed]);
        assert_eq!(of(u64::MAX, 9), [GapKind::Malformed]);
        assert_eq!(of(0, u64::MAX), [GapKind::Limit]);
    }
}
