//! The layout of fanotify events: metadata, then info records. Source: fanotify(7).
//!
//! The kernel writes these bytes; they are still read bounds-checked, because a wrong length must not panic.

/// Bytes of `struct fanotify_event_metadata`.
const METADATA: usize = 24;

/// The version of the layout this file knows.
const VERSION: u8 = 3;

/// One event, borrowed from the buffer it was read into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RawEvent<'b> {
    /// `FAN_*` bits.
    pub(crate) mask: u64,
    /// The event's descriptor, or negative.
    pub(crate) fd: i32,
    /// The process that caused it.
    pub(crate) pid: i32,
    /// The info records.
    records: &'b [u8],
}

/// A handle that names an inode on a file system, and for directory records the entry's name after it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fid {
    /// `f_fsid`, as `statvfs` combines it.
    pub(crate) fsid: u64,
    /// `handle_type`.
    pub(crate) kind: i32,
    /// `f_handle`.
    pub(crate) handle: Vec<u8>,
}

/// The events in a buffer; ends at the first that is cut or of another version.
pub(crate) fn events(buffer: &[u8]) -> impl Iterator<Item = RawEvent<'_>> {
    let mut rest = buffer;
    std::iter::from_fn(move || {
        let len = usize::try_from(u32_at(rest, 0)?).ok()?;
        let metadata_len = usize::from(u16_at(rest, 6)?);
        if *rest.get(4)? != VERSION || metadata_len < METADATA || len < metadata_len {
            return None;
        }
        let event = RawEvent {
            mask: u64_at(rest, 8)?,
            fd: i32_at(rest, 16)?,
            pid: i32_at(rest, 20)?,
            records: rest.get(metadata_len..len)?,
        };
        rest = rest.get(len..)?;
        Some(event)
    })
}

impl<'b> RawEvent<'b> {
    /// The info records: type and body after the four header bytes.
    pub(crate) fn records(&self) -> impl Iterator<Item = (u8, &'b [u8])> + use<'b> {
        let mut rest = self.records;
        std::iter::from_fn(move || {
            let len = usize::from(u16_at(rest, 2)?);
            let record = (*rest.first()?, rest.get(4..len)?);
            rest = rest.get(len..)?;
            Some(record)
        })
    }

    /// The descriptor of the process, if the record is there and the process was.
    pub(crate) fn pidfd(&self) -> Option<i32> {
        let (_, body) = self.records().find(|(kind, _)| *kind == libc::FAN_EVENT_INFO_TYPE_PIDFD)?;
        i32_at(body, 0).filter(|fd| *fd >= 0)
    }
}

/// The handle in a FID, DFID or DFID_NAME record's body.
pub(crate) fn fid(body: &[u8]) -> Option<Fid> {
    let len = usize::try_from(u32_at(body, 8)?).ok()?;
    let handle = body.get(16..16_usize.checked_add(len)?)?.to_vec();
    let (low, high) = (u32_at(body, 0)?, u32_at(body, 4)?);
    Some(Fid { fsid: u64::from(low) | u64::from(high) << 32, kind: i32_at(body, 12)?, handle })
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_ne_bytes)
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_ne_bytes)
}

fn i32_at(bytes: &[u8], at: usize) -> Option<i32> {
    array(bytes, at).map(i32::from_ne_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_ne_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(mask: u64, fd: i32, records: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(u32::try_from(METADATA + records.len()).unwrap().to_ne_bytes());
        bytes.extend([VERSION, 0]);
        bytes.extend(24_u16.to_ne_bytes());
        bytes.extend(mask.to_ne_bytes());
        bytes.extend(fd.to_ne_bytes());
        bytes.extend(77_i32.to_ne_bytes());
        bytes.extend(records);
        bytes
    }

    fn pidfd(fd: i32) -> Vec<u8> {
        let mut bytes = vec![libc::FAN_EVENT_INFO_TYPE_PIDFD, 0, 8, 0];
        bytes.extend(fd.to_ne_bytes());
        bytes
    }

    #[test]
    fn two_events_are_two_events() {
        let mut buffer = event(libc::FAN_OPEN_PERM, 5, &pidfd(6));
        buffer.extend(event(libc::FAN_OPEN_PERM, 7, &pidfd(libc::FAN_NOPIDFD)));
        let events: Vec<_> = events(&buffer).collect();
        assert_eq!(events.iter().map(|e| (e.fd, e.pid)).collect::<Vec<_>>(), [(5, 77), (7, 77)]);
        assert_eq!(events[0].pidfd(), Some(6));
        assert_eq!(events[1].pidfd(), None);
    }

    #[test]
    fn every_cut_ends_the_list_without_a_panic() {
        let whole = event(libc::FAN_OPEN_PERM, 5, &pidfd(6));
        for len in 0..whole.len() {
            assert_eq!(events(&whole[..len]).count(), 0, "cut at {len}");
        }
    }

    #[test]
    fn a_length_that_does_not_move_on_ends_the_list() {
        let mut buffer = event(libc::FAN_OPEN_PERM, 5, &[]);
        buffer[0] = 0;
        assert_eq!(events(&buffer).count(), 0);
        let looping = event(libc::FAN_OPEN_PERM, 5, &[libc::FAN_EVENT_INFO_TYPE_PIDFD, 0, 0, 0]);
        assert_eq!(events(&looping).next().and_then(|e| e.pidfd()), None);
    }

    #[test]
    fn a_handle_keeps_its_bytes_and_drops_the_name() {
        let mut body = Vec::new();
        body.extend([1, 0, 0, 0, 2, 0, 0, 0]);
        body.extend(3_u32.to_ne_bytes());
        body.extend(9_i32.to_ne_bytes());
        body.extend(b"abcname\0");
        let fid = fid(&body).unwrap();
        assert_eq!((fid.fsid, fid.kind, fid.handle.as_slice()), (0x2_0000_0001, 9, b"abc".as_slice()));
        for len in 0..19 {
            assert_eq!(super::fid(&body[..len]), None);
        }
    }
}
