//! Artifacts, their evidence and their verdicts.

use std::collections::BTreeSet;

use assay_core::wire::api::What;
use assay_core::{Decision, Evidence, Sha256, Verdict};
use assay_proof::log::Event;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::{Store, StoreError, events, log};

/// An artifact that was judged, with everything the verdict rests on.
#[derive(Debug, Clone)]
pub(crate) struct Judged {
    /// The root it is under; the registry for pulled ones.
    pub(crate) root: String,
    /// Names, keys and claims of its files as they were judged; empty when it is to be judged again soon.
    pub(crate) fingerprint: String,
    /// Which scanner looked.
    pub(crate) scanner: String,
    /// The facts.
    pub(crate) evidence: Evidence,
    /// Where each file of the evidence lies.
    pub(crate) files: Vec<JudgedFile>,
    /// What policy decided.
    pub(crate) verdict: Verdict,
}

/// One file of a judged artifact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JudgedFile {
    /// Its name in the artifact.
    pub(crate) name: String,
    /// Its content, when it could be read.
    pub(crate) sha256: Option<Sha256>,
    /// Where it lies; empty for one that was only pulled.
    pub(crate) path: String,
}

/// What is stored about an artifact, without its evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Standing {
    /// As in [`Judged`].
    pub(crate) fingerprint: String,
    /// As in [`Judged`].
    pub(crate) scanner: String,
    /// The policy that decided.
    pub(crate) policy: Sha256,
    /// What it decided.
    pub(crate) decision: Decision,
}

impl Store {
    /// Stores a verdict with its evidence; an event follows when the decision is not the one before.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn commit_verdict(&self, judged: &Judged) -> Result<(), StoreError> {
        let evidence = serde_json::to_string(&judged.evidence)?;
        let verdict = serde_json::to_string(&judged.verdict)?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let reference = &judged.evidence.reference;
        let before = decision(&transaction, reference, &judged.root)?;
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO artifacts VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            )?
            .execute((
                reference,
                &judged.root,
                judged.evidence.source.scheme(),
                &judged.fingerprint,
                &judged.scanner,
                judged.verdict.policy.to_string(),
                judged.verdict.decision.name(),
                count(judged.evidence.files.len()),
                judged
                    .evidence
                    .files
                    .iter()
                    .fold(0_u64, |sum, file| sum.saturating_add(file.size))
                    .cast_signed(),
                judged.verdict.at.as_millis(),
                evidence,
                verdict,
            ))?;
        replace_holdings(&transaction, judged)?;
        let decision = judged.verdict.decision;
        if before != Some(decision) {
            let what = What::Verdict { reference: reference.clone(), decision, before };
            events::append(&transaction, judged.verdict.at, &what)?;
            log::append(
                &transaction,
                judged.verdict.at,
                row(reference, &judged.root, before, &judged.verdict),
            )?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Stores what policy decided from evidence that is stored already.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn commit_decision(
        &self,
        root: &str,
        evidence: &Evidence,
        verdict: &Verdict,
    ) -> Result<(), StoreError> {
        let text = serde_json::to_string(verdict)?;
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let reference = &evidence.reference;
        let before = decision(&transaction, reference, root)?;
        transaction.execute(
            "UPDATE artifacts SET policy = ?3, decision = ?4, judged_at = ?5, verdict = ?6
             WHERE reference = ?1 AND root = ?2",
            (
                reference,
                root,
                verdict.policy.to_string(),
                verdict.decision.name(),
                verdict.at.as_millis(),
                text,
            ),
        )?;
        if before.is_some_and(|before| before != verdict.decision) {
            let what = What::Verdict { reference: reference.clone(), decision: verdict.decision, before };
            events::append(&transaction, verdict.at, &what)?;
            log::append(&transaction, verdict.at, row(reference, root, before, verdict))?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// How an artifact stands.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn standing(&self, reference: &str, root: &str) -> Result<Option<Standing>, StoreError> {
        let row = {
            let connection = self.lock();
            let sql = "SELECT fingerprint, scanner, policy, decision FROM artifacts
                       WHERE reference = ?1 AND root = ?2";
            let mut query = connection.prepare_cached(sql)?;
            query
                .query_row([reference, root], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get::<_, String>(2)?, row.get::<_, String>(3)?))
                })
                .optional()?
        };
        let Some((fingerprint, scanner, policy, decision)) = row else { return Ok(None) };
        let policy = policy.parse().map_err(|_| StoreError::Malformed("digest"))?;
        Ok(Some(Standing { fingerprint, scanner, policy, decision: parse_decision(&decision)? }))
    }

    /// The evidence and verdict of an artifact.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn evidence(
        &self,
        reference: &str,
        root: &str,
    ) -> Result<Option<(Evidence, Verdict)>, StoreError> {
        let row: Option<(String, String)> = {
            let connection = self.lock();
            let sql = "SELECT evidence, verdict FROM artifacts WHERE reference = ?1 AND root = ?2";
            let mut query = connection.prepare_cached(sql)?;
            query.query_row([reference, root], |row| Ok((row.get(0)?, row.get(1)?))).optional()?
        };
        let Some((evidence, verdict)) = row else { return Ok(None) };
        Ok(Some((serde_json::from_str(&evidence)?, serde_json::from_str(&verdict)?)))
    }

    /// Forgets an artifact that is no longer there.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn forget_artifact(&self, reference: &str, root: &str) -> Result<(), StoreError> {
        self.lock().execute("DELETE FROM artifacts WHERE reference = ?1 AND root = ?2", [reference, root])?;
        Ok(())
    }

    /// Forgets every artifact on disk whose root is not one of these; pulled artifacts stay.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn forget_other_roots(&self, roots: &BTreeSet<String>) -> Result<(), StoreError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        let stored: Vec<String> = {
            let mut query =
                transaction.prepare("SELECT DISTINCT root FROM artifacts WHERE source <> 'oci'")?;
            query.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?
        };
        for root in stored.iter().filter(|root| !roots.contains(*root)) {
            transaction.execute("DELETE FROM artifacts WHERE root = ?1 AND source <> 'oci'", [root])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Pulled artifacts that another policy decided about, each `(reference, root)`: no walk comes by them.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn pulled_under_other_policy(
        &self,
        policy: &Sha256,
    ) -> Result<Vec<(String, String)>, StoreError> {
        let connection = self.lock();
        let sql = "SELECT reference, root FROM artifacts WHERE source = 'oci' AND policy <> ?1";
        let mut query = connection.prepare_cached(sql)?;
        let rows = query.query_map([policy.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// References of the artifacts stored for a root.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn references(&self, root: &str) -> Result<Vec<String>, StoreError> {
        let connection = self.lock();
        let mut query = connection.prepare_cached("SELECT reference FROM artifacts WHERE root = ?1")?;
        let rows = query.query_map([root], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Whether at least one artifact under `root` that holds this content is accepted by `policy`.
    ///
    /// # Errors
    /// [`StoreError`]
    pub(crate) fn is_accepted(
        &self,
        sha256: &Sha256,
        root: &str,
        policy: &Sha256,
    ) -> Result<bool, StoreError> {
        let connection = self.lock();
        let sql = "SELECT EXISTS (SELECT 1 FROM holdings JOIN artifacts USING (reference, root)
                   WHERE sha256 = ?1 AND root = ?2 AND policy = ?3 AND decision <> 'deny')";
        let mut query = connection.prepare_cached(sql)?;
        Ok(query.query_row((sha256.to_string(), root, policy.to_string()), |row| row.get(0))?)
    }
}

fn replace_holdings(transaction: &Transaction<'_>, judged: &Judged) -> Result<(), StoreError> {
    let reference = &judged.evidence.reference;
    transaction
        .prepare_cached("DELETE FROM holdings WHERE reference = ?1 AND root = ?2")?
        .execute([reference, &judged.root])?;
    let mut insert = transaction.prepare_cached("INSERT INTO holdings VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for file in &judged.files {
        let sha256 = file.sha256.map(|sha256| sha256.to_string());
        insert.execute((reference, &judged.root, &file.name, sha256, &file.path))?;
    }
    Ok(())
}

fn decision(connection: &Connection, reference: &str, root: &str) -> Result<Option<Decision>, StoreError> {
    let sql = "SELECT decision FROM artifacts WHERE reference = ?1 AND root = ?2";
    let mut query = connection.prepare_cached(sql)?;
    let name: Option<String> = query.query_row([reference, root], |row| row.get(0)).optional()?;
    name.map(|name| parse_decision(&name)).transpose()
}

pub(super) fn parse_decision(name: &str) -> Result<Decision, StoreError> {
    [Decision::Allow, Decision::Warn, Decision::Deny]
        .into_iter()
        .find(|decision| decision.name() == name)
        .ok_or(StoreError::Malformed("decision"))
}

/// What the audit log tells about a decision.
fn row(reference: &str, root: &str, before: Option<Decision>, verdict: &Verdict) -> Event {
    Event::Verdict {
        reference: reference.to_owned(),
        root: root.to_owned(),
        decision: verdict.decision,
        before,
        policy: verdict.policy,
        because: log::because(verdict),
    }
}

fn count(len: usize) -> i64 {
    i64::try_from(len).unwrap_or(i64::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use assay_core::wire::api::Tally;
    use assay_core::{Source, Timestamp};

    use super::*;

    pub(crate) fn judged(reference: &str, decision: Decision, byte: u8) -> Judged {
        let sha256 = Sha256::new([byte; 32]);
        let mut fact = super::super::contents::tests::content(byte).to_fact("m.bin");
        fact.sha256 = Some(sha256);
        Judged {
            root: "/r".to_owned(),
            fingerprint: "f".to_owned(),
            scanner: "s".to_owned(),
            evidence: Evidence {
                source: Source::Dir,
                reference: reference.to_owned(),
                files: vec![fact],
                signatures: Vec::new(),
                sboms: Vec::new(),
            },
            files: vec![JudgedFile {
                name: "m.bin".to_owned(),
                sha256: Some(sha256),
                path: format!("/r/{reference}/m.bin"),
            }],
            verdict: Verdict {
                decision,
                reasons: Vec::new(),
                policy: Sha256::new([9; 32]),
                engine: "0".to_owned(),
                at: Timestamp::from_millis(5),
            },
        }
    }

    pub(crate) fn store() -> (tempfile::TempDir, Store) {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        (dir, store)
    }

    #[test]
    fn a_verdict_is_found_again() {
        let (_dir, store) = store();
        let one = judged("a", Decision::Warn, 1);
        store.commit_verdict(&one).unwrap();
        assert_eq!(store.evidence("a", "/r").unwrap(), Some((one.evidence, one.verdict)));
        assert_eq!(store.standing("a", "/r").unwrap().unwrap().decision, Decision::Warn);
        assert_eq!(store.tally().unwrap(), Tally { allow: 0, warn: 1, deny: 0 });
        assert_eq!(store.content_at("/r/a/m.bin").unwrap(), Some(Sha256::new([1; 32])));
    }

    #[test]
    fn an_event_follows_a_new_decision_only() {
        let (_dir, store) = store();
        store.commit_verdict(&judged("a", Decision::Allow, 1)).unwrap();
        store.commit_verdict(&judged("a", Decision::Allow, 1)).unwrap();
        store.commit_verdict(&judged("a", Decision::Deny, 1)).unwrap();
        let events = store.events(0, 10).unwrap();
        assert_eq!(events.iter().map(|(event, _)| event.id).collect::<Vec<_>>(), [1, 2]);
        let what = What::Verdict {
            reference: "a".to_owned(),
            decision: Decision::Deny,
            before: Some(Decision::Allow),
        };
        assert_eq!(events[1].0.what, what);
    }

    #[test]
    fn content_is_accepted_when_one_artifact_of_the_root_is() {
        let (_dir, store) = store();
        let policy = Sha256::new([9; 32]);
        store.commit_verdict(&judged("bad", Decision::Deny, 1)).unwrap();
        let accepted = |root| store.is_accepted(&Sha256::new([1; 32]), root, &policy).unwrap();
        assert!(!accepted("/r"));
        store.commit_verdict(&judged("good", Decision::Warn, 1)).unwrap();
        assert!(accepted("/r"));
        assert!(!accepted("/other"));
        store.forget_artifact("good", "/r").unwrap();
        assert!(!accepted("/r"));
    }

    #[test]
    fn a_verdict_of_another_policy_accepts_nothing() {
        let (_dir, store) = store();
        store.commit_verdict(&judged("good", Decision::Allow, 1)).unwrap();
        assert!(!store.is_accepted(&Sha256::new([1; 32]), "/r", &Sha256::new([8; 32])).unwrap());
    }

    #[test]
    fn artifacts_of_other_roots_are_forgotten() {
        let (_dir, store) = store();
        store.commit_verdict(&judged("a", Decision::Allow, 1)).unwrap();
        store.forget_other_roots(&BTreeSet::from(["/r".to_owned()])).unwrap();
        assert_eq!(store.references("/r").unwrap(), ["a"]);
        store.forget_other_roots(&BTreeSet::new()).unwrap();
        assert!(store.references("/r").unwrap().is_empty());
    }
}
