//! Forms and places of names, code and files.

use super::classes::CLASSES;
use super::names::{ACTING, FUNCTIONS, PYTHON};
use super::namespace::{COMPANIONS, KERAS, OUTSIDE};
use super::*;
use crate::testing::scan;

/// A model with one layer.
fn rules(layer: &str) -> Vec<String> {
    let json = format!(
        r#"{{"module":"keras","class_name":"Sequential","config":{{"name":"s","layers":[{layer}]}},"registered_name":null}}"#
    );
    scan(&KerasConfig, "config.json", json.as_bytes()).rules().into_iter().map(str::to_owned).collect()
}

fn activation(module: &str, function: &str) -> String {
    format!(
        r#"{{"module":"keras.layers","class_name":"Dense","config":{{"activation":
        {{"module":"{module}","class_name":"function","config":"{function}","registered_name":"{function}"}}}}}}"#
    )
}

#[test]
fn functions_outside_keras_are_critical() {
    for (module, function) in [
        ("os", "system"),
        ("builtins", "eval"),
        ("heapq", "nsmallest"),
        ("pip._internal", "main"),
        ("tensorflow.io", "write_file"),
        ("numpy", "load"),
        ("keras.src.utils.file_utils", "get_file"),
        ("keras.src.models.cloning", "clone_model"),
        ("keras.src.saving.serialization_lib", "enable_unsafe_deserialization"),
        ("keras_hub.src.utils", "from_pretrained"),
        ("keras.src.ops.numpy", "load"),
    ] {
        assert_eq!(rules(&activation(module, function)), ["keras-unsafe-reference"], "{module}.{function}");
    }
}

#[test]
fn functions_of_keras_and_of_nobody_differ() {
    assert!(rules(&activation("keras.activations", "gelu")).is_empty());
    assert!(rules(&activation("builtins", "relu")).is_empty());
    assert_eq!(rules(&activation("builtins", "my_activation")), ["keras-unknown-class"]);
    assert_eq!(rules(&activation("mine.layers", "f")), ["keras-unknown-class"]);
    assert_eq!(rules(&activation("kerasx", "relu")), ["keras-unknown-class"]);
}

#[test]
fn classes_are_judged_with_their_module() {
    for (layer, rule) in [
        (r#"{"module":"os","class_name":"system","config":{}}"#, "keras-unsafe-reference"),
        (r#"{"module":"subprocess","class_name":"Dense","config":{}}"#, "keras-unsafe-reference"),
        (
            r#"{"module":null,"class_name":"MyLayer","config":{},"registered_name":"Custom>MyLayer"}"#,
            "keras-unknown-class",
        ),
        (r#"{"class_name":"MyLayer","config":{}}"#, "keras-unknown-class"),
        (
            r#"{"module":"keras_hub.src.models","class_name":"GemmaBackbone","config":{}}"#,
            "keras-companion-class",
        ),
        (
            r#"{"module":"os","module":"keras.layers","class_name":"Dense","config":{}}"#,
            "keras-unsafe-reference",
        ),
        (r#"{"class_name":"TFOpLambda","config":{"function":"io.write_file"}}"#, "keras-unsafe-reference"),
    ] {
        assert_eq!(rules(layer), [rule], "{layer}");
    }
    assert!(rules(r#"{"class_name":"TFOpLambda","config":{"function":"math.add"}}"#).is_empty());
    assert!(rules(r#"{"module":"keras.src.ops.numpy","class_name":"Mean","config":{}}"#).is_empty());
}

#[test]
fn code_is_found_in_every_form_and_place() {
    let code = r#"{"class_name":"__lambda__","config":{"code":"4wAA","defaults":null,"closure":null}}"#;
    for layer in [
        format!(r#"{{"class_name":"Lambda","config":{{"function":{code}}}}}"#),
        format!(r#"{{"class_name":"Dense","config":{{"kernel_initializer":{code}}}}}"#),
        r#"{"class_name":"Lambda","config":{"function":["4wAA",null,null],"function_type":"lambda"}}"#
            .to_owned(),
        r#"{"class_name":"Lambda","config":{"function":"f","output_shape":["4wAA",null,null]}}"#.to_owned(),
    ] {
        assert_eq!(rules(&layer), ["keras-lambda-code"], "{layer}");
        let wrapped = format!(r#"{{"class_name":"TimeDistributed","config":{{"layer":{layer}}}}}"#);
        assert_eq!(rules(&wrapped), ["keras-lambda-code"], "{wrapped}");
    }
}

#[test]
fn a_lambda_that_names_a_function_is_found_with_its_module() {
    let named = r#"{"class_name":"Lambda","config":{"function":"f","function_type":"function"}}"#;
    assert_eq!(rules(named), ["keras-lambda-reference"]);
    let system = r#"{"class_name":"Lambda","config":{"function":"system","module":"os"}}"#;
    assert_eq!(rules(system), ["keras-lambda-reference", "keras-unsafe-reference"]);
}

#[test]
fn files_and_addresses_are_found_and_lists_are_not() {
    for layer in [
        r#"{"class_name":"StringLookup","config":{"vocabulary":"/etc/passwd"}}"#,
        r#"{"class_name":"TextVectorization","config":{"vocabulary":"http://192.0.2.1/"}}"#,
        r#"{"class_name":"Dense","config":{"name":"gs://bucket/x"}}"#,
        r#"{"class_name":"TFSMLayer","config":{"filepath":"model"}}"#,
    ] {
        assert_eq!(rules(layer), ["keras-external-file"], "{layer}");
    }
    assert!(rules(r#"{"class_name":"StringLookup","config":{"vocabulary":["a","/b"]}}"#).is_empty());
}

#[test]
fn json_that_is_no_model_says_nothing() {
    let json = r#"{"a": {"class_name": "Thing", "config": {}}, "b": [{"class_name": "system"}]}"#;
    assert!(scan(&KerasConfig, "config.json", json.as_bytes()).is_clean());
}

#[test]
fn inside_an_archive_every_mapping_is_taken_apart() {
    let hidden = r#"{"a": {"module": "os", "class_name": "function", "config": "system"}, "url": "https://x.invalid/"}"#;
    let budget = crate::Budget::new(
        assay_core::Limits::default(),
        std::time::Instant::now() + std::time::Duration::from_secs(60),
    );
    let (spool, bytes) = (crate::MemorySpool::default(), hidden.as_bytes());
    let archive = Input::file("m.keras", &bytes, &budget, &spool);
    let mut facts = crate::Collected::default();
    let member = archive.member("config.json", 0, bytes.len() as u64).unwrap();
    KerasConfig.scan(&member, &mut Report::new(&mut facts, 10)).unwrap();
    assert_eq!(facts.rules(), ["keras-unsafe-reference"]);
    assert!(scan(&KerasConfig, "config.json", bytes).is_clean());
}

#[test]
fn lists_do_not_contradict_each_other() {
    for name in ACTING.iter().chain(PYTHON) {
        assert!(!FUNCTIONS.contains(name) && !CLASSES.iter().any(|list| list.contains(name)), "{name}");
    }
    assert!(!OUTSIDE.iter().any(|root| KERAS.contains(root) || COMPANIONS.contains(root)));
}
