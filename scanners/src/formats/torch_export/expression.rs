//! Whether a text is a formula over sizes, and nothing that Python would do otherwise.
//!
//! `sympy.sympify` turns unknown names into symbols and evaluates the rest as Python. A formula of PyTorch calls sympy's and
//! PyTorch's arithmetic by name, and nothing else; it has no attribute, no index and no double underscore. Texts in it are
//! names of sizes and digits. Two forms are in use: `2*s0 + 1`, and since 2.8 `Add(Mul(Integer(2), Symbol('s0', …)), …)`.

/// What formulas call.
const FUNCTIONS: &[&str] = &[
    "Abs",
    "Add",
    "And",
    "BooleanFalse",
    "BooleanTrue",
    "CeilDiv",
    "CeilToInt",
    "CleanDiv",
    "Dummy",
    "Eq",
    "Equality",
    "Float",
    "FloatPow",
    "FloatTrueDiv",
    "FloorDiv",
    "FloorToInt",
    "Ge",
    "GreaterThan",
    "Gt",
    "ITE",
    "Identity",
    "IntTrueDiv",
    "Integer",
    "IsNonOverlappingAndDenseIndicator",
    "LShift",
    "Le",
    "LessThan",
    "Lt",
    "Max",
    "Min",
    "Mod",
    "ModularIndexing",
    "Mul",
    "Ne",
    "Not",
    "Or",
    "Piecewise",
    "Pow",
    "PowByNatural",
    "PythonMod",
    "RShift",
    "Rational",
    "RoundDecimal",
    "RoundToInt",
    "StrictGreaterThan",
    "StrictLessThan",
    "Symbol",
    "ToFloat",
    "TruncToFloat",
    "TruncToInt",
    "Unequality",
    "Where",
    "Xor",
    "acos",
    "asin",
    "atan",
    "ceiling",
    "cos",
    "cosh",
    "exp",
    "floor",
    "log",
    "sign",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
];

/// Beginnings of functions that PyTorch makes on demand.
const PREFIXES: &[&str] = &["BitwiseFn_", "OpaqueUnaryFn_"];

/// Words behind which a bracket is no call.
const KEYWORDS: &[&str] = &["and", "else", "if", "in", "is", "not", "or"];

/// What guards call and take besides: sizes of inputs, and their types.
const GUARD_NAMES: &[&str] = &[
    "L",
    "bool",
    "ceil",
    "float",
    "floor",
    "int",
    "isinstance",
    "item",
    "len",
    "math",
    "max",
    "min",
    "ndim",
    "numel",
    "pow",
    "shape",
    "size",
    "sqrt",
    "storage_offset",
    "stride",
    "sym_float",
    "sym_int",
    "sym_max",
    "sym_min",
    "sym_not",
    "torch",
    "trunc",
];

/// Characters between the words of a formula.
const OPERATORS: &str = " \t\n()+-*/%<>=!&|~^,";

/// What a text may have.
struct Grammar {
    operators: &'static str,
    /// Names that stand behind a point, and that may be called besides [`FUNCTIONS`].
    names: &'static [&'static str],
    /// Whether a text in quotes is evaluated again.
    quoted: fn(&str) -> bool,
}

const FORMULA: Grammar = Grammar { operators: OPERATORS, names: &[], quoted: is_name_or_number };

/// A guard looks inputs up by their names.
const GUARD: Grammar = Grammar { operators: " \t\n()+-*/%<>=!&|~^,[]:", names: GUARD_NAMES, quoted: is_key };

/// Whether this is a formula.
pub(super) fn is_formula(text: &str) -> bool {
    FORMULA.accepts(text)
}

/// Whether this is a comparison of sizes of inputs: `L['x'].size()[0] >= 2`.
pub(super) fn is_guard(text: &str) -> bool {
    GUARD.accepts(text)
}

impl Grammar {
    fn accepts(&self, text: &str) -> bool {
        let (mut rest, mut before) = (text, None);
        while let Some(letter) = rest.chars().next() {
            let behind = rest.split_at_checked(letter.len_utf8()).map_or("", |(_, behind)| behind);
            if letter == '\'' || letter == '"' {
                let Some((quoted, after)) = behind.split_once(letter) else { return false };
                if !(self.quoted)(quoted) {
                    return false;
                }
                rest = after;
            } else if is_inside(letter) {
                let end = rest.find(|letter| !is_inside(letter)).unwrap_or(rest.len());
                let Some((word, after)) = rest.split_at_checked(end) else { return false };
                if !self.word(word, before, after.trim_start()) {
                    return false;
                }
                rest = after;
            } else if self.operators.contains(letter) || letter == '.' {
                rest = behind;
            } else {
                return false;
            }
            before = Some(letter);
        }
        true
    }

    fn word(&self, word: &str, before: Option<char>, after: &str) -> bool {
        let number = word.starts_with(|first: char| first.is_ascii_digit());
        let attribute = before == Some('.') && !number;
        let called = after.starts_with('(') && !KEYWORDS.contains(&word);
        let function = FUNCTIONS.contains(&word) || PREFIXES.iter().any(|prefix| word.starts_with(prefix));
        let named = self.names.contains(&word);
        !word.contains("__") && (named || !attribute) && (named || function || !called)
    }
}

fn is_inside(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

/// `s17`, `1.5`, `-1e-05`: nothing to evaluate.
fn is_name_or_number(text: &str) -> bool {
    !text.contains("__") && text.chars().all(|letter| is_inside(letter) || ".+-".contains(letter))
}

/// A key of the inputs, which is looked up and never evaluated.
fn is_key(text: &str) -> bool {
    !text.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_of_sizes_are_formulas() {
        for text in [
            "s77",
            "2*s0 + 1",
            "Max(1, u0)",
            "FloorDiv(s0, 2)**2",
            "Eq(PythonMod(s3, 4), 0)",
            "0.5*ToFloat(s1)",
            "OpaqueUnaryFn_sqrt(ToFloat(s0))",
            "-(s0//2) % 3",
            "int_oo",
            "1e-5",
            "batch",
            "Mul(Float('1.5', precision=53), ToFloat(Symbol('s77', positive=True, integer=True)))",
            "StrictGreaterThan(Symbol('u1', integer=True), Integer(1))",
        ] {
            assert!(is_formula(text), "{text}");
        }
    }

    #[test]
    fn what_python_would_do_otherwise_is_none() {
        for text in [
            "__import__('os').system('id')",
            "().__class__",
            "open('x')",
            "s0.x",
            "eval(s0)",
            "[s0]",
            "lambda: s0",
            "exec (s0)",
            "breakpoint()",
            "f\"{s0}\"",
            "s0;s1",
            "__a__",
            "Add('open(1)', 1)",
            "Symbol('s0').func(1)",
            "Add('a",
        ] {
            assert!(!is_formula(text), "{text}");
        }
    }

    #[test]
    fn guards_compare_sizes_of_inputs() {
        for text in [
            "L['args'][0][0].size()[0] >= 2",
            "(1 + (((-1) + L['x'].size()[3]) // 2)) != 1",
            "isinstance(L['x'], int) and (L['x'] > 2)",
        ] {
            assert!(is_guard(text), "{text}");
        }
        for text in [
            "__import__('os').system('id')",
            "L['x'].__class__",
            "exec(L['x'])",
            "L['x",
            "open('x')",
            "torch.load('x')",
            "L['\\'](0)",
        ] {
            assert!(!is_guard(text), "{text}");
        }
    }
}
