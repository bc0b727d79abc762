//! Opening the store: pragmas, integrity, and what to do with a broken one.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode};

use super::{StoreError, migrations};

/// The store's file name.
const NAME: &str = "store.db";

/// How long to wait for another process that has the store open, such as `sqlite3` by hand.
const BUSY: Duration = Duration::from_secs(10);

/// What opening found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Opened {
    /// There was no store.
    Fresh,
    /// An earlier run's store, whole.
    Continued,
    /// An earlier run's store, broken; it is here now, and a fresh one in its place.
    MovedAside(PathBuf),
}

pub(super) fn open(directory: &Path) -> Result<(Connection, Opened), StoreError> {
    let path = directory.join(NAME);
    let fresh = create(&path)?;
    match open_whole(&path) {
        Ok(Some(connection)) => Ok((connection, if fresh { Opened::Fresh } else { Opened::Continued })),
        Ok(None) => replace(&path),
        Err(StoreError::Sqlite(error)) if is_corruption(&error) => replace(&path),
        Err(error) => Err(error),
    }
}

/// Makes the file with its final mode, unless it is there; tells whether it was made.
fn create(path: &Path) -> io::Result<bool> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}

/// Opens and checks; `None` when the check failed.
fn open_whole(path: &Path) -> Result<Option<Connection>, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // Names and JSON in the file come from artifacts: SQL hidden in a schema must not run.
    connection.pragma_update(None, "trusted_schema", false)?;
    let integrity: String = connection.pragma_query_value(None, "quick_check", |row| row.get(0))?;
    if integrity != "ok" {
        tracing::error!(problem = %assay_core::shown(&integrity), "store-integrity");
        return Ok(None);
    }
    migrations::run(&mut connection)?;
    Ok(Some(connection))
}

fn is_corruption(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn replace(path: &Path) -> Result<(Connection, Opened), StoreError> {
    let stamp = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let aside = path.with_file_name(format!("{NAME}.corrupt-{stamp}"));
    fs::rename(path, &aside)?;
    for suffix in ["-wal", "-shm"] {
        let beside = path.with_file_name(format!("{NAME}{suffix}"));
        match fs::rename(&beside, aside.with_file_name(format!("{NAME}.corrupt-{stamp}{suffix}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    tracing::error!(moved_to = %aside.display(), "store-corrupt: everything is unverified again");
    create(path)?;
    let connection = open_whole(path)?.ok_or(StoreError::Malformed("fresh store"))?;
    Ok((connection, Opened::MovedAside(aside)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::fs::{FileExt, PermissionsExt};

    use super::*;

    #[test]
    fn a_store_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        open(dir.path()).unwrap();
        let mode = fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn verdicts_are_synced() {
        let dir = tempfile::tempdir().unwrap();
        let (connection, opened) = open(dir.path()).unwrap();
        assert_eq!(opened, Opened::Fresh);
        let journal: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        let synchronous: u32 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        assert_eq!((journal.as_str(), synchronous), ("wal", 2));
    }

    #[test]
    fn a_file_that_is_no_store_is_moved_aside_whole() {
        let dir = tempfile::tempdir().unwrap();
        let garbage = vec![0x5a_u8; 8192];
        fs::write(dir.path().join(NAME), &garbage).unwrap();
        let (_, opened) = open(dir.path()).unwrap();
        let Opened::MovedAside(aside) = opened else { panic!("{opened:?}") };
        assert_eq!(fs::metadata(&aside).unwrap().len(), garbage.len() as u64);
        let mut moved = vec![0; garbage.len()];
        fs::File::open(aside).unwrap().read_exact(&mut moved).unwrap();
        assert_eq!(moved, garbage);
        assert_eq!(open(dir.path()).unwrap().1, Opened::Continued);
    }

    #[test]
    fn a_damaged_page_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let (connection, _) = open(dir.path()).unwrap();
        for number in 0..500 {
            connection
                .execute("INSERT INTO meta VALUES (?1, ?2)", (number.to_string(), "x".repeat(200)))
                .unwrap();
        }
        connection.close().unwrap();
        let path = dir.path().join(NAME);
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let middle = file.metadata().unwrap().len() / 2 / 4096 * 4096;
        file.write_all_at(&[0xff; 4096], middle).unwrap();
        assert!(matches!(open(dir.path()).unwrap().1, Opened::MovedAside(_)));
    }
}
