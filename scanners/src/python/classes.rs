//! Classes: what making them runs, and what is assigned to their attributes.

use ruff_python_ast::StmtClassDef;
use ruff_text_size::Ranged;

use super::expressions::offset;
use super::sinks::Effect;
use super::state::{Analysis, Class, Kind, Scope};
use super::value::{Made, Value};
use crate::Stop;

impl<'a> Analysis<'a> {
    pub(super) fn assign_attribute(&mut self, owner: &Value, name: &str, value: &Value, offset: u64) {
        for owner in owner.alternatives() {
            match owner {
                Value::Instance(class) | Value::Class(class) => {
                    if let Some(class) = self.classes.get_mut(*class) {
                        let before = class.names.remove(name);
                        let value = before.map_or_else(|| value.clone(), |before| before.or(value.clone()));
                        class.names.insert(name.to_owned(), value);
                    }
                }
                Value::Path(path, _) if &**path == "builtins" => {
                    self.hit(Effect::Hook, Made::Plain, &format!("builtins.{name}"), "", offset);
                }
                Value::Unknown
                | Value::Hidden
                | Value::Path(..)
                | Value::Text(..)
                | Value::Bytes(..)
                | Value::Int(_)
                | Value::Bool(_)
                | Value::None
                | Value::List(_)
                | Value::Any(_)
                | Value::Function(_) => {}
            }
        }
    }

    pub(super) fn class(&mut self, definition: &'a StmtClassDef) -> Result<(), Stop> {
        let mut decorators = Vec::new();
        for decorator in &definition.decorator_list {
            decorators.push((self.eval(&decorator.expression)?, offset(decorator.range())));
        }
        let mut class = Class { name: definition.name.as_str().to_owned(), ..Class::default() };
        let mut metaclass = None;
        if let Some(arguments) = &definition.arguments {
            for base in &arguments.args {
                match self.eval(base)? {
                    Value::Class(base) => class.local_bases.push(base),
                    value @ Value::Unknown
                    | value @ Value::Hidden
                    | value @ Value::Path(..)
                    | value @ Value::Text(..)
                    | value @ Value::Bytes(..)
                    | value @ Value::Int(_)
                    | value @ Value::Bool(_)
                    | value @ Value::None
                    | value @ Value::List(_)
                    | value @ Value::Any(_)
                    | value @ Value::Function(_)
                    | value @ Value::Instance(_) => {
                        class.bases.push(value.as_path().unwrap_or("?").to_owned())
                    }
                }
            }
            for keyword in &arguments.keywords {
                let value = self.eval(&keyword.value)?;
                if keyword.arg.as_ref().is_some_and(|name| name.as_str() == "metaclass") {
                    metaclass = Some(value);
                }
            }
        }
        let local_bases = class.local_bases.clone();
        self.classes.push(class);
        let id = self.classes.len().saturating_sub(1);
        let outer = self.class.replace(id);
        self.scopes.push(Scope::new(Kind::Class));
        let walked = self.block(&definition.body);
        let scope = self.scopes.pop();
        self.class = outer;
        walked?;
        if let (Some(scope), Some(class)) = (scope, self.classes.get_mut(id)) {
            class.names = scope.names;
        }
        self.bind(definition.name.as_str(), Value::Class(id));
        self.made_class(id, &local_bases, metaclass, offset(definition.range))?;
        for (decorator, at) in decorators.into_iter().rev() {
            self.decorate(&decorator, Value::Class(id), at)?;
        }
        Ok(())
    }

    /// Making a class runs its metaclass, and what its bases do to each class below them.
    fn made_class(
        &mut self,
        id: usize,
        bases: &[usize],
        metaclass: Option<Value>,
        at: u64,
    ) -> Result<(), Stop> {
        for base in bases {
            if let Some(hook) = self.member(*base, "__init_subclass__") {
                self.call_value(&hook, vec![Value::Class(id)], &[], at)?;
            }
        }
        match metaclass {
            Some(Value::Class(metaclass)) => {
                for name in ["__prepare__", "__new__", "__init__", "__call__"] {
                    if let Some(hook) = self.member(metaclass, name) {
                        self.call_value(&hook, Vec::new(), &[], at)?;
                    }
                }
                Ok(())
            }
            Some(other) => self.call_value(&other, Vec::new(), &[], at).map(|_| ()),
            None => Ok(()),
        }
    }
}
