//! Logins by registry, from a docker `config.json`.
//!
//! Source: docker CLI `cli/config/configfile`, `containers-auth.json(5)`. Credential helpers and stores are programs and
//! are never run; identity tokens are not supported.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

/// The largest `config.json`; real ones have a few kilobytes.
const MAX_BYTES: usize = 1 << 20;

/// Docker Hub's key in `config.json`, and its registry.
const DOCKER_HUB: (&str, &str) = ("index.docker.io", "registry-1.docker.io");

/// Why a file is no list of logins.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// Not JSON of that shape.
    #[error("malformed docker config")]
    Json(#[source] serde_json::Error),
    /// One login is not `base64(user:password)`.
    #[error("malformed login for {0:?}")]
    Login(String),
    /// More than 1 MiB.
    #[error("docker config larger than 1 MiB")]
    TooLarge,
}

/// Logins by registry. Shows no secret.
#[derive(Clone, Default)]
pub struct Credentials(BTreeMap<String, Login>);

/// One login. Shows nothing.
#[derive(Clone)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: String,
}

impl Credentials {
    /// Reads the text of a docker `config.json`. Entries without a login in them (`credsStore`) are left out.
    ///
    /// # Errors
    /// [`CredentialsError`].
    pub fn from_docker_config(text: &[u8]) -> Result<Self, CredentialsError> {
        if text.len() > MAX_BYTES {
            return Err(CredentialsError::TooLarge);
        }
        let config: Config = serde_json::from_slice(text).map_err(CredentialsError::Json)?;
        let mut credentials = Self::default();
        for (key, auth) in config.auths {
            if let Some(login) = auth.login().ok_or_else(|| CredentialsError::Login(key.clone()))? {
                credentials.0.insert(registry(&key), login);
            }
        }
        Ok(credentials)
    }

    /// Adds a login for `host` or `host:port`.
    #[must_use]
    pub fn with(mut self, host: &str, user: &str, password: &str) -> Self {
        self.0.insert(registry(host), Login { user: user.to_owned(), password: password.to_owned() });
        self
    }

    pub(super) fn login(&self, host: &str) -> Option<&Login> {
        self.0.get(host)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login")
    }
}

/// The host of a key, which may be a URL.
fn registry(key: &str) -> String {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let host = bare.split('/').next().unwrap_or(bare).to_ascii_lowercase();
    let (hub, hub_registry) = DOCKER_HUB;
    if host == hub || host == "docker.io" { hub_registry.to_owned() } else { host }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    auths: BTreeMap<String, Auth>,
}

#[derive(Deserialize)]
struct Auth {
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

impl Auth {
    /// The login, if there is one; nothing at all when it is malformed.
    fn login(self) -> Option<Option<Login>> {
        if let (Some(user), Some(password)) = (self.username, self.password) {
            return Some(Some(Login { user, password }));
        }
        let Some(auth) = self.auth.filter(|auth| !auth.is_empty()) else { return Some(None) };
        let text = String::from_utf8(STANDARD.decode(auth).ok()?).ok()?;
        let (user, password) = text.split_once(':')?;
        Some(Some(Login { user: user.to_owned(), password: password.trim_end_matches('\0').to_owned() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_found_by_host_whatever_the_spelling_of_the_key() {
        let text = br#"{"auths": {"https://index.docker.io/v1/": {"auth": "dTpw"}, "R.example:5000": {"auth": "dTpwOnE="},
            "plain.example": {"username": "u", "password": "p"}, "stored.example": {}}, "credsStore": "desktop"}"#;
        let credentials = Credentials::from_docker_config(text).unwrap();
        assert_eq!(credentials.login("registry-1.docker.io").unwrap().password, "p");
        assert_eq!(credentials.login("r.example:5000").unwrap().password, "p:q");
        assert_eq!(credentials.login("plain.example").unwrap().user, "u");
        assert!(credentials.login("stored.example").is_none() && credentials.login("r.example").is_none());
    }

    #[test]
    fn what_is_no_login_is_refused() {
        assert!(matches!(
            Credentials::from_docker_config(br#"{"auths": 1}"#),
            Err(CredentialsError::Json(_))
        ));
        for auth in ["%", "dQ=="] {
            let text = format!(r#"{{"auths": {{"h": {{"auth": "{auth}"}}}}}}"#);
            let read = Credentials::from_docker_config(text.as_bytes());
            assert!(matches!(read, Err(CredentialsError::Login(host)) if host == "h"), "{auth}");
        }
        let long = vec![b' '; MAX_BYTES + 1];
        assert!(matches!(Credentials::from_docker_config(&long), Err(CredentialsError::TooLarge)));
    }

    #[test]
    fn no_secret_is_shown() {
        let credentials = Credentials::default().with("h", "user", "secret");
        assert_eq!(format!("{credentials:?}"), r#"{"h"}"#);
        assert_eq!(format!("{:?}", credentials.login("h")), "Some(Login)");
    }
}
