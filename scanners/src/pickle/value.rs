//! What a pickle has on its stack, as far as it matters: names, what was called, and the arguments at hand.
//!
//! Values are small copies. Strings stay in the file and are known by where they stand; contents of containers are
//! kept for a while in [`Items`], because they matter only when the container is an argument, and then they are fresh.

use super::opcode::{Kind, Text};
use super::source::Span;

/// Contents of recent containers that are kept; 1 MiB of values.
const MAX_ITEMS: usize = 1 << 16;

/// The first items of a container are kept; no call that we judge by its arguments has more.
const MAX_KEPT: usize = 32;

/// One value on the stack or in the memo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, or an integer too long to matter.
    Number,
    /// A string, by where it stands.
    Text(Span, Text),
    /// A byte string, by where it stands.
    Bytes(Span),
    /// A container with recent contents.
    Seq(Seq),
    /// Some plain value: not callable, no name.
    Plain,
    /// A global, by its number in the table.
    Global(u32),
    /// What calling a global gave.
    Object(u32),
    /// A numpy dtype.
    Dtype(Dtype),
    /// What a loader gives for a persistent id.
    Persistent,
    /// What nobody can tell: the result of a computed call, an extension code, an unresolved name.
    Computed,
    /// A memo entry that was too many to remember.
    Forgotten,
}

/// A container whose first items are in [`Items`], unless that has been emptied since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seq {
    pub(super) kind: Kind,
    /// Whether there are items that are not kept.
    pub(super) more: bool,
    kept: u16,
    epoch: u32,
    start: u32,
}

/// What joblib needs to know of a dtype to step over an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dtype {
    /// Bytes of one item.
    pub(super) size: u32,
    /// Whether items are pickled objects.
    pub(super) object: bool,
}

/// Contents of recent containers. When full it is emptied, and older containers have unknown contents.
#[derive(Debug, Default)]
pub(super) struct Items {
    values: Vec<Value>,
    epoch: u32,
}

impl Items {
    /// Keeps the first of `values` as the contents of a container.
    pub(super) fn keep(&mut self, kind: Kind, values: &[Value]) -> Seq {
        let kept = values.get(..MAX_KEPT).unwrap_or(values);
        if self.values.len().saturating_add(kept.len()) > MAX_ITEMS {
            self.values.clear();
            self.epoch = self.epoch.saturating_add(1);
        }
        let start = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.extend_from_slice(kept);
        let more = kept.len() < values.len();
        Seq { kind, more, kept: u16::try_from(kept.len()).unwrap_or(0), epoch: self.epoch, start }
    }

    /// An empty container.
    pub(super) const fn empty(&self, kind: Kind) -> Seq {
        Seq { kind, more: false, kept: 0, epoch: self.epoch, start: 0 }
    }

    /// The first items, or `None` when they are no longer known.
    pub(super) fn get(&self, seq: Seq) -> Option<&[Value]> {
        if seq.kept == 0 {
            return Some(&[]);
        }
        // An epoch that has run to its end proves nothing.
        if seq.epoch != self.epoch || self.epoch == u32::MAX {
            return None;
        }
        let start = usize::try_from(seq.start).ok()?;
        self.values.get(start..start.checked_add(usize::from(seq.kept))?)
    }

    /// All items, or `None` when some are not known.
    pub(super) fn all(&self, seq: Seq) -> Option<&[Value]> {
        if seq.more { None } else { self.get(seq) }
    }
}

impl Seq {
    /// Whether nothing was ever put in, as far as is known.
    pub(super) const fn is_empty(self) -> bool {
        self.kept == 0 && !self.more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes() {
        assert_eq!(size_of::<Value>(), 16);
    }

    #[test]
    fn contents_are_known_until_room_runs_out_and_never_confused() {
        let mut items = Items::default();
        let first = items.keep(Kind::Tuple, &[Value::Int(1)]);
        assert_eq!(items.all(first), Some([Value::Int(1)].as_slice()));
        for _ in 0..=MAX_ITEMS {
            items.keep(Kind::Tuple, &[Value::None]);
        }
        assert_eq!(items.get(first), None);
    }

    #[test]
    fn a_long_container_says_that_there_is_more() {
        let mut items = Items::default();
        let long = items.keep(Kind::List, &[Value::None; MAX_KEPT + 1]);
        assert_eq!(items.get(long).unwrap().len(), MAX_KEPT);
        assert_eq!(items.all(long), None);
    }
}
