//! The server: threads that answer, and those that work behind them.
//!
//! | thread | waits for | may be slow |
//! |---|---|---|
//! | reader × n (≥ 2) | permission events | never: it answers |
//! | audit | notification events | yes |
//! | changes | directory changes | yes |
//! | leases | SIGIO: a writer wants a file that is being judged | no |
//! | timer | deadlines; beats the heart | no |
//! | recorder | answered opens | yes |
//! | main | assayd | yes |

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Context as _;
use assay_core::Mode;

use crate::{
    changes::Changes,
    gate::Gate,
    groups::{Groups, Marks},
    link::{Ended, Link},
    opening::{Opener, Opening},
    outbox::Outbox,
    privileges::MAX_DESCRIPTORS,
    recorder,
    saved::Saved,
    scope::{Identity, Scope},
    sys,
};

/// Bytes of one permission event with its pidfd record, and too few for two: one event per read leaves the others to
/// the other readers, so that a reader that hangs takes one event with it.
const ONE_EVENT: usize = 40;

/// Bytes read at once by the audit thread.
const MANY_EVENTS: usize = 4_096;

/// How often the heart beats at least.
const PULSE: Duration = Duration::from_secs(1);

/// A reader that is busy with one event for longer hangs. Everything it does takes microseconds.
const HANGING: Duration = Duration::from_secs(5);

/// What a server takes over from its keeper.
pub(crate) struct Inheritance {
    pub(crate) groups: Groups,
    pub(crate) saved: Saved,
    pub(crate) listener: Arc<OwnedFd>,
    /// Where the heart beats.
    pub(crate) heart: OwnedFd,
}

/// When each reader began its event, milliseconds since the start; 0 while it waits.
struct Busy {
    start: Instant,
    since: Vec<AtomicU64>,
}

/// Serves until assayd says `Shutdown`.
pub(crate) fn run(inheritance: Inheritance) -> anyhow::Result<ExitCode> {
    let Inheritance { groups, saved, listener, heart } = inheritance;
    let leases = sys::signals(&[libc::SIGIO]).context("reading lease signals")?;
    let scope = saved.load().unwrap_or_default();
    let outbox = Arc::new(Outbox::default());
    let marks = Arc::new(Marks::new(groups, Arc::clone(&outbox), standing(&scope)));
    let (records, recorded) = recorder::channel();
    let gate = Arc::new(Gate::new(Arc::clone(&marks), Arc::clone(&outbox), records));
    gate.set_scope(scope);
    // What a dead server knew is unknown again: its ignore marks go, and what it had read is denied.
    marks.flush_ignored();
    marks.groups().deny_in_flight(0..i32::try_from(MAX_DESCRIPTORS).unwrap_or(i32::MAX));

    let busy = Arc::new(Busy::new(readers()));
    for index in 0..readers() {
        let (gate, marks, outbox) = (Arc::clone(&gate), Arc::clone(&marks), Arc::clone(&outbox));
        let busy = Arc::clone(&busy);
        spawn("reader", move || read_permissions(&gate, &marks, &outbox, &busy, index))?;
    }
    spawn("audit", {
        let (gate, marks, outbox) = (Arc::clone(&gate), Arc::clone(&marks), Arc::clone(&outbox));
        move || read_notices(&gate, &marks, &outbox)
    })?;
    spawn("changes", {
        let mut changes = Changes::new(Arc::clone(&gate), Arc::clone(&marks), Arc::clone(&outbox));
        move || forever(|| changes.read())
    })?;
    spawn("leases", {
        let gate = Arc::clone(&gate);
        move || forever(|| lease_signal(&leases, &gate))
    })?;
    spawn("recorder", {
        let outbox = Arc::clone(&outbox);
        move || recorded.run(&outbox)
    })?;
    spawn("timer", {
        let (gate, marks) = (Arc::clone(&gate), Arc::clone(&marks));
        move || beat(&gate, &marks, &busy, &heart)
    })?;
    let link = Link { gate, marks, outbox, saved };
    let Ended::Shutdown = link.serve(&listener).context("serving assayd")?;
    Ok(ExitCode::SUCCESS)
}

/// The file systems that a dead server had marked.
fn standing(scope: &Scope) -> std::collections::BTreeMap<u64, Mode> {
    let mut standing = std::collections::BTreeMap::new();
    for root in &scope.roots {
        let mode = standing.get(&root.dev).map_or(root.mode, |mode: &Mode| root.mode.max(*mode));
        standing.insert(root.dev, mode);
    }
    standing
}

/// Two at least: the server of a FUSE file system and of its backing files may both wait for us.
fn readers() -> usize {
    std::thread::available_parallelism().map_or(2, |cores| cores.get().clamp(2, 8))
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
    let spawned = std::thread::Builder::new().name(name.into()).spawn(run);
    spawned.map(drop).with_context(|| format!("starting the {name} thread"))
}

/// Repeats. A panic ends one round, not the thread; an error pauses, so that a broken descriptor does not burn a core.
fn forever(mut round: impl FnMut() -> io::Result<()>) {
    loop {
        let outcome = catch_unwind(AssertUnwindSafe(&mut round));
        if !matches!(outcome, Ok(Ok(()))) {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

fn read_permissions(gate: &Gate<Marks>, marks: &Arc<Marks>, outbox: &Outbox, busy: &Busy, index: usize) {
    let mut buffer = [0; ONE_EVENT];
    forever(|| {
        // EMFILE and the like: the kernel has denied that open itself.
        let opens = sys::read_opens(marks.groups().permission.as_fd(), &mut buffer)
            .inspect_err(|_| outbox.count(|counters| counters.errors += 1))?;
        busy.begin(index);
        for open in opens {
            let Some(file) = open.file else { continue };
            let opener = Opener { pid: open.pid, pidfd: open.pidfd };
            gate.opened(Opening::held(marks, file, opener));
        }
        busy.end(index);
        Ok(())
    });
}

/// Audit never holds anything, so its queue is bounded; what overflows is a load that is not recorded.
fn read_notices(gate: &Gate<Marks>, marks: &Marks, outbox: &Outbox) {
    let mut buffer = [0; MANY_EVENTS];
    forever(|| {
        for open in sys::read_opens(marks.groups().notice.as_fd(), &mut buffer)? {
            if open.mask & libc::FAN_Q_OVERFLOW != 0 {
                outbox.count(|counters| counters.loads_dropped += 1);
            }
            let Some(file) = open.file else { continue };
            gate.opened(Opening::noticed(file, Opener { pid: open.pid, pidfd: open.pidfd }));
        }
        Ok(())
    });
}

fn lease_signal(signals: &OwnedFd, gate: &Gate<Marks>) -> io::Result<()> {
    // Several `struct signalfd_siginfo`; what they say does not matter.
    let mut buffer = [0; 1_024];
    rustix::io::read(signals, &mut buffer)?;
    gate.leases_broken();
    Ok(())
}

/// Answers what is late, and tells the keeper that all readers are well.
fn beat(gate: &Gate<Marks>, marks: &Marks, busy: &Busy, heart: &OwnedFd) {
    let mut last = None::<Instant>;
    forever(|| {
        gate.expire(PULSE);
        let due = last.is_none_or(|last| last.elapsed() >= PULSE);
        if due && !busy.hanging() {
            last = Some(Instant::now());
            let storable = if own_filesystem(marks) { b'n' } else { b'y' };
            rustix::io::write(heart, &[storable])?;
        }
        Ok(())
    });
}

/// Whether opens on the file system that this program was started from wait for us. Then the service manager must not keep
/// the group while nobody answers: starting us again would wait for ourselves.
fn own_filesystem(marks: &Marks) -> bool {
    ["/", "/proc/self/exe"].iter().any(|path| {
        let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::CLOEXEC;
        let opened = rustix::fs::open(*path, flags, rustix::fs::Mode::empty());
        opened.is_ok_and(|file| Identity::of(&file).is_ok_and(|found| marks.enforces_on(found.key.dev)))
    })
}

impl Busy {
    fn new(readers: usize) -> Self {
        Self { start: Instant::now(), since: (0..readers).map(|_| AtomicU64::new(0)).collect() }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX).max(1)
    }

    fn begin(&self, index: usize) {
        if let Some(since) = self.since.get(index) {
            since.store(self.now(), Ordering::Relaxed);
        }
    }

    fn end(&self, index: usize) {
        if let Some(since) = self.since.get(index) {
            since.store(0, Ordering::Relaxed);
        }
    }

    fn hanging(&self) -> bool {
        let late = self.now().saturating_sub(u64::try_from(HANGING.as_millis()).unwrap_or(u64::MAX));
        self.since.iter().map(|since| since.load(Ordering::Relaxed)).any(|since| since != 0 && since < late)
    }
}
