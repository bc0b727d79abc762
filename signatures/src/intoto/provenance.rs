//! SLSA provenance: who built the subjects, from what.
//!
//! Source: SLSA `provenance/v1`, `provenance/v0.2`. Versions 0.1 and earlier stay generic.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::check_digests;
use super::predicate::typed;
use crate::fault::Fault;

/// The most materials of one build; a large one has thousands.
const MAX_MATERIALS: usize = 200_000;

/// How the subjects were built, by the word of the builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provenance {
    /// Who built: a URI that policy compares with the builders it trusts.
    pub builder: String,
    /// What kind of build.
    pub build_type: String,
    /// Where the build was asked to take its source from, if the build type says so.
    pub source: Option<String>,
    /// The revision that was asked for.
    pub source_ref: Option<String>,
    /// The file that defines the build.
    pub entry_point: Option<String>,
    /// Which run it was.
    pub invocation: Option<String>,
    /// What went into the build.
    pub materials: Vec<Material>,
}

/// One thing that went into a build.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Material {
    /// Where it came from.
    #[serde(default)]
    pub uri: String,
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// Its digests by algorithm.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance1 {
    build_definition: Definition,
    run_details: Run,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    build_type: String,
    external_parameters: Value,
    #[serde(default)]
    resolved_dependencies: Vec<Material>,
}

#[derive(Deserialize)]
struct Run {
    builder: Builder,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Builder {
    id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    /// Version 1.
    invocation_id: Option<String>,
    /// Version 0.2.
    build_invocation_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Provenance02 {
    builder: Builder,
    build_type: String,
    invocation: Option<Invocation>,
    metadata: Option<Metadata>,
    #[serde(default)]
    materials: Option<Vec<Material>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    config_source: Option<ConfigSource>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConfigSource {
    uri: Option<String>,
    entry_point: Option<String>,
}

impl Provenance {
    pub(super) fn read_1(value: &Value) -> Result<Self, Fault> {
        let Provenance1 { build_definition, run_details } = typed(value, "SLSA provenance")?;
        let parameters = &build_definition.external_parameters;
        let at = |pointer: &str| parameters.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
        Self {
            builder: run_details.builder.id,
            build_type: build_definition.build_type,
            // GitHub's and the generators' build types, in this order.
            source: at("/workflow/repository").or_else(|| at("/source/uri")).or_else(|| at("/source")),
            source_ref: at("/workflow/ref").or_else(|| at("/ref")),
            entry_point: at("/workflow/path"),
            invocation: run_details.metadata.and_then(|metadata| metadata.invocation_id),
            materials: build_definition.resolved_dependencies,
        }
        .checked()
    }

    pub(super) fn read_0_2(value: &Value) -> Result<Self, Fault> {
        let read: Provenance02 = typed(value, "SLSA provenance")?;
        let config = read.invocation.and_then(|invocation| invocation.config_source);
        let (uri, entry_point) = config.map_or((None, None), |config| (config.uri, config.entry_point));
        let (source, source_ref) = match uri.as_deref().and_then(|uri| uri.rsplit_once('@')) {
            Some((source, revision)) => (Some(source.to_owned()), Some(revision.to_owned())),
            None => (uri, None),
        };
        Self {
            builder: read.builder.id,
            build_type: read.build_type,
            source,
            source_ref,
            entry_point,
            invocation: read.metadata.and_then(|metadata| metadata.build_invocation_id),
            materials: read.materials.unwrap_or_default(),
        }
        .checked()
    }

    fn checked(self) -> Result<Self, Fault> {
        if self.builder.is_empty() {
            return Err(Fault::malformed("SLSA provenance", "its builder has no id"));
        }
        if self.materials.len() > MAX_MATERIALS {
            return Err(Fault::TooMany { part: "materials", max: MAX_MATERIALS });
        }
        for material in &self.materials {
            check_digests(&material.digest)?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn version_1_names_builder_source_and_dependencies() {
        let value = json!({
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {"workflow": {"ref": "refs/tags/v1", "repository": "https://g/o/r", "path": ".github/workflows/w.yml"}},
                "resolvedDependencies": [{"uri": "git+https://g/o/r@refs/tags/v1", "digest": {"gitCommit": "94d2ba8a6f7a7d3f1e0c5b4a39281706f5e4d3c2"}}]
            },
            "runDetails": {"builder": {"id": "https://github.com/actions/runner/github-hosted"}, "metadata": {"invocationId": "i"}}
        });
        let read = Provenance::read_1(&value).unwrap();
        assert_eq!(read.builder, "https://github.com/actions/runner/github-hosted");
        assert_eq!(read.source.as_deref(), Some("https://g/o/r"));
        assert_eq!(read.source_ref.as_deref(), Some("refs/tags/v1"));
        assert_eq!(read.invocation.as_deref(), Some("i"));
        assert_eq!(read.materials.len(), 1);
    }

    #[test]
    fn version_0_2_names_builder_source_and_materials() {
        let value = json!({
            "builder": {"id": "b"}, "buildType": "t",
            "invocation": {"configSource": {"uri": "git+https://g/o/r@refs/heads/main", "entryPoint": "w.yml"}},
            "metadata": {"buildInvocationId": "7"},
            "materials": [{"uri": "u", "digest": {"sha1": "94d2ba8a6f7a7d3f1e0c5b4a39281706f5e4d3c2"}}]
        });
        let read = Provenance::read_0_2(&value).unwrap();
        assert_eq!(read.source.as_deref(), Some("git+https://g/o/r"));
        assert_eq!(read.source_ref.as_deref(), Some("refs/heads/main"));
        assert_eq!((read.entry_point.as_deref(), read.invocation.as_deref()), (Some("w.yml"), Some("7")));
    }

    #[test]
    fn provenance_without_a_builder_is_none() {
        for value in [
            json!({}),
            json!({"builder": {}, "buildType": "t"}),
            json!({"builder": {"id": ""}, "buildType": "t"}),
            json!({"builder": {"id": "b"}, "buildType": "t", "materials": [{"digest": {"sha256": "00"}}]}),
        ] {
            assert!(Provenance::read_0_2(&value).is_err(), "{value}");
            assert!(Provenance::read_1(&value).is_err(), "{value}");
        }
    }
}
