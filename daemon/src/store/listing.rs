//! Asking about artifacts: pages, tallies, and who holds a content.

use assay_core::wire::api::{ArtifactRow, Holding, Tally};
use assay_core::{Decision, Evidence, FileFact, Sha256, Source, Timestamp};
use rusqlite::{OptionalExtension, Row};

use super::artifacts::parse_decision;
use super::{Store, StoreError};

/// Which artifacts are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page {
    /// Only these.
    pub(crate) decision: Option<Decision>,
    /// After this reference and root.
    pub(crate) after: Option<(String, String)>,
    /// At most this many.
    pub(crate) limit: u32,
}

impl Store {
    /// One page of artifacts, ordered by reference and root.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn artifacts(&self, page: &Page) -> Result<Vec<(ArtifactRow, String)>, StoreError> {
        let rows = {
            let connection = self.lock();
            let sql = "SELECT reference, source, decision, files, bytes, judged_at, root FROM artifacts
                       WHERE (reference, root) > (?1, ?2) AND (?3 IS NULL OR decision = ?3)
                       ORDER BY reference, root LIMIT ?4";
            let mut query = connection.prepare_cached(sql)?;
            let (reference, root) = page.after.clone().unwrap_or_default();
            let rows =
                query.query_map((reference, root, page.decision.map(Decision::name), page.limit), raw_row)?;
            rows.collect::<Result<Vec<_>, _>>()?
        };
        rows.into_iter().map(artifact_row).collect()
    }

    /// How many artifacts have each decision.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn tally(&self) -> Result<Tally, StoreError> {
        let connection = self.lock();
        let mut query =
            connection.prepare_cached("SELECT decision, count(*) FROM artifacts GROUP BY decision")?;
        let mut rows = query.query([])?;
        let mut tally = Tally::default();
        while let Some(row) = rows.next()? {
            let count = row.get::<_, i64>(1)?.cast_unsigned();
            match parse_decision(&row.get::<_, String>(0)?)? {
                Decision::Allow => tally.allow = count,
                Decision::Warn => tally.warn = count,
                Decision::Deny => tally.deny = count,
            }
        }
        Ok(tally)
    }

    /// Where a content lies, at most `limit` paths.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn paths_of(&self, sha256: &Sha256, limit: u32) -> Result<Vec<String>, StoreError> {
        let connection = self.lock();
        let sql =
            "SELECT DISTINCT path FROM holdings WHERE sha256 = ?1 AND path <> '' ORDER BY path LIMIT ?2";
        let mut query = connection.prepare_cached(sql)?;
        let rows = query.query_map((sha256.to_string(), limit), |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The artifacts that hold a content, with the root each is under and the file's facts there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn holdings(
        &self,
        sha256: &Sha256,
        limit: u32,
    ) -> Result<Vec<(Holding, String, Option<FileFact>)>, StoreError> {
        let rows: Vec<(String, String, String, String, String)> = {
            let connection = self.lock();
            let sql = "SELECT reference, name, verdict, root, evidence FROM holdings
                       JOIN artifacts USING (reference, root) WHERE sha256 = ?1 ORDER BY reference, root, name LIMIT ?2";
            let mut query = connection.prepare_cached(sql)?;
            let rows = query.query_map((sha256.to_string(), limit), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })?;
            rows.collect::<Result<_, _>>()?
        };
        let whole = |(reference, name, verdict, root, evidence): (String, String, String, String, String)| {
            let evidence: Evidence = serde_json::from_str(&evidence)?;
            let fact = evidence.files.into_iter().find(|file| file.name == name);
            Ok((Holding { reference, name, verdict: serde_json::from_str(&verdict)? }, root, fact))
        };
        rows.into_iter().map(whole).collect()
    }

    /// The content last judged at a path.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn content_at(&self, path: &str) -> Result<Option<Sha256>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT sha256 FROM holdings WHERE path = ?1 AND sha256 IS NOT NULL LIMIT 1";
        let mut query = connection.prepare_cached(sql)?;
        let sha256: Option<String> = query.query_row([path], |row| row.get(0)).optional()?;
        sha256.map(|text| text.parse().map_err(|_| StoreError::Malformed("digest"))).transpose()
    }

    /// Artifacts `(reference, root)` that hold a content, are this OCI manifest, or have this reference.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn places(
        &self,
        digest: Option<&Sha256>,
        reference: Option<&str>,
        limit: u32,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let digest = digest.map(ToString::to_string);
        let manifest = digest.as_ref().map(|digest| format!("%@sha256:{digest}"));
        let connection = self.lock();
        let sql = "SELECT reference, root FROM artifacts WHERE reference = ?1
                   OR (source = 'oci' AND reference LIKE ?2)
                   OR (reference, root) IN (SELECT reference, root FROM holdings WHERE sha256 = ?3)
                   ORDER BY reference, root LIMIT ?4";
        let mut query = connection.prepare_cached(sql)?;
        let rows =
            query.query_map((reference, manifest, digest, limit), |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Pulled artifacts of this manifest: `oci://host/repo@sha256:<digest>`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn by_manifest(&self, digest: &Sha256) -> Result<Vec<Holding>, StoreError> {
        let rows: Vec<(String, String)> = {
            let connection = self.lock();
            let sql = "SELECT reference, verdict FROM artifacts WHERE source = 'oci' AND reference LIKE ?1";
            let mut query = connection.prepare_cached(sql)?;
            let rows =
                query.query_map([format!("%@sha256:{digest}")], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        let whole = |(reference, verdict): (String, String)| {
            Ok(Holding { reference, name: String::new(), verdict: serde_json::from_str(&verdict)? })
        };
        rows.into_iter().map(whole).collect()
    }
}

/// Columns as they are stored; parsed outside the lock.
type RawRow = (String, String, String, i64, i64, i64, String);

fn raw_row(row: &Row<'_>) -> rusqlite::Result<RawRow> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?))
}

fn artifact_row(
    (reference, source, decision, files, bytes, at, root): RawRow,
) -> Result<(ArtifactRow, String), StoreError> {
    let row = ArtifactRow {
        reference,
        source: parse_source(&source)?,
        decision: parse_decision(&decision)?,
        files: files.cast_unsigned(),
        bytes: bytes.cast_unsigned(),
        judged_at: Timestamp::from_millis(at),
    };
    Ok((row, root))
}

fn parse_source(scheme: &str) -> Result<Source, StoreError> {
    Ok(serde_json::from_value(serde_json::Value::String(scheme.to_owned()))?)
}

#[cfg(test)]
mod tests {
    use super::super::artifacts::tests::{judged, store};
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let (_dir, store) = store();
        for name in ["c", "a", "b"] {
            store.commit_verdict(&judged(name, Decision::Allow, 1)).unwrap();
        }
        let first = store.artifacts(&Page { limit: 2, ..Page::default() }).unwrap();
        let (last, root) = first.last().unwrap();
        let after = Some((last.reference.clone(), root.clone()));
        let second = store.artifacts(&Page { after, limit: 2, decision: Some(Decision::Allow) }).unwrap();
        let names: Vec<_> = first.iter().chain(&second).map(|(row, _)| row.reference.as_str()).collect();
        assert_eq!(names, ["a", "b", "c"]);
    }
}
