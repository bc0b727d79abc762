//! Configurations in JSON and YAML, models of skops, `NeMo` and DDUF, and settings: what they name is never looked up here.

use assay_core::Format;

use super::Sample;
use super::tar::{archive, member};
use super::zip_bytes::{File, Zip, honest};

fn sample(file: &'static str, name: &'static str, text: &str, rules: &'static [&'static str]) -> Sample {
    let format = match file {
        "schema.json" => Format::Skops,
        _ if file.ends_with(".json") => Format::JsonConfig,
        ".env" | "config.properties" => Format::Settings,
        _ => Format::Yaml,
    };
    Sample { name, file, format, bytes: text.as_bytes().to_vec(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = json();
    samples.extend(hub());
    samples.extend(langchain());
    samples.extend(yaml());
    samples.extend(tags());
    samples.extend(environments());
    samples.extend(skops());
    samples.extend(archives());
    samples
}

fn json() -> Vec<Sample> {
    let config = |name, text, rules| sample("config.json", name, text, rules);
    vec![
        config(
            "a model with a class of torch",
            r#"{"model_type": "x", "architectures": ["X"], "head": {"_target_": "torch.nn.Linear", "in_features": 4}}"#,
            &[],
        ),
        config(
            "a target that runs a command",
            r#"{"a": {"_target_": "os.system", "command": "id"}}"#,
            &["config-unsafe-target"],
        ),
        config(
            "a target behind an escape",
            r#"{"_tar\u0067et_": "torch.os.system"}"#,
            &["config-unsafe-target"],
        ),
        config("a target of nobody", r#"{"_target_": "mine.models.Net"}"#, &["config-unknown-target"]),
        config("a computed target", r#"{"_target_": "${oc.decode:x}"}"#, &["config-computed-target"]),
        config("an expression", r#"{"a": "${eval:'__import__(1)'}"}"#, &["config-resolver-code"]),
        config("the environment", r#"{"a": "${oc.env:HOME}"}"#, &["config-reads-environment"]),
        config(
            "two targets",
            r#"{"_target_": "torch.nn.GELU", "_target_": "torch.nn.ReLU"}"#,
            &["config-duplicate-key"],
        ),
        // Put together, so that no scanner of sources takes it for a leak.
        config(
            "a key",
            &["{\"api_key\": \"sk-proj-", &"b7Q9".repeat(12), "\"}"].concat(),
            &["config-secret"],
        ),
    ]
}

fn hub() -> Vec<Sample> {
    vec![
        sample(
            "config.json",
            "code of its own",
            r#"{"auto_map": {"AutoModel": "modeling_x.X"}}"#,
            &["hf-custom-code"],
        ),
        sample(
            "config.json",
            "code of another",
            r#"{"auto_map": {"AutoModel": "o/r--modeling_x.X"}}"#,
            &["hf-remote-code"],
        ),
        sample(
            "config.json",
            "trust in the file",
            r#"{"trust_remote_code": true}"#,
            &["hf-trust-remote-code"],
        ),
        sample(
            "modules.json",
            "modules of sentence-transformers",
            r#"[{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]"#,
            &[],
        ),
        sample(
            "modules.json",
            "a module that runs a command",
            r#"[{"idx": 0, "name": "0", "path": "../..", "type": "os.system"}]"#,
            &["config-external-path", "config-unsafe-target"],
        ),
        sample(
            "model_index.json",
            "components of diffusers",
            r#"{"_class_name": "P", "unet": ["diffusers", "UNet2DConditionModel"], "safety_checker": [null, null]}"#,
            &[],
        ),
        sample(
            "config.json",
            "CVE-2026-4372",
            r#"{"model_type": "llama", "_attn_implementation_internal": "evil/kernel"}"#,
            &["hf-remote-kernel"],
        ),
        sample(
            "config.json",
            "kernels of parts of a model",
            r#"{"_attn_implementation": {"text": "sdpa", "vision": "paged|evil/kernel@main:f"}}"#,
            &["hf-remote-kernel"],
        ),
        sample(
            "config.json",
            "a kernel of the community",
            r#"{"attn_implementation": "kernels-community/flash-attn3", "activation_function": "gelu_new"}"#,
            &[],
        ),
        sample(
            "config.json",
            "an activation that runs a command",
            r#"{"in_features": 8, "activation_function": "os.system"}"#,
            &["config-unsafe-target"],
        ),
        sample(
            "router_config.json",
            "modules of a router",
            r#"{"types": {"query": "subprocess.Popen"}, "structure": {}}"#,
            &["config-unsafe-target"],
        ),
        sample(
            "model.safetensors.index.json",
            "weights outside the folder",
            r#"{"weight_map": {"a": "../../x.safetensors"}}"#,
            &["config-external-path"],
        ),
        sample(
            "model.safetensors.index.json",
            "weights in two files",
            r#"{"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}"#,
            &[],
        ),
        sample(
            "model_index.json",
            "a pipeline outside the folder",
            r#"{"_class_name": ["../../pipeline", "P"]}"#,
            &["config-external-path"],
        ),
        sample(
            "config.json",
            "CVE-2024-37032",
            r#"{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "../../../x"}]}"#,
            &["manifest-invalid-digest"],
        ),
        sample(
            "manifest.json",
            "a digest",
            r#"{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:0a1b"}]}"#,
            &[],
        ),
        sample(
            "config.json",
            "an address to report to",
            r#"{"callback_url": "http://192.0.2.1/x"}"#,
            &["config-callback-address"],
        ),
        sample(
            "adapter_config.json",
            "a module for an adapter",
            r#"{"megatron_core": "ctypes"}"#,
            &["config-unsafe-import"],
        ),
    ]
}

fn langchain() -> Vec<Sample> {
    let chain = |name, text, rules| sample("chain.json", name, text, rules);
    vec![
        chain(
            "a model with its key",
            r#"{"lc": 1, "type": "constructor", "id": ["langchain_openai", "chat_models", "ChatOpenAI"], "kwargs":
            {"openai_api_key": {"lc": 1, "type": "secret", "id": ["OPENAI_API_KEY"]}}}"#,
            &[],
        ),
        chain(
            "a prompt",
            r#"{"_type": "prompt", "template_path": "prompt.txt", "template_format": "f-string", "template": "{x}"}"#,
            &[],
        ),
        chain(
            "CVE-2025-68664",
            r#"{"lc": 1, "type": "constructor", "id": ["langchain", "schema", "AIMessage"], "kwargs": {"content": "",
            "additional_kwargs": {"a": {"lc": 1, "type": "secret", "id": ["AWS_SECRET_ACCESS_KEY"]}}}}"#,
            &["langchain-misplaced-secret"],
        ),
        chain(
            "a chain that runs commands",
            r#"{"_type": "llm_bash_chain", "llm_chain": {}}"#,
            &["langchain-code-tool"],
        ),
        chain(
            "a walk to a function",
            r#"{"lc": 1, "type": "constructor", "id": ["langchain", "os", "system"], "kwargs": {"command": "id"}}"#,
            &["config-unsafe-target"],
        ),
        chain(
            "CVE-2026-34070",
            r#"{"_type": "prompt", "template_path": "../../x.txt"}"#,
            &["config-external-path"],
        ),
        chain(
            "a template of Jinja",
            r#"{"_type": "prompt", "template_format": "jinja2", "template": "{{ ''.__class__ }}"}"#,
            &["jinja-unsafe-attribute"],
        ),
    ]
}

fn yaml() -> Vec<Sample> {
    vec![
        sample(
            "config.yaml",
            "an optimizer, a tag of a program and a reference",
            "optimizer:\n  _target_: torch.optim.AdamW\n  lr: ${lr}\nlr: 1e-3\nx: !Ref y\n",
            &[],
        ),
        sample(
            "config.yaml",
            "a target behind an alias",
            "{a: &a os.system, b: {_target_: *a}}",
            &["config-unsafe-target"],
        ),
        sample("config.yaml", "HyperPyYAML", "[!apply:os.system [id]]", &["config-unsafe-target"]),
        sample(
            "MLmodel",
            "a loader of Python's own",
            "{flavors: {python_function: {loader_module: os}}}",
            &["config-unsafe-import"],
        ),
        sample(
            "MLmodel",
            "a pickled flavour",
            "{flavors: {sklearn: {pickled_model: model.pkl}, python_function: {loader_module: mlflow.sklearn}}}",
            &["mlflow-pickled-model"],
        ),
        sample(
            "config.yaml",
            "a template",
            "{chat_template: \"{{ x.__class__ }}\"}",
            &["jinja-unsafe-attribute"],
        ),
        sample("config.yaml", "no YAML at all", "[ @\n", &["yaml-malformed"]),
    ]
}

fn tags() -> Vec<Sample> {
    let tagged = |name, text, rules| sample("x.yaml", name, text, rules);
    let mut bomb = "{a0: &a0 [x, x, x, x, x, x, x, x, x, x]".to_owned();
    for level in 1..8 {
        bomb.push_str(&format!(", a{level}: &a{level} [{}]", format!("*a{} , ", level - 1).repeat(10)));
    }
    bomb.push('}');
    vec![
        tagged("a call of a command", "[!!python/object/apply:os.system [\"id\"]]", &["yaml-unsafe-call"]),
        tagged(
            "a call by a tag in full",
            "[!<tag:yaml.org,2002:python/object/apply:os.system> [\"id\"]]",
            &["yaml-unsafe-call"],
        ),
        tagged(
            "a call that old readers see",
            "[ #\u{2028} !!python/object/apply:eval [\"1\"]\n]",
            &["yaml-unsafe-call"],
        ),
        tagged("an object of nobody", "[!!python/object:mine.Config {a: 1}]", &["yaml-unknown-call"]),
        tagged("a name that acts", "[!!python/name:subprocess.Popen '']", &["yaml-unsafe-import"]),
        tagged("a module of nobody", "[!!python/module:mine '']", &["yaml-unknown-import"]),
        tagged("a tuple", "{betas: !!python/tuple [0.9, 0.999]}", &["yaml-python-tag"]),
        tagged("a class of Java", "[!!javax.script.ScriptEngineManager []]", &["yaml-foreign-object"]),
        tagged("a bomb", &bomb, &["yaml-alias-bomb"]),
    ]
}

fn environments() -> Vec<Sample> {
    vec![
        sample(
            "conda.yaml",
            "a hostile index",
            "{dependencies: [python=3.10, {pip: [\"--index-url http://192.0.2.1/simple\"]}]}",
            &["config-package-source"],
        ),
        sample(".env", "a placeholder", "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n", &[]),
        sample(
            ".env",
            "a key",
            &["OPENAI_API_KEY=sk-proj-", &"a".repeat(48), "\n"].concat(),
            &["config-secret"],
        ),
        sample(
            "config.properties",
            "a server for anybody",
            "management_address=http://0.0.0.0:8081\n",
            &["torchserve-open-server"],
        ),
    ]
}

/// A pipeline of one step.
fn pipeline(step: &str) -> String {
    format!(
        r#"{{"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content": {step}, "protocol": 2}}"#
    )
}

fn skops() -> Vec<Sample> {
    let schema = |name, step: &str, rules| sample("schema.json", name, &pipeline(step), rules);
    vec![
        schema(
            "a scaler",
            r#"{"__class__": "StandardScaler", "__module__": "sklearn.preprocessing._data", "__loader__": "ObjectNode"}"#,
            &[],
        ),
        schema(
            "a process",
            r#"{"__class__": "Popen", "__module__": "subprocess", "__loader__": "ObjectNode"}"#,
            &["skops-unsafe-type"],
        ),
        schema(
            "a class of nobody",
            r#"{"__class__": "Mine", "__module__": "__main__", "__loader__": "ObjectNode"}"#,
            &["skops-unknown-type"],
        ),
        schema(
            "a kind of nobody",
            r#"{"__class__": "dict", "__module__": "builtins", "__loader__": "ExecNode"}"#,
            &["skops-unknown-node"],
        ),
        schema(
            "CVE-2025-54413",
            r#"{"__class__": "int", "__module__": "builtins", "__loader__": "MethodNode", "content": {"func": "system",
            "obj": {"__class__": "module", "__module__": "os", "__loader__": "TypeNode"}}}"#,
            &["skops-node-mismatch", "skops-unsafe-type"],
        ),
        schema(
            "CVE-2025-54412",
            r#"{"__class__": "call", "__module__": "sklearn.base", "__loader__": "OperatorFuncNode", "attrs": []}"#,
            &["skops-node-mismatch"],
        ),
        Sample {
            name: "CVE-2025-54886",
            file: "model.skops",
            format: Format::Skops,
            bytes: b"\x80\x02N.".to_vec(),
            rules: &["skops-not-an-archive"],
        },
    ]
}

fn archives() -> Vec<Sample> {
    let zip = |file, name, format, members: Vec<File>, rules| Sample {
        name,
        file,
        format,
        bytes: Zip::of(members).bytes(),
        rules,
    };
    let schema = pipeline("null");
    let index = br#"{"_class_name": "P", "unet": ["diffusers", "UNet2DConditionModel"]}"#;
    let nemo = |config: &[u8]| {
        archive(&[member("./model_config.yaml", b'0', config), member("./vocab.txt", b'0', b"a\n")])
    };
    let nemo = |name, config: &[u8], rules| Sample {
        name,
        file: "m.nemo",
        format: Format::Nemo,
        bytes: nemo(config),
        rules,
    };
    vec![
        zip(
            "m.skops",
            "an archive",
            Format::Skops,
            vec![honest("schema.json", schema.as_bytes()).deflated()],
            &[],
        ),
        zip(
            "m.dduf",
            "a pipeline",
            Format::Dduf,
            vec![honest("model_index.json", index), honest("unet/config.json", b"{}")],
            &[],
        ),
        zip(
            "m.dduf",
            "a pipeline with code",
            Format::Dduf,
            vec![honest("model_index.json", index), honest("unet/code.js", b"f()")],
            &["dduf-unexpected-member"],
        ),
        zip(
            "m.dduf",
            "a compressed pipeline",
            Format::Dduf,
            vec![honest("model_index.json", index).deflated()],
            &["dduf-unexpected-member"],
        ),
        nemo(
            "a recogniser",
            b"target: nemo.collections.asr.models.EncDecCTCModel\nsample_rate: 16000\n",
            &[],
        ),
        nemo("CVE-2025-23304", b"target: os.system\n", &["config-unsafe-target"]),
    ]
}
