//! Calls: every way in which a pickle makes Python call something, judged by what is called and with what.

use assay_core::Rule;

use super::globals::Python2;
use super::judge::{Role, Tier};
use super::machine::Machine;
use super::opcode::Kind;
use super::value::{Seq, Value};
use super::{joblib, nested, program, rules};
use crate::{Limit, Stop};

/// Findings about one global per pickle; more say nothing new.
const MAX_PER_GLOBAL: u32 = 8;

/// Which operation calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `callable(*args)`
    Reduce,
    /// `cls.__new__(cls, *args)`
    NewObj,
    /// `cls.__new__(cls, *args, **kwargs)`
    NewObjEx,
    /// `cls(*args)` or an empty instance
    Obj,
    /// `cls(*args)` or an empty instance
    Inst,
    /// By a function that the pickle calls.
    Indirect,
}

impl Form {
    const fn name(self) -> &'static str {
        match self {
            Self::Reduce => "reduce",
            Self::NewObj => "newobj",
            Self::NewObjEx => "newobj-ex",
            Self::Obj => "obj",
            Self::Inst => "inst",
            Self::Indirect => "indirect",
        }
    }
}

impl Machine<'_, '_, '_, '_> {
    pub(super) fn reduce(&mut self) -> Result<(), Stop> {
        let (args, callee) = (self.pop()?, self.pop()?);
        let result = self.call(callee, args, Form::Reduce)?;
        self.push(result)
    }

    pub(super) fn new_obj(&mut self) -> Result<(), Stop> {
        let (args, class) = (self.pop()?, self.pop()?);
        let result = self.call(class, args, Form::NewObj)?;
        self.push(result)
    }

    pub(super) fn new_obj_ex(&mut self) -> Result<(), Stop> {
        let (_kwargs, args, class) = (self.pop()?, self.pop()?, self.pop()?);
        let result = self.call(class, args, Form::NewObjEx)?;
        self.push(result)
    }

    pub(super) fn obj(&mut self) -> Result<(), Stop> {
        let from = self.pop_mark()?;
        let class = self.stack.get(from).copied().ok_or_else(|| self.underflow())?;
        let args = self.gather(Kind::Tuple, from.saturating_add(1));
        self.stack.truncate(from);
        let result = self.call(class, args, Form::Obj)?;
        self.push(result)
    }

    pub(super) fn inst(&mut self, module: super::Span, name: super::Span) -> Result<(), Stop> {
        let class = self.global(module, name)?;
        let from = self.pop_mark()?;
        let args = self.gather(Kind::Tuple, from);
        let result = self.call(class, args, Form::Inst)?;
        self.push(result)
    }

    fn call(&mut self, callee: Value, args: Value, form: Form) -> Result<Value, Stop> {
        match callee {
            Value::Global(number) => self.call_global(number, args, form),
            Value::Forgotten => Err(Stop::Limit(Limit::Memory("the memo"))),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Seq(_)
            | Value::Plain => Err(Stop::Malformed { what: "call of a constant", offset: self.at }),
            Value::Object(_) | Value::Dtype(_) | Value::Persistent | Value::Computed => {
                let call = self.shown_call(callee, args);
                let message = format!("{call} calls what another call gave");
                let place = self.place();
                self.report.line(&place, || call.clone());
                let detail = [("call", form.name()), ("callable", call.as_str())];
                self.report.hit(&rules::COMPUTED_CALLABLE, place, &message, &detail);
                Ok(Value::Computed)
            }
        }
    }

    fn call_global(&mut self, number: u32, args: Value, form: Form) -> Result<Value, Stop> {
        if self.report.wants_lines() {
            let (line, place) = (self.shown_call(Value::Global(number), args), self.place());
            self.report.line(&place, || line);
        }
        let Some(global) = self.globals.get(number) else { return Ok(Value::Computed) };
        match global.tier {
            Tier::Dangerous(why) => {
                if let Some(named) = self.named_by_call(number, args)?.filter(|_| form == Form::Reduce) {
                    return Ok(named);
                }
                self.accuse(number, args, form, &rules::UNSAFE_GLOBAL, why);
                self.resolve(number, args)
            }
            Tier::Unknown if global.dotted() => {
                self.accuse(number, args, form, &rules::UNSAFE_GLOBAL, "is reached by walking attributes");
                Ok(Value::Object(number))
            }
            Tier::Unknown => {
                self.accuse(
                    number,
                    args,
                    form,
                    &rules::UNKNOWN_GLOBAL,
                    "is a callable that nobody has vouched for",
                );
                Ok(Value::Object(number))
            }
            Tier::Harmless(role) => self.call_harmless(number, role, args, form),
        }
    }

    /// A harmless global is harmless only in the form and with the arguments that picklers write.
    fn call_harmless(&mut self, number: u32, role: Role, args: Value, form: Form) -> Result<Value, Stop> {
        let Value::Seq(seq) = args else {
            // Classes take anything; what depends on its arguments must show them.
            let made = role == Role::Made && matches!(form, Form::NewObj | Form::NewObjEx);
            let any = made || matches!(role, Role::Class | Role::Container);
            if !any {
                self.unexpected(number, args, form, "has arguments that are not seen");
            }
            return Ok(Value::Object(number));
        };
        let known = self.items.get(seq).unwrap_or_default().to_vec();
        let all_known = self.items.all(seq).is_some();
        match role {
            Role::Class | Role::Container => {}
            Role::Made if matches!(form, Form::NewObj | Form::NewObjEx) => {}
            Role::Function if matches!(form, Form::Reduce | Form::Indirect) => {}
            Role::Makes => match known.first() {
                Some(Value::Global(class)) => return self.made(*class, args),
                _ => self.unexpected(number, args, form, "does not name the class it makes"),
            },
            Role::Calls if !all_known => {
                self.unexpected(number, args, form, "has arguments that are not seen")
            }
            Role::Calls => {
                for value in known {
                    self.call_argument(value, args)?;
                }
            }
            Role::Encode => return self.encode(number, &known, args, form),
            Role::Dtype => {
                return Ok(joblib::dtype(self, &known)?.map_or(Value::Object(number), Value::Dtype));
            }
            Role::Unpickles => match known.first() {
                Some(Value::Bytes(bytes)) => nested::examine(self, *bytes)?,
                // Protocols before 3 write bytes as text that is encoded.
                Some(Value::Text(text, form)) => nested::examine_text(self, *text, *form)?,
                _ => self.unexpected(number, args, form, "unpickles bytes that are not seen"),
            },
            Role::Function => self.unexpected(number, args, form, "is a function and is used as a class"),
            Role::Made => {
                self.unexpected(number, args, form, "is a class whose constructor no pickler calls");
            }
            Role::Named => self.unexpected(number, args, form, "is only ever named, not called"),
        }
        Ok(Value::Object(number))
    }

    /// An argument of a function that calls its arguments.
    fn call_argument(&mut self, value: Value, args: Value) -> Result<(), Stop> {
        match value {
            Value::Global(number) => {
                let role = self.globals.get(number).map(|global| global.tier);
                // A harmless callee is judged by its arguments, which come later or not at all.
                let harmless = matches!(
                    role,
                    Some(Tier::Harmless(
                        Role::Class | Role::Container | Role::Function | Role::Named | Role::Makes
                    ))
                );
                if harmless { Ok(()) } else { self.call_global(number, args, Form::Indirect).map(|_| ()) }
            }
            Value::Forgotten => Err(Stop::Limit(Limit::Memory("the memo"))),
            Value::Computed => self.call(value, args, Form::Indirect).map(|_| ()),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Seq(_)
            | Value::Plain
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent => Ok(()),
        }
    }

    /// An instance of `class`, made by a harmless function.
    fn made(&mut self, class: u32, args: Value) -> Result<Value, Stop> {
        match self.globals.get(class).map(|global| global.tier) {
            Some(Tier::Harmless(Role::Class | Role::Made | Role::Container | Role::Calls)) => {
                Ok(Value::Object(class))
            }
            Some(Tier::Harmless(_)) => {
                self.unexpected(class, args, Form::Indirect, "is made an instance of and is no class");
                Ok(Value::Object(class))
            }
            Some(Tier::Dangerous(_) | Tier::Unknown) | None => self.call_global(class, args, Form::Indirect),
        }
    }

    /// `_codecs.encode(text, encoding)`: bytes, as protocols before 3 write them. What it gives stands for its text:
    /// where bytes are looked into they are made of it, and where a name is looked for the worse reading counts.
    fn encode(&mut self, number: u32, known: &[Value], args: Value, form: Form) -> Result<Value, Stop> {
        let encoding = match known {
            [Value::Text(..)] => Some("utf-8".to_owned()),
            [Value::Text(..), encoding] => self.constant(*encoding)?,
            _ => None,
        };
        let plain = ["latin1", "latin-1", "iso-8859-1", "ascii", "utf-8", "utf8"];
        if form != Form::Reduce || !encoding.is_some_and(|encoding| plain.contains(&encoding.as_str())) {
            self.unexpected(number, args, form, "encodes something else than text as bytes");
        }
        Ok(known.first().copied().filter(|text| matches!(text, Value::Text(..))).unwrap_or(Value::Plain))
    }

    /// What a dangerous function with constant arguments gives: names, so that what follows is named too.
    fn resolve(&mut self, number: u32, args: Value) -> Result<Value, Stop> {
        let Some(global) = self.globals.get(number) else { return Ok(Value::Computed) };
        let (module, name) = (global.module.clone(), global.name.clone());
        let Value::Seq(seq) = args else { return Ok(Value::Object(number)) };
        let known = self.items.get(seq).unwrap_or_default().to_vec();
        let target = match (module.as_str(), name.as_str(), known.as_slice()) {
            ("builtins", "__import__", [module, ..]) | ("importlib", "import_module", [module, ..]) => {
                self.constant(*module)?.map(|module| (module, String::new()))
            }
            ("builtins", "getattr", [Value::Global(of), attribute, ..]) => {
                let of = self.globals.get(*of).map(|of| (of.module.clone(), of.name.clone()));
                match (of, self.constant(*attribute)?) {
                    (Some((module, name)), Some(attribute)) if name.is_empty() => Some((module, attribute)),
                    (Some((module, name)), Some(attribute)) => Some((module, format!("{name}.{attribute}"))),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((module, name)) = target else { return Ok(Value::Object(number)) };
        let number = self.globals.number(&module, &name, Python2::AsWritten, self.at)?;
        if let Some(global) = self.globals.get_mut(number) {
            // The call that gave it has been reported.
            global.used = global.used.max(1);
        }
        Ok(Value::Global(number))
    }

    /// `BUILD`: gives an object its state, through `__setstate__`, its `__dict__` or `setattr`.
    pub(super) fn build(&mut self) -> Result<(), Stop> {
        let state = self.pop()?;
        let target = self.top()?;
        if self.report.wants_lines() && !matches!(target, Value::Seq(_) | Value::Plain) {
            let state = program::shown(&self.source, &self.globals, &self.items, state);
            let line = format!("{}.__setstate__({state})", self.shown(target));
            let place = self.place();
            self.report.line(&place, || line);
        }
        match target {
            Value::Global(number) => self.mutated(number, state),
            Value::Object(number) => {
                if self.slots_reach_class(state)? {
                    self.foreign(target, "gets attributes that change what it is");
                }
                joblib::after_build(self, number, state)?;
            }
            Value::Dtype(dtype) => {
                let built = joblib::dtype_state(self, dtype, state);
                if let Some(top) = self.stack.last_mut() {
                    *top = Value::Dtype(built);
                }
            }
            Value::Persistent => self.foreign(target, "is an object of the loader, and gets a state"),
            Value::Forgotten => return Err(Stop::Limit(Limit::Memory("the memo"))),
            // What made it has been reported, or it has no state.
            Value::Computed
            | Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Seq(_)
            | Value::Plain => {}
        }
        Ok(())
    }

    /// Whether a state of two parts sets a special attribute: the second part goes through `setattr`.
    fn slots_reach_class(&self, state: Value) -> Result<bool, Stop> {
        let Value::Seq(pair) = state else { return Ok(false) };
        let Some([_, Value::Seq(slots)]) = self.items.all(pair) else { return Ok(false) };
        if pair.kind != Kind::Tuple || slots.kind != Kind::Dict {
            return Ok(false);
        }
        for key in self.items.get(*slots).unwrap_or_default().iter().step_by(2) {
            if self.constant(*key)?.is_some_and(|key| key.starts_with("__")) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Items go into something that is no plain container.
    pub(super) fn fill_foreign(&mut self, target: Value, from: usize) -> Result<(), Stop> {
        match target {
            Value::Global(number) => {
                let items = self.items.keep(Kind::List, self.stack.get(from..).unwrap_or_default());
                self.mutated(number, Value::Seq(items));
            }
            Value::Object(number) => match self.globals.get(number).map(|global| global.tier) {
                // Dangerous and unknown calls have been reported.
                Some(Tier::Harmless(Role::Container | Role::Calls) | Tier::Dangerous(_) | Tier::Unknown)
                | None => {}
                Some(Tier::Harmless(_)) => self.foreign(target, "is no container, and gets items"),
            },
            Value::Dtype(_) | Value::Persistent => self.foreign(target, "is no container, and gets items"),
            Value::Forgotten => return Err(Stop::Limit(Limit::Memory("the memo"))),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Text(..)
            | Value::Bytes(_)
            | Value::Seq(_)
            | Value::Plain
            | Value::Computed => {}
        }
        Ok(())
    }

    fn mutated(&mut self, number: u32, state: Value) {
        let Some(global) = self.globals.get_mut(number) else { return };
        global.used = global.used.saturating_add(1);
        let full = global.full();
        let state = program::shown(&self.source, &self.globals, &self.items, state);
        let message = format!("{full} is changed: it gets {state}");
        let place = self.place();
        self.report.hit(
            &rules::MUTATED_GLOBAL,
            place,
            &message,
            &[("call", "build"), ("global", &full), ("args", &state)],
        );
    }

    fn foreign(&mut self, target: Value, what: &str) {
        let shown = self.shown(target);
        let place = self.place();
        self.report.hit(&rules::FOREIGN_MUTATION, place, &format!("{shown} {what}"), &[("object", &shown)]);
    }

    fn unexpected(&mut self, number: u32, args: Value, form: Form, what: &str) {
        self.accuse(number, args, form, &rules::UNEXPECTED_CALL, what);
    }

    /// Reports a call of a global.
    pub(super) fn accuse(&mut self, number: u32, args: Value, form: Form, rule: &Rule, what: &str) {
        let Some(global) = self.globals.get_mut(number) else { return };
        global.used = global.used.saturating_add(1);
        if global.used > MAX_PER_GLOBAL {
            return;
        }
        let (full, raw) = (global.full(), global.raw.clone());
        let args = self.shown_args(args);
        let message = format!("loading calls {full}({args}), which {what}");
        let mut detail = vec![("global", full.as_str()), ("args", args.as_str()), ("call", form.name())];
        if let Some(raw) = &raw {
            detail.push(("raw", raw));
        }
        let place = self.place();
        self.report.hit(rule, place, &message, &detail);
    }

    /// Reports what was imported and not called.
    pub(super) fn report_imports(&mut self) {
        for number in self.globals.numbers() {
            let Some(global) = self.globals.get(number).filter(|global| global.used == 0) else { continue };
            let full = global.full();
            let (rule, what) = match global.tier {
                Tier::Dangerous(why) => (&rules::UNSAFE_IMPORT, why),
                Tier::Unknown if global.dotted() => {
                    (&rules::DOTTED_GLOBAL, "is reached by walking attributes")
                }
                Tier::Unknown => (&rules::UNKNOWN_IMPORT, "nobody has vouched for"),
                Tier::Harmless(_) => continue,
            };
            let mut detail = vec![("global", full.as_str())];
            if let Some(raw) = &global.raw {
                detail.push(("raw", raw));
            }
            let place = self.source.input().place().at(global.offset);
            let message = format!("loading imports {full}, which {what}");
            self.report.hit(rule, place, &message, &detail);
        }
    }

    fn shown(&self, value: Value) -> String {
        program::shown(&self.source, &self.globals, &self.items, value)
    }

    fn shown_args(&self, args: Value) -> String {
        program::arguments(&self.source, &self.globals, &self.items, args)
    }

    fn shown_call(&self, callee: Value, args: Value) -> String {
        format!("{}({})", self.shown(callee), self.shown_args(args))
    }

    /// The items of a container, when all of them are known.
    pub(super) fn all(&self, seq: Seq) -> Option<Vec<Value>> {
        self.items.all(seq).map(<[Value]>::to_vec)
    }
}
