//! Turns answered opens into load records, on its own thread, after the answer.

use std::{
    os::fd::OwnedFd,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use assay_core::{Answer, FileKey, Load, Mode, Process, Timestamp, shown};

use crate::{attribution, opening::Opener, outbox::Outbox, scope::path_of};

/// The most answered opens that wait to be described. Each holds two descriptors.
const MAX_RECORDS: usize = 4_096;

/// An answered open.
pub(crate) struct Record {
    pub(crate) file: Arc<OwnedFd>,
    pub(crate) opener: Opener,
    /// The opener, when it was looked at before the answer.
    pub(crate) process: Option<Process>,
    pub(crate) key: FileKey,
    pub(crate) mode: Mode,
    pub(crate) answer: Answer,
}

/// Where answered opens go.
pub(crate) struct Recorder {
    records: SyncSender<(Timestamp, Record)>,
}

/// The other end.
pub(crate) struct Records {
    records: Receiver<(Timestamp, Record)>,
}

/// A recorder and its other end.
pub(crate) fn channel() -> (Recorder, Records) {
    let (sender, receiver) = sync_channel(MAX_RECORDS);
    (Recorder { records: sender }, Records { records: receiver })
}

impl Recorder {
    /// Keeps an answered open for description. Returns false when too many wait: it is dropped.
    pub(crate) fn record(&self, record: Record) -> bool {
        self.records.try_send((now(), record)).is_ok()
    }
}

impl Records {
    /// Describes until the gate is gone.
    pub(crate) fn run(&self, outbox: &Outbox) {
        for (at, record) in &self.records {
            let path = path_of(&*record.file).unwrap_or_default();
            outbox.load(Load {
                at,
                process: record.process.unwrap_or_else(|| attribution::describe(&record.opener)),
                key: record.key,
                path: shown(&path.to_string_lossy()),
                mode: record.mode,
                answer: record.answer,
            });
        }
    }

    /// The answers so far.
    #[cfg(test)]
    pub(crate) fn answers(&self) -> Vec<Answer> {
        self.records.try_iter().map(|(_, record)| record.answer).collect()
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
