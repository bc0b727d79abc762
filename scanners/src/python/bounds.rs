//! How deep a source nests, before anything recursive reads it.
//!
//! The parser and what walks its tree recurse; a source of a million brackets would take the stack. CPython itself refuses
//! 100 indentations and 200 brackets (`Parser/lexer/state.h`), and longer chains when it compiles them.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use crate::{Limit, Stop};

/// Brackets, indentations, and prefix operators inside each other.
const MAX_NESTING: usize = 64;

/// Calls, attributes and operators that follow each other in one expression.
const MAX_CHAIN: usize = 192;

/// Refuses what nests deeper than the stack is good for.
///
/// # Errors
/// [`Stop::Limit`].
pub(super) fn check(text: &str, mode: Mode) -> Result<(), Stop> {
    let mut lexer = lexer::lex(text, mode);
    let mut depth = Depth { levels: vec![Level::default()], indents: 0 };
    loop {
        let kind = lexer.next_token();
        if kind == TokenKind::EndOfFile {
            return Ok(());
        }
        depth.take(kind);
        if depth.too_deep() {
            return Err(Stop::Limit(Limit::Recursion));
        }
    }
}

/// One bracket, or the statement outside all of them.
#[derive(Default, Clone, Copy)]
struct Level {
    /// What recurses in front of an operand; a comma ends it.
    prefixes: usize,
    /// Lambdas whose parameters have not ended: their commas end nothing.
    parameters: usize,
    /// What recurses behind an operand.
    chain: usize,
}

struct Depth {
    levels: Vec<Level>,
    indents: usize,
}

impl Depth {
    #[expect(clippy::wildcard_enum_match_arm, reason = "a hundred tokens that nest nothing")]
    fn take(&mut self, kind: TokenKind) {
        match kind {
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                self.here(|level| level.chain = level.chain.saturating_add(1));
                self.levels.push(Level::default());
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                let outermost = self.levels.len() == 1;
                self.levels.pop();
                if outermost {
                    self.levels.push(Level::default());
                }
            }
            TokenKind::Indent => self.indents = self.indents.saturating_add(1),
            TokenKind::Dedent => self.indents = self.indents.saturating_sub(1),
            TokenKind::Newline => {
                self.levels.clear();
                self.levels.push(Level::default());
            }
            TokenKind::Comma | TokenKind::Semi => self.here(|level| {
                if level.parameters == 0 {
                    (level.prefixes, level.chain) = (0, 0);
                }
            }),
            TokenKind::Lambda => self.here(|level| {
                level.parameters = level.parameters.saturating_add(1);
                level.prefixes = level.prefixes.saturating_add(1);
            }),
            TokenKind::Colon => self.here(|level| level.parameters = level.parameters.saturating_sub(1)),
            kind if is_prefix(kind) => self.here(|level| level.prefixes = level.prefixes.saturating_add(1)),
            kind if kind == TokenKind::Dot || kind.as_binary_operator().is_some() => {
                self.here(|level| level.chain = level.chain.saturating_add(1));
            }
            _ => {}
        }
    }

    fn here(&mut self, change: impl FnOnce(&mut Level)) {
        if let Some(level) = self.levels.last_mut() {
            change(level);
        }
    }

    fn too_deep(&self) -> bool {
        let sum = |count: fn(&Level) -> usize| self.levels.iter().map(count).fold(0, usize::saturating_add);
        let nesting =
            self.levels.len().saturating_add(self.indents).saturating_add(sum(|level| level.prefixes));
        nesting > MAX_NESTING || sum(|level| level.chain) > MAX_CHAIN
    }
}

/// What recurses into the expression behind it. Signs count on both sides, as they may be either.
const fn is_prefix(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Not
            | TokenKind::Tilde
            | TokenKind::Await
            | TokenKind::Yield
            | TokenKind::DoubleStar
            | TokenKind::Else
            | TokenKind::ColonEqual
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deep(text: &str) -> bool {
        matches!(check(text, Mode::Module), Err(Stop::Limit(Limit::Recursion)))
    }

    #[test]
    fn every_way_to_nest_is_bounded() {
        for (open, close) in
            [("(", ")"), ("[", "]"), ("not ", ""), ("lambda: ", ""), ("1 if 1 else ", ""), ("2**", "")]
        {
            let nest = |times: usize| format!("x = {}1{}\n", open.repeat(times), close.repeat(times));
            assert!(!deep(&nest(40)), "{open}");
            assert!(deep(&nest(10_000)), "{open}");
        }
        for chain in [".a", "()", "[0]", "+1", "-1"] {
            assert!(!deep(&format!("x = a{}\n", chain.repeat(100))), "{chain}");
            assert!(deep(&format!("x = a{}\n", chain.repeat(10_000))), "{chain}");
        }
        assert!(deep(&format!("x = {}1\n", "lambda a, b: ".repeat(10_000))));
        let signs = |times: usize| format!("x = {}1\n", "-".repeat(times));
        assert!(deep(&signs(10_000)));
        let indents =
            |times: usize| (0..times).map(|at| format!("{}if x:\n", " ".repeat(at))).collect::<String>();
        assert!(deep(&indents(10_000)));
    }

    #[test]
    fn what_stands_side_by_side_is_not_deep() {
        assert!(!deep(&format!("x = [{}]\n", "-1, a.b(c), ".repeat(10_000))));
        assert!(!deep(&"x = a.b.c(d)[0] + 1\n".repeat(10_000)));
        assert!(!deep(&format!("x = [{}]\n", "lambda a, b=1: f'{a}',\n".repeat(10_000))));
        assert!(!deep(&"if x:\n  y\nelse:\n  z\n".repeat(10_000)));
    }
}
