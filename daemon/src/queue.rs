//! What waits to be judged: questions of the kernel first, then everything else.

use std::collections::{BTreeSet, VecDeque};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use assay_core::FileKey;

use crate::catalogue::Target;

/// The most questions that wait; the guard denies what is not answered, and asks no more than this at once.
const MAX_QUESTIONS: usize = 4_096;

/// How long an idle judge sleeps before it looks for work whose time has come.
const TICK: Duration = Duration::from_millis(250);

/// A process waits for this file.
#[derive(Debug)]
pub(crate) struct Question {
    /// The guard's number for it.
    pub(crate) id: u64,
    /// The file's key when it was opened.
    pub(crate) key: FileKey,
    /// The path it was reached by; a hint only.
    pub(crate) hint: String,
    /// The file, with the guard's lease on it.
    pub(crate) file: OwnedFd,
    /// When nobody waits any more.
    pub(crate) deadline: Instant,
}

/// Where the file of a question belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// Artifacts hold it.
    Held(Vec<Target>),
    /// It lies under a root, and no artifact holds it.
    Loose {
        /// The root.
        root: String,
        /// The file, as far as that is known.
        path: PathBuf,
    },
}

/// One piece of work.
#[derive(Debug)]
pub(crate) enum Work {
    /// Answer a question about a file under a root.
    Answer(Question, Place),
    /// Judge an artifact; afterwards call [`Queue::done`].
    Judge(Target),
}

/// Which work a judging thread takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Questions only, so that one is never behind a long scan.
    Questions,
    /// Questions first, then artifacts.
    Anything,
}

/// What waits to be judged.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    more: Condvar,
}

#[derive(Debug, Default)]
struct State {
    questions: VecDeque<Question>,
    later_questions: Vec<(Instant, Question)>,
    placed: VecDeque<(Question, Place)>,
    artifacts: VecDeque<Target>,
    waiting: BTreeSet<Target>,
    running: BTreeSet<Target>,
    again: BTreeSet<Target>,
    later: Vec<(Instant, Target)>,
    closed: bool,
}

impl Queue {
    /// Adds a question; one too many is dropped, and the guard denies it.
    pub(crate) fn ask(&self, question: Question) {
        let mut state = self.lock();
        if state.questions.len() < MAX_QUESTIONS {
            state.questions.push_back(question);
        } else {
            tracing::warn!(id = question.id, "question-dropped");
        }
        drop(state);
        self.more.notify_all();
    }

    /// Adds a question again, not to be answered before `at`.
    pub(crate) fn ask_later(&self, question: Question, at: Instant) {
        self.lock().later_questions.push((at, question));
    }

    /// Adds an artifact, once. One that is being judged now is judged again afterwards.
    pub(crate) fn judge(&self, target: Target) {
        let mut state = self.lock();
        if state.running.contains(&target) {
            state.again.insert(target);
        } else if state.waiting.insert(target.clone()) {
            state.artifacts.push_back(target);
        }
        drop(state);
        self.more.notify_one();
    }

    /// Adds an artifact again, not before `at`.
    pub(crate) fn judge_later(&self, target: Target, at: Instant) {
        let mut state = self.lock();
        if state.later.iter().all(|(_, known)| *known != target) {
            state.later.push((at, target));
        }
    }

    /// Waits for questions, and takes all of them: one walk answers many. `None` when there will be none.
    pub(crate) fn take_questions(&self) -> Option<Vec<Question>> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            state.wake(Instant::now());
            if !state.questions.is_empty() {
                return Some(state.questions.drain(..).collect());
            }
            state = self.more.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Adds a question whose file lies under a root.
    pub(crate) fn placed(&self, question: Question, place: Place) {
        self.lock().placed.push_back((question, place));
        self.more.notify_all();
    }

    /// Waits for work. `None` when there will be none.
    pub(crate) fn take(&self, takes: Takes) -> Option<Work> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            state.wake(Instant::now());
            if let Some((question, place)) = state.placed.pop_front() {
                return Some(Work::Answer(question, place));
            }
            if takes == Takes::Anything
                && let Some(target) = state.artifacts.pop_front()
            {
                state.waiting.remove(&target);
                state.running.insert(target.clone());
                return Some(Work::Judge(target));
            }
            state = self.more.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// An artifact was judged.
    pub(crate) fn done(&self, target: &Target) {
        let mut state = self.lock();
        state.running.remove(target);
        let again = state.again.remove(target);
        drop(state);
        if again {
            self.judge(target.clone());
        }
    }

    /// How many artifacts and questions wait or are being judged; those that wait for a writer do not count.
    pub(crate) fn outstanding(&self) -> usize {
        let state = self.lock();
        let waiting = state.artifacts.len().saturating_add(state.placed.len());
        waiting.saturating_add(state.running.len())
    }

    /// Ends every [`Queue::take`].
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.more.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Moves what has waited long enough to where it is taken from.
    fn wake(&mut self, now: Instant) {
        let (due, later): (Vec<_>, _) =
            std::mem::take(&mut self.later).into_iter().partition(|(at, _)| *at <= now);
        self.later = later;
        for (_, target) in due {
            if !self.running.contains(&target) && self.waiting.insert(target.clone()) {
                self.artifacts.push_back(target);
            }
        }
        let (due, later): (Vec<_>, _) =
            std::mem::take(&mut self.later_questions).into_iter().partition(|(at, _)| *at <= now);
        self.later_questions = later;
        self.questions.extend(due.into_iter().map(|(_, question)| question));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::target;

    fn question(id: u64) -> Question {
        let file = tempfile::tempfile().unwrap().into();
        let key = FileKey { dev: 0, ino: id, size: 0, mtime_ns: 0, ctime_ns: 0 };
        Question { id, key, hint: String::new(), file, deadline: Instant::now() }
    }

    #[test]
    fn questions_come_first() {
        let queue = Queue::default();
        queue.judge(target("/r", "a"));
        queue.ask(question(2));
        for question in queue.take_questions().unwrap() {
            queue.placed(question, Place::Held(Vec::new()));
        }
        assert!(matches!(queue.take(Takes::Anything), Some(Work::Answer(Question { id: 2, .. }, _))));
        assert!(matches!(queue.take(Takes::Anything), Some(Work::Judge(_))));
    }

    #[test]
    fn all_questions_are_taken_at_once() {
        let queue = Queue::default();
        queue.ask(question(2));
        queue.ask(question(4));
        let ids: Vec<_> = queue.take_questions().unwrap().iter().map(|question| question.id).collect();
        assert_eq!(ids, [2, 4]);
    }

    #[test]
    fn an_artifact_waits_once() {
        let queue = Queue::default();
        queue.judge(target("/r", "a"));
        queue.judge(target("/r", "a"));
        assert_eq!(queue.outstanding(), 1);
    }

    #[test]
    fn a_change_while_judging_means_judging_again() {
        let queue = Queue::default();
        queue.judge(target("/r", "a"));
        let Some(Work::Judge(running)) = queue.take(Takes::Anything) else { panic!("no work") };
        queue.judge(running.clone());
        queue.done(&running);
        assert!(matches!(queue.take(Takes::Anything), Some(Work::Judge(again)) if again == running));
    }

    #[test]
    fn what_waits_comes_back_in_time() {
        let queue = Queue::default();
        queue.judge_later(target("/r", "a"), Instant::now());
        assert_eq!(queue.outstanding(), 0);
        assert!(matches!(queue.take(Takes::Anything), Some(Work::Judge(_))));
    }

    #[test]
    fn a_closed_queue_gives_nothing() {
        let queue = Queue::default();
        queue.judge(target("/r", "a"));
        queue.close();
        assert!(queue.take(Takes::Anything).is_none());
        assert!(queue.take_questions().is_none());
    }
}
