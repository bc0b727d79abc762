//! Calls: every way in which a pickle makes Python call something, judged by what is called and with what.

use assay_core::Rule;

use super::globals::Python2;
use super::items::Seq;
use super::judge::{Role, Tier, known_as};
use super::machine::Machine;
use super::opcode::{Kind, Text};
use super::value::Value;
use super::{joblib, nested, program, rules};
use crate::{Limit, Stop};

/// Findings about one global per pickle; more say nothing new.
const MAX_PER_GLOBAL: u32 = 8;

/// Encodings that make bytes of text, under the names that picklers write.
const LATIN1: [&str; 4] = ["latin1", "latin-1", "iso-8859-1", "ascii"];
const UTF8: [&str; 2] = ["utf-8", "utf8"];

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
            | Value::Latin1(..)
            | Value::Seq(_)
            | Value::Plain => Err(Stop::Malformed { what: "call of a constant", offset: self.at }),
            Value::Attribute(..)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed => {
                self.tell_call(callee, args);
                let call = self.shown_call(callee, args);
                let message = format!("{call} calls what another call gave");
                let detail = [("call", form.name()), ("callable", call.as_str())];
                self.report.hit(&rules::COMPUTED_CALLABLE, self.place(), &message, &detail);
                self.attribute(callee, args)
            }
        }
    }

    /// What `operator.attrgetter(name)` gives for a global.
    fn attribute(&mut self, getter: Value, args: Value) -> Result<Value, Stop> {
        let (Value::Attribute(span, form), Value::Seq(args)) = (getter, args) else {
            return Ok(Value::Computed);
        };
        match (self.items.all(args), self.constant(Value::Text(span, form))?) {
            (Some([Value::Global(of)]), Some(name)) => {
                let of = *of;
                self.walked(of, &name)
            }
            _ => Ok(Value::Computed),
        }
    }

    pub(super) fn call_global(&mut self, number: u32, args: Value, form: Form) -> Result<Value, Stop> {
        self.tell_call(Value::Global(number), args);
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
        let shown = if let Value::Seq(seq) = args
            && matches!(seq.kind(), Kind::Tuple | Kind::List)
        {
            self.items.get(seq)
        } else {
            None
        };
        let Some((known, all_known)) = shown.map(|(known, all)| (known.to_vec(), all)) else {
            // Classes take anything; what depends on its arguments must show them.
            let made = role == Role::Made && matches!(form, Form::NewObj | Form::NewObjEx);
            let any = made || matches!(role, Role::Class | Role::Container);
            if !any {
                self.unexpected(number, args, form, "has arguments that are not seen");
            }
            return Ok(Value::Object(number));
        };
        if let Some(what) = self.odd_arguments(number, &known)? {
            self.unexpected(number, args, form, what);
        }
        match role {
            Role::Class | Role::Container => {}
            Role::Made if matches!(form, Form::NewObj | Form::NewObjEx) => {}
            Role::Function if matches!(form, Form::Reduce | Form::Indirect) => {}
            Role::Makes => return self.makes(number, &known, args, form),
            Role::Applies if matches!(form, Form::Reduce | Form::Indirect) => {
                if let Some(made) = self.applies(&known, args)? {
                    return Ok(made);
                }
                self.unexpected(number, args, form, "does not name the function it calls, or with what");
            }
            Role::Calls if !all_known => {
                self.unexpected(number, args, form, "has arguments that are not seen")
            }
            Role::Calls => {
                for value in known {
                    self.call_argument(value, args)?;
                }
            }
            Role::Encode => return self.encode(number, &known, args, form),
            Role::Dtype => return joblib::dtype(self, number, &known),
            Role::Unpickles => match known.first() {
                Some(Value::Bytes(bytes)) => nested::examine(self, *bytes)?,
                // Protocols before 3 write bytes as text that is encoded.
                Some(Value::Latin1(text, form)) => nested::examine_text(self, *text, *form)?,
                _ => self.unexpected(number, args, form, "unpickles bytes that are not seen"),
            },
            Role::Function | Role::Applies => {
                self.unexpected(number, args, form, "is a function and is used as a class");
            }
            Role::Made => {
                self.unexpected(number, args, form, "is a class whose constructor no pickler calls");
            }
            Role::Named => self.unexpected(number, args, form, "is only ever named, not called"),
        }
        Ok(Value::Object(number))
    }

    /// An argument of a function that calls its arguments.
    pub(super) fn call_argument(&mut self, value: Value, args: Value) -> Result<(), Stop> {
        match value {
            Value::Global(number) => {
                let role = self.globals.get(number).map(|global| global.tier);
                // A harmless callee is judged by its arguments, which come later or not at all; those of another that
                // calls its arguments are among the ones that are looked at.
                let harmless = matches!(
                    role,
                    Some(Tier::Harmless(
                        Role::Class
                            | Role::Container
                            | Role::Function
                            | Role::Named
                            | Role::Makes
                            | Role::Applies
                            | Role::Calls
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
            | Value::Latin1(..)
            | Value::Seq(_)
            | Value::Plain
            | Value::Attribute(..)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent => Ok(()),
        }
    }

    /// An instance of `class`, made by a harmless function.
    pub(super) fn made(&mut self, class: u32, args: Value) -> Result<Value, Stop> {
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
        let plain = |encoding: &str| LATIN1.contains(&encoding) || UTF8.contains(&encoding);
        if form != Form::Reduce || !encoding.as_deref().is_some_and(plain) {
            self.unexpected(number, args, form, "encodes something else than text as bytes");
        }
        let named = |names: &[&str]| encoding.as_deref().is_some_and(|encoding| names.contains(&encoding));
        Ok(match known.first() {
            Some(Value::Text(span, form)) if named(&LATIN1) => Value::Latin1(*span, *form),
            Some(Value::Text(span, Text::Utf8)) if named(&UTF8) => Value::Bytes(*span),
            _ => Value::Plain,
        })
    }

    /// What a dangerous function with constant arguments gives: names, so that what follows is named too.
    fn resolve(&mut self, number: u32, args: Value) -> Result<Value, Stop> {
        let Some(global) = self.globals.get(number) else { return Ok(Value::Computed) };
        let (module, name) = (global.module.clone(), global.name.clone());
        let Value::Seq(seq) = args else { return Ok(Value::Object(number)) };
        let known = self.items.get(seq).map(|(known, _)| known.to_vec()).unwrap_or_default();
        let target = match (module.as_str(), name.as_str(), known.as_slice()) {
            ("builtins", "__import__", [module, ..]) | ("importlib", "import_module", [module, ..]) => {
                self.constant(*module)?.map(|module| (module, String::new()))
            }
            ("builtins", "getattr", [Value::Global(of), attribute, ..]) => {
                return match self.constant(*attribute)? {
                    Some(attribute) => self.walked(*of, &attribute),
                    None => Ok(Value::Object(number)),
                };
            }
            ("operator" | "_operator", "attrgetter", [Value::Text(span, form)]) => {
                return Ok(Value::Attribute(*span, *form));
            }
            ("pkgutil", "resolve_name", [path, ..]) => self.constant(*path)?.map(|path| {
                let (module, name) = path.split_once(':').unwrap_or((path.as_str(), ""));
                (module.to_owned(), name.to_owned())
            }),
            _ => None,
        };
        let Some((module, name)) = target else { return Ok(Value::Object(number)) };
        self.found(&module, &name)
    }

    /// The attribute `name` of a global.
    fn walked(&mut self, of: u32, name: &str) -> Result<Value, Stop> {
        let Some(of) = self.globals.get(of) else { return Ok(Value::Computed) };
        let module = of.module.clone();
        let name = if of.name.is_empty() { name.to_owned() } else { format!("{}.{name}", of.name) };
        self.found(&module, &name)
    }

    /// A global that a call gave.
    pub(super) fn found(&mut self, module: &str, name: &str) -> Result<Value, Stop> {
        let known = self.globals.numbers().end;
        let number = self.globals.number(module, name, Python2::AsWritten, self.at)?;
        if let Some(global) = self.globals.get_mut(number) {
            // The call that gave it has been reported.
            global.used = global.used.max(1);
            global.computed |= number >= known;
        }
        Ok(Value::Global(number))
    }

    pub(super) fn unexpected(&mut self, number: u32, args: Value, form: Form, what: &str) {
        self.accuse(number, args, form, &rules::UNEXPECTED_CALL, what);
    }

    /// Reports a call of a global.
    pub(super) fn accuse(&mut self, number: u32, args: Value, form: Form, rule: &Rule, what: &str) {
        let Some(global) = self.globals.get_mut(number) else { return };
        global.used = global.used.saturating_add(1);
        if global.used > MAX_PER_GLOBAL {
            return;
        }
        let (full, raw, known) = (global.full(), global.full_raw(), known_as(&global.module, &global.name));
        let args = self.shown_args(args);
        let message = format!("loading calls {full}({args}), which {what}");
        let mut detail = vec![("global", full.as_str()), ("args", args.as_str()), ("call", form.name())];
        if let Some(raw) = &raw {
            detail.push(("raw", raw));
        }
        let place = self.place();
        self.report.hit_known_as(rule, place, &message, &detail, known);
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
            let raw = global.full_raw();
            if let Some(raw) = &raw {
                detail.push(("raw", raw));
            }
            let place = self.source.input().place().at(global.offset);
            let message = format!("loading imports {full}, which {what}");
            let known = known_as(&global.module, &global.name);
            self.report.hit_known_as(rule, place, &message, &detail, known);
        }
    }

    pub(super) fn shown(&self, value: Value) -> String {
        program::shown(&self.source, &self.globals, &self.items, value)
    }

    fn shown_args(&self, args: Value) -> String {
        program::arguments(&self.source, &self.globals, &self.items, args)
    }

    pub(super) fn shown_call(&self, callee: Value, args: Value) -> String {
        format!("{}({})", self.shown(callee), self.shown_args(args))
    }

    /// The items of a container, when all of them are known.
    pub(super) fn all(&self, seq: Seq) -> Option<Vec<Value>> {
        self.items.all(seq).map(<[Value]>::to_vec)
    }
}
