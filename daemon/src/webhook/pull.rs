//! Pulling one manifest: its layers go through workers as they arrive.

use std::sync::Arc;

use anyhow::{Context, bail};
use assay_core::wire::worker::{Lines, Scan};
use assay_core::{Claim, ClaimCheck, Evidence, FileFact, GapKind, Source, shown};
use assay_pool::Outcome;
use assay_registries::oci::{Client, Layer, Pick, Reference};
use rustix::pipe::PipeFlags;
use std::os::fd::AsFd;
use tokio::io::AsyncWriteExt;
use tokio::net::unix::pipe;

use crate::state::{ENGINE, Shared, now};
use crate::store::{Delivery, Judged, JudgedFile};

/// Who claims a layer's digest and size.
const BY: &str = "manifest";

/// Pulls a manifest with its layers, and stores the verdict under the manifest's digest.
///
/// # Errors
/// The registry does not have it, does not deliver what it says, or a worker died: the delivery is tried again.
pub(super) async fn judge(shared: &Arc<Shared>, client: &Client, delivery: &Delivery) -> anyhow::Result<()> {
    let reference = Reference::new(&delivery.registry, &delivery.repository, Pick::Digest(delivery.digest))?;
    let manifest = client.manifest(&reference).await.context("pulling the manifest")?;
    if manifest.digest != delivery.digest {
        bail!("the registry sent another manifest");
    }
    let configs = manifest.configs.iter().map(|layer| (format!("config/{}", layer.name), layer));
    let layers = manifest.layers.iter().map(|layer| (layer.name.clone(), layer));
    let mut files = Vec::new();
    for (name, layer) in configs.chain(layers) {
        let file = pull(shared, client, &reference, &name, layer).await;
        files.push(file.with_context(|| format!("pulling {}", shown(&name)))?);
    }
    files.sort_by(|one: &FileFact, other| one.name.cmp(&other.name));
    let evidence = Evidence {
        source: Source::Oci,
        reference: reference.to_string(),
        files,
        signatures: Vec::new(),
        sboms: Vec::new(),
    };
    store(shared, &delivery.registry, evidence).await
}

async fn store(shared: &Arc<Shared>, registry: &str, evidence: Evidence) -> anyhow::Result<()> {
    let verdict = shared.policy.decide(&evidence, ENGINE, now());
    tracing::info!(reference = %shown(&evidence.reference), decision = %verdict.decision, "verdict");
    let file =
        |file: &FileFact| JudgedFile { name: file.name.clone(), sha256: file.sha256, path: String::new() };
    let judged = Judged {
        root: registry.to_owned(),
        fingerprint: String::new(),
        scanner: shared.scanner.clone(),
        files: evidence.files.iter().map(file).collect(),
        evidence,
        verdict,
    };
    let shared = Arc::clone(shared);
    tokio::task::spawn_blocking(move || {
        shared.store.commit_verdict(&judged)?;
        shared.announce();
        anyhow::Ok(())
    })
    .await?
}

/// One layer: what the registry sends goes into a pipe, and a worker reads the other end.
async fn pull(
    shared: &Arc<Shared>,
    client: &Client,
    reference: &Reference,
    name: &str,
    layer: &Layer,
) -> anyhow::Result<FileFact> {
    let mut stream = client.layer_stream(reference, layer).await?;
    let (read_end, write_end) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
    let request = Scan {
        name: name.to_owned(),
        limits: shared.limits.clone(),
        lines: Lines::Omit,
        digests: Vec::new(),
    };
    let scanning = Arc::clone(shared);
    let scan = tokio::task::spawn_blocking(move || scanning.scanning.scan(read_end.as_fd(), &request));
    let mut writer = pipe::Sender::from_owned_fd(write_end)?;
    let mut refused = None;
    let whole = loop {
        match stream.chunk().await {
            Ok(Some(chunk)) => {
                // A worker that stops reading says so in its outcome; the pipe only breaks.
                if let Err(error) = writer.write_all(chunk.as_ref()).await {
                    refused = Some(error);
                    break Ok(());
                }
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    drop(writer);
    let outcome = scan.await?;
    // What was scanned before an error is not the layer.
    whole?;
    if let Some(error) = refused {
        tracing::warn!(%error, "layer-unread");
    }
    fact(name, layer, outcome)
}

fn fact(name: &str, layer: &Layer, outcome: Outcome) -> anyhow::Result<FileFact> {
    if outcome.sha256.is_none() || outcome.coverage.gaps().iter().any(|gap| gap.kind == GapKind::WorkerDied) {
        bail!("the worker did not get to its end");
    }
    let mut fact = outcome.into_fact(name.to_owned());
    let check = |claim, matches| ClaimCheck { claim, by: BY.to_owned(), matches };
    fact.claims = vec![
        check(Claim::Sha256(layer.digest), fact.sha256 == Some(layer.digest)),
        check(Claim::Size(layer.size), fact.size == layer.size),
    ];
    Ok(fact)
}
