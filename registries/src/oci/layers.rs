//! One layer, chunk by chunk, ended only by the right length and the right digest.

use assay_core::Sha256;
use reqwest::Response;
use sha2::Digest as _;

use super::{Error, Layer};

/// A layer on its way. What was read before an error is not the layer, and is to be thrown away.
#[must_use]
#[derive(Debug)]
pub struct LayerStream {
    response: Response,
    digest: Sha256,
    left: u64,
    hasher: sha2::Sha256,
}

impl LayerStream {
    /// # Errors
    /// [`Error::Size`] when the registry announces another length than the descriptor.
    pub(super) fn new(response: Response, layer: &Layer) -> Result<Self, Error> {
        if response.content_length().is_some_and(|length| length != layer.size) {
            return Err(Error::Size);
        }
        Ok(Self { response, digest: layer.digest, left: layer.size, hasher: sha2::Sha256::new() })
    }

    /// The next chunk; nothing once the whole layer was read and its digest is right.
    ///
    /// # Errors
    /// [`Error::Size`] for a byte too many or too few, [`Error::Digest`] for other bytes than the digest's, and
    /// [`Error::Transport`].
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + Send + use<>>, Error> {
        let Some(chunk) = self.response.chunk().await? else {
            self.finish()?;
            return Ok(None);
        };
        let len = u64::try_from(chunk.len()).map_err(|_| Error::Size)?;
        self.left = self.left.checked_sub(len).ok_or(Error::Size)?;
        self.hasher.update(&chunk);
        Ok(Some(chunk))
    }

    fn finish(&self) -> Result<(), Error> {
        if self.left > 0 {
            return Err(Error::Size);
        }
        if Sha256::new(self.hasher.clone().finalize().into()) != self.digest {
            return Err(Error::Digest("a layer"));
        }
        Ok(())
    }
}

/// SHA-256 of bytes.
pub(super) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256::new(sha2::Sha256::digest(bytes).into())
}
