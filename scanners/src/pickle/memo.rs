//! The memo: names and objects are remembered, containers for a while, plain values are only counted.

use std::collections::{BTreeMap, BTreeSet};

use super::items::Seq;
use super::value::Value;
use super::weight::Weight;
use crate::{Limit, Stop};

/// Names and objects that are remembered in the order they come; 24 MiB. Further ones are forgotten, and using a
/// forgotten one as more than an element is a limit reached.
const MAX_REMEMBERED: usize = 1 << 20;

/// Classes must not be forgotten: they are few, and everything that follows calls them.
const MAX_GLOBALS: usize = MAX_REMEMBERED + (1 << 16);

/// Entries written out of order; picklers never do that.
const MAX_SCATTERED: usize = 1 << 18;

/// Containers that are remembered: as many as their contents are kept of.
const MAX_RECENT: usize = 1 << 15;

/// Entries that are looked at to find containers that grow, when they do not stand in the order they were made in.
const MAX_STEPS: u32 = 1 << 24;

/// Entries that are found without a search: a pickle asks for the same few keys over and over.
const HOT: usize = 256;

/// The memo of one pickle.
#[derive(Debug, Clone)]
pub(super) struct Memo {
    /// Entries asked for lately, by the low bits of their index.
    hot: Vec<Option<(u64, Value)>>,
    /// All indices below are taken.
    next: u64,
    /// Taken indices from `next` on.
    scattered: BTreeSet<u64>,
    /// Remembered values in ascending order of index.
    remembered: Vec<(u64, Value)>,
    /// Recent containers in ascending order of index, and older ones that stand for much.
    recent: Vec<(u64, Seq)>,
    /// What older ones have to stand for; nothing while none stands for more than itself.
    much: Weight,
    /// Entries that may be looked at to find containers.
    steps: u32,
    /// The highest index of both.
    last: Option<u64>,
    /// Values that replace what they say.
    replaced: BTreeMap<u64, Value>,
    /// The first index whose value may have been forgotten.
    forgotten_from: Option<u64>,
}

impl Default for Memo {
    fn default() -> Self {
        Self {
            hot: vec![None; HOT],
            next: 0,
            scattered: BTreeSet::new(),
            remembered: Vec::new(),
            recent: Vec::new(),
            much: Weight::NONE,
            steps: MAX_STEPS,
            last: None,
            replaced: BTreeMap::new(),
            forgotten_from: None,
        }
    }
}

impl Memo {
    /// Entries there are: the index `MEMOIZE` uses.
    pub(super) fn len(&self) -> u64 {
        self.next.saturating_add(self.scattered.len() as u64)
    }

    /// Bytes that a copy takes.
    pub(super) fn size(&self) -> usize {
        let entries = [
            self.hot.len(),
            self.scattered.len(),
            self.remembered.len(),
            self.recent.len(),
            self.replaced.len(),
        ];
        entries.iter().fold(0, |sum: usize, entries| sum.saturating_add(*entries)).saturating_mul(size_of::<(
            u64,
            Value,
        )>(
        ))
    }

    #[inline]
    pub(super) fn put(&mut self, index: u64, value: Value) -> Result<(), Stop> {
        if let Value::Seq(seq) = value {
            return self.put_container(index, seq);
        }
        self.enter(index)?;
        if self.last.is_some_and(|last| index <= last) {
            return self.replace(index, value);
        }
        if matters(value) { self.remember(index, value) } else { Ok(()) }
    }

    #[inline]
    pub(super) fn put_container(&mut self, index: u64, seq: Seq) -> Result<(), Stop> {
        self.enter(index)?;
        if self.last.is_some_and(|last| index <= last) {
            return self.replace(index, Value::Seq(seq));
        }
        if seq.weight() > Weight::NONE {
            self.much = self.much.max(Weight::ONE);
        }
        if self.recent.len() >= MAX_RECENT {
            self.forget();
        }
        self.recent.push((index, seq));
        self.last = Some(index);
        Ok(())
    }

    /// The index is taken from here on.
    #[inline]
    fn enter(&mut self, index: u64) -> Result<(), Stop> {
        if index == self.next && self.scattered.is_empty() {
            self.next = self.next.saturating_add(1);
            return Ok(());
        }
        self.take(index)?;
        if let Some(hot) = self.hot.get_mut(slot(index)) {
            *hot = None;
        }
        Ok(())
    }

    /// What was put at `index`; `None` when nothing was.
    #[inline]
    pub(super) fn get(&mut self, index: u64) -> Option<Value> {
        if let Some(Some((hot, value))) = self.hot.get(slot(index))
            && *hot == index
        {
            return Some(*value);
        }
        let value = self.find(index)?;
        if let Some(hot) = self.hot.get_mut(slot(index)) {
            *hot = Some((index, value));
        }
        Some(value)
    }

    fn find(&self, index: u64) -> Option<Value> {
        if index >= self.next && !self.scattered.contains(&index) {
            return None;
        }
        if let Some(value) = self.replaced.get(&index) {
            return Some(*value);
        }
        let found = search(&self.remembered, index).or_else(|| search(&self.recent, index).map(Value::Seq));
        let otherwise = match self.forgotten_from {
            Some(from) if index >= from => Value::Forgotten,
            _ => Value::Plain,
        };
        Some(found.unwrap_or(otherwise))
    }

    fn take(&mut self, index: u64) -> Result<(), Stop> {
        if index < self.next {
            return Ok(());
        }
        self.scattered.insert(index);
        while self.scattered.remove(&self.next) {
            self.next = self.next.saturating_add(1);
        }
        if self.scattered.len() > MAX_SCATTERED {
            return Err(Stop::Limit(Limit::Memory("the memo")));
        }
        Ok(())
    }

    fn remember(&mut self, index: u64, value: Value) -> Result<(), Stop> {
        let room = if matches!(value, Value::Global(_)) { MAX_GLOBALS } else { MAX_REMEMBERED };
        if self.remembered.len() < room {
            self.remembered.push((index, value));
            self.last = Some(index);
        } else if room == MAX_GLOBALS {
            return Err(Stop::Limit(Limit::Memory("the memo")));
        } else {
            self.forgotten_from = Some(self.forgotten_from.map_or(index, |from| from.min(index)));
        }
        Ok(())
    }

    /// Forgets containers, but those that stand for much.
    #[cold]
    fn forget(&mut self) {
        if self.much == Weight::NONE {
            self.recent.clear();
            return;
        }
        loop {
            let much = self.much;
            self.recent.retain(|(_, seq)| seq.weight() >= much);
            if self.recent.len() <= MAX_RECENT / 2 {
                return;
            }
            self.much = much.doubled();
        }
    }

    /// A container stands for as much as this reference says.
    #[cold]
    pub(super) fn weigh(&mut self, seq: Seq) {
        let near = self.recent.partition_point(|(_, other)| other.age() < seq.age());
        let mut place = self.recent.get(near).filter(|(_, other)| other.is(seq)).map(|_| near);
        let entries = u32::try_from(self.recent.len()).unwrap_or(u32::MAX);
        if place.is_none()
            && let Some(left) = self.steps.checked_sub(entries)
        {
            self.steps = left;
            place = self.recent.iter().rposition(|(_, other)| other.is(seq));
        }
        self.much = self.much.max(Weight::ONE);
        let Some((index, known)) = place.and_then(|place| self.recent.get_mut(place)) else { return };
        *known = seq;
        if let Some(hot) = self.hot.get_mut(slot(*index)) {
            *hot = None;
        }
    }

    #[cold]
    fn replace(&mut self, index: u64, value: Value) -> Result<(), Stop> {
        if self.replaced.len() >= MAX_SCATTERED {
            return Err(Stop::Limit(Limit::Memory("the memo")));
        }
        let kept = matters(value) || matches!(value, Value::Seq(_));
        self.replaced.insert(index, if kept { value } else { Value::Plain });
        Ok(())
    }
}

/// The entry of an index in a list that ascends by it.
fn search<T: Copy>(list: &[(u64, T)], index: u64) -> Option<T> {
    let found = list.binary_search_by_key(&index, |(index, _)| *index).ok();
    found.and_then(|at| list.get(at)).map(|(_, value)| *value)
}

/// Where an index stands among the hot entries.
#[inline]
fn slot(index: u64) -> usize {
    usize::from(index.to_le_bytes()[0])
}

/// Whether a value is more than an element when it comes back.
#[inline]
const fn matters(value: Value) -> bool {
    matches!(
        value,
        Value::Text(..)
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Attribute(..)
            | Value::Global(_)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed
            | Value::Forgotten
    )
}

#[cfg(test)]
mod tests {
    use super::super::items::Items;
    use super::super::opcode::Kind;
    use super::*;

    #[test]
    fn memoize_counts_distinct_entries_as_cpython_does() {
        let mut memo = Memo::default();
        memo.put(5, Value::Global(1)).unwrap();
        assert_eq!(memo.len(), 1);
        memo.put(memo.len(), Value::Global(2)).unwrap();
        assert_eq!((memo.get(1), memo.get(5)), (Some(Value::Global(2)), Some(Value::Global(1))));
        memo.put(5, Value::None).unwrap();
        assert_eq!((memo.len(), memo.get(5)), (2, Some(Value::Plain)));
        assert_eq!(memo.get(0), None);
    }

    #[test]
    fn a_plain_value_replaces_a_name() {
        let mut memo = Memo::default();
        memo.put(0, Value::Global(7)).unwrap();
        memo.put(1, Value::None).unwrap();
        memo.put(0, Value::None).unwrap();
        assert_eq!(memo.get(0), Some(Value::Plain));
        memo.put(0, Value::Global(8)).unwrap();
        assert_eq!(memo.get(0), Some(Value::Global(8)));
    }

    #[test]
    fn containers_are_remembered_for_a_while() {
        let mut items = Items::default();
        let mut memo = Memo::default();
        let first = Value::Seq(items.empty(Kind::List));
        memo.put(0, first).unwrap();
        assert_eq!(memo.get(0), Some(first));
        memo.put(0, Value::None).unwrap();
        assert_eq!(memo.get(0), Some(Value::Plain));
        for index in 1..=MAX_RECENT as u64 + 1 {
            memo.put(index, first).unwrap();
        }
        assert_eq!((memo.get(1), memo.get(MAX_RECENT as u64 + 1)), (Some(Value::Plain), Some(first)));
        memo.put(1, Value::Global(1)).unwrap();
        assert_eq!(memo.get(1), Some(Value::Global(1)));
    }

    #[test]
    fn what_was_forgotten_is_not_plain() {
        let mut memo = Memo::default();
        for index in 0..=MAX_REMEMBERED as u64 {
            memo.put(index, Value::Object(1)).unwrap();
        }
        assert_eq!(memo.get(3), Some(Value::Object(1)));
        assert_eq!(memo.get(MAX_REMEMBERED as u64), Some(Value::Forgotten));
    }

    #[test]
    fn scattered_entries_have_an_end() {
        let mut memo = Memo::default();
        let stopped = (1..).map(|n| memo.put(n * 2, Value::None)).find(Result::is_err);
        assert!(matches!(stopped, Some(Err(Stop::Limit(Limit::Memory(_))))));
    }
}
