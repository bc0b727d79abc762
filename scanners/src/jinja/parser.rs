//! Parses tokens into statements; expressions stand in the module below.
//!
//! Source: Jinja 3.1 `parser.py`; loop controls, `do` and `generation` as chat template loaders enable them. What is not
//! understood is malformed: a template that cannot be read is never called clean.

mod expressions;

use super::ast::{Expr, ExprKind, Parameters, Statement, Target};
use super::lexer::{Kind, Token};
use crate::{Limit, Stop};

/// Block tags inside block tags.
const MAX_BLOCKS: usize = 200;

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
        if let Kind::Said(text) = &token.kind {
            parser.statements.push(Statement::Said(token.offset, text.clone()));
            continue;
        }
        if token.kind == Kind::Output {
            let value = parser.tuple()?;
            parser.statements.push(Statement::Output(value));
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
            "if" => {
                let condition = self.tuple()?;
                self.statements.push(Statement::If(condition));
                self.push("endif")
            }
            "elif" => {
                self.inside("endif")?;
                let condition = self.tuple()?;
                self.statements.push(Statement::Elif(condition));
                Ok(())
            }
            "else" => {
                let fits = self.open.last().is_some_and(|end| matches!(*end, "endif" | "endfor"));
                self.statements.push(Statement::Else);
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
        if matches!(tag, "endif" | "endfor") {
            self.statements.push(Statement::End);
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
            self.statements.push(Statement::Only(condition));
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
}
