//! The official CycloneDX schemas, built when a document of their version is first seen.
//!
//! Source: see `schemas/SOURCES.md`. Nothing is ever fetched: every schema that another names is in the binary.

use std::sync::OnceLock;

use jsonschema::{Draft, PatternOptions, Registry, Validator};
use serde_json::Value;

/// A released version of CycloneDX that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    V1_4,
    V1_5,
    V1_6,
    V1_7,
}

/// A schema of ours that is not one: a broken build, never a broken document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("assay's own copy of the schema is broken: {0}")]
pub(crate) struct BrokenSchema(String);

/// The schemas that the main ones refer to, by the address they are named with.
const SATELLITES: [(&str, &str); 3] = [
    ("http://cyclonedx.org/schema/spdx.schema.json", include_str!("../schemas/spdx.schema.json")),
    ("http://cyclonedx.org/schema/jsf-0.82.schema.json", include_str!("../schemas/jsf-0.82.schema.json")),
    (
        "http://cyclonedx.org/schema/cryptography-defs.schema.json",
        include_str!("../schemas/cryptography-defs.schema.json"),
    ),
];

impl Version {
    /// From a document's `specVersion`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "1.4" => Some(Self::V1_4),
            "1.5" => Some(Self::V1_5),
            "1.6" => Some(Self::V1_6),
            "1.7" => Some(Self::V1_7),
            _ => None,
        }
    }

    /// What stands first in the document's way, if anything does: where, and what.
    pub(crate) fn fault(self, document: &Value) -> Result<Option<(String, String)>, BrokenSchema> {
        let validator = self.validator()?;
        Ok(validator.validate(document).err().map(|error| {
            // Masked: the message must not repeat megabytes of the document.
            (error.instance_path().to_string(), error.masked().to_string())
        }))
    }

    fn validator(self) -> Result<&'static Validator, BrokenSchema> {
        static BUILT: [OnceLock<Result<Validator, BrokenSchema>>; 4] = [const { OnceLock::new() }; 4];
        let [v1_4, v1_5, v1_6, v1_7] = &BUILT;
        let (cell, text) = match self {
            Self::V1_4 => (v1_4, include_str!("../schemas/bom-1.4.schema.json")),
            Self::V1_5 => (v1_5, include_str!("../schemas/bom-1.5.schema.json")),
            Self::V1_6 => (v1_6, include_str!("../schemas/bom-1.6.schema.json")),
            Self::V1_7 => (v1_7, include_str!("../schemas/bom-1.7.schema.json")),
        };
        cell.get_or_init(|| build(text)).as_ref().map_err(Clone::clone)
    }
}

/// Builds one pattern, so that the regex engine has asked the system for its processors before a sandbox forbids it.
///
/// It asks once and remembers (`regex-automata`, `available_parallelism` reads `/proc/self/cgroup`). Whether the
/// pattern could be built does not matter here.
pub fn prepare_for_sandbox() {
    let schema = serde_json::json!({ "pattern": "^a$" });
    let built = jsonschema::options().with_pattern_options(PatternOptions::regex()).build(&schema);
    drop(built.map(|validator| validator.is_valid(&Value::from("a"))));
}

fn build(text: &str) -> Result<Validator, BrokenSchema> {
    let mut registry = Registry::new();
    for (address, text) in SATELLITES {
        registry = registry.add(address, parsed(text)?).map_err(|error| BrokenSchema(error.to_string()))?;
    }
    let registry = registry.prepare().map_err(|error| BrokenSchema(error.to_string()))?;
    jsonschema::options()
        .with_draft(Draft::Draft7)
        .with_registry(&registry)
        .offline()
        .should_validate_formats(true)
        // Linear time: the default engine backtracks.
        .with_pattern_options(PatternOptions::regex())
        .build(&parsed(text)?)
        .map_err(|error| BrokenSchema(error.to_string()))
}

fn parsed(text: &str) -> Result<Value, BrokenSchema> {
    serde_json::from_str(text).map_err(|error| BrokenSchema(error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_version_has_a_schema_that_accepts_and_refuses() {
        for version in ["1.4", "1.5", "1.6", "1.7"] {
            let mut document = json!({"bomFormat": "CycloneDX", "specVersion": version, "version": 1});
            let schema = Version::parse(version).unwrap();
            assert_eq!(schema.fault(&document), Ok(None), "{version}");
            document["metadata"] = json!({"timestamp": "yesterday"});
            let (place, message) = schema.fault(&document).unwrap().unwrap();
            assert_eq!(place, "/metadata/timestamp");
            assert!(message.contains("date-time"), "{message}");
        }
    }

    #[test]
    fn satellite_schemas_are_followed() {
        let licence = |id: &str| {
            json!({
                "bomFormat": "CycloneDX", "specVersion": "1.6",
                "components": [{"type": "file", "name": "a", "licenses": [{"license": {"id": id}}]}],
            })
        };
        assert_eq!(Version::V1_6.fault(&licence("Apache-2.0")), Ok(None));
        assert!(Version::V1_6.fault(&licence("No-Such-Licence")).unwrap().is_some());
        let signed = json!({"bomFormat": "CycloneDX", "specVersion": "1.6", "signature": {"algorithm": 5}});
        assert!(Version::V1_6.fault(&signed).unwrap().is_some());
    }

    #[test]
    fn the_schemas_are_the_ones_whose_origin_is_written_down() {
        use sha2::{Digest as _, Sha256};
        let sources = include_str!("../schemas/SOURCES.md");
        let mains = [
            include_str!("../schemas/bom-1.4.schema.json"),
            include_str!("../schemas/bom-1.5.schema.json"),
            include_str!("../schemas/bom-1.6.schema.json"),
            include_str!("../schemas/bom-1.7.schema.json"),
        ];
        for text in mains.into_iter().chain(SATELLITES.map(|(_, text)| text)) {
            let digest = assay_core::Sha256::new(Sha256::digest(text).into());
            assert!(sources.contains(&digest.to_string()), "{digest}");
        }
    }

    #[test]
    fn messages_do_not_repeat_the_document() {
        let document = json!({"bomFormat": "x".repeat(10_000), "specVersion": "1.6"});
        let (_, message) = Version::V1_6.fault(&document).unwrap().unwrap();
        assert!(message.len() < 200, "{}", message.len());
    }
}
