//! What is made of cells: lists, calls, functions, promises, and the arguments behind `...`.

use super::frame::{Next, Place};
use super::shown::{Nature, Shown, call};

/// Arguments that are kept of one call.
const MAX_ARGUMENTS: usize = 8;

/// What the cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    List,
    Call,
    Closure,
    Promise,
    Dots,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Attributes,
    Tag,
    First,
    Rest,
    Done,
}

/// Cells that are open: of a list, the one that is read now.
pub(super) struct Cells {
    pub(super) kind: Kind,
    pub(super) at: u64,
    pub(super) place: Place,
    /// Findings about calls before this began.
    pub(super) calls_before: u64,
    /// Whether it lies in compiled code, which stores calls its own way.
    stored: bool,
    tagged: bool,
    step: Step,
    tag: String,
    /// What was first: a call's function, a promise's value.
    pub(super) first: Option<Shown>,
    /// A call's arguments, a list's items.
    pub(super) arguments: Vec<Shown>,
    /// What came behind the first cell: a closure's body, a promise's expression.
    pub(super) rest: Shown,
}

impl Cells {
    pub(super) fn new(kind: Kind, at: u64, place: Place, flags: Flags) -> Self {
        let mut cells = Self {
            kind,
            at,
            place,
            calls_before: 0,
            stored: flags.stored,
            tagged: false,
            step: Step::First,
            tag: String::new(),
            first: None,
            arguments: Vec::new(),
            rest: Shown::other(),
        };
        cells.cell(flags);
        cells
    }

    /// Begins with the next cell of a list.
    pub(super) fn cell(&mut self, flags: Flags) {
        self.tagged = flags.tagged;
        self.tag.clear();
        self.step = match flags {
            Flags { attributes: true, .. } => Step::Attributes,
            Flags { tagged: true, .. } => Step::Tag,
            Flags { .. } => Step::First,
        };
    }

    /// Whether a list may go on behind this cell.
    pub(super) fn goes_on(&self) -> bool {
        matches!(self.kind, Kind::List | Kind::Call | Kind::Dots)
    }

    /// Whether this is a promise that has no value yet.
    pub(super) fn pending(&self) -> bool {
        self.kind == Kind::Promise && self.first.as_ref().is_some_and(|value| value.nature == Nature::Unbound)
    }

    pub(super) const fn next(&self) -> Next {
        match self.step {
            Step::Attributes => Next::Item(Place::Data),
            // A name is text that is shown; an environment of a function or promise is data.
            Step::Tag => Next::Item(match self.kind {
                Kind::Closure | Kind::Promise => Place::Data,
                Kind::List | Kind::Call | Kind::Dots => Place::Code,
            }),
            Step::First if self.stored => Next::Stored,
            Step::First => Next::Item(self.inside()),
            Step::Rest if self.stored => Next::StoredRest,
            Step::Rest => match self.kind {
                Kind::List | Kind::Call | Kind::Dots => Next::Rest,
                Kind::Closure | Kind::Promise => Next::Item(Place::Code),
            },
            Step::Done => Next::Done,
        }
    }

    /// The place of what the cells hold.
    pub(super) const fn inside(&self) -> Place {
        match (self.kind, self.place) {
            (Kind::Call | Kind::Closure, _) | (Kind::List, Place::Code) => Place::Code,
            (Kind::Dots, _) | (Kind::List, Place::Variables) => Place::Variable,
            (Kind::List, Place::Data | Place::Objects | Place::Variable) | (Kind::Promise, _) => Place::Data,
        }
    }

    pub(super) fn take(&mut self, value: Shown) {
        self.step = match self.step {
            Step::Attributes if self.tagged => Step::Tag,
            Step::Attributes => Step::First,
            Step::Tag => {
                self.tag = value.text;
                Step::First
            }
            Step::First => {
                self.item(value);
                Step::Rest
            }
            Step::Rest => {
                self.rest = value;
                Step::Done
            }
            Step::Done => Step::Done,
        };
    }

    fn item(&mut self, mut value: Shown) {
        if self.first.is_none() && self.kind != Kind::List {
            self.first = Some(value);
        } else if self.arguments.len() < MAX_ARGUMENTS {
            value.tag.clone_from(&self.tag);
            self.arguments.push(value);
        }
    }

    /// The name of the cell that is read now.
    pub(super) fn tag(&self) -> &str {
        &self.tag
    }

    /// What the whole amounts to.
    pub(super) fn shown(&self) -> Shown {
        match (self.kind, &self.first) {
            (Kind::Call, Some(head)) => call(head, &self.arguments),
            (Kind::Closure, _) => Shown::new(Nature::Closure, "function".to_owned()),
            (Kind::List, _) if self.place == Place::Code => {
                let texts: Vec<&str> = self.arguments.iter().map(|each| each.text.as_str()).collect();
                Shown::new(Nature::Other, texts.join(", "))
            }
            (Kind::List | Kind::Call | Kind::Promise | Kind::Dots, _) => Shown::other(),
        }
    }
}

/// What the number before an item says about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flags {
    pub(super) attributes: bool,
    pub(super) tagged: bool,
    pub(super) active: bool,
    pub(super) stored: bool,
}

impl Flags {
    pub(super) const fn of(number: u32) -> Self {
        // The uppermost bits are the object's own; of a variable, the fifteenth says that a function gives its value.
        Self {
            attributes: number & 1 << 9 != 0,
            tagged: number & 1 << 10 != 0,
            active: number >> 12 & 1 << 15 != 0,
            stored: false,
        }
    }

    /// In compiled code every cell has a tag.
    pub(super) const fn stored(attributes: bool) -> Self {
        Self { attributes, tagged: true, active: false, stored: true }
    }
}
