//! What tests of several modules need: a scanner that reads a word, and a guard that remembers what it was told.

use std::io::{Read, Seek};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use assay_core::wire::guard::{FromGuard, Ruling, ToGuard};
use assay_core::wire::worker::{Lines, SbomCheck, Scan, SignatureCheck, WantedDigest};
use assay_core::{
    FileKey, Finding, Limits, Location, Mode, RuleId, SbomFact, Severity, Sha256, SignatureFact,
};
use assay_policy::Policy;
use assay_pool::{Outcome, PoolError};
use assay_registries::caches::CacheRoot;
use rustix::net::{AddressFamily, SocketFlags, SocketType};
use sha2::Digest;

use crate::catalogue::Catalogue;
use crate::guard::{Connection, Guard};
use crate::queue::Queue;
use crate::roots::Root;
use crate::scanning::Scanning;
use crate::state::{InProgress, Shared, now};
use crate::store::Store;

/// Finds the word `EVIL`, and counts how often it was asked.
#[derive(Debug, Default)]
pub(crate) struct WordScanner {
    /// Scans so far.
    pub(crate) scans: Arc<AtomicUsize>,
}

impl Scanning for WordScanner {
    fn scan(&self, file: BorrowedFd<'_>, request: &Scan) -> Outcome {
        self.scans.fetch_add(1, Ordering::SeqCst);
        let mut file = std::fs::File::from(file.try_clone_to_owned().unwrap());
        // A descriptor from a question shares its offset with whoever read it before.
        if file.metadata().unwrap().is_file() {
            file.rewind().unwrap();
        }
        let mut bytes = Vec::new();
        #[expect(clippy::disallowed_methods, reason = "bounded by the take")]
        file.take(1 << 20).read_to_end(&mut bytes).unwrap();
        let mut outcome = Outcome {
            size: bytes.len() as u64,
            sha256: Some(Sha256::new(sha2::Sha256::digest(&bytes).into())),
            ..Outcome::default()
        };
        if bytes.windows(4).any(|word| word == b"EVIL") {
            outcome.findings.push(Finding {
                rule: RuleId::new("test-evil"),
                severity: Severity::Critical,
                message: "evil".to_owned(),
                location: Location::file(&request.name),
                detail: std::collections::BTreeMap::new(),
                taxonomy: Vec::new(),
            });
        }
        if request.lines == Lines::Send {
            outcome.lines.push(format!("{}: the word", request.name));
        }
        outcome
    }

    fn signature(&self, _: BorrowedFd<'_>, _: &SignatureCheck) -> Result<SignatureFact, PoolError> {
        Err(PoolError::Deadline)
    }

    fn wanted(&self, _: BorrowedFd<'_>) -> Result<Vec<WantedDigest>, PoolError> {
        Ok(Vec::new())
    }

    fn sbom(&self, _: BorrowedFd<'_>, _: &SbomCheck) -> Result<SbomFact, PoolError> {
        Err(PoolError::Deadline)
    }
}

/// A running state over temporary directories.
pub(crate) struct Fixture {
    /// Where the store is.
    pub(crate) state: tempfile::TempDir,
    /// The one root, without links.
    pub(crate) root: tempfile::TempDir,
    /// The state.
    pub(crate) shared: Arc<Shared>,
    /// Scans so far.
    pub(crate) scans: Arc<AtomicUsize>,
}

impl Fixture {
    /// One empty root in enforce mode.
    pub(crate) fn new() -> Self {
        Self::over(tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
    }

    /// As after a start with this state and root.
    fn over(state: tempfile::TempDir, root: tempfile::TempDir) -> Self {
        Self::under(state, root, Policy::built_in())
    }

    fn under(state: tempfile::TempDir, root: tempfile::TempDir, policy: Policy) -> Self {
        let scanner = WordScanner::default();
        let scans = Arc::clone(&scanner.scans);
        let path = root.path().canonicalize().unwrap().to_str().unwrap().to_owned();
        let cache = CacheRoot { source: assay_core::Source::Dir, path: path.clone().into() };
        let shared = Shared {
            store: Store::open(state.path()).unwrap().0,
            key: assay_proof::SigningKey::generate().unwrap().0,
            audit: crate::audit::Pace {
                checkpoint: Duration::from_secs(60),
                max_rows: 1_000,
                directory: state.path().join("log"),
            },
            policy,
            scanning: Box::new(scanner),
            scanner: "words".to_owned(),
            limits: Limits::default(),
            hold: Duration::from_secs(30),
            queue: Queue::default(),
            catalogue: Mutex::new(Catalogue::default()),
            roots: Mutex::new(vec![Root { path, cache, mode: Mode::Enforce }]),
            guard: Guard::default(),
            wants_guard: false,
            limitations: Mutex::default(),
            in_progress: InProgress::default(),
            news: tokio::sync::watch::Sender::new(0),
            started_at: now(),
            walked: AtomicBool::new(false),
            settled: AtomicBool::new(false),
        };
        Self { state, root, shared: Arc::new(shared), scans }
    }

    /// The same after the program ended and started again.
    pub(crate) fn restart(self) -> Self {
        let Self { state, root, shared, .. } = self;
        drop(shared);
        Self::over(state, root)
    }

    /// The same after a start under another policy.
    pub(crate) fn restart_under(self, policy: &str) -> Self {
        let Self { state, root, shared, .. } = self;
        drop(shared);
        Self::under(state, root, Policy::parse(policy, "policy.toml").unwrap())
    }

    /// The root's path.
    pub(crate) fn path(&self) -> String {
        self.shared.roots()[0].path.clone()
    }

    /// Writes a file below the root.
    pub(crate) fn write(&self, name: &str, text: &str) -> std::path::PathBuf {
        let path = std::path::Path::new(&self.path()).join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Walks the root once and judges everything that this asks for.
    pub(crate) fn settle(&self) {
        crate::rescan::walk_all(&self.shared);
        self.work_off();
    }

    /// Does everything that waits.
    pub(crate) fn work_off(&self) {
        while self.shared.queue.outstanding() > 0 {
            let Some(work) = self.shared.queue.take(crate::queue::Takes::Anything) else { return };
            crate::judge::work(&self.shared, work);
        }
    }

    /// Connects a guard that remembers.
    pub(crate) fn connect_guard(&self) -> Arc<FakeGuard> {
        let (ours, theirs) =
            rustix::net::socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .unwrap();
        let fake = Arc::new(FakeGuard { socket: theirs, told: Mutex::default(), writers: Mutex::default() });
        let connection = Arc::new(Connection::over(ours).unwrap());
        self.shared.guard.connected(Arc::clone(&connection), "fake".to_owned());
        let running = Arc::clone(&fake);
        std::thread::spawn(move || running.run());
        let shared = Arc::clone(&self.shared);
        std::thread::spawn(move || {
            while let Ok(Some((message, _))) = connection.receive() {
                if let FromGuard::Considered { id, key } = message {
                    shared.guard.considered(id, key);
                }
            }
        });
        fake
    }
}

/// A guard without a kernel.
pub(crate) struct FakeGuard {
    socket: OwnedFd,
    /// Every ruling and revision, in order.
    pub(crate) told: Mutex<Vec<(FileKey, Ruling)>>,
    /// Inodes that somebody writes.
    pub(crate) writers: Mutex<Vec<u64>>,
}

impl FakeGuard {
    /// What would be answered for the file at a path now.
    pub(crate) fn answer(&self, path: &std::path::Path) -> Option<Ruling> {
        let key = crate::files::key_at(path).unwrap();
        let told = self.told.lock().unwrap();
        told.iter().rev().find(|(known, _)| *known == key).map(|(_, ruling)| *ruling)
    }

    /// Waits until the file at a path has this ruling: messages are on their way for a moment.
    pub(crate) fn wait_for(&self, path: &std::path::Path, ruling: Ruling) {
        for _ in 0..500 {
            if self.answer(path) == Some(ruling) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        panic!("{path:?} never became {ruling:?}, it is {:?}", self.answer(path));
    }

    fn run(&self) {
        let mut packet = vec![0; assay_core::wire::guard::MAX_PACKET];
        loop {
            let mut space = vec![std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
            let mut ancillary = rustix::net::RecvAncillaryBuffer::new(&mut space);
            let mut parts = [std::io::IoSliceMut::new(&mut packet)];
            let flags = rustix::net::RecvFlags::CMSG_CLOEXEC;
            let Ok(received) = rustix::net::recvmsg(&self.socket, &mut parts, &mut ancillary, flags) else {
                return;
            };
            if received.bytes == 0 {
                return;
            }
            let mut files = Vec::new();
            for message in ancillary.drain() {
                if let rustix::net::RecvAncillaryMessage::ScmRights(rights) = message {
                    files.extend(rights);
                }
            }
            match postcard::from_bytes(&packet[..received.bytes]).unwrap() {
                ToGuard::Consider { id } => {
                    let key = crate::files::key_of(files[0].as_fd()).unwrap();
                    let written = self.writers.lock().unwrap().contains(&key.ino);
                    self.send(&FromGuard::Considered { id, key: (!written).then_some(key) });
                }
                ToGuard::Rule { key, ruling, .. } | ToGuard::Revise { key, ruling } => {
                    self.told.lock().unwrap().push((key, ruling));
                }
                ToGuard::SetRoots { .. } => self.send(&FromGuard::RootsSet { refused: Vec::new() }),
                ToGuard::Protect { .. } | ToGuard::Forget | ToGuard::Shutdown => {}
            }
        }
    }

    fn send(&self, message: &FromGuard) {
        let packet = postcard::to_allocvec(message).unwrap();
        rustix::net::send(&self.socket, &packet, rustix::net::SendFlags::empty()).unwrap();
    }
}
