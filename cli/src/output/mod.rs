//! What a person or a program gets to see: the same facts in every format.

mod artifact;
mod explanation;
mod markdown;
mod sarif;
mod sink;
mod style;
mod table;

use std::io::{self, Write};

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Error};
use serde::Serialize;

use crate::args::{Args, OutputFormat, Show};

pub(crate) use explanation::{Explained, Origin};
pub(crate) use markdown::escape;
pub(crate) use sarif::Reported;
use sarif::sarif;
pub(crate) use table::Rows;

/// Something that can be shown in every format but SARIF, which only findings have.
pub(crate) trait View {
    /// For a person.
    fn table(&self, out: &mut dyn Write) -> io::Result<()>;
    /// For a pull request.
    fn markdown(&self, out: &mut dyn Write) -> io::Result<()>;
    /// For code scanning services.
    fn sarif(&self) -> Option<Reported<'_>> {
        None
    }
}

/// Writes a result in the format that was asked for.
pub(crate) fn show<T: View + Serialize>(what: &T, how: &Show) -> Result<()> {
    sink::write(how, |out| match how.format {
        OutputFormat::Table => what.table(out),
        OutputFormat::Json => json(what, out),
        OutputFormat::Markdown => what.markdown(out),
        OutputFormat::Sarif => match what.sarif() {
            Some(reported) => json(&sarif(&reported), out),
            None => Err(io::Error::from(io::ErrorKind::Unsupported)),
        },
    })
}

/// Writes plain bytes as the result.
pub(crate) fn raw(how: &Show, bytes: &[u8]) -> Result<()> {
    sink::write(how, |out| out.write_all(bytes))
}

/// Writes one line of a stream at once.
pub(crate) fn line(how: &Show, text: &str) -> Result<Stream> {
    sink::line(how, text)
}

pub(crate) use sink::Stream;

/// Tells the person something that is not the result.
pub(crate) fn note(how: &Show, text: &str) {
    if !how.quiet {
        complain(text);
    }
}

/// Tells the person something even when they asked for quiet.
pub(crate) fn complain(text: &str) {
    // When stderr is gone there is nobody to tell.
    let _gone = writeln!(anstream::stderr(), "{text}");
}

/// The error of a command that has no findings to show as SARIF.
pub(crate) fn refuse_sarif(how: &Show, command: &str) -> Result<(), Error> {
    match how.format {
        OutputFormat::Sarif => Err(Args::command().error(
            ErrorKind::ArgumentConflict,
            format!("'assay {command}' has no SARIF output; SARIF is for 'assay scan' and 'assay verify'"),
        )),
        OutputFormat::Table | OutputFormat::Json | OutputFormat::Markdown => Ok(()),
    }
}

fn json<T: Serialize>(what: &T, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, what).map_err(io::Error::other)?;
    writeln!(out)
}

/// A moment as RFC 3339, whole seconds, UTC.
pub(crate) fn time(at: assay_core::Timestamp) -> String {
    match jiff::Timestamp::from_second(at.as_millis().div_euclid(1000)) {
        Ok(moment) => moment.to_string(),
        Err(_) => "?".to_owned(),
    }
}
