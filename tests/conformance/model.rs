//! `verify-model`: a signature over a folder or file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use assay_core::wire::worker::{HashedFile, SignatureCheck, WantedDigest};
use assay_core::{
    CertificateRoots, FileState, Legacy, Sha256, SignatureFact, SignatureState, SignerKind, SigstoreRoot,
    Timestamp, Trust,
};
use assay_signatures::{Digests, verify_oms, wanted_digests};
use sha2::{Digest as _, Sha256 as Hasher};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How it must be signed
    #[arg(long)]
    method: Method,
    /// The model
    #[arg(long)]
    model_path: PathBuf,
    /// The signature
    #[arg(long)]
    bundle: PathBuf,
    /// The key that must have signed, PEM
    #[arg(long)]
    public_key: Option<PathBuf>,
    /// Certificates that the chain may end in, PEM
    #[arg(long, num_args = 1..)]
    cert_chain: Vec<PathBuf>,
    /// Who must have signed
    #[arg(long)]
    identity: Option<String>,
    /// Who must vouch for that identity
    #[arg(long)]
    identity_provider: Option<String>,
    /// The Sigstore root to use instead of the built-in one
    #[arg(long)]
    trusted_root: Option<PathBuf>,
    /// Paths that are not looked at
    #[arg(long, num_args = 1..)]
    ignore_paths: Vec<PathBuf>,
    /// Accept files that are not signed
    #[arg(long)]
    ignore_unsigned_files: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Method {
    Key,
    Certificate,
    Sigstore,
}

pub(crate) fn verify(arguments: &Arguments) -> Result<()> {
    let bundle = crate::read(&arguments.bundle)?;
    let files = files(arguments, &wanted_digests(&bundle))?;
    let name = arguments.bundle.display().to_string();
    let fact = verify_oms(&bundle, &SignatureCheck { name, files, trust: trust(arguments)? });
    signer(arguments, &fact)?;
    for entry in &fact.coverage {
        let fine = match entry.state {
            FileState::Verified | FileState::Ignored => true,
            FileState::Unlisted => arguments.ignore_unsigned_files,
            FileState::Changed | FileState::Missing | FileState::Unhashed => false,
        };
        ensure!(fine, "{} is {:?}", entry.name, entry.state);
    }
    Ok(())
}

/// Whether the proof is of the asked kind, and by whom was asked for.
fn signer(arguments: &Arguments, fact: &SignatureFact) -> Result<()> {
    ensure!(fact.state == SignatureState::Verified, "{:?}", fact.state);
    let by = fact.by.as_deref().context("nobody signed")?;
    let kind = match arguments.method {
        Method::Key => SignerKind::Key,
        Method::Certificate => SignerKind::Certificate,
        Method::Sigstore => SignerKind::Keyless,
    };
    ensure!(by.kind == kind, "signed by {:?}, not by {kind:?}", by.kind);
    if kind == SignerKind::Keyless {
        ensure!(arguments.identity.as_ref() == Some(&by.name), "signed by {}", by.name);
        ensure!(arguments.identity_provider == by.issuer, "vouched for by {:?}", by.issuer);
    }
    Ok(())
}

fn trust(arguments: &Arguments) -> Result<Trust> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).context("the clock")?;
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).context("the clock")?);
    let mut trust = Trust { legacy: Legacy::Accept, sigstore_roots: Vec::new(), ..Trust::nobody(now) };
    match arguments.method {
        Method::Key => {
            let path = arguments.public_key.as_ref().context("--method key needs --public-key")?;
            trust.keys.push(crate::text(path)?);
        }
        Method::Certificate => {
            ensure!(!arguments.cert_chain.is_empty(), "--method certificate needs --cert-chain");
            let texts =
                arguments.cert_chain.iter().map(|path| crate::text(path)).collect::<Result<Vec<_>>>()?;
            trust.certificate_roots.push(CertificateRoots { name: "roots".to_owned(), pem: texts.concat() });
        }
        Method::Sigstore => {
            let json = arguments.trusted_root.as_deref().map(crate::text).transpose()?;
            trust.sigstore_roots.push(SigstoreRoot { name: "public-good".to_owned(), json });
        }
    }
    Ok(trust)
}

/// Every file of the model but the signature and what is not looked at. A link is refused, as the reference client does
/// unless it is told otherwise.
fn files(arguments: &Arguments, wanted: &[WantedDigest]) -> Result<Vec<HashedFile>> {
    let model = std::fs::canonicalize(&arguments.model_path)
        .with_context(|| arguments.model_path.display().to_string())?;
    if model.is_file() {
        let name = model.file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Ok(vec![hashed(&model, name, wanted)?]);
    }
    let signature = std::fs::canonicalize(&arguments.bundle)?;
    let ignored: BTreeSet<PathBuf> = arguments.ignore_paths.iter().map(|path| inside(&model, path)).collect();
    let mut files = Vec::new();
    let mut folders = vec![model.clone()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            if path == signature || ignored.contains(&path) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                let name = path.strip_prefix(&model)?.to_str().context("a name is not UTF-8")?.to_owned();
                files.push(hashed(&path, name, wanted)?);
            } else {
                bail!("{} is no regular file", path.display());
            }
        }
    }
    files.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(files)
}

/// A path to leave out, given inside the model, from here, or from the root.
fn inside(model: &Path, path: &Path) -> PathBuf {
    let within = model.join(path);
    let from_here = std::fs::canonicalize(path).ok().filter(|real| real.starts_with(model));
    if within.exists() { within } else { from_here.unwrap_or(within) }
}

fn hashed(path: &Path, name: String, wanted: &[WantedDigest]) -> Result<HashedFile> {
    let content = crate::read(path)?;
    let concerns = |one: &&WantedDigest| one.name.as_ref().is_none_or(|wanted| *wanted == name);
    let kinds: Vec<_> = wanted.iter().filter(concerns).map(|one| one.kind).collect();
    let mut digests = Digests::new(&kinds);
    digests.update(&content);
    let sha256 = Sha256::new(Hasher::digest(&content).into());
    Ok(HashedFile { name, size: content.len() as u64, sha256, digests: digests.finish() })
}
