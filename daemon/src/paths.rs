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

/// Why there is no place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathsError {
    /// Neither a runtime directory nor a home is known.
    #[error("no home directory is known: pass --state-dir and --socket")]
    NoHome,
    /// A relative path, and no working directory; or an empty path.
    #[error("{path:?} is no place: {error}")]
    Nowhere {
        /// The path as it was written.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

impl Paths {
    /// Chooses the places from what was asked for and what is known about the user. They are absolute: the guard has
    /// another working directory.
    ///
    /// # Errors
    /// [`PathsError`] when an ordinary user has neither `XDG_STATE_HOME` nor `HOME`, or a path means no place.
    pub(crate) fn choose(
        args: &Args,
        config: &Config,
        root: bool,
        vars: &BTreeMap<String, OsString>,
    ) -> Result<Self, PathsError> {
        let var = |name: &str| vars.get(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let state = args
            .state_dir
            .clone()
            .or_else(|| config.state_dir.clone())
            .or_else(|| var("STATE_DIRECTORY"))
            .or_else(|| root.then(|| PathBuf::from("/var/lib/assay")))
            .or_else(|| var("XDG_STATE_HOME").map(|home| home.join("assay")))
            .or_else(|| var("HOME").map(|home| home.join(".local/state/assay")))
            .ok_or(PathsError::NoHome)?;
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
        Ok(Self { state: absolute(state)?, socket: absolute(socket)?, guard: absolute(guard)? })
    }
}

fn absolute(path: PathBuf) -> Result<PathBuf, PathsError> {
    std::path::absolute(&path).map_err(|error| PathsError::Nowhere { path, error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(root: bool, vars: &[(&str, &str)]) -> Result<Paths, PathsError> {
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
        assert!(matches!(choose(false, &[]), Err(PathsError::NoHome)));
    }

    #[test]
    fn a_relative_path_means_one_place() {
        let args = Args {
            socket: Some("run/s".into()),
            state_dir: Some("state".into()),
            guard_socket: Some("g".into()),
            ..Args::default()
        };
        let paths = Paths::choose(&args, &Config::default(), false, &BTreeMap::new()).unwrap();
        let here = std::env::current_dir().unwrap();
        let expected = Paths { state: here.join("state"), socket: here.join("run/s"), guard: here.join("g") };
        assert_eq!(paths, expected);
    }

    #[test]
    fn an_empty_path_is_no_place() {
        let args = Args { socket: Some("/s".into()), state_dir: Some("".into()), ..Args::default() };
        let paths = Paths::choose(&args, &Config::default(), false, &BTreeMap::new());
        assert!(matches!(paths, Err(PathsError::Nowhere { .. })));
    }

    #[test]
    fn the_command_line_wins() {
        let args = Args { socket: Some("/a/s".into()), state_dir: Some("/a".into()), ..Args::default() };
        let config = Config { socket: Some("/c/s".into()), ..Config::default() };
        let paths = Paths::choose(&args, &config, true, &BTreeMap::new()).unwrap();
        assert_eq!((paths.state, paths.socket), ("/a".into(), "/a/s".into()));
    }
}
