//! Says what a parsed template could do.

use std::collections::BTreeSet;

use assay_core::{Location, Rule};

use super::ast::{Arguments, Expr, ExprKind, Parameters, Statement, Target};
use super::fold::{Known, Variables, fold};
use super::names::{
    FILTERS, FUNCTIONS, METHODS, TESTS, UNSAFE_GLOBALS, UNSAFE_METHODS, formats_unsafe_attribute,
    is_unsafe_attribute, names_unsafe_attribute,
};
use super::speech;
use super::{
    COMPUTED_ATTRIBUTE, EXPENSIVE, LOADS_TEMPLATE, UNKNOWN_CALL, UNSAFE_ATTRIBUTE, UNSAFE_CALL, UNSAFE_GLOBAL,
};
use crate::Report;

/// Rounds of looking at assignments: values travel through at most so many variables per round.
const ROUNDS: u32 = 3;

/// A loop or a text larger than this serves nobody: contexts end near a million tokens.
const MAX_REPEAT: i64 = 10_000_000;

/// Judges a template. `locate` says where an offset of the template stands in the file.
pub(super) fn judge(statements: &[Statement], locate: &dyn Fn(u64) -> Location, report: &mut Report<'_>) {
    let mut names = Names::default();
    for _ in 0..ROUNDS {
        names.learn(statements);
    }
    let mut judge = Judge { names: &names, locate, report, seen: BTreeSet::new() };
    for statement in statements {
        judge.statement(statement);
    }
    speech::judge(statements, &names, locate, report);
}

/// What the template itself defines.
#[derive(Default)]
pub(super) struct Names<'t> {
    pub(super) variables: Variables,
    pub(super) macros: Vec<(&'t str, &'t Parameters)>,
    bound: BTreeSet<&'t str>,
}

impl<'t> Names<'t> {
    fn learn(&mut self, statements: &'t [Statement]) {
        for statement in statements {
            match statement {
                Statement::Set(targets, value) => {
                    let known = fold(value, &self.variables);
                    self.namespace(targets, value);
                    let known = if targets.len() == 1 { known } else { known.any_item() };
                    self.assign(targets, &known);
                    self.calls(value);
                }
                Statement::SetBlock(targets, _) => self.assign(targets, &Known::Built),
                Statement::For(targets, values) => {
                    let mut known = fold(values, &self.variables).any_item();
                    if let (Known::List(_), true) = (&known, targets.len() > 1) {
                        known = known.any_item();
                    }
                    self.assign(targets, &known);
                    self.calls(values);
                }
                Statement::Macro(name, parameters) => self.define(name, parameters),
                Statement::Evaluate(value)
                | Statement::Output(value)
                | Statement::If(value)
                | Statement::Elif(value)
                | Statement::Only(value) => self.calls(value),
                Statement::Load(..) | Statement::Said(..) | Statement::Else | Statement::End => {}
            }
        }
    }

    fn assign(&mut self, targets: &'t [Target], known: &Known) {
        for target in targets {
            let name = match target {
                Target::Name(name) => {
                    self.bound.insert(name);
                    name.clone()
                }
                Target::Attribute(namespace, name) => {
                    // The namespace may be reached by another name.
                    self.join(namespace.clone(), Known::List(vec![known.clone()]));
                    format!("{namespace}.{name}")
                }
            };
            self.join(name, known.clone());
        }
    }

    fn join(&mut self, name: String, known: Known) {
        let before = self.variables.remove(&name).unwrap_or(Known::Other);
        self.variables.insert(name, before.or(known));
    }

    /// `{% set ns = namespace(a='x') %}` gives `ns.a`.
    fn namespace(&mut self, targets: &[Target], value: &Expr) {
        let ([Target::Name(namespace)], ExprKind::Call(_, arguments)) = (targets, &value.kind) else {
            return;
        };
        for (name, value) in arguments {
            if let Some(name) = name {
                let known = fold(value, &self.variables);
                self.join(format!("{namespace}.{name}"), known);
            }
        }
    }

    fn define(&mut self, name: &'t str, parameters: &'t Parameters) {
        if !self.macros.iter().any(|(known, _)| *known == name) {
            self.macros.push((name, parameters));
        }
        self.bound.insert(name);
        for (parameter, default) in parameters {
            self.bound.insert(parameter);
            let known = default.as_ref().map_or(Known::Other, |default| fold(default, &self.variables));
            self.join(parameter.clone(), known);
        }
    }

    /// What macros are called with, their parameters may hold.
    fn calls(&mut self, expr: &'t Expr) {
        if let ExprKind::Call(callee, arguments) = &expr.kind
            && let ExprKind::Name(name) = &callee.kind
            && let Some((_, parameters)) = self.macros.iter().find(|(known, _)| known == name).copied()
        {
            for (index, (keyword, value)) in arguments.iter().enumerate() {
                let positional = parameters.get(index).map(|(parameter, _)| parameter);
                let known = fold(value, &self.variables);
                if let Some(parameter) = keyword.as_ref().or(positional) {
                    self.join(parameter.clone(), known);
                }
            }
        }
        for child in expr.kind.children() {
            self.calls(child);
        }
    }
}

struct Judge<'n, 'r, 's> {
    names: &'n Names<'n>,
    locate: &'n dyn Fn(u64) -> Location,
    report: &'r mut Report<'s>,
    /// What was said already: a template that says it twice is not twice as bad.
    seen: BTreeSet<(&'static str, String)>,
}

impl Judge<'_, '_, '_> {
    fn hit(&mut self, rule: &Rule, offset: u64, name: &str) {
        if self.seen.insert((rule.summary, name.to_owned())) {
            let template_offset = offset.to_string();
            let detail = [("name", name), ("template-offset", template_offset.as_str())];
            self.report.hit(rule, (self.locate)(offset), &format!("{}: {name}", rule.summary), &detail);
        }
    }

    fn fold(&self, expr: &Expr) -> Known {
        fold(expr, &self.names.variables)
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Evaluate(value)
            | Statement::Output(value)
            | Statement::If(value)
            | Statement::Elif(value)
            | Statement::Only(value)
            | Statement::Set(_, value)
            | Statement::For(_, value) => self.expr(value),
            Statement::Said(..) | Statement::Else | Statement::End => {}
            Statement::SetBlock(_, filters) => {
                if let Some(filters) = filters {
                    self.expr(filters);
                }
            }
            Statement::Macro(_, parameters) => {
                for default in parameters.iter().filter_map(|(_, default)| default.as_ref()) {
                    self.expr(default);
                }
            }
            Statement::Load(offset, tag) => self.hit(&LOADS_TEMPLATE, *offset, tag),
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let at = expr.offset;
        match &expr.kind {
            ExprKind::Text(_) | ExprKind::Binary(..) => self.known(expr),
            ExprKind::Name(name) => self.name(name, at),
            ExprKind::Attribute(_, name) => self.attribute(name, at),
            ExprKind::Item(of, index) => self.subscript(of, index),
            ExprKind::Call(callee, arguments) => self.call(callee, arguments, at),
            ExprKind::Filter(of, name, arguments) => {
                self.filter(of.as_deref(), name, arguments, at);
                self.known(expr);
            }
            ExprKind::Test(_, name, _) if !TESTS.contains(&name.as_str()) => {
                self.hit(&UNKNOWN_CALL, at, &format!("is {name}"));
            }
            ExprKind::Slice(..) => self.known(expr),
            ExprKind::Test(..)
            | ExprKind::Number(_)
            | ExprKind::Constant
            | ExprKind::Unary(_)
            | ExprKind::Condition(..)
            | ExprKind::List(_)
            | ExprKind::Dict(_) => {}
        }
        for child in expr.kind.children() {
            self.expr(child);
        }
    }

    /// A text that is the name of one of Python's attributes is in a template for one purpose only, wherever it goes.
    fn known(&mut self, expr: &Expr) {
        if let ExprKind::Binary("*", left, right) = &expr.kind {
            let repeat = match (self.fold(left), self.fold(right)) {
                (Known::Texts(_) | Known::List(_), Known::Number(times))
                | (Known::Number(times), Known::Texts(_) | Known::List(_)) => times,
                _ => 0,
            };
            if repeat > MAX_REPEAT {
                self.hit(&EXPENSIVE, expr.offset, &repeat.to_string());
            }
        }
        for text in self.fold(expr).alternatives() {
            if names_unsafe_attribute(text) {
                self.hit(&UNSAFE_ATTRIBUTE, expr.offset, text);
            }
        }
    }

    fn name(&mut self, name: &str, at: u64) {
        if name.starts_with("__") {
            self.hit(&UNSAFE_ATTRIBUTE, at, name);
        } else if UNSAFE_GLOBALS.contains(&name) && !self.names.bound.contains(name) {
            self.hit(&UNSAFE_GLOBAL, at, name);
        }
    }

    fn attribute(&mut self, name: &str, at: u64) {
        if is_unsafe_attribute(name) {
            self.hit(&UNSAFE_ATTRIBUTE, at, name);
        }
    }

    /// Jinja reads an attribute when there is no such item, so a subscript is an attribute with a computed name.
    fn subscript(&mut self, of: &Expr, index: &Expr) {
        match self.fold(index) {
            Known::Texts(all) => {
                for text in all.iter().filter(|text| is_unsafe_attribute(text)) {
                    self.hit(&UNSAFE_ATTRIBUTE, index.offset, text);
                }
            }
            // An item of our own text is a letter, whatever the index is.
            Known::Built if !matches!(self.fold(of), Known::Texts(_)) => {
                self.hit(&COMPUTED_ATTRIBUTE, index.offset, "subscript");
            }
            Known::Built | Known::Foreign | Known::Number(_) | Known::List(_) | Known::Other => {}
        }
    }

    fn call(&mut self, callee: &Expr, arguments: &Arguments, at: u64) {
        for name in arguments.iter().filter_map(|(name, _)| name.as_deref()) {
            if names_unsafe_attribute(name) {
                self.hit(&UNSAFE_ATTRIBUTE, at, name);
            }
        }
        match &callee.kind {
            ExprKind::Name(name) => {
                if name == "range" {
                    self.range(arguments, at);
                }
                let known = FUNCTIONS.contains(&name.as_str())
                    || self.names.macros.iter().any(|(known, _)| known == name)
                    || UNSAFE_GLOBALS.contains(&name.as_str())
                    || name.starts_with("__");
                if !known {
                    self.hit(&UNKNOWN_CALL, at, &format!("{name}()"));
                }
            }
            ExprKind::Attribute(of, method) => self.method(of, method, at),
            ExprKind::Item(..) | ExprKind::Call(..) | ExprKind::Filter(..) | ExprKind::Condition(..) => {
                self.hit(&UNSAFE_CALL, at, "a computed function");
            }
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Constant
            | ExprKind::Slice(..)
            | ExprKind::Test(..)
            | ExprKind::Binary(..)
            | ExprKind::Unary(_)
            | ExprKind::List(_)
            | ExprKind::Dict(_) => self.hit(&UNKNOWN_CALL, at, "a value that is no function"),
        }
    }

    fn method(&mut self, of: &Expr, method: &str, at: u64) {
        if UNSAFE_METHODS.contains(&method) {
            self.hit(&UNSAFE_CALL, at, &format!(".{method}()"));
        } else if !METHODS.contains(&method) && !is_unsafe_attribute(method) {
            self.hit(&UNKNOWN_CALL, at, &format!(".{method}()"));
        }
        if matches!(method, "format" | "format_map") {
            self.format(of, at);
        }
    }

    /// A format text reads attributes itself.
    fn format(&mut self, of: &Expr, at: u64) {
        let known = self.fold(of);
        for text in known.alternatives().iter().filter(|text| formats_unsafe_attribute(text)) {
            self.hit(&UNSAFE_ATTRIBUTE, at, text);
        }
        if known == Known::Built {
            self.hit(&COMPUTED_ATTRIBUTE, at, "format text");
        }
    }

    fn filter(&mut self, of: Option<&Expr>, name: &str, arguments: &Arguments, at: u64) {
        if name == "attr" {
            match arguments.first().map(|(_, value)| self.fold(value)) {
                Some(Known::Texts(all)) => {
                    for text in &all {
                        self.attribute(text, at);
                    }
                }
                Some(Known::Number(_) | Known::List(_) | Known::Built | Known::Foreign | Known::Other)
                | None => {
                    self.hit(&COMPUTED_ATTRIBUTE, at, "attr");
                }
            }
        } else if !FILTERS.contains(&name) {
            self.hit(&UNKNOWN_CALL, at, &format!("|{name}"));
        }
        if matches!(
            name,
            "map" | "select" | "reject" | "selectattr" | "rejectattr" | "groupby" | "sort" | "sum"
        ) {
            self.named_by_argument(name, arguments, at);
        }
        if name == "format"
            && let Some(of) = of
        {
            self.format(of, at);
        }
    }

    /// `map('attr', …)` calls a filter by its name; `map(attribute=…)` and `selectattr(…)` read attributes.
    fn named_by_argument(&mut self, name: &str, arguments: &Arguments, at: u64) {
        for (keyword, value) in arguments {
            let known = self.fold(value);
            if name == "map" && keyword.is_none() && known.alternatives().iter().any(|text| text == "attr") {
                self.hit(&COMPUTED_ATTRIBUTE, at, "map(attr)");
            }
            for text in known.alternatives() {
                if text.split('.').any(|part| part.starts_with("__")) {
                    self.hit(&UNSAFE_ATTRIBUTE, at, text);
                }
            }
            if known == Known::Built {
                self.hit(&COMPUTED_ATTRIBUTE, at, name);
            }
        }
    }

    fn range(&mut self, arguments: &Arguments, at: u64) {
        for (_, value) in arguments {
            if let Known::Number(count) = self.fold(value)
                && count > MAX_REPEAT
            {
                self.hit(&EXPENSIVE, at, &format!("range({count})"));
            }
        }
    }
}
