//! A scratch file system, a guard, and a daemon that says what the test wants.

use std::{
    fs::File,
    io::{IoSlice, IoSliceMut, Read as _},
    mem::MaybeUninit,
    os::{
        fd::{AsFd as _, BorrowedFd, OwnedFd},
        unix::{fs::PermissionsExt as _, process::CommandExt as _},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use assay_core::{
    Answer, FileKey, Load, Mode,
    wire::guard::{FromGuard, MAX_PACKET, Root, Ruling, ToGuard},
};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sockopt,
};

/// No test needs so long; the watchdog kills it then, and with its processes all marks go.
const WATCHDOG: &str = "60";

/// How long an awaited message may take on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const INSIDE: &str = "ASSAY_GUARD_TEST_INSIDE";

/// Runs a test again in a private mount namespace, once for each file system.
pub(crate) fn on_each_filesystem(name: &str, test: fn(&Scene)) {
    on_each_filesystem_with(name, &[], &[], test);
}

/// The same with a program that starts the guard (its name and arguments), and further arguments of the guard.
pub(crate) fn on_each_filesystem_with(name: &str, starter: &[&str], args: &[&str], test: fn(&Scene)) {
    if let Some(kind) = std::env::var_os(INSIDE) {
        return test(&Scene::new(kind.to_str().unwrap(), starter, args));
    }
    for kind in ["tmpfs", "ext4"] {
        let status = Command::new("timeout")
            .args([
                "--signal=KILL",
                WATCHDOG,
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "--mount-proc",
            ])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", name, "--ignored", "--nocapture", "--test-threads=1"])
            .env(INSIDE, kind)
            .status()
            .unwrap();
        assert!(status.success(), "{name} on {kind}: {status}");
    }
}

/// A scratch file system with a root `models` on it, a guard, and a place for its socket elsewhere.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    guard: Child,
}

impl Scene {
    fn new(kind: &str, starter: &[&str], args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // Some tests open, and some guards listen, as another user.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let disk = folder.path().join("disk");
        std::fs::create_dir(&disk).unwrap();
        mount(kind, folder.path(), &disk);
        std::fs::create_dir(disk.join("models")).unwrap();
        std::fs::create_dir(disk.join("other")).unwrap();
        let guard = guard(&folder.path().join("socket"), starter, args);
        Self { folder, guard }
    }

    /// The scratch file system.
    pub(crate) fn disk(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// A path under the root.
    pub(crate) fn model(&self, name: &str) -> PathBuf {
        self.disk().join("models").join(name)
    }

    /// A path on the same file system, outside the root.
    pub(crate) fn other(&self, name: &str) -> PathBuf {
        self.disk().join("other").join(name)
    }

    /// A directory on another file system.
    pub(crate) fn elsewhere(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        path
    }

    /// A daemon that has greeted the guard.
    pub(crate) fn daemon(&self) -> Daemon {
        Daemon::connect(&self.folder.path().join("socket"))
    }

    /// A daemon that has set the root.
    pub(crate) fn enforcing(&self, hold_ms: u64) -> Daemon {
        let daemon = self.daemon();
        daemon.set_roots(&[(&self.disk().join("models"), Mode::Enforce)], hold_ms);
        daemon
    }

    /// The keeper's process id.
    pub(crate) fn keeper(&self) -> u32 {
        self.guard.id()
    }

    /// The server's process id.
    pub(crate) fn server(&self) -> u32 {
        self.living_server().unwrap()
    }

    /// The server's process id, if there is one now.
    pub(crate) fn living_server(&self) -> Option<u32> {
        let keeper = self.keeper();
        let mut children = String::new();
        let file = File::open(format!("/proc/{keeper}/task/{keeper}/children")).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
        file.take(64).read_to_string(&mut children).unwrap();
        children.trim().parse().ok()
    }

    /// Kills the server and awaits its successor.
    pub(crate) fn kill_server(&self) {
        let old = self.server();
        signal(old, "KILL");
        wait_until(|| self.living_server().is_some_and(|new| new != old));
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        // Already ended in some tests.
        drop(self.guard.kill());
        drop(self.guard.wait());
    }
}

fn mount(kind: &str, folder: &Path, at: &Path) {
    let run = |program: &str, args: &[&std::ffi::OsStr]| {
        let output = Command::new(program).args(args).output().unwrap();
        assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    };
    if kind == "tmpfs" {
        return run("mount", &["-t".as_ref(), "tmpfs".as_ref(), "scratch".as_ref(), at.as_ref()]);
    }
    let image = folder.join("image");
    File::create(&image).unwrap().set_len(32 << 20).unwrap();
    run("mkfs.ext4", &["-q".as_ref(), image.as_ref()]);
    run("mount", &["-o".as_ref(), "loop".as_ref(), image.as_ref(), at.as_ref()]);
}

fn guard(socket: &Path, starter: &[&str], args: &[&str]) -> Child {
    let mut words = starter.iter().copied().chain([env!("CARGO_BIN_EXE_assay-guard")]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).arg("--socket").arg(socket).args(args).spawn().unwrap()
}

/// Awaits a state of another process that sends no event.
pub(crate) fn wait_until(mut reached: impl FnMut() -> bool) {
    let start = Instant::now();
    while !reached() {
        assert!(start.elapsed() < PATIENCE, "waited too long");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Whether a process has ended, reaped or not.
pub(crate) fn ended(pid: u32) -> bool {
    let mut stat = String::new();
    let Ok(file) = File::open(format!("/proc/{pid}/stat")) else { return true };
    #[expect(clippy::disallowed_methods, reason = "the take is the limit")]
    let read = file.take(512).read_to_string(&mut stat);
    read.is_err() || stat.contains(") Z ")
}

/// Sends a signal.
pub(crate) fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap().success());
}

/// Reads a file in another process, which the guard does not exempt.
pub(crate) fn cat(path: &Path) -> Output {
    Command::new("cat").arg(path).output().unwrap()
}

/// Runs a shell script in another process.
pub(crate) fn shell(script: &str) -> Output {
    Command::new("sh").args(["-c", script]).output().unwrap()
}

/// Begins to read a file in another process.
pub(crate) fn cat_later(path: &Path) -> Child {
    Command::new("cat")
        .arg(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
        .unwrap()
}

/// Whether the program got these bytes.
#[track_caller]
pub(crate) fn assert_reads(output: &Output, bytes: &str) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), bytes);
}

/// Whether the program was refused and got nothing.
#[track_caller]
pub(crate) fn assert_denied(output: &Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "it succeeded: {}", String::from_utf8_lossy(&output.stdout));
    assert!(said.contains("not permitted"), "{said}");
    assert!(output.stdout.is_empty());
}

/// The other end of the guard's socket.
pub(crate) struct Daemon {
    socket: OwnedFd,
}

impl Daemon {
    /// Connects as soon as the guard listens.
    pub(crate) fn connect(path: &Path) -> Self {
        let address = SocketAddrUnix::new(path).unwrap();
        let socket = || {
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
                .unwrap()
        };
        let mut connected = None;
        wait_until(|| {
            let socket = socket();
            connected = rustix::net::connect(&socket, &address).is_ok().then_some(socket);
            connected.is_some()
        });
        let socket = connected.unwrap();
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Recv, Some(PATIENCE)).unwrap();
        let daemon = Self { socket };
        let (hello, _) = daemon.next();
        assert!(matches!(hello, FromGuard::Hello { .. }), "{hello:?}");
        daemon
    }

    /// Sends a message.
    pub(crate) fn send(&self, message: &ToGuard, files: &[BorrowedFd<'_>]) {
        let bytes = postcard::to_allocvec(message).unwrap();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(files.is_empty() || control.push(SendAncillaryMessage::ScmRights(files)));
        rustix::net::sendmsg(&self.socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::NOSIGNAL)
            .unwrap();
    }

    /// Sends bytes that are no message.
    pub(crate) fn send_raw(&self, bytes: &[u8]) {
        rustix::net::send(&self.socket, bytes, SendFlags::NOSIGNAL).unwrap();
    }

    /// The next message.
    pub(crate) fn next(&self) -> (FromGuard, Option<OwnedFd>) {
        let mut buffer = vec![0; MAX_PACKET];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let received = rustix::net::recvmsg(&self.socket, &mut slices, &mut control, flags).unwrap();
        let file = control.drain().find_map(|message| {
            if let RecvAncillaryMessage::ScmRights(mut files) = message { files.next() } else { None }
        });
        (postcard::from_bytes(&buffer[..received.bytes]).unwrap(), file)
    }

    /// The next message that is of interest.
    pub(crate) fn until<T>(&self, mut wanted: impl FnMut(FromGuard, Option<OwnedFd>) -> Option<T>) -> T {
        loop {
            let (message, file) = self.next();
            if let Some(found) = wanted(message, file) {
                return found;
            }
        }
    }

    /// Gates trees, and expects that nothing is refused.
    pub(crate) fn set_roots(&self, roots: &[(&Path, Mode)], hold_ms: u64) {
        let directories: Vec<OwnedFd> = roots.iter().map(|(path, _)| directory(path)).collect();
        let files: Vec<_> = directories.iter().map(|directory| directory.as_fd()).collect();
        let roots =
            roots.iter().map(|(path, mode)| Root { path: path.display().to_string(), mode: *mode }).collect();
        self.send(&ToGuard::SetRoots { roots, hold_ms }, &files);
        let refused =
            self.until(
                |message, _| if let FromGuard::RootsSet { refused } = message { Some(refused) } else { None },
            );
        assert_eq!(refused, Vec::<String>::new());
    }

    /// Considers a file and returns its key under the lease.
    pub(crate) fn consider(&self, path: &Path, id: u64) -> Option<FileKey> {
        self.send(&ToGuard::Consider { id }, &[File::open(path).unwrap().as_fd()]);
        self.until(|message, _| {
            let FromGuard::Considered { id: answered, key } = message else { return None };
            (answered == id).then_some(key)
        })
    }

    /// Judges a file as the daemon does after a scan.
    pub(crate) fn judge(&self, path: &Path, ruling: Ruling) -> FileKey {
        let key = self.consider(path, 1).expect("no writer");
        self.send(&ToGuard::Rule { id: 1, key, ruling }, &[]);
        self.settle();
        key
    }

    /// Judges a file, if the lease is granted: another judge's lease may be breaking just now.
    pub(crate) fn try_judge(&self, path: &Path, ruling: Ruling) {
        if let Some(key) = self.consider(path, 1) {
            self.rule(1, key, ruling);
        }
    }

    /// Awaits that everything sent before has been obeyed.
    pub(crate) fn settle(&self) {
        let probe = tempfile::NamedTempFile::new().unwrap();
        // A writer, ourselves, has it open: it is refused and changes nothing.
        self.send(&ToGuard::Consider { id: 999_999 }, &[probe.as_file().as_fd()]);
        self.until(|message, _| matches!(message, FromGuard::Considered { id: 999_999, .. }).then_some(()));
    }

    /// The next question.
    pub(crate) fn asked(&self) -> (u64, FileKey, String, OwnedFd) {
        self.until(|message, file| {
            if let FromGuard::Ask { id, key, path } = message {
                Some((id, key, path, file.unwrap()))
            } else {
                None
            }
        })
    }

    /// Answers.
    pub(crate) fn rule(&self, id: u64, key: FileKey, ruling: Ruling) {
        self.send(&ToGuard::Rule { id, key, ruling }, &[]);
    }

    /// The next load with this answer.
    pub(crate) fn load(&self, answer: Answer) -> Load {
        self.until(|message, _| {
            let FromGuard::Load(load) = message else { return None };
            (load.answer == answer).then_some(load)
        })
    }
}

fn directory(path: &Path) -> OwnedFd {
    use rustix::fs::{Mode, OFlags};
    rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap()
}
