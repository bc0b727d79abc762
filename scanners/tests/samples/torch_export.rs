//! Exported programs: targets, formulas, guards and specifications that do what they should, and others.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

/// A program with one node, one formula, one guard and one specification.
fn program(target: &str, formula: &str, guard: &str, specification: &str) -> String {
    format!(
        r#"{{"graph_module": {{"graph": {{"nodes": [{{"target": "{target}", "inputs": [{{"name": "self", "arg": {{"as_sym_int": {{"as_expr": {{"expr_str": "{formula}"}}}}}}}}]}}]}}, "module_call_graph": [{{"fqn": "", "signature": {{"in_spec": "{specification}"}}}}]}}, "guards_code": ["{guard}"], "schema_version": {{"major": 8}}}}"#
    )
}

const TARGET: &str = "torch.ops.aten.add.Tensor";
const FORMULA: &str = "2*s0 + 1";
const GUARD: &str = "L['x'].size()[0] >= 2";
const SPECIFICATION: &str = r#"[1, {\"type\": \"builtins.tuple\", \"context\": \"null\"}]"#;

fn sample(name: &'static str, json: String, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.json", format: Format::TorchExport, bytes: json.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    const CODE: &[&str] = &["torch-export-code"];
    const UNSAFE: &[&str] = &["torch-export-unsafe-target"];
    let factory = |module: &str| {
        let context = format!(
            r#"{{\\\"default_factory_module\\\": \\\"{module}\\\", \\\"default_factory_name\\\": \\\"x\\\"}}"#
        );
        format!(r#"[1, {{\"type\": \"collections.defaultdict\", \"context\": \"{context}\"}}]"#)
    };
    let unsafe_program = program("torch.os.system", FORMULA, GUARD, SPECIFICATION);
    let package = Zip::of([
        honest("m/archive_format", b"pt2"),
        honest("m/models/model.json", unsafe_program.as_bytes()),
    ]);
    vec![
        sample("a program", program(TARGET, FORMULA, GUARD, SPECIFICATION), &[]),
        sample("a dictionary with a default", program(TARGET, FORMULA, GUARD, &factory("builtins")), &[]),
        sample("a function as target", unsafe_program, UNSAFE),
        Sample {
            name: "in its package",
            file: "m.pt2",
            format: Format::TorchExport,
            bytes: package.bytes(),
            rules: UNSAFE,
        },
        sample(
            "an operator of others",
            program("torch.ops.mine.op.default", FORMULA, GUARD, SPECIFICATION),
            &["torch-export-custom-operator"],
        ),
        sample(
            "code as formula",
            program(TARGET, "__import__('os').system('true')", GUARD, SPECIFICATION),
            CODE,
        ),
        sample("code as guard", program(TARGET, FORMULA, "exec(L['x'])", SPECIFICATION), CODE),
        sample(
            "another module",
            program(TARGET, FORMULA, GUARD, &factory("antigravity")),
            &["torch-export-import"],
        ),
    ]
}
