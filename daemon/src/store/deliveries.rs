//! Notifications that were accepted and are not worked off yet: a 202 is a promise.

use assay_core::{Sha256, Timestamp};
use rusqlite::OptionalExtension;

use super::{Store, StoreError};

/// The most notifications that wait; a registry that sends more is told to come back.
const MAX_WAITING: i64 = 100_000;

/// One artifact that a registry told us about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    /// Its number.
    pub(crate) id: i64,
    /// The registry it is pulled from.
    pub(crate) registry: String,
    /// The repository in it.
    pub(crate) repository: String,
    /// The manifest.
    pub(crate) digest: Sha256,
    /// How often it was tried.
    pub(crate) attempts: u32,
}

impl Store {
    /// Accepts notifications, each `(registry, repository, manifest)`; one that waits already is not added again.
    /// Tells whether there was room for all.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn accept_deliveries(
        &self,
        deliveries: &[(String, String, Sha256)],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let waiting: i64 = transaction.query_row("SELECT count(*) FROM deliveries", [], |row| row.get(0))?;
        if waiting.saturating_add(i64::try_from(deliveries.len()).unwrap_or(i64::MAX)) > MAX_WAITING {
            return Ok(false);
        }
        for (registry, repository, digest) in deliveries {
            transaction.execute(
                "INSERT INTO deliveries (received_at, registry, repository, digest, not_before)
                 VALUES (?1, ?2, ?3, ?4, ?1) ON CONFLICT DO NOTHING",
                (at.as_millis(), registry, repository, digest.to_string()),
            )?;
        }
        transaction.commit()?;
        Ok(true)
    }

    /// The next notification to work off at `now`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn next_delivery(&self, now: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT id, registry, repository, digest, attempts FROM deliveries WHERE not_before <= ?1
                   ORDER BY not_before, id LIMIT 1";
        let mut query = connection.prepare_cached(sql)?;
        let row: Option<(i64, String, String, String, u32)> = query
            .query_row([now.as_millis()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()?;
        let Some((id, registry, repository, digest, attempts)) = row else { return Ok(None) };
        let digest = digest.parse().map_err(|_| StoreError::Malformed("digest"))?;
        Ok(Some(Delivery { id, registry, repository, digest, attempts }))
    }

    /// A notification is worked off, or given up.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn finish_delivery(&self, id: i64) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM deliveries WHERE id = ?1", [id])?;
        Ok(())
    }

    /// A notification could not be worked off now; it is tried again at `not_before`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn postpone_delivery(&self, id: i64, not_before: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE deliveries SET attempts = attempts + 1, not_before = ?2 WHERE id = ?1";
        self.lock().execute(sql, (id, not_before.as_millis()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accepted_notification_waits_until_it_is_worked_off() {
        let dir = tempfile::tempdir().unwrap();
        let now = Timestamp::from_millis(1_000);
        let digest = Sha256::new([3; 32]);
        let one = ("localhost:5000".to_owned(), "a/b".to_owned(), digest);
        {
            let (store, _) = Store::open(dir.path()).unwrap();
            assert!(store.accept_deliveries(&[one.clone(), one], now).unwrap());
        }
        let (store, _) = Store::open(dir.path()).unwrap();
        let next = store.next_delivery(now).unwrap().unwrap();
        store.postpone_delivery(next.id, Timestamp::from_millis(2_000)).unwrap();
        assert_eq!(store.next_delivery(now).unwrap(), None);
        let next = store.next_delivery(Timestamp::from_millis(2_000)).unwrap().unwrap();
        assert_eq!(next.attempts, 1);
        store.finish_delivery(next.id).unwrap();
        assert_eq!(store.next_delivery(Timestamp::from_millis(9_000)).unwrap(), None);
    }
}
