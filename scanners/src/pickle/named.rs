//! Calls that only name something: older protocols reach a method through `getattr`, dill and cloudpickle name types of
//! Python by a word. Where all is constant and what is named is listed as harmless, the call is what naming it is.
//!
//! Source: CPython `Lib/pickle.py` `save_global` (dotted names below protocol 4); dill `_dill.py` `_load_type`;
//! cloudpickle `cloudpickle.py` `_builtin_type`; torch `serialization.py` `_legacy_load` (persistent ids of modules).

use super::machine::Machine;
use super::tables;
use super::value::Value;
use crate::{Loader, Stop};

impl Machine<'_, '_, '_, '_> {
    /// The listed global that calling global `number` with these arguments gives; `None` where it is anything else.
    pub(super) fn named_by_call(&mut self, number: u32, args: Value) -> Result<Option<Value>, Stop> {
        let Some(callee) = self.globals.get(number) else { return Ok(None) };
        let (module, name) = (callee.module.as_str(), callee.name.as_str());
        if !matches!(
            (module, name),
            ("builtins", "getattr")
                | ("builtins", "type")
                | ("dill._dill", "_load_type")
                | ("cloudpickle.cloudpickle", "_builtin_type")
        ) {
            return Ok(None);
        }
        let dill = module == "dill._dill";
        let Value::Seq(seq) = args else { return Ok(None) };
        let named = match self.all(seq).unwrap_or_default().as_slice() {
            [Value::Global(of) | Value::Object(of), attribute] if name == "getattr" => {
                let of = self.globals.get(*of).map(|of| (of.module.clone(), of.name.clone()));
                let attribute = self.constant(*attribute)?;
                of.zip(attribute).map(|((module, class), attribute)| (module, format!("{class}.{attribute}")))
            }
            // The type of `None` has no name of its own that a pickler could write.
            [Value::None] if name == "type" => Some(("types".to_owned(), "NoneType".to_owned())),
            [word] if !matches!(name, "getattr" | "type") => self.constant(*word)?.and_then(|word| {
                if dill { tables::dill_type(&word) } else { Some(("types".to_owned(), word)) }
            }),
            _ => None,
        };
        let Some((module, name)) = named.filter(|(module, name)| tables::harmless(module, name).is_some())
        else {
            return Ok(None);
        };
        // Its import is explained by this use.
        if let Some(callee) = self.globals.get_mut(number) {
            callee.used = callee.used.max(1);
        }
        self.found(&module, &name).map(Some)
    }

    /// What a loader gives for a persistent id: torch's old format writes the class of a module as
    /// `("module", class, source file, source)`, and gives the class.
    pub(super) fn asked(&self, id: Value) -> Result<Value, Stop> {
        let Value::Seq(seq) = id else { return Ok(Value::Persistent) };
        match (self.source.input().loader(), self.all(seq).unwrap_or_default().as_slice()) {
            (Loader::Torch, [kind, class @ Value::Global(_), ..])
                if self.constant(*kind)?.as_deref() == Some("module") =>
            {
                Ok(*class)
            }
            _ => Ok(Value::Persistent),
        }
    }
}
