//! What a CycloneDX document says about files: one claim for each path of each component that stands for a file.
//!
//! Source: CycloneDX 1.7 `components` (nested to any depth), `hashes`, `evidence.occurrences`, `properties`.
//! A component of type `file` is a file. A model or data component with hashes is one too; without hashes it may be
//! only a description, so its file counts when it is there and is not missed when it is not.

use assay_core::Sha256;
use serde_json::Value;

/// The most claims of a document; as many as an artifact may have files.
const MAX_CLAIMS: usize = 200_000;

/// The property in which assay's own documents repeat the path.
const PATH_PROPERTY: &str = "assay:path";

/// What one component says about one path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    /// The relative path, if what is written is one.
    pub(crate) path: Option<String>,
    /// The text as written.
    pub(crate) written: String,
    /// The digest that counts.
    pub(crate) hash: Hash,
    /// What follows when no such file is there.
    pub(crate) absence: Absence,
}

/// What a component's `hashes` are worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hash {
    /// A well-formed SHA-256.
    Sha256(Sha256),
    /// None, a malformed or repeated one, or only algorithms that do not count or cannot be compared.
    Unusable,
}

/// What follows when no file matches a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Absence {
    /// The file is missing.
    Missed,
    /// The component only describes something.
    Harmless,
}

/// More claims than an artifact can have files.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document lists more than {MAX_CLAIMS} files")]
pub(crate) struct TooMany;

/// All claims of a document, in its order.
pub(crate) fn claims(document: &Value) -> Result<Vec<Claim>, TooMany> {
    let mut claims = Vec::new();
    let top =
        document.pointer("/metadata/component").into_iter().map(|component| (component, Place::Subject));
    let listed = array(document, "components").map(|component| (component, Place::Listed));
    let mut pending: Vec<(&Value, Place)> = top.chain(listed).collect();
    pending.reverse();
    while let Some((component, place)) = pending.pop() {
        claims.extend(of_component(component, place));
        if claims.len() > MAX_CLAIMS {
            return Err(TooMany);
        }
        pending.extend(array(component, "components").map(|nested| (nested, Place::Listed)));
    }
    Ok(claims)
}

/// Where a component stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// `metadata.component`: what the whole document is about. Its hash may be that of the one file there is.
    Subject,
    /// Among `components`.
    Listed,
}

fn of_component(component: &Value, place: Place) -> Vec<Claim> {
    let hash = hash(component);
    let hashed = array(component, "hashes").next().is_some();
    let absence = match (text(component, "type"), place) {
        (Some("file"), Place::Listed) => Absence::Missed,
        (Some("machine-learning-model" | "data"), Place::Listed) if hashed => Absence::Missed,
        (Some("file" | "machine-learning-model" | "data"), _) => Absence::Harmless,
        _ => return Vec::new(),
    };
    paths(component)
        .into_iter()
        .map(|written| Claim { path: normalised(written), written: written.to_owned(), hash, absence })
        .collect()
}

/// The property of our own, or the occurrences, or the name.
fn paths(component: &Value) -> Vec<&str> {
    let property =
        array(component, "properties").find(|property| text(property, "name") == Some(PATH_PROPERTY));
    if let Some(path) = property.and_then(|property| text(property, "value")) {
        return vec![path];
    }
    let evidence = component.get("evidence").unwrap_or(&Value::Null);
    let occurrences: Vec<&str> =
        array(evidence, "occurrences").filter_map(|occurrence| text(occurrence, "location")).collect();
    if occurrences.is_empty() { text(component, "name").into_iter().collect() } else { occurrences }
}

/// Exactly one SHA-256 of 64 hex digits counts. MD5 and SHA-1 never do; others cannot be compared with what is known of
/// the files.
fn hash(component: &Value) -> Hash {
    let mut values = array(component, "hashes")
        .filter(|hash| text(hash, "alg") == Some("SHA-256"))
        .map(|hash| text(hash, "content"));
    match (values.next().flatten().and_then(|digits| digits.parse().ok()), values.next()) {
        (Some(digest), None) => Hash::Sha256(digest),
        _ => Hash::Unusable,
    }
}

/// A path relative to the artifact, or nothing when it leads elsewhere.
fn normalised(written: &str) -> Option<String> {
    let mut path = written;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest;
    }
    let plain = !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    plain.then(|| path.to_owned())
}

fn array<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn one(component: Value) -> Vec<Claim> {
        claims(&json!({"components": [component]})).unwrap()
    }

    fn sha256(content: &str) -> Value {
        json!([{"alg": "SHA-256", "content": content}])
    }

    #[test]
    fn files_are_missed_and_descriptions_are_not() {
        let hashes = sha256(&"0a".repeat(32));
        for (component, absence) in [
            (json!({"type": "file", "name": "a"}), Some(Absence::Missed)),
            (json!({"type": "machine-learning-model", "name": "a", "hashes": hashes}), Some(Absence::Missed)),
            (json!({"type": "data", "name": "a"}), Some(Absence::Harmless)),
            (json!({"type": "library", "name": "torch", "hashes": hashes}), None),
        ] {
            assert_eq!(one(component.clone()).first().map(|claim| claim.absence), absence, "{component}");
        }
        let subject = json!({"metadata": {"component": {"type": "file", "name": "a", "hashes": hashes}}});
        assert_eq!(claims(&subject).unwrap()[0].absence, Absence::Harmless);
    }

    #[test]
    fn only_one_well_formed_sha256_counts() {
        let good = "0A".repeat(32);
        assert_eq!(
            one(json!({"type": "file", "name": "a", "hashes": sha256(&good)}))[0].hash,
            Hash::Sha256(Sha256::new([10; 32]))
        );
        for hashes in [
            json!([]),
            sha256("sha256"),
            sha256(&"0a".repeat(16)),
            sha256("https://github.com/mlcommons/croissant/issues/80"),
            json!([{"alg": "MD5", "content": "0a".repeat(16)}, {"alg": "SHA-1", "content": "0a".repeat(20)}]),
            json!([{"alg": "SHA-512", "content": "0a".repeat(64)}]),
            json!([{"alg": "SHA-256", "content": good}, {"alg": "SHA-256", "content": "0b".repeat(32)}]),
        ] {
            let claims = one(json!({"type": "file", "name": "a", "hashes": hashes}));
            assert_eq!(claims[0].hash, Hash::Unusable, "{hashes}");
        }
    }

    #[test]
    fn a_path_is_taken_from_the_property_then_the_occurrences_then_the_name() {
        let mut component = json!({"type": "file", "name": "c"});
        assert_eq!(one(component.clone())[0].written, "c");
        component["evidence"] = json!({"occurrences": [{"location": "b/1"}, {"location": "b/2"}]});
        assert_eq!(one(component.clone()).len(), 2);
        component["properties"] = json!([{"name": "assay:path", "value": "a"}]);
        assert_eq!(one(component)[0].written, "a");
    }

    #[test]
    fn only_plain_relative_paths_are_paths() {
        assert_eq!(normalised("././a/b"), Some("a/b".to_owned()));
        for bad in ["", "/a", "../a", "a/../b", "a//b", "a/", ".", "a\0"] {
            assert_eq!(normalised(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn nested_components_are_found() {
        let nested =
            json!({"type": "library", "name": "l", "components": [{"type": "file", "name": "in/side"}]});
        assert_eq!(one(nested)[0].path.as_deref(), Some("in/side"));
    }

    #[test]
    fn claims_are_bounded() {
        let file = json!({"type": "file", "name": "a"});
        assert_eq!(claims(&json!({"components": vec![file; MAX_CLAIMS + 1]})), Err(TooMany));
    }
}
