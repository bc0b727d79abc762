//! What is known while a source is walked: its scopes, functions, classes, and who calls whom.
//!
//! Every body that runs on its own is a unit: the module, each function and lambda, and what stands behind
//! `if __name__ == "__main__"`. A hit belongs to the unit it stands in; afterwards the units that a loader reaches are known.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::{Expr, Parameters, Stmt};

use super::entry::Entry;
use super::sinks::Effect;
use super::value::{Made, Value};
use crate::{Limit, Stop};

/// Expressions and statements looked at in one source, and 64 bytes of folded text are one. The largest honest sources,
/// tables of 1 MiB, have under half a million.
const MAX_STEPS: u64 = 4_000_000;

/// Hits kept for one source; the first ones tell enough.
const MAX_HITS: usize = 256;

/// A body that runs on its own.
pub(super) const MODULE: usize = 0;
/// What runs only when the file is the main program, or never.
pub(super) const ASIDE: usize = 1;

/// How far a loader gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Nobody calls it on load.
    Dormant,
    /// A loader calls it when the model is used.
    Used,
    /// It runs when the file is imported.
    Imported,
}

/// A call that was judged.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    pub(super) unit: usize,
    pub(super) offset: u64,
    pub(super) effect: Effect,
    /// How the call came to its name, or what it runs to its text.
    pub(super) made: Made,
    /// What is called: `os.system`.
    pub(super) path: String,
    /// The first argument, when it is known.
    pub(super) argument: String,
}

/// What a function consists of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Body<'a> {
    Block(&'a [Stmt]),
    Value(&'a Expr),
}

/// A function or lambda.
pub(super) struct Function<'a> {
    pub(super) name: &'a str,
    pub(super) class: Option<usize>,
    pub(super) parameters: Option<&'a Parameters>,
    pub(super) defaults: BTreeMap<String, Value>,
    pub(super) body: Body<'a>,
    pub(super) unit: usize,
    /// It stands in another function, and is walked with that function's names.
    pub(super) nested: bool,
    /// The first parameter is not the instance.
    pub(super) is_static: bool,
    pub(super) walks: u32,
    pub(super) busy: bool,
    pub(super) returns: Option<Value>,
}

/// A class of this source.
#[derive(Default)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) local_bases: Vec<usize>,
    pub(super) bases: Vec<String>,
    /// What its body and its methods assign.
    pub(super) names: BTreeMap<String, Value>,
}

/// Where names live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Module,
    Class,
    Function,
}

pub(super) struct Scope {
    pub(super) kind: Kind,
    pub(super) names: BTreeMap<String, Value>,
    /// Names that `global` gives to the module.
    pub(super) globals: BTreeSet<String>,
}

impl Scope {
    pub(super) const fn new(kind: Kind) -> Self {
        Self { kind, names: BTreeMap::new(), globals: BTreeSet::new() }
    }
}

/// One source while it is walked.
pub(super) struct Analysis<'a> {
    pub(super) entry: Entry,
    /// Texts inside texts that are run.
    pub(super) depth: u32,
    pub(super) steps: u64,
    pub(super) unit: usize,
    /// Who may run whom, for each unit.
    pub(super) calls: Vec<BTreeSet<usize>>,
    pub(super) functions: Vec<Function<'a>>,
    pub(super) classes: Vec<Class>,
    pub(super) scopes: Vec<Scope>,
    /// Modules whose names are all imported.
    pub(super) stars: Vec<String>,
    /// How many conditions and loops stand around.
    pub(super) branch: u32,
    /// Functions walked inside each other.
    pub(super) inlined: u32,
    /// The class whose body or method is walked.
    pub(super) class: Option<usize>,
    /// What the function that is walked returns.
    pub(super) returned: Option<Value>,
    pub(super) hits: BTreeMap<(u64, Effect), Hit>,
    /// A text that is run could not be looked at to its end.
    pub(super) gap: Option<Stop>,
}

impl<'a> Analysis<'a> {
    pub(super) fn new(entry: Entry, depth: u32, steps: u64) -> Self {
        Self {
            entry,
            depth,
            steps,
            unit: MODULE,
            calls: vec![BTreeSet::new(), BTreeSet::new()],
            functions: Vec::new(),
            classes: Vec::new(),
            scopes: vec![Scope::new(Kind::Module)],
            stars: Vec::new(),
            branch: 0,
            inlined: 0,
            class: None,
            returned: None,
            hits: BTreeMap::new(),
            gap: None,
        }
    }

    /// Charges work.
    ///
    /// # Errors
    /// [`Stop::Limit`] when it is too much for one source.
    pub(super) fn charge(&mut self, steps: u64) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > MAX_STEPS {
            Err(Stop::Limit(Limit::Count("steps of a Python source")))
        } else {
            Ok(())
        }
    }

    pub(super) fn new_unit(&mut self) -> usize {
        self.calls.push(BTreeSet::new());
        self.calls.len().saturating_sub(1)
    }

    /// This unit may run that one.
    pub(super) fn edge(&mut self, to: usize) {
        if let Some(calls) = self.calls.get_mut(self.unit) {
            calls.insert(to);
        }
    }

    /// Runs `walk` as a part of another unit.
    pub(super) fn within<T>(&mut self, unit: usize, walk: impl FnOnce(&mut Self) -> T) -> T {
        let outer = std::mem::replace(&mut self.unit, unit);
        let result = walk(self);
        self.unit = outer;
        result
    }

    /// Runs `walk` where it is not certain that it runs.
    pub(super) fn perhaps<T>(&mut self, walk: impl FnOnce(&mut Self) -> T) -> T {
        self.branch = self.branch.saturating_add(1);
        let result = walk(self);
        self.branch = self.branch.saturating_sub(1);
        result
    }

    pub(super) fn hit(&mut self, effect: Effect, made: Made, path: &str, argument: &str, offset: u64) {
        if self.hits.len() >= MAX_HITS {
            return;
        }
        let argument: String = argument.chars().take(120).collect();
        let hit = Hit { unit: self.unit, offset, effect, made, path: path.to_owned(), argument };
        let held = self.hits.entry((offset, effect)).or_insert_with(|| hit.clone());
        held.made = held.made.max(made);
    }

    /// What a name stands for.
    pub(super) fn lookup(&self, name: &str) -> Value {
        let innermost = self.scopes.len().saturating_sub(1);
        for (at, scope) in self.scopes.iter().enumerate().rev() {
            if (scope.kind != Kind::Class || at == innermost)
                && !scope.globals.contains(name)
                && let Some(value) = scope.names.get(name)
            {
                return value.clone();
            }
        }
        for module in self.stars.iter().rev() {
            let path = format!("{module}.{name}");
            if super::sinks::effect(&path).is_some() {
                return Value::path(&path);
            }
        }
        match name {
            "True" => Value::Bool(true),
            "False" => Value::Bool(false),
            "__builtins__" => Value::path("builtins"),
            _ => Value::path(&format!("builtins.{name}")),
        }
    }

    /// Gives a name a value; where it is not certain that this runs, what it was before stays possible.
    pub(super) fn bind(&mut self, name: &str, value: Value) {
        let uncertain = self.branch > 0;
        let Some(innermost) = self.scopes.last() else { return };
        let global = innermost.globals.contains(name);
        let scope = if global { self.scopes.first_mut() } else { self.scopes.last_mut() };
        let Some(scope) = scope else { return };
        match scope.names.get_mut(name) {
            Some(held) if uncertain || global => *held = std::mem::replace(held, Value::Unknown).or(value),
            Some(held) => *held = value,
            None => {
                scope.names.insert(name.to_owned(), value);
            }
        }
    }

    /// A method or attribute of a class of this source, looked for in its bases too.
    pub(super) fn member(&self, class: usize, name: &str) -> Option<Value> {
        let (mut open, mut seen) = (vec![class], 0);
        while let Some(class) = open.pop() {
            let class = self.classes.get(class)?;
            if let Some(value) = class.names.get(name) {
                return Some(value.clone());
            }
            seen = usize::saturating_add(seen, 1);
            if seen < 32 {
                open.extend(class.local_bases.iter().rev());
            }
        }
        None
    }
}
