//! The mode each root was given while assayd ran.

use std::collections::BTreeMap;

use assay_core::wire::api::What;
use assay_core::{Mode, Timestamp};
use assay_proof::log::{By, Event};

use super::{Store, StoreError, events, log};

impl Store {
    /// The modes that were set, by root.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn modes(&self) -> Result<BTreeMap<String, Mode>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT path, mode FROM roots")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get::<_, String>(1)?)))?;
        let mut modes = BTreeMap::new();
        for row in rows {
            let (path, mode) = row?;
            let mode = [Mode::Audit, Mode::Enforce].into_iter().find(|known| known.name() == mode);
            modes.insert(path, mode.ok_or(StoreError::Malformed("mode"))?);
        }
        Ok(modes)
    }

    /// Sets the modes of roots, with an event for each.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn set_modes(
        &self,
        roots: &[String],
        mode: Mode,
        by: &By,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        for root in roots {
            transaction
                .execute("INSERT OR REPLACE INTO roots VALUES (?1, ?2)", [root.as_str(), mode.name()])?;
            let uid = by.uid.map_or("?".to_owned(), |uid| uid.to_string());
            let what = What::Mode { root: root.clone(), mode, by: format!("uid:{uid}") };
            events::append(&transaction, at, &what)?;
            log::append(&transaction, at, Event::Mode { root: root.clone(), mode, by: by.clone() })?;
        }
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_outlives_the_program() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        let by = By { uid: Some(0), ..By::default() };
        store.set_modes(&["/r".to_owned()], Mode::Enforce, &by, Timestamp::from_millis(1)).unwrap();
        drop(store);
        let (store, _) = Store::open(dir.path()).unwrap();
        assert_eq!(store.modes().unwrap(), BTreeMap::from([("/r".to_owned(), Mode::Enforce)]));
        assert_eq!(store.events(0, 9).unwrap().len(), 1);
    }
}
