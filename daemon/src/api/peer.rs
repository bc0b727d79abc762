//! Who calls, as the kernel knows it.

use assay_proof::log::By;
use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use super::Problem;

/// The user at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its effective user id when it connected; unknown means nobody in particular.
    uid: Option<u32>,
    /// Its process id then.
    pid: Option<i32>,
}

impl Peer {
    /// Whether the caller is root or assayd's own user.
    pub(crate) fn is_operator(self) -> bool {
        self.uid.is_some_and(|uid| uid == 0 || uid == rustix::process::geteuid().as_raw())
    }

    /// The user whose loads the caller may see; `None` for everybody's.
    pub(crate) fn sees_only(self) -> Option<u32> {
        // Nobody has the highest uid: a caller that is not known sees nothing.
        if self.is_operator() { None } else { Some(self.uid.unwrap_or(u32::MAX)) }
    }

    /// The caller as the audit log names it, if it may change something.
    ///
    /// # Errors
    /// [`Problem`] for everybody but the operator.
    pub(crate) fn operator(self) -> Result<By, Problem> {
        if !self.is_operator() {
            return Err(Problem::forbidden("only root and assayd's own user may do this"));
        }
        // A hint for whoever reads the log: the process may be another by now, or hidden from us.
        let exe = self.pid.and_then(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).ok());
        let exe = exe.map(|path| assay_core::shown(&path.display().to_string()));
        Ok(By { uid: self.uid, pid: self.pid, exe })
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        let credentials = stream.io().peer_cred().ok();
        Self {
            uid: credentials.map(|credentials| credentials.uid()),
            pid: credentials.and_then(|credentials| credentials.pid()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_see_only_their_own() {
        let own = rustix::process::geteuid().as_raw();
        assert_eq!(Peer { uid: Some(0), pid: None }.sees_only(), None);
        assert_eq!(Peer { uid: Some(own), pid: None }.sees_only(), None);
        assert_eq!(Peer { uid: Some(own + 1), pid: None }.sees_only(), Some(own + 1));
        assert_eq!(Peer { uid: None, pid: None }.sees_only(), Some(u32::MAX));
    }

    #[test]
    fn others_change_nothing() {
        let own = rustix::process::geteuid().as_raw();
        assert!(Peer { uid: Some(own + 1), pid: None }.operator().is_err());
        assert!(Peer { uid: None, pid: None }.operator().is_err());
        let by = Peer { uid: Some(own), pid: None }.operator().ok();
        assert_eq!(by, Some(By { uid: Some(own), ..By::default() }));
    }
}
