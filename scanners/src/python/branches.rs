//! Conditions: which way a test goes, as far as it is known.

use ruff_python_ast::{ElifElseClause, Expr, Stmt, StmtIf};

use super::state::{ASIDE, Analysis};
use super::value::Value;
use crate::Stop;

/// Which way a test goes.
enum Test {
    Unknown,
    Always,
    Never,
    /// Only when the file is the main program, or for a type checker.
    Aside,
}

impl<'a> Analysis<'a> {
    pub(super) fn condition(&mut self, statement: &'a StmtIf) -> Result<(), Stop> {
        self.eval(&statement.test)?;
        let mut going = self.test(&statement.test)?;
        self.branch_of(&going, &statement.body)?;
        for ElifElseClause { test, body, .. } in &statement.elif_else_clauses {
            let after_certain = matches!(going, Test::Always);
            going = match test {
                _ if after_certain => Test::Never,
                Some(test) => {
                    self.eval(test)?;
                    self.test(test)?
                }
                None if matches!(going, Test::Never) => Test::Always,
                None => Test::Unknown,
            };
            self.branch_of(&going, body)?;
            if after_certain {
                going = Test::Always;
            }
        }
        Ok(())
    }

    fn branch_of(&mut self, going: &Test, body: &'a [Stmt]) -> Result<(), Stop> {
        match going {
            Test::Always => self.block(body),
            Test::Unknown => self.perhaps(|this| this.block(body)),
            // Names it binds may still be used by what runs.
            Test::Never | Test::Aside => self.perhaps(|this| this.within(ASIDE, |this| this.block(body))),
        }
    }

    fn test(&mut self, test: &'a Expr) -> Result<Test, Stop> {
        if self.is_main(test)? {
            return Ok(if self.entry == super::Entry::Program { Test::Always } else { Test::Aside });
        }
        let value = self.eval(test)?;
        if matches!(value.as_path(), Some("typing.TYPE_CHECKING" | "typing_extensions.TYPE_CHECKING")) {
            return Ok(Test::Aside);
        }
        Ok(match value.truth() {
            Some(true) => Test::Always,
            Some(false) => Test::Never,
            None => Test::Unknown,
        })
    }

    /// `__name__ == "__main__"`, if nobody gave `__name__` another value.
    fn is_main(&mut self, test: &'a Expr) -> Result<bool, Stop> {
        let Expr::Compare(compare) = test else { return Ok(false) };
        let ([ruff_python_ast::CmpOp::Eq], [right]) = (&*compare.ops, &*compare.comparators) else {
            return Ok(false);
        };
        let (left, right) = (self.eval(&compare.left)?, self.eval(right)?);
        let pair = |name: &Value, text: &Value| {
            matches!(name, Value::Path(path, _) if &**path == "builtins.__name__")
                && matches!(text, Value::Text(text, _) if &**text == "__main__")
        };
        Ok(pair(&left, &right) || pair(&right, &left))
    }
}
