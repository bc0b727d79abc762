//! Colours; stripped where nobody sees them.

use assay_core::{Decision, Severity};
use clap::builder::styling::{AnsiColor, Style};

/// A severity in its colour, padded for columns.
pub(super) fn severity(severity: Severity) -> String {
    let style = match severity {
        Severity::Critical => AnsiColor::Red.on_default().bold(),
        Severity::High => AnsiColor::Red.on_default(),
        Severity::Medium => AnsiColor::Yellow.on_default(),
        Severity::Low => AnsiColor::Cyan.on_default(),
        Severity::Info => Style::new().dimmed(),
    };
    paint(style, &format!("{severity:<8}"))
}

/// A decision in its colour.
pub(super) fn decision(decision: Decision) -> String {
    let style = match decision {
        Decision::Allow => AnsiColor::Green.on_default(),
        Decision::Warn => AnsiColor::Yellow.on_default(),
        Decision::Deny => AnsiColor::Red.on_default().bold(),
    };
    paint(style, decision.name())
}

/// A part that was not looked at, padded like a severity.
pub(super) fn partial() -> String {
    paint(AnsiColor::Magenta.on_default(), "partial ")
}

/// Text that matters less.
pub(super) fn dim(text: &str) -> String {
    paint(Style::new().dimmed(), text)
}

fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}
