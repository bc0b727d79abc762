//! The watched directories and their modes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_core::Mode;
use assay_registries::caches::{CacheRoot, Environment, discover};

use crate::accounts;
use crate::args::Args;
use crate::config::Config;

/// One watched directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Root {
    /// The directory without symbolic links; the root's name everywhere.
    pub(crate) path: String,
    /// The directory and its layout.
    pub(crate) cache: CacheRoot,
    /// Whether verdicts reach the kernel.
    pub(crate) mode: Mode,
}

/// What was asked for but cannot be watched.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RootError {
    /// It is not there, or not a directory.
    #[error("root {path}: {why}", path = path.display())]
    Missing {
        /// The path as it was written.
        path: PathBuf,
        /// What the system said.
        why: String,
    },
    /// Its name cannot be shown, sent or stored.
    #[error("root {path}: not UTF-8", path = .0.display())]
    NotUtf8(PathBuf),
}

/// The caches of known tools: of this process, and, unless it is a person's, of every person on this machine.
pub(crate) fn default_caches() -> Vec<CacheRoot> {
    let own = std::env::var_os("HOME").map(PathBuf::from);
    let mut homes: Vec<PathBuf> = own.into_iter().chain(homes_of_others()).collect();
    let vars: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut seen = BTreeSet::new();
    homes.retain(|home| seen.insert(home.clone()));
    discover(&Environment { homes, vars })
}

/// Why caches in homes are not found: this process may not enter them.
pub(crate) fn closed_homes() -> Option<String> {
    let closed = |home: &Path| {
        let entered = home.join(".").metadata();
        entered.is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
    };
    let homes = homes_of_others();
    let closed: Vec<_> =
        homes.iter().filter(|home| closed(home)).map(|home| home.display().to_string()).collect();
    (!closed.is_empty()).then(|| format!("caches are not looked for in {}: may not enter", closed.join(", ")))
}

/// A person's assayd leaves others alone.
fn homes_of_others() -> Vec<PathBuf> {
    let person = accounts::is_person(rustix::process::geteuid().as_raw());
    if person { Vec::new() } else { accounts::homes() }
}

/// Decides what is watched and in which mode: `--enforce`, then what was set while assayd ran, then configuration.
///
/// # Errors
/// [`RootError`] for a root that the operator named; a default one that cannot be watched is left out.
pub(crate) fn choose(
    args: &Args,
    config: &Config,
    defaults: Vec<CacheRoot>,
    remembered: &BTreeMap<String, Mode>,
) -> Result<Vec<Root>, RootError> {
    let dir = |path: &Path| CacheRoot { source: assay_core::Source::Dir, path: path.to_owned() };
    let named = args.root.iter().map(|path| (dir(path), None));
    let configured = config
        .root
        .iter()
        .map(|root| (CacheRoot { source: root.source, path: root.path.clone() }, root.mode));
    let mut roots: Vec<Root> = Vec::new();
    for (cache, mode) in named.chain(configured) {
        let path = real(&cache.path)?;
        add(&mut roots, path, cache, mode.unwrap_or(config.mode));
    }
    for cache in defaults {
        match real(&cache.path) {
            Ok(path) => add(&mut roots, path, cache, config.mode),
            Err(error) => tracing::warn!(%error, "default-root-left-out"),
        }
    }
    for root in &mut roots {
        if let Some(mode) = remembered.get(&root.path) {
            root.mode = *mode;
        }
        if args.enforce {
            root.mode = Mode::Enforce;
        }
    }
    Ok(roots)
}

fn real(path: &Path) -> Result<String, RootError> {
    let missing = |why: String| RootError::Missing { path: path.to_owned(), why };
    let real = path.canonicalize().map_err(|error| missing(error.to_string()))?;
    if !real.is_dir() {
        return Err(missing("not a directory".to_owned()));
    }
    real.into_os_string().into_string().map_err(|_| RootError::NotUtf8(path.to_owned()))
}

fn add(roots: &mut Vec<Root>, path: String, cache: CacheRoot, mode: Mode) {
    if roots.iter().all(|root| root.path != path) {
        let cache = CacheRoot { source: cache.source, path: PathBuf::from(&path) };
        roots.push(Root { path, cache, mode });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(root: &std::path::Path) -> Args {
        Args { root: vec![root.to_owned()], ..Args::default() }
    }

    #[test]
    fn a_mode_set_while_running_wins_over_configuration() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().to_str().unwrap().to_owned();
        let remembered = BTreeMap::from([(path.clone(), Mode::Enforce)]);
        let roots = choose(&args(dir.path()), &Config::default(), Vec::new(), &remembered).unwrap();
        assert_eq!((roots[0].path.as_str(), roots[0].mode), (path.as_str(), Mode::Enforce));
    }

    #[test]
    fn the_same_directory_is_watched_once() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(dir.path(), dir.path().join("again")).unwrap();
        let mut args = args(dir.path());
        args.root.push(dir.path().join("again"));
        assert_eq!(choose(&args, &Config::default(), Vec::new(), &BTreeMap::new()).unwrap().len(), 1);
    }

    #[test]
    fn a_named_root_must_be_a_directory() {
        let missing = args(std::path::Path::new("/nonexistent/models"));
        assert!(choose(&missing, &Config::default(), Vec::new(), &BTreeMap::new()).is_err());
    }

    #[test]
    fn enforce_is_for_every_root() {
        let dir = tempfile::tempdir().unwrap();
        let args = Args { enforce: true, ..args(dir.path()) };
        let roots = choose(&args, &Config::default(), Vec::new(), &BTreeMap::new()).unwrap();
        assert_eq!(roots[0].mode, Mode::Enforce);
    }
}
