//! The audit log's newest rows. Every row is written in the transaction of what it tells.

use assay_core::{Sha256, Timestamp};
use assay_proof::SigningKey;
use assay_proof::log::{Entry, Event, Head, LogId, checkpoint};
use rusqlite::{Connection, OptionalExtension};

use super::{Store, StoreError};

/// Reasons that a verdict's row shows; all of them are with the verdict.
const SHOWN_REASONS: usize = 3;

/// Characters of one reason that a row shows.
const SHOWN_CHARS: usize = 300;

/// Where the log ends, and whose name it has.
struct End {
    head: Head,
    log: LogId,
}

impl Store {
    /// Writes a row for something that is told nowhere else.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn log(&self, at: Timestamp, event: Event) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        append(&transaction, at, event)?;
        transaction.commit()?;
        Ok(())
    }

    /// Signs everything that is not signed yet; returns where the log ends then.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn checkpoint(&self, key: &SigningKey, at: Timestamp) -> Result<Head, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let End { head, log } = end(&transaction, at)?;
        if let Some(line) = line(&transaction, head.seq)?
            && let Event::Checkpoint { signer, .. } = Entry::read(line.as_bytes())?.event
            && signer == key.public().signer()
        {
            return Ok(head);
        }
        let head = write(&transaction, &checkpoint(head, &log, at, key)?)?;
        transaction.commit()?;
        Ok(head)
    }

    /// Lines of rows after number `after`, oldest first, at most `limit`, each with its number.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn log_lines(&self, after: u64, limit: u32) -> Result<Vec<(u64, String)>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT seq, line FROM log WHERE seq > ?1 ORDER BY seq LIMIT ?2";
        let mut query = connection.prepare_cached(sql)?;
        let rows = query.query_map((after.cast_signed(), limit), |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The number of the first row that is in the store, and how many rows there are.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn log_span(&self) -> Result<(u64, u64), StoreError> {
        let connection = self.lock();
        let sql = "SELECT coalesce(min(seq), 1), coalesce(max(seq) - min(seq) + 1, 0) FROM log";
        let span: (i64, i64) = connection.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((span.0.cast_unsigned(), span.1.cast_unsigned()))
    }

    /// Forgets the rows that a file holds now, and tells so.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn log_rotated(
        &self,
        at: Timestamp,
        segment: &str,
        (first, last): (u64, u64),
        sha256: Sha256,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        append(&transaction, at, Event::Rotated { segment: segment.to_owned(), first, last, sha256 })?;
        transaction.execute("DELETE FROM log WHERE seq <= ?1", [last.cast_signed()])?;
        transaction.commit()?;
        Ok(())
    }
}

/// Writes a row, as part of a transaction.
pub(super) fn append(connection: &Connection, at: Timestamp, event: Event) -> Result<(), StoreError> {
    append_all(connection, vec![(at, event)])
}

/// Writes rows in their order, as part of a transaction.
pub(super) fn append_all(connection: &Connection, events: Vec<(Timestamp, Event)>) -> Result<(), StoreError> {
    let Some((first, _)) = events.first() else { return Ok(()) };
    let End { mut head, .. } = end(connection, *first)?;
    for (at, event) in events {
        head = write(connection, &head.next(at, event))?;
    }
    Ok(())
}

/// The reasons that decided, few and short.
pub(super) fn because(verdict: &assay_core::Verdict) -> Vec<String> {
    let decided = verdict.reasons.iter().filter(|reason| reason.decision == verdict.decision);
    decided.take(SHOWN_REASONS).map(|reason| reason.message.chars().take(SHOWN_CHARS).collect()).collect()
}

/// Where the log ends; begins one when there is none.
fn end(connection: &Connection, at: Timestamp) -> Result<End, StoreError> {
    let log: Option<String> = connection
        .prepare_cached("SELECT value FROM meta WHERE name = 'log'")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let last: Option<(i64, String)> = connection
        .prepare_cached("SELECT seq, line FROM log ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match (log, last) {
        (Some(log), Some((seq, line))) => {
            let log = serde_json::from_value(log.into())?;
            Ok(End { head: Head::of(seq.cast_unsigned(), line.as_bytes()), log })
        }
        (None, None) => {
            let log = LogId::random()?;
            connection.execute("INSERT INTO meta VALUES ('log', ?1)", [log.to_string()])?;
            let head = write(connection, &Head::EMPTY.next(at, Event::Opened { log: log.clone() }))?;
            Ok(End { head, log })
        }
        // Somebody has been at it: a log that begins again would hide what is gone.
        (Some(_), None) | (None, Some(_)) => Err(StoreError::Malformed("audit log")),
    }
}

fn line(connection: &Connection, seq: u64) -> Result<Option<String>, StoreError> {
    let mut query = connection.prepare_cached("SELECT line FROM log WHERE seq = ?1")?;
    Ok(query.query_row([seq.cast_signed()], |row| row.get(0)).optional()?)
}

fn write(connection: &Connection, entry: &Entry) -> Result<Head, StoreError> {
    let line = entry.line()?;
    connection
        .prepare_cached("INSERT INTO log (seq, line) VALUES (?1, ?2)")?
        .execute((entry.seq.cast_signed(), &line))?;
    Ok(Head::of(entry.seq, line.as_bytes()))
}
