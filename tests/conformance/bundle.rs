//! `verify-bundle`: a Sigstore bundle over one artifact.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use assay_core::{Sha256, SigstoreRoot};
use assay_signatures::{ArtifactCheck, ArtifactKey, Subject, verify_artifact};

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Trust the staging instance instead of the public one
    #[arg(long)]
    staging: bool,
    /// The bundle
    #[arg(long)]
    bundle: PathBuf,
    /// Who must have signed
    #[arg(long, requires = "certificate_oidc_issuer")]
    certificate_identity: Option<String>,
    /// Who must vouch for that identity
    #[arg(long, requires = "certificate_identity")]
    certificate_oidc_issuer: Option<String>,
    /// The public key that must have signed, PEM
    #[arg(long, conflicts_with = "certificate_identity")]
    key: Option<PathBuf>,
    /// The trusted root to use instead of a built-in one
    #[arg(long)]
    trusted_root: Option<PathBuf>,
    /// The artifact, or its digest as sha256:HEX
    artifact: String,
}

pub(crate) fn verify(arguments: &Arguments) -> Result<()> {
    let name = if arguments.staging { "staging" } else { "public-good" };
    let json = arguments.trusted_root.as_deref().map(crate::text).transpose()?;
    let key = match (&arguments.key, &arguments.certificate_identity) {
        (Some(path), _) => ArtifactKey::Pem(crate::text(path)?),
        (None, Some(_)) => ArtifactKey::Certificate,
        (None, None) => bail!("name who must have signed: --certificate-identity or --key"),
    };
    let root = SigstoreRoot { name: name.to_owned(), json };
    let bundle = crate::read(&arguments.bundle)?;
    let bytes;
    let subject = match arguments.artifact.strip_prefix("sha256:") {
        Some(hex) => Subject::Digest(hex.parse::<Sha256>().context("the digest")?),
        None => {
            bytes = crate::read(Path::new(&arguments.artifact))?;
            Subject::Bytes(&bytes)
        }
    };
    let signer =
        verify_artifact(&bundle, &ArtifactCheck { subject, root, key }).map_err(|why| anyhow!(why))?;
    let Some(signer) = signer else { return Ok(()) };
    ensure!(Some(&signer.name) == arguments.certificate_identity.as_ref(), "signed by {}", signer.name);
    let issuer = signer.issuer.unwrap_or_default();
    ensure!(Some(&issuer) == arguments.certificate_oidc_issuer.as_ref(), "vouched for by {issuer}");
    Ok(())
}
