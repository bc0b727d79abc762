//! Feeds a decoder and remembers exactly how far it is.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use crate::Input;
use crate::input::as_io;

/// Bytes read from the input at a time.
const BLOCK: usize = 16 << 10;

/// The bytes of an input from where `at` stands; `at` moves as a decoder takes them.
pub(crate) struct Source<'i, 'a> {
    input: &'i Input<'a>,
    at: &'i Cell<u64>,
    block: Vec<u8>,
    position: usize,
}

impl<'i, 'a> Source<'i, 'a> {
    /// Starts where `at` stands.
    pub(crate) const fn new(input: &'i Input<'a>, at: &'i Cell<u64>) -> Self {
        Self { input, at, block: Vec::new(), position: 0 }
    }

    /// Where it stands.
    pub(super) const fn at(&self) -> &'i Cell<u64> {
        self.at
    }

    /// Another source of the same bytes, and where this one stands now. They share where they stand.
    pub(super) const fn again(&self) -> (Self, u64) {
        (Self::new(self.input, self.at), self.at.get())
    }

    /// Takes exactly `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Steps over `count` bytes.
    pub(super) fn skip(&mut self, count: u64) -> io::Result<()> {
        let end = self.at.get().saturating_add(count);
        if end > self.input.size() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.at.set(end);
        (self.block, self.position) = (Vec::new(), 0);
        Ok(())
    }
}

impl BufRead for Source<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.position >= self.block.len() {
            self.block = self.input.window(self.at.get(), BLOCK).map_err(as_io)?;
            self.position = 0;
        }
        Ok(self.block.get(self.position..).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.position = self.position.saturating_add(count);
        self.at.set(self.at.get().saturating_add(count as u64));
    }
}

impl Read for Source<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut available = self.fill_buf()?;
        let read = available.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}
