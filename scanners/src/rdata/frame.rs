//! Items that are open: what they wait for, and what they amount to when it has come.

use std::collections::BTreeSet;

use super::cells::Cells;
use super::shown::Shown;

/// Where an item stands, as far as it matters for what uses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In data: using the data uses it.
    Data,
    /// The list of all objects of a file that `load` reads.
    Objects,
    /// The lists that an environment keeps its variables in.
    Variables,
    /// The value of a variable or of a function's argument, where R keeps promises itself.
    Variable,
    /// In code.
    Code,
}

/// What to read next.
pub(super) enum Next {
    Item(Place),
    /// The rest of a list, which may go on in the same frame.
    Rest,
    /// Texts of a vector, one after the other.
    Texts,
    /// The code of a function, as numbers.
    Code,
    /// The count of constants that follow compiled code.
    Constants,
    /// An item of compiled code, behind a number that says how it is stored.
    Stored,
    /// The rest of a list in compiled code.
    StoredRest,
    /// Nothing: it is complete.
    Done,
}

/// What is remembered of names that are read as a vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Package,
    Persistent,
}

/// An item that is open.
pub(super) enum Frame {
    Cells(Box<Cells>),
    /// Elements, then attributes.
    Vector {
        left: u64,
        place: Place,
        attributes: bool,
    },
    /// Elements that are texts, then attributes.
    Texts {
        left: u64,
        attributes: bool,
        shown: String,
        first: bool,
    },
    /// Only attributes are missing.
    Attributes {
        shown: Shown,
        read: bool,
    },
    /// A name, whose text follows or has been read.
    Symbol(Option<String>),
    /// Enclosure, frame, hash table and attributes.
    Environment(u8),
    /// The class, the state and the attributes of something that a package stores its own way.
    Alternative {
        step: u8,
        at: u64,
        class: String,
    },
    Names {
        left: u64,
        naming: Naming,
        at: u64,
        text: String,
    },
    Compiled(Compiled),
}

/// Compiled code: numbers, then constants.
pub(super) struct Compiled {
    pub(super) step: CompiledStep,
    pub(super) at: u64,
    pub(super) left: u64,
    pub(super) number: u32,
    pub(super) attributes: bool,
    /// Numbers of the constants that the code calls by name.
    pub(super) called: BTreeSet<u32>,
}

/// How far compiled code has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CompiledStep {
    Code,
    Count,
    Constants,
    Attributes,
}

impl Frame {
    pub(super) fn next(&self) -> Next {
        match self {
            Self::Cells(cells) => cells.next(),
            Self::Vector { left: 1.., place, .. } => Next::Item(*place),
            Self::Texts { left: 1.., .. } => Next::Texts,
            Self::Vector { attributes: true, .. }
            | Self::Texts { attributes: true, .. }
            | Self::Attributes { read: false, .. } => Next::Item(Place::Data),
            Self::Vector { .. } | Self::Texts { .. } | Self::Attributes { .. } => Next::Done,
            Self::Symbol(None) => Next::Item(Place::Code),
            Self::Symbol(Some(_)) => Next::Done,
            Self::Environment(step) => match step {
                0 | 3 => Next::Item(Place::Data),
                1 | 2 => Next::Item(Place::Variables),
                _ => Next::Done,
            },
            Self::Alternative { step, .. } => match step {
                0 => Next::Item(Place::Code),
                1 | 2 => Next::Item(Place::Data),
                _ => Next::Done,
            },
            Self::Names { left, .. } => {
                if *left > 0 {
                    Next::Item(Place::Code)
                } else {
                    Next::Done
                }
            }
            Self::Compiled(compiled) => compiled.next(),
        }
    }

    /// Takes what was read.
    pub(super) fn take(&mut self, value: Shown) {
        match self {
            Self::Cells(cells) => cells.take(value),
            Self::Vector { left, attributes, .. } => match left.checked_sub(1) {
                Some(fewer) => *left = fewer,
                None => *attributes = false,
            },
            Self::Texts { left, attributes, shown, first } => match left.checked_sub(1) {
                Some(fewer) => {
                    *left = fewer;
                    if std::mem::take(first) {
                        *shown = value.text;
                    }
                }
                None => *attributes = false,
            },
            Self::Environment(step) => *step = step.saturating_add(1),
            Self::Alternative { step, class, .. } => {
                if *step == 0 {
                    *class = value.text;
                }
                *step = step.saturating_add(1);
            }
            Self::Names { left, text, .. } => {
                *left = left.saturating_sub(1);
                if text.is_empty() {
                    *text = value.text;
                }
            }
            Self::Compiled(compiled) => compiled.take(),
            Self::Symbol(name) => *name = Some(value.text),
            Self::Attributes { read, .. } => *read = true,
        }
    }
}

impl Compiled {
    pub(super) fn new(at: u64, attributes: bool) -> Self {
        Self { step: CompiledStep::Code, at, left: 0, number: 0, attributes, called: BTreeSet::new() }
    }

    const fn next(&self) -> Next {
        match self.step {
            CompiledStep::Code => Next::Code,
            CompiledStep::Count => Next::Constants,
            CompiledStep::Constants if self.left > 0 => Next::Stored,
            CompiledStep::Constants | CompiledStep::Attributes if self.attributes => Next::Item(Place::Data),
            CompiledStep::Constants | CompiledStep::Attributes => Next::Done,
        }
    }

    const fn take(&mut self) {
        match self.step {
            CompiledStep::Code => self.step = CompiledStep::Count,
            CompiledStep::Count => self.step = CompiledStep::Constants,
            CompiledStep::Constants if self.left > 0 => {
                self.left = self.left.saturating_sub(1);
                self.number = self.number.saturating_add(1);
            }
            CompiledStep::Constants | CompiledStep::Attributes => {
                self.step = CompiledStep::Attributes;
                self.attributes = false;
            }
        }
    }
}
