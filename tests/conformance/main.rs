//! assay behind the command lines that outside conformance suites speak, so that they can drive our verification.
//!
//! Sources: sigstore-conformance, `docs/cli_protocol.md`; `OpenSSF` Model Signing conformance, its adapter protocol.
//! Both suites look at the exit code only: 0 verified, 1 refused, 2 wrong use.
#![forbid(unsafe_code)]

mod bundle;
mod model;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

const ABOUT: &str = "assay's signature verification behind the protocols of two conformance suites, offline.

sigstore-conformance (each case by the artifact's path and by its digest):
  verify-bundle [--staging] --bundle FILE
                (--certificate-identity NAME --certificate-oidc-issuer URL | --key PEM)
                [--trusted-root JSON] ARTIFACT|sha256:HEX

OpenSSF Model Signing conformance:
  verify-model --method key|certificate|sigstore --model-path PATH --bundle FILE
               [--public-key PEM] [--cert-chain PEM]... [--identity NAME --identity-provider URL]
               [--trusted-root JSON] [--ignore-paths PATH]... [--ignore-unsigned-files]

Exit codes: 0 verified, 1 refused (the reason is on stderr), 2 wrong use.
verify-model accepts signatures of v0.2, because the suite holds historical ones; assay does so only by policy
(`legacy = \"accept\"`). Nothing is fetched: without --trusted-root the built-in Sigstore roots are used.";

#[derive(Parser)]
#[command(name = "assay-conformance", version, about = "Signature conformance protocols", long_about = ABOUT)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Verify a Sigstore bundle over one artifact
    VerifyBundle(bundle::Arguments),
    /// Verify a signature over a model
    VerifyModel(model::Arguments),
}

fn main() -> ExitCode {
    let verified = match Arguments::parse().command {
        Command::VerifyBundle(arguments) => bundle::verify(&arguments),
        Command::VerifyModel(arguments) => model::verify(&arguments),
    };
    match verified {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Without a place to say why, the exit code still says it.
            let _unsaid = writeln!(std::io::stderr(), "refused: {error:#}");
            ExitCode::from(1)
        }
    }
}

/// A file of the suite, whole.
fn read(path: &std::path::Path) -> Result<Vec<u8>> {
    use anyhow::{Context as _, ensure};
    use std::io::Read as _;
    const MAX: u64 = 1 << 30;
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(|| path.display().to_string())?;
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    file.take(MAX + 1).read_to_end(&mut bytes).with_context(|| path.display().to_string())?;
    ensure!(bytes.len() as u64 <= MAX, "{}: larger than 1 GiB", path.display());
    Ok(bytes)
}

/// A text file of the suite, whole.
fn text(path: &std::path::Path) -> Result<String> {
    use anyhow::Context as _;
    String::from_utf8(read(path)?).with_context(|| path.display().to_string())
}
