//! References: `oci://host[:port]/repository[:tag][@sha256:…]`.
//!
//! Repository, tag and digest are read by the grammar of `oci-client`; only the digest's algorithm and case, and letters
//! in tags beyond ASCII, which that grammar lets through, are checked here on top.
//!
//! The host is never left out, so no reference changes its meaning with a default registry. That is why it is read here:
//! `oci-client` moves `h/r` to Docker Hub when `h` has neither dot nor port, renames `index.docker.io`, puts `library/`
//! in front of repositories, takes any number for a port, and knows no IPv6 addresses.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use assay_core::Sha256;

/// What stands in for the host where `oci-client` reads the rest: it takes a name with a dot for a registry, and leaves
/// it and the repository as they are.
const REGISTRY: &str = "registry.invalid";

/// The longest rest: a repository of 255 bytes, a tag of 128, a SHA-256, and what is between them.
const MAX_REST: usize = 456;

/// The longest host name of DNS.
const MAX_HOST: usize = 253;

/// Which part of a reference is not as it must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// No `oci://` in front.
    #[error("no oci:// reference")]
    Scheme,
    /// Not `host` or `host:port`.
    #[error("malformed registry host")]
    Host,
    /// Not a repository name of the distribution spec.
    #[error("malformed repository name")]
    Repository,
    /// Not a tag of the distribution spec.
    #[error("malformed tag")]
    Tag,
    /// Not `sha256:` and 64 hex digits.
    #[error("malformed digest, only sha256 is accepted")]
    Digest,
}

/// What of a repository is meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pick {
    /// The manifest with this digest.
    Digest(Sha256),
    /// Whatever this tag names now.
    Tag(String),
}

impl fmt::Display for Pick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digest(digest) => write!(f, "sha256:{digest}"),
            Self::Tag(tag) => f.write_str(tag),
        }
    }
}

/// One manifest in one repository of one registry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reference {
    host: String,
    repository: String,
    tag: Option<String>,
    pick: Pick,
}

impl Reference {
    /// A reference by its parts, as a notification names them.
    ///
    /// # Errors
    /// [`ReferenceError`] for the first part that is not as it must be.
    pub fn new(host: &str, repository: &str, pick: Pick) -> Result<Self, ReferenceError> {
        if !is_host(host) {
            return Err(ReferenceError::Host);
        }
        if !is_repository(repository) {
            return Err(ReferenceError::Repository);
        }
        let tag = match &pick {
            Pick::Tag(tag) if !is_tag(tag) => return Err(ReferenceError::Tag),
            Pick::Tag(tag) => Some(tag.clone()),
            Pick::Digest(_) => None,
        };
        Ok(Self { host: host.to_ascii_lowercase(), repository: repository.to_owned(), tag, pick })
    }

    /// `host` or `host:port`, in lower case.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The repository.
    #[must_use]
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// What is pulled: the digest if there is one, else the tag.
    #[must_use]
    pub const fn pick(&self) -> &Pick {
        &self.pick
    }

    /// The same repository, by digest and without a tag: what a verdict is stored under.
    #[must_use]
    pub fn with_digest(&self, digest: Sha256) -> Self {
        Self { tag: None, pick: Pick::Digest(digest), ..self.clone() }
    }

    /// Whether the host is this machine itself, by name or address.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(host_without_port(&self.host))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "oci://{}/{}", self.host, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.pick {
            Pick::Digest(_) => write!(f, "@{}", self.pick),
            Pick::Tag(_) => Ok(()),
        }
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let rest = text.strip_prefix("oci://").ok_or(ReferenceError::Scheme)?;
        let (host, rest) = rest.split_once('/').ok_or(ReferenceError::Repository)?;
        let read = read(rest).ok_or_else(|| fault(rest))?;
        let tag = read.tag().map(str::to_owned);
        let pick = match (read.digest(), &tag) {
            (Some(digest), _) => Pick::Digest(sha256(digest).ok_or(ReferenceError::Digest)?),
            (None, Some(tag)) => Pick::Tag(tag.clone()),
            (None, None) => return Err(ReferenceError::Tag),
        };
        Ok(Self { tag, ..Self::new(host, read.repository(), pick)? })
    }
}

/// What follows the host, by the grammar of `oci-client`; without tag and digest, its tag is `latest`.
fn read(rest: &str) -> Option<oci_client::Reference> {
    // That grammar takes letters of all of Unicode in a tag; the specification takes those of ASCII.
    let bounded = rest.is_ascii() && rest.len() <= MAX_REST;
    bounded.then(|| format!("{REGISTRY}/{rest}").parse().ok()).flatten()
}

/// Which part of what follows the host is malformed, which the error of `oci-client` does not tell.
fn fault(rest: &str) -> ReferenceError {
    let path = match rest.split_once('@') {
        Some((_, digest)) if sha256(digest).is_none() => return ReferenceError::Digest,
        Some((path, _)) => path,
        None => rest,
    };
    let repository = path.split_once(':').map_or(path, |(repository, _)| repository);
    if is_repository(repository) { ReferenceError::Tag } else { ReferenceError::Repository }
}

/// `sha256:` and 64 lower-case hex digits.
pub(crate) fn sha256(text: &str) -> Option<Sha256> {
    let hex = text.strip_prefix("sha256:")?;
    if hex.bytes().any(|byte| byte.is_ascii_uppercase()) { None } else { hex.parse().ok() }
}

/// Whether a text is a repository, and nothing more than that.
pub(crate) fn is_repository(name: &str) -> bool {
    read(name).is_some_and(|read| read.repository() == name)
}

/// Whether a text is a tag, and nothing more than that.
pub(crate) fn is_tag(tag: &str) -> bool {
    read(&format!("r:{tag}")).is_some_and(|read| read.tag() == Some(tag))
}

fn is_host(host: &str) -> bool {
    let name = host_without_port(host);
    let port = host.strip_prefix(name).unwrap_or_default();
    let port_is_right = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| {
            port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
        });
    let name_is_right = match name.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|ip| ip.parse::<Ipv6Addr>().is_ok()),
        None => name.len() <= MAX_HOST && name.split('.').all(is_label),
    };
    port_is_right && name_is_right
}

fn is_label(label: &str) -> bool {
    !label.is_empty()
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The name or bracketed address in front of the port.
fn host_without_port(host: &str) -> &str {
    match host.split_once(']') {
        // `len` of the bracketed part and the bracket.
        Some((address, _)) => host.get(..address.len().saturating_add(1)).unwrap_or(host),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// Whether a host name or address is this machine itself.
pub(super) fn is_loopback(name: &str) -> bool {
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_reference_survives_its_text() {
        for text in [
            "oci://registry.example/models/tiny:v1".to_owned(),
            "oci://127.0.0.1:5000/tiny:latest".to_owned(),
            "oci://[::1]:5000/a-b/c__d/e.f:x_1.2-3".to_owned(),
            format!("oci://registry.example/tiny@sha256:{DIGEST}"),
            format!("oci://registry.example/tiny:v1@sha256:{DIGEST}"),
        ] {
            assert_eq!(text.parse::<Reference>().map(|reference| reference.to_string()), Ok(text));
        }
    }

    #[test]
    fn no_tag_means_latest_and_a_digest_wins_over_a_tag() {
        let latest: Reference = "oci://h/r".parse().unwrap();
        assert_eq!(*latest.pick(), Pick::Tag("latest".to_owned()));
        let both: Reference = format!("oci://h/r:v1@sha256:{DIGEST}").parse().unwrap();
        assert_eq!(*both.pick(), Pick::Digest(DIGEST.parse().unwrap()));
        assert_eq!(
            latest.with_digest(DIGEST.parse().unwrap()).to_string(),
            format!("oci://h/r@sha256:{DIGEST}")
        );
    }

    #[test]
    fn each_malformed_part_is_named() {
        for (text, error) in [
            ("https://h/r", ReferenceError::Scheme),
            ("oci://h", ReferenceError::Repository),
            ("oci:///r", ReferenceError::Host),
            ("oci://user@h/r", ReferenceError::Host),
            ("oci://h:0/r", ReferenceError::Host),
            ("oci://h:99999/r", ReferenceError::Host),
            ("oci://h:+80/r", ReferenceError::Host),
            ("oci://h:/r", ReferenceError::Host),
            ("oci://-h/r", ReferenceError::Host),
            ("oci://[::g]/r", ReferenceError::Host),
            ("oci://[::1]x/r", ReferenceError::Host),
            ("oci://h/", ReferenceError::Repository),
            ("oci://h/../etc", ReferenceError::Repository),
            ("oci://h/a//b", ReferenceError::Repository),
            ("oci://h/Upper", ReferenceError::Repository),
            ("oci://h/a?b", ReferenceError::Repository),
            ("oci://h/a..b", ReferenceError::Repository),
            ("oci://h/r:", ReferenceError::Tag),
            ("oci://h/r:.x", ReferenceError::Tag),
            ("oci://h/r:a/b", ReferenceError::Tag),
            ("oci://h/r:\u{e9}", ReferenceError::Tag),
            ("oci://h/r@sha512:00", ReferenceError::Digest),
            ("oci://h/r@sha256:00", ReferenceError::Digest),
        ] {
            assert_eq!(text.parse::<Reference>(), Err(error), "{text}");
        }
        let upper = format!("oci://h/r@sha256:{}", DIGEST.to_uppercase());
        assert_eq!(upper.parse::<Reference>(), Err(ReferenceError::Digest));
        let sha512 = format!("oci://h/r@sha512:{DIGEST}{DIGEST}");
        assert_eq!(sha512.parse::<Reference>(), Err(ReferenceError::Digest));
    }

    #[test]
    fn no_registry_and_no_repository_is_put_in_place_of_what_was_written() {
        for (text, host, repository) in [
            ("oci://h/r", "h", "r"),
            ("oci://docker.io/busybox", "docker.io", "busybox"),
            ("oci://index.docker.io/a/b", "index.docker.io", "a/b"),
            ("oci://h/registry.invalid/r", "h", "registry.invalid/r"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!((reference.host(), reference.repository()), (host, repository));
        }
    }

    #[test]
    fn a_part_with_another_behind_it_is_not_that_part() {
        let digest = format!("@sha256:{DIGEST}");
        for more in ["", ":x", "/", &digest] {
            assert_eq!(is_repository(&format!("r{more}")), more.is_empty(), "{more}");
            assert_eq!(is_tag(&format!("t{more}")), more.is_empty(), "{more}");
            let new = Reference::new("h", "r", Pick::Tag(format!("t{more}")));
            assert_eq!(new.is_ok(), more.is_empty(), "{more}");
        }
        assert!(!is_repository("") && !is_tag("") && !is_tag("\u{e9}") && !is_tag("t\n"));
    }

    #[test]
    fn lengths_end_where_the_specification_ends_them() {
        assert!(is_tag(&"t".repeat(128)) && !is_tag(&"t".repeat(129)) && !is_tag(""));
        assert!(is_repository(&"r".repeat(255)) && !is_repository(&"r".repeat(256)));
        let (repository, tag) = ("r".repeat(255), "t".repeat(128));
        let longest = format!("oci://h/{repository}:{tag}@sha256:{DIGEST}");
        assert_eq!(longest.len(), "oci://h/".len() + MAX_REST);
        assert_eq!(longest.parse::<Reference>().map(|reference| reference.to_string()), Ok(longest));
    }

    #[test]
    fn loopback_is_known_by_name_and_address() {
        for host in ["localhost:5000", "127.0.0.1", "127.8.9.1:1", "[::1]:5000"] {
            assert!(format!("oci://{host}/r").parse::<Reference>().unwrap().is_loopback(), "{host}");
        }
        for host in ["localhost.example", "10.0.0.1", "[::2]"] {
            assert!(!format!("oci://{host}/r").parse::<Reference>().unwrap().is_loopback(), "{host}");
        }
    }
}
