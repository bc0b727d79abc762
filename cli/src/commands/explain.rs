//! `assay explain`: digest, evidence, reasons, verdict; from assayd when it knows, else from a scan here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use assay_core::wire::api::{Explanation, Holding};
use assay_core::wire::worker::Lines;
use assay_core::{Coverage, Decision, Evidence, FileFact, Limits, Sha256, Source};
use assay_policy::Policy;

use crate::args::{Explain, Show};
use crate::client::{Client, Known};
use crate::exit::Exit;
use crate::local::{ENGINE, Job, Progress, Workers, now, walk};
use crate::output::{self, Explained, Origin};

/// Explains one file, or one digest that assayd knows.
pub(crate) fn run(args: &Explain, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "explain")?;
    let digest: Option<Sha256> = digest(&args.subject);
    if args.local {
        return here(&args.subject, show);
    }
    let client = Client::new(&args.daemon)?;
    if digest.is_none() && !client.reachable() && args.daemon.socket.is_none() {
        return here(&args.subject, show);
    }
    let question = match digest {
        Some(digest) => ("digest", digest.to_string()),
        None => ("path", absolute(&args.subject)?),
    };
    match client.ask::<Explanation>("/v1/explain", &[question, ("lines", "true".to_owned())])? {
        Known::Here(explanation) => finish(explanation, Origin::Daemon, show),
        Known::Unknown(error) if digest.is_some() => bail!("assayd: {error}"),
        Known::Unknown(error) => {
            output::note(show, &format!("assayd: {error}; scanning here"));
            here(&args.subject, show)
        }
    }
}

/// Scans one file here and judges it on its own, under the built-in policy.
fn explain_here(path: &Path, show: &Show) -> Result<Explanation> {
    if std::fs::metadata(path).with_context(|| path.display().to_string())?.is_dir() {
        bail!("{}: a folder; explain a file in it, or use 'assay verify'", path.display());
    }
    let walked = walk(&[path.to_owned()])?;
    let workers = Workers::start()?;
    let progress =
        Progress::new(show, walked.files.iter().fold(0, |sum, file| file.size.saturating_add(sum)));
    let job = Job { limits: Limits::default(), lines: Lines::Send, digests: BTreeMap::new() };
    let seen = workers.scan(&walked.files, &job, &progress).pop();
    drop(progress);
    let mut seen = seen.with_context(|| format!("{}: not a regular file", path.display()))?;
    let lines = std::mem::take(&mut seen.outcome.lines);
    let fact = seen.outcome.into_fact(seen.name);
    let held_by = vec![judged(path, &fact)?];
    let subject = path.display().to_string();
    Ok(Explanation { subject, paths: vec![absolute(path)?], file: Some(fact), held_by, ruling: None, lines })
}

/// Explains one file from a scan here.
pub(crate) fn here(path: &Path, show: &Show) -> Result<Exit> {
    let explanation = explain_here(path, show)?;
    finish(explanation, Origin::Here, show)
}

fn judged(path: &Path, fact: &FileFact) -> Result<Holding> {
    let reference = format!("dir:{}", absolute(path)?);
    let name = path.file_name().map_or_else(|| fact.name.clone(), |name| name.display().to_string());
    let file = FileFact { name: name.clone(), ..fact.clone() };
    let evidence = Evidence {
        source: Source::Dir,
        reference: reference.clone(),
        files: vec![file],
        signatures: Vec::new(),
        sboms: Vec::new(),
    };
    let verdict = Policy::built_in().decide(&evidence, ENGINE, now());
    Ok(Holding { reference, name, verdict })
}

fn finish(explanation: Explanation, origin: Origin, show: &Show) -> Result<Exit> {
    let explained = Explained::new(explanation, origin);
    output::show(&explained, show)?;
    let Explanation { file, held_by, .. } = &explained.explanation;
    let denied = held_by.iter().any(|holding| holding.verdict.decision == Decision::Deny);
    let unread = file.as_ref().is_some_and(|file| file.sha256.is_none());
    let partial = file.as_ref().is_some_and(|file| file.coverage != Coverage::Whole);
    Ok(Exit::of(denied && !unread, partial))
}

/// A digest with or without its algorithm; a file of that name wins.
pub(super) fn digest(subject: &Path) -> Option<Sha256> {
    if subject.exists() {
        return None;
    }
    let text = subject.to_str()?;
    text.strip_prefix("sha256:").unwrap_or(text).parse().ok()
}

pub(super) fn absolute(path: &Path) -> Result<String> {
    let path: PathBuf = std::path::absolute(path).with_context(|| path.display().to_string())?;
    Ok(path.display().to_string())
}
