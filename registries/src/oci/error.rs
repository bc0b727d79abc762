//! Why a pull ended.

/// Why a pull ended. No message holds a credential, or a URL whose query could be one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The registry asks for a login that we do not have, or refuses the one we have.
    #[error("the registry refuses access: {0}")]
    Access(&'static str),
    /// The bytes are not those of the digest.
    #[error("{0} does not match its digest")]
    Digest(&'static str),
    /// The manifest is not one that can be pulled.
    #[error("malformed manifest: {0}")]
    Manifest(&'static str),
    /// The registry does not have it.
    #[error("not found in the registry")]
    NotFound,
    /// The registry asks for the login at, or redirects to, a host it must not.
    #[error("the registry leads to {0:?}, which it must not")]
    Elsewhere(String),
    /// TLS or an authority cannot be set up.
    #[error("cannot set up TLS")]
    Setup(#[source] reqwest::Error),
    /// A layer has another length than its descriptor says.
    #[error("a layer has another size than declared")]
    Size,
    /// The registry answers with an error.
    #[error("the registry answers with status {0}")]
    Status(u16),
    /// Larger than the limit.
    #[error("{0} is larger than the limit")]
    TooLarge(&'static str),
    /// More than the limit.
    #[error("more {0} than the limit")]
    TooMany(&'static str),
    /// The network, or TLS on it.
    #[error("cannot talk to the registry")]
    Transport(#[source] reqwest::Error),
}

impl From<reqwest::Error> for Error {
    fn from(error: reqwest::Error) -> Self {
        // The query of a redirected URL can be a signature that opens the layer.
        Self::Transport(error.without_url())
    }
}
