//! What a template says, as far as the analysis needs it.

/// An expression and where it starts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Expr {
    pub(super) offset: u64,
    pub(super) kind: ExprKind,
    /// Expressions inside expressions, itself included.
    pub(super) depth: u32,
}

/// Arguments of a call, filter or test; names only for keywords.
pub(super) type Arguments = Vec<(Option<String>, Expr)>;

/// Forms of expressions.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum ExprKind {
    Text(String),
    /// A whole number; other numbers are [`ExprKind::Constant`].
    Number(i64),
    /// Another number, a truth value, or none.
    Constant,
    Name(String),
    Attribute(Box<Expr>, String),
    Item(Box<Expr>, Box<Expr>),
    /// The parts between the colons, absent ones as `None`.
    Slice(Box<Expr>, Vec<Option<Expr>>),
    Call(Box<Expr>, Arguments),
    /// Without an operand in `{% filter %}` and block `{% set %}`.
    Filter(Option<Box<Expr>>, String, Arguments),
    Test(Box<Expr>, String, Arguments),
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// `not`, `-` and `+`.
    Unary(Box<Expr>),
    /// Value, condition, alternative.
    Condition(Box<Expr>, Box<Expr>, Option<Box<Expr>>),
    /// A list or tuple.
    List(Vec<Expr>),
    Dict(Vec<(Expr, Expr)>),
}

/// What `set`, `for` and `with` write to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Name(String),
    /// `namespace.name`
    Attribute(String, String),
}

/// Parameters of a macro with their defaults.
pub(super) type Parameters = Vec<(String, Option<Expr>)>;

/// One tag, or the text between two. Branches are kept as marks: what is evaluated does not follow control flow, what is
/// said does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Statement {
    /// Text between tags.
    Said(u64, String),
    /// `{{ … }}`
    Output(Expr),
    /// `if`
    If(Expr),
    /// `elif`
    Elif(Expr),
    /// `else` of an `if` or a `for`.
    Else,
    /// The condition of a loop, behind its [`Statement::For`].
    Only(Expr),
    /// `endif` or `endfor`.
    End,
    /// `do`, and what other tags evaluate.
    Evaluate(Expr),
    Set(Vec<Target>, Expr),
    /// Block `set`: the value is text that the template builds.
    SetBlock(Vec<Target>, Option<Expr>),
    For(Vec<Target>, Expr),
    Macro(String, Parameters),
    /// `import`, `from`, `include`, `extends`, at this offset.
    Load(u64, &'static str),
}

impl ExprKind {
    /// The expressions directly inside.
    pub(super) fn children(&self) -> Vec<&Expr> {
        match self {
            Self::Text(_) | Self::Number(_) | Self::Constant | Self::Name(_) => Vec::new(),
            Self::Attribute(of, _) | Self::Unary(of) => vec![of],
            Self::Item(left, right) | Self::Binary(_, left, right) => vec![left, right],
            Self::Slice(of, parts) => std::iter::once(&**of).chain(parts.iter().flatten()).collect(),
            Self::Call(of, arguments) | Self::Test(of, _, arguments) => {
                std::iter::once(&**of).chain(arguments.iter().map(|(_, value)| value)).collect()
            }
            Self::Filter(of, _, arguments) => {
                of.as_deref().into_iter().chain(arguments.iter().map(|(_, value)| value)).collect()
            }
            Self::Condition(value, condition, otherwise) => {
                [&**value, &**condition].into_iter().chain(otherwise.as_deref()).collect()
            }
            Self::List(items) => items.iter().collect(),
            Self::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
        }
    }
}
