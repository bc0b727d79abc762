//! The decision at an open, and the opens that wait for one.
//!
//! No system call that can wait is made here, and the lock is held only for look-ups, never across input or output.

use std::{
    os::fd::{AsFd as _, OwnedFd},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use assay_core::{
    Answer, FileKey, Mode,
    wire::guard::{FromGuard, Ruling},
};
use rustix::fs::FileType;

use crate::{
    attribution,
    flux::{self, Use},
    kernel,
    lease::{Lease, Leased},
    opening::{Kernel, Opener, Opening, Reply},
    outbox::Outbox,
    questions::{Full, Origin, Question, Questions, Subject, Waiter},
    recorder::{Record, Recorder},
    scope::{Identity, Place, Scope, path_of},
    table::{Inode, Known, Table, Verdict},
};

/// A process whose own opens are never gated: it must read what it judges.
pub(crate) struct Exempt {
    /// Its id.
    pub(crate) pid: i32,
    /// Its descriptor: the id alone may belong to another by now.
    pub(crate) pidfd: OwnedFd,
}

/// Decides.
pub(crate) struct Gate<K: Kernel> {
    kernel: Arc<K>,
    version: kernel::Kernel,
    outbox: Arc<Outbox>,
    recorder: Recorder,
    scope: RwLock<Arc<Scope>>,
    exempt: RwLock<Option<Arc<Exempt>>>,
    /// Whether a daemon is there that has set its roots, so that questions reach somebody.
    listening: AtomicBool,
    state: Mutex<State<K>>,
    earlier: Condvar,
}

struct State<K: Kernel> {
    table: Table,
    questions: Questions<K>,
}

/// A gated open on its way to an answer.
struct Gated<K: Kernel> {
    opening: Opening<K>,
    identity: Identity,
    mode: Mode,
    /// Whether only assayd can tell if it is gated at all.
    uncertain: bool,
}

impl<K: Kernel> Gate<K> {
    /// A gate without roots.
    pub(crate) fn new(kernel: Arc<K>, outbox: Arc<Outbox>, recorder: Recorder) -> Self {
        Self {
            kernel,
            version: kernel::Kernel::running(),
            outbox,
            recorder,
            scope: RwLock::default(),
            exempt: RwLock::default(),
            listening: AtomicBool::new(false),
            state: Mutex::new(State { table: Table::default(), questions: Questions::default() }),
            earlier: Condvar::new(),
        }
    }

    /// Decides one open. Whatever goes wrong on the way drops the opening, and that denies it.
    pub(crate) fn opened(&self, mut opening: Opening<K>) {
        let identity = match Identity::of(&*opening.file) {
            Ok(identity) => identity,
            Err(_) => return self.outbox.count(|counters| counters.errors += 1),
        };
        if identity.kind != FileType::RegularFile || self.is_exempt(&opening.opener) {
            return opening.answer(Reply::Allow);
        }
        let scope = self.scope();
        let known = self.state().table.find(identity.inode());
        let place = match known {
            Some(known) => Place::Inside(self.mode(&scope, &opening, &identity, known)),
            None => scope.place(opening.file.as_fd(), &identity),
        };
        let (mode, uncertain) = match place {
            Place::Inside(mode) => (mode, false),
            Place::Uncertain(mode) => (mode, true),
            Place::Outside => return self.outside(opening),
        };
        if mode == Mode::Audit {
            opening.answer(Reply::Allow);
        }
        self.judge(
            Gated { opening, identity, mode, uncertain },
            known.and_then(|known| known.ruled),
            scope.hold,
        );
    }

    /// Answers a gated open by its ruling, or holds it.
    fn judge(&self, gated: Gated<K>, ruled: Option<(FileKey, Verdict)>, hold: Duration) {
        let key = gated.identity.key;
        let verdict = ruled.filter(|(stored, _)| *stored == key).map(|(_, verdict)| verdict);
        if verdict == Some(Verdict::Deny) {
            return self.settle(gated.opening, key, gated.mode, Answer::Deny);
        }
        let lease = match Lease::take(&gated.opening.file) {
            Leased::Granted(lease) => Some(lease),
            Leased::Refused => None,
            Leased::Failed => {
                self.outbox.count(|counters| counters.errors += 1);
                return self.settle(gated.opening, key, gated.mode, Answer::DenyUnknown);
            }
        };
        let unchanged = || Identity::of(&*gated.opening.file).is_ok_and(|now| now.key == key);
        match (verdict, lease) {
            (Some(Verdict::Allow), None) => self.settle(gated.opening, key, gated.mode, Answer::DenyWriter),
            (Some(Verdict::Allow), Some(lease)) if unchanged() => {
                self.settle(gated.opening, key, gated.mode, Answer::Allow);
                drop(lease);
            }
            (None, None) if !gated.uncertain => self.in_flux(gated),
            (_, lease) => self.hold(gated, lease, hold),
        }
    }

    /// Somebody writes an unverified file, perhaps the opener: writing goes on, reading does not.
    fn in_flux(&self, mut gated: Gated<K>) {
        let key = gated.identity.key;
        if key.size == 0 {
            return gated.opening.answer(Reply::Allow);
        }
        if gated.opening.pending.is_some() && flux::opens_of(gated.opening.opener.pid) == Use::WriteOnly {
            return gated.opening.answer(Reply::Allow);
        }
        self.settle(gated.opening, key, gated.mode, Answer::DenyWriter);
    }

    /// Lets an open wait for assayd.
    fn hold(&self, gated: Gated<K>, lease: Option<Lease>, hold: Duration) {
        // The key is taken again under the lease: before it a writer may have been at work.
        let Ok(Identity { key, .. }) = Identity::of(&*gated.opening.file) else {
            return self.outbox.count(|counters| counters.errors += 1);
        };
        let file = Arc::clone(&gated.opening.file);
        // Four fifths of the time: the answer must not come after the one who waits has been told otherwise.
        let deadline = Instant::now() + hold.mul_f32(0.8);
        let waiter = Waiter { opening: gated.opening, mode: gated.mode, deadline };
        let mut state = self.state();
        // Ruled since it was looked up: the key was taken under our own lease, so the ruling is about these bytes.
        let ruled = state.table.find(key.inode()).and_then(|known| known.ruled);
        if let (Some((_, verdict)), Some(_)) = (ruled.filter(|(stored, _)| *stored == key), &lease) {
            drop(state);
            return self.settle(waiter.opening, key, waiter.mode, verdict.answer());
        }
        let waiter = match state.questions.join(&key, waiter) {
            Ok(()) => return self.earlier.notify_all(),
            Err(Full(waiter)) => waiter,
        };
        let listening = self.listening.load(Ordering::Acquire);
        let origin = if listening { Origin::Asked } else { Origin::Unasked };
        let id = state.questions.next_id();
        let lease = lease.map(Arc::new);
        let question = Question { origin, key, file: Arc::clone(&file), lease, waiting: vec![waiter] };
        let begun = state.questions.begin(id, question);
        self.earlier.notify_all();
        drop(state);
        match begun {
            Ok(()) if listening => self.ask(id, key, file),
            Ok(()) => {}
            Err(Full(question)) => self.settle_all(question, Answer::DenyUnknown),
        }
    }

    /// Asks assayd. If the question cannot be sent, the opens that wait for it are denied in time.
    fn ask(&self, id: u64, key: FileKey, file: Arc<OwnedFd>) {
        let path = path_of(&*file).unwrap_or_default().to_string_lossy().into_owned();
        if !self.outbox.urgent(FromGuard::Ask { id, key, path }, Some(file)) {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }

    /// assayd's word on a question or a consideration.
    pub(crate) fn rule(&self, id: u64, key: FileKey, ruling: Ruling) {
        let answer = match ruling {
            Ruling::Outside => {
                let question = self.state().questions.end(id);
                return question.into_iter().for_each(|question| self.all_outside(question));
            }
            Ruling::Allow => Answer::Allow,
            Ruling::Deny => Answer::Deny,
        };
        let Some(Subject { file, key: judged, lease }) = self.state().questions.look(id) else { return };
        let unbroken = lease.is_some_and(|lease| lease.unbroken());
        let holds = unbroken && judged == key && Identity::of(&*file).is_ok_and(|now| now.key == key);
        // The ruling stands before its question ends: no open finds neither.
        let (question, stored) = {
            let mut state = self.state();
            let stored = !holds || !self.version.keeps(&key) || state.table.rule(key, ruling);
            (state.questions.end(id), stored)
        };
        if !stored {
            self.outbox.count(|counters| counters.errors += 1);
        }
        let answer = if holds { answer } else { Answer::DenyWriter };
        question.into_iter().for_each(|question| self.settle_all(question, answer));
    }

    /// assayd wants to judge a file. Returns the key under the lease, or nothing when a writer exists.
    pub(crate) fn consider(&self, id: u64, file: OwnedFd) -> Option<FileKey> {
        let file = Arc::new(file);
        let Leased::Granted(lease) = Lease::take(&file) else { return None };
        let identity = Identity::of(&*file).ok().filter(|found| found.kind == FileType::RegularFile)?;
        let key = identity.key;
        let lease = Some(Arc::new(lease));
        let question = Question { origin: Origin::Daemon, key, file, lease, waiting: Vec::new() };
        let mut state = self.state();
        state.table.protect(identity.inode());
        state.questions.begin(id, question).ok().map(|()| key)
    }

    /// Gates an inode.
    pub(crate) fn protect(&self, inode: Inode) {
        if !self.state().table.protect(inode) {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }

    /// Changes the ruling of content that was judged.
    pub(crate) fn revise(&self, key: FileKey, ruling: Ruling) {
        self.state().table.revise(key, ruling);
    }

    /// Forgets all rulings.
    pub(crate) fn forget(&self) {
        self.state().table.forget();
    }

    /// How many rulings there are.
    pub(crate) fn rulings(&self) -> u64 {
        self.state().table.rulings()
    }

    /// The trees that are gated now.
    pub(crate) fn scope(&self) -> Arc<Scope> {
        Arc::clone(&self.scope.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Gates other trees.
    pub(crate) fn set_scope(&self, scope: Scope) {
        *self.scope.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(scope);
    }

    /// Names have moved: what was learnt from paths is learnt again.
    pub(crate) fn names_moved(&self) {
        let mut scope = self.scope.write().unwrap_or_else(PoisonError::into_inner);
        let generation = scope.generation.wrapping_add(1);
        *scope = Arc::new(Scope { generation, ..Scope::clone(&scope) });
    }

    /// A daemon is there; its own opens are free from now on.
    pub(crate) fn daemon_came(&self, exempt: Option<Exempt>) {
        *self.exempt.write().unwrap_or_else(PoisonError::into_inner) = exempt.map(Arc::new);
    }

    /// The daemon has set its roots: it hears what was not asked yet.
    pub(crate) fn daemon_listens(&self) {
        // Under the lock, so that a question begun at the same time is asked once.
        let unasked = {
            let mut state = self.state();
            self.listening.store(true, Ordering::Release);
            state.questions.take_unasked()
        };
        unasked.into_iter().for_each(|(id, key, file)| self.ask(id, key, file));
    }

    /// The daemon is gone: opens go on waiting for the next one, up to their deadline.
    pub(crate) fn daemon_left(&self) {
        *self.exempt.write().unwrap_or_else(PoisonError::into_inner) = None;
        let ended = {
            let mut state = self.state();
            self.listening.store(false, Ordering::Release);
            state.questions.end_of_daemon()
        };
        drop(ended);
    }

    /// A writer has asked for a file that is being judged: its verdict would be about other bytes.
    pub(crate) fn leases_broken(&self) {
        let broken = self.state().questions.end_broken();
        broken.into_iter().for_each(|question| self.settle_all(question, Answer::DenyWriter));
    }

    /// Denies the opens whose time is over, and waits for the next deadline, at most `pause`.
    pub(crate) fn expire(&self, pause: Duration) {
        let now = Instant::now();
        let expired = self.state().questions.expired(now);
        for (key, waiter) in expired {
            self.settle(waiter.opening, key, waiter.mode, Answer::DenyUnknown);
        }
        let state = self.state();
        let next = state.questions.next_deadline().map(|at| at.saturating_duration_since(now));
        let wait = next.map_or(pause, |next| next.min(pause));
        drop(self.earlier.wait_timeout(state, wait));
    }

    /// Denies every open that waits.
    pub(crate) fn deny_all(&self) {
        let questions = self.state().questions.end_all();
        questions.into_iter().for_each(|question| self.settle_all(question, Answer::DenyUnknown));
    }

    fn settle_all(&self, question: Question<K>, answer: Answer) {
        for waiter in question.waiting {
            self.settle(waiter.opening, question.key, waiter.mode, answer);
        }
        // The lease ends here, after the answers.
        drop(question.lease);
    }

    fn all_outside(&self, question: Question<K>) {
        self.state().table.rule(question.key, Ruling::Outside);
        question.waiting.into_iter().for_each(|waiter| self.outside(waiter.opening));
    }

    /// Answers the kernel, then counts and records.
    fn settle(&self, mut opening: Opening<K>, key: FileKey, mode: Mode, answer: Answer) {
        let denied = answer != Answer::Allow;
        // Who is refused is often gone at once, so it is looked at while it waits; who is let in is looked at afterwards.
        let refused = denied && opening.pending.is_some();
        let process = refused.then(|| attribution::describe(&opening.opener));
        opening.answer(if denied { Reply::Deny } else { Reply::Allow });
        if mode == Mode::Enforce {
            self.outbox.count(|counters| match answer {
                Answer::Allow => counters.allowed += 1,
                Answer::Deny => counters.denied += 1,
                Answer::DenyWriter => counters.denied_writer += 1,
                Answer::DenyUnknown => counters.denied_unknown += 1,
            });
        }
        let Opening { file, opener, .. } = opening;
        let record = Record { file, opener, process, key, mode, answer };
        if !self.recorder.record(record) {
            self.outbox.count(|counters| counters.loads_dropped += 1);
        }
    }

    fn outside(&self, mut opening: Opening<K>) {
        opening.answer(Reply::Allow);
        self.kernel.ignore(opening.file.as_fd(), opening.channel);
        self.outbox.count(|counters| counters.outside += 1);
    }

    /// The mode of a known inode, learnt once for each generation of roots and names.
    fn mode(&self, scope: &Scope, opening: &Opening<K>, identity: &Identity, known: Known) -> Mode {
        match known.mode {
            Some((generation, mode)) if generation == scope.generation => mode,
            Some(_) | None => {
                let mode = scope.mode_of(opening.file.as_fd(), identity);
                self.state().table.learn(identity.inode(), scope.generation, mode);
                mode
            }
        }
    }

    fn is_exempt(&self, opener: &Opener) -> bool {
        if u32::try_from(opener.pid).is_ok_and(|pid| pid == std::process::id()) {
            return true;
        }
        let exempt = self.exempt.read().unwrap_or_else(PoisonError::into_inner).clone();
        exempt.is_some_and(|exempt| exempt.pid == opener.pid && attribution::alive(&exempt.pidfd))
    }

    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
