//! A Hugging Face cache written by the real client, watched and gated.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use assay_tests::namespace::{SCRATCH, inside};
use assay_tests::programs::python;
use assay_tests::running::Daemon;
use assay_tests::samples;
use assay_tests::servers::Server;

/// The repositories: one file each, and a card.
const REPOSITORIES: [(&str, &str); 3] = [
    ("org/tensors", "model.safetensors"),
    ("org/checkpoint", "pytorch_model.bin"),
    ("org/evil", "model.pkl"),
];

/// Downloads the repositories with `snapshot_download` and gives each one's file in its snapshot.
fn download(cache: &Path, upstream: &Path) -> anyhow::Result<[PathBuf; 3]> {
    let contents = [samples::safetensors(256), samples::torch_zip(None)?, samples::malicious_pickle()];
    for ((repository, file), content) in REPOSITORIES.iter().zip(contents) {
        let folder = upstream.join(repository);
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join(file), content)?;
        std::fs::write(folder.join("README.md"), format!("---\nlicense: mit\n---\n# {repository}\n"))?;
    }
    let hub = Server::hub(upstream)?;
    let get = |(repository, file): (&str, &str)| -> anyhow::Result<PathBuf> {
        let client = Command::new(python()?)
            .args([
                "-c",
                "import sys, huggingface_hub as h; print(h.snapshot_download(sys.argv[1]))",
                repository,
            ])
            .env("HF_ENDPOINT", format!("http://{}", hub.address()))
            .env("HF_HUB_CACHE", cache)
            .env("HF_HUB_DISABLE_TELEMETRY", "1")
            .output()?;
        ensure!(client.status.success(), "{}", String::from_utf8_lossy(&client.stderr));
        let printed = String::from_utf8(client.stdout)?;
        Ok(Path::new(printed.lines().last().context("the client printed no folder")?).join(file))
    };
    let [tensors, checkpoint, evil] = REPOSITORIES;
    Ok([get(tensors)?, get(checkpoint)?, get(evil)?])
}

/// A daemon that enforces verdicts on this Hugging Face cache.
fn watch(home: &Path, cache: &Path) -> anyhow::Result<Daemon> {
    let config = home.join("assay.toml");
    std::fs::write(&config, format!("[[root]]\npath = \"{}\"\nsource = \"hf\"\n", cache.display()))?;
    let config = config.to_str().context("path")?;
    Daemon::start(home, &["--config", config, "--no-default-roots", "--enforce"])
}

/// Opens and reads in a process of its own, as a model loader would.
fn load(path: &Path) -> bool {
    Command::new("cat").arg(path).output().is_ok_and(|output| output.status.success())
}

#[test]
#[ignore = "needs root: fanotify; and the real client"]
fn a_malicious_file_of_a_real_cache_cannot_be_opened() {
    inside("hub::a_malicious_file_of_a_real_cache_cannot_be_opened", || {
        let home = tempfile::tempdir()?;
        let cache = Path::new(SCRATCH).join("hub");
        let [tensors, checkpoint, evil] = download(&cache, &home.path().join("upstream"))?;
        let daemon = watch(home.path(), &cache)?;

        assert!(load(&tensors), "benign safetensors loads");
        assert!(load(&checkpoint), "benign checkpoint loads");
        assert!(!load(&evil), "the malicious file is blocked");
        let denied = evil.parent().context("snapshot")?.join(std::fs::read_link(&evil)?);
        for name in [&evil, &denied] {
            let error = std::fs::File::open(name).map(drop).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::PERM.raw_os_error()));
        }
        assert_eq!(daemon.decision("org/evil@")?, "deny");
        assert_eq!(daemon.decision("org/tensors@")?, "allow");

        let explained = daemon.assay(&["explain", evil.to_str().context("path")?])?;
        let text = String::from_utf8_lossy(&explained.stdout).into_owned();
        assert!(text.contains("posix.system('true')"), "{text}");
        let who = daemon.wait_for(&["loads"], |answer| {
            let rows = answer["loads"].as_array()?;
            let denied = rows.iter().filter(|row| row["answer"] == "deny");
            let exe =
                denied.filter_map(|row| row["process"]["exe"].as_str()).find(|exe| exe.ends_with("/cat"))?;
            rows.iter().any(|row| row["answer"] == "allow").then(|| exe.to_owned())
        })?;
        assert!(who.starts_with('/'), "who was refused is recorded: {who}");
        daemon.stop()
    })
    .unwrap();
}

#[test]
#[ignore = "needs root: fanotify; and the real client"]
fn what_was_allowed_cannot_be_changed_and_what_replaces_it_is_unverified() {
    inside("hub::what_was_allowed_cannot_be_changed_and_what_replaces_it_is_unverified", || {
        let home = tempfile::tempdir()?;
        let cache = Path::new(SCRATCH).join("hub");
        let [tensors, ..] = download(&cache, &home.path().join("upstream"))?;
        let daemon = watch(home.path(), &cache)?;
        let blob = std::fs::canonicalize(tensors)?;
        assert!(load(&blob));

        let error = OpenOptions::new().write(true).open(&blob).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "an allowed blob is not written in place");
        assert!(load(&blob), "and still loads");

        let other = blob.with_extension("new");
        std::fs::write(&other, samples::safetensors(512))?;
        std::fs::rename(&other, &blob)?;
        assert!(!load(&blob), "other bytes under the name of a digest are not accepted");
        daemon.stop()
    })
    .unwrap();
}
