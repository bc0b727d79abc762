//! What one scan has left to spend, shared by all inputs of one file.

use std::cell::Cell;
use std::time::Instant;

use assay_core::Limits;

use crate::{Limit, Stop};

/// Inflated bytes of one member before its ratio is judged: arrays of zeros are honest, and every decoder gets this far
/// in a second.
const RATIO_GRACE: u64 = 256 << 20;

/// Inflated bytes of all members before the ratio of the whole file is judged.
const TOTAL_GRACE: u64 = 384 << 20;

/// Bytes that may be read whatever the file is, then how often each byte of the file, and each inflated one. A parser
/// that follows offsets reads a block for each of them, and members in members are read once for each level; overlapping
/// members would have the same bytes read for ever.
const READ_GRACE: u64 = 1 << 30;
const READ_FILE: u64 = 256;
const READ_INFLATED: u64 = 8;

/// Bytes that slow decoders may give whatever the file is, and for each byte of it: PPMd takes a second for these, and
/// text gives five or six for one.
const SLOW_GRACE: u64 = 16 << 20;
const SLOW_FILE: u64 = 16;

/// Levels at which a member counts once; deeper ones count for each level more. A layer of an image that holds a zip of
/// a checkpoint is four deep, while archives of archives of archives grow with every level.
const LEVELS: u32 = 4;

/// Bytes read between two looks at the clock.
const CLOCK_EVERY: u64 = 1 << 20;

/// What one scan has left to spend.
#[derive(Debug)]
pub struct Budget {
    limits: Limits,
    deadline: Instant,
    inflated: Cell<u64>,
    /// Bytes of the file that everything else lies in.
    file: Cell<u64>,
    read: Cell<u64>,
    slow: Cell<u64>,
    files: Cell<u64>,
    since_clock: Cell<u64>,
}

impl Budget {
    /// Starts with everything unspent; nothing is read after `deadline`.
    #[must_use]
    pub fn new(limits: Limits, deadline: Instant) -> Self {
        Self {
            limits,
            deadline,
            inflated: Cell::new(0),
            file: Cell::new(0),
            read: Cell::new(0),
            slow: Cell::new(0),
            files: Cell::new(0),
            since_clock: Cell::new(0),
        }
    }

    /// The limits it started with.
    #[must_use]
    pub const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Says how long the file is that everything is inflated from.
    pub(crate) fn file(&self, bytes: u64) {
        self.file.set(bytes);
    }

    /// Charges work worth reading `bytes`; looks at the clock now and then.
    ///
    /// # Errors
    /// [`Stop::Deadline`] when time has run out; [`Stop::Limit`] when far more was read than there is.
    pub fn charge(&self, bytes: u64) -> Result<(), Stop> {
        let spent = self.since_clock.get().saturating_add(bytes.max(1));
        if spent < CLOCK_EVERY {
            self.since_clock.set(spent);
            return Ok(());
        }
        // Not set back when work has run out, so that it stays so.
        let read = self.read.get().saturating_add(spent);
        if read > self.may_read() {
            self.since_clock.set(spent);
            return Err(Stop::Limit(Limit::Work));
        }
        self.read.set(read);
        self.since_clock.set(0);
        if Instant::now() >= self.deadline { Err(Stop::Deadline) } else { Ok(()) }
    }

    /// Charges content of `bytes` by a decoder that gives a few megabytes in a second.
    ///
    /// # Errors
    /// [`Stop::Limit`] when that is far more than the file could honestly hold.
    pub(crate) fn slow(&self, bytes: u64) -> Result<(), Stop> {
        let slow = self.slow.get().saturating_add(bytes);
        self.slow.set(slow);
        let may = SLOW_GRACE.saturating_add(self.file.get().saturating_mul(SLOW_FILE));
        if slow > may { Err(Stop::Limit(Limit::Ratio)) } else { Ok(()) }
    }

    fn may_read(&self) -> u64 {
        let of_file = self.file.get().saturating_mul(READ_FILE);
        let of_inflated = self.inflated.get().saturating_mul(READ_INFLATED);
        READ_GRACE.saturating_add(of_file).saturating_add(of_inflated)
    }

    /// Charges one more member and checks how deep it lies.
    ///
    /// # Errors
    /// [`Stop::Limit`] for too many members or too many levels.
    pub fn enter(&self, depth: u32) -> Result<(), Stop> {
        let weight = depth.saturating_sub(LEVELS).saturating_add(1);
        let files = self.files.get().saturating_add(weight.into());
        self.files.set(files);
        if files > self.limits.max_files {
            return Err(Stop::Limit(Limit::Files));
        }
        if depth > self.limits.max_recursion {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.charge(1)
    }

    /// Charges `more` inflated bytes of a member that has given `inflated` from `compressed` so far.
    ///
    /// # Errors
    /// [`Stop::Limit`] for the total or the ratio, [`Stop::Deadline`].
    pub fn inflate(&self, more: u64, inflated: u64, compressed: u64) -> Result<(), Stop> {
        let total = self.inflated.get().saturating_add(more);
        self.inflated.set(total);
        if total > self.limits.max_scan_size {
            return Err(Stop::Limit(Limit::ScanSize));
        }
        if inflated > RATIO_GRACE && inflated > compressed.saturating_mul(self.limits.max_ratio) {
            return Err(Stop::Limit(Limit::Ratio));
        }
        if total > TOTAL_GRACE && total > self.file.get().saturating_mul(self.limits.max_ratio) {
            return Err(Stop::Limit(Limit::TotalRatio));
        }
        self.charge(more)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn budget(limits: Limits) -> Budget {
        Budget::new(limits, Instant::now() + Duration::from_secs(60))
    }

    #[test]
    fn a_bomb_stops_at_its_ratio() {
        let budget = budget(Limits { max_ratio: 100, ..Limits::default() });
        budget.file(3 << 20);
        assert!(budget.inflate(RATIO_GRACE, RATIO_GRACE, 10).is_ok());
        assert!(matches!(budget.inflate(1, RATIO_GRACE + 1, 10), Err(Stop::Limit(Limit::Ratio))));
        assert!(budget.inflate(1, RATIO_GRACE + 1, 3 << 20).is_ok());
    }

    #[test]
    fn many_small_bombs_stop_at_the_ratio_of_the_file() {
        let budget = budget(Limits { max_ratio: 100, ..Limits::default() });
        budget.file(3 << 20);
        let member = || budget.inflate(RATIO_GRACE, RATIO_GRACE, 1);
        assert!(member().is_ok());
        assert!(matches!(member(), Err(Stop::Limit(Limit::TotalRatio))));
    }

    #[test]
    fn what_is_read_again_and_again_stops_for_good() {
        let budget = budget(Limits::default());
        budget.file(1 << 20);
        assert!(budget.charge(READ_GRACE).is_ok() && budget.charge(READ_FILE << 20).is_ok());
        assert!(matches!(budget.charge(CLOCK_EVERY), Err(Stop::Limit(Limit::Work))));
        assert!(matches!(budget.charge(1), Err(Stop::Limit(Limit::Work))));
    }

    #[test]
    fn slow_decoders_give_less_before_they_stop() {
        let budget = budget(Limits::default());
        budget.file(1 << 20);
        assert!(budget.slow(SLOW_GRACE).is_ok() && budget.slow(SLOW_FILE << 20).is_ok());
        assert!(matches!(budget.slow(1), Err(Stop::Limit(Limit::Ratio))));
    }

    #[test]
    fn depth_and_members_have_an_end() {
        let budget = budget(Limits { max_files: 2, max_recursion: 3, ..Limits::default() });
        assert!(matches!(budget.enter(4), Err(Stop::Limit(Limit::Recursion))));
        assert!(budget.enter(3).is_ok());
        assert!(matches!(budget.enter(0), Err(Stop::Limit(Limit::Files))));
    }

    #[test]
    fn members_count_for_more_the_deeper_they_lie() {
        let budget = budget(Limits { max_files: 10, ..Limits::default() });
        for depth in [1, LEVELS, LEVELS + 2, LEVELS + 4] {
            assert!(budget.enter(depth).is_ok(), "{depth}");
        }
        assert!(matches!(budget.enter(1), Err(Stop::Limit(Limit::Files))));
    }

    #[test]
    fn nothing_is_charged_after_the_deadline() {
        let budget = Budget::new(Limits::default(), Instant::now());
        assert!(matches!(budget.charge(CLOCK_EVERY), Err(Stop::Deadline)));
    }
}
