//! Changes: `BUILD`, and items that go into something that is no plain container.

use super::containers::Filling;
use super::items::Seq;
use super::judge::{Role, Tier};
use super::machine::Machine;
use super::opcode::Kind;
use super::value::Value;
use super::{joblib, rules};
use crate::{Limit, Loader, Stop};

impl Machine<'_, '_, '_, '_> {
    /// `BUILD`: gives an object its state, through `__setstate__`, its `__dict__` or `setattr`.
    pub(super) fn build(&mut self) -> Result<(), Stop> {
        let state = self.pop()?;
        let target = self.top()?;
        self.tell_state(target, state);
        match target {
            Value::Global(number) => self.mutated(number, state),
            Value::Object(number) => {
                if let Some(what) = self.reaches_class(state)? {
                    self.foreign(target, what);
                }
                joblib::after_build(self, number, state)?;
            }
            Value::Dtype(number) => joblib::dtype_state(self, number, state),
            Value::Persistent => self.foreign(target, "is an object of the loader, and gets a state"),
            Value::Forgotten => return Err(Stop::Limit(Limit::Memory("the memo"))),
            // What made it has been reported, or it has no state.
            Value::Computed
            | Value::Attribute(..)
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Seq(_)
            | Value::Plain => {}
        }
        Ok(())
    }

    /// How a state reaches more than the data of its object, if it does. The second of two parts goes through `setattr`
    /// and sets special attributes; an object that stores a `__setstate__` of its own is called with the next state.
    fn reaches_class(&self, state: Value) -> Result<Option<&'static str>, Stop> {
        match state {
            Value::Seq(pair) if pair.kind() == Kind::Tuple => match self.items.get(pair) {
                Some(([own, slots], true)) => {
                    let slots = self.sets_special(*slots, &["__"])?;
                    Ok(if slots.is_some() { slots } else { self.sets_special(*own, &["__setstate__"])? })
                }
                // `__setstate__` takes it, or it is refused.
                Some(_) => Ok(None),
                None => Ok(Some("gets a state that is not seen")),
            },
            Value::Seq(_) => self.sets_special(state, &["__setstate__"]),
            Value::Plain | Value::Forgotten => Ok(Some("gets a state that is not seen")),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Attribute(..)
            | Value::Global(_)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed => Ok(None),
        }
    }

    /// Whether a dict has keys that begin so. What is not kept of a long dict came last: attributes that are found
    /// through the class are set only by slots, and slots are few.
    pub(super) fn sets_special(
        &self,
        attributes: Value,
        starts: &[&str],
    ) -> Result<Option<&'static str>, Stop> {
        let slots = starts == ["__"];
        let Value::Seq(dict) = attributes else {
            return Ok((slots && attributes == Value::Plain).then_some("gets attributes that are not seen"));
        };
        if dict.kind() != Kind::Dict {
            return Ok(None);
        }
        let (known, all) = self.items.get(dict).unwrap_or_default();
        for key in known.iter().step_by(2) {
            let key = self.constant(*key)?;
            if key.is_some_and(|key| starts.iter().any(|start| key.starts_with(start))) {
                return Ok(Some("gets attributes that change what it is"));
            }
        }
        Ok((slots && !all).then_some("gets attributes that are not seen"))
    }

    /// Items go into something that is no plain container.
    pub(super) fn fill_foreign(&mut self, target: Value, from: usize, filling: Filling) -> Result<(), Stop> {
        let items = self.items.keep(Kind::List, self.stack.get(from..).unwrap_or_default());
        match target {
            Value::Global(number) => {
                self.tell_fill(target, items, filling);
                self.mutated(number, Value::Seq(items));
            }
            Value::Object(number) => {
                self.tell_fill(target, items, filling);
                self.fill_object(target, number, items, filling)?;
            }
            Value::Dtype(_) | Value::Persistent => {
                self.tell_fill(target, items, filling);
                self.misfilled(target, filling);
            }
            Value::Computed | Value::Attribute(..) => self.tell_fill(target, items, filling),
            Value::Forgotten => return Err(Stop::Limit(Limit::Memory("the memo"))),
            // A bytearray takes numbers. A container that was forgotten takes anything; no pickler goes back to one.
            Value::Plain => {
                let values = self.items.get(items).unwrap_or_default().0;
                if values.iter().any(|value| matches!(value, Value::Seq(_))) {
                    let place = self.place();
                    self.report.gap(&place, &Stop::Limit(Limit::Memory("the memo")));
                }
            }
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Seq(_) => return self.fill_constant(items),
        }
        Ok(())
    }

    fn fill_object(&mut self, target: Value, number: u32, items: Seq, filling: Filling) -> Result<(), Stop> {
        // Its items are its attributes.
        if self.globals.get(number).is_some_and(|global| global.name == "EasyDict") {
            let pairs = Value::Seq(items.as_kind(Kind::Dict));
            if let Some(what) = self.sets_special(pairs, &["__"])? {
                self.foreign(target, what);
            }
        }
        match self.globals.get(number).map(|global| global.tier) {
            // Dangerous and unknown calls have been reported.
            Some(Tier::Harmless(Role::Container | Role::Calls) | Tier::Dangerous(_) | Tier::Unknown)
            | None => {}
            Some(Tier::Harmless(_)) => self.misfilled(target, filling),
        }
        Ok(())
    }

    /// Loaders refuse to fill a constant; some do not look when there is nothing to fill it with.
    fn fill_constant(&self, items: Seq) -> Result<(), Stop> {
        match self.items.all(items) {
            Some([]) => Ok(()),
            Some(_) | None => Err(Stop::Malformed { what: "container to fill", offset: self.at }),
        }
    }

    fn mutated(&mut self, number: u32, state: Value) {
        let Some(global) = self.globals.get_mut(number) else { return };
        global.used = global.used.saturating_add(1);
        let full = global.full();
        let state = self.shown(state);
        let message = format!("{full} is changed: it gets {state}");
        let place = self.place();
        self.report.hit(
            &rules::MUTATED_GLOBAL,
            place,
            &message,
            &[("call", "build"), ("global", &full), ("args", &state)],
        );
    }

    /// Something that is no container gets items. The unpickler that `torch.load` uses for weights assigned pairs to
    /// anything.
    fn misfilled(&mut self, target: Value, filling: Filling) {
        let torch = matches!(self.source.input().loader(), Loader::Torch);
        let known: &[&'static str] =
            if torch && filling == Filling::Pairs { &["CVE-2026-24747"] } else { &[] };
        self.foreign_known_as(target, "is no container, and gets items", known);
    }

    fn foreign(&mut self, target: Value, what: &str) {
        self.foreign_known_as(target, what, &[]);
    }

    fn foreign_known_as(&mut self, target: Value, what: &str, known: &[&'static str]) {
        let shown = self.shown(target);
        let (place, message) = (self.place(), format!("{shown} {what}"));
        self.report.hit_known_as(&rules::FOREIGN_MUTATION, place, &message, &[("object", &shown)], known);
    }

    /// A function that unpickles is harmless when the pickle calls it with bytes that are seen, and not when it is
    /// handed to somebody who calls it later.
    pub(super) fn keep_watch(&mut self, from: usize) {
        let values = self.stack.get(from..).unwrap_or_default();
        let unpickler = values.iter().find_map(|value| match value {
            Value::Global(number) => {
                self.globals.get(*number).filter(|global| global.tier == Tier::Harmless(Role::Unpickles))
            }
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Attribute(..)
            | Value::Seq(_)
            | Value::Plain
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed
            | Value::Forgotten => None,
        });
        let Some(full) = unpickler.map(super::globals::Global::full) else { return };
        let place = self.place();
        let message = format!("{full} unpickles what it is given, and is handed on as a value");
        self.report.hit(&rules::UNEXPECTED_CALL, place, &message, &[("global", &full)]);
    }
}
