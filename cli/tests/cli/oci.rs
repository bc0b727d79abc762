//! `assay verify oci://…` against a registry on loopback that serves what a test gives it.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::program::{self, denied, has_worker, safetensors};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A registry with one repository, `models/m`.
struct Registry {
    address: String,
}

impl Registry {
    /// Serves a manifest of these layers under the tag `v1`; `swap` serves other bytes than a layer's digest says.
    fn with(layers: &[(&str, Vec<u8>)], swap: Option<&[u8]>) -> Self {
        let mut answers = BTreeMap::new();
        let mut descriptors = Vec::new();
        for (name, content) in layers {
            descriptors.push(descriptor(content, "application/octet-stream", Some(name)));
            let served = swap.map_or_else(|| content.clone(), <[u8]>::to_vec);
            answers.insert(
                format!("/v2/models/m/blobs/{}", digest(content)),
                ("application/octet-stream", served),
            );
        }
        let config = b"{}".to_vec();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST, "layers": descriptors,
            "config": descriptor(&config, "application/vnd.oci.empty.v1+json", None),
        })
        .to_string()
        .into_bytes();
        answers.insert(format!("/v2/models/m/blobs/{}", digest(&config)), ("application/json", config));
        answers.insert("/v2/models/m/manifests/v1".to_owned(), (MANIFEST, manifest.clone()));
        answers.insert(format!("/v2/models/m/manifests/{}", digest(&manifest)), (MANIFEST, manifest));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        // The thread ends with the test program.
        thread::spawn(move || listener.incoming().for_each(|stream| serve(stream.unwrap(), &answers)));
        Self { address }
    }

    fn verify(&self, tag: &str) -> (i32, Value, String) {
        let reference = format!("oci://{}/models/m:{tag}", self.address);
        let nowhere = tempfile::tempdir().unwrap();
        let output = program::assay()
            .args(["verify", "--format", "json", &reference])
            .env("DOCKER_CONFIG", nowhere.path())
            .output()
            .unwrap();
        let ran = program::ran(output);
        let report = if ran.stdout.is_empty() { Value::Null } else { program::json(&ran.stdout) };
        (ran.code, report, ran.stderr)
    }
}

fn serve(mut stream: TcpStream, answers: &BTreeMap<String, (&str, Vec<u8>)>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(request)) = lines.next() else { return };
    let _headers = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).count();
    let target = request.split(' ').nth(1).unwrap();
    let (status, kind, body) = match answers.get(target) {
        Some((kind, body)) => (200, *kind, body.clone()),
        None => (404, "application/json", br#"{"errors":[]}"#.to_vec()),
    };
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
    );
    // The client may have seen enough.
    let _sent = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}

fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

fn descriptor(content: &[u8], media_type: &str, name: Option<&str>) -> Value {
    let mut descriptor = json!({"mediaType": media_type, "digest": digest(content), "size": content.len()});
    if let Some(name) = name {
        descriptor["annotations"] = json!({"org.opencontainers.image.title": name});
    }
    descriptor
}

#[test]
fn a_benign_model_in_a_registry_is_allowed_by_digest() {
    if !has_worker() {
        return;
    }
    let registry = Registry::with(&[("model.safetensors", safetensors())], None);
    let (code, report, said) = registry.verify("v1");
    assert_eq!(code, 0, "{said}{report}");
    let reference = report["artifacts"][0]["reference"].as_str().unwrap();
    assert!(reference.starts_with(&format!("oci://{}/models/m@sha256:", registry.address)), "{reference}");
    let files = report["artifacts"][0]["files"].as_array().unwrap();
    assert!(files.iter().any(|file| file["formats"] == json!(["safetensors"])));
}

#[test]
fn a_denied_layer_denies_the_artifact() {
    if !has_worker() {
        return;
    }
    let layers = [("model.safetensors", safetensors()), ("other.safetensors", denied())];
    let (code, report, said) = Registry::with(&layers, None).verify("v1");
    assert_eq!((code, &report["artifacts"][0]["verdict"]["decision"]), (1, &json!("deny")), "{said}");
}

#[test]
fn bytes_that_are_not_the_layer_are_never_judged_as_it() {
    if !has_worker() {
        return;
    }
    let mut other = safetensors();
    *other.last_mut().unwrap() = 1;
    let (code, report, said) =
        Registry::with(&[("model.safetensors", safetensors())], Some(&other)).verify("v1");
    assert_eq!((code, &report["artifacts"][0]["verdict"]["decision"]), (1, &json!("deny")), "{said}");
    let files = report["artifacts"][0]["files"].as_array().unwrap();
    let model =
        files.iter().find(|file| file["path"].as_str().unwrap().ends_with("model.safetensors")).unwrap();
    assert_eq!(
        (&model["sha256"], &model["coverage"]["gaps"][0]["kind"]),
        (&Value::Null, &json!("unreadable"))
    );
}

#[test]
fn an_sbom_layer_is_checked_against_the_other_layers() {
    if !has_worker() {
        return;
    }
    let bom = br#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,"components":[]}"#.to_vec();
    let layers = [("model.safetensors", safetensors()), ("model.cdx.json", bom)];
    let (_, report, said) = Registry::with(&layers, None).verify("v1");
    let sbom = &report["artifacts"][0]["sboms"][0];
    assert_eq!(sbom["file"], "model.cdx.json", "{said}");
    let files = sbom["files"].as_array().unwrap();
    assert!(
        files.iter().any(|file| file["name"] == "model.safetensors" && file["state"] == "unlisted"),
        "{sbom}"
    );
}

#[test]
fn a_tag_that_is_not_there_is_an_error() {
    if !has_worker() {
        return;
    }
    let (code, report, said) = Registry::with(&[], None).verify("v2");
    assert_eq!((code, report), (3, Value::Null));
    assert!(said.contains("pulling oci://127.0.0.1:"), "{said}");
}
