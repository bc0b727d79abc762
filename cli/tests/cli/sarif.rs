//! SARIF from outside, held to the schema that OASIS published.

use std::fs;

use serde_json::Value;

use super::program::{assert_valid, denied, has_worker, json, repository, run, safetensors};

/// The official schema, as the crate of the SARIF types carries it.
fn official_schema() -> Value {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    // The build has fetched what this platform needs, and nothing for others.
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(manifest)
        .other_options(["--offline", "--filter-platform", &platform].map(str::to_owned).to_vec())
        .exec()
        .unwrap();
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "serde-sarif").unwrap();
    let path = package.manifest_path.with_file_name("src").join("schema.json");
    let mut schema: Value = serde_json::from_reader(fs::File::open(path).unwrap()).unwrap();
    // The published pattern has an unopened `]`, so no strict reader takes it; we never write a language.
    for holder in ["run", "toolComponent"] {
        let language = schema["definitions"][holder]["properties"]["language"].as_object_mut().unwrap();
        assert_eq!(language.remove("pattern").unwrap(), "^[a-zA-Z]{2}|^[a-zA-Z]{2}-[a-zA-Z]{2}]?$");
    }
    schema
}

fn sarif() -> Value {
    let folder = tempfile::tempdir().unwrap();
    let base = folder.path().join("a folder");
    fs::create_dir(&base).unwrap();
    fs::write(base.join("model.safetensors"), safetensors()).unwrap();
    fs::write(base.join("cut.safetensors"), &safetensors()[..20]).unwrap();
    fs::write(base.join("evil.safetensors"), denied()).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", base.join("out")).unwrap();
    json(&run(&["scan", "--format", "sarif", base.to_str().unwrap()]).stdout)
}

#[test]
fn the_log_follows_the_official_schema() {
    if has_worker() {
        let log = sarif();
        assert_valid(&official_schema(), &log);
        assert_eq!(log["version"], "2.1.0");
    }
}

#[test]
fn a_finding_points_at_its_byte_and_its_rule() {
    if !has_worker() {
        return;
    }
    let log = sarif();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    let found =
        results.iter().find(|result| result["ruleId"].as_str().unwrap().starts_with("safetensors-")).unwrap();
    let place = &found["locations"][0]["physicalLocation"];
    assert!(place["artifactLocation"]["uri"].as_str().unwrap().ends_with("/a%20folder/evil.safetensors"));
    assert!(place["region"]["byteOffset"].is_u64());
    assert_eq!(found["level"], "error");
    let index = usize::try_from(found["ruleIndex"].as_u64().unwrap()).unwrap();
    let rule = &run["tool"]["driver"]["rules"][index];
    assert_eq!(rule["id"], found["ruleId"]);
    assert!(rule["helpUri"].as_str().unwrap().ends_with(".md"));
    assert_ne!(rule["shortDescription"]["text"], "");
    let tags = rule["properties"]["tags"].as_array().unwrap();
    for tag in ["security", "external/cwe/", "AML.T", "OWASP-LLM"] {
        assert!(tags.iter().any(|each| each.as_str().unwrap().starts_with(tag)), "{tag} in {tags:?}");
    }
    for rule in run["tool"]["driver"]["rules"].as_array().unwrap() {
        let (_, page) = rule["helpUri"].as_str().unwrap().split_once("/docs/").unwrap();
        assert!(repository("docs").join(page).is_file(), "{page}");
    }
}

#[test]
fn what_was_not_looked_at_is_never_lost() {
    if !has_worker() {
        return;
    }
    let log = sarif();
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert!(results.iter().any(|result| {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            .as_str()
            .unwrap_or_default();
        uri.ends_with("cut.safetensors") && matches!(result["level"].as_str(), Some("error" | "warning"))
    }));
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"][0]["level"], "error");
    assert_eq!(run["artifacts"].as_array().unwrap().len(), 3);
}
