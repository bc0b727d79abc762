//! An artifact in a registry: every layer streams through a worker, and nothing is kept.
//!
//! What a layer's bytes are is said by the manifest's digest of it; a layer whose stream breaks or differs was not
//! read, whatever the worker saw of it. Signature and SBOM layers are small and are taken a second time, into memory.

use std::fs::File;
use std::io::{self, PipeWriter, Write as _};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::thread;

use anyhow::{Context as _, Result, anyhow};
use assay_core::wire::worker::{AttachedCheck, Lines, Scan};
use assay_core::{
    Claim, ClaimCheck, FileCoverage, FileFact, FileState, Gap, GapKind, Limits, Location, Severity,
    SignatureFact, Source, Trust,
};
use assay_pool::{Event, Outcome, PoolError};
use assay_registries::oci::{Attached, Client, Credentials, Layer, Manifest, Options, Reference};
use tokio::runtime::Runtime;

use super::verify::{Companions, judge};
use super::{Demands, FileRow, Progress, VerifiedArtifact, Workers};
use crate::args::Show;

/// The largest signature or SBOM that is taken into memory.
const MAX_COMPANION: u64 = 64 << 20;

/// The largest docker configuration.
const MAX_LOGINS: u64 = 1 << 20;

/// Judges what a reference names, by the manifest's digest.
pub(crate) fn verify_reference(
    reference: &str,
    plain_http: bool,
    limits: &Limits,
    workers: &Workers,
    demands: &Demands,
    show: &Show,
) -> Result<VerifiedArtifact> {
    let reference: Reference = reference.parse().with_context(|| reference.to_owned())?;
    let mut options = Options { credentials: logins()?, ..Options::default() };
    options.plain_http.extend(plain_http.then(|| reference.host().to_owned()));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let pull = Pull {
        runtime: runtime.context("starting the network runtime")?,
        client: Client::new(options).context("preparing the connection")?,
        reference,
    };
    let manifest = pull.manifest()?;
    let blobs: Vec<&Layer> = manifest.configs.iter().chain(&manifest.layers).collect();
    let progress = Progress::new(show, blobs.iter().fold(0, |sum, blob| blob.size.saturating_add(sum)));
    let full = pull.reference.with_digest(manifest.digest).to_string();
    let (mut facts, mut rows) = (Vec::new(), Vec::new());
    for blob in &blobs {
        progress.at(&blob.name);
        let outcome = pull.scan(blob, &full, limits, workers, &progress)?;
        let dropped = outcome.findings_dropped;
        let fact = fact(blob, outcome);
        let verdict = assay_policy::scan_verdict(&fact, Severity::High);
        let shown = FileFact { name: format!("{full}/{}", blob.name), ..fact.clone() };
        rows.push(FileRow::new(shown, dropped, Vec::new(), verdict));
        facts.push(fact);
    }
    drop(progress);
    facts.sort_by(|one, other| one.name.cmp(&other.name));
    let open = |name: &str| pull.companion(&blobs, name);
    let names = facts.iter().map(|fact| fact.name.clone()).collect();
    let attached = |trust: &Trust| pull.attached(&manifest, &facts, workers, trust);
    let companions = Companions { names, open: &open, facts: &facts, workers, attached: Some(&attached) };
    let artifact = judge(Source::Oci, full, &companions, demands);
    Ok(VerifiedArtifact { files: rows, ..artifact })
}

/// The facts of one blob, and whether its bytes are what the manifest claims.
fn fact(blob: &Layer, outcome: Outcome) -> FileFact {
    let mut fact = outcome.into_fact(blob.name.clone());
    if let Some(sha256) = fact.sha256 {
        let (claim, by) = (Claim::Sha256(blob.digest), "manifest".to_owned());
        fact.claims.push(ClaimCheck { claim, by, matches: sha256 == blob.digest });
    }
    fact
}

/// A file's standing when the manifest is vouched for: the manifest says what its content must be.
fn under_manifest(fact: &FileFact) -> FileCoverage {
    let state = match fact.sha256 {
        Some(_) if fact.claims.iter().all(|claim| claim.matches) => FileState::Verified,
        Some(_) => FileState::Changed,
        None => FileState::Unhashed,
    };
    FileCoverage { name: fact.name.clone(), state }
}

/// Bytes in a file that only memory holds.
fn held(content: &[u8]) -> io::Result<File> {
    let mut file = in_memory()?;
    file.write_all(content)?;
    io::Seek::rewind(&mut file)?;
    Ok(file)
}

/// One reference and the means to read what it names.
struct Pull {
    runtime: Runtime,
    client: Client,
    reference: Reference,
}

impl Pull {
    fn manifest(&self) -> Result<Manifest> {
        let pulled = self.runtime.block_on(self.client.manifest(&self.reference));
        pulled.with_context(|| format!("pulling {}", self.reference))
    }

    /// Streams a blob through a pipe into a worker.
    fn scan(
        &self,
        blob: &Layer,
        artifact: &str,
        limits: &Limits,
        workers: &Workers,
        progress: &Progress,
    ) -> Result<Outcome> {
        let name = format!("{artifact}/{}", blob.name);
        let (reader, writer) = io::pipe().context("making a pipe")?;
        let request =
            Scan { name: name.clone(), limits: limits.clone(), lines: Lines::Omit, digests: Vec::new() };
        let (scanned, pulled) = thread::scope(|scope| {
            let scan = scope.spawn(move || {
                let mut counted = 0;
                workers.pool().scan(reader.as_fd(), &request, &mut |event| {
                    if let Event::Progress(bytes) = event {
                        progress.add(bytes.saturating_sub(counted));
                        counted = bytes;
                    }
                })
            });
            let pulled = self.pull(blob, writer);
            (scan.join(), pulled)
        });
        let mut outcome = scanned.map_err(|_| anyhow!("the thread that scans {name} ended with a panic"))?;
        if let Err(error) = pulled {
            outcome.sha256 = None;
            outcome.coverage.lose(Gap {
                kind: GapKind::Unreadable,
                message: assay_core::shown(&format!("{error:#}")),
                location: Location::file(&name),
            });
        }
        Ok(outcome)
    }

    /// Writes a blob's bytes; the end of the pipe is the end of the blob.
    fn pull(&self, blob: &Layer, mut into: PipeWriter) -> Result<()> {
        self.each_chunk(blob, &mut |chunk| match into.write_all(chunk) {
            // The worker has seen enough or is gone; it says which. The digest is checked to the end all the same.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.context("handing bytes to the worker"),
        })
    }

    fn each_chunk(&self, blob: &Layer, on: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        self.runtime.block_on(async {
            let stream = self.client.layer_stream(&self.reference, blob).await;
            let mut stream = stream.context("pulling the layer")?;
            while let Some(chunk) = stream.chunk().await.context("pulling the layer")? {
                on(chunk.as_ref())?;
            }
            Ok(())
        })
    }

    /// What the registry keeps with the manifest, checked. What could not be looked at is a fact too.
    fn attached(
        &self,
        manifest: &Manifest,
        facts: &[FileFact],
        workers: &Workers,
        trust: &Trust,
    ) -> Vec<SignatureFact> {
        let found = self.runtime.block_on(self.client.attached(&self.reference, manifest.digest));
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                let reason = format!("could not be looked at: {error}");
                return vec![SignatureFact::invalid("unknown", "signatures in the registry", reason)];
            }
        };
        let files: Vec<FileCoverage> = facts.iter().map(under_manifest).collect();
        let check = |attached: Attached| {
            let name = format!("sha256:{}", attached.manifest);
            let request = AttachedCheck {
                name: name.clone(),
                kind: attached.kind,
                annotations: attached.annotations,
                media_type: manifest.media_type.clone(),
                digest: manifest.digest,
                size: manifest.size,
                files: files.clone(),
                trust: trust.clone(),
            };
            let checked = held(&attached.content)
                .map_err(PoolError::Io)
                .and_then(|file| workers.pool().attached(file.as_fd(), &request));
            checked.unwrap_or_else(|error| {
                SignatureFact::invalid("unknown", &name, format!("could not be checked: {error}"))
            })
        };
        found.into_iter().map(check).collect()
    }

    /// A signature or SBOM, in a file that only memory holds.
    fn companion(&self, blobs: &[&Layer], name: &str) -> Result<File, PoolError> {
        let blob = blobs.iter().find(|blob| blob.name == name);
        let blob = blob.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        if blob.size > MAX_COMPANION {
            return Err(PoolError::Io(io::ErrorKind::FileTooLarge.into()));
        }
        let mut file = in_memory()?;
        let pulled = self.each_chunk(blob, &mut |chunk| Ok(file.write_all(chunk)?));
        pulled.map_err(|error| io::Error::other(format!("{error:#}")))?;
        io::Seek::rewind(&mut file)?;
        Ok(file)
    }
}

/// A file that only memory holds.
fn in_memory() -> io::Result<File> {
    let memory = rustix::fs::memfd_create("assay-companion", rustix::fs::MemfdFlags::CLOEXEC);
    Ok(File::from(memory.map_err(io::Error::from)?))
}

/// The logins of the user's docker configuration, when there is one.
fn logins() -> Result<Credentials> {
    let folder = std::env::var_os("DOCKER_CONFIG").map(PathBuf::from);
    let home = || std::env::home_dir().map(|home| home.join(".docker"));
    let Some(path) = folder.or_else(home).map(|folder| folder.join("config.json")) else {
        return Ok(Credentials::default());
    };
    match path.try_exists() {
        Ok(true) => {
            let text = super::policy_file::read(&path, MAX_LOGINS)?;
            Credentials::from_docker_config(text.as_bytes()).with_context(|| path.display().to_string())
        }
        Ok(false) | Err(_) => Ok(Credentials::default()),
    }
}
