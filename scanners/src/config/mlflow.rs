//! `MLmodel`: which module loads the model, and from where.
//!
//! Source: `mlflow/pyfunc/__init__.py` (`importlib.import_module(conf["loader_module"])`, `code` put on `sys.path`,
//! `data` joined to the folder), `mlflow/models/model.py`; CVE-2024-37052 to CVE-2024-37060 (pickled flavours).

use super::{Judge, rules};
use crate::json::{Node, Value};

/// Keys of a flavour whose values are paths in the model's folder.
const PATHS: &[&str] = &[
    "code",
    "data",
    "env",
    "model_path",
    "pickled_model",
    "python_model",
    "model_data",
    "model_code_path",
    "config",
    "path",
];

/// Keys of a flavour that name a pickle.
const PICKLES: &[&str] = &["pickled_model", "python_model"];

/// Judges an `MLmodel`.
pub(super) fn file(judge: &mut Judge<'_, '_, '_>, root: &Node<'_>) {
    if judge.name != "mlmodel" {
        return;
    }
    let Some(Value::Object(flavours)) = root.member("flavors").map(|flavours| &flavours.value) else {
        return;
    };
    for (name, flavour) in flavours {
        let Value::Object(members) = &flavour.value else { continue };
        for (key, value) in members {
            let Some(text) = value.text() else { continue };
            if key == "loader_module" {
                judge.import(value, text, "MLflow");
            }
            if PATHS.contains(&key.as_ref()) {
                judge.path(value, key, text);
            }
            if PICKLES.contains(&key.as_ref()) {
                judge.hit(
                    &rules::PICKLED_MODEL,
                    value,
                    text,
                    &format!("the flavour {name} unpickles {text}"),
                );
            }
        }
    }
}
