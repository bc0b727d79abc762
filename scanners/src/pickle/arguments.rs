//! The shape of arguments: what picklers hand to constructors that walk, count or convert, to functions that call what
//! they get, and to those that set attributes.
//!
//! Source: CPython `Lib/copyreg.py`, `Objects/*` `__reduce__`; torch `_tensor.py` and `_utils.py` (`_set_obj_state`);
//! dill `_dill.py` `_create_array`; jax `_src/array.py` `_reconstruct_array`.

use super::calls::Form;
use super::judge::{Role, Tier};
use super::machine::Machine;
use super::opcode::Kind;
use super::value::Value;
use crate::Stop;

/// Constructors that walk what they get: picklers give them fresh containers only.
const WALKS: &[(&str, &str)] = &[
    ("builtins", "dict frozenset list set tuple"),
    ("collections", "Counter OrderedDict UserDict UserList deque"),
];

/// Constructors that convert what they get, and functions that work something out: what is harmless with constants.
const CONVERTS: &[(&str, &str)] = &[
    ("builtins", "bool bytearray bytes complex float int range str"),
    ("builtins", "abs chr divmod hash len max min ord repr round sorted sum"),
];

/// Functions that set every attribute of the state they get, by where it stands among their arguments.
const SETS: &[(&str, &str)] =
    &[("torch._tensor", "_rebuild_from_type_v2"), ("torch._utils", "_rebuild_parameter_with_state")];
const STATE: usize = 3;

impl Machine<'_, '_, '_, '_> {
    /// What is odd about arguments of a harmless constructor or function; `None` when picklers write such.
    pub(super) fn odd_arguments(&self, number: u32, known: &[Value]) -> Result<Option<&'static str>, Stop> {
        let Some(global) = self.globals.get(number).filter(|_| !known.is_empty()) else { return Ok(None) };
        let (module, name) = (global.module.as_str(), global.name.as_str());
        let listed = |list: &[(&str, &str)]| {
            list.iter().any(|(of, names)| *of == module && names.split(' ').any(|listed| listed == name))
        };
        let (walks, converts) = (listed(WALKS), listed(CONVERTS));
        if (walks || converts) && known.iter().any(|value| !is_data(*value)) {
            return Ok(Some("walks or converts what another call gave, which no pickler writes"));
        }
        let first = known.first().copied().unwrap_or(Value::None);
        if walks && matches!(first, Value::Text(..) | Value::Bytes(_) | Value::Latin1(..)) {
            return Ok(Some("is given text for a container, which no pickler writes"));
        }
        if matches!(name, "bytes" | "bytearray") && converts && matches!(first, Value::Int(_) | Value::Number)
        {
            return Ok(Some("makes as many bytes as it is told, which no pickler writes"));
        }
        if (module, name) == ("fractions", "Fraction") {
            // `1e999999999` is worked out in full.
            let exponent = self.constant(first)?.is_some_and(|text| text.contains(['e', 'E']));
            return Ok(exponent.then_some("works out a power, which no pickler writes"));
        }
        if listed(SETS) {
            return self.sets_all(known.get(STATE).copied().unwrap_or(Value::None));
        }
        Ok(None)
    }

    /// A state whose every part goes through `setattr`.
    fn sets_all(&self, state: Value) -> Result<Option<&'static str>, Stop> {
        let pair = if let Value::Seq(pair) = state { Some(pair) } else { None };
        let pair = pair.filter(|pair| pair.kind() == Kind::Tuple).and_then(|pair| self.all(pair));
        let parts = pair.unwrap_or_else(|| vec![state]);
        for part in parts {
            let special = self.sets_special(part, &["__"])?;
            if special.is_some() {
                return Ok(special);
            }
        }
        Ok(None)
    }

    /// A function that makes an instance of its first argument.
    pub(super) fn makes(
        &mut self,
        number: u32,
        known: &[Value],
        args: Value,
        form: Form,
    ) -> Result<Value, Stop> {
        if !matches!(form, Form::Reduce | Form::Indirect) {
            self.unexpected(number, args, form, "is a function and is used as a class");
            return Ok(Value::Object(number));
        }
        let Some(Value::Global(class)) = known.first() else {
            self.unexpected(number, args, form, "does not name the class it makes");
            return Ok(Value::Computed);
        };
        let reconstructor = self.globals.get(number).is_some_and(|global| global.name == "_reconstructor");
        if let Some(base) = known.get(1).filter(|_| reconstructor) {
            self.constructs(*base, args)?;
        }
        self.made(*class, args)
    }

    /// The second argument of `copyreg._reconstructor`: a type whose `__new__` and `__init__` are called.
    fn constructs(&mut self, base: Value, args: Value) -> Result<(), Stop> {
        let Value::Global(base) = base else { return Ok(()) };
        match self.globals.get(base).map(|global| global.tier) {
            Some(Tier::Harmless(Role::Class | Role::Container)) => Ok(()),
            Some(Tier::Harmless(_)) => {
                self.unexpected(base, args, Form::Indirect, "is constructed as a base and is none");
                Ok(())
            }
            Some(Tier::Dangerous(_) | Tier::Unknown) | None => {
                self.call_global(base, args, Form::Indirect).map(|_| ())
            }
        }
    }

    /// A function that calls its first argument with the tuple that comes after it. Other arguments are classes that the
    /// result becomes one of.
    pub(super) fn applies(&mut self, known: &[Value], args: Value) -> Result<Option<Value>, Stop> {
        let Some((Value::Global(callee), others)) = known.split_first() else { return Ok(None) };
        let is_tuple = |value: &&Value| matches!(value, Value::Seq(seq) if seq.kind() == Kind::Tuple);
        let Some(given) = others.iter().find(is_tuple) else { return Ok(None) };
        for class in others {
            self.call_argument(*class, args)?;
        }
        self.call_global(*callee, *given, Form::Indirect).map(Some)
    }
}

/// Whether a value is a constant or a plain container.
const fn is_data(value: Value) -> bool {
    match value {
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number
        | Value::Text(..)
        | Value::Bytes(_)
        | Value::Latin1(..)
        | Value::Seq(_)
        | Value::Plain
        | Value::Forgotten => true,
        Value::Attribute(..)
        | Value::Global(_)
        | Value::Object(_)
        | Value::Dtype(_)
        | Value::Persistent
        | Value::Computed => false,
    }
}
