//! What happened, numbered without gaps.

use assay_core::Timestamp;
use assay_core::wire::api::{Event, What};
use rusqlite::Connection;

use super::{Store, StoreError, log};

impl Store {
    /// Records that the guard connected or was lost.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn record_guard(&self, at: Timestamp, connected: bool) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        append(&transaction, at, &What::Guard { connected })?;
        log::append(&transaction, at, assay_proof::log::Event::Guard { connected })?;
        transaction.commit()?;
        Ok(())
    }

    /// Events after `after`, oldest first, at most `limit`, each with the user it is about when it is about one.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn events(&self, after: i64, limit: u32) -> Result<Vec<(Event, Option<u32>)>, StoreError> {
        let rows: Vec<(i64, i64, Option<u32>, String)> = {
            let connection = self.lock();
            let sql = "SELECT id, at, uid, what FROM events WHERE id > ?1 ORDER BY id LIMIT ?2";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query
                .query_map((after, limit), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let event = |(id, at, uid, what): (i64, i64, Option<u32>, String)| {
            Ok((Event { id, at: Timestamp::from_millis(at), what: serde_json::from_str(&what)? }, uid))
        };
        rows.into_iter().map(event).collect()
    }

    /// Removes the oldest events beyond `max`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn trim_events(&self, max: u64) -> Result<(), StoreError> {
        let sql = "DELETE FROM events WHERE id <= (SELECT max(id) FROM events) - ?1";
        self.lock().execute(sql, [max.cast_signed()])?;
        Ok(())
    }
}

/// Records what happened, as part of a transaction.
pub(super) fn append(connection: &Connection, at: Timestamp, what: &What) -> Result<(), StoreError> {
    let uid = match what {
        What::Denied { load } => load.process.uid,
        What::Verdict { .. } | What::Mode { .. } | What::Guard { .. } => None,
    };
    connection.prepare_cached("INSERT INTO events (at, uid, what) VALUES (?1, ?2, ?3)")?.execute((
        at.as_millis(),
        uid,
        serde_json::to_string(what)?,
    ))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_events_go_first() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        for millis in 0..5 {
            store.record_guard(Timestamp::from_millis(millis), true).unwrap();
        }
        store.trim_events(2).unwrap();
        let ids: Vec<_> = store.events(0, 9).unwrap().into_iter().map(|(event, _)| event.id).collect();
        assert_eq!(ids, [4, 5]);
    }
}
