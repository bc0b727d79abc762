//! `assay events`: what happened, and with `--follow` what happens.

use anyhow::{Context as _, Result, bail};
use assay_core::wire::api::{Event, What};
use assay_core::{Load, shown};

use crate::args::{Events, OutputFormat, Show};
use crate::client::Client;
use crate::exit::Exit;
use crate::output::{self, time};

/// Prints one line for each event as it arrives; JSON is one object each.
pub(crate) fn run(args: &Events, show: &Show) -> Result<Exit> {
    output::refuse_sarif(show, "events")?;
    if show.output.is_some() {
        bail!("--output takes results that end; redirect the events instead");
    }
    let mut query = Vec::new();
    query.extend(args.after.map(|id| ("after", id.to_string())));
    if args.follow {
        query.push(("follow", "true".to_owned()));
    }
    Client::new(&args.daemon)?.lines("/v1/events", &query, &mut |event: Event| {
        let line = match show.format {
            OutputFormat::Json => serde_json::to_string(&event).context("writing an event")?,
            OutputFormat::Table | OutputFormat::Sarif => shown(&sentence(&event)),
            OutputFormat::Markdown => format!("- {}", output::escape(&sentence(&event))),
        };
        output::line(show, &line)
    })?;
    Ok(Exit::Clean)
}

/// `2026-01-02T03:04:05Z  verdict  deny  hf://org/name@c (before: allow)`.
fn sentence(event: &Event) -> String {
    let what = match &event.what {
        What::Verdict { reference, decision, before } => {
            let before = before.map(|before| format!(" (before: {before})")).unwrap_or_default();
            format!("verdict  {decision}  {reference}{before}")
        }
        What::Denied { load } => {
            let Load { process, path, mode, answer, .. } = load;
            let program = process.exe.as_deref().unwrap_or("?");
            format!("{answer}  {path}  by {program} (pid {}), {mode} mode", process.pid)
        }
        What::Mode { root, mode, by } => format!("mode  {mode}  {root}  by {by}"),
        What::Guard { connected: true } => "guard  connected".to_owned(),
        What::Guard { connected: false } => "guard  lost".to_owned(),
    };
    format!("{}  {what}", time(event.at))
}

#[cfg(test)]
mod tests {
    use assay_core::{Decision, Timestamp};

    use super::*;

    #[test]
    fn an_event_is_one_line() {
        let what = What::Verdict {
            reference: "dir:/m".to_owned(),
            decision: Decision::Deny,
            before: Some(Decision::Allow),
        };
        let event = Event { id: 1, at: Timestamp::from_millis(0), what };
        assert_eq!(sentence(&event), "1970-01-01T00:00:00Z  verdict  deny  dir:/m (before: allow)");
    }
}
