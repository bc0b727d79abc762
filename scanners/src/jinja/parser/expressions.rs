//! Parses expressions: operators by strength, then what stands behind a value.
//!
//! Source: `parse_expression` and below in Jinja 3.1 `parser.py`.

use super::super::ast::{Arguments, Expr, ExprKind};
use super::super::lexer::{Kind, Token};
use super::Parser;
use crate::{Limit, Stop};

/// Brackets inside brackets; real templates stay under ten.
const MAX_NESTING: u32 = 48;

/// Expressions inside expressions, such as the parts of a long sum.
const MAX_DEPTH: u32 = 400;

/// Comparison operators that are symbols.
const COMPARISONS: &[&str] = &["==", "!=", ">=", "<=", ">", "<"];

/// Binary operators by strength, weakest first.
const ARITHMETIC: &[&[&str]] = &[&["+", "-"], &["~"], &["*", "/", "//", "%"]];

impl Parser<'_> {
    /// Puts an expression together and bounds how deep it is.
    pub(super) fn expr(&self, offset: u64, kind: ExprKind) -> Result<Expr, Stop> {
        let depth = kind.children().iter().map(|child| child.depth).max().unwrap_or(0).saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        Ok(Expr { offset, kind, depth })
    }

    /// `a, b` without brackets, or one expression.
    pub(super) fn tuple(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let first = self.expression()?;
        if !self.at_operator(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.operator(",") {
            if self.at_end() {
                break;
            }
            items.push(self.expression()?);
        }
        self.expr(offset, ExprKind::List(items))
    }

    pub(super) fn expression(&mut self) -> Result<Expr, Stop> {
        self.nesting = self.nesting.saturating_add(1);
        if self.nesting > MAX_NESTING {
            return Err(Stop::Limit(Limit::Recursion));
        }
        let value = self.condition();
        self.nesting = self.nesting.saturating_sub(1);
        value
    }

    fn condition(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut value = self.or()?;
        while self.word("if") {
            let condition = Box::new(self.or()?);
            let otherwise = if self.word("else") { Some(Box::new(self.expression()?)) } else { None };
            value = self.expr(offset, ExprKind::Condition(Box::new(value), condition, otherwise))?;
        }
        Ok(value)
    }

    pub(super) fn or(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut left = self.and()?;
        while self.word("or") {
            let right = self.and()?;
            left = self.expr(offset, ExprKind::Binary("or", Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut left = self.not()?;
        while self.word("and") {
            let right = self.not()?;
            left = self.expr(offset, ExprKind::Binary("and", Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn not(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut negations = 0_u32;
        while self.word("not") {
            negations = negations.saturating_add(1);
        }
        let value = self.comparison()?;
        if negations == 0 { Ok(value) } else { self.expr(offset, ExprKind::Unary(Box::new(value))) }
    }

    fn comparison(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut left = self.arithmetic(0)?;
        loop {
            let symbol = COMPARISONS.iter().any(|symbol| self.operator(symbol));
            if !symbol && !self.word("in") {
                let not_in = self.at_name("not")
                    && matches!(self.tokens.get(self.at.saturating_add(1)),
                        Some(Token { kind: Kind::Name(name), .. }) if name == "in");
                if !not_in {
                    return Ok(left);
                }
                self.advance();
                self.advance();
            }
            let right = self.arithmetic(0)?;
            left = self.expr(offset, ExprKind::Binary("compare", Box::new(left), Box::new(right)))?;
        }
    }

    fn arithmetic(&mut self, level: usize) -> Result<Expr, Stop> {
        let Some(operators) = ARITHMETIC.get(level) else { return self.power() };
        let next = level.saturating_add(1);
        let offset = self.offset();
        let mut left = self.arithmetic(next)?;
        while let Some(operator) = operators.iter().find(|operator| self.at_operator(operator)) {
            self.advance();
            let right = self.arithmetic(next)?;
            left = self.expr(offset, ExprKind::Binary(operator, Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn power(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut left = self.unary()?;
        while self.operator("**") {
            let right = self.unary()?;
            left = self.expr(offset, ExprKind::Binary("**", Box::new(left), Box::new(right)))?;
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let mut signs = 0_u32;
        while self.operator("-") || self.operator("+") {
            signs = signs.saturating_add(1);
        }
        let value = self.primary()?;
        let value = self.postfix(value)?;
        let value = self.filtered(value)?;
        if signs == 0 { Ok(value) } else { self.expr(offset, ExprKind::Unary(Box::new(value))) }
    }

    fn primary(&mut self) -> Result<Expr, Stop> {
        let Some(token) = self.peek() else { return Err(self.malformed()) };
        self.advance();
        let kind = match &token.kind {
            Kind::Name(name) => match name.as_str() {
                "true" | "True" | "false" | "False" | "none" | "None" => ExprKind::Constant,
                _ => ExprKind::Name(name.clone()),
            },
            Kind::Text(text) => self.texts(text.clone()),
            Kind::Number(digits) => whole_number(digits).map_or(ExprKind::Constant, ExprKind::Number),
            Kind::Operator("(") => return self.brackets(token.offset),
            Kind::Operator("[") => ExprKind::List(self.list("]")?),
            Kind::Operator("{") => ExprKind::Dict(self.dict()?),
            Kind::Operator(_) | Kind::Output | Kind::Block | Kind::End | Kind::Said(_) => {
                self.at = self.at.saturating_sub(1);
                return Err(self.malformed());
            }
        };
        self.expr(token.offset, kind)
    }

    /// Texts that follow each other are one text.
    fn texts(&mut self, mut text: String) -> ExprKind {
        while let Some(Token { kind: Kind::Text(more), .. }) = self.peek() {
            text.push_str(more);
            self.advance();
        }
        ExprKind::Text(text)
    }

    /// `(a)`, `()` or `(a, b)`, behind its opening bracket.
    fn brackets(&mut self, offset: u64) -> Result<Expr, Stop> {
        if self.operator(")") {
            return self.expr(offset, ExprKind::List(Vec::new()));
        }
        let first = self.expression()?;
        if self.operator(")") {
            return Ok(first);
        }
        self.expect(",")?;
        let mut items = vec![first];
        items.extend(self.list(")")?);
        self.expr(offset, ExprKind::List(items))
    }

    fn list(&mut self, end: &str) -> Result<Vec<Expr>, Stop> {
        let mut items = Vec::new();
        while !self.operator(end) {
            items.push(self.expression()?);
            if !self.operator(",") && !self.at_operator(end) {
                return Err(self.malformed());
            }
        }
        Ok(items)
    }

    fn dict(&mut self) -> Result<Vec<(Expr, Expr)>, Stop> {
        let mut pairs = Vec::new();
        while !self.operator("}") {
            let key = self.expression()?;
            self.expect(":")?;
            pairs.push((key, self.expression()?));
            if !self.operator(",") && !self.at_operator("}") {
                return Err(self.malformed());
            }
        }
        Ok(pairs)
    }

    fn postfix(&mut self, mut value: Expr) -> Result<Expr, Stop> {
        let offset = value.offset;
        loop {
            let kind = if self.operator(".") {
                self.attribute(value)?
            } else if self.operator("[") {
                self.subscript(value)?
            } else if self.operator("(") {
                ExprKind::Call(Box::new(value), self.arguments()?)
            } else {
                return Ok(value);
            };
            value = self.expr(offset, kind)?;
        }
    }

    fn attribute(&mut self, of: Expr) -> Result<ExprKind, Stop> {
        if let Some(Token { kind: Kind::Number(digits), offset }) = self.peek() {
            let index = whole_number(digits).ok_or_else(|| self.malformed())?;
            self.advance();
            let index = self.expr(*offset, ExprKind::Number(index))?;
            return Ok(ExprKind::Item(Box::new(of), Box::new(index)));
        }
        Ok(ExprKind::Attribute(Box::new(of), self.name()?))
    }

    fn subscript(&mut self, of: Expr) -> Result<ExprKind, Stop> {
        let offset = self.offset();
        let mut parts = vec![None];
        let mut items = Vec::new();
        let mut sliced = false;
        while !self.operator("]") {
            if self.operator(":") {
                sliced = true;
                parts.push(None);
            } else if self.operator(",") {
                items.extend(parts.pop().flatten());
                parts.push(None);
            } else {
                let part = Some(self.expression()?);
                match parts.last_mut() {
                    Some(last) if last.is_none() => *last = part,
                    Some(_) | None => return Err(self.malformed()),
                }
            }
        }
        if sliced && items.is_empty() {
            return Ok(ExprKind::Slice(Box::new(of), parts));
        }
        items.extend(parts.into_iter().flatten());
        if items.len() > 1 {
            let tuple = self.expr(offset, ExprKind::List(items))?;
            return Ok(ExprKind::Item(Box::new(of), Box::new(tuple)));
        }
        let index = items.pop().ok_or_else(|| self.malformed())?;
        Ok(ExprKind::Item(Box::new(of), Box::new(index)))
    }

    /// Arguments behind their opening bracket.
    fn arguments(&mut self) -> Result<Arguments, Stop> {
        let mut arguments = Vec::new();
        while !self.operator(")") {
            if self.operator("**") || self.operator("*") {
                arguments.push((None, self.expression()?));
            } else {
                let keyword = matches!(
                    self.tokens.get(self.at.saturating_add(1)),
                    Some(Token { kind: Kind::Operator("="), .. })
                );
                let name = if keyword { Some(self.name()?) } else { None };
                if keyword {
                    self.expect("=")?;
                }
                arguments.push((name, self.expression()?));
            }
            if !self.operator(",") && !self.at_operator(")") {
                return Err(self.malformed());
            }
        }
        Ok(arguments)
    }

    /// Filters, tests and calls behind a value.
    fn filtered(&mut self, mut value: Expr) -> Result<Expr, Stop> {
        let offset = value.offset;
        loop {
            value = if self.operator("|") {
                match self.filters(Some(value))? {
                    Some(value) => value,
                    None => return Err(self.malformed()),
                }
            } else if self.word("is") {
                self.test(value)?
            } else if self.operator("(") {
                let call = ExprKind::Call(Box::new(value), self.arguments()?);
                self.expr(offset, call)?
            } else {
                return Ok(value);
            };
        }
    }

    /// `a|b(c)|d`, behind the first `|`.
    pub(super) fn filters(&mut self, mut value: Option<Expr>) -> Result<Option<Expr>, Stop> {
        loop {
            let offset = self.offset();
            let mut name = self.name()?;
            while self.operator(".") {
                name.push('.');
                name.push_str(&self.name()?);
            }
            let arguments = if self.operator("(") { self.arguments()? } else { Vec::new() };
            value = Some(self.expr(offset, ExprKind::Filter(value.map(Box::new), name, arguments))?);
            if !self.operator("|") {
                return Ok(value);
            }
        }
    }

    fn test(&mut self, value: Expr) -> Result<Expr, Stop> {
        let offset = self.offset();
        self.word("not");
        let mut name = self.name()?;
        while self.operator(".") {
            name.push('.');
            name.push_str(&self.name()?);
        }
        let arguments = if self.operator("(") {
            self.arguments()?
        } else if self.at_test_argument() {
            let argument = self.primary()?;
            vec![(None, self.postfix(argument)?)]
        } else {
            Vec::new()
        };
        self.expr(offset, ExprKind::Test(Box::new(value), name, arguments))
    }

    /// Whether an argument without brackets follows: `x is divisibleby 3`.
    fn at_test_argument(&self) -> bool {
        match self.peek().map(|token| &token.kind) {
            Some(Kind::Name(name)) => {
                !matches!(name.as_str(), "else" | "or" | "and" | "is" | "if" | "in" | "not" | "recursive")
            }
            Some(Kind::Text(_) | Kind::Number(_) | Kind::Operator("[" | "{")) => true,
            Some(Kind::Operator(_) | Kind::Output | Kind::Block | Kind::End | Kind::Said(_)) | None => false,
        }
    }
}

/// A whole number in any base Jinja reads.
fn whole_number(digits: &str) -> Option<i64> {
    let digits = digits.replace('_', "");
    let (digits, radix) = match digits.get(..2) {
        Some("0x" | "0X") => (digits.get(2..)?, 16),
        Some("0o" | "0O") => (digits.get(2..)?, 8),
        Some("0b" | "0B") => (digits.get(2..)?, 2),
        Some(_) | None => (digits.as_str(), 10),
    };
    i64::from_str_radix(digits, radix).ok()
}
