//! What assayd remembers, in one SQLite file.
//!
//! Write-ahead log with `synchronous=FULL`: what was acknowledged survives a crash of the program, the kernel or the
//! power. A store that fails its integrity check is moved aside, never mended or silently recreated; everything is
//! unverified again then. Structured facts are kept as JSON of the same types that cross processes.
//!
//! Source: <https://www.sqlite.org/wal.html>, <https://www.sqlite.org/pragma.html>.

mod artifacts;
mod contents;
mod deliveries;
mod events;
mod listing;
mod loads;
mod log;
mod migrations;
mod open;
mod roots;
#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

pub(crate) use artifacts::{Judged, JudgedFile};
pub(crate) use contents::{Content, KnownFile};
pub(crate) use deliveries::Delivery;
pub(crate) use listing::Page;
pub(crate) use loads::LoadsQuery;
#[cfg(test)]
pub(crate) use loads::tests::load as test_load;
pub(crate) use open::Opened;

/// Why the store could not do something. The machine's fault, or ours; never an artifact's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// SQLite.
    #[error("store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A stored value does not parse: another version wrote it, or somebody else did.
    #[error("store: {0}")]
    Json(#[from] serde_json::Error),
    /// The file could not be made or moved.
    #[error("store: {0}")]
    Io(#[from] std::io::Error),
    /// A row of the audit log cannot be written or read.
    #[error("audit log: {0}")]
    Log(#[from] assay_proof::log::Unreadable),
    /// assay's key cannot be used.
    #[error("audit log: {0}")]
    Key(#[from] assay_proof::KeyError),
    /// A stored value is not what its column holds.
    #[error("store: malformed {0}")]
    Malformed(&'static str),
    /// A newer assayd wrote this file.
    #[error("store: schema {found} is newer than this program's {known}")]
    Newer {
        /// Its schema.
        found: u32,
        /// The newest one we know.
        known: u32,
    },
}

/// The store. Share it by `Arc`; each call is one short transaction.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store in `directory`, or makes it.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened, or a newer program wrote it.
    pub(crate) fn open(directory: &Path) -> Result<(Self, Opened), StoreError> {
        let (connection, opened) = open::open(directory)?;
        Ok((Self { connection: Mutex::new(connection) }, opened))
    }

    /// A named value.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn meta(&self, name: &str) -> Result<Option<String>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
        let mut rows = query.query([name])?;
        Ok(rows.next()?.map(|row| row.get(0)).transpose()?)
    }

    /// Sets a named value.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn set_meta(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        self.lock().execute(sql, [name, value])?;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held has rolled its transaction back: the connection is as before it.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
