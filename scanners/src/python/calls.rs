//! Looks at calls: what they lead to, what they hand over, and what they give back.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::expressions::offset;
use super::fold;
use super::sinks::{self, Effect};
use super::state::{Analysis, Body, MODULE};
use super::texts;
use super::value::{Made, Value};
use crate::Stop;

/// Functions that only look at what they are given.
const LOOKERS: &[&str] = &[
    "builtins.isinstance",
    "builtins.issubclass",
    "builtins.callable",
    "builtins.hasattr",
    "builtins.print",
    "builtins.id",
    "builtins.repr",
    "builtins.type",
    "builtins.help",
    "inspect.signature",
    "unittest.mock.patch",
];

type Named = [(Option<String>, Value)];

impl<'a> Analysis<'a> {
    /// `function(arguments)`.
    pub(super) fn call(&mut self, call: &'a ExprCall) -> Result<Value, Stop> {
        let at = offset(call.range());
        let receiver = if let Expr::Attribute(attribute) = &*call.func {
            Some((self.eval(&attribute.value)?, attribute.attr.as_str()))
        } else {
            None
        };
        let function = match &receiver {
            Some((owner, name)) => self.attribute(owner, name, Made::Plain),
            None => self.eval(&call.func)?,
        };
        let (mut arguments, mut named) = (Vec::new(), Vec::new());
        for argument in &call.arguments.args {
            let value = self.eval(argument)?;
            match (argument, value) {
                (Expr::Starred(_), Value::List(items)) => arguments.extend(items.iter().cloned()),
                (_, value) => arguments.push(value),
            }
        }
        for keyword in &call.arguments.keywords {
            let value = self.eval(&keyword.value)?;
            named.push((keyword.arg.as_ref().map(|name| name.as_str().to_owned()), value));
        }
        if let Some((owner, name)) = &receiver
            && let Some(value) = texts::method(owner, name, &arguments)
        {
            self.charge_folded(&value)?;
            return Ok(value);
        }
        let given = self.call_value(&function, arguments, &named, at)?;
        // Methods of decoded text do no harm; what they give is still not to be read.
        let hidden = receiver.is_some_and(|(owner, _)| owner.alternatives().contains(&Value::Hidden));
        Ok(if hidden { Value::Hidden } else { given })
    }

    /// Calls whatever the value is.
    pub(super) fn call_value(
        &mut self,
        function: &Value,
        arguments: Vec<Value>,
        named: &Named,
        at: u64,
    ) -> Result<Value, Stop> {
        let mut all: Option<Value> = None;
        for one in function.alternatives().to_vec() {
            let value = match &one {
                Value::Path(path, made) => self.call_path(path, *made, &arguments, named, at)?,
                Value::Function(id) => self.run(*id, &arguments, named)?,
                Value::Class(class) => self.instantiate(*class, &arguments, named)?,
                Value::Instance(class) => match self.member(*class, "__call__") {
                    Some(method) => self.call_value(&method, arguments.clone(), named, at)?,
                    None => self.instantiate(*class, &arguments, named)?,
                },
                Value::Hidden => {
                    self.hit(Effect::Computed, Made::Decoded, "?", "", at);
                    self.hand_over("", &arguments, named, Some(at))?;
                    Value::Unknown
                }
                Value::Unknown
                | Value::Text(..)
                | Value::Bytes(..)
                | Value::Int(_)
                | Value::Bool(_)
                | Value::None
                | Value::List(_)
                | Value::Any(_) => {
                    self.hand_over("", &arguments, named, Some(at))?;
                    Value::Unknown
                }
            };
            all = Some(match all {
                Some(before) => before.or(value),
                None => value,
            });
        }
        Ok(all.unwrap_or(Value::Unknown))
    }

    /// Making an instance runs what makes it; everything with two underscores may run at any time after.
    fn instantiate(&mut self, class: usize, arguments: &[Value], named: &Named) -> Result<Value, Stop> {
        let (mut open, mut seen) = (vec![class], Vec::new());
        while let Some(one) = open.pop() {
            let Some(known) = self.classes.get(one).filter(|_| !seen.contains(&one) && seen.len() < 32)
            else {
                continue;
            };
            seen.push(one);
            open.extend(&known.local_bases);
            let special: Vec<usize> = known
                .names
                .iter()
                .filter(|(name, _)| name.starts_with("__") && name.ends_with("__"))
                .filter_map(|(_, value)| if let Value::Function(id) = value { Some(*id) } else { None })
                .collect();
            for id in special {
                if let Some(unit) = self.functions.get(id).map(|function| function.unit) {
                    self.edge(unit);
                }
            }
        }
        for name in ["__new__", "__init__", "__post_init__"] {
            if let Some(Value::Function(id)) = self.member(class, name) {
                self.run(id, arguments, named)?;
            }
        }
        Ok(Value::Instance(class))
    }

    /// Functions given to another function are called by it, as far as anyone knows.
    pub(super) fn hand_over(
        &mut self,
        callee: &str,
        arguments: &[Value],
        named: &Named,
        at: Option<u64>,
    ) -> Result<(), Stop> {
        if LOOKERS.contains(&callee) {
            return Ok(());
        }
        let given = arguments.iter().chain(named.iter().map(|(_, value)| value));
        let given: Vec<Value> = given.flat_map(|value| value.alternatives().to_vec()).collect();
        for value in given {
            match value {
                Value::Function(id) => {
                    if let Some(unit) = self.functions.get(id).map(|function| function.unit) {
                        self.edge(unit);
                    }
                }
                Value::Instance(class) if callee.starts_with("threading") => {
                    self.instantiate(class, &[], &[])?;
                }
                Value::Path(path, made) => {
                    if let (Some(effect), Some(at)) = (sinks::handed_over(&path), at) {
                        self.hit(effect, made, &path, "", at);
                    }
                }
                Value::Unknown
                | Value::Hidden
                | Value::Text(..)
                | Value::Bytes(..)
                | Value::Int(_)
                | Value::Bool(_)
                | Value::None
                | Value::List(_)
                | Value::Any(_)
                | Value::Class(_)
                | Value::Instance(_) => {}
            }
        }
        Ok(())
    }

    fn call_path(
        &mut self,
        path: &str,
        made: Made,
        arguments: &[Value],
        named: &Named,
        at: u64,
    ) -> Result<Value, Stop> {
        let path = sinks::canonical(path);
        if let Some(value) = self.reflect(&path, made, arguments, at)? {
            return Ok(value);
        }
        if let Some(value) = fold::call(&path, arguments) {
            self.charge_folded(&value)?;
            return Ok(value);
        }
        self.judge(&path, made, arguments, named, at)?;
        self.hand_over(&path, arguments, named, Some(at))?;
        // A function made of a code object is as hidden as that.
        let given = arguments.first().filter(|_| path.starts_with("types.")).map_or(Made::Plain, Value::made);
        Ok(Value::step(&path, made, "()", given))
    }

    /// Walks the whole source, and then every function that nobody called.
    ///
    /// # Errors
    /// [`Stop::Limit`] when it is too much.
    pub(super) fn module(&mut self, body: Body<'a>) -> Result<(), Stop> {
        match body {
            Body::Block(block) => self.block(block)?,
            Body::Value(value) => self.eval(value).map(|_| ())?,
        }
        self.unit = MODULE;
        let mut id = 0;
        while id < self.functions.len() {
            if self.functions.get(id).is_some_and(|function| !function.nested || function.walks == 0) {
                self.scopes.truncate(1);
                self.walk_function(id, None, &[])?;
            }
            id = usize::saturating_add(id, 1);
        }
        Ok(())
    }
}
