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

const REPOSITORY: &str = "org/mixed";

/// Downloads the repository with `snapshot_download` and gives the snapshot's folder.
fn download(cache: &Path, upstream: &Path) -> anyhow::Result<PathBuf> {
    std::fs::create_dir(upstream)?;
    std::fs::write(upstream.join("model.safetensors"), samples::safetensors(256))?;
    std::fs::write(upstream.join("benign.pt"), samples::torch_zip(None)?)?;
    std::fs::write(upstream.join("evil.pkl"), samples::malicious_pickle())?;
    std::fs::write(upstream.join("README.md"), "---\nlicense: mit\n---\n# mixed\n")?;
    let hub = Server::hub(upstream, REPOSITORY)?;
    let client = Command::new(python()?)
        .args(["-c", "import sys, huggingface_hub as h; print(h.snapshot_download(sys.argv[1]))", REPOSITORY])
        .env("HF_ENDPOINT", format!("http://{}", hub.address()))
        .env("HF_HUB_CACHE", cache)
        .env("HF_HUB_DISABLE_TELEMETRY", "1")
        .output()?;
    ensure!(client.status.success(), "{}", String::from_utf8_lossy(&client.stderr));
    let printed = String::from_utf8(client.stdout)?;
    Ok(printed.lines().last().context("the client printed no folder")?.into())
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
        let snapshot = download(&cache, &home.path().join("upstream"))?;
        let root = cache.to_str().context("path")?;
        let daemon = Daemon::start(home.path(), &["--no-default-roots", "--root", root, "--enforce"])?;

        assert!(load(&snapshot.join("model.safetensors")), "benign safetensors loads");
        assert!(load(&snapshot.join("benign.pt")), "benign checkpoint loads");
        let denied = std::fs::read_link(snapshot.join("evil.pkl")).map(|link| snapshot.join(link))?;
        assert!(!load(&snapshot.join("evil.pkl")), "the malicious file is blocked");
        let error = std::fs::File::open(&denied).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
        assert_eq!(error.raw_os_error(), Some(rustix::io::Errno::PERM.raw_os_error()));
        assert_eq!(daemon.decision("org/mixed@")?, "deny", "the artifact holds a malicious file");

        let explained = daemon.assay(&["explain", denied.to_str().context("path")?])?;
        let text = String::from_utf8_lossy(&explained.stdout).into_owned();
        assert!(text.contains("posix.system('true')"), "{text}");
        let loads = daemon.wait_for(&["loads"], |answer| {
            let rows = answer["loads"].as_array()?;
            rows.iter().any(|row| row["answer"] == "deny").then_some(rows.len())
        })?;
        assert!(loads >= 3, "every load is recorded: {loads}");
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
        let snapshot = download(&cache, &home.path().join("upstream"))?;
        let root = cache.to_str().context("path")?;
        let daemon = Daemon::start(home.path(), &["--no-default-roots", "--root", root, "--enforce"])?;
        let blob = std::fs::canonicalize(snapshot.join("model.safetensors"))?;
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
