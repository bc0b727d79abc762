//! Containers that are referred to more than once, and what they stand for.

use super::items::Seq;
use super::machine::Machine;
use super::opcode::Kind;
use super::rules;
use super::value::Value;
use super::weight::Weight;

/// Values that no program walks in a second.
const MAX_EXPANDED: u128 = 1 << 28;

/// Values for each byte of the pickle: large files of shared parts stand for much, and were walked to be written.
const MAX_EXPANDED_PER_BYTE: u128 = 1 << 10;

/// Marks that are looked at for the containers being filled; picklers nest a few hundred deep.
const MAX_OPEN: usize = 1 << 10;

/// Values right below that are looked at as well: protocol 0 fills without marks.
const NEAR: usize = 16;

/// How often marks are looked at in one pickle.
const MAX_STEPS: u32 = 1 << 28;

/// The highest position that no weighed value stands at.
pub(super) const NOWHERE: usize = usize::MAX;

/// What is known of shared containers.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    /// Values on the stack below are not weighed.
    pub(super) from: usize,
    steps: u32,
    reported: bool,
}

impl Default for Shared {
    fn default() -> Self {
        Self { from: NOWHERE, steps: MAX_STEPS, reported: false }
    }
}

impl Machine<'_, '_, '_, '_> {
    /// A second reference to a container.
    pub(super) fn referred(&self, seq: Seq) -> Seq {
        seq.weighing(self.weight(seq).max(Weight::ONE))
    }

    /// What a new container of the values from `from` on stands for, which takes their place.
    #[cold]
    #[inline(never)]
    pub(super) fn gathered(&mut self, from: usize, seq: Seq) -> Seq {
        let weight = self.weigh(from, None);
        let seq = seq.weighing(weight);
        if weight > Weight::NONE {
            self.items.weigh(seq);
            self.weighs(from, weight);
        }
        seq
    }

    /// The values from `from` on go into the container below.
    #[cold]
    #[inline(never)]
    pub(super) fn filled(&mut self, from: usize, seq: Seq) {
        let more = self.weigh(from, Some(seq));
        if more > Weight::NONE {
            self.outgrows(from.saturating_sub(1), seq, more);
        }
    }

    /// What the values from `from` on stand for together, which leave the stack for `target`.
    fn weigh(&mut self, from: usize, target: Option<Seq>) -> Weight {
        let mut count = 0_u128;
        for at in from..self.stack.len() {
            count = count.saturating_add(match self.stack.get(at) {
                Some(Value::Seq(seq)) if seq.weight() > Weight::NONE => {
                    let seq = *seq;
                    let itself = target.is_some_and(|target| target.is(seq));
                    // It may have been filled since it came here.
                    if !itself && self.open(seq, from) { 1 } else { self.weight(seq).count() }
                }
                // From the memo, where it may have been a container.
                Some(Value::Plain) => 1,
                Some(_) | None => 0,
            });
        }
        if self.shared.from >= from {
            self.shared.from = NOWHERE;
        }
        Weight::of(count)
    }

    /// A container at `at` stands for this much.
    fn weighs(&mut self, at: usize, weight: Weight) {
        self.shared.from = self.shared.from.min(at);
        let count = weight.count();
        let size = u128::from(self.source.position()).saturating_mul(MAX_EXPANDED_PER_BYTE);
        if count > size.max(MAX_EXPANDED) && !self.shared.reported {
            self.shared.reported = true;
            let power = count.ilog2().to_string();
            let message = format!(
                "a container stands for more than 2^{power} values: what hashes, compares, prints or copies it hangs"
            );
            self.report.hit(&rules::EXPANSION, self.place(), &message, &[("values", &format!("2^{power}"))]);
        }
    }

    /// More goes into the container at `at`.
    fn outgrows(&mut self, at: usize, seq: Seq, more: Weight) {
        let weight = self.weight(seq).plus(more);
        let grown = seq.weighing(weight);
        if let Some(target) = self.stack.get_mut(at) {
            *target = Value::Seq(grown);
        }
        self.items.weigh(grown);
        self.memo.weigh(grown);
        self.weighs(at, weight);
    }

    fn weight(&self, seq: Seq) -> Weight {
        self.items.weight(seq).max(seq.weight())
    }

    /// Whether a container is still being filled, somewhere below `from`: it holds itself, and whoever walks it sees that.
    fn open(&mut self, seq: Seq, from: usize) -> bool {
        if matches!(seq.kind(), Kind::Tuple | Kind::FrozenSet) {
            return false;
        }
        let is_it = |value: Option<&Value>| matches!(value, Some(Value::Seq(open)) if open.is(seq));
        let marks = self.marks.get(self.marks.len().saturating_sub(MAX_OPEN)..).unwrap_or_default();
        let steps = u32::try_from(marks.len().saturating_add(NEAR)).unwrap_or(u32::MAX);
        let Some(left) = self.shared.steps.checked_sub(steps) else { return false };
        self.shared.steps = left;
        let below = self.stack.get(from.saturating_sub(NEAR)..from).unwrap_or_default();
        below.iter().any(|value| is_it(Some(value)))
            || marks.iter().rev().any(|mark| is_it(mark.checked_sub(1).and_then(|at| self.stack.get(at))))
    }
}
