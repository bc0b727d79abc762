//! Numbers at stated offsets, in either byte order.

use crate::{Input, Stop};

/// Bytes of a name that are shown; longer ones are cut.
const MAX_NAME: usize = 256;

/// Numbers and names of one input, in the byte order that its header states.
pub(super) struct Fields<'i, 'a> {
    pub(super) input: &'i Input<'a>,
    pub(super) order: Order,
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Fields<'_, '_> {
    fn bytes<const N: usize>(&self, at: u64, what: &'static str) -> Result<[u8; N], Stop> {
        let mut bytes = [0; N];
        let broken = Stop::Malformed { what, offset: at };
        if self.input.read_at(at, &mut bytes)? == N { Ok(bytes) } else { Err(broken) }
    }

    pub(super) fn u16(&self, at: u64, what: &'static str) -> Result<u16, Stop> {
        let bytes = self.bytes(at, what)?;
        Ok(match self.order {
            Order::Little => u16::from_le_bytes(bytes),
            Order::Big => u16::from_be_bytes(bytes),
        })
    }

    pub(super) fn u32(&self, at: u64, what: &'static str) -> Result<u32, Stop> {
        let bytes = self.bytes(at, what)?;
        Ok(match self.order {
            Order::Little => u32::from_le_bytes(bytes),
            Order::Big => u32::from_be_bytes(bytes),
        })
    }

    pub(super) fn u64(&self, at: u64, what: &'static str) -> Result<u64, Stop> {
        let bytes = self.bytes(at, what)?;
        Ok(match self.order {
            Order::Little => u64::from_le_bytes(bytes),
            Order::Big => u64::from_be_bytes(bytes),
        })
    }

    /// The characters from `at` up to a NUL.
    pub(super) fn name(&self, at: u64) -> Result<String, Stop> {
        let bytes = self.input.window(at, MAX_NAME)?;
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        Ok(String::from_utf8_lossy(bytes.get(..end).unwrap_or_default()).into_owned())
    }
}
