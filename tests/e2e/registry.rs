//! A model pushed to a real registry, whose notification leads to a stored verdict.

use std::path::Path;
use std::process::Command;

use anyhow::ensure;
use assay_tests::programs::assay;
use assay_tests::running::Daemon;
use assay_tests::samples;
use assay_tests::servers::{Server, free_address};
use serde_json::json;

const SECRET: &str = "a-secret-of-this-test";

/// Writes an OCI layout with one layer, the file as it is, and gives the reference `skopeo` takes.
fn layout(folder: &Path, name: &str, content: &[u8]) -> anyhow::Result<String> {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs)?;
    let put = |bytes: &[u8]| -> anyhow::Result<String> {
        let digest = sha256(bytes)?;
        std::fs::write(blobs.join(&digest), bytes)?;
        Ok(format!("sha256:{digest}"))
    };
    let config = put(b"{}")?;
    let layer = put(content)?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/vnd.cncf.model.manifest.v1+json",
        "config": {"mediaType": "application/vnd.cncf.model.config.v1+json", "digest": config, "size": 2},
        "layers": [{
            "mediaType": "application/vnd.cncf.model.weight.v1.raw", "digest": layer, "size": content.len(),
            "annotations": {"org.cncf.model.filepath": name, "org.opencontainers.image.title": name},
        }],
    });
    let manifest = serde_json::to_vec(&manifest)?;
    let digest = put(&manifest)?;
    let index = json!({"schemaVersion": 2, "manifests": [{
        "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": manifest.len(),
        "annotations": {"org.opencontainers.image.ref.name": "v1"},
    }]});
    std::fs::write(folder.join("index.json"), serde_json::to_vec(&index)?)?;
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion": "1.0.0"}"#)?;
    Ok(format!("oci:{}:v1", folder.display()))
}

fn sha256(bytes: &[u8]) -> anyhow::Result<String> {
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), bytes)?;
    let output = Command::new("sha256sum").arg(file.path()).output()?;
    Ok(String::from_utf8(output.stdout)?.chars().take(64).collect())
}

fn push(layout: &str, registry: &Server, name: &str) -> anyhow::Result<()> {
    let output = Command::new("skopeo")
        .args(["copy", "--insecure-policy", "--dest-tls-verify=false", layout])
        .arg(format!("docker://{}/{name}:v1", registry.address()))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(())
}

fn pushed_models_get_verdicts() -> anyhow::Result<()> {
    let home = tempfile::tempdir()?;
    let webhook = free_address()?;
    let secret = home.path().join("secret");
    std::fs::write(&secret, SECRET)?;
    std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    let config = home.path().join("assay.toml");
    let registry = Server::registry(
        home.path(),
        &format!("http://{webhook}/webhook/distribution"),
        &format!("Bearer {SECRET}"),
    )?;
    std::fs::write(
        &config,
        format!(
            "[webhook]\nlisten = \"{webhook}\"\n\n[[webhook.source]]\nkind = \"distribution\"\n\
             secret-file = \"{}\"\nregistry = \"{}\"\nplain-http = true\n",
            secret.display(),
            registry.address()
        ),
    )?;
    let config = config.to_str().unwrap_or_default();
    let daemon = Daemon::start(home.path(), &["--config", config, "--no-default-roots", "--no-guard"])?;

    let good = layout(&home.path().join("good"), "model.safetensors", &samples::safetensors(64))?;
    let evil = layout(&home.path().join("evil"), "model.pkl", &samples::malicious_pickle())?;
    push(&good, &registry, "models/good")?;
    push(&evil, &registry, "models/evil")?;
    assert_eq!(daemon.decision("models/good@sha256:").unwrap(), "allow");
    assert_eq!(daemon.decision("models/evil@sha256:").unwrap(), "deny");

    for (name, code) in [("good", 0), ("evil", 1)] {
        let output =
            assay(&["verify", "--plain-http", &format!("oci://{}/models/{name}:v1", registry.address())])?;
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{name}: {told}");
    }
    daemon.stop()
}

#[test]
#[ignore = "needs root: the real registry is installed by the test command"]
fn a_notification_leads_to_a_verdict_by_manifest_digest() {
    pushed_models_get_verdicts().unwrap();
}
