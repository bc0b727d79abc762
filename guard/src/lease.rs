//! Read leases: the kernel's word that no writer has the file open or mapped. Source: fcntl(2), "Leases".

use std::{
    os::fd::{AsFd as _, OwnedFd},
    sync::Arc,
};

use crate::sys;

/// A read lease on a file; given back when dropped.
#[must_use]
pub(crate) struct Lease {
    file: Arc<OwnedFd>,
}

/// What the kernel said to a wish for a lease.
pub(crate) enum Leased {
    /// No writer exists, and none can come before the lease is given back.
    Granted(Lease),
    /// A writer exists, or the one who opens is one.
    Refused,
    /// The file system cannot, or we may not.
    Failed,
}

impl Lease {
    /// Takes a lease on an open file.
    pub(crate) fn take(file: &Arc<OwnedFd>) -> Leased {
        match sys::set_lease(file.as_fd(), libc::F_RDLCK) {
            Ok(()) => Leased::Granted(Self { file: Arc::clone(file) }),
            Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => Leased::Refused,
            Err(_) => Leased::Failed,
        }
    }

    /// Whether no writer has asked for the file since.
    pub(crate) fn unbroken(&self) -> bool {
        sys::lease(self.file.as_fd()).is_ok_and(|kind| kind == libc::F_RDLCK)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // A failure means there is no lease any more, which is what we want.
        let _gone = sys::set_lease(self.file.as_fd(), libc::F_UNLCK);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(path: &std::path::Path) -> Arc<OwnedFd> {
        Arc::new(std::fs::File::open(path).unwrap().into())
    }

    #[test]
    fn a_writer_refuses_the_lease() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(Lease::take(&reader(file.path())), Leased::Refused));
    }

    #[test]
    fn a_lease_is_unbroken_until_it_is_given_back() {
        let (file, path) = tempfile::NamedTempFile::new().unwrap().into_parts();
        drop(file);
        let reader = reader(&path);
        let Leased::Granted(lease) = Lease::take(&reader) else { panic!("no writer, yet no lease") };
        assert!(lease.unbroken());
        drop(lease);
        assert_eq!(sys::lease(reader.as_fd()).unwrap(), libc::F_UNLCK);
    }
}
