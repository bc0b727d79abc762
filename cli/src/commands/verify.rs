//! `assay verify`: the full verdict under a policy, here and now.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context as _, Result};
use assay_core::Decision;
use assay_policy::Policy;

use crate::args::{Show, Verify};
use crate::exit::Exit;
use crate::local::{
    Demands, VerifiedArtifact, VerifyReport, Workers, policy_file, verify_path, verify_reference,
};
use crate::output;

/// The scheme of references into registries.
const OCI: &str = "oci://";

/// Judges each subject as one artifact.
pub(crate) fn run(args: &Verify, show: &Show) -> Result<Exit> {
    let started = Instant::now();
    let demands = demands(args)?;
    let workers = Workers::start()?;
    let mut artifacts = Vec::new();
    for subject in &args.subjects {
        artifacts.push(verify(subject, args, &workers, &demands, show)?);
    }
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let report = VerifyReport::new(&demands.policy, artifacts, elapsed);
    output::show(&report, show)?;
    let denied = report.artifacts.iter().any(|artifact| artifact.verdict.decision == Decision::Deny);
    let incomplete = report.artifacts.iter().any(VerifiedArtifact::incomplete);
    Ok(Exit::of(denied, incomplete))
}

fn verify(
    subject: &Path,
    args: &Verify,
    workers: &Workers,
    demands: &Demands,
    show: &Show,
) -> Result<VerifiedArtifact> {
    match subject.to_str().and_then(|text| text.strip_prefix(OCI)) {
        Some(reference) => {
            let reference = format!("{OCI}{reference}");
            verify_reference(&reference, args.plain_http, &args.limits.or_default(), workers, demands, show)
        }
        None => verify_path(subject, &args.limits.or_default(), workers, demands, show),
    }
}

/// The policy, and a demand for each key of the command line: whoever names a key wants its signature.
fn demands(args: &Verify) -> Result<Demands> {
    let mut text = args.policy.as_deref().map(policy_file::text).transpose()?.unwrap_or_default();
    for key in &args.keys {
        let path = std::fs::canonicalize(key).with_context(|| format!("{}: key file", key.display()))?;
        let path = serde_json::to_string(&path).context("a key file's path must be UTF-8")?;
        text.push_str(&format!(
            "\n[[rule]]\nname = {name}\nmatch = [\"**\"]\nsignature = {{ any-of = [{{ kind = \"key\", path = {path} }}] }}\n",
            name = serde_json::to_string(&format!("--key {}", key.display()))?,
        ));
    }
    let file = args.policy.as_deref().unwrap_or(Path::new("command line"));
    let policy = match text.is_empty() {
        true => Policy::built_in(),
        false => policy_file::parse(file, &text).context("reading the policy")?,
    };
    Ok(Demands { policy })
}
