//! Walks statements: what they bind, and what runs because of them.

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtImportFrom};

use super::expressions::{offset, path_attribute};
use super::sinks::Effect;
use super::state::{Analysis, Kind};
use super::value::{Made, Value};
use crate::Stop;

impl<'a> Analysis<'a> {
    /// Walks a block from its first to its last statement.
    ///
    /// # Errors
    /// [`Stop::Limit`] when the source is too much.
    pub(super) fn block(&mut self, block: &'a [Stmt]) -> Result<(), Stop> {
        block.iter().try_for_each(|statement| self.statement(statement))
    }

    fn statement(&mut self, statement: &'a Stmt) -> Result<(), Stop> {
        self.charge(1)?;
        match statement {
            Stmt::FunctionDef(function) => self.define(function),
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Return(statement) => {
                let value = self.optional(statement.value.as_deref())?;
                self.returned = Some(self.returned.take().map_or(value.clone(), |before| before.or(value)));
                Ok(())
            }
            Stmt::Delete(statement) => self.each(&statement.targets),
            Stmt::TypeAlias(_) | Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::Nonlocal(_) => {
                Ok(())
            }
            Stmt::Assign(statement) => {
                let value = self.eval(&statement.value)?;
                statement.targets.iter().try_for_each(|target| self.assign(target, &value))
            }
            Stmt::AugAssign(statement) => {
                let before = self.eval(&statement.target)?;
                let more = self.eval(&statement.value)?;
                let value = super::fold::binary(&before, statement.op, &more);
                self.charge_folded(&value)?;
                self.assign(&statement.target, &value)
            }
            Stmt::AnnAssign(statement) => {
                self.eval(&statement.annotation)?;
                let Some(value) = &statement.value else { return Ok(()) };
                let value = self.eval(value)?;
                self.assign(&statement.target, &value)
            }
            Stmt::For(statement) => {
                let over = self.eval(&statement.iter)?;
                let one = self.one_of(&over);
                self.assign(&statement.target, &one)?;
                self.perhaps(|this| {
                    this.block(&statement.body)?;
                    this.block(&statement.orelse)
                })
            }
            Stmt::While(statement) => {
                self.eval(&statement.test)?;
                self.perhaps(|this| {
                    this.block(&statement.body)?;
                    this.block(&statement.orelse)
                })
            }
            Stmt::If(statement) => self.condition(statement),
            Stmt::With(statement) => {
                for item in &statement.items {
                    let value = self.eval(&item.context_expr)?;
                    if let Some(target) = &item.optional_vars {
                        self.assign(target, &value)?;
                    }
                }
                self.block(&statement.body)
            }
            Stmt::Match(statement) => {
                self.eval(&statement.subject)?;
                for case in &statement.cases {
                    self.perhaps(|this| {
                        this.optional(case.guard.as_deref())?;
                        this.block(&case.body)
                    })?;
                }
                Ok(())
            }
            Stmt::Raise(statement) => {
                self.optional(statement.exc.as_deref())?;
                self.optional(statement.cause.as_deref()).map(|_| ())
            }
            Stmt::Try(statement) => {
                self.perhaps(|this| this.block(&statement.body))?;
                for ExceptHandler::ExceptHandler(handler) in &statement.handlers {
                    self.perhaps(|this| {
                        this.optional(handler.type_.as_deref())?;
                        this.block(&handler.body)
                    })?;
                }
                self.perhaps(|this| this.block(&statement.orelse))?;
                self.block(&statement.finalbody)
            }
            Stmt::Assert(statement) => {
                self.eval(&statement.test)?;
                self.optional(statement.msg.as_deref()).map(|_| ())
            }
            Stmt::Import(statement) => {
                for alias in &statement.names {
                    let name = alias.name.as_str();
                    match &alias.asname {
                        Some(known_as) => self.bind(known_as, Value::path(name)),
                        None => {
                            let first = name.split('.').next().unwrap_or(name);
                            self.bind(first, Value::path(first));
                        }
                    }
                }
                Ok(())
            }
            Stmt::ImportFrom(statement) => {
                self.import_from(statement);
                Ok(())
            }
            Stmt::Global(statement) => {
                if let Some(scope) = self.scopes.last_mut().filter(|scope| scope.kind != Kind::Module) {
                    scope.globals.extend(statement.names.iter().map(|name| name.as_str().to_owned()));
                }
                Ok(())
            }
            Stmt::Expr(statement) => self.eval(&statement.value).map(|_| ()),
            Stmt::IpyEscapeCommand(statement) => {
                self.magic(statement.kind, &statement.value, offset(statement.range));
                Ok(())
            }
        }
    }

    fn import_from(&mut self, statement: &StmtImportFrom) {
        let dots = ".".repeat(usize::try_from(statement.level).unwrap_or(1).min(8));
        let module = format!("{dots}{}", statement.module.as_ref().map_or("", |name| name.as_str()));
        for alias in &statement.names {
            let name = alias.name.as_str();
            if name == "*" {
                if self.stars.len() < 64 {
                    self.stars.push(module.clone());
                }
                continue;
            }
            let known_as = alias.asname.as_ref().map_or(name, |name| name.as_str());
            let value = path_attribute(&module, Made::Plain, name, Made::Plain);
            self.bind(known_as, value);
        }
    }

    /// Gives a target a value.
    #[expect(clippy::wildcard_enum_match_arm, reason = "no other expression is a target")]
    pub(super) fn assign(&mut self, target: &'a Expr, value: &Value) -> Result<(), Stop> {
        match target {
            Expr::Name(name) => {
                self.bind(name.id.as_str(), value.clone());
                Ok(())
            }
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, value),
            Expr::List(list) => self.unpack(&list.elts, value),
            Expr::Starred(starred) => self.assign(&starred.value, &Value::Unknown),
            Expr::Attribute(attribute) => {
                let owner = self.eval(&attribute.value)?;
                self.assign_attribute(&owner, attribute.attr.as_str(), value, offset(attribute.range));
                Ok(())
            }
            Expr::Subscript(subscript) => {
                let owner = self.eval(&subscript.value)?;
                let key = self.eval(&subscript.slice)?;
                if let (
                    Some("builtins" | "builtins.__dict__" | "builtins.globals()[builtins]"),
                    Some((name, _)),
                ) = (owner.as_path(), key.as_text())
                {
                    let path = format!("builtins.{name}");
                    self.hit(Effect::Hook, Made::Plain, &path, "", offset(subscript.range));
                }
                if let (Some("builtins.globals()"), Some((name, _))) = (owner.as_path(), key.as_text()) {
                    let name = name.to_owned();
                    self.bind(&name, value.clone());
                }
                Ok(())
            }
            other => self.eval(other).map(|_| ()),
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value) -> Result<(), Stop> {
        let items = match value {
            Value::List(items) if items.len() == targets.len() => Some(items.clone()),
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
            | Value::Instance(_) => None,
        };
        for (at, target) in targets.iter().enumerate() {
            let item = items.as_ref().and_then(|items| items.get(at)).cloned();
            let item = item.unwrap_or_else(|| {
                if value.made() == Made::Decoded { Value::Hidden } else { Value::Unknown }
            });
            self.assign(target, &item)?;
        }
        Ok(())
    }

    fn each(&mut self, expressions: &'a [Expr]) -> Result<(), Stop> {
        expressions.iter().try_for_each(|expression| self.eval(expression).map(|_| ()))
    }

    pub(super) fn optional(&mut self, expression: Option<&'a Expr>) -> Result<Value, Stop> {
        expression.map_or(Ok(Value::None), |expression| self.eval(expression))
    }
}
