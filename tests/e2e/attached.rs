//! Models in a real registry with signatures kept beside them, verified under a policy that demands one.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;

use assay_tests::programs::assay;
use assay_tests::samples;
use assay_tests::servers::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::Digest as _;

const IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const BUNDLE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// What becomes of a model: its manifest's digest and length.
struct Pushed {
    digest: String,
    size: usize,
}

/// A registry, a key pair, and a folder for both.
struct World {
    folder: tempfile::TempDir,
    registry: Server,
}

/// Blobs and a manifest on their way to the registry.
struct Layout {
    folder: std::path::PathBuf,
}

impl Layout {
    fn put(&self, bytes: &[u8]) -> Value {
        let digest = hex::encode(sha2::Sha256::digest(bytes));
        let blobs = self.folder.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::write(blobs.join(&digest), bytes).unwrap();
        json!({"digest": format!("sha256:{digest}"), "size": bytes.len()})
    }

    fn descriptor(&self, media_type: &str, bytes: &[u8]) -> Value {
        let mut descriptor = self.put(bytes);
        descriptor["mediaType"] = json!(media_type);
        descriptor
    }
}

impl World {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let registry = Server::registry(folder.path(), "http://127.0.0.1:1/", "none").unwrap();
        let world = Self { folder, registry };
        for name in ["key", "other"] {
            let (private, public) = (world.path(&format!("{name}.pem")), world.path(&format!("{name}.pub")));
            openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", &private]);
            openssl(&["ec", "-in", &private, "-pubout", "-out", &public]);
        }
        world
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Pushes what the closure builds under a tag.
    fn push(&self, tag: &str, media_type: &str, build: impl FnOnce(&Layout) -> Value) -> Pushed {
        let layout = Layout { folder: self.folder.path().join(format!("layout-{}", tag.replace(':', "-"))) };
        let manifest = serde_json::to_vec(&build(&layout)).unwrap();
        let mut entry = layout.descriptor(media_type, &manifest);
        entry["annotations"] = json!({"org.opencontainers.image.ref.name": "it"});
        let index = json!({"schemaVersion": 2, "manifests": [entry]});
        std::fs::write(layout.folder.join("index.json"), serde_json::to_vec(&index).unwrap()).unwrap();
        std::fs::write(layout.folder.join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#).unwrap();
        let output = Command::new("skopeo")
            .args(["copy", "--all", "--preserve-digests", "--insecure-policy", "--dest-tls-verify=false"])
            .arg(format!("oci:{}:it", layout.folder.display()))
            .arg(format!("docker://{}/models/tiny:{tag}", self.registry.address()))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Pushed { digest: hex::encode(sha2::Sha256::digest(&manifest)), size: manifest.len() }
    }

    fn push_model(&self) -> Pushed {
        self.push("v1", IMAGE, |layout| {
            let mut layer =
                layout.descriptor("application/vnd.cncf.model.weight.v1.raw", &samples::safetensors(64));
            layer["annotations"] = json!({"org.cncf.model.filepath": "model.safetensors"});
            let config = layout.descriptor("application/vnd.cncf.model.config.v1+json", b"{}");
            json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]})
        })
    }

    /// Puts a manifest under a tag, its parts being there: skopeo would change a list of artifacts.
    fn put(&self, tag: &str, media_type: &str, manifest: &str) {
        let mut stream = TcpStream::connect(self.registry.address()).unwrap();
        let length = manifest.len();
        let head =
            format!("PUT /v2/models/tiny/manifests/{tag} HTTP/1.1\r\nHost: localhost\r\nConnection: close");
        write!(stream, "{head}\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n{manifest}")
            .unwrap();
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }

    /// An ECDSA signature by one of the keys.
    fn sign(&self, key: &str, message: &[u8]) -> String {
        let file = self.path("message");
        std::fs::write(&file, message).unwrap();
        STANDARD.encode(openssl(&["dgst", "-sha256", "-sign", &self.path(key), &file]))
    }

    /// Verifies the model under a policy that demands a signature over every file by the first key.
    fn verify(&self) -> (Option<i32>, Value) {
        let policy = self.path("policy.toml");
        let rule = "[[rule]]\nname = \"signed\"\nmatch = [\"oci://**\"]\n";
        let key = self.path("key.pub");
        let demand = format!("signature = {{ any-of = [{{ kind = \"key\", path = \"{key}\" }}] }}\n");
        std::fs::write(&policy, format!("{rule}{demand}")).unwrap();
        let reference = format!("oci://{}/models/tiny:v1", self.registry.address());
        let output =
            assay(&["verify", "--plain-http", "--policy", &policy, "--format", "json", &reference]).unwrap();
        let report = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
        (output.status.code(), report)
    }
}

/// What openssl writes.
fn openssl(arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("openssl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

fn signatures(report: &Value) -> Vec<(String, String)> {
    let facts = report["artifacts"][0]["signatures"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    facts.iter().map(|fact| (text(&fact["method"]), text(&fact["state"]["state"]))).collect()
}

/// cosign's older signature, under a tag made of the digest.
fn simple_signing(world: &World, model: &Pushed, key: &str) {
    let document = format!(
        r#"{{"critical":{{"identity":{{"docker-reference":"models/tiny"}},"image":{{"docker-manifest-digest":"sha256:{}"}},"type":"cosign container image signature"}},"optional":null}}"#,
        model.digest
    );
    let signature = world.sign(key, document.as_bytes());
    world.push(&format!("sha256-{}.sig", model.digest), IMAGE, |layout| {
        let config = layout.descriptor("application/vnd.oci.image.config.v1+json", b"{}");
        let media_type = "application/vnd.dev.cosign.simplesigning.v1+json";
        let mut layer = layout.descriptor(media_type, document.as_bytes());
        layer["annotations"] = json!({"dev.cosignproject.cosign/signature": signature});
        json!({"schemaVersion": 2, "mediaType": IMAGE, "config": config, "layers": [layer]})
    });
}

/// cosign's newer signature or an attestation: a bundle that refers to the model, listed under the digest's tag.
fn bundle(world: &World, model: &Pushed, predicate_type: &str) {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {"sha256": model.digest}}],
        "predicateType": predicate_type, "predicate": {},
    });
    let payload = statement.to_string();
    let message = format!("DSSEv1 28 application/vnd.in-toto+json {} {payload}", payload.len());
    let bundle = json!({
        "mediaType": BUNDLE,
        "verificationMaterial": {"publicKey": {"hint": "x"}},
        "dsseEnvelope": {
            "payload": STANDARD.encode(&payload), "payloadType": "application/vnd.in-toto+json",
            "signatures": [{"sig": world.sign("key.pem", message.as_bytes())}],
        },
    });
    let pushed = world.push("bundle", IMAGE, |layout| {
        json!({
            "schemaVersion": 2, "mediaType": IMAGE, "artifactType": BUNDLE,
            "config": layout.descriptor("application/vnd.oci.empty.v1+json", b"{}"),
            "layers": [layout.descriptor(BUNDLE, bundle.to_string().as_bytes())],
            "subject": {"mediaType": IMAGE, "digest": format!("sha256:{}", model.digest), "size": model.size},
        })
    });
    let entry = json!({
        "mediaType": IMAGE, "artifactType": BUNDLE, "digest": format!("sha256:{}", pushed.digest), "size": pushed.size,
    });
    let list = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [entry]});
    world.put(&format!("sha256-{}", model.digest), INDEX, &list.to_string());
}

fn pair(method: &str, state: &str) -> (String, String) {
    (method.to_owned(), state.to_owned())
}

#[test]
#[ignore = "needs root: the real registry is installed by the test command"]
fn a_cosign_signature_by_the_policys_key_is_demanded_and_found() {
    let world = World::start();
    let model = world.push_model();
    let (code, report) = world.verify();
    assert_eq!((code, signatures(&report)), (Some(1), vec![]), "{report:#}");
    simple_signing(&world, &model, "other.pem");
    let (code, report) = world.verify();
    assert_eq!(
        (code, signatures(&report)),
        (Some(1), vec![pair("cosign-key", "untrusted-signer")]),
        "{report:#}"
    );
    simple_signing(&world, &model, "key.pem");
    let (code, report) = world.verify();
    assert_eq!((code, signatures(&report)), (Some(0), vec![pair("cosign-key", "verified")]), "{report:#}");
}

#[test]
#[ignore = "needs root: the real registry is installed by the test command"]
fn a_bundle_is_a_signature_and_an_attestation_is_not() {
    let world = World::start();
    let model = world.push_model();
    bundle(&world, &model, "https://example.com/audit/v1");
    let (code, report) = world.verify();
    assert_eq!(
        (code, signatures(&report)),
        (Some(1), vec![pair("attestation-key", "verified")]),
        "{report:#}"
    );
    bundle(&world, &model, "https://sigstore.dev/cosign/sign/v1");
    let (code, report) = world.verify();
    assert_eq!((code, signatures(&report)), (Some(0), vec![pair("cosign-key", "verified")]), "{report:#}");
}

#[test]
#[ignore = "needs root: the real registry is installed by the test command"]
fn a_signature_of_another_model_is_invalid() {
    let world = World::start();
    let model = world.push_model();
    let other = Pushed { digest: "00".repeat(32), size: model.size };
    let layout_tag = format!("sha256-{}.sig", model.digest);
    simple_signing(&world, &other, "key.pem");
    let from = format!("docker://{}/models/tiny:sha256-{}.sig", world.registry.address(), other.digest);
    let to = format!("docker://{}/models/tiny:{layout_tag}", world.registry.address());
    let tls = ["--src-tls-verify=false", "--dest-tls-verify=false", "--insecure-policy"];
    let output = Command::new("skopeo").arg("copy").args(tls).args([&from, &to]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (code, report) = world.verify();
    assert_eq!((code, signatures(&report)), (Some(1), vec![pair("cosign", "invalid")]), "{report:#}");
}
