//! Where results go: stdout, or a file that appears when it is complete.

use std::fs::{self, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anstream::AutoStream;
use anyhow::{Context as _, Result};

use crate::args::Show;

/// Whether a reader of a stream is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Stream {
    /// Go on.
    Open,
    /// Nobody reads any more.
    Closed,
}

/// Writes one result. A reader that went away early (`| head`) is no error.
pub(crate) fn write(how: &Show, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    if let Some(path) = &how.output {
        return file(path, how, render).with_context(|| format!("writing {}", path.display()));
    }
    let mut out = BufWriter::new(AutoStream::new(io::stdout(), choice(how)));
    let written = render(&mut out).and_then(|()| out.flush());
    still_read(written).map(|_| ()).context("writing to stdout")
}

/// Writes one line to stdout and flushes it, for results that do not end.
pub(crate) fn line(how: &Show, text: &str) -> Result<Stream> {
    let mut out = AutoStream::new(io::stdout().lock(), choice(how));
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    still_read(written).context("writing to stdout")
}

fn still_read(written: io::Result<()>) -> io::Result<Stream> {
    match written {
        Ok(()) => Ok(Stream::Open),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Stream::Closed),
        Err(error) => Err(error),
    }
}

fn choice(how: &Show) -> anstream::ColorChoice {
    match (how.color, &how.output) {
        (clap::ColorChoice::Always, _) => anstream::ColorChoice::AlwaysAnsi,
        (clap::ColorChoice::Auto, None) => AutoStream::choice(&io::stdout()),
        (clap::ColorChoice::Auto, Some(_)) | (clap::ColorChoice::Never, _) => anstream::ColorChoice::Never,
    }
}

/// A file that is removed unless it reached its name.
struct Unfinished(Option<PathBuf>);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(path) = self.0.take() {
            // The error that brought us here is the one to report.
            let _kept = fs::remove_file(path);
        }
    }
}

fn file(path: &Path, how: &Show, render: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let name = path.file_name().ok_or_else(|| io::Error::other("not a file name"))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", std::process::id()));
    let temporary = path.with_file_name(hidden);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o644).open(&temporary)?;
    let mut unfinished = Unfinished(Some(temporary.clone()));
    let mut out = AutoStream::new(file, choice(how));
    let mut buffered = BufWriter::new(&mut out);
    render(&mut buffered)?;
    buffered.flush()?;
    drop(buffered);
    out.into_inner().sync_all()?;
    fs::rename(&temporary, path)?;
    unfinished.0 = None;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::OutputFormat;

    fn to(path: &Path) -> Show {
        Show {
            format: OutputFormat::Table,
            output: Some(path.to_owned()),
            quiet: true,
            no_progress: true,
            color: clap::ColorChoice::Auto,
        }
    }

    #[test]
    fn a_file_appears_complete_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.json");
        assert!(write(&to(&path), |_| Err(io::Error::other("half"))).is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        write(&to(&path), |out| out.write_all(b"whole")).unwrap();
        assert_eq!(io::read_to_string(fs::File::open(&path).unwrap()).unwrap(), "whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn colour_stays_out_of_files() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report");
        write(&to(&path), |out| write!(out, "\u{1b}[31mred\u{1b}[0m")).unwrap();
        assert_eq!(io::read_to_string(fs::File::open(&path).unwrap()).unwrap(), "red");
    }

    #[test]
    fn a_reader_that_left_is_no_error() {
        assert_eq!(still_read(Err(io::ErrorKind::BrokenPipe.into())).unwrap(), Stream::Closed);
        assert!(still_read(Err(io::ErrorKind::StorageFull.into())).is_err());
    }
}
