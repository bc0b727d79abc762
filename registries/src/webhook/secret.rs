//! Senders that prove themselves with a fixed header.
//!
//! Source: distribution `docs/about/notifications.md` (`headers`), Harbor webhook "Auth Header". Such a secret is as good
//! as the connection it travels over: without TLS it is for loopback only.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Why a sender is not who it must be. Senders are told nothing more than that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The header is not there.
    #[error("no authentication")]
    Missing,
    /// The header is there more than once, so two readers could read two different ones.
    #[error("ambiguous authentication")]
    Repeated,
    /// The value is no secret of ours.
    #[error("wrong authentication")]
    Wrong,
}

/// A header whose value must be one of two secrets: the current one, and during a rotation the other. Shows neither.
#[derive(Clone)]
pub struct StaticHeader {
    name: HeaderName,
    current: [u8; 32],
    other: Option<[u8; 32]>,
}

impl StaticHeader {
    /// A header by name and whole value; nothing if the name is no header name or the value is empty.
    #[must_use]
    pub fn new(name: &str, value: &str) -> Option<Self> {
        let name = name.parse().ok()?;
        (!value.is_empty()).then(|| Self { name, current: hash(value.as_bytes()), other: None })
    }

    /// `Authorization: Bearer <secret>`; nothing if the secret is empty.
    #[must_use]
    pub fn bearer(secret: &str) -> Option<Self> {
        (!secret.is_empty()).then(|| Self::new("authorization", &format!("Bearer {secret}")))?
    }

    /// Also accepts another header's value, for as long as a rotation takes.
    #[must_use]
    pub fn or(self, other: &Self) -> Self {
        Self { other: Some(other.current), ..self }
    }

    /// Checks the headers of a request, in the same time whatever the value.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn authenticate(&self, headers: &HeaderMap) -> Result<(), Refused> {
        let mut values = headers.get_all(&self.name).iter();
        let value = values.next().ok_or(Refused::Missing)?;
        if values.next().is_some() {
            return Err(Refused::Repeated);
        }
        // Hashes have one length, so the length of the secret does not show either.
        let given = hash(value.as_bytes());
        let current = given.ct_eq(&self.current);
        let other = given.ct_eq(&self.other.unwrap_or(self.current));
        if bool::from(current | other) { Ok(()) } else { Err(Refused::Wrong) }
    }
}

impl fmt::Debug for StaticHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticHeader").field("name", &self.name).finish_non_exhaustive()
    }
}

fn hash(value: &[u8]) -> [u8; 32] {
    Sha256::digest(value).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| ("authorization".parse().unwrap(), value.parse().unwrap()));
        let mut headers = HeaderMap::new();
        for (name, value) in values {
            let name: HeaderName = name;
            headers.append(name, value);
        }
        headers
    }

    #[test]
    fn only_the_secret_itself_opens() {
        let secret = StaticHeader::bearer("s3cret").unwrap();
        assert_eq!(secret.authenticate(&headers(&["Bearer s3cret"])), Ok(()));
        for wrong in ["Bearer s3cre", "Bearer s3cret ", "bearer s3cret", "Bearer s3creT", "s3cret", ""] {
            assert_eq!(secret.authenticate(&headers(&[wrong])), Err(Refused::Wrong), "{wrong:?}");
        }
        assert_eq!(secret.authenticate(&headers(&[])), Err(Refused::Missing));
        assert_eq!(secret.authenticate(&headers(&["Bearer s3cret"; 2])), Err(Refused::Repeated));
    }

    #[test]
    fn during_a_rotation_both_secrets_open() {
        let both = StaticHeader::bearer("new").unwrap().or(&StaticHeader::bearer("old").unwrap());
        assert_eq!(both.authenticate(&headers(&["Bearer new"])), Ok(()));
        assert_eq!(both.authenticate(&headers(&["Bearer old"])), Ok(()));
        assert_eq!(both.authenticate(&headers(&["Bearer older"])), Err(Refused::Wrong));
    }

    #[test]
    fn an_empty_secret_is_none() {
        assert!(StaticHeader::bearer("").is_none());
        assert!(StaticHeader::new("x-secret", "").is_none() && StaticHeader::new("no name", "x").is_none());
    }

    #[test]
    fn no_secret_is_shown() {
        let shown = format!("{:?}", StaticHeader::bearer("s3cret").unwrap());
        assert_eq!(shown, r#"StaticHeader { name: "authorization", .. }"#);
    }
}
