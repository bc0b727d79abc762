//! What is being judged now, and the opens that wait for it.

use std::{collections::BTreeMap, os::fd::OwnedFd, sync::Arc, time::Instant};

use assay_core::{FileKey, Mode};

use crate::{
    lease::Lease,
    opening::{Kernel, Opening},
    table::Inode,
};

/// The most files judged at once. Each holds a descriptor and a lease; beyond it an unknown file is denied at once.
pub(crate) const MAX_QUESTIONS: usize = 4_096;

/// The most opens held at once, over all questions. Each holds two descriptors and a stopped process.
pub(crate) const MAX_WAITING: usize = 16_384;

/// An open that waits for a verdict.
pub(crate) struct Waiter<K: Kernel> {
    pub(crate) opening: Opening<K>,
    pub(crate) mode: Mode,
    /// When it is denied.
    pub(crate) deadline: Instant,
}

/// Who began a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An open; assayd has been told.
    Asked,
    /// An open; no daemon to tell yet.
    Unasked,
    /// assayd, with `Consider`.
    Daemon,
}

/// One file that is being judged.
pub(crate) struct Question<K: Kernel> {
    pub(crate) origin: Origin,
    /// The key under the lease.
    pub(crate) key: FileKey,
    /// The file; its description carries the lease.
    pub(crate) file: Arc<OwnedFd>,
    /// Absent when a writer exists: then only `Outside` counts.
    pub(crate) lease: Option<Arc<Lease>>,
    pub(crate) waiting: Vec<Waiter<K>>,
}

/// What a question is about, for a look at it without the lock.
pub(crate) struct Subject {
    pub(crate) file: Arc<OwnedFd>,
    pub(crate) key: FileKey,
    pub(crate) lease: Option<Arc<Lease>>,
}

/// All questions.
pub(crate) struct Questions<K: Kernel> {
    by_id: BTreeMap<u64, Question<K>>,
    by_inode: BTreeMap<Inode, u64>,
    waiting: usize,
    next: u64,
}

impl<K: Kernel> Default for Questions<K> {
    fn default() -> Self {
        Self { by_id: BTreeMap::new(), by_inode: BTreeMap::new(), waiting: 0, next: 2 }
    }
}

/// Why a question or a waiter was not taken.
pub(crate) struct Full<T>(pub(crate) T);

impl<K: Kernel> Questions<K> {
    /// The next even id.
    pub(crate) fn next_id(&mut self) -> u64 {
        let id = self.next;
        self.next = self.next.wrapping_add(2).max(2);
        id
    }

    /// Lets an open wait for a question about its inode with this key, if there is one.
    pub(crate) fn join(&mut self, key: &FileKey, waiter: Waiter<K>) -> Result<(), Full<Waiter<K>>> {
        let id = self.by_inode.get(&key.inode()).copied();
        let question = id.and_then(|id| self.by_id.get_mut(&id));
        match question.filter(|question| question.key == *key) {
            Some(question) if self.waiting < MAX_WAITING => {
                question.waiting.push(waiter);
                self.waiting = self.waiting.saturating_add(1);
                Ok(())
            }
            Some(_) | None => Err(Full(waiter)),
        }
    }

    /// Begins a question.
    pub(crate) fn begin(&mut self, id: u64, question: Question<K>) -> Result<(), Full<Question<K>>> {
        let waiting = self.waiting.saturating_add(question.waiting.len());
        if self.by_id.len() >= MAX_QUESTIONS || waiting > MAX_WAITING {
            return Err(Full(question));
        }
        self.waiting = waiting;
        self.by_inode.insert(question.key.inode(), id);
        if let Some(replaced) = self.by_id.insert(id, question) {
            self.waiting = self.waiting.saturating_sub(replaced.waiting.len());
        }
        Ok(())
    }

    /// What a question is about; it goes on.
    pub(crate) fn look(&self, id: u64) -> Option<Subject> {
        let Question { file, key, lease, .. } = self.by_id.get(&id)?;
        Some(Subject { file: Arc::clone(file), key: *key, lease: lease.clone() })
    }

    /// Ends a question.
    pub(crate) fn end(&mut self, id: u64) -> Option<Question<K>> {
        let question = self.by_id.remove(&id)?;
        let inode = question.key.inode();
        if self.by_inode.get(&inode) == Some(&id) {
            self.by_inode.remove(&inode);
        }
        self.waiting = self.waiting.saturating_sub(question.waiting.len());
        Some(question)
    }

    /// Ends all questions whose lease a writer has broken.
    pub(crate) fn end_broken(&mut self) -> Vec<Question<K>> {
        self.end_where(|question| question.lease.as_ref().is_some_and(|lease| !lease.unbroken()))
    }

    /// Ends all questions that only a daemon wants answered, and marks the others to be asked again. A consideration
    /// that opens wait for becomes a question of ours, because the next daemon does not know its number.
    pub(crate) fn end_of_daemon(&mut self) -> Vec<Question<K>> {
        let ended = self.end_where(|question| question.waiting.is_empty());
        let considered: Vec<u64> = self.by_id.keys().copied().filter(|id| id % 2 == 1).collect();
        for id in considered {
            if let Some(question) = self.by_id.remove(&id) {
                let id = self.next_id();
                self.by_inode.insert(question.key.inode(), id);
                self.by_id.insert(id, question);
            }
        }
        self.by_id.values_mut().for_each(|question| question.origin = Origin::Unasked);
        ended
    }

    /// Ends all questions.
    pub(crate) fn end_all(&mut self) -> Vec<Question<K>> {
        self.end_where(|_| true)
    }

    /// The questions that no daemon has heard yet; from now on it has.
    pub(crate) fn take_unasked(&mut self) -> Vec<(u64, FileKey, Arc<OwnedFd>)> {
        let unasked = self.by_id.iter_mut().filter(|(_, question)| question.origin == Origin::Unasked);
        unasked
            .map(|(id, question)| {
                question.origin = Origin::Asked;
                (*id, question.key, Arc::clone(&question.file))
            })
            .collect()
    }

    /// Takes out the opens whose time is over. The question stays: its verdict still counts.
    pub(crate) fn expired(&mut self, now: Instant) -> Vec<(FileKey, Waiter<K>)> {
        let mut over = Vec::new();
        for question in self.by_id.values_mut() {
            let due = question.waiting.extract_if(.., |waiter| waiter.deadline <= now);
            over.extend(due.map(|waiter| (question.key, waiter)));
        }
        self.waiting = self.waiting.saturating_sub(over.len());
        over
    }

    /// The next deadline of an open.
    pub(crate) fn next_deadline(&self) -> Option<Instant> {
        self.by_id.values().flat_map(|question| &question.waiting).map(|waiter| waiter.deadline).min()
    }

    fn end_where(&mut self, over: impl Fn(&Question<K>) -> bool) -> Vec<Question<K>> {
        let ids: Vec<u64> =
            self.by_id.iter().filter(|(_, question)| over(question)).map(|(id, _)| *id).collect();
        ids.into_iter().filter_map(|id| self.end(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::opening::{Opener, Reply, fake::FakeKernel};

    const KEY: FileKey = FileKey { dev: 1, ino: 2, size: 3, mtime_ns: 4, ctime_ns: 5 };

    fn key(ino: u64) -> FileKey {
        FileKey { ino, ..KEY }
    }

    fn file() -> OwnedFd {
        std::fs::File::open("/dev/null").unwrap().into()
    }

    fn question(key: FileKey, origin: Origin, waiting: Vec<Waiter<FakeKernel>>) -> Question<FakeKernel> {
        Question { origin, key, file: Arc::new(file()), lease: None, waiting }
    }

    fn waiter(kernel: &Arc<FakeKernel>, deadline: Instant) -> Waiter<FakeKernel> {
        Waiter { opening: Opening::held(kernel, file(), Opener::default()), mode: Mode::Enforce, deadline }
    }

    #[test]
    fn an_open_joins_only_a_question_about_its_content() {
        let (kernel, now) = (Arc::new(FakeKernel::default()), Instant::now());
        let mut questions = Questions::default();
        assert!(questions.begin(2, question(KEY, Origin::Asked, Vec::new())).is_ok());
        assert!(questions.join(&KEY, waiter(&kernel, now)).is_ok());
        assert!(questions.join(&FileKey { size: 9, ..KEY }, waiter(&kernel, now)).is_err());
        assert!(questions.join(&key(7), waiter(&kernel, now)).is_err());
        assert_eq!(kernel.told(), [Reply::Deny, Reply::Deny]);
        assert_eq!(questions.end(2).unwrap().waiting.len(), 1);
        assert!(questions.end(2).is_none());
    }

    #[test]
    fn what_is_late_leaves_and_the_question_stays() {
        let (kernel, now) = (Arc::new(FakeKernel::default()), Instant::now());
        let mut questions = Questions::default();
        let waiting = vec![waiter(&kernel, now), waiter(&kernel, now + Duration::from_secs(9))];
        assert!(questions.begin(2, question(KEY, Origin::Asked, waiting)).is_ok());
        assert_eq!(questions.next_deadline(), Some(now));
        assert_eq!(questions.expired(now).len(), 1);
        assert_eq!(questions.next_deadline(), Some(now + Duration::from_secs(9)));
        assert_eq!(questions.end(2).unwrap().waiting.len(), 1);
    }

    #[test]
    fn questions_are_bounded() {
        let mut questions = Questions::default();
        let file = Arc::new(file());
        for ino in 0..=u64::try_from(MAX_QUESTIONS).unwrap() {
            let question =
                Question { file: Arc::clone(&file), ..question(key(ino), Origin::Daemon, Vec::new()) };
            let id = questions.next_id();
            assert_eq!(questions.begin(id, question).is_ok(), ino < u64::try_from(MAX_QUESTIONS).unwrap());
        }
    }

    #[test]
    fn a_daemons_end_drops_what_nobody_waits_for() {
        let (kernel, now) = (Arc::new(FakeKernel::default()), Instant::now());
        let mut questions = Questions::default();
        assert!(questions.begin(1, question(key(1), Origin::Daemon, Vec::new())).is_ok());
        assert_eq!(questions.next_id(), 2);
        assert!(questions.begin(2, question(key(2), Origin::Asked, vec![waiter(&kernel, now)])).is_ok());
        assert!(questions.begin(6, question(key(4), Origin::Asked, Vec::new())).is_ok());
        let late = waiter(&kernel, now);
        assert!(questions.begin(3, question(key(3), Origin::Daemon, vec![late])).is_ok());
        assert_eq!(questions.end_of_daemon().len(), 2);
        let unasked: Vec<u64> = questions.take_unasked().into_iter().map(|(id, ..)| id).collect();
        assert_eq!(unasked, [2, 4]);
        assert_eq!(questions.end(4).unwrap().key, key(3));
        assert!(questions.take_unasked().is_empty());
    }
}
