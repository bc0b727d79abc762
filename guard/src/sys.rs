//! System calls that no safe wrapper has: fanotify, leases, file handles, signal descriptors, fork.
//!
//! One call per block. Every function takes borrowed and returns owned descriptors.

use std::{
    ffi::CStr,
    io,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd},
};

use libc::{c_int, c_uint};
use rustix::process::Pid;

use crate::event::{self, Fid};

/// The most bytes of a file handle (`MAX_HANDLE_SZ`, open_by_handle_at(2)).
const MAX_HANDLE: usize = 128;

/// `struct file_handle` with room for the longest handle.
#[repr(C)]
struct FileHandle {
    handle_bytes: c_uint,
    handle_type: c_int,
    f_handle: [u8; MAX_HANDLE],
}

/// One open that a group reported, with the descriptors that the kernel made for it.
pub(crate) struct OpenEvent {
    /// `FAN_*` bits.
    pub(crate) mask: u64,
    /// The process that opens, in our pid namespace.
    pub(crate) pid: i32,
    /// The file, read-only; absent on a queue overflow.
    pub(crate) file: Option<OwnedFd>,
    /// The process's descriptor, if it still was there.
    pub(crate) pidfd: Option<OwnedFd>,
}

/// Which side of a fork this is.
pub(crate) enum Forked {
    /// The new process.
    Child,
    /// The old one.
    Parent(Pid),
}

/// fanotify_init(2).
pub(crate) fn fanotify_init(flags: c_uint, event_flags: c_int) -> io::Result<OwnedFd> {
    let event_flags = event_flags.cast_unsigned();
    // SAFETY: fanotify_init(2) takes two integers and touches no memory of ours.
    owned(unsafe { libc::fanotify_init(flags, event_flags) })
}

/// fanotify_mark(2). Without a path the mark goes on what `at` refers to.
pub(crate) fn fanotify_mark(
    group: BorrowedFd<'_>,
    flags: c_uint,
    mask: u64,
    at: Option<BorrowedFd<'_>>,
    path: Option<&CStr>,
) -> io::Result<()> {
    let at = at.map_or(libc::AT_FDCWD, |fd| fd.as_raw_fd());
    let path = path.map_or(std::ptr::null(), CStr::as_ptr);
    // SAFETY: fanotify_mark(2) reads `path` up to its end, which CStr guarantees, or not at all when it is null.
    unit(unsafe { libc::fanotify_mark(group.as_raw_fd(), flags, mask, at, path) })
}

/// Reads open events. A buffer of one event's length reads one event: the others stay queued for other threads.
pub(crate) fn read_opens(group: BorrowedFd<'_>, buffer: &mut [u8]) -> io::Result<Vec<OpenEvent>> {
    let len = rustix::io::read(group, &mut *buffer)?;
    let bytes = buffer.get(..len).unwrap_or_default();
    Ok(event::events(bytes)
        .map(|raw| OpenEvent {
            mask: raw.mask,
            pid: raw.pid,
            file: owned(raw.fd).ok(),
            pidfd: raw.pidfd().and_then(|fd| owned(fd).ok()),
        })
        .collect())
}

/// Takes a read lease (`F_RDLCK`) or gives it back (`F_UNLCK`): fcntl(2), `F_SETLEASE`.
pub(crate) fn set_lease(file: BorrowedFd<'_>, kind: c_int) -> io::Result<()> {
    // SAFETY: F_SETLEASE takes an integer and touches no memory of ours.
    unit(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) })
}

/// The lease on this descriptor; `F_UNLCK` as soon as a writer waits for its end: fcntl(2), `F_GETLEASE`.
pub(crate) fn lease(file: BorrowedFd<'_>) -> io::Result<c_int> {
    // SAFETY: F_GETLEASE takes no argument and touches no memory of ours.
    let kind = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_GETLEASE) };
    if kind < 0 { Err(io::Error::last_os_error()) } else { Ok(kind) }
}

/// name_to_handle_at(2) of what a descriptor refers to.
pub(crate) fn handle(file: BorrowedFd<'_>) -> io::Result<(c_int, Vec<u8>)> {
    let mut handle = FileHandle { handle_bytes: MAX_HANDLE_U32, handle_type: 0, f_handle: [0; MAX_HANDLE] };
    let mut mount: c_int = 0;
    // SAFETY: name_to_handle_at(2) reads the empty path, writes at most `handle_bytes` bytes into `f_handle`, which
    // has that many, and writes one int to `mount`; all outlive the call.
    let status = unsafe {
        libc::syscall(
            libc::SYS_name_to_handle_at,
            file.as_raw_fd(),
            c"".as_ptr(),
            &raw mut handle,
            &raw mut mount,
            libc::AT_EMPTY_PATH,
        )
    };
    if status < 0 {
        return Err(io::Error::last_os_error());
    }
    let len = usize::try_from(handle.handle_bytes).unwrap_or(MAX_HANDLE);
    Ok((handle.handle_type, handle.f_handle.get(..len).unwrap_or_default().to_vec()))
}

/// [`MAX_HANDLE`] as the kernel's type.
const MAX_HANDLE_U32: c_uint = 128;

/// open_by_handle_at(2) with `O_PATH`: names the inode, opens nothing, causes no event.
pub(crate) fn open_handle(mount: BorrowedFd<'_>, fid: &Fid) -> io::Result<OwnedFd> {
    let mut handle = FileHandle { handle_bytes: 0, handle_type: fid.kind, f_handle: [0; MAX_HANDLE] };
    let room = handle.f_handle.get_mut(..fid.handle.len()).ok_or(io::ErrorKind::InvalidInput)?;
    room.copy_from_slice(&fid.handle);
    handle.handle_bytes = c_uint::try_from(fid.handle.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let flags = libc::O_PATH | libc::O_CLOEXEC;
    // SAFETY: open_by_handle_at(2) reads the header and `handle_bytes` bytes of `f_handle`, which are there.
    let fd = unsafe { libc::syscall(libc::SYS_open_by_handle_at, mount.as_raw_fd(), &raw mut handle, flags) };
    owned(c_int::try_from(fd).unwrap_or(-1))
}

/// Blocks these signals for this thread and those it starts, and makes a descriptor that reads them: signalfd(2).
pub(crate) fn signals(which: &[c_int]) -> io::Result<OwnedFd> {
    let set = signal_set(which);
    // SAFETY: sigprocmask(2) reads the set and writes nothing, because the old set is null.
    unit(unsafe { libc::sigprocmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) })?;
    // SAFETY: signalfd(2) reads the set; -1 asks for a new descriptor.
    owned(unsafe { libc::signalfd(-1, &raw const set, libc::SFD_CLOEXEC) })
}

/// fork(2). Only the keeper calls it, and the keeper has one thread.
pub(crate) fn fork() -> io::Result<Forked> {
    // SAFETY: the keeper is single-threaded, so the child may do everything the parent could (fork(2), signal-safety(7)).
    match unsafe { libc::fork() } {
        0 => Ok(Forked::Child),
        pid => Pid::from_raw(pid.max(0)).map(Forked::Parent).ok_or_else(io::Error::last_os_error),
    }
}

/// Takes over a descriptor that the service manager passed by number: sd_listen_fds(3).
pub(crate) fn inherited(fd: c_int) -> io::Result<OwnedFd> {
    let inherited = owned(fd)?;
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::CLOEXEC)?;
    Ok(inherited)
}

fn signal_set(which: &[c_int]) -> libc::sigset_t {
    // SAFETY: sigset_t is plain integers; all zero is a value of it.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    for signal in which {
        // SAFETY: sigaddset(3) writes into the set, which lives on our stack; a bad number is refused.
        let _added = unsafe { libc::sigaddset(&raw mut set, *signal) };
    }
    set
}

fn unit(status: c_int) -> io::Result<()> {
    if status < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn owned(fd: c_int) -> io::Result<OwnedFd> {
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just made this descriptor for us (or the service manager passed it); nothing else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
