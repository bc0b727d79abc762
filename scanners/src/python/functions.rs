//! Functions: what runs when they are defined, and walking their bodies with the arguments of a call.

use ruff_python_ast::{Parameters, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::expressions::offset;
use super::state::{Analysis, Body, Function, Kind, Scope};
use super::value::{Made, Value};
use crate::Stop;

/// How often one function is walked with the arguments of a call.
const MAX_WALKS: u32 = 4;

/// Functions walked inside each other. Each takes some KiB of the stack.
const MAX_INLINED: u32 = 4;

impl<'a> Analysis<'a> {
    /// `def`: decorators, defaults and annotations run at once; the body does not.
    pub(super) fn define(&mut self, function: &'a StmtFunctionDef) -> Result<(), Stop> {
        let mut decorators = Vec::new();
        for decorator in &function.decorator_list {
            decorators.push((self.eval(&decorator.expression)?, offset(decorator.range())));
        }
        self.optional(function.returns.as_deref())?;
        let body = Body::Block(&function.body);
        let id = self.new_function(function.name.as_str(), Some(&function.parameters), body)?;
        if let Some(made) = self.functions.get_mut(id) {
            made.is_static =
                decorators.iter().any(|(value, _)| value.as_path() == Some("builtins.staticmethod"));
        }
        self.bind(function.name.as_str(), Value::Function(id));
        for (decorator, at) in decorators.into_iter().rev() {
            self.decorate(&decorator, Value::Function(id), at)?;
        }
        Ok(())
    }

    /// Applies a decorator. One from elsewhere keeps what it is given for later, unless it is known to call it.
    pub(super) fn decorate(&mut self, decorator: &Value, decorated: Value, at: u64) -> Result<(), Stop> {
        let keeps = |value: &Value| match value {
            Value::Path(path, Made::Plain) => !super::sinks::runs_what_it_is_given(path),
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
            | Value::Function(_)
            | Value::Class(_)
            | Value::Instance(_) => false,
        };
        for one in decorator.alternatives() {
            let given = if keeps(one) { Value::Unknown } else { decorated.clone() };
            self.call_value(one, vec![given], &[], at)?;
        }
        Ok(())
    }

    /// A function that can be called from now on.
    pub(super) fn new_function(
        &mut self,
        name: &'a str,
        parameters: Option<&'a Parameters>,
        body: Body<'a>,
    ) -> Result<usize, Stop> {
        let defaults = self.defaults(parameters)?;
        let unit = self.new_unit();
        let in_class = self.scopes.last().is_some_and(|scope| scope.kind == Kind::Class);
        let nested = self.scopes.iter().any(|scope| scope.kind == Kind::Function);
        self.functions.push(Function {
            name,
            class: if in_class { self.class } else { None },
            parameters,
            defaults,
            body,
            unit,
            nested,
            is_static: false,
            walks: 0,
            busy: false,
            returns: None,
        });
        Ok(self.functions.len().saturating_sub(1))
    }

    fn defaults(
        &mut self,
        parameters: Option<&'a Parameters>,
    ) -> Result<std::collections::BTreeMap<String, Value>, Stop> {
        let mut defaults = std::collections::BTreeMap::new();
        let Some(parameters) = parameters else { return Ok(defaults) };
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args).chain(&parameters.kwonlyargs) {
            self.optional(parameter.parameter.annotation.as_deref())?;
            if let Some(default) = &parameter.default {
                let value = self.eval(default)?;
                defaults.insert(parameter.parameter.name.as_str().to_owned(), value);
            }
        }
        Ok(defaults)
    }

    /// Calls a function of this source: walks it with these arguments while that tells something new.
    pub(super) fn run(
        &mut self,
        id: usize,
        arguments: &[Value],
        named: &[(Option<String>, Value)],
    ) -> Result<Value, Stop> {
        let Some(function) = self.functions.get(id) else { return Ok(Value::Unknown) };
        let (unit, again) = (function.unit, function.walks < MAX_WALKS && !function.busy);
        self.edge(unit);
        if again && self.inlined < MAX_INLINED {
            self.walk_function(id, Some(arguments), named)?;
        } else {
            // What it does with what it is given is not followed any further.
            self.hand_over("", arguments, named, None)?;
        }
        Ok(self.functions.get(id).and_then(|function| function.returns.clone()).unwrap_or(Value::Unknown))
    }

    /// Walks the body of a function; without arguments, with anything for them.
    pub(super) fn walk_function(
        &mut self,
        id: usize,
        arguments: Option<&[Value]>,
        named: &[(Option<String>, Value)],
    ) -> Result<(), Stop> {
        let Some(function) = self.functions.get_mut(id) else { return Ok(()) };
        function.walks = function.walks.saturating_add(1);
        function.busy = true;
        let (unit, nested, body, owner) = (function.unit, function.nested, function.body, function.class);
        let scope = self.parameters(id, arguments, named);
        let hidden = if nested { Vec::new() } else { self.scopes.split_off(1) };
        let outer_class = if nested { self.class } else { std::mem::replace(&mut self.class, owner) };
        let outer_branch = std::mem::take(&mut self.branch);
        let outer_return = self.returned.take();
        self.inlined = self.inlined.saturating_add(1);
        self.scopes.push(scope);
        let walked = self.within(unit, |this| match body {
            Body::Block(block) => this.nested_block(block),
            Body::Value(value) => this.eval(value).map(|value| this.returned = Some(value)),
        });
        self.scopes.pop();
        self.scopes.extend(hidden);
        self.inlined = self.inlined.saturating_sub(1);
        let returned = std::mem::replace(&mut self.returned, outer_return);
        (self.branch, self.class) = (outer_branch, outer_class);
        if let Some(function) = self.functions.get_mut(id) {
            function.busy = false;
            let returned = returned.unwrap_or(Value::None);
            function.returns =
                Some(function.returns.take().map_or(returned.clone(), |before| before.or(returned)));
        }
        walked
    }

    /// A body, and then the functions it defines, while its names are known.
    fn nested_block(&mut self, block: &'a [Stmt]) -> Result<(), Stop> {
        let first = self.functions.len();
        self.block(block)?;
        let last = self.functions.len();
        for id in first..last {
            let unwalked =
                self.functions.get(id).is_some_and(|function| function.walks == 0 && function.nested);
            if unwalked && self.inlined < MAX_INLINED.saturating_mul(2) {
                self.walk_function(id, None, &[])?;
            }
        }
        Ok(())
    }

    /// The scope of a call: each parameter with its argument, its default, or anything.
    fn parameters(&self, id: usize, arguments: Option<&[Value]>, named: &[(Option<String>, Value)]) -> Scope {
        let mut scope = Scope::new(Kind::Function);
        let Some(function) = self.functions.get(id) else { return scope };
        let Some(parameters) = function.parameters else { return scope };
        let mut given = arguments.unwrap_or_default().iter();
        let mut first = function.class.filter(|_| !function.is_static).map(Value::Instance);
        for parameter in parameters.posonlyargs.iter().chain(&parameters.args) {
            let name = parameter.parameter.name.as_str();
            let by_name =
                named.iter().find(|(each, _)| each.as_deref() == Some(name)).map(|(_, value)| value.clone());
            let value = first.take().or_else(|| given.next().cloned()).or(by_name);
            let value = value.or_else(|| {
                let default = function.defaults.get(name).cloned();
                if arguments.is_some() { default } else { default.map(|default| default.or(Value::Unknown)) }
            });
            scope.names.insert(name.to_owned(), value.unwrap_or(Value::Unknown));
        }
        for parameter in &parameters.kwonlyargs {
            let name = parameter.parameter.name.as_str();
            let by_name =
                named.iter().find(|(each, _)| each.as_deref() == Some(name)).map(|(_, value)| value.clone());
            let value = by_name.or_else(|| function.defaults.get(name).cloned());
            scope.names.insert(name.to_owned(), value.unwrap_or(Value::Unknown));
        }
        if let Some(rest) = &parameters.vararg {
            let rest_of =
                if arguments.is_some() { Value::list(given.cloned().collect()) } else { Value::Unknown };
            scope.names.insert(rest.name.as_str().to_owned(), rest_of);
        }
        if let Some(rest) = &parameters.kwarg {
            scope.names.insert(rest.name.as_str().to_owned(), Value::Unknown);
        }
        scope
    }
}
