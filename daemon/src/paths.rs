//! Where assayd keeps its state and its sockets.
//!
//! Order: command line, configuration file, the directories systemd made for the service (`STATE_DIRECTORY`,
//! `RUNTIME_DIRECTORY`, `systemd.exec(5)`), then the places of the Filesystem Hierarchy Standard for root and of the
//! XDG Base Directory Specification for others.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

use crate::args::Args;
use crate::config::{Config, GuardConfig};

/// The API socket's file name.
const SOCKET: &str = "assay.sock";

/// The guard socket's file name.
const GUARD: &str = "guard.sock";

/// Where things are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Paths {
    /// The store and the spool.
    pub(crate) state: PathBuf,
    /// The API's socket.
    pub(crate) socket: PathBuf,
    /// The guard's socket.
    pub(crate) guard: PathBuf,
}

/// Neither a runtime directory nor a home is known.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("no home directory is known: pass --state-dir and --socket")]
pub(crate) struct NoHome;

impl Paths {
    /// Chooses the places from what was asked for and what is known about the user.
    ///
    /// # Errors
    /// [`NoHome`] when an ordinary user has neither `XDG_STATE_HOME` nor `HOME`.
    pub(crate) fn choose(
        args: &Args,
        config: &Config,
        root: bool,
        vars: &BTreeMap<String, OsString>,
    ) -> Result<Self, NoHome> {
        let var = |name: &str| vars.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = args
            .state_dir
            .clone()
            .or_else(|| config.state_dir.clone())
            .or_else(|| var("STATE_DIRECTORY"))
            .or_else(|| root.then(|| PathBuf::from("/var/lib/assay")))
            .or_else(|| var("XDG_STATE_HOME").map(|home| home.join("assay")))
            .or_else(|| var("HOME").map(|home| home.join(".local/state/assay")))
            .ok_or(NoHome)?;
        let socket = args
            .socket
            .clone()
            .or_else(|| config.socket.clone())
            .or_else(|| var("RUNTIME_DIRECTORY").map(|dir| dir.join(SOCKET)))
            .or_else(|| root.then(|| PathBuf::from("/run/assay").join(SOCKET)))
            .or_else(|| var("XDG_RUNTIME_DIR").map(|dir| dir.join("assay").join(SOCKET)))
            // A system service without a runtime directory of its own: tmpfiles.d made the one it shares.
            .or_else(|| var("STATE_DIRECTORY").map(|_| PathBuf::from("/run/assay").join(SOCKET)))
            .unwrap_or_else(|| state.join(SOCKET));
        // Beside the API's socket unless somebody says otherwise: a second assayd must not take over another's guard.
        let configured = config.guard.socket.clone();
        let configured = Some(configured).filter(|path| *path != GuardConfig::default().socket);
        let guard = args.guard_socket.clone().or(configured).unwrap_or_else(|| socket.with_file_name(GUARD));
        Ok(Self { state, socket, guard })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(root: bool, vars: &[(&str, &str)]) -> Result<Paths, NoHome> {
        let vars = vars.iter().map(|(name, value)| ((*name).to_owned(), OsString::from(value))).collect();
        Paths::choose(&Args::default(), &Config::default(), root, &vars)
    }

    #[test]
    fn root_uses_the_system_directories() {
        let paths = choose(true, &[("HOME", "/root"), ("XDG_RUNTIME_DIR", "/run/user/0")]).unwrap();
        assert_eq!(paths.state, PathBuf::from("/var/lib/assay"));
        assert_eq!(paths.socket, PathBuf::from("/run/assay/assay.sock"));
    }

    #[test]
    fn a_guard_is_beside_its_daemon() {
        assert_eq!(choose(true, &[]).unwrap().guard, PathBuf::from("/run/assay/guard.sock"));
        let args = Args { socket: Some("/scratch/s".into()), ..Args::default() };
        let paths = Paths::choose(&args, &Config::default(), true, &BTreeMap::new()).unwrap();
        assert_eq!(paths.guard, PathBuf::from("/scratch/guard.sock"));
    }

    #[test]
    fn a_user_uses_the_xdg_directories() {
        let paths = choose(false, &[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/7")]).unwrap();
        assert_eq!(paths.state, PathBuf::from("/h/.local/state/assay"));
        assert_eq!(paths.socket, PathBuf::from("/run/user/7/assay/assay.sock"));
        let paths = choose(false, &[("XDG_STATE_HOME", "/s")]).unwrap();
        assert_eq!(paths.socket, PathBuf::from("/s/assay/assay.sock"));
    }

    #[test]
    fn a_service_uses_the_directories_made_for_it() {
        let vars = [("STATE_DIRECTORY", "/var/lib/x"), ("RUNTIME_DIRECTORY", "/run/x")];
        let paths = choose(false, &vars).unwrap();
        assert_eq!((paths.state, paths.socket), ("/var/lib/x".into(), "/run/x/assay.sock".into()));
        let paths = choose(false, &vars[..1]).unwrap();
        assert_eq!(paths.socket, PathBuf::from("/run/assay/assay.sock"));
    }

    #[test]
    fn without_any_home_nothing_is_guessed() {
        assert_eq!(choose(false, &[]), Err(NoHome));
    }

    #[test]
    fn the_command_line_wins() {
        let args = Args { socket: Some("/a/s".into()), state_dir: Some("/a".into()), ..Args::default() };
        let config = Config { socket: Some("/c/s".into()), ..Config::default() };
        let paths = Paths::choose(&args, &config, true, &BTreeMap::new()).unwrap();
        assert_eq!((paths.state, paths.socket), ("/a".into(), "/a/s".into()));
    }
}
