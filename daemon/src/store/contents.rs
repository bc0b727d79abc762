//! What is known about contents, and which content a file has.

use assay_core::{
    ContentDigest, Coverage, DigestKind, FileFact, FileKey, Finding, Format, GapKind, GitSha1, Sha256,
};
use rusqlite::OptionalExtension;
use serde::{Deserialize, Serialize};

use super::{Store, StoreError};

/// What one scanner version said about one content. Locations start with `name`, the name it was scanned under.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    /// The name it was scanned under.
    pub(crate) name: String,
    /// Bytes.
    pub(crate) size: u64,
    /// Its identity; absent when it could not be read to the end.
    pub(crate) sha256: Option<Sha256>,
    /// What git calls it.
    pub(crate) git_sha1: Option<GitSha1>,
    /// Digests taken besides SHA-256, because a signature listed them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) digests: Vec<ContentDigest>,
    /// Digests that were asked for, taken or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) asked: Vec<DigestKind>,
    /// Formats recognised in it.
    pub(crate) formats: Vec<Format>,
    /// How much was looked at.
    pub(crate) coverage: Coverage,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
    /// Findings counted, not kept.
    pub(crate) findings_dropped: u64,
}

impl Content {
    /// Whether another scan of the same bytes could say more, because it was the machine that failed.
    pub(crate) fn is_worth_retrying(&self) -> bool {
        self.sha256.is_none()
            || self.coverage.gaps().iter().any(|gap| match gap.kind {
                GapKind::Unreadable | GapKind::Changed | GapKind::WorkerDied => true,
                GapKind::Malformed
                | GapKind::Limit
                | GapKind::Deadline
                | GapKind::Encrypted
                | GapKind::Unsupported => false,
            })
    }

    /// Whether every one of these digests was taken. One that could not be is not asked for again and again: it is
    /// there when the content was read while it was wanted.
    pub(crate) fn has(&self, kinds: &[DigestKind]) -> bool {
        kinds.iter().all(|kind| *kind == DigestKind::SHA256 || self.asked.contains(kind))
    }

    /// The facts of a file of this content, without claims.
    pub(crate) fn to_fact(&self, name: &str) -> FileFact {
        let mut fact = FileFact {
            name: name.to_owned(),
            size: self.size,
            sha256: self.sha256,
            formats: self.formats.clone(),
            coverage: self.coverage.clone(),
            findings: self.findings.clone(),
            claims: Vec::new(),
            digests: self.digests.clone(),
        };
        if name != self.name {
            crate::rename::rename(&mut fact, &self.name, name);
        }
        fact
    }
}

/// A file on disk whose content is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KnownFile {
    /// The key it had.
    pub(crate) key: FileKey,
    /// Whether a lease proved that nobody wrote while it was read.
    pub(crate) leased: bool,
    /// Its content.
    pub(crate) sha256: Sha256,
}

impl Store {
    /// What `scanner` said about a content.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn content(&self, sha256: &Sha256, scanner: &str) -> Result<Option<Content>, StoreError> {
        let facts: Option<String> = {
            let connection = self.lock();
            let sql = "SELECT facts FROM contents WHERE sha256 = ?1 AND scanner = ?2";
            let mut query = connection.prepare_cached(sql)?;
            query.query_row((sha256.to_string(), scanner), |row| row.get(0)).optional()?
        };
        Ok(facts.map(|facts| serde_json::from_str(&facts)).transpose()?)
    }

    /// What is known about the file of this device and inode.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn known_file(&self, (dev, ino): (u64, u64)) -> Result<Option<KnownFile>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT size, mtime_ns, ctime_ns, leased, sha256 FROM files WHERE dev = ?1 AND ino = ?2";
        let mut query = connection.prepare_cached(sql)?;
        let row = query
            .query_row((dev.cast_signed(), ino.cast_signed()), |row| {
                let size = row.get::<_, i64>(0)?.cast_unsigned();
                let key = FileKey { dev, ino, size, mtime_ns: row.get(1)?, ctime_ns: row.get(2)? };
                Ok((key, row.get(3)?, row.get::<_, String>(4)?))
            })
            .optional()?;
        let Some((key, leased, sha256)) = row else { return Ok(None) };
        let sha256 = sha256.parse().map_err(|_| StoreError::Malformed("digest"))?;
        Ok(Some(KnownFile { key, leased, sha256 }))
    }

    /// Remembers what was found in a file, and what `scanner` said about its content.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn remember(
        &self,
        file: &KnownFile,
        scanner: &str,
        content: &Content,
    ) -> Result<(), StoreError> {
        let facts = serde_json::to_string(content)?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        transaction
            .prepare_cached(
                "INSERT INTO contents VALUES (?1, ?2, ?3) ON CONFLICT (sha256) DO UPDATE
                 SET scanner = excluded.scanner, facts = excluded.facts",
            )?
            .execute((file.sha256.to_string(), scanner, facts))?;
        transaction
            .prepare_cached("INSERT OR REPLACE INTO files VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
            .execute((
                file.key.dev.cast_signed(),
                file.key.ino.cast_signed(),
                file.key.size.cast_signed(),
                file.key.mtime_ns,
                file.key.ctime_ns,
                file.leased,
                file.sha256.to_string(),
            ))?;
        transaction.commit()?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn content(byte: u8) -> Content {
        Content {
            name: "m.bin".to_owned(),
            size: 7,
            sha256: Some(Sha256::new([byte; 32])),
            git_sha1: None,
            digests: Vec::new(),
            asked: Vec::new(),
            formats: vec![Format::Pickle],
            coverage: Coverage::Whole,
            findings: Vec::new(),
            findings_dropped: 0,
        }
    }

    pub(crate) fn known(byte: u8) -> KnownFile {
        let key = FileKey { dev: u64::MAX, ino: u64::from(byte), size: 7, mtime_ns: -1, ctime_ns: 2 };
        KnownFile { key, leased: true, sha256: Sha256::new([byte; 32]) }
    }

    #[test]
    fn what_is_remembered_is_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        store.remember(&known(1), "scanner-1", &content(1)).unwrap();
        assert_eq!(store.known_file((u64::MAX, 1)).unwrap(), Some(known(1)));
        assert_eq!(store.content(&Sha256::new([1; 32]), "scanner-1").unwrap(), Some(content(1)));
    }

    #[test]
    fn another_scanner_knows_nothing_yet() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        store.remember(&known(1), "scanner-1", &content(1)).unwrap();
        assert_eq!(store.content(&Sha256::new([1; 32]), "scanner-2").unwrap(), None);
    }
}
