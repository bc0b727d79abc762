//! One open that the kernel holds, answered exactly once, and who waits for it.

use std::{
    os::fd::{AsFd as _, BorrowedFd, OwnedFd},
    sync::Arc,
};

/// What the kernel is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reply {
    /// The open goes on.
    Allow,
    /// The open fails with EPERM.
    Deny,
}

/// Which group reported an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    /// The permission group: the kernel waits for a reply.
    Permission,
    /// The notification group: the open is over.
    Notice,
}

/// Where replies and ignore marks go: the kernel, or a test's record of them.
pub(crate) trait Kernel: Send + Sync + 'static {
    /// Answers the event with this descriptor's number.
    fn reply(&self, event: BorrowedFd<'_>, reply: Reply);
    /// Asks for no more events of this inode until it changes or leaves the inode cache.
    fn ignore(&self, file: BorrowedFd<'_>, channel: Channel);
}

/// One open that the kernel holds. It is answered exactly once: by [`Pending::answer`], or by its drop with a denial.
#[must_use]
pub(crate) struct Pending<K: Kernel> {
    kernel: Arc<K>,
    file: Arc<OwnedFd>,
    reply: Reply,
}

impl<K: Kernel> Pending<K> {
    /// Holds the open of `file`, whose descriptor number is the event's name and stays taken until the reply.
    pub(crate) fn new(kernel: Arc<K>, file: Arc<OwnedFd>) -> Self {
        Self { kernel, file, reply: Reply::Deny }
    }

    /// Answers.
    pub(crate) fn answer(mut self, reply: Reply) {
        self.reply = reply;
    }
}

impl<K: Kernel> Drop for Pending<K> {
    fn drop(&mut self) {
        self.kernel.reply(self.file.as_fd(), self.reply);
    }
}

/// The process that opens.
#[derive(Debug, Default)]
pub(crate) struct Opener {
    /// Its id in our pid namespace.
    pub(crate) pid: i32,
    /// Its descriptor, if it could be made.
    pub(crate) pidfd: Option<OwnedFd>,
}

/// An open: of what, by whom, and whether it still waits.
pub(crate) struct Opening<K: Kernel> {
    /// The file, opened by the kernel for the event.
    pub(crate) file: Arc<OwnedFd>,
    /// Who.
    pub(crate) opener: Opener,
    /// Which group reported it.
    pub(crate) channel: Channel,
    /// The reply that the kernel still waits for.
    pub(crate) pending: Option<Pending<K>>,
}

impl<K: Kernel> Opening<K> {
    /// An open that waits for its answer.
    pub(crate) fn held(kernel: &Arc<K>, file: OwnedFd, opener: Opener) -> Self {
        let file = Arc::new(file);
        let pending = Some(Pending::new(Arc::clone(kernel), Arc::clone(&file)));
        Self { file, opener, channel: Channel::Permission, pending }
    }

    /// An open that has happened.
    pub(crate) fn noticed(file: OwnedFd, opener: Opener) -> Self {
        Self { file: Arc::new(file), opener, channel: Channel::Notice, pending: None }
    }

    /// Answers, if somebody still waits.
    pub(crate) fn answer(&mut self, reply: Reply) {
        if let Some(pending) = self.pending.take() {
            pending.answer(reply);
        }
    }
}

#[cfg(test)]
pub(crate) mod fake {
    //! A kernel that remembers what it was told.

    use std::{
        os::fd::{AsRawFd as _, BorrowedFd},
        sync::Mutex,
    };

    use super::{Channel, Kernel, Reply};

    /// Replies by descriptor number, in order, and how many ignore marks were asked for.
    #[derive(Default)]
    pub(crate) struct FakeKernel {
        pub(crate) replies: Mutex<Vec<(i32, Reply)>>,
        pub(crate) ignored: Mutex<Vec<Channel>>,
    }

    impl Kernel for FakeKernel {
        fn reply(&self, event: BorrowedFd<'_>, reply: Reply) {
            self.replies.lock().unwrap().push((event.as_raw_fd(), reply));
        }

        fn ignore(&self, _file: BorrowedFd<'_>, channel: Channel) {
            self.ignored.lock().unwrap().push(channel);
        }
    }

    impl FakeKernel {
        /// The replies so far.
        pub(crate) fn told(&self) -> Vec<Reply> {
            self.replies.lock().unwrap().iter().map(|(_, reply)| *reply).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{fake::FakeKernel, *};

    fn file() -> OwnedFd {
        tempfile::tempfile().unwrap().into()
    }

    #[test]
    fn a_forgotten_open_is_denied() {
        let kernel = Arc::new(FakeKernel::default());
        drop(Opening::held(&kernel, file(), Opener::default()));
        assert_eq!(kernel.told(), [Reply::Deny]);
    }

    #[test]
    fn an_open_is_answered_once() {
        let kernel = Arc::new(FakeKernel::default());
        let mut opening = Opening::held(&kernel, file(), Opener::default());
        opening.answer(Reply::Allow);
        opening.answer(Reply::Deny);
        drop(opening);
        assert_eq!(kernel.told(), [Reply::Allow]);
    }

    #[test]
    fn a_panic_answers_deny() {
        let kernel = Arc::new(FakeKernel::default());
        let opening = Opening::held(&kernel, file(), Opener::default());
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _held = opening;
            panic!("as a bug would");
        }));
        assert!(caught.is_err());
        assert_eq!(kernel.told(), [Reply::Deny]);
    }
}
