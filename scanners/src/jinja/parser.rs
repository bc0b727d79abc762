//! Parses tokens into statements and expressions.
//!
//! Source: Jinja 3.1 `parser.py`; loop controls, `do` and `generation` as chat template loaders enable them. What is not
//! understood is malformed: a template that cannot be read is never called clean.

use super::ast::{Arguments, Expr, ExprKind, Parameters, Statement, Target};
use super::lexer::{Kind, Token};
use crate::{Limit, Stop};

/// Brackets inside brackets; real templates stay under ten.
const MAX_NESTING: u32 = 48;

/// Expressions inside expressions, such as the parts of a long sum.
const MAX_DEPTH: u32 = 400;

/// Block tags inside block tags.
const MAX_BLOCKS: usize = 200;

/// Comparison operators that are symbols.
const COMPARISONS: &[&str] = &["==", "!=", ">=", "<=", ">", "<"];

/// Binary operators by strength, weakest first.
const ARITHMETIC: &[&[&str]] = &[&["+", "-"], &["~"], &["*", "/", "//", "%"]];

pub(super) struct Parser<'t> {
    tokens: &'t [Token],
    at: usize,
    nesting: u32,
    statements: Vec<Statement>,
    /// The end tags that are waited for.
    open: Vec<&'static str>,
}

/// Parses a whole template.
///
/// # Errors
/// [`Stop::Malformed`] where Jinja would refuse it or we do not know a tag; [`Stop::Limit`] for nesting.
pub(super) fn parse(tokens: &[Token]) -> Result<Vec<Statement>, Stop> {
    let mut parser = Parser { tokens, at: 0, nesting: 0, statements: Vec::new(), open: Vec::new() };
    while let Some(token) = parser.peek() {
        parser.advance();
        if token.kind == Kind::Output {
            let value = parser.tuple()?;
            parser.statements.push(Statement::Evaluate(value));
        } else if token.kind == Kind::Block {
            parser.block()?;
        } else {
            return Err(parser.malformed());
        }
        parser.end()?;
    }
    if parser.open.is_empty() { Ok(parser.statements) } else { Err(parser.malformed()) }
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.at)
    }

    fn advance(&mut self) {
        self.at = self.at.saturating_add(1);
    }

    fn offset(&self) -> u64 {
        self.peek().or_else(|| self.tokens.last()).map_or(0, |token| token.offset)
    }

    fn malformed(&self) -> Stop {
        Stop::Malformed { what: "template", offset: self.offset() }
    }

    fn at_operator(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Operator(here), .. }) if *here == operator)
    }

    fn at_name(&self, name: &str) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::Name(here), .. }) if here == name)
    }

    fn at_end(&self) -> bool {
        matches!(self.peek(), Some(Token { kind: Kind::End, .. }))
    }

    /// Takes the operator if it stands here.
    fn operator(&mut self, operator: &str) -> bool {
        let here = self.at_operator(operator);
        if here {
            self.advance();
        }
        here
    }

    /// Takes the word if it stands here.
    fn word(&mut self, name: &str) -> bool {
        let here = self.at_name(name);
        if here {
            self.advance();
        }
        here
    }

    fn expect(&mut self, operator: &str) -> Result<(), Stop> {
        if self.operator(operator) { Ok(()) } else { Err(self.malformed()) }
    }

    fn end(&mut self) -> Result<(), Stop> {
        if !self.at_end() {
            return Err(self.malformed());
        }
        self.advance();
        Ok(())
    }

    fn name(&mut self) -> Result<String, Stop> {
        let Some(Token { kind: Kind::Name(name), .. }) = self.peek() else { return Err(self.malformed()) };
        self.advance();
        Ok(name.clone())
    }

    /// One `{% … %}` without its end.
    fn block(&mut self) -> Result<(), Stop> {
        let offset = self.offset();
        let tag = self.name()?;
        match tag.as_str() {
            "if" => self.evaluate("endif"),
            "elif" => self.inside("endif").and_then(|()| self.evaluate_only()),
            "else" => {
                let fits = self.open.last().is_some_and(|end| matches!(*end, "endif" | "endfor"));
                if fits { Ok(()) } else { Err(self.malformed()) }
            }
            "for" => self.for_(),
            "set" => self.set(),
            "macro" => self.macro_(),
            "call" => self.call_block(),
            "filter" => {
                let filter = self.filters(None)?;
                self.statements.extend(filter.map(Statement::Evaluate));
                self.push("endfilter")
            }
            "with" => self.with(),
            "block" => {
                self.name()?;
                while self.word("scoped") || self.word("required") {}
                self.push("endblock")
            }
            "autoescape" => self.evaluate("endautoescape"),
            "generation" => self.push("endgeneration"),
            "do" => self.evaluate_only(),
            "break" | "continue" => Ok(()),
            "import" | "from" | "include" | "extends" => self.load(&tag, offset),
            _ => self.pop(&tag),
        }
    }

    fn push(&mut self, end: &'static str) -> Result<(), Stop> {
        if self.open.len() >= MAX_BLOCKS {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.open.push(end);
        Ok(())
    }

    /// An end tag, which may repeat the block's name.
    fn pop(&mut self, tag: &str) -> Result<(), Stop> {
        if self.open.pop().is_none_or(|end| end != tag) {
            return Err(self.malformed());
        }
        if matches!(tag, "endblock" | "endmacro") && !self.at_end() {
            self.name()?;
        }
        Ok(())
    }

    fn inside(&self, end: &str) -> Result<(), Stop> {
        if self.open.last() == Some(&end) { Ok(()) } else { Err(self.malformed()) }
    }

    fn evaluate(&mut self, end: &'static str) -> Result<(), Stop> {
        self.evaluate_only()?;
        self.push(end)
    }

    fn evaluate_only(&mut self) -> Result<(), Stop> {
        let value = self.tuple()?;
        self.statements.push(Statement::Evaluate(value));
        Ok(())
    }

    fn targets(&mut self) -> Result<Vec<Target>, Stop> {
        let mut targets = Vec::new();
        let bracket = self.operator("(");
        loop {
            if self.operator("(") {
                // `for i, (a, b) in …`
                loop {
                    targets.push(Target::Name(self.name()?));
                    if !self.operator(",") {
                        break;
                    }
                }
                self.expect(")")?;
            } else {
                let name = self.name()?;
                targets.push(if self.operator(".") {
                    Target::Attribute(name, self.name()?)
                } else {
                    Target::Name(name)
                });
            }
            if !self.operator(",") {
                break;
            }
        }
        if bracket {
            self.expect(")")?;
        }
        Ok(targets)
    }

    fn for_(&mut self) -> Result<(), Stop> {
        let targets = self.targets()?;
        if !self.word("in") {
            return Err(self.malformed());
        }
        let values = self.items_until_condition()?;
        self.statements.push(Statement::For(targets, values));
        if self.word("if") {
            let condition = self.expression()?;
            self.statements.push(Statement::Evaluate(condition));
        }
        self.word("recursive");
        self.push("endfor")
    }

    /// The values of a loop: `if` after them is the loop's filter, not a conditional expression.
    fn items_until_condition(&mut self) -> Result<Expr, Stop> {
        let offset = self.offset();
        let first = self.or()?;
        if !self.at_operator(",") {
            return Ok(first);
        }
        let mut items = vec![first];
        while self.operator(",") {
            items.push(self.or()?);
        }
        self.expr(offset, ExprKind::List(items))
    }

    fn set(&mut self) -> Result<(), Stop> {
        let targets = self.targets()?;
        if self.operator("=") {
            let value = self.tuple()?;
            self.statements.push(Statement::Set(targets, value));
            return Ok(());
        }
        let filters = self.filters_behind_pipe()?;
        self.statements.push(Statement::SetBlock(targets, filters));
        self.push("endset")
    }

    fn filters_behind_pipe(&mut self) -> Result<Option<Expr>, Stop> {
        if self.operator("|") { self.filters(None) } else { Ok(None) }
    }

    fn macro_(&mut self) -> Result<(), Stop> {
        let name = self.name()?;
        let parameters = self.parameters()?;
        self.statements.push(Statement::Macro(name, parameters));
        self.push("endmacro")
    }

    fn parameters(&mut self) -> Result<Parameters, Stop> {
        let mut parameters = Vec::new();
        self.expect("(")?;
        while !self.operator(")") {
            let name = self.name()?;
            let default = if self.operator("=") { Some(self.expression()?) } else { None };
            parameters.push((name, default));
            if !self.operator(",") && !self.at_operator(")") {
                return Err(self.malformed());
            }
        }
        Ok(parameters)
    }

    fn call_block(&mut self) -> Result<(), Stop> {
        if self.at_operator("(") {
            let parameters = self.parameters()?;
            self.statements.push(Statement::Macro("caller".to_owned(), parameters));
        }
        self.evaluate("endcall")
    }

    fn with(&mut self) -> Result<(), Stop> {
        while !self.at_end() {
            let target = Target::Name(self.name()?);
            self.expect("=")?;
            let value = self.expression()?;
            self.statements.push(Statement::Set(vec![target], value));
            if !self.operator(",") {
                break;
            }
        }
        self.push("endwith")
    }

    /// The names that come in are not followed: loading another template is the finding.
    fn load(&mut self, tag: &str, offset: u64) -> Result<(), Stop> {
        let tag = match tag {
            "import" => "import",
            "from" => "from",
            "include" => "include",
            _ => "extends",
        };
        self.statements.push(Statement::Load(offset, tag));
        while !self.at_end() {
            if self.peek().is_none() {
                return Err(self.malformed());
            }
            self.advance();
        }
        Ok(())
    }

    /// Puts an expression together and bounds how deep it is.
    fn expr(&self, offset: u64, kind: ExprKind) -> Result<Expr, Stop> {
        let depth = kind.children().iter().map(|child| child.depth).max().unwrap_or(0).saturating_add(1);
        if depth > MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        Ok(Expr { offset, kind, depth })
    }

    /// `a, b` without brackets, or one expression.
    fn tuple(&mut self) -> Result<Expr, Stop> {
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

    fn expression(&mut self) -> Result<Expr, Stop> {
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

    fn or(&mut self) -> Result<Expr, Stop> {
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
            Kind::Operator(_) | Kind::Output | Kind::Block | Kind::End => {
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
    fn filters(&mut self, mut value: Option<Expr>) -> Result<Option<Expr>, Stop> {
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
            Some(Kind::Operator(_) | Kind::Output | Kind::Block | Kind::End) | None => false,
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
