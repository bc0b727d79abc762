//! The schema, as numbered steps. A step never changes once it is released.

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// Each step, first to last. `PRAGMA user_version` counts those that are done.
const STEPS: &[&str] = &["
    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

    -- What a scanner said about a content, whatever it is called and wherever it lies.
    CREATE TABLE contents (
        sha256 TEXT PRIMARY KEY, scanner TEXT NOT NULL, facts TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;

    -- Which content a file on disk has, by key. `leased`: no writer existed while it was read.
    CREATE TABLE files (
        dev INTEGER NOT NULL, ino INTEGER NOT NULL, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
        ctime_ns INTEGER NOT NULL, leased INTEGER NOT NULL, sha256 TEXT NOT NULL,
        PRIMARY KEY (dev, ino)
    ) STRICT, WITHOUT ROWID;

    -- A reference is unique in its root only: two users' caches can hold the same snapshot.
    CREATE TABLE artifacts (
        reference TEXT NOT NULL, root TEXT NOT NULL, source TEXT NOT NULL, fingerprint TEXT NOT NULL,
        scanner TEXT NOT NULL, policy TEXT NOT NULL, decision TEXT NOT NULL, files INTEGER NOT NULL,
        bytes INTEGER NOT NULL, judged_at INTEGER NOT NULL, evidence TEXT NOT NULL, verdict TEXT NOT NULL,
        PRIMARY KEY (reference, root)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX artifacts_by_root ON artifacts (root);

    CREATE TABLE holdings (
        reference TEXT NOT NULL, root TEXT NOT NULL, name TEXT NOT NULL, sha256 TEXT, path TEXT NOT NULL,
        PRIMARY KEY (reference, root, name),
        FOREIGN KEY (reference, root) REFERENCES artifacts ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX holdings_by_content ON holdings (sha256);
    CREATE INDEX holdings_by_path ON holdings (path);

    CREATE TABLE roots (path TEXT PRIMARY KEY, mode TEXT NOT NULL) STRICT, WITHOUT ROWID;

    CREATE TABLE loads (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, sha256 TEXT, uid INTEGER, load TEXT NOT NULL
    ) STRICT;
    CREATE INDEX loads_by_content ON loads (sha256);

    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, uid INTEGER, what TEXT NOT NULL
    ) STRICT;

    -- Notifications that were accepted and are not worked off yet.
    CREATE TABLE deliveries (
        id INTEGER PRIMARY KEY AUTOINCREMENT, received_at INTEGER NOT NULL, registry TEXT NOT NULL,
        repository TEXT NOT NULL, digest TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
        not_before INTEGER NOT NULL, UNIQUE (registry, repository, digest)
    ) STRICT;
", "
    -- The audit log's newest rows, one line each; older ones are in files beside the store.
    CREATE TABLE log (seq INTEGER PRIMARY KEY, line TEXT NOT NULL) STRICT;
"];

/// Brings an open database to the newest schema.
///
/// # Errors
/// [`StoreError::Newer`] when a newer program wrote it.
pub(super) fn run(connection: &mut Connection) -> Result<(), StoreError> {
    let known = u32::try_from(STEPS.len()).unwrap_or(u32::MAX);
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    for (number, step) in (1_u32..).zip(STEPS).filter(|(number, _)| *number > found) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn running_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection).unwrap();
        run(&mut connection).unwrap();
    }

    #[test]
    fn a_newer_schema_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        assert!(matches!(run(&mut connection), Err(StoreError::Newer { found: 99, .. })));
    }
}
