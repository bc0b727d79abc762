//! What loading a pickle does, one deed after the other: what `explain` prints and what is compared with CPython.

use super::containers::Filling;
use super::globals::Global;
use super::items::Seq;
use super::machine::Machine;
use super::opcode::Kind;
use super::program;
use super::value::Value;

/// Parts of one value that a deed shows.
const MAX_PARTS: usize = 256;

/// Bytes of one string that a deed shows.
const MAX_BYTES: usize = 256;

/// One thing that loading a pickle does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A global is imported.
    Import {
        /// Module and name as the pickle writes them.
        written: (String, String),
        /// Module and name as Python 3 resolves them.
        resolved: (String, String),
    },
    /// Something is called.
    Call {
        /// What is called.
        callee: Seen,
        /// The arguments by position: a tuple, or whatever stands in its place.
        args: Seen,
    },
    /// An object is given its state.
    State {
        /// The object.
        of: Seen,
        /// The state.
        state: Seen,
    },
    /// Items go into something that is no plain container.
    Fill {
        /// What gets them.
        of: Seen,
    },
    /// The loader is asked for an object by an id.
    Ask,
    /// A global is named by a number.
    Extension(u32),
    /// A global is named by something that is not a constant.
    Unnamed,
}

/// A value as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// Nothing is known of it.
    Unknown,
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string.
    Text(String),
    /// A byte string.
    Bytes(Vec<u8>),
    /// A container of which all items are known: the name of its type, and its items. Those of a dict are its keys and
    /// values in turn; a key may come more than once.
    Items(&'static str, Vec<Seen>),
    /// A global, as the pickle writes it.
    Global(String, String),
    /// What a call of a global gave.
    Made(String, String),
    /// What a loader gives for an id.
    Asked,
}

impl Machine<'_, '_, '_, '_> {
    pub(super) fn tell_import(&mut self, number: u32) {
        if self.report.wants_lines() {
            let line = program::import(self.globals.get(number));
            self.report.line(&self.place(), || line);
        }
        let Some(global) = self.globals.get(number).filter(|_| self.report.wants_deeds()) else { return };
        let resolved = (global.module.clone(), global.name.clone());
        self.report.deed(Deed::Import { written: written(global), resolved });
    }

    pub(super) fn tell_call(&mut self, callee: Value, args: Value) {
        if self.report.wants_lines() {
            let line = self.shown_call(callee, args);
            self.report.line(&self.place(), || line);
        }
        if self.report.wants_deeds() {
            let (callee, args) = (self.seen(callee), self.seen(args));
            self.report.deed(Deed::Call { callee, args });
        }
    }

    pub(super) fn tell_state(&mut self, of: Value, state: Value) {
        if self.report.wants_lines() && !matches!(of, Value::Seq(_) | Value::Plain) {
            let line = format!("{}.__setstate__({})", self.shown(of), self.shown(state));
            self.report.line(&self.place(), || line);
        }
        if self.report.wants_deeds() {
            let (of, state) = (self.seen(of), self.seen(state));
            self.report.deed(Deed::State { of, state });
        }
    }

    pub(super) fn tell_fill(&mut self, of: Value, items: Seq, filling: Filling) {
        if self.report.wants_lines() {
            let (of, items) = (self.shown(of), self.shown(Value::Seq(items)));
            let line = match filling {
                Filling::Items => format!("{of}.extend({items})"),
                Filling::Pairs => format!("{of}[…] = {items}"),
                Filling::Members => format!("{of}.add(*{items})"),
            };
            self.report.line(&self.place(), || line);
        }
        if self.report.wants_deeds() {
            let of = self.seen(of);
            self.report.deed(Deed::Fill { of });
        }
    }

    /// Something that no other value stands for: a persistent id, an extension code, an unknown name.
    pub(super) fn tell(&mut self, line: impl FnOnce() -> String, deed: Deed) {
        let place = self.place();
        self.report.line(&place, line);
        if self.report.wants_deeds() {
            self.report.deed(deed);
        }
    }

    fn seen(&self, value: Value) -> Seen {
        let mut parts = MAX_PARTS;
        self.seen_part(value, &mut parts)
    }

    fn seen_part(&self, value: Value, parts: &mut usize) -> Seen {
        *parts = parts.saturating_sub(1);
        match value {
            Value::None => Seen::None,
            Value::Bool(value) => Seen::Bool(value),
            Value::Int(number) => Seen::Int(number),
            Value::Text(..) => self.constant(value).ok().flatten().map_or(Seen::Unknown, Seen::Text),
            Value::Bytes(span) => match self.source.read(span, MAX_BYTES.saturating_add(1)) {
                Ok(bytes) if bytes.len() <= MAX_BYTES => Seen::Bytes(bytes),
                Ok(_) | Err(_) => Seen::Unknown,
            },
            Value::Seq(seq) => match self.items.all(seq).filter(|items| items.len() < *parts) {
                Some(items) => Seen::Items(
                    name(seq.kind()),
                    items.iter().map(|item| self.seen_part(*item, parts)).collect(),
                ),
                None => Seen::Unknown,
            },
            Value::Global(number) => match self.globals.get(number).filter(|global| !global.computed) {
                Some(global) => {
                    let (module, name) = written(global);
                    Seen::Global(module, name)
                }
                None => Seen::Unknown,
            },
            Value::Object(number) => match self.globals.get(number).filter(|global| !global.computed) {
                Some(global) => {
                    let (module, name) = written(global);
                    Seen::Made(module, name)
                }
                None => Seen::Unknown,
            },
            Value::Persistent => Seen::Asked,
            Value::Number
            | Value::Plain
            | Value::Latin1(..)
            | Value::Attribute(..)
            | Value::Dtype(_)
            | Value::Computed
            | Value::Forgotten => Seen::Unknown,
        }
    }
}

fn written(global: &Global) -> (String, String) {
    global.raw.clone().unwrap_or_else(|| (global.module.clone(), global.name.clone()))
}

const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Tuple => "tuple",
        Kind::List => "list",
        Kind::Dict => "dict",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
    }
}
