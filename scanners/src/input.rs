//! The bytes of a file or of a member, with their place and their budget.

use std::cell::Cell;
use std::io::{self, Read};

use assay_core::Location;

use crate::{Budget, Cursor, Limit, Loader, Spool, Stop};

/// Bytes copied into the spool at a time.
const SPOOL_BLOCK: usize = 64 << 10;

/// Random access to the bytes of one file.
pub trait Bytes {
    /// Bytes there are.
    fn size(&self) -> u64;

    /// Reads at `offset` into `buffer`; 0 only at the end or for an empty buffer.
    ///
    /// # Errors
    /// Whatever reading gives.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Bytes for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).unwrap_or(usize::MAX);
        let mut rest = self.get(from..).unwrap_or_default();
        rest.read(buffer)
    }
}

/// The bytes of a file or of a member of one, with their place and their budget.
pub struct Input<'a> {
    bytes: &'a (dyn Bytes + 'a),
    start: u64,
    size: u64,
    place: Location,
    name: String,
    depth: u32,
    loader: Loader,
    budget: &'a Budget,
    spool: &'a dyn Spool,
}

impl<'a> Input<'a> {
    /// A whole file, shown as `name`.
    #[must_use]
    pub fn file(name: &str, bytes: &'a (dyn Bytes + 'a), budget: &'a Budget, spool: &'a dyn Spool) -> Self {
        let (place, size) = (Location::file(name), bytes.size());
        budget.file(size);
        Self {
            bytes,
            start: 0,
            size,
            place,
            name: name.to_owned(),
            depth: 0,
            loader: Loader::Any,
            budget,
            spool,
        }
    }

    /// Bytes there are.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Where these bytes stand, for findings.
    #[must_use]
    pub const fn place(&self) -> &Location {
        &self.place
    }

    /// The file's or member's own name, unescaped: a hint only.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many containers these bytes lie in.
    #[must_use]
    pub const fn depth(&self) -> u32 {
        self.depth
    }

    /// Which library would load it.
    #[must_use]
    pub const fn loader(&self) -> Loader {
        self.loader
    }

    /// The same bytes, seen by another loader.
    #[must_use]
    pub fn loaded_by(mut self, loader: Loader) -> Self {
        self.loader = loader;
        self
    }

    /// The budget, for work that reads nothing.
    #[must_use]
    pub const fn budget(&self) -> &'a Budget {
        self.budget
    }

    /// Reads at `offset` into `buffer`, less than all of it only at the end.
    ///
    /// # Errors
    /// [`Stop::Io`] or [`Stop::Deadline`].
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<usize, Stop> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let wanted = buffer.len().min(left);
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..wanted).filter(|rest| !rest.is_empty()) {
            let at = self.start.saturating_add(offset).saturating_add(filled as u64);
            match self.bytes.read_at(at, rest)? {
                0 => break,
                read => filled = filled.saturating_add(read),
            }
        }
        self.budget.charge(filled as u64)?;
        Ok(filled)
    }

    /// At most `max` bytes from `offset` on; fewer at the end.
    ///
    /// # Errors
    /// [`Stop::Io`] or [`Stop::Deadline`].
    pub fn window(&self, offset: u64, max: usize) -> Result<Vec<u8>, Stop> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut window = vec![0; max.min(left)];
        let read = self.read_at(offset, &mut window)?;
        window.truncate(read);
        Ok(window)
    }

    /// A cursor over at most `max` bytes from `offset` on.
    #[must_use]
    pub fn cursor(&self, offset: u64, max: u64) -> Cursor<'_, 'a> {
        let end = offset.saturating_add(max).min(self.size);
        Cursor::new(self, offset.min(end), end)
    }

    /// Another view of the same bytes under the same place, such as a pickle inside a larger file. It is not deeper.
    #[must_use]
    pub fn part(&self, offset: u64, size: u64) -> Input<'a> {
        let offset = offset.min(self.size);
        Input {
            start: self.start.saturating_add(offset),
            size: size.min(self.size.saturating_sub(offset)),
            place: self.place.clone(),
            name: self.name.clone(),
            ..*self
        }
    }

    /// A member that is stored as it is: a view, not a copy.
    ///
    /// # Errors
    /// [`Stop::Limit`] for too many or too deep members; [`Stop::Malformed`] when it does not lie inside.
    pub fn member(&self, name: &str, offset: u64, size: u64) -> Result<Input<'a>, Stop> {
        let depth = self.depth.saturating_add(1);
        self.budget.enter(depth)?;
        if offset.checked_add(size).is_none_or(|end| end > self.size) {
            return Err(Stop::Malformed { what: "member bounds", offset });
        }
        let mut member = self.part(offset, size);
        (member.place, member.name, member.depth) = (self.place.member(name), name.to_owned(), depth);
        Ok(member)
    }

    /// A member of `container` whose bytes stand in this input, which is the decoded content of several.
    ///
    /// # Errors
    /// [`Stop::Limit`] for too many or too deep members; [`Stop::Malformed`] when it does not lie inside.
    pub(crate) fn member_of(
        &self,
        container: &Input<'_>,
        name: &str,
        offset: u64,
        size: u64,
    ) -> Result<Input<'a>, Stop> {
        let depth = container.depth.saturating_add(1);
        self.budget.enter(depth)?;
        if offset.checked_add(size).is_none_or(|end| end > self.size) {
            return Err(Stop::Malformed { what: "member bounds", offset });
        }
        let mut member = self.part(offset, size);
        (member.place, member.name, member.depth) = (container.place.member(name), name.to_owned(), depth);
        Ok(member)
    }

    /// Inflates a member into the spool, hands it to `look`, and releases it.
    ///
    /// `content` gives the inflated bytes; `consumed` tells how many compressed bytes it has taken so far. When it
    /// breaks in the middle, `look` still sees what came before, and the break is returned after it.
    ///
    /// # Errors
    /// [`Stop`] of the limits, of the stream, or of `look`.
    pub fn inflated<R: Read>(
        &self,
        name: &str,
        content: &mut R,
        consumed: impl Fn(&R) -> u64,
        look: &mut dyn FnMut(&Input<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.budget.enter(self.depth.saturating_add(1))?;
        let start = self.spool.size();
        let filled = self.fill_spool(content, consumed, start);
        self.look_at_spool(name, start, filled, look)
    }

    /// Does what [`Input::inflated`] does, and drops the decoder before anything looks at the content: some hold
    /// hundreds of megabytes, and content may be compressed again. `consumed` is kept by the decoder's source.
    ///
    /// # Errors
    /// [`Stop`] of the limits, of the stream, or of `look`.
    pub(crate) fn unpacked<R: Read>(
        &self,
        name: &str,
        mut content: R,
        consumed: &Cell<u64>,
        look: &mut dyn FnMut(&Input<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.budget.enter(self.depth.saturating_add(1))?;
        let start = self.spool.size();
        let filled = self.fill_spool(&mut content, |_| consumed.get(), start);
        drop(content);
        self.look_at_spool(name, start, filled, look)
    }

    /// Shows what stands in the spool from `start` on, and releases it.
    fn look_at_spool(
        &self,
        name: &str,
        start: u64,
        filled: Result<(), Stop>,
        look: &mut dyn FnMut(&Input<'_>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let member = Input {
            bytes: self.spool,
            start,
            size: self.spool.size().saturating_sub(start),
            place: self.place.member(name),
            name: name.to_owned(),
            depth: self.depth.saturating_add(1),
            loader: self.loader,
            budget: self.budget,
            spool: self.spool,
        };
        let looked = if matches!(filled, Err(Stop::Deadline)) { Ok(()) } else { look(&member) };
        self.spool.release(start)?;
        looked.and(filled)
    }

    fn fill_spool<R: Read>(
        &self,
        content: &mut R,
        consumed: impl Fn(&R) -> u64,
        start: u64,
    ) -> Result<(), Stop> {
        let mut block = vec![0; SPOOL_BLOCK];
        loop {
            let (filled, ended) = fill(content, &mut block);
            self.spool.append(block.get(..filled).unwrap_or_default())?;
            let inflated = self.spool.size().saturating_sub(start);
            self.budget.inflate(filled as u64, inflated, consumed(content))?;
            match ended {
                None => {}
                Some(Ok(())) => return Ok(()),
                Some(Err(error)) if error.kind() == io::ErrorKind::OutOfMemory => {
                    return Err(Stop::Limit(Limit::Memory("decompression")));
                }
                Some(Err(error)) => {
                    let broken = Stop::Malformed { what: "compressed data", offset: consumed(content) };
                    return Err(error.downcast::<Stop>().unwrap_or(broken));
                }
            }
        }
    }

    /// Reads the bytes in order, for decoders that take a [`Read`].
    #[must_use]
    pub fn reader(&self) -> InputReader<'_, 'a> {
        InputReader { input: self, offset: 0 }
    }
}

/// Reads until the block is full, the content ends, or it breaks; what came before a break is kept.
fn fill(content: &mut impl Read, block: &mut [u8]) -> (usize, Option<io::Result<()>>) {
    let mut filled = 0_usize;
    while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match content.read(rest) {
            Ok(0) => return (filled, Some(Ok(()))),
            Ok(read) => filled = filled.saturating_add(read),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(Err(error))),
        }
    }
    (filled, None)
}

/// A stop on its way through a decoder, from which [`Input::inflated`] takes it out again.
pub(crate) fn as_io(stop: Stop) -> io::Error {
    match stop {
        Stop::Io(error) => error,
        stop @ (Stop::Malformed { .. }
        | Stop::Limit(_)
        | Stop::Deadline
        | Stop::Encrypted(_)
        | Stop::Unsupported(_)) => io::Error::other(stop),
    }
}

/// Reads an input in order and remembers how far it is.
pub struct InputReader<'i, 'a> {
    input: &'i Input<'a>,
    offset: u64,
}

impl InputReader<'_, '_> {
    /// Bytes read so far.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }
}

impl Read for InputReader<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read_at(self.offset, buffer).map_err(as_io)?;
        self.offset = self.offset.saturating_add(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::MemorySpool;

    fn budget() -> Budget {
        Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60))
    }

    #[test]
    fn a_member_outside_its_container_is_malformed() {
        let (budget, spool) = (budget(), MemorySpool::default());
        let bytes: &[u8] = b"0123456789";
        let input = Input::file("x", &bytes, &budget, &spool);
        assert_eq!(input.member("m", 8, 2).unwrap().window(0, 10).unwrap(), b"89");
        assert!(matches!(input.member("m", 8, 3), Err(Stop::Malformed { offset: 8, .. })));
        assert!(matches!(input.member("m", u64::MAX, 2), Err(Stop::Malformed { .. })));
    }

    #[test]
    fn a_broken_stream_is_still_looked_at_before_its_break() {
        struct Broken(u32);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 > 1 {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                buffer[..3].copy_from_slice(b"abc");
                Ok(3)
            }
        }
        let (budget, spool) = (budget(), MemorySpool::default());
        let bytes: &[u8] = b"";
        let input = Input::file("x", &bytes, &budget, &spool);
        let mut seen = Vec::new();
        let ended = input.inflated("m", &mut Broken(0), |_| 3, &mut |member| {
            seen = member.window(0, 10)?;
            Ok(())
        });
        assert_eq!(seen, b"abc");
        assert!(matches!(ended, Err(Stop::Malformed { .. })));
        assert_eq!(spool.size(), 0, "the spool is released");
    }
}
