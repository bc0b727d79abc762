//! What containers hold, as long as it matters: when a container becomes an argument or a state, it is fresh.
//!
//! A container is known by its number, so that two references to it see the same contents, as in Python.

use std::fmt;

use super::opcode::Kind;
use super::value::Value;
use super::weight::Weight;

/// Contents of recent containers that are kept; 1 MiB of values.
const MAX_ITEMS: usize = 1 << 16;

/// Recent containers; 256 KiB.
const MAX_CONTAINERS: usize = 1 << 15;

/// The first items of a container are kept; no call that we judge by its arguments has more.
const MAX_KEPT: usize = 32;

/// A container, by its number among the recent ones.
///
/// One word, written and read at once: a value that is put together in pieces and copied right away waits for its parts
/// on the way through the processor's store buffer. From the lowest bit: kind (3), number (15), weight (16), epoch (29).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seq(u64);

const NUMBER: u32 = 3;
const WEIGHT: u32 = NUMBER + MAX_CONTAINERS.ilog2();
const EPOCH: u32 = WEIGHT + u16::BITS;

/// An epoch that has run to its end proves nothing.
const LAST_EPOCH: u32 = (1 << 29) - 1;

impl Seq {
    #[inline]
    fn new(kind: Kind, epoch: u32, number: u32) -> Self {
        Self(kind as u64 | u64::from(number) << NUMBER | u64::from(epoch) << EPOCH)
    }

    /// What it is.
    #[inline]
    pub(super) const fn kind(self) -> Kind {
        match self.0 & 7 {
            0 => Kind::Tuple,
            1 => Kind::List,
            2 => Kind::Dict,
            3 => Kind::Set,
            _ => Kind::FrozenSet,
        }
    }

    /// What it stood for when this reference was taken.
    #[inline]
    pub(super) const fn weight(self) -> Weight {
        let [low, high, ..] = (self.0 >> WEIGHT).to_le_bytes();
        Weight::from_bits(u16::from_le_bytes([low, high]))
    }

    #[inline]
    const fn number(self) -> u32 {
        let [low, high, ..] = (self.0 >> NUMBER).to_le_bytes();
        u32::from_le_bytes([low, high & 0x7f, 0, 0])
    }

    #[inline]
    const fn epoch(self) -> u32 {
        let [a, b, c, d, ..] = (self.0 >> EPOCH).to_le_bytes();
        u32::from_le_bytes([a, b, c, d])
    }

    /// Whether both are the same container.
    pub(super) const fn is(self, other: Self) -> bool {
        self.epoch() == other.epoch() && self.number() == other.number()
    }

    /// The same container, standing for this much.
    pub(super) fn weighing(self, weight: Weight) -> Self {
        let rest = self.0 & !(u64::from(u16::MAX) << WEIGHT);
        Self(rest | u64::from(weight.bits()) << WEIGHT)
    }

    /// The same contents as another type.
    pub(super) const fn as_kind(self, kind: Kind) -> Self {
        Self(self.0 & !7 | kind as u64)
    }

    /// Containers that were made later are higher.
    pub(super) const fn age(self) -> (u32, u32) {
        (self.epoch(), self.number())
    }
}

impl fmt::Debug for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({}.{}, {:?})", self.kind(), self.epoch(), self.number(), self.weight())
    }
}

/// Contents of recent containers. When full it is emptied, and older containers have unknown contents.
#[derive(Debug, Clone, Default)]
pub(super) struct Items {
    values: Vec<Value>,
    containers: Vec<Container>,
    epoch: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Container {
    start: u32,
    kept: u8,
    /// Whether there are items that are not kept, or that are kept and were replaced.
    more: bool,
    /// What it stands for.
    weight: Weight,
}

impl Items {
    /// A container of these values.
    // Called, it costs the machine a fifth of its speed.
    #[inline(always)]
    pub(super) fn keep(&mut self, kind: Kind, values: &[Value]) -> Seq {
        let kept = values.get(..MAX_KEPT).unwrap_or(values);
        self.make_room(kept.len());
        let start = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.extend_from_slice(kept);
        let more = kept.len() < values.len();
        self.container(
            kind,
            Container { start, kept: u8::try_from(kept.len()).unwrap_or(0), more, weight: Weight::NONE },
        )
    }

    /// A new empty container.
    #[inline]
    pub(super) fn empty(&mut self, kind: Kind) -> Seq {
        self.make_room(0);
        self.container(kind, Container::default())
    }

    #[inline]
    fn container(&mut self, kind: Kind, container: Container) -> Seq {
        let number = u32::try_from(self.containers.len()).unwrap_or(u32::MAX);
        self.containers.push(container);
        Seq::new(kind, self.epoch, number)
    }

    #[inline]
    fn make_room(&mut self, count: usize) {
        if self.values.len().saturating_add(count) > MAX_ITEMS || self.containers.len() >= MAX_CONTAINERS {
            self.values.clear();
            self.containers.clear();
            self.epoch = self.epoch.saturating_add(1).min(LAST_EPOCH);
        }
    }

    /// Puts more values into a container.
    #[inline]
    pub(super) fn fill(&mut self, seq: Seq, values: &[Value]) {
        let Some(Container { start, kept, more, weight }) = self.find(seq) else { return };
        let room = MAX_KEPT.saturating_sub(usize::from(kept));
        let added = values.get(..room).unwrap_or(values);
        let from = usize::try_from(start).unwrap_or(usize::MAX);
        let held = from..from.saturating_add(usize::from(kept));
        self.make_room(held.len().saturating_add(added.len()));
        // Emptied to make room: what it held is gone.
        if self.find(seq).is_none() {
            return;
        }
        let start = if held.end == self.values.len() {
            start
        } else {
            let moved = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
            self.values.extend_from_within(held);
            moved
        };
        self.values.extend_from_slice(added);
        let kept = kept.saturating_add(u8::try_from(added.len()).unwrap_or(0));
        let more = more || added.len() < values.len();
        self.set(seq, Container { start, kept, more, weight });
    }

    /// Items of a container were replaced, nobody knows which.
    pub(super) fn forget(&mut self, seq: Seq) {
        self.set(seq, Container { start: 0, kept: 0, more: true, weight: self.weight(seq) });
    }

    /// What a recent container stands for.
    pub(super) fn weight(&self, seq: Seq) -> Weight {
        self.find(seq).map_or(Weight::NONE, |container| container.weight)
    }

    /// A container stands for as much as this reference says.
    pub(super) fn weigh(&mut self, seq: Seq) {
        if let Some(container) = self.find(seq) {
            self.set(seq, Container { weight: seq.weight(), ..container });
        }
    }

    fn set(&mut self, seq: Seq, container: Container) {
        let known = self.find(seq).is_some();
        let place = usize::try_from(seq.number()).ok().filter(|_| known);
        if let Some(place) = place.and_then(|number| self.containers.get_mut(number)) {
            *place = container;
        }
    }

    #[inline]
    fn find(&self, seq: Seq) -> Option<Container> {
        if seq.epoch() != self.epoch || self.epoch == LAST_EPOCH {
            return None;
        }
        self.containers.get(usize::try_from(seq.number()).ok()?).copied()
    }

    /// The first items, and whether they are all; `None` when they are no longer known.
    pub(super) fn get(&self, seq: Seq) -> Option<(&[Value], bool)> {
        let container = self.find(seq)?;
        let start = usize::try_from(container.start).ok()?;
        let kept = self.values.get(start..start.checked_add(usize::from(container.kept))?)?;
        Some((kept, !container.more))
    }

    /// All items, or `None` when some are not known.
    pub(super) fn all(&self, seq: Seq) -> Option<&[Value]> {
        self.get(seq).filter(|(_, all)| *all).map(|(items, _)| items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_known_until_room_runs_out_and_never_confused() {
        let mut items = Items::default();
        let first = items.keep(Kind::Tuple, &[Value::Int(1)]);
        let empty = items.empty(Kind::List);
        assert_eq!(items.all(first), Some([Value::Int(1)].as_slice()));
        assert_eq!(items.all(empty), Some([].as_slice()));
        for _ in 0..=MAX_ITEMS {
            items.keep(Kind::Tuple, &[Value::None]);
        }
        assert_eq!((items.get(first), items.get(empty)), (None, None));
    }

    #[test]
    fn a_container_is_all_its_parts() {
        for kind in [Kind::Tuple, Kind::List, Kind::Dict, Kind::Set, Kind::FrozenSet] {
            let (epoch, number) = (LAST_EPOCH, u32::try_from(MAX_CONTAINERS - 1).unwrap());
            let weight = Weight::of(u128::MAX);
            let seq = Seq::new(kind, epoch, number).weighing(weight);
            assert_eq!((seq.kind(), seq.weight(), seq.age()), (kind, weight, (epoch, number)));
            let other = seq.as_kind(Kind::Dict).weighing(Weight::NONE);
            assert_eq!(
                (other.kind(), other.weight(), other.age()),
                (Kind::Dict, Weight::NONE, (epoch, number))
            );
            assert!(other.is(seq) && !Seq::new(kind, epoch, 0).is(seq) && !Seq::new(kind, 0, number).is(seq));
        }
    }

    #[test]
    fn a_long_container_says_that_there_is_more() {
        let mut items = Items::default();
        let long = items.keep(Kind::List, &[Value::None; MAX_KEPT + 1]);
        assert_eq!(items.get(long).unwrap().0.len(), MAX_KEPT);
        assert_eq!(items.all(long), None);
    }

    #[test]
    fn what_is_put_into_a_container_is_seen_through_every_reference() {
        let mut items = Items::default();
        let list = items.empty(Kind::List);
        let same = list;
        items.fill(list, &[Value::Int(1)]);
        let other = items.keep(Kind::Tuple, &[Value::None]);
        items.fill(list, &[Value::Int(2), Value::Int(3)]);
        let whole = [Value::Int(1), Value::Int(2), Value::Int(3)];
        assert_eq!(
            (items.all(same), items.all(other)),
            (Some(whole.as_slice()), Some([Value::None].as_slice()))
        );
        items.fill(same, &[Value::None; MAX_KEPT]);
        assert_eq!(items.all(list), None);
        items.forget(list);
        assert_eq!(items.get(same), Some(([].as_slice(), false)));
    }

    #[test]
    fn filling_when_room_runs_out_makes_the_contents_unknown() {
        let mut items = Items::default();
        let list = items.keep(Kind::List, &[Value::None; MAX_KEPT - 1]);
        for _ in 0..MAX_ITEMS / MAX_KEPT - 1 {
            items.keep(Kind::Tuple, &[Value::None; MAX_KEPT]);
        }
        items.fill(list, &[Value::Int(1); 2]);
        assert_eq!(items.get(list), None);
    }
}
