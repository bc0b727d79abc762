//! Frames of the worker wire: a little-endian `u32` length and that many bytes of JSON.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Descriptors one frame may carry.
pub const MAX_DESCRIPTORS: usize = 2;

/// Encodes a frame.
///
/// # Errors
/// When the message is longer than `max` or cannot be written as JSON.
pub fn encode(message: &impl Serialize, max: u32) -> io::Result<Vec<u8>> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message)?;
    let length = u32::try_from(frame.len().saturating_sub(4)).ok().filter(|length| *length <= max);
    let length =
        length.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "message too long for a frame"))?;
    frame.splice(..4, length.to_le_bytes());
    Ok(frame)
}

/// Writes a frame.
///
/// # Errors
/// Whatever encoding or writing gives.
pub fn write(to: &mut impl Write, message: &impl Serialize, max: u32) -> io::Result<()> {
    to.write_all(&encode(message, max)?)
}

/// Sends a frame with descriptors on its first byte.
///
/// # Errors
/// Whatever encoding or sending gives.
pub fn send(
    to: impl AsFd,
    message: &impl Serialize,
    max: u32,
    descriptors: &[BorrowedFd<'_>],
) -> io::Result<()> {
    let frame = encode(message, max)?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !control.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "too many descriptors for a frame"));
    }
    let mut sent = sendmsg(&to, &[IoSlice::new(&frame)], &mut control, SendFlags::NOSIGNAL)?;
    while let Some(rest) = frame.get(sent..).filter(|rest| !rest.is_empty()) {
        let more = rustix::net::send(&to, rest, SendFlags::NOSIGNAL)?;
        sent = sent.saturating_add(more);
    }
    Ok(())
}

/// Reads a frame, or `None` when the other side has closed between frames.
///
/// # Errors
/// `InvalidData` for a frame longer than `max` or not the JSON expected; otherwise whatever reading gives.
pub fn read<T: DeserializeOwned>(from: &mut impl Read, max: u32) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read(&mut length)? {
        0 => return Ok(None),
        some => from.read_exact(length.get_mut(some..).unwrap_or_default())?,
    }
    body(from, u32::from_le_bytes(length), max).map(Some)
}

/// Receives a frame with its descriptors, or `None` when the other side has closed between frames.
///
/// # Errors
/// As [`read`].
pub fn receive<T: DeserializeOwned>(
    from: &mut (impl Read + AsFd),
    max: u32,
) -> io::Result<Option<(T, Vec<OwnedFd>)>> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MAX_DESCRIPTORS))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let mut slices = [IoSliceMut::new(&mut length)];
    let received = recvmsg(&*from, &mut slices, &mut control, RecvFlags::CMSG_CLOEXEC)?.bytes;
    let mut descriptors = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(rights) = message {
            descriptors.extend(rights);
        }
    }
    if received == 0 {
        return Ok(None);
    }
    from.read_exact(length.get_mut(received..).unwrap_or_default())?;
    Ok(Some((body(from, u32::from_le_bytes(length), max)?, descriptors)))
}

fn body<T: DeserializeOwned>(from: &mut impl Read, length: u32, max: u32) -> io::Result<T> {
    if length > max {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "frame too long"));
    }
    // Grows as bytes arrive: a length alone reserves nothing.
    let mut bytes = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "bounded by take")]
    from.take(u64::from(length)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != u64::from(length) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    serde_json::from_slice(&bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn descriptors_arrive_with_their_frame() {
        let (left, mut right) = UnixStream::pair().unwrap();
        let file = tempfile::tempfile().unwrap();
        send(&left, &"hello", 100, &[file.as_fd()]).unwrap();
        let (text, descriptors): (String, _) = receive(&mut right, 100).unwrap().unwrap();
        assert_eq!((text.as_str(), descriptors.len()), ("hello", 1));
    }

    #[test]
    fn a_long_frame_is_refused_before_it_is_read() {
        let mut bytes: &[u8] = &[0xff, 0xff, 0xff, 0xff, b'"'];
        let error = read::<String>(&mut bytes, 100).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }

    #[test]
    fn a_close_between_frames_is_an_end_and_inside_one_an_error() {
        assert!(read::<String>(&mut &b""[..], 100).unwrap().is_none());
        assert!(read::<String>(&mut &b"\x05\0\0\0ab"[..], 100).is_err());
    }
}
