//! The configuration file, `/etc/assay/assay.toml`.
//!
//! Whoever can write it decides what is verified, so a file of the wrong owner or one that others can write is
//! refused, as is every key that is not known: a misspelt key must not silently switch a protection off.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use assay_core::{Limits, Mode, Source};
use rustix::fs::OFlags;
use serde::Deserialize;

/// Where the configuration is looked for when no file is named.
pub(crate) const DEFAULT_PATH: &str = "/etc/assay/assay.toml";

/// The longest configuration file; a thousand roots need a tenth of it.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Why the configuration cannot be used. All of these are the operator's to mend.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file could not be read.
    #[error("{path}: {error}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file is not safe to trust.
    #[error("{path}: {why}", path = path.display())]
    Untrusted {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The text is not a configuration.
    #[error("{path}:{line}: {why}", path = path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        why: String,
    },
}

/// Everything that can be configured.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// The mode of roots that name none.
    pub(crate) mode: Mode,
    /// Whether the caches of known tools are looked for.
    pub(crate) default_roots: bool,
    /// Where the store is kept.
    pub(crate) state_dir: Option<PathBuf>,
    /// Unix socket of the API.
    pub(crate) socket: Option<PathBuf>,
    /// The policy file; the built-in policy without one.
    pub(crate) policy: Option<PathBuf>,
    /// Further roots.
    pub(crate) root: Vec<RootConfig>,
    /// What scanning may cost.
    pub(crate) scan: ScanConfig,
    /// The connection to the privileged program.
    pub(crate) guard: GuardConfig,
    /// How changes are noticed.
    pub(crate) watch: WatchConfig,
    /// How much is remembered.
    pub(crate) store: StoreConfig,
    /// How the audit log is kept.
    pub(crate) log: LogConfig,
    /// What registries may tell us.
    pub(crate) webhook: WebhookConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::Audit,
            default_roots: true,
            state_dir: None,
            socket: None,
            policy: None,
            root: Vec::new(),
            scan: ScanConfig::default(),
            guard: GuardConfig::default(),
            watch: WatchConfig::default(),
            store: StoreConfig::default(),
            log: LogConfig::default(),
            webhook: WebhookConfig::default(),
        }
    }
}

/// One directory to watch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RootConfig {
    /// The directory.
    pub(crate) path: PathBuf,
    /// How it is laid out.
    #[serde(default = "plain_directory")]
    pub(crate) source: Source,
    /// Its mode, when it is not the general one.
    pub(crate) mode: Option<Mode>,
}

const fn plain_directory() -> Source {
    Source::Dir
}

/// What scanning may cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ScanConfig {
    /// Files scanned at once; 0 means as many as there are processors, at least two.
    pub(crate) workers: usize,
    /// The most bytes, members, depth and time of one scan.
    pub(crate) limits: Limits,
}

/// The connection to the privileged program.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct GuardConfig {
    /// Whether one is used.
    pub(crate) enable: bool,
    /// Its socket.
    pub(crate) socket: PathBuf,
    /// How long an open of an unknown file is held before it is denied, milliseconds.
    pub(crate) hold_time_ms: u64,
}

impl Default for GuardConfig {
    fn default() -> Self {
        // 30 s is longer than any small file needs and shorter than most programs' patience.
        Self { enable: true, socket: PathBuf::from("/run/assay/guard.sock"), hold_time_ms: 30_000 }
    }
}

/// How changes are noticed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct WatchConfig {
    /// How long a place must be quiet before it is looked at, milliseconds.
    pub(crate) debounce_ms: u64,
    /// How often everything is looked at again, seconds.
    pub(crate) reconcile_s: u64,
}

impl WatchConfig {
    /// How long a place must be quiet before it is looked at.
    pub(crate) const fn debounce(&self) -> Duration {
        Duration::from_millis(self.debounce_ms)
    }

    /// How often everything is looked at again.
    pub(crate) const fn reconcile(&self) -> Duration {
        Duration::from_secs(self.reconcile_s)
    }
}

impl Default for WatchConfig {
    fn default() -> Self {
        Self { debounce_ms: 250, reconcile_s: 600 }
    }
}

/// How much is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct StoreConfig {
    /// Recorded loads; the oldest go first.
    pub(crate) max_loads: u64,
    /// Recorded events; the oldest go first.
    pub(crate) max_events: u64,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { max_loads: 1_000_000, max_events: 1_000_000 }
    }
}

/// How the audit log is kept.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct LogConfig {
    /// How long a row may wait for its signature, seconds.
    pub(crate) checkpoint_s: u64,
    /// Rows kept in the store; of more, the older half is moved to a file beside it.
    pub(crate) max_rows: u64,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { checkpoint_s: 60, max_rows: 200_000 }
    }
}

/// What registries may tell us.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct WebhookConfig {
    /// Where notifications are received: `127.0.0.1:8477`. Nowhere when absent.
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// Who may send them.
    pub(crate) source: Vec<WebhookSource>,
}

/// One sender of notifications.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct WebhookSource {
    /// What it speaks.
    pub(crate) kind: WebhookKind,
    /// A file that holds the secret it sends in `Authorization: Bearer …`.
    pub(crate) secret_file: PathBuf,
    /// The registry its artifacts are pulled from, `host:port`. What a notification says about hosts is not trusted.
    pub(crate) registry: String,
    /// Whether the registry is spoken to without TLS; only for registries on this machine.
    #[serde(default)]
    pub(crate) plain_http: bool,
}

/// What a sender speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum WebhookKind {
    /// The notifications of CNCF Distribution, versions 2 and 3.
    Distribution,
}

impl Config {
    /// Reads the named file, or the default one if it exists.
    ///
    /// # Errors
    /// [`ConfigError`] when the file cannot be read, trusted or understood.
    pub(crate) fn load(named: Option<&Path>) -> Result<Self, ConfigError> {
        let path = named.unwrap_or(Path::new(DEFAULT_PATH));
        match read_trusted(path, MAX_CONFIG_BYTES) {
            Ok(text) => Self::parse(path, &text),
            Err(ConfigError::Read { error, .. })
                if named.is_none() && error.kind() == std::io::ErrorKind::NotFound =>
            {
                Ok(Self::default())
            }
            Err(error) => Err(error),
        }
    }

    /// Parses the text of the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError::Malformed`] with the line.
    fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let before = text.as_bytes().iter().take(start);
            ConfigError::Malformed {
                path: path.to_owned(),
                line: before.filter(|byte| **byte == b'\n').count().saturating_add(1),
                why: error.message().lines().next().unwrap_or("malformed").to_owned(),
            }
        })
    }
}

/// Reads a small text file that only root or we can have written.
///
/// # Errors
/// [`ConfigError`] when it cannot be read, has another owner, or can be written by group or others.
pub(crate) fn read_trusted(path: &Path, max_bytes: u64) -> Result<String, ConfigError> {
    let read = |error| ConfigError::Read { path: path.to_owned(), error };
    let untrusted = |why: String| ConfigError::Untrusted { path: path.to_owned(), why };
    let flags = i32::try_from((OFlags::NONBLOCK | OFlags::CLOEXEC).bits()).unwrap_or_default();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(read)?;
    let metadata = file.metadata().map_err(read)?;
    if !metadata.is_file() {
        return Err(untrusted("not a regular file".to_owned()));
    }
    let own = rustix::process::geteuid().as_raw();
    if metadata.uid() != 0 && metadata.uid() != own {
        return Err(untrusted(format!("owned by uid {}, must be root or uid {own}", metadata.uid())));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(untrusted("writable by group or others".to_owned()));
    }
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by the take")]
    file.take(max_bytes.saturating_add(1)).read_to_end(&mut bytes).map_err(read)?;
    if bytes.len() as u64 > max_bytes {
        return Err(untrusted(format!("longer than {max_bytes} bytes")));
    }
    String::from_utf8(bytes).map_err(|_| untrusted("not UTF-8".to_owned()))
}

/// Reads a secret: a file as [`read_trusted`] wants it, that others cannot read either.
///
/// # Errors
/// As [`read_trusted`].
pub(crate) fn read_secret(path: &Path, max_bytes: u64) -> Result<String, ConfigError> {
    let text = read_trusted(path, max_bytes)?;
    let metadata = path.metadata().map_err(|error| ConfigError::Read { path: path.to_owned(), error })?;
    if metadata.mode() & 0o007 != 0 {
        let why = "a secret that others can read".to_owned();
        return Err(ConfigError::Untrusted { path: path.to_owned(), why });
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(Path::new("assay.toml"), text).map_err(|error| error.to_string())
    }

    #[test]
    fn the_shipped_file_shows_the_defaults() {
        let text = include_str!("../../systemd/assay.toml");
        assert_eq!(parse(text), Ok(Config::default()));
    }

    #[test]
    fn the_shipped_file_shows_every_key_that_has_no_default() {
        let shipped = include_str!("../../systemd/assay.toml");
        let text: String = shipped
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n");
        let config = parse(&text).unwrap();
        assert!(config.state_dir.is_some() && config.socket.is_some() && config.policy.is_some());
        assert_eq!(config.root.len(), 1);
        assert_eq!(config.webhook.source.len(), 1);
        assert!(config.webhook.listen.is_some());
    }

    #[test]
    fn an_unknown_key_is_refused_with_its_line() {
        let error = parse("mode = \"audit\"\n\nallows = true\n").unwrap_err();
        assert!(error.starts_with("assay.toml:3: unknown field `allows`"), "{error}");
    }

    #[test]
    fn an_unknown_key_in_a_table_is_refused_with_its_line() {
        let error = parse("[scan]\nworkers = 1\n[scan.limits]\nmax-depth = 3\n").unwrap_err();
        assert!(error.starts_with("assay.toml:4: "), "{error}");
    }

    #[test]
    fn a_wrong_value_is_refused_with_its_line() {
        let error = parse("\nmode = \"lockdown\"\n").unwrap_err();
        assert!(error.starts_with("assay.toml:2: "), "{error}");
    }

    #[test]
    fn a_root_has_its_own_mode() {
        let config = parse("[[root]]\npath = \"/srv\"\nmode = \"enforce\"\n").unwrap();
        let root = RootConfig { path: PathBuf::from("/srv"), source: Source::Dir, mode: Some(Mode::Enforce) };
        assert_eq!(config.root, [root]);
    }

    #[test]
    fn a_file_that_others_can_write_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("assay.toml");
        std::fs::write(&path, "mode = \"audit\"\n").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o664)).unwrap();
        let error = Config::load(Some(&path)).unwrap_err().to_string();
        assert!(error.ends_with("assay.toml: writable by group or others"), "{error}");
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert_eq!(Config::load(Some(&path)).unwrap(), Config::default());
    }

    #[test]
    fn a_secret_that_others_can_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        std::fs::write(&path, "s3cret").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        assert!(read_secret(&path, 100).is_err());
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).unwrap();
        assert_eq!(read_secret(&path, 100).unwrap(), "s3cret");
    }

    #[test]
    fn a_named_file_must_exist() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Config::load(Some(&dir.path().join("none"))).is_err());
    }

    #[test]
    fn what_is_no_regular_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        assert!(matches!(Config::load(Some(dir.path())), Err(ConfigError::Untrusted { .. })));
    }
}
