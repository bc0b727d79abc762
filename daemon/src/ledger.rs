//! Writing loads down: many to a transaction, in the order they came.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

use assay_core::Load;

use crate::state::Shared;

/// Loads that may wait to be written; a transaction of them takes milliseconds.
const MAX_WAITING: usize = 65_536;

/// The most loads of one transaction.
const MAX_BATCH: usize = 1_024;

/// Where loads are handed in.
#[derive(Debug, Clone)]
pub(crate) struct Ledger(SyncSender<Load>);

/// A ledger and its other end.
pub(crate) fn ledger() -> (Ledger, Receiver<Load>) {
    let (sender, receiver) = sync_channel(MAX_WAITING);
    (Ledger(sender), receiver)
}

impl Ledger {
    /// Hands in a load. When the disk is too slow the reader of the guard waits here, and the guard counts what it
    /// cannot deliver.
    pub(crate) fn record(&self, load: Load) {
        match self.0.try_send(load) {
            Ok(()) => {}
            Err(TrySendError::Full(load)) => {
                tracing::warn!("ledger-full");
                if self.0.send(load).is_err() {
                    tracing::error!("ledger-gone");
                }
            }
            Err(TrySendError::Disconnected(_)) => tracing::error!("ledger-gone"),
        }
    }
}

/// Writes loads down until nobody hands any in. At most `max_loads` and `max_events` are kept.
pub(crate) fn run(shared: &Arc<Shared>, loads: &Receiver<Load>, max_loads: u64, max_events: u64) {
    while let Ok(first) = loads.recv() {
        let mut batch = vec![first];
        batch.extend(loads.try_iter().take(MAX_BATCH));
        let written =
            shared.store.record_loads(&batch, max_loads).and_then(|()| shared.store.trim_events(max_events));
        if let Err(error) = written {
            tracing::error!(%error, lost = batch.len(), "ledger");
        }
        shared.announce();
    }
}
