//! Which bytes of an archive something accounts for.

use std::collections::BTreeMap;
use std::ops::Range;

/// A set of byte ranges, merged as they touch.
#[derive(Debug, Default)]
pub(crate) struct Spans(BTreeMap<u64, u64>);

impl Spans {
    /// Adds a range; tells whether a part of it was there before.
    pub(super) fn claim(&mut self, range: Range<u64>) -> bool {
        if range.is_empty() {
            return false;
        }
        let (mut start, mut end) = (range.start, range.end);
        let mut overlaps = false;
        while let Some((&from, &to)) = self.0.range(..=end).next_back().filter(|(_, to)| **to >= start) {
            overlaps |= from < range.end && to > range.start;
            (start, end) = (start.min(from), end.max(to));
            self.0.remove(&from);
        }
        self.0.insert(start, end);
        overlaps
    }

    /// Whether the byte at `at` is accounted for.
    pub(super) fn holds(&self, at: u64) -> bool {
        self.0.range(..=at).next_back().is_some_and(|(_, end)| *end > at)
    }

    /// The first range from `from` on, before `size`, that nothing accounts for.
    pub(super) fn next_gap(&self, from: u64, size: u64) -> Option<Range<u64>> {
        let start = match self.0.range(..=from).next_back() {
            Some((_, end)) if *end > from => *end,
            _ => from,
        };
        let end = self.0.range(start..).next().map_or(size, |(next, _)| *next).min(size);
        if start >= size {
            None
        } else if start == end {
            self.next_gap(end, size)
        } else {
            Some(start..end)
        }
    }

    /// Every range before `size` that nothing accounts for.
    pub(super) fn gaps(&self, size: u64) -> impl Iterator<Item = Range<u64>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let gap = self.next_gap(from, size)?;
            from = gap.end;
            Some(gap)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touching_ranges_merge_and_overlaps_are_told() {
        let mut spans = Spans::default();
        assert!(!spans.claim(10..20));
        assert!(!spans.claim(20..30), "touching is not overlapping");
        assert!(!spans.claim(40..50));
        assert!(spans.claim(29..41));
        assert_eq!(spans.gaps(60).collect::<Vec<_>>(), [0..10, 50..60]);
        assert!(spans.holds(10) && spans.holds(49) && !spans.holds(50) && !spans.holds(9));
    }

    #[test]
    fn an_inner_range_overlaps_and_changes_nothing() {
        let mut spans = Spans::default();
        spans.claim(0..100);
        assert!(spans.claim(10..20));
        assert_eq!(spans.gaps(100).count(), 0);
        assert_eq!(spans.next_gap(100, 120), Some(100..120));
    }
}
