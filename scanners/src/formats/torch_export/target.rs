//! What a node's target leads to.
//!
//! The loader takes `torch`, `_operator` or `math` by how the text starts, and then one attribute after the other. A
//! text that starts otherwise stays a text, and the program is broken.

/// What a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// An operator of PyTorch or a function that computes.
    Known,
    /// An operator of somebody else.
    Custom,
    /// Something else.
    Unsafe,
}

/// Name spaces of operators that PyTorch and its own extensions register.
const SPACES: &[&str] = &[
    "_c10d_functional",
    "_quantized",
    "aten",
    "c10d",
    "c10d_functional",
    "detectron2",
    "fbgemm",
    "higher_order",
    "inductor",
    "mkldnn",
    "onednn",
    "prim",
    "prims",
    "profiler",
    "quantized",
    "quantized_decomposed",
    "rngprims",
    "sparse",
    "torchao",
    "torchaudio",
    "torchvision",
    "xnnpack",
];

/// Functions of `_operator` that PyTorch writes.
const OPERATORS: &[&str] = &[
    "abs", "add", "and_", "eq", "floordiv", "ge", "getitem", "gt", "index", "invert", "le", "lshift", "lt",
    "mod", "mul", "ne", "neg", "not_", "or_", "pos", "pow", "rshift", "sub", "truediv", "truth", "xor",
];

/// Functions of `math` that PyTorch writes.
const MATH: &[&str] = &[
    "acos", "asin", "atan", "ceil", "cos", "cosh", "exp", "floor", "log", "log2", "log10", "pow", "sin",
    "sinh", "sqrt", "tan", "tanh", "trunc",
];

/// Operators of `aten` with the name of a special method.
const SPECIAL: &[&str] = &[
    "__and__",
    "__contains__",
    "__derive_index",
    "__getitem__",
    "__iand__",
    "__ilshift__",
    "__ior__",
    "__irshift__",
    "__is__",
    "__isnot__",
    "__ixor__",
    "__lshift__",
    "__not__",
    "__or__",
    "__range_length",
    "__rshift__",
    "__upto",
    "__xor__",
];

pub(super) fn judge(target: &str) -> Target {
    let names: Vec<&str> = target.split('.').collect();
    match names.as_slice() {
        ["_operator", name] if OPERATORS.contains(name) => Target::Known,
        ["math", name] if MATH.contains(name) => Target::Known,
        ["torch", name] if is_symbolic(name) => Target::Known,
        ["torch", "ops", space, operator] => of_space(space, operator, ""),
        ["torch", "ops", space, operator, overload] => of_space(space, operator, overload),
        // An extension that has registered how to make its operators.
        [first, ..] if first.starts_with('#') => Target::Custom,
        _ => Target::Unsafe,
    }
}

fn of_space(space: &str, operator: &str, overload: &str) -> Target {
    let special = operator.starts_with("__") && !(space == "aten" && SPECIAL.contains(&operator));
    if space.starts_with('_') && !SPACES.contains(&space) || special || overload.starts_with("__") {
        Target::Unsafe
    } else if SPACES.contains(&space) {
        Target::Known
    } else {
        Target::Custom
    }
}

/// `torch.sym_max`, `torch._sym_sqrt`: arithmetic of sizes.
fn is_symbolic(name: &str) -> bool {
    name.starts_with("sym_") || name.starts_with("_sym_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_known_and_everything_else_is_not() {
        for target in [
            "torch.ops.aten.linear.default",
            "torch.ops.aten.__and__.Scalar",
            "torch.ops.higher_order.cond",
            "_operator.getitem",
            "math.ceil",
            "torch.sym_max",
            "torch._sym_sqrt",
        ] {
            assert_eq!(judge(target), Target::Known, "{target}");
        }
        for target in ["torch.ops.mine.op.default", "#ext:op"] {
            assert_eq!(judge(target), Target::Custom, "{target}");
        }
        for target in [
            "torch.os.system",
            "torch.serialization.os.system",
            "torch.load",
            "torch.hub.load",
            "torch.ops.load_library",
            "torch.ops.aten.__class__",
            "torch.ops.aten.add.Tensor.op",
            "torch.ops.aten.add.__globals__",
            "torch.ops.__dict__.x",
            "_operator.methodcaller",
            "_operator.attrgetter",
            "math.__loader__",
            "os.system",
            "",
        ] {
            assert_eq!(judge(target), Target::Unsafe, "{target}");
        }
    }
}
