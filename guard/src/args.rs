//! The command line: `assay-guard --socket PATH [--user NAME|UID]`.

use std::{ffi::OsString, path::PathBuf};

use anyhow::{Context as _, bail};

/// What `--help` prints.
pub(crate) const USAGE: &str = "\
Usage: assay-guard --socket PATH [--user NAME|UID]

Answers the kernel's permission events for assayd. Needs CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH, CAP_LEASE, CAP_FOWNER.

  --socket PATH     where assayd connects (SOCK_SEQPACKET, mode 0600)
  --user NAME|UID   run as this user, keeping only the capabilities above
";

/// What to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print the usage.
    Help,
    /// Print the version.
    Version,
    /// Guard.
    Serve(Options),
}

/// How to guard.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// The socket's path.
    pub(crate) socket: PathBuf,
    /// The user to become.
    pub(crate) user: Option<String>,
}

/// Parses the arguments after the program's name.
pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> anyhow::Result<Command> {
    let mut args = args;
    let (mut socket, mut user) = (None, None);
    while let Some(arg) = args.next() {
        match arg.to_str() {
            Some("--help" | "-h") => return Ok(Command::Help),
            Some("--version" | "-V") => return Ok(Command::Version),
            Some("--socket") => socket = Some(PathBuf::from(args.next().context("--socket needs a path")?)),
            Some("--user") => {
                let name = args.next().context("--user needs a name")?;
                user = Some(name.into_string().ok().context("--user is not UTF-8")?);
            }
            Some(_) | None => bail!("unknown argument {}", assay_core::shown(&arg.to_string_lossy())),
        }
    }
    Ok(Command::Serve(Options { socket: socket.context("--socket is needed")?, user }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> anyhow::Result<Command> {
        parse(args.iter().map(OsString::from))
    }

    #[test]
    fn a_socket_is_needed_and_a_user_is_not() {
        let options = Options { socket: "/run/a".into(), user: None };
        assert_eq!(parsed(&["--socket", "/run/a"]).unwrap(), Command::Serve(options));
        assert!(parsed(&[]).is_err());
        assert!(parsed(&["--socket"]).is_err());
    }

    #[test]
    fn an_unknown_argument_is_refused() {
        assert!(parsed(&["--socket", "/run/a", "--off"]).is_err());
    }
}
