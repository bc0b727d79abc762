//! `assay status`: what assayd watches and does.

use std::io::{self, Write};

use anyhow::Result;
use assay_core::shown;
use assay_core::wire::api::Status;
use serde::Serialize;

use crate::args::{Daemon, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{self, Rows, View, time};

/// Shows assayd's status.
pub(crate) fn run(args: &Daemon, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "status")?;
    let status: Status = Client::new(args)?.get("/v1/status", &[])?;
    output::show(&Standing { schema: "assay.status/1", status }, show)?;
    Ok(Exit::Clean)
}

/// A status, under the name of its schema.
#[derive(Serialize)]
pub(super) struct Standing {
    pub(super) schema: &'static str,
    #[serde(flatten)]
    pub(super) status: Status,
}

impl Standing {
    fn lines(&self) -> Vec<String> {
        let Status {
            engine,
            started_at,
            policy,
            policy_name,
            guard,
            limits,
            queued,
            scanning,
            artifacts,
            ..
        } = &self.status;
        let mut lines = vec![
            format!("assayd {engine}, since {}", time(*started_at)),
            format!("policy {policy_name}  sha256:{policy}"),
            match guard {
                Some(guard) => {
                    let counters = &guard.counters;
                    let denied = [counters.denied, counters.denied_writer, counters.denied_unknown];
                    let denied = denied.iter().fold(0_u64, |sum, count| sum.saturating_add(*count));
                    format!("guard {}: {} opens allowed, {denied} denied", guard.version, counters.allowed)
                }
                None => "guard: not connected, nothing is blocked".to_owned(),
            },
        ];
        lines.extend(limits.iter().map(|limit| format!("limit: {limit}")));
        lines.push(format!(
            "artifacts: {} allow, {} warn, {} deny",
            artifacts.allow, artifacts.warn, artifacts.deny
        ));
        lines.push(format!("queue: {queued} waiting, {} being scanned", scanning.len()));
        lines.extend(scanning.iter().map(|name| format!("  {name}")));
        lines
    }

    fn roots(&self) -> Rows {
        let mut rows = Rows::new(&["ROOT", "SOURCE", "MODE", "GATED"]);
        for root in &self.status.roots {
            let gated = if root.gated { "yes" } else { "no" };
            let cells = [root.path.clone(), root.source.to_string(), root.mode.to_string(), gated.to_owned()];
            rows.rows.push(cells.to_vec());
        }
        rows
    }
}

impl View for Standing {
    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        for line in self.lines() {
            writeln!(out, "{}", shown(&line))?;
        }
        self.roots().table(out)
    }

    fn markdown(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "## assay status\n")?;
        for line in self.lines() {
            writeln!(out, "- {}", output::escape(&line))?;
        }
        writeln!(out)?;
        self.roots().markdown(out)
    }
}
