//! TorchScript source in a checkpoint: which operators it calls.
//!
//! The dialect is a subset of Python without imports: functions of `torch` and `ops.NAMESPACE` are operators. A few of them
//! read and write files, with names that the code chooses: `aten::from_file` maps a file and, shared, writes it;
//! `aten::save` writes a pickle (`torch/csrc/jit/runtime/register_special_ops.cpp`, `register_prim_ops.cpp`). RPC operators
//! run functions on other machines. Source: `torch/csrc/jit/serialization/python_print.cpp`.

use assay_core::{Location, Rule, RuleId, Severity};
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, Mod};
use ruff_python_parser::Mode;

use super::MAX_SOURCE;
use super::expressions::offset;
use super::source::Source;
use crate::{Limit, Report, Stop};

/// Reads or writes files, or runs something elsewhere.
pub(crate) const FILE_OPERATOR: Rule = Rule {
    id: RuleId::new("torch-script-unsafe-operator"),
    severity: Severity::High,
    summary: "TorchScript code calls an operator that reads or writes files, or runs code elsewhere",
    taxonomy: &["CWE-73", "CWE-829", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
};

/// The last part of an operator's name, and what it does. Namespaces and the aliases `torch`, `ops.aten` vary.
const OPERATORS: &[(&str, &str)] = &[
    ("from_file", "maps a file into memory, and writes it if shared"),
    ("save", "writes a file"),
    ("load", "reads a pickle"),
    ("_save_parameters", "writes a file"),
    ("_load_parameters", "reads a file"),
    ("save_to_file", "writes a file"),
    ("load_library", "loads a native library"),
    ("read_file", "reads a file"),
    ("write_file", "writes a file"),
    ("decode_from_file", "reads a file"),
    ("rpc_sync", "runs a function elsewhere"),
    ("rpc_async", "runs a function elsewhere"),
    ("rpc_remote", "runs a function elsewhere"),
    ("system", "runs a command"),
    ("_run_cmd", "runs a command"),
];

/// What calls of operators start with.
const ROOTS: &[&str] = &["torch", "ops", "rpc", "_rpc", "prim", "aten"];

/// Judges TorchScript source.
///
/// # Errors
/// [`Stop::Malformed`] where it cannot be parsed; [`Stop::Limit`] for length and nesting.
pub(crate) fn examine_torchscript(
    bytes: &[u8],
    locate: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if bytes.len() > MAX_SOURCE {
        return Err(Stop::Limit(Limit::Length("TorchScript source")));
    }
    let source = Source::read(bytes);
    let parsed = super::parse(&source.text, Mode::Module)?;
    let mut calls = Calls::default();
    if let Mod::Module(module) = parsed.syntax() {
        calls.visit_body(&module.body);
    }
    for (at, operator, does) in calls.found {
        let message = format!("TorchScript calls {operator}, which {does}");
        report.hit(&FILE_OPERATOR, locate(source.offset(at)), &message, &[("operator", &operator)]);
    }
    let broken = parsed.errors().first().map(|error| Stop::Malformed {
        what: "TorchScript source",
        offset: source.offset(u64::from(u32::from(error.location.start()))),
    });
    source.gap.or(broken).map_or(Ok(()), Err)
}

/// References to operators: being named is enough, as a name can be called later.
#[derive(Default)]
struct Calls {
    found: Vec<(u64, String, &'static str)>,
}

impl<'a> Visitor<'a> for Calls {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Attribute(attribute) = expression
            && let Some((_, does)) = OPERATORS.iter().find(|(name, _)| *name == attribute.attr.as_str())
            && let Some(path) = dotted(expression)
            && path.split('.').next().is_some_and(|root| ROOTS.contains(&root))
            && self.found.len() < 64
        {
            self.found.push((offset(attribute.range), path, does));
        }
        visitor::walk_expr(self, expression);
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "no other expression is a dotted name")]
fn dotted(expression: &Expr) -> Option<String> {
    let (mut names, mut at) = (Vec::new(), expression);
    loop {
        match at {
            Expr::Attribute(attribute) => {
                names.push(attribute.attr.as_str());
                at = &attribute.value;
            }
            Expr::Name(name) => {
                names.push(name.id.as_str());
                names.reverse();
                return Some(names.join("."));
            }
            _ => return None,
        }
    }
}
