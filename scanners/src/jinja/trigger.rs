//! Whether a condition of a template asks what somebody wrote, or what day it is.
//!
//! Templates ask for roles, for fields, and for marks in messages (`</think>`, `[INST]`, `/no_think`). A condition on
//! other words in what was said, on the date or on chance has no use in the form of a conversation.

use std::collections::BTreeSet;

use super::ast::{Arguments, Expr, ExprKind, Statement, Target};
use super::fold::{Known, fold};
use super::judge::Names;

/// Rounds of looking at assignments.
const ROUNDS: u32 = 3;

/// Fields of a message that hold what was said.
const CONTENT: &[&str] = &["content", "text", "parts", "value", "reasoning_content"];

/// Methods that look for a text in another.
const LOOKS: &[&str] =
    &["__contains__", "count", "endswith", "find", "index", "rfind", "rindex", "startswith"];

/// Parts of marks that messages have.
const MARKS: &[&str] =
    &["think", "tool", "image", "audio", "video", "assistant", "function", "reason", "observation"];

/// What a template's conditions depend on.
pub(super) struct Triggers<'n> {
    names: &'n Names<'n>,
    /// Variables that hold what was said.
    contents: BTreeSet<String>,
    /// Variables that are set where somebody wrote certain words.
    set_by: BTreeSet<String>,
}

impl<'n> Triggers<'n> {
    /// Learns which variables hold what was said.
    pub(super) fn learned(statements: &[Statement], names: &'n Names<'n>) -> Self {
        let mut triggers = Self { names, contents: BTreeSet::new(), set_by: BTreeSet::new() };
        for _ in 0..ROUNDS {
            let mut open: Vec<bool> = Vec::new();
            for statement in statements {
                triggers.learn(statement, &mut open);
            }
        }
        triggers
    }

    fn learn(&mut self, statement: &Statement, open: &mut Vec<bool>) {
        match statement {
            Statement::If(condition) => open.push(self.of(condition).is_some()),
            Statement::Elif(condition) => {
                let asked = self.of(condition).is_some();
                if let Some(last) = open.last_mut() {
                    *last |= asked;
                }
            }
            Statement::End => {
                open.pop();
            }
            Statement::For(targets, values) => {
                open.push(false);
                if self.reads(values) {
                    self.keep(targets);
                }
            }
            Statement::Set(targets, value) => {
                if self.reads(value) {
                    self.keep(targets);
                }
                if open.contains(&true) || self.inside(value).is_some() {
                    self.set_by.extend(targets.iter().map(name_of));
                }
                self.calls(value);
            }
            Statement::Output(value) | Statement::Evaluate(value) | Statement::Only(value) => {
                self.calls(value);
            }
            Statement::SetBlock(..)
            | Statement::Else
            | Statement::Macro(..)
            | Statement::Load(..)
            | Statement::Said(..) => {}
        }
    }

    fn keep(&mut self, targets: &[Target]) {
        self.contents.extend(targets.iter().map(name_of));
    }

    /// What macros are called with, their parameters hold.
    fn calls(&mut self, expr: &Expr) {
        if let ExprKind::Call(callee, arguments) = &expr.kind
            && let ExprKind::Name(name) = &callee.kind
            && let Some((_, parameters)) = self.names.macros.iter().find(|(known, _)| known == name)
        {
            for (index, (keyword, value)) in arguments.iter().enumerate() {
                let positional = parameters.get(index).map(|(parameter, _)| parameter);
                if let Some(parameter) = keyword.as_ref().or(positional).filter(|_| self.reads(value)) {
                    self.contents.insert(parameter.clone());
                }
            }
        }
        expr.kind.children().into_iter().for_each(|child| self.calls(child));
    }

    /// What a condition asks for, if it is words that somebody wrote, the date or chance.
    pub(super) fn of(&self, condition: &Expr) -> Option<String> {
        self.asked(condition).or_else(|| self.inside(condition)).or_else(|| self.variable(condition))
    }

    /// What a question anywhere inside an expression asks for.
    pub(super) fn inside(&self, expr: &Expr) -> Option<String> {
        self.asked(expr).or_else(|| expr.kind.children().into_iter().find_map(|child| self.inside(child)))
    }

    /// A variable that another such condition has set.
    fn variable(&self, expr: &Expr) -> Option<String> {
        let inside = |of: &Expr| self.variable(of);
        if let ExprKind::Binary(_, left, right) = &expr.kind {
            return inside(left).or_else(|| inside(right));
        }
        if let ExprKind::Unary(of) | ExprKind::Test(of, ..) = &expr.kind {
            return inside(of);
        }
        variable_name(expr).filter(|name| self.set_by.contains(name))
    }

    fn asked(&self, expr: &Expr) -> Option<String> {
        if let ExprKind::Binary("compare", left, right) = &expr.kind {
            let words = self.words(left).or_else(|| self.words(right));
            let written = words.filter(|_| self.reads(left) || self.reads(right));
            return written.or_else(|| chance(left).or_else(|| chance(right)).map(str::to_owned));
        }
        if let ExprKind::Call(callee, arguments) = &expr.kind
            && let ExprKind::Attribute(of, method) = &callee.kind
        {
            let looks = LOOKS.contains(&method.as_str()) && self.reads(of);
            return self.first_words(arguments).filter(|_| looks);
        }
        if let ExprKind::Test(of, _, arguments) = &expr.kind {
            return self.first_words(arguments).filter(|_| self.reads(of));
        }
        let ExprKind::Filter(of, name, arguments) = &expr.kind else { return None };
        self.selected(of.as_deref(), name, arguments)
    }

    /// `messages | selectattr('content', 'in', 'words')` and `content.split() | select('equalto', 'word')`.
    fn selected(&self, of: Option<&Expr>, name: &str, arguments: &Arguments) -> Option<String> {
        let texts = |at: usize| arguments.get(at).map(|(_, value)| fold(value, &self.names.variables));
        let said = |known: Option<Known>| {
            known
                .is_some_and(|known| known.alternatives().iter().any(|text| CONTENT.contains(&text.as_str())))
        };
        let skip = match name {
            "selectattr" | "rejectattr" if said(texts(0)) => 2,
            "select" | "reject" if of.is_some_and(|of| self.reads(of)) => 1,
            _ => return None,
        };
        arguments.iter().skip(skip).find_map(|(_, value)| self.words(value))
    }

    fn first_words(&self, arguments: &Arguments) -> Option<String> {
        arguments.iter().find_map(|(_, value)| self.words(value))
    }

    /// Words that are no mark, in what is known of an expression.
    fn words(&self, expr: &Expr) -> Option<String> {
        let mut open = vec![fold(expr, &self.names.variables)];
        while let Some(known) = open.pop() {
            match known {
                Known::Texts(all) => {
                    if let Some(text) = all.into_iter().find(|text| is_word(text)) {
                        return Some(text);
                    }
                }
                Known::List(items) => open.extend(items),
                Known::Number(_) | Known::Built | Known::Foreign | Known::Other => {}
            }
        }
        None
    }

    /// Whether a value is the name of a field with what was said, if it is a name.
    fn is_content(&self, key: &Expr) -> Option<bool> {
        let Known::Texts(all) = fold(key, &self.names.variables) else { return None };
        Some(all.iter().any(|key| CONTENT.contains(&key.as_str())))
    }

    /// Whether an expression holds what somebody wrote.
    fn reads(&self, expr: &Expr) -> bool {
        if let Some(name) = variable_name(expr)
            && self.contents.contains(&name)
        {
            return true;
        }
        match &expr.kind {
            ExprKind::Attribute(_, name) => CONTENT.contains(&name.as_str()),
            ExprKind::Item(of, index) => self.is_content(index).unwrap_or_else(|| self.reads(of)),
            ExprKind::Call(callee, arguments) => self.call_reads(callee, arguments),
            ExprKind::Filter(of, name, arguments) => {
                of.as_deref().is_some_and(|of| self.filter_reads(of, name, arguments))
            }
            ExprKind::Binary("compare", ..) | ExprKind::Test(..) => false,
            ExprKind::Condition(value, _, otherwise) => {
                self.reads(value) || otherwise.as_deref().is_some_and(|otherwise| self.reads(otherwise))
            }
            ExprKind::Text(_)
            | ExprKind::Number(_)
            | ExprKind::Constant
            | ExprKind::Name(_)
            | ExprKind::Slice(..)
            | ExprKind::Binary(..)
            | ExprKind::Unary(_)
            | ExprKind::List(_)
            | ExprKind::Dict(_) => expr.kind.children().into_iter().any(|child| self.reads(child)),
        }
    }

    fn call_reads(&self, callee: &Expr, arguments: &Arguments) -> bool {
        let ExprKind::Attribute(of, method) = &callee.kind else {
            return arguments.iter().any(|(_, value)| self.reads(value));
        };
        let key = arguments.first().filter(|_| method == "get");
        key.and_then(|(_, key)| self.is_content(key)).unwrap_or_else(|| self.reads(of))
    }

    fn filter_reads(&self, of: &Expr, name: &str, arguments: &Arguments) -> bool {
        match name {
            "string" | "tojson" | "join" | "pprint" => self.reads(of) || of_messages(of),
            "length" | "count" => false,
            "map" => arguments.iter().any(|(_, value)| self.is_content(value) == Some(true)),
            _ => self.reads(of),
        }
    }
}

/// The variable, or the value in a namespace, that an expression names.
fn variable_name(expr: &Expr) -> Option<String> {
    if let ExprKind::Name(name) = &expr.kind {
        return Some(name.clone());
    }
    let ExprKind::Attribute(of, name) = &expr.kind else { return None };
    let ExprKind::Name(namespace) = &of.kind else { return None };
    Some(format!("{namespace}.{name}"))
}

fn name_of(target: &Target) -> String {
    match target {
        Target::Name(name) => name.clone(),
        Target::Attribute(namespace, name) => format!("{namespace}.{name}"),
    }
}

/// Whether an expression is the list of messages or one of them.
fn of_messages(expr: &Expr) -> bool {
    if let ExprKind::Name(name) = &expr.kind {
        return matches!(name.as_str(), "message" | "messages");
    }
    if let ExprKind::Item(of, _) | ExprKind::Slice(of, _) | ExprKind::Filter(Some(of), ..) = &expr.kind {
        return of_messages(of);
    }
    false
}

/// Whether an expression asks for the day, or for chance.
fn chance(expr: &Expr) -> Option<&'static str> {
    if let ExprKind::Call(callee, _) = &expr.kind
        && matches!(&callee.kind, ExprKind::Name(name) if name == "strftime_now")
    {
        return Some("the date");
    }
    if matches!(&expr.kind, ExprKind::Filter(_, name, _) if name == "random") {
        return Some("chance");
    }
    expr.kind.children().into_iter().find_map(chance)
}

/// Whether a text is something that a person writes, and not a mark of a format.
fn is_word(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_lowercase();
    let mark = text.starts_with(['[', '/', '{', '|', '#', '`', '_'])
        || text.starts_with("<|")
        || text.starts_with("<<")
        || text.ends_with(['>', ']', '}'])
        || text.contains('_')
        || MARKS.iter().any(|mark| lower.contains(mark));
    !mark && text.chars().any(char::is_alphanumeric)
}
