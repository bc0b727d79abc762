//! Keras configurations: one hostile layer each, and models that are only unusual. The marshalled code is a stump.

use assay_core::Format;

use super::Sample;

/// A model with one dense layer and `layer`, as Keras 3 writes it.
fn sample(name: &'static str, layer: &str, rules: &'static [&'static str]) -> Sample {
    let json = format!(
        r#"{{"module": "keras", "class_name": "Sequential", "config": {{"name": "s", "layers": [
        {{"module": "keras.layers", "class_name": "Dense", "config": {{"units": 2, "activation": "relu",
        "kernel_initializer": {{"module": "keras.initializers", "class_name": "GlorotUniform", "config": {{"seed": NaN}},
        "registered_name": null}}}}, "registered_name": null}},
        {layer}]}}, "registered_name": null, "compile_config": {{"optimizer": "adam", "loss": "mse"}}}}"#
    );
    Sample { name, file: "config.json", format: Format::KerasConfig, bytes: json.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        sample(
            "built-in layers, functions and a vocabulary in place",
            r#"{"module": "keras.layers", "class_name": "StringLookup", "config": {"vocabulary": ["os.system", "/etc"],
            "activation": {"module": "builtins", "class_name": "function", "config": "relu", "registered_name": "function"}}}"#,
            &[],
        ),
        sample(
            "a Lambda with code inside a wrapper",
            r#"{"class_name": "TimeDistributed", "config": {"layer": {"class_name": "Lambda", "config": {"function":
            {"class_name": "__lambda__", "config": {"code": "4wAA", "defaults": null, "closure": null}}}}}}"#,
            &["keras-lambda-code"],
        ),
        sample(
            "a Lambda with a name",
            r#"{"class_name": "Lambda", "config": {"function": "f", "function_type": "function"}}"#,
            &["keras-lambda-reference"],
        ),
        sample(
            "CVE-2025-1550",
            r#"{"module": "keras.layers", "class_name": "Dense", "config": {"activation": {"module": "heapq",
            "class_name": "function", "config": "nsmallest", "registered_name": "nsmallest"}}}"#,
            &["keras-unsafe-reference"],
        ),
        sample(
            "a custom layer",
            r#"{"module": null, "class_name": "Mine", "config": {}, "registered_name": "Custom>Mine"}"#,
            &["keras-unknown-class"],
        ),
        sample(
            "a layer of a companion package",
            r#"{"module": "keras_hub.src.layers", "class_name": "RotaryEmbedding", "config": {}}"#,
            &["keras-companion-class"],
        ),
        sample(
            "CVE-2025-12058",
            r#"{"class_name": "IntegerLookup", "config": {"vocabulary": "/etc/passwd"}}"#,
            &["keras-external-file"],
        ),
        sample(
            "CVE-2025-49655",
            r#"{"class_name": "TorchModuleWrapper", "config": {"module": "gAQu"}}"#,
            &["keras-pickled-module"],
        ),
    ]
}
