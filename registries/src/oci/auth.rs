//! What a registry asks for before it answers, and where the login may go.
//!
//! Source: RFC 9110 section 11.6.1; distribution `docs/spec/auth/token.md`.

use std::collections::BTreeSet;

use reqwest::Url;

use super::Error;

/// The longest `WWW-Authenticate` that is read.
const MAX_CHALLENGE: usize = 8_192;

/// Registries whose token realm is on another host, and that host.
const KNOWN_REALMS: &[(&str, &str)] =
    &[("registry-1.docker.io", "auth.docker.io"), ("registry.gitlab.com", "gitlab.com")];

/// What a registry asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// The login itself.
    Basic,
    /// A token from a realm.
    Bearer {
        /// Where tokens are given.
        realm: String,
        /// For whom.
        service: Option<String>,
    },
}

impl Challenge {
    /// Reads a `WWW-Authenticate` value.
    ///
    /// # Errors
    /// [`Error::Access`] when it is none of these.
    pub(super) fn parse(value: &str) -> Result<Self, Error> {
        let unknown = Error::Access("it asks for an unknown kind of login");
        if value.len() > MAX_CHALLENGE {
            return Err(unknown);
        }
        let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Ok(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(unknown);
        }
        let realm = parameter(rest, "realm").ok_or(Error::Access("its challenge has no realm"))?;
        Ok(Self::Bearer { realm, service: parameter(rest, "service") })
    }
}

/// The value of a `name="value"` parameter.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=')?;
        let name = name.trim_start_matches([',', ' ', '\t']).trim();
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        if name.eq_ignore_ascii_case(wanted) {
            return Some(value.trim().to_owned());
        }
        rest = next;
    }
}

/// The URL of a realm, if it may have this registry's login.
///
/// # Errors
/// [`Error::Elsewhere`] when it is neither the registry, nor known, nor configured, or leaves TLS.
pub(super) fn realm(text: &str, registry: &Url, companions: &BTreeSet<String>) -> Result<Url, Error> {
    let url = Url::parse(text).map_err(|_| Error::Elsewhere("a malformed realm".to_owned()))?;
    let place = place(&url);
    let same =
        url.host() == registry.host() && url.port_or_known_default() == registry.port_or_known_default();
    let known = KNOWN_REALMS.contains(&(registry.host_str().unwrap_or_default(), place.as_str()));
    let trusted = same || known || is_companion(&url, companions);
    let tls = url.scheme() == "https" || (url.scheme() == "http" && registry.scheme() == "http");
    let bare = url.username().is_empty() && url.password().is_none();
    if trusted && tls && bare { Ok(url) } else { Err(Error::Elsewhere(place)) }
}

/// Whether the operator lists a URL's host, with or without its port.
pub(super) fn is_companion(url: &Url, companions: &BTreeSet<String>) -> bool {
    companions.contains(&place(url)) || url.host_str().is_some_and(|host| companions.contains(host))
}

/// `host` or `host:port` of a URL, which is all of it that is shown.
pub(super) fn place(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges_are_read_with_and_without_quotes() {
        let bearer = |realm: &str, service: Option<&str>| Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        };
        for (text, challenge) in [
            ("Basic realm=\"x\"", Challenge::Basic),
            ("Bearer realm=\"https://a/t\",service=\"s\",scope=\"x,y=z\"", bearer("https://a/t", Some("s"))),
            ("bearer service=s, realm=https://a/t", bearer("https://a/t", Some("s"))),
            ("Bearer scope=\"realm=evil\", realm=\"https://a/t\"", bearer("https://a/t", None)),
        ] {
            assert_eq!(Challenge::parse(text).unwrap(), challenge, "{text}");
        }
        for text in ["", "Negotiate", "Bearer", "Bearer realm=\"x", &format!("Basic {}", "x".repeat(9_000))] {
            assert!(matches!(Challenge::parse(text), Err(Error::Access(_))), "{text}");
        }
    }

    #[test]
    fn a_realm_gets_the_login_only_if_it_belongs_to_the_registry() {
        let companions = BTreeSet::from(["sso.example".to_owned(), "tokens.example:8443".to_owned()]);
        let https = Url::parse("https://r.example:5000/v2/").unwrap();
        for text in ["https://r.example:5000/token", "https://sso.example/t", "https://tokens.example:8443/t"]
        {
            assert!(realm(text, &https, &companions).is_ok(), "{text}");
        }
        for text in [
            "https://r.example/token",
            "http://r.example:5000/token",
            "https://evil.example/t",
            "https://tokens.example/t",
            "https://u:p@r.example:5000/t",
            "file:///etc/passwd",
            "",
        ] {
            assert!(matches!(realm(text, &https, &companions), Err(Error::Elsewhere(_))), "{text}");
        }
        let hub = Url::parse("https://registry-1.docker.io/v2/").unwrap();
        assert!(realm("https://auth.docker.io/token", &hub, &companions).is_ok());
        assert!(realm("https://auth.docker.io/token", &https, &companions).is_err());
    }
}
