//! References inside a document: `bom-ref` should be unique, `dependencies` should lead somewhere.
//!
//! Schemas cannot say this, and official examples break the first rule, so neither makes a document invalid.

use std::collections::BTreeSet;

use assay_core::shown;
use serde_json::Value;

/// One sentence for each rule that is broken.
pub(crate) fn problems(document: &Value) -> Vec<String> {
    let (known, repeated) = references(document);
    let mut problems = Vec::new();
    if let Some(reference) = repeated {
        problems.push(format!("bom-ref \"{}\" is used twice", shown(reference)));
    }
    let dangling = dependencies(document).find(|reference| !known.contains(reference));
    if let Some(reference) = dangling {
        problems.push(format!("a dependency on \"{}\" leads nowhere", shown(reference)));
    }
    problems
}

/// All `bom-ref`s, and the first that is there twice.
fn references(document: &Value) -> (BTreeSet<&str>, Option<&str>) {
    let mut known = BTreeSet::new();
    let mut repeated = None;
    let mut pending = vec![document];
    while let Some(value) = pending.pop() {
        match value {
            Value::Object(entries) => {
                if let Some(reference) = entries.get("bom-ref").and_then(Value::as_str) {
                    let new = known.insert(reference);
                    repeated = repeated.or((!new).then_some(reference));
                }
                pending.extend(entries.values());
            }
            Value::Array(items) => pending.extend(items),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    (known, repeated)
}

fn dependencies(document: &Value) -> impl Iterator<Item = &str> {
    let listed = document.get("dependencies").and_then(Value::as_array).into_iter().flatten();
    listed.flat_map(|dependency| {
        let targets = dependency.get("dependsOn").and_then(Value::as_array).into_iter().flatten();
        dependency.get("ref").into_iter().chain(targets).filter_map(Value::as_str)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeated_and_dangling_references_are_named() {
        let good = json!({
            "components": [{"bom-ref": "a", "components": [{"bom-ref": "b"}]}],
            "dependencies": [{"ref": "a", "dependsOn": ["b"]}],
        });
        assert_eq!(problems(&good), Vec::<String>::new());
        let bad = json!({
            "components": [{"bom-ref": "a"}, {"bom-ref": "a"}],
            "dependencies": [{"ref": "a", "dependsOn": ["c\n"]}],
        });
        let said = ["bom-ref \"a\" is used twice", "a dependency on \"c\\u{a}\" leads nowhere"];
        assert_eq!(problems(&bad), said);
    }
}
