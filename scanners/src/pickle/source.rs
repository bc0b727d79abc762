//! The bytes of a pickle in order, one block at a time: small operands come from the block, long ones are stepped over.
//!
//! It does what [`crate::Cursor`] does, with the block exposed, because a dense pickle has hundreds of millions of
//! operations and each of them reads one to nine bytes.

use crate::{Input, Stop};

/// Bytes fetched at a time.
const BLOCK: usize = 64 << 10;

/// Bytes of a block that are copied to look ahead.
const AHEAD: usize = 256;

/// Where a string or a byte string stands in the input; its bytes are read only when somebody needs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
// Packed so that a value on the stack is 16 bytes.
#[repr(Rust, packed(4))]
pub(super) struct Span {
    /// Offset of the first byte.
    pub(super) offset: u64,
    /// Bytes; `u32::MAX` stands for that many or more.
    pub(super) length: u32,
}

impl Span {
    pub(super) fn new(offset: u64, length: u64) -> Self {
        Self { offset, length: u32::try_from(length).unwrap_or(u32::MAX) }
    }
}

/// Reads a pickle in order.
pub(super) struct Source<'i, 'a> {
    input: &'i Input<'a>,
    block: Vec<u8>,
    block_start: u64,
    at: usize,
    /// Where the input would have to end at the earliest, if it ended too early.
    needed: Option<u64>,
}

impl<'i, 'a> Source<'i, 'a> {
    pub(super) const fn new(input: &'i Input<'a>, offset: u64) -> Self {
        Self { input, block: Vec::new(), block_start: offset, at: 0, needed: None }
    }

    pub(super) const fn input(&self) -> &'i Input<'a> {
        self.input
    }

    /// Offset of the next byte.
    pub(super) const fn position(&self) -> u64 {
        self.block_start.saturating_add(self.at as u64)
    }

    /// Bytes left in the input.
    pub(super) const fn left(&self) -> u64 {
        self.input.size().saturating_sub(self.position())
    }

    /// The input ends inside `what`, which has at least `more` bytes.
    #[cold]
    pub(super) const fn ends(&mut self, more: u64, what: &'static str) -> Stop {
        self.needed = Some(self.position().saturating_add(more));
        Stop::Malformed { what, offset: self.position() }
    }

    /// Where the input would have to end at the earliest, if it ended before an operation did.
    pub(super) const fn needed(&self) -> Option<u64> {
        self.needed
    }

    /// The next byte; `None` at the end of the input.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u8>, Stop> {
        if self.at >= self.block.len() {
            self.refill()?;
        }
        let next = self.block.get(self.at).copied();
        self.at = self.at.saturating_add(usize::from(next.is_some()));
        Ok(next)
    }

    /// Exactly `N` bytes.
    #[inline]
    pub(super) fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Stop> {
        let end = self.at.saturating_add(N);
        if let Some(bytes) = self.block.get(self.at..end).and_then(|bytes| bytes.try_into().ok()) {
            self.at = end;
            return Ok(bytes);
        }
        self.refill()?;
        let bytes = self.block.get(..N).and_then(|bytes| bytes.try_into().ok());
        let Some(bytes) = bytes else { return Err(self.ends(N as u64, what)) };
        self.at = N;
        Ok(bytes)
    }

    #[inline]
    pub(super) fn u8(&mut self, what: &'static str) -> Result<u8, Stop> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    /// Steps over `count` bytes and gives where they stand.
    #[inline]
    pub(super) fn skip(&mut self, count: u64, what: &'static str) -> Result<Span, Stop> {
        let span = Span::new(self.position(), count);
        let inside = usize::try_from(count).ok().and_then(|count| self.at.checked_add(count));
        match inside {
            Some(end) if end <= self.block.len() => self.at = end,
            _ => self.jump(count, what)?,
        }
        Ok(span)
    }

    /// Steps over the bytes up to the next line end, and over it; gives where they stand, without it.
    pub(super) fn line(&mut self, what: &'static str) -> Result<Span, Stop> {
        let start = self.position();
        loop {
            let rest = self.block.get(self.at..).unwrap_or_default();
            if let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let length = self.position().saturating_sub(start).saturating_add(end as u64);
                self.at = self.at.saturating_add(end).saturating_add(1);
                return Ok(Span::new(start, length));
            }
            self.at = self.block.len();
            self.refill()?;
            if self.block.is_empty() {
                return Err(self.ends(1, what));
            }
        }
    }

    /// The next line, or what is left when there is no line end: Python's unpickler drops the last byte without looking
    /// at it, C's refuses.
    pub(super) fn last_line(&mut self, what: &'static str) -> Result<Span, Stop> {
        let start = self.position();
        match self.line(what) {
            Err(Stop::Malformed { .. }) => {
                Ok(Span::new(start, self.position().saturating_sub(start).saturating_sub(1)))
            }
            line => line,
        }
    }

    /// Another source that begins here, with a little of the block.
    pub(super) fn ahead(&self) -> Self {
        let rest = self.block.get(self.at..).unwrap_or_default();
        let block = rest.get(..AHEAD).unwrap_or(rest).to_vec();
        Self { input: self.input, block, block_start: self.position(), at: 0, needed: None }
    }

    /// The first bytes of a span, where the block still holds them.
    pub(super) fn start(&self, span: Span) -> Option<&[u8]> {
        let from = usize::try_from(span.offset.checked_sub(self.block_start)?).ok()?;
        let held = self.block.get(from..)?;
        let length = usize::try_from(span.length).ok()?;
        Some(held.get(..length).unwrap_or(held)).filter(|start| !start.is_empty())
    }

    /// The bytes of a span, at most `max` of them; from the block when it still holds them.
    pub(super) fn read(&self, span: Span, max: usize) -> Result<Vec<u8>, Stop> {
        let wanted = usize::try_from(span.length).unwrap_or(usize::MAX).min(max);
        let inside = span.offset.checked_sub(self.block_start).and_then(|from| usize::try_from(from).ok());
        let inside = inside.and_then(|from| self.block.get(from..from.checked_add(wanted)?));
        match inside {
            Some(bytes) => Ok(bytes.to_vec()),
            None => self.input.window(span.offset, wanted),
        }
    }

    /// Goes on at `offset`.
    pub(super) fn seek(&mut self, offset: u64) {
        self.block.clear();
        (self.block_start, self.at) = (offset.min(self.input.size()), 0);
    }

    #[cold]
    fn jump(&mut self, count: u64, what: &'static str) -> Result<(), Stop> {
        if count > self.left() {
            return Err(self.ends(count, what));
        }
        // A short jump reads on from the next block; the clock is looked at even when nothing is read.
        self.input.budget().charge(1)?;
        self.seek(self.position().saturating_add(count));
        Ok(())
    }

    /// Fetches the block that starts at the position.
    #[cold]
    fn refill(&mut self) -> Result<(), Stop> {
        let position = self.position();
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(BLOCK);
        (self.block_start, self.at) = (position, 0);
        self.block.resize(wanted, 0);
        let read = self.input.read_at(position, &mut self.block)?;
        self.block.truncate(read);
        Ok(())
    }
}
