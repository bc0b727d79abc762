//! `assay policy`: whether a policy file is one, what it says, and approvals added to it.

mod approval;

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use assay_core::{Sha256, shown};
use assay_policy::Policy;
use serde::Serialize;

use crate::args::{Policy as Args, Show};
use crate::exit::Exit;
use crate::local::policy_file;
use crate::output::{self, View};

/// Checks or shows a policy.
pub(crate) fn run(args: &Args, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "policy")?;
    let (policy, text) = match args {
        Args::Check { file } | Args::Show { file: Some(file) } => load(file)?,
        Args::Show { file: None } => (Policy::built_in(), BUILT_IN.to_owned()),
        Args::Approve(approve) => (approval::write(approve)?, String::new()),
    };
    let keys = policy.trust_files().iter();
    let standing = Standing {
        schema: "assay.policy/1",
        name: policy.name().to_owned(),
        digest: policy.digest(),
        keys: keys
            .map(|key| Key { path: key.path().to_owned(), signer: key.signer().map(str::to_owned) })
            .collect(),
        text: match args {
            Args::Check { .. } | Args::Approve(_) => None,
            Args::Show { .. } => Some(text),
        },
    };
    output::show(&standing, show)?;
    Ok(Exit::Clean)
}

fn load(file: &Path) -> Result<(Policy, String)> {
    let text = policy_file::text(file)?;
    let policy = policy_file::parse(file, &text).context("checking the policy")?;
    Ok((policy, text))
}

/// What a policy is, in a few lines.
#[derive(Debug, Serialize)]
struct Standing {
    schema: &'static str,
    name: String,
    digest: Sha256,
    keys: Vec<Key>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize)]
struct Key {
    path: String,
    signer: Option<String>,
}

/// The text of the policy that holds without any file.
const BUILT_IN: &str = include_str!("../../../policy/default.toml");

impl View for Standing {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "policy {}  sha256:{}", shown(&self.name), self.digest)?;
        for Key { path, signer } in &self.keys {
            writeln!(out, "key    {}  {}", shown(path), signer.as_deref().unwrap_or("not read"))?;
        }
        match &self.text {
            None => writeln!(out, "valid"),
            Some(text) => text.lines().try_for_each(|line| writeln!(out, "{}", shown(line))),
        }
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## assay policy\n\n```")?;
        self.table(out)?;
        writeln!(out, "```")
    }
}
