//! Whether rows are the log they claim to be.

use assay_core::Sha256;

use super::{Checkpoint, Entry, Event, Head, LogId, Unreadable};
use crate::VerifyingKey;

/// What is wrong with a log, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct Fault {
    /// The line, counted from 1 over everything that was read.
    pub line: u64,
    /// What is wrong there.
    pub problem: Problem,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The line is no row.
    #[error("{0}")]
    Unreadable(#[from] Unreadable),
    /// The number does not follow: a row is missing, is there twice, or moved.
    #[error("row {found} where row {expected} belongs")]
    Number {
        /// The number that belongs here.
        expected: u64,
        /// The number found.
        found: u64,
    },
    /// The row before is not the one that this row was written after.
    #[error("row {seq} follows a row with SHA-256 {expected}; the row before it has {found}")]
    Chain {
        /// This row.
        seq: u64,
        /// The hash it names.
        expected: Sha256,
        /// The hash of the row before.
        found: Sha256,
    },
    /// The log does not begin as logs do, or begins twice.
    #[error("row {seq} cannot be where it is: a log begins with \"opened\", once")]
    Beginning {
        /// The row.
        seq: u64,
    },
    /// A checkpoint of another log.
    #[error("row {seq} is a checkpoint of log {log}")]
    OtherLog {
        /// The row.
        seq: u64,
        /// The other log.
        log: LogId,
    },
    /// A checkpoint by a key that is not trusted.
    #[error("row {seq} is signed by {signer}, which is not a trusted key")]
    Stranger {
        /// The row.
        seq: u64,
        /// Who claims to have signed.
        signer: String,
    },
    /// A checkpoint whose signature does not fit.
    #[error("row {seq} has a signature that does not match it")]
    Signature {
        /// The row.
        seq: u64,
    },
    /// A head that was kept elsewhere is not in this log.
    #[error("row {seq} is not the one that was known: its SHA-256 was {known}")]
    Forgotten {
        /// The row.
        seq: u64,
        /// The hash it had.
        known: Sha256,
    },
}

/// What a log that is whole amounts to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The first row that was read; more than 1 when older rows were not given.
    pub first: u64,
    /// The last row.
    pub head: Head,
    /// The last row that is signed by a trusted key, or covered by one that is; 0 for none.
    pub signed: u64,
    /// The log's name, when a row tells it.
    pub log: Option<LogId>,
    /// Checkpoints that were checked.
    pub checkpoints: u64,
}

/// Checks rows one after the other. Constant memory.
#[derive(Debug)]
pub struct Verifier {
    keys: Vec<VerifyingKey>,
    known: Vec<Head>,
    lines: u64,
    first: Option<u64>,
    head: Head,
    signed: u64,
    log: Option<LogId>,
    checkpoints: u64,
}

impl Verifier {
    /// Trusts these keys for checkpoints, and wants each of the `known` heads to be in the log.
    #[must_use]
    pub const fn new(keys: Vec<VerifyingKey>, known: Vec<Head>) -> Self {
        Self { keys, known, lines: 0, first: None, head: Head::EMPTY, signed: 0, log: None, checkpoints: 0 }
    }

    /// Checks the next line, given without its newline; returns the row.
    ///
    /// # Errors
    /// [`Fault`]; nothing after it can be trusted.
    pub fn line(&mut self, line: &[u8]) -> Result<Entry, Fault> {
        self.lines = self.lines.saturating_add(1);
        self.row(line).map_err(|problem| Fault { line: self.lines, problem })
    }

    fn row(&mut self, line: &[u8]) -> Result<Entry, Problem> {
        let entry = Entry::read(line)?;
        let seq = entry.seq;
        self.follows(&entry)?;
        self.names_log(&entry)?;
        if let Event::Checkpoint { log, signer, signature } = &entry.event {
            let signed = Checkpoint { log: log.clone(), seq, at: entry.at, prev: entry.prev };
            let key = self.keys.iter().find(|key| key.signer() == *signer);
            let key = key.ok_or_else(|| Problem::Stranger { seq, signer: signer.clone() })?;
            if !signed.is_signed(signature, key) {
                return Err(Problem::Signature { seq });
            }
            self.signed = seq;
            self.checkpoints = self.checkpoints.saturating_add(1);
        }
        self.head = Head::of(seq, line);
        match self.known.iter().find(|known| known.seq == seq) {
            Some(known) if known.hash != self.head.hash => Err(Problem::Forgotten { seq, known: known.hash }),
            Some(_) | None => Ok(entry),
        }
    }

    fn follows(&mut self, entry: &Entry) -> Result<(), Problem> {
        let seq = entry.seq;
        if self.first.is_none() {
            if seq == 0 {
                return Err(Problem::Number { expected: 1, found: 0 });
            }
            self.first = Some(seq);
            // What came before the first row given is not here to be compared.
            let prev = if seq == 1 { Head::EMPTY.hash } else { entry.prev };
            self.head = Head { seq: seq.saturating_sub(1), hash: prev };
        }
        let expected = self.head.seq.saturating_add(1);
        if seq != expected {
            return Err(Problem::Number { expected, found: seq });
        }
        if entry.prev != self.head.hash {
            return Err(Problem::Chain { seq, expected: entry.prev, found: self.head.hash });
        }
        Ok(())
    }

    fn names_log(&mut self, entry: &Entry) -> Result<(), Problem> {
        let seq = entry.seq;
        if matches!(entry.event, Event::Opened { .. }) != (seq == 1) {
            return Err(Problem::Beginning { seq });
        }
        if let Event::Opened { log } | Event::Checkpoint { log, .. } = &entry.event {
            match &self.log {
                Some(known) if known != log => return Err(Problem::OtherLog { seq, log: log.clone() }),
                Some(_) => {}
                None => self.log = Some(log.clone()),
            }
        }
        Ok(())
    }

    /// What was found, after the last line.
    ///
    /// # Errors
    /// [`Fault`] when a known head was not reached: rows are missing at the end.
    pub fn finish(self) -> Result<Summary, Fault> {
        let Self { known, lines, first, head, signed, log, checkpoints, .. } = self;
        let first = first.unwrap_or(1);
        if let Some(missing) = known.iter().find(|known| known.seq > head.seq || known.seq < first) {
            let problem = Problem::Forgotten { seq: missing.seq, known: missing.hash };
            return Err(Fault { line: lines, problem });
        }
        Ok(Summary { first, head, signed, log, checkpoints })
    }
}

#[cfg(test)]
mod tests {
    use assay_core::{Mode, Timestamp};

    use super::super::{By, checkpoint};
    use super::*;
    use crate::SigningKey;

    fn log(key: &SigningKey) -> Vec<String> {
        let id = LogId::new([7; 16]);
        let by = By { uid: Some(0), pid: Some(4), exe: Some("/usr/bin/assay".to_owned()) };
        let events = [
            Event::Opened { log: id.clone() },
            Event::Guard { connected: true },
            Event::Mode { root: "/srv/models".to_owned(), mode: Mode::Enforce, by },
            Event::Stopped,
        ];
        let mut head = Head::EMPTY;
        let mut lines = Vec::new();
        for (millis, event) in (1_700_000_000_000..).zip(events) {
            let entry = head.next(Timestamp::from_millis(millis), event);
            lines.push(entry.line().unwrap());
            head = Head::of(entry.seq, lines.last().unwrap().as_bytes());
        }
        let last = checkpoint(head, &id, Timestamp::from_millis(1_700_000_009_000), key).unwrap();
        lines.push(last.line().unwrap());
        lines
    }

    fn verify<'l>(
        lines: impl IntoIterator<Item = &'l [u8]>,
        key: &SigningKey,
        known: Vec<Head>,
    ) -> Result<Summary, Fault> {
        let mut verifier = Verifier::new(vec![key.public().clone()], known);
        for line in lines {
            verifier.line(line)?;
        }
        verifier.finish()
    }

    fn bytes(lines: &[String]) -> impl Iterator<Item = &[u8]> {
        lines.iter().map(String::as_bytes)
    }

    #[test]
    fn a_log_is_whole_and_signed_to_its_end() {
        let (key, _) = SigningKey::generate().unwrap();
        let summary = verify(bytes(&log(&key)), &key, Vec::new()).unwrap();
        assert_eq!((summary.first, summary.head.seq, summary.signed, summary.checkpoints), (1, 5, 5, 1));
    }

    /// Exhaustive: every byte of every row, every other value.
    #[test]
    fn any_byte_of_any_row_that_changes_is_found() {
        let (key, _) = SigningKey::generate().unwrap();
        let lines = log(&key);
        for row in 0..lines.len() {
            for place in 0..lines[row].len() {
                for change in 1..=255_u8 {
                    // A P-256 verification for each value of each byte of the last row would take minutes.
                    if row + 1 == lines.len() && !change.is_power_of_two() {
                        continue;
                    }
                    let mut changed: Vec<Vec<u8>> =
                        lines.iter().map(|line| line.clone().into_bytes()).collect();
                    changed[row][place] ^= change;
                    let found = verify(changed.iter().map(Vec::as_slice), &key, Vec::new());
                    assert!(found.is_err(), "row {row} byte {place} ^ {change:#x}");
                }
            }
        }
    }

    #[test]
    fn a_dropped_added_or_moved_row_is_found() {
        let (key, _) = SigningKey::generate().unwrap();
        let lines = log(&key);
        for row in 0..lines.len() - 1 {
            let mut dropped = lines.clone();
            dropped.remove(row);
            // Without its first row it is the end of a log, and says so.
            let result = verify(bytes(&dropped), &key, Vec::new());
            if row == 0 {
                assert_eq!(result.unwrap().first, 2)
            } else {
                assert!(result.is_err(), "{row}")
            }
            let mut twice = lines.clone();
            twice.insert(row, lines[row].clone());
            assert!(verify(bytes(&twice), &key, Vec::new()).is_err());
            let mut moved = lines.clone();
            moved.swap(row, row + 1);
            assert!(verify(bytes(&moved), &key, Vec::new()).is_err());
        }
    }

    #[test]
    fn an_end_that_is_gone_is_found_by_who_kept_a_head() {
        let (key, _) = SigningKey::generate().unwrap();
        let lines = log(&key);
        let known = Head::of(5, lines[4].as_bytes());
        assert!(verify(bytes(&lines), &key, vec![known]).is_ok());
        let cut = &lines[..4];
        assert_eq!(verify(bytes(cut), &key, Vec::new()).unwrap().signed, 0);
        assert!(matches!(
            verify(bytes(cut), &key, vec![known]).unwrap_err().problem,
            Problem::Forgotten { .. }
        ));
    }

    #[test]
    fn another_history_by_another_key_is_found() {
        let (key, _) = SigningKey::generate().unwrap();
        let (other, _) = SigningKey::generate().unwrap();
        let fault = verify(bytes(&log(&other)), &key, Vec::new()).unwrap_err();
        assert!(matches!(fault.problem, Problem::Stranger { seq: 5, .. }));
    }

    #[test]
    fn a_log_begins_once() {
        let (key, _) = SigningKey::generate().unwrap();
        let first = Head::EMPTY.next(Timestamp::from_millis(1), Event::Stopped).line().unwrap();
        let fault = verify([first.as_bytes()], &key, Vec::new()).unwrap_err();
        assert_eq!(fault, Fault { line: 1, problem: Problem::Beginning { seq: 1 } });
    }
}
