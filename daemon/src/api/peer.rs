//! Who calls, as the kernel knows it.

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use super::Problem;

/// The user at the other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Peer {
    /// Its effective user id when it connected; unknown means nobody in particular.
    uid: Option<u32>,
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
    pub(crate) fn operator(self) -> Result<String, Problem> {
        match self.uid {
            Some(uid) if self.is_operator() => Ok(format!("uid:{uid}")),
            Some(_) | None => Err(Problem::forbidden("only root and assayd's own user may do this")),
        }
    }
}

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self { uid: stream.io().peer_cred().ok().map(|credentials| credentials.uid()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_see_only_their_own() {
        let own = rustix::process::geteuid().as_raw();
        assert_eq!(Peer { uid: Some(0) }.sees_only(), None);
        assert_eq!(Peer { uid: Some(own) }.sees_only(), None);
        assert_eq!(Peer { uid: Some(own + 1) }.sees_only(), Some(own + 1));
        assert_eq!(Peer { uid: None }.sees_only(), Some(u32::MAX));
    }

    #[test]
    fn others_change_nothing() {
        let own = rustix::process::geteuid().as_raw();
        assert!(Peer { uid: Some(own + 1) }.operator().is_err());
        assert!(Peer { uid: None }.operator().is_err());
        assert_eq!(Peer { uid: Some(own) }.operator().ok(), Some(format!("uid:{own}")));
    }
}
