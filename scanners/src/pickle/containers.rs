//! Containers: making them from the stack, and filling what is below.

use super::machine::Machine;
use super::opcode::Kind;
use super::value::Value;
use crate::Stop;

impl Machine<'_, '_, '_, '_> {
    /// A container of everything from `from` on, which leaves the stack.
    #[inline]
    pub(super) fn gather(&mut self, kind: Kind, from: usize) -> Value {
        let seq = self.items.keep(kind, self.stack.get(from..).unwrap_or_default());
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
        let container = self.gather(kind, from);
        self.push(container)
    }

    /// `APPEND` and `SETITEM`: the top `count` values go into the one below.
    #[inline]
    pub(super) fn fill(&mut self, count: usize) -> Result<(), Stop> {
        let from = self.stack.len().checked_sub(count).filter(|from| *from > self.fence);
        self.fill_from(from.ok_or_else(|| self.underflow())?)
    }

    /// `APPENDS`, `SETITEMS` and `ADDITEMS`: everything above the mark goes into the value below.
    #[inline]
    pub(super) fn fill_marked(&mut self) -> Result<(), Stop> {
        let from = self.pop_mark()?;
        if from <= self.fence {
            return Err(self.underflow());
        }
        self.fill_from(from)
    }

    #[inline]
    fn fill_from(&mut self, from: usize) -> Result<(), Stop> {
        let target = from.checked_sub(1).and_then(|at| self.stack.get(at)).copied();
        let target = target.ok_or_else(|| self.underflow())?;
        let filled = match target {
            Value::Seq(seq) if seq.is_empty() => Some(self.gather(seq.kind, from)),
            Value::Seq(seq) => {
                let mut seq = seq;
                seq.more = true;
                Some(Value::Seq(seq))
            }
            Value::Plain | Value::None | Value::Bool(_) | Value::Int(_) | Value::Number => None,
            Value::Text(..)
            | Value::Bytes(_)
            | Value::Global(_)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed
            | Value::Forgotten => {
                self.fill_foreign(target, from)?;
                None
            }
        };
        self.stack.truncate(from);
        if let (Some(filled), Some(target)) = (filled, self.stack.last_mut()) {
            *target = filled;
        }
        Ok(())
    }
}
