//! The unpickling machine, with values replaced by what matters of them.
//!
//! Source: CPython `Modules/_pickle.c`, checked against `Lib/pickle.py`. Where both raise, this stops; where one goes
//! on, this goes on. What is called is judged in `calls.rs`.

use assay_core::Location;

use super::containers::Filling;
use super::deed::Deed;
use super::globals::{Global, Globals};
use super::items::Items;
use super::joblib::Dtype;
use super::memo::Memo;
use super::opcode::{Op, Text, decode};
use super::shared::Shared;
use super::source::Source;
use super::value::Value;
use super::{literal, plain, rules};
use crate::{Input, Limit, Loader, Report, Stop};

/// Values on the stack; 32 MiB. Picklers write lists and dicts in batches of 1,000; only tuples are put there whole.
const MAX_STACK: usize = 1 << 21;

/// Marks on the stack, 8 MiB; each level of nesting needs one.
const MAX_MARKS: usize = 1 << 20;

/// The highest protocol there is.
const HIGHEST_PROTOCOL: u8 = 5;

/// The lowest memo index that is looked at: an unpickler reserves a GiB for it.
const MAX_RESERVED: u64 = 1 << 26;

/// How often one rule without a global is reported per pickle.
const MAX_NOTES: u32 = 4;

/// One pickle being followed.
pub(super) struct Machine<'m, 'i, 'a, 's> {
    pub(super) source: Source<'i, 'a>,
    pub(super) report: &'m mut Report<'s>,
    pub(super) globals: Globals,
    pub(super) items: Items,
    pub(super) dtypes: Vec<Dtype>,
    pub(super) stack: Vec<Value>,
    /// Offset of the operation being followed.
    pub(super) at: u64,
    pub(super) marks: Vec<usize>,
    /// Values below belong to an outer mark.
    pub(super) fence: usize,
    pub(super) memo: Memo,
    pub(super) shared: Shared,
    pub(super) protocol: u8,
    /// End of the frame, `u64::MAX` outside of frames.
    frame_end: u64,
    frame_broken: bool,
    odd_values: u32,
    persistent_ids: u32,
    pub(super) nameless: bool,
    refused: bool,
    /// Whether it reads as `pickle.load` does, which knows nothing of joblib's arrays.
    pub(super) plain: bool,
    /// Bytes of arrays that may still be followed as operations.
    pub(super) plain_left: u64,
    /// Whether strings are looked into for pickles.
    pub(super) literals: bool,
    /// Findings about pickles in strings.
    pub(super) nested_told: u32,
}

/// Where a pickle ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct End {
    /// Offset after `STOP`.
    pub(super) offset: u64,
    /// Whether anything was imported or asked for: a pickle without is data.
    pub(super) active: bool,
}

impl<'m, 'i, 'a, 's> Machine<'m, 'i, 'a, 's> {
    pub(super) fn new(input: &'i Input<'a>, offset: u64, report: &'m mut Report<'s>) -> Self {
        Self {
            source: Source::new(input, offset),
            report,
            globals: Globals::default(),
            items: Items::default(),
            dtypes: Vec::new(),
            stack: Vec::new(),
            at: offset,
            marks: Vec::new(),
            fence: 0,
            memo: Memo::default(),
            shared: Shared::default(),
            protocol: 0,
            frame_end: u64::MAX,
            frame_broken: false,
            odd_values: 0,
            persistent_ids: 0,
            nameless: false,
            refused: false,
            plain: false,
            plain_left: plain::MAX_FOLLOWED,
            literals: true,
            nested_told: 0,
        }
    }

    /// The same machine at the same place of the same bytes, which goes on as `pickle.load` does.
    pub(super) fn as_plain<'n, 'j, 'b, 't>(
        &self,
        input: &'j Input<'b>,
        report: &'n mut Report<'t>,
    ) -> Machine<'n, 'j, 'b, 't> {
        let mut globals = self.globals.clone();
        for number in globals.numbers() {
            if let Some(global) = globals.get_mut(number) {
                global.used = 1;
            }
        }
        Machine {
            source: Source::new(input, self.source.position()),
            report,
            globals,
            items: self.items.clone(),
            dtypes: self.dtypes.clone(),
            stack: self.stack.clone(),
            at: self.at,
            marks: self.marks.clone(),
            fence: self.fence,
            memo: self.memo.clone(),
            shared: self.shared.clone(),
            protocol: self.protocol,
            frame_end: self.frame_end,
            frame_broken: false,
            odd_values: MAX_NOTES,
            persistent_ids: self.persistent_ids,
            nameless: self.nameless,
            refused: self.refused,
            plain: true,
            plain_left: 0,
            literals: false,
            nested_told: 0,
        }
    }

    /// Bytes that a copy takes.
    pub(super) fn size(&self) -> u64 {
        let values = self.stack.len().saturating_add(self.marks.len()).saturating_mul(size_of::<Value>());
        let size = values.saturating_add(self.memo.size()).saturating_add(self.globals.size());
        u64::try_from(size).unwrap_or(u64::MAX)
    }

    /// Whether it names globals that the machine it was copied from does not, and that exist.
    pub(super) fn names_more_than(&self, origin: &Machine<'_, '_, '_, '_>) -> bool {
        let own = origin.globals.numbers().end..self.globals.numbers().end;
        own.filter_map(|number| self.globals.get(number)).any(Global::plausible)
    }

    /// Follows the pickle to its end and reports what it does; also when it breaks.
    pub(super) fn run(&mut self) -> Result<End, Stop> {
        let ended = self.follow();
        self.report_imports();
        ended
    }

    /// Whether anything was imported or asked for so far.
    pub(super) fn active(&self) -> bool {
        !self.globals.numbers().is_empty() || self.persistent_ids > 0
    }

    /// Whether any global was named, if only by a number or by something that is not seen.
    pub(super) fn names(&self) -> bool {
        self.nameless || !self.globals.numbers().is_empty()
    }

    /// Whether it would go on if the input were `size` bytes long.
    pub(super) fn goes_on(&self, size: u64) -> bool {
        self.source.needed().is_some_and(|needed| needed <= size)
    }

    /// Whether `pickle.load` refuses it before anything was imported, because it asks for an object by an id.
    pub(super) const fn refused(&self) -> bool {
        self.refused
    }

    /// Whether it names a global that exists or calls one: what text that happens to begin like a pickle does not do.
    pub(super) fn plausible(&self) -> bool {
        self.globals.numbers().filter_map(|number| self.globals.get(number)).any(Global::plausible)
    }

    /// The place of the operation being followed.
    pub(super) fn place(&self) -> Location {
        self.source.input().place().at(self.at)
    }

    fn follow(&mut self) -> Result<End, Stop> {
        loop {
            self.at = self.source.position();
            if self.at >= self.frame_end {
                self.frame_end = u64::MAX;
            }
            let Some(op) = decode(&mut self.source)? else {
                return Err(self.source.ends(1, "end of pickle"));
            };
            if op == Op::Stop {
                return self.stop();
            }
            self.step(op)?;
            if self.source.position() > self.frame_end {
                self.broken_frame();
            }
        }
    }

    fn stop(&mut self) -> Result<End, Stop> {
        let result = self.pop()?;
        let offset = self.source.position();
        if self.frame_end != u64::MAX && self.frame_end != offset {
            self.broken_frame();
        }
        let report = &mut *self.report;
        if report.wants_lines() {
            let line =
                format!("return {}", super::program::shown(&self.source, &self.globals, &self.items, result));
            report.line(&self.source.input().place().at(self.at), || line);
        }
        Ok(End { offset, active: self.active() })
    }

    #[inline]
    fn step(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Int(number) => self.push(Value::Int(number)),
            Op::Number => self.push(Value::Number),
            Op::None => self.push(Value::None),
            Op::Bool(value) => self.push(Value::Bool(value)),
            Op::Text(span, text) => {
                if span.length >= literal::SHORTEST {
                    self.literal(span, text)?;
                }
                self.push(Value::Text(span, text))
            }
            Op::Memoize => self.memoize(self.memo.len()),
            Op::Put(index) => self.memoize(index),
            Op::Get(index) => self.recall(index),
            Op::Mark => self.mark(),
            Op::Tuple(count) => self.tuple(count),
            Op::Empty(kind) => {
                let empty = Value::Seq(self.items.empty(kind));
                self.push(empty)
            }
            Op::Marked(kind) => self.marked(kind),
            Op::Append => self.fill(1, Filling::Items),
            Op::SetItem => self.fill(2, Filling::Pairs),
            Op::Appends => self.fill_marked(Filling::Items),
            Op::SetItems => self.fill_marked(Filling::Pairs),
            Op::AddItems => self.fill_marked(Filling::Members),
            Op::Bytes(span) => {
                if span.length >= literal::SHORTEST {
                    self.literal(span, Text::Python2)?;
                }
                self.push(Value::Bytes(span))
            }
            Op::Stop => Ok(()),
            Op::Pop
            | Op::PopMark
            | Op::Dup
            | Op::OddNumber
            | Op::Buffer
            | Op::ByteArray(_)
            | Op::ReadonlyBuffer
            | Op::Global(..)
            | Op::StackGlobal
            | Op::Inst(..)
            | Op::Obj
            | Op::NewObj
            | Op::NewObjEx
            | Op::Reduce
            | Op::Build
            | Op::Extension(_)
            | Op::PersistentText(_)
            | Op::PersistentId
            | Op::Protocol(_)
            | Op::Frame(_) => self.rare(op),
        }
    }

    #[inline(never)]
    fn rare(&mut self, op: Op) -> Result<(), Stop> {
        match op {
            Op::Pop => self.pop_or_mark(),
            Op::PopMark => self.pop_mark().map(|from| self.stack.truncate(from)),
            Op::Dup => self.top().and_then(|top| self.again(top)),
            Op::OddNumber => {
                self.note_odd_value();
                self.push(Value::Number)
            }
            Op::Buffer => self.push(Value::Plain),
            Op::ByteArray(span) => {
                self.literal(span, Text::Python2)?;
                self.push(Value::Plain)
            }
            Op::ReadonlyBuffer => self.top().map(|_| ()),
            Op::Global(module, name) => self.global(module, name).and_then(|global| self.push(global)),
            Op::StackGlobal => self.stack_global(),
            Op::Inst(module, name) => self.inst(module, name),
            Op::Obj => self.obj(),
            Op::NewObj => self.new_obj(),
            Op::NewObjEx => self.new_obj_ex(),
            Op::Reduce => self.reduce(),
            Op::Build => self.build(),
            Op::Extension(code) => self.extension(code),
            Op::PersistentText(id) => self.persistent_id(Value::Text(id, Text::Python2)),
            Op::PersistentId => self.pop().and_then(|id| self.persistent_id(id)),
            Op::Protocol(version) if version > HIGHEST_PROTOCOL => Err(Stop::Unsupported("pickle protocol")),
            Op::Protocol(version) => {
                self.protocol = version;
                Ok(())
            }
            Op::Frame(length) => self.frame(length),
            Op::Mark
            | Op::Stop
            | Op::None
            | Op::Bool(_)
            | Op::Int(_)
            | Op::Number
            | Op::Text(..)
            | Op::Bytes(_)
            | Op::Empty(_)
            | Op::Marked(_)
            | Op::Tuple(_)
            | Op::Append
            | Op::Appends
            | Op::AddItems
            | Op::SetItem
            | Op::SetItems
            | Op::Get(_)
            | Op::Put(_)
            | Op::Memoize => Ok(()),
        }
    }

    pub(super) const fn underflow(&self) -> Stop {
        Stop::Malformed { what: "stack", offset: self.at }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Value) -> Result<(), Stop> {
        if self.stack.len() >= MAX_STACK {
            return Err(Stop::Limit(Limit::Memory("the stack")));
        }
        self.stack.push(value);
        Ok(())
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Result<Value, Stop> {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.pop().ok_or_else(|| self.underflow())
    }

    #[inline]
    pub(super) fn top(&self) -> Result<Value, Stop> {
        if self.stack.len() <= self.fence {
            return Err(self.underflow());
        }
        self.stack.last().copied().ok_or_else(|| self.underflow())
    }

    #[inline]
    fn mark(&mut self) -> Result<(), Stop> {
        if self.marks.len() >= MAX_MARKS {
            return Err(Stop::Limit(Limit::Memory("marks")));
        }
        self.fence = self.stack.len();
        self.marks.push(self.fence);
        Ok(())
    }

    /// Takes the last mark away and gives where its values begin.
    #[inline]
    pub(super) fn pop_mark(&mut self) -> Result<usize, Stop> {
        let from = self.marks.pop().ok_or(Stop::Malformed { what: "mark", offset: self.at })?;
        self.fence = self.marks.last().copied().unwrap_or(0);
        Ok(from)
    }

    fn pop_or_mark(&mut self) -> Result<(), Stop> {
        if self.marks.last() == Some(&self.stack.len()) {
            return self.pop_mark().map(|_| ());
        }
        self.pop().map(|_| ())
    }

    #[inline]
    fn memoize(&mut self, index: u64) -> Result<(), Stop> {
        if index >= MAX_RESERVED && index > self.at {
            self.reserves(index);
        }
        match self.stack.get(self.fence..).and_then(<[Value]>::last) {
            // Its word alone is read: the whole value was just written in two parts.
            Some(Value::Seq(seq)) => self.memo.put_container(index, *seq),
            Some(value) => self.memo.put(index, *value),
            None => Err(self.underflow()),
        }
    }

    #[inline]
    fn recall(&mut self, index: u64) -> Result<(), Stop> {
        let value = self.memo.get(index).ok_or(Stop::Malformed { what: "memo index", offset: self.at })?;
        self.again(value)
    }

    /// Puts another reference to a value on the stack.
    #[inline]
    fn again(&mut self, value: Value) -> Result<(), Stop> {
        if matches!(value, Value::Seq(_) | Value::Plain) {
            return self.again_shared(value);
        }
        self.push(value)
    }

    /// A container, or what may be one that was forgotten.
    #[cold]
    #[inline(never)]
    fn again_shared(&mut self, value: Value) -> Result<(), Stop> {
        self.shared.from = self.shared.from.min(self.stack.len());
        let value = if let Value::Seq(seq) = value { Value::Seq(self.referred(seq)) } else { value };
        self.push(value)
    }

    fn persistent_id(&mut self, id: Value) -> Result<(), Stop> {
        let shown = if self.report.wants_lines() { self.shown(id) } else { String::new() };
        self.tell(|| format!("persistent_load({shown})"), Deed::Ask);
        self.persistent_ids = self.persistent_ids.saturating_add(1);
        self.refused |= self.globals.numbers().is_empty();
        let foreign = match self.source.input().loader() {
            Loader::Torch => false,
            Loader::Any | Loader::Numpy | Loader::TorchScript | Loader::TorchServe | Loader::Image => true,
        };
        if foreign && self.persistent_ids == 1 {
            let place = self.place();
            let message = "an object is asked for by a persistent id, which plain loaders refuse";
            self.report.hit(&rules::PERSISTENT_ID, place, message, &[]);
        }
        let given = self.asked(id)?;
        self.push(given)
    }

    fn frame(&mut self, length: u64) -> Result<(), Stop> {
        let start = self.source.position();
        let end = start.saturating_add(length);
        if self.frame_end != u64::MAX && start < self.frame_end || end > self.source.input().size() {
            self.broken_frame();
        }
        self.frame_end = end;
        Ok(())
    }

    /// Before bytes that a loader reads from the file itself: the frame has to end here.
    pub(super) fn leave_frame(&mut self) {
        if self.frame_end != u64::MAX && self.frame_end != self.source.position() {
            self.broken_frame();
        }
        self.frame_end = u64::MAX;
    }

    pub(super) fn replace_top(&mut self, value: Value) {
        if let Some(top) = self.stack.last_mut() {
            *top = value;
        }
    }

    /// CPython's C unpickler before 3.13.15 and 3.14.7 read on across frames, and could take the wrong bytes; the
    /// others refuse. No pickler writes it.
    #[cold]
    fn broken_frame(&mut self) {
        self.frame_end = u64::MAX;
        if !self.frame_broken {
            self.frame_broken = true;
            let place = self.place();
            let message = "a frame does not end where an operation ends";
            self.report.hit(&rules::FRAME_BOUNDARY, place, message, &[]);
        }
    }

    /// The C unpickler's memo is an array twice as long as its highest index. Picklers count from zero, and every entry
    /// takes a byte of the file at least.
    #[cold]
    #[inline(never)]
    fn reserves(&mut self, index: u64) {
        self.odd_values = self.odd_values.saturating_add(1);
        if self.odd_values <= MAX_NOTES {
            let bytes = index.saturating_mul(16);
            let message = format!("memo entry {index} makes Python reserve {bytes} bytes");
            self.report.hit(&rules::MEMO_INDEX, self.place(), &message, &[("index", &index.to_string())]);
        }
    }

    fn note_odd_value(&mut self) {
        self.odd_values = self.odd_values.saturating_add(1);
        if self.odd_values <= MAX_NOTES {
            let place = self.place();
            let message = "a number is written as no pickler writes it; readers disagree whether it is one";
            self.report.hit(&rules::READER_DIFFERENTIAL, place, message, &[]);
        }
    }
}
