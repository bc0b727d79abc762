//! A document, read strictly and checked against its official schema, kept whole.

use assay_core::{UniqueKeys, shown};
use serde_json::Value;

use crate::schema::{BrokenSchema, Version};

/// The largest document; 20,000 files with digests are about 8 MB.
const MAX_DOCUMENT: usize = 16 << 20;

/// Why a document is not one that can be checked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("the document is larger than {max} bytes")]
    TooLarge { max: usize },
    #[error("the document is not strict JSON: {}", shown(.message))]
    Json { message: String },
    #[error("CycloneDX 2.0 is a draft and not supported; write 1.6 or 1.7")]
    Draft,
    #[error("SPDX is not supported; write CycloneDX 1.6 or 1.7")]
    Spdx,
    #[error("the document is in no known SBOM format")]
    UnknownFormat,
    #[error("CycloneDX \"{}\" is not supported; write 1.6 or 1.7", shown(.version))]
    Version { version: String },
    #[error("the document breaks its schema at {}: {}", place(.path), shown(.message))]
    Schema { path: String, message: String },
    #[error(transparent)]
    Ours(#[from] BrokenSchema),
}

fn place(path: &str) -> String {
    if path.is_empty() { "its top".to_owned() } else { shown(path) }
}

/// Reads a document: its format, as far as it could be told, and its content when it is valid.
pub(crate) fn read(bytes: &[u8]) -> (String, Result<Value, Fault>) {
    let value = match strict(bytes) {
        Ok(value) => value,
        Err(fault) => return ("unknown".to_owned(), Err(fault)),
    };
    let (format, version) = match recognise(&value) {
        (format, Ok(version)) => (format, version),
        (format, Err(fault)) => return (format, Err(fault)),
    };
    let checked = match version.fault(&value) {
        Ok(None) => Ok(value),
        Ok(Some((path, message))) => Err(Fault::Schema { path, message }),
        Err(broken) => Err(broken.into()),
    };
    (format, checked)
}

fn strict(bytes: &[u8]) -> Result<Value, Fault> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(Fault::TooLarge { max: MAX_DOCUMENT });
    }
    let json = |error: serde_json::Error| Fault::Json { message: error.to_string() };
    // Nesting is bounded by the parser, at 128.
    serde_json::from_slice::<UniqueKeys>(bytes).map_err(json)?;
    serde_json::from_slice(bytes).map_err(json)
}

fn recognise(value: &Value) -> (String, Result<Version, Fault>) {
    let text = |key: &str| value.get(key).and_then(Value::as_str);
    if let Some(version) = text("specVersion").filter(|_| text("bomFormat") == Some("CycloneDX")) {
        let found = Version::parse(version).ok_or_else(|| Fault::Version { version: version.to_owned() });
        return (format!("CycloneDX {}", shown(version)), found);
    }
    if text("specFormat").is_some() {
        ("CycloneDX 2.0".to_owned(), Err(Fault::Draft))
    } else if text("spdxVersion").is_some()
        || text("@context").is_some_and(|context| context.contains("spdx.org"))
    {
        ("SPDX".to_owned(), Err(Fault::Spdx))
    } else {
        ("unknown".to_owned(), Err(Fault::UnknownFormat))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(json: &str) -> (String, String) {
        let (format, read) = read(json.as_bytes());
        (format, read.err().map(|fault| fault.to_string()).unwrap_or_default())
    }

    #[test]
    fn other_formats_are_refused_by_name() {
        for (json, format, says) in [
            (r#"{"specFormat":"CycloneDX","specVersion":"2.0"}"#, "CycloneDX 2.0", "draft"),
            (r#"{"bomFormat":"CycloneDX","specVersion":"1.3"}"#, "CycloneDX 1.3", "\"1.3\" is not supported"),
            (r#"{"spdxVersion":"SPDX-2.3"}"#, "SPDX", "SPDX is not supported"),
            (r#"{"@context":"https://spdx.org/rdf/3.0.1","@graph":[]}"#, "SPDX", "SPDX is not supported"),
            ("{}", "unknown", "no known SBOM format"),
            ("[]", "unknown", "no known SBOM format"),
            ("<bom/>", "unknown", "not strict JSON"),
            ("", "unknown", "not strict JSON"),
        ] {
            let (found, fault) = refused(json);
            assert_eq!(found, format, "{json}");
            assert!(fault.contains(says), "{json}: {fault}");
        }
    }

    #[test]
    fn a_repeated_key_or_deep_nesting_is_not_strict() {
        let twice = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"version":2}"#;
        assert!(refused(twice).1.contains("twice"));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert!(refused(&deep).1.contains("recursion limit"));
    }

    #[test]
    fn a_document_beyond_the_limit_is_not_read() {
        let large = " ".repeat(MAX_DOCUMENT + 1);
        assert_eq!(refused(&large).1, Fault::TooLarge { max: MAX_DOCUMENT }.to_string());
    }

    #[test]
    fn a_broken_document_says_where() {
        let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"file"}]}"#;
        assert!(refused(json).1.starts_with("the document breaks its schema at /components/0: "));
    }
}
