//! From a file or an artifact to a verdict, a ruling and an event.
//!
//! One file is opened once: leased, hashed, scanned and checked for change through that one descriptor. Its facts
//! are kept by content; an artifact's evidence is put together from them, and policy decides. No lock is held while
//! anything is read.

mod artifact;
mod look;
pub(crate) mod place;
mod question;
mod ruling;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

pub(crate) use artifact::decide_stored;
pub(crate) use ruling::{forget, ruling_of};

use crate::queue::{Takes, Work};
use crate::state::Shared;

/// How long to wait before a file that is being written, or that the machine failed to read, is looked at again.
const RETRY: Duration = Duration::from_secs(2);

/// Works until the queue is closed.
pub(crate) fn run(shared: &Shared, takes: Takes) {
    while let Some(next) = shared.queue.take(takes) {
        work(shared, next);
    }
}

/// Does one piece of work.
pub(crate) fn work(shared: &Shared, work: Work) {
    let target = match work {
        Work::Answer(question, place) => return question::answer(shared, question, &place),
        Work::Judge(target) => target,
    };
    match artifact::judge(shared, &target) {
        Ok(artifact::Outcome::Settled) => {}
        Ok(artifact::Outcome::Again) => shared.queue.judge_later(target.clone(), Instant::now() + RETRY),
        Err(error) => {
            tracing::error!(%error, reference = %target.reference, "judge");
            shared.queue.judge_later(target.clone(), Instant::now() + RETRY);
        }
    }
    shared.queue.done(&target);
    shared.announce();
}
