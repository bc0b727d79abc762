//! What an expression is known to be without running it.

use std::rc::Rc;

/// Alternatives kept for one name; what is beyond them is unknown.
const MAX_ALTERNATIVES: usize = 8;

/// Longest path that is followed; real ones have five steps.
const MAX_PATH: usize = 256;

/// How a text came about. What is spelled out can be read by anyone; what is decoded cannot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Made {
    /// It stands in the source as it is.
    Plain,
    /// It is put together from pieces.
    Assembled,
    /// It was encoded, compressed, reversed or given as numbers.
    Decoded,
}

/// What an expression is known to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Anything.
    Unknown,
    /// Anything, made from decoded bytes.
    Hidden,
    /// What an import path leads to: `os.system`, `socket.socket().connect`; `?` stands for a step nobody can see.
    Path(Rc<str>, Made),
    Text(Rc<str>, Made),
    Bytes(Rc<[u8]>, Made),
    Int(i64),
    Bool(bool),
    None,
    /// Items in order, of a list, a tuple, or the values of a dictionary.
    List(Rc<Vec<Value>>),
    /// One of these.
    Any(Rc<Vec<Value>>),
    /// A function or lambda of this file, by number.
    Function(usize),
    /// A class of this file, by number.
    Class(usize),
    /// An instance of a class of this file.
    Instance(usize),
}

impl Value {
    pub(super) fn path(path: &str) -> Self {
        Self::Path(path.into(), Made::Plain)
    }

    pub(super) fn text(text: &str, made: Made) -> Self {
        Self::Text(text.into(), made)
    }

    pub(super) fn list(items: Vec<Self>) -> Self {
        Self::List(Rc::new(items))
    }

    /// A step from a path to what it holds.
    pub(super) fn step(path: &str, made: Made, step: &str, how: Made) -> Self {
        if path.len().saturating_add(step.len()) > MAX_PATH {
            return Self::Unknown;
        }
        let dot = if step.starts_with('(') { "" } else { "." };
        Self::Path(format!("{path}{dot}{step}").into(), made.max(how))
    }

    /// Everything it may be.
    pub(super) fn alternatives(&self) -> &[Self] {
        if let Self::Any(values) = self { values } else { std::slice::from_ref(self) }
    }

    /// Either of two.
    pub(super) fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let mut all: Vec<Self> = Vec::new();
        for value in self.alternatives().iter().chain(other.alternatives()) {
            if all.len() < MAX_ALTERNATIVES && !all.contains(value) {
                all.push(value.clone());
            }
        }
        Self::Any(Rc::new(all))
    }

    /// How it came about, for what is known.
    pub(super) fn made(&self) -> Made {
        match self {
            Self::Path(_, made) | Self::Text(_, made) | Self::Bytes(_, made) => *made,
            Self::Hidden => Made::Decoded,
            Self::List(items) | Self::Any(items) => {
                items.iter().take(MAX_ALTERNATIVES).map(Self::made).max().unwrap_or(Made::Plain)
            }
            Self::Unknown
            | Self::Int(_)
            | Self::Bool(_)
            | Self::None
            | Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_) => Made::Plain,
        }
    }

    /// The text it is for certain, or by one of its alternatives.
    pub(super) fn as_text(&self) -> Option<(&str, Made)> {
        self.alternatives().iter().find_map(|value| match value {
            Self::Text(text, made) => Some((&**text, *made)),
            Self::Unknown
            | Self::Hidden
            | Self::Path(..)
            | Self::Bytes(..)
            | Self::Int(_)
            | Self::Bool(_)
            | Self::None
            | Self::List(_)
            | Self::Any(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_) => None,
        })
    }

    /// The path it is, or one of its alternatives.
    pub(super) fn as_path(&self) -> Option<&str> {
        self.alternatives().iter().find_map(|value| match value {
            Self::Path(path, _) => Some(&**path),
            Self::Unknown
            | Self::Hidden
            | Self::Text(..)
            | Self::Bytes(..)
            | Self::Int(_)
            | Self::Bool(_)
            | Self::None
            | Self::List(_)
            | Self::Any(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_) => None,
        })
    }

    /// Whether a test of it goes one way only.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            Self::Int(number) => Some(*number != 0),
            Self::None => Some(false),
            Self::Text(text, _) => Some(!text.is_empty()),
            Self::Bytes(bytes, _) => Some(!bytes.is_empty()),
            Self::Unknown
            | Self::Hidden
            | Self::Path(..)
            | Self::List(_)
            | Self::Any(_)
            | Self::Function(_)
            | Self::Class(_)
            | Self::Instance(_) => None,
        }
    }

    /// What is left of it in another source: numbers of functions and classes mean nothing there.
    pub(super) fn abroad(&self) -> Self {
        match self {
            Self::Function(_) | Self::Class(_) | Self::Instance(_) | Self::List(_) | Self::Any(_) => {
                Self::Unknown
            }
            Self::Unknown
            | Self::Hidden
            | Self::Path(..)
            | Self::Text(..)
            | Self::Bytes(..)
            | Self::Int(_)
            | Self::Bool(_)
            | Self::None => self.clone(),
        }
    }
}
