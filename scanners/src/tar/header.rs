//! One header block.

use tar::EntryType;

use super::number::{Number, number};

/// One header block.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header<'b>(&'b [u8; 512]);

/// Whether a block is a header: its checksum is right, summed as unsigned or, as some old programs do, signed bytes.
pub(crate) fn is_header(block: &[u8]) -> bool {
    Header::of(block).is_some()
}

impl<'b> Header<'b> {
    /// The header in `block`, if it is one.
    pub(super) fn of(block: &'b [u8]) -> Option<Self> {
        let block = block.first_chunk::<512>()?;
        let header = Self(block);
        let stated = number(header.field(148, 156))?.value;
        let (mut unsigned, mut signed) = (0_u64, 0_i64);
        for (at, byte) in block.iter().enumerate() {
            let byte = if (148..156).contains(&at) { b' ' } else { *byte };
            unsigned = unsigned.saturating_add(byte.into());
            signed = signed.saturating_add(byte.cast_signed().into());
        }
        (stated == unsigned || i64::try_from(stated) == Ok(signed)).then_some(header)
    }

    fn field(self, from: usize, to: usize) -> &'b [u8] {
        self.0.get(from..to).unwrap_or_default()
    }

    /// A field up to its zero byte.
    fn text(self, from: usize, to: usize) -> &'b [u8] {
        let field = self.field(from, to);
        field.split(|byte| *byte == 0).next().unwrap_or_default()
    }

    /// The size it states; `None` when it is not a number.
    pub(super) fn size(self) -> Option<Number> {
        number(self.field(124, 136))
    }

    pub(super) fn kind(self) -> EntryType {
        EntryType::new(self.0.get(156).copied().unwrap_or_default())
    }

    pub(super) fn link(self) -> &'b [u8] {
        self.text(157, 257)
    }

    /// The name, behind the prefix where the format has one.
    pub(super) fn name(self) -> Vec<u8> {
        if self.field(257, 263) == b"ustar\0" { self.joined() } else { self.text(0, 100).to_vec() }
    }

    /// The name with whatever stands where a prefix would: CPython looks at no magic number.
    pub(super) fn joined(self) -> Vec<u8> {
        let (prefix, name) = (self.text(345, 500), self.text(0, 100));
        if prefix.is_empty() { name.to_vec() } else { [prefix, b"/", name].concat() }
    }

    /// Before there were kinds, a file whose name ends in a slash was a folder, and for some it still is.
    pub(super) fn is_old_folder(self) -> bool {
        self.0.get(156) == Some(&0) && self.text(0, 100).ends_with(b"/")
    }

    /// The part of an old GNU sparse map in the header: up to four parts, then whether more blocks follow.
    pub(super) fn sparse_map(self) -> (&'b [u8], bool) {
        (self.field(386, 482), self.0.get(482).is_some_and(|flag| *flag != 0))
    }

    /// The size of the whole content of an old GNU sparse member.
    pub(super) fn sparse_size(self) -> Option<u64> {
        number(self.field(483, 495)).map(|size| size.value)
    }
}
