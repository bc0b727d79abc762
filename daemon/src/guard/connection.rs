//! Packets to and from assay-guard, with their descriptors.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use assay_core::wire::guard::{FromGuard, MAX_PACKET, ToGuard};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketAddrUnix, SocketFlags, SocketType,
};

/// The most descriptors one packet may carry (`SCM_MAX_FD` of the kernel).
pub(crate) const MAX_DESCRIPTORS: usize = 253;

/// How long the guard may leave its socket full before it counts as lost.
const SEND_PATIENCE: Duration = Duration::from_secs(10);

/// A connection to the guard. Sending and receiving may happen on two threads at once.
#[derive(Debug)]
pub(crate) struct Connection(OwnedFd);

impl Connection {
    /// Connects to the guard that listens at `path`.
    ///
    /// # Errors
    /// The system's, such as nobody listening.
    pub(crate) fn connect(path: &Path) -> io::Result<Self> {
        let socket =
            rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
        rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
        Self::over(socket)
    }

    /// Uses a socket that is connected already.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn over(socket: OwnedFd) -> io::Result<Self> {
        rustix::net::sockopt::set_socket_timeout(
            &socket,
            rustix::net::sockopt::Timeout::Send,
            Some(SEND_PATIENCE),
        )?;
        Ok(Self(socket))
    }

    /// Sends one message.
    ///
    /// # Errors
    /// The guard is gone or does not listen, or the message does not fit a packet.
    pub(crate) fn send(&self, message: &ToGuard, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let packet = postcard::to_allocvec(message).map_err(io::Error::other)?;
        if packet.len() > MAX_PACKET || descriptors.len() > MAX_DESCRIPTORS {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too much for one packet"));
        }
        let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !descriptors.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(descriptors)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors"));
        }
        rustix::net::sendmsg(&self.0, &[IoSlice::new(&packet)], &mut ancillary, SendFlags::NOSIGNAL)?;
        Ok(())
    }

    /// Waits for one message. `None` when the guard has closed the connection.
    ///
    /// # Errors
    /// The system's, or a packet that is no message.
    pub(crate) fn receive(&self) -> io::Result<Option<(FromGuard, Vec<OwnedFd>)>> {
        let mut packet = vec![0; MAX_PACKET];
        let mut space = vec![MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let mut parts = [IoSliceMut::new(&mut packet)];
            match rustix::net::recvmsg(&self.0, &mut parts, &mut ancillary, RecvFlags::CMSG_CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                other => break other?,
            }
        };
        let mut descriptors = Vec::new();
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(rights) = message {
                descriptors.extend(rights);
            }
        }
        if received.bytes == 0 {
            return Ok(None);
        }
        if received.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a truncated packet"));
        }
        let bytes = packet.get(..received.bytes).unwrap_or_default();
        let message =
            postcard::from_bytes(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        Ok(Some((message, descriptors)))
    }

    /// Ends the connection: a thread that waits in [`Connection::receive`] returns.
    pub(crate) fn close(&self) {
        if let Err(error) = rustix::net::shutdown(self.0.as_fd(), rustix::net::Shutdown::Both) {
            tracing::debug!(%error, "guard-close");
        }
    }
}
