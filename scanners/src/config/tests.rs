use std::time::{Duration, Instant};

use assay_core::{Limits, Location};

use super::*;
use crate::{Budget, Collected, json, yaml};

fn judged(name: &str, document: &Node<'_>) -> Vec<String> {
    let (mut facts, place) = (Collected::default(), Location::file(name));
    let mut report = Report::new(&mut facts, 100);
    Judge::new(&place, name, true, &mut report).document(document);
    facts.rules().into_iter().map(str::to_owned).collect()
}

fn json(name: &str, text: &str) -> Vec<String> {
    judged(name, &json::parse(text.as_bytes(), 0).unwrap())
}

fn yaml(name: &str, text: &str) -> Vec<String> {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let stream = yaml::read(text, text, &budget);
    assert!(stream.stop.is_none(), "{text}");
    stream.documents.iter().flat_map(|document| judged(name, document)).collect()
}

const UNSAFE: &str = "config-unsafe-target";
const UNKNOWN: &str = "config-unknown-target";

#[test]
fn every_way_to_instantiate_is_judged() {
    for text in [
        r#"{"a": [{"b": {"_target_": "os.system"}}]}"#,
        r#"{"_target_": "x.Y", "_target_": "os.system"}"#,
        r#"{"class_path": "subprocess.Popen", "init_args": {}}"#,
        r#"{"target": "os.system", "params": {}}"#,
        r#"{"type": "os.system", "init_parameters": {}}"#,
        r#"{"__kind__": "instance", "class": "os.system"}"#,
        r#"{"py/object": "os.system"}"#,
        r#"{"_component_": "os.system"}"#,
        r#"{"handlers": {"a": {"()": "os.system"}}}"#,
        r#"{"py/repr": "os/os.system('id')"}"#,
        r#"{"_target_": "hydra.utils.get_method", "path": "os.system"}"#,
        r#"{"_target_": "${a.b[1]}.system", "a": {"b": ["x", "${c}"]}, "c": "os"}"#,
    ] {
        assert!(json("x.json", text).contains(&UNSAFE.to_owned()), "{text}");
    }
    assert_eq!(yaml("model_config.yaml", "target: os.system\n"), [UNSAFE]);
    assert_eq!(yaml("x.yaml", "a: &t os.system\nb: {_target_: *t}\n"), [UNSAFE]);
    assert_eq!(yaml("x.yaml", "? [{_target_: os.system}]\n: x\n"), [UNSAFE]);
    assert!(yaml("x.yaml", "target: os.system\ntype: os.system\nclass: os.system\n").is_empty());
}

#[test]
fn a_computed_target_is_not_taken_for_a_missing_one() {
    assert_eq!(yaml("x.yaml", "_target_: ${model.class}\n"), [UNKNOWN]);
    for target in ["${oc.decode:x}", "${.x}", "${${x}}", "${a", "${b}"] {
        assert_eq!(
            yaml("x.yaml", &format!("_target_: \"{target}\"\nb: ${{b}}\n")),
            ["config-computed-target"],
            "{target}"
        );
    }
    assert!(yaml("x.yaml", "_target_: ${a}\na: torch.nn.Linear\n").is_empty());
}

#[test]
fn resolvers_that_reach_into_python_are_told_from_arithmetic() {
    assert_eq!(
        yaml("x.yaml", "a: \"${eval:'__import__(\\\"os\\\").system(1)'}\"\n"),
        ["config-resolver-code"]
    );
    assert!(yaml("x.yaml", "a: ${eval:'2 * 3'}\nb: ${a.b}\nc: ${now:%Y-%m-%d}\n").is_empty());
    assert_eq!(json("x.json", r#"{"a": "$__import__('os').system('id')"}"#), ["config-resolver-code"]);
    assert!(json("x.json", r#"{"a": "$import os", "b": "$os.path.join(@c, 'x')", "d": "$5"}"#).is_empty());
    assert_eq!(yaml("x.yaml", "a: ${oc.env:HOME,/tmp}\n"), ["config-reads-environment"]);
}

#[test]
fn objects_of_langchain_are_judged_by_what_they_make() {
    let secret = |key: &str| {
        format!(
            r#"{{"lc": 1, "type": "constructor", "id": ["langchain", "x", "Y"], "kwargs": {{"{key}":
            {{"a": {{"lc": 1, "type": "secret", "id": ["K"]}}}}}}}}"#
        )
    };
    assert!(json("x.json", &secret("headers")).is_empty());
    for key in ["metadata", "additional_kwargs", "response_metadata"] {
        assert_eq!(json("x.json", &secret(key)), ["langchain-misplaced-secret"], "{key}");
    }
    let made = |id: &str| json("x.json", &format!(r#"{{"lc": 1, "type": "constructor", "id": [{id}]}}"#));
    assert_eq!(made(r#""langchain_experimental", "llm_bash", "LLMBashChain""#), ["langchain-code-tool"]);
    assert_eq!(made(r#""subprocess", "Popen""#), ["config-unsafe-target"]);
    assert_eq!(made(r#""mine", "Chain""#), ["config-unknown-target"]);
    assert!(made(r#""langchain_core", "prompts", "PromptTemplate""#).is_empty());
    assert_eq!(yaml("p.yaml", "_type: prompt\ntemplate_path: /etc/passwd\n"), ["config-external-path"]);
}

#[test]
fn a_digest_is_no_path() {
    let manifest = |digest: &str| json("x.json", &format!(r#"{{"mediaType": "a/b", "digest": "{digest}"}}"#));
    for bad in ["../../x", "sha256:../x", "sha256-0a/../x", "sha256:", ""] {
        assert_eq!(manifest(bad), ["manifest-invalid-digest"], "{bad}");
    }
    assert!(manifest("sha256:0a1b").is_empty());
    assert!(json("x.json", r#"{"digest": "../x"}"#).is_empty());
}

#[test]
fn code_of_repositories_is_told_apart() {
    assert_eq!(json("config.json", r#"{"auto_map": {"AutoModel": "modeling_x.X"}}"#), ["hf-custom-code"]);
    assert_eq!(
        json("config.json", r#"{"vision_config": {"auto_map": {"A": ["o/r--m.X", null]}}}"#),
        ["hf-remote-code"]
    );
    assert_eq!(json("config.json", r#"{"auto_map": {"AutoModel": "../m.X"}}"#), ["config-external-path"]);
    assert_eq!(
        json("config.json", r#"{"custom_pipelines": {"t": {"impl": "o/r--p.P", "pt": ["A"]}}}"#),
        ["hf-remote-code"]
    );
    assert_eq!(json("generation_config.json", r#"{"custom_generate": "o/r"}"#), ["hf-remote-code"]);
    assert_eq!(json("config.json", r#"{"_attn_implementation": "o/k"}"#), ["hf-remote-kernel"]);
    let parts = r#"{"_attn_implementation": {"": "eager", "vision_config": "paged|o/k@main:f"}}"#;
    assert_eq!(json("config.json", parts), ["hf-remote-kernel"]);
    let own = r#"{"attn_implementation": "kernels-community/flash-attn3"}"#;
    assert!(json("config.json", own).is_empty());
    assert!(json("config.json", r#"{"_attn_implementation": "flash_attention_2"}"#).is_empty());
    assert_eq!(json("config.json", r#"{"trust_remote_code": true}"#), ["hf-trust-remote-code"]);
    assert!(json("config.json", r#"{"trust_remote_code": false}"#).is_empty());
}

#[test]
fn modules_and_components_are_imported_by_name() {
    let modules =
        |kind: &str| json("modules.json", &format!(r#"[{{"idx": 0, "path": "", "type": "{kind}"}}]"#));
    assert!(modules("sentence_transformers.models.Transformer").is_empty());
    assert_eq!(modules("os.system"), [UNSAFE]);
    assert_eq!(modules("evil.Module"), [UNKNOWN]);
    assert_eq!(json("modules.json", r#"[{"path": "../../x"}]"#), ["config-external-path"]);
    let index = |unet: &str| json("model_index.json", &format!(r#"{{"_class_name": "P", "unet": {unet}}}"#));
    assert!(index(r#"["diffusers", "UNet2DConditionModel"]"#).is_empty());
    assert!(index(r#"["stable_diffusion", "StableDiffusionSafetyChecker"]"#).is_empty());
    assert!(index("[null, null]").is_empty());
    assert_eq!(index(r#"["evil_module", "UNet"]"#), [UNKNOWN]);
    assert_eq!(index(r#"["os", "system"]"#), [UNSAFE]);
    assert_eq!(json("model_index.json", r#"{"_class_name": ["pipeline", "P"]}"#), ["hf-custom-code"]);
}

#[test]
fn adapters_import_what_they_name() {
    let adapter = |text: &str| json("adapter_config.json", text);
    assert_eq!(
        adapter(r#"{"auto_mapping": {"base_model_class": "system", "parent_library": "os"}}"#),
        [UNSAFE]
    );
    assert!(
        adapter(
            r#"{"auto_mapping": {"base_model_class": "Bert", "parent_library": "transformers.models.bert"}}"#
        )
        .is_empty()
    );
    assert_eq!(adapter(r#"{"megatron_core": "ctypes"}"#), ["config-unsafe-import"]);
    assert!(
        adapter(r#"{"megatron_core": "megatron.core", "base_model_name_or_path": "/home/me/llama"}"#)
            .is_empty()
    );
    assert_eq!(adapter(r#"{"base_model_name_or_path": "../../x"}"#), ["config-external-path"]);
}

#[test]
fn flavours_of_mlflow_are_judged() {
    let flavour = |lines: &str| yaml("MLmodel", &format!("flavors:\n  python_function:\n{lines}"));
    assert_eq!(flavour("    loader_module: os\n"), ["config-unsafe-import"]);
    assert_eq!(flavour("    loader_module: my_evil_module\n"), [UNKNOWN]);
    assert_eq!(flavour("    data: ../../../../etc\n"), ["config-external-path"]);
    assert_eq!(
        flavour("    loader_module: mlflow.sklearn\n    pickled_model: model.pkl\n"),
        ["mlflow-pickled-model"]
    );
}

#[test]
fn packages_come_from_the_usual_places() {
    let pip =
        |line: &str| yaml("conda.yaml", &format!("dependencies:\n- python=3.10\n- pip:\n  - \"{line}\"\n"));
    for line in [
        "--index-url http://192.0.2.1/simple",
        "--extra-index-url https://packages.invalid/simple",
        "git+http://192.0.2.1/x.git",
        "--trusted-host 192.0.2.1",
        "x @ https://pypi.org@host.invalid/x.whl",
    ] {
        assert_eq!(pip(line), ["config-package-source"], "{line}");
    }
    for line in [
        "scikit-learn==1.5",
        "--extra-index-url https://download.pytorch.org/whl/cu118",
        "git+https://github.com/o/r",
    ] {
        assert!(pip(line).is_empty(), "{line}");
    }
}

#[test]
fn a_deciding_key_with_two_values_is_named() {
    assert_eq!(
        json("x.json", r#"{"_target_": "torch.nn.Linear", "_target_": "torch.nn.GELU"}"#),
        ["config-duplicate-key"]
    );
    assert!(
        json("x.json", r#"{"_target_": "torch.nn.GELU", "_target_": "torch.nn.GELU", "a": 1, "a": 2}"#)
            .is_empty()
    );
}
