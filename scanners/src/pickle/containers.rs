//! Containers: making them from the stack, and filling what is below.

use super::machine::Machine;
use super::opcode::Kind;
use super::shared::NOWHERE;
use super::value::Value;
use crate::Stop;

/// What goes into a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Filling {
    /// `APPEND`, `APPENDS`: `list.append`, `list.extend`
    Items,
    /// `SETITEM`, `SETITEMS`: `dict[key] = value`
    Pairs,
    /// `ADDITEMS`: `set.add`
    Members,
}

impl Machine<'_, '_, '_, '_> {
    /// A container of everything from `from` on, which leaves the stack.
    #[inline]
    pub(super) fn gather(&mut self, kind: Kind, from: usize) -> Value {
        self.watch(from);
        let mut seq = self.items.keep(kind, self.stack.get(from..).unwrap_or_default());
        if self.shared.from != NOWHERE {
            seq = self.gathered(from, seq);
        }
        self.stack.truncate(from);
        Value::Seq(seq)
    }

    #[inline]
    pub(super) fn tuple(&mut self, count: usize) -> Result<(), Stop> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from >= self.fence);
        let from = from.ok_or_else(|| self.underflow())?;
        let tuple = self.gather(Kind::Tuple, from);
        self.push(tuple)
    }

    pub(super) fn marked(&mut self, kind: Kind) -> Result<(), Stop> {
        let from = self.pop_mark()?;
        let values = self.stack.get(from..).unwrap_or_default();
        match kind {
            Kind::Dict => self.hashable(values, 2)?,
            Kind::FrozenSet => self.hashable(values, 1)?,
            Kind::Tuple | Kind::List | Kind::Set => {}
        }
        let container = self.gather(kind, from);
        self.push(container)
    }

    /// `APPEND` and `SETITEM`: the top `count` values go into the one below.
    #[inline]
    pub(super) fn fill(&mut self, count: usize, filling: Filling) -> Result<(), Stop> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from > self.fence);
        self.fill_from(from.ok_or_else(|| self.underflow())?, filling)
    }

    /// `APPENDS`, `SETITEMS` and `ADDITEMS`: everything above the mark goes into the value below.
    #[inline]
    pub(super) fn fill_marked(&mut self, filling: Filling) -> Result<(), Stop> {
        let from = self.pop_mark()?;
        if from <= self.fence {
            return Err(self.underflow());
        }
        self.fill_from(from, filling)
    }

    #[inline]
    fn watch(&mut self, from: usize) {
        if self.globals.unpicklers() {
            self.keep_watch(from);
        }
    }

    #[inline]
    fn fill_from(&mut self, from: usize, filling: Filling) -> Result<(), Stop> {
        let target = from.checked_sub(1).and_then(|at| self.stack.get(at)).copied();
        let target = target.ok_or_else(|| self.underflow())?;
        self.watch(from);
        if let Value::Seq(seq) = target {
            let values = self.stack.get(from..).unwrap_or_default();
            let keys = match (seq.kind(), filling) {
                (Kind::List, Filling::Items) => Some(usize::MAX),
                (Kind::Dict, Filling::Pairs) => Some(2),
                (Kind::Set, Filling::Members) => Some(1),
                // `list[index] = value` replaces one.
                (Kind::List, Filling::Pairs) => None,
                _ if values.is_empty() => None,
                _ => return Err(Stop::Malformed { what: "container to fill", offset: self.at }),
            };
            match keys {
                Some(every) => {
                    if every <= 2 {
                        self.hashable(values, every)?;
                    }
                    self.items.fill(seq, values);
                }
                None if (seq.kind(), filling) == (Kind::List, Filling::Pairs) => self.items.forget(seq),
                None => {}
            }
            if self.shared.from != NOWHERE {
                self.filled(from, seq);
            }
        } else {
            self.fill_foreign(target, from, filling)?;
        }
        self.stack.truncate(from);
        Ok(())
    }

    /// Refuses what Python does: a key or a member that can change.
    #[inline]
    fn hashable(&self, values: &[Value], every: usize) -> Result<(), Stop> {
        let changes = |value: &Value| matches!(value, Value::Seq(seq) if matches!(seq.kind(), Kind::List | Kind::Dict | Kind::Set));
        let odd = if every == 2 {
            values.chunks_exact(2).any(|pair| pair.first().is_some_and(changes))
        } else {
            values.iter().any(changes)
        };
        if odd { Err(self.unhashable()) } else { Ok(()) }
    }

    #[cold]
    #[inline(never)]
    const fn unhashable(&self) -> Stop {
        Stop::Malformed { what: "key that can change", offset: self.at }
    }
}
