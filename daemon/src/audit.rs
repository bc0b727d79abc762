//! Keeping the audit log: signing what is new, and moving old rows to files.

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use assay_core::Sha256;
use assay_proof::log::{Event, Head};
use sha2::Digest;

use crate::durable;
use crate::state::{Shared, now};
use crate::store::{Store, StoreError};

/// Rows that are read at once.
const BATCH: u32 = 1_000;

/// How the log is kept.
#[derive(Debug, Clone)]
pub(crate) struct Pace {
    /// How long a row may wait for its signature.
    pub(crate) checkpoint: Duration,
    /// Rows kept in the store; of more, the older half goes to a file.
    pub(crate) max_rows: u64,
    /// Where the files are.
    pub(crate) directory: PathBuf,
}

/// Keeps the log until the other end of `stop` is dropped.
pub(crate) fn run(shared: &Arc<Shared>, stop: &Receiver<()>, pace: &Pace) {
    let mut told = Head::EMPTY;
    while let Err(RecvTimeoutError::Timeout) = stop.recv_timeout(pace.checkpoint) {
        match keep(shared, pace) {
            Ok(head) => {
                shared.limit("audit log", None);
                if head != told {
                    // Out of our reach: whoever keeps the journal can show that the log was cut.
                    tracing::info!(seq = head.seq, sha256 = %head.hash, "audit-log-head");
                    told = head;
                }
            }
            Err(error) => {
                tracing::error!(%error, "audit-log");
                shared.limit("audit log", Some(format!("the audit log is not kept: {error}")));
            }
        }
    }
}

/// Says that assayd stops, and signs that.
pub(crate) fn close(shared: &Shared) {
    let closed =
        shared.store.log(now(), Event::Stopped).and_then(|()| shared.store.checkpoint(&shared.key, now()));
    match closed {
        Ok(head) => tracing::info!(seq = head.seq, sha256 = %head.hash, "audit-log-closed"),
        Err(error) => tracing::error!(%error, "audit-log"),
    }
}

fn keep(shared: &Shared, pace: &Pace) -> Result<Head, StoreError> {
    rotate(&shared.store, pace)?;
    shared.store.checkpoint(&shared.key, now())
}

/// Moves the older half of the rows to a file when there are too many.
fn rotate(store: &Store, pace: &Pace) -> Result<(), StoreError> {
    let (first, rows) = store.log_span()?;
    if rows <= pace.max_rows {
        return Ok(());
    }
    let last = first.saturating_add(rows.saturating_sub(pace.max_rows / 2)).saturating_sub(1);
    std::fs::create_dir_all(&pace.directory)?;
    let segment = Segment { first, last };
    let sha256 = segment.write(store, &pace.directory)?;
    store.log_rotated(now(), &segment.name(), (first, last), sha256)
}

/// A file of rows: `log-<first>-<last>.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Segment {
    /// The number of its first row.
    pub(crate) first: u64,
    /// The number of its last row.
    pub(crate) last: u64,
}

impl Segment {
    /// The segments of a directory, oldest first; none when it is not there.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn all(directory: &Path) -> io::Result<Vec<Self>> {
        let entries = match std::fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut all = Vec::new();
        for entry in entries {
            all.extend(entry?.file_name().to_str().and_then(Self::named));
        }
        all.sort_unstable();
        Ok(all)
    }

    /// Its file's name.
    pub(crate) fn name(self) -> String {
        format!("log-{:012}-{:012}.jsonl", self.first, self.last)
    }

    fn named(name: &str) -> Option<Self> {
        let (first, last) = name.strip_prefix("log-")?.strip_suffix(".jsonl")?.split_once('-')?;
        Some(Self { first: first.parse().ok()?, last: last.parse().ok()? })
    }

    /// Writes the rows to their file; returns its digest.
    fn write(self, store: &Store, directory: &Path) -> Result<Sha256, StoreError> {
        let mut hasher = sha2::Sha256::new();
        let mut failed = None;
        durable::with(&directory.join(self.name()), |file| {
            let mut out = BufWriter::new(file);
            let mut after = self.first.saturating_sub(1);
            while after < self.last {
                let batch = match store.log_lines(after, BATCH) {
                    Ok(batch) => batch,
                    Err(error) => {
                        failed = Some(error);
                        return Err(io::ErrorKind::Other.into());
                    }
                };
                let before = after;
                for (seq, line) in batch.into_iter().filter(|(seq, _)| *seq <= self.last) {
                    let line = format!("{line}\n");
                    hasher.update(&line);
                    out.write_all(line.as_bytes())?;
                    after = seq;
                }
                if after == before {
                    return Err(io::Error::other("rows of the audit log are missing"));
                }
            }
            out.flush()
        })
        .map_err(|error| failed.unwrap_or(StoreError::Io(error)))?;
        Ok(Sha256::new(hasher.finalize().into()))
    }
}

#[cfg(test)]
mod tests {
    use assay_core::Timestamp;
    use assay_proof::SigningKey;
    use assay_proof::log::Verifier;

    use super::*;

    #[test]
    fn rotation_keeps_the_chain() {
        let dir = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(dir.path()).unwrap();
        let (key, _) = SigningKey::generate().unwrap();
        let at = Timestamp::from_millis(1);
        let directory = dir.path().join("log");
        let pace = Pace { checkpoint: Duration::ZERO, max_rows: 10, directory: directory.clone() };
        for row in 0..40_u64 {
            store.record_guard(at, row % 2 == 0).unwrap();
            rotate(&store, &pace).unwrap();
        }
        store.checkpoint(&key, at).unwrap();
        assert!(store.log_span().unwrap().1 <= 11);

        let mut verifier = Verifier::new(vec![key.public().clone()], Vec::new());
        let segments = Segment::all(&directory).unwrap();
        assert!(segments.len() > 3, "{segments:?}");
        for segment in segments {
            let file = std::fs::File::open(directory.join(segment.name())).unwrap();
            let text = io::read_to_string(file).unwrap();
            text.lines().for_each(|line| drop(verifier.line(line.as_bytes()).unwrap()));
        }
        for (_, line) in store.log_lines(0, 100).unwrap() {
            // The store begins after the last file.
            verifier.line(line.as_bytes()).unwrap();
        }
        let summary = verifier.finish().unwrap();
        assert_eq!((summary.first, summary.signed), (1, summary.head.seq));
    }

    #[test]
    fn only_our_names_are_segments() {
        let segment = Segment { first: 1, last: 20 };
        assert_eq!(segment.name(), "log-000000000001-000000000020.jsonl");
        assert_eq!(Segment::named(&segment.name()), Some(segment));
        assert_eq!(Segment::named("log-1-x.jsonl"), None);
        assert_eq!(Segment::named("log-1-2.jsonl.new"), None);
    }
}
