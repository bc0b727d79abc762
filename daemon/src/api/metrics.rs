//! `GET /metrics`, in the Prometheus text format 0.0.4.

use std::fmt::Write;

use axum::extract::State;

use super::status::status_of;
use super::{Api, Problem};
use assay_core::Mode;
use assay_core::wire::api::Status;

/// The content type of the format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Counters and gauges.
pub(crate) async fn metrics(
    State(api): State<Api>,
) -> Result<([(&'static str, &'static str); 1], String), Problem> {
    let status = api.blocking(status_of).await?;
    Ok(([("content-type", CONTENT_TYPE)], text(&status)))
}

fn text(status: &Status) -> String {
    let mut out = String::new();
    let tally = status.artifacts;
    let decisions = [("allow", tally.allow), ("warn", tally.warn), ("deny", tally.deny)];
    family(&mut out, "assay_artifacts", "gauge", "Artifacts by decision.", "decision", &decisions);
    let in_mode = |mode| status.roots.iter().filter(|root| root.mode == mode).count() as u64;
    let modes = [("audit", in_mode(Mode::Audit)), ("enforce", in_mode(Mode::Enforce))];
    family(&mut out, "assay_roots", "gauge", "Watched roots by mode.", "mode", &modes);
    single(&mut out, "assay_queued", "gauge", "Artifacts waiting to be judged.", status.queued);
    single(&mut out, "assay_scanning", "gauge", "Files being scanned.", status.scanning.len() as u64);
    single(
        &mut out,
        "assay_guard_connected",
        "gauge",
        "Whether a guard is connected.",
        u64::from(status.guard.is_some()),
    );
    if let Some(guard) = &status.guard {
        let counters = guard.counters;
        let answers = [
            ("allow", counters.allowed),
            ("deny", counters.denied),
            ("deny-writer", counters.denied_writer),
            ("deny-unknown", counters.denied_unknown),
            ("outside", counters.outside),
        ];
        family(&mut out, "assay_guard_answers_total", "counter", "Opens by answer.", "answer", &answers);
        let dropped = counters.loads_dropped;
        single(
            &mut out,
            "assay_guard_loads_dropped_total",
            "counter",
            "Loads that could not be recorded.",
            dropped,
        );
        single(
            &mut out,
            "assay_guard_errors_total",
            "counter",
            "Failed system calls of the guard.",
            counters.errors,
        );
    }
    out
}

fn single(out: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    write_all(out, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n"));
}

fn family(out: &mut String, name: &str, kind: &str, help: &str, label: &str, values: &[(&str, u64)]) {
    write_all(out, format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    for (value, count) in values {
        write_all(out, format_args!("{name}{{{label}=\"{value}\"}} {count}\n"));
    }
}

fn write_all(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    if out.write_fmt(line).is_err() {
        tracing::error!("metrics");
    }
}
