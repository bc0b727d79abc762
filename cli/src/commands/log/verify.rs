//! `assay log verify`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use assay_proof::VerifyingKey;
use assay_proof::log::{Fault, MAX_LINE_BYTES, Summary, Verifier};
use serde::Serialize;

use crate::args::{LogVerify, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::local::policy_file;
use crate::output::{self, Stream, View, escape};

/// What was found.
#[derive(Debug, Serialize)]
struct Verified {
    schema: &'static str,
    /// Whether every row that was read is in its place, unchanged.
    whole: bool,
    /// What is wrong, when something is.
    problem: Option<String>,
    /// The log's name.
    log: Option<String>,
    /// The first row that was read.
    first: Option<u64>,
    /// The last row.
    last: Option<u64>,
    /// The last row that a trusted key's signature covers.
    signed: Option<u64>,
    /// The end, to be kept elsewhere and given as `--head` another time.
    head: Option<String>,
    /// Whose signatures were trusted.
    signers: Vec<String>,
}

/// Checks the rows of files, or those that assayd has.
pub(super) fn run(args: &LogVerify, show: &Show) -> Result<Exit> {
    let keys = keys(args)?;
    let signers = keys.iter().map(VerifyingKey::signer).collect();
    let known = args.heads.iter().map(|head| head.0).collect();
    let mut verifier = Verifier::new(keys, known);
    let read = match args.files.as_slice() {
        [] => assayd(args, &mut verifier)?,
        files => self::files(files, &mut verifier)?,
    };
    let verified = Verified::of(read.and_then(|()| verifier.finish()), signers);
    output::show(&verified, show)?;
    // Rows after the last signature may be another's: they were looked at, and that is not enough.
    Ok(Exit::of(!verified.whole, verified.signed != verified.last))
}

/// The keys that are trusted: those given; assayd's own when its own rows are looked at.
fn keys(args: &LogVerify) -> Result<Vec<VerifyingKey>> {
    let mut keys = Vec::new();
    for path in &args.keys {
        let pem = policy_file::key(path)?;
        keys.push(VerifyingKey::from_pem(&pem).with_context(|| path.display().to_string())?);
    }
    if keys.is_empty() && !args.files.is_empty() {
        bail!("whose signatures are to be trusted? Give --key; 'assay log key' writes assayd's");
    }
    if keys.is_empty() {
        keys.push(VerifyingKey::from_pem(&Client::new(&args.daemon)?.text("/v1/log/key", &[])?)?);
    }
    Ok(keys)
}

fn assayd(args: &LogVerify, verifier: &mut Verifier) -> Result<Result<(), Fault>> {
    let mut fault = None;
    Client::new(&args.daemon)?.raw_lines("/v1/log", &[], &mut |line| match verifier
        .line(line.strip_suffix(b"\n").unwrap_or(line))
    {
        Ok(_) => Ok(Stream::Open),
        Err(found) => {
            fault = Some(found);
            Ok(Stream::Closed)
        }
    })?;
    Ok(fault.map_or(Ok(()), Err))
}

fn files(paths: &[std::path::PathBuf], verifier: &mut Verifier) -> Result<Result<(), Fault>> {
    for path in paths {
        let opened: Box<dyn io::Read> = if path == Path::new("-") {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path).with_context(|| path.display().to_string())?)
        };
        let mut reader = BufReader::new(opened);
        let mut line = Vec::new();
        loop {
            line.clear();
            // One byte more than a row may have: a longer one is found by the verifier.
            let limit = MAX_LINE_BYTES as u64 + 2;
            let count = reader.by_ref().take(limit).read_until(b'\n', &mut line);
            if count.with_context(|| path.display().to_string())? == 0 {
                break;
            }
            // A last line without its end was cut: its hash is right only if nothing but the end is missing.
            if let Err(fault) = verifier.line(line.strip_suffix(b"\n").unwrap_or(&line)) {
                return Ok(Err(fault));
            }
        }
    }
    Ok(Ok(()))
}

impl Verified {
    fn of(found: Result<Summary, Fault>, signers: Vec<String>) -> Self {
        let (problem, summary) = match found {
            Ok(summary) => (None, Some(summary)),
            Err(fault) => (Some(fault.to_string()), None),
        };
        let summary = summary.as_ref();
        Self {
            schema: "assay.log-verify/1",
            whole: problem.is_none(),
            problem,
            log: summary.and_then(|summary| summary.log.as_ref()).map(ToString::to_string),
            first: summary.map(|summary| summary.first),
            last: summary.map(|summary| summary.head.seq),
            signed: summary.map(|summary| summary.signed),
            head: summary.map(|summary| format!("{}:{}", summary.head.seq, summary.head.hash)),
            signers,
        }
    }

    fn lines(&self) -> Vec<String> {
        let (Some(first), Some(last), Some(signed)) = (self.first, self.last, self.signed) else {
            return vec![format!("changed: {}", self.problem.as_deref().unwrap_or("?"))];
        };
        let mut lines = vec![format!("whole: rows {first} to {last} are as they were written")];
        if first > 1 {
            lines.push(format!("rows before {first} were not given"));
        }
        if signed < last {
            lines.push(format!("rows after {signed} are not signed: who wrote them is not shown"));
        }
        lines.extend(self.signers.iter().map(|signer| format!("signed by {signer}")));
        lines.extend(self.head.iter().map(|head| format!("head {head}")));
        lines
    }
}

impl View for Verified {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines().iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        self.lines().iter().try_for_each(|line| writeln!(out, "- {}", escape(line)))
    }
}
