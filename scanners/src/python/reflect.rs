//! Calls that give modules, functions and attributes: `getattr`, `__import__`, `map`, `functools.partial`.

use super::fold;
use super::sinks::Effect;
use super::state::Analysis;
use super::value::{Made, Value};
use crate::Stop;

impl<'a> Analysis<'a> {
    /// Calls that give modules, functions, and attributes.
    pub(super) fn reflect(
        &mut self,
        path: &str,
        made: Made,
        arguments: &[Value],
        at: u64,
    ) -> Result<Option<Value>, Stop> {
        let first = arguments.first();
        Ok(Some(match path {
            "builtins.__import__"
            | "importlib.import_module"
            | "importlib.__import__"
            | "builtins.importlib.import_module"
            | "pydoc.locate"
            | "pkgutil.resolve_name"
            | "django.utils.module_loading.import_string" => match first.and_then(Value::as_text) {
                Some((name, how)) => Value::Path(name.replace(':', ".").into(), made.max(how)),
                None => Value::Path("?".into(), made.max(first.map_or(Made::Plain, Value::made))),
            },
            "builtins.getattr" | "inspect.getattr_static" => {
                let owner = first.cloned().unwrap_or(Value::Unknown);
                let name = arguments.get(1).cloned().unwrap_or(Value::Unknown);
                let found = match name.as_text() {
                    Some((name, how)) => self.attribute(&owner, name, how),
                    None => self.attribute(&owner, "?", name.made()),
                };
                arguments.get(2).cloned().map_or(found.clone(), |default| found.or(default))
            }
            "operator.attrgetter" | "operator.itemgetter" | "operator.methodcaller" => {
                match first.and_then(Value::as_text) {
                    Some((name, how)) => Value::Path(format!("{path}({name})").into(), made.max(how)),
                    None => return Ok(None),
                }
            }
            "builtins.vars" => match first {
                Some(Value::Path(path, made)) => Value::step(path, *made, "__dict__", Made::Plain),
                Some(_) => Value::Unknown,
                None => Value::path("builtins.globals()"),
            },
            "builtins.dir" | "builtins.len" | "builtins.isinstance" => Value::Unknown,
            "functools.partial" | "functools.partialmethod" => {
                self.hand_over(path, arguments, &[], Some(at))?;
                first.cloned().unwrap_or(Value::Unknown)
            }
            "builtins.map" | "builtins.filter" => {
                let over = arguments.get(1).cloned().unwrap_or(Value::Unknown);
                return self.map(first, &over, at).map(Some);
            }
            "builtins.compile" => match first {
                // A code object is what its text is.
                Some(value) => Value::list(vec![value.clone()]),
                None => Value::Unknown,
            },
            "builtins.super" => match self.class.and_then(|class| self.classes.get(class)) {
                Some(class) => {
                    class.local_bases.first().map_or(Value::Unknown, |base| Value::Instance(*base))
                }
                None => Value::Unknown,
            },
            "builtins.setattr" => {
                if let (Some(Value::Path(owner, _)), Some((name, _))) =
                    (first, arguments.get(1).and_then(Value::as_text))
                    && &**owner == "builtins"
                {
                    self.hit(Effect::Hook, Made::Plain, &format!("builtins.{name}"), "", at);
                }
                Value::None
            }
            path => match (
                path.strip_prefix("operator.").filter(|rest| rest.contains("er(")),
                path.strip_suffix(".get"),
            ) {
                (Some(name), _) => {
                    let owner = first.cloned().unwrap_or(Value::Unknown);
                    let name = name.rsplit('(').next().unwrap_or(name).trim_end_matches(')');
                    let found = self.attribute(&owner, name, made);
                    if !path.starts_with("operator.methodcaller") {
                        return Ok(Some(found));
                    }
                    self.call_value(&found, Vec::new(), &[], at)?
                }
                (None, Some(owner))
                    if owner == "builtins"
                        || owner.ends_with("__dict__")
                        || owner.ends_with("globals()")
                        || owner == "sys.modules" =>
                {
                    self.item(&Value::Path(owner.into(), made), first.unwrap_or(&Value::Unknown), at)
                }
                _ => return Ok(None),
            },
        }))
    }

    /// `map(function, items)`: worked out for constants, called once for anything else.
    pub(super) fn map(&mut self, function: Option<&Value>, over: &Value, at: u64) -> Result<Value, Stop> {
        let function = function.cloned().unwrap_or(Value::Unknown);
        let constant = |value: &Value| matches!(value, Value::Int(_) | Value::Text(..));
        match fold::items(over) {
            Some(items) if items.iter().all(constant) && items.len() <= 4096 => {
                let results: Result<Vec<_>, Stop> =
                    items.into_iter().map(|item| self.call_value(&function, vec![item], &[], at)).collect();
                Ok(Value::list(results?))
            }
            _ => {
                let one = self.one_of(over);
                let result = self.call_value(&function, vec![one], &[], at)?;
                Ok(Value::list(vec![result]))
            }
        }
    }
}
