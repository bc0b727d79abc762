//! The load ledger: who opened what, when, and what the answer was.

use std::collections::BTreeMap;

use assay_core::wire::api::{LoadRow, What};
use assay_core::{Answer, FileKey, Load, Sha256, Timestamp};
use assay_proof::log::Event;
use rusqlite::OptionalExtension;

use super::{Store, StoreError, events, log};

/// Which loads are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct LoadsQuery {
    /// Of this content only.
    pub(crate) sha256: Option<Sha256>,
    /// By this user only.
    pub(crate) uid: Option<u32>,
    /// Before this number.
    pub(crate) before: Option<i64>,
    /// At most this many.
    pub(crate) limit: u32,
}

impl Store {
    /// Records loads in one transaction, and an event for each that was denied; keeps the newest `max` loads.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn record_loads(&self, loads: &[Load], max: u64) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let mut told = Told::default();
        for load in loads {
            let key = &load.key;
            let sha256: Option<String> = transaction
                .prepare_cached(
                    "SELECT sha256 FROM files WHERE dev = ?1 AND ino = ?2 AND size = ?3 AND mtime_ns = ?4
                     AND ctime_ns = ?5",
                )?
                .query_row(
                    (
                        key.dev.cast_signed(),
                        key.ino.cast_signed(),
                        key.size.cast_signed(),
                        key.mtime_ns,
                        key.ctime_ns,
                    ),
                    |row| row.get(0),
                )
                .optional()?;
            transaction
                .prepare_cached("INSERT INTO loads (at, sha256, uid, load) VALUES (?1, ?2, ?3, ?4)")?
                .execute((load.at.as_millis(), &sha256, load.process.uid, serde_json::to_string(load)?))?;
            let known = sha256.as_deref().map(str::parse).transpose();
            told.add(load, known.map_err(|_| StoreError::Malformed("digest"))?);
            match load.answer {
                Answer::Allow => {}
                Answer::Deny | Answer::DenyWriter | Answer::DenyUnknown => {
                    events::append(&transaction, load.at, &What::Denied { load: load.clone() })?;
                }
            }
        }
        log::append_all(&transaction, told.events)?;
        transaction
            .execute("DELETE FROM loads WHERE id <= (SELECT max(id) FROM loads) - ?1", [max.cast_signed()])?;
        transaction.commit()?;
        Ok(())
    }

    /// Recorded loads, newest first.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn loads(&self, query: &LoadsQuery) -> Result<Vec<LoadRow>, StoreError> {
        let rows: Vec<(i64, Option<String>, String)> = {
            let connection = self.lock();
            let sql = "SELECT id, sha256, load FROM loads WHERE id < ?1 AND (?2 IS NULL OR sha256 = ?2)
                       AND (?3 IS NULL OR uid = ?3) ORDER BY id DESC LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let sha256 = query.sha256.map(|sha256| sha256.to_string());
            let before = query.before.unwrap_or(i64::MAX);
            let rows = statement.query_map((before, sha256, query.uid, query.limit), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
            rows.collect::<Result<_, _>>()?
        };
        let row = |(id, sha256, load): (i64, Option<String>, String)| {
            let sha256 = sha256.map(|text| text.parse()).transpose();
            let sha256 = sha256.map_err(|_| StoreError::Malformed("digest"))?;
            Ok(LoadRow { id, sha256, load: serde_json::from_str(&load)? })
        };
        rows.into_iter().map(row).collect()
    }
}

/// Loads as the audit log tells them: a program that opens the same file in a loop is one row of a batch.
#[derive(Default)]
struct Told<'l> {
    events: Vec<(Timestamp, Event)>,
    places: BTreeMap<(i32, FileKey, Answer, &'l str), usize>,
}

impl<'l> Told<'l> {
    fn add(&mut self, load: &'l Load, sha256: Option<Sha256>) {
        let same = (load.process.pid, load.key, load.answer, load.path.as_str());
        let place = *self.places.entry(same).or_insert(self.events.len());
        match self.events.get_mut(place) {
            Some((_, Event::Load { times, .. })) => *times = times.saturating_add(1),
            Some(_) | None => {
                self.events.push((load.at, Event::Load { sha256, load: load.clone(), times: 1 }));
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use assay_core::{Mode, Process};

    use assay_proof::log::Entry;

    use super::super::contents::tests::{content, known};
    use super::*;

    pub(crate) fn load(key: FileKey, uid: u32, answer: Answer) -> Load {
        Load {
            at: Timestamp::from_millis(1),
            process: Process { pid: 2, uid: Some(uid), exe: None, cgroup: None },
            key,
            path: "/m".to_owned(),
            mode: Mode::Enforce,
            answer,
        }
    }

    fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    fn all() -> LoadsQuery {
        LoadsQuery { limit: 100, ..LoadsQuery::default() }
    }

    #[test]
    fn a_load_of_a_known_file_has_its_digest() {
        let (_dir, store) = store();
        store.remember(&known(1), "s", &content(1)).unwrap();
        let changed = FileKey { mtime_ns: 77, ..known(1).key };
        store
            .record_loads(&[load(known(1).key, 5, Answer::Allow), load(changed, 6, Answer::Deny)], 10)
            .unwrap();
        let rows = store.loads(&all()).unwrap();
        assert_eq!((rows[1].sha256, rows[0].sha256), (Some(known(1).sha256), None));
        let mine = store.loads(&LoadsQuery { uid: Some(5), ..all() }).unwrap();
        assert_eq!(mine.len(), 1);
    }

    #[test]
    fn a_denied_load_is_an_event() {
        let (_dir, store) = store();
        let denied = load(known(1).key, 5, Answer::DenyUnknown);
        store.record_loads(&[load(known(1).key, 5, Answer::Allow), denied.clone()], 10).unwrap();
        let events = store.events(0, 10).unwrap();
        assert_eq!(events.len(), 1);
        assert_eq!((&events[0].0.what, events[0].1), (&What::Denied { load: denied }, Some(5)));
    }

    #[test]
    fn a_loop_of_opens_is_one_row_of_the_audit_log() {
        let (_dir, store) = store();
        let denied = load(known(1).key, 5, Answer::Deny);
        store.record_loads(&vec![denied.clone(); 1000], 10_000).unwrap();
        let lines = store.log_lines(1, 10).unwrap();
        assert_eq!(lines.len(), 1);
        let event = Entry::read(lines[0].1.as_bytes()).unwrap().event;
        assert_eq!(event, Event::Load { sha256: None, load: denied, times: 1000 });
    }

    #[test]
    fn the_ledger_is_bounded() {
        let (_dir, store) = store();
        for _ in 0..5 {
            store.record_loads(&[load(known(1).key, 5, Answer::Allow)], 3).unwrap();
        }
        let ids: Vec<_> = store.loads(&all()).unwrap().into_iter().map(|row| row.id).collect();
        assert_eq!(ids, [5, 4, 3]);
    }
}
