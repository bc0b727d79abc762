//! What a format is recognised by.

use crate::{Input, Loader, Stop};

/// Bytes from the start; a pickle's imports and every magic number stand well inside.
const HEAD: usize = 64 << 10;

/// Bytes from the end; a zip's end record with the longest comment is 65,557.
const TAIL: usize = (64 << 10) + 22;

/// What a format is recognised by: the first and last bytes, and hints.
pub struct Probe<'p> {
    /// The first bytes, at most 64 KiB.
    pub head: &'p [u8],
    /// The last bytes, at most 64 KiB + 22; the same as the head for small inputs.
    pub tail: &'p [u8],
    /// The first bytes at every doubling beyond the head: 64 KiB, 128 KiB, and so on. Something of any length may stand
    /// in front of a format that is looked for there.
    pub doublings: &'p [[u8; 8]],
    /// Bytes there are.
    pub size: u64,
    /// The file's or member's own name: a hint, never proof.
    pub name: &'p str,
    /// Which library would load it.
    pub loader: Loader,
}

impl Probe<'_> {
    /// Whether the name ends in one of these, ignoring case: `.pkl`.
    #[must_use]
    pub fn named(&self, endings: &[&str]) -> bool {
        endings.iter().any(|ending| ends_in(self.name, ending))
    }
}

/// Whether `name` ends in `ending`, ignoring case. Asked for every member by every scanner, so nothing is copied.
pub(crate) fn ends_in(name: &str, ending: &str) -> bool {
    let (name, ending) = (name.as_bytes(), ending.as_bytes());
    let start = name.len().checked_sub(ending.len());
    start.and_then(|start| name.get(start..)).is_some_and(|end| end.eq_ignore_ascii_case(ending))
}

/// Reads the ends of an input and shows them to `look`.
pub(crate) fn probe<T>(input: &Input<'_>, look: impl FnOnce(&Probe<'_>) -> T) -> Result<T, Stop> {
    let head = input.window(0, HEAD)?;
    let tail = match usize::try_from(input.size()) {
        Ok(size) if size == head.len() => None,
        _ => Some(input.window(input.size().saturating_sub(TAIL as u64), TAIL)?),
    };
    let tail = tail.as_deref().unwrap_or(&head);
    let doublings = doublings(input)?;
    Ok(look(&Probe {
        head: &head,
        tail,
        doublings: &doublings,
        size: input.size(),
        name: input.name(),
        loader: input.loader(),
    }))
}

fn doublings(input: &Input<'_>) -> Result<Vec<[u8; 8]>, Stop> {
    let mut doublings = Vec::new();
    let mut offset = HEAD as u64;
    while offset < input.size() {
        let mut first = [0; 8];
        input.read_at(offset, &mut first)?;
        doublings.push(first);
        offset = offset.saturating_mul(2);
    }
    Ok(doublings)
}
