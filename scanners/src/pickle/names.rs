//! Names of globals: from lines, from the stack, by number.

use super::deed::Deed;
use super::globals::Python2;
use super::machine::Machine;
use super::opcode::Text;
use super::value::Value;
use super::{Span, rules, text};
use crate::{Limit, Stop};

/// The longest name of a module or global that is looked at.
const MAX_NAME: usize = 64 << 10;

impl Machine<'_, '_, '_, '_> {
    pub(super) fn python2(&self) -> Python2 {
        if self.protocol < 3 { Python2::Renamed } else { Python2::AsWritten }
    }

    /// The global that `GLOBAL` and `INST` name.
    pub(super) fn global(&mut self, module: Span, name: Span) -> Result<Value, Stop> {
        let unreadable = Stop::Malformed { what: "name of a global", offset: self.at };
        let module = text::read(&self.source, module, Text::Utf8, MAX_NAME)?;
        let name = text::read(&self.source, name, Text::Utf8, MAX_NAME)?;
        let (Some(module), Some(name)) = (module, name) else { return Err(unreadable) };
        if module.is_empty() {
            return Err(unreadable);
        }
        // C takes an empty line for the end of the file; Python imports the module, and finds no such name in it.
        let global = self.named(&module, &name)?;
        if name.is_empty() { Err(unreadable) } else { Ok(global) }
    }

    fn named(&mut self, module: &str, name: &str) -> Result<Value, Stop> {
        let number = self.globals.number(module, name, self.python2(), self.at)?;
        self.globals.pin(number, self.source.input().loader());
        self.tell_import(number);
        Ok(Value::Global(number))
    }

    pub(super) fn stack_global(&mut self) -> Result<(), Stop> {
        let (name, module) = (self.pop()?, self.pop()?);
        let global = match (self.constant(module)?, self.constant(name)?) {
            (Some(module), Some(name)) => self.named(&module, &name)?,
            // Loaders refuse what is no string.
            _ if never_text(module) || never_text(name) => {
                return Err(Stop::Malformed { what: "name of a global", offset: self.at });
            }
            _ => {
                self.nameless = true;
                let place = self.place();
                let message = "the name of a global is not a constant string";
                self.tell(|| "from … import …".to_owned(), Deed::Unnamed);
                self.report.hit(&rules::UNRESOLVED_GLOBAL, place, message, &[]);
                Value::Computed
            }
        };
        self.push(global)
    }

    /// The text of a constant string.
    pub(super) fn constant(&self, value: Value) -> Result<Option<String>, Stop> {
        match value {
            Value::Text(span, form) => {
                let text = text::read(&self.source, span, form, MAX_NAME)?;
                // A string of Python 2 is what the loader's encoding makes of it.
                let certain = |text: &String| matches!(form, Text::Utf8 | Text::RawEscape) || text.is_ascii();
                Ok(text.filter(certain))
            }
            Value::Forgotten => Err(Stop::Limit(Limit::Memory("the memo"))),
            Value::None
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Number
            | Value::Bytes(_)
            | Value::Latin1(..)
            | Value::Attribute(..)
            | Value::Seq(_)
            | Value::Plain
            | Value::Global(_)
            | Value::Object(_)
            | Value::Dtype(_)
            | Value::Persistent
            | Value::Computed => Ok(None),
        }
    }

    pub(super) fn extension(&mut self, code: u32) -> Result<(), Stop> {
        let place = self.place();
        self.nameless = true;
        let message = format!("the global is number {code} of the extension registry");
        self.tell(|| format!("copyreg.extension({code})"), Deed::Extension(code));
        self.report.hit(&rules::EXTENSION_CODE, place, &message, &[("code", &code.to_string())]);
        self.push(Value::Computed)
    }
}

/// Whether a value is certainly no string.
const fn never_text(value: Value) -> bool {
    match value {
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Number
        | Value::Bytes(_)
        | Value::Latin1(..)
        | Value::Attribute(..)
        | Value::Seq(_)
        | Value::Global(_)
        | Value::Dtype(_) => true,
        Value::Text(..)
        | Value::Plain
        | Value::Object(_)
        | Value::Persistent
        | Value::Computed
        | Value::Forgotten => false,
    }
}
