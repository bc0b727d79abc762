//! The connection to assayd: one at a time, over a `SOCK_SEQPACKET` Unix socket, one message per packet.
//!
//! Only root and the user the guard runs as may speak. Whatever cannot be decoded ends the connection, never the guard.

use std::{
    io::{self, IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{AsFd as _, OwnedFd},
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail};
use assay_core::wire::guard::{FromGuard, MAX_PACKET, Root, ToGuard};
use rustix::{
    fs::{AtFlags, CWD, Gid, Mode as Permissions, OFlags, Uid, chownat},
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags,
        SendAncillaryBuffer, SendAncillaryMessage, SendFlags, Shutdown, SocketAddrUnix, SocketFlags,
        SocketType,
    },
    process::PidfdFlags,
};

use crate::{
    gate::{Exempt, Gate},
    groups::Marks,
    kernel::Kernel,
    outbox::{Outbox, Outgoing},
    saved::Saved,
    scope::{GatedRoot, Identity, Scope, path_of},
};

/// The most descriptors in one packet (`SCM_MAX_FD`, unix(7)), and so the most roots.
const MAX_DESCRIPTORS: usize = 253;

/// The shortest and the longest time an unknown open is held, whatever assayd wishes.
const HOLD: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(600));

/// A guard that was just killed may still seem to listen, until its last thread is gone.
const DYING: Duration = Duration::from_secs(2);

/// Why serving ended.
pub(crate) enum Ended {
    /// assayd said `Shutdown`.
    Shutdown,
}

/// Everything a daemon's word may touch.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) gate: Arc<Gate<Marks>>,
    pub(crate) marks: Arc<Marks>,
    pub(crate) outbox: Arc<Outbox>,
    pub(crate) saved: Saved,
}

/// Binds the socket. A guard that answers there already is not replaced; a stale socket is.
pub(crate) fn bind(path: &Path, owner: Option<(Uid, Gid)>) -> anyhow::Result<OwnedFd> {
    let address = SocketAddrUnix::new(path).context("the socket's path")?;
    let start = Instant::now();
    // A full backlog (EAGAIN) is a listener too.
    while matches!(
        rustix::net::connect(&seqpacket(SocketFlags::NONBLOCK)?, &address),
        Ok(()) | Err(rustix::io::Errno::AGAIN)
    ) {
        if start.elapsed() > DYING {
            bail!("another guard listens at {}", path.display());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("removing the old {}", path.display()));
        }
        Ok(()) | Err(_) => {}
    }
    let socket = seqpacket(SocketFlags::empty())?;
    // The socket has its final mode from the first moment.
    let before = rustix::process::umask(Permissions::from_raw_mode(0o177));
    let bound = rustix::net::bind(&socket, &address);
    rustix::process::umask(before);
    bound.with_context(|| format!("binding {}", path.display()))?;
    if let Some((uid, gid)) = owner {
        chownat(CWD, path, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)
            .with_context(|| format!("giving {} to its user", path.display()))?;
    }
    rustix::net::listen(&socket, 4).context("listening")?;
    Ok(socket)
}

fn seqpacket(flags: SocketFlags) -> anyhow::Result<OwnedFd> {
    let flags = flags | SocketFlags::CLOEXEC;
    rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, flags, None)
        .context("making a socket")
}

impl Link {
    /// Serves one daemon after the other.
    pub(crate) fn serve(&self, listener: &OwnedFd) -> io::Result<Ended> {
        loop {
            let socket = Arc::new(rustix::net::accept_with(listener, SocketFlags::CLOEXEC)?);
            let Some(exempt) = trusted(&socket) else { continue };
            self.gate.daemon_came(exempt);
            let ended = self.connection(&socket);
            self.outbox.disconnected();
            self.gate.daemon_left();
            if let Some(ended) = ended? {
                return Ok(ended);
            }
        }
    }

    /// One connection, to its end. The sender has its own thread, so that a daemon that does not read stops nothing else.
    fn connection(&self, socket: &Arc<OwnedFd>) -> io::Result<Option<Ended>> {
        let connection = self.outbox.connected();
        let hello =
            FromGuard::Hello { version: env!("CARGO_PKG_VERSION").into(), rulings: self.gate.rulings() };
        if send(socket, &(hello, None)).is_err() {
            return Ok(None);
        }
        let sender = std::thread::Builder::new().name("sender".into()).spawn({
            let (outbox, socket) = (Arc::clone(&self.outbox), Arc::clone(socket));
            move || send_all(&outbox, connection, &socket)
        })?;
        let ended = self.receive(socket);
        // Both sides stop; a socket that is closed already is as good.
        let _closed = rustix::net::shutdown(socket, Shutdown::Both);
        self.outbox.disconnected();
        let _panicked = sender.join();
        Ok(ended)
    }

    fn receive(&self, socket: &OwnedFd) -> Option<Ended> {
        let mut buffer = vec![0; MAX_PACKET];
        while let Ok(Some((message, files))) = receive(socket, &mut buffer) {
            if let Some(ended) = self.obey(message, files) {
                return Some(ended);
            }
        }
        None
    }

    fn obey(&self, message: ToGuard, files: Vec<OwnedFd>) -> Option<Ended> {
        match message {
            ToGuard::SetRoots { roots, hold_ms } => {
                self.set_roots(roots, files, Duration::from_millis(hold_ms))
            }
            ToGuard::Protect { inode } => self.gate.protect(inode),
            ToGuard::Consider { id } => {
                let key = files.into_iter().next().and_then(|file| self.gate.consider(id, file));
                self.say(FromGuard::Considered { id, key });
            }
            ToGuard::Rule { id, key, ruling } => self.gate.rule(id, key, ruling),
            ToGuard::Revise { key, ruling } => self.gate.revise(key, ruling),
            ToGuard::Forget => {
                self.gate.forget();
                self.marks.flush_ignored();
            }
            ToGuard::Shutdown => {
                self.gate.deny_all();
                self.marks.clear();
                return Some(Ended::Shutdown);
            }
        }
        None
    }

    /// Gates these roots: first the scope, then the marks, then a new question about everything that was outside.
    fn set_roots(&self, roots: Vec<Root>, directories: Vec<OwnedFd>, hold: Duration) {
        let mut refused = Vec::new();
        let mut gated = Vec::new();
        let mut directories = directories.into_iter();
        for root in roots {
            let opened = directories.next().ok_or(io::ErrorKind::InvalidInput.into());
            match opened.and_then(|directory| self::gated(&root, &directory)) {
                Ok(root) => gated.push(root),
                Err(error) => refused.push(format!("{}: {error}", root.path)),
            }
        }
        if !gated.is_empty()
            && let Some(warning) = Kernel::running().warning()
        {
            refused.push(format!("all roots: gated, but {warning}"));
        }
        let generation = self.gate.scope().generation.wrapping_add(1);
        let scope = Scope { roots: gated, hold: hold.clamp(HOLD.0, HOLD.1), generation };
        if let Err(error) = self.saved.store(&scope) {
            refused.push(format!("the roots would not survive a crash: {error}"));
        }
        self.gate.set_scope(scope.clone());
        refused.extend(self.marks.set(&scope.roots));
        self.marks.flush_ignored();
        self.say(FromGuard::RootsSet { refused });
        self.gate.daemon_listens();
    }

    fn say(&self, message: FromGuard) {
        if !self.outbox.urgent(message, None) {
            self.outbox.count(|counters| counters.errors += 1);
        }
    }
}

/// A root from what assayd sent: the directory is opened anew through its descriptor, never by the path.
fn gated(root: &Root, directory: &OwnedFd) -> io::Result<GatedRoot> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let directory = rustix::fs::openat(directory, c".", flags, Permissions::empty())?;
    let identity = Identity::of(&directory)?;
    Ok(GatedRoot {
        shown: root.path.clone(),
        path: path_of(&directory).ok_or(io::ErrorKind::NotFound)?,
        mode: root.mode,
        dev: identity.key.dev,
        mount: identity.mount(),
        fsid: rustix::fs::fstatvfs(&directory)?.f_fsid,
        directory: Some(Arc::new(directory)),
    })
}

/// Whether the peer is root or our own user; and its exemption, if it still runs.
fn trusted(socket: &OwnedFd) -> Option<Option<Exempt>> {
    let peer = rustix::net::sockopt::socket_peercred(socket).ok()?;
    if !peer.uid.is_root() && peer.uid != rustix::process::geteuid() {
        return None;
    }
    let pidfd = rustix::process::pidfd_open(peer.pid, PidfdFlags::empty());
    Some(pidfd.ok().map(|pidfd| Exempt { pid: peer.pid.as_raw_nonzero().get(), pidfd }))
}

/// Sends until the connection is over.
fn send_all(outbox: &Outbox, connection: u64, socket: &OwnedFd) {
    while let Some(message) = outbox.next(connection) {
        if send(socket, &message).is_err() {
            // The receiving side sees the end too. What was not sent and is kept for the next daemon goes back.
            outbox.unsent(message.0);
            let _closed = rustix::net::shutdown(socket, Shutdown::Both);
            return;
        }
    }
}

fn send(socket: &OwnedFd, (message, file): &Outgoing) -> io::Result<()> {
    let bytes = postcard::to_allocvec(message).map_err(io::Error::other)?;
    let files: Vec<_> = file.iter().map(|file| file.as_fd()).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !files.is_empty() && !control.push(SendAncillaryMessage::ScmRights(&files)) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    rustix::net::sendmsg(socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// One message with its descriptors; `None` at the end.
fn receive(socket: &OwnedFd, buffer: &mut [u8]) -> io::Result<Option<(ToGuard, Vec<OwnedFd>)>> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let received = rustix::net::recvmsg(socket, &mut [IoSliceMut::new(buffer)], &mut control, flags)?;
    let mut files = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = message {
            files.extend(descriptors);
        }
    }
    if received.bytes == 0 {
        return Ok(None);
    }
    if received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let bytes = buffer.get(..received.bytes).unwrap_or_default();
    postcard::from_bytes(bytes).map(|message| Some((message, files))).map_err(io::Error::other)
}
